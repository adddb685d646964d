/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SHARING_H
#define ESS_MODELS_NETWORK_SHARING_H

/* Exact weighted max-min sharing of link capacities among flows that come and go.
 *
 * The equation. A flow f of weight w crosses a fixed set of links and may have a cap. Its rate is
 * x(f) = w * min(level of the links on its path, cap / w), where the levels are such that no link
 * carries more than its capacity and every flow that its cap does not hold back crosses a full
 * link on which no flow has a higher rate per unit of weight (Bertsekas and Gallager, Data
 * Networks, 2nd edition, section 6.5.2). Exactly one allocation satisfies this: the weighted
 * max-min fair one. Bytes are the integral of the rate, nothing else.
 *
 * How it is kept. Flows of equal path, weight and cap form a class. Every class has one bottleneck
 * link b on its path, every link k a level L(k): bytes/s per unit of weight of the classes that
 * have their bottleneck there, infinite when there are none ("unsaturated"). With C(k) the
 * capacity, W(k) the weight of k's own classes and A(k,m) the weight of the classes that cross k
 * and have their bottleneck at m != k, after each ess_sharing_resolve:
 *   (1) W(k) > 0:                L(k) = (C(k) - sum over m of A(k,m) L(m)) / W(k)
 *   (2) W(k) > 0 and A(k,m) > 0: L(m) <= L(k)
 *   (3) W(k) = 0:                sum over m of A(k,m) L(m) <= C(k)
 * (1) and (3) say that no link is overfull; by (1) the bottleneck of a class is full and by (2)
 * no class on it runs faster. So the state is the max-min allocation, whatever the order of the
 * steps that led to it. A cap is a pseudo-link of constant level cap / w, one per distinct value.
 *
 * Time. The world's clock: int64_t nanoseconds. Inside, each link keeps a virtual time in bytes per
 * unit of weight (double) with an integer date, so that intervals of time are exact. A completion
 * is rounded UP to the next nanosecond (to the next double, that is to 2 ns, after 2^53 ns = 104
 * days), less a slack of 2^-10 ns that absorbs rounding, and is at least 1 ns after now unless
 * nothing is left; at that instant the flow counts as done, and all the flows that are done within
 * one nanosecond form one batch.
 *
 * Range of validity: weights 2^-20 to 2^31 with a sum below 2^33 on any one link (sums of weights
 * are then exact), rounded to multiples of 2^-20; capacities finite, >= 0, which may change to 0
 * and back; sizes above 0 and below 2^53 bytes; a link at most once on a path. Relative error of a
 * rate below 1e-11 (levels that change by less than 1e-13 are not passed on); of what a flow has
 * received 1e-11 and 0.0004 bytes per unit of weight; a completion is off by the time these take,
 * and then rounded up.
 *
 * Known bias: a completion is up to 1 ns late and the flow holds its rate until then, so a link
 * loses at most one nanosecond of its capacity per completion. The allocation is reached at once:
 * slow start, loss and round-trip times are the caller's to model, as caps and weights.
 *
 * Check value (parking lot): links of 1, 1 and 4 MB/s in a row, one flow of 1 MB over all three and
 * one of 1 MB over each. The long flow and the flows on links 1 and 2 get 0.5 MB/s, the flow on
 * link 3 gets 3.5 MB/s and is done at 285,714,286 ns; the other three at 2,000,000,000 ns.
 *
 * Complexity: ess_sharing_start and ess_sharing_cancel O(hops + log n); ess_sharing_resolve in
 * proportion to the links whose level truly changes and the links that share flows with them, not
 * to flows; ess_sharing_next O(1). No allocation once the arrays have grown to what the load
 * needs. Instances share nothing. Out of memory aborts.
 *
 * A caller's instant:
 *     ess_sharing_advance(s, now_ns);
 *     while (ess_sharing_pop_finished(s, &finished)) ...start, cancel, whatever follows...
 *     ...all the other events of this instant...
 *     ess_sharing_resolve(s);
 *     the next call to ess_sharing_advance is due at ess_sharing_next(s), or earlier. */

#include <stdbool.h>
#include <stdint.h>

#define ESS_SHARING_NEVER INT64_MAX

struct ess_sharing;

/* Slot in the low, generation in the high half; 0 is never a flow. */
typedef uint64_t ess_sharing_flow_id;

struct ess_sharing_finished {
    uint64_t user;            /* as given to ess_sharing_start */
    ess_sharing_flow_id flow; /* no longer alive; to compare with one that the caller has kept */
};

