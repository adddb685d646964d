/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "models/availability/info.h"
#include "models/availability/trace.h"
#include "models/availability/write.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

/* Files as they are found: plain, packed, cut short, real ones. */

static char scratch_path[64];

static const char *write_scratch(const void *bytes, size_t count) {
    int file;
    ssize_t written;
    strcpy(scratch_path, "/tmp/essaim-trace-XXXXXX");
    file = mkstemp(scratch_path);
    CU_ASSERT_FATAL(file >= 0);
    written = write(file, bytes, count);
    CU_ASSERT_EQUAL_FATAL(written, (ssize_t)count);
    close(file);
    return scratch_path;
}

static size_t pack(const void *bytes, size_t count, unsigned char *packed, size_t room) {
    const char *path = write_scratch("", 0);
    gzFile file = gzopen(path, "wb");
    FILE *back;
    size_t size;
    CU_ASSERT_FATAL(gzwrite(file, bytes, (unsigned)count) == (int)count);
    gzclose(file);
    back = fopen(path, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(back);
    size = fread(packed, 1, room, back);
    fclose(back);
    unlink(path);
    return size;
}

static int same_trace(const struct ess_trace *a, const struct ess_trace *b) {
    if (a->host_count != b->host_count || a->interval_count != b->interval_count ||
        a->window_ns != b->window_ns || a->origin_ns != b->origin_ns) {
        return 0;
    }
    for (int32_t h = 0; h < a->host_count; h++) {
        if (strcmp(ess_trace_host_name(a, h), ess_trace_host_name(b, h)) != 0 ||
            a->hosts[h].first != b->hosts[h].first) {
            return 0;
        }
    }
    return memcmp(a->intervals, b->intervals, (size_t)a->interval_count * sizeof *a->intervals) ==
           0;
}

/* 3000 sessions of 30 hosts, so that a packed file is cut in the middle of something. */
static size_t make_table(char *text, size_t room) {
    size_t used = 0;
    for (int i = 0; i < 3000; i++) {
        used += (size_t)snprintf(text + used, room - used, "host-%d,%d,%d.%03d\n", i % 30, i * 10,
            i * 10 + 200 + i * 7919 % 90, i * 31 % 1000);
    }
    return used;
}

static void packed_equals_plain(void) {
    static char text[200000];
    static unsigned char packed[200000];
    size_t count = make_table(text, sizeof text);
    size_t packed_count = pack(text, count, packed, sizeof packed);
    struct ess_trace plain, unpacked, memory;
    struct ess_trace_error error;
    CU_ASSERT_EQUAL_FATAL(ess_trace_read(write_scratch(text, count), NULL, &plain, &error), 0);
    unlink(scratch_path);
    CU_ASSERT_EQUAL_FATAL(
        ess_trace_read(write_scratch(packed, packed_count), NULL, &unpacked, &error), 0);
    unlink(scratch_path);
    CU_ASSERT_EQUAL_FATAL(
        ess_trace_read_memory("m", text, (int64_t)count, NULL, &memory, &error), 0);
    CU_ASSERT(same_trace(&plain, &unpacked));
    CU_ASSERT(same_trace(&plain, &memory));
    CU_ASSERT_EQUAL(memcmp(&plain.repairs, &unpacked.repairs, sizeof plain.repairs), 0);
    CU_ASSERT_EQUAL(plain.interval_count, 3000);
    ess_trace_fini(&plain);
    ess_trace_fini(&unpacked);
    ess_trace_fini(&memory);
}

/* At every cut: a trace with fewer rows, marked truncated, or a clear error; sessions kept are the
 * first ones of the whole file. */
static void packed_file_cut_short(void) {
    static char text[200000];
    static unsigned char packed[200000];
    size_t count = make_table(text, sizeof text);
    size_t packed_count = pack(text, count, packed, sizeof packed);
    int read_count = 0, refused_count = 0;
    for (size_t cut = packed_count - 1; cut > 0; cut -= cut > 499 ? 499 : cut) {
        struct ess_trace trace;
        struct ess_trace_error error;
        int status = ess_trace_read(write_scratch(packed, cut), "csv", &trace, &error);
        unlink(scratch_path);
        if (status != 0) {
            refused_count++;
            CU_ASSERT(error.expected[0] != 0);
            continue;
        }
        read_count++;
        CU_ASSERT_EQUAL(trace.repairs.truncated, 1);
        CU_ASSERT(trace.rows_read <= 3000);
        CU_ASSERT_EQUAL(trace.interval_count, trace.rows_read);
        ess_trace_fini(&trace);
    }
    CU_ASSERT(read_count >= 10);
    ess_test_note("%d cuts read, %d refused", read_count, refused_count);
}

static void packed_file_damaged(void) {
    static char text[200000];
    static unsigned char packed[200000];
    size_t count = make_table(text, sizeof text);
    size_t packed_count = pack(text, count, packed, sizeof packed);
    struct ess_trace trace;
    struct ess_trace_error error;
    packed[packed_count - 6] ^= 0xff; /* in the check sum */
    CU_ASSERT_EQUAL(ess_trace_read(write_scratch(packed, packed_count), "csv", &trace, &error), -1);
    unlink(scratch_path);
    CU_ASSERT_STRING_EQUAL(error.expected, "a whole gzip or plain file");
    CU_ASSERT_PTR_NULL(trace.hosts);
}

static void paths_that_are_no_traces(void) {
    struct ess_trace trace;
    struct ess_trace_error error;
    CU_ASSERT_EQUAL(ess_trace_read("/tmp", NULL, &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.found, "a folder");
    CU_ASSERT_EQUAL(ess_trace_read("/tmp/essaim-no-such-file", NULL, &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.expected, "a readable file");
    CU_ASSERT_EQUAL(ess_trace_read("/dev/zero", NULL, &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.expected, "a regular trace file");
    CU_ASSERT_EQUAL(ess_trace_read(write_scratch("", 0), NULL, &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.found, "an empty file");
    CU_ASSERT_EQUAL_FATAL(truncate(scratch_path, (1L << 30) + 1), 0); /* sparse: no room taken */
    CU_ASSERT_EQUAL(ess_trace_read(scratch_path, NULL, &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.expected, "at most 1073741824 bytes");
    unlink(scratch_path);
}

/* Packed, 1 GiB of comments is one megabyte; it is refused while it is unpacked. The test packs one
 * block once and repeats it: gzip members may follow each other. */
static void packed_giant_is_refused(void) {
    enum { BLOCK = 1 << 22 };
    static unsigned char packed[100000];
    static char block[BLOCK];
    const char *path;
    FILE *file;
    size_t packed_count;
    struct ess_trace trace;
    struct ess_trace_error error;
    memset(block, '#', BLOCK);
    for (int i = 4095; i < BLOCK; i += 4096) {
        block[i] = '\n';
    }
    packed_count = pack(block, BLOCK, packed, sizeof packed);
    path = write_scratch("", 0);
    file = fopen(path, "wb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (int i = 0; i < 257; i++) {
        CU_ASSERT_EQUAL_FATAL(fwrite(packed, 1, packed_count, file), packed_count);
    }
    fclose(file);
    CU_ASSERT_EQUAL(ess_trace_read(path, "csv", &trace, &error), -1);
    CU_ASSERT_STRING_EQUAL(error.expected, "at most 1 GiB of uncompressed text");
    unlink(path);
}

static void csv_round_trip(void) {
    static const char text[] = "#window,1099755300.000000001,1099755400\nhost,start,end\n"
                               "b,1099755310.5,1099755320\nb,1099755320,1099755321.000000009\n"
                               "a,1099755300.000000001,1099755400\n";
    struct ess_trace first, second;
    struct ess_trace_error error;
    char written[1024];
    size_t count;
    FILE *file = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(
        ess_trace_read_memory("t", text, sizeof text - 1, "csv", &first, &error), 0);
    CU_ASSERT_EQUAL(ess_trace_write_csv(&first, file, &error), 0);
    rewind(file);
    count = fread(written, 1, sizeof written, file);
    CU_ASSERT_EQUAL(count, sizeof text - 1);
    CU_ASSERT_EQUAL(memcmp(written, text, count), 0);
    CU_ASSERT_EQUAL_FATAL(
        ess_trace_read_memory("t", written, (int64_t)count, "csv", &second, &error), 0);
    CU_ASSERT(same_trace(&first, &second));
    fclose(file);
    ess_trace_fini(&first);
    ess_trace_fini(&second);
}

/* Path of a real file, or NULL with the test marked as skipped. */
static const char *real_file(const char *name) {
    static char path[1024];
    const char *data = ess_test_data();
    if (!data) {
        ess_test_skip("no real data: set ESSAIM_DATA");
        return NULL;
    }
    snprintf(path, sizeof path, "%s/availability/%s", data, name);
    if (access(path, R_OK) != 0) {
        ess_test_skip("no file %s", path);
        return NULL;
    }
    return path;
}

static int read_real(const char *name, struct ess_trace *trace, struct ess_trace_info *info) {
    struct ess_trace_error error;
    const char *path = real_file(name);
    if (!path) {
        return -1;
    }
    if (ess_trace_read(path, NULL, trace, &error) != 0 || ess_trace_info(trace, info) != 0) {
        ess_test_note("%s: found %s, expected %s", path, error.found, error.expected);
        CU_FAIL("a real file is read");
        return -1;
    }
    return 0;
}

/* Figures of the data's README: 2129 nodes, 543 of them with a single event, 34415 events, 16143 up
 * sessions of mean 1454.1 h and median 195.75 h, 75 events of no length, no overlap, none unsorted;
 * span 3765.58 d; availability 0.995934 when the single-event nodes count as well. */
static void real_lanl(void) {
    struct ess_trace trace;
    struct ess_trace_info info;
    struct ess_trace_repairs wanted = {.empty = 75, .touching = 26, .hosts_dropped = 543};
    if (read_real("lanl05-fta/event_trace.tab.gz", &trace, &info) != 0) {
        return;
    }
    CU_ASSERT_STRING_EQUAL(trace.format, "fta");
    CU_ASSERT_EQUAL(trace.hosts_read, 2129);
    CU_ASSERT_EQUAL(trace.host_count, 2129 - 543);
    CU_ASSERT_EQUAL(trace.rows_read, 34415);
    CU_ASSERT_EQUAL(info.up.count, 16143);
    CU_ASSERT_DOUBLE_EQUAL(info.up.mean_ns / 3600e9, 1454.0993795, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(info.up.median_ns / 3600e9, 195.75, 1e-9);
    CU_ASSERT_EQUAL(info.down.count, 14531); /* between two sessions of a node */
    CU_ASSERT_DOUBLE_EQUAL(info.down.mean_ns / 3600e9, 3.996106026, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL((double)info.window_ns / 86400e9, 3765.58333333, 1e-6);
    CU_ASSERT_DOUBLE_EQUAL(info.availability, 0.9965316787, 1e-9);
    CU_ASSERT_EQUAL(memcmp(&trace.repairs, &wanted, sizeof wanted), 0);
    ess_trace_fini(&trace);
}

/* The raw head has the original mixture of blanks and tabs; the table has single tabs. */
static void real_lanl_raw_head(void) {
    static char text[100000];
    struct ess_trace raw, table;
    struct ess_trace_info info;
    struct ess_trace_error error;
    const char *path;
    gzFile file;
    int used = 0;
    if (read_real("lanl05-fta/event_trace.raw-head.tab", &raw, &info) != 0) {
        return;
    }
    path = real_file("lanl05-fta/event_trace.tab.gz");
    file = path ? gzopen(path, "rb") : NULL;
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    for (int line = 0; line < 400; line++) {
        CU_ASSERT_PTR_NOT_NULL_FATAL(gzgets(file, text + used, (int)sizeof text - used));
        used += (int)strlen(text + used);
    }
    gzclose(file);
    CU_ASSERT_EQUAL_FATAL(ess_trace_read_memory("head", text, used, NULL, &table, &error), 0);
    CU_ASSERT_EQUAL(raw.rows_read, 399);
    CU_ASSERT(same_trace(&raw, &table));
    CU_ASSERT_EQUAL(memcmp(&raw.repairs, &table.repairs, sizeof raw.repairs), 0);
    ess_trace_fini(&raw);
    ess_trace_fini(&table);
}

struct sky_case {
    const char *name;
    int64_t samples, runs_of_host_0;
    int32_t hosts, gap_s;
    double mean, run_h; /* of host 0 */
};

/* Rows of the data's README. "runs > 0" there are the sessions of host 0 here. */
static const struct sky_case sky_cases[] = {
    {"availability/1-node/aws-02-15-2023/us-east-1a_v100_1.json", 20158, 253, 1, 195, 0.167, 0.72},
    {"availability/1-node/aws-02-15-2023/us-east-1c_v100_1.json", 20158, 344, 1, 195, 0.467, 1.48},
    {"availability/1-node/aws-02-15-2023/us-west-2b_v100_1.json", 20158, 95, 1, 195, 0.905, 10.4},
    {"availability/16-node/aws-08-27-2023/us-east-2b_v100_1.json", 3247, 49, 16, 300, 8.758, 3.47},
    {"availability/16-node/aws-08-27-2023/us-west-2a_v100_1.json", 4736, 99, 16, 300, 6.899, 1.78},
    {"availability/16-node/aws-08-27-2023/us-west-2c_v100_1.json", 4736, 90, 16, 300, 6.832, 1.93},
    {"preemption/1-node/aws-04-19-2023/us-east-1b_intel_64.json", 16090, 67, 1, 34, 0.851, 1.93},
    {"preemption/1-node/aws-04-22-2023/us-east-1c_v100_1.json", 19961, 41, 1, 32, 0.314, 1.36},
    {"preemption/1-node/aws-04-22-2023/us-east-1f_v100_1.json", 19961, 60, 1, 32, 0.592, 1.75},
};

static void real_skypilot(void) {
    static const struct ess_trace_repairs none = {0};
    int read_count = 0;
    for (size_t i = 0; i < sizeof sky_cases / sizeof sky_cases[0]; i++) {
        const struct sky_case *c = &sky_cases[i];
        struct ess_trace trace;
        struct ess_trace_info info;
        int64_t up_ns = 0;
        char name[256];
        snprintf(name, sizeof name, "skypilot-spot/%s", c->name);
        if (read_real(name, &trace, &info) != 0) {
            return;
        }
        for (int64_t k = 0; k < trace.hosts[1].first; k++) {
            up_ns += trace.intervals[k].end_ns - trace.intervals[k].start_ns;
        }
        read_count++;
        CU_ASSERT_STRING_EQUAL(trace.format, "skypilot");
        CU_ASSERT_EQUAL(trace.rows_read, c->samples);
        CU_ASSERT_EQUAL(trace.host_count, c->hosts);
        CU_ASSERT_EQUAL(info.concurrent_most, c->hosts);
        CU_ASSERT_EQUAL(trace.window_ns, c->samples * c->gap_s * INT64_C(1000000000));
        CU_ASSERT_EQUAL(trace.hosts[1].first, c->runs_of_host_0);
        CU_ASSERT_DOUBLE_EQUAL(info.concurrent_mean, c->mean, 0.0006);
        CU_ASSERT_DOUBLE_EQUAL((double)up_ns / 3600e9 / (double)c->runs_of_host_0, c->run_h,
            c->run_h > 9 ? 0.06 : 0.006);
        CU_ASSERT_EQUAL(memcmp(&trace.repairs, &none, sizeof none), 0);
        ess_trace_fini(&trace);
    }
    ess_test_note("%d real files", read_count);
}

/* Other real files of that folder are no traces for these readers: refused, never misread. */
static void real_files_of_other_formats(void) {
    static const char *const names[] = {"bamboo-spot/p3-trace.csv", "sailor-a100/a100_trace.json",
        "goog-preemptible-vms/README.md", "lanl-raw/README.md", NULL};
    for (int i = 0; names[i]; i++) {
        struct ess_trace trace;
        struct ess_trace_error error;
        const char *path = real_file(names[i]);
        if (!path) {
            return;
        }
        ESS_CHECK(ess_trace_read(path, NULL, &trace, &error) == -1, "%s", path);
    }
}

static void info_of_a_small_trace(void) {
    static const char text[] = "#window,0,20\na,0,5\na,5,8\na,12,16\nb,2,14\nc,18,20\n";
    struct ess_trace trace;
    struct ess_trace_error error;
    struct ess_trace_info info;
    char table[4096];
    size_t count;
    FILE *file = tmpfile();
    CU_ASSERT_EQUAL_FATAL(
        ess_trace_read_memory("t", text, sizeof text - 1, NULL, &trace, &error), 0);
    CU_ASSERT_EQUAL_FATAL(ess_trace_info(&trace, &info), 0);
    CU_ASSERT_EQUAL(info.up.count, 5);
    CU_ASSERT_DOUBLE_EQUAL(info.up.mean_ns, 26e9 / 5, 1);
    CU_ASSERT_DOUBLE_EQUAL(info.up.median_ns, 4e9, 1);
    CU_ASSERT_DOUBLE_EQUAL(info.up.p90_ns, 5e9 + 0.6 * 7e9, 1); /* 2 3 4 5 12, place 3.6 */
    CU_ASSERT_EQUAL(info.down.count, 1);
    CU_ASSERT_DOUBLE_EQUAL(info.down.mean_ns, 4e9, 1);
    CU_ASSERT_DOUBLE_EQUAL(info.availability, 26.0 / 60, 1e-12);
    CU_ASSERT_EQUAL(info.concurrent_least, 0); /* 16 to 18 */
    CU_ASSERT_EQUAL(info.concurrent_most, 2);
    CU_ASSERT_DOUBLE_EQUAL(info.concurrent_mean, 1.3, 1e-12);
    CU_ASSERT_EQUAL(info.censored, 2);
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    ess_trace_info_print("small.csv", &trace, &info, file);
    rewind(file);
    count = fread(table, 1, sizeof table - 1, file);
    table[count] = 0;
    fclose(file);
    CU_ASSERT_PTR_NOT_NULL(strstr(table, "small.csv: csv, 5 rows"));
    CU_ASSERT_PTR_NOT_NULL(strstr(table, "1  sessions that begin where one ends: kept apart"));
    CU_ASSERT_PTR_NULL(strstr(table, "merged"));
    ess_trace_fini(&trace);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"gzip, plain and memory give the same trace", packed_equals_plain},
        {"gzip cut short keeps whole rows and says so", packed_file_cut_short},
        {"gzip with a wrong check sum is refused", packed_file_damaged},
        {"folders, devices, missing, empty and giant files are refused", paths_that_are_no_traces},
        {"a small file that unpacks to over 1 GiB is refused", packed_giant_is_refused},
        {"CSV is written as it is read, to the nanosecond", csv_round_trip},
        {"figures of a small trace", info_of_a_small_trace},
        {"LANL: the README's figures", real_lanl},
        {"LANL: mixed blanks and tabs read like single tabs", real_lanl_raw_head},
        {"SkyPilot: the README's figures", real_skypilot},
        {"real files of other formats are refused", real_files_of_other_formats},
        {NULL, NULL},
    };
    return ess_test_main("trace files", tests);
}
