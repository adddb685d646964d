/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plain transfers: each opens connections of its own, carries an equal part of its bytes on each,
 * and is done when the last byte of all is there. A bulk transfer sends until it is stopped.
 *
 * A transfer that loses a connection has failed; nothing is tried again, as with a plain copy
 * program. It is refused where an end is down when it starts, reset where an end crashes, resets
 * its connections or comes back after it had vanished, and timed out where an end has vanished or
 * its way (there or back) is cut for the transport's patience. Simplification: a paused process is
 * no hindrance, as if the kernel's buffers had no end. */
#include <math.h>
#include <stdlib.h>

#include "sim/world/world_parts.h"

/* What a bulk connection is given at a time: far more than a run carries, and small enough that a
 * double still tells an eighth of a byte. */
#define BULK_BYTES 1125899906842624.0

/* Marks a number of the network's as a part of a transfer; other numbers are posts. */
#define TRANSFER_MARK (UINT64_C(1) << 63)

static double seconds(int64_t time_ns) {
    return (double)time_ns / 1e9; /* 15 s are 15, which 1e-9 times them are not */
}

static uint32_t host_of(const struct ess_world *world, uint32_t host) {
    return host == ESS_HOST_COORDINATOR ? world->coordinator : host;
}

static struct ess_world_transfer *record_of(struct ess_world *world, uint32_t index) {
    return &world->outcome->plain[index];
}

/* ---- bytes ------------------------------------------------------------------------------------
 */

static double delivered(struct ess_world *world, const struct plain_transfer *transfer) {
    double bytes = 0;
    for (uint32_t i = 0; i < transfer->part_count; i++) {
        const struct transfer_part *part = &world->transfer_parts[transfer->first_part + i];
        bytes += part->carried_bytes;
        bytes += part->flow ? ess_network_delivered(&world->network, part->flow) : 0;
    }
    return bytes;
}

/* What has been brought stays counted. */
static void end_flows(struct ess_world *world, const struct plain_transfer *transfer) {
    for (uint32_t i = 0; i < transfer->part_count; i++) {
        struct transfer_part *part = &world->transfer_parts[transfer->first_part + i];
        if (part->flow) {
            part->carried_bytes += ess_network_delivered(&world->network, part->flow);
            ess_network_cancel(&world->network, part->flow);
            part->flow = 0;
        }
    }
}

/* ---- ends -------------------------------------------------------------------------------------
 */

/* The last of the active ones takes the place of the one that ends. */
static void end_transfer(
    struct ess_world *world, uint32_t index, enum ess_world_transfer_state state) {
    struct plain_transfer *transfer = &world->transfers[index];
    struct ess_world_transfer *record = record_of(world, index);
    uint32_t last = world->active_transfers[--world->active_count];
    end_flows(world, transfer);
    world->active_transfers[transfer->active_at] = last;
    world->transfers[last].active_at = transfer->active_at;
    record->state = state;
    record->ended_s = seconds(world->engine.now_ns);
    record->delivered_bytes = delivered(world, transfer);
    if (--world->transfers_left == 0 && !world->scenario->training) {
        world->ended = true;
        world->outcome->end = ESS_WORLD_JOB_COMPLETE;
        ess_engine_stop(&world->engine);
    }
}

static void finish_transfer(struct ess_world *world, uint32_t index) {
    const struct ess_scenario_transfer *plan = &world->scenario->transfers[index];
    struct ess_world_transfer *record = record_of(world, index);
    end_transfer(world, index, ESS_WORLD_TRANSFER_DONE);
    record->completion_s = seconds(world->engine.now_ns - plan->start_ns);
    record->goodput_bytes_per_s = (double)plan->bytes / record->completion_s;
}

static void begin_part(struct ess_world *world, uint32_t index) {
    struct transfer_part *part = &world->transfer_parts[index];
    part->flow = ess_network_begin(&world->network, part->connection, part->flow_bytes,
        world->engine.now_ns, TRANSFER_MARK | index);
    world->outcome->transfers++;
}

void ess_transfers_finished(void *context, uint64_t user) {
    struct ess_world *world = context;
    struct transfer_part *part;
    if (!(user & TRANSFER_MARK)) {
        ess_exchange_finished(context, user);
        return;
    }
    part = &world->transfer_parts[(uint32_t)user];
    part->carried_bytes += part->flow_bytes;
    part->flow = 0;
    if (world->scenario->transfers[part->transfer].bytes == ESS_TRANSFER_BULK) {
        begin_part(world, (uint32_t)user);
        return;
    }
    if (--world->transfers[part->transfer].parts_left == 0) {
        finish_transfer(world, part->transfer);
    }
}

