/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_UNITS_H
#define ESS_SCENARIO_UNITS_H

/* Quantities as text: "20 ms", "1.5 GiB", "100 Mbit/s", "82.6 TFLOP/s", "350 W".
 *
 * A quantity is a JSON number, blanks or none, and a unit of the table in units.c. Prefixes are
 * decimal (Mbit is 10^6 bits), Ki Mi Gi Ti binary; case matters, since "mb" could mean four things.
 * The value is number x factor in double arithmetic, so exact for every whole number of base units
 * up to 2^53; callers that hold integers round to nearest. */

#include <stdbool.h>
#include <stddef.h>

enum ess_dimension {
    ESS_DIMENSION_NUMBER,  /* a bare number, no unit */
    ESS_DIMENSION_TIME,    /* nanoseconds */
    ESS_DIMENSION_SIZE,    /* bytes */
    ESS_DIMENSION_RATE,    /* bytes per second */
    ESS_DIMENSION_WORK,    /* floating-point operations */
    ESS_DIMENSION_COMPUTE, /* floating-point operations per second */
    ESS_DIMENSION_POWER,   /* watts */
    ESS_DIMENSION_ENERGY   /* joules */
};

enum ess_units_status {
    ESS_UNITS_OK,
    ESS_UNITS_NOT_A_NUMBER, /* does not begin with a number, or the number is not finite */
    ESS_UNITS_MISSING,      /* a number alone */
    ESS_UNITS_UNKNOWN,      /* a number and a word that is no unit of this dimension */
};

/* Longest text accepted and written, terminator included. */
#define ESS_QUANTITY_TEXT_BYTES 64

/* Parse `text` as a quantity of `dimension` (not NUMBER) into base units. On ESS_UNITS_UNKNOWN,
 * `*nearest` is the unit most likely meant, or NULL; it is a constant string. */
enum ess_units_status ess_units_parse(
    const char *text, enum ess_dimension dimension, double *value, const char **nearest);

/* Parse `text` as a quantity of whatever dimension its unit belongs to. */
enum ess_units_status ess_units_parse_any(
    const char *text, enum ess_dimension *dimension, double *value, const char **nearest);

/* Write `value` (base units, finite) in the unit that reads best among those that give exactly
 * `value` back when parsed; the base unit always does. */
void ess_units_format(
    double value, enum ess_dimension dimension, char text[ESS_QUANTITY_TEXT_BYTES]);

/* Write a finite number with the fewest digits that give it back exactly. */
void ess_units_format_number(double value, char text[ESS_QUANTITY_TEXT_BYTES]);

/* Write `value` for a message: three significant digits and a unit, not exact. */
void ess_units_describe(
    double value, enum ess_dimension dimension, char text[ESS_QUANTITY_TEXT_BYTES]);

/* "time", "size", ...; and an example such as "20 ms". Constant strings. */
const char *ess_dimension_name(enum ess_dimension dimension);
const char *ess_dimension_example(enum ess_dimension dimension);

/* The units of a dimension, largest first, for reference pages: NULL past the end. */
const char *ess_dimension_unit(enum ess_dimension dimension, size_t index);

#endif
