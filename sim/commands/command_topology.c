/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "models/network/graph_reader.h"
#include "sim/commands/loading.h"
#include "sim/commands/topology_print.h"

extern const struct ess_command_type ess_command_topology;

/* Processor seconds: what a busy machine does not change much. */
static double now_s(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* ---- options --------------------------------------------------------------------------------- */

enum { COLUMNS = 3 };

struct asked {
    struct ess_option options[8];
    struct ess_operands files;
    double delay_factor;
    int64_t default_delay_ns; /* INT64_MAX: none */
    char *columns[COLUMNS];   /* NULL: square matrices */
    double unit_factor;
    enum ess_dimension dimension; /* of the unit; NUMBER: none given */
};

static bool ask_delay(struct asked *asked) {
    const char *factor = ess_option_value(asked->options, "delay-factor", "1");
    const char *delay = ess_option_value(asked->options, "default-delay", NULL);
    const char *nearest;
    char *end;
    double delay_ns;
    asked->delay_factor = strtod(factor, &end);
    if (end == factor || *end != '\0' || !(asked->delay_factor >= 0.1) ||
        asked->delay_factor > 100) {
        ess_command_misused(
            &ess_command_topology, "--delay-factor %s: expected a number from 0.1 to 100", factor);
        return false;
    }
    asked->default_delay_ns = INT64_MAX;
    if (!delay) {
        return true;
    }
    if (ess_units_parse(delay, ESS_DIMENSION_TIME, &delay_ns, &nearest) != ESS_UNITS_OK ||
        delay_ns < 0 || delay_ns > 600e9) {
        ess_command_misused(&ess_command_topology,
            "--default-delay %s: expected a time of at most 10 min, such as \"2 ms\"", delay);
        return false;
    }
    asked->default_delay_ns = (int64_t)(delay_ns + 0.5);
    return true;
}

static bool ask_unit(struct asked *asked) {
    const char *unit = ess_option_value(asked->options, "unit", NULL);
    const char *nearest;
    char text[ESS_QUANTITY_TEXT_BYTES];
    asked->unit_factor = 1;
    asked->dimension = ESS_DIMENSION_NUMBER;
    if (!unit) {
        return true;
    }
    snprintf(text, sizeof text, "1 %.40s", unit);
    if (ess_units_parse(text, ESS_DIMENSION_TIME, &asked->unit_factor, &nearest) == ESS_UNITS_OK) {
        asked->dimension = ESS_DIMENSION_TIME;
        return true;
    }
    if (ess_units_parse(text, ESS_DIMENSION_RATE, &asked->unit_factor, &nearest) == ESS_UNITS_OK) {
        asked->dimension = ESS_DIMENSION_RATE;
        return true;
    }
    ess_command_misused(&ess_command_topology,
        "--unit %s: expected a unit of time or rate, such as \"ms\" or \"Mbit/s\"", unit);
    return false;
}

/* "from,to,value", cut in place in a copy that the caller frees by columns[0]. */
static bool ask_columns(struct asked *asked) {
    const char *text = ess_option_value(asked->options, "columns", NULL);
    char *rest;
    if (!text) {
        return true;
    }
    rest = strdup(text);
    for (int i = 0; i < COLUMNS && rest; i++) {
        char *comma = strchr(rest, ',');
        asked->columns[i] = rest;
        if (comma) {
            *comma = '\0';
        }
        rest = comma ? comma + 1 : NULL;
    }
    if (!rest && asked->columns[COLUMNS - 1]) {
        return true;
    }
    ess_command_misused(
        &ess_command_topology, "--columns %s: expected three names, \"from,to,value\"", text);
    return false;
}

/* ---- files ----------------------------------------------------------------------------------- */

static int complain(const char *path, const struct ess_file_error *error) {
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    ess_diagnostics_add(
        &diagnostics, path, error->place, error->expected, error->found, NULL, NULL);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    return ESS_EXIT_BAD_INPUT;
}

static void print_cost(
    const struct ess_scenario *scenario, const struct ess_topology_cost *cost, double load_s) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf(
        "cost                  loaded in %.2f processor seconds, built in %.2f, all ways in %.2f; "
        "topology %.1f MB, %.0f bytes a host; peak memory of the process %.0f MB, %.0f bytes a "
        "host\n",
        load_s, cost->build_s, cost->route_s, 1e-6 * (double)cost->arena_bytes,
        (double)cost->arena_bytes / (double)scenario->host_count,
        1e-6 * 1024 * (double)usage.ru_maxrss,
        1024 * (double)usage.ru_maxrss / (double)scenario->host_count);
}

