/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `essaim plan` shows: the very layout that the coordinator of a run sends with its view, and
 * figures that are computed anew here from the matrix. */
#include "ess_test.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/commands/plan_print.h"
#include "sim/commands/plan_svg.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

enum { TEXT_MOST = 1 << 20 };

/* Two pairs of sites, far apart, with home-like access; the plan is the variant. */
static const char text[] =
    "{\"name\": \"two\", \"duration\": \"1 h\", \"sites\": ["
    "{\"name\": \"a\", \"hosts\": [{\"count\": 3, \"up\": \"200 Mbit/s\", \"down\": \"800 Mbit/s\","
    " \"delay\": \"1 ms\"}]},"
    "{\"name\": \"b<&\", \"hosts\": [{\"count\": 2, \"up\": \"90 Mbit/s\", \"down\": \"90 Mbit/s\","
    " \"delay\": \"1 ms\"}]},"
    "{\"name\": \"c\", \"hosts\": [{\"count\": 2, \"up\": \"70 Mbit/s\", \"down\": \"400 Mbit/s\","
    " \"delay\": \"1 ms\"}]},"
    "{\"name\": \"d\", \"hosts\": [{\"count\": 1, \"up\": \"50 Mbit/s\", \"down\": \"300 Mbit/s\","
    " \"delay\": \"1 ms\"}]}],"
    "\"wan\": {\"links\": [{\"from\": \"a\", \"to\": \"c\", \"rate\": \"1 Gbit/s\", \"delay\": \"2 "
    "ms\"}, {\"from\": \"b<&\", \"to\": \"d\", \"rate\": \"60 Mbit/s\", \"delay\": \"3 ms\"},"
    "{\"from\": \"a\", \"to\": \"d\", \"rate\": \"1 Gbit/s\", \"delay\": \"60 ms\"}]},"
    "\"coordinator\": {\"site\": \"a\"},"
    "\"policies\": {\"order\": \"bottleneck\"},"
    "\"services\": [{\"kind\": \"collectives\", \"primitive\": \"all_reduce\", \"size\": \"4 MiB\","
    " \"repeats\": 1}],"
    "\"compare\": {\"/policies/collective\":"
    " [\"ring\", \"packed_trees\", \"butterfly\", \"hierarchical\"]}}";

enum { VARIANTS = 4, MACHINES = 8 };

static struct ess_scenario *variant(size_t index) {
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "two.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, index, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    return scenario;
}

/* ---- the same as in a run -------------------------------------------------------------------- */

struct comparison {
    const struct ess_plan_view *view;
    const struct ess_group *group; /* the one that the plan of this variant would be run on */
    int views, parts;              /* looked at */
};

static void compare_trees(const struct ess_layout *run, const struct ess_layout *shown) {
    CU_ASSERT_EQUAL_FATAL(run->tree_count, shown->tree_count);
    for (uint32_t t = 0; t < run->tree_count; t++) {
        CU_ASSERT_EQUAL(run->trees[t].root, shown->trees[t].root);
        CU_ASSERT_EQUAL(run->trees[t].share, shown->trees[t].share);
        CU_ASSERT_EQUAL(
            memcmp(run->trees[t].parent, shown->trees[t].parent, MACHINES * sizeof(uint32_t)), 0);
    }
}

static void compare_levels(const struct ess_layout *run, const struct ess_layout *shown) {
    CU_ASSERT_EQUAL_FATAL(run->level_count, shown->level_count);
    for (uint32_t i = 0; i < run->level_count; i++) {
        CU_ASSERT_EQUAL_FATAL(run->levels[i].count, shown->levels[i].count);
        CU_ASSERT_EQUAL(memcmp(run->levels[i].spans, shown->levels[i].spans,
                            run->levels[i].count * sizeof *run->levels[i].spans),
            0);
    }
}

