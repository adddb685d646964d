/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/validation/reference_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char header[] =
    "hash,family,metric,tool,version,profile,median,lower,upper,runs,discarded,base_rtt_ms\n";

enum { FIELDS = 12 };

int ess_reference_table_add(struct ess_reference_table *table, const struct ess_reference *row) {
    if (table->count == table->room) {
        size_t room = table->room ? 2 * table->room : 256;
        struct ess_reference *rows = realloc(table->rows, room * sizeof *rows);
        if (!rows) {
            return -1;
        }
        table->rows = rows;
        table->room = room;
    }
    table->rows[table->count++] = *row;
    return 0;
}

/* Cut at commas, in place. Returns how many fields there are. */
static uint32_t split(char *line, char *fields[FIELDS]) {
    uint32_t count = 0;
    line[strcspn(line, "\r\n")] = 0;
    for (char *at = line; at; count++) {
        if (count < FIELDS) {
            fields[count] = at;
        }
        at = strchr(at, ',');
        if (at) {
            *at++ = 0;
        }
    }
    return count;
}

static int copy(char *word, size_t room, const char *field) {
    size_t length = strlen(field);
    if (length == 0 || length >= room) {
        return -1;
    }
    memcpy(word, field, length + 1);
    return 0;
}

static int positive(const char *field, double *value) {
    char *end = NULL;
    *value = strtod(field, &end);
    return *field != 0 && *end == 0 && isfinite(*value) && *value > 0 ? 0 : -1;
}

static int whole(const char *field, uint32_t *value) {
    char *end = NULL;
    unsigned long number = strtoul(field, &end, 10);
    *value = (uint32_t)number;
    return *field >= '0' && *field <= '9' && *end == 0 && number < 1000000 ? 0 : -1;
}

static int read_row(char *line, struct ess_reference *row) {
    char *fields[FIELDS];
    if (split(line, fields) != FIELDS) {
        return -1;
    }
    row->base_rtt_ms = (double)NAN;
    if (copy(row->hash, sizeof row->hash, fields[0]) != 0 ||
        copy(row->family, sizeof row->family, fields[1]) != 0 ||
        copy(row->metric, sizeof row->metric, fields[2]) != 0 ||
        copy(row->tool, sizeof row->tool, fields[3]) != 0 ||
        copy(row->version, sizeof row->version, fields[4]) != 0 ||
        copy(row->profile, sizeof row->profile, fields[5]) != 0 ||
        positive(fields[6], &row->median) != 0 || positive(fields[7], &row->lower) != 0 ||
        positive(fields[8], &row->upper) != 0 || whole(fields[9], &row->runs) != 0 ||
        whole(fields[10], &row->discarded) != 0) {
        return -1;
    }
    return fields[11][0] == 0 ? 0 : positive(fields[11], &row->base_rtt_ms);
}

int ess_reference_table_read(
    struct ess_reference_table *table, const char *path, char *problem, size_t room) {
    char line[1024];
    FILE *file = fopen(path, "r");
    if (!file) {
        snprintf(problem, room, "%s: cannot be read", path);
        return -1;
    }
    int status = fgets(line, sizeof line, file) && strcmp(line, header) == 0 ? 0 : -1;
    if (status != 0) {
        snprintf(problem, room, "%s:1: found %.60s, expected %s", path, line, header);
    }
    for (unsigned number = 2; status == 0 && fgets(line, sizeof line, file); number++) {
        struct ess_reference row;
        status = read_row(line, &row);
        if (status != 0) {
            snprintf(problem, room, "%s:%u: expected 12 fields as in the first line", path, number);
        } else if (ess_reference_table_add(table, &row) != 0) {
            snprintf(problem, room, "out of memory");
            status = -1;
        }
    }
    fclose(file);
    return status;
}

void ess_reference_table_fini(struct ess_reference_table *table) {
    free(table->rows);
    memset(table, 0, sizeof *table);
}

const struct ess_reference *ess_reference_table_find(const struct ess_reference_table *table,
    const char *hash, const char *metric, const char *tool) {
    for (size_t i = 0; i < table->count; i++) {
        const struct ess_reference *row = &table->rows[i];
        if (strcmp(row->hash, hash) == 0 && strcmp(row->metric, metric) == 0 &&
            strcmp(row->tool, tool) == 0) {
            return row;
        }
    }
    return NULL;
}

void ess_reference_write_header(FILE *file) {
    fputs(header, file);
}

void ess_reference_write_row(FILE *file, const struct ess_reference *row) {
    fprintf(file, "%s,%s,%s,%s,%s,%s,", row->hash, row->family, row->metric, row->tool,
        row->version, row->profile);
    fprintf(file, "%.9g,%.9g,%.9g,%u,%u,", row->median, row->lower, row->upper, row->runs,
        row->discarded);
    if (isfinite(row->base_rtt_ms)) {
        fprintf(file, "%.3f", row->base_rtt_ms);
    }
    fputc('\n', file);
}

static double quantile(const double *sorted, uint32_t count, double p) {
    double at = p * (double)(count - 1);
    uint32_t below = (uint32_t)at;
    uint32_t above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (at - (double)below) * (sorted[above] - sorted[below]);
}

void ess_reference_quartiles(
    double *values, uint32_t count, double *lower, double *median, double *upper) {
    for (uint32_t i = 1; i < count; i++) {
        double value = values[i];
        uint32_t at = i;
        for (; at > 0 && values[at - 1] > value; at--) {
            values[at] = values[at - 1];
        }
        values[at] = value;
    }
    *lower = quantile(values, count, 0.25);
    *median = quantile(values, count, 0.5);
    *upper = quantile(values, count, 0.75);
}
