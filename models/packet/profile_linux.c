/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP as Linux (5.x, 6.x) behaves by its defaults: losses are found by time (RACK, RFC 8985), a
 * lost tail is probed for, the window is reduced in proportion (RFC 6937) and grows only when it
 * was used, slow start comes again after idleness, the receive window tunes itself.
 *
 * Simplifications: since no link reorders, the reordering window of RACK is a quarter of the least
 * round trip until three segments are sacked and nothing after (as Linux has it while it has not
 * seen reordering); a loss repaired by the probe itself does not reduce the window; a timeout is
 * never undone (no F-RTO, no Eifel) and holds all to be lost; no duplicate SACKs; delayed
 * acknowledgements always wait 40 ms; no batching by cards or by the kernel (TSO, GRO). */
#include "models/packet/parts.h"

#define TIMEOUT_MIN_NS INT64_C(200000000)
#define PROBE_MARGIN_NS INT64_C(2000000)

/* ---- what is lost (RFC 8985, 6.2)
 * ----------------------------------------------------------------
 */

/* Whether what was sent at `sent_ns` should have arrived by now, since something that was sent
 * later has; if not yet, when. */
static bool is_late(const struct connection *connection, int64_t sent_ns, uint64_t number,
    int64_t patience_ns, int64_t *when_ns) {
    if (sent_ns > connection->delivered_sent_ns ||
        (sent_ns == connection->delivered_sent_ns && number >= connection->delivered_segment)) {
        return false;
    }
    *when_ns = sent_ns + connection->delivered_round_trip_ns + patience_ns;
    return *when_ns <= connection->window.now_ns;
}

/* Copies that were lost in their turn, oldest first. */
static void find_lost_copies(struct connection *connection, int64_t patience_ns) {
    while (connection->repetition_first < connection->repetition_next) {
        const struct repetition *copy =
            &connection->repetitions[connection->repetition_first &
                                     (connection->repetition_capacity - 1)];
        int64_t when_ns = INT64_MAX;
        if (copy->segment >= connection->first_segment) {
            const struct segment *segment = segment_at(connection, copy->segment);
            bool stale =
                segment->sent_ns != copy->sent_ns || !(segment->flags & SEGMENT_RETRANSMITTED);
            if (!stale &&
                !is_late(connection, copy->sent_ns, copy->segment, patience_ns, &when_ns)) {
                connection->reorder_ns = earlier_ns(connection->reorder_ns, when_ns);
                return;
            }
            if (!stale) {
                ess_score_mark_lost_again(connection, copy->segment);
            }
        }
        connection->repetition_first++;
    }
}

static void find_lost(struct ess_packet *packet, struct connection *connection) {
    const struct ess_window *window = &connection->window;
    bool sure = connection->recovery >= RECOVERY ||
                connection->sacked_bytes >= UINT64_C(3) * window->segment_bytes;
    int64_t patience_ns = sure ? 0 : window->min_round_trip_ns / 4;
    connection->reorder_ns = INT64_MAX;
    for (; connection->lost_up_to < connection->next_segment; connection->lost_up_to++) {
        const struct segment *segment = segment_at(connection, connection->lost_up_to);
        int64_t when_ns = INT64_MAX;
        if (segment->flags & (SEGMENT_SACKED | SEGMENT_RETRANSMITTED)) {
            continue;
        }
        if (!is_late(connection, segment->sent_ns, connection->lost_up_to, patience_ns, &when_ns)) {
            connection->reorder_ns = when_ns;
            break;
        }
        ess_score_mark_lost(connection, connection->lost_up_to);
    }
    find_lost_copies(connection, patience_ns);
    ess_sender_arm(packet, connection);
}

/* ---- recovery
 * ------------------------------------------------------------------------------------
 */

static void enter_recovery(struct ess_packet *packet, struct connection *connection) {
    struct ess_window *window = &connection->window;
    packet->counts.recoveries++;
    connection->recovery = RECOVERY;
    connection->recovery_point = window->sent;
    window->recovering = true;
    window->in_flight_bytes = ess_sender_in_flight(connection);
    connection->reduction = (struct reduction){.flight = window->cwnd_bytes};
    window->threshold_bytes = connection->law->reduced(window);
}

