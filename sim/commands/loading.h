/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_LOADING_H
#define ESS_COMMANDS_LOADING_H

/* Scenario files as commands take them: with --set, --seed and --replications, real data found, all
 * variants built, traces read. */

#include "models/availability/trace.h"
#include "sim/commands/options.h"
#include "sim/scenario/document.h"

struct ess_loaded_variant {
    struct ess_scenario *scenario;
    size_t trace; /* index into the traces, which variants share; SIZE_MAX: none */
};

struct ess_loaded {
    struct ess_loaded_variant *variants;
    size_t count;
    struct ess_trace *traces;
    char **trace_keys; /* format and path */
    size_t trace_count;
};

/* The folder of real data: ESSAIM_DATA, else ../shared/data; NULL where it does not exist. */
const char *ess_data_folder(void);

/* Load `path`; messages go to stderr. Returns an exit status; on ESS_EXIT_DONE `loaded` is to be
 * freed by ess_loaded_free. `settings` as for --set. */
int ess_load(
    const char *path, const char *const *settings, size_t setting_count, struct ess_loaded *loaded);

/* The trace of a variant, or NULL. */
const struct ess_trace *ess_loaded_trace(const struct ess_loaded *loaded, size_t variant);

void ess_loaded_free(struct ess_loaded *loaded);

#endif
