/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/results_print.h"

#include <math.h>
#include <string.h>

#include "analysis/csv_text.h"
#include "analysis/human_units.h"
#include "analysis/json_writer.h"
#include "analysis/number_text.h"
#include "analysis/text_width.h"

#define CONFIDENCE 0.95

struct printing {
    const struct ess_results_view *view;
    const struct ess_sweep *sweep;
    const struct ess_sweep_table *table;
    const struct ess_sweep_groups *groups;
    struct ess_store *store;
};

/* Texts in rows and columns; NULL is an empty cell. */
struct grid {
    size_t rows, columns;
    const char **cells;
};

static struct grid grid_new(struct printing *printing, size_t rows, size_t columns) {
    struct grid grid = {rows, columns, NULL};
    grid.cells = ess_store_take_array(printing->store, rows * columns + 1, sizeof *grid.cells);
    return grid;
}

static void put(struct grid *grid, size_t row, size_t column, const char *text) {
    grid->cells[row * grid->columns + column] = text;
}

static void print_grid_csv(const struct grid *grid, FILE *out) {
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        if (grid->cells[i]) {
            ess_csv_text(out, grid->cells[i]);
        }
        fputc((i + 1) % grid->columns == 0 ? '\n' : ',', out);
    }
}

static void print_grid_table(struct printing *printing, const struct grid *grid, FILE *out) {
    size_t *widths = ess_store_take_array(printing->store, grid->columns, sizeof *widths);
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        size_t width = grid->cells[i] ? ess_text_width(grid->cells[i]) : 0;
        widths[i % grid->columns] =
            width > widths[i % grid->columns] ? width : widths[i % grid->columns];
    }
    for (size_t i = 0; i < grid->rows * grid->columns; i++) {
        const char *text = grid->cells[i] ? grid->cells[i] : "";
        bool last = (i + 1) % grid->columns == 0;
        int gap = (int)(widths[i % grid->columns] - ess_text_width(text));
        fprintf(out, "%s%*s", text, last ? 0 : gap + 2, "");
        fputs(last ? "\n" : "", out);
    }
}

/* ---- texts ------------------------------------------------------------------------------------
 */

/* A value without its quotes. */
static const char *label(struct printing *printing, size_t key, size_t step) {
    const char *json = printing->sweep->axes[printing->groups->keys[key]].values[step];
    size_t length = strlen(json);
    return json[0] == '"' ? ess_store_print(printing->store, "%.*s", (int)length - 2, json + 1)
                          : json;
}

static const char *pointer(const struct printing *printing, size_t key) {
    return printing->sweep->axes[printing->groups->keys[key]].pointer;
}

static const char *number(struct printing *printing, double value) {
    char text[ESS_NUMBER_TEXT_BYTES];
    return isfinite(value) ? ess_store_text(printing->store, ess_number_text(value, text)) : NULL;
}

static const char *count_text(struct printing *printing, size_t count) {
    return ess_store_print(printing->store, "%zu", count);
}

static struct ess_statistics statistics(
    const struct printing *printing, size_t group, size_t metric) {
    return ess_statistics_of(ess_sweep_group_values(printing->groups, group, metric),
        printing->groups->replication_count, CONFIDENCE);
}

static const char *human(struct printing *printing, const char *unit, double value) {
    char text[64];
    if (!isfinite(value)) {
        return "-";
    }
    ess_human_text(unit, value, text, sizeof text);
    return ess_store_text(printing->store, text);
}

static const char *human_cell(struct printing *printing, size_t group, size_t metric) {
    const char *unit = printing->table->metrics[metric].unit;
    struct ess_statistics found = statistics(printing, group, metric);
    const char *mean = human(printing, unit, found.mean);
    return found.has_interval ? ess_store_print(printing->store, "%s +- %s", mean,
                                    human(printing, unit, found.half_width))
                              : mean;
}

/* ---- rows of groups ---------------------------------------------------------------------------
 */

static void put_keys(
    struct printing *printing, struct grid *grid, size_t row, size_t group, size_t keys) {
    for (size_t k = 0; k < keys; k++) {
        put(grid, row, k, label(printing, k, printing->groups->groups[group].steps[k]));
    }
}

