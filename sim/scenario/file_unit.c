/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/file_unit.h"

double ess_file_unit(
    struct ess_store *store, const char *unit, enum ess_dimension dimension, const char **nearest) {
    double factor;
    *nearest = NULL;
    if (unit == NULL || ess_units_parse(ess_store_print(store, "1 %s", unit), dimension, &factor,
                            nearest) != ESS_UNITS_OK)
        return 0;
    return factor;
}

bool ess_check_file_unit(struct ess_reader *reader, const struct ess_place *place, const char *key,
    const char *unit, enum ess_dimension dimension) {
    const char *example = dimension == ESS_DIMENSION_TIME ? "ms" : "Mbit/s", *nearest;
    struct ess_place below = {place, key, 0};
    if (ess_file_unit(reader->store, unit, dimension, &nearest) > 0)
        return true;
    if (unit == NULL)
        ess_reader_complain(reader, place, "no such key", NULL,
            "the key \"%s\": in which unit the file's numbers are, such as \"%s\"", key, example);
    else
        ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", unit), nearest,
            "a unit of %s, such as \"%s\"", ess_dimension_name(dimension), example);
    return false;
}
