/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/machine/machine.h"
#include "sim/engine/arena.h"
#include <assert.h>
#include <math.h>

#define LONGEST_NS ((int64_t)1 << 62)

struct ess_machine_settings ess_machine_settings_of_gpu(
    const struct ess_gpu *gpu, double efficiency, double base_power_w) {
    return (struct ess_machine_settings){
        .peak_flop_per_s = gpu->matrix_flop_per_s,
        .efficiency = efficiency,
        .memory_bytes_per_s = gpu->memory_bytes_per_s,
        .memory_bytes = gpu->memory_bytes,
        .base_power_w = base_power_w,
        .idle_power_w = gpu->idle_power_w,
        .active_power_w = gpu->power_w,
    };
}

struct ess_machine_settings ess_machine_settings_of_cpu(
    const struct ess_cpu *cpu, double efficiency, double base_power_w, int64_t memory_bytes) {
    return (struct ess_machine_settings){
        .peak_flop_per_s = cpu->flop_per_s,
        .efficiency = efficiency,
        .memory_bytes_per_s = cpu->memory_bytes_per_s,
        .memory_bytes = memory_bytes,
        .base_power_w = base_power_w,
        .idle_power_w = cpu->idle_power_w,
        .active_power_w = cpu->power_w,
    };
}

static bool is_positive(double value) {
    return value > 0 && isfinite(value);
}

static bool is_power(double value) {
    return value >= 0 && isfinite(value);
}

void ess_machine_init(struct ess_machine *machine, struct ess_arena *arena,
    const struct ess_machine_settings *settings, int64_t now_ns) {
    assert(is_positive(settings->peak_flop_per_s));
    assert(is_positive(settings->efficiency));
    assert(settings->efficiency <= 1);
    assert(is_positive(settings->memory_bytes_per_s));
    assert(is_power(settings->base_power_w));
    assert(is_power(settings->idle_power_w));
    assert(is_power(settings->active_power_w));
    *machine = (struct ess_machine){
        .settings = *settings,
        .arena = arena,
        .state = ESS_MACHINE_DOWN,
        .since_ns = now_ns,
    };
}

/* amount / rate, up to the next nanosecond. */
static int64_t duration_ns(double amount, double rate_per_s) {
    assert(amount >= 0);
    double duration = ceil(amount / rate_per_s * 1e9);
    return duration < (double)LONGEST_NS ? (int64_t)duration : LONGEST_NS;
}

int64_t ess_machine_work_ns(const struct ess_machine *machine, double flop) {
    const struct ess_machine_settings *settings = &machine->settings;
    return duration_ns(flop, settings->peak_flop_per_s * settings->efficiency);
}

int64_t ess_machine_arithmetic_ns(const struct ess_machine *machine, double bytes) {
    return duration_ns(bytes, machine->settings.memory_bytes_per_s);
}

static bool runs(const struct ess_machine *machine, const struct ess_machine_lane *lane) {
    return machine->state == ESS_MACHINE_UP && lane->count > 0;
}

int64_t ess_machine_next_finish(const struct ess_machine *machine) {
    int64_t next_ns = ESS_MACHINE_NEVER;
    for (int i = 0; i < ESS_MACHINE_LANES; i++) {
        const struct ess_machine_lane *lane = &machine->lanes[i];
        if (!runs(machine, lane) || lane->remaining_ns > ESS_MACHINE_NEVER - machine->since_ns) {
            continue;
        }
        int64_t finish_ns = machine->since_ns + lane->remaining_ns;
        next_ns = finish_ns < next_ns ? finish_ns : next_ns;
    }
    return next_ns;
}

/* The counters at a later time in which nothing else happened. Computed apart from the machine, so
 * that asking for energy changes nothing. */
struct counters {
    int64_t powered_ns;
    int64_t active_ns;
    int64_t compute_busy_ns;
};

static struct counters counters_at(const struct ess_machine *machine, int64_t now_ns) {
    int64_t passed_ns = now_ns - machine->since_ns;
    assert(passed_ns >= 0);
    assert(now_ns <= ess_machine_next_finish(machine));
    const struct ess_machine_lane *lanes = machine->lanes;
    bool computing = runs(machine, &lanes[ESS_MACHINE_COMPUTE]);
    bool active = computing || runs(machine, &lanes[ESS_MACHINE_ARITHMETIC]);
    bool powered = machine->state != ESS_MACHINE_DOWN;
    return (struct counters){
        .powered_ns = machine->powered_ns + (powered ? passed_ns : 0),
        .active_ns = machine->active_ns + (active ? passed_ns : 0),
        .compute_busy_ns = lanes[ESS_MACHINE_COMPUTE].busy_ns + (computing ? passed_ns : 0),
    };
}

static void advance_lane(
    const struct ess_machine *machine, struct ess_machine_lane *lane, int64_t passed_ns) {
    if (!runs(machine, lane)) {
        return;
    }
    lane->remaining_ns -= passed_ns;
    lane->busy_ns += passed_ns;
}

/* Bring all counters up to now; everything that changes the machine begins with this. */
static void advance(struct ess_machine *machine, int64_t now_ns) {
    struct counters counters = counters_at(machine, now_ns);
    machine->powered_ns = counters.powered_ns;
    machine->active_ns = counters.active_ns;
    for (int i = 0; i < ESS_MACHINE_LANES; i++) {
        advance_lane(machine, &machine->lanes[i], now_ns - machine->since_ns);
    }
    machine->since_ns = now_ns;
}

