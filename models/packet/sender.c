/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sending end: handshake, what may leave now, the timers. */
#include "models/packet/parts.h"

uint64_t ess_sender_in_flight(const struct connection *connection) {
    return connection->window.sent - connection->window.acked - connection->sacked_bytes -
           connection->lost_bytes + connection->repeated_bytes;
}

/* ---- timers
 * -------------------------------------------------------------------------------------- One event
 * for all that a sender waits for. It is moved when something is due earlier; a deadline put off
 * leaves it where it is, and it is scheduled anew when it comes. */

void ess_sender_arm(struct ess_packet *packet, struct connection *connection) {
    int64_t due_ns = earlier_ns(
        connection->deadline_ns, earlier_ns(connection->probe_ns, connection->reorder_ns));
    uint32_t index = (uint32_t)(connection - packet->connections);
    if (due_ns == INT64_MAX) {
        return;
    }
    if (connection->timer == ESS_EVENT_NONE) {
        connection->timer = ess_packet_schedule(packet, due_ns, EVENT_TIMER, index, TIMER_SENDER);
        connection->timer_at_ns = due_ns;
    } else if (due_ns < connection->timer_at_ns) {
        ess_engine_reschedule(packet->engine, connection->timer, due_ns);
        connection->timer_at_ns = due_ns;
    }
}

void ess_sender_restart_timer(struct ess_packet *packet, struct connection *connection) {
    if (connection->window.acked == connection->written) {
        connection->deadline_ns = INT64_MAX;
        return;
    }
    ess_round_trip_timeout(connection);
    connection->deadline_ns = packet->engine->now_ns + connection->timeout_ns;
    ess_sender_arm(packet, connection);
}

/* The window while nothing is known but that nothing came: RFC 5681, 3.1, and RFC 6298, 5.5. */
static void time_out(struct ess_packet *packet, struct connection *connection) {
    const struct ess_profile_type *profile = packet->profile;
    struct ess_window *window = &connection->window;
    bool again = connection->recovery == TIMED_OUT && window->acked < connection->recovery_point;
    packet->counts.timeouts++;
    window->now_ns = packet->engine->now_ns;
    window->in_flight_bytes = ess_sender_in_flight(connection);
    if (!again || profile->reduces_each_timeout) {
        window->threshold_bytes = connection->law->reduced(window);
    }
    ess_score_mark_all_lost(connection);
    connection->recovery_point = window->sent;
    connection->recovery_point_active = true;
    connection->recovery = TIMED_OUT;
    connection->duplicates = 0;
    connection->probe_ns = connection->reorder_ns = INT64_MAX;
    connection->probe_point = 0;
    window->recovering = true;
    if (connection->law->timed_out) {
        connection->law->timed_out(window);
    }
    window->cwnd_bytes = window->segment_bytes;
    window->in_flight_bytes = ess_sender_in_flight(connection);
    connection->pace_ns = window->now_ns;
    connection->timeout_ns = earlier_ns(2 * connection->timeout_ns, profile->timeout_max_ns);
    connection->deadline_ns = window->now_ns + connection->timeout_ns;
}

static void send_open(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    int64_t now_ns = packet->engine->now_ns;
    struct flying flying = {.kind = KIND_OPEN,
        .stamp_ns = now_ns - now_ns % packet->profile->clock_ns,
        .wire_bytes = packet->profile->handshake_bytes,
        .blocks = NONE};
    int64_t wait_ns = packet->profile->timeout_first_ns << connection->opening_tries;
    connection->opening_tries += connection->opening_tries < 6;
    connection->deadline_ns = now_ns + wait_ns;
    ess_sender_arm(packet, connection);
    ess_link_send(packet, index, &flying);
}

