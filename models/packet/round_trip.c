/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Smoothed round trip, its variation, and the length of the retransmission timer (RFC 6298): gains
 * 1/8 and 1/4, in integers. */
#include "models/packet/parts.h"

void ess_round_trip_measured(struct connection *connection, int64_t sample_ns) {
    struct ess_window *window = &connection->window;
    int64_t error_ns = sample_ns - window->smoothed_round_trip_ns;
    if (!connection->measured) {
        connection->measured = true;
        window->smoothed_round_trip_ns = sample_ns;
        connection->variance_ns = sample_ns / 2;
    } else {
        int64_t distance_ns = error_ns < 0 ? -error_ns : error_ns;
        window->smoothed_round_trip_ns =
            (8 * window->smoothed_round_trip_ns + error_ns) / 8; /* never negative */
        connection->variance_ns =
            (4 * connection->variance_ns + distance_ns - connection->variance_ns) / 4;
    }
    window->min_round_trip_ns = earlier_ns(window->min_round_trip_ns,
        window->profile->laws_see_smoothed ? window->smoothed_round_trip_ns : sample_ns);
}

void ess_round_trip_timeout(struct connection *connection) {
    const struct ess_profile_type *profile = connection->window.profile;
    int64_t margin_ns = 4 * connection->variance_ns;
    if (!connection->measured) {
        connection->timeout_ns = profile->timeout_first_ns;
        return;
    }
    if (margin_ns < profile->variance_min_ns) {
        margin_ns = profile->variance_min_ns;
    }
    connection->timeout_ns = connection->window.smoothed_round_trip_ns + margin_ns;
    if (connection->timeout_ns < profile->timeout_min_ns) {
        connection->timeout_ns = profile->timeout_min_ns;
    }
    connection->timeout_ns = earlier_ns(connection->timeout_ns, profile->timeout_max_ns);
}
