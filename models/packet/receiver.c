/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The receiving end: what came in order, islands beyond it, when to acknowledge, how much room. */
#include "models/packet/parts.h"

/* ---- islands
 * -------------------------------------------------------------------------------------
 */

/* Take [begin, end) into the islands; returns the island it belongs to now. O(log islands) to find
 * and O(islands) to make room. */
static struct range add_island(
    struct ess_packet *packet, struct connection *connection, uint64_t begin, uint64_t end) {
    uint32_t low = 0, high = connection->island_count, last;
    struct range *islands;
    while (low < high) { /* the first island that ends at or after begin */
        uint32_t middle = low + (high - low) / 2;
        if (connection->islands[middle].end < begin) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    for (last = low; last < connection->island_count && connection->islands[last].begin <= end;
         last++) {
        begin = less_bytes(begin, connection->islands[last].begin);
        end = connection->islands[last].end > end ? connection->islands[last].end : end;
    }
    connection->islands = ess_arena_reserve(packet->arena, connection->islands,
        &connection->island_capacity, connection->island_count + 1, sizeof *connection->islands);
    islands = connection->islands;
    if (last == low) {
        for (uint32_t i = connection->island_count; i > low; i--) {
            islands[i] = islands[i - 1];
        }
        connection->island_count++;
    } else {
        uint32_t merged = last - low - 1;
        for (uint32_t i = low + 1; i + merged < connection->island_count; i++) {
            islands[i] = islands[i + merged];
        }
        connection->island_count -= merged;
    }
    islands[low] = (struct range){begin, end};
    return islands[low];
}

/* The island touched last is reported first (RFC 2018, section 4). */
static void touch(struct connection *connection, struct range island) {
    struct range kept[BLOCKS_MOST];
    uint32_t count = 0;
    kept[count++] = island;
    for (uint32_t i = 0; i < connection->recent_count && count < BLOCKS_MOST; i++) {
        const struct range *old = &connection->recent[i];
        if (old->begin < island.begin || old->end > island.end) {
            kept[count++] = *old;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        connection->recent[i] = kept[i];
    }
    connection->recent_count = count;
}

/* Islands that `expected` has reached are land. */
static void join(struct connection *connection) {
    uint32_t joined = 0, count = 0;
    while (joined < connection->island_count &&
           connection->islands[joined].begin <= connection->expected) {
        if (connection->islands[joined].end > connection->expected) {
            connection->expected = connection->islands[joined].end;
        }
        joined++;
    }
    for (uint32_t i = joined; i < connection->island_count; i++) {
        connection->islands[i - joined] = connection->islands[i];
    }
    connection->island_count -= joined;
    for (uint32_t i = 0; i < connection->recent_count; i++) {
        if (connection->recent[i].begin > connection->expected) {
            connection->recent[count++] = connection->recent[i];
        }
    }
    connection->recent_count = count;
}

/* ---- acknowledgements
 * ----------------------------------------------------------------------------
 */

static uint32_t report_islands(struct ess_packet *packet, const struct connection *connection) {
    uint32_t index = ess_packet_take_blocks(packet);
    struct blocks *blocks = &packet->blocks[index];
    blocks->count = 0;
    /* With time stamps three blocks have room in a header. */
    for (uint32_t i = 0; i < connection->recent_count && i < 3; i++) {
        blocks->begin[i] = connection->recent[i].begin;
        blocks->end[i] = connection->recent[i].end;
        blocks->count++;
    }
    return index;
}

static void acknowledge(struct ess_packet *packet, uint32_t index) {
    const struct ess_profile_type *profile = packet->profile;
    struct connection *connection = &packet->connections[index];
    struct flying flying = {.kind = KIND_ACKNOWLEDGE,
        .sequence = connection->expected,
        .stamp_ns = connection->echo_ns,
        .window = connection->receive_window,
        .wire_bytes = profile->header_bytes,
        .blocks = NONE};
    connection->unacknowledged = 0;
    connection->delayed_at_ns = INT64_MAX;
    connection->acknowledged = connection->expected;
    if (connection->recent_count > 0) {
        flying.blocks = report_islands(packet, connection);
        flying.wire_bytes +=
            profile->blocks_base_bytes + profile->block_bytes * packet->blocks[flying.blocks].count;
    }
    ess_link_send(packet, index, &flying);
}

/* The delayed acknowledgement's event is moved only when it comes: most are called off. */
static void delay(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    if (connection->delayed_at_ns != INT64_MAX) {
        return;
    }
    connection->delayed_at_ns = packet->engine->now_ns + packet->profile->delayed_ns;
    if (connection->delayed == ESS_EVENT_NONE) {
        connection->delayed =
            ess_packet_schedule(packet, connection->delayed_at_ns, EVENT_DELAYED, index, 0);
    }
}

void ess_receiver_delayed(void *world, uint32_t index, uint64_t argument) {
    struct ess_packet *packet = ess_packet_of(world);
    struct connection *connection = &packet->connections[index];
    (void)argument;
    connection->delayed = ESS_EVENT_NONE;
    if (connection->delayed_at_ns == INT64_MAX) {
        return;
    }
    if (connection->delayed_at_ns > packet->engine->now_ns) {
        connection->delayed =
            ess_packet_schedule(packet, connection->delayed_at_ns, EVENT_DELAYED, index, 0);
        return;
    }
    acknowledge(packet, index);
}

/* ---- receive window
 * ------------------------------------------------------------------------------
 */

/* Dynamic right-sizing as Linux does it: in each round trip the window becomes twice what was
 * delivered in the one before and some segments more, if that is more than it was. */
static void tune(struct ess_packet *packet, struct connection *connection) {
    const struct ess_profile_type *profile = packet->profile;
    int64_t now_ns = packet->engine->now_ns;
    uint64_t wanted;
    if (connection->receive_window >= profile->receive_limit_bytes ||
        now_ns - connection->tune_ns < connection->window.smoothed_round_trip_ns) {
        return;
    }
    wanted = 2 * (connection->expected - connection->tune_expected) +
             UINT64_C(16) * connection->window.segment_bytes;
    if (wanted > connection->receive_window) {
        connection->receive_window = less_bytes(wanted, profile->receive_limit_bytes);
    }
    connection->tune_ns = now_ns;
    connection->tune_expected = connection->expected;
}

/* ---- data
 * ----------------------------------------------------------------------------------------
 */

/* RFC 7323, 4.3: the stamp of the earliest segment that the next acknowledgement will answer. */
static void remember_stamp(struct connection *connection, const struct flying *flying) {
    if (flying->sequence <= connection->acknowledged) {
        connection->echo_ns = flying->stamp_ns;
    }
}

void ess_receiver_data(struct ess_packet *packet, uint32_t index, const struct flying *flying) {
    struct connection *connection = &packet->connections[index];
    const struct ess_profile_type *profile = packet->profile;
    uint64_t begin = flying->sequence, end = flying->sequence + flying->bytes;
    bool gap = connection->island_count > 0;
    remember_stamp(connection, flying);
    if (begin > connection->expected) {
        touch(connection, add_island(packet, connection, begin, end));
        acknowledge(packet, index);
        return;
    }
    if (end <= connection->expected) { /* a copy of what is here: the sender must be told */
        acknowledge(packet, index);
        return;
    }
    connection->expected = end;
    if (gap) {
        join(connection);
    }
    if (packet->settings.window_bytes <= 0) {
        tune(packet, connection);
    }
    connection->unacknowledged++;
    if (gap || connection->unacknowledged >= profile->delayed_segments ||
        connection->quick_left > 0) {
        connection->quick_left -= connection->quick_left > 0;
        acknowledge(packet, index);
    } else {
        delay(packet, index);
    }
    ess_packet_deliver(packet, index);
}

void ess_receiver_reset(struct ess_packet *packet, uint32_t index) {
    struct connection *connection = &packet->connections[index];
    const struct ess_profile_type *profile = packet->profile;
    connection->island_count = connection->recent_count = 0;
    connection->unacknowledged = 0;
    connection->quick_left = profile->quick_segments;
    connection->delayed_at_ns = INT64_MAX;
    connection->acknowledged = connection->expected;
    connection->receive_window = packet->settings.window_bytes > 0
                                     ? (uint64_t)packet->settings.window_bytes
                                     : profile->receive_first_bytes;
    connection->tune_ns = packet->engine->now_ns;
    connection->tune_expected = connection->expected;
}
