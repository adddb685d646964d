/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "models/availability/builder.h"
#include "models/availability/number.h"
#include "models/availability/trace.h"

#include <string.h>

#define S INT64_C(1000000000)

/* Counts of a repair in the order of struct ess_trace_repairs. */
static int repairs_are(const struct ess_trace *trace, struct ess_trace_repairs wanted) {
    return memcmp(&trace->repairs, &wanted, sizeof wanted) == 0;
}

static int read_text(const char *format, const char *text, struct ess_trace *trace) {
    struct ess_trace_error error;
    int status = ess_trace_read_memory("text", text, (int64_t)strlen(text), format, trace, &error);
    if (status != 0) {
        ess_test_note(
            "line %lld: found %s, expected %s", (long long)error.line, error.found, error.expected);
    }
    return status;
}

/* The sessions of a host as "start-end start-end" in seconds from the file's zero. */
static const char *sessions(const struct ess_trace *trace, int32_t host) {
    static char text[512];
    size_t used = 0;
    text[0] = 0;
    for (int64_t i = trace->hosts[host].first; i < trace->hosts[host + 1].first; i++) {
        const struct ess_trace_interval *up = &trace->intervals[i];
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%g-%g",
            i > trace->hosts[host].first ? " " : "",
            (double)(up->start_ns + trace->origin_ns) / 1e9,
            (double)(up->end_ns + trace->origin_ns) / 1e9);
    }
    return text;
}

/* Text, wanted repairs, wanted sessions of the first host. */
struct repair_case {
    const char *what, *format, *text, *first_host;
    struct ess_trace_repairs repairs;
};

static const char fta_header[] = "event_id component_id node_id platform_id node_name event_type "
                                 "event_start_time event_stop_time event_end_reason\n";

static const struct repair_case repair_cases[] = {
    {"clean", "csv", "host,start,end\na,0,5\na,6,9\nb,1,2\n", "0-5 6-9", {0}},
    {"overlapping", "csv", "a,0,5\na,3,8\na,4,6\na,10,12\n", "0-8 10-12", {.overlapping = 2}},
    {"the same row twice", "csv", "a,0,5\na,0,5\n", "0-5", {.overlapping = 1}},
    {"touching", "csv", "a,0,5\na,5,8\n", "0-5 5-8", {.touching = 1}},
    {"reversed", "csv", "a,0,5\na,9,7\n", "0-5", {.reversed = 1}},
    {"empty", "csv", "a,0,5\na,7,7\n", "0-5", {.empty = 1}},
    {"unsorted", "csv", "a,8,9\na,0,5\na,6,7\n", "0-5 6-7 8-9", {.unsorted = 1}},
    {"unsorted and touching", "csv", "a,5,9\na,0,5\n", "0-5 5-9", {.unsorted = 1, .touching = 1}},
    {"hosts in turn are not unsorted", "csv", "a,8,9\nb,0,5\na,10,11\n", "8-9 10-11", {0}},
    {"bad numbers", "csv", "a,0,5\na,-1,5\na,nan,7\na,8,inf\na,,9\na,1e99,2\na,NULL,2\n", "0-5",
        {.bad_numbers = 6}},
    {"torn last line", "csv", "a,0,5\na,7,8\na,9,1", "0-5 7-8", {.truncated = 1}},
    {"host without sessions", "csv", "a,0,5\nb,3,3\nc,7,2\n", "0-5",
        {.empty = 1, .reversed = 1, .hosts_dropped = 2}},
    {"first host dropped", "csv", "z,4,1\na,0,5\n", "0-5", {.reversed = 1, .hosts_dropped = 1}},
    {"window cuts", "csv", "#window,2,10\na,0,5\na,8,12\na,11,13\nb,3,4\n", "2-5 8-10",
        {.clipped = 3}},
    {"window in the middle of the file", "csv", "a,0,5\n#window,1,4\n", "1-4", {.clipped = 1}},
    {"blanks, comments, carriage returns, byte order mark", "csv",
        "\xef\xbb\xbf# c\r\n\r\n host , start , end \r\n a , 0 , 5 \r\n", "0-5", {0}},
    {"unknown codes", "fta",
        "#0 0 1 3 n 0 0 1 8000\n0 0 1 3 n 1 1 4 7\n1 0 1 3 n 2 4 6 7\n2 0 1 3 n x 6 8 7\n", "1-4",
        {.unknown_codes = 2}},
    {"NULL times and reasons", "fta", "0 0 1 3 n 1 1 4 NULL\n1 0 1 3 n 1 NULL 6 NULL\n", "1-4",
        {.bad_numbers = 1}},
    {"contradicted", "fta", "0 0 1 3 n 1 1 4 7\n1 0 1 3 n 0 3 6 8000\n2 0 1 3 n 0 6 8 8000\n",
        "1-4", {.contradicted = 1}},
    {"zero outage", "fta", "0 0 1 3 n 1 1 4 7\n1 0 1 3 n 0 4 4 8000\n2 0 1 3 n 1 4 6 7\n",
        "1-4 4-6", {.empty = 1, .touching = 1}},
    {"torn last row", "fta", "0 0 1 3 n 1 1 4 7\n0 0 1 3 n 1 5 6", "1-4", {.truncated = 1}},
    {"samples", "skypilot", "{\"metadata\":{\"gap_seconds\":10},\"data\":[0,1,2,2,0,1]}",
        "10-40 50-60", {0}},
    {"data before metadata, members of others", "skypilot",
        "{\"x\":[{\"y\":\"\\u00e9\\n\"},true,-1.5e3],\"data\":[1,0],\"metadata\":{\"z\":{},"
        "\"gap_seconds\":0.5}}\n",
        "0-0.5", {0}},
    {"samples of no value", "skypilot",
        "{\"metadata\":{\"gap_seconds\":10},\"data\":[1,null,1,NaN,-1,0.5,1.0]}",
        "0-10 20-30 60-70", {.bad_numbers = 4}},
    {"cut in a sample", "skypilot", "{\"metadata\":{\"gap_seconds\":10},\"data\":[1,1,0,1,1",
        "0-20 30-40", {.truncated = 1}},
    {"cut in another member", "skypilot",
        "{\"metadata\":{\"gap_seconds\":10},\"data\":[1,1,0,1,1],\"prices\":[0.5,", "0-20 30-50",
        {.truncated = 1}},
};

