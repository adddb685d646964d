/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/world_parts.h"

static void add_pair(struct ess_world *world, uint32_t connection, uint32_t from, uint32_t to) {
    size_t before = world->pair_capacity;
    struct pair *pair;
    world->pairs = ess_arena_reserve(
        &world->arena, world->pairs, &world->pair_capacity, connection + 1, sizeof *world->pairs);
    for (size_t i = before; i < world->pair_capacity; i++) {
        world->pairs[i].from = UINT32_MAX;
    }
    pair = &world->pairs[connection];
    *pair = (struct pair){.from = from,
        .to = to,
        .next_of_from = world->agents[from].first_pair,
        .first_flight = UINT32_MAX};
    world->agents[from].first_pair = connection;
}

/* The pair and its reverse are made together. */
uint32_t ess_connections_pair(struct ess_world *world, uint32_t from, uint32_t to) {
    uint32_t there = ess_network_connection(&world->network, from, to), back;
    ESS_ENGINE_ASSERT(&world->engine, there != UINT32_MAX);
    if (there < world->pair_capacity && world->pairs[there].from != UINT32_MAX) {
        return there;
    }
    back = ess_network_connection(&world->network, to, from);
    ESS_ENGINE_ASSERT(&world->engine, back != UINT32_MAX);
    add_pair(world, there, from, to);
    add_pair(world, back, to, from);
    world->pairs[there].reverse = back;
    world->pairs[back].reverse = there;
    return there;
}

void ess_connections_establish(struct ess_world *world, uint32_t pair) {
    world->pairs[pair].established = true;
    world->pairs[world->pairs[pair].reverse].established = true;
}

/* The end at `peer` learns that its connection to `other` broke: what it has posted fails, then it
 * is told. News travels one way from where the connection broke. */
static void tell_end(struct ess_world *world, uint32_t peer, uint32_t other, uint32_t pair) {
    int64_t at_ns = world->engine.now_ns + ess_network_delay_ns(&world->network, pair);
    if (!world->agents[peer].alive) {
        return;
    }
    ess_exchange_fail_with(world, peer, other, at_ns);
    ess_engine_schedule(&world->engine, at_ns, CLASS_DELIVERY, EVENT_RESET, peer,
        (uint64_t)world->agents[peer].life << 32 | other);
}

static void break_pair(struct ess_world *world, uint32_t there) {
    uint32_t back = world->pairs[there].reverse;
    uint32_t a = world->pairs[there].from, b = world->pairs[there].to;
    if (!world->pairs[there].established) {
        return;
    }
    world->pairs[there].established = world->pairs[back].established = false;
    world->pairs[there].generation++;
    world->pairs[back].generation++;
    ess_network_break(&world->network, a, b);
    tell_end(world, a, b, back);
    tell_end(world, b, a, there);
}

void ess_connections_break(struct ess_world *world, uint32_t a, uint32_t b) {
    break_pair(world, ess_connections_pair(world, a, b));
}

void ess_connections_break_all(struct ess_world *world, uint32_t peer) {
    for (uint32_t pair = world->agents[peer].first_pair; pair != UINT32_MAX;
         pair = world->pairs[pair].next_of_from) {
        break_pair(world, pair);
    }
}

int64_t ess_connections_cut_until(struct ess_world *world, uint32_t from, uint32_t to) {
    uint32_t links[ESS_PATH_LINKS_MAX];
    int64_t delay_ns, until_ns = 0;
    uint32_t count;
    if (!world->has_cuts) {
        return 0; /* nothing was ever cut: no need to look at the way */
    }
    count = ess_topology_path(&world->topology, from, to, links, &delay_ns);
    for (uint32_t i = 0; i < count; i++) {
        if (world->cut_until_ns[links[i]] > until_ns) {
            until_ns = world->cut_until_ns[links[i]];
        }
    }
    return until_ns;
}

static void on_reset(void *context, uint32_t peer, uint64_t argument) {
    struct ess_world *world = context;
    struct agent *agent = &world->agents[peer];
    if (agent->alive && agent->life == (uint32_t)(argument >> 32)) {
        ess_agent_hand_over(world, peer,
            (struct ess_event){.kind = ESS_EVENT_RESET, .peer = (uint32_t)argument}, NULL);
    }
}

void ess_connections_register(struct ess_world *world) {
    ess_engine_register(&world->engine, EVENT_RESET, on_reset);
}
