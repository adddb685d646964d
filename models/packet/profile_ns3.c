/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TCP as ns-3.37 behaves by its defaults, its peculiarities included, so that the two may be
 * compared packet by packet: a segment is lost when three above it are sacked; a retransmission
 * counts as in flight until it is acknowledged in order; proportional rate reduction multiplies in
 * 32 bits, which overflows for windows above some 64 kB; time stamps have a grain of 1 ms; laws see
 * the smoothed round trip; a window grows whether it is used or not; a partial acknowledgement
 * sends a packet whatever the window says.
 *
 * Not modelled: merging of short neighbours when they are sent again. */
#include "models/packet/parts.h"

/* RFC 6937 with the slow-start reduction bound, in the arithmetic of TcpPrrRecovery::DoRecovery. */
static void reduce(
    struct connection *connection, uint64_t delivered, uint64_t flight, bool repetition_acked) {
    struct reduction *reduction = &connection->reduction;
    struct ess_window *window = &connection->window;
    int64_t count, least = reduction->out > 0 ? 0 : window->segment_bytes;
    reduction->delivered += delivered;
    if (flight > window->threshold_bytes) {
        uint64_t product =
            (uint32_t)((uint32_t)reduction->delivered * (uint32_t)window->threshold_bytes);
        count = (int64_t)((product + reduction->flight - 1) / reduction->flight) -
                (int64_t)reduction->out;
    } else {
        int64_t room = (int64_t)(window->threshold_bytes - flight);
        int64_t limit = (int64_t)delivered;
        if (repetition_acked) {
            int64_t owed = (int64_t)reduction->delivered - (int64_t)reduction->out;
            /* A debt counts as a huge claim there, and is a debt again after the comparison. */
            limit = (owed < 0 || owed > limit ? owed : limit) + window->segment_bytes;
        }
        count = limit < room ? limit : room;
    }
    count = count < least ? least : count;
    window->cwnd_bytes = flight + (uint64_t)count;
}

static void enter_recovery(
    struct ess_packet *packet, struct connection *connection, const struct arrival *arrival) {
    struct ess_window *window = &connection->window;
    packet->counts.recoveries++;
    if (!(segment_at(connection, connection->first_segment)->flags & SEGMENT_LOST)) {
        ess_score_mark_lost_again(connection, connection->first_segment);
    }
    connection->recovery_point = window->sent;
    connection->recovery_point_active = true;
    connection->recovery = RECOVERY;
    window->recovering = true;
    window->in_flight_bytes = ess_sender_in_flight(connection);
    window->threshold_bytes = connection->law->reduced(window);
    connection->reduction = (struct reduction){.flight = window->sent - window->acked};
    if (!connection->law->control) {
        reduce(connection, arrival->ack.delivered_bytes, window->in_flight_bytes, false);
    }
    ess_sender_repeat(packet, connection, connection->first_segment);
}

/* An acknowledgement that reported something new out of order (RFC 6675, section 5). */
static void duplicate(
    struct ess_packet *packet, struct connection *connection, const struct arrival *arrival) {
    const struct ess_window *window = &connection->window;
    if (connection->recovery == TIMED_OUT) {
        return;
    }
    if (connection->recovery == RECOVERY) {
        if (!connection->law->control) {
            reduce(connection, arrival->ack.delivered_bytes, window->in_flight_bytes,
                arrival->repetition_acked);
        }
        return;
    }
    connection->duplicates++;
    connection->recovery = DISORDER;
    if (connection->first_segment == connection->next_segment) {
        return;
    }
    if ((connection->duplicates == 3 &&
            (window->acked >= connection->recovery_point || !connection->recovery_point_active)) ||
        (segment_at(connection, connection->first_segment)->flags & SEGMENT_LOST)) {
        enter_recovery(packet, connection, arrival);
    }
}

/* All unsacked segments below the third sacked one from above are lost. */
static void mark_lost(struct connection *connection) {
    uint64_t third;
    if (!ess_score_below_three_sacked(connection, &third)) {
        return;
    }
    for (; connection->lost_up_to < third; connection->lost_up_to++) {
        ess_score_mark_lost(connection, connection->lost_up_to);
    }
}

static void told(struct connection *connection, uint32_t segments, struct arrival *arrival) {
    arrival->ack.segments = segments;
    arrival->ack.round_trip_ns = connection->window.smoothed_round_trip_ns;
    if (connection->law->acknowledged) {
        connection->law->acknowledged(&connection->window, &arrival->ack);
    }
}

static void partial(struct ess_packet *packet, struct connection *connection, uint32_t segments,
    struct arrival *arrival) {
    const struct segment *first = segment_at(connection, connection->first_segment);
    if (!connection->law->control && segments >= 1) {
        reduce(connection, arrival->ack.delivered_bytes, connection->window.in_flight_bytes,
            arrival->repetition_acked);
    }
    if ((first->flags & (SEGMENT_RETRANSMITTED | SEGMENT_SACKED)) != SEGMENT_RETRANSMITTED ||
        first->bytes != connection->window.segment_bytes) {
        uint64_t number = ess_score_next_lost(connection);
        if (number < connection->next_segment) {
            ess_sender_repeat(packet, connection, number);
        } else if (!ess_sender_send_new(packet, connection)) {
            ess_sender_repeat(packet, connection, connection->first_segment);
        }
    }
    told(connection, 1, arrival);
    if (!connection->partial_seen) {
        connection->partial_seen = true;
        ess_sender_restart_timer(packet, connection);
    }
}

