/* SPDX-License-Identifier: Apache-2.0 */
/* Two binary trees, each for one half of the vector, in which a rank that has children in one has
 * none in the other: all-reduce, broadcast, reduce at full bandwidth and logarithmic latency.
 *
 * Ranks are counted from the root round the order of the layout: x = 0 for the root (of an
 * all-reduce: the first in the order), 1 .. m for the others, m = p - 1. The root stands above both
 * trees. In tree 0 x has position x, in tree 1 m + 1 - x where m is even (the mirror), else x - 1,
 * and m for x = 1 (a shift by one): odd positions become even ones, but for one in an odd m. The
 * tree of positions is the in-order one: b is the lowest bit of q that is set; the parent of q is q
 * - b + 2 b, or where that is beyond m or where q has the bit 2 b, q - b (0: the root). Its
 * children are q - b / 2, and the first of q + b / 2, q + b / 4 .. that is not beyond m; odd
 * positions have none. The root's only child is the largest power of two up to m.
 *
 * The vector has two chunks, chunk t for tree t; the executor cuts it into segments, which follow
 * one another through the trees. Rounds of a rank, in this order:
 *   up, tree 0, then tree 1    receive from each child and add, one after another; the last is
 *                              passed on to the parent (without children: the input is sent)
 *   down, tree 0, then tree 1  receive from the parent and pass on to the first child; send to the
 *                              second
 * A reduce is the first half, a broadcast the second; there the root sends its input and copies it.
 *
 * Equation: with m segments, each way (2 d + 2 (m - 1)) (alpha + n / (2 m) beta) or less, d <=
 * ceil(log2 p) + 1 the depth, where a rank sends and receives one message at a time and the window
 * holds the segments on their way. Check: 2 (p - 1) messages and n (p - 1) bytes in all each way;
 * no rank sends more than about n each way: n / 2 in the tree where it has no children, or n / 2 to
 * each of two children and nothing else (down); no rank has children in both trees. Each tree
 * has a stream up and one down. Limits: the trees know nothing of sites but the order. */
#include "collective/plan.h"

enum { TREES = 2, CHILDREN_MAX = 2 };

/* A rank's neighbours in one tree. */
struct node {
    uint32_t parent; /* rank; ESS_NONE at the root */
    uint32_t child_count;
    uint32_t children[CHILDREN_MAX]; /* ranks */
};

struct place {
    uint32_t others; /* m */
    uint32_t own;    /* x */
    uint32_t first;  /* place of the root in the order */
    const uint32_t *order;
};

static struct place place_of(const struct ess_call *call, uint32_t rank) {
    const struct ess_layout *layout = call->group->layout;
    uint32_t p = call->group->size;
    uint32_t root = call->primitive == ESS_ALL_REDUCE ? ESS_NONE : call->root;
    struct place place = {.others = p - 1, .order = layout ? layout->order : NULL};
    uint32_t at = place.order ? layout->position[rank] : rank;
    place.first = root == ESS_NONE ? 0 : place.order ? layout->position[root] : root;
    place.own = at >= place.first ? at - place.first : at + p - place.first;
    return place;
}

static uint32_t position_of(const struct place *place, uint32_t tree, uint32_t x) {
    if (tree == 0 || x == 0) {
        return x;
    }
    if (place->others % 2 == 0) {
        return place->others + 1 - x;
    }
    return x > 1 ? x - 1 : place->others;
}

static uint32_t rank_of(const struct place *place, uint32_t tree, uint32_t position) {
    uint32_t m = place->others;
    uint32_t x = position, at;
    if (tree == 1 && position > 0) {
        x = m % 2 == 0 ? m + 1 - position : position < m ? position + 1 : 1;
    }
    at = place->first + x;
    at = at > m ? at - (m + 1) : at;
    return place->order ? place->order[at] : at;
}

/* O(log p), at most 32 turns: ranks are words. */
static struct node node_of(const struct place *place, uint32_t tree) {
    struct node node = {.parent = ESS_NONE};
    uint32_t m = place->others;
    uint32_t q = position_of(place, tree, place->own);
    uint32_t bit = q & (~q + 1), step;
    if (q == 0) {
        for (bit = 1; bit <= m / 2; bit *= 2) {}
        node.children[node.child_count++] = rank_of(place, tree, bit);
        return node;
    }
    step = (q & bit << 1) == 0 && q - bit + 2 * bit <= m ? q + bit : q - bit;
    node.parent = rank_of(place, tree, step);
    if (bit == 1) {
        return node;
    }
    node.children[node.child_count++] = rank_of(place, tree, q - bit / 2);
    for (step = bit / 2; step > 0 && q + step > m; step /= 2) {}
    if (step > 0) {
        node.children[node.child_count++] = rank_of(place, tree, q + step);
    }
    return node;
}

static uint32_t double_tree_chunks(const void *settings, const struct ess_call *call) {
    (void)settings;
    (void)call;
    return TREES;
}

