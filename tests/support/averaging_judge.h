/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_AVERAGING_JUDGE_H
#define ESS_AVERAGING_JUDGE_H

/* The judge of averaging worlds: keeps the history of all vectors, holds each reported shard
 * against the mean of its set, and in the end all members of a line against each other. */

#include "averaging_world.h"

struct ess_averaging_judge;

/* world->seed is that of the grid too; outcome->history has the vectors before the first round. */
struct ess_averaging_judge *ess_averaging_judge_new(
    const struct ess_averaging_world *world, struct ess_averaging_outcome *outcome);

/* `vector` is the reporting rank's as it is now. A violation goes to the outcome. */
void ess_averaging_judge_report(struct ess_averaging_judge *judge, uint32_t rank,
    const struct ess_report *report, const float *vector);

/* Counts the shards, and frees the judge. */
void ess_averaging_judge_end(struct ess_averaging_judge *judge);

#endif
