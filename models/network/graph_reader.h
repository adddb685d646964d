/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_GRAPH_READER_H
#define ESS_MODELS_NETWORK_GRAPH_READER_H

/* One format of graph files, one file graph_reader_<name>.c that ends with its descriptor
 * `ess_graph_reader_<name>`. The build collects them; ess_graph_read (graph_file.h) chooses one by
 * name or by the first bytes. */

#include "models/network/graph_file.h"

struct ess_graph_reader_type {
    const char *name;
    const char *summary; /* with its limits */
    const char *source;  /* who defines the format */

    /* How surely the bytes are of this format: 0 not at all … 100. */
    int (*recognise)(const char *bytes, size_t count);

    /* Fill `graph`, which is empty. False with the error filled; the graph is then emptied by the
     * caller. */
    bool (*read)(const char *bytes, size_t count, const struct ess_graph_form *form,
        struct ess_graph *graph, struct ess_file_error *error);
};

/* Ends with NULL; in byte order of the file names. */
extern const struct ess_graph_reader_type *const ess_graph_reader_registry[];

/* The reader of that name, or NULL. */
const struct ess_graph_reader_type *ess_graph_reader_find(const char *name);

/* The reader that is surest, or NULL where none has an idea. */
const struct ess_graph_reader_type *ess_graph_reader_recognise(const char *bytes, size_t count);

/* igraph's readers, for the descriptors of GML and GraphML (graph_igraph in graph_file.c). */
bool ess_graph_read_igraph(const char *bytes, size_t count, bool graphml, struct ess_graph *graph,
    struct ess_file_error *error);

#endif
