/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/world/chosen.h"

#include <string.h>

struct ess_policies ess_world_policies(
    const struct ess_scenario *scenario, struct ess_chooser *chooser) {
    const struct ess_policy_choice *choices = scenario->policies;
    struct ess_policies policies = {
        .plan = choices[ESS_POLICY_COLLECTIVE].type,
        .plan_settings = choices[ESS_POLICY_COLLECTIVE].settings,
        .chooser = chooser,
        .recovery = choices[ESS_POLICY_RECOVERY].type,
        .recovery_settings = choices[ESS_POLICY_RECOVERY].settings,
        .detector = choices[ESS_POLICY_DETECTOR].type,
        .detector_settings = choices[ESS_POLICY_DETECTOR].settings,
        .training = choices[ESS_POLICY_TRAINING].type,
        .training_settings = choices[ESS_POLICY_TRAINING].settings,
        .order = choices[ESS_POLICY_ORDER].type,
        .order_settings = choices[ESS_POLICY_ORDER].settings,
    };
    ess_chooser_init(
        chooser, choices[ESS_POLICY_SELECTION].type, choices[ESS_POLICY_SELECTION].settings);
    memcpy(&policies.peer, choices[ESS_POLICY_PEER].settings, sizeof policies.peer);
    return policies;
}

struct ess_collective ess_world_collective(const struct ess_scenario_collectives *collectives) {
    bool barrier = collectives->primitive == ESS_PRIMITIVE_COUNT;
    return (struct ess_collective){
        .primitive = barrier ? ESS_ALL_REDUCE : (enum ess_primitive)collectives->primitive,
        .maximum = collectives->reduction == ESS_REDUCTION_MAXIMUM,
        .root = (uint32_t)collectives->root,
        .target = (uint32_t)collectives->target,
    };
}
