/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built program from outside: what it teaches, its exit codes, each kind of bad input, equal
 * bytes, and what a signal leaves behind. It is found beside this test: BUILD/essaim. */
#include "ess_test.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TEXT_MOST = 1 << 20 };

static char program[PATH_MAX];
static char folder[PATH_MAX]; /* of this test, removed at its end */
static char said[TEXT_MOST];  /* both streams of the last command */

/* Run a shell command in which $E is the program and $T the folder. Returns its exit status, or
 * 1000 + the signal that ended it. */
__attribute__((format(printf, 1, 2))) static int sh(const char *format, ...) {
    char command[8192], whole[2 * PATH_MAX + 8192];
    va_list arguments;
    int status;
    FILE *file;
    size_t length = 0;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    fflush(NULL);
    snprintf(whole, sizeof whole, "{ %s\n} >\"$T.said\" 2>&1 </dev/null", command);
    status = system(whole); /* NOLINT(cert-env33-c): the commands are this test's own */
    snprintf(whole, sizeof whole, "%s.said", folder);
    file = fopen(whole, "r");
    if (file) {
        length = fread(said, 1, sizeof said - 1, file);
        fclose(file);
    }
    said[length] = '\0';
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static bool says(const char *text) {
    bool found = strstr(said, text) != NULL;
    if (!found) {
        ess_test_note("it does not say \"%s\" but: %.400s", text, said);
    }
    return found;
}

static void write_file(const char *name, const char *text, size_t bytes) {
    char path[2 * PATH_MAX];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(text, 1, bytes, file), bytes);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* A scenario that is well, with one text replaced, as $T/NAME. */
static void write_edited(const char *name, const char *from, const char *to) {
    static const char *const well =
        "{\"name\": \"small\", \"duration\": \"2 min\",\n"
        " \"sites\": [{\"name\": \"a\", \"hosts\": [{\"count\": 3, \"gpu\": \"RTX 4090\","
        " \"up\": \"100 Mbit/s\", \"down\": \"500 Mbit/s\"}]}],\n"
        " \"availability\": {\"trace\": \"t.csv\"},\n"
        " \"services\": [{\"kind\": \"training\", \"parameters\": 1e6, \"tokens_per_step\": 50000,"
        " \"buckets\": 2}],\n"
        " \"measure\": {\"replications\": 3},\n"
        " \"compare\": {\"/policies/recovery\": [\"retry\", \"continue\"]}\n}\n";
    static const char trace[] = "host,start,end\nx,0,500\ny,0,31\ny,40,500\nz,0,77\nz,90,500\n";
    char text[4096];
    const char *at = strstr(well, from);
    CU_ASSERT_PTR_NOT_NULL_FATAL(at);
    snprintf(text, sizeof text, "%.*s%s%s", (int)(at - well), well, to, at + strlen(from));
    write_file(name, text, strlen(text));
    write_file("t.csv", trace, sizeof trace - 1);
}

/* Whether $T/NAME is there. */
static bool is_there(const char *name) {
    char path[2 * PATH_MAX];
    struct stat info;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return lstat(path, &info) == 0;
}

/* ---- help and exit codes ----------------------------------------------------------------------
 */

static void help_teaches(void) {
    static const char *const commands[] = {"run", "validate", "list", "trace", "plan"};
    CU_ASSERT_EQUAL(sh("\"$E\" --help"), 0);
    CU_ASSERT(says("Usage:") && says("Exit status") && says("scenarios/flagship.json"));
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        CU_ASSERT(says(commands[i]));
    }
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        CU_ASSERT_EQUAL(sh("\"$E\" %s --help", commands[i]), 0);
        CU_ASSERT(says("Usage: essaim") && says("Example"));
        CU_ASSERT_EQUAL(sh("\"$E\" %s -h x y", commands[i]), 0);
    }
    CU_ASSERT_EQUAL(sh("\"$E\""), 2);
    CU_ASSERT(says("Usage:"));
    CU_ASSERT_EQUAL(sh("\"$E\" --version"), 0);
}

