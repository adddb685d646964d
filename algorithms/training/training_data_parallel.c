/* SPDX-License-Identifier: Apache-2.0 */
/* Synchronous data parallel training. A step is one forward pass (one third of the work) and one
 * backward pass (two thirds), cut evenly over the buckets; the last layers' gradients come first.
 * With `overlap` a bucket is reduced while the next is computed, else all wait for the end of the
 * backward pass.
 *
 * Simplification: buckets are equal in bytes and in work. */
#include "training/strategy.h"

struct settings {
    int64_t overlap;
};

static const struct ess_parameter parameters[] = {
    {"overlap", ESS_PARAMETER_BOOLEAN, 1, 0, 1, "reduce a bucket while the next is computed",
        offsetof(struct settings, overlap)},
    ESS_PARAMETER_END,
};

static uint32_t pieces(const void *settings, const struct ess_job *job) {
    (void)settings;
    return 1 + job->buckets;
}

static uint64_t all_buckets(const struct ess_job *job) {
    return job->buckets == 64 ? UINT64_MAX : (UINT64_C(1) << job->buckets) - 1;
}

static void piece(
    const void *settings, const struct ess_job *job, uint32_t index, struct ess_piece *out) {
    const struct settings *s = settings;
    out->releases = 0;
    if (index == 0) {
        out->work_flop = job->work_flop / 3;
        return;
    }
    out->work_flop = job->work_flop * 2 / 3 / job->buckets;
    if (s->overlap) {
        out->releases = UINT64_C(1) << (index - 1);
        return;
    }
    if (index == job->buckets) {
        out->releases = all_buckets(job);
    }
}

const struct ess_training_type ess_training_data_parallel = {
    .name = "data_parallel",
    .summary = "synchronous: every step all-reduces all gradients, optionally while computing",
    .source = "Li et al., PyTorch Distributed, VLDB 13(12), 2020 (buckets, overlap)",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .pieces = pieces,
    .piece = piece,
};
