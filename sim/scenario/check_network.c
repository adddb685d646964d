/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/transport.h"
#include "sim/scenario/checks.h"

#define IDEAL_WINDOW_BYTES 4194304

/* The plain model has no buffers: it needs a window. */
bool ess_check_network(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_network *network = value;
    (void)reader;
    (void)place;
    if (network->window_bytes == INT64_MAX && network->transport.type == &ess_transport_ideal) {
        network->window_bytes = IDEAL_WINDOW_BYTES;
    }
    return true;
}