/* Double the ring; the part that had wrapped around moves behind the rest. */
static void grow(struct ess_machine *machine, struct ess_machine_lane *lane) {
    size_t old = lane->capacity;
    lane->items = ess_arena_reserve(
        machine->arena, lane->items, &lane->capacity, old + 1, sizeof *lane->items);
    for (size_t i = 0; i < lane->first; i++) {
        lane->items[old + i] = lane->items[i];
    }
}

static void append(
    struct ess_machine *machine, struct ess_machine_lane *lane, struct ess_machine_item item) {
    if (lane->count == lane->capacity) {
        grow(machine, lane);
    }
    lane->items[(lane->first + lane->count) % lane->capacity] = item;
    lane->count++;
    if (lane->count == 1) {
        lane->remaining_ns = item.duration_ns;
    }
}

void ess_machine_start_work(
    struct ess_machine *machine, int64_t now_ns, double flop, uint64_t token) {
    assert(machine->state != ESS_MACHINE_DOWN);
    advance(machine, now_ns);
    append(machine, &machine->lanes[ESS_MACHINE_COMPUTE],
        (struct ess_machine_item){token, ess_machine_work_ns(machine, flop)});
}

void ess_machine_start_arithmetic(
    struct ess_machine *machine, int64_t now_ns, double bytes, uint64_t token) {
    assert(machine->state != ESS_MACHINE_DOWN);
    advance(machine, now_ns);
    append(machine, &machine->lanes[ESS_MACHINE_ARITHMETIC],
        (struct ess_machine_item){token, ess_machine_arithmetic_ns(machine, bytes)});
}

static uint64_t take_first(struct ess_machine_lane *lane) {
    uint64_t token = lane->items[lane->first].token;
    lane->first = (lane->first + 1) % lane->capacity;
    lane->count--;
    lane->remaining_ns = lane->count > 0 ? lane->items[lane->first].duration_ns : 0;
    return token;
}

bool ess_machine_finish(struct ess_machine *machine, int64_t now_ns, uint64_t *token) {
    advance(machine, now_ns);
    for (int i = 0; i < ESS_MACHINE_LANES; i++) {
        struct ess_machine_lane *lane = &machine->lanes[i];
        if (runs(machine, lane) && lane->remaining_ns == 0) {
            *token = take_first(lane);
            return true;
        }
    }
    return false;
}

static void discard_all(struct ess_machine *machine) {
    for (int i = 0; i < ESS_MACHINE_LANES; i++) {
        struct ess_machine_lane *lane = &machine->lanes[i];
        if (lane->count > 0) {
            /* Only the first item has run at all. */
            lane->lost_ns += lane->items[lane->first].duration_ns - lane->remaining_ns;
        }
        lane->first = 0;
        lane->count = 0;
        lane->remaining_ns = 0;
    }
}

void ess_machine_discard(struct ess_machine *machine, int64_t now_ns) {
    advance(machine, now_ns);
    discard_all(machine);
}

static bool change(struct ess_machine *machine, int64_t now_ns, enum ess_machine_state from,
    enum ess_machine_state to) {
    if (machine->state != from) {
        return false;
    }
    advance(machine, now_ns);
    machine->state = to;
    return true;
}

bool ess_machine_boot(struct ess_machine *machine, int64_t now_ns) {
    return change(machine, now_ns, ESS_MACHINE_DOWN, ESS_MACHINE_UP);
}

bool ess_machine_pause(struct ess_machine *machine, int64_t now_ns) {
    return change(machine, now_ns, ESS_MACHINE_UP, ESS_MACHINE_PAUSED);
}

bool ess_machine_resume(struct ess_machine *machine, int64_t now_ns) {
    return change(machine, now_ns, ESS_MACHINE_PAUSED, ESS_MACHINE_UP);
}

bool ess_machine_crash(struct ess_machine *machine, int64_t now_ns) {
    if (machine->state == ESS_MACHINE_DOWN) {
        return false;
    }
    ess_machine_discard(machine, now_ns);
    machine->state = ESS_MACHINE_DOWN;
    return true;
}

double ess_machine_energy_j(const struct ess_machine *machine, int64_t now_ns) {
    struct counters counters = counters_at(machine, now_ns);
    const struct ess_machine_settings *settings = &machine->settings;
    double powered_s = (double)counters.powered_ns * 1e-9;
    double active_s = (double)counters.active_ns * 1e-9;
    double idle_s = (double)(counters.powered_ns - counters.active_ns) * 1e-9;
    return settings->base_power_w * powered_s + settings->active_power_w * active_s +
           settings->idle_power_w * idle_s;
}

int64_t ess_machine_busy_ns(const struct ess_machine *machine, int64_t now_ns) {
    return counters_at(machine, now_ns).compute_busy_ns;
}

int64_t ess_machine_lost_ns(const struct ess_machine *machine) {
    return machine->lanes[ESS_MACHINE_COMPUTE].lost_ns;
}

int64_t ess_machine_memory_shortfall(
    const struct ess_machine_settings *settings, int64_t needed_bytes) {
    assert(needed_bytes >= 0);
    int64_t shortfall_bytes = needed_bytes - settings->memory_bytes;
    return shortfall_bytes > 0 ? shortfall_bytes : 0;
}
