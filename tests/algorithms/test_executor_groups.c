/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executors of whole groups with real numbers, for every plan and all it can do: segments,
 * several operations at once, the bound on open rounds, sums and maxima; in random orders of what
 * ends when, and in all orders for two ranks. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "executor_group.h"

/* One group at a time. */
static struct ess_executor_group group;
static struct ess_plan_team team;
static struct ess_plan_defaults settings;
static struct ess_view view;

struct tally {
    uint64_t runs, posts, segments, bounded, refused;
    uint32_t open_most;
};

/* A group with a random layout, which suits the call. */
static void set_group(
    uint32_t p, const struct ess_collective *collective, bool laid_out, struct ess_random *random) {
    bool rooted = collective->primitive == ESS_BROADCAST || collective->primitive == ESS_REDUCE;
    ess_plan_team_random(&team, p, 3, random);
    if (laid_out) {
        ess_plan_team_lay_out(&team, rooted ? collective->root : ESS_NONE, random);
    }
    view = (struct ess_view){.epoch = 7, .group = team.group};
}

static bool is_refused(const struct ess_plan_type *plan, const struct ess_collective *collective) {
    const struct ess_call call = {
        &view.group, collective->primitive, collective->root, collective->target};
    return plan->refuse && plan->refuse(settings.bytes, &call);
}

static uint32_t streams_of(const struct ess_plan_type *plan) {
    return plan->streams_most ? plan->streams_most : 1;
}

static struct ess_executor_limits random_limits(
    const struct ess_plan_type *plan, struct ess_random *random) {
    uint32_t streams = streams_of(plan);
    struct ess_executor_limits limits = {.retry_delay_ns = 1000};
    limits.window = ESS_WINDOW_MIN + (uint32_t)ess_random_below(random, 20);
    limits.in_flight = 1 + (uint32_t)ess_random_below(random, 3);
    limits.segment_bytes = ess_random_below(random, 3) * 20;
    if (ess_random_below(random, 2)) {
        limits.rounds_most = ESS_WINDOW_MIN * limits.in_flight * streams + 1 +
                             (uint32_t)ess_random_below(random, 10);
    }
    return limits;
}

static void end_all(struct ess_random *random) {
    static uint32_t enabled[ESS_EXECUTOR_POSTS_MAX];
    for (uint32_t count = ess_executor_group_enabled(&group, enabled); count > 0;
         count = ess_executor_group_enabled(&group, enabled)) {
        ess_executor_group_end(&group, enabled[ess_random_below(random, count)]);
    }
}

static bool holds(const struct ess_plan_type *plan, const struct ess_collective *collective,
    const struct ess_executor_limits *limits, struct tally *tally) {
    uint32_t most = limits->rounds_most ? limits->rounds_most
                                        : limits->window * limits->in_flight * streams_of(plan);
    char problem[200] = "";
    bool right = ess_executor_group_is_right(&group, problem, sizeof problem);
    for (uint32_t rank = 0; rank < view.group.size && right; rank++) {
        uint32_t open = group.ranks[rank].open_most;
        tally->open_most = open > tally->open_most ? open : tally->open_most;
        if (open > most) {
            right = false;
            snprintf(problem, sizeof problem, "rank %u: %u open rounds, %u are allowed", rank, open,
                most);
        }
    }
    if (!right) {
        ess_test_note(
            "%s, %s%s, root %u, target %u, %u ranks, window %u, %u operations at once, at "
            "most %u rounds, segments of %u bytes: %s",
            plan->name, ess_primitive_name(collective->primitive),
            collective->maximum ? " (maximum)" : "", collective->root, collective->target,
            view.group.size, limits->window, limits->in_flight, limits->rounds_most,
            (unsigned)limits->segment_bytes, problem);
        CU_FAIL("an executor is wrong");
    }
    return right;
}

static bool try_call(const struct ess_plan_type *plan, enum ess_primitive primitive, uint32_t p,
    bool laid_out, struct ess_random *random, struct tally *tally) {
    struct ess_executor_limits limits = random_limits(plan, random);
    uint32_t elements = (uint32_t)ess_random_below(random, 80);
    struct ess_collective collective = {
        .primitive = primitive,
        .maximum = ess_random_below(random, 3) == 0,
        .root = (uint32_t)ess_random_below(random, p),
        .target = (uint32_t)ess_random_below(random, p),
    };
    set_group(p, &collective, laid_out, random);
    ess_parameters_set_defaults(plan->parameters, settings.bytes);
    if (laid_out) {
        ess_plan_settings_random(plan, &settings, random);
    }
    if (is_refused(plan, &collective)) {
        tally->refused++;
        return true;
    }
    ess_executor_group_init(&group, &view, plan, settings.bytes, &limits, &collective, 4, elements);
    end_all(random);
    tally->runs++;
    tally->posts += group.posts;
    tally->segments += limits.segment_bytes > 0;
    tally->bounded += limits.rounds_most > 0;
    return holds(plan, &collective, &limits, tally);
}

