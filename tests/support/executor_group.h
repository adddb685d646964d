/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_EXECUTOR_GROUP_H
#define ESS_EXECUTOR_GROUP_H

/* The executors of a whole group with real numbers, and nothing else of a peer: what they post is
 * matched and performed here, one end after another, in the order that the caller picks. The whole
 * state is one plain struct, so that it can be copied to try all orders. */

#include "collective/executor.h"
#include "plan_teams.h"

#define ESS_EXECUTORS_MAX 8
#define ESS_EXECUTOR_ELEMENTS_MAX 640
#define ESS_EXECUTOR_POSTS_MAX 1024

struct ess_executor_post {
    struct ess_action action;
    uint32_t rank;     /* that posted it */
    bool is_matched;   /* the other end is posted too */
    bool is_performed; /* a send whose bytes have arrived, and which has not heard of it */
};

struct ess_executor_rank {
    struct ess_executor executor;
    struct ess_stream streams[ESS_STREAMS_MAX];
    float regions[ESS_REGION_COUNT][ESS_EXECUTOR_ELEMENTS_MAX];
    uint32_t begun, complete; /* operations */
    uint32_t open, open_most; /* rounds with a post under way, now and at most */
};

struct ess_executor_group {
    const struct ess_view *view;
    struct ess_collective collective;
    uint32_t operations, elements; /* of each operation */
    uint32_t posts;                /* ever made */
    uint32_t post_count;
    bool too_many;
    struct ess_executor_post under_way[ESS_EXECUTOR_POSTS_MAX];
    struct ess_executor_rank ranks[ESS_EXECUTORS_MAX];
};

/* All operations begin as far as each executor has room. The inputs are small fractions that no
 * order of sums adds up to the same bits. */
void ess_executor_group_init(struct ess_executor_group *group, const struct ess_view *view,
    const struct ess_plan_type *plan, const void *settings,
    const struct ess_executor_limits *limits, const struct ess_collective *collective,
    uint32_t operations, uint32_t elements);

/* A copy goes on by itself. */
void ess_executor_group_copy(const struct ess_executor_group *from, struct ess_executor_group *to);

/* Ends that may come next: `enabled` gets the index of each post. O(posts). */
uint32_t ess_executor_group_enabled(
    const struct ess_executor_group *group, uint32_t enabled[ESS_EXECUTOR_POSTS_MAX]);

/* Let one of them come. */
void ess_executor_group_end(struct ess_executor_group *group, uint32_t which);

/* Whether all is done and each result is what the operation promises; else `problem` says what is
 * not. Of sums the last bits may differ from the reference's, and between ranks where the plan does
 * not promise otherwise. */
bool ess_executor_group_is_right(
    const struct ess_executor_group *group, char *problem, size_t problem_bytes);

#endif