/* RFC 6937 with packets as the unit and the slow-start reduction bound while things go well. */
static void reduce(
    struct connection *connection, const struct arrival *arrival, uint64_t lost_before) {
    struct reduction *reduction = &connection->reduction;
    struct ess_window *window = &connection->window;
    uint64_t flight = ess_sender_in_flight(connection), size = window->segment_bytes;
    uint64_t fresh = arrival->ack.delivered_bytes;
    int64_t count, least = reduction->out > 0 ? 0 : (int64_t)size;
    if (fresh == 0) {
        return;
    }
    reduction->delivered += fresh;
    if (flight > window->threshold_bytes) {
        double share = (double)reduction->delivered * (double)window->threshold_bytes /
                       (double)reduction->flight;
        uint64_t whole = ((uint64_t)share + size - 1) / size * size;
        count = (int64_t)whole - (int64_t)reduction->out;
    } else {
        int64_t room = (int64_t)(window->threshold_bytes - flight);
        count = (int64_t)reduction->delivered - (int64_t)reduction->out;
        count = count < (int64_t)fresh ? (int64_t)fresh : count;
        if (arrival->sequence > arrival->acked_before && connection->lost_bytes <= lost_before) {
            count += (int64_t)size;
        }
        count = count < room ? count : room;
    }
    window->cwnd_bytes = flight + (uint64_t)(count < least ? least : count);
}

static void leave_recovery(struct connection *connection) {
    if (connection->recovery < RECOVERY || connection->window.acked < connection->recovery_point) {
        return;
    }
    if (connection->recovery == RECOVERY && !connection->law->control) {
        connection->window.cwnd_bytes = connection->window.threshold_bytes;
    }
    connection->recovery = IN_ORDER;
    connection->window.recovering = false;
}

static void grow(struct connection *connection, const struct arrival *arrival) {
    struct ess_window *window = &connection->window;
    uint32_t size = window->segment_bytes;
    uint64_t bytes = connection->part_bytes + arrival->ack.delivered_bytes;
    bool slow_start = window->cwnd_bytes < window->threshold_bytes;
    connection->part_bytes = (uint32_t)(bytes % size);
    if (!connection->limited && !(slow_start && window->cwnd_bytes < 2 * connection->peak_bytes)) {
        return;
    }
    connection->law->increase(window, (uint32_t)(bytes / size));
}

/* ---- the tail
 * ------------------------------------------------------------------------------------
 */

/* RFC 8985, 7.2: two round trips after the last sending, unless a recovery is under way or the
 * timeout is due before. */
static void set_probe(struct ess_packet *packet, struct connection *connection) {
    const struct ess_window *window = &connection->window;
    int64_t wait_ns = 2 * window->smoothed_round_trip_ns;
    connection->probe_ns = INT64_MAX;
    if (connection->recovery != IN_ORDER || connection->sacked_bytes > 0 ||
        connection->probe_point != 0 || connection->next_segment == connection->first_segment) {
        return;
    }
    wait_ns += connection->next_segment - connection->first_segment == 1 ? TIMEOUT_MIN_NS
                                                                         : PROBE_MARGIN_NS;
    if (wait_ns < connection->timeout_ns) {
        connection->probe_ns = packet->engine->now_ns + wait_ns;
        ess_sender_arm(packet, connection);
    }
}

static void timer(struct ess_packet *packet, struct connection *connection) {
    struct ess_window *window = &connection->window;
    window->now_ns = packet->engine->now_ns;
    if (connection->reorder_ns <= window->now_ns) {
        uint64_t lost = connection->lost_bytes;
        find_lost(packet, connection);
        if (connection->lost_bytes > lost && connection->recovery < RECOVERY) {
            enter_recovery(packet, connection);
            window->cwnd_bytes = ess_sender_in_flight(connection) + window->segment_bytes;
        }
    }
    if (connection->probe_ns <= window->now_ns) {
        connection->probe_ns = INT64_MAX;
        if (connection->next_segment == connection->first_segment) {
            return;
        }
        if (!ess_sender_send_new(packet, connection)) {
            ess_sender_repeat(packet, connection, connection->next_segment - 1);
        }
        connection->probe_point = window->sent;
        ess_sender_restart_timer(packet, connection);
    }
}

