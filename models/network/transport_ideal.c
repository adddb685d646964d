/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/transport.h"

const struct ess_transport_type ess_transport_ideal = {
    .name = "ideal",
    .summary = "one round trip of handshake, then at most one window a round trip; no slow start, "
               "no loss, no headers",
    .source = "window over round trip: RFC 7323, section 1.1",
};
