/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <stdlib.h>
#include <string.h>

#include "models/machine/cpu.h"
#include "models/machine/gpu.h"
#include "sim/scenario/nearest.h"

#define NAMES_MAX 256 /* of a table of machines or sites: those beyond are not suggested */

/* ---- One kind of host ---- */

static bool find_gpu(
    struct ess_reader *reader, const struct ess_place *place, struct ess_scenario_host_kind *kind) {
    kind->gpu_row = ess_gpu_find(kind->gpu);
    if (kind->gpu_row == NULL) {
        const char *names[NAMES_MAX];
        size_t count = 0;
        for (; count < NAMES_MAX && count < ess_gpu_count; count++)
            names[count] = ess_gpu_table[count].name;
        struct ess_place below = {place, "gpu", 0};
        ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", kind->gpu),
            ess_name_nearest(kind->gpu, names, count), "a GPU of the table (`essaim list gpu`)");
        return false;
    }
    kind->peak_flop_per_s = kind->gpu_row->matrix_flop_per_s;
    if (kind->memory_bytes == INT64_MAX)
        kind->memory_bytes = kind->gpu_row->memory_bytes;
    return true;
}

static bool find_cpu(
    struct ess_reader *reader, const struct ess_place *place, struct ess_scenario_host_kind *kind) {
    kind->cpu_row = ess_cpu_find(kind->cpu);
    if (kind->cpu_row == NULL) {
        const char *names[NAMES_MAX];
        size_t count = 0;
        for (; count < NAMES_MAX && count < ess_cpu_count; count++)
            names[count] = ess_cpu_table[count].name;
        struct ess_place below = {place, "cpu", 0};
        ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", kind->cpu),
            ess_name_nearest(kind->cpu, names, count), "a CPU of the table (`essaim list cpu`)");
        return false;
    }
    if (kind->memory_bytes == INT64_MAX) {
        ess_reader_complain(reader, place, "no such key", NULL,
            "the key \"memory\" (such as \"64 GiB\"), since \"cpu\" is given");
        return false;
    }
    kind->peak_flop_per_s = kind->cpu_row->flop_per_s;
    return true;
}

bool ess_check_host_kind(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_host_kind *kind = value;
    if (kind->gpu != NULL && kind->cpu != NULL) {
        ess_reader_complain(reader, place, "both", NULL, "either \"gpu\" or \"cpu\"");
        return false;
    }
    if (kind->name == NULL)
        kind->name = kind->gpu != NULL ? kind->gpu : kind->cpu != NULL ? kind->cpu : "host";
    if (kind->gpu == NULL && kind->cpu == NULL)
        return true; /* good for transfers; ess_check_job() wants one of them for training */
    return kind->gpu != NULL ? find_gpu(reader, place, kind) : find_cpu(reader, place, kind);
}

/* ---- One site ---- */

static bool complain_tree(struct ess_reader *reader, const struct ess_place *place,
    const char *found, const char *expected) {
    ess_reader_complain(reader, place, found, NULL, "%s", expected);
    return false;
}

/* From k or from the two lists to the tree's shape. */
static bool shape_tree(struct ess_reader *reader, const struct ess_place *place,
    struct ess_scenario_site_network *network) {
    struct ess_fat_tree *shape = &network->shape;
    if (network->k != INT64_MAX) {
        uint32_t k = (uint32_t)network->k;
        if (k % 2 != 0)
            return complain_tree(reader, place, "an odd k", "an even one");
        *shape = (struct ess_fat_tree){
            .levels = 3, .children = {k / 2, k / 2, k}, .parents = {1, k / 2, k / 2}};
    } else {
        if (network->children.count != network->parents.count)
            return complain_tree(reader, place, "\"children\" and \"parents\" of unequal length",
                "one number of each for every level");
        if (network->parents.values[0] != 1)
            return complain_tree(reader, place, "hosts with several parents",
                "\"parents\" that begin with 1: a host has one access link");
        shape->levels = (uint32_t)network->children.count;
        for (uint32_t i = 0; i < shape->levels; i++) {
            shape->children[i] = (uint32_t)network->children.values[i];
            shape->parents[i] = (uint32_t)network->parents.values[i];
        }
    }
    if (ess_fat_tree_init(shape))
        return true;
    ess_reader_complain(reader, place, "a larger tree", NULL,
        "a fat tree of at most %d hosts and %d cables", ESS_FAT_TREE_HOSTS_MAX,
        ESS_FAT_TREE_CABLES_MAX);
    return false;
}

