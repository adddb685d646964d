/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "runtime/emulator/node.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MTU = 1500, DEVICE_QUEUE = 10000 };

static const uint32_t FIRST_ADDRESS = 0xC6120001; /* 198.18.0.1 */

static void write_setting(const char *name, const char *value) {
    char path[128];
    snprintf(path, sizeof path, "/proc/sys/net/ipv4/%s", name);
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0 || write(file, value, strlen(value)) < 0) {
        fprintf(stderr, "emulator: %s cannot be set: %s\n", path, strerror(errno));
    }
    if (file >= 0) {
        close(file);
    }
}

/* As Linux has them, but for the end of autotuning; and nothing is remembered from earlier
 * connections, so that each case begins alike. */
static void write_settings(uint64_t socket_bytes_max) {
    char value[64];
    snprintf(value, sizeof value, "4096 131072 %" PRIu64, socket_bytes_max);
    write_setting("tcp_rmem", value);
    snprintf(value, sizeof value, "4096 16384 %" PRIu64, socket_bytes_max);
    write_setting("tcp_wmem", value);
    write_setting("tcp_no_metrics_save", "1");
}

static int set_address(int socket_fd, struct ifreq *request, uint32_t node) {
    struct sockaddr_in address = {.sin_family = AF_INET};
    address.sin_addr.s_addr = htonl(FIRST_ADDRESS + node);
    memcpy(&request->ifr_addr, &address, sizeof address);
    if (ioctl(socket_fd, SIOCSIFADDR, request) != 0) {
        return -1;
    }
    address.sin_addr.s_addr = htonl(0xFFFFFF00);
    memcpy(&request->ifr_netmask, &address, sizeof address);
    return ioctl(socket_fd, SIOCSIFNETMASK, request);
}

static int raise_device(int socket_fd, struct ifreq *request, uint32_t node) {
    struct ifreq loopback = {.ifr_name = "lo"};
    loopback.ifr_flags = IFF_UP;
    if (ioctl(socket_fd, SIOCSIFFLAGS, &loopback) != 0 ||
        set_address(socket_fd, request, node) != 0) {
        return -1;
    }
    request->ifr_mtu = MTU;
    if (ioctl(socket_fd, SIOCSIFMTU, request) != 0) {
        return -1;
    }
    request->ifr_qlen = DEVICE_QUEUE;
    if (ioctl(socket_fd, SIOCSIFTXQLEN, request) != 0) {
        return -1;
    }
    request->ifr_flags = IFF_UP | IFF_RUNNING;
    return ioctl(socket_fd, SIOCSIFFLAGS, request);
}

/* The device's descriptor, or -1 with `step` naming what failed. */
static int make_device(uint32_t node, const char **step) {
    struct ifreq request = {.ifr_name = "wan0"};
    *step = "making a network namespace";
    if (unshare(CLONE_NEWNET) != 0) {
        return -1;
    }
    *step = "opening /dev/net/tun";
    int device = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device < 0) {
        return -1;
    }
    request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
    *step = "making a TUN device";
    int socket_fd = -1;
    if (ioctl(device, TUNSETIFF, &request) == 0 &&
        ioctl(device, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4) == 0) {
        *step = "setting up the TUN device";
        socket_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (socket_fd >= 0 && raise_device(socket_fd, &request, node) == 0) {
            close(socket_fd);
            return device;
        }
    }
    if (socket_fd >= 0) {
        close(socket_fd);
    }
    close(device);
    return -1;
}

/* One message: a text (empty: all is well) and, where there is one, the device. */
static void send_device(int gate, int device, const char *text) {
    char control[CMSG_SPACE(sizeof(int))] = {0}, message[256];
    snprintf(message, sizeof message, "%s", text);
    struct iovec part = {message, strlen(message) + 1};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (device >= 0) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        struct cmsghdr *item = CMSG_FIRSTHDR(&header);
        item->cmsg_level = SOL_SOCKET;
        item->cmsg_type = SCM_RIGHTS;
        item->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(item), &device, sizeof device);
    }
    if (sendmsg(gate, &header, 0) < 0) {
        _exit(1);
    }
}

static int receive_device(int gate, char *text, size_t room) {
    char control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {text, room - 1};
    struct msghdr header = {.msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control,
        .msg_controllen = sizeof control};
    int device = -1;
    ssize_t bytes = recvmsg(gate, &header, MSG_CMSG_CLOEXEC);
    text[bytes > 0 ? bytes : 0] = 0;
    struct cmsghdr *item = bytes > 0 ? CMSG_FIRSTHDR(&header) : NULL;
    if (item && item->cmsg_type == SCM_RIGHTS) {
        memcpy(&device, CMSG_DATA(item), sizeof device);
    } else if (bytes <= 0) {
        snprintf(text, room, "the child ended at once");
    }
    return device;
}

/* Does not return. */
static void become_node(const struct ess_node_settings *settings, int gate, pid_t parent) {
    char text[256] = "", byte;
    const char *step = "";
    struct sched_param priority = {.sched_priority = settings->priority};
    sigset_t none;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1); /* it died before the line above */
    }
    int device = make_device(settings->number, &step);
    if (device < 0) {
        snprintf(text, sizeof text, "%s: %s", step, strerror(errno));
    } else {
        write_settings(settings->socket_bytes_max);
    }
    send_device(gate, device, text);
    if (device < 0 || read(gate, &byte, 1) != 1) {
        _exit(1);
    }
    close(device);
    close(gate);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (settings->priority > 0 && sched_setscheduler(0, SCHED_FIFO, &priority) != 0) {
        fprintf(stderr, "emulator: no SCHED_FIFO: %s\n", strerror(errno));
    }
    execvp(settings->command[0], settings->command);
    fprintf(stderr, "emulator: %s: %s\n", settings->command[0], strerror(errno));
    _exit(127);
}

int ess_node_start(
    const struct ess_node_settings *settings, struct ess_node *node, char *problem, size_t room) {
    int ends[2];
    pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        snprintf(problem, room, "a pair of sockets: %s", strerror(errno));
        return -1;
    }
    fflush(NULL);
    node->process = fork();
    if (node->process == 0) {
        close(ends[0]);
        become_node(settings, ends[1], parent);
    }
    close(ends[1]);
    node->gate = ends[0];
    node->device = node->process > 0 ? receive_device(ends[0], problem, room) : -1;
    if (node->device >= 0) {
        return 0;
    }
    ess_node_stop(node);
    return -1;
}

void ess_node_open(struct ess_node *node) {
    if (write(node->gate, "g", 1) != 1) {
        perror("emulator: a node ended before it began");
    }
}

void ess_node_stop(struct ess_node *node) {
    if (node->process > 0) {
        kill(node->process, SIGKILL);
        waitpid(node->process, NULL, 0);
    }
    if (node->device >= 0) {
        close(node->device);
    }
    close(node->gate);
    *node = (struct ess_node){-1, -1, -1};
}
