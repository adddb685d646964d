/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links that follow a trace: one pending event for each direction of each of them. Where the trace
 * says that nothing goes through, messages wait until it does again, and connections are given up
 * after the transport's patience, as with a cut: transfers of the other direction stand still too
 * for want of acknowledgements. */
#include "sim/world/world_parts.h"

static void apply(struct ess_world *world, struct link_play *play) {
    const struct ess_link_step *step = &play->step;
    int64_t extra_ns =
        step->delay_ns == ESS_LINK_DELAY_OWN ? 0 : step->delay_ns - play->own_delay_ns;
    ess_network_set_link(&world->network, play->link, step->bytes_per_s, extra_ns);
    if (step->bytes_per_s == 0) {
        ess_life_note_outage(world, play->link, ess_link_player_carries_ns(&play->player));
    }
}

static void schedule_next(struct ess_world *world, uint32_t index) {
    struct link_play *play = &world->link_plays[index];
    int64_t at_ns;
    if (ess_link_player_next(&play->player, &at_ns, &play->step)) {
        ess_engine_schedule(&world->engine, at_ns, CLASS_CHANGE, EVENT_LINK_STEP, index, 0);
    }
}

static void on_step(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    (void)argument;
    apply(world, &world->link_plays[index]);
    schedule_next(world, index);
}

/* The first of the two directed links, and which of them are meant: bit 0 and bit 1. */
static uint32_t links_of(
    const struct ess_world *world, const struct ess_scenario_link_trace *trace, unsigned *ways) {
    bool second = trace->direction == (int64_t)ESS_DIRECTION_DOWN ||
                  trace->direction == (int64_t)ESS_DIRECTION_BACKWARD;
    *ways = trace->direction == (int64_t)ESS_DIRECTION_BOTH ? 3 : second != trace->turned ? 2 : 1;
    if (trace->wan_link != ESS_INDEX_NONE) {
        return 2 * (world->topology.host_count + trace->wan_link);
    }
    if (trace->host_index == ESS_HOST_COORDINATOR) {
        return 2 * world->coordinator;
    }
    return 2 * trace->host_index;
}

void ess_link_changes_init(struct ess_world *world) {
    const struct ess_scenario *scenario = world->scenario;
    uint32_t count = 0;
    ess_engine_register(&world->engine, EVENT_LINK_STEP, on_step);
    world->link_plays = ess_arena_allocate(
        &world->arena, 2 * scenario->link_trace_count, sizeof *world->link_plays);
    for (size_t i = 0; i < scenario->link_trace_count; i++) {
        const struct ess_scenario_link_trace *trace = &scenario->link_traces[i];
        unsigned ways;
        uint32_t first = links_of(world, trace, &ways);
        ESS_ENGINE_ASSERT(&world->engine, trace->data != NULL);
        for (uint32_t k = 0; k < 2; k++) {
            if (ways >> k & 1) {
                struct link_play *play = &world->link_plays[count];
                play->link = first + k;
                play->own_delay_ns = ess_topology_link_delay_ns(&world->topology, play->link);
                ess_link_player_init(
                    &play->player, trace->data, (enum ess_link_end)trace->at_end, trace->offset_ns);
                schedule_next(world, count++);
            }
        }
    }
}

/* ---- what links are besides -------------------------------------------------------------------
 */

static bool is_special(const struct ess_link_traits *traits) {
    return traits->queue_bytes != ESS_LINK_QUEUE_UNSET || traits->loss != 0 ||
           traits->mtu_bytes != ESS_LINK_MTU_BYTES || traits->jitter_ns != 0;
}

static bool is_drawn(const struct ess_link_traits *traits) {
    return traits->loss > 0 || traits->jitter_ns > 0;
}

/* Whether any link that the scenario names is of that kind. */
static bool any_link(
    const struct ess_scenario *scenario, bool (*is)(const struct ess_link_traits *traits)) {
    bool found = is(&scenario->coordinator.traits);
    for (size_t s = 0; s < scenario->site_count; s++) {
        for (size_t k = 0; k < scenario->sites[s].kind_count; k++) {
            found |= is(&scenario->sites[s].kinds[k].traits);
        }
    }
    for (size_t i = 0; i < scenario->wan.link_count; i++) {
        found |= is(&scenario->wan.links[i].traits);
    }
    return found;
}

bool ess_link_changes_are_drawn(const struct ess_scenario *scenario) {
    return scenario->network.type->draws && any_link(scenario, is_drawn);
}

const struct ess_link_traits *ess_link_changes_traits(struct ess_world *world) {
    const struct ess_scenario *scenario = world->scenario;
    const struct ess_link_traits plain = {
        .queue_bytes = ESS_LINK_QUEUE_UNSET, .mtu_bytes = ESS_LINK_MTU_BYTES};
    uint32_t hosts = world->topology.host_count;
    struct ess_link_traits *traits;
    if (!any_link(scenario, is_special)) {
        return NULL;
    }
    traits = ess_arena_allocate(&world->arena, world->topology.link_count, sizeof *traits);
    for (uint32_t i = 0; i < world->topology.link_count; i++) {
        traits[i] = plain; /* cables within sites; links of templates, matrices and graphs */
    }
    for (uint32_t h = 0; h < scenario->host_count; h++) {
        traits[2 * h] = traits[2 * h + 1] = scenario->hosts[h].kind->traits;
    }
    traits[2 * scenario->host_count] = traits[2 * scenario->host_count + 1] =
        scenario->coordinator.traits;
    for (uint32_t i = 0; i < scenario->wan.link_count; i++) {
        traits[2 * (hosts + i)] = traits[2 * (hosts + i) + 1] = scenario->wan.links[i].traits;
    }
    return traits;
}
