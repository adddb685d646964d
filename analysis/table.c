/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare.h"
#include "analysis/failures.h"
#include "analysis/headline.h"
#include "analysis/human_units.h"
#include "analysis/text_width.h"

enum {
    DEFAULT_WIDTH = 100,
    NAME_WIDTH_LIMIT = 32,
    TITLE_BYTES = 48,
    CELL_BYTES = 64,
    MARK_WIDTH = 2, /* "**" */
    GAP = 1         /* before a column, besides the room for marks */
};

struct column {
    size_t metric;
    char title[TITLE_BYTES];
    struct ess_human_unit unit;
    int decimals;
    size_t mean_width;
    size_t half_width; /* of the digits behind the sign; 0: no variant has an interval */
    size_t width;      /* of the whole column */
    struct ess_mark mark;
};

struct table {
    const struct ess_results *results;
    FILE *file;
    struct column *columns;
    size_t column_count;
    size_t name_width;
    size_t width;
    bool terminal;
};

static void make_title(const char *name, char title[TITLE_BYTES]) {
    size_t length = strlen(name);
    const char *share = "_share";
    if (length > strlen(share) && strcmp(name + length - strlen(share), share) == 0) {
        length -= strlen(share);
    }
    snprintf(title, TITLE_BYTES, "%.*s", (int)length, name);
    for (char *at = title; *at != '\0'; at++) {
        if (*at == '_') {
            *at = ' ';
        }
    }
}

/* A number of the column, in its unit and decimals; "-" where undefined. Very large ones, which no
 * unit has made small, in exponents. */
