/* SPDX-License-Identifier: Apache-2.0 */
/* Only the pairs of whoever joins: it probes a few random older members and is probed by as many.
 * Two old members are never probed again; so what changes between them goes unseen. A group that
 * came one by one has been sampled at 2 k probes a peer. */
#include "routing/probe_sampling.h"

static const struct ess_parameter parameters[] = {ESS_SAMPLING_PARAMETERS(8)};

static size_t state_bytes(const void *settings, uint32_t size) {
    (void)settings;
    return ess_sampling_bytes(size);
}

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

static void leave(void *state, const void *settings, uint32_t peer) {
    (void)settings;
    ess_sampling_leave(state, peer);
}

static bool next(void *state, const void *settings, struct ess_probe *probe) {
    return ess_sampling_next(state, settings, probe);
}

static void result(void *state, const void *settings, const struct ess_probe_result *probe_result) {
    (void)settings;
    ess_probe_book_note(&((struct ess_sampling *)state)->book, probe_result);
}

static bool is_done(const void *state, const void *settings) {
    (void)settings;
    return ess_sampling_is_done(state);
}

const struct ess_probing_type ess_probing_incremental = {
    .name = "incremental",
    .summary = "a newcomer probes a few members and is probed by as many; pairs of old members are "
               "not measured anew",
    .source =
        "PCCL probes a newcomer against all (arXiv 2505.14065); sampled as by probing sampled",
    .parameters = parameters,
    .settings_bytes = sizeof(struct ess_sampling_settings),
    .state_bytes = state_bytes,
    .init = init,
    .join = join,
    .leave = leave,
    .next = next,
    .result = result,
    .is_done = is_done,
};
