/* get: one GET over and over on keep-alive connections, and how long the answers took.
 *
 *   get PORT PATH CONNECTIONS RATE SECONDS [TOKEN]
 *
 * RATE is answers a second over all connections, asked at fixed times (a late answer counts from
 * when it was due); 0 asks as soon as a connection is free. One JSON line is the answer; `late_p99_us`
 * is how late this program itself asked, though a connection was free.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "meter.h"

#define MOST 1024
#define WARM_UP_S .3

struct call {
    int fd;
    bool waits;
    uint64_t due, free_since;
    size_t got;
    char answer[1 << 16];
};

static struct call calls[MOST];
static struct meter latency, lateness;
static char request[2048];
static int request_size, poller;
static uint64_t answers, refused, answer_bytes;

static void ask(struct call *call, uint64_t due)
{
    call->waits = true;
    call->due = due;
    if (call->free_since <= due)
        meter_add(&lateness, now_ns() - due);
    call->got = 0;
    if (send(call->fd, request, (size_t)request_size, MSG_NOSIGNAL) != request_size)
        exit(1);
}

/* Whether the answer is whole: the head says how long it is. */
static bool is_whole(struct call *call)
{
    char *end = memmem(call->answer, call->got, "\r\n\r\n", 4);
    if (!end)
        return false;
    *end = 0;
    char *length = strcasestr(call->answer, "\r\nContent-Length:");
    size_t size = (size_t)(end - call->answer) + 4 + (length ? strtoul(length + 17, NULL, 10) : 0);
    *end = '\r';
    return call->got >= size;
}

static void hear(struct call *call, uint64_t warm)
{
    ssize_t got = recv(call->fd, call->answer + call->got, sizeof call->answer - call->got, 0);
    if (got <= 0) {
        fputs("get: the server closed a connection\n", stderr);
        exit(1);
    }
    call->got += (size_t)got;
    if (!is_whole(call))
        return;
    call->waits = false;
    call->free_since = now_ns();
    if (strncmp(call->answer, "HTTP/1.1 200", 12))
        refused++;
    uint64_t now = call->free_since;
    if (now < warm) {
        meter_reset(&lateness);
        return;
    }
    answers++;
    answer_bytes = call->got;
    meter_add(&latency, now - call->due);
}

static void open_calls(int port, int count)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int on = 1;
    for (int i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &calls[i]};
        calls[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(calls[i].fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(calls[i].fd, (struct sockaddr *)&address, sizeof address)) {
            perror("get");
            exit(1);
        }
        epoll_ctl(poller, EPOLL_CTL_ADD, calls[i].fd, &event);
    }
}

/* Asks on every free connection for which a request is due; when the next one will be. */
static uint64_t ask_due(int count, uint64_t next, uint64_t step, uint64_t now)
{
    for (int i = 0; i < count && next <= now; i++) {
        if (calls[i].waits)
            continue;
        ask(&calls[i], step ? next : now);
        next += step;
    }
    return next;
}

/* `struct sched_attr` as Linux 3.14 knew it. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
};

/* Who asks for short turns is woken before those that run: beside another program on its core this
 * one would measure how long that one's turns are. Before Linux 6.12 nothing changes. */
static void take_short_turns(void)
{
    struct attributes wanted = {.size = sizeof wanted, .runtime = 100000};
    wanted.nice = getpriority(PRIO_PROCESS, 0);
    syscall(SYS_sched_setattr, 0, &wanted, 0);
}

int main(int argc, char **argv)
{
    struct epoll_event events[256];
    take_short_turns();
    if (argc < 6 || atoi(argv[3]) > MOST)
        return 2;
    int count = atoi(argv[3]);
    double rate = atof(argv[4]), seconds = atof(argv[5]);
    const char *token = argc > 6 ? argv[6] : "";
    request_size = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%s%s%s\r\n",
                            argv[2], *token ? "Authorization: Bearer " : "", token,
                            *token ? "\r\n" : "");
    poller = epoll_create1(0);
    open_calls(atoi(argv[1]), count);
    uint64_t now = now_ns(), next = now, step = rate > 0 ? (uint64_t)(1e9 / rate) : 0;
    uint64_t warm = now + (uint64_t)(WARM_UP_S * 1e9), end = warm + (uint64_t)(seconds * 1e9);
    while ((now = now_ns()) < end) {
        next = ask_due(count, next, step, now);
        struct timespec most = {0, next > now ? (long)(next - now) % 1000000 + 1 : 1000000};
        int ready = epoll_pwait2(poller, events, 256, &most, NULL);
        for (int i = 0; i < ready; i++)
            hear(events[i].data.ptr, warm);
    }
    printf("{\"answers_per_s\":%.0f,\"answer_bytes\":%lu,\"refused\":%lu,", (double)answers / seconds,
           answer_bytes, refused);
    meter_print(&latency);
    printf(",\"late_p99_us\":%.1f}\n", meter_us(&lateness, .99));
    return 0;
}
