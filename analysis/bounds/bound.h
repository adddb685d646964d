/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_BOUNDS_BOUND_H
#define ESS_ANALYSIS_BOUNDS_BOUND_H

/* Lower bounds on the completion time of a collective among unequal peers behind shared links: no
 * schedule whatever is faster in the fluid model.
 *
 * THE MODEL. p peers, each with a vector of n bytes (all-reduce, reduce, reduce-scatter), or one of
 * them with it (broadcast), or each with its p-th of one (all-gather; where p does not divide the
 * vector, n is p times the smallest share, also for a reduce-scatter). Any peer may send anything
 * it has to any other over the network's path for the pair, at any time, in pieces as small as it
 * likes, and peers pass on for each other; hosts that are not of the group do not. A path loads all
 * its links at the same time; a link carries at most its capacity. Summing takes no time. A
 * schedule is bounded from the moment the first peer begins until the last one has its result.
 *
 * WHAT IS ASSUMED OF SCHEDULES. (A) Elements are not mixed: what is sent for an element is computed
 * from contributions to that element alone and is as long as the element. Every plan that sends
 * (partial) sums or copies is so; network coding across elements is not, nor is a shorter encoding
 * (then n is the bytes of a vector as encoded). The rest is proven.
 *
 * NOTATION. x(u, v): bytes that u sends to v in all, in vectors (n bytes = 1). S: some peers but
 * not all, R: the others. x(S, R): what goes from S to R.
 *
 * THE INEQUALITIES, one element at a time; they add up since elements are not mixed.
 *
 * 1. Broadcast: x(S, R) >= 1 where S holds the root. Some peer of R must get the element for the
 *    first time, from a peer of S. Reduce: x(S, R) >= 1 where R holds the root: what a peer of S
 *    gives must leave S. (These two hold for coded schedules too, by counting information.)
 * 2. All-reduce: x(S, R) >= 1 for every S. R must learn of what peers of S give.
 * 3. All-gather: x(S, R) >= |S| / p: R must get the elements that begin in S. Reduce-scatter:
 *    x(S, R) >= |R| / p: for elements that end in R, what peers of S give must leave S.
 * 4. All-reduce, for any partition of the peers into k parts: 2 (k - 1) vectors cross between parts
 *    together. Take an element, order its transfers by the time they end, and let a part know what
 *    its members know together (which can only help). Let K be the first part that knows all k
 *    parts' contributions, at time t. Each of the k - 1 other parts has sent something that ended
 *    by t, on its way to K: k - 1 crossings. None of these parts knew all before t, so each still
 *    receives what completes it in a crossing that ends at t or later; that crossing is none of the
 *    first k - 1, since those end by t, and one into another part than K that ends at t itself
 *    would have to be passed on to K in no time. So 2 (k - 1) in all.
 *    For k = p this is the known count of P. Patarasu and X. Yuan, "Bandwidth optimal all-reduce
 *    algorithms for clusters of workstations", J. Parallel Distrib. Comput. 69 (2009) 117-124, and
 *    of gossip with one-way calls: F. Harary and A. J. Schwenk, J. Franklin Inst. 297 (1974).
 *
 * "Each rank sends and receives 2 n (p - 1) / p" follows from none of these where peers differ, and
 * is false: a slow leaf need only send n and receive n (2.).
 *
 * BANDWIDTH BOUND. The least T for which some x >= 0 satisfies all inequalities of the collective
 * while no link carries more than T x its capacity. A schedule of duration T gives such an x, so no
 * schedule is faster. For broadcast, reduce, all-gather and reduce-scatter the bound is also
 * reached as closely as one likes by long vectors: an x that satisfies 1 or 3 contains spanning
 * trees from the roots with rates that add up (J. Edmonds, "Edge-disjoint branchings", 1973, in its
 * fractional form), along which small pieces are sent one after another. For all-reduce it is a
 * relaxation; tests/analysis compares it with the best packing of pairs of trees.
 * The program is solved by adding cuts (bandwidth.h), and the result is proven from its dual
 * solution by arithmetic that trusts no solver (certificate.h). `gap` says how much larger the
 * optimum of the program can be at most.
 *
 * LATENCY. Everyone must hear of the farthest (delays.h): the greatest least delay over any chain.
 *
 * BOTH. The bytes counted by an inequality cannot flow before the first of them can have come to
 * the cut (delays.h, certificate.h): bandwidth bound + the least head of the cuts in the proof. The
 * result is the greater of that and the latency.
 *
 * Range: right for any network; weak where messages are small, since rounds of messages are not
 * counted, and for all-reduce at most by what its relaxation gives away.
 * Check values: p equal peers with c bytes/s each way at one switch: broadcast, reduce n / c;
 * all-gather, reduce-scatter (p - 1) n / (p c); all-reduce 2 (p - 1) n / (p c). */

#include "analysis/bounds/cut.h"

struct ess_topology;

struct ess_bound {
    double seconds;     /* the bound: max(latency_s, bandwidth_s + head_s) */
    double bandwidth_s; /* for vectors so long that delays do not matter */
    double head_s;      /* what delays surely add to it */
    double latency_s;   /* by delays alone */
    double gap;         /* the linear program's optimum is at most (1 + gap) x bandwidth_s */
    uint32_t latency_from, latency_to; /* the pair that latency_s is of */
    uint32_t rounds, cut_count;        /* what it took */
    /* What binds: the heaviest inequality of the proof. From part 0 to part 1 or, where
     * is_partition, between all parts, at least `demand` vectors must cross; it makes up
     * `cut_share` of the proof. Where peers are interchangeable, it stands for its like. */
    bool is_partition;
    uint32_t part_count;
    uint32_t *part; /* [peer] */
    double demand, cut_share;
    double *link_share; /* [link of the network] of the time, adds up to 1: where capacity would
                           help; links that do not limit have 0 */
};

/* The bound for `bytes` >= 0 of vector over a sound network. No bytes: all is 0, since nothing need
 * be done; likewise for one peer. False where somebody cannot hear of somebody whom it must hear
 * of: latency_from and latency_to are such a pair, all times are INFINITY. Freed by ess_bound_fini
 * in any case. Time: about 0.1 to 3 s for 64 peers that all differ; equal peers count once. */
bool ess_bound_compute(const struct ess_bound_network *network, const struct ess_bound_task *task,
    double bytes, struct ess_bound *bound);
void ess_bound_fini(struct ess_bound *bound);

/* The same for hosts of a topology (ess_bound_network_from_topology); task->root is an index into
 * hosts. link_share is by the topology's links, [topology->link_count]. */
bool ess_bound_of_hosts(const struct ess_topology *topology, const uint32_t *hosts,
    uint32_t host_count, const struct ess_bound_task *task, double bytes, struct ess_bound *bound);

#endif
