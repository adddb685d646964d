/* SPDX-License-Identifier: Apache-2.0 */
/* Hierarchical all-reduce of any depth: sum within each site, then within each group of sites, and
 * so on up, all-reduce across the topmost groups, copy back down. Striped: every machine takes a
 * share of the traffic between sites, none is a leader.
 *
 * Level 0 groups ranks into sites; level j = 1 .. T groups the groups of level j - 1, as the layout
 * says; T is the layout's levels, at most `depth` - 1, and 0 without a layout. Above level T stand
 * g groups. A rank is in one group of each level: m_j members of it, among which it belongs to
 * member l_j.
 *
 * Chunks. A chunk c has a digit for each level, c = d_0 + L_0 (d_1 + L_1 (d_2 ..)): member d_j mod
 * m_j of a group owns it, and within that member again its owner, down to one rank. L_0 is the size
 * of the largest site, L_j the mean number of members, less where the product would exceed the
 * number of ranks; the last digit is what is left. With T = 0 the only digit is c. The number of
 * chunks is a multiple of g, about min(g, 4) L_0 .. L_T.
 *
 * Per chunk: (A) in each group of level 0, then 1 .. T, a chain through the members ends at the
 * owner, as in a ring; (B) the owners in the g topmost groups form a ring, on which the chunk
 * starts at group f + 1 and is complete at group f = c mod g, then is copied on; (C) level T .. 0,
 * a chain through the members copies it. At level j a rank handles the chunks that it owns in the
 * levels below.
 *
 * Rounds of a rank: all of A by levels, B1 and B2, all of C by levels down. Within level j, one
 * after another by the digits below j (those that the rank owns: d_i = l_i + k_i m_i, k_i < K_i =
 * ceil(L_i / m_i)), then those above, then groups k < K_j of m_j chunks:
 *   A(k, d)  digit k m + o, o = (l - d - 1) mod m, d = 0 .. m - 1
 *   C(k, e)  digit k m + o, o = (l - e) mod m; e = 0: owner
 *   B1, B2   a round each for every chunk that the rank owns in all levels
 * Rounds of chunks or digits past the last are empty.
 *
 * Check: 2 n (p - 1) bytes in all; of which 2 n (g - 1) cross between the topmost groups and 2 n (q
 * - 1) between all groups of a level together, q of them (each datum once a direction and group: 2
 * n (g - 1) / g a group when g divides the chunks evenly). With one site it is the ring; with sites
 * of one rank each it is the ring of sites. Limits: when groups differ in size, owners in smaller
 * ones carry up to one chunk more than the mean, and in groups of more members than the mean of
 * their level the last members own nothing. */
#include "collective/plan.h"

#define LEVELS_MAX 8

struct hierarchical_settings {
    int64_t depth;
};

static const struct ess_parameter parameters[] = {
    {"depth", ESS_PARAMETER_INTEGER, LEVELS_MAX, 1, LEVELS_MAX,
        "levels of groups that are used, sites being the first",
        offsetof(struct hierarchical_settings, depth)},
    ESS_PARAMETER_END,
};

/* How the chunks are numbered: the same for all ranks. */
struct digits {
    uint32_t top;    /* T */
    uint32_t groups; /* g, above level T */
    uint32_t chunks;
    uint32_t base[LEVELS_MAX];  /* L_j; of the last digit: as many as it takes */
    uint32_t below[LEVELS_MAX]; /* L_0 .. L_(j - 1) multiplied: weight of digit j */
};

/* A rank's group in one level. */
struct level {
    uint32_t index;   /* of the group in its level */
    uint32_t first;   /* its first member: a rank, or a group of the level below */
    uint32_t members; /* m */
    uint32_t local;   /* l */
    uint32_t stripes; /* K */
    uint32_t lower;   /* K of all levels below multiplied */
    uint32_t higher;  /* numbers of all digits above multiplied */
};

struct place {
    const struct ess_group *group;
    struct digits digits;
    struct level levels[LEVELS_MAX];
};

