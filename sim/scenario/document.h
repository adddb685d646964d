/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_DOCUMENT_H
#define ESS_SCENARIO_DOCUMENT_H

/* A scenario file on its way to checked scenarios:
 *
 *     bytes -> JSON tree -> includes merged -> settings applied -> one tree for each variant of
 *     `compare` -> structs read by the field tables -> references resolved and checked
 *
 * Everything wrong that can be found is collected in `diagnostics` before the load fails. */

#include <stdio.h>

#include "sim/scenario/diagnostics.h"
#include "sim/scenario/scenario.h"

enum ess_scenario_status {
    ESS_SCENARIO_OK,
    ESS_SCENARIO_BAD,         /* see the diagnostics */
    ESS_SCENARIO_DATA_MISSING /* nothing is wrong but that a file below $ESSAIM_DATA is not there;
                                 the one diagnostic says which: a caller may skip the scenario */
};

struct ess_scenario_options {
    const char *const *settings; /* "/json/pointer=value", applied in order */
    size_t setting_count;
    const char *data_folder;    /* what $ESSAIM_DATA stands for; NULL: no real data here */
    const char *const *metrics; /* names that `expect` may use, NULL at the end; NULL: any */
};

struct ess_scenario_document;

/* Limits, each refused with a message that states it. */
#define ESS_SCENARIO_FILE_BYTES_MAX (16 * 1024 * 1024)
#define ESS_SCENARIO_VARIANTS_MAX 4096
#define ESS_SCENARIO_HOSTS_MAX 1000000
#define ESS_SCENARIO_INCLUDE_DEPTH_MAX 16

/* Read the file at `path` and check every variant of it. On OK, `*document` is the caller's, freed
 * by ess_scenario_document_free; otherwise it is NULL and `diagnostics` says why. `options` may be
 * NULL. Cost: variants x size of the file. */
enum ess_scenario_status ess_scenario_load(const char *path,
    const struct ess_scenario_options *options, struct ess_scenario_document **document,
    struct ess_diagnostics *diagnostics);

/* The same from memory, as file `name` in messages. No file is opened: `include` is refused and a
 * trace is not looked for. */
enum ess_scenario_status ess_scenario_parse_text(const char *text, size_t bytes, const char *name,
    const struct ess_scenario_options *options, struct ess_scenario_document **document,
    struct ess_diagnostics *diagnostics);

void ess_scenario_document_free(struct ess_scenario_document *document);

/* At least 1: a file that compares nothing has one variant. */
size_t ess_scenario_variant_count(const struct ess_scenario_document *document);

/* Build variant `index` (the last pointer of `compare` varies fastest). The scenario is the
 * caller's, freed by ess_scenario_free, and outlives the document. Load has checked every variant,
 * so this fails (NULL) only where memory or a trace file has gone since. */
struct ess_scenario *ess_scenario_variant(const struct ess_scenario_document *document,
    size_t index, struct ess_diagnostics *diagnostics);

void ess_scenario_free(struct ess_scenario *scenario);

/* Write the scenario as JSON with every default filled in. Reading that text back gives the same
 * scenario. What `compare` chose is written into its place; `compare` itself is not. */
void ess_scenario_print_resolved(const struct ess_scenario *scenario, FILE *out);

#endif
