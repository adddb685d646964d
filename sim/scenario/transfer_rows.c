/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/transfer_rows.h"

#include <inttypes.h>
#include <string.h>

#include "models/availability/source.h"
#include "models/availability/text.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/nearest.h"

#define COLUMNS_MAX 32

struct table {
    struct ess_reader *reader;
    const struct ess_scenario *scenario;
    struct ess_scenario_transfers *service;
    struct ess_trace_source source;
    struct ess_trace_error error;
    const struct ess_field *columns[COLUMNS_MAX];
    int column_count; /* 0: the header has not been seen */
    size_t capacity;  /* of the service's list */
};

static void complain(
    struct table *table, const char *found, const char *expected, const char *nearest) {
    char line[32];
    snprintf(line, sizeof line, "%" PRId64, table->source.line_number);
    ess_diagnostics_add(
        table->reader->diagnostics, table->error.file, line, expected, found, nearest, NULL);
    table->reader->errors++;
}

static const char *quoted(struct table *table, struct ess_text text) {
    return ess_store_print(table->reader->store, "\"%.*s\"", (int)text.bytes, text.at);
}

static const char *cell_text(struct table *table, struct ess_text cell) {
    return ess_store_print(table->reader->store, "%.*s", (int)cell.bytes, cell.at);
}

/* ---- The header ---- */

static const struct ess_field *find_column(struct table *table, struct ess_text cell) {
    const char *names[COLUMNS_MAX], *wanted = cell_text(table, cell);
    size_t count = 0;
    for (const struct ess_field *f = ess_transfer_schema.fields; f->key; f++) {
        if (strcmp(f->key, wanted) == 0)
            return f;
        names[count++] = f->key;
    }
    complain(table, quoted(table, cell), "a column named after a key of a transfer",
        ess_name_nearest(wanted, names, count));
    return NULL;
}

static bool take_header(struct table *table, const struct ess_text *cells, int count) {
    if (count > COLUMNS_MAX) {
        complain(table, "more", "at most 32 columns", NULL);
        return false;
    }
    for (int i = 0; i < count; i++) {
        table->columns[i] = find_column(table, cells[i]);
        if (table->columns[i] == NULL)
            return false;
        for (int k = 0; k < i; k++)
            if (table->columns[k] == table->columns[i]) {
                complain(table, quoted(table, cells[i]), "a column only once", NULL);
                return false;
            }
    }
    table->column_count = count;
    return true;
}

/* ---- Rows ---- */

/* A cell as the JSON value it stands for: a number where the key takes one, else text. */
static struct ess_tree *cell_tree(
    struct table *table, const struct ess_field *column, struct ess_text cell) {
    const char *text = cell_text(table, cell);
    size_t digits = strspn(text, "0123456789");
    if (column->kind == ESS_FIELD_INTEGER && digits > 0 && digits < 16 && text[digits] == '\0' &&
        (text[0] != '0' || digits == 1))
        return ess_tree_parse(text, digits, table->error.file, table->reader->diagnostics);
    return ess_tree_new_string(text);
}

static struct ess_scenario_transfer *add_transfer(struct table *table) {
    struct ess_scenario_transfers *service = table->service;
    if (service->list_count == table->capacity) {
        size_t capacity = 2 * table->capacity + 16;
        struct ess_scenario_transfer *larger =
            ess_store_take_array(table->reader->store, capacity, sizeof *larger);
        if (service->list_count > 0)
            memcpy(larger, service->list, service->list_count * sizeof *larger);
        service->list = larger;
        table->capacity = capacity;
    }
    return &service->list[service->list_count++];
}

/* The row is read by the table of a transfer, so that a file and a list have the same rules; what
 * is wrong is told at "file:line/key". */
static void take_row(struct table *table, const struct ess_text *cells) {
    struct ess_store *store = table->reader->store;
    struct ess_tree *row = ess_tree_new_object();
    struct ess_origins origins;
    struct ess_reader reader = *table->reader;
    struct ess_scenario_transfer *transfer = add_transfer(table);
    ess_origins_init(&origins, store);
    ess_origins_add(&origins, "", table->error.file,
        ess_store_print(store, "%" PRId64, table->source.line_number));
    reader.origins = &origins;
    for (int i = 0; i < table->column_count; i++)
        if (cells[i].bytes > 0)
            ess_tree_put(
                row, table->columns[i]->key, cell_tree(table, table->columns[i], cells[i]));
    if (ess_schema_read(&reader, &ess_transfer_schema, NULL, row, transfer) &&
        table->scenario != NULL)
        ess_transfer_check(&reader, table->scenario, "", transfer);
    table->reader->errors = reader.errors;
    ess_tree_free(row);
}

/* False when reading must not go on. */
static bool take_line(struct table *table, const char *line, int64_t bytes) {
    struct ess_text cells[COLUMNS_MAX];
    int count;
    if (ess_text_trim(line, bytes).bytes == 0 || line[0] == '#')
        return true;
    if (!ess_text_is_plain(line, bytes)) {
        complain(table, "control characters or broken UTF-8", "text", NULL);
        return false;
    }
    count = ess_text_split(line, bytes, ',', cells, COLUMNS_MAX);
    if (table->column_count == 0)
        return take_header(table, cells, count);
    if (count != table->column_count) {
        complain(table, ess_store_print(table->reader->store, "%d", count),
            ess_store_print(
                table->reader->store, "%d cells, as in the header", table->column_count),
            NULL);
        return true;
    }
    if (table->service->list_count >= ESS_TRANSFERS_MAX) {
        complain(table, "more", "at most 100000 transfers of a service", NULL);
        return false;
    }
    take_row(table, cells);
    return true;
}

static void read_lines(struct table *table) {
    const char *line;
    int64_t bytes;
    size_t before = table->service->list_count;
    while ((bytes = ess_trace_source_line(&table->source, &line)) >= 0) {
        if (!take_line(table, line, bytes))
            return;
        if (table->reader->diagnostics->more)
            return; /* enough has been said */
    }
    if (bytes != -1)
        complain(table, table->error.found, table->error.expected, NULL);
    else if (table->source.truncated)
        complain(table, "a file that stops in the middle",
            "a whole file, whose last line ends with a line feed", NULL);
    else if (table->service->list_count == before)
        complain(table, "no row", "a header and at least one transfer", NULL);
}

static struct table *new_table(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *name, struct ess_scenario_transfers *service) {
    struct table *table = ess_store_take(reader->store, sizeof *table);
    table->reader = reader;
    table->scenario = scenario;
    table->service = service;
    table->capacity = service->list_count;
    snprintf(table->error.file, sizeof table->error.file, "%s", name);
    return table;
}

void ess_transfer_rows_read(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *path, struct ess_scenario_transfers *service) {
    struct table *table = new_table(reader, scenario, path, service);
    if (ess_trace_source_open(&table->source, path, &table->error) != 0) {
        complain(table, table->error.found, table->error.expected, NULL);
        return;
    }
    read_lines(table);
    ess_trace_source_close(&table->source);
    service->file = NULL;
}

void ess_transfer_rows_read_memory(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *name, const void *bytes, int64_t byte_count,
    struct ess_scenario_transfers *service) {
    struct table *table = new_table(reader, scenario, name, service);
    ess_trace_source_open_memory(&table->source, bytes, byte_count, &table->error);
    read_lines(table);
    service->file = NULL;
}
