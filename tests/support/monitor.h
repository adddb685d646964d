/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MONITOR_H
#define ESS_MONITOR_H

/* The one judge of all hosts: it reads what is handed to a peer and what the peer answers, and
 * holds both against the contract (algorithms/base/contract.h). It knows neither the host nor the
 * policy. */

#include "base/contract.h"

struct ess_monitor;

struct ess_monitor_counts {
    uint64_t events, actions, posts, completions, commits;
};

/* A monitor of peers 0 .. peers - 1. */
struct ess_monitor *ess_monitor_new(uint32_t peers);
void ess_monitor_free(struct ess_monitor *monitor);

/* A peer begins a new life; its open posts are forgotten. */
void ess_monitor_start(struct ess_monitor *monitor, uint32_t peer);

/* One call of ess_peer_step(): the deadline asked for before it, the event, what came out. */
void ess_monitor_step(struct ess_monitor *monitor, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result);

/* NULL while all is well, else a description of the first violation. */
const char *ess_monitor_violation(const struct ess_monitor *monitor);

/* Posts of `peer` that have not ended. */
uint32_t ess_monitor_open_posts(const struct ess_monitor *monitor, uint32_t peer);

struct ess_monitor_counts ess_monitor_counts(const struct ess_monitor *monitor);

#endif