static void repairs_are_counted(void) {
    int count = (int)(sizeof repair_cases / sizeof repair_cases[0]);
    for (int i = 0; i < count; i++) {
        const struct repair_case *c = &repair_cases[i];
        struct ess_trace trace;
        ESS_CHECK(read_text(c->format, c->text, &trace) == 0, "%s", c->what);
        ESS_CHECK(repairs_are(&trace, c->repairs), "%s", c->what);
        ESS_CHECK(strcmp(sessions(&trace, 0), c->first_host) == 0, "%s: %s, not %s", c->what,
            sessions(&trace, 0), c->first_host);
        CU_ASSERT_EQUAL(trace.hosts[trace.host_count].first, trace.interval_count);
        ess_trace_fini(&trace);
    }
    ess_test_note("%d cases", count);
}

struct error_case {
    const char *format, *text, *expected; /* a part of the message */
    int64_t line;
};

static const struct error_case error_cases[] = {
    {"csv", "a,0,5\nb,1\n", "three fields", 2},
    {"csv", "a,0,5\nb,one,2\n", "decimal seconds", 2},
    {"csv", "a,0,5\nhost,start,end\n", "decimal seconds", 2},
    {"csv", "a,0,5\n,1,2\n", "the name of a host", 2},
    {"csv", "a,0,5\n\xc3(,1,2\n", "UTF-8", 2},
    {"csv", "a,0,5\n\xed\xa0\x80,1,2\n", "UTF-8", 2},
    {"csv", "#window,5,1\na,0,5\n", "start < end", 1},
    {"csv", "#window,1\na,0,5\n", "#window", 1},
    {"csv", "#window,0,9\n#window,0,9\na,0,5\n", "one window", 2},
    {"csv", "a,5,0\n", "at least one host", 0},
    {"csv", "host,start,end\n", "at least one host", 0},
    {"csv", "a,0,5", "at least one host", 0},
    {"csv", "#window,0,5\na,6,7\n", "at least one host", 0},
    {"fta", "0 0 1 3 n 1 1\n", "at least 8 columns", 1},
    {"fta", "0 0 1 3 n 1 x 4 7\n", "seconds in event_start_time", 1},
    {"fta", "event_id component_id platform_id node_id n event_type a b\n", "the column node_id",
        1},
    {"fta", "0 0 1 3 n 0 1 4 7\n", "at least one host", 0},
    {"skypilot", "{\"data\":[1,0]}", "gap_seconds in metadata", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":[]}", "samples in data", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1}}", "samples in data", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":0},\"data\":[1]}", "gap_seconds above 0", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":-3},\"data\":[1]}", "gap_seconds above 0", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1e99},\"data\":[1]}", "gap_seconds above 0", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":[1],\"data\":[1]}", "only once", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\n\"data\":[1 2]}", "']'", 2},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":[1,]}", "a value", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":[01]}", "a number", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":[5000]}", "4096 instances", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":[1]}x", "closing brace", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":1},\"data\":{\"a\":1}}", "'['", 1},
    {"skypilot", "{\"metadata\":{\"gap_seconds\":10},\"da", "'\"'", 1},
    {"skypilot", "{\"data\":[1,2", "a whole number", 1},
    {"skypilot", "{\"data\":[1],\"metadata\":{\"gap_seconds\":0.5", "a whole number", 1},
    {"nonesuch", "a,0,5\n", "csv, fta, skypilot", 0},
    {NULL, "<html></html>\n", "csv, fta, skypilot", 0},
    {NULL, "", "a trace", 0},
    {NULL, "0,add,node1\n", "csv, fta, skypilot", 0},
};

