/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_EMULATOR_FABRIC_H
#define ESS_EMULATOR_FABRIC_H

/* The links of a plan and the packets on them; no clock and no device, so that it can be tested to
 * the nanosecond.
 *
 * A link is a server with a virtual queue: a packet of b bytes that arrives at t leaves at
 * max(t, free) + 8 b / rate, which is the new `free`, unless the bytes still to be sent exceed the
 * queue. It arrives at the next link at that moment plus the delay, whenever the program gets to
 * it: lateness at one link does not add up over the next ones.
 *
 * Known bias: a piece of several segments arrives whole when its last one does, at each link. */

#include "runtime/emulator/plan.h"

#include <stdbool.h>

struct ess_fabric_packet {
    struct ess_fabric_packet *next;
    int64_t due_ns;
    uint32_t from, to, hop;
    uint32_t bytes;
    unsigned char data[];
};

struct ess_fabric;

/* What became of packets; segments count one by one. */
struct ess_fabric_counts {
    uint64_t entered, delivered, dropped_by_queue, lost, without_route;
};

/* The plan is copied. NULL when out of memory. */
struct ess_fabric *ess_fabric_new(const struct ess_emulator_plan *plan);
void ess_fabric_free(struct ess_fabric *fabric);

/* A packet of the device of node `from` enters at `now_ns`. `data` is copied. What is no IPv4
 * packet, or goes to an address whose last byte is no node's number plus one, is dropped. */
void ess_fabric_enter(struct ess_fabric *fabric, uint32_t from, const unsigned char *data,
    size_t bytes, int64_t now_ns);

/* The next packet that has arrived at its node by `until_ns`, or NULL. The caller frees it. Calls
 * must not go back in time by more than packets are late. O(log links) a link passed. */
struct ess_fabric_packet *ess_fabric_take(struct ess_fabric *fabric, int64_t until_ns);

/* When something happens next; INT64_MAX where nothing is on the way. */
int64_t ess_fabric_next_ns(const struct ess_fabric *fabric);

struct ess_fabric_counts ess_fabric_counts(const struct ess_fabric *fabric);

#endif