static uint32_t level_limit(const void *settings, const struct ess_group *group) {
    const struct hierarchical_settings *set = settings;
    uint32_t limit = (uint32_t)set->depth - 1;
    uint32_t levels = group->layout ? group->layout->level_count : 0;
    return levels < limit ? levels : limit;
}

static uint32_t ceil_div(uint32_t a, uint32_t b) {
    return (a + b - 1) / b;
}

/* Groups of a level. */
static uint32_t group_count(const struct ess_group *group, uint32_t level) {
    return level > 0 ? group->layout->levels[level - 1].count : group->site_count;
}

static const struct ess_site_span *span_of(
    const struct ess_group *group, uint32_t level, uint32_t index) {
    return level > 0 ? &group->layout->levels[level - 1].spans[index] : &group->sites[index];
}

static struct digits digits_of(const void *settings, const struct ess_group *group) {
    struct digits digits;
    uint32_t product = 1;
    digits.top = level_limit(settings, group);
    digits.groups = group_count(group, digits.top);
    for (uint32_t j = 0; j <= digits.top; j++) {
        uint32_t wanted = group->largest_site;
        uint32_t most = group->size / product;
        if (j > 0) {
            wanted = ceil_div(group_count(group, j - 1), group_count(group, j));
        }
        digits.below[j] = product;
        digits.base[j] = wanted < most ? wanted : most;
        product *= digits.base[j];
    }
    product *= digits.groups < 4 ? digits.groups : 4;
    digits.chunks = ceil_div(product, digits.groups) * digits.groups;
    digits.base[digits.top] = ceil_div(digits.chunks, digits.below[digits.top]);
    return digits;
}

static uint32_t hierarchical_chunks(const void *settings, const struct ess_call *call) {
    return digits_of(settings, call->group).chunks;
}

/* The group of a level that holds the group `member` of the level below: spans follow one another.
 * O(log groups). */
static uint32_t group_holding(const struct ess_level *level, uint32_t member) {
    uint32_t low = 0, high = level->count;
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (level->spans[middle].first <= member) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct place place_of(const void *settings, const struct ess_group *group, uint32_t rank) {
    struct place place;
    uint32_t higher = 1, lower = 1, member = rank;
    uint32_t index = group->members[rank].site;
    place.group = group;
    place.digits = digits_of(settings, group);
    for (uint32_t j = 0; j <= place.digits.top; j++) {
        struct level *level = &place.levels[j];
        const struct ess_site_span *span;
        if (j > 0) {
            index = group_holding(&group->layout->levels[j - 1], member);
        }
        span = span_of(group, j, index);
        level->index = index;
        level->first = span->first;
        level->members = span->count;
        level->local = member - span->first;
        level->stripes = ceil_div(place.digits.base[j], span->count);
        level->lower = lower;
        lower *= level->stripes;
        member = index;
    }
    for (uint32_t j = place.digits.top + 1; j-- > 0;) {
        place.levels[j].higher = higher;
        higher *= place.digits.base[j];
    }
    return place;
}

/* Rounds of one way in a level, and chunks that the rank owns in all levels. */
static uint32_t rounds_in(const struct place *place, uint32_t j) {
    const struct level *level = &place->levels[j];
    return level->lower * level->higher * level->stripes * level->members;
}

static uint32_t owned(const struct place *place) {
    const struct level *last = &place->levels[place->digits.top];
    return last->lower * last->stripes;
}

static uint32_t rounds_of_levels(const struct place *place, uint32_t first, uint32_t end) {
    uint32_t rounds = 0;
    for (uint32_t j = first; j < end; j++) {
        rounds += rounds_in(place, j);
    }
    return rounds;
}

static uint32_t hierarchical_rounds(
    const void *settings, const struct ess_call *call, uint32_t rank) {
    struct place place = place_of(settings, call->group, rank);
    if (call->group->size == 1) {
        return 0;
    }
    return 2 * rounds_of_levels(&place, 0, place.digits.top + 1) + 2 * owned(&place);
}

static uint32_t digit_of(const struct digits *digits, uint32_t j, uint32_t chunk) {
    chunk /= digits->below[j];
    return j < digits->top ? chunk % digits->base[j] : chunk;
}

/* The rank that owns a chunk in a group. O(levels). */
static uint32_t owner_of(const struct place *place, uint32_t j, uint32_t index, uint32_t chunk) {
    for (;; j--) {
        const struct ess_site_span *span = span_of(place->group, j, index);
        index = span->first + digit_of(&place->digits, j, chunk) % span->count;
        if (j == 0) {
            return index;
        }
    }
}

/* The rank that owns a chunk in member `local` of this rank's group of level j. */
static uint32_t member_owner(
    const struct place *place, uint32_t j, uint32_t local, uint32_t chunk) {
    const struct level *level = &place->levels[j];
    uint32_t member = level->first + local % level->members;
    return j > 0 ? owner_of(place, j - 1, member, chunk) : member;
}

/* Digits below level j by their number among those that this rank owns, as a part of the chunk's
 * number; ESS_NONE where a digit is past the last. */
static uint32_t lower_digits(const struct place *place, uint32_t j, uint32_t number) {
    uint32_t chunk = 0;
    while (j-- > 0) {
        const struct level *level = &place->levels[j];
        uint32_t digit = level->local + number % level->stripes * level->members;
        if (digit >= place->digits.base[j]) {
            return ESS_NONE;
        }
        chunk += digit * place->digits.below[j];
        number /= level->stripes;
    }
    return chunk;
}

static uint32_t lower_number(const struct place *place, uint32_t j, uint32_t chunk) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < j; i++) {
        const struct level *level = &place->levels[i];
        number = number * level->stripes + digit_of(&place->digits, i, chunk) / level->members;
    }
    return number;
}

