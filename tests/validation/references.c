/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the reference tools on cases and keeps the medians, or checks kept ones.
 *
 *     references run TOOL CASES TABLE [HASHES]   all cases of the folder CASES, or those that the
 *                                                file HASHES names, one a line; rows to TABLE
 *     references check PERCENT SEED CASES TABLE  runs a random PERCENT of the rows of TABLE anew
 *                                                (100: all) and compares the medians
 *
 * TOOL: ns-3, SimGrid-LV08, SimGrid-CM02, Linux, and our models fluid-ideal, fluid-linux,
 * fluid-ns3, packet-linux, packet-ns3, whose results have the same form. BUILD names the build
 * folder (default build), under which the drivers stand, see `tools` below.
 *
 * Our models get the jittered case as a text in which a transfer over several connections is that
 * many transfers; what a driver cannot read is left out.
 *
 * ns-3 and SimGrid draw from their own seeds, so a row must come out again as it was. Linux is real
 * time, and medians of five of a ring have come out 10 % apart on a machine with other work: a row
 * must come out within a factor of 1.2 beyond the kept quartiles. */
#include "analysis/validation/case_families.h"
#include "analysis/validation/case_text.h"
#include "analysis/validation/outcome.h"
#include "analysis/validation/reference_table.h"
#include "base/random.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RUNS_MAX = 16, ATTEMPTS_MAX = 24, OUTPUT_BYTES = 1 << 16, LINUX_RUNS = 5 };
enum { PATH_BYTES = 4096 };

struct tool {
    const char *name;
    const char *program; /* under BUILD */
    const char *before;  /* arguments before the case */
    const char *after;   /* and after it and the run */
    const char *profile; /* %s: the congestion control */
    uint32_t runs;       /* 0: as many as the family says */
    double tolerance;    /* a factor beyond the kept quartiles */
};

static const struct tool tools[] = {
    {"ns-3", "peers/ns3_netcase", "", "", "%s RTO minimum 200 ms", 0, 1 + 1e-6},
    {"SimGrid-LV08", "peers/sg_netcase", "", "2>/dev/null", "default", 1, 1 + 1e-6},
    {"SimGrid-CM02", "peers/sg_netcase", "",
        "--cfg=network/model:CM02 --cfg=network/crosstraffic:0 2>/dev/null",
        "network/model:CM02 network/crosstraffic:0", 1, 1 + 1e-6},
    {"Linux", "tests/validation/linux_case", "", "", "%s", LINUX_RUNS, 1.2},
    {"fluid-linux", "tests/validation/model_case", "fluid linux", "", "%s", 1, 1 + 1e-6},
    {"fluid-ns3", "tests/validation/model_case", "fluid ns3", "", "%s", 1, 1 + 1e-6},
    {"fluid-ideal", "tests/validation/model_case", "fluid ideal", "", "%s", 1, 1 + 1e-6},
    {"packet-linux", "tests/validation/model_case", "packet linux", "", "%s", 0, 1 + 1e-6},
    {"packet-ns3", "tests/validation/model_case", "packet ns3", "", "%s", 0, 1 + 1e-6}};

/* The runs of one case on one tool. */
struct sample {
    double values[ESS_CASE_METRICS][RUNS_MAX];
    double base_rtt_ms[RUNS_MAX];
    uint32_t runs, discarded;
    char version[64];
    double cpu_s;
};

static const struct tool *find_tool(const char *name) {
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        if (strcmp(tools[i].name, name) == 0) {
            return &tools[i];
        }
    }
    fprintf(stderr, "references: unknown tool %s; there are", name);
    for (size_t i = 0; i < sizeof tools / sizeof *tools; i++) {
        fprintf(stderr, " %s", tools[i].name);
    }
    fprintf(stderr, "\n");
    return NULL;
}

static const char *build_folder(void) {
    const char *build = getenv("BUILD");
    return build && *build ? build : "build";
}

static bool is_there(const struct tool *tool) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s", build_folder(), tool->program);
    return access(path, X_OK) == 0;
}

static const struct ess_case_family *find_family(const char *hash) {
    for (uint32_t i = 0; i < ess_case_standard_count(); i++) {
        struct ess_case network;
        char other[ESS_CASE_HASH_BYTES];
        const struct ess_case_family *family = ess_case_draw(ESS_CASE_STANDARD_SEED, i, &network);
        ess_case_hash(&network, other);
        if (strcmp(other, hash) == 0) {
            return family;
        }
    }
    return NULL;
}

/* Give the case to the driver; its output to `output`, its exit status is returned. A driver that
 * hangs is ended. */
