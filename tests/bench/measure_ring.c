/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One ring all-reduce of 100 MB (400 MB of 16,384 ranks, so that chunks are not empty) through the
 * whole program: scenario text, world, peers with the shipped executor, contract, connections and
 * heartbeats, fluid network with contention. A training job of one step, one bucket and next to no
 * computing is that all-reduce, after the workers have joined and before they commit.
 *
 *     measure_ring cluster|sites|inter RANKS [RING_STEPS]
 *
 * cluster: one site, 1 Gbit/s and 50 us an access link. sites: eight sites, full mesh, ranks
 * contiguous. inter: the same machines, rank r in site r mod 8. The coordinator orders ranks by
 * site, so for inter each machine but the first of a site is a site of its own, with an idle wide
 * access link, joined to the switch of its true site by a link of 1 Gbit/s and 50 us: same links
 * and delays, and up to two links more on each way which never fill. RING_STEPS (cluster only) ends
 * the run at the simulated time of that many steps of the ring.
 *
 * The window is 4 MiB, as in SimGrid's CM02. The value is processor seconds of ess_world_run less
 * its building, which is timed by a run that is bounded to one event (SimGrid's figure leaves out
 * its building too). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "measure.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

static const char access_link[] = "\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"delay\":\"50 us\"";
static const char idle_link[] = "\"up\":\"1 Tbit/s\",\"down\":\"1 Tbit/s\",\"delay\":\"0 s\"";

/* Chunks of 16,384 ranks are to hold more than a packet. */
static int vector_bytes(int ranks) {
    return ranks > 4096 ? 400000000 : 100000000;
}

/* From the start of the world to the first chunk on its way, roughly. */
static const int64_t joining_ns = 2000000;

static void print_site(FILE *out, const char *name, int ranks, const char *link) {
    fprintf(out, "{\"name\":\"%s\",\"hosts\":[{\"count\":%d,\"gpu\":\"RTX 4090\",%s}]}", name,
        ranks, link);
}

static void print_link(FILE *out, const char *from, const char *to, struct bench_wan wan) {
    fprintf(out,
        "{\"from\":\"%s\",\"to\":\"%s\",\"rate\":\"%.0f bit/s\",\"delay\":\"%" PRId64 " ns\"}",
        from, to, 8 * wan.bytes_per_s, wan.one_way_ns);
}

static void print_mesh(FILE *out) {
    for (int i = 0; i < BENCH_SITES; i++) {
        for (int j = i + 1; j < BENCH_SITES; j++) {
            char from[16], to[16];
            snprintf(from, sizeof from, "s%d", i);
            snprintf(to, sizeof to, "s%d", j);
            fprintf(out, i + j > 1 ? "," : "");
            print_link(out, from, to, bench_wan_between(i, j));
        }
    }
}

static void print_sites(FILE *out, int ranks) {
    fprintf(out, "\"sites\":[");
    for (int i = 0; i < BENCH_SITES; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        fprintf(out, i > 0 ? "," : "");
        print_site(out, name, ranks / BENCH_SITES, access_link);
    }
    fprintf(out, "],\"wan\":{\"links\":[");
    print_mesh(out);
    fprintf(out, "]},");
}

/* Rank 0 … 7 stands at its true site; each later one is a site of its own, beside its true site. */
static void print_inter(FILE *out, int ranks) {
    char name[16], site[16];
    fprintf(out, "\"sites\":[");
    for (int i = 0; i < ranks; i++) {
        snprintf(name, sizeof name, "s%d", i);
        fprintf(out, i > 0 ? "," : "");
        print_site(out, name, 1, i < BENCH_SITES ? access_link : idle_link);
    }
    fprintf(out, "],\"wan\":{\"links\":[");
    print_mesh(out);
    for (int i = BENCH_SITES; i < ranks; i++) {
        snprintf(name, sizeof name, "s%d", i);
        snprintf(site, sizeof site, "s%d", i % BENCH_SITES);
        fprintf(out, ",");
        print_link(out, name, site, (struct bench_wan){125e6, 50000});
    }
    fprintf(out, "]},");
}

static char *scenario_text(const char *platform, int ranks) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    fprintf(out, "{\"name\":\"ring\",\"seed\":\"1\",\"duration\":\"10 h\",");
    if (strcmp(platform, "cluster") == 0) {
        fprintf(out, "\"sites\":[");
        print_site(out, "s0", ranks, access_link);
        fprintf(out, "],");
    } else if (strcmp(platform, "sites") == 0) {
        print_sites(out, ranks);
    } else {
        print_inter(out, ranks);
    }
    fprintf(out, "\"coordinator\":{\"site\":\"s0\",%s},", access_link);
    fprintf(out,
        "\"services\":[{\"kind\":\"training\",\"parameters\":%d,"
        "\"gradient_bytes_per_parameter\":4,\"tokens_per_step\":1,\"work_per_token\":\"1 FLOP\","
        "\"buckets\":1,\"steps\":1,\"minimum_workers\":%d}],",
        vector_bytes(ranks) / 4, ranks);
    fprintf(out, "\"policies\":{\"collective\":\"ring\"},\"network\":{\"transport\":\"ideal\","
                 "\"window\":\"4 MiB\"}}");
    fclose(out);
    return text;
}

static struct ess_scenario *read_scenario(const char *platform, int ranks) {
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    char *text = scenario_text(platform, ranks);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "ring", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    free(text);
    if (!scenario) {
        exit(1);
    }
    return scenario;
}

static double run(const struct ess_scenario *scenario, struct ess_world_outcome *outcome) {
    struct ess_world_options options = {.replication = 0};
    struct ess_trace_error error;
    double begin_s = bench_now_s();
    if (!ess_world_run(scenario, &options, outcome, &error)) {
        ess_trace_error_print(&error, stderr);
        exit(1);
    }
    return bench_now_s() - begin_s;
}

int main(int argc, char **argv) {
    int ranks = argc > 2 ? atoi(argv[2]) : 0;
    uint64_t ring_steps = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    struct bench_result result = {.value = 0};
    struct ess_world_outcome outcome;
    struct ess_scenario *scenario;
    int64_t events;
    double step_s;
    if (ranks < 2) {
        fprintf(stderr, "usage: measure_ring cluster|sites|inter RANKS [RING_STEPS]\n");
        return 2;
    }
    scenario = read_scenario(argv[1], ranks);
    events = scenario->bounds.events;
    scenario->bounds.events = 1;
    result.setup_s = run(scenario, &outcome);
    ess_world_outcome_fini(&outcome);
    scenario->bounds.events = events;
    if (ring_steps > 0) {
        step_s = 100e-6 + (double)vector_bytes(ranks) / ranks / 125e6;
        scenario->duration_ns = joining_ns + (int64_t)(1e9 * step_s * (double)ring_steps);
    }
    result.value = run(scenario, &outcome) - result.setup_s;
    if (ring_steps == 0 && outcome.end != ESS_WORLD_JOB_COMPLETE) {
        fprintf(stderr, "measure_ring: %s\n", ess_world_end_text(outcome.end));
        return 1;
    }
    result.simulated_s = ring_steps > 0 ? 0 : outcome.step_records[0].duration_s;
    result.operations = (double)outcome.transfers;
    result.events = outcome.events;
    result.step_calls = outcome.step_calls;
    result.transfers = outcome.transfers;
    result.solver_updates = outcome.solver_updates;
    result.solver_steps = outcome.solver_steps;
    bench_print(&result);
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
    return 0;
}
