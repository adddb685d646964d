/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "models/network/network.h"
#include "models/network/transport.h"
#include "models/packet/congestion.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/files.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/transfer_rows.h"

#define NAMES_MAX 64

bool ess_check_transfer(struct ess_reader *reader, const struct ess_place *place, void *value) {
    const struct ess_scenario_transfer *transfer = value;
    bool bulk = transfer->bytes == ESS_TRANSFER_BULK;
    const char *key = transfer->stop_ns != INT64_MAX           ? "stop"
                      : transfer->measure_from_ns != INT64_MAX ? "measure_from"
                                                               : NULL;
    if (!bulk && key != NULL) {
        ess_reader_complain(reader, place, ess_store_print(reader->store, "the key \"%s\"", key),
            NULL, "\"bytes\": \"bulk\" where there is one");
        return false;
    }
    if (strcmp(transfer->from, transfer->to) == 0) {
        struct ess_place below = {place, "to", 0};
        ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", transfer->to),
            NULL, "another host than \"from\"");
        return false;
    }
    return true;
}

/* ---- One transfer, among all that there is ---- */

static const char *time_text(struct ess_reader *reader, int64_t time_ns) {
    char text[ESS_QUANTITY_TEXT_BYTES];
    ess_units_format((double)time_ns, ESS_DIMENSION_TIME, text);
    return ess_store_text(reader->store, text);
}

static void check_time(struct ess_reader *reader, const char *pointer, const char *key,
    int64_t time_ns, int64_t low_ns, int64_t high_ns) {
    if (time_ns >= low_ns && time_ns <= high_ns)
        return;
    ess_reader_complain_at(reader, ess_pointer_below(pointer, key, reader->store),
        ess_store_print(reader->store, "\"%s\"", time_text(reader, time_ns)), NULL,
        "a time from %s to %s", time_text(reader, low_ns), time_text(reader, high_ns));
}

/* start <= measure_from < stop <= duration */
static void check_times(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_transfer *transfer) {
    int64_t end_ns = scenario->duration_ns;
    if (end_ns == 0)
        return; /* broken, and that has been said */
    bool bulk = transfer->bytes == ESS_TRANSFER_BULK;
    check_time(reader, pointer, "start", transfer->start_ns, 0, end_ns - bulk);
    if (!bulk || transfer->start_ns >= end_ns)
        return;
    if (transfer->stop_ns == INT64_MAX)
        transfer->stop_ns = end_ns;
    if (transfer->measure_from_ns == INT64_MAX)
        transfer->measure_from_ns = transfer->start_ns;
    check_time(reader, pointer, "stop", transfer->stop_ns, transfer->start_ns + 1, end_ns);
    check_time(reader, pointer, "measure_from", transfer->measure_from_ns, transfer->start_ns,
        transfer->stop_ns - 1);
}

static bool is_congestion(const struct ess_scenario_network *network, const char *name) {
    const struct ess_transport_type *transport = ess_transport_find(name);
    return network->type->has_packets ? ess_congestion_find(name) != NULL
                                      : transport != NULL && transport->parameters != NULL;
}

/* It is the model's to know: by packets, or by the means of a TCP. */
static void check_congestion(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const struct ess_scenario_transfer *transfer) {
    const struct ess_scenario_network *network = &scenario->network;
    const char *at = ess_pointer_below(pointer, "congestion_control", reader->store);
    const char *names[NAMES_MAX], *name = transfer->congestion_control;
    size_t count = 0;
    if (name == NULL || network->type == NULL)
        return;
    if (!network->type->has_packets && network->transport.type == &ess_transport_ideal) {
        ess_reader_complain_at(reader, at, "this key with the transport \"ideal\"", NULL,
            "it only where connections have a congestion control");
        return;
    }
    if (is_congestion(network, name))
        return;
    for (; count < NAMES_MAX && ess_congestion_registry[count] != NULL; count++)
        names[count] = ess_congestion_registry[count]->name;
    ess_reader_complain_at(reader, at, ess_store_print(reader->store, "\"%s\"", name),
        ess_name_nearest(name, names, count), "a congestion control (`essaim list congestion`)");
}