void ess_sender_timer(void *world, uint32_t index, uint64_t argument) {
    struct ess_packet *packet = ess_packet_of(world);
    struct connection *connection = &packet->connections[index];
    int64_t now_ns = packet->engine->now_ns;
    if (argument == TIMER_PACE) {
        connection->pace = ESS_EVENT_NONE;
        ess_sender_send(packet, index);
        return;
    }
    connection->timer = ESS_EVENT_NONE;
    if (connection->deadline_ns <= now_ns) {
        if (connection->state == OPENING) {
            send_open(packet, index);
        } else if (connection->state == ESTABLISHED) {
            time_out(packet, connection);
            ess_sender_send(packet, index);
        }
    } else if (connection->probe_ns <= now_ns || connection->reorder_ns <= now_ns) {
        packet->profile->timer(packet, connection);
        ess_sender_send(packet, index);
    }
    ess_sender_arm(packet, connection);
}

/* ---- sending
 * -------------------------------------------------------------------------------------
 */

static void put_on_wire(
    struct ess_packet *packet, struct connection *connection, const struct segment *segment) {
    int64_t now_ns = packet->engine->now_ns;
    uint32_t index = (uint32_t)(connection - packet->connections);
    struct flying flying = {.kind = KIND_DATA,
        .sequence = segment->begin,
        .bytes = segment->bytes,
        .stamp_ns = now_ns - now_ns % packet->profile->clock_ns,
        .wire_bytes = packet->profile->header_bytes + segment->bytes,
        .blocks = NONE};
    connection->last_sent_ns = now_ns;
    if (connection->recovery == RECOVERY) {
        connection->reduction.out += segment->bytes;
    }
    if (connection->deadline_ns == INT64_MAX) {
        connection->deadline_ns = now_ns + connection->timeout_ns;
    }
    if (connection->window.pacing_bytes_per_s > 0) {
        double wait_ns = 1e9 * flying.wire_bytes / connection->window.pacing_bytes_per_s;
        int64_t from_ns = connection->pace_ns > now_ns ? connection->pace_ns : now_ns;
        connection->pace_ns = from_ns + (int64_t)(wait_ns + 0.5);
    }
    ess_link_send(packet, index, &flying);
}

void ess_sender_repeat(struct ess_packet *packet, struct connection *connection, uint64_t number) {
    ess_score_repeat(packet, connection, number);
    packet->counts.retransmitted++;
    put_on_wire(packet, connection, segment_at(connection, number));
}

/* Bytes of the next new segment: 0 where all is sent. */
static uint32_t next_bytes(const struct connection *connection) {
    return (uint32_t)less_bytes(
        connection->written - connection->window.sent, connection->window.segment_bytes);
}

/* Less than a whole segment is sent only where it is all there is (silly windows). */
static bool receiver_takes(const struct connection *connection, uint32_t bytes) {
    const struct ess_window *window = &connection->window;
    return window->sent + bytes <= window->acked + connection->peer_window;
}

bool ess_sender_send_new(struct ess_packet *packet, struct connection *connection) {
    uint32_t bytes = next_bytes(connection);
    if (bytes == 0 || !receiver_takes(connection, bytes)) {
        return false;
    }
    ess_score_push(packet, connection, bytes);
    put_on_wire(packet, connection, segment_at(connection, connection->next_segment - 1));
    return true;
}

/* The first segment that was neither delivered nor sent again; next_segment: none. */
static uint64_t next_unlost(const struct connection *connection) {
    uint64_t number = connection->first_segment;
    while (number < connection->next_segment &&
           (segment_at(connection, number)->flags & (SEGMENT_SACKED | SEGMENT_RETRANSMITTED))) {
        number++;
    }
    return number;
}

enum sent { SENT, NOTHING_LEFT, NO_ROOM };

/* The next segment by RFC 6675, NextSeg: lost ones first, then new ones. */
static enum sent send_next(
    struct ess_packet *packet, struct connection *connection, uint64_t room) {
    const struct ess_window *window = &connection->window;
    uint64_t number = ess_score_next_lost(connection);
    uint32_t bytes = next_bytes(connection);
    if (number < connection->next_segment) {
        if (segment_at(connection, number)->bytes > room) {
            return NO_ROOM;
        }
        ess_sender_repeat(packet, connection, number);
        return SENT;
    }
    if (bytes > 0) {
        return room >= bytes && ess_sender_send_new(packet, connection) ? SENT : NO_ROOM;
    }
    if (packet->profile->repeats_unlost && connection->recovery == RECOVERY &&
        connection->written == window->sent) {
        number = next_unlost(connection);
        if (number < connection->next_segment && segment_at(connection, number)->bytes <= room) {
            ess_sender_repeat(packet, connection, number);
            return SENT;
        }
    }
    return NOTHING_LEFT;
}

