/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Machines that go down and come back: up for 1 h, down for 10 min in the mean, exponential; the
 * same times as tests/peers/simgrid/churn.cpp draws.
 *
 *     measure_churn machines HOSTS CHANGES   nothing runs on them
 *     measure_churn peers HOSTS CHANGES      each that comes back starts a peer
 *
 * machines: the trace is mapped to hosts and drives machine models through the engine, as
 * sim/world/life.c does; a world proper always runs peers. peers: a world. Its job waits for one
 * machine more, which comes in the last nanosecond, so a peer that starts opens its connection,
 * asks to join, sends heartbeats (one an hour), and its connection is reset when it dies: more than
 * a SimGrid process that sleeps does.
 *
 * The value is processor seconds, without drawing the times, but with mapping and building. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "models/availability/mapping.h"
#include "models/machine/machine.h"
#include "sim/engine/arena.h"
#include "sim/engine/engine.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) {
        ess_out_of_memory(count, size);
    }
    return memory;
}

/* ---- the times --------------------------------------------------------------------------------
 */

static int64_t draw_ns(struct bench_random *random, double mean_s) {
    return (int64_t)llround(-1e9 * log(1 - bench_random_unit(random)) * mean_s);
}

/* The up intervals of one host; the last one has no end yet. Returns the time of its last change.
 */
static int64_t draw_host(uint32_t host, uint32_t changes, struct ess_trace_interval *intervals) {
    struct bench_random random = {(uint64_t)host * 7919 + 1};
    int64_t at_ns = 0;
    for (uint32_t k = 0; k < changes; k++) {
        at_ns += draw_ns(&random, k % 2 ? 600 : 3600);
        if (k % 2 == 0) {
            intervals[k / 2].end_ns = at_ns;
        } else {
            intervals[k / 2 + 1].start_ns = at_ns;
        }
    }
    return at_ns;
}

/* `changes` is even: each host ends up. One host more, the last, is up in the last nanosecond only.
 */
static struct ess_trace draw_trace(uint32_t hosts, uint32_t changes) {
    uint32_t each = changes / 2 + 1, all = hosts + 1;
    size_t count = (size_t)hosts * each + 1;
    struct ess_trace trace = {
        .hosts = allocate(all + 1, sizeof *trace.hosts),
        .intervals = allocate(count, sizeof *trace.intervals),
        .names = allocate(8, 1),
        .host_count = (int32_t)all,
        .interval_count = (int64_t)count,
        .format = "bench",
    };
    strcpy(trace.names, "host");
    for (uint32_t h = 0; h < hosts; h++) {
        int64_t last_ns = draw_host(h, changes, &trace.intervals[(size_t)h * each]);
        trace.window_ns = last_ns > trace.window_ns ? last_ns : trace.window_ns;
    }
    trace.window_ns += 1000000000;
    for (uint32_t h = 0; h < all; h++) {
        trace.hosts[h].first = (int64_t)h * each;
        trace.hosts[h].window_end_ns = trace.window_ns;
        trace.intervals[h < hosts ? (size_t)h * each + each - 1 : count - 1].end_ns =
            trace.window_ns;
    }
    trace.intervals[count - 1].start_ns = trace.window_ns - 1;
    trace.hosts[all].first = (int64_t)count;
    return trace;
}

/* ---- machines alone ---------------------------------------------------------------------------
 */

enum { EVENT_CHANGE };

struct park {
    struct ess_engine engine;
    struct ess_arena arena;
    struct ess_trace_map map;
    struct ess_machine *machines;
    struct ess_trace_cursor *replays;
    struct ess_trace_interval *up; /* [host]: what is to begin or to end */
    uint64_t changes;
    int64_t last_ns;
    int64_t duration_ns;
};

static void begin_next(struct park *park, uint32_t host) {
    if (ess_trace_map_next(&park->map, &park->replays[host], &park->up[host])) {
        ess_engine_schedule(&park->engine, park->up[host].start_ns, 0, EVENT_CHANGE, host, 1);
    }
}

static void on_change(void *context, uint32_t host, uint64_t up) {
    struct park *park = context;
    park->changes++;
    if (park->engine.now_ns < park->duration_ns - 1) {
        park->last_ns = park->engine.now_ns;
    }
    if (up) {
        ess_machine_boot(&park->machines[host], park->engine.now_ns);
        if (park->up[host].end_ns < park->duration_ns) {
            ess_engine_schedule(&park->engine, park->up[host].end_ns, 0, EVENT_CHANGE, host, 0);
        }
        return;
    }
    ess_machine_crash(&park->machines[host], park->engine.now_ns);
    begin_next(park, host);
}