static void put_heads(struct printing *printing, struct grid *grid, size_t keys,
    const char *const *heads, size_t count) {
    for (size_t k = 0; k < keys; k++) {
        put(grid, 0, k, pointer(printing, k));
    }
    for (size_t i = 0; i < count; i++) {
        put(grid, 0, keys + i, heads[i]);
    }
}

static void print_groups_table(struct printing *printing, FILE *out) {
    const struct ess_sweep_groups *groups = printing->groups;
    size_t keys = groups->key_count, metrics = printing->view->metric_count;
    struct grid grid = grid_new(printing, groups->count + 1, keys + 1 + metrics);
    put_heads(printing, &grid, keys, (const char *const[]){"points"}, 1);
    for (size_t m = 0; m < metrics; m++) {
        put(&grid, 0, keys + 1 + m, printing->table->metrics[printing->view->metrics[m]].name);
    }
    for (size_t g = 0; g < groups->count; g++) {
        const struct ess_sweep_group *group = &groups->groups[g];
        put_keys(printing, &grid, g + 1, g, keys);
        put(&grid, g + 1, keys,
            group->failed_count > 0 ? ess_store_print(printing->store, "%zu (%zu failed)",
                                          group->point_count, group->failed_count)
                                    : count_text(printing, group->point_count));
        for (size_t m = 0; m < metrics; m++) {
            put(&grid, g + 1, keys + 1 + m, human_cell(printing, g, printing->view->metrics[m]));
        }
    }
    print_grid_table(printing, &grid, out);
}

static void print_groups_csv(struct printing *printing, FILE *out) {
    static const char *const heads[] = {
        "points", "failed", "metric", "unit", "mean", "low", "high", "n"};
    enum { HEADS = sizeof heads / sizeof *heads };
    const struct ess_sweep_groups *groups = printing->groups;
    size_t keys = groups->key_count, metrics = printing->view->metric_count, row = 1;
    struct grid grid = grid_new(printing, groups->count * metrics + 1, keys + HEADS);
    put_heads(printing, &grid, keys, heads, HEADS);
    for (size_t i = 0; i < groups->count * metrics; i++, row++) {
        size_t g = i / metrics, m = printing->view->metrics[i % metrics];
        struct ess_statistics found = statistics(printing, g, m);
        put_keys(printing, &grid, row, g, keys);
        put(&grid, row, keys, count_text(printing, groups->groups[g].point_count));
        put(&grid, row, keys + 1, count_text(printing, groups->groups[g].failed_count));
        put(&grid, row, keys + 2, printing->table->metrics[m].name);
        put(&grid, row, keys + 3, printing->table->metrics[m].unit);
        put(&grid, row, keys + 4, number(printing, found.mean));
        put(&grid, row, keys + 5, number(printing, found.low));
        put(&grid, row, keys + 6, number(printing, found.high));
        put(&grid, row, keys + 7, count_text(printing, found.count));
    }
    print_grid_csv(&grid, out);
}

/* ---- the best ---------------------------------------------------------------------------------
 */

/* The groups from `first` on that differ from it in the last key alone. */
static size_t family_size(const struct ess_sweep_groups *groups, size_t first) {
    size_t bytes = (groups->key_count - 1) * sizeof(size_t), size = 1;
    while (first + size < groups->count &&
           memcmp(groups->groups[first].steps, groups->groups[first + size].steps, bytes) == 0) {
        size++;
    }
    return size;
}

static struct ess_sweep_best best_of(const struct printing *printing, size_t first, size_t size) {
    size_t metric = printing->view->metrics[0];
    bool lower = strcmp(printing->table->metrics[metric].better, "lower") == 0;
    return ess_sweep_groups_best(printing->groups, first, size, metric, lower, CONFIDENCE);
}

static const char *winner(struct printing *printing, size_t group) {
    size_t key = printing->groups->key_count - 1;
    return group == SIZE_MAX ? NULL
                             : label(printing, key, printing->groups->groups[group].steps[key]);
}

