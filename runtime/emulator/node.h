/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_EMULATOR_NODE_H
#define ESS_EMULATOR_NODE_H

/* A node: a child process in a network namespace of its own, whose only way out is a TUN device,
 * the other end of which the emulator holds. Node i has the address 198.18.0.(i + 1), of the range
 * for benchmarks (RFC 2544), which no router passes on. No bridge, no veth, no named namespace:
 * the kernel takes everything away with the last process in it, and the children die with the
 * emulator, also where it is killed. Wants the right to make namespaces and to open /dev/net/tun.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct ess_node_settings {
    uint32_t number;
    uint64_t socket_bytes_max; /* where the kernel's autotuning of socket buffers ends */
    int priority;              /* of SCHED_FIFO; 0: like other programs */
    char *const *command;      /* run in the namespace, found by PATH; ends with NULL */
};

struct ess_node {
    pid_t process;
    int device; /* the emulator's end, does not block */
    int gate;   /* the child waits until something is written here */
};

/* Make a node. Returns 0, or -1 with the reason in `problem`; nothing is left then. */
int ess_node_start(
    const struct ess_node_settings *settings, struct ess_node *node, char *problem, size_t room);

/* Let the command begin. */
void ess_node_open(struct ess_node *node);

/* End and reap the child, close both descriptors. */
void ess_node_stop(struct ess_node *node);

#endif
