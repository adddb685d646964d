/* SPDX-License-Identifier: Apache-2.0 */
/* The composition that peer.h describes, and what may be set of it. */
#include "collective/executor.h"
#include "peer/config.h"

static const struct ess_parameter parameters[] = {
    {"window", ESS_PARAMETER_INTEGER, 32, ESS_WINDOW_MIN, ESS_WINDOW_MAX,
        "rounds of a collective, or of each stream of its plan, that are open at a time",
        offsetof(struct ess_peer_settings, window)},
    {"operations", ESS_PARAMETER_INTEGER, 4, 1, ESS_OPERATIONS_MAX, "collectives in flight",
        offsetof(struct ess_peer_settings, operations)},
    {"open_rounds", ESS_PARAMETER_INTEGER, 0, 0, ESS_WINDOW_MAX *ESS_OPERATIONS_MAX,
        "rounds of all collectives together that are open at a time; 0: as many as their windows",
        offsetof(struct ess_peer_settings, open_rounds)},
    {"segment", ESS_PARAMETER_SIZE, 0, 0, 1099511627776,
        "longest piece of a vector to which a plan is applied at once; 0: as the plan likes",
        offsetof(struct ess_peer_settings, segment_bytes)},
    {"trees", ESS_PARAMETER_INTEGER, 8, 1, 32,
        "spanning trees that are packed at most, where the plan follows trees",
        offsetof(struct ess_peer_settings, trees)},
    {"find_sites", ESS_PARAMETER_BOOLEAN, 0, 0, 1,
        "find sites from the delays between machines instead of taking those told",
        offsetof(struct ess_peer_settings, find_sites)},
    {"retry_delay", ESS_PARAMETER_TIME, 1e9, 1e6, 3.6e12,
        "time before a transfer that failed on a broken connection is posted again",
        offsetof(struct ess_peer_settings, retry_delay_ns)},
    {"patience", ESS_PARAMETER_TIME, 6e10, 1e6, 8.64e13,
        "how long a worker waits for a coordinator that does not answer before it gives up",
        offsetof(struct ess_peer_settings, patience_ns)},
    {"suspicion_limit", ESS_PARAMETER_TIME, 3e10, 1e6, 8.64e13,
        "how long members may fail to reach one that the coordinator hears before it is evicted",
        offsetof(struct ess_peer_settings, suspicion_limit_ns)},
    ESS_PARAMETER_END,
};

static const char *check(const void *settings) {
    const struct ess_peer_settings *s = settings;
    if (s->open_rounds > 0 && s->open_rounds <= ESS_WINDOW_MIN * s->operations) {
        return "open_rounds must be more than two for each of the operations in flight, or 0";
    }
    return NULL;
}

const struct ess_peer_type ess_peer_standard = {
    .name = "standard",
    .summary = "a coordinator decides on membership and commits; workers carry the data",
    .source = "algorithms/peer/peer.h",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_peer_settings),
    .check = check,
};
