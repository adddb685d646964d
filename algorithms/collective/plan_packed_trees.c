/* SPDX-License-Identifier: Apache-2.0 */
/* Several spanning trees, each for its share of the vector: all-reduce, broadcast, reduce on
 * networks whose links are unequal. The trees and their shares come with the layout; packed so that
 * the rates of the trees on each link add up to what it carries, they reach the best throughput
 * there is.
 *
 * Tree t carries chunk t, which ends at element floor(n (s_0 + .. + s_t) / S), s_t its share of S =
 * ESS_SHARE_WHOLE: exact, whatever divides what. A tree of share 0 carries nothing. An all-reduce
 * adds up each tree and copies down it, whatever its root; a broadcast or reduce needs trees whose
 * root is that of the call. Rounds of a rank with c_t children in tree t (max(1, c_t) each way in a
 * tree), in this order:
 *   up, tree by tree    receive from each child and add, one after another; the last is passed on
 *                       to the parent (without children: the input is sent)
 *   down, tree by tree  receive from the parent and pass on to the first child; send to the others
 * A reduce is the first half, a broadcast the second; there the root sends its input and copies it.
 * The executor cuts the vector into segments, which follow one another through the trees.
 *
 * Equation: in the limit of many short segments n / sum of the trees' rates each way. Check: p - 1
 * messages a tree with a share and n (p - 1) bytes in all, each way. Each tree has a stream up and
 * one down, up to STREAMS_MOST of them, so that its segments wait for each other alone. Limits: a
 * rank with many children in a tree has so many rounds a segment, and fewer segments on their way;
 * a round is found by going through the trees, O(trees). */
#include "collective/plan.h"

#define STREAMS_MOST 16

static const struct ess_layout *layout_of(const struct ess_call *call) {
    return call->group->layout;
}

static bool is_rooted(const struct ess_call *call) {
    return call->primitive != ESS_ALL_REDUCE;
}

static const char *packed_trees_refuse(const void *settings, const struct ess_call *call) {
    const struct ess_layout *layout = layout_of(call);
    (void)settings;
    if (call->group->size == 1) {
        return NULL;
    }
    if (!layout || layout->tree_count == 0) {
        return "needs trees: the group's layout has none, which a routing policy that packs them "
               "would have made";
    }
    for (uint32_t t = 0; is_rooted(call) && t < layout->tree_count; t++) {
        if (layout->trees[t].share > 0 && layout->trees[t].root != call->root) {
            return "needs trees: those of the group's layout have another root than the call";
        }
    }
    return NULL;
}

static uint32_t packed_trees_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    return call->group->size > 1 ? layout_of(call)->tree_count : 1;
}

static uint64_t packed_trees_chunk_first(
    const void *settings, const struct ess_call *call, uint64_t elements, uint32_t chunk) {
    uint64_t before = 0;
    if (chunk >= packed_trees_chunks(settings, call)) {
        return elements;
    }
    for (uint32_t t = 0; t < chunk; t++) {
        before += layout_of(call)->trees[t].share;
    }
    /* In two parts, so that no product exceeds a word. */
    return elements / ESS_SHARE_WHOLE * before +
           elements % ESS_SHARE_WHOLE * before / ESS_SHARE_WHOLE;
}

static uint32_t child_count(const struct ess_tree *tree, uint32_t rank) {
    return tree->child_first[rank + 1] - tree->child_first[rank];
}

/* Rounds of a rank up or down one tree. */
static uint32_t rounds_in(const struct ess_tree *tree, uint32_t rank) {
    uint32_t children = child_count(tree, rank);
    if (tree->share == 0) {
        return 0;
    }
    return children > 0 ? children : 1;
}

static uint32_t rounds_one_way(const struct ess_call *call, uint32_t rank) {
    uint32_t rounds = 0;
    for (uint32_t t = 0; t < layout_of(call)->tree_count; t++) {
        rounds += rounds_in(&layout_of(call)->trees[t], rank);
    }
    return rounds;
}

static uint32_t packed_trees_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    uint32_t rounds;
    (void)settings;
    if (call->group->size == 1) {
        return 0;
    }
    rounds = rounds_one_way(call, rank);
    switch (call->primitive) {
    case ESS_ALL_REDUCE:
        return 2 * rounds;
    case ESS_BROADCAST:
        return rank == call->root ? rounds + 1 : rounds;
    default:
        return rounds;
    }
}

/* With too many trees for a stream each, all of a way share one. */
static bool share_streams(const struct ess_call *call) {
    uint32_t ways = call->primitive == ESS_ALL_REDUCE ? 2 : 1;
    return ways * layout_of(call)->tree_count > STREAMS_MOST;
}

