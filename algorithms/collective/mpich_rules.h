/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_MPICH_RULES_H
#define ESS_COLLECTIVE_MPICH_RULES_H

/* The generic selection rules of MPICH, of the primitives that there are here. Its all-to-all has
 * none; its barrier is the all-reduce of no element. */

#include "collective/selection.h"

enum ess_mpich_algorithm {
    ESS_MPICH_NONE, /* no rule */
    ESS_MPICH_BINOMIAL,
    ESS_MPICH_SCATTER_DOUBLING, /* broadcast: scatter, then recursive-doubling all-gather */
    ESS_MPICH_SCATTER_RING,     /* broadcast: scatter, then ring all-gather */
    ESS_MPICH_DOUBLING,
    ESS_MPICH_SCATTER_GATHER_ALL, /* all-reduce: reduce-scatter, then all-gather */
    ESS_MPICH_BRUCK,
    ESS_MPICH_RING,
    ESS_MPICH_SCATTER_GATHER, /* reduce: reduce-scatter, then gather */
    ESS_MPICH_HALVING,
    ESS_MPICH_PAIRWISE,
    ESS_MPICH_DISSEMINATION,
    ESS_MPICH_ALGORITHM_COUNT
};

/* Source: pmodels/mpich at 6a79bf6, maint/tuning/coll/mpir/generic.json. The rules that come before
 * these on several nodes with shared memory are not among them; nor is there a rule for a
 * reduce-scatter that may not be reordered. O(log ranks). */
enum ess_mpich_algorithm ess_mpich_algorithm(const struct ess_selection_query *query);

#endif
