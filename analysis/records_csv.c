/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/records_csv.h"

#include <inttypes.h>

#include "analysis/csv_text.h"

void ess_records_write_header(FILE *file) {
    fputs("variant,replication,step,time_s,duration_s,members,contributors,attempts,losses,"
          "wan_bytes\n",
        file);
}

void ess_records_write_step(FILE *file, const char *variant, size_t replication, size_t step,
    const struct ess_step_record *record) {
    ess_csv_text(file, variant);
    fprintf(file, ",%zu,%zu,", replication, step);
    ess_csv_number(file, record->time_s);
    fputc(',', file);
    ess_csv_number(file, record->duration_s);
    fprintf(file, ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",%" PRIu32 ",", record->members,
        record->contributors, record->attempts, record->losses);
    ess_csv_number(file, record->wan_bytes);
    fputc('\n', file);
}

void ess_records_write(FILE *file, const char *variant, size_t replication,
    const struct ess_step_record *records, size_t count) {
    for (size_t step = 0; step < count; step++) {
        ess_records_write_step(file, variant, replication, step, &records[step]);
    }
}
