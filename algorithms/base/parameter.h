/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_PARAMETER_H
#define ESS_BASE_PARAMETER_H

/* Parameter tables: how an interchangeable piece tells the world what may be set.
 *
 * A piece owns a plain struct of settings and one constant table that describes its fields. From
 * the table come scenario parsing, `essaim list`, and the defaults; nobody writes a parser per
 * piece. Values are held in base units: nanoseconds (int64_t), bytes (int64_t), bytes per second
 * (double), floating-point operations (double), plain numbers. */

#include <stddef.h>
#include <stdint.h>

enum ess_parameter_kind {
    ESS_PARAMETER_INTEGER, /* int64_t, a bare number */
    ESS_PARAMETER_REAL,    /* double, a bare number */
    ESS_PARAMETER_BOOLEAN, /* int64_t, 0 or 1 */
    ESS_PARAMETER_TIME,    /* int64_t nanoseconds, "20 ms" */
    ESS_PARAMETER_SIZE,    /* int64_t bytes, "1.5 GiB" */
    ESS_PARAMETER_RATE,    /* double bytes per second, "100 Mbit/s" */
    ESS_PARAMETER_WORK     /* double floating-point operations, "3 TFLOP" */
};

struct ess_parameter {
    const char *key;
    enum ess_parameter_kind kind;
    double default_value; /* base units; exact up to 2^53 */
    double minimum;       /* inclusive */
    double maximum;       /* inclusive */
    const char *meaning;  /* one line */
    size_t offset;        /* of the field in the settings struct */
};

/* A table ends with an entry whose key is NULL. */
#define ESS_PARAMETER_END                                                                          \
    { NULL, ESS_PARAMETER_INTEGER, 0, 0, 0, NULL, 0 }

/* Write one value (base units) into its field of `settings`. */
void ess_parameter_set(const struct ess_parameter *parameter, double value, void *settings);

/* Read one field of `settings` back in base units. */
double ess_parameter_get(const struct ess_parameter *parameter, const void *settings);

/* Write every default of `table` (NULL means an empty table). O(entries). */
void ess_parameters_set_defaults(const struct ess_parameter *table, void *settings);

#endif