/* Where in a level, one way, the round stands that handles a chunk at a distance (A) or hop (C). */
static uint32_t index_in(const struct place *place, uint32_t j, uint32_t chunk, uint32_t distance) {
    const struct level *level = &place->levels[j];
    uint32_t stripe = digit_of(&place->digits, j, chunk) / level->members;
    uint32_t above = j < place->digits.top ? chunk / place->digits.below[j + 1] : 0;
    uint32_t number = lower_number(place, j, chunk) * level->higher + above;
    return (number * level->stripes + stripe) * level->members + distance;
}

/* The other way round: the chunk of round `within` of a level, whose owner stands `behind` members
 * before this one; ESS_NONE where there is none. */
static uint32_t chunk_in(const struct place *place, uint32_t j, uint32_t within, uint32_t behind) {
    const struct level *level = &place->levels[j];
    uint32_t number = within / level->members;
    uint32_t owner = (level->local + 2 * level->members - behind) % level->members;
    uint32_t digit = number % level->stripes * level->members + owner;
    uint32_t above = number / level->stripes % level->higher;
    uint32_t lower = lower_digits(place, j, number / level->stripes / level->higher);
    uint32_t chunk;
    if (lower == ESS_NONE || digit >= place->digits.base[j]) {
        return ESS_NONE;
    }
    chunk = lower + digit * place->digits.below[j];
    chunk += j < place->digits.top ? above * place->digits.below[j + 1] : 0;
    return chunk < place->digits.chunks ? chunk : ESS_NONE;
}

/* ---- index of a round among all of the rank ---- */

static uint32_t up_index(const struct place *place, uint32_t j, uint32_t chunk, uint32_t distance) {
    return rounds_of_levels(place, 0, j) + index_in(place, j, chunk, distance);
}

/* The round after which this rank, its owner, holds the sum of its groups up to level j. */
static uint32_t summed_index(const struct place *place, uint32_t j, uint32_t chunk) {
    return up_index(place, j, chunk, place->levels[j].members - 1);
}

static uint32_t across_index(const struct place *place, bool copies, uint32_t chunk) {
    uint32_t top = place->digits.top;
    return rounds_of_levels(place, 0, top + 1) + (copies ? owned(place) : 0) +
           lower_number(place, top + 1, chunk);
}

