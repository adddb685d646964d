/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Traces of links: what each format means to the byte, what is refused and where, what follows the
 * end, and the real files. */
#include "ess_test.h"
#include "models/network/link_reader.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define MS INT64_C(1000000)
#define SECOND (1000 * MS)

static struct ess_link_trace read_text(const char *text, const char *format, int64_t bin_ns) {
    struct ess_link_trace trace;
    struct ess_trace_error error;
    int status = ess_link_trace_read_memory(
        "t", text, (int64_t)strlen(text), format, bin_ns, &trace, &error);
    CU_ASSERT_EQUAL(status, 0);
    if (status != 0) {
        ess_trace_error_print(&error, stdout);
    }
    CU_ASSERT_FATAL(status == 0);
    return trace;
}

static bool step_is(const struct ess_link_trace *trace, int64_t i, int64_t start_ns, double rate,
    int64_t delay_ns) {
    const struct ess_link_step *step = &trace->steps[i];
    return step->start_ns == start_ns && fabs(step->bytes_per_s - rate) <= 1e-9 * rate &&
           step->delay_ns == delay_ns;
}

/* ---- formats ----------------------------------------------------------------------------------
 */

static void own_format(void) {
    struct ess_link_trace trace = read_text("# a comment\n\ntime_s,rate_Mbit_s,delay_ms\n"
                                            "5,8,10\n6.5,8,10\n7,0,20.5\n10,16,10\n",
        NULL, MS);
    CU_ASSERT_STRING_EQUAL(trace.format, "csv");
    CU_ASSERT_EQUAL(trace.rows_read, 4);
    CU_ASSERT_EQUAL(trace.step_count, 2); /* equal neighbours are one */
    CU_ASSERT_EQUAL(trace.length_ns, 5 * SECOND);
    CU_ASSERT_TRUE(step_is(&trace, 0, 0, 1e6, 10 * MS));
    CU_ASSERT_TRUE(step_is(&trace, 1, 2 * SECOND, 0, 20500000));
    CU_ASSERT_TRUE(step_is(&trace, 2, 5 * SECOND, 2e6, 10 * MS));
    CU_ASSERT_EQUAL(ess_link_trace_bytes(&trace), 2e6);
    ess_link_trace_fini(&trace);
    trace = read_text("time_ms,rate_kbit_s\n0,80\n250,160\n", NULL, MS);
    CU_ASSERT_TRUE(step_is(&trace, 0, 0, 1e4, ESS_LINK_DELAY_OWN));
    CU_ASSERT_EQUAL(trace.length_ns, 250 * MS);
    ess_link_trace_fini(&trace);
}

/* The rate of a row is for the time before it. */
static void pensieve_format(void) {
    struct ess_link_trace trace = read_text("0.5\t99\n1.5 8\r\n4.5  0\n5.0 16\n", NULL, MS);
    CU_ASSERT_STRING_EQUAL(trace.format, "pensieve");
    CU_ASSERT_EQUAL(trace.step_count, 3);
    CU_ASSERT_TRUE(step_is(&trace, 0, 0, 1e6, ESS_LINK_DELAY_OWN));
    CU_ASSERT_TRUE(step_is(&trace, 1, SECOND, 0, ESS_LINK_DELAY_OWN));
    CU_ASSERT_TRUE(step_is(&trace, 2, 4 * SECOND, 2e6, ESS_LINK_DELAY_OWN));
    CU_ASSERT_TRUE(step_is(&trace, 3, 4500 * MS, 2e6, ESS_LINK_DELAY_OWN));
    CU_ASSERT_EQUAL(ess_link_trace_bytes(&trace), 2e6);
    ess_link_trace_fini(&trace);
}

