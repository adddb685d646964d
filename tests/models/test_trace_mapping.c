/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "models/availability/mapping.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define S INT64_C(1000000000)

static struct ess_trace read_text(const char *text) {
    struct ess_trace trace;
    struct ess_trace_error error;
    int64_t bytes = (int64_t)strlen(text);
    CU_ASSERT_EQUAL_FATAL(ess_trace_read_memory("t", text, bytes, NULL, &trace, &error), 0);
    return trace;
}

static struct ess_trace_map map_trace(const struct ess_trace *trace,
    const struct ess_trace_map_settings *settings, int32_t hosts, int64_t duration_s, uint64_t seed,
    uint32_t replication) {
    struct ess_trace_map map;
    struct ess_trace_error error;
    CU_ASSERT_EQUAL_FATAL(
        ess_trace_map(trace, settings, hosts, duration_s * S, seed, replication, &map, &error), 0);
    return map;
}

/* "0-5 6-9" in seconds. */
static const char *sessions(const struct ess_trace_map *map, int32_t host) {
    static char text[512];
    size_t used = 0;
    text[0] = 0;
    struct ess_trace_cursor cursor = ess_trace_map_begin(map, host);
    struct ess_trace_interval up;
    while (ess_trace_map_next(map, &cursor, &up)) {
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%g-%g", used > 0 ? " " : "",
            (double)up.start_ns / 1e9, (double)up.end_ns / 1e9);
    }
    CU_ASSERT_FALSE(ess_trace_map_next(map, &cursor, &up)); /* and still */
    return text;
}

static int same_replay(const struct ess_trace_map *a, const struct ess_trace_map *b, int32_t host) {
    struct ess_trace_cursor of_a = ess_trace_map_begin(a, host);
    struct ess_trace_cursor of_b = ess_trace_map_begin(b, host);
    for (;;) {
        struct ess_trace_interval up_a, up_b;
        int more = ess_trace_map_next(a, &of_a, &up_a);
        if (more != ess_trace_map_next(b, &of_b, &up_b)) {
            return 0;
        }
        if (!more) {
            return 1;
        }
        if (up_a.start_ns != up_b.start_ns || up_a.end_ns != up_b.end_ns) {
            return 0;
        }
    }
}

static int same_map(const struct ess_trace_map *a, const struct ess_trace_map *b) {
    size_t hosts = (size_t)a->host_count;
    int same = a->host_count == b->host_count &&
               memcmp(a->offset_ns, b->offset_ns, hosts * sizeof *a->offset_ns) == 0 &&
               memcmp(a->trace_host, b->trace_host, hosts * sizeof *a->trace_host) == 0;
    for (int32_t host = 0; same && host < a->host_count; host++) {
        same = same_replay(a, b, host);
    }
    return same;
}

struct replay_case {
    const char *what, *text;
    int64_t offset_s, duration_s;
    double scale;
    int32_t wrap;
    const char *first_host;
};

static const struct replay_case replay_cases[] = {
    {"from the start", "#window,0,20\na,2,5\na,9,12\n", 0, 20, 1, 1, "2-5 9-12"},
    {"in the middle of a session", "#window,0,20\na,2,5\na,9,12\n", 3, 10, 1, 1, "0-2 6-9"},
    {"over the seam", "#window,0,20\na,2,5\na,9,12\n", 15, 20, 1, 1, "7-10 14-17"},
    {"two turns", "#window,0,10\na,2,5\n", 4, 25, 1, 1, "0-1 8-11 18-21"},
    {"up on both sides of the seam", "#window,0,20\na,0,5\na,9,20\n", 10, 20, 1, 1, "0-15 19-20"},
    {"up at its end only", "#window,0,20\na,1,5\na,9,20\n", 10, 20, 1, 1, "0-10 11-15 19-20"},
    {"always up, three turns", "#window,0,10\na,0,10\n", 5, 30, 1, 1, "0-30"},
    {"touching sessions stay two", "#window,0,10\na,2,4\na,4,6\n", 0, 10, 1, 1, "2-4 4-6"},
    {"touching, cut at the start", "#window,0,10\na,2,4\na,4,6\n", 3, 10, 1, 1, "0-1 1-3 9-10"},
    {"twice as slow", "#window,0,20\na,2,5\na,9,12\n", 0, 20, 2, 1, "4-10 18-20"},
    {"twice as fast", "#window,0,20\na,2,5\na,9,12\n", 3, 10, 0.5, 1, "0-1 3-4.5 9.5-10"},
    {"no wrap", "#window,0,20\na,2,5\na,9,20\n", 10, 30, 1, 0, "0-10"},
    {"no wrap, offset at the end", "#window,0,20\na,2,5\n", 20, 30, 1, 0, ""},
    {"down all the time", "#window,0,20\na,2,5\n", 6, 10, 1, 1, ""},
    {"a clock that begins late", "#window,1099755300,1099755320\na,1099755302,1099755305\n", 1, 20,
        1, 1, "1-4"},
};

