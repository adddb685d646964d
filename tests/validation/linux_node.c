/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One host of a case, played with the kernel's TCP in a network namespace (see linux_case.c).
 *
 *     linux_node CASE RUN HOST START_NS
 *
 * START_NS is when the case begins, on CLOCK_MONOTONIC. The sender of the first connection measures
 * the round trip before. Events go to standard output, a line each: "rtt HOST NS", "congestion
 * NAME", "begun MESSAGE NS", "received MESSAGE NS", "bytes CONNECTION COUNT"; times count from
 * START_NS. The process then waits to be ended, since its namespace goes with it. */
#define _GNU_SOURCE
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_play.h"
#include "analysis/validation/case_route.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    PORT = 5001, /* of connection 0 */
    PROBE_PORT = 5000,
    PROBES = 5,
    PIECE = 1 << 18,
    EVENTS = 64,
    /* Larger buffers than this leave the window to the kernel's autotuning. */
    CLAMP_BELOW = 2 << 20
};

static const uint64_t WITHOUT_END = UINT64_C(1) << 60;

/* One end of a connection. */
struct end {
    bool mine, sends;
    int socket;
    bool standing;
    uint32_t next; /* message to be sent or received */
    uint64_t wanted, sent, got, received_end;
    int64_t due_ns; /* of something to do by the clock; INT64_MAX: nothing */
};

struct host {
    struct ess_case network;
    struct ess_case_play play;
    uint32_t number;
    int64_t start_ns;
    int events;
    struct end *ends; /* by connection */
    bool *released;   /* by message */
    bool reported;
};

