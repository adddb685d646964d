/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <string.h>

#include "models/availability/reader.h"
#include "sim/scenario/files.h"
#include "sim/scenario/nearest.h"

#define NAMES_MAX 64

static bool check_format(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_scenario_availability *availability) {
    const char *names[NAMES_MAX] = {"auto"};
    size_t count = 1;
    for (size_t i = 0; ess_reader_registry[i] != NULL && count < NAMES_MAX; i++)
        names[count++] = ess_reader_registry[i]->name;
    for (size_t i = 0; i < count; i++)
        if (strcmp(names[i], availability->format) == 0)
            return true;
    struct ess_place below = {place, "format", 0};
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "\"%s\"", availability->format),
        ess_name_nearest(availability->format, names, count),
        "\"auto\" or a trace format (`essaim list trace-format`)");
    return false;
}

bool ess_check_availability(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_availability *availability = value;
    bool ok = check_format(reader, place, availability);
    availability->offset_random = strcmp(availability->offset, "random") == 0;
    if (availability->offset_random)
        return ok;
    const char *nearest;
    double offset_ns;
    if (ess_units_parse(availability->offset, ESS_DIMENSION_TIME, &offset_ns, &nearest) ==
            ESS_UNITS_OK &&
        offset_ns >= 0 && offset_ns < 9e18) {
        availability->offset_ns = (int64_t)(offset_ns + 0.5);
        return ok;
    }
    struct ess_place below = {place, "offset", 0};
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "\"%s\"", availability->offset), NULL,
        "\"random\" or a time such as \"36 h\"");
    return false;
}

void ess_check_trace(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing) {
    static const char *const pointer = "/availability/trace";
    struct ess_scenario_availability *availability = &scenario->availability;
    if (availability->always || availability->trace == NULL)
        return;
    availability->trace_path = ess_file_path(reader, pointer, availability->trace, data_folder);
    if (look)
        ess_file_there(reader, pointer, availability->trace, availability->trace_path,
            "a trace file", data_missing);
}