static void compare(void *context, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result) {
    struct comparison *comparison = context;
    const struct ess_group *shown = comparison->group;
    const struct ess_layout *layout;
    (void)peer, (void)deadline_ns, (void)actions, (void)result;
    if (!event || event->kind != ESS_EVENT_VIEW || event->view->group.size != MACHINES) {
        return;
    }
    comparison->views++;
    for (uint32_t rank = 0; rank < MACHINES; rank++) {
        CU_ASSERT_EQUAL(event->view->group.members[rank].peer, shown->members[rank].peer);
        CU_ASSERT_EQUAL(event->view->group.members[rank].site, shown->members[rank].site);
    }
    layout = event->view->group.layout;
    CU_ASSERT_PTR_NOT_NULL_FATAL(layout);
    if (layout->order) {
        comparison->parts |= ESS_LAYOUT_ORDER;
        CU_ASSERT_EQUAL(
            memcmp(layout->order, comparison->view->ring, MACHINES * sizeof(uint32_t)), 0);
    }
    if (layout->shares) {
        comparison->parts |= ESS_LAYOUT_SHARES;
        CU_ASSERT_EQUAL(
            memcmp(layout->shares, shown->layout->shares, MACHINES * sizeof(uint32_t)), 0);
    }
    if (layout->tree_count > 0) {
        comparison->parts |= ESS_LAYOUT_TREES;
        compare_trees(layout, shown->layout);
    }
    if (layout->level_count > 0) {
        comparison->parts |= ESS_LAYOUT_LEVELS;
        compare_levels(layout, shown->layout);
    }
}

static void a_run_builds_what_is_shown(void) {
    static const int parts[VARIANTS] = {
        ESS_LAYOUT_ORDER, ESS_LAYOUT_TREES, ESS_LAYOUT_SHARES, ESS_LAYOUT_LEVELS};
    for (size_t i = 0; i < VARIANTS; i++) {
        struct ess_scenario *scenario = variant(i);
        struct comparison comparison = {NULL, NULL, 0, 0};
        struct ess_world_options options = {.observer = compare, .observer_context = &comparison};
        struct ess_world_outcome outcome;
        struct ess_trace_error error;
        struct ess_plan_view view;
        struct ess_arena arena;
        ess_arena_init(&arena, 0);
        ess_plan_view_init(&view, scenario, &arena);
        comparison.view = &view;
        comparison.group = i == 3 ? &view.levels : &view.group;
        CU_ASSERT_TRUE(ess_plan_view_follows(&view, (uint32_t)parts[i]));
        CU_ASSERT_FATAL(ess_world_run(scenario, &options, &outcome, &error));
        CU_ASSERT_EQUAL(outcome.end, ESS_WORLD_JOB_COMPLETE);
        CU_ASSERT(comparison.views >= MACHINES);
        CU_ASSERT_EQUAL(comparison.parts, parts[i]);
        ess_test_note("%s: %d views of a run have the layout that is shown", scenario->variant_name,
            comparison.views);
        ess_world_outcome_fini(&outcome);
        ess_arena_fini(&arena);
        ess_scenario_free(scenario);
    }
}

/* ---- figures --------------------------------------------------------------------------------- */