/* ---- the beginning ----------------------------------------------------------------------------
 */

static bool is_down(const struct ess_world *world, uint32_t host) {
    return world->agents[host].machine.state == ESS_MACHINE_DOWN;
}

/* It makes no progress any more, which is noticed at the end of the transport's patience. */
static void doom(struct ess_world *world, uint32_t index) {
    int64_t at_ns = world->engine.now_ns + world->scenario->network.transport_timeout_ns;
    struct plain_transfer *transfer = &world->transfers[index];
    if (!transfer->doomed) {
        transfer->doomed = true;
        end_flows(world, transfer);
        ess_engine_schedule(&world->engine, at_ns, CLASS_DELIVERY, EVENT_TRANSFER_LOST, index, 0);
    }
}

static void open_parts(struct ess_world *world, uint32_t index) {
    const struct ess_scenario_transfer *plan = &world->scenario->transfers[index];
    const struct plain_transfer *transfer = &world->transfers[index];
    bool bulk = plan->bytes == ESS_TRANSFER_BULK;
    int64_t share = plan->bytes / transfer->part_count, rest = plan->bytes % transfer->part_count;
    for (uint32_t i = 0; i < transfer->part_count; i++) {
        struct transfer_part *part = &world->transfer_parts[transfer->first_part + i];
        part->connection = ess_network_open(&world->network, transfer->from, transfer->to);
        ESS_ENGINE_ASSERT(&world->engine, part->connection != UINT32_MAX);
        if (plan->congestion_control) {
            ess_network_govern(&world->network, part->connection, plan->congestion_control);
        }
        part->flow_bytes = bulk ? BULK_BYTES : (double)(share + (i < rest));
        if (plan->state == (int64_t)ESS_TRANSFER_WARM) {
            ess_network_warm(&world->network, part->connection);
        }
        begin_part(world, transfer->first_part + i);
    }
}

static void on_start(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    struct plain_transfer *transfer = &world->transfers[index];
    struct ess_world_transfer *record = record_of(world, index);
    (void)argument;
    record->state = ESS_WORLD_TRANSFER_RUNNING;
    record->begun_s = seconds(world->engine.now_ns);
    transfer->active_at = world->active_count;
    world->active_transfers[world->active_count++] = index;
    if (is_down(world, transfer->from) ||
        (is_down(world, transfer->to) && !world->agents[transfer->to].silent)) {
        end_transfer(world, index, ESS_WORLD_TRANSFER_REFUSED);
        return;
    }
    if (is_down(world, transfer->to)) {
        doom(world, index);
        return;
    }
    open_parts(world, index);
}

static bool is_active(const struct ess_world *world, uint32_t index) {
    return world->outcome->plain[index].state == ESS_WORLD_TRANSFER_RUNNING;
}

static void on_measure(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    (void)argument;
    if (is_active(world, index)) {
        world->transfers[index].unmeasured_bytes = delivered(world, &world->transfers[index]);
    }
}

static void on_stop(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    const struct ess_scenario_transfer *plan = &world->scenario->transfers[index];
    struct ess_world_transfer *record = record_of(world, index);
    (void)argument;
    if (!is_active(world, index)) {
        return;
    }
    end_transfer(world, index, ESS_WORLD_TRANSFER_STOPPED);
    record->goodput_bytes_per_s =
        (record->delivered_bytes - world->transfers[index].unmeasured_bytes) /
        seconds(plan->stop_ns - plan->measure_from_ns);
}

static void on_lost(void *context, uint32_t index, uint64_t argument) {
    struct ess_world *world = context;
    (void)argument;
    if (is_active(world, index)) {
        end_transfer(world, index, ESS_WORLD_TRANSFER_TIMED_OUT);
    }
}

/* ---- what happens to hosts and ways -----------------------------------------------------------
 */

static bool touches(const struct ess_world *world, uint32_t index, uint32_t host) {
    return world->transfers[index].from == host || world->transfers[index].to == host;
}

/* All go from the last, since one that ends is replaced by the last. */
void ess_transfers_reset(struct ess_world *world, uint32_t host) {
    for (uint32_t i = world->active_count; i-- > 0;) {
        if (touches(world, world->active_transfers[i], host)) {
            end_transfer(world, world->active_transfers[i], ESS_WORLD_TRANSFER_RESET);
        }
    }
}