static int run_driver(
    const struct tool *tool, const char *path, uint32_t run, char output[OUTPUT_BYTES]) {
    char command[3 * PATH_BYTES];
    /* SimGrid's solver recurses, so the stack may grow. */
    snprintf(command, sizeof command, "ulimit -s unlimited; timeout 180 %s/%s %s %s %u %s",
        build_folder(), tool->program, tool->before, path, run, tool->after);
    FILE *pipe = popen(command, "r");
    if (!pipe) {
        return -1;
    }
    size_t bytes = fread(output, 1, OUTPUT_BYTES - 1, pipe);
    output[bytes] = 0;
    return pclose(pipe);
}

static void keep_run(struct sample *sample, const struct ess_case *network, const char *output) {
    struct ess_case_outcome outcome;
    uint32_t metrics = 0;
    if (ess_case_outcome_parse(output, &outcome) != 0) {
        sample->discarded++;
        return;
    }
    for (uint32_t m = 0; m < ESS_CASE_METRICS; m++) {
        double value = ess_case_outcome_value(network, &outcome, (enum ess_case_metric)m);
        sample->values[m][sample->runs] = value;
        metrics += isnan(value) ? 0 : 1;
    }
    if (metrics == 0) {
        sample->discarded++;
        return;
    }
    double cpu_s = ess_case_outcome_number(output, "cpu_s");
    sample->cpu_s += isnan(cpu_s) ? 0 : cpu_s;
    sample->base_rtt_ms[sample->runs] = ess_case_outcome_number(output, "base_rtt_ms");
    snprintf(
        sample->version, sizeof sample->version, "%s", outcome.version[0] ? outcome.version : "-");
    sample->runs++;
}

static void run_case(const struct tool *tool, const char *path, const struct ess_case *network,
    uint32_t runs, struct sample *sample) {
    static char output[OUTPUT_BYTES];
    memset(sample, 0, sizeof *sample);
    for (uint32_t attempt = 0; attempt < ATTEMPTS_MAX && sample->runs < runs; attempt++) {
        struct ess_case played = *network;
        int status = run_driver(tool, path, attempt, output);
        if (status == 0) {
            keep_run(sample, &played, output);
        } else {
            sample->discarded++;
        }
        if (sample->discarded >= 4 && sample->runs == 0) {
            return; /* it cannot be run here, or cannot do this at all */
        }
    }
}

static void fill_row(const struct tool *tool, const struct ess_case *network, const char *hash,
    const char *family, struct sample *sample, uint32_t metric, struct ess_reference *row) {
    static const char *const short_names[] = {"cubic", "reno", "bbr"};
    double low, high;
    memset(row, 0, sizeof *row);
    snprintf(row->hash, sizeof row->hash, "%s", hash);
    snprintf(row->family, sizeof row->family, "%s", family);
    snprintf(
        row->metric, sizeof row->metric, "%s", ess_case_metric_name((enum ess_case_metric)metric));
    snprintf(row->tool, sizeof row->tool, "%s", tool->name);
    snprintf(row->version, sizeof row->version, "%s", sample->version);
    snprintf(row->profile, sizeof row->profile, tool->profile, short_names[network->congestion]);
    row->runs = sample->runs;
    row->discarded = sample->discarded;
    ess_reference_quartiles(
        sample->values[metric], sample->runs, &row->lower, &row->median, &row->upper);
    row->base_rtt_ms = (double)NAN;
    if (!isnan(sample->base_rtt_ms[0])) {
        ess_reference_quartiles(sample->base_rtt_ms, sample->runs, &low, &row->base_rtt_ms, &high);
    }
}

/* Run one case and write its rows. Returns 0 where there were any. */
static int make_rows(
    const struct tool *tool, const char *folder, const char *hash, FILE *file, double *cpu_s) {
    struct ess_case network;
    struct ess_case_error error;
    struct sample sample;
    char path[PATH_BYTES];
    const struct ess_case_family *family = find_family(hash);
    snprintf(path, sizeof path, "%s/%s.txt", folder, hash);
    if (!family || ess_case_read(path, &network, &error) != 0) {
        fprintf(stderr, "references: %s is no case of the standard set\n", path);
        return -1;
    }
    run_case(tool, path, &network, tool->runs ? tool->runs : family->runs, &sample);
    *cpu_s += sample.cpu_s;
    printf("%s %s %s: %u runs, %u discarded, %.1f s of processor so far\n", tool->name, hash,
        family->name, sample.runs, sample.discarded, *cpu_s);
    fflush(stdout);
    for (uint32_t m = 0; sample.runs > 0 && m < ESS_CASE_METRICS; m++) {
        struct ess_reference row;
        if (!isnan(sample.values[m][0])) {
            fill_row(tool, &network, hash, family->name, &sample, m, &row);
            ess_reference_write_row(file, &row);
            fflush(file);
        }
    }
    return sample.runs > 0 ? 0 : -1;
}

