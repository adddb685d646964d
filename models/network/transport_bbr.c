/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/tcp_loss.h"
#include "models/network/transport.h"

static const struct ess_parameter parameters[] = {
    ESS_TRANSPORT_PARAMETERS(1.7, -0.8, 0.3, 1, 2, 1, 0), ESS_PARAMETER_END};

static double loss_rate(
    const struct ess_transport_settings *settings, double round_trip_s, double loss) {
    return ess_tcp_loss_rate_bbr(settings, round_trip_s, loss);
}

static double growth_bytes(
    const struct ess_transport_settings *settings, double round_trip_s, double window_bytes) {
    return ess_tcp_growth_bbr(settings, round_trip_s, window_bytes);
}

const struct ess_transport_type ess_transport_bbr = {
    .name = "bbr",
    .summary = "BBR version 1: paced at the measured bandwidth, blind to loss below a fifth",
    .source = "Cardwell et al., ACM Queue 14(5), 2016; Linux tcp_bbr.c (lt_loss_thresh)",
    .parameters = parameters,
    .loss_rate = loss_rate,
    .growth_bytes = growth_bytes,
};
