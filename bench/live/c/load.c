/* load: thousands of WebSocket subscribers and one publisher, on one core.
 *
 *   load DIALECT PORT PUBLISH_PORT EVENT_BYTES [TOKEN [TOPICS]]
 *
 * DIALECT is `wireroom` (hello, subscribe, then events; published through the replay port),
 * `plain` (everything after the handshake is an event) or `socketio`. Commands come on standard
 * input, one a line; each is answered with one JSON line. Between commands pings are answered.
 *
 *   open N               connect N subscribers, until each follows
 *   freeze K             the first K never read again
 *   via replay|durable|committed   wireroom: say a committed event again, or commit a new one,
 *       whose time begins when it is due, or when it is committed
 *   saturate W SECONDS   keep W events in flight, after a warm-up as long, of .3 s at most
 *   rate R SECONDS       R events a second, whatever becomes of them
 *   reconnect MISSED     drop everyone, publish MISSED events, come back where each left off
 *
 * Latency runs from `t` in an event (when it was due, CLOCK_MONOTONIC) to the recv() that brought
 * it. An event's number is its cursor, or `n`; each subscriber checks that none is missing.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "meter.h"

#define INBOX (1 << 19)
#define AT_ONCE 256 /* handshakes under way */
#define GIVE_UP_S 90
#define SECOND 1000000000u

enum dialect { WIREROOM, PLAIN, SOCKETIO };
enum state { CONNECTING, SHAKING, GREETED, FOLLOWING, GONE };

struct line {
    int fd;
    enum state state;
    bool frozen, publishes;
    uint64_t last; /* number of the last event seen */
    size_t held;
    uint8_t *rest; /* an unfinished frame */
};

static enum dialect dialect;
static int port, publish_port, event_bytes, poller;
static const char *token = "", *topics = "[\"review\"]";
static char epoch[64], way = 'r';
static struct line *lines, publisher;
static int count, following, shaking, failed, closed, frozen;
static uint64_t published, delivered, missing, repeated;
static uint64_t numbered; /* events ever published: the number of those without a cursor */
static struct meter latency;
static uint8_t inbox[2 * INBOX];

static void die(const char *what)
{
    perror(what);
    exit(1);
}

/* -- sending ---------------------------------------------------------------------------------- */

static void send_all(int fd, const void *bytes, size_t size)
{
    const char *at = bytes;
    while (size) {
        ssize_t sent = send(fd, at, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, 1000);
        } else if (sent < 0) {
            return; /* the reading side will notice */
        } else {
            at += sent;
            size -= (size_t)sent;
        }
    }
}

/* Writes one masked frame behind `into`; its size. Payloads stay below 64 KiB. */
static size_t put_frame(uint8_t *into, int opcode, const void *payload, size_t size)
{
    static const uint8_t key[4] = {0x5a, 0x13, 0xc7, 0x2e};
    size_t at = 0;
    into[at++] = (uint8_t)(0x80 | opcode);
    if (size < 126) {
        into[at++] = (uint8_t)(0x80 | size);
    } else {
        into[at++] = 0x80 | 126;
        into[at++] = (uint8_t)(size >> 8);
        into[at++] = (uint8_t)size;
    }
    memcpy(into + at, key, 4);
    at += 4;
    for (size_t i = 0; i < size; i++)
        into[at++] = ((const uint8_t *)payload)[i] ^ key[i & 3];
    return at;
}

static void say(struct line *line, int opcode, const void *payload, size_t size)
{
    uint8_t frame[1024];
    send_all(line->fd, frame, put_frame(frame, opcode, payload, size));
}

/* While both sides talk, a client's kernel keeps acknowledgements for its next answer. Under load
 * they leave when the next event comes, and on a loopback that is the server's time: a fifth of what
 * a delivery costs it. A kernel stops that by itself once one of them has waited in vain for 40 ms, so
 * clients that have not just subscribed, or answered a ping, do not do it. */
