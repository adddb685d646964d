/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/results_csv.h"

#include "analysis/compare.h"
#include "analysis/csv_text.h"

static void write_row(
    const struct ess_results *results, size_t variant, size_t metric, FILE *file) {
    struct ess_statistics statistics = ess_compare_statistics(results, variant, metric);
    const double *values = ess_results_values(results, variant, metric);
    const double numbers[] = {
        statistics.mean, statistics.low, statistics.high, results->confidence};
    ess_csv_text(file, results->variants[variant].name);
    fputc(',', file);
    ess_csv_text(file, results->metrics[metric].name);
    fputc(',', file);
    ess_csv_text(file, results->metrics[metric].unit);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        fputc(',', file);
        ess_csv_number(file, numbers[i]);
    }
    fprintf(file, ",%zu,%zu,", statistics.count, ess_results_failed_count(results, variant));
    for (size_t r = 0; r < results->replication_count; r++) {
        if (r > 0) {
            fputc(';', file);
        }
        ess_csv_number(file, values[r]);
    }
    fputc('\n', file);
}

bool ess_results_write_csv(const struct ess_results *results, FILE *file) {
    fputs("variant,metric,unit,mean,low,high,confidence,n,failed,values\n", file);
    for (size_t v = 0; v < results->variant_count; v++) {
        for (size_t m = 0; m < results->metric_count; m++) {
            write_row(results, v, m, file);
        }
    }
    return fflush(file) == 0 && ferror(file) == 0;
}
