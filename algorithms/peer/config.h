/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_CONFIG_H
#define ESS_PEER_CONFIG_H

#include "collective/plan.h"
#include "membership/detector.h"
#include "recovery/recovery.h"
#include "training/strategy.h"

/* Settings of the composition itself. */
struct ess_peer_settings {
    int64_t window;              /* open rounds an operation */
    int64_t operations;          /* all-reduces in flight */
    int64_t retry_delay_ns;      /* before a transfer that failed is posted again */
    int64_t patience_ns;         /* how long a worker seeks a coordinator that does not answer */
    int64_t suspicion_limit_ns;  /* how long members may fail to reach a live one before it is evicted */
};

extern const struct ess_parameter ess_peer_parameters[];

/* The policies of a job, with their settings. Shared by all its peers, constant, owned by the host. */
struct ess_policies {
    const struct ess_plan_type *plan;
    const void *plan_settings;
    const struct ess_recovery_type *recovery;
    const void *recovery_settings;
    const struct ess_detector_type *detector;
    const void *detector_settings;
    const struct ess_training_type *training;
    const void *training_settings;
    struct ess_peer_settings peer;
};

struct ess_peer_config {
    uint32_t self;
    uint32_t coordinator;   /* peer id; equal to self: this peer has that role, and no other */
    uint32_t peer_capacity; /* all ids are below; at most 2^18 (a fetch names a rank in 18 bits) */
    uint32_t incarnation;   /* 1 at the first start of this peer, higher at each later one; < 2^16 */
    uint32_t site;          /* any number: workers with equal ones are near each other */
    bool rejoin;            /* come back after having been evicted */
    const struct ess_job *job;
    const struct ess_policies *policies;
};

#endif
