/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_WAN_BUILDER_H
#define ESS_SCENARIO_WAN_BUILDER_H

/* The links of a WAN while they are gathered from all that a scenario says: one by one
 * (check_wan.c), by templates, from matrices, from a graph (a file each). Only those include this.
 */

#include "models/network/file_bytes.h"
#include "sim/scenario/data_file.h"
#include "sim/scenario/scenario.h"

#define ESS_WAN_LINKS_MAX 1000000
#define ESS_WAN_NODES_MAX 100000

struct ess_wan_builder {
    struct ess_reader *reader;
    struct ess_scenario *scenario;
    struct ess_data_files files;
    struct ess_scenario_wan_link *links;
    size_t link_count, link_capacity;
    bool full;           /* and that has been said */
    bool partial;        /* something was broken, of which the tables have complained */
    uint32_t node_count; /* sites, then nodes of the graph where none stands */
    bool *joined;        /* [site] has a link, or stands at a node of the graph */
    /* For sites that nothing joins: what the last file would have had to say. */
    const char *last_file;
    const char *const *last_names;
    size_t last_name_count;
};

/* Add a link between two nodes, all of it resolved but from and to. False when there are too many,
 * which is said once, at the link's origin. */
bool ess_wan_add(struct ess_wan_builder *builder, const struct ess_scenario_wan_link *link);

/* "lyon", or the graph's node; for messages. */
const char *ess_wan_site_name(const struct ess_scenario *scenario, uint32_t site);

/* What a site is called in the files of the WAN. */
const char *ess_wan_node_name(const struct ess_scenario_site *site);

/* Read a whole file; NULL after a complaint. The bytes are the caller's to free. */
char *ess_wan_read_file(struct ess_wan_builder *builder, const char *pointer, const char *written,
    const char **path, size_t *count);

/* Complain of something in a file. */
void ess_wan_complain(
    struct ess_wan_builder *builder, const char *path, const struct ess_file_error *error);

void ess_wan_add_templates(struct ess_wan_builder *builder);
void ess_wan_add_matrix(struct ess_wan_builder *builder);
void ess_wan_add_graph(struct ess_wan_builder *builder);

#endif
