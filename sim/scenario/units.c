/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/units.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/nearest.h"

enum { PRECISION_MAX = 17 }; /* digits that give any double back */

struct unit {
    const char *name;
    double factor;  /* base units in one of this */
    bool unwritten; /* read, but written only where no other unit is exact */
};

/* Each list is largest first. Rates are written in bits, as people say them. */
static const struct unit time_units[] = {{"d", 86400e9, false}, {"h", 3600e9, false},
    {"min", 60e9, false}, {"s", 1e9, false}, {"ms", 1e6, false}, {"us", 1e3, false},
    {"ns", 1, false}, {NULL, 0, false}};
static const struct unit size_units[] = {{"TiB", 1099511627776.0, false}, {"TB", 1e12, false},
    {"GiB", 1073741824.0, false}, {"GB", 1e9, false}, {"MiB", 1048576.0, false}, {"MB", 1e6, false},
    {"KiB", 1024.0, false}, {"kB", 1e3, false}, {"B", 1, false}, {NULL, 0, false}};
static const struct unit rate_units[] = {{"TB/s", 1e12, true}, {"Tbit/s", 125e9, false},
    {"GiB/s", 1073741824.0, true}, {"GB/s", 1e9, true}, {"Gbit/s", 125e6, false},
    {"MiB/s", 1048576.0, true}, {"MB/s", 1e6, true}, {"Mbit/s", 125e3, false},
    {"KiB/s", 1024.0, true}, {"kB/s", 1e3, true}, {"kbit/s", 125, false}, {"B/s", 1, true},
    {"bit/s", 0.125, false}, {NULL, 0, false}};
static const struct unit work_units[] = {{"EFLOP", 1e18, false}, {"PFLOP", 1e15, false},
    {"TFLOP", 1e12, false}, {"GFLOP", 1e9, false}, {"MFLOP", 1e6, false}, {"kFLOP", 1e3, false},
    {"FLOP", 1, false}, {NULL, 0, false}};
static const struct unit compute_units[] = {{"EFLOP/s", 1e18, false}, {"PFLOP/s", 1e15, false},
    {"TFLOP/s", 1e12, false}, {"GFLOP/s", 1e9, false}, {"MFLOP/s", 1e6, false},
    {"kFLOP/s", 1e3, false}, {"FLOP/s", 1, false}, {NULL, 0, false}};
static const struct unit power_units[] = {
    {"MW", 1e6, false}, {"kW", 1e3, false}, {"W", 1, false}, {"mW", 1e-3, false}, {NULL, 0, false}};
static const struct unit energy_units[] = {{"MWh", 3600e6, false}, {"kWh", 3600e3, false},
    {"MJ", 1e6, false}, {"Wh", 3600, false}, {"kJ", 1e3, false}, {"J", 1, false}, {NULL, 0, false}};
static const struct unit no_units[] = {{NULL, 0, false}};

static const struct {
    const char *name;
    const char *example;
    const struct unit *units;
} dimensions[] = {
    [ESS_DIMENSION_NUMBER] = {"number", "1.5", no_units},
    [ESS_DIMENSION_TIME] = {"time", "20 ms", time_units},
    [ESS_DIMENSION_SIZE] = {"size", "1.5 GiB", size_units},
    [ESS_DIMENSION_RATE] = {"rate", "100 Mbit/s", rate_units},
    [ESS_DIMENSION_WORK] = {"amount of work", "3 TFLOP", work_units},
    [ESS_DIMENSION_COMPUTE] = {"compute rate", "82.6 TFLOP/s", compute_units},
    [ESS_DIMENSION_POWER] = {"power", "350 W", power_units},
    [ESS_DIMENSION_ENERGY] = {"energy", "2 kWh", energy_units},
};
#define DIMENSION_COUNT (sizeof dimensions / sizeof dimensions[0])

