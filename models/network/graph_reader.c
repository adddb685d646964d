/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/graph_reader.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const struct ess_graph_reader_type *ess_graph_reader_find(const char *name) {
    for (size_t i = 0; ess_graph_reader_registry[i]; i++) {
        if (strcmp(ess_graph_reader_registry[i]->name, name) == 0) {
            return ess_graph_reader_registry[i];
        }
    }
    return NULL;
}

const struct ess_graph_reader_type *ess_graph_reader_recognise(const char *bytes, size_t count) {
    const struct ess_graph_reader_type *best = NULL;
    int surest = 0;
    for (size_t i = 0; ess_graph_reader_registry[i]; i++) {
        int sure = ess_graph_reader_registry[i]->recognise(bytes, count);
        if (sure > surest) {
            surest = sure;
            best = ess_graph_reader_registry[i];
        }
    }
    return best;
}

bool ess_graph_read(const char *bytes, size_t count, const char *format,
    const struct ess_graph_form *form, struct ess_graph *graph, struct ess_file_error *error) {
    static const struct ess_graph_form no_units = {0, 0};
    const struct ess_graph_reader_type *reader =
        format ? ess_graph_reader_find(format) : ess_graph_reader_recognise(bytes, count);
    *graph = (struct ess_graph){.failure_least = NAN, .failure_greatest = NAN};
    if (!reader) {
        assert(!format);
        return ess_file_error_set(error, "",
            count == 0 ? "an empty file" : "bytes that look like none",
            "a graph in a format of `essaim list graph-format`");
    }
    graph->format = reader->name;
    if (!reader->read(bytes, count, form ? form : &no_units, graph, error)) {
        ess_graph_fini(graph);
        return false;
    }
    return true;
}

void ess_graph_fini(struct ess_graph *graph) {
    for (uint32_t i = 0; graph->nodes && i < graph->node_count; i++) {
        free(graph->nodes[i].id);
        free(graph->nodes[i].label);
    }
    free(graph->nodes);
    free(graph->edges);
    *graph = (struct ess_graph){.directed = false};
}

uint32_t ess_graph_find(const struct ess_graph *graph, const char *name, bool *several) {
    uint32_t found = UINT32_MAX;
    *several = false;
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].id, name) == 0) {
            return i;
        }
    }
    for (uint32_t i = 0; i < graph->node_count; i++) {
        if (strcmp(graph->nodes[i].label, name) == 0) {
            *several = found != UINT32_MAX;
            if (*several) {
                return UINT32_MAX;
            }
            found = i;
        }
    }
    return found;
}