void ess_transfers_host_silent(struct ess_world *world, uint32_t host) {
    for (uint32_t i = 0; i < world->active_count; i++) {
        if (touches(world, world->active_transfers[i], host)) {
            doom(world, world->active_transfers[i]);
        }
    }
}

void ess_transfers_check_cuts(struct ess_world *world) {
    int64_t now_ns = world->engine.now_ns;
    for (uint32_t i = world->active_count; i-- > 0;) {
        uint32_t index = world->active_transfers[i];
        const struct plain_transfer *transfer = &world->transfers[index];
        if (ess_connections_cut_until(world, transfer->from, transfer->to) > now_ns ||
            ess_connections_cut_until(world, transfer->to, transfer->from) > now_ns) {
            end_transfer(world, index, ESS_WORLD_TRANSFER_TIMED_OUT);
        }
    }
}

/* ---- building, and the end --------------------------------------------------------------------
 */

static void build(struct ess_world *world) {
    const struct ess_scenario *scenario = world->scenario;
    uint32_t count = (uint32_t)scenario->transfer_count, parts = 0;
    world->transfers = ess_arena_allocate(&world->arena, count, sizeof *world->transfers);
    world->active_transfers =
        ess_arena_allocate(&world->arena, count, sizeof *world->active_transfers);
    for (uint32_t i = 0; i < count; i++) {
        const struct ess_scenario_transfer *plan = &scenario->transfers[i];
        uint32_t needed =
            (uint32_t)(plan->bytes < plan->connections ? plan->bytes : plan->connections);
        world->transfers[i] = (struct plain_transfer){.from = host_of(world, plan->from_host),
            .to = host_of(world, plan->to_host),
            .first_part = parts,
            .part_count = needed,
            .parts_left = needed};
        parts += needed;
    }
    world->transfer_parts = ess_arena_allocate(&world->arena, parts, sizeof *world->transfer_parts);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < world->transfers[i].part_count; k++) {
            world->transfer_parts[world->transfers[i].first_part + k].transfer = i;
        }
    }
}

static void schedule(struct ess_world *world, uint32_t index) {
    const struct ess_scenario_transfer *plan = &world->scenario->transfers[index];
    ess_engine_schedule(
        &world->engine, plan->start_ns, CLASS_DELIVERY, EVENT_TRANSFER_START, index, 0);
    if (plan->bytes != ESS_TRANSFER_BULK) {
        return;
    }
    if (plan->measure_from_ns > plan->start_ns) {
        ess_engine_schedule(&world->engine, plan->measure_from_ns, CLASS_DELIVERY,
            EVENT_TRANSFER_MEASURE, index, 0);
    }
    ess_engine_schedule(
        &world->engine, plan->stop_ns, CLASS_DELIVERY, EVENT_TRANSFER_STOP, index, 0);
}

void ess_transfers_init(struct ess_world *world) {
    struct ess_world_outcome *outcome = world->outcome;
    uint32_t count = (uint32_t)world->scenario->transfer_count;
    ess_engine_register(&world->engine, EVENT_TRANSFER_START, on_start);
    ess_engine_register(&world->engine, EVENT_TRANSFER_MEASURE, on_measure);
    ess_engine_register(&world->engine, EVENT_TRANSFER_STOP, on_stop);
    ess_engine_register(&world->engine, EVENT_TRANSFER_LOST, on_lost);
    outcome->plain = calloc((size_t)count + 1, sizeof *outcome->plain);
    if (!outcome->plain) {
        ess_out_of_memory(count, sizeof *outcome->plain);
    }
    outcome->plain_count = world->transfers_left = count;
    build(world);
    for (uint32_t i = 0; i < count; i++) {
        outcome->plain[i] = (struct ess_world_transfer){
            .begun_s = NAN, .ended_s = NAN, .completion_s = NAN, .goodput_bytes_per_s = NAN};
        schedule(world, i);
    }
}

void ess_transfers_close(struct ess_world *world) {
    for (uint32_t i = 0; i < world->active_count; i++) {
        uint32_t index = world->active_transfers[i];
        record_of(world, index)->delivered_bytes = delivered(world, &world->transfers[index]);
    }
}

const char *ess_world_transfer_state_text(enum ess_world_transfer_state state) {
    static const char *const texts[] = {
        "waiting", "running", "done", "stopped", "refused", "reset", "timed out"};
    return texts[state];
}
