/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as a scenario, from memory: errors that say what was found and expected, or variants
 * that keep what scenario.h promises and that read back from what is printed of them. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void demand(int holds) {
    if (!holds)
        abort();
}

static void check_diagnostics(const struct ess_diagnostics *diagnostics) {
    demand(diagnostics->count > 0);
    for (size_t i = 0; i < diagnostics->count; i++) {
        demand(diagnostics->errors[i].expected[0] != '\0');
        demand(diagnostics->errors[i].found[0] != '\0');
    }
}

static void check_hosts(const struct ess_scenario *scenario) {
    demand(scenario->host_count >= 2);
    for (size_t i = 0; i < scenario->host_count; i++) {
        const struct ess_scenario_host *host = &scenario->hosts[i];
        demand(host->site < scenario->site_count);
        demand(host->kind->peak_flop_per_s > 0 || !scenario->training);
        demand(host->kind->up_rate_bytes_per_s > 0);
        demand(!scenario->training || host->kind->memory_bytes >= scenario->training->memory_bytes);
    }
}

static void check_scenario(const struct ess_scenario *scenario) {
    demand(scenario->duration_ns > 0 && scenario->name[0] != '\0');
    demand(scenario->coordinator.site_index < scenario->site_count);
    demand(scenario->wan.node_count >= scenario->site_count);
    for (size_t i = 0; i < scenario->wan.all_link_count; i++) {
        const struct ess_scenario_wan_link *link = &scenario->wan.all_links[i];
        demand(link->from_site < scenario->wan.node_count);
        demand(link->to_site < scenario->wan.node_count && link->from_site != link->to_site);
        demand(link->rate_forward_bytes_per_s > 0 && link->rate_backward_bytes_per_s > 0);
    }
    for (size_t i = 0; i < scenario->fault_count; i++) {
        const struct ess_scenario_fault *fault = &scenario->faults[i];
        demand(fault->host_index < scenario->host_count ||
               fault->host_index == ESS_HOST_COORDINATOR ||
               fault->wan_link < scenario->wan.all_link_count || fault->inside != NULL);
    }
    for (size_t i = 0; i < scenario->transfer_count; i++) {
        const struct ess_scenario_transfer *transfer = &scenario->transfers[i];
        demand(transfer->from_host < scenario->host_count ||
               transfer->from_host == ESS_HOST_COORDINATOR);
        demand(transfer->to_host != transfer->from_host && transfer->bytes > 0);
        demand(transfer->start_ns <= scenario->duration_ns && transfer->connections > 0);
        demand(transfer->bytes != ESS_TRANSFER_BULK ||
               (transfer->measure_from_ns < transfer->stop_ns &&
                   transfer->stop_ns <= scenario->duration_ns));
    }
    for (size_t i = 0; i < scenario->link_trace_count; i++) {
        demand(scenario->link_traces[i].host_index != ESS_INDEX_NONE ||
               scenario->link_traces[i].wan_link < scenario->wan.all_link_count);
    }
    for (size_t i = 0; i < ESS_POLICY_KIND_COUNT; i++)
        demand(scenario->policies[i].type != NULL);
    check_hosts(scenario);
}

static void check_round_trip(const struct ess_scenario *scenario) {
    char *text = NULL;
    size_t bytes = 0;
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    FILE *out = open_memstream(&text, &bytes);
    demand(out != NULL);
    ess_scenario_print_resolved(scenario, out);
    fclose(out);
    ess_diagnostics_init(&diagnostics);
    enum ess_scenario_status status =
        ess_scenario_parse_text(text, bytes, "back", NULL, &document, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    demand(status == ESS_SCENARIO_OK);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    ess_diagnostics_init(&diagnostics);
    enum ess_scenario_status status = ess_scenario_parse_text(
        (const char *)data, size_bytes, "fuzz", NULL, &document, &diagnostics);
    if (status == ESS_SCENARIO_OK) {
        struct ess_scenario *scenario =
            ess_scenario_variant(document, ess_scenario_variant_count(document) - 1, &diagnostics);
        demand(scenario != NULL);
        check_scenario(scenario);
        check_round_trip(scenario);
        ess_scenario_free(scenario);
        ess_scenario_document_free(document);
    } else {
        demand(document == NULL);
        check_diagnostics(&diagnostics);
    }
    ess_diagnostics_fini(&diagnostics);
    return 0;
}
