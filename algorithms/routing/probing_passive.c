/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing is asked for: rates come from transfers that are made anyhow, as a moving mean.
 *
 * Costs nothing. Bias: a transfer that shared its way, or waited for its peer, looks like a slow
 * pair, and pairs that carry nothing are never seen; transfers smaller than `smallest` say more
 * about the start of a connection than about its rate, and give delays alone. */
#include "routing/probing.h"

struct settings {
    int64_t smallest_bytes;
    double weight;
};

static const struct ess_parameter parameters[] = {
    {"smallest", ESS_PARAMETER_SIZE, 1 << 20, 0, 1e15, "smaller transfers give no rate",
        offsetof(struct settings, smallest_bytes)},
    {"weight", ESS_PARAMETER_REAL, 0.25, 0.001, 1, "of the newest value in the moving mean",
        offsetof(struct settings, weight)},
    ESS_PARAMETER_END,
};

static size_t state_bytes(const void *settings, uint32_t size) {
    (void)settings;
    return sizeof(struct ess_probe_book) + ess_probe_book_bytes(size);
}

static void init(void *state, const void *settings, uint32_t size, uint64_t seed) {
    struct ess_probe_book *book = state;
    (void)settings, (void)seed;
    ess_probe_book_init(book, size, book + 1);
}

static void join(void *state, const void *settings, uint32_t peer) {
    (void)settings;
    ess_probe_book_join(state, peer);
}

static void leave(void *state, const void *settings, uint32_t peer) {
    (void)settings;
    ess_probe_book_leave(state, peer);
}

static bool next(void *state, const void *settings, struct ess_probe *probe) {
    (void)state, (void)settings, (void)probe;
    return false;
}

static void result(void *state, const void *settings, const struct ess_probe_result *probe_result) {
    const struct settings *s = settings;
    struct ess_probe_book *book = state;
    size_t pair = probe_result->from * (size_t)book->size + probe_result->to;
    double before = book->rate[pair];
    struct ess_probe_result kept = *probe_result;
    kept.anyhow = true;
    ess_probe_book_note(book, &kept);
    if (kept.failed || book->rate[pair] < 0) {
        return;
    }
    if (kept.size_bytes < s->smallest_bytes) {
        book->rate[pair] = before;
    } else if (before > 0) {
        book->rate[pair] = before + s->weight * (book->rate[pair] - before);
    }
}

static bool is_done(const void *state, const void *settings) {
    (void)state, (void)settings;
    return true;
}

const struct ess_probing_type ess_probing_passive = {
    .name = "passive",
    .summary = "rates of transfers that are made anyhow; free, and blind where nothing is sent or "
               "where a transfer waited",
    .source = "SPAND: Stemm, Katz, Seshan, INFOCOM 2000 (shared passive measurement)",
    .parameters = parameters,
    .settings_bytes = sizeof(struct settings),
    .state_bytes = state_bytes,
    .init = init,
    .join = join,
    .leave = leave,
    .next = next,
    .result = result,
    .is_done = is_done,
};
