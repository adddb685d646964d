/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/transfer_results.h"

#include <stdlib.h>

#include "analysis/result_transfers.h"
#include "sim/engine/arena.h"

void ess_transfer_results_declare(
    struct ess_results *results, size_t variant, const struct ess_scenario *scenario) {
    size_t count = scenario->transfer_count;
    struct ess_result_transfer_plan *plans;
    if (count == 0) {
        return;
    }
    plans = calloc(count, sizeof *plans);
    if (!plans) {
        ess_out_of_memory(count, sizeof *plans);
    }
    for (size_t i = 0; i < count; i++) {
        const struct ess_scenario_transfer *transfer = &scenario->transfers[i];
        plans[i] = (struct ess_result_transfer_plan){.service = transfer->service,
            .name = transfer->name,
            .from = transfer->from,
            .to = transfer->to,
            .bulk = transfer->bytes == ESS_TRANSFER_BULK,
            .size_bytes = (double)transfer->bytes,
            .start_s = (double)transfer->start_ns / 1e9,
            .connections = (uint64_t)transfer->connections};
    }
    ess_result_transfers_add(results, variant, plans, count);
    free(plans);
}

void ess_transfer_results_take(const struct ess_results *results, size_t variant,
    size_t replication, const struct ess_world_outcome *outcome) {
    for (size_t i = 0; i < outcome->plain_count; i++) {
        const struct ess_world_transfer *transfer = &outcome->plain[i];
        *ess_result_transfer_at(results, variant, i, replication) =
            (struct ess_result_transfer){.state = ess_world_transfer_state_text(transfer->state),
                .ended_s = transfer->ended_s,
                .completion_s = transfer->completion_s,
                .goodput_bytes_per_s = transfer->goodput_bytes_per_s,
                .delivered_bytes = transfer->delivered_bytes};
    }
}
