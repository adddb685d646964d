/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "executor_group.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define ROUND_MASK UINT64_C(0x7fffff)
#define STREAM_MASK UINT64_C(0xfe000000)

static float contribution(uint32_t rank, uint32_t element) {
    return 1.0f / (float)(3 + (rank * 7 + element * 5) % 97);
}

/* Whether another post of the same round of the same rank is under way: both ends of an exchange.
 */
static bool has_twin(const struct ess_executor_group *group, const struct ess_executor_post *post) {
    const uint64_t mask = ROUND_MASK | STREAM_MASK;
    for (uint32_t i = 0; i < group->post_count; i++) {
        const struct ess_executor_post *other = &group->under_way[i];
        if (other != post && other->rank == post->rank &&
            (other->action.token & mask) == (post->action.token & mask)) {
            return true;
        }
    }
    return false;
}

/* The other end of a send or receive; ESS_NONE while it is not posted. */
static uint32_t mate_of(
    const struct ess_executor_group *group, const struct ess_executor_post *post) {
    const struct ess_transfer *transfer = &post->action.transfer;
    for (uint32_t i = 0; i < group->post_count; i++) {
        const struct ess_executor_post *other = &group->under_way[i];
        const struct ess_transfer *its = &other->action.transfer;
        if (other->action.kind != ESS_ACTION_ARITHMETIC && !other->is_performed &&
            other->action.kind != post->action.kind &&
            group->view->group.members[other->rank].peer == post->action.peer &&
            group->view->group.members[post->rank].peer == other->action.peer &&
            its->operation == transfer->operation && its->chunk == transfer->chunk &&
            its->step == transfer->step) {
            return i;
        }
    }
    return ESS_NONE;
}

static void take_post(
    struct ess_executor_group *group, uint32_t rank, const struct ess_action *action) {
    struct ess_executor_post *post = &group->under_way[group->post_count];
    uint32_t mate;
    *post = (struct ess_executor_post){.action = *action, .rank = rank};
    group->post_count++;
    group->posts++;
    group->ranks[rank].open += !has_twin(group, post);
    if (action->kind == ESS_ACTION_ARITHMETIC) {
        return;
    }
    mate = mate_of(group, post);
    if (mate != ESS_NONE) {
        post->is_matched = group->under_way[mate].is_matched = true;
    }
}

static void take_posts(
    struct ess_executor_group *group, uint32_t rank, const struct ess_actions *actions) {
    for (uint32_t i = 0; i < actions->count; i++) {
        if (group->post_count == ESS_EXECUTOR_POSTS_MAX) {
            group->too_many = true;
            return;
        }
        take_post(group, rank, &actions->items[i]);
    }
}

static void begin_what_fits(struct ess_executor_group *group, struct ess_executor_rank *rank) {
    while (rank->begun < group->operations && ess_executor_has_room(&rank->executor)) {
        uint64_t size_bytes = group->elements * sizeof(float);
        struct ess_span span = {ESS_REGION_INPUT, rank->begun * size_bytes, size_bytes};
        ess_executor_begin(
            &rank->executor, (uint8_t)rank->begun, 64u + rank->begun, &group->collective, span);
        rank->begun++;
    }
}

/* Take out what is complete, begin what fits, post what can be posted. */
static void go_on(struct ess_executor_group *group, uint32_t index) {
    struct ess_executor_rank *rank = &group->ranks[index];
    uint32_t complete;
    uint8_t bucket;
    do {
        bool all = false;
        complete = rank->complete;
        begin_what_fits(group, rank);
        while (!all) {
            static struct ess_actions actions;
            actions.count = 0;
            all = ess_executor_pump(&rank->executor, &actions);
            take_posts(group, index, &actions);
        }
        while (ess_executor_next_complete(&rank->executor, &bucket)) {
            rank->complete++;
        }
    } while (rank->complete > complete);
    rank->open_most = rank->open > rank->open_most ? rank->open : rank->open_most;
}

