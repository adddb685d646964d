/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_COMMANDS_TOPOLOGY_PRINT_H
#define ESS_COMMANDS_TOPOLOGY_PRINT_H

/* What `essaim topology info` prints of a scenario's network, of a graph and of a matrix. */

#include <stdio.h>

#include "models/network/graph_file.h"
#include "models/network/matrix_file.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/units.h"

/* What finding the ways took. */
struct ess_topology_cost {
    double build_s, route_s;
    uint64_t arena_bytes; /* of the topology and its ways */
};

void ess_topology_print_scenario(
    const struct ess_scenario *scenario, struct ess_topology_cost *cost, FILE *out);

/* Links without a delay of their own take `default_delay_ns`; INT64_MAX: they are left out. */
void ess_topology_print_graph(const char *path, const struct ess_graph *graph, double delay_factor,
    int64_t default_delay_ns, FILE *out);

/* `factor` turns numbers into base units of `dimension` (NUMBER: they are printed as they are). */
void ess_topology_print_matrix(const char *path, const struct ess_matrix *matrix, double factor,
    enum ess_dimension dimension, FILE *out);

#endif