/* Up the trees one after another, then down them. */
static uint32_t packed_trees_streams(const void *settings, const struct ess_call *call) {
    uint32_t ways = call->primitive == ESS_ALL_REDUCE ? 2 : 1;
    (void)settings;
    if (call->group->size == 1) {
        return 1;
    }
    return share_streams(call) ? ways : ways * layout_of(call)->tree_count;
}

static uint32_t packed_trees_stream_end(
    const void *settings, const struct ess_call *call, uint32_t rank, uint32_t stream) {
    uint32_t trees = layout_of(call)->tree_count;
    uint32_t end = 0;
    (void)settings;
    if (share_streams(call)) {
        return rounds_one_way(call, rank); /* asked of the first alone */
    }
    for (uint32_t i = 0; i <= stream; i++) {
        end += rounds_in(&layout_of(call)->trees[i % trees], rank);
    }
    return end;
}

enum { STEP_UP, STEP_DOWN };

/* Of the rounds of a rank in one tree, the one `within`. */
static void up_round(
    const struct ess_tree *tree, uint32_t rank, uint32_t within, struct ess_round *round) {
    uint32_t children = child_count(tree, rank);
    if (children > 0) {
        round->receive_from = tree->children[tree->child_first[rank] + within];
        round->receive_step = STEP_UP;
        round->sum = true;
        round->operand = within > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    }
    round->send_to = within + 1 >= children ? tree->parent[rank] : ESS_NONE;
    round->send_step = STEP_UP;
    round->send_source = children > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

static void down_round(const struct ess_tree *tree, uint32_t rank, uint32_t within,
    enum ess_region root_holds, struct ess_round *round) {
    if (within == 0) {
        round->receive_from = tree->parent[rank];
        round->receive_step = STEP_DOWN;
    }
    if (within < child_count(tree, rank)) {
        round->send_to = tree->children[tree->child_first[rank] + within];
    }
    round->send_step = STEP_DOWN;
    round->send_source = tree->parent[rank] == ESS_NONE ? root_holds : ESS_REGION_RESULT;
}

/* Which round a down round waits for: the one that received, or in an all-reduce the last one up
 * the same tree, whose sum must have left before the whole one replaces it. `first` is the index of
 * the first round down this tree, `up` that of the first one up it. */
static uint32_t awaited_down(const struct ess_call *call, const struct ess_tree *tree,
    uint32_t rank, uint32_t within, uint32_t first, uint32_t up) {
    uint32_t children = child_count(tree, rank);
    bool root = tree->parent[rank] == ESS_NONE;
    if (within > 0 && !root) {
        return first;
    }
    return call->primitive == ESS_ALL_REDUCE && children > 0 ? up + children - 1 : ESS_NONE;
}

static void packed_trees_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    const struct ess_tree *trees = layout_of(call)->trees;
    uint32_t one_way = rounds_one_way(call, rank);
    bool down = call->primitive == ESS_BROADCAST || index >= one_way;
    uint32_t base = down && call->primitive == ESS_ALL_REDUCE ? one_way : 0;
    uint32_t first = base, tree = 0;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (call->primitive == ESS_BROADCAST && index == one_way) {
        round->chunk_count = layout_of(call)->tree_count; /* the root holds its own vector too */
        round->receive_from = rank;
        return;
    }
    for (; index - first >= rounds_in(&trees[tree], rank); tree++) {
        first += rounds_in(&trees[tree], rank);
    }
    round->chunk = tree;
    if (!down) {
        up_round(&trees[tree], rank, index - first, round);
        round->after = index > first ? index - 1 : ESS_NONE;
        return;
    }
    down_round(&trees[tree], rank, index - first,
        call->primitive == ESS_BROADCAST ? ESS_REGION_INPUT : ESS_REGION_RESULT, round);
    round->after = awaited_down(call, &trees[tree], rank, index - first, first, first - base);
}

const struct ess_plan_type ess_plan_packed_trees = {
    .name = "packed_trees",
    .summary = "spanning trees of the layout, each for its share; best throughput on unequal "
               "links, in segments; needs a routing policy that packs trees",
    .source =
        "Edmonds, 1973 (branchings); packed for collectives as Blink, Wang et al., MLSys 2020",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE) | ESS_PRIMITIVE_BIT(ESS_BROADCAST) |
                  ESS_PRIMITIVE_BIT(ESS_REDUCE),
    .identical = true,
    .refuse = packed_trees_refuse,
    .chunks = packed_trees_chunks,
    .chunk_first = packed_trees_chunk_first,
    .rounds = packed_trees_rounds,
    .streams_most = STREAMS_MOST,
    .streams = packed_trees_streams,
    .stream_end = packed_trees_stream_end,
    .segment_bytes = 512 << 10,
    .layout = ESS_LAYOUT_TREES,
    .round = packed_trees_round,
};
