/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_PUBLISHED_PUBLISHED_H
#define ESS_PUBLISHED_PUBLISHED_H

/* Figures that others published, beside what we simulate. One source is one file published_NAME.c
 * that ends with its descriptor: which scenarios are to be run, and how their results become the
 * figures of the file NAME.json of published figures. The figures themselves, their evidence and
 * whether a test may fail on them are read from that file, never written here.
 *
 * What a comparison may not do: take a setting from the figure that it is compared with. */

#include <stdbool.h>
#include <stdio.h>

#include "analysis/results.h"
#include "sim/scenario/diagnostics.h"

enum { ESS_PUBLISHED_SETTINGS_MAX = 5 };

/* A scenario to run, with some of its fields changed. */
struct ess_published_run {
    const char *scenario;                             /* file below the folder of scenarios */
    const char *settings[ESS_PUBLISHED_SETTINGS_MAX]; /* as for --set; ends with NULL */
};

struct ess_published_row {
    char *name;      /* source and figure */
    char *tolerance; /* in words */
    const char *unit;
    char level[12]; /* of evidence: "primary", "secondary" … */
    bool gate;      /* a test may fail on it */
    bool within;
    double published, simulated; /* NaN: no result */
};

struct ess_published; /* a comparison under way */

struct ess_published_type {
    const char *name;                     /* of the source: its figures are in NAME.json */
    const char *summary;                  /* what is compared, and what of the source is not */
    const struct ess_published_run *runs; /* ends with a NULL scenario */
    /* `results` has one entry for each run, NULL where it could not be run. */
    void (*compare)(struct ess_published *published, const struct ess_results *const *results);
};

/* In the order of file names; ends with NULL. Generated. */
extern const struct ess_published_type *const ess_published_registry[];

/* ---- for whoever runs comparisons ----------------------------------------------------------- */

/* Read FOLDER/NAME.json of the source. NULL with the reasons in `diagnostics`. */
struct ess_published *ess_published_open(
    const struct ess_published_type *type, const char *folder, struct ess_diagnostics *diagnostics);

/* Compare; figures that the file lacks are told in `diagnostics`. Once. */
void ess_published_compare(struct ess_published *published,
    const struct ess_results *const *results, struct ess_diagnostics *diagnostics);

const struct ess_published_type *ess_published_source(const struct ess_published *published);
size_t ess_published_count(const struct ess_published *published);
const struct ess_published_row *ess_published_row(
    const struct ess_published *published, size_t index);
void ess_published_close(struct ess_published *published); /* NULL is allowed */

/* A line a figure: both values, the tolerance, whether it is met, the evidence. */
void ess_published_print(const struct ess_published *const *sources, size_t count, FILE *out);

/* [{"name", "source", "unit", "published", "simulated", "tolerance", "within", "level", "gate"}] */
void ess_published_write_json(const struct ess_published *const *sources, size_t count, FILE *out);

/* ---- for comparisons ------------------------------------------------------------------------ */

/* The number at a path of keys and places in arrays below "published", such as "sweep/2". NaN, and
 * told, where there is none. */
double ess_published_number(struct ess_published *published, const char *path);

/* Add a figure whose evidence is that of member `figure`, met where low <= simulated <= high.
 * `name` and `tolerance` are copied; a simulated NaN is never met. */
void ess_published_add(struct ess_published *published, const char *figure,
    const struct ess_published_row *row, double low, double high);

/* The mean of a metric over the replications of the first variant; NaN where there is none. */
double ess_published_metric(const struct ess_results *results, const char *metric);

/* The mean goodput of the plain transfer of that name, bytes/s; NaN where there is none. */
double ess_published_goodput(const struct ess_results *results, const char *transfer);

#endif
