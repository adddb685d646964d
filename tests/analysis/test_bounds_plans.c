/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No plan beats the bound: 1,000 random networks, every plan of the registry that can do what is
 * asked, run in simulated worlds with ideal transport. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bounds/bound.h"
#include "base/random.h"
#include "collective/plan.h"
#include "ess_test.h"
#include "sim/engine/arena.h"
#include "sim/scenario/document.h"
#include "sim/world/network.h"
#include "sim/world/world.h"

enum { NETWORKS = 1000, PLANS_MOST = 64 };

/* By enum ess_primitive, as a scenario names them. */
static const char *const names[] = {
    "all_reduce", "reduce_scatter", "all_gather", "broadcast", "reduce"};

static uint32_t below(struct ess_random *random, uint32_t limit) {
    return (uint32_t)ess_random_below(random, limit);
}

/* Sites with a few hosts that all differ, a WAN that joins them in a line and a little more. Every
 * eighth network has vectors so small that delays decide. */
static char *draw_world(
    struct ess_random *random, const char *primitive, const char *plan, uint32_t *root) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    uint32_t sites = 1 + below(random, 3), hosts = 0;
    fprintf(out, "{\"name\":\"bound\",\"seed\":1,\"duration\":\"30 d\",\"sites\":[");
    for (uint32_t s = 0; s < sites; s++) {
        uint32_t here = (s == 0 ? 2 : 1) + below(random, 3);
        fprintf(out, "%s{\"name\":\"s%u\",\"hosts\":[", s ? "," : "", s);
        for (uint32_t h = 0; h < here; h++) {
            fprintf(out, "%s{\"count\":1,\"up\":\"%u kbit/s\",\"down\":\"%u kbit/s\",",
                h ? "," : "", 1000 + below(random, 20000), 1000 + below(random, 40000));
            fprintf(out, "\"delay\":\"%u us\"}", 10 + below(random, 2000));
        }
        fprintf(out, "]}");
        hosts += here;
    }
    fprintf(out, "],\"wan\":{\"links\":[");
    for (uint32_t s = 1; s < sites; s++) {
        for (uint32_t t = s == 2 && below(random, 2) ? 0 : s - 1; t < s; t++) {
            fprintf(out, "%s{\"from\":\"s%u\",\"to\":\"s%u\",\"rate_forward\":\"%u kbit/s\",",
                s + t > 1 ? "," : "", t, s, 500 + below(random, 40000));
            fprintf(out, "\"rate_backward\":\"%u kbit/s\",\"delay\":\"%u us\"}",
                500 + below(random, 40000), 100 + below(random, 30000));
        }
    }
    *root = below(random, hosts);
    fprintf(out,
        "]},\"services\":[{\"kind\":\"collectives\",\"primitive\":\"%s\",\"size\":\"%u B\","
        "\"root\":%u,\"repeats\":1}],",
        primitive, 4 * hosts * (below(random, 8) ? 1 + below(random, 100000) : 16), *root);
    fprintf(
        out, "\"policies\":{\"collective\":\"%s\"},\"network\":{\"window\":\"16 GiB\"}}\n", plan);
    fclose(out);
    return text;
}

static struct ess_scenario *scenario_of(const char *text) {
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "b.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    if (!scenario) {
        ess_diagnostics_print(&diagnostics, stdout);
        printf("%s", text);
    }
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    return scenario;
}

static struct ess_bound bound_of(
    const struct ess_scenario *scenario, enum ess_primitive primitive, uint32_t root) {
    bool rooted = primitive == ESS_BROADCAST || primitive == ESS_REDUCE;
    struct ess_bound_task task = {primitive, rooted ? root : UINT32_MAX};
    const struct ess_scenario_collectives *job = scenario->training->collectives;
    struct ess_topology topology;
    struct ess_bound bound;
    struct ess_arena arena;
    uint32_t hosts[16];
    for (uint32_t i = 0; i < scenario->host_count; i++) {
        hosts[i] = i;
    }
    ess_arena_init(&arena, 65536);
    ess_world_topology(scenario, &arena, &topology);
    CU_ASSERT_TRUE_FATAL(ess_bound_of_hosts(
        &topology, hosts, (uint32_t)scenario->host_count, &task, (double)job->size_bytes, &bound));
    ess_arena_fini(&arena);
    return bound;
}

