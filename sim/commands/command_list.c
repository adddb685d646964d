/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/parameter.h"
#include "collective/plan.h"
#include "models/availability/reader.h"
#include "models/machine/cpu.h"
#include "models/machine/gpu.h"
#include "models/network/graph_reader.h"
#include "models/network/link_reader.h"
#include "models/network/network.h"
#include "models/network/transport.h"
#include "models/packet/congestion.h"
#include "models/packet/profile.h"
#include "sim/commands/metrics.h"
#include "sim/commands/options.h"
#include "sim/scenario/choice.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/policies.h"

extern const struct ess_command_type ess_command_list;

enum { NAMES_MAX = 128, KINDS_MAX = ESS_POLICY_KIND_COUNT + 10 };

/* One thing that can be named in a scenario. */
struct entry {
    const char *name;
    const char *summary;
    const char *source;
    const struct ess_parameter *parameters;
};

struct kind {
    const char *name;
    const char *meaning;
    size_t (*entries)(size_t kind, struct entry *entries);
};

static size_t list_policies(size_t kind, struct entry *entries) {
    struct ess_policy_piece piece;
    size_t count = 0;
    while (count < NAMES_MAX && ess_policy_at((enum ess_policy_kind)kind, count, &piece)) {
        entries[count++] =
            (struct entry){piece.name, piece.summary, piece.source, piece.parameters};
    }
    return count;
}

static size_t list_trace_formats(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_reader_registry[count]; count++) {
        const struct ess_reader_type *reader = ess_reader_registry[count];
        entries[count] = (struct entry){reader->name, reader->summary, reader->source, NULL};
    }
    return count;
}

static size_t list_link_formats(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_link_reader_registry[count]; count++) {
        const struct ess_link_reader_type *reader = ess_link_reader_registry[count];
        entries[count] = (struct entry){reader->name, reader->summary, reader->source, NULL};
    }
    return count;
}

static size_t list_graph_formats(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_graph_reader_registry[count]; count++) {
        const struct ess_graph_reader_type *reader = ess_graph_reader_registry[count];
        entries[count] = (struct entry){reader->name, reader->summary, reader->source, NULL};
    }
    return count;
}

static size_t list_transports(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_transport_registry[count]; count++) {
        const struct ess_transport_type *type = ess_transport_registry[count];
        entries[count] = (struct entry){type->name, type->summary, type->source, type->parameters};
    }
    return count;
}

static size_t list_networks(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_network_registry[count]; count++) {
        const struct ess_network_type *type = ess_network_registry[count];
        entries[count] = (struct entry){type->name, type->summary, type->source, NULL};
    }
    return count;
}

static size_t list_profiles(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_profile_registry[count]; count++) {
        const struct ess_profile_type *type = ess_profile_registry[count];
        entries[count] = (struct entry){type->name, type->summary, type->source, NULL};
    }
    return count;
}

static size_t list_congestion(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_congestion_registry[count]; count++) {
        const struct ess_congestion_type *type = ess_congestion_registry[count];
        entries[count] = (struct entry){type->name, type->summary, type->source, NULL};
    }
    return count;
}

static size_t list_gpus(size_t kind, struct entry *entries) {
    static char summaries[NAMES_MAX][96];
    size_t count = 0;
    (void)kind;
    for (; count < ess_gpu_count && count < NAMES_MAX; count++) {
        const struct ess_gpu *gpu = &ess_gpu_table[count];
        snprintf(summaries[count], sizeof summaries[count],
            "%.1f TFLOP/s dense, %.0f GiB at %.0f GB/s, %.0f W", gpu->matrix_flop_per_s / 1e12,
            (double)gpu->memory_bytes / 1073741824.0, gpu->memory_bytes_per_s / 1e9, gpu->power_w);
        entries[count] = (struct entry){gpu->name, summaries[count], NULL, NULL};
    }
    return count;
}

