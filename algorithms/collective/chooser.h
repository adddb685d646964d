/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_COLLECTIVE_CHOOSER_H
#define ESS_COLLECTIVE_CHOOSER_H

/* The chooser of a run: a selection policy with the plans that it may answer with. Constant once
 * made, so that one serves all peers.
 *
 * Every rank must choose the same plan for the same operation. What is asked is therefore only what
 * all ranks know alike: primitive, group, root, target and bytes; never a measured pair. The
 * scenario's plan keeps the scenario's settings; any other has its defaults. */

#include "collective/selection.h"

#define ESS_CHOOSER_PLANS_MAX 16
#define ESS_CHOOSER_SETTINGS_WORDS 8

struct ess_plan_choice {
    const struct ess_plan_type *plan;
    const void *settings;
};

struct ess_chooser {
    const struct ess_selection_type *selection;
    const void *settings; /* of the selection; owned by the caller */
    uint32_t count;
    const struct ess_plan_type *plans[ESS_CHOOSER_PLANS_MAX];
    uint64_t defaults[ESS_CHOOSER_PLANS_MAX][ESS_CHOOSER_SETTINGS_WORDS]; /* settings of each */
};

/* Look up the plans that `selection` announces, and set their defaults. At most
 * ESS_CHOOSER_PLANS_MAX, all of them registered, is what a selection promises. O(plans of the
 * policy x plans there are). */
void ess_chooser_init(
    struct ess_chooser *chooser, const struct ess_selection_type *selection, const void *settings);

/* The most streams of any plan that may be chosen beside the configured one, at least 1. */
uint32_t ess_chooser_streams_most(const struct ess_chooser *chooser);

/* Parts of the layout that any plan which may be chosen follows, enum ess_layout_part. */
uint32_t ess_chooser_layout(const struct ess_chooser *chooser);

/* The plan of an operation on `size_bytes`, in elements of `element_bytes`: `configured` where
 * `chooser` is NULL or the policy has no rule for the call. It may still refuse the call. Costs
 * what the policy's select() does. */
struct ess_plan_choice ess_chooser_choose(const struct ess_chooser *chooser,
    struct ess_plan_choice configured, const struct ess_call *call, uint64_t size_bytes,
    uint32_t element_bytes);

#endif
