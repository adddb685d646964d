/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/commands/options.h"
#include "sim/commands/published_run.h"
#include "sim/scenario/nearest.h"

extern const struct ess_command_type ess_command_published;

enum { SOURCES_MAX = 64 };

static const struct ess_published_type *find(const char *name) {
    const char *names[SOURCES_MAX], *nearest;
    size_t count = 0;
    for (; count < SOURCES_MAX && ess_published_registry[count]; count++) {
        names[count] = ess_published_registry[count]->name;
        if (strcmp(names[count], name) == 0) {
            return ess_published_registry[count];
        }
    }
    nearest = ess_name_nearest(name, names, count);
    ess_command_misused(&ess_command_published,
        "expected a source of published figures, found \"%s\"%s%s%s", name,
        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
    return NULL;
}

/* Those that are named, else all. SIZE_MAX after a message. */
static size_t choose(
    const struct ess_operands *names, const struct ess_published_type *types[SOURCES_MAX]) {
    size_t count = 0;
    for (int i = 0; i < names->count; i++) {
        types[count] = find(names->values[i]);
        if (!types[count++]) {
            return SIZE_MAX;
        }
    }
    for (; names->count == 0 && count < SOURCES_MAX && ess_published_registry[count]; count++) {
        types[count] = ess_published_registry[count];
    }
    return count;
}

static bool write_file(const char *path, const struct ess_published *const *sources, size_t count) {
    FILE *file = fopen(path, "w");
    bool good;
    if (!file) {
        fprintf(stderr, "essaim published: %s cannot be written\n", path);
        return false;
    }
    ess_published_write_json(sources, count, file);
    good = !ferror(file);
    good &= fclose(file) == 0;
    if (!good) {
        fprintf(stderr, "essaim published: %s could not be written\n", path);
    }
    return good;
}

/* Run and compare all; those that could be read stand in `sources`. */
static int conduct(const struct ess_published_type *const *types, size_t count, const char *folder,
    const char *scenarios, int64_t jobs, const char *path) {
    struct ess_published *sources[SOURCES_MAX];
    size_t done = 0;
    int status = ESS_EXIT_DONE;
    for (size_t i = 0; i < count; i++) {
        sources[done] = ess_published_conduct(types[i], folder, scenarios, jobs);
        if (sources[done]) {
            done++;
        } else {
            status = ESS_EXIT_BAD_INPUT;
        }
    }
    ess_published_print((const struct ess_published *const *)sources, done, stdout);
    if (path && !write_file(path, (const struct ess_published *const *)sources, done)) {
        status = ESS_EXIT_FAILED;
    }
    for (size_t i = 0; i < done; i++) {
        ess_published_close(sources[i]);
    }
    return status;
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = "out", .takes_value = true},
        {.name = "scenarios", .takes_value = true}, {.name = "jobs", .takes_value = true},
        {.name = NULL}};
    const struct ess_published_type *types[SOURCES_MAX];
    struct ess_operands names;
    int64_t jobs = sysconf(_SC_NPROCESSORS_ONLN);
    const char *folder = ess_published_folder();
    size_t count;
    if (!ess_options_parse(&ess_command_published, argc, argv, options, &names) ||
        !ess_option_number(&ess_command_published, options, "jobs", 1, 256, &jobs)) {
        return ESS_EXIT_BAD_INPUT;
    }
    count = choose(&names, types);
    if (count == SIZE_MAX) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (!folder) {
        return ess_command_misused(&ess_command_published,
            "expected the folder of published figures, found none (ESSAIM_PUBLISHED says where it "
            "is)");
    }
    return conduct(types, count, folder,
        ess_option_value(options, "scenarios", "scenarios/published"), jobs,
        ess_option_value(options, "out", NULL));
}

const struct ess_command_type ess_command_published = {
    .name = "published",
    .summary = "simulate what others published, and print their figures beside ours",
    .help =
        "Usage: essaim published [OPTIONS] [SOURCE...]\n"
        "\n"
        "Runs the scenarios that stand for published measurements, and prints each figure beside\n"
        "ours: tolerance, whether it is met, how good the evidence is (primary: read in the "
        "paper;\n"
        "secondary: in a text that quotes it; computed; abstract). Misses are printed too. The\n"
        "figures are read from the folder that ESSAIM_PUBLISHED names (default\n"
        "../shared/published); some scenarios want real data (ESSAIM_DATA).\n"
        "\n"
        "  --out FILE        write the comparison as JSON\n"
        "  --scenarios DIR   default: scenarios/published\n"
        "  --jobs N          processes at a time; default: all processors\n"
        "\n"
        "Exit status: 0 compared (whatever came of it), 2 bad input.\n"
        "Examples: essaim published\n"
        "          essaim published pccl --out build/published.json\n",
    .run = run,
};