static void replays(void) {
    int count = (int)(sizeof replay_cases / sizeof replay_cases[0]);
    for (int i = 0; i < count; i++) {
        const struct replay_case *c = &replay_cases[i];
        struct ess_trace trace = read_text(c->text);
        struct ess_trace_map_settings settings = {
            ESS_TRACE_IN_ORDER, 0, c->offset_s * S, c->scale, c->wrap};
        struct ess_trace_map map = map_trace(&trace, &settings, 1, c->duration_s, 1, 0);
        ESS_CHECK(strcmp(sessions(&map, 0), c->first_host) == 0, "%s: %s, not %s", c->what,
            sessions(&map, 0), c->first_host);
        CU_ASSERT_EQUAL(ess_trace_map_varies(&settings, &trace, 1), 0);
        ess_trace_map_fini(&map);
        ess_trace_fini(&trace);
    }
    ess_test_note("%d cases", count);
}

/* A host whose own window is a part of the trace's turns within its own window; where the common
 * offset lies inside it, it is in step with the others. */
static void own_windows(void) {
    struct ess_trace trace =
        read_text("0 0 1 3 n 0 0 10 1\n1 0 1 3 n 1 10 40 1\n"
                  "0 0 2 3 n 0 20 22 1\n1 0 2 3 n 1 22 28 1\n2 0 2 3 n 0 28 30 1\n");
    struct ess_trace_map_settings settings = {ESS_TRACE_IN_ORDER, 0, 25 * S, 1.0, 1};
    struct ess_trace_map map = map_trace(&trace, &settings, 2, 20, 1, 0);
    CU_ASSERT_STRING_EQUAL(sessions(&map, 0), "0-15");
    CU_ASSERT_STRING_EQUAL(sessions(&map, 1), "0-3 7-13 17-20");
    ess_trace_map_fini(&map);
    settings.offset_ns = 3 * S; /* before the window of host 1 begins: (3 - 20) mod 10 = 3 */
    map = map_trace(&trace, &settings, 2, 10, 1, 0);
    CU_ASSERT_STRING_EQUAL(sessions(&map, 1), "0-5 9-10");
    CU_ASSERT_EQUAL(map.offset_ns[1], 23 * S);
    ess_trace_map_fini(&map);
    settings.wrap = 0; /* not there yet */
    settings.offset_ns = 15 * S;
    map = map_trace(&trace, &settings, 2, 20, 1, 0);
    CU_ASSERT_STRING_EQUAL(sessions(&map, 1), "7-13");
    ess_trace_map_fini(&map);
    ess_trace_fini(&trace);
}

/* 40 hosts, host k up from k to k + 20 of 100 s. */
static struct ess_trace staircase(void) {
    char text[2048];
    size_t used = (size_t)snprintf(text, sizeof text, "#window,0,100\n");
    for (int k = 0; k < 40; k++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "h%d,%d,%d\n", k, k, k + 20);
    }
    return read_text(text);
}

static void draws_are_named(void) {
    struct ess_trace trace = staircase();
    struct ess_trace_map_settings settings = ess_trace_map_defaults();
    struct ess_trace_map first = map_trace(&trace, &settings, 24, 60, 7, 0);
    struct ess_trace_map again = map_trace(&trace, &settings, 24, 60, 7, 0);
    struct ess_trace_map more = map_trace(&trace, &settings, 30, 60, 7, 0);
    struct ess_trace_map other = map_trace(&trace, &settings, 24, 60, 8, 0);
    CU_ASSERT(same_map(&first, &again));
    CU_ASSERT(!same_map(&first, &other));
    CU_ASSERT_EQUAL(memcmp(first.trace_host, more.trace_host, 24 * sizeof *first.trace_host), 0);
    CU_ASSERT_EQUAL(memcmp(first.offset_ns, more.offset_ns, 24 * sizeof *first.offset_ns), 0);
    for (int32_t i = 0; i < 30; i++) {
        CU_ASSERT_EQUAL(more.offset_ns[i], more.offset_ns[0]); /* common while hosts last */
        for (int32_t j = 0; j < i; j++) {
            CU_ASSERT_NOT_EQUAL(more.trace_host[i], more.trace_host[j]);
        }
    }
    CU_ASSERT_EQUAL(ess_trace_map_varies(&settings, &trace, 24), 1);
    ess_trace_map_fini(&first);
    ess_trace_map_fini(&again);
    ess_trace_map_fini(&more);
    ess_trace_map_fini(&other);
    ess_trace_fini(&trace);
}

