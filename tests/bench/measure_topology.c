/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scenario of many hosts, from text to the last way between its sites.
 *
 *     measure_topology SITES HOSTS SHAPE
 *
 * SITES sites of HOSTS / SITES equal hosts, joined by SHAPE: a template (full_mesh, star, ring), or
 * `random`: about three links a site to earlier ones, of 1 to 100 Gbit/s and 1 to 80 ms. Prints the
 * processor seconds of each part and the bytes a host: what the topology takes, and the peak of the
 * whole process, which holds the scenario too, before and after a fluid network is made for it all.
 * Peers are not built. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "measure.h"
#include "models/network/fluid.h"
#include "models/network/topology_info.h"
#include "sim/engine/arena.h"
#include "sim/scenario/document.h"
#include "sim/world/network.h"

static void print_links(FILE *out, unsigned long sites) {
    static const char *const rates[] = {"1", "10", "40", "100"};
    struct bench_random random = {7};
    const char *glue = "";
    fprintf(out, "\"links\": [");
    for (unsigned long to = 1; to < sites; to++) {
        unsigned long last = to;
        for (int i = 0; i < 3; i++) {
            unsigned long from = bench_random_next(&random) % to;
            const char *rate = rates[bench_random_next(&random) % 4];
            /* Links to one site come in falling order, so that no pair is there twice. */
            if (from >= last) {
                continue;
            }
            last = from;
            fprintf(out,
                "%s{\"from\": \"s%lu\", \"to\": \"s%lu\", \"rate\": \"%s Gbit/s\", \"delay\": "
                "\"%llu ms\"}",
                glue, from, to, rate, 1 + (unsigned long long)(bench_random_next(&random) % 80));
            glue = ",\n";
        }
    }
    fprintf(out, "]");
}

static char *scenario_text(
    unsigned long sites, unsigned long hosts, const char *shape, size_t *bytes) {
    char *text = NULL;
    FILE *out = open_memstream(&text, bytes);
    fprintf(out, "{\"name\": \"large\", \"duration\": \"1 h\", \"sites\": [");
    for (unsigned long i = 0; i < sites; i++) {
        fprintf(out,
            "%s{\"name\": \"s%lu\", \"hosts\": [{\"count\": %lu, \"gpu\": \"RTX 4090\", \"up\": "
            "\"100 Mbit/s\", \"down\": \"1 Gbit/s\"}]}",
            i ? ",\n" : "", i, hosts / sites);
    }
    fprintf(out, "], \"wan\": {");
    if (strcmp(shape, "random") == 0) {
        print_links(out, sites);
    } else {
        fprintf(out,
            "\"templates\": [{\"shape\": \"%s\", \"rate\": \"10 Gbit/s\", \"delay\": \"5 ms\"}]",
            shape);
    }
    fprintf(out, "}, \"services\": [{\"kind\": \"training\", \"parameters\": 1e6, "
                 "\"tokens_per_step\": 1000}]}");
    fclose(out);
    return text;
}

static struct ess_scenario *load(const char *text, size_t bytes) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, bytes, "large", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    return scenario;
}

/* What the engine and the network of a world find each other by. */
struct world {
    struct ess_fluid *fluid; /* first, as its header asks */
    struct ess_engine engine;
};

static void ignore_finished(void *world, uint64_t user) {
    (void)world;
    (void)user;
}

static double peak_mb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return 1.024e-3 * (double)usage.ru_maxrss;
}

static void print_fluid(
    const struct ess_topology *topology, struct ess_arena *arena, size_t host_count) {
    static struct world world;
    struct ess_fluid_settings settings = {
        .window_bytes = 4194304, .event_class = 1, .finished = ignore_finished};
    double begin_s = bench_now_s();
    ess_engine_init(&world.engine, arena, &world, "measure_topology", 1);
    world.fluid = ess_fluid_new(&world.engine, arena, topology, &settings);
    printf("with a fluid network over its %u links, made in %.2f s: peak %.0f MB, %.0f bytes a "
           "host\n",
        topology->link_count, bench_now_s() - begin_s, peak_mb(),
        1e6 * peak_mb() / (double)host_count);
    ess_fluid_free(world.fluid);
}

int main(int argc, char **argv) {
    unsigned long sites = argc == 4 ? strtoul(argv[1], NULL, 10) : 0;
    unsigned long hosts = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
    struct ess_topology_info info;
    struct ess_topology topology;
    struct ess_scenario *scenario;
    struct ess_arena arena, scratch;
    double begin_s, loaded_s, built_s;
    size_t bytes;
    char *text;
    if (sites < 2 || hosts < sites) {
        fprintf(stderr, "usage: measure_topology SITES HOSTS SHAPE\n");
        return 2;
    }
    text = scenario_text(sites, hosts, argv[3], &bytes);
    begin_s = bench_now_s();
    scenario = load(text, bytes);
    free(text);
    if (!scenario) {
        return 1;
    }
    loaded_s = bench_now_s();
    ess_arena_init(&arena, 0);
    ess_arena_init(&scratch, 0);
    ess_world_topology(scenario, &arena, &topology);
    built_s = bench_now_s();
    ess_topology_info(&topology, (uint32_t)sites, &scratch, &info);
    printf("%zu hosts in %lu sites, %zu links (%s): loaded in %.2f s, built in %.2f s, all %llu "
           "ways in %.2f s (processor time)\n",
        scenario->host_count, sites, scenario->wan.all_link_count, argv[3], loaded_s - begin_s,
        built_s - loaded_s, (unsigned long long)info.pairs, bench_now_s() - built_s);
    printf("topology with its ways %.1f MB, %.0f bytes a host; peak of the process %.0f MB, %.0f "
           "bytes a host\n",
        1e-6 * (double)ess_arena_bytes(&arena),
        (double)ess_arena_bytes(&arena) / (double)scenario->host_count, peak_mb(),
        1e6 * peak_mb() / (double)scenario->host_count);
    print_fluid(&topology, &arena, scenario->host_count);
    ess_arena_fini(&scratch);
    ess_arena_fini(&arena);
    ess_scenario_free(scenario);
    return info.pairs_without_way == 0 ? 0 : 1;
}
