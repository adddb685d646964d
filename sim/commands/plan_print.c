/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/plan_print.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "collective/selection.h"
#include "sim/scenario/units.h"

enum { LINES_MOST = 64, NAMES_MOST = 12 };

/* ---- words ----------------------------------------------------------------------------------- */

static const char *plural(uint64_t count) {
    return count == 1 ? "" : "s";
}

static void describe(
    double value, enum ess_dimension dimension, char text[ESS_QUANTITY_TEXT_BYTES]) {
    if (value == 0) {
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "0");
    } else if (!(value > 0) || isinf(value)) {
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "unknown");
    } else {
        ess_units_describe(value, dimension, text);
    }
}

static void print_cut(uint32_t count, FILE *out) {
    if (count > LINES_MOST) {
        fprintf(out, "  and %u more\n", count - LINES_MOST);
    }
}

static void print_title(
    const struct ess_plan_view *view, const char *title, uint32_t part, FILE *out) {
    fprintf(out, "\n%s (%s %s)\n", title,
        ess_plan_view_follows(view, part) ? "followed by" : "an alternative, not followed by",
        view->policies.plan->name);
}

/* ---- ring ------------------------------------------------------------------------------------ */

static void print_hop(const struct ess_plan_view *view, uint32_t place, FILE *out) {
    uint32_t from = view->ring[place], to = ess_plan_view_next(view, place);
    char rate[ESS_QUANTITY_TEXT_BYTES], delay[ESS_QUANTITY_TEXT_BYTES];
    describe(ess_plan_view_rate(view, from, to), ESS_DIMENSION_RATE, rate);
    describe((double)ess_plan_view_delay_ns(view, from, to), ESS_DIMENSION_TIME, delay);
    fprintf(out, "%-16s -> %-16s %12s %10s\n", ess_plan_view_name(view, &view->group, from),
        ess_plan_view_name(view, &view->group, to), rate, delay);
}

static void print_rings(const struct ess_plan_view *view, FILE *out) {
    char rate[ESS_QUANTITY_TEXT_BYTES], delay[ESS_QUANTITY_TEXT_BYTES];
    fprintf(out, "  %-12s %18s %18s\n", "by order", "slowest hop", "delay once around");
    for (uint32_t i = 0; i < view->ring_count; i++) {
        const struct ess_plan_ring *ring = &view->rings[i];
        describe(ring->slowest_bytes_per_s, ESS_DIMENSION_RATE, rate);
        describe((double)ring->around_ns, ESS_DIMENSION_TIME, delay);
        fprintf(out, "  %-12s %18s %18s%s\n", ring->type->name, rate, delay,
            ring->type == view->policies.order ? "  the scenario's" : "");
    }
}

static void print_ring(const struct ess_plan_view *view, FILE *out) {
    uint32_t n = view->group.size;
    char title[128];
    snprintf(title, sizeof title, "ring in the order \"%s\"", view->policies.order->name);
    print_title(view, title, ESS_LAYOUT_ORDER, out);
    for (uint32_t place = 0; place < n && place < LINES_MOST; place++) {
        fputs("  ", out);
        print_hop(view, place, out);
    }
    print_cut(n, out);
    fputs("  slowest hop: ", out);
    print_hop(view, view->slowest_hop, out);
    print_rings(view, out);
}

/* ---- trees ----------------------------------------------------------------------------------- */