/* 1500 bytes a line, whatever the bin; a bin of 1 ms keeps each millisecond apart. */
static void mahimahi_format(void) {
    const char *text = "0\n1\n2\n2\n2\n7\n10\n";
    static const int64_t bins_ns[] = {MS, 2 * MS, 3 * MS, 5 * MS, 10 * MS, 100 * MS};
    struct ess_link_trace trace;
    for (size_t i = 0; i < sizeof bins_ns / sizeof *bins_ns; i++) {
        trace = read_text(text, NULL, bins_ns[i]);
        CU_ASSERT_STRING_EQUAL(trace.format, "mahimahi");
        CU_ASSERT_EQUAL(trace.length_ns, 10 * MS);
        CU_ASSERT_DOUBLE_EQUAL(ess_link_trace_bytes(&trace), 7 * 1500.0, 1e-6);
        ess_link_trace_fini(&trace);
    }
    trace = read_text(text, "mahimahi", MS);
    CU_ASSERT_EQUAL(trace.step_count, 6);
    CU_ASSERT_TRUE(step_is(&trace, 0, 0, 3e6, ESS_LINK_DELAY_OWN));        /* 0 and 1 */
    CU_ASSERT_TRUE(step_is(&trace, 1, MS, 4.5e6, ESS_LINK_DELAY_OWN));     /* three times 2 */
    CU_ASSERT_TRUE(step_is(&trace, 2, 2 * MS, 0, ESS_LINK_DELAY_OWN));     /* until 6 */
    CU_ASSERT_TRUE(step_is(&trace, 3, 6 * MS, 1.5e6, ESS_LINK_DELAY_OWN)); /* 7 */
    CU_ASSERT_TRUE(step_is(&trace, 4, 7 * MS, 0, ESS_LINK_DELAY_OWN));
    CU_ASSERT_TRUE(step_is(&trace, 5, 9 * MS, 1.5e6, ESS_LINK_DELAY_OWN));
    ess_link_trace_fini(&trace);
}

static void checksums(void) {
    struct ess_link_trace one = read_text("time_s,rate_B_s\n0,5\n2,5\n", NULL, MS);
    struct ess_link_trace same = read_text("time_ms,rate_bit_s\n0,40\n500,40\n2000,40\n", NULL, MS);
    struct ess_link_trace other = read_text("time_s,rate_B_s\n0,5\n2,6\n", NULL, MS);
    CU_ASSERT_EQUAL(ess_link_trace_checksum(&one), ess_link_trace_checksum(&same));
    CU_ASSERT_NOT_EQUAL(ess_link_trace_checksum(&one), ess_link_trace_checksum(&other));
    ess_link_trace_fini(&one);
    ess_link_trace_fini(&same);
    ess_link_trace_fini(&other);
}

/* ---- bad input --------------------------------------------------------------------------------
 */

