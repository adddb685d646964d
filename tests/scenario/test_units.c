/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/units.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"

static void known_values(void) {
    static const struct {
        const char *text;
        enum ess_dimension dimension;
        double value;
    } cases[] = {
        {"20 ms", ESS_DIMENSION_TIME, 20e6},
        {"20ms", ESS_DIMENSION_TIME, 20e6},
        {"1.5 h", ESS_DIMENSION_TIME, 5400e9},
        {"7 d", ESS_DIMENSION_TIME, 604800e9},
        {"2 min", ESS_DIMENSION_TIME, 120e9},
        {"3 us", ESS_DIMENSION_TIME, 3000},
        {"5 ns", ESS_DIMENSION_TIME, 5},
        {"1.5 GiB", ESS_DIMENSION_SIZE, 1610612736},
        {"1 kB", ESS_DIMENSION_SIZE, 1000},
        {"1 KiB", ESS_DIMENSION_SIZE, 1024},
        {"100 Mbit/s", ESS_DIMENSION_RATE, 12.5e6}, /* Mbit is 10^6 bits */
        {"1 bit/s", ESS_DIMENSION_RATE, 0.125},
        {"3 MiB/s", ESS_DIMENSION_RATE, 3145728},
        {"3e-3 Gbit/s", ESS_DIMENSION_RATE, 375000},
        {"3 TFLOP", ESS_DIMENSION_WORK, 3e12},
        {"82.6 TFLOP/s", ESS_DIMENSION_COMPUTE, 82.6e12},
        {"0.35 kW", ESS_DIMENSION_POWER, 350},
        {"2 kWh", ESS_DIMENSION_ENERGY, 7.2e6},
        {"-5 ms", ESS_DIMENSION_TIME, -5e6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value = 0;
        const char *nearest;
        enum ess_units_status status =
            ess_units_parse(cases[i].text, cases[i].dimension, &value, &nearest);
        ESS_CHECK(status == ESS_UNITS_OK, "%s: status %d", cases[i].text, (int)status);
        ESS_CHECK(value == cases[i].value, "%s: %.17g", cases[i].text, value);
    }
}

static void refusals(void) {
    static const struct {
        const char *text;
        enum ess_units_status status;
        const char *nearest;
    } cases[] = {
        {"20", ESS_UNITS_MISSING, NULL},
        {"20 ", ESS_UNITS_MISSING, NULL},
        {"", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"ms", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"inf ms", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"nan ms", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"1e999 s", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"1e308 d", ESS_UNITS_NOT_A_NUMBER, NULL}, /* finite until it is multiplied */
        {" 20 ms", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"+20 ms", ESS_UNITS_NOT_A_NUMBER, NULL},
        {".5 s", ESS_UNITS_NOT_A_NUMBER, NULL},
        {"0x1p3 s", ESS_UNITS_UNKNOWN, NULL},
        {"20 msec", ESS_UNITS_UNKNOWN, "ms"},
        {"20 hours", ESS_UNITS_UNKNOWN, "h"},
        {"20 MS", ESS_UNITS_UNKNOWN, "ms"},
        {"20 GB", ESS_UNITS_UNKNOWN, NULL},
        {"20 ms ms", ESS_UNITS_UNKNOWN, NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double value;
        const char *nearest;
        enum ess_units_status status =
            ess_units_parse(cases[i].text, ESS_DIMENSION_TIME, &value, &nearest);
        ESS_CHECK(status == cases[i].status, "%s: status %d", cases[i].text, (int)status);
        ESS_CHECK((nearest == NULL) == (cases[i].nearest == NULL), "%s: %s", cases[i].text,
            nearest == NULL ? "nothing" : nearest);
        ESS_CHECK(nearest == NULL || strcmp(nearest, cases[i].nearest) == 0, "%s: %s",
            cases[i].text, nearest);
    }
}

/* What is written reads back as the same bits, for values of every size. */
static void written_reads_back(void) {
    unsigned state = 12345;
    size_t count = 0;
    for (int d = ESS_DIMENSION_TIME; d <= ESS_DIMENSION_ENERGY; d++)
        for (int i = 0; i < 4000; i++) {
            state = state * 1664525u + 1013904223u;
            double digits = (double)(state >> 8) / (i % 2 == 0 ? 1 : 4096);
            double value = digits * pow(10, i % 13);
            if (d == ESS_DIMENSION_TIME || d == ESS_DIMENSION_SIZE)
                value = floor(value);
            char text[ESS_QUANTITY_TEXT_BYTES];
            const char *nearest;
            double back = -1;
            ess_units_format(value, (enum ess_dimension)d, text);
            ess_units_parse(text, (enum ess_dimension)d, &back, &nearest);
            ESS_CHECK(back == value, "%.17g written as %s reads %.17g", value, text, back);
            count++;
        }
    ess_test_note("%zu values written and read back", count);
}

static void written_reads_well(void) {
    static const struct {
        double value;
        enum ess_dimension dimension;
        const char *text;
    } cases[] = {
        {12.5e6, ESS_DIMENSION_RATE, "100 Mbit/s"},
        {5e6, ESS_DIMENSION_RATE, "40 Mbit/s"},
        {600e9, ESS_DIMENSION_TIME, "10 min"},
        {129600e9, ESS_DIMENSION_TIME, "36 h"},
        {0, ESS_DIMENSION_TIME, "0 ns"},
        {25769803776.0, ESS_DIMENSION_SIZE, "24 GiB"},
        {1, ESS_DIMENSION_SIZE, "1 B"},
        {2.1e9, ESS_DIMENSION_WORK, "2.1 GFLOP"},
        {60, ESS_DIMENSION_POWER, "60 W"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[ESS_QUANTITY_TEXT_BYTES];
        ess_units_format(cases[i].value, cases[i].dimension, text);
        ESS_CHECK(strcmp(text, cases[i].text) == 0, "%s, not %s", text, cases[i].text);
    }
}

static void any_dimension(void) {
    enum ess_dimension dimension;
    double value;
    const char *nearest;
    CU_ASSERT_EQUAL(ess_units_parse_any("2 kWh", &dimension, &value, &nearest), ESS_UNITS_OK);
    CU_ASSERT_EQUAL(dimension, ESS_DIMENSION_ENERGY);
    CU_ASSERT_EQUAL(ess_units_parse_any("200 s", &dimension, &value, &nearest), ESS_UNITS_OK);
    CU_ASSERT_EQUAL(dimension, ESS_DIMENSION_TIME);
    CU_ASSERT_EQUAL(value, 200e9);
    CU_ASSERT_EQUAL(
        ess_units_parse_any("2 parsec", &dimension, &value, &nearest), ESS_UNITS_UNKNOWN);
    CU_ASSERT_EQUAL(ess_units_parse_any("2", &dimension, &value, &nearest), ESS_UNITS_MISSING);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"known quantities have their known values", known_values},
        {"what is no quantity is refused, with the unit meant", refusals},
        {"written quantities read back to the bit", written_reads_back},
        {"written quantities read well", written_reads_well},
        {"a unit tells its dimension", any_dimension},
        {NULL, NULL},
    };
    return ess_test_main("scenario units", tests);
}