static void misuse_is_told(void) {
    CU_ASSERT_EQUAL(sh("\"$E\" rnu x"), 2);
    CU_ASSERT(says("did you mean \"run\"?"));
    write_edited("s.json", "small", "small");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --replicatoins 3"), 2);
    CU_ASSERT(says("did you mean --replications?"));
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --jobs"), 2);
    CU_ASSERT(says("--jobs needs a value"));
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --jobs 0"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --quiet=yes"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --format xml"), 2);
    CU_ASSERT(says("table, json or csv"));
    CU_ASSERT_EQUAL(sh("\"$E\" run"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" \"$T/s.json\""), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --seed -1"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --seed 18446744073709551616"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --replications 0"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --set /duratoin='\"1 h\"'"), 2);
    CU_ASSERT(says("duration"));
    CU_ASSERT_EQUAL(sh("\"$E\" list gpu 'RTX 409'"), 2);
    CU_ASSERT(says("did you mean"));
    CU_ASSERT_EQUAL(sh("\"$E\" trace inof x"), 2);
}

/* A number that is too long is refused, not cut. */
static void long_numbers_are_not_cut(void) {
    write_edited("s.json", "small", "small");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --quiet --out \"$T/long\" "
                       "--seed 00000000000000000000000000000000000000000000000000000000000000012x"),
        2);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --quiet --out \"$T/long\" --replications "
                       "'2                                                          junk'"),
        2);
    CU_ASSERT_FALSE(is_there("long"));
}

/* ---- bad input --------------------------------------------------------------------------------
 */

struct bad {
    const char *from, *to;  /* in the scenario that is well */
    const char *message[2]; /* what must be said */
};

static const struct bad bad_fields[] = {
    {"\"duration\"", "\"durration\"", {"/durration", "did you mean \"duration\"?"}},
    {"\"name\": \"small\",", "\"name\": \"small\", \"name\": \"s\",", {"name", "twice"}},
    {"\"2 min\"", "120", {"/duration", "unit"}},
    {"\"100 Mbit/s\"", "\"-100 Mbit/s\"", {"/sites/0/hosts/0/up", "-100 Mbit/s"}},
    {"\"100 Mbit/s\"", "\"1e999 Mbit/s\"", {"/sites/0/hosts/0/up", "1e999"}},
    {"\"100 Mbit/s\"", "\"inf Mbit/s\"", {"/sites/0/hosts/0/up", "inf"}},
    {"1e6", "1e999", {"finite number", "1e999"}},
    {"[{\"count\"", "[], \"x\": [{\"count\"", {"/sites/0/hosts", "at least 1"}},
    {"\"count\": 3", "\"count\": 1", {"2", ""}},
    {"1e6", "900e9", {"memory", "GiB"}},
    {"\"t.csv\"", "\"nothing.csv\"", {"/availability/trace", "nothing.csv"}},
    {"RTX 4090", "RTX 4091", {"/sites/0/hosts/0/gpu", "did you mean"}},
    {"\"measure\"", "\"include\": [\"s.json\"], \"measure\"", {"s.json", "cycle"}},
    {"\"2 min\"", "\"2 min\"} {", {"s.json", ""}},
};

static void bad_fields_are_told(void) {
    size_t count = sizeof bad_fields / sizeof *bad_fields;
    for (size_t i = 0; i < count; i++) {
        const struct bad *bad = &bad_fields[i];
        write_edited("s.json", bad->from, bad->to);
        CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/o\""), 2);
        CU_ASSERT(says("s.json") && says(bad->message[0]) && says(bad->message[1]));
        CU_ASSERT_FALSE(is_there("o"));
        CU_ASSERT_EQUAL(sh("\"$E\" validate \"$T/s.json\""), 2);
        CU_ASSERT(says(bad->message[0]) && says(bad->message[1]));
    }
    ess_test_note("%zu scenarios refused by run and validate", count);
}

