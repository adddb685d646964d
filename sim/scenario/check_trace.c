/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "models/availability/reader.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/settings.h"

#define DATA_PREFIX "$ESSAIM_DATA/"
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

/* The folder part of the file that names the trace; what stands on the command line is relative to
 * the present folder. */
static const char *folder_of(struct ess_reader *reader, const char *pointer) {
    const char *file, *shown;
    ess_origins_find(reader->origins, pointer, reader->store, &file, &shown);
    const char *slash = strrchr(file, '/');
    if (slash == NULL || strcmp(file, ESS_SETTINGS_FILE) == 0)
        return "";
    return ess_store_print(reader->store, "%.*s", (int)(slash - file + 1), file);
}

static void check_there(struct ess_reader *reader, const char *path) {
    struct stat status;
    const char *found = NULL;
    if (stat(path, &status) != 0)
        found = ess_store_print(reader->store, "%s at \"%s\"", strerror(errno), path);
    else if (!S_ISREG(status.st_mode))
        found = ess_store_print(reader->store, "a folder or a device at \"%s\"", path);
    if (found != NULL)
        ess_reader_complain_at(reader, "/availability/trace", found, NULL, "a trace file");
}

void ess_check_trace(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, bool *data_missing) {
    struct ess_scenario_availability *availability = &scenario->availability;
    const char *trace = availability->trace;
    *data_missing = false;
    if (availability->always || trace == NULL)
        return;
    if (strncmp(trace, DATA_PREFIX, strlen(DATA_PREFIX)) != 0) {
        const char *folder = trace[0] == '/' ? "" : folder_of(reader, "/availability/trace");
        availability->trace_path = ess_store_print(reader->store, "%s%s", folder, trace);
        if (look)
            check_there(reader, availability->trace_path);
        return;
    }
    const char *rest = trace + strlen(DATA_PREFIX);
    struct stat status;
    availability->trace_path = ess_store_print(
        reader->store, "%s/%s", data_folder == NULL ? "$ESSAIM_DATA" : data_folder, rest);
    if (!look || (data_folder != NULL && stat(availability->trace_path, &status) == 0))
        return;
    *data_missing = true;
    ess_reader_complain_at(reader, "/availability/trace",
        ess_store_print(reader->store, "no file \"%s\"", availability->trace_path), NULL,
        "real data (which does not come with the program; ESSAIM_DATA says where it is)");
}
