/* SPDX-License-Identifier: Apache-2.0 */
/* What MPICH's generic rules would choose, by ranks, bytes and operation alone.
 *
 * Where a plan of ours is not the algorithm of the rule, it is the nearest that there is:
 *   broadcast by scatter and all-gather   chain: also for long vectors and with segments, but n
 *                                         bytes through each port instead of 2 n (p - 1) / p
 *   Bruck all-gather                      ring: more messages ((p - 1) instead of log2 p), the same
 *                                         bytes, for any p
 *   reduce by reduce-scatter and gather   binomial: n log2 p bytes at the root instead of about 2 n
 *   recursive halving, or doubling of an  halving_doubling, of which they are the halves; it
 *   all-gather                            refuses where p is no power of two
 *   all-reduce by the two                 halving_doubling, which folds whole vectors as MPICH does
 *   pairwise reduce-scatter               direct: the same
 *   dissemination barrier                 recursive_doubling: also log2 p turns (two more where p
 *                                         is no power of two) */
#include "collective/mpich_rules.h"

static const char *const answers[] = {
    "binomial", "chain", "recursive_doubling", "halving_doubling", "ring", "direct", NULL};

static const char *select(const void *settings, const struct ess_selection_query *query) {
    static const char *const plans[ESS_MPICH_ALGORITHM_COUNT] = {
        [ESS_MPICH_NONE] = NULL,
        [ESS_MPICH_BINOMIAL] = "binomial",
        [ESS_MPICH_SCATTER_DOUBLING] = "chain",
        [ESS_MPICH_SCATTER_RING] = "chain",
        [ESS_MPICH_DOUBLING] = "recursive_doubling",
        [ESS_MPICH_SCATTER_GATHER_ALL] = "halving_doubling",
        [ESS_MPICH_BRUCK] = "ring",
        [ESS_MPICH_RING] = "ring",
        [ESS_MPICH_SCATTER_GATHER] = "binomial",
        [ESS_MPICH_HALVING] = "halving_doubling",
        [ESS_MPICH_PAIRWISE] = "direct",
        [ESS_MPICH_DISSEMINATION] = "recursive_doubling",
    };
    enum ess_mpich_algorithm algorithm = ess_mpich_algorithm(query);
    (void)settings;
    if (algorithm == ESS_MPICH_DOUBLING && query->primitive == ESS_ALL_GATHER) {
        return "halving_doubling";
    }
    return plans[algorithm];
}

const struct ess_selection_type ess_selection_mpich = {
    .name = "mpich",
    .summary = "MPICH's generic rules; broadcasts by scatter become chain, Bruck's all-gather ring",
    .source = "github pmodels/mpich at 6a79bf6, maint/tuning/coll/mpir/generic.json",
    .plans = answers,
    .select = select,
};
