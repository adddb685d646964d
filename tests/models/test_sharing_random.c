/* SPDX-License-Identifier: GPL-3.0-or-later */

/* The sharing solver on random networks, every state and completion against the plain reference. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "models/network/sharing.h"
#include "sharing_invariants.h"
#include "sharing_world.h"

#define TOLERANCE 1e-9
#define STEPS_MOST 1000000

struct findings {
    uint64_t networks, states, flows, completions, cancelled;
    double rate, excess, unfairness, time, delivered, carried; /* worst errors, relative */
    double time_ns;
    uint64_t times_apart; /* completions that differ at all */
    uint64_t steps_most, fallbacks, moves;
    bool spins, disagrees; /* about whether a flow ends at all */
    const char *broken;    /* the first invariant that did not hold */
};

static void keep_worst(double value, double *worst) {
    if (!(value <= *worst)) /* also NaN */
        *worst = value;
}

static double relative(double value, double reference, double least) {
    return fabs(value - reference) / fmax(fabs(reference), least);
}

/* The condition of Bertsekas and Gallager on the solver's own rates: no link is overfull, and each
 * flow is at its cap or crosses a full link on which nobody is faster per unit of weight. */
static void check_bottlenecks(const struct world *w, struct findings *found) {
    const struct script *script = w->script;
    double *load = calloc(script->link_count, sizeof *load);
    double *fastest = calloc(script->link_count, sizeof *fastest);
    for (uint32_t flow = 0; flow < script->flow_count; flow++) {
        const struct reference_path *path = &w->flows[flow].path;
        if (!w->flows[flow].active)
            continue;
        double rate = ess_sharing_rate(w->sharing, w->ids[flow]);
        for (uint32_t i = 0; i < path->count; i++) {
            uint32_t link = path->links[i];
            load[link] += rate;
            fastest[link] = fmax(fastest[link], rate / path->weight);
        }
    }
    for (uint32_t link = 0; link < script->link_count; link++) {
        double capacity = w->capacity_bytes_per_s[link];
        keep_worst(capacity > 0 ? load[link] / capacity - 1 : load[link], &found->excess);
        keep_worst(
            relative(ess_sharing_link_rate(w->sharing, link), load[link], 1e-3), &found->rate);
    }
    for (uint32_t flow = 0; flow < script->flow_count; flow++) {
        const struct reference_path *path = &w->flows[flow].path;
        if (!w->flows[flow].active)
            continue;
        double rate = ess_sharing_rate(w->sharing, w->ids[flow]);
        keep_worst(rate / path->cap_bytes_per_s - 1, &found->excess);
        double best = fabs(rate / path->cap_bytes_per_s - 1); /* how far from having a bottleneck */
        for (uint32_t i = 0; i < path->count; i++) {
            uint32_t link = path->links[i];
            double capacity = w->capacity_bytes_per_s[link], level = rate / path->weight;
            double slack = capacity > 0 ? 1 - load[link] / capacity : 0;
            double slower = fastest[link] > 0 ? 1 - level / fastest[link] : 0;
            best = fmin(best, fmax(slack, slower));
        }
        keep_worst(best, &found->unfairness);
    }
    free(load);
    free(fastest);
}

static void check_rates(const struct world *w, struct findings *found) {
    struct reference r = {.capacity_bytes_per_s = w->capacity_bytes_per_s,
        .link_count = w->script->link_count,
        .flow_count = w->script->flow_count,
        .flows = w->flows};
    reference_fill(&r);
    for (uint32_t flow = 0; flow < r.flow_count; flow++)
        if (r.flows[flow].active)
            keep_worst(relative(ess_sharing_rate(w->sharing, w->ids[flow]),
                           (double)r.flows[flow].rate_bytes_per_s, 1e-3),
                &found->rate);
}

