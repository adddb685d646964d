/* SPDX-License-Identifier: Apache-2.0 */
/* Every ordered pair once, in rounds: in round r peer i probes the r-th peer after it, so that in
 * each round every peer sends one probe and receives one. With n peers and probes of fixed length
 * d the whole takes (n - 1) d at least, if nobody waits.
 *
 * Check: n (n - 1) probes; at 10 s a pair, as in PCCL, n peers are done after 10 (n - 1) s. */
#include "routing/probing.h"

struct settings {
    int64_t duration_ns;
    int64_t grace_ns;
    int64_t size_bytes;
};

static const struct ess_parameter parameters[] = {
    {"duration", ESS_PARAMETER_TIME, 10e9, 1e6, 3.6e12, "how long a probe sends",
        offsetof(struct settings, duration_ns)},
    {"grace", ESS_PARAMETER_TIME, 8e9, 0, 3.6e12, "time beyond it until the pair is given up",
        offsetof(struct settings, grace_ns)},
    {"size", ESS_PARAMETER_SIZE, 0x1p50, 1, 0x1p50, "bytes after which a probe ends earlier",
        offsetof(struct settings, size_bytes)},
    ESS_PARAMETER_END,
};

struct state {
    struct ess_probe_book book;
    uint32_t first_round; /* all rounds before it are asked for */
};

static size_t state_bytes(const void *settings, uint32_t size) {
    (void)settings;
    return sizeof(struct state) + ess_probe_book_bytes(size);
}

static void init(void *state, const void *settings, uint32_t size, uint64_t seed) {
    struct state *s = state;
    (void)settings, (void)seed;
    ess_probe_book_init(&s->book, size, s + 1);
    s->first_round = 1;
}

static void join(void *state, const void *settings, uint32_t peer) {
    struct state *s = state;
    (void)settings;
    ess_probe_book_join(&s->book, peer);
    s->first_round = 1;
}

static void leave(void *state, const void *settings, uint32_t peer) {
    (void)settings;
    ess_probe_book_leave(&((struct state *)state)->book, peer);
}

/* Whether a pair is still to be asked for. */
static bool is_open(const struct ess_probe_book *book, uint32_t from, uint32_t to) {
    return book->present[from] && book->present[to] && !ess_probe_book_asked(book, from, to);
}

static bool next(void *state, const void *settings, struct ess_probe *probe) {
    struct state *s = state;
    const struct settings *set = settings;
    uint32_t n = s->book.size;
    bool before_is_done = true;
    for (uint32_t round = s->first_round; round < n; round++) {
        for (uint32_t from = 0; from < n; from++) {
            uint32_t to = (uint32_t)((from + (uint64_t)round) % n);
            if (!is_open(&s->book, from, to)) {
                continue;
            }
            if (ess_probe_book_may(&s->book, from, to)) {
                ess_probe_book_begin(&s->book, from, to);
                *probe = (struct ess_probe){
                    from, to, set->size_bytes, set->duration_ns, set->duration_ns + set->grace_ns};
                return true;
            }
            before_is_done = false;
        }
        s->first_round = before_is_done ? round + 1 : s->first_round;
    }
    return false;
}

static void result(void *state, const void *settings, const struct ess_probe_result *probe_result) {
    (void)settings;
    ess_probe_book_note(&((struct state *)state)->book, probe_result);
}

static bool is_done(const void *state, const void *settings) {
    const struct state *s = state;
    (void)settings;
    for (uint32_t round = s->first_round; round < s->book.size; round++) {
        for (uint32_t from = 0; from < s->book.size; from++) {
            if (is_open(&s->book, from, (uint32_t)((from + (uint64_t)round) % s->book.size))) {
                return false;
            }
        }
    }
    return !ess_probe_book_is_busy(&s->book);
}

const struct ess_probing_type ess_probing_all_pairs = {
    .name = "all_pairs",
    .summary = "every ordered pair once, each peer in one probe each way at a time; exact, and "
               "costs n - 1 probes of a peer",
    .source = "PCCL, arXiv 2505.14065 and its code: 10 s a pair, 8 s of grace",
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