/* Hops from the farthest rank to the root. O(n depth). */
static uint32_t depth_of(const struct ess_tree *tree, uint32_t count) {
    uint32_t deepest = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        uint32_t depth = 0;
        for (uint32_t at = rank; tree->parent[at] != ESS_NONE; at = tree->parent[at]) {
            depth++;
        }
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

static void print_children(
    const struct ess_plan_view *view, const struct ess_tree *tree, FILE *out) {
    uint32_t count = view->group.size, shown = 0;
    for (uint32_t rank = 0; rank < count; rank++) {
        uint32_t first = tree->child_first[rank], end = tree->child_first[rank + 1];
        if (first == end || shown++ >= LINES_MOST) {
            continue;
        }
        fprintf(out, "    %s <-", ess_plan_view_name(view, &view->group, rank));
        for (uint32_t i = first; i < end && i < first + NAMES_MOST; i++) {
            fprintf(out, " %s", ess_plan_view_name(view, &view->group, tree->children[i]));
        }
        fputs(end - first > NAMES_MOST ? " ...\n" : "\n", out);
    }
    print_cut(shown, out);
}

static void print_trees(const struct ess_plan_view *view, FILE *out) {
    const struct ess_layout *layout = view->group.layout;
    char rate[ESS_QUANTITY_TEXT_BYTES], time[ESS_QUANTITY_TEXT_BYTES];
    double together = view->trees_rate_bytes_per_s;
    print_title(view, "packed trees", ESS_LAYOUT_TREES, out);
    for (uint32_t t = 0; t < layout->tree_count; t++) {
        const struct ess_tree *tree = &layout->trees[t];
        uint32_t depth = depth_of(tree, view->group.size);
        fprintf(out, "  tree %u: %.1f %% of the vector, root %s, %u hop%s deep; children:\n", t + 1,
            100.0 * tree->share / ESS_SHARE_WHOLE,
            ess_plan_view_name(view, &view->group, tree->root), depth, plural(depth));
        print_children(view, tree, out);
    }
    describe(together, ESS_DIMENSION_RATE, rate);
    if (together > 0) {
        describe(1e9 * (double)view->size_bytes / together, ESS_DIMENSION_TIME, time);
        fprintf(out,
            "  together %s of the vector where all lines are full: %s, and delays on top\n", rate,
            time);
    }
}

/* ---- shares, sites, levels ------------------------------------------------------------------- */

static void print_shares(const struct ess_plan_view *view, FILE *out) {
    const uint32_t *shares = view->group.layout->shares;
    print_title(view, "shares of a butterfly", ESS_LAYOUT_SHARES, out);
    for (uint32_t rank = 0; rank < view->group.size && rank < LINES_MOST; rank++) {
        fprintf(out, "  %-16s %6.2f %%\n", ess_plan_view_name(view, &view->group, rank),
            100.0 * shares[rank] / ESS_SHARE_WHOLE);
    }
    print_cut(view->group.size, out);
}

/* Spans of a level as ranges of sites. `first_site` holds the first site of each span of the level
 * below, and one more entry behind the last; it becomes that of this level. */
static void print_level(
    const struct ess_level *level, uint32_t number, uint32_t *first_site, FILE *out) {
    fprintf(out, "  level %u:", number);
    for (uint32_t i = 0; i < level->count; i++) {
        const struct ess_site_span *span = &level->spans[i];
        uint32_t first = first_site[span->first], end = first_site[span->first + span->count];
        if (i < LINES_MOST) {
            fprintf(out, end - first > 1 ? " [%u-%u]" : " [%u]", first + 1, end);
        }
        first_site[i] = first;
        if (i + 1 == level->count) {
            first_site[i + 1] = end;
        }
    }
    fputs(level->count > LINES_MOST ? " ...\n" : "\n", out);
}

static void print_sites(const struct ess_plan_view *view, FILE *out) {
    const struct ess_group *group = &view->levels;
    uint32_t *first_site = calloc(group->site_count + 1, sizeof *first_site);
    if (!first_site) {
        ess_out_of_memory(group->site_count + 1, sizeof *first_site);
    }
    print_title(view, "sites and levels", ESS_LAYOUT_LEVELS, out);
    fprintf(out, "  sites are %s\n",
        view->policies.peer.find_sites ? "found from delays" : "as the scenario tells them");
    for (uint32_t site = 0; site < group->site_count; site++) {
        const struct ess_site_span *span = &group->sites[site];
        first_site[site] = site;
        if (site >= LINES_MOST) {
            continue;
        }
        fprintf(out, "  site %u:", site + 1);
        for (uint32_t i = 0; i < span->count && i < NAMES_MOST; i++) {
            fprintf(out, " %s", ess_plan_view_name(view, group, span->first + i));
        }
        fputs(span->count > NAMES_MOST ? " ...\n" : "\n", out);
    }
    print_cut(group->site_count, out);
    first_site[group->site_count] = group->site_count;
    for (uint32_t i = 0; i < group->layout->level_count; i++) {
        print_level(&group->layout->levels[i], i + 1, first_site, out);
    }
    if (group->layout->level_count == 0) {
        fputs("  no level above the sites: delays do not group them\n", out);
    }
    free(first_site);
}

/* ---- predictions and selections -------------------------------------------------------------- */

static bool is_candidate(const char *plan) {
    for (const struct ess_cost_candidate *c = ess_cost_candidates; c->plan; c++) {
        if (strcmp(c->plan, plan) == 0) {
            return true;
        }
    }
    return false;
}

static void print_unpredicted(FILE *out) {
    const char *before = "  no prediction:";
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        if (!is_candidate(ess_plan_registry[i]->name)) {
            fprintf(out, "%s %s", before, ess_plan_registry[i]->name);
            before = ",";
        }
    }
    fputs("\n", out);
}