static void check_outcomes(const struct world *w, struct findings *found) {
    const struct script *script = w->script;
    struct outcome *expected = calloc(script->flow_count, sizeof *expected);
    long double *carried = calloc(script->link_count, sizeof *carried);
    script_reference(script, expected, carried);
    for (uint32_t flow = 0; flow < script->flow_count; flow++) {
        const struct outcome *got = &w->outcomes[flow], *want = &expected[flow];
        keep_worst(fabs(got->delivered_bytes - want->delivered_bytes) / script->size_bytes[flow],
            &found->delivered);
        found->completions += got->done_ns < INT64_MAX;
        found->cancelled += got->done_ns == INT64_MAX;
        if (got->done_ns == want->done_ns)
            continue;
        found->disagrees =
            found->disagrees || got->done_ns == INT64_MAX || want->done_ns == INT64_MAX;
        found->times_apart++;
        keep_worst(fabs((double)(got->done_ns - want->done_ns)), &found->time_ns);
        keep_worst(relative((double)got->done_ns, (double)want->done_ns, 1), &found->time);
    }
    /* A flow that is moved on at once leaves a rounding residue of its size (a megabyte or so) on a
     * link that has carried nothing: hence relative to at least a thousandth of that. */
    for (uint32_t link = 0; link < script->link_count; link++)
        keep_worst(relative(ess_sharing_link_bytes(w->sharing, link), (double)carried[link], 1e3),
            &found->carried);
    free(expected);
    free(carried);
}

static void run_network(const struct script *script, uint64_t step_limit, struct findings *found) {
    struct world world = world_new(script);
    ess_sharing_set_step_limit(world.sharing, step_limit);
    uint32_t steps = 0;
    while (!found->spins && world_step(&world)) {
        found->states++;
        found->spins = ++steps > STEPS_MOST;
        if (found->broken == NULL)
            found->broken = sharing_broken_invariant(world.sharing);
        check_rates(&world, found);
        check_bottlenecks(&world, found);
    }
    check_outcomes(&world, found);
    struct ess_sharing_statistics statistics = ess_sharing_statistics(world.sharing);
    found->networks++;
    found->flows += script->flow_count;
    found->fallbacks += statistics.fallbacks;
    found->moves += statistics.class_moves;
    if (statistics.steps_most > found->steps_most)
        found->steps_most = statistics.steps_most;
    if (ess_sharing_class_count(world.sharing) > 0 || ess_sharing_cap_count(world.sharing) > 0)
        CU_FAIL("classes or caps outlive their flows");
    world_free(&world);
}

static struct findings run_networks(uint64_t first_seed, uint32_t count, uint32_t links_most,
    uint32_t flows_most, uint64_t step_limit) {
    struct findings found = {.networks = 0};
    for (uint64_t seed = first_seed; seed < first_seed + count; seed++) {
        struct script script = script_new(seed, links_most, flows_most);
        run_network(&script, step_limit, &found);
        script_free(&script);
    }
    return found;
}

static void judge(const struct findings *found) {
    ess_test_note(
        "%llu networks, %llu states, %llu flows (%llu completed, %llu cancelled or stuck)",
        (unsigned long long)found->networks, (unsigned long long)found->states,
        (unsigned long long)found->flows, (unsigned long long)found->completions,
        (unsigned long long)found->cancelled);
    ess_test_note("worst: rate %.2g, over capacity %.2g, from a bottleneck %.2g", found->rate,
        found->excess, found->unfairness);
    ess_test_note("worst: completion %.2g (%.0f ns, %llu differ), delivered %.2g, carried %.2g",
        found->time, found->time_ns, (unsigned long long)found->times_apart, found->delivered,
        found->carried);
    ess_test_note("most steps of a resolution %llu, class moves %llu, fallbacks %llu",
        (unsigned long long)found->steps_most, (unsigned long long)found->moves,
        (unsigned long long)found->fallbacks);
    if (found->broken != NULL)
        ess_test_note("broken: %s", found->broken);
    CU_ASSERT_PTR_NULL(found->broken);
    CU_ASSERT_FALSE(found->spins);
    CU_ASSERT_FALSE(found->disagrees);
    CU_ASSERT_TRUE(found->rate <= TOLERANCE);
    CU_ASSERT_TRUE(found->excess <= TOLERANCE);
    CU_ASSERT_TRUE(found->unfairness <= TOLERANCE);
    CU_ASSERT_TRUE(found->time <= TOLERANCE);
    CU_ASSERT_TRUE(found->delivered <= TOLERANCE);
    CU_ASSERT_TRUE(found->carried <= TOLERANCE);
    CU_ASSERT_TRUE(found->completions > found->flows / 2);
}