/* The window is taken to be used up to what was most in flight since the last round. */
static void note_use(struct connection *connection, bool limited) {
    uint64_t flight = ess_sender_in_flight(connection);
    if (connection->window.acked >= connection->peak_until || limited ||
        (!connection->limited && flight > connection->peak_bytes)) {
        connection->limited = limited;
        connection->peak_bytes = flight;
        connection->peak_until = connection->window.sent;
    }
}

/* RFC 5681, 4.1, as Linux does it: the window is halved for each timeout of idleness. */
static void restart_after_idle(struct ess_packet *packet, struct connection *connection) {
    const struct ess_profile_type *profile = packet->profile;
    struct ess_window *window = &connection->window;
    int64_t idle_ns = packet->engine->now_ns - connection->last_sent_ns;
    uint64_t least = (uint64_t)profile->initial_segments * window->segment_bytes;
    if (connection->next_segment > connection->first_segment || window->sent == 0) {
        return;
    }
    if (connection->law->resumed) {
        connection->law->resumed(window, idle_ns);
    }
    if (!profile->restarts_when_idle || connection->law->control ||
        idle_ns <= connection->timeout_ns) {
        return;
    }
    if (window->threshold_bytes < window->cwnd_bytes / 4 * 3) {
        window->threshold_bytes = window->cwnd_bytes / 4 * 3;
    }
    for (idle_ns -= connection->timeout_ns; idle_ns > 0 && window->cwnd_bytes > least;
         idle_ns -= connection->timeout_ns) {
        window->cwnd_bytes /= 2;
    }
    window->cwnd_bytes = window->cwnd_bytes < least ? least : window->cwnd_bytes;
}

void ess_sender_send(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    struct ess_window *window = &connection->window;
    enum sent sent = SENT;
    uint64_t sent_before = window->sent;
    if (connection->state != ESTABLISHED) {
        return;
    }
    window->now_ns = packet->engine->now_ns;
    if (window->sent < connection->written) {
        restart_after_idle(packet, connection);
    }
    while (sent == SENT) {
        uint64_t flight = ess_sender_in_flight(connection);
        uint64_t most = less_bytes(window->cwnd_bytes, connection->peer_window);
        most = less_bytes(most, packet->profile->window_limit_bytes);
        if (flight >= most) {
            sent = NO_ROOM;
            break;
        }
        if (window->pacing_bytes_per_s > 0 && connection->pace_ns > window->now_ns) {
            if (connection->pace == ESS_EVENT_NONE && connection->written > window->acked) {
                connection->pace = ess_packet_schedule(
                    packet, connection->pace_ns, EVENT_TIMER, index, TIMER_PACE);
            }
            break;
        }
        sent = send_next(packet, connection, most - flight);
    }
    if (sent == NOTHING_LEFT) {
        /* Until what is in flight now is delivered, rates tell of the sender, not of the way. */
        connection->limited_until = connection->delivered + ess_sender_in_flight(connection);
        connection->limited_until += connection->limited_until == 0;
    }
    note_use(connection, sent == NO_ROOM);
    if (window->sent > sent_before && packet->profile->sent) {
        packet->profile->sent(packet, connection);
    }
    ess_sender_arm(packet, connection);
}

/* ---- handshake and acknowledgements
 * --------------------------------------------------------------
 */

void ess_sender_open(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    connection->state = OPENING;
    connection->opened_ns = packet->engine->now_ns;
    connection->opening_tries = 0;
    send_open(packet, index);
}

static void open_window(struct ess_packet *packet, struct connection *connection) {
    struct ess_window *window = &connection->window;
    window->profile = packet->profile;
    window->now_ns = packet->engine->now_ns;
    window->cwnd_bytes = (uint64_t)packet->profile->initial_segments * window->segment_bytes;
    window->threshold_bytes = UINT64_MAX;
    window->pacing_bytes_per_s = 0;
    window->recovering = false;
    connection->law->open(window);
}