/* ---- acknowledgements
 * ----------------------------------------------------------------------------
 */

static void measure(struct connection *connection, struct arrival *arrival) {
    int64_t now_ns = connection->window.now_ns;
    if (arrival->first_sent_ns > 0) {
        ess_round_trip_measured(connection, now_ns - arrival->first_sent_ns);
        arrival->ack.round_trip_ns = now_ns - arrival->last_sent_ns;
        connection->window.min_round_trip_ns =
            earlier_ns(connection->window.min_round_trip_ns, arrival->ack.round_trip_ns);
    }
}

static void acknowledged(struct ess_packet *packet, struct connection *connection,
    const struct blocks *blocks, struct arrival *arrival) {
    struct ess_window *window = &connection->window;
    uint64_t lost_before = connection->lost_bytes;
    bool advanced = arrival->sequence > arrival->acked_before;
    ess_score_acknowledge(packet, connection, arrival);
    if (blocks) {
        ess_score_sack(packet, connection, blocks, arrival);
    }
    measure(connection, arrival);
    arrival->ack.segments = (uint32_t)(arrival->ack.delivered_bytes / window->segment_bytes);
    if (connection->probe_point != 0 && window->acked >= connection->probe_point) {
        connection->probe_point = 0;
    }
    find_lost(packet, connection);
    leave_recovery(connection);
    if (connection->recovery < RECOVERY) {
        connection->recovery = connection->sacked_bytes > 0 ? DISORDER : IN_ORDER;
        if (connection->lost_bytes > 0) {
            enter_recovery(packet, connection);
        }
    }
    window->in_flight_bytes = ess_sender_in_flight(connection);
    if (connection->law->acknowledged) {
        connection->law->acknowledged(window, &arrival->ack);
    }
    if (!connection->law->control) {
        if (connection->recovery == RECOVERY) {
            reduce(connection, arrival, lost_before);
        } else if (advanced) {
            grow(connection, arrival);
        }
    }
    if (advanced) {
        ess_sender_restart_timer(packet, connection);
        set_probe(packet, connection);
    }
}

const struct ess_profile_type ess_profile_linux = {
    .name = "linux",
    .summary = "TCP as Linux behaves by its defaults: RACK, tail-loss probe, proportional rate "
               "reduction, 200 ms least timeout, tuned receive window; no segmentation offload",
    .source = "RFC 8985, RFC 6937, RFC 6298, RFC 7661; Linux's ip-sysctl documentation",
    .segment_bytes = 1448,
    .header_bytes = 52,
    .handshake_bytes = 60,
    .block_bytes = 8,
    .blocks_base_bytes = 4,
    .clock_ns = 1,
    .initial_segments = 10,
    .timeout_min_ns = TIMEOUT_MIN_NS,
    .timeout_max_ns = INT64_C(120000000000),
    .timeout_first_ns = 1000000000,
    .variance_min_ns = TIMEOUT_MIN_NS,
    .restarts_when_idle = true,
    .grows_only_when_limited = true,
    .window_limit_bytes = UINT64_C(4) << 20,
    .delayed_segments = 2,
    .delayed_ns = 40000000,
    .quick_segments = 16,
    .receive_first_bytes = 65536,
    .receive_limit_bytes = UINT64_C(3) << 20,
    .hystart_spacing_ns = 2000000,
    .hystart_train_divisor = 2,
    .hystart_delay_shift = 3,
    .hystart_delay_min_ns = 4000000,
    .hystart_delay_max_ns = 16000000,
    .cubic_friendly = true,
    .acknowledged = acknowledged,
    .sent = set_probe,
    .timer = timer,
};
