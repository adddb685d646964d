/* SPDX-License-Identifier: Apache-2.0 */
/* What Open MPI's fixed rules would choose for an all-reduce, by ranks and bytes alone. No rule
 * sees a rate, a delay or a place.
 *
 * What stands for its algorithms here; where it is not the same, the nearest that there is:
 *   1 linear            direct: the same, a reduce to rank 0, which then sends each the result
 *   2 non-overlapping   binomial: Open MPI chooses its reduce and its broadcast by further tables,
 *                       which for small vectors are binomial trees too
 *   5 segmented ring    ring: segments are not the plan's but the executor's, whose setting stays
 *   3 recursive doubling, 4 ring, 6 Rabenseifner: the plans of these names
 * Other primitives have no table here. */
#include "collective/open_mpi_rules.h"
#include "collective/selection.h"

static const char *const answers[] = {
    "direct", "binomial", "recursive_doubling", "ring", "rabenseifner", NULL};

static const char *select(const void *settings, const struct ess_selection_query *query) {
    static const char *const plans[] = {
        [ESS_OPEN_MPI_LINEAR] = "direct",
        [ESS_OPEN_MPI_NON_OVERLAPPING] = "binomial",
        [ESS_OPEN_MPI_RECURSIVE_DOUBLING] = "recursive_doubling",
        [ESS_OPEN_MPI_RING] = "ring",
        [ESS_OPEN_MPI_SEGMENTED_RING] = "ring",
        [ESS_OPEN_MPI_RABENSEIFNER] = "rabenseifner",
    };
    (void)settings;
    if (query->primitive != ESS_ALL_REDUCE) {
        return NULL;
    }
    return plans[ess_open_mpi_all_reduce(query->ranks, query->size_bytes, query->reordering)];
}

const struct ess_selection_type ess_selection_open_mpi = {
    .name = "open_mpi",
    .summary = "Open MPI's fixed table for all-reduce; non-overlapping becomes binomial",
    .source = "github open-mpi/ompi at 8efebee, coll_tuned_decision_fixed.c",
    .plans = answers,
    .select = select,
};
