/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_GRAPH_SNDLIB_H
#define ESS_MODELS_NETWORK_GRAPH_SNDLIB_H

/* What SNDlib's two formats of a network share (Orlowski, Pioro, Tomaszewski, Wessaely, SNDlib 1.0,
 * Networks 55(3), 2010): nodes with coordinates, links with what is installed on them.
 *
 * - A link whose opposite is in the file too is one direction; any other serves both.
 * - Its capacity is the pre-installed one; 0 is none. Modules that could be installed, at a cost,
 *   are not there, and are passed over, as are demands and admissible paths.
 * - The unit of capacities is that of META, `unit`: MBITPERSEC and its like; where it is not given,
 *   the file does not say it.
 * - Coordinates are degrees, x the longitude. Many instances have drawing units in their place:
 *   where any node is outside of 180 and 90, all of the file's count as not given. India35 has such
 *   units within that range: nothing in the native file tells (the XML form says `pixel`).
 * - No delays. */

#include "models/network/graph_build.h"

struct ess_sndlib {
    struct ess_graph_builder builder;
    double unit_bits_per_s; /* 0: not said */
    bool drawing;           /* the file says that coordinates are no degrees */
};

void ess_sndlib_init(struct ess_sndlib *file, struct ess_graph *graph,
    const struct ess_graph_form *form, struct ess_file_error *error);

/* "MBITPERSEC": K, M, G, T or none before it; other texts are no unit that is known. */
void ess_sndlib_unit(struct ess_sndlib *file, struct ess_text text);

/* A node, which must be new. `x` and `y` without bytes: no coordinates. */
bool ess_sndlib_node(struct ess_sndlib *file, struct ess_text id, struct ess_text x,
    struct ess_text y, uint32_t line);

/* A link between nodes that are known. `capacity` without bytes: none installed. */
bool ess_sndlib_link(struct ess_sndlib *file, struct ess_text from, struct ess_text to,
    struct ess_text capacity, uint32_t line);

/* The end of a good file; and of any, which frees what is not the graph's. */
bool ess_sndlib_end(struct ess_sndlib *file);
void ess_sndlib_fini(struct ess_sndlib *file);

#endif
