/* SPDX-License-Identifier: Apache-2.0 */
/* Each peer probes a few random others, those first who were asked least; what is left is filled in
 * by routing/completion.h. n k probes instead of n (n - 1). Error on real matrices: the table in
 * algorithms/routing/README.md. */
#include "routing/probe_sampling.h"

static const struct ess_parameter parameters[] = {ESS_SAMPLING_PARAMETERS(8)};

static void init(void *state, const void *settings, uint32_t size, uint64_t seed) {
    (void)settings;
    ess_sampling_init(state, size, seed);
    ((struct ess_sampling *)state)->older_only = false;
}

static void join(void *state, const void *settings, uint32_t peer) {
    const struct ess_sampling_settings *s = settings;
    struct ess_sampling *sampling = state;
    ess_sampling_join(sampling, peer);
    sampling->to_send[peer] = (uint32_t)s->partners;
    sampling->to_receive[peer] = 0;
}

const struct ess_probing_type ess_probing_sampled = {
    .name = "sampled",
    .summary = "each peer probes a few random others, the rest is completed by a model; a pair "
               "that is slow for its own reasons stays unseen",
    .source = "IDMaps, IEEE/ACM ToN 9(5), 2001; Vivaldi, SIGCOMM 2004 (few random neighbours "
              "suffice for delays)",
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
