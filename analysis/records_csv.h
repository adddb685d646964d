/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_RECORDS_CSV_H
#define ESS_ANALYSIS_RECORDS_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* What happened in one committed training step. */
struct ess_step_record {
    double time_s;         /* simulated time of the commit */
    double duration_s;     /* since the commit before it, or the start */
    double wan_bytes;      /* that crossed the WAN in that time */
    uint32_t members;      /* of the group when the step was committed */
    uint32_t contributors; /* whose gradients are in the result */
    uint32_t attempts;     /* of its collective, 1 where nothing went wrong */
    uint32_t losses;       /* machines lost while it ran */
};

/* records.csv, one row per step:
 *
 *     variant,replication,step,time_s,duration_s,members,contributors,attempts,losses,wan_bytes
 *
 * Written as replications end; rows of one replication follow each other, and the caller hands
 * replications over in order (variant, replication) whatever order workers finish in, so that the
 * file does not depend on their number. Steps and replications are counted from 0. A stream error
 * stays with the stream: ask ferror, or let ess_folder_close_file do so. */
void ess_records_write_header(FILE *file);
void ess_records_write_step(FILE *file, const char *variant, size_t replication, size_t step,
    const struct ess_step_record *record);

/* All steps of one replication. */
void ess_records_write(FILE *file, const char *variant, size_t replication,
    const struct ess_step_record *records, size_t count);

#endif