static void grow(struct ess_packet *packet, struct connection *connection, uint32_t segments) {
    if (!connection->law->control) {
        connection->law->increase(&connection->window, segments);
    }
    ess_sender_restart_timer(packet, connection);
}

/* Past the recovery point, or nothing to recover from. */
static void whole(struct ess_packet *packet, struct connection *connection, uint32_t segments,
    uint32_t duplicates_before, bool is_duplicate, struct arrival *arrival) {
    struct ess_window *window = &connection->window;
    uint64_t bytes = arrival->sequence - arrival->acked_before;
    bool left_recovery = connection->recovery == RECOVERY;
    switch (connection->recovery) {
    case IN_ORDER:
        told(connection, segments, arrival);
        break;
    case DISORDER:
        if (segments >= duplicates_before) {
            told(connection, segments - duplicates_before, arrival);
        }
        connection->recovery = is_duplicate ? DISORDER : IN_ORDER;
        break;
    case RECOVERY:
        segments = (uint32_t)(bytes / window->segment_bytes);
        told(connection, segments, arrival);
        connection->duplicates = 0;
        connection->recovery = IN_ORDER;
        break;
    case TIMED_OUT:
        segments =
            (uint32_t)((arrival->sequence - connection->recovery_point) / window->segment_bytes);
        told(connection, segments, arrival);
        connection->recovery = IN_ORDER;
        break;
    }
    if (arrival->sequence >= connection->recovery_point) {
        connection->recovery_point_active = false;
    }
    if (connection->recovery == IN_ORDER) {
        connection->partial_seen = false;
        window->recovering = false;
        if (left_recovery && !connection->law->control) {
            window->cwnd_bytes = window->threshold_bytes;
        }
        grow(packet, connection, segments);
    }
}

static uint32_t count_segments(struct connection *connection, uint64_t bytes) {
    uint32_t size = connection->window.segment_bytes;
    uint32_t segments = (uint32_t)(bytes / size);
    connection->part_bytes += (uint32_t)(bytes % size);
    if (connection->part_bytes >= size) {
        connection->part_bytes -= size;
        segments++;
    }
    return segments;
}

static void acknowledged(struct ess_packet *packet, struct connection *connection,
    const struct blocks *blocks, struct arrival *arrival) {
    struct ess_window *window = &connection->window;
    uint32_t duplicates_before = connection->duplicates, segments;
    bool is_duplicate;
    if (blocks) {
        ess_score_sack(packet, connection, blocks, arrival);
    }
    is_duplicate = arrival->newly_sacked_bytes > 0;
    if (is_duplicate) {
        mark_lost(connection);
    }
    ess_score_acknowledge(packet, connection, arrival);
    arrival->repetition_acked &=
        connection->recovery == RECOVERY && arrival->sequence < connection->recovery_point;
    window->in_flight_bytes = ess_sender_in_flight(connection);
    if (is_duplicate) {
        duplicate(packet, connection, arrival);
    }
    if (arrival->sequence == arrival->acked_before) {
        if (arrival->sequence < window->sent) {
            told(connection, 1, arrival);
        }
        return;
    }
    segments = count_segments(connection, arrival->sequence - arrival->acked_before);
    if (!is_duplicate) {
        connection->duplicates = 0;
    }
    if (arrival->sequence < connection->recovery_point && connection->recovery == RECOVERY) {
        partial(packet, connection, segments, arrival);
    } else if (arrival->sequence < connection->recovery_point &&
               connection->recovery == TIMED_OUT) {
        told(connection, segments, arrival);
        grow(packet, connection, segments);
    } else {
        whole(packet, connection, segments, duplicates_before, is_duplicate, arrival);
    }
}

const struct ess_profile_type ess_profile_ns3 = {
    .name = "ns3",
    .summary = "TCP as ns-3.37 behaves by its defaults, with time stamps and SACK, 2 bytes of PPP "
               "framing; its timeout is never below 1 s and it has no probe for lost tails",
    .source = "ns-3.37, src/internet/model (behaviour, observed); RFC 6675, RFC 6937, RFC 6298",
    .segment_bytes = 1448,
    .header_bytes = 54,
    .handshake_bytes = 58,
    .block_bytes = 8,
    .clock_ns = 1000000,
    .initial_segments = 10,
    .timeout_min_ns = 1000000000,
    .timeout_max_ns = 60000000000,
    .timeout_first_ns = 3000000000,
    .variance_min_ns = 1000000,
    .samples_stamps = true,
    .laws_see_smoothed = true,
    .reduces_each_timeout = true,
    .repeats_unlost = true,
    .counts_acknowledgements = true,
    .reduces_from_in_flight = true,
    .window_limit_bytes = UINT64_MAX,
    .delayed_segments = 2,
    .delayed_ns = 200000000,
    .quick_segments = 1,
    .receive_first_bytes = 32 << 20,
    .receive_limit_bytes = 32 << 20,
    .hystart_spacing_ns = 2000000,
    .hystart_train_divisor = 1,
    .hystart_delay_shift = 0,
    .hystart_delay_min_ns = 4000000,
    .hystart_delay_max_ns = 1000000000,
    .acknowledged = acknowledged,
};