static void thousand_networks(void) {
    struct findings found = run_networks(1, 1000, 12, 60, 0);
    judge(&found);
    CU_ASSERT_EQUAL(found.fallbacks, 0);
}

static void large_networks(void) {
    struct findings found = run_networks(100001, 25, 75, 300, 0);
    judge(&found);
    CU_ASSERT_EQUAL(found.fallbacks, 0);
}

/* With one step allowed nearly every state is a refill; with a few, refills take over from half
 * done cascades, and cascades start from refilled states. */
static void refills(void) {
    for (uint64_t limit = 1; limit <= 4; limit++) {
        struct findings found = run_networks(200001 + 1000 * limit, 200, 12, 60, limit);
        ess_test_note("at most %llu steps:", (unsigned long long)limit);
        judge(&found);
        CU_ASSERT_TRUE(found.fallbacks > 100);
        CU_ASSERT_TRUE(found.steps_most <= limit);
    }
}

/* All that a world did, bit by bit. */
struct trace {
    uint64_t hash, steps;
};

static void trace_step(const struct world *w, struct trace *trace) {
    trace->steps++;
    trace->hash = (trace->hash ^ (uint64_t)w->now_ns) * 0x100000001b3u;
    for (uint32_t flow = 0; flow < w->script->flow_count; flow++) {
        if (!w->flows[flow].active)
            continue;
        double values[2] = {ess_sharing_rate(w->sharing, w->ids[flow]),
            ess_sharing_remaining(w->sharing, w->ids[flow])};
        uint64_t bits[2];
        memcpy(bits, values, sizeof bits);
        trace->hash = (trace->hash ^ bits[0]) * 0x100000001b3u;
        trace->hash = (trace->hash ^ bits[1] ^ w->ids[flow]) * 0x100000001b3u;
    }
}

static struct trace run_alone(const struct script *script) {
    struct world world = world_new(script);
    struct trace trace = {0};
    while (world_step(&world))
        trace_step(&world, &trace);
    world_free(&world);
    return trace;
}

static void instances_never_touch(void) {
    uint64_t steps = 0;
    for (uint64_t seed = 300001; seed < 300101; seed++) {
        struct script scripts[2] = {script_new(seed, 12, 60), script_new(seed + 1000, 12, 60)};
        struct world worlds[2] = {world_new(&scripts[0]), world_new(&scripts[1])};
        struct trace traces[2] = {0};
        bool runs[2] = {true, true};
        while (runs[0] || runs[1])
            for (int i = 0; i < 2; i++)
                if (runs[i] && (runs[i] = world_step(&worlds[i])))
                    trace_step(&worlds[i], &traces[i]);
        for (int i = 0; i < 2; i++) {
            struct trace alone = run_alone(&scripts[i]);
            CU_ASSERT_EQUAL(alone.steps, traces[i].steps);
            CU_ASSERT_EQUAL(alone.hash, traces[i].hash);
            steps += alone.steps;
            world_free(&worlds[i]);
            script_free(&scripts[i]);
        }
    }
    ess_test_note("100 pairs, %llu instants, equal to the bit", (unsigned long long)steps);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"1,000 networks agree with the reference", thousand_networks},
        {"25 large networks agree with the reference", large_networks},
        {"past the step limit a refill gives the same", refills},
        {"two instances interleaved are each as if alone", instances_never_touch},
        {NULL, NULL},
    };
    return ess_test_main("sharing on random networks", tests);
}
