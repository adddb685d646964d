/* SPDX-License-Identifier: Apache-2.0 */
#include "peer/peer.h"

#include "peer/coordinator.h"
#include "peer/worker.h"

/* The role's state stands behind the head, aligned; the coordinator's tables follow it. */
struct peer {
    bool is_coordinator;
    uint64_t role[];
};

size_t ess_peer_state_bytes(const struct ess_peer_config *config) {
    if (config->self == config->coordinator) {
        return sizeof(struct peer) + ess_coordinator_bytes(config);
    }
    return sizeof(struct peer) + ess_worker_bytes(config);
}

void ess_peer_init(void *state, const struct ess_peer_config *config) {
    struct peer *peer = state;
    peer->is_coordinator = config->self == config->coordinator;
    if (peer->is_coordinator) {
        ess_coordinator_init(peer->role, config);
        return;
    }
    ess_worker_init((void *)peer->role, config);
}

enum ess_step_result ess_peer_step(
    void *state, const struct ess_event *event, struct ess_actions *actions) {
    struct peer *peer = state;
    if (peer->is_coordinator) {
        return ess_coordinator_step((void *)peer->role, event, actions);
    }
    return ess_worker_step((void *)peer->role, event, actions);
}

int64_t ess_peer_next_deadline(const void *state) {
    const struct peer *peer = state;
    if (peer->is_coordinator) {
        return ess_coordinator_next_deadline((const void *)peer->role);
    }
    return ess_worker_next_deadline((const void *)peer->role);
}