/* 200 replications: all differ in mapping and offset, each host of the trace is taken about as
 * often as another, offsets fill the window evenly. Tolerances are 5 standard deviations. */
static void replications_differ(void) {
    enum { REPLICATIONS = 200, HOSTS = 10, TRACE_HOSTS = 40 };
    struct ess_trace trace = staircase();
    struct ess_trace_map_settings settings = ess_trace_map_defaults();
    int taken[TRACE_HOSTS] = {0};
    double sum = 0;
    int64_t last_offset_ns = -1;
    int32_t last_host = -1;
    int same_host = 0;
    for (uint32_t r = 0; r < REPLICATIONS; r++) {
        struct ess_trace_map map = map_trace(&trace, &settings, HOSTS, 60, 7, r);
        CU_ASSERT_NOT_EQUAL(map.offset_ns[0], last_offset_ns);
        last_offset_ns = map.offset_ns[0];
        same_host += map.trace_host[0] == last_host;
        last_host = map.trace_host[0];
        sum += (double)map.offset_ns[0] / (double)trace.window_ns;
        for (int h = 0; h < HOSTS; h++) {
            taken[map.trace_host[h]]++;
        }
        ess_trace_map_fini(&map);
    }
    CU_ASSERT(same_host < 20);
    CU_ASSERT_DOUBLE_EQUAL(sum / REPLICATIONS, 0.5, 5 * 0.2887 / sqrt(REPLICATIONS));
    for (int h = 0; h < TRACE_HOSTS; h++) {
        CU_ASSERT_DOUBLE_EQUAL(taken[h], 50, 5 * sqrt(200 * 0.25 * 0.75));
    }
    ess_test_note("mean offset %.3f of the window", sum / REPLICATIONS);
    ess_trace_fini(&trace);
}

/* A fixed offset in order shows the trace as it is; the hosts past its end have their own offsets.
 */
static void hosts_used_again(void) {
    struct ess_trace trace = staircase();
    struct ess_trace_map_settings settings = {ESS_TRACE_IN_ORDER, 0, 0, 1.0, 1};
    struct ess_trace_map map = map_trace(&trace, &settings, 100, 100, 7, 0);
    struct ess_trace_map next = map_trace(&trace, &settings, 100, 100, 7, 1);
    int differing = 0;
    CU_ASSERT_STRING_EQUAL(sessions(&map, 3), "3-23");
    for (int32_t i = 0; i < 100; i++) {
        int64_t up_ns = 0;
        CU_ASSERT_EQUAL(map.trace_host[i], i % 40);
        CU_ASSERT(i >= 40 || map.offset_ns[i] == 0);
        CU_ASSERT(i < 40 || map.offset_ns[i] != 0);
        differing += map.offset_ns[i] != next.offset_ns[i];
        struct ess_trace_cursor cursor = ess_trace_map_begin(&map, i);
        struct ess_trace_interval up;
        while (ess_trace_map_next(&map, &cursor, &up)) {
            up_ns += up.end_ns - up.start_ns;
        }
        CU_ASSERT_EQUAL(up_ns, 20 * S); /* one whole turn shows every second once */
    }
    CU_ASSERT_EQUAL(differing, 60);
    CU_ASSERT_EQUAL(ess_trace_map_varies(&settings, &trace, 40), 0);
    CU_ASSERT_EQUAL(ess_trace_map_varies(&settings, &trace, 41), 1);
    ess_trace_map_fini(&map);
    ess_trace_map_fini(&next);
    ess_trace_fini(&trace);
}

/* Without wrapping a drawn offset leaves the whole duration. */
static void offsets_without_wrap(void) {
    struct ess_trace trace = staircase();
    struct ess_trace_map_settings settings = ess_trace_map_defaults();
    settings.wrap = 0;
    for (uint32_t r = 0; r < 100; r++) {
        struct ess_trace_map map = map_trace(&trace, &settings, 50, 60, 7, r);
        for (int32_t i = 0; i < 50; i++) {
            CU_ASSERT(map.offset_ns[i] >= 0 && map.offset_ns[i] <= 40 * S);
        }
        ess_trace_map_fini(&map);
        map = map_trace(&trace, &settings, 1, 1000, 7, r);
        CU_ASSERT_EQUAL(map.offset_ns[0], 0);
        ess_trace_map_fini(&map);
    }
    ess_trace_fini(&trace);
}

