/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_PLAN_H
#define ESS_COLLECTIVE_PLAN_H

/* An exact plan of a collective operation: arithmetic on ranks, apart from its execution.
 *
 * What the operations leave in the result (input: a rank's own contribution; shard r of a vector:
 * range r of an even split over the ranks, ess_plan_range()):
 *   all-reduce      everywhere the sum of all inputs (a barrier is an all-reduce of no element)
 *   reduce-scatter  at rank r shard r of the sum; the rest of its result is worthless
 *   all-gather      everywhere shard r of the input of rank r, for all r
 *   broadcast       everywhere the input of the root
 *   reduce          at the root the sum; the result of the others is worthless
 *   send            at `target` the input of the root; other ranks take no part
 * "Sum" stands for whatever the operation combines with: sum or maximum.
 *
 * The vector is cut into chunks. Each rank has a sequence of *rounds*; a round receives a range of
 * consecutive chunks as one transfer, or sends one, or both: it receives first and then passes the
 * same range on, or it is an *exchange*, which sends another range without waiting for its own
 * receive. A round that receives from its own rank copies the range from the input. A round is
 * complete when both are done, and may wait for one earlier round of the same rank. That is all:
 * one executor runs every plan, and a checker proves each.
 *
 * A plan is in closed form: asking for any round costs O(1) time, O(log p) at most, and a rank
 * keeps no table. */

#include "base/contract.h"
#include "base/parameter.h"

enum ess_primitive {
    ESS_ALL_REDUCE,
    ESS_REDUCE_SCATTER,
    ESS_ALL_GATHER,
    ESS_BROADCAST,
    ESS_REDUCE,
    ESS_SEND,
    ESS_PRIMITIVE_COUNT
};

#define ESS_PRIMITIVE_BIT(primitive) (UINT32_C(1) << (primitive))

/* What is to be done with a vector, in whatever group there is. All zero: an all-reduce by sum. */
struct ess_collective {
    enum ess_primitive primitive;
    bool maximum;          /* combine by maximum instead of sum */
    uint32_t root, target; /* ranks; in a group too small for them its last rank */
};

/* The same in one group. */
struct ess_call {
    const struct ess_group *group;
    enum ess_primitive primitive;
    uint32_t root;   /* rank; broadcast, reduce and send */
    uint32_t target; /* rank; send */
};

struct ess_round {
    uint32_t chunk;        /* first of the range received, sent or passed on; names the transfer */
    uint32_t chunk_count;  /* of that range, at least 1 */
    uint32_t receive_from; /* rank, or ESS_NONE; own rank: copy the range from the input */
    uint32_t send_to;      /* rank, or ESS_NONE */
    uint32_t receive_step; /* hop of the chunk: sender's send_step and receiver's receive_step */
    uint32_t send_step;    /*   of one transfer are equal */
    uint32_t after;        /* earlier round that must be complete before this one, or ESS_NONE */
    bool sum;              /* the receive adds (else it replaces) */
    /* The receive writes the scratch region instead of the result: for plans that send a value
     * whole while they receive what is added to it. */
    bool into_scratch;
    enum ess_region operand;     /* of a sum: input, or result or scratch once they hold a part */
    enum ess_region send_source; /* input, result or scratch; what a round passes on, it received */
    /* An exchange receives and sends each for itself. The range that it sends shares no chunk with
     * the one that it receives, unless it is sent from another region than is written. */
    bool exchange;
    uint32_t send_chunk, send_chunk_count;
};

struct ess_plan_type {
    const char *name;
    const char *summary; /* one line, with its limits */
    const char *source;
    const struct ess_parameter *parameters; /* NULL: none */
    size_t settings_bytes;
    /* What must hold among the settings and does not, in words; NULL when all is well. May be
     * NULL: each setting's own range says it all. */
    const char *(*check)(const void *settings);

    uint32_t primitives; /* what it can do, ESS_PRIMITIVE_BIT() of each */
    bool identical;      /* every rank ends with the same bits, whatever the rounding of sums */

    /* What it lacks to do this call in this group ("needs trees"), in words; NULL when nothing. May
     * be NULL: it does all its primitives in every group. */
    const char *(*refuse)(const void *settings, const struct ess_call *call);

    /* Number of chunks the vector is cut into, the same on every rank. */
    uint32_t (*chunks)(const void *settings, const struct ess_call *call);

    /* First element of `chunk` (0 .. chunks; `elements` for the last) where chunks are uneven.
     * NULL: an even split, ess_plan_range(). */
    uint64_t (*chunk_first)(
        const void *settings, const struct ess_call *call, uint64_t elements, uint32_t chunk);

    /* Number of rounds of `rank`: 0 in a group of one, for which executors copy, and where a rank
     * takes no part. */
    uint32_t (*rounds)(const void *settings, const struct ess_call *call, uint32_t rank);

    /* Streams, or NULL: one. Rounds of different streams do not wait for each other but through
     * `after`; in each they are opened in order, in a window of its own. Stream i of a rank has the
     * rounds stream_end(i - 1) .. stream_end(i) - 1, the first from 0 and the last to rounds(). A
     * plan that is right with one window over all its rounds is right with one for each stream,
     * which only opens more of them: they are for speed, where rounds that wait long stand between
     * others (a tree's way down behind its way up). */
    uint32_t streams_most; /* over all groups and settings; 0: one */
    uint32_t (*streams)(const void *settings, const struct ess_call *call);
    uint32_t (*stream_end)(
        const void *settings, const struct ess_call *call, uint32_t rank, uint32_t stream);

    /* A good length of segments, which long vectors exceed: executors make no more than some
     * hundred of them. 0: vectors are better not cut. */
    uint64_t segment_bytes;
    uint32_t layout; /* parts of the layout that it follows, enum ess_layout_part */

    /* Describe round `index` of `rank`. A round without send and receive is empty and complete. */
    void (*round)(const void *settings, const struct ess_call *call, uint32_t rank, uint32_t index,
        struct ess_round *round);
};

/* Generated by the build from the files collective/plan_*.c; ends with NULL. */
extern const struct ess_plan_type *const ess_plan_registry[];

/* Name of a primitive ("all_reduce"), or NULL. */
const char *ess_primitive_name(enum ess_primitive primitive);

/* Even split of `elements` into `chunks`: the first (elements mod chunks) have one more. O(1). */
void ess_plan_chunk(uint64_t elements, uint32_t chunks, uint32_t chunk, uint64_t *first_element,
    uint64_t *element_count);

/* The same for `chunk_count` consecutive chunks from `chunk` on. O(1). */
void ess_plan_range(uint64_t elements, uint32_t chunks, uint32_t chunk, uint32_t chunk_count,
    uint64_t *first_element, uint64_t *element_count);

/* The same for chunks of a plan, even or not. */
void ess_plan_call_range(const struct ess_plan_type *plan, const void *settings,
    const struct ess_call *call, uint64_t elements, uint32_t chunk, uint32_t chunk_count,
    uint64_t *first_element, uint64_t *element_count);

#endif
