/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/wan_builder.h"

#include <stdlib.h>
#include <string.h>

bool ess_wan_add(struct ess_wan_builder *builder, const struct ess_scenario_wan_link *link) {
    uint32_t sites = (uint32_t)builder->scenario->site_count;
    if (builder->link_count == ESS_WAN_LINKS_MAX) {
        if (!builder->full)
            ess_reader_complain_at(builder->reader, link->origin, "more", NULL,
                "at most %d WAN links in all", ESS_WAN_LINKS_MAX);
        builder->full = true;
        return false;
    }
    if (builder->link_count == builder->link_capacity) {
        size_t capacity = 2 * builder->link_capacity + 64;
        struct ess_scenario_wan_link *larger =
            ess_store_take_array(builder->reader->store, capacity, sizeof *larger);
        if (builder->link_count > 0)
            memcpy(larger, builder->links, builder->link_count * sizeof *larger);
        builder->links = larger;
        builder->link_capacity = capacity;
    }
    builder->links[builder->link_count++] = *link;
    if (link->from_site < sites)
        builder->joined[link->from_site] = true;
    if (link->to_site < sites)
        builder->joined[link->to_site] = true;
    return true;
}

const char *ess_wan_site_name(const struct ess_scenario *scenario, uint32_t site) {
    if (site < scenario->site_count && scenario->sites[site].name != NULL)
        return scenario->sites[site].name;
    return "a node of the graph";
}

const char *ess_wan_node_name(const struct ess_scenario_site *site) {
    return site->node != NULL ? site->node : site->name;
}

char *ess_wan_read_file(struct ess_wan_builder *builder, const char *pointer, const char *written,
    const char **path, size_t *count) {
    struct ess_file_error error = {.found = ""};
    char *bytes;
    *path = ess_data_file_path(builder->reader, &builder->files, pointer, written);
    if (*path == NULL)
        return NULL;
    bytes = ess_file_bytes(*path, count, &error);
    if (bytes == NULL)
        ess_reader_complain_at(builder->reader, pointer,
            ess_store_print(builder->reader->store, "%s at \"%s\"", error.found, *path), NULL, "%s",
            error.expected);
    return bytes;
}

void ess_wan_complain(
    struct ess_wan_builder *builder, const char *path, const struct ess_file_error *error) {
    ess_diagnostics_add(builder->reader->diagnostics, path, error->place, error->expected,
        error->found, NULL, NULL);
    builder->reader->errors++;
}