static void expect_refused_file(const char *path, const char *message) {
    /* The time-out turns a program that hangs into a failure; nothing is measured. */
    CU_ASSERT_EQUAL(sh("timeout 60 \"$E\" validate %s", path), 2);
    CU_ASSERT(says(message));
    CU_ASSERT_EQUAL(sh("timeout 60 \"$E\" run %s --out \"$T/o\"", path), 2);
    CU_ASSERT(says(message));
    CU_ASSERT_FALSE(is_there("o"));
}

static void bad_files_are_told(void) {
    static char deep[200000];
    memset(deep, '[', 100000);
    memset(deep + 100000, ']', 100000);
    write_file("deep.json", deep, sizeof deep);
    write_file("nul.json", "{\"name\": \"a\0b\"}", 15);
    write_file("utf8.json", "{\"name\": \"\xc3(\"}", 14);
    write_file("empty.json", "", 0);
    write_file("torn.json", "{\"name\": \"a\", \"dura", 19);
    CU_ASSERT_EQUAL(
        sh("truncate -s 1T \"$T/huge.json\" && mkfifo \"$T/fifo\" && mkdir \"$T/dir\""), 0);
    expect_refused_file("\"$T/missing.json\"", "missing.json");
    expect_refused_file("\"$T/dir\"", "dir");
    expect_refused_file("\"$T/s.json/below\"", "below");
    expect_refused_file("/dev/zero", "/dev/zero");
    expect_refused_file("\"$T/huge.json\"", "16");
    expect_refused_file("\"$T/fifo\"", "fifo");
    expect_refused_file("\"$T/deep.json\"", "64");
    expect_refused_file("\"$T/nul.json\"", "nul.json");
    expect_refused_file("\"$T/utf8.json\"", "UTF-8");
    expect_refused_file("\"$T/empty.json\"", "empty.json");
    expect_refused_file("\"$T/torn.json\"", "torn.json");
    expect_refused_file("''", "");
}

static void bad_traces_are_told(void) {
    write_edited("s.json", "\"t.csv\"", "\"none.csv\"");
    write_file("none.csv", "host,start,end\nx,50,20\ny,7,7\n", 29);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/o\""), 2);
    CU_ASSERT(says("none.csv"));
    CU_ASSERT_FALSE(is_there("o"));
    CU_ASSERT_EQUAL(sh("\"$E\" trace info \"$T/none.csv\""), 2);
    CU_ASSERT(says("none.csv"));
    CU_ASSERT_EQUAL(sh("timeout 60 \"$E\" trace info /dev/zero"), 2);
    CU_ASSERT_EQUAL(sh("timeout 60 \"$E\" trace info \"$T/dir\""), 2);
    CU_ASSERT_EQUAL(sh("timeout 60 \"$E\" trace info \"$T/fifo\""), 2);
    CU_ASSERT_EQUAL(sh("truncate -s 1T \"$T/huge.csv\"; timeout 60 \"$E\" trace info "
                       "\"$T/huge.csv\""),
        2);
    CU_ASSERT_EQUAL(sh("\"$E\" trace info \"$T/t.csv\""), 0);
}

/* A cycle over two files shows the chain. */
static void include_cycle(void) {
    write_edited("one.json", "\"measure\"", "\"include\": [\"two.json\"], \"measure\"");
    write_edited("two.json", "\"measure\"", "\"include\": [\"one.json\"], \"measure\"");
    expect_refused_file("\"$T/one.json\"", "one.json");
    CU_ASSERT(says("two.json"));
}

