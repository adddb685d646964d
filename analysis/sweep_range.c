/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/sweep_range.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"
#include "sim/scenario/units.h"

/* One end: number x factor in base units, `unit` as written ("" for a bare number). */
struct end {
    double number, factor;
    enum ess_dimension dimension;
    const char *unit;
    const char *json;
};

struct range {
    struct end from, to;
    double steps;
    bool logarithmic;
};

struct fault {
    const char *member, *expected, *found, *nearest;
};

static bool fail(struct fault *fault, const char *member, const char *expected, const char *found) {
    *fault = (struct fault){member, expected, found, NULL};
    return false;
}

static const char *json_of(const struct ess_tree *node, struct ess_store *store) {
    char *printed = ess_tree_print(node);
    const char *kept = ess_store_text(store, printed);
    free(printed);
    return kept;
}

/* The unit's value in base units: what "1 unit" is. */
static bool read_quantity(struct end *end, const char *text, struct ess_store *store) {
    char *rest;
    const char *nearest;
    double value;
    end->number = strtod(text, &rest);
    while (*rest == ' ') {
        rest++;
    }
    end->unit = ess_store_text(store, rest);
    return ess_units_parse_any(text, &end->dimension, &value, &nearest) == ESS_UNITS_OK &&
           ess_units_parse_any(ess_store_print(store, "1 %s", rest), &end->dimension, &end->factor,
               &nearest) == ESS_UNITS_OK;
}

static bool read_end(const struct ess_tree *range, const char *member, struct ess_store *store,
    struct end *end, struct fault *fault) {
    static const char *const expected = "a number, or a quantity with its unit such as \"10 ms\"";
    const struct ess_tree *node = ess_tree_member(range, member);
    if (!node) {
        return fail(fault, "", ess_store_print(store, "a member \"%s\"", member), "none");
    }
    *end = (struct end){.factor = 1, .dimension = ESS_DIMENSION_NUMBER, .unit = ""};
    end->json = json_of(node, store);
    if (ess_tree_kind(node) == ESS_TREE_NUMBER) {
        end->number = ess_tree_number(node);
        return true;
    }
    if (ess_tree_kind(node) != ESS_TREE_STRING ||
        !read_quantity(end, ess_tree_string(node), store)) {
        return fail(fault, member, expected, end->json);
    }
    return true;
}

static bool check_members(
    const struct ess_tree *range, struct ess_store *store, struct fault *fault) {
    static const char *const names[] = {"from", "to", "steps", "scale"};
    for (const struct ess_tree *node = ess_tree_first(range); node; node = ess_tree_next(node)) {
        const char *key = ess_tree_key(node);
        size_t i = 0;
        while (i < 4 && strcmp(key, names[i]) != 0) {
            i++;
        }
        if (i == 4) {
            fail(fault, ess_store_text(store, key), "a key of a range: from, to, steps or scale",
                ess_store_print(store, "\"%s\"", key));
            fault->nearest = ess_name_nearest(key, names, 4);
            return false;
        }
    }
    return true;
}

static bool read_steps(const struct ess_tree *range, struct ess_store *store, struct range *made,
    struct fault *fault) {
    const struct ess_tree *node = ess_tree_member(range, "steps");
    if (!node) {
        return fail(fault, "", "a member \"steps\"", "none");
    }
    made->steps = ess_tree_kind(node) == ESS_TREE_NUMBER ? ess_tree_number(node) : NAN;
    if (!(made->steps >= 1) || made->steps != floor(made->steps)) {
        return fail(fault, "steps", "a whole number of at least 1", json_of(node, store));
    }
    if (made->steps > ESS_SWEEP_STEPS_MAX) {
        return fail(fault, "steps", ess_store_print(store, "at most %d", ESS_SWEEP_STEPS_MAX),
            json_of(node, store));
    }
    return true;
}

static bool read_scale(const struct ess_tree *range, struct ess_store *store, struct range *made,
    struct fault *fault) {
    const struct ess_tree *node = ess_tree_member(range, "scale");
    const char *text = node && ess_tree_kind(node) == ESS_TREE_STRING ? ess_tree_string(node) : "";
    made->logarithmic = strcmp(text, "log") == 0;
    if (node && !made->logarithmic && strcmp(text, "linear") != 0) {
        return fail(fault, "scale", "\"linear\" or \"log\"", json_of(node, store));
    }
    return true;
}

static bool check_range(const struct range *range, struct ess_store *store, struct fault *fault) {
    double from = range->from.number * range->from.factor, to = range->to.number * range->to.factor;
    if (range->from.dimension != range->to.dimension) {
        return fail(fault, "to",
            ess_store_print(
                store, "a %s as \"from\" is", ess_dimension_name(range->from.dimension)),
            range->to.json);
    }
    if (range->logarithmic && !(from > 0 && to > 0)) {
        return fail(fault, "", "positive ends on a logarithmic scale",
            ess_store_print(store, "%s to %s", range->from.json, range->to.json));
    }
    if (range->steps == 1 ? from != to : from == to) {
        return fail(fault, "", "one step where the ends are equal, else at least two",
            ess_store_print(
                store, "%.0f steps from %s to %s", range->steps, range->from.json, range->to.json));
    }
    return true;
}

static const char *value_at(const struct range *range, size_t step, struct ess_store *store) {
    double part = (double)step / (range->steps - 1);
    double from = range->from.number, to = range->to.number * range->to.factor / range->from.factor;
    double value = range->logarithmic ? from * pow(to / from, part) : from + (to - from) * part;
    int digits = range->logarithmic ? 6 : 12;
    char number[ESS_QUANTITY_TEXT_BYTES], text[ESS_QUANTITY_TEXT_BYTES];
    snprintf(text, sizeof text, "%.*g", digits, value);
    ess_units_format_number(strtod(text, NULL), number);
    return range->from.unit[0] ? ess_store_print(store, "\"%s %s\"", number, range->from.unit)
                               : ess_store_text(store, number);
}

static bool read_range(const struct ess_tree *tree, struct ess_store *store, struct range *range,
    struct fault *fault) {
    return check_members(tree, store, fault) &&
           read_end(tree, "from", store, &range->from, fault) &&
           read_end(tree, "to", store, &range->to, fault) &&
           read_steps(tree, store, range, fault) && read_scale(tree, store, range, fault) &&
           check_range(range, store, fault);
}

const char **ess_sweep_range_values(const struct ess_tree *tree, struct ess_store *store,
    size_t *count, const char **member, const char **expected, const char **found,
    const char **nearest) {
    struct range range;
    struct fault fault = {NULL, NULL, NULL, NULL};
    const char **values;
    if (!read_range(tree, store, &range, &fault)) {
        *member = fault.member;
        *expected = fault.expected;
        *found = fault.found;
        *nearest = fault.nearest;
        return NULL;
    }
    *count = (size_t)range.steps;
    values = ess_store_take_array(store, *count, sizeof *values);
    for (size_t i = 0; i < *count; i++) {
        values[i] = i == 0            ? range.from.json
                    : i + 1 == *count ? range.to.json
                                      : value_at(&range, i, store);
    }
    return values;
}
