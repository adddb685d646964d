/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Services of collectives in a world: every plan and primitive runs to its end, none is faster than
 * the least time that the links allow, and closed forms hold. */
#include <math.h>

#include "base/random.h"
#include "collective/plan.h"
#include "sim/commands/collective_bound.h"
#include "sim/world/world.h"
#include "tests/scenario/scenario_text.h"

#define TEXT_BYTES 4096

/* Three sites of 2, 3 and 1 machines with lines drawn by `seed`; 0: all alike. */
static void write_text(char *text, const char *plan, const char *service, uint64_t seed) {
    int used = snprintf(text, TEXT_BYTES, "{\"name\":\"c\",\"duration\":\"7 d\",\"sites\":[");
    struct ess_random random;
    ess_random_init(&random, seed, 0, "collectives");
    for (int site = 0; site < 3; site++) {
        used += snprintf(text + used, TEXT_BYTES - (size_t)used, "%s{\"name\":\"s%d\",\"hosts\":[",
            site ? "," : "", site);
        for (int host = 0; host < (site + 2) % 4 + (site == 2); host++) {
            int up = seed ? 5 + (int)ess_random_below(&random, 95) : 80;
            int down = seed ? 5 + (int)ess_random_below(&random, 95) : 80;
            used += snprintf(text + used, TEXT_BYTES - (size_t)used,
                "%s{\"count\":1,\"name\":\"h%d\",\"up\":\"%d Mbit/s\",\"down\":\"%d "
                "Mbit/s\",\"delay\":\"1 ms\"}",
                host ? "," : "", host, up, down);
        }
        used += snprintf(text + used, TEXT_BYTES - (size_t)used, "]}");
    }
    snprintf(text + used, TEXT_BYTES - (size_t)used,
        "],\"wan\":{\"templates\":[{\"shape\":\"full_mesh\",\"rate\":\"10 Gbit/s\",\"delay\":\"1 "
        "ms\"}]},\"network\":{\"transport\":\"ideal\",\"window\":\"1 GiB\"},\"policies\":{"
        "\"collective\":\"%s\",\"order\":\"bottleneck\"},\"services\":[{\"kind\":\"collectives\","
        "%s}]}",
        plan, service);
}

/* Runs the case; false with a note where it does not end as it should. */
static bool run_case(const char *text, struct ess_world_outcome *outcome) {
    struct ess_scenario *scenario = scenario_of(text, 0, NULL);
    struct ess_collective_bound bound = {.scenario = NULL};
    struct ess_world_options options = {.replication = 0};
    struct ess_trace_error error;
    bool ran;
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    ran = ess_world_run(scenario, &options, outcome, &error);
    CU_ASSERT_TRUE_FATAL(ran);
    ess_collective_bound_take(&bound, scenario, outcome);
    ess_collective_bound_fini(&bound);
    ess_scenario_free(scenario);
    return outcome->end == ESS_WORLD_JOB_COMPLETE && outcome->steps == 2;
}

static void every_plan_and_primitive(void) {
    char text[TEXT_BYTES], service[200];
    uint32_t runs = 0;
    double nearest = INFINITY;
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        const struct ess_plan_type *plan = ess_plan_registry[i];
        for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
            if (!(plan->primitives & ESS_PRIMITIVE_BIT(primitive))) {
                continue;
            }
            for (uint64_t seed = 0; seed < 4; seed++) {
                struct ess_world_outcome outcome;
                snprintf(service, sizeof service,
                    "\"primitive\":\"%s\",\"size\":\"6 MB\",\"repeats\":2,\"concurrent\":%d,"
                    "\"root\":%d,\"target\":5",
                    ess_primitive_name((enum ess_primitive)primitive), seed % 2 ? 3 : 1, (int)seed);
                write_text(text, plan->name, service, seed);
                ESS_CHECK(run_case(text, &outcome), "%s, %s, seed %u: %llu repeats", plan->name,
                    ess_primitive_name((enum ess_primitive)primitive), (unsigned)seed,
                    (unsigned long long)outcome.steps);
                for (uint64_t step = 0; step < outcome.steps; step++) {
                    double ratio = outcome.step_records[step].collective_s / outcome.bound_s;
                    ESS_CHECK(primitive == ESS_SEND || ratio >= 1 - 1e-9,
                        "%s, %s, seed %u: %.9f of the least time", plan->name,
                        ess_primitive_name((enum ess_primitive)primitive), (unsigned)seed, ratio);
                    nearest = fmin(nearest, primitive == ESS_SEND ? nearest : ratio);
                }
                ess_world_outcome_fini(&outcome);
                runs++;
            }
        }
    }
    ess_test_note("%u runs, the nearest %.4f of the least time", runs, nearest);
}

/* One transfer of n bytes at 10 MB/s over 3 ms: first from the grant (3 ms) on. */
static void a_send(void) {
    char text[TEXT_BYTES];
    struct ess_world_outcome outcome;
    write_text(text, "direct",
        "\"primitive\":\"send\",\"size\":\"10 MB\",\"repeats\":2,\"root\":0,\"target\":5", 0);
    CU_ASSERT_TRUE(run_case(text, &outcome));
    CU_ASSERT_DOUBLE_EQUAL(outcome.step_records[1].collective_s, 1.0, 0.02);
    CU_ASSERT(outcome.step_records[1].collective_s >= 1.003);
    ess_world_outcome_fini(&outcome);
}

/* A barrier moves no data: it takes some delays, and bytes of messages alone. */
static void a_barrier(void) {
    char text[TEXT_BYTES];
    struct ess_world_outcome outcome;
    write_text(text, "recursive_doubling", "\"primitive\":\"barrier\",\"repeats\":2", 0);
    CU_ASSERT_TRUE(run_case(text, &outcome));
    CU_ASSERT(outcome.step_records[1].collective_s > 0.003);
    CU_ASSERT(outcome.step_records[1].collective_s < 0.1);
    CU_ASSERT_EQUAL(outcome.bound_s, 0);
    ess_world_outcome_fini(&outcome);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan and primitive, none beats the bound", every_plan_and_primitive},
        {"a send takes bytes over rate", a_send},
        {"a barrier takes delays", a_barrier},
        {NULL, NULL},
    };
    return ess_test_main("collectives in a world", tests);
}
