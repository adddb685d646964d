/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/availability/mapping.h"

#include "base/random.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What the whole mapping shares. Elapsed time is trace time since simulated time 0. */
struct mapper {
    const struct ess_trace *trace;
    const struct ess_trace_map_settings *settings;
    struct ess_trace_map *out;
    struct ess_trace_error *error;
    int64_t duration_ns; /* simulated time */
    int64_t reach_ns;    /* the same in elapsed time */
    int64_t used, capacity;
    int64_t visited; /* intervals looked at, the measure of the work: bounded */
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
    free(map->first);
    free(map->intervals);
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
    if (m->duration_ns <= 0 || (double)m->duration_ns / scale > 4e18) {
        return wrong(m->error, "a duration in ns of", (double)m->duration_ns,
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
        room = m->reach_ns < room ? room - m->reach_ns + 1 : 1;
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

/* Elapsed to simulated time, within [0, duration]; exact where nothing is scaled. */
static int64_t to_simulated(const struct mapper *m, int64_t elapsed_ns) {
    double scaled = (double)elapsed_ns * m->settings->scale;
    int64_t time_ns = elapsed_ns;
    if (elapsed_ns <= 0) {
        return 0;
    }
    if (m->settings->scale != 1.0) {
        time_ns = scaled < 9e18 ? (int64_t)llround(scaled) : m->duration_ns;
    }
    return time_ns < m->duration_ns ? time_ns : m->duration_ns;
}

static int append(struct mapper *m, int64_t start_ns, int64_t end_ns) {
    if (m->used == m->capacity) {
        int64_t wanted = m->capacity ? 2 * m->capacity : 256;
        struct ess_trace_interval *grown =
            realloc(m->out->intervals, (size_t)wanted * sizeof *grown);
        if (!grown) {
            return ess_trace_fail(m->error, "no memory left", 14, "a shorter simulation");
        }
        m->out->intervals = grown;
        m->capacity = wanted;
    }
    m->out->intervals[m->used++] = (struct ess_trace_interval){start_ns, end_ns};
    return 0;
}

/* Add one session, given in elapsed time. `joined` says that it goes on across the seam from the
 * session before it, if that one was kept. */
static int add_session(
    struct mapper *m, int64_t first, int64_t start_ns, int64_t end_ns, int joined) {
    int64_t start = to_simulated(m, start_ns);
    int64_t end = to_simulated(m, end_ns);
    if (end <= start) {
        return 0;
    }
    if (joined && m->used > first && m->out->intervals[m->used - 1].end_ns == start) {
        m->out->intervals[m->used - 1].end_ns = end;
        return 0;
    }
    return append(m, start, end);
}

static int map_host(struct mapper *m, int32_t simulated) {
    int32_t index = m->out->trace_host[simulated];
    const struct ess_trace_host *host = &m->trace->hosts[index];
    int64_t last = m->trace->hosts[index + 1].first;
    int64_t length = host->window_end_ns - host->window_start_ns;
    int64_t first_out = m->used;
    int64_t shift = -m->out->offset_ns[simulated]; /* trace time + shift = elapsed time */
    int joins = host->censored_start && host->censored_end;
    m->out->first[simulated] = first_out;
    for (int turn = 0;
         turn == 0 || (m->settings->wrap && shift + host->window_start_ns < m->reach_ns);
         turn = 1, shift += length) {
        for (int64_t i = host->first; i < last; i++) {
            struct ess_trace_interval session = m->trace->intervals[i];
            if (session.start_ns + shift >= m->reach_ns) {
                return 0;
            }
            if (++m->visited > ESS_TRACE_ROWS_MAX) {
                return ess_trace_fail(m->error, "more sessions", 13,
                    "a shorter simulation: at most %lld sessions", (long long)ESS_TRACE_ROWS_MAX);
            }
            if (add_session(m, first_out, session.start_ns + shift, session.end_ns + shift,
                    joins && turn && i == host->first) != 0) {
                return -1;
            }
        }
    }
    return 0;
}

static int allocate(struct mapper *m, int32_t host_count) {
    size_t count = (size_t)host_count;
    m->out->host_count = host_count;
    m->out->first = calloc(count + 1, sizeof *m->out->first);
    m->out->trace_host = calloc(count, sizeof *m->out->trace_host);
    m->out->offset_ns = calloc(count, sizeof *m->out->offset_ns);
    if (!m->out->first || !m->out->trace_host || !m->out->offset_ns) {
        return ess_trace_fail(m->error, "no memory left", 14, "fewer hosts");
    }
    return append(m, 0, 0); /* so that `intervals` is never NULL */
}

static int map_all(struct mapper *m, int32_t host_count) {
    if (check(m, host_count) != 0 || allocate(m, host_count) != 0) {
        return -1;
    }
    m->used = 0;
    m->reach_ns = (int64_t)ceil((double)m->duration_ns / m->settings->scale);
    if (m->settings->scale == 1.0) {
        m->reach_ns = m->duration_ns;
    }
    if (choose_hosts(m) != 0) {
        return -1;
    }
    choose_offsets(m);
    for (int32_t i = 0; i < host_count; i++) {
        if (map_host(m, i) != 0) {
            return -1;
        }
    }
    m->out->first[host_count] = m->used;
    return 0;
}

int ess_trace_map(const struct ess_trace *trace, const struct ess_trace_map_settings *settings,
    int32_t host_count, int64_t duration_ns, uint64_t seed, uint32_t replication,
    struct ess_trace_map *out, struct ess_trace_error *error) {
    struct mapper m;
    memset(&m, 0, sizeof m);
    memset(out, 0, sizeof *out);
    memset(error, 0, sizeof *error);
    m.trace = trace;
    m.settings = settings;
    m.out = out;
    m.error = error;
    m.duration_ns = duration_ns;
    m.seed = seed;
    m.replication = replication;
    if (map_all(&m, host_count) != 0) {
        ess_trace_map_fini(out);
        return -1;
    }
    return 0;
}