struct ess_sharing_statistics {
    uint64_t starts;
    uint64_t ends;             /* completed or cancelled */
    uint64_t resolutions;      /* calls of ess_sharing_resolve that had something to do */
    uint64_t links_processed;  /* steps of the cascade */
    uint64_t levels_published; /* times a saturated link's level changed */
    uint64_t class_moves;      /* times a class changed its bottleneck */
    uint64_t fallbacks;        /* resolutions that hit the step limit and were refilled */
    uint64_t steps_most;       /* most steps of one resolution */
};

struct ess_sharing *ess_sharing_new(void);
void ess_sharing_free(struct ess_sharing *s);

/* Links. Capacities in bytes/s, finite and >= 0. A change takes effect at the time of the last
 * ess_sharing_advance. */
uint32_t ess_sharing_add_link(struct ess_sharing *s, double capacity_bytes_per_s);
void ess_sharing_set_capacity(struct ess_sharing *s, uint32_t link, double capacity_bytes_per_s);
double ess_sharing_capacity(const struct ess_sharing *s, uint32_t link);

/* Bytes carried by the flows that have left the link: whole flows at their completion, the part
 * delivered when a flow is cancelled or moved to another class. Flows under way are not in it. A
 * sum of doubles: exact while sizes are whole and the sum is below 2^53. */
double ess_sharing_link_bytes(const struct ess_sharing *s, uint32_t link);

/* Sum of the rates of all flows on the link, from the classes themselves: O(classes). */
double ess_sharing_link_rate(const struct ess_sharing *s, uint32_t link);

/* The class of flows over `links` (no link twice) with this weight and cap; found, or made. Classes
 * are found by equal links in equal order; the order does not change anybody's rate. A finite cap
 * (> 0, bytes/s per flow) is needed if count is 0; INFINITY means none. The caller gets one
 * reference to give back. A class lives while it has references or flows; one that is kept while
 * idle costs nothing and allocates nothing when it is used again. O(count) when found, O(count^2)
 * when made. */
uint32_t ess_sharing_class(struct ess_sharing *s, const uint32_t *links, uint32_t count,
    double weight, double cap_bytes_per_s);
void ess_sharing_class_retain(struct ess_sharing *s, uint32_t class);
void ess_sharing_class_release(struct ess_sharing *s, uint32_t class);
uint32_t ess_sharing_class_count(const struct ess_sharing *s);
uint32_t ess_sharing_cap_count(const struct ess_sharing *s);

/* Flows. A flow without bytes never enters: the caller completes it itself. The number `user`
 * comes back when the flow is done. */
ess_sharing_flow_id ess_sharing_start(
    struct ess_sharing *s, uint32_t class, double size_bytes, uint64_t user);

/* False once the flow was cancelled, or done (from the ess_sharing_advance on that completed it,
 * popped or not). The other functions assert that it is alive. */
bool ess_sharing_alive(const struct ess_sharing *s, ess_sharing_flow_id flow);

/* Take the flow out; returns the bytes it delivered, over all the classes it has been in. */
double ess_sharing_cancel(struct ess_sharing *s, ess_sharing_flow_id flow);
double ess_sharing_remaining(const struct ess_sharing *s, ess_sharing_flow_id flow);

/* Bytes/s since the last ess_sharing_resolve. */
double ess_sharing_rate(const struct ess_sharing *s, ess_sharing_flow_id flow);

/* Let a running flow go on in another class with the bytes it has left. O(hops + log n). */
void ess_sharing_set_class(struct ess_sharing *s, ess_sharing_flow_id flow, uint32_t class);

/* Set the clock and complete what is due. Never back, never past ess_sharing_next, and past this
 * instant only when it has been resolved and its finished flows popped. */
void ess_sharing_advance(struct ess_sharing *s, int64_t now_ns);

/* The next flow of the batch that the last ess_sharing_advance completed, in the order in which
 * the flows were started; false when there is none left. */
bool ess_sharing_pop_finished(struct ess_sharing *s, struct ess_sharing_finished *finished);

/* Give every flow the rate it is due after the changes of this instant. */
void ess_sharing_resolve(struct ess_sharing *s);

/* When the next completion is due, or ESS_SHARING_NEVER. It may be now: a flow has nothing left. */
int64_t ess_sharing_next(const struct ess_sharing *s);

/* Past this many steps a resolution gives up its cascade and refills the affected component from
 * nothing, which ends for certain. 0: the default, 64 + 64 times the links in use. */
void ess_sharing_set_step_limit(struct ess_sharing *s, uint64_t steps);
struct ess_sharing_statistics ess_sharing_statistics(const struct ess_sharing *s);

#endif
