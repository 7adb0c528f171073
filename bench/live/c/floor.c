/* floor: the least a server can do. It unmasks what the publisher sends and calls send() for every
 * subscriber: no protocol worth the name, no memory of anything. What others lose against it is
 * what their promises cost.
 *
 *   floor PORT each     one send() per event and subscriber
 *   floor PORT joined   events that arrived together leave in one send()
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meter.h"

#define MOST 20000
#define INBOX (1 << 16)

enum role { UNKNOWN, SUBSCRIBER, PUBLISHER };

struct peer {
    int fd;
    int place; /* in `subscribers` */
    enum role role;
    size_t held; /* bytes of an unfinished frame in `inbox`; the publisher's only */
    uint8_t *inbox;
};

static const char WELCOME[] = "HTTP/1.1 101 Switching Protocols\r\n"
                              "Upgrade: websocket\r\nConnection: Upgrade\r\n"
                              /* for the one key that our client sends */
                              "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

static struct peer *subscribers[MOST];
static int count;
static bool joins;
static uint8_t outbox[2 * INBOX];
static size_t waiting;

static void fan_out(void)
{
    for (int i = 0; i < count; i++)
        if (send(subscribers[i]->fd, outbox, waiting, MSG_NOSIGNAL) < (ssize_t)waiting)
            fputs("floor: a subscriber does not keep up\n", stderr);
    waiting = 0;
}

static void leave(struct peer *peer)
{
    if (peer->role == SUBSCRIBER) {
        subscribers[peer->place] = subscribers[--count];
        subscribers[peer->place]->place = peer->place;
    }
    close(peer->fd);
    free(peer->inbox);
    free(peer);
}

static void greet(struct peer *peer, const char *request)
{
    send(peer->fd, WELCOME, sizeof WELCOME - 1, MSG_NOSIGNAL);
    peer->role = strncmp(request, "GET /pub", 8) ? SUBSCRIBER : PUBLISHER;
    if (peer->role == PUBLISHER) {
        peer->inbox = malloc(INBOX);
    } else {
        peer->place = count;
        subscribers[count++] = peer;
    }
}

static void put_header(size_t size)
{
    outbox[waiting++] = 0x81;
    if (size < 126) {
        outbox[waiting++] = (uint8_t)size;
        return;
    }
    outbox[waiting++] = 126;
    outbox[waiting++] = (uint8_t)(size >> 8);
    outbox[waiting++] = (uint8_t)size;
}

/* Takes one masked text frame from `in`; the bytes it took, 0 when it is not whole yet. */
static size_t take_frame(const uint8_t *in, size_t length)
{
    size_t header = 6, size;
    if (length < header)
        return 0;
    size = in[1] & 127;
    if (size == 126) {
        header = 8;
        if (length < header)
            return 0;
        size = (size_t)in[2] << 8 | in[3];
    }
    if (length < header + size)
        return 0;
    put_header(size);
    for (size_t i = 0; i < size; i++)
        outbox[waiting++] = in[header + i] ^ in[header - 4 + (i & 3)];
    return header + size;
}

static void publish(struct peer *peer, size_t got)
{
    size_t at = 0, took;
    peer->held += got;
    while ((took = take_frame(peer->inbox + at, peer->held - at))) {
        at += took;
        if (!joins)
            fan_out();
    }
    if (waiting)
        fan_out();
    memmove(peer->inbox, peer->inbox + at, peer->held - at);
    peer->held -= at;
}

static void hear(struct peer *peer)
{
    char text[2048];
    bool publishes = peer->role == PUBLISHER;
    void *into = publishes ? (char *)peer->inbox + peer->held : text;
    ssize_t got = recv(peer->fd, into, publishes ? INBOX - peer->held : sizeof text - 1, 0);
    if (got <= 0) {
        leave(peer);
    } else if (publishes) {
        publish(peer, (size_t)got);
    } else if (peer->role == UNKNOWN) {
        text[got] = 0;
        greet(peer, text);
    }
}

static void admit(int listener, int poll)
{
    int fd, on = 1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct peer *peer = calloc(1, sizeof *peer);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        peer->fd = fd;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
    }
}

static int listen_on(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 4096)) {
        perror("floor");
        exit(1);
    }
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    raise_descriptor_limit();
    joins = !strcmp(argv[2], "joined");
    int listener = listen_on(atoi(argv[1])), poll = epoll_create1(0);
    struct epoll_event event = {.events = EPOLLIN}, events[512];
    epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
    for (;;) {
        int ready = epoll_wait(poll, events, 512, -1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                hear(events[i].data.ptr);
            else
                admit(listener, poll);
        }
    }
}