void ess_executor_group_init(struct ess_executor_group *group, const struct ess_view *view,
    const struct ess_plan_type *plan, const void *settings,
    const struct ess_executor_limits *limits, const struct ess_collective *collective,
    uint32_t operations, uint32_t elements) {
    memset(group, 0, sizeof *group);
    group->view = view;
    group->collective = *collective;
    group->operations = operations;
    group->elements = elements;
    for (uint32_t rank = 0; rank < view->group.size; rank++) {
        struct ess_executor_rank *own = &group->ranks[rank];
        for (uint32_t i = 0; i < operations * elements; i++) {
            own->regions[ESS_REGION_INPUT][i] = contribution(rank, i);
            own->regions[ESS_REGION_RESULT][i] = own->regions[ESS_REGION_SCRATCH][i] = 12345.0f;
        }
        ess_executor_init(&own->executor, (struct ess_plan_choice){plan, settings}, NULL,
            sizeof(float), limits, own->streams);
        ess_executor_enter(&own->executor, view, rank);
    }
    for (uint32_t rank = 0; rank < view->group.size; rank++) {
        go_on(group, rank);
    }
}

uint32_t ess_executor_group_enabled(
    const struct ess_executor_group *group, uint32_t enabled[ESS_EXECUTOR_POSTS_MAX]) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < group->post_count; i++) {
        const struct ess_executor_post *post = &group->under_way[i];
        if (post->is_performed || post->action.kind == ESS_ACTION_ARITHMETIC ||
            (post->action.kind == ESS_ACTION_RECEIVE && post->is_matched)) {
            enabled[count++] = i;
        }
    }
    return count;
}

static float *values_at(struct ess_executor_rank *rank, enum ess_region region, uint64_t offset) {
    return &rank->regions[region][offset / sizeof(float)];
}

static float combined(enum ess_combine combine, float operand, float incoming) {
    if (combine == ESS_COMBINE_SUM) {
        return operand + incoming;
    }
    return combine == ESS_COMBINE_MAX ? fmaxf(operand, incoming) : incoming;
}

static void perform(struct ess_executor_group *group, uint32_t receive, uint32_t send) {
    struct ess_executor_rank *to = &group->ranks[group->under_way[receive].rank];
    struct ess_executor_rank *from = &group->ranks[group->under_way[send].rank];
    const struct ess_transfer *in = &group->under_way[receive].action.transfer;
    const struct ess_transfer *out = &group->under_way[send].action.transfer;
    uint64_t offset = in->span.offset_bytes;
    float *target = values_at(to, in->span.region, offset);
    const float *operand = values_at(to, in->operand_region, offset);
    const float *source = values_at(from, out->span.region, out->span.offset_bytes);
    for (uint64_t i = 0; i < in->span.size_bytes / sizeof(float); i++) {
        target[i] = combined(in->combine, operand[i], source[i]);
    }
    if (in->span.size_bytes != out->span.size_bytes || offset != out->span.offset_bytes) {
        group->too_many = true; /* cannot be right; is_right() says so */
    }
    group->under_way[send].is_performed = true;
}

static void copy(struct ess_executor_group *group, uint32_t which) {
    struct ess_executor_rank *rank = &group->ranks[group->under_way[which].rank];
    const struct ess_arithmetic *arithmetic = &group->under_way[which].action.arithmetic;
    memcpy(values_at(rank, arithmetic->to.region, arithmetic->to.offset_bytes),
        values_at(rank, arithmetic->from_region, arithmetic->to.offset_bytes),
        arithmetic->to.size_bytes);
}

void ess_executor_group_copy(const struct ess_executor_group *from, struct ess_executor_group *to) {
    uint32_t p = from->view->group.size;
    memcpy(to, from, offsetof(struct ess_executor_group, under_way));
    memcpy(to->under_way, from->under_way, from->post_count * sizeof *from->under_way);
    memcpy(to->ranks, from->ranks, p * sizeof *from->ranks);
    for (uint32_t rank = 0; rank < p; rank++) {
        to->ranks[rank].executor.streams = to->ranks[rank].streams;
    }
}

