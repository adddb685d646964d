/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Worlds on networks that a scenario says in another way: the same network gives the same run, to
 * the bit, and a narrow one takes the time that its narrowest cable needs. */
#include "world_case.h"

struct run {
    double last_commit_s, wan_bytes, energy_j;
    uint64_t steps, events;
};

/* Run `text` with the first `from` replaced by `to`. */
static struct run run_edited(const char *text, const char *from, const char *to) {
    struct ess_world_options options = {.replication = 0};
    struct ess_world_outcome outcome;
    struct ess_trace_error error;
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    struct run run = {.steps = 0};
    const char *at = strstr(text, from);
    size_t bytes = strlen(text) + strlen(to) + 1;
    char *whole = malloc(bytes);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(whole, bytes, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(whole, strlen(whole), "w.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stdout);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    free(whole);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_FATAL(ess_world_run(scenario, &options, &outcome, &error));
    run = (struct run){
        outcome.last_commit_s, outcome.wan_bytes, outcome.energy_j, outcome.steps, outcome.events};
    ess_world_outcome_fini(&outcome);
    ess_scenario_free(scenario);
    return run;
}

static bool same(const struct run *a, const struct run *b) {
    return a->last_commit_s == b->last_commit_s && a->wan_bytes == b->wan_bytes &&
           a->energy_j == b->energy_j && a->steps == b->steps;
}

#define TREE(rate, delay)                                                                          \
    "{\"name\":\"s0\",\"network\":{\"template\":\"fat_tree\",\"children\":[2,2],\"parents\":"      \
    "[1,1],\"rate\":\"" rate "\",\"delay\":\"" delay "\"},"

/* Cables that never limit and take no time: nothing but events may differ. */
static void wide_tree(void) {
    struct world_case c = {.hosts = {4, 3}};
    char *text = world_text(&c);
    struct run plain = run_edited(text, "{\"name\":\"s0\",", "{\"name\":\"s0\",");
    struct run tree = run_edited(text, "{\"name\":\"s0\",", TREE("10 Tbit/s", "0 s"));
    CU_ASSERT_EQUAL(plain.steps, 4);
    CU_ASSERT(same(&plain, &tree));
    ess_test_note(
        "last commit %.9f s, %.0f bytes over the WAN", tree.last_commit_s, tree.wan_bytes);
    free(text);
}

/* A ring of four under two leaves: one flow each way over the cable between them. Each rank sends
 * 2 x 3/4 of 2 MB a step, at 10 Mbit/s: 2.4 s, where the access links would do it in 0.12 s. */
static void narrow_tree(void) {
    struct world_case c = {.hosts = {4}};
    char *text = world_text(&c);
    struct run plain = run_edited(text, "{\"name\":\"s0\",", "{\"name\":\"s0\",");
    struct run tree = run_edited(text, "{\"name\":\"s0\",", TREE("10 Mbit/s", "1 us"));
    double step_s = (tree.last_commit_s - plain.last_commit_s) / 4 + 0.12;
    ess_test_note("a step takes %.3f s more", step_s - 0.12);
    CU_ASSERT(step_s > 2.3 && step_s < 2.6);
    CU_ASSERT(tree.wan_bytes == 0 && plain.wan_bytes == 0);
    free(text);
}

/* A template in place of links, with a fault on one of them; and a direction that is slower. */
static void templates(void) {
    struct world_case c = {.hosts = {2, 2, 2},
        .faults =
            "[{\"at\":\"500 ms\",\"kind\":\"link_cut\",\"between\":[\"s2\",\"s1\"],\"for\":\"1 "
            "s\"}]"};
    char *text = world_text(&c), *begin = strstr(text, "\"links\":["), *end = strstr(begin, "]}");
    char links[1000];
    snprintf(links, sizeof links, "%.*s", (int)(end + 1 - begin), begin);
    struct run plain = run_edited(text, links, links);
    struct run mesh = run_edited(text, links,
        "\"templates\":[{\"shape\":\"full_mesh\",\"rate\":\"100 Mbit/s\",\"delay\":\"20 ms\"}]");
    struct run slow = run_edited(
        text, "\"delay\":\"20 ms\"}", "\"delay\":\"20 ms\",\"delay_backward\":\"80 ms\"}");
    CU_ASSERT(same(&plain, &mesh));
    CU_ASSERT(slow.last_commit_s > plain.last_commit_s);
    ess_test_note("last commit %.3f s, with one direction slower %.3f s", plain.last_commit_s,
        slow.last_commit_s);
    free(text);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"a tree that never limits", wide_tree},
        {"a tree that does", narrow_tree},
        {"templates, and a direction that is slower", templates},
        {NULL, NULL},
    };
    return ess_test_main("networks of worlds", tests);
}