static void every_plan_and_primitive(void) {
    struct tally tally = {0};
    struct ess_random random;
    ess_random_init(&random, 1, 0, "executor groups");
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
            if (!(ess_plan_registry[i]->primitives & ESS_PRIMITIVE_BIT(primitive))) {
                continue;
            }
            for (uint32_t trial = 0; trial < 6 * ESS_EXECUTORS_MAX; trial++) {
                uint32_t p = 1 + trial % ESS_EXECUTORS_MAX;
                if (!try_call(ess_plan_registry[i], (enum ess_primitive)primitive, p,
                        trial / ESS_EXECUTORS_MAX % 2, &random, &tally)) {
                    return;
                }
            }
        }
    }
    ess_test_note("%llu runs of 4 operations, %llu posts; %llu in segments, %llu with a bound, at "
                  "most %u rounds open; %llu refused",
        (unsigned long long)tally.runs, (unsigned long long)tally.posts,
        (unsigned long long)tally.segments, (unsigned long long)tally.bounded, tally.open_most,
        (unsigned long long)tally.refused);
}

/* ---- all orders ------------------------------------------------------------------------------ */

#define DEPTH_MAX 96
#define KNOWN_MAX (1u << 19)

static struct ess_executor_group levels[DEPTH_MAX];

struct search {
    uint64_t *known; /* [KNOWN_MAX], 0: free */
    uint32_t states;
    bool full;
};

static uint64_t mix(uint64_t x) {
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* The posts under way as a set, and how far each rank is: all else follows from these. */
static uint64_t digest_of(const struct ess_executor_group *at) {
    uint64_t digest = 1;
    for (uint32_t i = 0; i < at->post_count; i++) {
        const struct ess_executor_post *post = &at->under_way[i];
        digest += mix(post->action.token * 8 + post->rank * 2 + post->is_performed + 1);
    }
    for (uint32_t rank = 0; rank < at->view->group.size; rank++) {
        const struct ess_executor *executor = &at->ranks[rank].executor;
        for (uint32_t i = 0; i < executor->in_flight * executor->streams_each; i++) {
            const struct ess_stream *stream = &executor->streams[i];
            digest += mix(mix(stream->receive_done + (uint64_t)rank * 64 + i) +
                          mix(stream->send_done + 1) + stream->base +
                          ((uint64_t)at->ranks[rank].begun << 32) + at->ranks[rank].complete);
        }
    }
    return digest ? digest : 1;
}

static bool is_new(struct search *search, uint64_t digest) {
    uint64_t slot = digest & (KNOWN_MAX - 1);
    while (search->known[slot] && search->known[slot] != digest) {
        slot = (slot + 1) & (KNOWN_MAX - 1);
    }
    if (search->known[slot]) {
        return false;
    }
    search->known[slot] = digest;
    search->full = ++search->states > KNOWN_MAX / 2;
    return true;
}

/* Visit every state that can be reached; each that has no successor must be right. */
static bool visit(struct search *search, uint32_t depth, const struct ess_plan_type *plan,
    const struct ess_collective *collective, const struct ess_executor_limits *limits,
    struct tally *tally) {
    uint32_t enabled[64], all[ESS_EXECUTOR_POSTS_MAX];
    uint32_t count = ess_executor_group_enabled(&levels[depth], all);
    CU_ASSERT_FATAL(count <= 64 && depth + 1 < DEPTH_MAX);
    memcpy(enabled, all, count * sizeof *enabled);
    if (count == 0) {
        ess_executor_group_copy(&levels[depth], &group);
        return holds(plan, collective, limits, tally);
    }
    for (uint32_t i = 0; i < count && !search->full; i++) {
        ess_executor_group_copy(&levels[depth], &levels[depth + 1]);
        ess_executor_group_end(&levels[depth + 1], enabled[i]);
        if (is_new(search, digest_of(&levels[depth + 1])) &&
            !visit(search, depth + 1, plan, collective, limits, tally)) {
            return false;
        }
    }
    return true;
}

static void all_orders(void) {
    struct ess_executor_limits limits = {4, 2, 0, 8, 1000};
    struct search search = {calloc(KNOWN_MAX, sizeof *search.known), 0, false};
    struct tally tally = {0};
    struct ess_random random;
    uint64_t states = 0;
    ess_random_init(&random, 2, 0, "executor orders");
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        const struct ess_plan_type *plan = ess_plan_registry[i];
        const struct ess_collective collective = {.primitive = ESS_ALL_REDUCE};
        if (!(plan->primitives & ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE))) {
            continue;
        }
        limits.rounds_most = 2 * ESS_WINDOW_MIN * streams_of(plan) + 1;
        limits.segment_bytes = plan->streams_most > 2 ? 0 : 8;
        ess_plan_settings_least(plan, &settings);
        set_group(2, &collective, false, &random);
        if (is_refused(plan, &collective)) {
            set_group(2, &collective, true, &random);
            team.layout.tree_count = 1;
            team.store.trees[0].share = ESS_SHARE_WHOLE;
        }
        memset(search.known, 0, KNOWN_MAX * sizeof *search.known);
        search.states = 0;
        /* Streams go on beside each other as operations do: one operation is enough of those, and
         * one segment of more than two. */
        ess_executor_group_init(&levels[0], &view, plan, settings.bytes, &limits, &collective,
            plan->streams_most > 1 ? 1 : 2, 3);
        if (!visit(&search, 0, plan, &collective, &limits, &tally)) {
            break;
        }
        ESS_CHECK(!search.full, "%s: more than %u states", plan->name, KNOWN_MAX / 2);
        states += search.states;
    }
    ess_test_note("%llu states of two ranks with one or two operations in one or two segments",
        (unsigned long long)states);
    free(search.known);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"every plan and primitive, in segments and bounded", every_plan_and_primitive},
        {"all orders of two ranks, two operations, under a bound", all_orders},
        {NULL, NULL},
    };
    return ess_test_main("executor groups", tests);
}
