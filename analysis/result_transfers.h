/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_RESULT_TRANSFERS_H
#define ESS_ANALYSIS_RESULT_TRANSFERS_H

/* How each plain transfer of a variant went, in every replication; beside the metrics, which sum
 * them up. */

#include "analysis/json_writer.h"
#include "analysis/results.h"

/* What a transfer is; texts are kept by reference and must outlive the results. */
struct ess_result_transfer_plan {
    const char *service, *name, *from, *to;
    bool bulk;
    double size_bytes; /* not of a bulk one */
    double start_s;
    uint64_t connections;
};

/* How it went in one replication. NaN: not defined, since it did not get so far. */
struct ess_result_transfer {
    const char *state; /* "done", "stopped", "timed out" …; static */
    double ended_s;
    double completion_s;
    double goodput_bytes_per_s;
    double delivered_bytes;
};

struct ess_result_transfers {
    struct ess_result_transfer_plan *plans; /* [count] */
    struct ess_result_transfer *items;      /* [count][replication] */
    size_t count;
};

/* Room for the transfers of a variant, all "not run"; once. Freed with the results. */
void ess_result_transfers_add(struct ess_results *results, size_t variant,
    const struct ess_result_transfer_plan *plans, size_t count);

/* Entry of one transfer in one replication, to fill in or read. */
struct ess_result_transfer *ess_result_transfer_at(
    const struct ess_results *results, size_t variant, size_t transfer, size_t replication);

/* Whether any variant has transfers. */
bool ess_result_transfers_any(const struct ess_results *results);

void ess_result_transfers_free(struct ess_result_transfers *transfers); /* NULL is allowed */

/* The member "transfers" of a variant in results.json, an array with one object a transfer:
 *
 *   {"service": text, "name": text, "from": text, "to": text, "bytes": number|"bulk",
 *    "start": {"unit": "s", "value": number}, "connections": integer,
 *    "states": [text…], "completion_time": S, "goodput": S, "delivered": S}
 *
 * where S is {"unit": text, "mean": number, INTERVAL: [low, high], "values": [number…]} as in a
 * metric, one value a replication, and "states" says how each replication went. */
void ess_result_transfers_write_json(const struct ess_results *results, size_t variant,
    const char *interval_key, struct ess_json_writer *json);

/* transfers.csv: one row per variant, replication and transfer:
 *
 *     variant,replication,service,transfer,from,to,bytes,connections,start_s,state,ended_s,
 *     completion_s,goodput_bytes_per_s,delivered_bytes
 *
 * with an empty field where something is not defined. False on a stream error. */
bool ess_result_transfers_write_csv(const struct ess_results *results, FILE *file);

#endif