void ess_sender_establish(struct ess_packet *packet, uint32_t index, int64_t round_trip_ns) {
    struct connection *connection = &packet->connections[index];
    connection->state = ESTABLISHED;
    connection->peer_window = connection->receive_window;
    connection->deadline_ns = INT64_MAX;
    ess_round_trip_measured(connection, round_trip_ns);
    ess_round_trip_timeout(connection);
    open_window(packet, connection);
}

void ess_sender_accepted(struct ess_packet *packet, uint32_t index, const struct flying *flying) {
    struct flying greeting = {
        .kind = KIND_GREET, .wire_bytes = packet->profile->header_bytes, .blocks = NONE};
    int64_t now_ns = packet->engine->now_ns;
    if (packet->connections[index].state != OPENING) {
        return;
    }
    ess_sender_establish(
        packet, index, now_ns - now_ns % packet->profile->clock_ns - flying->stamp_ns);
    packet->connections[index].peer_window = flying->window;
    ess_link_send(packet, index, &greeting);
    ess_sender_send(packet, index);
}

/* What the acknowledgement says of the round trip, by the echoed stamp. */
static void measure_by_stamp(
    struct ess_packet *packet, struct connection *connection, const struct flying *flying) {
    int64_t now_ns = packet->engine->now_ns;
    int64_t sample_ns = now_ns - now_ns % packet->profile->clock_ns - flying->stamp_ns;
    const struct segment *first = segment_at(connection, connection->first_segment);
    if (connection->first_segment == connection->next_segment ||
        flying->sequence < first->begin + first->bytes ||
        (first->flags & (SEGMENT_REPEATED | SEGMENT_LOST))) {
        return;
    }
    ess_round_trip_measured(connection, sample_ns > 0 ? sample_ns : 1000);
    ess_round_trip_timeout(connection);
}

void ess_sender_acknowledged(
    struct ess_packet *packet, uint32_t index, const struct flying *flying) {
    struct connection *connection = &packet->connections[index];
    struct ess_window *window = &connection->window;
    struct arrival arrival = {.sequence = flying->sequence, .acked_before = window->acked};
    const struct blocks *blocks = flying->blocks == NONE ? NULL : &packet->blocks[flying->blocks];
    uint64_t lost = connection->lost_bytes;
    if (connection->state != ESTABLISHED || flying->sequence < window->acked) {
        return;
    }
    window->now_ns = packet->engine->now_ns;
    connection->peer_window = flying->window;
    arrival.ack.in_flight_prior_bytes = ess_sender_in_flight(connection);
    if (packet->profile->samples_stamps) {
        measure_by_stamp(packet, connection, flying);
    }
    packet->profile->acknowledged(packet, connection, blocks, &arrival);
    if (connection->limited_until != 0 && connection->delivered > connection->limited_until) {
        connection->limited_until = 0;
    }
    if (connection->law->control) {
        arrival.ack.delivered_total = connection->delivered;
        arrival.ack.lost_bytes = connection->lost_bytes > lost ? connection->lost_bytes - lost : 0;
        window->in_flight_bytes = ess_sender_in_flight(connection);
        connection->law->control(window, &arrival.ack);
    }
    ess_sender_send(packet, index);
}

void ess_sender_reset(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    struct ess_window *window = &connection->window;
    connection->state = CLOSED;
    connection->recovery = IN_ORDER;
    connection->recovery_point_active = connection->partial_seen = connection->limited = false;
    connection->duplicates = connection->part_bytes = 0;
    ess_score_clear(connection);
    window->acked = window->sent = connection->expected;
    window->min_round_trip_ns = INT64_MAX;
    connection->recovery_point = connection->probe_point = 0;
    connection->measured = false;
    connection->limited_until = 0;
    connection->peak_bytes = connection->peak_until = 0;
    connection->deadline_ns = connection->probe_ns = connection->reorder_ns = INT64_MAX;
    connection->pace_ns = 0;
    ess_engine_cancel(packet->engine, connection->timer);
    ess_engine_cancel(packet->engine, connection->pace);
    connection->timer = connection->pace = ESS_EVENT_NONE;
}
