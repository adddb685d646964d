/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"
#include "sim/scenario/fields.h"

#include <stdlib.h>
#include <string.h>

/* ---- One fault ---- */

/* The directions that make sense for a host's link, a WAN link, a partition. */
bool ess_check_direction(struct ess_reader *reader, const struct ess_place *place,
    int64_t direction, bool host, bool partition) {
    struct ess_place below = {place, "direction", 0};
    enum ess_direction first = host        ? ESS_DIRECTION_UP
                               : partition ? ESS_DIRECTION_OUT
                                           : ESS_DIRECTION_FORWARD;
    if (direction == (int64_t)ESS_DIRECTION_BOTH || direction == (int64_t)first ||
        direction == (int64_t)first + 1)
        return true;
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "\"%s\"", ess_direction_names[direction]), NULL,
        "\"both\", \"%s\" or \"%s\"", ess_direction_names[first], ess_direction_names[first + 1]);
    return false;
}

/* Which of the keys that name a target are there, and which are wanted. */
static bool check_target(
    struct ess_reader *reader, const struct ess_place *place, const struct ess_scenario_fault *f) {
    bool link = f->kind == ESS_FAULT_LINK_CUT, partition = f->kind == ESS_FAULT_PARTITION;
    bool host = f->host != NULL, between = f->between_count > 0, sites = f->site_count > 0;
    const char *found = host      ? "the key \"host\""
                        : between ? "the key \"between\""
                        : sites   ? "the key \"sites\""
                                  : "no such key";
    if (partition && (!sites || host || between)) {
        ess_reader_complain(reader, place, found, NULL,
            "the key \"sites\" alone (what a partition cuts off from the rest)");
        return false;
    }
    if (!partition && sites) {
        ess_reader_complain(reader, place, "the key \"sites\"", NULL,
            "no sites (they go with \"partition\" alone)");
        return false;
    }
    if (link && host == between) {
        ess_reader_complain(reader, place, host ? "both" : "neither", NULL,
            "either \"host\" (its access link) or \"between\" (two sites)");
        return false;
    }
    if (!link && !partition && (!host || between)) {
        ess_reader_complain(reader, place, between ? "the key \"between\"" : "no such key", NULL,
            "the key \"host\" (\"between\" goes with \"link_cut\" alone)");
        return false;
    }
    if (!link && !partition && f->direction != (int64_t)ESS_DIRECTION_BOTH) {
        ess_reader_complain(reader, place, "the key \"direction\"", NULL,
            "no direction (it goes with \"link_cut\" and \"partition\")");
        return false;
    }
    return ess_check_direction(reader, place, f->direction, host, partition);
}

bool ess_check_fault(struct ess_reader *reader, const struct ess_place *place, void *value) {
    const struct ess_scenario_fault *fault = value;
    if (!check_target(reader, place, fault))
        return false;
    if (fault->kind == ESS_FAULT_PAUSE && fault->for_ns == ESS_TIME_NONE) {
        ess_reader_complain(reader, place, "no such key", NULL,
            "the key \"for\" (a pause has an end; for ever is \"silence\")");
        return false;
    }
    if (fault->kind == ESS_FAULT_RESET && fault->for_ns != ESS_TIME_NONE) {
        ess_reader_complain(reader, place, "the key \"for\"", NULL,
            "no duration (a reset of connections takes none)");
        return false;
    }
    return true;
}

/* ---- Targets ---- */

/* The index in "lyon/3": digits alone, no leading zero, below 10^7; else UINT32_MAX. */
static uint32_t host_number(const char *digits) {
    size_t length = strlen(digits);
    bool plain = length > 0 && length < 8 && strspn(digits, "0123456789") == length &&
                 (digits[0] != '0' || length == 1);
    return plain ? (uint32_t)strtoul(digits, NULL, 10) : UINT32_MAX;
}