static void only_listen(struct line *line)
{
    int on = 1;
    if (line->state == FOLLOWING)
        setsockopt(line->fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

static void subscribe(struct line *line)
{
    char text[512], since[96] = "";
    if (line->last)
        snprintf(since, sizeof since, ",\"since\":\"%s-%lu\"", epoch, line->last);
    int size = snprintf(text, sizeof text,
                        "{\"op\":\"subscribe\",\"id\":1,\"topics\":%s,\"snapshot\":false%s}", topics,
                        since);
    say(line, 1, text, (size_t)size);
}

static size_t put_event(uint8_t *into, uint64_t due)
{
    char text[4096];
    int size = snprintf(text, sizeof text,
                        "%s{\"t\":%lu,\"n\":%lu,\"type\":\"review.interrupted\",\"text\":\"",
                        dialect == SOCKETIO ? "42[\"pub\"," : "", due, ++numbered);
    for (; size < event_bytes - 2; size++)
        text[size] = (char)('a' + size % 26);
    size += sprintf(text + size, dialect == SOCKETIO ? "\"}]" : "\"}");
    return put_frame(into, 1, text, (size_t)size);
}

static void publish(int events, uint64_t due)
{
    static uint8_t out[1 << 16];
    size_t size = 0;
    for (; events > 0 && size < sizeof out - 5000; events--) {
        if (dialect == WIREROOM) {
            out[size] = (uint8_t)way;
            memcpy(out + size + 1, &due, sizeof due);
            size += 1 + sizeof due;
        } else {
            size += put_event(out + size, due);
        }
        published++;
    }
    send_all(publisher.fd, out, size);
}

/* -- what arrives ----------------------------------------------------------------------------- */

static void lose(struct line *line)
{
    if (line->publishes) {
        fputs("load: the publisher's connection is lost\n", stderr);
        exit(1);
    }
    if (line->state == FOLLOWING) {
        following--;
        closed++;
    } else if (line->state != GONE) {
        shaking--;
        failed++;
    }
    line->state = GONE;
    close(line->fd);
}

static void follow(struct line *line)
{
    line->state = FOLLOWING;
    following++;
    shaking--;
}

/* Where `needle` ends in the payload; events look alike, so the last place is tried first. */
static const uint8_t *behind(const uint8_t *payload, size_t size, const char *needle, size_t *hint)
{
    size_t length = strlen(needle);
    if (*hint + length > size || memcmp(payload + *hint, needle, length)) {
        const uint8_t *found = memmem(payload, size, needle, length);
        if (!found)
            return NULL;
        *hint = (size_t)(found - payload);
    }
    return payload + *hint + length;
}

static uint64_t digits(const uint8_t *at)
{
    uint64_t value = 0;
    while (*at >= '0' && *at <= '9')
        value = value * 10 + (uint64_t)(*at++ - '0');
    return value;
}

static uint64_t number_of(const uint8_t *payload, size_t size)
{
    static size_t id_at, n_at;
    const uint8_t *at = behind(payload, size, dialect == WIREROOM ? "\"id\":\"" : "\"n\":",
                               dialect == WIREROOM ? &id_at : &n_at);
    if (at && dialect == WIREROOM) {
        if (*at == '~')
            return 0;
        at = memchr(at, '-', 40);
        return at ? digits(at + 1) : 0;
    }
    return at ? digits(at) : 0;
}

static void check_order(struct line *line, uint64_t number)
{
    if (!number)
        return;
    if (line->last && number <= line->last)
        repeated++;
    else if (line->last && number != line->last + 1)
        missing += number - line->last - 1;
    line->last = number;
}

static void take_event(struct line *line, const uint8_t *payload, size_t size, uint64_t at)
{
    static size_t t_at;
    if (line->publishes)
        return; /* nchan answers a publisher */
    check_order(line, number_of(payload, size));
    const uint8_t *t = behind(payload, size, "\"t\":", &t_at);
    if (t) {
        uint64_t due = digits(t);
        delivered++;
        meter_add(&latency, at > due ? at - due : 0);
    }
}

static void note_epoch(struct line *line, const uint8_t *payload, size_t size)
{
    static const char from[] = "\"from\":\"";
    const uint8_t *at = memmem(payload, size, from, sizeof from - 1);
    const uint8_t *dash = at ? memchr(at, '-', sizeof epoch) : NULL;
    if (!dash)
        return;
    at += sizeof from - 1;
    memcpy(epoch, at, (size_t)(dash - at));
    epoch[dash - at] = 0;
    line->last = digits(dash + 1);
}

static bool begins(const uint8_t *payload, size_t size, const char *with)
{
    return size >= strlen(with) && !memcmp(payload, with, strlen(with));
}

static void take_text(struct line *line, const uint8_t *payload, size_t size, uint64_t at)
{
    if (dialect == WIREROOM && begins(payload, size, "{\"op\":")) {
        if (begins(payload, size, "{\"op\":\"hello\""))
            subscribe(line);
        else if (begins(payload, size, "{\"op\":\"error\""))
            fprintf(stderr, "load: %.*s\n", (int)size, payload);
        else if (line->state == GREETED && begins(payload, size, "{\"op\":\"subscribed\"")) {
            note_epoch(line, payload, size);
            follow(line);
        }
    } else if (dialect == SOCKETIO && begins(payload, size, "0")) {
        say(line, 1, "40", 2);
    } else if (dialect == SOCKETIO && line->state == GREETED && begins(payload, size, "40")) {
        follow(line);
    } else if (dialect == SOCKETIO && begins(payload, size, "2")) {
        say(line, 1, "3", 1), only_listen(line);
    } else {
        take_event(line, payload, size, at);
    }
}

static void take_frame(struct line *line, int opcode, const uint8_t *payload, size_t size,
                       uint64_t at)
{
    if (opcode == 8)
        lose(line);
    else if (opcode == 9)
        say(line, 10, payload, size), only_listen(line);
    else if (opcode < 3)
        take_text(line, payload, size, at);
}

/* The frames in `bytes`; how many bytes they were. */
static size_t take_frames(struct line *line, const uint8_t *bytes, size_t size, uint64_t at)
{
    size_t done = 0;
    while (line->state != GONE && size - done >= 2) {
        const uint8_t *frame = bytes + done;
        size_t header = 2, length = frame[1] & 127;
        if (length == 126)
            header = 4;
        else if (length == 127)
            header = 10;
        if (size - done < header)
            break;
        if (header > 2) {
            length = 0;
            for (size_t i = 2; i < header; i++)
                length = length << 8 | frame[i];
        }
        if (size - done < header + length)
            break;
        take_frame(line, frame[0] & 15, frame + header, length, at);
        done += header + length;
    }
    return done;
}

/* The answer to the handshake; how many bytes it was, 0 when it is not whole yet. */
static size_t take_answer(struct line *line, const uint8_t *bytes, size_t size)
{
    const uint8_t *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    if (!begins(bytes, size, "HTTP/1.1 101")) {
        fprintf(stderr, "load: refused: %.*s\n", (int)strcspn((const char *)bytes, "\r\n"), bytes);
        lose(line);
    } else if (dialect == PLAIN) {
        follow(line);
    } else {
        line->state = GREETED;
    }
    return (size_t)(end + 4 - bytes);
}

static void keep(struct line *line, const uint8_t *bytes, size_t size)
{
    line->held = line->state == GONE ? 0 : size;
    if (!line->held)
        return;
    line->rest = realloc(line->rest, size);
    memcpy(line->rest, bytes, size);
}

/* How many bytes came: 0 for none, also because that was the end. */
static ssize_t hear_some(struct line *line)
{
    size_t size = line->held, done = 0;
    if (size)
        memcpy(inbox, line->rest, size);
    ssize_t got = recv(line->fd, inbox + size, INBOX, 0);
    if (got < 0 && errno == EAGAIN)
        return 0;
    if (got <= 0) {
        lose(line);
        return 0;
    }
    uint64_t at = now_ns();
    size += (size_t)got;
    if (line->state == SHAKING)
        done = take_answer(line, inbox, size);
    if (line->state != SHAKING && line->state != GONE)
        done += take_frames(line, inbox + done, size - done, at);
    keep(line, inbox + done, size - done);
    return got;
}

/* All that is there: an edge is told once. Less than was asked for is all, unless it is the end. */
static void hear(struct line *line, bool ends)
{
    ssize_t got;
    do
        got = hear_some(line);
    while (line->state != GONE && (got == INBOX || (ends && got > 0)));
}

/* -- connecting ------------------------------------------------------------------------------- */

static int connect_to(int to)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)to),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct linger at_once = {1, 0}; /* a reset: no port is left waiting */
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0)
        die("load: socket");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS)
        die("load: connect");
    return fd;
}