/* Ways to write a unit that people know from elsewhere and that no edit distance would find. */
static const char *const habits[][2] = {{"sec", "s"}, {"second", "s"}, {"seconds", "s"},
    {"msec", "ms"}, {"usec", "us"}, {"\xC2\xB5s", "us"}, {"\xCE\xBCs", "us"}, {"nsec", "ns"},
    {"m", "min"}, {"minute", "min"}, {"minutes", "min"}, {"hr", "h"}, {"hour", "h"}, {"hours", "h"},
    {"day", "d"}, {"days", "d"}, {"bps", "bit/s"}, {"kbps", "kbit/s"}, {"Mbps", "Mbit/s"},
    {"Gbps", "Gbit/s"}, {"Mb/s", "Mbit/s"}, {"Gb/s", "Gbit/s"}, {"kb/s", "kbit/s"},
    {"mb/s", "Mbit/s"}, {"mbps", "Mbit/s"}, {"gbps", "Gbit/s"}, {"bit", "bit/s"},
    {"kbit", "kbit/s"}, {"Mbit", "Mbit/s"}, {"Gbit", "Gbit/s"}, {"MBps", "MB/s"}, {"GBps", "GB/s"},
    {"bytes", "B"}, {"Bps", "B/s"}, {"K", "KiB"}, {"M", "MiB"}, {"G", "GiB"}, {"T", "TiB"},
    {"KB", "kB"}, {"FLOPS", "FLOP/s"}, {"GFLOPS", "GFLOP/s"}, {"TFLOPS", "TFLOP/s"},
    {"PFLOPS", "PFLOP/s"}, {"FLOPs", "FLOP"}, {"watt", "W"}, {"watts", "W"}};

static const struct unit *find_unit(const struct unit *units, const char *name) {
    for (const struct unit *unit = units; unit->name != NULL; unit++)
        if (strcmp(unit->name, name) == 0)
            return unit;
    return NULL;
}

static const char *nearest_unit(const struct unit *units, const char *word) {
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
        if (strcmp(habits[i][0], word) == 0 && find_unit(units, habits[i][1]) != NULL)
            return habits[i][1];
    const char *names[16];
    size_t count = 0;
    for (const struct unit *unit = units; unit->name != NULL; unit++)
        names[count++] = unit->name;
    /* A wrong unit is a wrong number, so only a slip of one letter is taken for a meaning. */
    const char *nearest = ess_name_nearest(word, names, count);
    return nearest != NULL && ess_name_distance(word, nearest) <= 1 ? nearest : NULL;
}

static bool is_digit(char letter) {
    return letter >= '0' && letter <= '9';
}

static const char *skip_digits(const char *cursor) {
    while (is_digit(*cursor))
        cursor++;
    return cursor;
}

/* The end of the JSON number at `text`, or `text` itself where there is none. strtod alone would
 * also take "inf", "nan", "0x1p3". */
static const char *skip_number(const char *text) {
    const char *cursor = text + (*text == '-');
    if (!is_digit(*cursor))
        return text;
    cursor = skip_digits(cursor);
    if (*cursor == '.' && is_digit(cursor[1]))
        cursor = skip_digits(cursor + 1);
    if (*cursor == 'e' || *cursor == 'E') {
        const char *exponent = cursor + 1 + (cursor[1] == '+' || cursor[1] == '-');
        if (is_digit(*exponent))
            cursor = skip_digits(exponent);
    }
    return cursor;
}

/* Split "20 ms" into 20 and "ms". */
static enum ess_units_status split(const char *text, double *number, const char **word) {
    const char *end = skip_number(text);
    char digits[ESS_QUANTITY_TEXT_BYTES];
    size_t length = (size_t)(end - text);
    if (length == 0 || length >= sizeof digits)
        return ESS_UNITS_NOT_A_NUMBER;
    memcpy(digits, text, length);
    digits[length] = '\0';
    *number = strtod(digits, NULL);
    if (!isfinite(*number))
        return ESS_UNITS_NOT_A_NUMBER;
    while (*end == ' ')
        end++;
    *word = end;
    return *end == '\0' ? ESS_UNITS_MISSING : ESS_UNITS_OK;
}

enum ess_units_status ess_units_parse(
    const char *text, enum ess_dimension dimension, double *value, const char **nearest) {
    double number;
    const char *word;
    *nearest = NULL;
    enum ess_units_status status = split(text, &number, &word);
    if (status != ESS_UNITS_OK)
        return status;
    const struct unit *unit = find_unit(dimensions[dimension].units, word);
    if (unit == NULL) {
        *nearest = nearest_unit(dimensions[dimension].units, word);
        return ESS_UNITS_UNKNOWN;
    }
    *value = number * unit->factor;
    return isfinite(*value) ? ESS_UNITS_OK : ESS_UNITS_NOT_A_NUMBER;
}

