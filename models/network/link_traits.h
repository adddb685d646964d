/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_LINK_TRAITS_H
#define ESS_MODELS_NETWORK_LINK_TRAITS_H

/* What a link is besides its capacity and delay, in each of its directions. A model of the network
 * takes what it has a use for; which of them do is said in its descriptor (network.h), so that
 * nobody sets a field that is not looked at without being told. */

#include <stdint.h>

#define ESS_LINK_QUEUE_UNSET INT64_MAX
#define ESS_LINK_MTU_BYTES 1500 /* Ethernet's; the default */

struct ess_link_traits {
    int64_t queue_bytes; /* of its drop-tail queue; ESS_LINK_QUEUE_UNSET: the model's own default */
    double loss;         /* share of packets lost at random, 0 <= loss < 1 */
    int64_t mtu_bytes;   /* largest IP packet */
    int64_t jitter_ns;   /* each packet is late by a uniform draw from 0 .. it, in order still */
};

#endif
