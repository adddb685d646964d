/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/tcp_loss.h"
#include "models/network/transport.h"

static const struct ess_parameter parameters[] = {
    ESS_TRANSPORT_PARAMETERS(2, 1.3, 0.6, 0.5, 2, 0.4, 0.65), ESS_PARAMETER_END};

static double loss_rate(
    const struct ess_transport_settings *settings, double round_trip_s, double loss) {
    return ess_tcp_loss_rate_reno(settings, round_trip_s, loss);
}

static double growth_bytes(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes) {
    return ess_tcp_growth_reno(settings, round_trip_s, window_bytes);
}

const struct ess_transport_type ess_transport_reno = {
    .name = "reno",
    .summary =
        "Reno (NewReno with selective acknowledgement): loss limits it by its inverse square root",
    .source = "RFC 5681; Mathis et al., ACM CCR 27(3), 1997; Padhye et al., SIGCOMM 1998",
    .parameters = parameters,
    .loss_rate = loss_rate,
    .growth_bytes = growth_bytes,
};
