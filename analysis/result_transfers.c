/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/result_transfers.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/csv_text.h"
#include "analysis/statistics.h"

enum { VALUES = 3 };

static void *take(size_t count, size_t size) {
    void *memory = calloc(count + 1, size);
    if (!memory) {
        fprintf(stderr, "essaim: out of memory for the results of transfers\n");
        abort();
    }
    return memory;
}

void ess_result_transfers_add(struct ess_results *results, size_t variant,
    const struct ess_result_transfer_plan *plans, size_t count) {
    struct ess_result_transfers *transfers = take(1, sizeof *transfers);
    size_t cells = count * results->replication_count;
    assert(!results->variants[variant].transfers);
    transfers->count = count;
    transfers->plans = take(count, sizeof *transfers->plans);
    transfers->items = take(cells, sizeof *transfers->items);
    memcpy(transfers->plans, plans, count * sizeof *plans);
    for (size_t i = 0; i < cells; i++) {
        transfers->items[i] = (struct ess_result_transfer){"not run", NAN, NAN, NAN, NAN};
    }
    results->variants[variant].transfers = transfers;
}

struct ess_result_transfer *ess_result_transfer_at(
    const struct ess_results *results, size_t variant, size_t transfer, size_t replication) {
    const struct ess_result_transfers *transfers = results->variants[variant].transfers;
    assert(transfers && transfer < transfers->count && replication < results->replication_count);
    return &transfers->items[transfer * results->replication_count + replication];
}

bool ess_result_transfers_any(const struct ess_results *results) {
    bool any = false;
    for (size_t v = 0; v < results->variant_count; v++) {
        any |= results->variants[v].transfers != NULL;
    }
    return any;
}

void ess_result_transfers_free(struct ess_result_transfers *transfers) {
    if (transfers) {
        free(transfers->plans);
        free(transfers->items);
        free(transfers);
    }
}

/* ---- JSON -------------------------------------------------------------------------------------
 */

static double value_of(const struct ess_result_transfer *transfer, int which) {
    const double values[VALUES] = {
        transfer->completion_s, transfer->goodput_bytes_per_s, transfer->delivered_bytes};
    return values[which];
}

static void write_values(const struct ess_results *results, size_t variant, size_t transfer,
    int which, const char *interval_key, struct ess_json_writer *json) {
    static const char *const keys[VALUES] = {"completion_time", "goodput", "delivered"};
    static const char *const units[VALUES] = {"s", "B/s", "B"};
    size_t count = results->replication_count;
    double *values = take(count, sizeof *values);
    struct ess_statistics statistics;
    for (size_t r = 0; r < count; r++) {
        values[r] = value_of(ess_result_transfer_at(results, variant, transfer, r), which);
    }
    statistics = ess_statistics_of(values, count, results->confidence);
    ess_json_key(json, keys[which]);
    ess_json_open(json, '{', true);
    ess_json_key(json, "unit");
    ess_json_string(json, units[which]);
    ess_json_key(json, "mean");
    ess_json_number(json, statistics.mean);
    ess_json_key(json, interval_key);
    if (statistics.has_interval) {
        ess_json_open(json, '[', true);
        ess_json_number(json, statistics.low);
        ess_json_number(json, statistics.high);
        ess_json_close(json);
    } else {
        ess_json_null(json);
    }
    ess_json_key(json, "values");
    ess_json_open(json, '[', true);
    for (size_t r = 0; r < count; r++) {
        ess_json_number(json, values[r]);
    }
    ess_json_close(json);
    ess_json_close(json);
    free(values);
}

static void write_plan(const struct ess_result_transfer_plan *plan, struct ess_json_writer *json) {
    const char *const texts[][2] = {
        {"service", plan->service}, {"name", plan->name}, {"from", plan->from}, {"to", plan->to}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ess_json_key(json, texts[i][0]);
        ess_json_string(json, texts[i][1]);
    }
    ess_json_key(json, "bytes");
    if (plan->bulk) {
        ess_json_string(json, "bulk");
    } else {
        ess_json_number(json, plan->size_bytes);
    }
    ess_json_key(json, "start");
    ess_json_open(json, '{', true);
    ess_json_key(json, "unit");
    ess_json_string(json, "s");
    ess_json_key(json, "value");
    ess_json_number(json, plan->start_s);
    ess_json_close(json);
    ess_json_key(json, "connections");
    ess_json_unsigned(json, plan->connections);
}

void ess_result_transfers_write_json(const struct ess_results *results, size_t variant,
    const char *interval_key, struct ess_json_writer *json) {
    const struct ess_result_transfers *transfers = results->variants[variant].transfers;
    ess_json_key(json, "transfers");
    ess_json_open(json, '[', false);
    for (size_t t = 0; t < transfers->count; t++) {
        ess_json_open(json, '{', false);
        write_plan(&transfers->plans[t], json);
        ess_json_key(json, "states");
        ess_json_open(json, '[', true);
        for (size_t r = 0; r < results->replication_count; r++) {
            ess_json_string(json, ess_result_transfer_at(results, variant, t, r)->state);
        }
        ess_json_close(json);
        for (int which = 0; which < VALUES; which++) {
            write_values(results, variant, t, which, interval_key, json);
        }
        ess_json_close(json);
    }
    ess_json_close(json);
}

/* ---- CSV --------------------------------------------------------------------------------------
 */

static void write_row(
    const struct ess_results *results, size_t variant, size_t replication, size_t t, FILE *file) {
    const struct ess_result_transfer_plan *plan = &results->variants[variant].transfers->plans[t];
    const struct ess_result_transfer *item =
        ess_result_transfer_at(results, variant, t, replication);
    const char *const texts[] = {plan->service, plan->name, plan->from, plan->to};
    const double numbers[] = {
        item->ended_s, item->completion_s, item->goodput_bytes_per_s, item->delivered_bytes};
    ess_csv_text(file, results->variants[variant].name);
    fprintf(file, ",%zu", replication);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        fputc(',', file);
        ess_csv_text(file, texts[i]);
    }
    fputc(',', file);
    if (plan->bulk) {
        fputs("bulk", file);
    } else {
        ess_csv_number(file, plan->size_bytes);
    }
    fprintf(file, ",%llu,", (unsigned long long)plan->connections);
    ess_csv_number(file, plan->start_s);
    fprintf(file, ",%s", item->state);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        fputc(',', file);
        ess_csv_number(file, numbers[i]);
    }
    fputc('\n', file);
}

bool ess_result_transfers_write_csv(const struct ess_results *results, FILE *file) {
    fputs("variant,replication,service,transfer,from,to,bytes,connections,start_s,state,ended_s,"
          "completion_s,goodput_bytes_per_s,delivered_bytes\n",
        file);
    for (size_t v = 0; v < results->variant_count; v++) {
        const struct ess_result_transfers *transfers = results->variants[v].transfers;
        for (size_t r = 0; transfers && r < results->replication_count; r++) {
            for (size_t t = 0; t < transfers->count; t++) {
                write_row(results, v, r, t, file);
            }
        }
    }
    return !ferror(file);
}