/* Whether the plan does it in a group of that many, without a layout that a policy would make. */
static bool can(
    const struct ess_plan_type *plan, enum ess_primitive primitive, uint32_t root, uint32_t hosts) {
    struct ess_member members[16] = {{0}};
    struct ess_site_span site = {0, hosts};
    struct ess_group group = {
        .size = hosts, .site_count = 1, .largest_site = hosts, .members = members, .sites = &site};
    struct ess_call call = {.group = &group, .primitive = primitive, .root = root};
    void *settings = calloc(1, plan->settings_bytes + 1);
    bool good;
    if (plan->parameters) {
        ess_parameters_set_defaults(plan->parameters, settings);
    }
    good = !plan->refuse || !plan->refuse(settings, &call);
    free(settings);
    return good;
}

/* What was seen of a plan and a primitive. */
struct seen {
    uint32_t runs, within; /* of them within 1.15 of the bound */
    double least;          /* time / bound */
};

/* The time of a repeat counts from the first begin; the bound holds for each. */
static void hold(struct seen *seen, const struct ess_plan_type *plan, const char *text,
    enum ess_primitive primitive, uint32_t root, struct ess_bound *bound) {
    struct ess_world_options options = {.replication = 0};
    struct ess_scenario *scenario = scenario_of(text);
    struct ess_world_outcome outcome;
    struct ess_trace_error error;
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    if (!can(plan, primitive, root, (uint32_t)scenario->host_count)) {
        ess_scenario_free(scenario);
        return;
    }
    if (bound->part == NULL) { /* the same for all plans on the network */
        *bound = bound_of(scenario, primitive, root);
    }
    CU_ASSERT_TRUE(ess_world_run(scenario, &options, &outcome, &error));
    CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
    for (uint64_t i = 0; i < outcome.steps; i++) {
        double time_s = outcome.step_records[i].collective_s;
        bool good = time_s >= bound->seconds * (1 - 1e-9) - 1e-9;
        CU_ASSERT_TRUE(good);
        if (!good) {
            ess_test_note("%.9f s, bound %.9f s (%.9f + %.9f) of\n%s", time_s, bound->seconds,
                bound->bandwidth_s, bound->head_s, text);
        }
        seen->runs++;
        seen->within += time_s <= 1.15 * bound->seconds;
        seen->least = fmin(seen->least, time_s / bound->seconds);
    }
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
}

static void no_plan_beats_it(void) {
    static struct seen seen[PLANS_MOST][5];
    uint64_t runs = 0;
    for (uint32_t i = 0; i < NETWORKS; i++) {
        struct ess_bound bound = {0};
        for (uint32_t n = 0; n < PLANS_MOST && ess_plan_registry[n]; n++) {
            const struct ess_plan_type *plan = ess_plan_registry[n];
            uint32_t root, t = i % 3 ? 0 : i / 3 % 5; /* two of three are all-reduces */
            struct ess_random random;
            char *text;
            if (!(plan->primitives & ESS_PRIMITIVE_BIT(t))) {
                continue;
            }
            ess_random_init(&random, i, 0, "network"); /* the same for all plans */
            text = draw_world(&random, names[t], plan->name, &root);
            seen[n][t].least = seen[n][t].runs ? seen[n][t].least : INFINITY;
            hold(&seen[n][t], plan, text, (enum ess_primitive)t, root, &bound);
            free(text);
        }
        ess_bound_fini(&bound);
    }
    for (uint32_t n = 0; n < PLANS_MOST && ess_plan_registry[n]; n++) {
        for (uint32_t t = 0; t < 5; t++) {
            runs += seen[n][t].runs;
            if (seen[n][t].runs > 0) {
                ess_test_note("%s, %s: %u runs, least time / bound %.4f, %u within 1.15",
                    ess_plan_registry[n]->name, names[t], seen[n][t].runs, seen[n][t].least,
                    seen[n][t].within);
            }
        }
    }
    ess_test_note("%d networks, %" PRIu64 " runs, none faster than its bound", NETWORKS, runs);
    CU_ASSERT(runs > 2 * NETWORKS);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"no plan beats the bound", no_plan_beats_it},
        {NULL, NULL},
    };
    return ess_test_main("plans beside lower bounds", tests);
}