/* Against a slot-by-slot reading of the formula in the header, for drawn offsets and odd scales. */
static void slots_against_the_formula(void) {
    struct ess_trace trace = read_text("#window,0,97\na,0,3\na,5,11\na,11,19\na,40,41\na,60,97\n"
                                       "b,1,2\nb,50,80\nc,90,97\n");
    static const double scales[] = {1, 0.25, 3, 1.7};
    int64_t probes = 0;
    for (int turn = 0; turn < 40; turn++) {
        struct ess_trace_map_settings settings = ess_trace_map_defaults();
        struct ess_trace_map map;
        settings.scale = scales[turn % 4];
        map = map_trace(&trace, &settings, 5, 400, 3, (uint32_t)turn);
        for (int32_t host = 0; host < 5; host++) {
            struct ess_trace_cursor cursor = ess_trace_map_begin(&map, host);
            struct ess_trace_interval up;
            int more = ess_trace_map_next(&map, &cursor, &up);
            for (int64_t t = S / 7; t < 400 * S; t += S / 3) {
                int64_t elapsed = (int64_t)((double)t / settings.scale);
                int64_t at = (map.offset_ns[host] + elapsed) % trace.window_ns;
                int wanted = 0, got, near = 0;
                for (int64_t i = trace.hosts[map.trace_host[host]].first;
                     i < trace.hosts[map.trace_host[host] + 1].first; i++) {
                    int64_t start = trace.intervals[i].start_ns, end = trace.intervals[i].end_ns;
                    wanted |= start <= at && at < end;
                    near |= llabs(at - start) < 10 || llabs(at - end) < 10; /* of rounding */
                }
                while (more && up.end_ns <= t) {
                    more = ess_trace_map_next(&map, &cursor, &up);
                }
                got = more && up.start_ns <= t;
                ESS_CHECK(near || got == wanted, "host %d at %lld", (int)host, (long long)t);
                probes++;
            }
        }
        ess_trace_map_fini(&map);
    }
    ess_test_note("%lld probes", (long long)probes);
    ess_trace_fini(&trace);
}

static void bad_settings(void) {
    struct ess_trace trace = staircase();
    struct ess_trace_map map;
    struct ess_trace_error error;
    struct ess_trace_map_settings settings = ess_trace_map_defaults();
    CU_ASSERT_EQUAL(ess_trace_map(&trace, &settings, 0, S, 1, 0, &map, &error), -1);
    CU_ASSERT_EQUAL(ess_trace_map(&trace, &settings, 1, 0, 1, 0, &map, &error), -1);
    settings.scale = NAN;
    CU_ASSERT_EQUAL(ess_trace_map(&trace, &settings, 1, S, 1, 0, &map, &error), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.found, "scale"));
    settings.scale = 1e-6;
    CU_ASSERT_EQUAL(ess_trace_map(&trace, &settings, 1, INT64_MAX, 1, 0, &map, &error), -1);
    ess_trace_fini(&trace);
    /* 2 s show 2 x 10^7 turns, whose sessions all round to nothing: refused, not gone through. */
    trace = read_text("#window,0,0.1\na,0,1e-7\n");
    CU_ASSERT_EQUAL(ess_trace_map(&trace, &settings, 1, 2 * S, 1, 0, &map, &error), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.expected, "16777216"));
    CU_ASSERT_PTR_NULL(map.trace_host);
    settings.scale = 1;
    settings.offset_ns = 101 * S;
    CU_ASSERT_EQUAL(ess_trace_map(&trace, &settings, 1, S, 1, 0, &map, &error), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.found, "offset"));
    ess_trace_fini(&trace);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"replay: offsets, seam, turns, scales", replays},
        {"hosts observed for a part of the trace", own_windows},
        {"draws are named by seed, replication and host", draws_are_named},
        {"replications differ, and evenly", replications_differ},
        {"more simulated hosts than trace hosts", hosts_used_again},
        {"offsets where nothing wraps", offsets_without_wrap},
        {"every instant agrees with the formula", slots_against_the_formula},
        {"bad settings are refused", bad_settings},
        {NULL, NULL},
    };
    return ess_test_main("trace mapping", tests);
}
