/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <string.h>

#include "models/network/link_reader.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/files.h"
#include "sim/scenario/nearest.h"

#define NAMES_MAX 64
#define DEFAULT_BIN_NS 100000000

bool ess_check_link_trace(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_link_trace *trace = value;
    const char *names[NAMES_MAX] = {"auto"};
    size_t count = 1;
    if ((trace->host == NULL) == (trace->between_count == 0)) {
        ess_reader_complain(reader, place, trace->host == NULL ? "neither" : "both", NULL,
            "either \"host\" (its access link) or \"between\" (two sites)");
        return false;
    }
    if (!ess_check_direction(reader, place, trace->direction, trace->host != NULL, false))
        return false;
    for (size_t i = 0; ess_link_reader_registry[i] != NULL && count < NAMES_MAX; i++)
        names[count++] = ess_link_reader_registry[i]->name;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], trace->format) == 0)
            return true;
    struct ess_place below = {place, "format", 0};
    ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", trace->format),
        ess_name_nearest(trace->format, names, count),
        "\"auto\" or a link format (`essaim list link-format`)");
    return false;
}

/* ---- The file ---- */

static void complain_of_file(struct ess_reader *reader, const struct ess_trace_error *error) {
    char line[32] = "";
    if (error->line > 0)
        snprintf(line, sizeof line, "%" PRId64, error->line);
    ess_diagnostics_add(
        reader->diagnostics, error->file, line, error->expected, error->found, NULL, NULL);
    reader->errors++;
}

/* The trace moves to the reader's store, which the scenario lives in. */
static const struct ess_link_trace *keep(struct ess_reader *reader, struct ess_link_trace *read) {
    struct ess_link_trace *kept = ess_store_take(reader->store, sizeof *kept);
    size_t count = (size_t)read->step_count + 1;
    *kept = *read;
    kept->steps = ess_store_take_array(reader->store, count, sizeof *kept->steps);
    memcpy(kept->steps, read->steps, count * sizeof *kept->steps);
    ess_link_trace_fini(read);
    return kept;
}

static bool check_bin(struct ess_reader *reader, const char *pointer,
    struct ess_scenario_link_trace *trace, const struct ess_link_reader_type *format) {
    if (format->uses_bin || trace->bin_ns == INT64_MAX) {
        if (format->uses_bin && trace->bin_ns == INT64_MAX)
            trace->bin_ns = DEFAULT_BIN_NS;
        return true;
    }
    ess_reader_complain_at(reader, ess_pointer_below(pointer, "bin", reader->store),
        ess_store_print(reader->store, "one for a file of format %s", format->name), NULL,
        "no \"bin\", since that format has rates and nothing to average");
    return false;
}

static void check_content(
    struct ess_reader *reader, const char *pointer, struct ess_scenario_link_trace *trace) {
    char text[24];
    snprintf(text, sizeof text, "%016" PRIx64, ess_link_trace_checksum(trace->data));
    if (trace->checksum == NULL) {
        trace->checksum = ess_store_text(reader->store, text);
        return;
    }
    if (strcmp(trace->checksum, text) != 0)
        ess_reader_complain_at(reader, ess_pointer_below(pointer, "checksum", reader->store),
            ess_store_print(reader->store, "%s, which says \"%s\"", trace->trace_path, text), NULL,
            "a file whose content has the checksum \"%s\"", trace->checksum);
}

static void read_file(
    struct ess_reader *reader, const char *pointer, struct ess_scenario_link_trace *trace) {
    const char *format = strcmp(trace->format, "auto") == 0 ? NULL : trace->format;
    int64_t bin_ns = trace->bin_ns == INT64_MAX ? DEFAULT_BIN_NS : trace->bin_ns;
    struct ess_link_trace read;
    struct ess_trace_error error;
    if (ess_link_trace_read(trace->trace_path, format, bin_ns, &read, &error) != 0) {
        complain_of_file(reader, &error);
        return;
    }
    trace->data = keep(reader, &read);
    if (check_bin(reader, pointer, trace, ess_link_reader_find(trace->data->format)))
        check_content(reader, pointer, trace);
}

/* ---- The link ---- */

static bool overlap(int64_t a, int64_t b) {
    return a == b || a == (int64_t)ESS_DIRECTION_BOTH || b == (int64_t)ESS_DIRECTION_BOTH;
}

/* As seen from the link's own `from`. */
static int64_t own_direction(const struct ess_scenario_link_trace *trace) {
    if (!trace->turned)
        return trace->direction;
    return trace->direction == (int64_t)ESS_DIRECTION_FORWARD    ? ESS_DIRECTION_BACKWARD
           : trace->direction == (int64_t)ESS_DIRECTION_BACKWARD ? ESS_DIRECTION_FORWARD
                                                                 : trace->direction;
}

static void check_twice(
    struct ess_reader *reader, const struct ess_scenario *scenario, size_t index) {
    const struct ess_scenario_link_trace *trace = &scenario->link_traces[index];
    if (trace->host_index == ESS_INDEX_NONE && trace->wan_link == ESS_INDEX_NONE)
        return;
    for (size_t i = 0; i < index; i++) {
        const struct ess_scenario_link_trace *other = &scenario->link_traces[i];
        if (other->host_index == trace->host_index && other->wan_link == trace->wan_link &&
            overlap(own_direction(other), own_direction(trace))) {
            ess_reader_complain_at(reader,
                ess_store_print(reader->store, "/link_traces/%zu", index),
                ess_store_print(reader->store, "the link of /link_traces/%zu again", i), NULL,
                "one trace for each direction of a link");
            return;
        }
    }
}

static void find_link(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, struct ess_scenario_link_trace *trace) {
    trace->host_index = trace->wan_link = ESS_INDEX_NONE;
    if (scenario->site_count == 0)
        return;
    if (trace->host != NULL)
        trace->host_index = ess_find_host(
            reader, scenario, ess_pointer_below(pointer, "host", reader->store), trace->host);
    else if (trace->between_count == 2 && trace->between[0] != NULL && trace->between[1] != NULL)
        trace->wan_link = ess_find_wan_link(reader, scenario,
            ess_pointer_below(pointer, "between", reader->store), trace->between, &trace->turned);
}

void ess_check_link_traces(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing) {
    for (size_t i = 0; i < scenario->link_trace_count; i++) {
        struct ess_scenario_link_trace *trace = &scenario->link_traces[i];
        const char *pointer = ess_store_print(reader->store, "/link_traces/%zu", i);
        const char *at = ess_pointer_below(pointer, "trace", reader->store);
        size_t before = reader->errors;
        find_link(reader, scenario, pointer, trace);
        check_twice(reader, scenario, i);
        if (trace->trace == NULL || trace->format == NULL)
            continue;
        trace->trace_path = ess_file_path(reader, at, trace->trace, data_folder);
        if (look &&
            ess_file_there(
                reader, at, trace->trace, trace->trace_path, "a link trace", data_missing) &&
            reader->errors == before)
            read_file(reader, pointer, trace);
    }
}