bool ess_check_site_network(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_site_network *network = value;
    bool lists = network->children.count > 0, parents = network->parents.count > 0;
    bool k = network->k != INT64_MAX;
    if (network->kind == ESS_SITE_SWITCH) {
        if (k || lists || parents || network->rate_bytes_per_s > 0)
            return complain_tree(reader, place, "keys of a fat tree", "none of them with a switch");
        return true;
    }
    if (k ? lists || parents : !lists || !parents)
        return complain_tree(reader, place, k ? "both" : "neither in full",
            "either \"k\", or \"children\" and \"parents\"");
    if (network->rate_bytes_per_s <= 0)
        return complain_tree(reader, place, "no such key",
            "the key \"rate\" (such as \"100 Gbit/s\"), since the template is \"fat_tree\"");
    return shape_tree(reader, place, network);
}

static bool check_room(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_scenario_site *site) {
    int64_t hosts = 0;
    if (site->network == NULL || site->network->kind == ESS_SITE_SWITCH)
        return true;
    for (size_t i = 0; i < site->kind_count; i++)
        hosts += site->kinds[i].count;
    if (hosts <= (int64_t)site->network->shape.host_count)
        return true;
    struct ess_place below = {place, "network", 0};
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "room for %u hosts", site->network->shape.host_count), NULL,
        "a fat tree with room for the site's %lld", (long long)hosts);
    return false;
}

bool ess_check_site(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_site *site = value;
    if (strchr(site->name, '/') == NULL && strcmp(site->name, "coordinator") != 0)
        return check_room(reader, place, site);
    struct ess_place below = {place, "name", 0};
    ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", site->name), NULL,
        "a name without \"/\" other than \"coordinator\"");
    return false;
}

/* ---- All sites ---- */

uint32_t ess_find_site(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const char *name) {
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; i < scenario->site_count; i++) {
        const char *known = scenario->sites[i].name;
        if (known != NULL && strcmp(known, name) == 0)
            return (uint32_t)i;
        if (count < NAMES_MAX)
            names[count++] = known;
    }
    ess_reader_complain_at(reader, pointer, ess_store_print(reader->store, "\"%s\"", name),
        ess_name_nearest(name, names, count), "the name of a site");
    return ESS_INDEX_NONE;
}

struct named_site {
    const char *name;
    size_t index;
};

static int compare_names(const void *left, const void *right) {
    const struct named_site *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order != 0 ? order : (a->index > b->index) - (a->index < b->index);
}

static void check_unique_names(struct ess_reader *reader, const struct ess_scenario *scenario) {
    struct named_site *sorted =
        ess_store_take_array(reader->store, scenario->site_count, sizeof *sorted);
    size_t count = 0;
    for (size_t i = 0; i < scenario->site_count; i++)
        if (scenario->sites[i].name != NULL)
            sorted[count++] = (struct named_site){scenario->sites[i].name, i};
    qsort(sorted, count, sizeof *sorted, compare_names);
    for (size_t i = 1; i < count; i++) {
        if (strcmp(sorted[i - 1].name, sorted[i].name) != 0)
            continue;
        ess_reader_complain_at(reader,
            ess_store_print(reader->store, "/sites/%zu/name", sorted[i].index),
            ess_store_print(reader->store, "\"%s\" again", sorted[i].name), NULL,
            "a name that no site before it has");
    }
}

void ess_check_sites(struct ess_reader *reader, struct ess_scenario *scenario) {
    int64_t total = 0;
    bool whole = scenario->site_count > 0;
    check_unique_names(reader, scenario);
    for (size_t s = 0; s < scenario->site_count; s++) {
        struct ess_scenario_site *site = &scenario->sites[s];
        site->first_host = (uint32_t)total;
        whole &= site->kind_count > 0;
        for (size_t k = 0; k < site->kind_count; k++) {
            site->kinds[k].site = (uint32_t)s;
            whole &= site->kinds[k].count > 0;
            total += site->kinds[k].count;
            if (total > ESS_SCENARIO_HOSTS_MAX) {
                ess_reader_complain_at(reader, "/sites", "more", NULL, "at most %d hosts in all",
                    ESS_SCENARIO_HOSTS_MAX);
                return;
            }
        }
        site->host_count = (uint32_t)total - site->first_host;
    }
    scenario->host_count = (size_t)total;
    if (whole && total == 1)
        ess_reader_complain_at(reader, "/sites", "a group of one", NULL,
            "at least 2 hosts, since a machine alone has nobody to reduce with");
}
