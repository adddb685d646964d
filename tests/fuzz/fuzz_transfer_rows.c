/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a CSV file of transfers: errors that say what was found and expected, or rows that
 * keep what the table of a transfer promises. */
#include <stdlib.h>

#include "sim/scenario/transfer_rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct ess_diagnostics diagnostics;
    struct ess_origins origins;
    struct ess_store *store = ess_store_new();
    struct ess_scenario_transfers list = {0};
    struct ess_reader reader = {store, &origins, &diagnostics, 0};
    ess_diagnostics_init(&diagnostics);
    ess_origins_init(&origins, store);
    ess_transfer_rows_read_memory(&reader, NULL, "fuzz", data, (int64_t)size_bytes, &list);
    demand((reader.errors > 0) == (diagnostics.count > 0));
    for (size_t i = 0; i < diagnostics.count; i++)
        demand(diagnostics.errors[i].expected[0] != '\0');
    for (size_t i = 0; reader.errors == 0 && i < list.list_count; i++) {
        const struct ess_scenario_transfer *transfer = &list.list[i];
        demand(transfer->from != NULL && transfer->to != NULL && transfer->bytes > 0);
        demand(transfer->connections >= 1 && transfer->connections <= 4096);
        demand(transfer->start_ns >= 0);
    }
    demand(reader.errors > 0 || list.list_count > 0);
    ess_diagnostics_fini(&diagnostics);
    ess_store_free(store);
    return 0;
}
