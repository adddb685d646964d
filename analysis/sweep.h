/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SWEEP_H
#define ESS_ANALYSIS_SWEEP_H

/* A sweep: one scenario, and the fields of it that vary. Each combination of their values that is
 * not excluded is a point. Points are numbered from 0 in the order of the file, the last field
 * varying fastest; that number is only a place in this sweep, a point's identity is its hash
 * (sim/commands/sweep_plan.h).
 *
 * The file (scenarios/sweeps/README.md explains each member):
 *
 *   {"name": "hierarchy", "scenario": "../flagship.json",
 *    "set": {"/duration": "1 h"},
 *    "vary": {"/policies/collective": ["ring", "hierarchical"],
 *             "/wan/links/0/rate": {"from": "10 Mbit/s", "to": "1 Gbit/s", "steps": 7,
 *                                   "scale": "log"}},
 *    "exclude": [{"/policies/collective": "ring", "/wan/links/0/rate": "1 Gbit/s"}],
 *    "replications": 5, "limits": {"memory": "2 GiB", "wall": "60 s"}} */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/store.h"

/* Limits, refused with a message that states them. */
#define ESS_SWEEP_POINTS_MAX 1000000
#define ESS_SWEEP_AXES_MAX 16
#define ESS_SWEEP_FORMAT 1 /* of the folder's files; a larger number is of a newer program */

struct ess_sweep_axis {
    const char *pointer;
    const char **values;   /* JSON text of each */
    const char **settings; /* "pointer=value" of each */
    size_t count;
};

/* The points at which all the named axes have the named values. */
struct ess_sweep_exclusion {
    size_t axis[ESS_SWEEP_AXES_MAX];
    size_t step[ESS_SWEEP_AXES_MAX];
    size_t count;
};

/* What the folder's copy says beside the definition. */
struct ess_sweep_origin {
    const char *version; /* NULL: not from a folder */
    const char *identity;
    int64_t points;
};

struct ess_sweep {
    struct ess_store *store; /* owns everything here */
    const char *path;        /* of the file that was read */
    const char *name;
    const char *scenario;  /* absolute path */
    const char **pointers; /* of `set` */
    const char **values;   /* of `set`: JSON texts */
    const char **settings; /* of `set`: "pointer=value" */
    size_t setting_count;
    struct ess_sweep_axis *axes;
    size_t axis_count;
    struct ess_sweep_exclusion *exclusions;
    size_t exclusion_count;
    int64_t replications;             /* 0: as the scenario says */
    const char *replications_setting; /* NULL then */
    int64_t memory_bytes;             /* that a point may take beyond the program itself */
    int64_t wall_ns;                  /* that a point may take, all its replications together */
    uint32_t *grid;                   /* place in the full product of each point */
    size_t point_count;
    struct ess_sweep_origin origin;
};

/* Read a sweep file, or the copy in a folder. NULL with the reasons in `diagnostics`; else freed by
 * ess_sweep_free. Whether the scenario accepts the values is not looked at here. */
struct ess_sweep *ess_sweep_read(const char *path, struct ess_diagnostics *diagnostics);

void ess_sweep_free(struct ess_sweep *sweep); /* NULL is allowed */

/* The step of the axis that `text` names: its JSON, a string without its quotes, or an equal
 * quantity ("1000 ms" for "1 s"). `count` where there is none. */
size_t ess_sweep_axis_step(const struct ess_sweep_axis *axis, const char *text);

/* The axis of that pointer; `axis_count` where there is none. */
size_t ess_sweep_find_axis(const struct ess_sweep *sweep, const char *pointer);

/* Which value each axis has at a point: steps[axis_count]. O(axes). */
void ess_sweep_steps(const struct ess_sweep *sweep, size_t point, size_t *steps);

/* What makes the scenario into the point at `steps`, in the order of application; room for
 * ess_sweep_setting_count() texts, which live as long as the sweep. */
size_t ess_sweep_setting_count(const struct ess_sweep *sweep);
void ess_sweep_settings(const struct ess_sweep *sweep, const size_t *steps, const char **settings);

/* Write the definition with all ranges expanded and the scenario's path absolute; `origin` NULL:
 * without it. Reading it gives the same sweep. */
void ess_sweep_write(
    const struct ess_sweep *sweep, const struct ess_sweep_origin *origin, FILE *file);

#endif