/* By edges: a level would be asked for again behind everything that was read, which is a tenth of
 * what a delivery costs here, and would measure the client. */
static void watch(struct line *line, int how, uint32_t events)
{
    struct epoll_event event = {.events = events | EPOLLRDHUP | EPOLLET, .data.ptr = line};
    epoll_ctl(poller, how, line->fd, &event);
}

static void start(struct line *line)
{
    line->fd = connect_to(line->publishes ? publish_port : port);
    line->state = CONNECTING;
    line->held = 0;
    shaking++;
    watch(line, EPOLL_CTL_ADD, EPOLLOUT);
}

static const char *path_of(const struct line *line)
{
    if (dialect == WIREROOM)
        return "/ws";
    if (dialect == SOCKETIO)
        return "/socket.io/?EIO=4&transport=websocket";
    return line->publishes ? "/pub" : "/sub";
}

static void shake(struct line *line)
{
    char text[1024];
    int size = snprintf(text, sizeof text,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\n"
                        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n%s%s%s\r\n",
                        path_of(line), port, *token ? "Authorization: Bearer " : "", token,
                        *token ? "\r\n" : "");
    send_all(line->fd, text, (size_t)size);
    line->state = SHAKING;
    watch(line, EPOLL_CTL_MOD, EPOLLIN);
}