static void die(const char *what) {
    fprintf(stderr, "linux_node: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int64_t now_ns(const struct host *host) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - host->start_ns;
}

static void say(const char *word, uint64_t number, int64_t value) {
    char line[96];
    int length = snprintf(line, sizeof line, "%s %" PRIu64 " %" PRId64 "\n", word, number, value);
    /* One write a line: several hosts share the pipe. */
    if (write(STDOUT_FILENO, line, (size_t)length) != length) {
        die("report");
    }
}

static struct sockaddr_in address_of(uint32_t host, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(0xC6120001 + host);
    return address;
}

/* Bound the window that a receiver offers. The kernel moves the bound when it learns how much
 * memory packets take, so this is done anew whenever bytes are read. */
static void clamp_window(const struct host *host, int socket_fd) {
    int clamp = (int)host->network.buffer_bytes;
    if (host->network.buffer_bytes < CLAMP_BELOW &&
        setsockopt(socket_fd, IPPROTO_TCP, TCP_WINDOW_CLAMP, &clamp, sizeof clamp) != 0) {
        die("TCP_WINDOW_CLAMP");
    }
}

static void set_options(const struct host *host, int socket_fd) {
    static const char *const kernel_names[] = {"cubic", "reno", "bbr"};
    const char *name = kernel_names[host->network.congestion];
    int one = 1;
    if (setsockopt(socket_fd, IPPROTO_TCP, TCP_CONGESTION, name, (socklen_t)strlen(name)) != 0) {
        die(name);
    }
    setsockopt(socket_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(socket_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    clamp_window(host, socket_fd);
}

static int make_socket(const struct host *host, int flags) {
    int socket_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);
    if (socket_fd < 0) {
        die("socket");
    }
    set_options(host, socket_fd);
    return socket_fd;
}

static int listen_at(const struct host *host, int port) {
    struct sockaddr_in address = address_of(host->number, port);
    int socket_fd = make_socket(host, SOCK_NONBLOCK);
    if (bind(socket_fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(socket_fd, 16) != 0) {
        die("listen");
    }
    return socket_fd;
}

static void watch(struct host *host, uint32_t connection, int operation, uint32_t what) {
    struct epoll_event event = {.events = what, .data.u32 = connection};
    if (epoll_ctl(host->events, operation, host->ends[connection].socket, &event) != 0) {
        die("epoll");
    }
}

/* The kernel answers a connection request by itself, so this is the bare path. */
static void measure_round_trip(const struct host *host, uint32_t to) {
    int64_t best_ns = INT64_MAX;
    struct sockaddr_in address = address_of(to, PROBE_PORT);
    for (int i = 0; i < PROBES; i++) {
        int socket_fd = make_socket(host, 0);
        int64_t begin_ns = now_ns(host);
        int status = connect(socket_fd, (struct sockaddr *)&address, sizeof address);
        int64_t took_ns = now_ns(host) - begin_ns;
        if (status == 0) {
            best_ns = took_ns < best_ns ? took_ns : best_ns;
        } else if (errno != ECONNREFUSED || now_ns(host) > 0) {
            die("probe");
        } else {
            usleep(20000); /* the other host does not listen yet */
            i--;
        }
        close(socket_fd);
    }
    say("rtt", to, best_ns);
}

static void open_connection(struct host *host, uint32_t connection) {
    struct end *end = &host->ends[connection];
    struct sockaddr_in address =
        address_of(host->play.connections[connection].to, PORT + (int)connection);
    end->socket = make_socket(host, SOCK_NONBLOCK);
    end->due_ns = INT64_MAX;
    if (connect(end->socket, (struct sockaddr *)&address, sizeof address) != 0 &&
        errno != EINPROGRESS) {
        die("connect");
    }
    watch(host, connection, EPOLL_CTL_ADD, EPOLLOUT);
}

static void pump(struct host *host, uint32_t connection) {
    static const char zeros[PIECE];
    struct end *end = &host->ends[connection];
    while (end->standing && end->sent < end->wanted) {
        uint64_t rest = end->wanted - end->sent;
        ssize_t taken = send(end->socket, zeros, rest < PIECE ? (size_t)rest : PIECE, MSG_NOSIGNAL);
        if (taken < 0) {
            if (errno != EAGAIN) {
                die("send");
            }
            watch(host, connection, EPOLL_CTL_MOD, EPOLLOUT | EPOLLIN);
            return;
        }
        end->sent += (uint64_t)taken;
    }
    watch(host, connection, EPOLL_CTL_MOD, EPOLLIN);
}

static void advance(struct host *host, uint32_t connection) {
    struct end *end = &host->ends[connection];
    const struct ess_case_connection *plan = &host->play.connections[connection];
    if (!end->standing) {
        return;
    }
    while (end->next < plan->message_count && host->released[plan->first_message + end->next]) {
        uint32_t message = plan->first_message + end->next++;
        uint64_t bytes = host->play.messages[message].bytes;
        say("begun", message, now_ns(host));
        end->wanted += bytes > 0 ? bytes : WITHOUT_END;
    }
    pump(host, connection);
}

/* Messages that wait for one which this host has received whole. */
static void release_after(struct host *host, uint32_t message) {
    for (uint32_t m = 0; m < host->play.message_count; m++) {
        uint32_t connection = host->play.messages[m].connection;
        if (host->play.messages[m].after == (int32_t)message &&
            host->play.connections[connection].from == host->number) {
            host->released[m] = true;
            advance(host, connection);
        }
    }
}

static void finish_message(struct host *host, uint32_t connection, uint32_t message) {
    const struct ess_case_message *next = &host->play.messages[message + 1];
    say("received", message, now_ns(host));
    bool last = message + 1 == host->play.connections[connection].first_message +
                                   host->play.connections[connection].message_count;
    if (!last && next->after == (int32_t)message) {
        /* The sender waits for this one: tell it. */
        if (send(host->ends[connection].socket, "", 1, MSG_NOSIGNAL) != 1) {
            die("answer");
        }
        return;
    }
    release_after(host, message);
}

static void take_bytes(struct host *host, uint32_t connection) {
    struct end *end = &host->ends[connection];
    const struct ess_case_connection *plan = &host->play.connections[connection];
    clamp_window(host, end->socket);
    for (;;) {
        /* The bytes are thrown away in the kernel: their copying is not what is measured. */
        ssize_t got = recv(end->socket, NULL, PIECE, MSG_TRUNC | MSG_DONTWAIT);
        if (got <= 0) {
            return;
        }
        end->got += (uint64_t)got;
        while (end->next < plan->message_count) {
            uint32_t message = plan->first_message + end->next;
            uint64_t bytes = host->play.messages[message].bytes;
            if (bytes == 0 || end->got < end->received_end + bytes) {
                break;
            }
            end->received_end += bytes;
            end->next++;
            finish_message(host, connection, message);
        }
    }
}

static void accept_connection(struct host *host, uint32_t connection) {
    struct end *end = &host->ends[connection];
    int accepted = accept4(end->socket, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted < 0) {
        return;
    }
    close(end->socket);
    end->socket = accepted;
    end->standing = true;
    watch(host, connection, EPOLL_CTL_ADD, EPOLLIN);
    take_bytes(host, connection);
}

/* The receiver of a warm-up says that it is there; half a round trip has passed since. */
static void take_answer(struct host *host, uint32_t connection) {
    struct end *end = &host->ends[connection];
    const struct ess_case_connection *plan = &host->play.connections[connection];
    struct ess_case_route route;
    char byte;
    while (recv(end->socket, &byte, 1, MSG_DONTWAIT) == 1) {
        const struct ess_case_message *next = &host->play.messages[plan->first_message + end->next];
        ess_case_route(&host->network, plan->to, plan->from, &route);
        end->due_ns = now_ns(host) + next->gap_ns - route.delay_ns;
    }
}

static void print_congestion(struct end *end) {
    char name[16] = "", line[64];
    socklen_t length = sizeof name - 1;
    getsockopt(end->socket, IPPROTO_TCP, TCP_CONGESTION, name, &length);
    int bytes = snprintf(line, sizeof line, "congestion %s\n", name);
    if (write(STDOUT_FILENO, line, (size_t)bytes) != bytes) {
        die("report");
    }
}

static void on_event(struct host *host, uint32_t connection, uint32_t what) {
    struct end *end = &host->ends[connection];
    int problem = 0;
    socklen_t length = sizeof problem;
    if (!end->sends) {
        if (end->standing) {
            take_bytes(host, connection);
        } else {
            accept_connection(host, connection);
        }
        return;
    }
    if (!end->standing && (what & (EPOLLOUT | EPOLLERR))) {
        getsockopt(end->socket, SOL_SOCKET, SO_ERROR, &problem, &length);
        errno = problem;
        if (problem != 0) {
            die("connection");
        }
        end->standing = true;
        if (connection == 0) {
            print_congestion(end);
        }
        advance(host, connection);
        return;
    }
    if (what & EPOLLIN) {
        take_answer(host, connection);
    }
    pump(host, connection);
}

/* What is due by the clock; returns when the next thing is. */
static int64_t on_clock(struct host *host) {
    int64_t next_ns = host->reported ? INT64_MAX : host->network.stop_ns;
    for (uint32_t c = 0; c < host->play.connection_count; c++) {
        struct end *end = &host->ends[c];
        if (end->mine && end->due_ns <= now_ns(host)) {
            end->due_ns = INT64_MAX;
            if (end->standing) {
                host->released[host->play.connections[c].first_message + end->next] = true;
                advance(host, c);
            } else {
                open_connection(host, c);
            }
        }
        if (end->mine && end->due_ns < next_ns) {
            next_ns = end->due_ns;
        }
    }
    return next_ns;
}

static void report_bytes(struct host *host) {
    for (uint32_t c = 0; c < host->play.connection_count; c++) {
        if (host->ends[c].mine && !host->ends[c].sends) {
            say("bytes", c, (int64_t)host->ends[c].got);
        }
    }
    host->reported = true;
}

static void prepare(struct host *host) {
    host->events = epoll_create1(EPOLL_CLOEXEC);
    host->ends = calloc(host->play.connection_count, sizeof *host->ends);
    host->released = calloc(host->play.message_count, sizeof *host->released);
    if (host->events < 0 || !host->ends || !host->released) {
        die("memory");
    }
    for (uint32_t m = 0; m < host->play.message_count; m++) {
        host->released[m] = host->play.messages[m].after < 0;
    }
    listen_at(host, PROBE_PORT);
    for (uint32_t c = 0; c < host->play.connection_count; c++) {
        struct end *end = &host->ends[c];
        end->sends = host->play.connections[c].from == host->number;
        end->mine = end->sends || host->play.connections[c].to == host->number;
        end->due_ns = end->sends ? host->play.connections[c].open_ns : INT64_MAX;
        if (end->mine && !end->sends) {
            end->socket = listen_at(host, PORT + (int)c);
            watch(host, c, EPOLL_CTL_ADD, EPOLLIN);
        }
    }
}

static void play(struct host *host) {
    struct epoll_event ready[EVENTS];
    for (;;) {
        int64_t next_ns = on_clock(host), wait_ns = next_ns - now_ns(host);
        wait_ns = wait_ns < 0 ? 0 : wait_ns;
        struct timespec timeout = {(time_t)(wait_ns / 1000000000), (long)(wait_ns % 1000000000)};
        int count =
            epoll_pwait2(host->events, ready, EVENTS, next_ns < INT64_MAX ? &timeout : NULL, NULL);
        for (int i = 0; i < count; i++) {
            on_event(host, ready[i].data.u32, ready[i].events);
        }
        if (!host->reported && now_ns(host) >= host->network.stop_ns) {
            report_bytes(host);
        }
    }
}

int main(int argc, char **argv) {
    static struct host host;
    struct ess_case_error error;
    if (argc != 5 || ess_case_read(argv[1], &host.network, &error) != 0) {
        fprintf(stderr, "usage: linux_node CASE RUN HOST START_NS\n");
        return 2;
    }
    ess_case_jitter(&host.network, (uint32_t)strtoul(argv[2], NULL, 10));
    host.number = (uint32_t)strtoul(argv[3], NULL, 10);
    host.start_ns = strtoll(argv[4], NULL, 10);
    if (ess_case_play_init(&host.play, &host.network) != 0) {
        die("memory");
    }
    prepare(&host);
    if (host.play.connections[0].from == host.number) {
        usleep(100000); /* the others open their listening sockets meanwhile */
        measure_round_trip(&host, host.play.connections[0].to);
    }
    if (now_ns(&host) > 0) {
        fprintf(stderr, "linux_node: not ready in time\n");
        return 1;
    }
    play(&host);
}
