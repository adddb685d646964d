/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "analysis/expectations.h"
#include "analysis/folder.h"
#include "analysis/records_csv.h"
#include "analysis/result_transfers.h"
#include "analysis/results_csv.h"
#include "analysis/results_json.h"
#include "analysis/run_info.h"
#include "analysis/table.h"
#include "sim/commands/batch.h"
#include "sim/commands/loading.h"
#include "sim/commands/metrics.h"
#include "sim/commands/run_results.h"
#include "sim/version.h"

extern const struct ess_command_type ess_command_run;

enum { ERROR_BYTES = 512, COLUMNS_MAX = 32, SETTING_BYTES = 80 };

enum format { FORMAT_TABLE, FORMAT_JSON, FORMAT_CSV };

/* One `essaim run`. */
struct session {
    int argc;
    char **argv;
    const char *out;
    char *default_out;
    enum format format;
    bool quiet;
    int64_t jobs;
    struct ess_loaded loaded;
    size_t replications;
    struct ess_batch_item *items; /* [variant][replication] */
    struct ess_results *results;
    time_t started;
    double wall_s;
};

static volatile sig_atomic_t interrupted;

static void on_interrupt(int number) {
    interrupted = number;
}

static const struct ess_scenario *first_scenario(const struct session *session) {
    return session->loaded.variants[0].scenario;
}

/* ---- arguments --------------------------------------------------------------------------------
 */

static bool take_format(struct session *session, const char *text) {
    static const char *const names[] = {"table", "json", "csv"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            session->format = (enum format)i;
            return true;
        }
    }
    ess_command_misused(
        &ess_command_run, "--format: expected table, json or csv, found \"%s\"", text);
    return false;
}

/* --seed and --replications are settings like any other. */
static size_t collect_settings(const struct ess_option *options,
    const char *settings[ESS_OPTION_VALUES_MAX + 2], char texts[2][SETTING_BYTES]) {
    static const char *const names[] = {"seed", "replications"};
    static const char *const pointers[] = {"/seed", "/measure/replications"};
    size_t count = 0;
    for (int i = 0; i < ess_option(options, "set")->count; i++) {
        settings[count++] = ess_option(options, "set")->values[i];
    }
    for (int i = 0; i < 2; i++) {
        const char *value = ess_option_value(options, names[i], NULL);
        if (value) {
            bool quoted = i == 0; /* seeds are read as text: they may exceed 2^53 */
            int length = snprintf(
                texts[i], SETTING_BYTES, quoted ? "%s=\"%s\"" : "%s=%s", pointers[i], value);
            if (length >= SETTING_BYTES) {
                ess_command_misused(&ess_command_run, "--%s: too long a number", names[i]);
                return SIZE_MAX;
            }
            settings[count++] = texts[i];
        }
    }
    return count;
}

static int take_arguments(struct session *session, int argc, char **argv) {
    struct ess_option options[] = {{.name = "set", .takes_value = true},
        {.name = "seed", .takes_value = true}, {.name = "replications", .takes_value = true},
        {.name = "jobs", .takes_value = true}, {.name = "out", .takes_value = true},
        {.name = "format", .takes_value = true}, {.name = "quiet"}, {.name = NULL}};
    const char *settings[ESS_OPTION_VALUES_MAX + 2];
    char texts[2][SETTING_BYTES];
    struct ess_operands files;
    size_t setting_count;
    session->jobs = sysconf(_SC_NPROCESSORS_ONLN);
    if (!ess_options_parse(&ess_command_run, argc, argv, options, &files) ||
        !ess_option_number(&ess_command_run, options, "jobs", 1, 256, &session->jobs) ||
        !take_format(session, ess_option_value(options, "format", "table"))) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (files.count != 1) {
        return ess_command_misused(
            &ess_command_run, "expected one scenario file, found %d", files.count);
    }
    session->quiet = ess_option(options, "quiet")->count > 0;
    session->out = ess_option_value(options, "out", NULL);
    setting_count = collect_settings(options, settings, texts);
    if (setting_count == SIZE_MAX) {
        return ESS_EXIT_BAD_INPUT;
    }
    return ess_load(files.values[0], settings, setting_count, &session->loaded);
}

/* ---- preparing --------------------------------------------------------------------------------
 */

