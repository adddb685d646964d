/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/commands/loading.h"
#include "sim/commands/plan_print.h"
#include "sim/commands/plan_svg.h"
#include "sim/scenario/nearest.h"

extern const struct ess_command_type ess_command_plan;

/* One error in the form of all others. */
static int complain(const char *path, const char *place, const char *expected, const char *found,
    const char *nearest) {
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    ess_diagnostics_add(&diagnostics, path, place, expected, found, nearest, NULL);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return ESS_EXIT_BAD_INPUT;
}

/* ---- which variant --------------------------------------------------------------------------- */

static int complain_of_variant(
    const struct ess_loaded *loaded, const char *path, const char *name) {
    const char **names = calloc(loaded->count, sizeof *names);
    char expected[256];
    int status;
    if (!names) {
        ess_out_of_memory(loaded->count, sizeof *names);
    }
    for (size_t i = 0; i < loaded->count; i++) {
        assert(loaded->variants[i].scenario);
        names[i] = loaded->variants[i].scenario->variant_name;
    }
    snprintf(
        expected, sizeof expected, "the name of a variant (--variant), such as \"%s\"", names[0]);
    status =
        complain(path, "/compare", expected, name, ess_name_nearest(name, names, loaded->count));
    free(names);
    return status;
}

/* The variant of that name (NULL: the first), or NULL. */
static const struct ess_scenario *find_variant(const struct ess_loaded *loaded, const char *name) {
    for (size_t i = 0; i < loaded->count; i++) {
        const struct ess_scenario *scenario = loaded->variants[i].scenario;
        if (!name || strcmp(scenario->variant_name, name) == 0) {
            return scenario;
        }
    }
    return NULL;
}

/* ---- the drawing ----------------------------------------------------------------------------- */

/* Written whole beside its place, then renamed: nobody sees half a drawing. */
static int draw(const struct ess_plan_view *view, const char *path) {
    size_t bytes = strlen(path) + sizeof ".part";
    char *partial = malloc(bytes);
    FILE *file;
    bool ok;
    int problem;
    if (!partial) {
        ess_out_of_memory(1, bytes);
    }
    snprintf(partial, bytes, "%s.part", path);
    file = fopen(partial, "w");
    ok = file != NULL;
    if (ok) {
        ess_plan_svg(view, file);
        ok = !ferror(file);
        ok = fclose(file) == 0 && ok && rename(partial, path) == 0;
    }
    problem = errno;
    if (!ok && file) {
        remove(partial);
    }
    free(partial);
    return ok ? ESS_EXIT_DONE
              : complain(path, "", "a file that can be written (--svg)", strerror(problem), NULL);
}

/* ---- the command ----------------------------------------------------------------------------- */

static int show(const struct ess_scenario *scenario, const char *svg) {
    struct ess_plan_view view;
    struct ess_arena arena;
    int status = ESS_EXIT_DONE;
    char found[64];
    if (!scenario->training) {
        return complain(scenario->path, "/services",
            "a service of kind training or collectives, whose plan is to be shown", "none", NULL);
    }
    if (scenario->host_count > ESS_PLAN_VIEW_HOSTS_MAX) {
        snprintf(found, sizeof found, "%zu", scenario->host_count);
        return complain(scenario->path, "/sites",
            "at most 1024 machines: work grows with the square", found, NULL);
    }
    ess_arena_init(&arena, 0);
    ess_plan_view_init(&view, scenario, &arena);
    ess_plan_print(&view, stdout);
    if (svg) {
        status = draw(&view, svg);
    }
    ess_arena_fini(&arena);
    return status;
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = "set", .takes_value = true},
        {.name = "variant", .takes_value = true}, {.name = "svg", .takes_value = true},
        {.name = NULL}};
    const struct ess_option *settings;
    const struct ess_scenario *scenario;
    const char *name;
    struct ess_operands files;
    struct ess_loaded loaded;
    int status;
    if (!ess_options_parse(&ess_command_plan, argc, argv, options, &files)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (files.count != 1) {
        return ess_command_misused(&ess_command_plan, "expected one scenario file");
    }
    settings = ess_option(options, "set");
    status = ess_load(files.values[0], settings->values, (size_t)settings->count, &loaded);
    if (status != ESS_EXIT_DONE) {
        return status;
    }
    name = ess_option_value(options, "variant", NULL);
    scenario = find_variant(&loaded, name);
    status = scenario ? show(scenario, ess_option_value(options, "svg", NULL))
                      : complain_of_variant(&loaded, files.values[0], name);
    ess_loaded_free(&loaded);
    return status;
}

const struct ess_command_type ess_command_plan = {
    .name = "plan",
    .summary = "show what the policies would build for a scenario's machines",
    .help =
        "Usage: essaim plan [OPTIONS] FILE.json\n"
        "\n"
        "Prints what the coordinator would build if all machines of the scenario were members, by\n"
        "its own code: the ring's order and its slowest hop, packed trees, the shares of a\n"
        "butterfly, sites and levels. What the scenario's plan does not follow is made and shown\n"
        "all the same, and marked as an alternative. Then the predicted time of each plan that\n"
        "the cost model knows, and what each selection policy would pick. Runs nothing.\n"
        "\n"
        "  --variant NAME         of a comparison: this variant (default: the first)\n"
        "  --set /POINTER=VALUE   change a field first, as `essaim run` does\n"
        "  --svg FILE             also draw the ring and the trees\n"
        "\n"
        "What it goes by is the declared truth: for each pair of machines the rate of one "
        "transfer\n"
        "alone and the delay, as at the start of a run. It does not know links that several pairs\n"
        "share, other traffic, losses, links that change, or machines that are away, so a\n"
        "prediction may be too low; where pairs are unequal, steps of a real run overlap, and it\n"
        "may be too high. `essaim run` measures. At most 1024 machines.\n"
        "\n"
        "Exit status: 0 done, 2 the file or an option is bad; the message says where.\n"
        "Examples: essaim plan scenarios/collectives.json --svg plan.svg\n"
        "          essaim plan scenarios/collectives.json --variant packed_trees\n"
        "          essaim plan scenarios/collectives.json --set /policies/order=bottleneck\n",
    .run = run,
};
