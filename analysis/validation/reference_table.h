/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_REFERENCE_TABLE_H
#define ESS_VALIDATION_REFERENCE_TABLE_H

/* The kept table of reference runs, a CSV file without quotes:
 *
 *     hash,family,metric,tool,version,profile,median,lower,upper,runs,discarded,base_rtt_ms
 *
 * `median`, `lower` and `upper` quartile of `runs` runs, in seconds, bits a second or as a ratio
 * (by `metric`); `discarded` runs were not counted; `base_rtt_ms` is the round trip measured on the
 * idle path beforehand, empty where the tool needs no measuring. */

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct ess_reference {
    char hash[16], family[24], metric[16], tool[32], version[64], profile[64];
    double median, lower, upper;
    uint32_t runs, discarded;
    double base_rtt_ms; /* NaN: none */
};

struct ess_reference_table {
    struct ess_reference *rows;
    size_t count, room;
};

/* Add the rows of a file to the table (which was zeroed or read before). Returns 0, or -1 with a
 * message in `problem`. */
int ess_reference_table_read(
    struct ess_reference_table *table, const char *path, char *problem, size_t room);
void ess_reference_table_fini(struct ess_reference_table *table);

/* Returns 0, or -1 when out of memory. */
int ess_reference_table_add(struct ess_reference_table *table, const struct ess_reference *row);

/* NULL where there is none. O(rows). */
const struct ess_reference *ess_reference_table_find(const struct ess_reference_table *table,
    const char *hash, const char *metric, const char *tool);

void ess_reference_write_header(FILE *file);
void ess_reference_write_row(FILE *file, const struct ess_reference *row);

/* Sorts `values` and gives median and quartiles (halfway between neighbours where it falls between,
 * R's type 7). count >= 1. */
void ess_reference_quartiles(
    double *values, uint32_t count, double *lower, double *median, double *upper);

#endif
