/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes through igraph's readers of graphs, and through the one that they look like. */
#include "tests/fuzz/graph_promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    try_graph(data, size_bytes, "gml");
    try_graph(data, size_bytes, "graphml");
    try_graph(data, size_bytes, NULL);
    return 0;
}
