/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SWEEP_STORE_H
#define ESS_ANALYSIS_SWEEP_STORE_H

/* results.sqlite: all results of a sweep in one SQLite database (application_id 1702064929, "ess!";
 * user_version is the schema's version, 1). Other programs may read it:
 *
 *   sweep(key, value)                     name, identity, version (of the program), points
 *   axis(axis, pointer)                   the varied fields, in order
 *   axis_value(axis, step, value)         their values as JSON, in order
 *   metric(metric, name, unit, better)    base units; better: lower, higher, neutral
 *   point(point, hash, state, reason)     state: ok, or failed and why
 *   choice(point, axis, step)             which values a point has
 *   replication(point, replication, state, text)
 *   value(point, replication, metric, value)   NULL: not defined
 *   view result: point, hash, replication, metric, unit, value, with names
 *   view setting: point, pointer, value
 *
 * Only whole points are in it, and a point that is in it is never changed: adding it again does
 * nothing. Rows are kept in the order of their keys, so that a dump depends on what was computed
 * alone, not on when. The database holds nothing that the point files do not: where it is lost, it
 * is made again from them. This is the one file with SQLite. */

#include <stdbool.h>
#include <stddef.h>

#include "analysis/sweep_folder.h"

struct ess_sweep_store;

/* Open or make the folder's database for writing; NULL with a message on stderr (no database, of
 * another sweep, of a newer program, cannot be written). */
struct ess_sweep_store *ess_sweep_store_open(const struct ess_sweep_folder *folder);
void ess_sweep_store_close(struct ess_sweep_store *store);

/* Results added between begin and commit are in it together or not at all. False with a message on
 * stderr (disk full…): then nothing of this transaction is in it, and close is all that is left. */
bool ess_sweep_store_begin(struct ess_sweep_store *store);
bool ess_sweep_store_add(
    struct ess_sweep_store *store, size_t point, const struct ess_sweep_result *result);
bool ess_sweep_store_commit(struct ess_sweep_store *store);

/* Whether the point is in it. */
bool ess_sweep_store_has(struct ess_sweep_store *store, size_t point);

/* Take out a point (one that failed and is to be run again), within a transaction. */
bool ess_sweep_store_remove(struct ess_sweep_store *store, size_t point);

/* ---- reading ----------------------------------------------------------------------------------
 */

struct ess_sweep_table_point {
    size_t point;
    char *reason;  /* NULL: it ran to its end */
    size_t *steps; /* [axis] */
    size_t replication_count;
};

/* All of it in memory. */
struct ess_sweep_table {
    struct ess_sweep_metric *metrics; /* `values` unused */
    size_t metric_count;
    struct ess_sweep_table_point *points; /* by number */
    size_t point_count;
    size_t replication_count; /* the largest of all points */
    double *values;           /* [point][metric][replication]; NaN: not defined */
};

/* Read the folder's database; false with a message on stderr. Freed by ess_sweep_table_free. */
bool ess_sweep_table_read(struct ess_sweep_table *table, const struct ess_sweep_folder *folder);
void ess_sweep_table_free(struct ess_sweep_table *table);

#endif
