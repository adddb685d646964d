/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_EXECUTOR_H
#define ESS_COLLECTIVE_EXECUTOR_H

/* The one executor of exact plans: turns the rounds of a plan into posted sends and receives.
 *
 * A vector longer than a segment is cut into segments, even in elements, to each of which the whole
 * plan applies; their rounds follow one another, so that the window lets segments overlap: what a
 * tree or a chain needs to be quick. Shards of a reduce-scatter or all-gather would be torn apart:
 * these are not cut.
 *
 * A plan's rounds stand in one stream or a few. In each stream up to ESS_WINDOW_MAX consecutive
 * rounds of an operation are open at a time; receives are posted as soon as their round is open
 * (that is the grant which lets the sender's bytes flow at once), sends as soon as what they pass
 * on is there, the sends of exchanges with their receives. State is O(streams) per operation in
 * flight, whatever the group's size. It has no case for any plan; where the plan refuses a call in
 * a group (a power of two is needed, trees are missing), `direct` stands in for it: it does
 * everything in every group. A chooser may give each operation a plan of its own. It knows nothing
 * of losses but this: a transfer that failed on a broken connection is posted again after a while;
 * a new epoch drops everything. */

#include "collective/chooser.h"

#define ESS_WINDOW_MAX 64
#define ESS_WINDOW_MIN 2 /* with one open round a ring of finished rounds can wait for itself */
#define ESS_OPERATIONS_MAX 16
#define ESS_STREAMS_MAX 64 /* of all operations in flight: what a token holds */

struct ess_operation {
    uint8_t bucket;
    bool copying; /* a group of one: the result is a copy of the input, which is being made */
    enum ess_combine combine;
    const struct ess_plan_type *plan; /* the one chosen, or what stands in for it in this group */
    const void *plan_settings;
    uint32_t streams, streams_left; /* that have rounds not complete */
    uint32_t segments;              /* 1: the vector is not cut */
    uint32_t chunks;                /* of a segment */
    uint64_t id;                    /* the same on all peers: names the transfers */
    struct ess_call call;
    struct ess_span vector;
    uint64_t share; /* elements of a chunk; the first `longer` have one more (ess_plan_range) */
    uint64_t longer;
};

/* Rounds of an operation that are opened in order. */
struct ess_stream {
    uint32_t base;           /* rounds below are complete */
    uint32_t rounds;         /* of this rank, in all segments */
    uint32_t first;          /* of a segment, as the plan counts its rounds */
    uint32_t segment_rounds; /* of a segment */
    /* Bit i: round base + i. */
    uint64_t receive_posted, receive_done, send_posted, send_done;
    uint64_t opened;                /* counts among the executor's open rounds, or is complete */
    uint64_t held;                  /* failed on a reset; not to be posted before retry_ns */
    uint64_t known;                 /* what it waits for is in `after`, and in `exchange` */
    uint64_t exchange;              /* its send does not wait for its receive */
    uint32_t after[ESS_WINDOW_MAX]; /* by round modulo the window's size: stream and round */
};

struct ess_executor_limits {
    uint32_t window;        /* open rounds a stream, ESS_WINDOW_MIN .. ESS_WINDOW_MAX */
    uint32_t in_flight;     /* operations at a time, 1 .. ESS_OPERATIONS_MAX */
    uint32_t rounds_most;   /* open rounds of all operations; 0: no more than the windows. Raised to
                               ESS_WINDOW_MIN for each stream in flight, and one */
    uint64_t segment_bytes; /* 0: as the plan likes */
    int64_t retry_delay_ns; /* before a transfer that failed is posted again */
};

struct ess_executor {
    struct ess_plan_choice configured;
    const struct ess_chooser *chooser; /* NULL: always the configured plan */
    const struct ess_view *view;
    uint32_t rank;
    uint32_t window;        /* open rounds a stream */
    uint32_t in_flight;     /* operations at a time */
    uint32_t streams_each;  /* slots for streams of an operation */
    uint32_t element_bytes; /* of a vector's element */
    uint32_t rounds_most;   /* open rounds of all operations together */
    uint32_t rounds_open;   /* posted and not complete */
    bool at_most;           /* a round was not opened because of rounds_most */
    uint64_t segment_bytes; /* 0: as the plan likes */
    uint32_t active_count;
    uint32_t active;       /* bit s: slot s holds an operation */
    uint32_t ended;        /* of these: complete, not yet taken out */
    uint64_t dirty;        /* bit t: in stream t something may be posted */
    uint32_t copies;       /* arithmetic under way: no cancellation ends it */
    uint32_t stale_copies; /* of those, begun under an earlier view */
    int64_t retry_ns;      /* ESS_TIME_NEVER: nothing is held */
    int64_t retry_delay_ns;
    struct ess_stream *streams; /* [in_flight * streams_each], of operation s from
                                   s * streams_each on */
    struct ess_operation operations[ESS_OPERATIONS_MAX];
};

/* What an event meant. */
struct ess_executor_result {
    bool mine;        /* the token was one of the executor's */
    uint32_t suspect; /* peer whose connection failed, or ESS_NONE */
};

/* Bytes of the streams, beside struct ess_executor: enough for whatever plan is chosen. O(plans
 * that may be). */
size_t ess_executor_stream_bytes(
    const struct ess_plan_type *plan, const struct ess_chooser *chooser, uint32_t in_flight);

/* `streams` has ess_executor_stream_bytes() bytes of the caller's, aligned as for uint64_t. Fewer
 * operations are in flight than asked for where their streams would be more than
 * ESS_STREAMS_MAX. `chooser`, the caller's, is NULL or chooses the plan of each operation; then
 * `configured` is the one that the scenario names. */
void ess_executor_init(struct ess_executor *executor, struct ess_plan_choice configured,
    const struct ess_chooser *chooser, uint32_t element_bytes,
    const struct ess_executor_limits *limits, void *streams);

/* Drop all operations and go on in a new view, in which this peer has `rank`. The caller has
 * cancelled the transfers of lower epochs. O(1). */
void ess_executor_enter(struct ess_executor *executor, const struct ess_view *view, uint32_t rank);

/* Whether copies of an earlier view still read the input and write the result: until they have
 * ended neither may be used anew. */
static inline bool ess_executor_is_settling(const struct ess_executor *executor) {
    return executor->stale_copies > 0;
}

/* Whether another operation may begin. */
bool ess_executor_has_room(const struct ess_executor *executor);

/* Begin a collective on `vector` (a span of the input region) as operation `id` of `bucket`. */
void ess_executor_begin(struct ess_executor *executor, uint8_t bucket, uint64_t id,
    const struct ess_collective *collective, struct ess_span vector);

/* Post what can be posted. Returns false where `actions` was too small for all of it. */
bool ess_executor_pump(struct ess_executor *executor, struct ess_actions *actions);

/* Take in a finished or failed transfer. */
struct ess_executor_result ess_executor_event(
    struct ess_executor *executor, const struct ess_event *event);

/* Take one operation out that has become complete at this peer, by an event or by pump(). */
bool ess_executor_next_complete(struct ess_executor *executor, uint8_t *bucket);

/* Release what is held when its time has come. */
void ess_executor_deadline(struct ess_executor *executor, int64_t now_ns);

#endif