static void outputs_that_cannot_be(void) {
    write_edited("s.json", "small", "small");
    write_file("plain", "x", 1);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/plain/below\""), 2);
    CU_ASSERT(says("plain"));
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/plain\""), 2);
    CU_ASSERT_EQUAL(sh("printf x | cmp - \"$T/plain\""), 0);
    /* A folder with somebody's files is left as it is. */
    CU_ASSERT_EQUAL(sh("mkdir \"$T/mine\" && echo precious >\"$T/mine/letter\""), 0);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/mine\""), 2);
    CU_ASSERT(says("mine"));
    CU_ASSERT_EQUAL(
        sh("[ \"$(ls -A \"$T/mine\")\" = letter ] && grep -q precious \"$T/mine/letter\""), 0);
    /* One of ours is replaced whole; an empty one is taken. */
    CU_ASSERT_EQUAL(sh("mkdir \"$T/new\" && \"$E\" run \"$T/s.json\" --quiet --out \"$T/new\""), 0);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --quiet --seed 5 --out \"$T/new\""), 0);
    CU_ASSERT_EQUAL(sh("grep -q '\"seed\": *\"*5' \"$T/new/results.json\""), 0);
    CU_ASSERT_EQUAL(sh("[ \"$(ls -A \"$T/new\" | tr '\\n' ' ')\" = 'records.csv results.csv "
                       "results.json run-info.json scenario.json table.txt ' ]"),
        0);
}

/* ---- results ----------------------------------------------------------------------------------
 */

static void expectations_decide_the_exit_code(void) {
    write_edited("s.json", " \"measure\"",
        " \"expect\": [{\"metric\": \"step_time\", \"below\": \"1 h\"}], \"measure\"");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/good\""), 0);
    CU_ASSERT(says("holds: step_time"));
    write_edited("s.json", " \"measure\"",
        " \"expect\": [{\"metric\": \"step_time\", \"below\": \"1 ms\"}], \"measure\"");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --quiet --out \"$T/failed\""), 1);
    CU_ASSERT(says("DOES NOT HOLD: step_time"));
    CU_ASSERT(is_there("failed/results.json"));
    write_edited("s.json", " \"measure\"",
        " \"expect\": [{\"metric\": \"step_tme\", \"below\": \"1 s\"}], \"measure\"");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --out \"$T/unknown\""), 2);
    CU_ASSERT(says("did you mean \"step_time\"?"));
    CU_ASSERT_FALSE(is_there("unknown"));
}

static void printed_json_is_the_file(void) {
    write_edited("s.json", "small", "small");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --format json --out \"$T/j1\" --jobs 1 "
                       "2>\"$T/j1.err\" >\"$T/j1.json\""),
        0);
    CU_ASSERT_EQUAL(sh("cmp \"$T/j1.json\" \"$T/j1/results.json\""), 0);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --format json --out \"$T/j2\" --jobs 2 --quiet "
                       ">\"$T/j2.json\""),
        0);
    for (int i = 0; i < 5; i++) {
        static const char *const files[] = {
            "results.json", "results.csv", "records.csv", "table.txt", "scenario.json"};
        CU_ASSERT_EQUAL(sh("cmp \"$T/j1/%s\" \"$T/j2/%s\"", files[i], files[i]), 0);
    }
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --format csv --out \"$T/j3\" --quiet "
                       ">\"$T/j3.csv\" && cmp \"$T/j3.csv\" \"$T/j1/results.csv\""),
        0);
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --seed 2 --out \"$T/j4\" --quiet"), 0);
    CU_ASSERT_EQUAL(sh("cmp -s \"$T/j1/results.json\" \"$T/j4/results.json\""), 1);
    /* The scenario that was written gives the same worlds, at least of its first variant. */
    CU_ASSERT_EQUAL(sh("cp \"$T/j1/scenario.json\" \"$T/again.json\" && \"$E\" validate "
                       "\"$T/again.json\""),
        0);
}

/* Stdout that cannot be written does not cost the folder, but whoever reads it must learn of it. */
static void full_stdout(void) {
    write_edited("s.json", "small", "small");
    CU_ASSERT_EQUAL(sh("\"$E\" run \"$T/s.json\" --format json --out \"$T/full\" >/dev/full"), 1);
    CU_ASSERT(is_there("full/results.json"));
}

