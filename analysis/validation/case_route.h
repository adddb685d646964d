/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_VALIDATION_CASE_ROUTE_H
#define ESS_VALIDATION_CASE_ROUTE_H

/* The directed links of a case and the ways over them. Links are numbered: host h's uplink h, its
 * downlink H + h; wan line w from its first site to its second 2 H + 2 w, back 2 H + 2 w + 1. */

#include "analysis/validation/case.h"

struct ess_case_link {
    uint64_t rate_bits_per_s;
    int64_t delay_ns;
    uint64_t queue_bytes;
    uint32_t loss_ppb;
};

struct ess_case_route {
    uint32_t count;
    uint32_t link[ESS_CASE_SITES_MAX + 1];
    int64_t delay_ns;         /* one way, without serialisation */
    uint64_t rate_bits_per_s; /* of the narrowest link */
    uint32_t loss_ppb;        /* of the link that loses most */
};

uint32_t ess_case_link_count(const struct ess_case *network);
struct ess_case_link ess_case_link(const struct ess_case *network, uint32_t link);

/* The way of fewest links, among equals the one whose wan lines come first. False where there is
 * none. O(sites * wan lines). */
bool ess_case_route(
    const struct ess_case *network, uint32_t from, uint32_t to, struct ess_case_route *route);

#endif