static void refusals(void) {
    static const struct {
        const char *text, *format, *message;
    } cases[] = {
        {"", NULL, "t: found an empty file, expected a link trace"},
        {"hello\n", NULL,
            "t: found hello?, expected the first bytes of one of the link formats csv, "
            "mahimahi, pensieve"},
        {"1 2\n", "fcc",
            "t: found fcc, expected the name of one of the link formats csv, mahimahi, "
            "pensieve"},
        {"0 1\n5 1\n4 1\n", NULL,
            "t:3: found 4 1, expected a clock that goes forwards, from row to row"},
        {"0 1\n5 1\n5 2\n", NULL,
            "t:3: found 5 2, expected a clock that goes forwards, from row to row"},
        {"0 1\n5 -1\n", NULL,
            "t:2: found -1, expected a rate in Mbit/s, a decimal number from 0 to 4e9"},
        {"0 1\n5 inf\n", NULL,
            "t:2: found inf, expected a rate in Mbit/s, a decimal number from 0 to 4e9"},
        {"0 1\n5 1e8\n", NULL, "t:2: found 1.25e+13 bytes/s, expected a rate of at most 10 Tbit/s"},
        {"0 1\n5\n", NULL, "t:2: found 5, expected two columns: seconds and Mbit/s"},
        {"0 1\n", NULL,
            "t:2: found no row, expected at least two rows: the last one says where the trace "
            "ends"},
        {"0 1\n5 1", NULL,
            "t:2: found a file that stops in the middle, expected a whole file, whose last "
            "line ends with a line feed"},
        {"1\n2\n1\n", NULL,
            "t:3: found 1 ms after 2 ms, expected a clock that does not go backwards"},
        {"1\n\n", NULL,
            "t:2: found , expected a whole number of milliseconds from 0 to 4e12, and nothing "
            "else"},
        {"1\n2.5\n", NULL,
            "t:2: found 2.5, expected a whole number of milliseconds from 0 to 4e12, and "
            "nothing else"},
        {"0\n0\n", NULL,
            "t:3: found the end at 0 ms, expected a last line after the first millisecond"},
        {"time,rate\n0,1\n", NULL,
            "t:1: found time,rate, expected a header with units: time_s (or _ms), rate_Mbit_s "
            "(or _bit_s, _kbit_s, _Gbit_s, _B_s), and where wanted delay_ms (or _s, _us)"},
        {"time_s,rate_Mbit_s\n0,1\n1,1,1\n", NULL,
            "t:3: found 1,1,1, expected 2 fields, as in the header"},
        {"time_s,rate_Mbit_s\n3,1\n2,1\n", NULL,
            "t:3: found -1 s after 0 s, expected a clock that goes forwards, counted from its "
            "start"},
        {"time_s,rate_Mbit_s,delay_s\n3,1,601\n", NULL,
            "t:2: found 601, expected at most ten minutes"},
        {"time_s,rate_Mbit_s\n", NULL,
            "t:2: found no row, expected at least two rows: the last one says where the trace "
            "ends"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ess_link_trace trace;
        struct ess_trace_error error;
        char *message = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&message, &bytes);
        int status = ess_link_trace_read_memory("t", cases[i].text, (int64_t)strlen(cases[i].text),
            cases[i].format, 100 * MS, &trace, &error);
        CU_ASSERT_EQUAL(status, -1);
        CU_ASSERT_PTR_NULL(trace.steps);
        ess_trace_error_print(&error, out);
        fclose(out);
        message[strcspn(message, "\n")] = '\0';
        ESS_CHECK(strcmp(message, cases[i].message) == 0, "\n  found    %s\n  expected %s", message,
            cases[i].message);
        free(message);
    }
    ess_test_note("%zu texts refused with exact messages", sizeof cases / sizeof *cases);
}