static size_t list_cpus(size_t kind, struct entry *entries) {
    static char summaries[NAMES_MAX][96];
    size_t count = 0;
    (void)kind;
    for (; count < ess_cpu_count && count < NAMES_MAX; count++) {
        const struct ess_cpu *cpu = &ess_cpu_table[count];
        snprintf(summaries[count], sizeof summaries[count],
            "%.2f TFLOP/s, memory at %.0f GB/s, %.0f W", cpu->flop_per_s / 1e12,
            cpu->memory_bytes_per_s / 1e9, cpu->power_w);
        entries[count] = (struct entry){cpu->name, summaries[count], NULL, NULL};
    }
    return count;
}

static size_t list_metrics(size_t kind, struct entry *entries) {
    size_t count = 0;
    (void)kind;
    for (; count < NAMES_MAX && ess_metrics[count].name; count++) {
        entries[count] =
            (struct entry){ess_metrics[count].name, ess_metrics[count].meaning, NULL, NULL};
    }
    return count;
}

static struct kind kind_at(size_t index) {
    static const struct kind others[] = {
        {"transport", "network.transport: how connections behave", list_transports},
        {"trace-format", "availability.format: how a trace file is read", list_trace_formats},
        {"link-format", "link_traces[].format: how a link trace is read", list_link_formats},
        {"graph-format", "wan.graph.format: how a graph file is read", list_graph_formats},
        {"network", "network.model: how transfers share links", list_networks},
        {"profile", "network.profile: whose TCP the packet model is", list_profiles},
        {"congestion", "network.congestion_control of the packet model", list_congestion},
        {"gpu", "sites[].hosts[].gpu", list_gpus},
        {"cpu", "sites[].hosts[].cpu", list_cpus},
        {"metric", "what is measured; expect[].metric", list_metrics},
    };
    if (index < ESS_POLICY_KIND_COUNT) {
        const char *key = ess_policy_key((enum ess_policy_kind)index);
        return (struct kind){key, "a policy: policies.<kind>", list_policies};
    }
    return others[index - ESS_POLICY_KIND_COUNT];
}

static const char *value_text(
    const struct ess_parameter *parameter, double value, char text[ESS_QUANTITY_TEXT_BYTES]) {
    enum ess_dimension dimension = ess_parameter_dimension(parameter);
    if (parameter->kind == ESS_PARAMETER_BOOLEAN) {
        return value != 0 ? "true" : "false";
    }
    if (dimension == ESS_DIMENSION_NUMBER) {
        ess_units_format_number(value, text);
    } else {
        ess_units_format(value, dimension, text);
    }
    return text;
}

static void print_parameters(const struct ess_parameter *parameters) {
    char fallback[ESS_QUANTITY_TEXT_BYTES], least[ESS_QUANTITY_TEXT_BYTES];
    char most[ESS_QUANTITY_TEXT_BYTES];
    if (!parameters || !parameters->key) {
        printf("  no parameters\n");
        return;
    }
    printf("  %-16s %-9s %s\n", "parameter", "default", "meaning (range)");
    for (const struct ess_parameter *p = parameters; p->key; p++) {
        printf("  %-16s %-9s %s", p->key, value_text(p, p->default_value, fallback), p->meaning);
        if (p->kind != ESS_PARAMETER_BOOLEAN) {
            printf(
                " (%s to %s)", value_text(p, p->minimum, least), value_text(p, p->maximum, most));
        }
        printf("\n");
    }
}