/* A rate by hand: the lesser of the accesses and of the links between (MB/s from Mbit/s). */
static void figures_are_right(void) {
    struct ess_scenario *scenario = variant(0);
    struct ess_plan_view view;
    struct ess_arena arena;
    double slowest = INFINITY, longest_s = 0;
    uint32_t seen = 0;
    ess_arena_init(&arena, 0);
    ess_plan_view_init(&view, scenario, &arena);
    CU_ASSERT_EQUAL(view.size_bytes, 4194304);
    CU_ASSERT_DOUBLE_EQUAL(ess_plan_view_rate(&view, 0, 1), 25e6, 1e-3);
    CU_ASSERT_DOUBLE_EQUAL(ess_plan_view_rate(&view, 0, 3), 7.5e6, 1e-3); /* by d, over 60 Mbit/s */
    CU_ASSERT_EQUAL(ess_plan_view_delay_ns(&view, 0, 3), 65000000);
    for (uint32_t i = 0; i < MACHINES; i++) {
        uint32_t from = view.ring[i], to = view.ring[(i + 1) % MACHINES];
        double rate = ess_plan_view_rate(&view, from, to);
        seen |= UINT32_C(1) << from;
        slowest = fmin(slowest, rate);
        longest_s =
            fmax(longest_s, 1e-9 * (double)ess_plan_view_delay_ns(&view, from, to) + 524288 / rate);
    }
    CU_ASSERT_EQUAL(seen, (1 << MACHINES) - 1);
    CU_ASSERT_DOUBLE_EQUAL(slowest,
        ess_plan_view_rate(
            &view, view.ring[view.slowest_hop], view.ring[(view.slowest_hop + 1) % MACHINES]),
        0);
    /* A ring's steps cost what its slowest hop does, 2 (p - 1) of them. */
    CU_ASSERT_DOUBLE_EQUAL(ess_plan_view_predict(&view, "ring"), 14 * longest_s, 1e-9);
    CU_ASSERT(isinf(ess_plan_view_predict(&view, "hierarchical")));
    /* No machine can carry more than its access: d has 50 Mbit/s up. */
    CU_ASSERT(view.trees_rate_bytes_per_s > 0);
    CU_ASSERT(view.trees_rate_bytes_per_s <= 6.25e6);
    ess_arena_fini(&arena);
    ess_scenario_free(scenario);
}

/* ---- what is written ------------------------------------------------------------------------- */

/* What `write` writes, to be freed. */
static char *written(
    const struct ess_plan_view *view, void (*write)(const struct ess_plan_view *view, FILE *out)) {
    FILE *file = tmpfile();
    char *bytes = calloc(1, TEXT_MOST);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    write(view, file);
    rewind(file);
    CU_ASSERT(fread(bytes, 1, TEXT_MOST - 1, file) > 0);
    fclose(file);
    return bytes;
}

static uint32_t occurrences(const char *bytes, const char *word) {
    uint32_t count = 0;
    for (const char *at = strstr(bytes, word); at; at = strstr(at + 1, word)) {
        count++;
    }
    return count;
}

static void text_and_drawing_have_all(void) {
    static const char *const said[] = {"ring in the order \"bottleneck\" (followed by ring)",
        "slowest hop: ", "packed trees (an alternative, not followed by ring)",
        "shares of a butterfly", "level 1: [1-2] [3-4]", "no prediction: ", "open_mpi",
        "Not known: links that", "together "};
    struct ess_scenario *scenario = variant(0);
    struct ess_plan_view view;
    struct ess_arena arena;
    char *bytes;
    ess_arena_init(&arena, 0);
    ess_plan_view_init(&view, scenario, &arena);
    bytes = written(&view, ess_plan_print);
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        CU_ASSERT(strstr(bytes, said[i]) != NULL);
        if (!strstr(bytes, said[i])) {
            ess_test_note("it does not say \"%s\" but:\n%s", said[i], bytes);
        }
    }
    free(bytes);
    bytes = written(&view, ess_plan_svg);
    /* Every hop of the ring and of each tree, every machine in each panel, and what XML asks for.
     */
    CU_ASSERT_EQUAL(occurrences(bytes, "marker-end"), MACHINES);
    CU_ASSERT_EQUAL(occurrences(bytes, "fill=\"none\""),
        MACHINES + view.group.layout->tree_count * (MACHINES - 1));
    CU_ASSERT_EQUAL(occurrences(bytes, "<circle"), (1 + view.group.layout->tree_count) * MACHINES);
    CU_ASSERT_EQUAL(occurrences(bytes, "url(#slowest)"), 1);
    CU_ASSERT(occurrences(bytes, "b&lt;&amp;/1") > 0);
    CU_ASSERT_EQUAL(occurrences(bytes, "b<"), 0);
    CU_ASSERT_EQUAL(occurrences(bytes, "</svg>"), 1);
    free(bytes);
    ess_arena_fini(&arena);
    ess_scenario_free(scenario);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"a run builds what is shown", a_run_builds_what_is_shown},
        {"figures are right", figures_are_right},
        {"text and drawing have all", text_and_drawing_have_all},
        {NULL, NULL},
    };
    return ess_test_main("plan", tests);
}