static uint32_t down_index(const struct place *place, uint32_t j, uint32_t chunk, uint32_t hop) {
    uint32_t top = place->digits.top;
    return rounds_of_levels(place, 0, top + 1) + 2 * owned(place) +
           rounds_of_levels(place, j + 1, top + 1) + index_in(place, j, chunk, hop);
}

/* ---- rounds ---- */

/* Hops of a chunk are numbered through its whole way: A in a group, B between groups, C in a group.
 * Two ranks meet at one level only, so that levels may use the same numbers. */
static uint32_t step_base_b(const struct place *place) {
    return place->digits.chunks;
}

static uint32_t step_base_c(const struct place *place) {
    return place->digits.chunks + 2 * place->digits.groups;
}

/* What this rank holds of a chunk that it owns in the levels below j, once these are summed. */
static enum ess_region held(const struct place *place, uint32_t j) {
    while (j-- > 0) {
        if (place->levels[j].members > 1) {
            return ESS_REGION_RESULT;
        }
    }
    return ESS_REGION_INPUT;
}

static void sum_in_group(
    const struct place *place, uint32_t j, uint32_t within, struct ess_round *round) {
    const struct level *level = &place->levels[j];
    uint32_t distance = within % level->members;
    round->chunk = chunk_in(place, j, within, distance + 1);
    if (round->chunk == ESS_NONE) {
        return;
    }
    if (j > 0) {
        round->after = summed_index(place, j - 1, round->chunk);
    }
    if (distance > 0) {
        round->receive_from =
            member_owner(place, j, level->local + level->members - 1, round->chunk);
        round->receive_step = distance - 1;
        round->sum = true;
        round->operand = held(place, j);
    }
    if (distance < level->members - 1) {
        round->send_to = member_owner(place, j, level->local + 1, round->chunk);
        round->send_step = distance;
        round->send_source = distance > 0 ? ESS_REGION_RESULT : held(place, j);
    }
}

/* The owner of a chunk in the topmost group that stands `ahead` behind this rank's. */
static uint32_t owner_ahead(const struct place *place, uint32_t ahead, uint32_t chunk) {
    uint32_t top = place->digits.top;
    return owner_of(place, top, (place->levels[top].index + ahead) % place->digits.groups, chunk);
}

/* How far this rank's topmost group is from the one at which the chunk starts. */
static uint32_t group_distance(const struct place *place, uint32_t chunk) {
    uint32_t groups = place->digits.groups;
    return (place->levels[place->digits.top].index + 2 * groups - chunk % groups - 1) % groups;
}

static void reduce_across(const struct place *place, uint32_t within, struct ess_round *round) {
    uint32_t top = place->digits.top, groups = place->digits.groups;
    uint32_t distance;
    round->chunk = lower_digits(place, top + 1, within);
    if (round->chunk == ESS_NONE || round->chunk >= place->digits.chunks || groups == 1) {
        return;
    }
    distance = group_distance(place, round->chunk);
    round->after = summed_index(place, top, round->chunk);
    if (distance > 0) {
        round->receive_from = owner_ahead(place, groups - 1, round->chunk);
        round->receive_step = step_base_b(place) + distance - 1;
        round->sum = true;
        round->operand = held(place, top + 1);
    }
    if (distance < groups - 1) {
        round->send_to = owner_ahead(place, 1, round->chunk);
        round->send_step = step_base_b(place) + distance;
        round->send_source = distance > 0 ? ESS_REGION_RESULT : held(place, top + 1);
    }
}