static void put_best(struct printing *printing, struct grid *grid, size_t row, size_t column,
    const struct ess_sweep_best *best) {
    const struct ess_statistics *difference = &best->paired.difference;
    const struct ess_sweep_metric *metric = &printing->table->metrics[printing->view->metrics[0]];
    bool exact = printing->view->format == ESS_RESULTS_CSV, second = best->second != SIZE_MAX;
    double numbers[4] = {NAN, NAN, NAN, NAN};
    put(grid, row, column, winner(printing, best->best));
    put(grid, row, column + 1, winner(printing, best->second));
    if (best->best != SIZE_MAX) {
        numbers[0] = statistics(printing, best->best, printing->view->metrics[0]).mean;
    }
    if (second) {
        numbers[1] = difference->mean;
        numbers[2] = difference->low;
        numbers[3] = difference->high;
    }
    for (size_t i = 0; i < 4; i++) {
        put(grid, row, column + 2 + i,
            exact ? number(printing, numbers[i]) : human(printing, metric->unit, numbers[i]));
    }
    put(grid, row, column + 6, second ? (best->paired.significant ? "yes" : "no") : NULL);
}

static void print_best(struct printing *printing, FILE *out) {
    static const char *const heads[] = {
        "best", "second", "mean", "difference", "low", "high", "decided"};
    enum { HEADS = sizeof heads / sizeof *heads };
    const struct ess_sweep_groups *groups = printing->groups;
    size_t keys = groups->key_count - 1, row = 1, size;
    struct grid grid = grid_new(printing, groups->count + 1, keys + HEADS);
    put_heads(printing, &grid, keys, heads, HEADS);
    for (size_t first = 0; first < groups->count; first += size, row++) {
        struct ess_sweep_best best;
        size = family_size(groups, first);
        best = best_of(printing, first, size);
        put_keys(printing, &grid, row, first, keys);
        put_best(printing, &grid, row, keys, &best);
    }
    grid.rows = row;
    if (printing->view->format == ESS_RESULTS_CSV) {
        print_grid_csv(&grid, out);
    } else {
        print_grid_table(printing, &grid, out);
    }
}

/* ---- pivot ------------------------------------------------------------------------------------
 */

static const char *pivot_cell(struct printing *printing, size_t first, size_t size) {
    size_t metric = printing->view->metrics[0];
    if (printing->view->best) {
        struct ess_sweep_best best = best_of(printing, first, size);
        const char *name = winner(printing, best.best);
        bool decided = best.second == SIZE_MAX || best.paired.significant;
        return name && !decided ? ess_store_print(printing->store, "%s?", name) : name;
    }
    if (printing->view->format == ESS_RESULTS_CSV) {
        return number(printing, statistics(printing, first, metric).mean);
    }
    return human_cell(printing, first, metric);
}

