/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_PLAN_MACHINE_H
#define ESS_PLAN_MACHINE_H

/* All ranks of a plan at work, with contributor sets in place of numbers: what the orders of
 * delivery in plan_orders.c act on. The whole state is one block, so that it can be copied. */

#include "plan_checker.h"

#define ESS_PLAN_WRITING UINT32_MAX

/* One end of a transfer whose two ends are posted, and which may finish now. */
struct ess_plan_end {
    uint32_t rank, index;
    bool receive;
};

struct ess_plan_rank {
    uint32_t base;   /* rounds below are complete */
    uint32_t opened; /* rounds below are open or complete */
    uint32_t rounds;
    uint64_t waiting;  /* bit i: round base + i is open and not posted, for it waits for another */
    uint64_t complete; /* bit i: round base + i */
    uint64_t half;     /* bit i: of the exchange base + i one end is finished */
    uint64_t messages, size_bytes;
};

/* The result, or the scratch, of one chunk at one rank. */
struct ess_plan_cell {
    uint64_t value;    /* set of the contributions in it, or the sum of their weights */
    uint64_t incoming; /* the same of the transfer under way to it */
    uint32_t count;    /* contributions; 0: worthless */
    uint32_t incoming_count;
    uint32_t busy; /* posted ends that use it: ESS_PLAN_WRITING, or how many sends read it */
};

struct ess_plan_post;

struct ess_plan_machine {
    const struct ess_plan_case *proof;
    struct ess_plan_verdict *verdict;
    uint32_t ranks, chunks, bucket_count;
    uint32_t end_count;
    uint32_t free_post;
    uint64_t whole; /* all contributions as a set, or the sum of all weights */
    size_t block_bytes;
    unsigned char *block;
    /* Within the block. */
    uint64_t *weights;           /* [rank] */
    uint64_t *site_bytes;        /* [site] */
    struct ess_plan_cell *cells; /* [result, scratch][rank][chunk] */
    struct ess_plan_rank *state; /* [rank] */
    struct ess_round *open;      /* [rank][round mod window] */
    struct ess_plan_end *ends;   /* those that may finish, in no order */
    struct ess_plan_post *posts; /* posted ends without their partner, and free ones */
    uint32_t *buckets;           /* hash table over posts */
};

/* Of the result or the scratch; the cells of consecutive chunks follow one another. */
static inline struct ess_plan_cell *ess_plan_cell_of(
    const struct ess_plan_machine *machine, uint32_t rank, enum ess_region region, uint32_t chunk) {
    size_t row = rank + (region == ESS_REGION_SCRATCH ? (size_t)machine->ranks : 0);
    return &machine->cells[row * machine->chunks + chunk];
}

/* Where a round puts what it receives. */
static inline enum ess_region ess_plan_target_of(const struct ess_round *round) {
    return round->into_scratch ? ESS_REGION_SCRATCH : ESS_REGION_RESULT;
}

/* A round that is open. */
static inline struct ess_round *ess_plan_open_round(
    const struct ess_plan_machine *machine, uint32_t rank, uint32_t index) {
    uint32_t window = machine->proof->window;
    return &machine->open[(size_t)rank * window + index % window];
}

/* Begin: everything that can be posted is. Problems go to the verdict here and below. */
void ess_plan_machine_init(struct ess_plan_machine *machine, const struct ess_plan_case *proof,
    uint64_t seed, struct ess_plan_verdict *verdict);
void ess_plan_machine_fini(struct ess_plan_machine *machine);

/* `to` becomes a copy of `from`; it is fresh (zeroed) or was a copy of the same machine. */
void ess_plan_machine_copy(const struct ess_plan_machine *from, struct ess_plan_machine *to);

/* Let ends[which] finish, and post what that allows. */
void ess_plan_machine_finish(struct ess_plan_machine *machine, uint32_t which);

/* plan_judge.c: nothing can finish any more. Are all rounds complete, and do the ranks hold what
 * the operation promises them, each contribution once? Fills the counts. */
void ess_plan_machine_judge(struct ess_plan_machine *machine);

#endif
