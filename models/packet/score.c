/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The scoreboard: a ring of the segments in flight, and counts of bytes by what is known of them.
 * Ranges of sacked segments are skipped in one step by their run length, so that an acknowledgement
 * costs what it changes, not what it repeats. */
#include "models/packet/parts.h"

void ess_score_push(struct ess_packet *packet, struct connection *connection, uint32_t bytes) {
    struct segment *segment;
    size_t old = connection->segment_capacity;
    if (connection->next_segment - connection->first_segment == old) {
        size_t wanted = old == 0 ? 16 : 2 * old;
        struct segment *grown = ess_arena_resize(
            packet->arena, connection->segments, old, wanted, sizeof *connection->segments);
        /* Places go by number modulo the capacity: what belongs in the upper half moves there. */
        for (uint64_t number = connection->first_segment; number < connection->next_segment;
             number++) {
            if ((number & (wanted - 1)) != (number & (old - 1))) {
                grown[number & (wanted - 1)] = grown[number & (old - 1)];
            }
        }
        connection->segments = grown;
        connection->segment_capacity = wanted;
    }
    if (connection->next_segment == connection->first_segment) {
        connection->first_sent_ns = packet->engine->now_ns;
        connection->delivered_ns = packet->engine->now_ns;
    }
    segment = segment_at(connection, connection->next_segment++);
    *segment = (struct segment){.begin = connection->window.sent,
        .bytes = bytes,
        .sent_ns = packet->engine->now_ns,
        .delivered = connection->delivered,
        .delivered_ns = connection->delivered_ns,
        .first_sent_ns = connection->first_sent_ns,
        .limited = connection->limited_until != 0};
    connection->window.sent += bytes;
}

/* ---- delivery rate and latest arrival -----------------------------------------------------------
 */

/* A segment has arrived, in order or not: the latest sent of those that one acknowledgement reports
 * gives its rate sample, and tells what was sent before the latest arrival. */
static void delivered(struct ess_packet *packet, struct connection *connection,
    const struct segment *segment, uint64_t number, struct arrival *arrival) {
    struct ess_acknowledgement *ack = &arrival->ack;
    int64_t now_ns = packet->engine->now_ns;
    connection->delivered += segment->bytes;
    connection->delivered_ns = now_ns;
    ack->delivered_bytes += segment->bytes;
    if (!(segment->flags & (SEGMENT_REPEATED | SEGMENT_LOST))) {
        arrival->first_sent_ns =
            arrival->first_sent_ns == 0 ? segment->sent_ns : arrival->first_sent_ns;
        arrival->last_sent_ns = segment->sent_ns;
    }
    if (ack->interval_ns == 0 || segment->delivered >= ack->delivered_prior) {
        int64_t send_ns = segment->sent_ns - segment->first_sent_ns;
        int64_t receive_ns = now_ns - segment->delivered_ns;
        ack->delivered_prior = segment->delivered;
        ack->limited_by_sender = segment->limited;
        ack->interval_ns = send_ns > receive_ns ? send_ns : receive_ns;
        connection->first_sent_ns = segment->sent_ns;
    }
    if (segment->sent_ns > connection->delivered_sent_ns ||
        (segment->sent_ns == connection->delivered_sent_ns &&
            number > connection->delivered_segment)) {
        /* A copy that arrived within the least round trip was not the one sent last. */
        if (!(segment->flags & SEGMENT_REPEATED) ||
            now_ns - segment->sent_ns >= connection->window.min_round_trip_ns) {
            connection->delivered_sent_ns = segment->sent_ns;
            connection->delivered_segment = number;
            connection->delivered_round_trip_ns = now_ns - segment->sent_ns;
        }
    }
}

/* ---- acknowledged, sacked
 * ------------------------------------------------------------------------
 */

static void uncount(struct connection *connection, const struct segment *segment, uint32_t bytes) {
    if (segment->flags & SEGMENT_SACKED) {
        connection->sacked_bytes -= bytes;
    }
    if (segment->flags & SEGMENT_LOST) {
        connection->lost_bytes -= bytes;
    }
    if (segment->flags & SEGMENT_RETRANSMITTED) {
        connection->repeated_bytes -= bytes;
    }
}