static void connected(struct line *line)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(line->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error)
        lose(line);
    else if (line->publishes && dialect == WIREROOM)
        follow(line), watch(line, EPOLL_CTL_MOD, EPOLLIN);
    else
        shake(line);
}

/* -- the loop --------------------------------------------------------------------------------- */

/* Handles what is ready; waits at most so long. True when a command waits on standard input. */
static bool turn(uint64_t most_ns)
{
    static struct epoll_event events[1024];
    struct timespec most = {(time_t)(most_ns / SECOND), (long)(most_ns % SECOND)};
    bool told = false;
    int ready = epoll_pwait2(poller, events, 1024, &most, NULL);
    for (int i = 0; i < ready; i++) {
        struct line *line = events[i].data.ptr;
        if (!line)
            told = true;
        else if (line->state == CONNECTING)
            connected(line);
        else if (line->state != GONE)
            hear(line, events[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR));
    }
    return told;
}

/* The loop without standard input: a command that is under way is not interrupted. */
static void listen_to_commands(bool yes)
{
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(poller, yes ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, STDIN_FILENO, &event);
}

static uint64_t after(double seconds)
{
    return now_ns() + (uint64_t)(seconds * SECOND);
}

/* Connects everyone; the publisher too, once. */
static void connect_all(void)
{
    uint64_t end = after(GIVE_UP_S);
    int next = 0;
    if (!publisher.publishes) {
        publisher.publishes = true;
        start(&publisher);
        while (publisher.state != FOLLOWING && now_ns() < end)
            turn(SECOND / 100);
        following--; /* it counts for nobody */
    }
    while ((next < count || shaking) && now_ns() < end) {
        while (next < count && shaking < AT_ONCE)
            start(&lines[next++]);
        turn(SECOND / 100);
    }
}

static int readers(void)
{
    return following - frozen;
}

static void reset(void)
{
    meter_reset(&latency);
    published = delivered = missing = repeated = 0;
}

/* -- commands --------------------------------------------------------------------------------- */

static void open_lines(int wanted)
{
    uint64_t start_at = now_ns();
    count = wanted;
    lines = calloc((size_t)count, sizeof *lines);
    connect_all();
    double seconds = (double)(now_ns() - start_at) / 1e9;
    for (int i = 0; i < count; i++)
        only_listen(&lines[i]);
    printf("{\"open\":%d,\"failed\":%d,\"seconds\":%.3f}\n", following, failed, seconds);
}

static void freeze(int wanted)
{
    for (int i = 0; i < wanted && i < count; i++) {
        lines[i].frozen = true;
        watch(&lines[i], EPOLL_CTL_DEL, 0);
    }
    frozen = wanted;
    printf("{\"frozen\":%d}\n", frozen);
}

/* Waits for what is still under way; how many deliveries never came. */
static int64_t drain(void)
{
    uint64_t end = after(3);
    while (delivered < published * (uint64_t)readers() && now_ns() < end)
        turn(SECOND / 100);
    return (int64_t)(published * (uint64_t)readers()) - (int64_t)delivered;
}

static void report(uint64_t events, uint64_t deliveries, double seconds, const struct meter *m)
{
    printf("{\"events\":%lu,\"deliveries_per_s\":%.0f,\"events_per_s\":%.1f,", events,
           (double)deliveries / seconds, (double)deliveries / seconds / readers());
    meter_print(m);
    int64_t lost = drain();
    printf(",\"lost\":%ld,\"missing\":%lu,\"repeated\":%lu,\"closed\":%d,\"delivered\":%lu}\n", lost,
           missing, repeated, closed, delivered);
}