static void print_pivot(struct printing *printing, FILE *out) {
    const struct ess_sweep_groups *groups = printing->groups;
    const struct ess_sweep_axis *rows = &printing->sweep->axes[groups->keys[0]];
    const struct ess_sweep_axis *columns = &printing->sweep->axes[groups->keys[1]];
    struct grid grid = grid_new(printing, rows->count + 1, columns->count + 1);
    size_t size;
    put(&grid, 0, 0, ess_store_print(printing->store, "%s \\ %s", rows->pointer, columns->pointer));
    for (size_t i = 0; i < rows->count; i++) {
        put(&grid, i + 1, 0, label(printing, 0, i));
    }
    for (size_t i = 0; i < columns->count; i++) {
        put(&grid, 0, i + 1, label(printing, 1, i));
    }
    for (size_t first = 0; first < groups->count; first += size) {
        const size_t *steps = groups->groups[first].steps;
        size = printing->view->best ? family_size(groups, first) : 1;
        put(&grid, steps[0] + 1, steps[1] + 1, pivot_cell(printing, first, size));
    }
    if (printing->view->format == ESS_RESULTS_CSV) {
        print_grid_csv(&grid, out);
        return;
    }
    print_grid_table(printing, &grid, out);
    if (printing->view->best) {
        fputs("A \"?\" marks a difference to the second best that may be chance.\n", out);
    }
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static void write_key(
    const struct printing *printing, struct ess_json_writer *json, size_t group, size_t key) {
    const struct ess_sweep_axis *axis = &printing->sweep->axes[printing->groups->keys[key]];
    ess_json_raw(json, axis->values[printing->groups->groups[group].steps[key]]);
}

static void write_choices(
    const struct printing *printing, struct ess_json_writer *json, size_t group, size_t keys) {
    ess_json_key(json, "choices");
    ess_json_open(json, '{', true);
    for (size_t k = 0; k < keys; k++) {
        ess_json_key(json, pointer(printing, k));
        write_key(printing, json, group, k);
    }
    ess_json_close(json);
}

static void write_statistics(
    struct ess_json_writer *json, const char *unit, const struct ess_statistics *found) {
    ess_json_open(json, '{', true);
    ess_json_key(json, "unit");
    ess_json_string(json, unit);
    ess_json_key(json, "mean");
    ess_json_number(json, found->mean);
    ess_json_key(json, "ci95");
    ess_json_open(json, '[', true);
    ess_json_number(json, found->low);
    ess_json_number(json, found->high);
    ess_json_close(json);
    ess_json_key(json, "n");
    ess_json_unsigned(json, found->count);
    ess_json_close(json);
}

static void write_group(
    const struct printing *printing, struct ess_json_writer *json, size_t group) {
    write_choices(printing, json, group, printing->groups->key_count);
    ess_json_key(json, "points");
    ess_json_unsigned(json, printing->groups->groups[group].point_count);
    ess_json_key(json, "failed");
    ess_json_unsigned(json, printing->groups->groups[group].failed_count);
    ess_json_key(json, "metrics");
    ess_json_open(json, '{', false);
    for (size_t i = 0; i < printing->view->metric_count; i++) {
        size_t metric = printing->view->metrics[i];
        struct ess_statistics found = statistics(printing, group, metric);
        ess_json_key(json, printing->table->metrics[metric].name);
        write_statistics(json, printing->table->metrics[metric].unit, &found);
    }
    ess_json_close(json);
}

static void write_best(
    const struct printing *printing, struct ess_json_writer *json, size_t first, size_t size) {
    const struct ess_sweep_metric *metric = &printing->table->metrics[printing->view->metrics[0]];
    struct ess_sweep_best best = best_of(printing, first, size);
    size_t keys = printing->groups->key_count - 1, winners[2] = {best.best, best.second};
    write_choices(printing, json, first, keys);
    ess_json_key(json, "metric");
    ess_json_string(json, metric->name);
    for (size_t i = 0; i < 2; i++) {
        struct ess_statistics found;
        ess_json_key(json, i == 0 ? "best" : "second");
        if (winners[i] == SIZE_MAX) {
            ess_json_null(json);
            continue;
        }
        found = statistics(printing, winners[i], printing->view->metrics[0]);
        ess_json_open(json, '{', true);
        ess_json_key(json, "value");
        write_key(printing, json, winners[i], keys);
        ess_json_key(json, "result");
        write_statistics(json, metric->unit, &found);
        ess_json_close(json);
    }
    if (best.second != SIZE_MAX) {
        ess_json_key(json, "difference");
        write_statistics(json, metric->unit, &best.paired.difference);
        ess_json_key(json, "decided");
        ess_json_boolean(json, best.paired.significant);
    }
}

static void print_json(const struct printing *printing, FILE *out) {
    struct ess_json_writer json;
    size_t size;
    ess_json_begin(&json, out);
    ess_json_open(&json, '[', false);
    for (size_t first = 0; first < printing->groups->count; first += size) {
        size = printing->view->best ? family_size(printing->groups, first) : 1;
        ess_json_open(&json, '{', false);
        if (printing->view->best) {
            write_best(printing, &json, first, size);
        } else {
            write_group(printing, &json, first);
        }
        ess_json_close(&json);
    }
    ess_json_close(&json);
    ess_json_end(&json);
}

void ess_results_print(const struct ess_results_view *view, const struct ess_sweep *sweep,
    const struct ess_sweep_table *table, const struct ess_sweep_groups *groups, FILE *out) {
    struct printing printing = {view, sweep, table, groups, ess_store_new()};
    if (view->format == ESS_RESULTS_JSON) {
        print_json(&printing, out);
    } else if (view->pivot) {
        print_pivot(&printing, out);
    } else if (view->best) {
        print_best(&printing, out);
    } else if (view->format == ESS_RESULTS_CSV) {
        print_groups_csv(&printing, out);
    } else {
        print_groups_table(&printing, out);
    }
    ess_store_free(printing.store);
}