/* Rounds up or down one tree. The root has one child, and no parent to pass on to or from. */
static uint32_t rounds_in(const struct node *node) {
    return node->child_count > 0 ? node->child_count : 1;
}

static uint32_t double_tree_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct place place = place_of(call, rank);
    struct node nodes[TREES];
    uint32_t rounds;
    (void)settings;
    if (call->group->size == 1) {
        return 0;
    }
    for (uint32_t tree = 0; tree < TREES; tree++) {
        nodes[tree] = node_of(&place, tree);
    }
    rounds = rounds_in(&nodes[0]) + rounds_in(&nodes[1]);
    if (call->primitive == ESS_ALL_REDUCE) {
        return 2 * rounds;
    }
    return call->primitive == ESS_BROADCAST && place.own == 0 ? rounds + 1 : rounds;
}

/* Each tree up, then each down. */
static uint32_t double_tree_streams(const void *settings, const struct ess_call *call) {
    (void)settings;
    if (call->group->size == 1) {
        return 1;
    }
    return call->primitive == ESS_ALL_REDUCE ? 2 * TREES : TREES;
}

static uint32_t double_tree_stream_end(
    const void *settings, const struct ess_call *call, uint32_t rank, uint32_t stream) {
    struct place place = place_of(call, rank);
    uint32_t end = 0;
    (void)settings;
    for (uint32_t i = 0; i <= stream; i++) {
        struct node node = node_of(&place, i % TREES);
        end += rounds_in(&node);
    }
    return end;
}

enum { STEP_UP, STEP_DOWN };

static void up_round(const struct node *node, uint32_t index, struct ess_round *round) {
    bool last = index + 1 >= node->child_count;
    if (node->child_count > 0) {
        round->receive_from = node->children[index];
        round->receive_step = STEP_UP;
        round->sum = true;
        round->operand = index > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
    }
    round->send_to = last ? node->parent : ESS_NONE;
    round->send_step = STEP_UP;
    round->send_source = node->child_count > 0 ? ESS_REGION_RESULT : ESS_REGION_INPUT;
}

static void down_round(
    const struct node *node, uint32_t index, enum ess_region root_holds, struct ess_round *round) {
    if (index == 0) {
        round->receive_from = node->parent;
        round->receive_step = STEP_DOWN;
    }
    round->send_to = index < node->child_count ? node->children[index] : ESS_NONE;
    round->send_step = STEP_DOWN;
    round->send_source = node->parent == ESS_NONE ? root_holds : ESS_REGION_RESULT;
}

/* Where a rank's rounds in the trees begin, counted from the first of a direction. */
static uint32_t tree_at(const struct node *nodes, uint32_t *index) {
    uint32_t before = rounds_in(&nodes[0]);
    if (*index < before) {
        return 0;
    }
    *index -= before;
    return 1;
}

static void double_tree_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct place place = place_of(call, rank);
    struct node nodes[TREES] = {node_of(&place, 0), node_of(&place, 1)};
    uint32_t one_way = rounds_in(&nodes[0]) + rounds_in(&nodes[1]);
    bool down = call->primitive == ESS_BROADCAST || index >= one_way;
    uint32_t base = down && call->primitive == ESS_ALL_REDUCE ? one_way : 0;
    uint32_t within = index - base, tree, first;
    (void)settings;
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    if (call->primitive == ESS_BROADCAST && index == one_way) {
        round->chunk_count = TREES; /* the root holds its own vector too */
        round->receive_from = rank;
        return;
    }
    tree = tree_at(nodes, &within);
    first = index - within; /* of this tree and direction */
    round->chunk = tree;
    if (!down) {
        up_round(&nodes[tree], within, round);
        round->after = within > 0 ? index - 1 : ESS_NONE;
        return;
    }
    down_round(&nodes[tree], within,
        call->primitive == ESS_BROADCAST ? ESS_REGION_INPUT : ESS_REGION_RESULT, round);
    if (within > 0) {
        round->after = first;
    } else if (base > 0 && nodes[tree].child_count > 0) {
        /* The partial sum must have left before the whole one replaces it. */
        round->after = first - base + nodes[tree].child_count - 1;
    }
}

const struct ess_plan_type ess_plan_double_tree = {
    .name = "double_tree",
    .summary = "two binary trees for half of the vector each; full bandwidth in segments, latency "
               "logarithmic",
    .source = "Sanders, Speck, Traeff, Parallel Computing 35(12), 2009",
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE) | ESS_PRIMITIVE_BIT(ESS_BROADCAST) |
                  ESS_PRIMITIVE_BIT(ESS_REDUCE),
    .identical = true,
    .chunks = double_tree_chunks,
    .rounds = double_tree_rounds,
    .streams_most = 2 * TREES,
    .streams = double_tree_streams,
    .stream_end = double_tree_stream_end,
    .segment_bytes = 512 << 10,
    .layout = ESS_LAYOUT_ORDER,
    .round = double_tree_round,
};
