/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_PLAN_CHECKER_H
#define ESS_PLAN_CHECKER_H

/* A proof of exact plans that knows nothing of the executor.
 *
 * ess_plan_check_rounds() looks at the rounds alone: indices in range, no label used twice between
 * two ranks, every send has its receive and every receive its send, of as many chunks, an exchange
 * reads nothing that it writes, and two rounds of a rank of which one writes what the other reads
 * or writes are ordered by `after`. Since a rank posts whatever its own open rounds allow, nothing
 * but `after` orders two of its rounds, so this holds for every order of delivery and every window.
 *
 * ess_plan_check_run() performs the plan at all ranks in an order that a seed picks, and
 * ess_plan_check_orders() in all orders, with contributor sets in place of numbers. A transfer
 * happens when both ends are posted; its two ends then finish as two events, in any order and as
 * late as the order likes. Up to 64 ranks a set is exact (a bit a rank); above, it is the number of
 * contributions and the sum of one random 64-bit weight each, which a wrong multiset passes with
 * probability below p / 2^64.
 *
 * Simplification: a posted end is posted at once, never late. Enabled transfers stay enabled
 * whatever else happens, so posting late cannot make a deadlock that this would miss, and the order
 * of writes is the business of ess_plan_check_rounds(). */

#include "collective/plan.h"

struct ess_plan_case {
    const struct ess_plan_type *plan;
    const void *settings;
    struct ess_call call;
    uint64_t elements;
    uint32_t element_bytes;
    uint32_t window; /* open rounds of a rank, 1 .. 64 */
};

struct ess_plan_range {
    uint64_t least, most;
};

/* What was sent in a run. Sites count what they send to other sites. */
struct ess_plan_counts {
    uint64_t messages;
    uint64_t size_bytes;
    uint64_t between_sites_bytes;
    struct ess_plan_range rank_messages;
    struct ess_plan_range rank_bytes;
    struct ess_plan_range site_bytes;
};

struct ess_plan_verdict {
    char problem[400];             /* empty: proven */
    struct ess_plan_counts counts; /* of a run */
    uint64_t states;               /* of all orders: different states reached */
};

/* O(rounds and chunks touched of all ranks) time for plans whose ranks touch a chunk O(1) times;
 * memory O(rounds and chunks touched of one rank). */
bool ess_plan_check_rounds(const struct ess_plan_case *proof, struct ess_plan_verdict *verdict);

/* O(transfers) time; match tables O(window p), values O(chunks p) memory. Fills `counts`. */
bool ess_plan_check_run(
    const struct ess_plan_case *proof, uint64_t seed, struct ess_plan_verdict *verdict);

/* All orders in which the ends of at most 32 transfers can finish, each state visited once. More
 * than `states_max` states are a problem that says so. */
bool ess_plan_check_orders(
    const struct ess_plan_case *proof, uint64_t states_max, struct ess_plan_verdict *verdict);

/* Note the first problem; later ones follow from it. Returns false, to be passed on. */
bool ess_plan_problem(struct ess_plan_verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
