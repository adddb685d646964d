/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of the test host: what each peer contributes, and what must come of it. */
#include "test_host_parts.h"

#include <inttypes.h>

float ess_host_contribution(uint32_t peer, uint64_t step, uint64_t element) {
    return (float)((peer * 37 + step * 101 + element * 13) % 509);
}

float *ess_host_bytes(struct ess_host_peer *peer, const struct ess_span *span) {
    return peer->regions[span->region] + span->offset_bytes / sizeof(float);
}

uint64_t ess_host_fingerprint(const float *values, uint64_t size_bytes) {
    const unsigned char *bytes = (const unsigned char *)values;
    uint64_t hash = 1469598103934665603u;
    for (uint64_t i = 0; i < size_bytes; i++) {
        hash = (hash ^ bytes[i]) * 1099511628211u;
    }
    return hash;
}

void ess_host_check_committed(
    struct ess_host *host, uint32_t peer_id, const struct ess_report *report) {
    struct ess_host_peer *peer = &host->peers[peer_id];
    const struct ess_view *view = host->views[report->epoch];
    struct ess_span span =
        ess_job_bucket(&host->job, ESS_REGION_RESULT, (uint32_t)report->operation);
    const float *values = ess_host_bytes(peer, &span);
    uint64_t first = span.offset_bytes / sizeof(float);
    uint32_t contributors = ess_view_contributors(view, report->step);
    if (contributors != report->count) {
        ess_host_violate(host, "peer %u: reports %u contributors, its view has %u", peer_id,
            report->count, contributors);
    }
    for (uint64_t i = 0; i < span.size_bytes / sizeof(float); i++) {
        float sum = 0;
        for (uint32_t rank = 0; rank < view->group.size; rank++) {
            if (ess_view_contributes(view, rank, report->step)) {
                sum +=
                    ess_host_contribution(view->group.members[rank].peer, report->step, first + i);
            }
        }
        host->outcome->values_checked++;
        if (values[i] != sum) {
            ess_host_violate(host,
                "peer %u step %" PRIu64 " element %" PRIu64 ": committed %g, the set sums to %g",
                peer_id, report->step, first + i, (double)values[i], (double)sum);
            return;
        }
        if (host->reference_step[report->operation] < report->step) {
            host->reference[first + i] += sum / (float)contributors;
        }
    }
    if (host->reference_step[report->operation] < report->step) {
        host->reference_step[report->operation] = report->step;
    }
}

void ess_host_judge_end(struct ess_host *host) {
    for (uint32_t id = 0; id < host->peer_count; id++) {
        struct ess_host_peer *peer = &host->peers[id];
        host->outcome->ended[id] = !peer->alive;
        /* A coordinator whose workers are all gone waits for others, as it should. */
        if (peer->alive && id > 0) {
            host->outcome->stuck = true;
        }
        if (id == 0 || !peer->done || host->outcome->status[id] != ESS_STATUS_COMPLETE) {
            continue;
        }
        for (uint32_t i = 0; i < host->world->elements; i++) {
            if (peer->regions[ESS_REGION_PARAMETERS][i] != host->reference[i]) {
                ess_host_violate(host, "peer %u ends with parameter %u = %g, the commits give %g",
                    id, i, (double)peer->regions[ESS_REGION_PARAMETERS][i],
                    (double)host->reference[i]);
                break;
            }
        }
    }
    if (ess_monitor_violation(host->monitor)) {
        ess_host_violate(host, "%s", ess_monitor_violation(host->monitor));
    }
    host->outcome->counts = ess_monitor_counts(host->monitor);
}