void ess_score_acknowledge(
    struct ess_packet *packet, struct connection *connection, struct arrival *arrival) {
    while (connection->first_segment < connection->next_segment) {
        struct segment *segment = segment_at(connection, connection->first_segment);
        if (segment->begin + segment->bytes > arrival->sequence) {
            break;
        }
        if (!(segment->flags & SEGMENT_SACKED)) {
            delivered(packet, connection, segment, connection->first_segment, arrival);
        }
        arrival->repetition_acked |=
            (segment->flags & (SEGMENT_RETRANSMITTED | SEGMENT_SACKED)) == SEGMENT_RETRANSMITTED;
        uncount(connection, segment, segment->bytes);
        connection->first_segment++;
    }
    connection->window.acked = arrival->sequence;
    if (connection->lost_up_to < connection->first_segment) {
        connection->lost_up_to = connection->first_segment;
    }
    if (connection->repeat_from < connection->first_segment) {
        connection->repeat_from = connection->first_segment;
    }
}

/* The segment that begins at or after `sequence`. O(log segments). */
static uint64_t find(const struct connection *connection, uint64_t sequence) {
    uint64_t low = connection->first_segment, high = connection->next_segment;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (segment_at(connection, middle)->begin < sequence) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Past the run of sacked segments that begins at or goes through `number`. Runs that touch are
 * joined on the way, so that the next look takes one step. */
static uint64_t skip(struct connection *connection, uint64_t number) {
    uint64_t end = number;
    while (
        end < connection->next_segment && (segment_at(connection, end)->flags & SEGMENT_SACKED)) {
        end += segment_at(connection, end)->run;
    }
    segment_at(connection, number)->run = (uint32_t)(end - number);
    return end;
}

static void sack_range(struct ess_packet *packet, struct connection *connection, uint64_t begin,
    uint64_t end, struct arrival *arrival) {
    bool clears = !connection->window.profile->samples_stamps;
    for (uint64_t number = find(connection, begin); number < connection->next_segment;) {
        struct segment *segment = segment_at(connection, number);
        if (segment->begin + segment->bytes > end) {
            return;
        }
        if (segment->flags & SEGMENT_SACKED) {
            number = skip(connection, number);
            continue;
        }
        if (segment->flags & SEGMENT_LOST) {
            connection->lost_bytes -= segment->bytes;
        }
        if (clears && (segment->flags & SEGMENT_RETRANSMITTED)) {
            connection->repeated_bytes -= segment->bytes;
            segment->flags &= (uint8_t)~SEGMENT_RETRANSMITTED;
        }
        delivered(packet, connection, segment, number, arrival);
        segment->flags = (uint8_t)((segment->flags & ~SEGMENT_LOST) | SEGMENT_SACKED);
        segment->run = 1;
        connection->sacked_bytes += segment->bytes;
        arrival->newly_sacked_bytes += segment->bytes;
        if (number >= connection->highest_sacked) {
            connection->highest_sacked = number + 1;
        }
        number++;
    }
}

void ess_score_sack(struct ess_packet *packet, struct connection *connection,
    const struct blocks *blocks, struct arrival *arrival) {
    for (uint32_t i = 0; i < blocks->count; i++) {
        if (blocks->end[i] > connection->window.acked) {
            sack_range(packet, connection, blocks->begin[i], blocks->end[i], arrival);
        }
    }
}

/* ---- lost, sent again
 * ----------------------------------------------------------------------------
 */

void ess_score_mark_lost(struct connection *connection, uint64_t number) {
    struct segment *segment = segment_at(connection, number);
    if (segment->flags & (SEGMENT_LOST | SEGMENT_SACKED)) {
        return;
    }
    segment->flags |= SEGMENT_LOST;
    connection->lost_bytes += segment->bytes;
    if (number < connection->repeat_from) {
        connection->repeat_from = number;
    }
}

void ess_score_mark_lost_again(struct connection *connection, uint64_t number) {
    struct segment *segment = segment_at(connection, number);
    if (segment->flags & SEGMENT_RETRANSMITTED) {
        segment->flags &= (uint8_t)~SEGMENT_RETRANSMITTED;
        connection->repeated_bytes -= segment->bytes;
    }
    ess_score_mark_lost(connection, number);
    if (number < connection->repeat_from) {
        connection->repeat_from = number;
    }
}

void ess_score_mark_all_lost(struct connection *connection) {
    for (uint64_t number = connection->first_segment; number < connection->next_segment; number++) {
        struct segment *segment = segment_at(connection, number);
        segment->flags &= (uint8_t)~SEGMENT_RETRANSMITTED;
        ess_score_mark_lost(connection, number);
    }
    connection->repeated_bytes = 0;
    connection->repeat_from = connection->first_segment;
    connection->lost_up_to = connection->next_segment;
    connection->repetition_first = connection->repetition_next;
}

void ess_score_repeat(struct ess_packet *packet, struct connection *connection, uint64_t number) {
    struct segment *segment = segment_at(connection, number);
    size_t old = connection->repetition_capacity;
    if (!(segment->flags & SEGMENT_RETRANSMITTED)) {
        connection->repeated_bytes += segment->bytes;
    }
    segment->flags |= SEGMENT_RETRANSMITTED | SEGMENT_REPEATED;
    segment->sent_ns = packet->engine->now_ns;
    segment->delivered = connection->delivered;
    segment->delivered_ns = connection->delivered_ns;
    segment->first_sent_ns = connection->first_sent_ns;
    if (!connection->window.profile->timer) {
        return; /* such a profile does not ask when a copy was sent */
    }
    if (connection->repetition_next - connection->repetition_first == old) {
        size_t wanted = old == 0 ? 16 : 2 * old;
        struct repetition *grown = ess_arena_resize(
            packet->arena, connection->repetitions, old, wanted, sizeof *connection->repetitions);
        for (uint64_t i = connection->repetition_first; i < connection->repetition_next; i++) {
            if ((i & (wanted - 1)) != (i & (old - 1))) {
                grown[i & (wanted - 1)] = grown[i & (old - 1)];
            }
        }
        connection->repetitions = grown;
        connection->repetition_capacity = wanted;
    }
    connection->repetitions[connection->repetition_next++ & (connection->repetition_capacity - 1)] =
        (struct repetition){number, segment->sent_ns};
}

uint64_t ess_score_next_lost(struct connection *connection) {
    uint64_t number = connection->repeat_from;
    while (number < connection->next_segment) {
        uint8_t flags = segment_at(connection, number)->flags;
        if ((flags & (SEGMENT_LOST | SEGMENT_RETRANSMITTED | SEGMENT_SACKED)) == SEGMENT_LOST) {
            break;
        }
        if (number >= connection->lost_up_to && number > connection->first_segment) {
            /* Nothing beyond is held to be lost. */
            return connection->next_segment;
        }
        number++;
    }
    connection->repeat_from = number;
    return number;
}

bool ess_score_below_three_sacked(const struct connection *connection, uint64_t *number) {
    uint32_t sacked = 0;
    for (uint64_t i = connection->highest_sacked; i > connection->first_segment; i--) {
        sacked += segment_at(connection, i - 1)->flags & SEGMENT_SACKED;
        if (sacked == 3) {
            *number = i - 1;
            return true;
        }
    }
    return false;
}

void ess_score_clear(struct connection *connection) {
    connection->first_segment = connection->next_segment = 0;
    connection->sacked_bytes = connection->lost_bytes = connection->repeated_bytes = 0;
    connection->highest_sacked = connection->lost_up_to = connection->repeat_from = 0;
    connection->repetition_first = connection->repetition_next = 0;
    connection->delivered_sent_ns = 0;
    connection->delivered_segment = 0;
}