static void print_prediction(const struct ess_plan_view *view,
    const struct ess_cost_candidate *candidate, double least_s, FILE *out) {
    double seconds = ess_plan_view_predict(view, candidate->plan);
    char text[ESS_QUANTITY_TEXT_BYTES];
    if (!(candidate->primitives & ESS_PRIMITIVE_BIT(view->by_rank.primitive))) {
        snprintf(text, sizeof text, "no prediction of this operation");
    } else if (isfinite(seconds)) {
        describe(1e9 * seconds, ESS_DIMENSION_TIME, text);
    } else {
        snprintf(text, sizeof text, "does not reach everybody");
    }
    fprintf(out, "  %-20s %12s%s%s\n", candidate->plan, text, seconds == least_s ? "  least" : "",
        strcmp(candidate->plan, view->policies.plan->name) == 0 ? "  the scenario's" : "");
}

static void print_predictions(const struct ess_plan_view *view, FILE *out) {
    double least_s = INFINITY;
    for (const struct ess_cost_candidate *c = ess_cost_candidates; c->plan; c++) {
        double seconds = ess_plan_view_predict(view, c->plan);
        least_s = seconds < least_s ? seconds : least_s;
    }
    if (isinf(least_s)) {
        least_s = -1; /* no prediction is the least */
    }
    fputs("\npredicted time of each plan, one operation alone\n", out);
    for (const struct ess_cost_candidate *c = ess_cost_candidates; c->plan; c++) {
        print_prediction(view, c, least_s, out);
    }
    print_unpredicted(out);
    fputs("  ring and chain in the ring's order above; a butterfly's shares taken as equal\n", out);
}

/* Settings of a selection: the scenario's; of another its defaults, and segments as long as the
 * executor's. */
static void *selection_settings(
    const struct ess_plan_view *view, const struct ess_selection_type *type) {
    void *settings = calloc(1, type->settings_bytes + 1);
    if (!settings) {
        ess_out_of_memory(1, type->settings_bytes + 1);
    }
    if (type == view->chooser.selection) {
        if (type->settings_bytes > 0) {
            memcpy(settings, view->chooser.settings, type->settings_bytes);
        }
        return settings;
    }
    ess_parameters_set_defaults(type->parameters, settings);
    for (const struct ess_parameter *p = type->parameters; p && p->key; p++) {
        if (strcmp(p->key, "segment") == 0 && view->cost.segment_bytes > 0) {
            ess_parameter_set(p, (double)view->cost.segment_bytes, settings);
        }
    }
    return settings;
}

/* As a run asks, which tells a policy nothing of the network; and where that is another answer, as
 * one who knew the pairs. */
static void print_selections(const struct ess_plan_view *view, FILE *out) {
    struct ess_selection_query untold = view->by_rank;
    untold.delays_s = untold.byte_s = NULL;
    fputs("\nwhat the selection policies would pick in a run, where they are told no pair\n", out);
    for (size_t i = 0; ess_selection_registry[i]; i++) {
        const struct ess_selection_type *type = ess_selection_registry[i];
        void *settings = selection_settings(view, type);
        const char *plan = type->select(settings, &untold);
        const char *told = type->select(settings, &view->by_rank);
        fprintf(out, "  %-12s %s%s", type->name, plan ? plan : "no rule",
            type == view->chooser.selection ? "  the scenario's" : "");
        if (told && (!plan || strcmp(told, plan) != 0)) {
            fprintf(out, "  told these pairs: %s", told);
        }
        fputc('\n', out);
        free(settings);
    }
    fputs("  no rule: the scenario's plan does it; pairs are told in the order of ranks\n", out);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static void print_head(const struct ess_plan_view *view, FILE *out) {
    const struct ess_scenario *scenario = view->scenario;
    char size[ESS_QUANTITY_TEXT_BYTES];
    bool exact = view->size_bytes > 0;
    if (exact) {
        ess_units_format((double)view->size_bytes, ESS_DIMENSION_SIZE, size);
    }
    fprintf(out, "%s, variant \"%s\": %u machine%s of %zu site%s\n", scenario->path,
        scenario->variant_name, view->group.size, plural(view->group.size), scenario->site_count,
        plural(scenario->site_count));
    fprintf(out, "operation: %s of %s, %u at once; plan %s\n",
        ess_primitive_name(view->job.collective.primitive), exact ? size : "nothing",
        view->job.buckets, view->policies.plan->name);
    fputs("From the declared truth about each pair alone, with every machine there. Not known: "
          "links that\npairs share, other traffic, loss, links that change, faults. Nothing was "
          "run.\n",
        out);
}

void ess_plan_print(const struct ess_plan_view *view, FILE *out) {
    print_head(view, out);
    print_ring(view, out);
    print_trees(view, out);
    print_shares(view, out);
    print_sites(view, out);
    print_predictions(view, out);
    print_selections(view, out);
}
