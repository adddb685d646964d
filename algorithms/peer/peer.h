/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_PEER_PEER_H
#define ESS_PEER_PEER_H

/* One peer: detector, membership, recovery, collective and training strategy, composed into a state
 * machine that a host steps (the contract is in base/contract.h). One role a peer: the coordinator,
 * or a worker. A machine that has both runs two peers. */

#include "peer/config.h"

/* Bytes of the state of a peer. */
size_t ess_peer_state_bytes(const struct ess_peer_config *config);

/* Prepare `state` (ess_peer_state_bytes() bytes of the caller's, aligned as for max_align_t). What
 * `config` points to must outlive it. The peer takes no decision by chance yet, hence no seed. */
void ess_peer_init(void *state, const struct ess_peer_config *config);

/* Hand over one event; fills `actions`, which the host has emptied. */
enum ess_step_result ess_peer_step(
    void *state, const struct ess_event *event, struct ess_actions *actions);

/* When ESS_EVENT_DEADLINE is due, on the peer's own clock; ESS_TIME_NEVER for none. */
int64_t ess_peer_next_deadline(const void *state);

#endif