void ess_executor_group_end(struct ess_executor_group *group, uint32_t which) {
    struct ess_executor_post post = group->under_way[which];
    struct ess_event event = {
        .kind = ESS_EVENT_FINISHED, .peer = post.action.peer, .token = post.action.token};
    if (post.action.kind == ESS_ACTION_RECEIVE) {
        perform(group, which, mate_of(group, &group->under_way[which]));
    } else if (post.action.kind == ESS_ACTION_ARITHMETIC) {
        copy(group, which);
    }
    group->ranks[post.rank].open -= !has_twin(group, &group->under_way[which]);
    group->under_way[which] = group->under_way[--group->post_count];
    ess_executor_event(&group->ranks[post.rank].executor, &event);
    go_on(group, post.rank);
}

/* What rank `rank` must hold of an element; false: it need not hold anything. */
static bool wanted(
    const struct ess_executor_group *group, uint32_t rank, uint32_t element, double *value) {
    const struct ess_collective *collective = &group->collective;
    uint32_t p = group->view->group.size, within = element % group->elements;
    uint32_t root = collective->root < p ? collective->root : p - 1;
    uint32_t target = collective->target < p ? collective->target : p - 1;
    uint32_t shard = 0;
    uint64_t first, count;
    for (; shard + 1 < p; shard++) {
        ess_plan_range(group->elements, p, shard, 1, &first, &count);
        if (within < first + count) {
            break;
        }
    }
    *value = collective->maximum ? -1.0 : 0.0;
    for (uint32_t i = 0; i < p; i++) {
        double own = (double)contribution(i, element);
        *value = !collective->maximum ? *value + own : own > *value ? own : *value;
    }
    switch (collective->primitive) {
    case ESS_REDUCE_SCATTER:
        return rank == shard;
    case ESS_ALL_GATHER:
        *value = (double)contribution(shard, element);
        return true;
    case ESS_BROADCAST:
    case ESS_SEND:
        *value = (double)contribution(root, element);
        return collective->primitive == ESS_BROADCAST || rank == target;
    case ESS_REDUCE:
        return rank == root;
    default:
        return true;
    }
}

static bool is_close(double value, double reference, bool exact) {
    double difference = value - reference;
    return exact ? difference == 0.0 : fabs(difference) <= 1e-5 * fabs(reference);
}

bool ess_executor_group_is_right(
    const struct ess_executor_group *group, char *problem, size_t problem_bytes) {
    const struct ess_collective *collective = &group->collective;
    const struct ess_plan_type *plan = group->ranks[0].executor.configured.plan;
    bool sums = !collective->maximum &&
                (collective->primitive == ESS_ALL_REDUCE || collective->primitive == ESS_REDUCE ||
                    collective->primitive == ESS_REDUCE_SCATTER);
    bool identical = plan->identical && collective->primitive == ESS_ALL_REDUCE;
    for (uint32_t rank = 0; rank < group->view->group.size; rank++) {
        const struct ess_executor_rank *own = &group->ranks[rank];
        if (group->too_many || own->complete != group->operations) {
            snprintf(problem, problem_bytes, "rank %u has completed %u of %u operations%s", rank,
                own->complete, group->operations, group->too_many ? ", spans differ" : "");
            return false;
        }
        for (uint32_t i = 0; i < group->operations * group->elements; i++) {
            float value = own->regions[ESS_REGION_RESULT][i];
            double reference;
            if (!wanted(group, rank, i, &reference)) {
                continue;
            }
            if (!is_close((double)value, reference, !sums) ||
                (identical && memcmp(&value, &group->ranks[0].regions[ESS_REGION_RESULT][i],
                                  sizeof value) != 0)) {
                snprintf(problem, problem_bytes,
                    "rank %u element %u: %.9g, not %.9g (rank 0: %.9g)", rank, i, (double)value,
                    reference, (double)group->ranks[0].regions[ESS_REGION_RESULT][i]);
                return false;
            }
        }
    }
    return true;
}
