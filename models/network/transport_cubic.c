/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/tcp_loss.h"
#include "models/network/transport.h"

static const struct ess_parameter parameters[] = {
    ESS_TRANSPORT_PARAMETERS(2, 1.0, 0.6, 0.7, 0, 0.4, 0.65), ESS_PARAMETER_END};

static double loss_rate(
    const struct ess_transport_settings *settings, double round_trip_s, double loss) {
    return ess_tcp_loss_rate_cubic(settings, round_trip_s, loss);
}

static double growth_bytes(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes) {
    return ess_tcp_growth_cubic(settings, round_trip_s, window_bytes);
}

const struct ess_transport_type ess_transport_cubic = {
    .name = "cubic",
    .summary =
        "CUBIC, the default of Linux: as Reno at short round trips or heavy loss, faster otherwise",
    .source = "RFC 9438, sections 4.3 and 5.1",
    .parameters = parameters,
    .loss_rate = loss_rate,
    .growth_bytes = growth_bytes,
};
