/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GraphML, by igraph. Whatever begins as XML does is taken for it, unless another reader is surer.
 */
#include <string.h>

#include "models/network/graph_reader.h"

static int recognise(const char *bytes, size_t count) {
    size_t at = count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < count && bytes[at] != '\0' && strchr(" \t\r\n", bytes[at])) {
        at++;
    }
    return at < count && bytes[at] == '<' ? 50 : 0;
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    (void)form; /* the speeds it knows have units */
    return ess_graph_read_igraph(bytes, count, true, graph, error);
}

const struct ess_graph_reader_type ess_graph_reader_graphml = {
    .name = "graphml",
    .summary = "GraphML with the Topology Zoo's names (LinkSpeedRaw, Latitude …)",
    .source = "Brandes et al., GraphML progress report, 2002; Knight et al., JSAC 29(9), 2011",
    .recognise = recognise,
    .read = read,
};
