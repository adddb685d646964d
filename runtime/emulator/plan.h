/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_EMULATOR_PLAN_H
#define ESS_EMULATOR_PLAN_H

/* What the emulator imitates: directed links and the ways over them, as lines of text.
 *
 *     nodes N
 *     seed N                                     of losses
 *     link BITS_PER_S DELAY_NS QUEUE_BYTES LOSS  LOSS in packets of 10^9; links count from 0
 *     route FROM TO LINK LINK …                  from node to node; what has no route is dropped
 *
 * A packet waits at a link behind those before it, is dropped where more than QUEUE_BYTES wait,
 * takes its size by the rate to leave, may be lost, and arrives DELAY_NS later at the next link of
 * its route. An uplink that several routes share, a narrow link between two sites, a downlink are
 * all links like others. Bytes are those of IP packets. */

#include <stddef.h>
#include <stdint.h>

enum { ESS_EMULATOR_NODES_MAX = 64, ESS_EMULATOR_LINKS_MAX = 512, ESS_EMULATOR_HOPS_MAX = 8 };

struct ess_emulator_link {
    uint64_t rate_bits_per_s; /* 0: everything is dropped */
    int64_t delay_ns;
    uint64_t queue_bytes;
    uint32_t loss_ppb;
};

struct ess_emulator_route {
    uint32_t count; /* 0: none */
    uint16_t link[ESS_EMULATOR_HOPS_MAX];
    uint32_t piece_segments; /* of a super-packet that pass as one, see segments.h */
};

struct ess_emulator_plan {
    uint32_t node_count, link_count;
    uint64_t seed;
    struct ess_emulator_link links[ESS_EMULATOR_LINKS_MAX];
    struct ess_emulator_route routes[ESS_EMULATOR_NODES_MAX][ESS_EMULATOR_NODES_MAX];
};

/* Read a text that ends with 0. Returns 0, or -1 with the line, what was found and what was
 * expected in `problem`. */
int ess_emulator_plan_parse(
    const char *text, struct ess_emulator_plan *plan, char *problem, size_t room);

/* Add a link (its number is returned) or a route; -1 where there is no room or a number is out of
 * range. A route's links must be there already. */
int ess_emulator_plan_link(struct ess_emulator_plan *plan, struct ess_emulator_link link);
int ess_emulator_plan_route(struct ess_emulator_plan *plan, uint32_t from, uint32_t to,
    const uint32_t *links, uint32_t count);

#endif
