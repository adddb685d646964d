/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_ROUTING_PROBE_SAMPLING_H
#define ESS_ROUTING_PROBE_SAMPLING_H

/* Random partners to probe: what `sampled` and `incremental` share. Every peer has a number of
 * probes that it still wants to send and to receive; each goes to a random partner. */

#include "base/random.h"
#include "routing/probing.h"

struct ess_sampling_settings {
    int64_t partners;
    int64_t duration_ns;
    int64_t grace_ns;
    int64_t size_bytes;
};

/* The table of parameters of both, with their default number of partners. */
#define ESS_SAMPLING_PARAMETERS(partners_default)                                                  \
    {"partners", ESS_PARAMETER_INTEGER, partners_default, 1, 1e6,                                  \
        "random others that a peer probes", offsetof(struct ess_sampling_settings, partners)},     \
        {"duration", ESS_PARAMETER_TIME, 2e9, 1e6, 3.6e12, "how long a probe sends at most",       \
            offsetof(struct ess_sampling_settings, duration_ns)},                                  \
        {"grace", ESS_PARAMETER_TIME, 8e9, 0, 3.6e12, "time beyond it until the pair is given up", \
            offsetof(struct ess_sampling_settings, grace_ns)},                                     \
        {"size", ESS_PARAMETER_SIZE, 32e6, 1, 0x1p50, "bytes after which a probe ends earlier",    \
            offsetof(struct ess_sampling_settings, size_bytes)},                                   \
        ESS_PARAMETER_END,

struct ess_sampling {
    struct ess_probe_book book;
    struct ess_random stream;
    uint64_t joins;
    uint64_t *joined;               /* [size] the how manieth join it was: who is older */
    uint32_t *to_send, *to_receive; /* [size] probes still wanted */
    uint32_t *asked; /* [size] probes that it took part in: who was asked least is asked first */
    uint32_t cursor;
    bool older_only; /* partners are those who were there before */
};

void ess_sampling_init(struct ess_sampling *sampling, uint32_t size, uint64_t seed);
void ess_sampling_join(struct ess_sampling *sampling, uint32_t peer);

/* The functions of a descriptor that both have alike; `state` is a struct ess_sampling, settings a
 * struct ess_sampling_settings. */
size_t ess_sampling_bytes(const void *settings, uint32_t size); /* with the struct itself */
void ess_sampling_leave(void *state, const void *settings, uint32_t peer);
void ess_sampling_result(void *state, const void *settings, const struct ess_probe_result *result);

/* Begin a probe that somebody wants; false where none can begin. A peer whose partners are all
 * asked for wants no more. O(size^2) at worst, O(size) mostly. */
bool ess_sampling_next(void *state, const void *settings, struct ess_probe *probe);

bool ess_sampling_is_done(const void *state, const void *settings);

#endif
