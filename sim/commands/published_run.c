/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/published_run.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "sim/commands/run_results.h"
#include "sim/engine/arena.h"

enum { PATH_BYTES = 1024 };

/* One of the source's runs. */
struct run {
    struct ess_loaded loaded;
    struct ess_batch_item *items;
    struct ess_results *results; /* NULL: it could not be loaded */
};

const char *ess_published_folder(void) {
    const char *path = getenv("ESSAIM_PUBLISHED");
    struct stat info;
    if (!path || !*path) {
        path = "../shared/published";
    }
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode) ? path : NULL;
}

static void conduct(
    struct run *run, const struct ess_published_run *wanted, const char *scenarios, int64_t jobs) {
    volatile sig_atomic_t interrupted = 0;
    char path[PATH_BYTES];
    size_t settings = 0;
    while (settings < ESS_PUBLISHED_SETTINGS_MAX && wanted->settings[settings]) {
        settings++;
    }
    snprintf(path, sizeof path, "%s/%s", scenarios, wanted->scenario);
    if (ess_load(path, wanted->settings, settings, &run->loaded) != ESS_EXIT_DONE) {
        return;
    }
    run->results = ess_run_results_declare(&run->loaded);
    run->items = ess_run_items(&run->loaded);
    ess_batch_run(
        run->items, run->loaded.count * run->results->replication_count, jobs, NULL, &interrupted);
    ess_run_results_take(run->results, &run->loaded, run->items);
}

static void fini(struct run *run) {
    if (run->results) {
        ess_batch_free(run->items, run->loaded.count * run->results->replication_count);
        free(run->items);
        ess_results_free(run->results);
        ess_loaded_free(&run->loaded);
    }
}

static struct ess_published *compare(struct ess_published *published, const struct run *runs,
    size_t count, struct ess_diagnostics *diagnostics) {
    const struct ess_results **results = calloc(count + 1, sizeof(const struct ess_results *));
    if (!results) {
        ess_out_of_memory(count + 1, sizeof(const struct ess_results *));
    }
    for (size_t i = 0; i < count; i++) {
        results[i] = runs[i].results;
    }
    ess_published_compare(published, results, diagnostics);
    free(results);
    return published;
}

struct ess_published *ess_published_conduct(const struct ess_published_type *type,
    const char *folder, const char *scenarios, int64_t jobs) {
    struct ess_diagnostics diagnostics;
    struct ess_published *published;
    struct run *runs;
    size_t count = 0;
    ess_diagnostics_init(&diagnostics);
    published = ess_published_open(type, folder, &diagnostics);
    while (type->runs[count].scenario) {
        count++;
    }
    runs = calloc(count + 1, sizeof *runs);
    if (!runs) {
        ess_out_of_memory(count + 1, sizeof *runs);
    }
    for (size_t i = 0; published && i < count; i++) {
        conduct(&runs[i], &type->runs[i], scenarios, jobs);
    }
    if (published) {
        compare(published, runs, count, &diagnostics);
    }
    for (size_t i = 0; i < count; i++) {
        fini(&runs[i]);
    }
    free(runs);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return published;
}
