/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/loading.h"

extern const struct ess_command_type ess_command_validate;

static int validate_one(const char *path, bool print) {
    struct ess_loaded loaded;
    int status = ess_load(path, NULL, 0, &loaded);
    if (status != ESS_EXIT_DONE) {
        return status;
    }
    if (print) {
        for (size_t i = 0; i < loaded.count; i++) {
            ess_scenario_print_resolved(loaded.variants[i].scenario, stdout);
        }
    } else {
        printf("%s: good, %zu variant%s of %zu hosts, up to %lld replications each\n", path,
            loaded.count, loaded.count == 1 ? "" : "s", loaded.variants[0].scenario->host_count,
            (long long)loaded.variants[0].scenario->measure.replications);
    }
    ess_loaded_free(&loaded);
    return ESS_EXIT_DONE;
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = "print"}, {.name = NULL}};
    struct ess_operands files;
    int worst = ESS_EXIT_DONE;
    if (!ess_options_parse(&ess_command_validate, argc, argv, options, &files)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (files.count == 0) {
        return ess_command_misused(&ess_command_validate, "expected at least one scenario file");
    }
    for (int i = 0; i < files.count; i++) {
        int status = validate_one(files.values[i], ess_option(options, "print")->count > 0);
        worst = status > worst ? status : worst;
    }
    return worst;
}

const struct ess_command_type ess_command_validate = {
    .name = "validate",
    .summary = "check scenario files and tell everything that is wrong with them",
    .help =
        "Usage: essaim validate [--print] FILE.json...\n"
        "\n"
        "Reads each scenario with its includes and traces, builds every variant of `compare`, and\n"
        "tells all errors in one go, each with its place (file and JSON pointer), what was found,\n"
        "what was expected, and the nearest valid name. Runs nothing.\n"
        "\n"
        "  --print   print each variant with every default filled in\n"
        "\n"
        "Exit status: 0 all good, 2 something is wrong.\n"
        "Example: essaim validate scenarios/*.json\n",
    .run = run,
};