/* The client never sleeps here. A halted core takes 30 us to wake up, for which a fast server would
 * wait behind every event: it is the servers that are measured. */
static void saturate(int in_flight, double seconds)
{
    static struct meter seen;
    uint64_t warm = after(seconds < .3 ? seconds : .3);
    uint64_t end = warm + (uint64_t)(seconds * SECOND), now;
    uint64_t began = 0, events = 0, deliveries = 0;
    reset();
    while ((now = now_ns()) < end) {
        if (!began && now >= warm) {
            began = now;
            events = published;
            deliveries = delivered;
            meter_reset(&latency);
        }
        uint64_t of_all = delivered / (uint64_t)readers();
        if (published < of_all + (uint64_t)in_flight)
            publish((int)(of_all + (uint64_t)in_flight - published), now);
        turn(0);
    }
    seen = latency;
    report(published - events, delivered - deliveries, (double)(now - began) / 1e9, &seen);
}

static void rate(double per_second, double seconds)
{
    static struct meter seen;
    uint64_t began = now_ns(), due = began, end = after(seconds), now, step;
    step = (uint64_t)(SECOND / per_second);
    reset();
    while ((now = now_ns()) < end) {
        for (; due <= now; due += step)
            publish(1, due);
        now = now_ns();
        turn(due > now ? due - now : 0);
    }
    uint64_t deliveries = delivered;
    drain(); /* the last ones count for the latency too */
    seen = latency;
    report(published, deliveries, (double)(now - began) / 1e9, &seen);
}

static bool is_behind(const struct line *line, uint64_t head)
{
    return line->state == FOLLOWING && line->last < head;
}

static void reconnect(int missed)
{
    uint64_t head = 0, pause = after(.2), end;
    int caught_up = 0;
    for (int i = 0; i < count; i++) {
        head = lines[i].last > head ? lines[i].last : head;
        if (lines[i].state != GONE)
            close(lines[i].fd);
        lines[i].state = GONE;
    }
    following = failed = closed = 0;
    reset();
    publish(missed, now_ns());
    while (now_ns() < pause)
        turn(SECOND / 100);
    uint64_t began = now_ns();
    connect_all();
    head += dialect == WIREROOM ? (uint64_t)missed : 0;
    end = after(GIVE_UP_S);
    for (int i = 0; i < count; i++)
        while (dialect == WIREROOM && is_behind(&lines[i], head) && now_ns() < end)
            turn(SECOND / 100);
    double seconds = (double)(now_ns() - began) / 1e9;
    for (int i = 0; i < count; i++)
        caught_up += lines[i].state == FOLLOWING && lines[i].last >= head;
    printf("{\"seconds\":%.3f,\"open\":%d,\"caught_up\":%d,\"failed\":%d,\"missing\":%lu,"
           "\"repeated\":%lu}\n",
           seconds, following, caught_up, failed, missing, repeated);
}

static void obey(const char *command)
{
    double number, seconds;
    char word[16];
    if (sscanf(command, "open %lf", &number) == 1)
        open_lines((int)number);
    else if (sscanf(command, "freeze %lf", &number) == 1)
        freeze((int)number);
    else if (sscanf(command, "saturate %lf %lf", &number, &seconds) == 2)
        saturate((int)number, seconds);
    else if (sscanf(command, "rate %lf %lf", &number, &seconds) == 2)
        rate(number, seconds);
    else if (sscanf(command, "reconnect %lf", &number) == 1)
        reconnect((int)number);
    else if (sscanf(command, "via %15s", word) == 1)
        way = *word, printf("{\"via\":\"%s\"}\n", word);
    else
        printf("{\"error\":\"unknown command\"}\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    char command[256];
    if (argc < 5)
        return 2;
    dialect = *argv[1] == 'w' ? WIREROOM : *argv[1] == 's' ? SOCKETIO : PLAIN;
    port = atoi(argv[2]);
    publish_port = atoi(argv[3]);
    event_bytes = atoi(argv[4]);
    token = argc > 5 ? argv[5] : token;
    topics = argc > 6 ? argv[6] : topics;
    raise_descriptor_limit();
    setvbuf(stdin, NULL, _IONBF, 0);
    poller = epoll_create1(0);
    for (;;) {
        listen_to_commands(true);
        while (!turn(SECOND))
            ;
        listen_to_commands(false);
        if (!fgets(command, sizeof command, stdin))
            return 0;
        obey(command);
    }
}
