/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Beside loss-based flows: what holds BBR then is not its pace but its cap on what is in flight,
 * two products of rate and round trip as it measures them, the queue that the others keep included.
 * So it takes a share that does not depend on how many they are: about 0.4 for one flow against up
 * to 16 of CUBIC (Ware et al., Modeling BBR's Interactions with Loss-Based Congestion Control, IMC
 * 2019). All BBR flows of a link together are given that share here.
 * Range: queues of 2 to 8 products of rate and round trip, minutes of time. Against our packet
 * model there: 0.31 to 0.44 for one flow beside 1, 4 or 16, 0.43 to 0.57 for 2 or 4 beside 1 or 4.
 * Known bias: in shallow queues BBR takes more (0.66 beside one at one product), in deep ones less
 * (0.1 at 32) than this. */
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
    .source = "Cardwell et al., ACM Queue 14(5), 2016; Linux tcp_bbr.c (lt_loss_thresh); "
              "Ware et al., IMC 2019 (beside others)",
    .parameters = parameters,
    .loss_rate = loss_rate,
    .growth_bytes = growth_bytes,
    .share = 0.4,
};