static void run_machines(const struct ess_trace *trace, struct bench_result *result) {
    struct ess_engine_bounds bounds = ESS_ENGINE_UNBOUNDED;
    struct ess_trace_map_settings mapping = {.mapping = ESS_TRACE_IN_ORDER, .scale = 1};
    struct ess_machine_settings settings = {
        .peak_flop_per_s = 1e12, .efficiency = 1, .memory_bytes_per_s = 1e10};
    struct park park = {.duration_ns = trace->window_ns};
    struct ess_trace_error error;
    uint32_t hosts = (uint32_t)trace->host_count;
    ess_arena_init(&park.arena, 0);
    ess_engine_init(&park.engine, &park.arena, &park, "measure_churn", 1);
    ess_engine_register(&park.engine, EVENT_CHANGE, on_change);
    if (ess_trace_map(trace, &mapping, (int32_t)hosts, park.duration_ns, 1, 0, &park.map, &error) !=
        0) {
        ess_trace_error_print(&error, stderr);
        exit(1);
    }
    park.machines = ess_arena_allocate(&park.arena, hosts, sizeof *park.machines);
    park.replays = ess_arena_allocate(&park.arena, hosts, sizeof *park.replays);
    park.up = ess_arena_allocate(&park.arena, hosts, sizeof *park.up);
    for (uint32_t h = 0; h < hosts; h++) {
        ess_machine_init(&park.machines[h], &park.arena, &settings, 0);
        park.replays[h] = ess_trace_map_begin(&park.map, (int32_t)h);
        begin_next(&park, h);
    }
    ess_engine_run(&park.engine, &bounds);
    result->simulated_s = 1e-9 * (double)park.last_ns;
    result->operations = (double)(park.changes - hosts); /* not the start of each */
    result->events = park.engine.events;
    ess_trace_map_fini(&park.map);
    ess_arena_fini(&park.arena);
}

/* ---- a world ----------------------------------------------------------------------------------
 */

static const char text_format[] =
    "{\"name\":\"churn\",\"seed\":\"1\",\"duration\":\"%" PRId64 " ns\","
    "\"sites\":[{\"name\":\"s\",\"hosts\":[{\"count\":%d,\"gpu\":\"RTX 4090\","
    "\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":\"50 us\"}]}],"
    "\"coordinator\":{\"site\":\"s\",\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":"
    "\"50 us\"},"
    "\"availability\":{\"trace\":\"churn\",\"mapping\":\"in_order\",\"offset\":\"0 s\","
    "\"wrap\":false},"
    "\"services\":[{\"kind\":\"training\",\"parameters\":1000,\"tokens_per_step\":1,"
    "\"minimum_workers\":%d,\"formation\":\"365 d\"}],"
    "\"policies\":{\"detector\":{\"name\":\"timeout\",\"period\":\"1 h\",\"timeout\":\"12 h\","
    "\"reset_grace\":\"12 h\"},\"peer\":{\"name\":\"standard\",\"patience\":\"1 d\"}},"
    "\"network\":{\"transport\":\"ideal\"}}";

static struct ess_scenario *read_scenario(const struct ess_trace *trace) {
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    char text[2048];
    int bytes = snprintf(
        text, sizeof text, text_format, trace->window_ns, trace->host_count, trace->host_count);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, (size_t)bytes, "churn", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    if (!scenario) {
        exit(1);
    }
    return scenario;
}

static void run_world(const struct ess_trace *trace, struct bench_result *result) {
    struct ess_scenario *scenario = read_scenario(trace);
    struct ess_world_options options = {.trace = trace};
    struct ess_world_outcome outcome;
    struct ess_trace_error error;
    if (!ess_world_run(scenario, &options, &outcome, &error)) {
        ess_trace_error_print(&error, stderr);
        exit(1);
    }
    if (outcome.end != ESS_WORLD_DURATION || outcome.steps > 0) {
        fprintf(stderr, "measure_churn: %s\n", ess_world_end_text(outcome.end));
        exit(1);
    }
    /* Each death is followed by a return: the trace ends with all hosts up. */
    result->simulated_s = outcome.ended_s;
    result->operations = 2 * (double)outcome.deaths;
    result->events = outcome.events;
    result->step_calls = outcome.step_calls;
    result->transfers = outcome.transfers;
    result->solver_updates = outcome.solver_updates;
    result->solver_steps = outcome.solver_steps;
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
}

int main(int argc, char **argv) {
    struct bench_result result = {.value = 0};
    uint32_t hosts = argc > 3 ? (uint32_t)strtoul(argv[2], NULL, 10) : 0;
    uint32_t changes = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) / 2 * 2 : 0;
    double begin_s = bench_now_s(), drawn_s;
    struct ess_trace trace;
    if (hosts < 2 || changes < 2) {
        fprintf(stderr, "usage: measure_churn machines|peers HOSTS CHANGES\n");
        return 2;
    }
    trace = draw_trace(hosts, changes);
    drawn_s = bench_now_s();
    result.setup_s = drawn_s - begin_s;
    if (strcmp(argv[1], "machines") == 0) {
        run_machines(&trace, &result);
    } else {
        run_world(&trace, &result);
    }
    result.value = bench_now_s() - drawn_s;
    bench_print(&result);
    ess_trace_fini(&trace);
    return 0;
}