static void errors_name_the_place(void) {
    int count = (int)(sizeof error_cases / sizeof error_cases[0]);
    for (int i = 0; i < count; i++) {
        const struct error_case *c = &error_cases[i];
        struct ess_trace trace;
        struct ess_trace_error error;
        int64_t bytes = (int64_t)strlen(c->text);
        int status = ess_trace_read_memory("text", c->text, bytes, c->format, &trace, &error);
        if (strcmp(c->expected, "'\"'") == 0) {
            CU_ASSERT_EQUAL(status, -1); /* cut inside a key: what is missing is said in words */
            continue;
        }
        ESS_CHECK(status == -1, "%s", c->text);
        ESS_CHECK(strstr(error.expected, c->expected) != NULL, "%s: expected %s", c->text,
            error.expected);
        ESS_CHECK(error.line == c->line, "%s: line %lld", c->text, (long long)error.line);
        CU_ASSERT_PTR_NULL(trace.hosts);
        CU_ASSERT_PTR_NULL(trace.intervals);
        CU_ASSERT_EQUAL(trace.host_count, 0);
        CU_ASSERT_STRING_EQUAL(error.file, "text");
    }
    ess_test_note("%d cases", count);
}

static void bytes_that_are_no_text(void) {
    static const char with_nul[] = "a,0,5\na\0b,1,2\n";
    struct ess_trace trace;
    struct ess_trace_error error;
    static char wide[8192];
    static const char opening[] = {'{', '"', 'x', '"', ':'};
    CU_ASSERT_EQUAL(
        ess_trace_read_memory("t", with_nul, sizeof with_nul - 1, "csv", &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.found, "a NUL byte");
    CU_ASSERT_EQUAL(error.line, 2);
    memset(wide, 'x', 8192);
    CU_ASSERT_EQUAL(ess_trace_read_memory("t", wide, 8192, "csv", &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.found, "a longer line");
    memset(wide, '[', 8192);
    memcpy(wide, opening, sizeof opening);
    CU_ASSERT_EQUAL(ess_trace_read_memory("t", wide, 8192, NULL, &trace, &error), -1);
    CU_ASSERT_PTR_NOT_NULL(strstr(error.expected, "32 deep"));
}

struct number_case {
    const char *text;
    enum ess_trace_number kind;
    int64_t ns;
};

static void seconds_are_exact(void) {
    static const struct number_case cases[] = {
        {"0", ESS_TRACE_NUMBER_GOOD, 0},
        {"0.1", ESS_TRACE_NUMBER_GOOD, 100000000},
        {"1099755300", ESS_TRACE_NUMBER_GOOD, INT64_C(1099755300) * S},
        {"1099755300.123456789", ESS_TRACE_NUMBER_GOOD, INT64_C(1099755300123456789)},
        {"1.0000000005", ESS_TRACE_NUMBER_GOOD, S + 1},
        {"1.00000000049999", ESS_TRACE_NUMBER_GOOD, S},
        {"1.09e9", ESS_TRACE_NUMBER_GOOD, INT64_C(1090000000) * S},
        {"5e-9", ESS_TRACE_NUMBER_GOOD, 5},
        {"5e-10", ESS_TRACE_NUMBER_GOOD, 1},
        {"4e-10", ESS_TRACE_NUMBER_GOOD, 0},
        {"0e999999999999", ESS_TRACE_NUMBER_GOOD, 0},
        {"+3.", ESS_TRACE_NUMBER_GOOD, 3 * S},
        {".5", ESS_TRACE_NUMBER_GOOD, S / 2},
        {"-0", ESS_TRACE_NUMBER_GOOD, 0},
        {"4000000000", ESS_TRACE_NUMBER_GOOD, INT64_C(4000000000) * S},
        {"4000000000.000000001", ESS_TRACE_NUMBER_BAD, 0},
        {"99999999999999999999999", ESS_TRACE_NUMBER_BAD, 0},
        {"1e999999999999", ESS_TRACE_NUMBER_BAD, 0},
        {"-1", ESS_TRACE_NUMBER_BAD, 0},
        {"-inf", ESS_TRACE_NUMBER_BAD, 0},
        {"NaN", ESS_TRACE_NUMBER_BAD, 0},
        {"NULL", ESS_TRACE_NUMBER_BAD, 0},
        {"", ESS_TRACE_NUMBER_BAD, 0},
        {"1e", ESS_TRACE_NOT_A_NUMBER, 0},
        {"0x10", ESS_TRACE_NOT_A_NUMBER, 0},
        {"1,5", ESS_TRACE_NOT_A_NUMBER, 0},
        {"1 5", ESS_TRACE_NOT_A_NUMBER, 0},
        {".", ESS_TRACE_NOT_A_NUMBER, 0},
        {"five", ESS_TRACE_NOT_A_NUMBER, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ns = -1;
        enum ess_trace_number kind =
            ess_trace_seconds(cases[i].text, (int64_t)strlen(cases[i].text), &ns);
        ESS_CHECK(kind == cases[i].kind, "%s: kind %d", cases[i].text, (int)kind);
        ESS_CHECK(kind != ESS_TRACE_NUMBER_GOOD || ns == cases[i].ns, "%s: %lld ns", cases[i].text,
            (long long)ns);
    }
}

static void windows_and_censoring(void) {
    struct ess_trace trace;
    char table[512];
    CU_ASSERT_EQUAL_FATAL(read_text("csv", "a,10,15\nb,12,20\n", &trace), 0);
    CU_ASSERT_EQUAL(trace.origin_ns, 10 * S);
    CU_ASSERT_EQUAL(trace.window_ns, 10 * S);
    CU_ASSERT(trace.hosts[0].censored_start && !trace.hosts[0].censored_end);
    CU_ASSERT(!trace.hosts[1].censored_start && trace.hosts[1].censored_end);
    ess_trace_fini(&trace);
    snprintf(table, sizeof table, "%s%s", fta_header,
        "0 0 1 3 n 0 5 6 8000\n1 0 1 3 n 1 6 9 7\n0 0 2 3 n 1 1 4 7\n0 1 2 3 n 1 2 3 7\n");
    CU_ASSERT_EQUAL_FATAL(read_text(NULL, table, &trace), 0);
    CU_ASSERT_STRING_EQUAL(trace.format, "fta");
    CU_ASSERT_EQUAL(trace.host_count, 3);
    CU_ASSERT_STRING_EQUAL(ess_trace_host_name(&trace, 0), "3/1/0");
    CU_ASSERT_STRING_EQUAL(ess_trace_host_name(&trace, 2), "3/2/1");
    CU_ASSERT_EQUAL(trace.window_ns, 8 * S);
    CU_ASSERT_EQUAL(trace.hosts[0].window_start_ns, 4 * S);
    CU_ASSERT_EQUAL(trace.hosts[0].window_end_ns, 8 * S);
    CU_ASSERT(!trace.hosts[0].censored_start && trace.hosts[0].censored_end);
    CU_ASSERT(trace.hosts[1].censored_start && trace.hosts[1].censored_end);
    ess_trace_fini(&trace);
}

static void formats_are_told_apart(void) {
    static const char *const texts[][2] = {
        {"csv", "host,start,end\na,0,5\n"},
        {"csv", "# note\n\na,0,5\n"},
        {"csv", "a,NULL,5\nb,1,2\n"},
        {"fta", "#event_id\tcomponent_id node_id platform_id node_name event_type "
                "event_start_time event_stop_time event_end_reason\n0 0 1 3 n 1 1 4 NULL\n"},
        {"fta", "# event_id component_id node_id platform_id node_name event_type "
                "event_start_time event_stop_time event_end_reason\n0 0 1 3 n 1 1 4 NULL\n"},
        {"fta", "  0\t 0\t1   3 n 1 1 \t 4 2\n"},
        {"skypilot", " \n{\"metadata\":{\"gap_seconds\":10},\"data\":[1]}"},
        {"skypilot", "{\"data\":[1],\"metadata\":{\"gap_seconds\":10}}"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ess_trace trace;
        ESS_CHECK(read_text(NULL, texts[i][1], &trace) == 0, "%s", texts[i][1]);
        CU_ASSERT_STRING_EQUAL(trace.format, texts[i][0]);
        CU_ASSERT_EQUAL(trace.host_count, 1);
        ess_trace_fini(&trace);
    }
}

/* Many hosts: the table of names grows, and each name keeps its own rows. */
static void many_hosts(void) {
    struct ess_trace_error error;
    struct ess_trace_builder builder;
    struct ess_trace trace;
    const int32_t hosts = 20000;
    char name[32];
    ess_trace_builder_init(&builder, &error);
    for (int round = 0; round < 2; round++) {
        for (int32_t h = 0; h < hosts; h++) {
            int length = snprintf(name, sizeof name, "h%d", (int)(h * 7919 % hosts));
            int32_t index = ess_trace_builder_host(&builder, name, length);
            int64_t start_ns = h + round * (int64_t)hosts;
            CU_ASSERT_EQUAL_FATAL(index, h);
            CU_ASSERT_EQUAL_FATAL(
                ess_trace_builder_row(&builder, index, 1, start_ns, start_ns + 1), 0);
        }
    }
    CU_ASSERT_EQUAL_FATAL(ess_trace_builder_finish(&builder, &trace), 0);
    ess_trace_builder_fini(&builder);
    CU_ASSERT_EQUAL(trace.host_count, hosts);
    CU_ASSERT_EQUAL(trace.interval_count, 2 * hosts);
    CU_ASSERT_STRING_EQUAL(ess_trace_host_name(&trace, 1), "h7919");
    CU_ASSERT_EQUAL(trace.intervals[trace.hosts[77].first].start_ns, 77);
    CU_ASSERT_EQUAL(trace.intervals[trace.hosts[77].first + 1].start_ns, 77 + hosts);
    ess_trace_fini(&trace);
}

/* Whatever order the rows come in, the sessions are those of a bit map filled row by row. */
static void random_rows_against_a_bit_map(void) {
    enum { SLOTS = 64, ROUNDS = 2000 };
    uint32_t state = 12345;
    int64_t intervals = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct ess_trace_error error;
        struct ess_trace_builder builder;
        struct ess_trace trace;
        char wanted[SLOTS] = {0}, got[SLOTS] = {0};
        ess_trace_builder_init(&builder, &error);
        CU_ASSERT_EQUAL_FATAL(ess_trace_builder_host(&builder, "h", 1), 0);
        CU_ASSERT_EQUAL_FATAL(ess_trace_builder_window(&builder, 0, SLOTS), 0);
        for (int row = 0; row < 12; row++) {
            int64_t start, end;
            state = state * 1664525 + 1013904223;
            start = state >> 26;
            end = start + (state >> 16) % 9;
            CU_ASSERT_EQUAL_FATAL(ess_trace_builder_row(&builder, 0, 1, start, end), 0);
            for (int64_t slot = start; slot < end && slot < SLOTS; slot++) {
                wanted[slot] = 1;
            }
        }
        CU_ASSERT_EQUAL_FATAL(ess_trace_builder_finish(&builder, &trace), 0);
        for (int64_t i = 0; i < trace.interval_count; i++) {
            CU_ASSERT_FATAL(i == 0 || trace.intervals[i - 1].end_ns <= trace.intervals[i].start_ns);
            for (int64_t slot = trace.intervals[i].start_ns; slot < trace.intervals[i].end_ns;
                 slot++) {
                got[slot]++;
            }
        }
        intervals += trace.interval_count;
        CU_ASSERT_EQUAL_FATAL(memcmp(wanted, got, SLOTS), 0);
        ess_trace_fini(&trace);
        ess_trace_builder_fini(&builder);
    }
    ess_test_note("%d traces, %lld sessions", ROUNDS, (long long)intervals);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"each repair is done and counted", repairs_are_counted},
        {"errors name line, found and expected, and leave nothing", errors_name_the_place},
        {"NUL bytes, endless lines and deep nesting are refused", bytes_that_are_no_text},
        {"decimal seconds become nanoseconds exactly", seconds_are_exact},
        {"windows and censored sessions", windows_and_censoring},
        {"formats are recognised", formats_are_told_apart},
        {"twenty thousand hosts keep their rows", many_hosts},
        {"random rows give the union of the rows", random_rows_against_a_bit_map},
        {NULL, NULL},
    };
    return ess_test_main("trace", tests);
}
