/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes through the reader of TEAVAR's topologies. */
#include "tests/fuzz/graph_promises.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes) {
    try_graph(data, size_bytes, "teavar");
    return 0;
}
