/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A link that connections under a law with a share of its own (BBR) use beside others that yield to
 * loss: together they get that share of it, however many the others are (transport.h), and divide
 * it among themselves as they do alone.
 *
 * Weights do it. While both kinds have transfers on the links whose narrowest link is this one,
 * each weight of the first kind is its own times share / (1 - share) x (sum of the others' weights)
 * / (sum of theirs) and just its own otherwise. Only these change when anyone comes or goes:
 * O(connections of the first kind) then, and nothing at all where all connections follow one law.
 *
 * Simplification: a transfer counts from its first byte, also while its window holds it below its
 * share. */
#include <math.h>

#include "models/network/fluid_state.h"

#define WEIGHT_STEPS 1024 /* weights are rounded, so that few classes are made */

/* Who has transfers on the links whose narrowest link is this one. */
struct fluid_mix {
    double own_weight, other_weight; /* sums; whole multiples of 1 / 1024 */
};

static bool has_share(const struct tcp_connection *tcp) {
    return tcp->law->type->share > 0;
}

static double scale_of(const struct tcp_connection *tcp, const struct fluid_mix *mix) {
    double share = tcp->law->type->share;
    bool both = mix->own_weight > 0 && mix->other_weight > 0;
    return both ? share / (1 - share) * mix->other_weight / mix->own_weight : 1;
}

/* Put connection `index` into classes of its weight now; what it has on the links goes on there. */
static void reweigh(struct ess_fluid *fluid, uint32_t index, double scale) {
    struct connection *connection = &fluid->connections[index];
    struct tcp_connection *tcp = &fluid->tcp_connections[index];
    double weight = fmax(round(tcp->own_weight * scale * WEIGHT_STEPS), 1) / WEIGHT_STEPS;
    uint32_t links[ESS_PATH_LINKS_MAX], count, old = connection->class, class;
    int64_t delay_ns;
    ess_sharing_flow_id flow;
    if (weight == tcp->weight) {
        return;
    }
    tcp->weight = weight;
    count = ess_topology_path(fluid->topology, connection->from, connection->to, links, &delay_ns);
    connection->class = ess_sharing_class(fluid->sharing, links, count, weight, tcp->base_cap);
    flow = connection->first != NO_SLOT ? fluid->transfers[connection->first].flow : 0;
    if (flow && ess_sharing_alive(fluid->sharing, flow)) {
        class = ess_fluid_tcp_class(fluid, index);
        ess_sharing_set_class(fluid->sharing, flow, class);
        ess_sharing_class_release(fluid->sharing, class);
    }
    ess_sharing_class_release(fluid->sharing, old);
}

static void count_in(struct fluid_mix *mix, const struct tcp_connection *tcp, bool comes) {
    double *sum = has_share(tcp) ? &mix->own_weight : &mix->other_weight;
    *sum += comes ? tcp->own_weight : -tcp->own_weight;
}

void ess_fluid_mix_count(struct ess_fluid *fluid, uint32_t index, bool comes) {
    const struct tcp_connection *tcp = &fluid->tcp_connections[index];
    uint32_t link = tcp->narrowest_link;
    struct fluid_mix *mix;
    if (!fluid->mixes) {
        return;
    }
    mix = &fluid->mixes[link];
    count_in(mix, tcp, comes);
    for (uint32_t i = 0; i < fluid->mixed_count; i++) {
        const struct tcp_connection *other = &fluid->tcp_connections[fluid->mixed[i]];
        if (other->narrowest_link == link) {
            reweigh(fluid, fluid->mixed[i], scale_of(other, mix));
        }
    }
}

/* All that is on the links when the first connection of another law comes. */
static void begin(struct ess_fluid *fluid) {
    uint32_t links = fluid->topology->link_count;
    fluid->mixes = ess_arena_allocate(fluid->arena, links, sizeof *fluid->mixes);
    for (uint32_t i = 0; i < fluid->pairs.count; i++) {
        const struct tcp_connection *tcp = &fluid->tcp_connections[i];
        uint32_t first = fluid->connections[i].first;
        if (first != NO_SLOT && fluid->transfers[first].flow) {
            count_in(&fluid->mixes[tcp->narrowest_link], tcp, true);
        }
    }
}

void ess_fluid_mix_note(struct ess_fluid *fluid, uint32_t index) {
    if (!fluid->mixes) {
        begin(fluid);
    }
    if (!has_share(&fluid->tcp_connections[index])) {
        return;
    }
    fluid->mixed = ess_arena_reserve(fluid->arena, fluid->mixed, &fluid->mixed_capacity,
        fluid->mixed_count + 1, sizeof *fluid->mixed);
    fluid->mixed[fluid->mixed_count++] = index;
}