/* ---- signals ----------------------------------------------------------------------------------
 */

static void nap(void) {
    nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
}

/* The first child of `parent` that runs, or 0. */
static pid_t child_of(pid_t parent) {
    static char line[512];
    FILE *list;
    pid_t found = 0;
    list = popen("cat /proc/[0-9]*/stat 2>/dev/null", "r"); /* NOLINT(cert-env33-c) */
    if (!list) {
        return 0;
    }
    while (fgets(line, (int)sizeof line, list)) {
        const char *after = strrchr(line, ')');
        int process = atoi(line), its_parent = 0;
        char state = 'Z';
        if (after && sscanf(after, ") %c %d", &state, &its_parent) == 2 && its_parent == parent &&
            state != 'Z' && found == 0) {
            found = process;
        }
    }
    pclose(list);
    return found;
}

/* The program, started on $T/s.json with results for $T/OUT; what it says goes to $T/OUT.log. */
static pid_t start(const char *out, const char *jobs) {
    char scenario[2 * PATH_MAX], results[2 * PATH_MAX], log[2 * PATH_MAX];
    pid_t process;
    snprintf(scenario, sizeof scenario, "%s/s.json", folder);
    snprintf(results, sizeof results, "%s/%s", folder, out);
    snprintf(log, sizeof log, "%s/%s.log", folder, out);
    fflush(NULL);
    process = fork();
    if (process == 0) {
        int file = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(file, STDOUT_FILENO);
        dup2(file, STDERR_FILENO);
        execl(program, "essaim", "run", scenario, "--out", results, "--jobs", jobs, NULL);
        _exit(127);
    }
    return process;
}

static pid_t wait_for_child(pid_t process) {
    pid_t child = 0;
    for (int i = 0; child == 0 && i < 5000 && waitpid(process, NULL, WNOHANG) == 0; i++) {
        child = child_of(process);
        nap();
    }
    return child;
}

/* Long runs, a signal in the middle: nothing is written and nobody left. */
static void a_signal_leaves_nothing_behind(void) {
    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        const char *out = i ? "terminated" : "interrupted";
        pid_t process, child;
        int status = 0;
        write_edited("s.json", "\"2 min\"", "\"1000 d\"");
        process = start(out, "2");
        child = wait_for_child(process);
        CU_ASSERT_NOT_EQUAL_FATAL(child, 0);
        kill(process, signals[i]);
        CU_ASSERT_EQUAL(waitpid(process, &status, 0), process);
        CU_ASSERT(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
        CU_ASSERT(kill(child, 0) != 0 && errno == ESRCH);
        CU_ASSERT_EQUAL(child_of(process), 0);
        CU_ASSERT_FALSE(is_there(out));
        CU_ASSERT_EQUAL(sh("ls -A \"$T\" | grep -v '\\.log$' | grep %s", out), 1);
        CU_ASSERT_EQUAL(sh("grep interrupted \"$T/%s.log\"", out), 0);
    }
}