/* A gzip file cut anywhere is refused, whole it is read. */
static void cut_gzip(void) {
    char path[] = "/tmp/ess_link_XXXXXX";
    int file = mkstemp(path);
    gzFile zip = gzdopen(file, "wb");
    struct ess_link_trace trace;
    struct ess_trace_error error;
    struct stat status;
    CU_ASSERT_FATAL(zip != NULL);
    for (int i = 0; i < 5000; i++) {
        gzprintf(zip, "%d\n", 1 + i * 7 / 3 + i % 2);
    }
    gzclose(zip);
    CU_ASSERT_EQUAL_FATAL(ess_link_trace_read(path, NULL, 100 * MS, &trace, &error), 0);
    CU_ASSERT_EQUAL(trace.rows_read, 5000);
    ess_link_trace_fini(&trace);
    CU_ASSERT_EQUAL_FATAL(stat(path, &status), 0);
    for (int64_t cut = 1; cut < 8; cut++) {
        CU_ASSERT_EQUAL(truncate(path, status.st_size * (8 - cut) / 8), 0);
        CU_ASSERT_EQUAL(ess_link_trace_read(path, "mahimahi", 100 * MS, &trace, &error), -1);
    }
    remove(path);
    CU_ASSERT_EQUAL(ess_link_trace_read(path, NULL, MS, &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.found, "No such file or directory");
}

/* ---- playing ----------------------------------------------------------------------------------
 */

#define CHANGES_MOST 12
struct change {
    int64_t at_s;
    double rate;
};

/* 1 B/s for 2 s, 0 for 1 s, 3 B/s for 1 s; 4 B/s after the end. */
static const char *const four_seconds = "time_s,rate_B_s\n0,1\n2,0\n3,3\n4,4\n";

static void play(enum ess_link_end end, int64_t offset_s, const struct change *wanted) {
    struct ess_link_trace trace = read_text(four_seconds, NULL, MS);
    struct ess_link_player player;
    struct ess_link_step step;
    int64_t at_ns;
    ess_link_player_init(&player, &trace, end, offset_s * SECOND);
    for (int i = 0; wanted[i].at_s >= 0; i++) {
        CU_ASSERT_TRUE_FATAL(ess_link_player_next(&player, &at_ns, &step));
        ESS_CHECK(at_ns == wanted[i].at_s * SECOND && step.bytes_per_s == wanted[i].rate,
            "end %d, offset %d, change %d: at %.3f s %g B/s", (int)end, (int)offset_s, i,
            1e-9 * (double)at_ns, step.bytes_per_s);
    }
    if (end != ESS_LINK_LOOP) {
        CU_ASSERT_FALSE(ess_link_player_next(&player, &at_ns, &step));
    }
    ess_link_trace_fini(&trace);
}

static void ends(void) {
    static const struct change hold[] = {{0, 1}, {2, 0}, {3, 3}, {4, 4}, {-1, 0}},
                               stop[] = {{0, 1}, {2, 0}, {3, 3}, {4, 0}, {-1, 0}},
                               loop[] = {{0, 1}, {2, 0}, {3, 3}, {4, 1}, {6, 0}, {7, 3}, {8, 1},
                                   {10, 0}, {-1, 0}},
                               late[] = {{0, 0}, {1, 3}, {2, 4}, {-1, 0}},
                               around[] = {{0, 3}, {1, 1}, {3, 0}, {4, 3}, {5, 1}, {-1, 0}},
                               past[] = {{0, 4}, {-1, 0}}, gone[] = {{0, 0}, {-1, 0}};
    play(ESS_LINK_HOLD, 0, hold);
    play(ESS_LINK_STOP, 0, stop);
    play(ESS_LINK_LOOP, 0, loop);
    play(ESS_LINK_HOLD, 2, late);
    play(ESS_LINK_LOOP, 3, around);
    play(ESS_LINK_LOOP, 7, around);
    play(ESS_LINK_HOLD, 4, past);
    play(ESS_LINK_HOLD, 400, past);
    play(ESS_LINK_STOP, 400, gone);
}

/* When an outage ends: within the turn, in the next one, never. */
static void outages(void) {
    struct ess_link_trace trace = read_text("time_s,rate_B_s\n0,1\n2,0\n4,0\n", NULL, MS);
    struct ess_link_trace dead = read_text("time_s,rate_B_s\n0,0\n4,0\n", NULL, MS);
    static const enum ess_link_end all[] = {ESS_LINK_HOLD, ESS_LINK_LOOP, ESS_LINK_STOP};
    static const int64_t until[] = {INT64_MAX, 4 * SECOND, INT64_MAX};
    struct ess_link_player player;
    struct ess_link_step step;
    int64_t at_ns;
    for (int i = 0; i < 3; i++) {
        ess_link_player_init(&player, &trace, all[i], 0);
        CU_ASSERT_TRUE(ess_link_player_next(&player, &at_ns, &step));
        CU_ASSERT_TRUE(ess_link_player_next(&player, &at_ns, &step));
        CU_ASSERT_EQUAL(step.bytes_per_s, 0);
        CU_ASSERT_EQUAL(ess_link_player_carries_ns(&player), until[i]);
        ess_link_player_init(&player, &dead, all[i], SECOND);
        CU_ASSERT_EQUAL(ess_link_player_carries_ns(&player), INT64_MAX);
    }
    ess_link_trace_fini(&trace);
    ess_link_trace_fini(&dead);
}

/* ---- real files -------------------------------------------------------------------------------
 */

static const char *data_folder(void) {
    const char *folder = getenv("ESSAIM_DATA");
    struct stat info;
    folder = folder && *folder ? folder : "../shared/data";
    return stat(folder, &info) == 0 ? folder : NULL;
}

/* Packets, and the mean rate as the data's own description has it. */
static void real_mahimahi(const char *folder) {
    static const struct {
        const char *name;
        int64_t packets, last_ms;
    } files[] = {{"ATT-LTE-driving-2016.down.gz", 45604, 120002},
        {"ATT-LTE-driving-2016.up.gz", 19101, 120002},
        {"TMobile-LTE-short.down.gz", 194846, 139986}, {"TMobile-LTE-short.up.gz", 155381, 140000}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        struct ess_link_trace trace;
        struct ess_trace_error error;
        snprintf(path, sizeof path, "%s/network/bw-mahimahi-cellular/%s", folder, files[i].name);
        for (int64_t bin_ns = MS; bin_ns <= 1000 * MS; bin_ns *= 10) {
            CU_ASSERT_EQUAL_FATAL(ess_link_trace_read(path, NULL, bin_ns, &trace, &error), 0);
            CU_ASSERT_STRING_EQUAL(trace.format, "mahimahi");
            CU_ASSERT_EQUAL(trace.rows_read, files[i].packets);
            CU_ASSERT_EQUAL(trace.length_ns, files[i].last_ms * MS);
            CU_ASSERT_DOUBLE_EQUAL(
                ess_link_trace_bytes(&trace), 1500.0 * (double)files[i].packets, 1e-3);
            ess_link_trace_fini(&trace);
        }
    }
}

static void real_pensieve(const char *folder, const char *pattern, int files, int64_t rows) {
    char command[700], path[512];
    FILE *list;
    int count = 0;
    int64_t read = 0;
    snprintf(command, sizeof command, "ls %s/network/%s", folder, pattern);
    list = popen(command, "r");
    while (list && fgets(path, sizeof path, list)) {
        struct ess_link_trace trace;
        struct ess_trace_error error = {.line = 0};
        path[strcspn(path, "\n")] = '\0';
        CU_ASSERT_EQUAL_FATAL(ess_link_trace_read(path, NULL, MS, &trace, &error), 0);
        CU_ASSERT_STRING_EQUAL(trace.format, "pensieve");
        read += trace.rows_read;
        count++;
        ess_link_trace_fini(&trace);
    }
    pclose(list);
    CU_ASSERT_EQUAL(count, files);
    CU_ASSERT_EQUAL(read, rows);
    ess_test_note("%s: %d files, %lld rows", pattern, count, (long long)read);
}

static void real_files(void) {
    const char *folder = data_folder();
    if (!folder) {
        ess_test_skip("no real data: ESSAIM_DATA");
        return;
    }
    real_mahimahi(folder);
    real_pensieve(folder, "bw-fcc-broadband/cooked_traces/*", 41, 12247);
    real_pensieve(folder, "bw-norway-hsdpa/cooked*/*", 146, 66040);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"Essaim's own format", own_format},
        {"Pensieve's: a rate is for the time before", pensieve_format},
        {"mahimahi's: 1500 bytes a line in any bin", mahimahi_format},
        {"equal content, equal checksum", checksums},
        {"what is refused, and where", refusals},
        {"a gzip file cut short", cut_gzip},
        {"hold, loop, stop, offsets", ends},
        {"when an outage ends", outages},
        {"real files", real_files},
        {NULL, NULL},
    };
    return ess_test_main("link traces", tests);
}
