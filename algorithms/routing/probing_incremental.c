/* SPDX-License-Identifier: Apache-2.0 */
/* Only the pairs of whoever joins: it probes a few random older members and is probed by as many.
 * Two old members are never probed again; so what changes between them goes unseen. A group that
 * came one by one has been sampled at 2 k probes a peer. */
#include "routing/probe_sampling.h"

static const struct ess_parameter parameters[] = {ESS_SAMPLING_PARAMETERS(8)};

static void init(void *state, const void *settings, uint32_t size, uint64_t seed) {
    (void)settings;
    ess_sampling_init(state, size, seed);
    ((struct ess_sampling *)state)->older_only = true;
}

static void join(void *state, const void *settings, uint32_t peer) {
    const struct ess_sampling_settings *s = settings;
    struct ess_sampling *sampling = state;
    ess_sampling_join(sampling, peer);
    sampling->to_send[peer] = (uint32_t)s->partners;
    sampling->to_receive[peer] = (uint32_t)s->partners;
}

const struct ess_probing_type ess_probing_incremental = {
    .name = "incremental",
    .summary = "a newcomer probes a few members and is probed by as many; pairs of old members are "
               "not measured anew",
    .source =
        "PCCL probes a newcomer against all (arXiv 2505.14065); sampled as by probing sampled",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_sampling_settings),
    .state_bytes = ess_sampling_bytes,
    .init = init,
    .join = join,
    .leave = ess_sampling_leave,
    .next = ess_sampling_next,
    .result = ess_sampling_result,
    .is_done = ess_sampling_is_done,
};