enum ess_units_status ess_units_parse_any(
    const char *text, enum ess_dimension *dimension, double *value, const char **nearest) {
    enum ess_units_status status = ESS_UNITS_UNKNOWN;
    const char *guess = NULL;
    for (size_t i = ESS_DIMENSION_NUMBER + 1; i < DIMENSION_COUNT; i++) {
        status = ess_units_parse(text, (enum ess_dimension)i, value, nearest);
        if (status != ESS_UNITS_UNKNOWN) {
            *dimension = (enum ess_dimension)i;
            return status;
        }
        if (guess == NULL)
            guess = *nearest;
    }
    *nearest = guess;
    return status;
}

/* Whole numbers people write in full, such as 1000000, are not clearer as 1e+06. */
static bool is_whole(double value) {
    return fabs(value) < 1e15 && floor(value) == value;
}

void ess_units_format_number(double value, char text[ESS_QUANTITY_TEXT_BYTES]) {
    if (is_whole(value)) {
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= PRECISION_MAX; digits++) {
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
}

static bool is_natural(double value, const struct unit *unit, bool unwritten) {
    return unit->unwritten == unwritten && (fabs(value) >= unit->factor || unit->factor == 1);
}

/* Digits beyond which no unit wins: those of the shortest whole number that some unit gives. */
static int most_digits(double value, const struct unit *units, bool unwritten) {
    char text[ESS_QUANTITY_TEXT_BYTES];
    int most = PRECISION_MAX;
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        double count = value / unit->factor;
        if (is_natural(value, unit, unwritten) && is_whole(count) &&
            count * unit->factor == value) {
            int length = snprintf(text, sizeof text, "%.0f", count);
            most = length < most ? length : most;
        }
    }
    return most;
}

/* With as few digits as give the value back, at most `most`. */
static bool format_exactly(
    double value, const struct unit *unit, int most, char text[ESS_QUANTITY_TEXT_BYTES]) {
    char digits[ESS_QUANTITY_TEXT_BYTES - 16];
    char full[ESS_QUANTITY_TEXT_BYTES];
    for (int precision = 1; precision <= most; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value / unit->factor);
        if (strtod(digits, NULL) * unit->factor != value)
            continue;
        ess_units_format_number(strtod(digits, NULL), full);
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "%.40s %s", full, unit->name);
        return true;
    }
    return false;
}

/* Fewest digits win, and among equals the largest unit; a unit that makes the number smaller than
 * one is passed over. */
static bool format_best(
    double value, const struct unit *units, bool unwritten, char text[ESS_QUANTITY_TEXT_BYTES]) {
    char candidate[ESS_QUANTITY_TEXT_BYTES];
    size_t fewest = SIZE_MAX;
    int most = most_digits(value, units, unwritten);
    for (const struct unit *unit = units; unit->name != NULL; unit++) {
        if (!is_natural(value, unit, unwritten) || !format_exactly(value, unit, most, candidate))
            continue;
        size_t digits = strcspn(candidate, " ");
        if (digits >= fewest)
            continue;
        fewest = digits;
        memcpy(text, candidate, sizeof candidate);
    }
    return fewest != SIZE_MAX;
}

void ess_units_format(
    double value, enum ess_dimension dimension, char text[ESS_QUANTITY_TEXT_BYTES]) {
    const struct unit *units = dimensions[dimension].units;
    if (!format_best(value, units, false, text) && !format_best(value, units, true, text))
        ess_units_format_number(value, text);
}

void ess_units_describe(
    double value, enum ess_dimension dimension, char text[ESS_QUANTITY_TEXT_BYTES]) {
    const struct unit *unit = dimensions[dimension].units;
    while (unit[0].name != NULL && unit[1].name != NULL &&
           (fabs(value) < unit->factor || unit->unwritten))
        unit++;
    if (unit->name == NULL)
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "%.3g", value);
    else
        snprintf(text, ESS_QUANTITY_TEXT_BYTES, "%.3g %s", value / unit->factor, unit->name);
}

const char *ess_dimension_name(enum ess_dimension dimension) {
    return dimensions[dimension].name;
}

const char *ess_dimension_example(enum ess_dimension dimension) {
    return dimensions[dimension].example;
}

const char *ess_dimension_unit(enum ess_dimension dimension, size_t index) {
    const struct unit *units = dimensions[dimension].units;
    for (size_t i = 0; units[i].name != NULL; i++)
        if (i == index)
            return units[i].name;
    return NULL;
}