/* The first variant stands for all: what is compared is rarely the network. */
static int scenario_info(const struct asked *asked) {
    const struct ess_option *settings = ess_option(asked->options, "set");
    struct ess_scenario_options options = {
        .settings = settings->values,
        .setting_count = (size_t)settings->count,
        .data_folder = ess_data_folder(),
    };
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    struct ess_topology_cost cost;
    double begin_s = now_s();
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_load(asked->files.values[0], &options, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    if (scenario) {
        double load_s = now_s() - begin_s;
        ess_topology_print_scenario(scenario, &cost, stdout);
        if (ess_option(asked->options, "cost")->count > 0) {
            print_cost(scenario, &cost, load_s);
        }
    }
    ess_scenario_free(scenario);
    ess_scenario_document_free(document);
    return scenario ? ESS_EXIT_DONE : ESS_EXIT_BAD_INPUT;
}

static int graph_info(const struct asked *asked, const char *bytes, size_t count) {
    const char *path = asked->files.values[0];
    struct ess_file_error error = {.found = ""};
    bool rate = asked->dimension == ESS_DIMENSION_RATE;
    struct ess_graph_form form = {.rate_unit_bits_per_s = rate ? 8 * asked->unit_factor : 0,
        .delay_unit_ns = asked->dimension == ESS_DIMENSION_TIME ? asked->unit_factor : 0};
    struct ess_graph graph;
    if (!ess_graph_read(bytes, count, NULL, &form, &graph, &error)) {
        return complain(path, &error);
    }
    ess_topology_print_graph(path, &graph, asked->delay_factor, asked->default_delay_ns, stdout);
    ess_graph_fini(&graph);
    return ESS_EXIT_DONE;
}

static int matrix_info(const struct asked *asked, const char *bytes, size_t count) {
    const char *path = asked->files.values[0];
    struct ess_matrix_form form = {
        .pairs = asked->columns[0] != NULL,
        .from_column = asked->columns[0],
        .to_column = asked->columns[1],
        .value_column = asked->columns[2],
        .zero_allowed = true,
    };
    struct ess_file_error error = {.found = ""};
    struct ess_matrix matrix;
    if (!ess_matrix_read(bytes, count, &form, &matrix, &error)) {
        return complain(path, &error);
    }
    ess_topology_print_matrix(path, &matrix, asked->unit_factor, asked->dimension, stdout);
    ess_matrix_fini(&matrix);
    return ESS_EXIT_DONE;
}

/* JSON begins with a brace; the graph formats say what they are; the rest is a table. */
static int info_of(const struct asked *asked) {
    struct ess_file_error error = {.found = ""};
    size_t count, at;
    char *bytes = ess_file_bytes(asked->files.values[0], &count, &error);
    int status;
    if (!bytes) {
        return complain(asked->files.values[0], &error);
    }
    at = strspn(bytes, " \t\r\n");
    if (bytes[at] == '{') {
        status = scenario_info(asked);
    } else if (ess_graph_reader_recognise(bytes, count)) {
        status = graph_info(asked, bytes, count);
    } else {
        status = matrix_info(asked, bytes, count);
    }
    free(bytes);
    return status;
}

static int info(int argc, char **argv) {
    struct asked asked = {
        .options = {{.name = "set", .takes_value = true}, {.name = "cost"},
            {.name = "delay-factor", .takes_value = true},
            {.name = "default-delay", .takes_value = true},
            {.name = "columns", .takes_value = true}, {.name = "unit", .takes_value = true},
            {.name = NULL}},
    };
    int status = ESS_EXIT_BAD_INPUT;
    if (!ess_options_parse(&ess_command_topology, argc, argv, asked.options, &asked.files)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (asked.files.count != 1) {
        return ess_command_misused(&ess_command_topology, "info: expected one file");
    }
    if (ask_delay(&asked) && ask_unit(&asked) && ask_columns(&asked)) {
        status = info_of(&asked);
    }
    free(asked.columns[0]);
    return status;
}

static int run(int argc, char **argv) {
    if (argc >= 2 && strcmp(argv[1], "info") == 0) {
        return info(argc - 1, argv + 1);
    }
    return ess_command_misused(&ess_command_topology, "expected \"info\"");
}

const struct ess_command_type ess_command_topology = {
    .name = "topology",
    .summary = "look at a network: of a scenario, a graph file, a matrix",
    .help =
        "Usage: essaim topology info [OPTIONS] FILE\n"
        "\n"
        "Prints what a network is made of: nodes and links, whether it falls apart and into which\n"
        "parts, the delay of its farthest pair, capacities, and what the file does not say.\n"
        "FILE is told by its first bytes:\n"
        "\n"
        "  a scenario (JSON)   sites, hosts, links of `wan` from whatever source, ways by its "
        "policy\n"
        "  a graph             in a format of `essaim list graph-format`, such as GML; delays "
        "that\n"
        "                      it does not give are computed from coordinates, as a scenario's\n"
        "                      `wan.graph` does\n"
        "  CSV                 a matrix of delays or rates between places, plain or gzip\n"
        "\n"
        "  --set /POINTER=VALUE     a scenario: change a field first, as `essaim run` does\n"
        "  --cost                   a scenario: also the processor seconds and bytes it took\n"
        "  --delay-factor X         a graph: times the delay of light in glass (default 1)\n"
        "  --default-delay TIME     a graph: of links without a delay and with an end without\n"
        "                           coordinates\n"
        "  --unit UNIT              a matrix: what its numbers are, such as ms or Mbit/s; a "
        "graph:\n"
        "                           what its delays or capacities are where it does not say\n"
        "  --columns FROM,TO,VALUE  a table of pairs: the names of its columns\n"
        "\n"
        "Exit status: 0 done, 2 the file is bad; the message says where.\n"
        "Examples: essaim topology info scenarios/flagship.json\n"
        "          essaim topology info --default-delay '2 ms' Abilene.gml\n"
        "          essaim topology info --unit ms latency.csv\n",
    .run = run,
};