static void number_cell(const struct column *column, double value, char text[CELL_BYTES]) {
    double shown = value / column->unit.divisor;
    if (isnan(shown)) {
        snprintf(text, CELL_BYTES, "-");
    } else if (fabs(shown) >= 1e9) {
        snprintf(text, CELL_BYTES, "%.3e", shown);
    } else {
        snprintf(text, CELL_BYTES, "%.*f", column->decimals, shown);
    }
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

/* Unit and decimals suit the largest and the smallest mean other than zero. */
static void choose_unit(const struct ess_results *results, struct column *column) {
    double largest = 0;
    double smallest = INFINITY;
    for (size_t v = 0; v < results->variant_count; v++) {
        struct ess_statistics statistics = ess_compare_statistics(results, v, column->metric);
        double size = fabs(statistics.mean);
        if (isnan(size)) {
            continue;
        }
        largest = size > largest ? size : largest;
        smallest = size > 0 && size < smallest ? size : smallest;
    }
    const char *base_unit = results->metrics[column->metric].unit;
    column->unit = ess_human_unit_for(base_unit, largest);
    column->decimals =
        ess_human_decimals(smallest / column->unit.divisor, largest / column->unit.divisor);
    /* A count of one world is whole; its mean over several need not be. */
    if (strcmp(base_unit, "count") == 0 && results->replication_count == 1) {
        column->decimals = 0;
    }
}

static void measure(const struct ess_results *results, struct column *column) {
    char text[CELL_BYTES];
    column->mark = ess_compare_mark(results, column->metric);
    choose_unit(results, column);
    for (size_t v = 0; v < results->variant_count; v++) {
        struct ess_statistics statistics = ess_compare_statistics(results, v, column->metric);
        number_cell(column, statistics.mean, text);
        column->mean_width = larger(column->mean_width, strlen(text));
        if (statistics.has_interval) {
            number_cell(column, statistics.half_width, text);
            column->half_width = larger(column->half_width, strlen(text));
        }
    }
    size_t cell = column->mean_width + MARK_WIDTH;
    cell += column->half_width > 0 ? column->half_width + 3 : 0;
    column->width = larger(cell, ess_text_width(column->title) + MARK_WIDTH);
    column->width = larger(column->width, ess_text_width(column->unit.name) + MARK_WIDTH);
}

static void add_column(struct table *table, size_t metric, const char *title) {
    struct column *column = &table->columns[table->column_count++];
    *column = (struct column){.metric = metric};
    if (title == NULL) {
        make_title(table->results->metrics[metric].name, column->title);
    } else {
        snprintf(column->title, TITLE_BYTES, "%s", title);
    }
    measure(table->results, column);
}

static void choose_columns(struct table *table, const struct ess_table_style *style) {
    if (style == NULL || style->columns == NULL) {
        for (size_t m = 0; m < table->results->metric_count; m++) {
            add_column(table, m, NULL);
        }
        return;
    }
    for (size_t c = 0; c < style->column_count; c++) {
        size_t metric = ess_results_find_metric(table->results, style->columns[c].metric);
        if (metric < table->results->metric_count) {
            add_column(table, metric, style->columns[c].title);
        }
    }
}

static void choose_name_width(struct table *table) {
    table->name_width = strlen("variant");
    for (size_t v = 0; v < table->results->variant_count; v++) {
        size_t width = ess_text_width(table->results->variants[v].name);
        table->name_width = larger(table->name_width, width);
    }
    if (table->name_width > NAME_WIDTH_LIMIT) {
        table->name_width = NAME_WIDTH_LIMIT;
    }
}

/* The first column that no longer fits beside `first`; always at least one column a block. */
static size_t block_end(const struct table *table, size_t first) {
    size_t used = table->name_width;
    size_t end = first;
    while (end < table->column_count) {
        used += GAP + table->columns[end].width;
        if (end > first && used > table->width) {
            break;
        }
        end++;
    }
    return end;
}

/* Headers stand right-aligned over the numbers, so the room for marks stays free behind them. */
static void write_header(const struct table *table, size_t first, size_t end) {
    ess_text_left(table->file, "variant", table->name_width);
    for (size_t c = first; c < end; c++) {
        ess_text_right(
            table->file, table->columns[c].title, GAP + table->columns[c].width - MARK_WIDTH);
        fputs(c + 1 < end ? "  " : "\n", table->file);
    }
    ess_text_left(table->file, "", table->name_width);
    for (size_t c = first; c < end; c++) {
        ess_text_right(
            table->file, table->columns[c].unit.name, GAP + table->columns[c].width - MARK_WIDTH);
        fputs(c + 1 < end ? "  " : "\n", table->file);
    }
}

static void write_cell(
    const struct table *table, const struct column *column, size_t variant, bool last) {
    struct ess_statistics statistics =
        ess_compare_statistics(table->results, variant, column->metric);
    bool best = column->mark.best == variant;
    const char *mark = !best ? "" : column->mark.distinct ? "**" : "*";
    size_t tail = column->half_width > 0 ? column->half_width + 3 : 0;
    char text[CELL_BYTES];
    number_cell(column, statistics.mean, text);
    ess_text_right(table->file, "", GAP + column->width - MARK_WIDTH - tail - column->mean_width);
    fputs(best && table->terminal ? "\033[1m" : "", table->file);
    ess_text_right(table->file, text, column->mean_width);
    if (statistics.has_interval) {
        number_cell(column, statistics.half_width, text);
        fputs(" ± ", table->file);
        ess_text_right(table->file, text, column->half_width);
    } else if (!last || best) {
        ess_text_right(table->file, "", tail);
    }
    fputs(mark, table->file);
    fputs(best && table->terminal ? "\033[0m" : "", table->file);
    if (!last) {
        ess_text_right(table->file, "", MARK_WIDTH - strlen(mark));
    }
}

static void write_block(const struct table *table, size_t first, size_t end) {
    write_header(table, first, end);
    for (size_t v = 0; v < table->results->variant_count; v++) {
        ess_text_left(table->file, table->results->variants[v].name, table->name_width);
        for (size_t c = first; c < end; c++) {
            write_cell(table, &table->columns[c], v, c + 1 == end);
        }
        fputc('\n', table->file);
    }
}

/* Means over fewer worlds than the variant has good replications (the failed ones are listed
 * above), so that nobody compares them unawares. */
static void write_undefined(const struct table *table) {
    const struct ess_results *results = table->results;
    for (size_t v = 0; v < results->variant_count; v++) {
        size_t good = results->replication_count - ess_results_failed_count(results, v);
        for (size_t c = 0; c < table->column_count; c++) {
            struct ess_statistics statistics =
                ess_compare_statistics(results, v, table->columns[c].metric);
            if (statistics.count < good) {
                ess_text_wrapped_format(table->file, table->width, 2,
                    "! %s, %s: defined in %zu of %zu replications", results->variants[v].name,
                    table->columns[c].title, statistics.count, results->replication_count);
            }
        }
    }
}

static void write_legend(const struct table *table) {
    double percent = 100 * table->results->confidence;
    bool marked = false;
    bool interval = false;
    for (size_t c = 0; c < table->column_count; c++) {
        marked = marked || table->columns[c].mark.best < table->results->variant_count;
        interval = interval || table->columns[c].half_width > 0;
    }
    if (interval) {
        ess_text_wrapped_format(table->file, table->width, 2,
            "± half the %.4g %% confidence interval, %zu replications", percent,
            table->results->replication_count);
    } else if (table->results->replication_count == 1) {
        ess_text_wrapped_format(
            table->file, table->width, 2, "one replication: no confidence intervals");
    }
    if (marked && interval) {
        ess_text_wrapped_format(table->file, table->width, 2,
            "** best of its column, its interval disjoint from the runner-up's; * best mean, "
            "intervals overlap");
    } else if (marked) {
        ess_text_wrapped_format(table->file, table->width, 2, "* best of its column");
    }
}

bool ess_table_write(
    const struct ess_results *results, const struct ess_table_style *style, FILE *file) {
    struct table table = {.results = results, .file = file, .width = DEFAULT_WIDTH};
    size_t limit = results->metric_count;
    if (style != NULL) {
        table.width = style->width == 0 ? DEFAULT_WIDTH : style->width;
        table.terminal = style->terminal;
        limit = style->columns == NULL ? limit : style->column_count;
    }
    table.columns = calloc(limit + 1, sizeof table.columns[0]);
    if (table.columns == NULL) {
        return false;
    }
    choose_columns(&table, style);
    choose_name_width(&table);
    for (size_t first = 0; first < table.column_count;) {
        size_t end = block_end(&table, first);
        write_block(&table, first, end);
        fputc('\n', file);
        first = end;
    }
    ess_failures_write(results, table.width, file);
    write_undefined(&table);
    write_legend(&table);
    if (table.column_count > 0) {
        ess_headline_write(
            results, table.columns[0].metric, table.columns[0].title, table.width, file);
    }
    free(table.columns);
    return fflush(file) == 0 && ferror(file) == 0;
}
