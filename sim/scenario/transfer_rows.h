/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_TRANSFER_ROWS_H
#define ESS_SCENARIO_TRANSFER_ROWS_H

/* Transfers from a CSV file: a header whose columns are the keys of a transfer, in any order, then
 * one transfer a row. Cells are written as in JSON but without quotes ("100 MB", "bulk", "2 s"); an
 * empty one means that the key is absent. Comments (lines that begin with '#') and empty lines are
 * passed over. Plain or gzip. A cell has no comma and no quotes. */

#include "sim/scenario/reader.h"
#include "sim/scenario/scenario.h"

/* Read the file at `path` and add its rows to the list of `service`, checked; its `file` is NULL
 * then, since the list says all. Everything wrong is said, with the line. */
void ess_transfer_rows_read(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *path, struct ess_scenario_transfers *service);

/* The same from memory, as file `name` in messages; no host is looked for where `scenario` is NULL.
 */
void ess_transfer_rows_read_memory(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *name, const void *bytes, int64_t byte_count,
    struct ess_scenario_transfers *service);

/* Ends and times of one transfer; its pointer, for messages. In check_transfers.c. */
void ess_transfer_check(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_transfer *transfer);

#endif