/* A replication whose process is killed is reported, counted and no reason to lose the others. */
static void a_killed_replication_is_reported(void) {
    pid_t process, child;
    int status = 0;
    write_edited("s.json", "\"2 min\"", "\"20 min\"");
    process = start("killed", "1");
    child = wait_for_child(process);
    CU_ASSERT_NOT_EQUAL_FATAL(child, 0);
    CU_ASSERT_EQUAL(kill(child, SIGKILL), 0);
    CU_ASSERT_EQUAL(waitpid(process, &status, 0), process);
    CU_ASSERT(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    CU_ASSERT_EQUAL(sh("cat \"$T/killed.log\""), 0);
    CU_ASSERT(says("signal 9"));
    CU_ASSERT_EQUAL(sh("cat \"$T/killed/results.json\""), 0);
    CU_ASSERT(says("signal 9"));
    CU_ASSERT_EQUAL(sh("cat \"$T/killed/table.txt\""), 0);
    CU_ASSERT(says("signal 9"));
    /* n = 2, failed = 1 in the first variant; the second is whole */
    CU_ASSERT_EQUAL(sh("grep '^retry,step_time,.*,2,1,' \"$T/killed/results.csv\""), 0);
    CU_ASSERT_EQUAL(sh("grep '^continue,step_time,.*,3,0,' \"$T/killed/results.csv\""), 0);
}

/* ---- real traces ------------------------------------------------------------------------------
 */

static void real_trace_of(const char *scenario, const char *file) {
    struct stat info;
    char path[PATH_MAX];
    const char *data = ess_test_data();
    if (data) {
        snprintf(path, sizeof path, "%s/availability/%s", data, file);
    }
    if (!data || stat(path, &info) != 0) {
        ess_test_skip("no real trace %s; ESSAIM_DATA names the data folder", file);
        CU_ASSERT_EQUAL(sh("\"$E\" validate scenarios/%s.json", scenario), 2);
        CU_ASSERT(says("ESSAIM_DATA"));
        return;
    }
    CU_ASSERT_EQUAL(sh("\"$E\" validate scenarios/%s.json", scenario), 0);
    CU_ASSERT_EQUAL(
        sh("\"$E\" run scenarios/%s.json --quiet --replications 2 --out \"$T/%s\" "
           "--set /duration='\"2 h\"' --set '/compare/~1policies~1recovery=[\"retry\"]' "
           "--set '/compare/~1policies~1collective=[\"hierarchical\"]'",
            scenario, scenario),
        0);
    /* Deaths in each replication: no value of that row is 0. */
    CU_ASSERT_EQUAL(sh("grep ',deaths,' \"$T/%s/results.csv\"", scenario), 0);
    CU_ASSERT_EQUAL(
        sh("grep ',deaths,' \"$T/%s/results.csv\" | grep -E '(,|;)0(;|$)'", scenario), 1);
}

static void real_trace_skypilot(void) {
    real_trace_of("flagship-real-trace",
        "skypilot-spot/availability/16-node/aws-08-27-2023/us-east-2b_v100_1.json");
}

static void real_trace_fta(void) {
    real_trace_of("flagship-real-trace-fta", "lanl05-fta/event_trace.tab.gz");
}

/* ------------------------------------------------------------------------------------------------
 */

/* Make the folder and say where it and the program are. */
static bool prepare(char *own_path) {
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/essaim-commands-XXXXXX", temporary ? temporary : "/tmp");
    snprintf(program, sizeof program, "%s/../../essaim", dirname(own_path));
    if (access(program, X_OK) != 0) {
        fprintf(stderr, "there is no program %s: build it first\n", program);
        return false;
    }
    return mkdtemp(folder) && setenv("E", program, 1) == 0 && setenv("T", folder, 1) == 0;
}

int main(int argc, char **argv) {
    static const struct ess_test tests[] = {
        {"help teaches", help_teaches},
        {"misuse is told", misuse_is_told},
        {"long numbers are not cut", long_numbers_are_not_cut},
        {"bad fields are told", bad_fields_are_told},
        {"bad files are told", bad_files_are_told},
        {"bad traces are told", bad_traces_are_told},
        {"a cycle of includes", include_cycle},
        {"outputs that cannot be", outputs_that_cannot_be},
        {"expectations decide the exit code", expectations_decide_the_exit_code},
        {"printed JSON is the file", printed_json_is_the_file},
        {"full stdout", full_stdout},
        {"a signal leaves nothing behind", a_signal_leaves_nothing_behind},
        {"a killed replication is reported", a_killed_replication_is_reported},
        {"real trace, SkyPilot", real_trace_skypilot},
        {"real trace, Failure Trace Archive", real_trace_fta},
        {NULL, NULL},
    };
    int status;
    if (argc < 1 || !prepare(argv[0])) {
        return 1;
    }
    status = ess_test_main("commands", tests);
    sh("cd / && rm -rf \"$T\" \"$T.said\"");
    return status;
}