static void copy_across(const struct place *place, uint32_t within, struct ess_round *round) {
    uint32_t groups = place->digits.groups;
    uint32_t base = step_base_b(place) + groups;
    uint32_t distance;
    round->chunk = lower_digits(place, place->digits.top + 1, within);
    if (round->chunk == ESS_NONE || round->chunk >= place->digits.chunks || groups == 1) {
        return;
    }
    distance = group_distance(place, round->chunk);
    round->after = across_index(place, false, round->chunk);
    if (distance < groups - 1) {
        round->receive_from = owner_ahead(place, groups - 1, round->chunk);
        round->receive_step = base + distance;
    }
    if (distance == groups - 1 || distance + 2 < groups) {
        round->send_to = owner_ahead(place, 1, round->chunk);
        round->send_step = distance == groups - 1 ? base : base + distance + 1;
        round->send_source = ESS_REGION_RESULT;
    }
}

/* The round after which the owner of a chunk in its group of level j holds all of it: it came
 * across, or down the level above. */
static uint32_t whole_index(const struct place *place, uint32_t j, uint32_t chunk) {
    const struct level *above = &place->levels[j + 1];
    uint32_t owner;
    if (j == place->digits.top) {
        return place->digits.groups > 1 ? across_index(place, true, chunk)
                                        : summed_index(place, j, chunk);
    }
    owner = digit_of(&place->digits, j + 1, chunk) % above->members;
    return down_index(
        place, j + 1, chunk, (above->local + above->members - owner) % above->members);
}

static void copy_in_group(
    const struct place *place, uint32_t j, uint32_t within, struct ess_round *round) {
    const struct level *level = &place->levels[j];
    uint32_t hop = within % level->members;
    round->chunk = chunk_in(place, j, within, hop);
    if (round->chunk == ESS_NONE || (j == 0 && level->members == 1)) {
        return;
    }
    if (hop > 0) {
        round->receive_from =
            member_owner(place, j, level->local + level->members - 1, round->chunk);
        round->receive_step = step_base_c(place) + hop - 1;
        round->after = up_index(place, j, round->chunk, hop - 1);
    } else {
        round->after = whole_index(place, j, round->chunk);
    }
    if (hop < level->members - 1) {
        round->send_to = member_owner(place, j, level->local + 1, round->chunk);
        round->send_step = step_base_c(place) + hop;
        round->send_source = ESS_REGION_RESULT;
    }
}

static void choose_round(const struct place *place, uint32_t index, struct ess_round *round) {
    uint32_t top = place->digits.top;
    for (uint32_t j = 0; j <= top; j++) {
        if (index < rounds_in(place, j)) {
            sum_in_group(place, j, index, round);
            return;
        }
        index -= rounds_in(place, j);
    }
    if (index < owned(place)) {
        reduce_across(place, index, round);
        return;
    }
    index -= owned(place);
    if (index < owned(place)) {
        copy_across(place, index, round);
        return;
    }
    index -= owned(place);
    for (uint32_t j = top + 1; j-- > 0;) {
        if (index < rounds_in(place, j)) {
            copy_in_group(place, j, index, round);
            return;
        }
        index -= rounds_in(place, j);
    }
}

static void hierarchical_round(const void *settings, const struct ess_call *call, uint32_t rank,
    uint32_t index, struct ess_round *round) {
    struct place place = place_of(settings, call->group, rank);
    *round = (struct ess_round){
        .chunk_count = 1,
        .receive_from = ESS_NONE,
        .send_to = ESS_NONE,
        .after = ESS_NONE,
    };
    choose_round(&place, index, round);
}

const struct ess_plan_type ess_plan_hierarchical = {
    .name = "hierarchical",
    .summary = "sum within each site, striped ring across sites, copy within; more levels where "
               "the layout has some",
    .source = "Thakur, Rabenseifner, Gropp, IJHPCA 19(1), 2005 (reduce-scatter and all-gather); "
              "two-level form after Jia et al., arXiv 1807.11205",
    .parameters = parameters,
    .settings_bytes = sizeof(struct hierarchical_settings),
    .primitives = ESS_PRIMITIVE_BIT(ESS_ALL_REDUCE),
    .identical = true,
    .layout = ESS_LAYOUT_LEVELS,
    .chunks = hierarchical_chunks,
    .rounds = hierarchical_rounds,
    .round = hierarchical_round,
};