static bool check_expectations(const struct session *session) {
    const struct ess_scenario *scenario = first_scenario(session);
    struct ess_diagnostics diagnostics;
    bool good = true;
    ess_diagnostics_init(&diagnostics);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        good &= ess_expectation_check(
            session->results, &scenario->expectations[i], scenario->path, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return good;
}

static int prepare(struct session *session) {
    const struct ess_scenario *scenario = first_scenario(session);
    char error[ERROR_BYTES];
    if (!session->out) {
        session->out = session->default_out =
            ess_folder_default_name(scenario->name, scenario->seed);
    }
    if (!session->out || !ess_folder_check(session->out, error, sizeof error)) {
        fprintf(stderr, "essaim run: %s\n", session->out ? error : "out of memory");
        return ESS_EXIT_BAD_INPUT;
    }
    session->replications = ess_run_replications(&session->loaded);
    session->results = ess_run_results_declare(&session->loaded);
    if (!check_expectations(session)) {
        return ESS_EXIT_BAD_INPUT;
    }
    session->items = ess_run_items(&session->loaded);
    return ESS_EXIT_DONE;
}

/* ---- running ----------------------------------------------------------------------------------
 */

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static bool run_items(struct session *session) {
    size_t count = session->loaded.count * session->replications;
    struct sigaction action = {.sa_handler = on_interrupt};
    struct timespec start;
    bool whole;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (!session->quiet) {
        fprintf(stderr, "%s: %zu variant%s x %zu replication%s, seed %" PRIu64 "\n",
            first_scenario(session)->name, session->loaded.count,
            session->loaded.count == 1 ? "" : "s", session->replications,
            session->replications == 1 ? "" : "s", first_scenario(session)->seed);
    }
    session->started = time(NULL);
    clock_gettime(CLOCK_MONOTONIC, &start);
    whole = ess_batch_run(session->items, count, session->jobs,
        !session->quiet && isatty(STDERR_FILENO) ? stderr : NULL, &interrupted);
    session->wall_s = seconds_since(&start);
    return whole;
}

/* ---- results ----------------------------------------------------------------------------------
 */

static bool write_table(const struct session *session, FILE *file, bool terminal) {
    struct ess_table_column columns[COLUMNS_MAX];
    struct ess_table_style style = {.columns = columns, .terminal = terminal};
    for (const struct ess_metric *metric = ess_metrics; metric->name; metric++) {
        if (metric->title && style.column_count < COLUMNS_MAX) {
            columns[style.column_count++] = (struct ess_table_column){metric->name, metric->title};
        }
    }
    return ess_table_write(session->results, &style, file);
}

static bool write_plain_table(const struct session *session, FILE *file) {
    return write_table(session, file, false);
}

static bool write_json(const struct session *session, FILE *file) {
    return ess_results_write_json(session->results, file);
}

static bool write_csv(const struct session *session, FILE *file) {
    return ess_results_write_csv(session->results, file);
}

static bool write_records(const struct session *session, FILE *file) {
    ess_records_write_header(file);
    for (size_t i = 0; i < session->loaded.count * session->replications; i++) {
        const struct ess_batch_item *item = &session->items[i];
        for (size_t s = 0; !item->failure[0] && s < item->outcome.steps; s++) {
            const struct ess_world_step *step = &item->outcome.step_records[s];
            struct ess_step_record record = {
                .time_s = step->time_s,
                .duration_s = step->duration_s,
                .wan_bytes = step->wan_bytes,
                .members = step->members,
                .contributors = step->contributors,
                .attempts = step->attempts,
                .losses = step->losses,
            };
            ess_records_write_step(
                file, item->scenario->variant_name, item->replication, s, &record);
        }
    }
    return !ferror(file);
}

static bool write_transfers(const struct session *session, FILE *file) {
    return ess_result_transfers_write_csv(session->results, file);
}

static bool write_scenario(const struct session *session, FILE *file) {
    ess_scenario_print_resolved(first_scenario(session), file);
    return !ferror(file);
}

static bool write_run_info(const struct session *session, FILE *file) {
    struct ess_run_info info = {
        .version = ESS_VERSION,
        .words = (const char *const *)session->argv,
        .word_count = session->argc,
        .started = session->started,
        .wall_s = session->wall_s,
        .jobs = session->jobs,
    };
    for (size_t i = 0; i < session->loaded.count * session->replications; i++) {
        info.events += session->items[i].outcome.events;
    }
    return ess_run_info_write(&info, file);
}

static bool write_folder(const struct session *session, char *error) {
    static const struct {
        const char *name;
        bool (*write)(const struct session *session, FILE *file);
        bool of_transfers;
    } files[] = {{"results.json", write_json, false}, {"results.csv", write_csv, false},
        {"records.csv", write_records, false}, {"transfers.csv", write_transfers, true},
        {"table.txt", write_plain_table, false}, {"scenario.json", write_scenario, false},
        {"run-info.json", write_run_info, false}};
    bool transfers = ess_result_transfers_any(session->results);
    struct ess_folder folder;
    if (!ess_folder_open(&folder, session->out, error, ERROR_BYTES)) {
        return false;
    }
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        if (files[i].of_transfers && !transfers) {
            continue;
        }
        FILE *file = ess_folder_file(&folder, files[i].name, error, ERROR_BYTES);
        if (file) {
            files[i].write(session, file); /* errors stay with the stream */
        }
        if (!file || !ess_folder_close_file(file, files[i].name, error, ERROR_BYTES)) {
            ess_folder_abandon(&folder);
            return false;
        }
    }
    return ess_folder_commit(&folder, error, ERROR_BYTES);
}