/* What a plan of a collective can do, and what it promises. Other pieces have no plan. */
static void print_plan(enum ess_policy_kind kind, const char *name) {
    if (kind != ESS_POLICY_COLLECTIVE) {
        return;
    }
    for (size_t i = 0; ess_plan_registry[i]; i++) {
        const struct ess_plan_type *plan = ess_plan_registry[i];
        if (strcmp(plan->name, name) != 0) {
            continue;
        }
        printf("  can do:");
        for (int primitive = 0; primitive < ESS_PRIMITIVE_COUNT; primitive++) {
            if (plan->primitives & ESS_PRIMITIVE_BIT(primitive)) {
                printf(" %s", ess_primitive_name((enum ess_primitive)primitive));
            }
        }
        printf("\n");
        if (plan->identical) {
            printf("  all ranks end with the same bits\n");
        }
    }
}

static void print_entry(size_t kind, const struct entry *entry) {
    printf("%s\n  %s\n", entry->name, entry->summary);
    if (entry->source) {
        printf("  source: %s\n", entry->source);
    }
    if (kind < ESS_POLICY_KIND_COUNT) {
        print_plan((enum ess_policy_kind)kind, entry->name);
    }
    print_parameters(entry->parameters);
}

static void list_kinds(void) {
    struct entry entries[NAMES_MAX];
    for (size_t i = 0; i < KINDS_MAX; i++) {
        struct kind kind = kind_at(i);
        printf("%-14s %3zu  %s\n", kind.name, kind.entries(i, entries), kind.meaning);
    }
}

static int list_entries(size_t index, const char *wanted) {
    struct entry entries[NAMES_MAX];
    const char *names[NAMES_MAX];
    struct kind kind = kind_at(index);
    size_t count = kind.entries(index, entries);
    const char *nearest;
    for (size_t i = 0; i < count; i++) {
        names[i] = entries[i].name;
        if (!wanted) {
            printf("%-22s %s\n", entries[i].name, entries[i].summary);
            if (index == ESS_POLICY_COLLECTIVE) {
                print_plan(ESS_POLICY_COLLECTIVE, entries[i].name);
                printf("  source: %s\n", entries[i].source);
            }
        } else if (strcmp(entries[i].name, wanted) == 0) {
            print_entry(index, &entries[i]);
            return ESS_EXIT_DONE;
        }
    }
    if (!wanted) {
        return ESS_EXIT_DONE;
    }
    nearest = ess_name_nearest(wanted, names, count);
    return ess_command_misused(&ess_command_list, "no %s is called \"%s\"%s%s%s", kind.name, wanted,
        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

static int run(int argc, char **argv) {
    struct ess_option options[] = {{.name = NULL}};
    struct ess_operands words;
    const char *names[KINDS_MAX];
    const char *nearest;
    if (!ess_options_parse(&ess_command_list, argc, argv, options, &words)) {
        return ESS_EXIT_BAD_INPUT;
    }
    if (words.count > 2) {
        return ess_command_misused(&ess_command_list, "expected at most a kind and a name");
    }
    if (words.count == 0) {
        list_kinds();
        return ESS_EXIT_DONE;
    }
    for (size_t i = 0; i < KINDS_MAX; i++) {
        names[i] = kind_at(i).name;
        if (strcmp(names[i], words.values[0]) == 0) {
            return list_entries(i, words.count == 2 ? words.values[1] : NULL);
        }
    }
    nearest = ess_name_nearest(words.values[0], names, KINDS_MAX);
    return ess_command_misused(&ess_command_list, "no kind is called \"%s\"%s%s%s", words.values[0],
        nearest ? "; did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : "");
}

const struct ess_command_type ess_command_list = {
    .name = "list",
    .summary = "what a scenario can name: policies, machines, formats, metrics",
    .help = "Usage: essaim list [KIND [NAME]]\n"
            "\n"
            "Without arguments: the kinds of things a scenario can name. With a KIND: all of "
            "that "
            "kind,\n"
            "one line each. With a NAME: what it does, its limits, its source, and its "
            "parameters "
            "with\n"
            "defaults and ranges. Everything printed here comes from the pieces themselves.\n"
            "\n"
            "Examples: essaim list\n"
            "          essaim list collective\n"
            "          essaim list detector timeout\n",
    .run = run,
};