static int run_tool(const char *name, const char *folder, const char *path, const char *only) {
    const struct tool *tool = find_tool(name);
    char hash[64];
    double cpu_s = 0;
    if (!tool || !is_there(tool)) {
        fprintf(stderr, "references: %s cannot be run: its driver is not built\n", name);
        return 1;
    }
    FILE *list = only ? fopen(only, "r") : NULL, *file = fopen(path, "w");
    if (!file || (only && !list)) {
        perror(only && !list ? only : path);
        return 1;
    }
    ess_reference_write_header(file);
    while (list && fscanf(list, "%63s", hash) == 1) {
        make_rows(tool, folder, hash, file, &cpu_s);
    }
    for (uint32_t i = 0; !list && i < ess_case_standard_count(); i++) {
        struct ess_case network;
        ess_case_draw(ESS_CASE_STANDARD_SEED, i, &network);
        ess_case_hash(&network, hash);
        make_rows(tool, folder, hash, file, &cpu_s);
    }
    if (list) {
        fclose(list);
    }
    return fclose(file) == 0 ? 0 : 1;
}

enum verdict { AGREES, DIFFERS, SKIPPED };

static enum verdict check_row(const char *folder, const struct ess_reference *kept) {
    const struct tool *tool = find_tool(kept->tool);
    struct ess_case network;
    struct ess_case_error error;
    struct sample sample;
    struct ess_reference row;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/%s.txt", folder, kept->hash);
    if (!tool || ess_case_read(path, &network, &error) != 0) {
        printf("%s: not a case or tool of this tree\n", kept->hash);
        return DIFFERS;
    }
    if (!is_there(tool)) {
        return SKIPPED;
    }
    run_case(tool, path, &network, kept->runs, &sample);
    for (uint32_t m = 0; sample.runs > 0 && m < ESS_CASE_METRICS; m++) {
        if (strcmp(ess_case_metric_name((enum ess_case_metric)m), kept->metric) != 0) {
            continue;
        }
        fill_row(tool, &network, kept->hash, kept->family, &sample, m, &row);
        bool agrees = row.median <= kept->upper * tool->tolerance &&
                      row.median >= kept->lower / tool->tolerance;
        printf("%s %-9s %s %s: kept %.6g (%.6g to %.6g), now %.6g%s\n", agrees ? "ok  " : "DIFF",
            kept->metric, kept->tool, kept->hash, kept->median, kept->lower, kept->upper,
            row.median, strcmp(row.version, kept->version) != 0 ? ", another version" : "");
        fflush(stdout);
        return agrees ? AGREES : DIFFERS;
    }
    return SKIPPED; /* it says itself why it cannot run */
}

static int check_table(double percent, uint64_t seed, const char *folder, const char *path) {
    struct ess_reference_table table = {NULL, 0, 0};
    struct ess_random random;
    char problem[512];
    uint32_t counts[3] = {0};
    if (ess_reference_table_read(&table, path, problem, sizeof problem) != 0) {
        fprintf(stderr, "references: %s\n", problem);
        return 1;
    }
    ess_random_init(&random, seed, 0, "rows to check");
    for (size_t i = 0; i < table.count; i++) {
        if (100 * ess_random_unit(&random) < percent) {
            counts[check_row(folder, &table.rows[i])]++;
        }
    }
    printf("references: of %zu rows %u came out again, %u did not, %u could not be run here "
           "(seed %" PRIu64 ")\n",
        table.count, counts[AGREES], counts[DIFFERS], counts[SKIPPED], seed);
    ess_reference_table_fini(&table);
    return counts[DIFFERS] > 0 ? 1 : 0;
}

int main(int argc, char **argv) {
    if (argc >= 5 && strcmp(argv[1], "run") == 0) {
        return run_tool(argv[2], argv[3], argv[4], argc > 5 ? argv[5] : NULL);
    }
    if (argc == 6 && strcmp(argv[1], "check") == 0) {
        return check_table(strtod(argv[2], NULL), strtoull(argv[3], NULL, 10), argv[4], argv[5]);
    }
    fprintf(stderr, "usage: references run TOOL CASES TABLE [HASHES]\n"
                    "       references check PERCENT SEED CASES TABLE\n");
    return 2;
}
