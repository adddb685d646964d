/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/mapping.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What making a mapping needs. Elapsed time is trace time since simulated time 0. */
struct mapper {
    const struct ess_trace *trace;
    const struct ess_trace_map_settings *settings;
    struct ess_trace_map *out;
    struct ess_trace_error *error;
    uint64_t seed;
    uint32_t replication;
};

struct ess_trace_map_settings ess_trace_map_defaults(void) {
    return (struct ess_trace_map_settings){ESS_TRACE_RANDOM, 1, 0, 1.0, 1};
}

int ess_trace_map_varies(const struct ess_trace_map_settings *settings,
    const struct ess_trace *trace, int32_t host_count) {
    return settings->mapping == ESS_TRACE_RANDOM || settings->random_offset ||
           host_count > trace->host_count;
}

void ess_trace_map_fini(struct ess_trace_map *map) {
    free(map->trace_host);
    free(map->offset_ns);
    memset(map, 0, sizeof *map);
}

static int wrong(
    struct ess_trace_error *error, const char *what, double value, const char *expected) {
    char found[64];
    int length = snprintf(found, sizeof found, "%s %.9g", what, value);
    return ess_trace_fail(error, found, length, "%s", expected);
}

static int check(const struct mapper *m, int32_t host_count) {
    double scale = m->settings->scale;
    if (!(scale >= 1e-6 && scale <= 1e6)) {
        return wrong(m->error, "a time scale of", scale, "a scale in 1e-6 ... 1e6");
    }
    if (m->out->duration_ns <= 0 || (double)m->out->duration_ns / scale > 4e18) {
        return wrong(m->error, "a duration in ns of", (double)m->out->duration_ns,
            "more than 0, and at most 4e18 ns of trace time");
    }
    if (host_count < 1 || host_count > ESS_TRACE_HOSTS_MAX) {
        return wrong(m->error, "a number of hosts of", host_count, "1 ... 1000000 hosts");
    }
    if (m->settings->offset_ns < 0 || m->settings->offset_ns > m->trace->window_ns) {
        return wrong(m->error, "an offset in ns of", (double)m->settings->offset_ns,
            "an offset inside the trace's window");
    }
    return 0;
}

/* The first entries of a permutation of the trace hosts; prefix and all are drawn front to back. */
static int choose_hosts(const struct mapper *m) {
    int32_t count = m->trace->host_count;
    int32_t *order = calloc((size_t)count, sizeof *order);
    struct ess_random stream;
    if (!order) {
        return ess_trace_fail(m->error, "no memory left", 14, "a smaller trace");
    }
    for (int32_t i = 0; i < count; i++) {
        order[i] = i;
    }
    ess_random_init(&stream, m->seed, m->replication, "trace mapping");
    for (int32_t i = 0; i < count && i < m->out->host_count; i++) {
        int32_t other = i + (int32_t)ess_random_below(&stream, (uint64_t)(count - i));
        int32_t chosen = order[other];
        if (m->settings->mapping == ESS_TRACE_RANDOM) {
            order[other] = order[i];
            order[i] = chosen;
        }
    }
    for (int32_t i = 0; i < m->out->host_count; i++) {
        m->out->trace_host[i] = order[i % count];
    }
    free(order);
    return 0;
}

/* A drawn offset leaves the whole duration to replay where nothing wraps. */
static int64_t draw_offset(const struct mapper *m, uint64_t entity, const char *purpose) {
    struct ess_random stream;
    int64_t room = m->trace->window_ns;
    if (!m->settings->wrap) {
        room = m->out->reach_ns < room ? room - m->out->reach_ns + 1 : 1;
    }
    ess_random_init(&stream, m->seed, entity, purpose);
    return (int64_t)ess_random_below(&stream, (uint64_t)room);
}

static void choose_offsets(const struct mapper *m) {
    int64_t common = m->settings->offset_ns;
    if (m->settings->random_offset) {
        common = draw_offset(m, m->replication, "trace offset");
    }
    for (int32_t i = 0; i < m->out->host_count; i++) {
        const struct ess_trace_host *host = &m->trace->hosts[m->out->trace_host[i]];
        int64_t length = host->window_end_ns - host->window_start_ns;
        int64_t offset = common;
        if (i >= m->trace->host_count) {
            uint64_t entity = (uint64_t)m->replication << 32 | (uint32_t)i;
            offset = draw_offset(m, entity, "trace offset of a further use");
        }
        if (m->settings->wrap) {
            int64_t phase = (offset - host->window_start_ns) % length;
            offset = host->window_start_ns + (phase < 0 ? phase + length : phase);
        }
        m->out->offset_ns[i] = offset;
    }
}

/* ---- replaying --------------------------------------------------------------------------------
 */

struct ess_trace_cursor ess_trace_map_begin(const struct ess_trace_map *map, int32_t host) {
    const struct ess_trace_host *replayed = &map->trace->hosts[map->trace_host[host]];
    return (struct ess_trace_cursor){
        .next = replayed[0].first,
        .end = replayed[1].first,
        .shift_ns = -map->offset_ns[host],
        .host = host,
        .joins = replayed->censored_start && replayed->censored_end,
    };
}