static void print_results(const struct session *session) {
    const struct ess_results *results = session->results;
    switch (session->format) {
    case FORMAT_TABLE:
        write_table(session, stdout, isatty(STDOUT_FILENO));
        break;
    case FORMAT_JSON:
        ess_results_write_json(results, stdout);
        break;
    case FORMAT_CSV:
        ess_results_write_csv(results, stdout);
        break;
    }
    fflush(stdout);
    for (size_t i = 0; i < results->expectation_count; i++) {
        const struct ess_result_expectation *expectation = &results->expectations[i];
        if (!expectation->passed || !session->quiet) {
            fprintf(stderr, "%s: %s (%s)\n", expectation->passed ? "holds" : "DOES NOT HOLD",
                expectation->text, expectation->measured);
        }
    }
    if (!session->quiet) {
        fprintf(stderr, "results in %s (%.1f s)\n", session->out, session->wall_s);
    }
}

static int conduct(struct session *session) {
    char error[ERROR_BYTES];
    int status = prepare(session);
    if (status != ESS_EXIT_DONE) {
        return status;
    }
    if (!run_items(session)) {
        fprintf(stderr, "essaim run: interrupted, nothing was written\n");
        return ESS_EXIT_FAILED;
    }
    ess_run_results_take(session->results, &session->loaded, session->items);
    if (!write_folder(session, error)) {
        /* What was computed is not lost: it is printed all the same. */
        fprintf(stderr, "essaim run: %s\n", error);
        print_results(session);
        return ESS_EXIT_FAILED;
    }
    print_results(session);
    return ess_results_all_passed(session->results) ? ESS_EXIT_DONE : ESS_EXIT_FAILED;
}

static int run(int argc, char **argv) {
    struct session session = {.argc = argc, .argv = argv};
    int status = take_arguments(&session, argc, argv);
    if (status != ESS_EXIT_DONE) {
        return status;
    }
    status = conduct(&session);
    if (session.items) {
        ess_batch_free(session.items, session.loaded.count * session.replications);
    }
    free(session.items);
    ess_results_free(session.results);
    ess_loaded_free(&session.loaded);
    free(session.default_out);
    return status;
}

const struct ess_command_type ess_command_run = {
    .name = "run",
    .summary = "run a scenario: all variants of `compare`, all replications, a table",
    .help =
        "Usage: essaim run FILE.json [OPTIONS]\n"
        "\n"
        "Builds every variant of the scenario's `compare` and runs each in the same worlds "
        "(common\n"
        "random numbers), as many replications as `measure` says. Prints a table with confidence\n"
        "intervals and writes a results folder: results.json (documented, the same bytes for the "
        "same\n"
        "scenario and seed), results.csv, records.csv (one row a training step), transfers.csv "
        "(one\n"
        "row a plain transfer, where there are any), table.txt,\n"
        "scenario.json (with every default) and run-info.json (what may differ between runs).\n"
        "\n"
        "  --set /json/pointer=VALUE  change a field; may be repeated\n"
        "  --seed N                   the same as --set /seed=N\n"
        "  --replications N           the same as --set /measure/replications=N\n"
        "  --jobs N                   processes at a time; default: all processors\n"
        "  --out DIR                  results folder; default: results/NAME-SEED\n"
        "  --format table|json|csv    what is printed; json: the bytes of results.json\n"
        "  --quiet                    no progress, no closing lines\n"
        "\n"
        "Exit status: 0 done, 1 a run or an expectation failed, 2 bad input (nothing was run).\n"
        "Examples: essaim run scenarios/flagship.json\n"
        "          essaim run scenarios/flagship.json --set /policies/detector/timeout='\"60 "
        "s\"'\n",
    .run = run,
};
