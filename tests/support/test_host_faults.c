/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What befalls the peers of the test host. */
#include "test_host_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

void ess_host_end_life(struct ess_host *host, uint32_t id) {
    struct ess_host_peer *peer = &host->peers[id];
    peer->alive = false;
    peer->life++;
    free(peer->state);
    peer->state = NULL;
    ess_host_drop_posts(host, id);
}

static void crash(struct ess_host *host, const struct ess_fault *fault) {
    if (!host->peers[fault->peer].alive) {
        return;
    }
    host->outcome->dead[fault->peer] = true;
    ess_host_end_life(host, fault->peer);
    for (uint32_t other = 0; other < host->peer_count; other++) {
        if (other != fault->peer && host->peers[fault->peer].connected[other]) {
            ess_host_break_connection(host, fault->peer, other);
        }
    }
    if (fault->restart_ns > 0) {
        ess_host_push(host, (struct ess_host_item){.at_ns = host->now_ns + fault->restart_ns,
                                .kind = ESS_ITEM_START,
                                .peer = fault->peer,
                                .life = host->peers[fault->peer].life});
    }
}

void ess_host_strike(struct ess_host *host, const struct ess_fault *fault) {
    struct ess_host_peer *peer = &host->peers[fault->peer];
    int64_t until_ns = host->now_ns + fault->for_ns;
    if (host->world->trace) {
        printf("%12.3f ms FAULT %d on %u\n", (double)host->now_ns / 1e6, (int)fault->kind,
            fault->peer);
    }
    switch (fault->kind) {
    case ESS_FAULT_NONE:
        break;
    case ESS_FAULT_CRASH:
        crash(host, fault);
        break;
    case ESS_FAULT_SILENCE:
        if (peer->alive) {
            host->outcome->dead[fault->peer] = true;
            ess_host_end_life(host, fault->peer);
            peer->silent = true;
        }
        break;
    case ESS_FAULT_PAUSE:
        peer->resumes_ns = until_ns > peer->resumes_ns ? until_ns : peer->resumes_ns;
        break;
    case ESS_FAULT_CUT:
        host->cut_until_ns[fault->peer][fault->other] = until_ns;
        host->cut_until_ns[fault->other][fault->peer] = until_ns;
        if (fault->for_ns > host->world->transport_timeout_ns) {
            ess_host_push(host,
                (struct ess_host_item){.at_ns = host->now_ns + host->world->transport_timeout_ns,
                    .kind = ESS_ITEM_HEAL,
                    .peer = fault->peer,
                    .from = fault->other});
        }
        break;
    case ESS_FAULT_STOP:
        if (peer->alive) {
            ess_host_push(host, (struct ess_host_item){.at_ns = host->now_ns,
                                    .kind = ESS_ITEM_STOP,
                                    .peer = fault->peer,
                                    .life = peer->life});
        }
        break;
    case ESS_FAULT_RESET:
        ess_host_break_connection(host, fault->peer, fault->other);
        break;
    }
}

void ess_host_strike_after_event(struct ess_host *host, uint32_t id) {
    for (uint32_t i = 0; i < host->world->fault_count; i++) {
        const struct ess_fault *fault = &host->world->faults[i];
        if (fault->peer == id && fault->after_events > 0 &&
            fault->after_events == host->outcome->events[id]) {
            ess_host_strike(host, fault);
        }
    }
}
