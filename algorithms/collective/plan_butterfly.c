/* SPDX-License-Identifier: Apache-2.0 */
/* All-reduce as hivemind averages: each peer owns a shard of the vector, all others send it theirs
 * of that shard, it adds them up and sends everybody the sum. Shards may be uneven: who has the
 * better link owns more.
 *
 * Chunk r is the shard of rank r. With shares s_r of S = ESS_SHARE_WHOLE in the layout it ends at
 * element floor(n (s_0 + .. + s_r) / S): exact, whatever divides what. Without shares the vector is
 * cut evenly. Rounds of rank r, in turns k = 1 .. p - 1 such that each turn pairs every rank with
 * another one:
 *   2 (k - 1)              receive the own shard from r - k and add, one after another
 *   2 (k - 1) + 1          send r + k its shard
 *   2 (p - 1) + 2 (k - 1)  receive the sum of the shard of r - k from it
 *   ... + 1                send r + k the own sum
 * A shard of share 0 is neither sent nor received. The receive stands before the send beside it: a
 * rank with two open rounds then has a grant out for whoever sends in the same turn.
 *
 * Equation (hivemind's, both halves overlapping): max over ranks of n (1 + (p - 2) w_r) beta_r + 2
 * alpha, w_r = s_r / S; here the additions to a shard follow one another, each with its grant, so
 * that alpha counts up to 2 (p - 1) times in the first half unless the vector is cut into segments.
 * Check: rank r sends n (1 - w_r) + n (p - 1) w_r = n (1 + (p - 2) w_r) bytes in 2 (p - 1)
 * messages; with equal shares 2 n (p - 1) / p bytes. Limits: 2 p (p - 1) messages between all
 * pairs: groups of tens; finding a shard's first element adds up the shares before it, O(p). */
#include "collective/plan.h"

static const uint32_t *shares_of(const struct ess_call *call) {
    return call->group->layout ? call->group->layout->shares : NULL;
}

static uint32_t butterfly_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return call->group->size;
}

static uint64_t butterfly_chunk_first(
    const void *settings, const struct ess_call *call, uint64_t elements, uint32_t chunk) {
    const uint32_t *shares = shares_of(call);
    uint64_t before = 0, first, count;
    (void)settings;
    if (chunk >= call->group->size) {
        return elements;
    }
    if (!shares) {
        ess_plan_range(elements, call->group->size, chunk, 1, &first, &count);
        return first;
    }
    for (uint32_t i = 0; i < chunk; i++) {
        before += shares[i];
    }
    /* In two parts, so that no product exceeds a word. */
    return elements / ESS_SHARE_WHOLE * before +
           elements % ESS_SHARE_WHOLE * before / ESS_SHARE_WHOLE;
}

static bool is_empty(const struct ess_call *call, uint32_t rank) {
    return shares_of(call) && shares_of(call)[rank] == 0;
}

static uint32_t butterfly_rounds(const void *settings, const struct ess_call *call, uint32_t rank) {
    (void)settings;
    (void)rank;
    return 4 * (call->group->size - 1);
}

/* Sums and results have a window each: in segments, sums go on while results come. */
static uint32_t butterfly_streams(const void *settings, const struct ess_call *call) {
    (void)settings;
    (void)call;
    return 2;
}

static uint32_t butterfly_stream_end(
    const void *settings, const struct ess_call *call, uint32_t rank, uint32_t stream) {
    (void)settings;
    (void)rank;
    return 2 * (stream + 1) * (call->group->size - 1);
}

enum { STEP_SUM, STEP_RESULT };

static void sum_round(const struct ess_call *call, uint32_t rank, uint32_t index, uint32_t before,
    uint32_t behind, struct ess_round *round) {
    bool sends = index % 2 == 1;
    round->chunk = sends ? behind : rank;
    if (is_empty(call, round->chunk)) {
        return;
    }
    if (sends) {
        round->send_to = behind;
        round->send_step = STEP_SUM;
        round->send_source = ESS_REGION_INPUT;
        return;
    }
    round->receive_from = before;
    round->receive_step = STEP_SUM;
    round->sum = true;
    round->operand = index > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    round->after = index > 0 ? index - 2 : ESS_NONE;
}

static void result_round(const struct ess_call *call, uint32_t rank, uint32_t index,
    uint32_t before, uint32_t behind, struct ess_round *round) {
    bool sends = index % 2 == 1;
    round->chunk = sends ? rank : before;
    if (is_empty(call, round->chunk)) {
        return;
    }
    if (sends) {
        round->send_to = behind;
        round->send_step = STEP_RESULT;
        round->send_source = ESS_REGION_RESULT;
        round->after = 2 * (call->group->size - 2); /* the last addition */
        return;
    }
    round->receive_from = before;
    round->receive_step = STEP_RESULT;
}

static void butterfly_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    uint32_t p = call->group->size;
    bool sums = index < 2 * (p - 1);
    uint32_t k = (sums ? index : index - 2 * (p - 1)) / 2 + 1;
    uint32_t before = rank >= k ? rank - k : rank + p - k;
    uint32_t behind = rank + k < p ? rank + k : rank + k - p;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (sums) {
        sum_round(call, rank, index, before, behind, round);
    } else {
        result_round(call, rank, index, before, behind, round);
    }
}

const struct ess_plan_type ess_plan_butterfly = {
    .name = "butterfly",
    .summary = "each rank sums a shard that all send it and sends all the sum; shards by the "
               "layout's shares: unequal links",
    .source =
        "hivemind, averaging and load balancing; Ryabinin et al., NeurIPS 2021 (arXiv 2103.03239)",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .streams_most = 2,
    .streams = butterfly_streams,
    .stream_end = butterfly_stream_end,
    .layout = ESS_LAYOUT_SHARES,
    .chunks = butterfly_chunks,
    .chunk_first = butterfly_chunk_first,
    .rounds = butterfly_rounds,
    .round = butterfly_round,
};
