/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/human_units.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Rows of one base unit stand together, the largest first; a unit is used from `from` upwards. */
struct scale {
    const char *base;
    double from;
    struct ess_human_unit unit;
};

static const struct scale scales[] = {
    {"s", 259200, {"d", 86400}},
    {"s", 10800, {"h", 3600}},
    {"s", 600, {"min", 60}},
    {"s", 1, {"s", 1}},
    {"s", 1e-3, {"ms", 1e-3}},
    {"s", 0, {"us", 1e-6}},
    {"B", 1e15, {"PB", 1e15}},
    {"B", 1e12, {"TB", 1e12}},
    {"B", 1e9, {"GB", 1e9}},
    {"B", 1e6, {"MB", 1e6}},
    {"B", 1e3, {"kB", 1e3}},
    {"B", 0, {"B", 1}},
    {"B/s", 125e6, {"Gbit/s", 125e6}},
    {"B/s", 125e3, {"Mbit/s", 125e3}},
    {"B/s", 125, {"kbit/s", 125}},
    {"B/s", 0, {"bit/s", 0.125}},
    {"J", 1e9, {"GJ", 1e9}},
    {"J", 1e6, {"MJ", 1e6}},
    {"J", 1e3, {"kJ", 1e3}},
    {"J", 0, {"J", 1}},
    {"1", 0, {"%", 0.01}},
};

struct ess_human_unit ess_human_unit_for(const char *base_unit, double magnitude) {
    if (magnitude == 0 && strcmp(base_unit, "s") == 0) {
        return (struct ess_human_unit){"s", 1};
    }
    for (size_t i = 0; i < sizeof scales / sizeof scales[0]; i++) {
        if (strcmp(scales[i].base, base_unit) == 0 && magnitude >= scales[i].from) {
            return scales[i].unit;
        }
    }
    return (struct ess_human_unit){base_unit, 1};
}

/* Decimals for `digits` significant digits; a value that rounds up to the next power of ten gets
 * one digit more, which does no harm. */
static int decimals_for(double value, int digits) {
    if (!(value > 0) || !isfinite(value)) {
        return 0;
    }
    int decimals = digits - 1 - (int)floor(log10(value));
    return decimals < 0 ? 0 : decimals > 4 ? 4 : decimals;
}

int ess_human_decimals(double smallest, double largest) {
    int wanted = decimals_for(smallest, 3);
    int allowed = decimals_for(largest, 5);
    return wanted < allowed ? wanted : allowed;
}

void ess_human_text(const char *base_unit, double value, char *text, size_t text_bytes) {
    struct ess_human_unit unit = ess_human_unit_for(base_unit, fabs(value));
    double shown = value / unit.divisor;
    snprintf(text, text_bytes, "%.*f %s", decimals_for(fabs(shown), 3), shown, unit.name);
}