uint32_t ess_find_host(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const char *name) {
    if (strcmp(name, "coordinator") == 0)
        return ESS_HOST_COORDINATOR;
    const char *slash = strrchr(name, '/');
    const char *found = ess_store_print(reader->store, "\"%s\"", name);
    if (slash == NULL) {
        ess_reader_complain_at(reader, pointer, found, NULL,
            "\"coordinator\" or a host such as \"%s/0\"",
            scenario->sites[0].name != NULL ? scenario->sites[0].name : "site");
        return ESS_INDEX_NONE;
    }
    const char *site_name = ess_store_print(reader->store, "%.*s", (int)(slash - name), name);
    uint32_t index = ess_find_site(reader, scenario, pointer, site_name);
    if (index == ESS_INDEX_NONE)
        return ESS_INDEX_NONE;
    const struct ess_scenario_site *site = &scenario->sites[index];
    uint32_t number = host_number(slash + 1);
    if (site->host_count == 0)
        return ESS_INDEX_NONE; /* its hosts are broken, and that has been said */
    if (number < site->host_count)
        return site->first_host + number;
    ess_reader_complain_at(reader, pointer, found, NULL, "a host from \"%s/0\" to \"%s/%u\"",
        site->name, site->name, site->host_count - 1);
    return ESS_INDEX_NONE;
}

uint32_t ess_find_wan_link(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const char **between, bool *turned) {
    size_t before = reader->errors;
    uint32_t ends[2];
    for (size_t i = 0; i < 2; i++)
        ends[i] = ess_find_site(
            reader, scenario, ess_store_print(reader->store, "%s/%zu", pointer, i), between[i]);
    if (reader->errors > before)
        return ESS_INDEX_NONE;
    for (size_t i = 0; i < scenario->wan.all_link_count; i++) {
        const struct ess_scenario_wan_link *link = &scenario->wan.all_links[i];
        *turned = link->from_site == ends[1] && link->to_site == ends[0];
        if (*turned || (link->from_site == ends[0] && link->to_site == ends[1]))
            return (uint32_t)i;
    }
    ess_reader_complain_at(reader, pointer,
        ess_store_print(reader->store, "no link between \"%s\" and \"%s\"", between[0], between[1]),
        NULL, "the two ends of a WAN link");
    return ESS_INDEX_NONE;
}

/* Which sites a partition cuts off; at least one must be left on the other side. */
static void find_sites(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_fault *fault) {
    size_t inside = 0, before = reader->errors;
    if (scenario->wan.node_count < scenario->site_count)
        return; /* the WAN is broken, and that has been said */
    fault->inside =
        ess_store_take_array(reader->store, scenario->wan.node_count, sizeof *fault->inside);
    for (size_t i = 0; i < fault->site_count; i++) {
        uint32_t site =
            fault->sites[i] == NULL
                ? ESS_INDEX_NONE
                : ess_find_site(reader, scenario,
                      ess_store_print(reader->store, "%s/%zu", pointer, i), fault->sites[i]);
        if (site != ESS_INDEX_NONE && !fault->inside[site]) {
            fault->inside[site] = true;
            inside++;
        }
    }
    if (reader->errors == before && inside == scenario->site_count)
        ess_reader_complain_at(
            reader, pointer, "all of them", NULL, "some of the sites: a partition needs two sides");
}

/* A fault that can never happen would make a test of survival pass for nothing. */
static void check_time(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const struct ess_scenario_fault *fault) {
    char at[ESS_QUANTITY_TEXT_BYTES], duration[ESS_QUANTITY_TEXT_BYTES];
    if (scenario->duration_ns == 0 || fault->at_ns <= scenario->duration_ns)
        return;
    ess_units_format((double)fault->at_ns, ESS_DIMENSION_TIME, at);
    ess_units_format((double)scenario->duration_ns, ESS_DIMENSION_TIME, duration);
    ess_reader_complain_at(reader, pointer, ess_store_print(reader->store, "\"%s\"", at), NULL,
        "a time within the duration of %s", duration);
}

void ess_check_faults(struct ess_reader *reader, struct ess_scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count && scenario->site_count > 0; i++) {
        struct ess_scenario_fault *fault = &scenario->faults[i];
        const char *pointer = ess_store_print(reader->store, "/faults/%zu", i);
        fault->host_index = fault->wan_link = ESS_INDEX_NONE;
        check_time(reader, scenario, ess_pointer_below(pointer, "at", reader->store), fault);
        if (fault->host != NULL)
            fault->host_index = ess_find_host(
                reader, scenario, ess_pointer_below(pointer, "host", reader->store), fault->host);
        else if (fault->between_count == 2 && fault->between[0] != NULL &&
                 fault->between[1] != NULL)
            fault->wan_link = ess_find_wan_link(reader, scenario,
                ess_pointer_below(pointer, "between", reader->store), fault->between,
                &fault->turned);
        else if (fault->site_count > 0)
            find_sites(reader, scenario, ess_pointer_below(pointer, "sites", reader->store), fault);
    }
}