/* Begin the window anew; 0 where the replay ends before. */
static int turn(const struct ess_trace_map *map, struct ess_trace_cursor *cursor) {
    const struct ess_trace_host *host = &map->trace->hosts[map->trace_host[cursor->host]];
    if (!map->wrap || cursor->shift_ns + host->window_end_ns >= map->reach_ns) {
        return 0;
    }
    cursor->next = host->first;
    cursor->shift_ns += host->window_end_ns - host->window_start_ns;
    return 1;
}

/* The next session of the trace as it is, in elapsed time. */
static int next_session(const struct ess_trace_map *map, struct ess_trace_cursor *cursor,
    struct ess_trace_interval *session) {
    if (cursor->next == cursor->end && !turn(map, cursor)) {
        return 0;
    }
    *session = map->trace->intervals[cursor->next];
    session->start_ns += cursor->shift_ns;
    session->end_ns += cursor->shift_ns;
    if (session->start_ns >= map->reach_ns) {
        return 0;
    }
    cursor->next++;
    return 1;
}

/* Elapsed to simulated time, within [0, duration]; exact where nothing is scaled. */
static int64_t to_simulated(const struct ess_trace_map *map, int64_t elapsed_ns) {
    int64_t time_ns = elapsed_ns;
    if (elapsed_ns <= 0) {
        return 0;
    }
    if (map->scale != 1.0) {
        double scaled = (double)elapsed_ns * map->scale;
        time_ns = scaled < 9e18 ? (int64_t)llround(scaled) : map->duration_ns;
    }
    return time_ns < map->duration_ns ? time_ns : map->duration_ns;
}

/* The next session that is something in simulated time. */
static int next_replayed(const struct ess_trace_map *map, struct ess_trace_cursor *cursor,
    struct ess_trace_interval *interval) {
    struct ess_trace_interval session;
    while (next_session(map, cursor, &session)) {
        interval->start_ns = to_simulated(map, session.start_ns);
        interval->end_ns = to_simulated(map, session.end_ns);
        if (interval->end_ns > interval->start_ns) {
            return 1;
        }
    }
    return 0;
}

/* Whether the session that a cursor gave last begins the window. */
static int begins_window(const struct ess_trace_map *map, const struct ess_trace_cursor *cursor) {
    return cursor->next == map->trace->hosts[map->trace_host[cursor->host]].first + 1;
}

int ess_trace_map_next(const struct ess_trace_map *map, struct ess_trace_cursor *cursor,
    struct ess_trace_interval *interval) {
    if (!next_replayed(map, cursor, interval)) {
        return 0;
    }
    /* What begins a further turn goes on across the seam from what came before it. */
    while (cursor->joins) {
        struct ess_trace_cursor after = *cursor;
        struct ess_trace_interval more;
        if (!next_replayed(map, &after, &more) || !begins_window(map, &after) ||
            more.start_ns != interval->end_ns) {
            break;
        }
        interval->end_ns = more.end_ns;
        *cursor = after;
    }
    return 1;
}

/* ---- making -----------------------------------------------------------------------------------
 */

/* Refuse replays without end in practice: a window of seconds for a simulation of years. */
static int count_sessions(const struct mapper *m) {
    int64_t count = 0;
    for (int32_t i = 0; i < m->out->host_count; i++) {
        struct ess_trace_cursor cursor = ess_trace_map_begin(m->out, i);
        struct ess_trace_interval session;
        while (next_session(m->out, &cursor, &session)) {
            if (++count > ESS_TRACE_ROWS_MAX) {
                return ess_trace_fail(m->error, "more sessions", 13,
                    "a shorter simulation: at most %lld sessions", (long long)ESS_TRACE_ROWS_MAX);
            }
        }
    }
    return 0;
}

static int allocate(const struct mapper *m) {
    size_t count = (size_t)m->out->host_count;
    m->out->trace_host = calloc(count, sizeof *m->out->trace_host);
    m->out->offset_ns = calloc(count, sizeof *m->out->offset_ns);
    if (!m->out->trace_host || !m->out->offset_ns) {
        return ess_trace_fail(m->error, "no memory left", 14, "fewer hosts");
    }
    return 0;
}

static int map_all(const struct mapper *m, int32_t host_count) {
    if (check(m, host_count) != 0) {
        return -1;
    }
    m->out->host_count = host_count;
    m->out->reach_ns = (int64_t)ceil((double)m->out->duration_ns / m->settings->scale);
    if (m->settings->scale == 1.0) {
        m->out->reach_ns = m->out->duration_ns;
    }
    if (allocate(m) != 0 || choose_hosts(m) != 0) {
        return -1;
    }
    choose_offsets(m);
    return count_sessions(m);
}

int ess_trace_map(const struct ess_trace *trace, const struct ess_trace_map_settings *settings,
    int32_t host_count, int64_t duration_ns, uint64_t seed, uint32_t replication,
    struct ess_trace_map *out, struct ess_trace_error *error) {
    struct mapper m;
    memset(&m, 0, sizeof m);
    memset(out, 0, sizeof *out);
    memset(error, 0, sizeof *error);
    out->trace = trace;
    out->wrap = settings->wrap;
    out->scale = settings->scale;
    out->duration_ns = duration_ns;
    m.trace = trace;
    m.settings = settings;
    m.out = out;
    m.error = error;
    m.seed = seed;
    m.replication = replication;
    if (map_all(&m, host_count) != 0) {
        ess_trace_map_fini(out);
        return -1;
    }
    return 0;
}