void ess_transfer_check(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_transfer *transfer) {
    transfer->from_host = transfer->to_host = ESS_INDEX_NONE;
    if (transfer->from == NULL || transfer->to == NULL || transfer->bytes == 0 ||
        scenario->site_count == 0)
        return; /* broken, and that has been said */
    transfer->from_host = ess_find_host(
        reader, scenario, ess_pointer_below(pointer, "from", reader->store), transfer->from);
    transfer->to_host = ess_find_host(
        reader, scenario, ess_pointer_below(pointer, "to", reader->store), transfer->to);
    check_times(reader, scenario, pointer, transfer);
    check_congestion(reader, scenario, pointer, transfer);
}

/* ---- A service ---- */

static int compare_names(const void *left, const void *right) {
    const struct ess_scenario_transfer *const *a = left, *const *b = right;
    return strcmp((*a)->name, (*b)->name);
}

static void check_names(
    struct ess_reader *reader, const char *pointer, const struct ess_scenario_transfers *service) {
    const struct ess_scenario_transfer **sorted; /* NOLINTBEGIN(bugprone-sizeof-expression) */
    sorted = ess_store_take_array(reader->store, service->list_count, sizeof *sorted);
    for (size_t i = 0; i < service->list_count; i++)
        sorted[i] = &service->list[i];
    qsort(sorted, service->list_count, sizeof *sorted, compare_names);
    /* NOLINTEND(bugprone-sizeof-expression) */
    for (size_t i = 1; i < service->list_count; i++)
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
            ess_reader_complain_at(reader, pointer,
                ess_store_print(reader->store, "\"%s\" twice", sorted[i]->name), NULL,
                "transfers with names of their own");
}

static void check_list(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_transfers *service) {
    const char *list = ess_pointer_below(pointer, "transfers", reader->store);
    for (size_t i = 0; i < service->list_count; i++)
        ess_transfer_check(
            reader, scenario, ess_store_print(reader->store, "%s/%zu", list, i), &service->list[i]);
}

static void check_service(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_transfers *service, const char *data_folder, bool look,
    size_t *data_missing) {
    const char *at = ess_pointer_below(pointer, "file", reader->store);
    size_t before = reader->errors;
    check_list(reader, scenario, pointer, service);
    if (service->list_count == 0 && service->file == NULL)
        ess_reader_complain_at(
            reader, pointer, "neither", NULL, "a list \"transfers\", or a \"file\" of them");
    if (service->file != NULL && look) {
        const char *path = ess_file_path(reader, at, service->file, data_folder);
        if (ess_file_there(
                reader, at, service->file, path, "a CSV file of transfers", data_missing))
            ess_transfer_rows_read(reader, scenario, path, service);
    }
    for (size_t i = 0; i < service->list_count; i++) {
        if (service->list[i].name == NULL)
            service->list[i].name = ess_store_print(reader->store, "%zu", i);
        service->list[i].service = service->name;
    }
    if (reader->errors == before)
        check_names(reader, pointer, service);
}

/* ---- All of them ---- */

static void join(struct ess_reader *reader, struct ess_scenario *scenario) {
    int64_t connections = 0;
    size_t count = 0;
    for (size_t i = 0; i < scenario->services.count; i++) {
        const struct ess_scenario_service *service = &scenario->services.items[i];
        if (service->kind == (int64_t)ESS_SERVICE_TRANSFERS && service->service != NULL)
            count += ((const struct ess_scenario_transfers *)service->service)->list_count;
    }
    scenario->transfers = ess_store_take_array(reader->store, count, sizeof *scenario->transfers);
    for (size_t i = 0; i < scenario->services.count; i++) {
        const struct ess_scenario_transfers *service = scenario->services.items[i].service;
        if (scenario->services.items[i].kind != (int64_t)ESS_SERVICE_TRANSFERS || service == NULL)
            continue;
        for (size_t k = 0; k < service->list_count; k++) {
            connections += service->list[k].connections;
            scenario->transfers[scenario->transfer_count++] = service->list[k];
        }
    }
    if (connections > ESS_CONNECTIONS_MAX)
        ess_reader_complain_at(reader, "/services",
            ess_store_print(reader->store, "%lld", (long long)connections), NULL,
            "at most %d connections of all transfers", ESS_CONNECTIONS_MAX);
}

void ess_check_transfers(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing) {
    for (size_t i = 0; i < scenario->services.count; i++) {
        const struct ess_scenario_service *service = &scenario->services.items[i];
        if (service->service != NULL && service->kind == (int64_t)ESS_SERVICE_TRANSFERS)
            check_service(reader, scenario, ess_store_print(reader->store, "/services/%zu", i),
                service->service, data_folder, look, data_missing);
    }
    join(reader, scenario);
}
