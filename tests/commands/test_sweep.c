/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `essaim sweep`, `point` and `results` from outside: identity, resuming, failures, each kind of
 * bad input, what reaches a scheduler, and what results say. */
#include "tests/sweep/sweep_support.h"

static const char *const vary =
    "\"vary\": {\"/policies/recovery\": [\"retry\", \"continue\"], \"/seed\": [1, 2, 3]}";

/* $T/NAME: a sweep over $T/small.json with these members. */
static void put_sweep(const char *name, const char *members) {
    char text[4096];
    snprintf(text, sizeof text, "{\"name\": \"it\", \"scenario\": \"small.json\", %s}", members);
    put_file(name, text);
}

/* Whether the sweep's points have the same identities as those of $T/reference. */
static bool same_points(const char *arguments) {
    int status = sh("rm -rf \"$T/other\"; \"$E\" sweep %s --quiet --out \"$T/other\" && "
                    "cmp \"$T/reference/points.txt\" \"$T/other/points.txt\"",
        arguments);
    return status == 0;
}

static void runs_resumes_and_merges(void) {
    put_scenario();
    put_sweep("s.json", vary);
    CU_ASSERT_EQUAL_FATAL(sh("\"$E\" sweep \"$T/s.json\" --out \"$T/reference\""), 0);
    CU_ASSERT(says("6 points") && says("6 of 6 points done"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep status \"$T/reference\""), 0);
    CU_ASSERT(says("6 done, 0 failed, 0 missing"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/reference\""), 0);
    CU_ASSERT(says("nothing is missing"));
    /* One at a time, some lost, resumed, merged anew, merged twice: the same database. */
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --quiet --jobs 1 --out \"$T/a\""), 0);
    CU_ASSERT(same_database("reference", "a"));
    CU_ASSERT_EQUAL(sh("rm -f \"$T/a/results.sqlite\" $(ls \"$T\"/a/points/*/*.json | head -3) && "
                       "\"$E\" sweep status \"$T/a\""),
        0);
    CU_ASSERT(says("3 done, 0 failed, 3 missing"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/a\""), 0);
    CU_ASSERT(says("3 of 3 points done"));
    CU_ASSERT(same_database("reference", "a"));
    CU_ASSERT_EQUAL(sh("rm -f \"$T/a/results.sqlite\"; \"$E\" sweep merge \"$T/a\" && "
                       "\"$E\" sweep merge \"$T/a\""),
        0);
    CU_ASSERT(same_database("reference", "a"));
    CU_ASSERT_EQUAL(sh("\"$E\" point \"$T/a\" 0 > \"$T/0.json\" && "
                       "cmp \"$T/0.json\" \"$T/a/points/$(head -c 2 \"$T/a/points.txt\")\"/$(head "
                       "-1 \"$T/a/points.txt\").json"),
        0);
}

static void identity_is_of_all_that_matters(void) {
    put_scenario();
    put_sweep("s.json", vary);
    CU_ASSERT_EQUAL_FATAL(
        sh("rm -rf \"$T/reference\"; \"$E\" sweep \"$T/s.json\" --quiet --out \"$T/reference\""),
        0);
    CU_ASSERT(same_points("\"$T/s.json\""));
    /* A default written out, and what a sweep does not look at, change nothing. */
    put_sweep("same.json", "\"description\": \"x\", \"limits\": {\"wall\": \"9 min\"},"
                           "\"set\": {\"/measure/confidence\": 0.95, \"/duration\": \"60 s\"},"
                           "\"vary\": {\"/policies/recovery\": [\"retry\", \"continue\"],"
                           " \"/seed\": {\"from\": 1, \"to\": 3, \"steps\": 3}}");
    CU_ASSERT(same_points("\"$T/same.json\""));
    put_sweep("other.json", "\"set\": {\"/duration\": \"61 s\"},"
                            "\"vary\": {\"/policies/recovery\": [\"retry\", \"continue\"],"
                            " \"/seed\": [1, 2, 3]}");
    CU_ASSERT_FALSE(same_points("\"$T/other.json\""));
    put_sweep("other.json", "\"replications\": 3, \"vary\": {\"/policies/recovery\":"
                            " [\"retry\", \"continue\"], \"/seed\": [1, 2, 3]}");
    CU_ASSERT_FALSE(same_points("\"$T/other.json\""));
    CU_ASSERT_EQUAL(sh("! grep -qxFf \"$T/reference/points.txt\" \"$T/other/points.txt\""), 0);
    CU_ASSERT_EQUAL(sh("echo 'w,0,3' >> \"$T/t.csv\""), 0);
    CU_ASSERT_FALSE(same_points("\"$T/s.json\""));
    put_scenario();
    CU_ASSERT(same_points("\"$T/s.json\""));
    /* Another program: its digest is part of its version. */
    CU_ASSERT_EQUAL(sh("cp \"$E\" \"$T/program\" && echo >> \"$T/program\" && "
                       "\"$T/program\" sweep resume \"$T/reference\""),
        2);
    CU_ASSERT(says("results are not mixed"));
    CU_ASSERT_EQUAL(sh("\"$T/program\" sweep \"$T/s.json\" --out \"$T/reference\""), 2);
    CU_ASSERT(says("another sweep") && says("made by version"));
}

static void exclusions_and_ranges(void) {
    put_scenario();
    put_sweep("s.json",
        "\"vary\": {\"/policies/recovery\": [\"retry\", \"continue\"],"
        " \"/wan/links/0/rate\": {\"from\": \"1 Mbit/s\", \"to\": \"1 Gbit/s\", \"steps\": 4,"
        " \"scale\": \"log\"}},"
        "\"exclude\": [{\"/policies/recovery\": \"retry\", \"/wan/links/0/rate\": \"1000 "
        "Mbit/s\"}],"
        "\"replications\": 2");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --out \"$T/ranges\""), 0);
    CU_ASSERT(says("7 points (1 excluded) x 2 replications = 14 runs"));
    CU_ASSERT_EQUAL(sh("grep -qF '\"1 Mbit/s\", \"10 Mbit/s\", \"100 Mbit/s\", \"1 Gbit/s\"' "
                       "\"$T/ranges/sweep.json\""),
        0);
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/ranges\" --metric step_time --format csv --pivot "
                       "/policies/recovery,/wan/links/0/rate | tail -2"),
        0);
    CU_ASSERT(says("retry,") && says(",\n"));
}

static void bad_sweeps_are_told(void) {
    static const struct {
        const char *members, *message;
    } cases[] = {
        {"\"vary\": {\"/polcies/recovery\": [\"retry\"]}", "did you mean \"policies\"?"},
        {"\"vary\": {\"/policies/recovery\": [\"retyr\"]}", "did you mean \"retry\"?"},
        {"\"vary\": {\"/duration\": [\"1 min\", 3]}", "/duration: expected a time"},
        {"\"vary\": {\"seed\": [1]}", "expected a JSON pointer"},
        {"\"vary\": {\"/seed\": []}", "this product has no point"},
        {"\"vary\": {}", "1 to 16 fields"},
        {"\"vray\": {\"/seed\": [1]}", "did you mean \"vary\"?"},
        {"\"vary\": {\"/seed\": [1, 1]}", "1 twice"},
        {"\"set\": {\"/seed\": 1}, \"vary\": {\"/seed\": [1]}", "does not fix"},
        {"\"vary\": {\"/seed\": [1]}, \"exclude\": [{\"/seed\": 1}]", "this product is empty"},
        {"\"vary\": {\"/seed\": [1]}, \"exclude\": [{\"/sead\": 1}]", "did you mean \"/seed\"?"},
        {"\"vary\": {\"/seed\": [1]}, \"exclude\": [{\"/seed\": 4}]", "one of the values"},
        {"\"vary\": {\"/seed\": {\"from\": 1, \"to\": 2}}", "a member \"steps\""},
        {"\"vary\": {\"/seed\": {\"from\": 1, \"to\": 2, \"step\": 2, \"steps\": 2}}", "steps"},
        {"\"vary\": {\"/duration\": {\"from\": \"1 s\", \"to\": \"2 MiB\", \"steps\": 2}}", "time"},
        {"\"vary\": {\"/seed\": {\"from\": 0, \"to\": 2, \"steps\": 2, \"scale\": \"log\"}}",
            "positive ends"},
        {"\"vary\": {\"/seed\": {\"from\": 1, \"to\": 1000000, \"steps\": 1000000},"
         " \"/measure/replications\": {\"from\": 1, \"to\": 1000000, \"steps\": 1000000}}",
            "found 1000000000000"},
        {"\"vary\": {\"/seed\": [1]}, \"limits\": {\"memory\": \"2 s\"}", "a size"},
        {"\"vary\": {\"/seed\": [1]}, \"limits\": {\"memry\": \"2 GiB\"}", "mean \"memory\"?"},
        {"\"vary\": {\"/seed\": [1]}, \"replications\": 0", "a whole number"},
    };
    put_scenario();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_sweep("bad.json", cases[i].members);
        CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/bad.json\" --out \"$T/bad\""), 2);
        CU_ASSERT(says(cases[i].message));
        CU_ASSERT_EQUAL(sh("test ! -e \"$T/bad\""), 0);
    }
    put_file("bad.json", "{\"scenario\": \"nothing.json\", \"vary\": {\"/seed\": [1]}}");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/bad.json\""), 2);
    CU_ASSERT(says("cannot be opened"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/nothing.json\""), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" sweep"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/bad.json\" --jbos 3"), 2);
    CU_ASSERT(says("did you mean --jobs?"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep status \"$T\""), 2);
    CU_ASSERT(says("is no sweep's folder"));
    ess_test_note("%zu bad sweeps told, none left anything", sizeof cases / sizeof *cases);
}

/* Once, not once a point; and not where every point looks at it. */
static void unused_fields_are_told_once(void) {
    put_scenario();
    put_sweep("s.json", "\"set\": {\"/wan/links/0/jitter\": \"3 ms\"},"
                        " \"vary\": {\"/seed\": [1, 2, 3], \"/network/model\": [\"packet\","
                        " \"fluid\"]}");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --quiet --out \"$T/unused\" 2> \"$T/told\";"
                       "cat \"$T/told\"; test $(grep -c warning \"$T/told\") = 1"),
        0);
    CU_ASSERT(says("/wan/links/0/jitter: warning: the network model \"fluid\" does not look"));
    put_sweep("s.json", "\"set\": {\"/wan/links/0/jitter\": \"3 ms\", \"/network/model\":"
                        " \"packet\"}, \"vary\": {\"/seed\": [1, 2]}");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --quiet --out \"$T/used\""), 0);
    CU_ASSERT(strstr(place.said, "warning") == NULL);
}

static void foreign_folders_are_left_alone(void) {
    put_scenario();
    put_sweep("s.json", vary);
    put_sweep("other.json", "\"vary\": {\"/seed\": [1, 2, 3]}");
    CU_ASSERT_EQUAL(sh("mkdir -p \"$T/full\" && echo x > \"$T/full/x\" && "
                       "\"$E\" sweep \"$T/s.json\" --out \"$T/full\""),
        2);
    CU_ASSERT(says("is no sweep's folder"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/other.json\" --quiet --out \"$T/theirs\" && "
                       "cp -a \"$T/theirs\" \"$T/copy\""),
        0);
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --out \"$T/theirs\""), 2);
    CU_ASSERT(says("holds another sweep"));
    CU_ASSERT_EQUAL(sh("diff -r \"$T/theirs\" \"$T/copy\""), 0);
    CU_ASSERT_EQUAL(sh("sed -i 's/\"format\": 1/\"format\": 2/' \"$T/theirs/sweep.json\"; "
                       "\"$E\" sweep resume \"$T/theirs\""),
        2);
    CU_ASSERT(says("newer program"));
    CU_ASSERT_EQUAL(sh("rm -rf \"$T/theirs\" && cp -a \"$T/copy\" \"$T/theirs\" && "
                       "sed -i '$d' \"$T/theirs/points.txt\"; \"$E\" sweep resume \"$T/theirs\""),
        2);
    CU_ASSERT(says("points.txt is missing or damaged"));
}

static void foreign_results_are_kept(void) {
    put_scenario();
    put_sweep("s.json", vary);
    CU_ASSERT_EQUAL_FATAL(sh("\"$E\" sweep \"$T/s.json\" --quiet --out \"$T/r\" && "
                             "cp -a \"$T/r\" \"$T/r0\""),
        0);
    /* Half-written, of another point, empty: set aside, computed again. */
    CU_ASSERT_EQUAL(sh("cd \"$T/r\" && set -- points/*/*.json && head -c 200 $1 > x && cp x $1 && "
                       "cp $2 $3 && : > $4 && rm results.sqlite && \"$E\" sweep status ."),
        0);
    CU_ASSERT(says("3 files that are no results"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/r\""), 0);
    CU_ASSERT(says("3 of 3 points done") && says("kept beside"));
    CU_ASSERT_EQUAL(sh("test $(ls \"$T\"/r/points/*/*.unreadable | wc -l) = 3"), 0);
    CU_ASSERT(same_database("r", "r0"));
    /* Of a newer program: refused and left as it is. */
    CU_ASSERT_EQUAL(sh("cd \"$T/r\" && set -- points/*/*.json && rm results.sqlite && "
                       "sed -i 's/\"format\": 1/\"format\": 9/' $1 && cp $1 \"$T/newer\" && "
                       "\"$E\" sweep resume .; s=$?; cmp $1 \"$T/newer\" && exit $s"),
        1);
    CU_ASSERT(says("newer program"));
    /* Databases. */
    CU_ASSERT_EQUAL(sh("rm -rf \"$T/r\"; cp -a \"$T/r0\" \"$T/r\"; cd \"$T/r\"; "
                       "printf '\\000\\000\\000\\011' | dd of=results.sqlite bs=1 seek=60 "
                       "conv=notrunc status=none; \"$E\" sweep resume ."),
        2);
    CU_ASSERT(says("schema version 9"));
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\""), 2);
    CU_ASSERT_EQUAL(sh("echo 'no database at all, but long enough to be looked at' > "
                       "\"$T/r/results.sqlite\"; \"$E\" sweep resume \"$T/r\""),
        2);
    CU_ASSERT(says("not a database"));
    CU_ASSERT_EQUAL(sh("grep -q 'no database' \"$T/r/results.sqlite\""), 0);
    put_sweep("other.json", "\"vary\": {\"/seed\": [1, 2, 3]}");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/other.json\" --quiet --out \"$T/o\"; "
                       "cp \"$T/o/results.sqlite\" \"$T/r\"; \"$E\" sweep resume \"$T/r\""),
        2);
    CU_ASSERT(says("results of another sweep"));
}

static void failures_are_recorded(void) {
    put_scenario();
    put_sweep("s.json", "\"vary\": {\"/seed\": [1, 2], \"/duration\": [\"1 min\", \"300 d\"]},"
                        "\"limits\": {\"wall\": \"300 ms\"},"
                        "\"set\": {\"/bounds/wall\": \"1 h\"}");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --out \"$T/f\""), 1);
    CU_ASSERT(says("2 of them failed") && says("essaim sweep status"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep status \"$T/f\""), 0);
    CU_ASSERT(says("took longer than 300 ms") && says("essaim point") && says("2 done, 2 failed"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/f\""), 0);
    CU_ASSERT(says("nothing is missing"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/f\" --retry-failed"), 1);
    CU_ASSERT(says("2 of 2 points done, 2 of them failed"));
    CU_ASSERT_EQUAL(sh("\"$E\" point \"$T/f\" 1"), 128 + 14);
}

/* A worker that crashes is recorded; Ctrl-C stops the rest and loses nothing. */
static void crash_and_interrupt(void) {
    put_scenario();
    put_sweep("s.json", "\"vary\": {\"/seed\": [1, 2, 3]}, \"limits\": {\"wall\": \"1 h\"},"
                        "\"set\": {\"/bounds/wall\": \"1 h\", \"/duration\": \"3000 d\"}");
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --jobs 1 --out \"$T/x\" & sweep=$!\n"
                       "child() { cat /proc/$sweep/task/$sweep/children; }\n"
                       "until [ -n \"$(child)\" ]; do sleep 0.05; done\n"
                       "kill -SEGV $(child)\n"
                       "until ls \"$T\"/x/points/*/*.json; do sleep 0.05; done\n"
                       "kill -INT $sweep; wait $sweep"),
        1);
    CU_ASSERT(says("interrupted: 1 of 3 points done, 1 of them failed") && says("sweep resume"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep status \"$T/x\""), 0);
    CU_ASSERT(says("point 0") && says("failed: ") && says("essaim point") &&
              says("0 done, 1 failed, 2 missing"));
}

static void full_disk_and_stopped_writes(void) {
    put_scenario();
    put_sweep("s.json", vary);
    /* No file may grow beyond a block: neither the folder nor results can be written. */
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --quiet --out \"$T/d\""), 0);
    CU_ASSERT_EQUAL(sh("rm -rf \"$T\"/d/points/* \"$T/d/results.sqlite\"; (ulimit -f 1; "
                       "\"$E\" sweep resume \"$T/d\")"),
        2);
    CU_ASSERT(says("results.sqlite"));
    CU_ASSERT_EQUAL(sh("(ulimit -f 1; \"$E\" point \"$T/d\" --chunk 9 --task 0)"), 1);
    CU_ASSERT(says("cannot be written"));
    CU_ASSERT_EQUAL(sh("test -z \"$(ls -A \"$T/d/partial\")\""), 0);
    CU_ASSERT_EQUAL(sh("rm -f \"$T/d/results.sqlite\"*; \"$E\" sweep resume \"$T/d\""), 0);
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --out /proc/nothing/here"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --out \"$T/s.json\""), 2);
    CU_ASSERT(says("Not a directory"));
    if (geteuid() == 0) {
        ess_test_note("read-only folder not tried: root may write everywhere");
        return;
    }
    CU_ASSERT_EQUAL(sh("chmod -R a-w \"$T/d\"; \"$E\" sweep resume \"$T/d\"; s=$?; "
                       "chmod -R u+w \"$T/d\"; exit $s"),
        2);
    CU_ASSERT(says("cannot be written"));
}

/* A scheduler that runs each task at once: what is handed to it gives the same database. */
static void array_jobs(void) {
    put_scenario();
    put_sweep("s.json", vary);
    CU_ASSERT_EQUAL(sh("PATH=/nowhere; \"$E\" sweep \"$T/s.json\" --slurm --out \"$T/c\""), 2);
    CU_ASSERT(says("no sbatch on the path") && says("--print-script"));
    CU_ASSERT_EQUAL(
        sh("rm -rf \"$T/c\"; mkdir -p \"$T/bin\"; cat > \"$T/bin/sbatch\" <<'END'\n"
           "#!/bin/sh\n"
           "for script; do :; done\n"
           "echo \"$@\" >> \"$T/log\"\n"
           "tasks=$(sed -n 's/^#SBATCH --array=//p' \"$script\" | sed 's/-/ /')\n"
           "if [ -n \"$tasks\" ]; then\n"
           "    for i in $(seq $tasks $(echo $tasks | grep -q ' ' || echo $tasks)); do\n"
           "        SLURM_ARRAY_TASK_ID=$i sh \"$script\"; done\n"
           "else sh \"$script\"; fi\n"
           "echo 17\n"
           "END\n"
           "chmod +x \"$T/bin/sbatch\""),
        0);
    CU_ASSERT_EQUAL(sh("PATH=\"$T/bin:$PATH\"; \"$E\" sweep \"$T/s.json\" --slurm --chunk 2 "
                       "--partition short --time 10 --out \"$T/c\"; cat \"$T/log\""),
        0);
    CU_ASSERT(says("array 17 (3 tasks), merge 17") && says("--dependency=afterany:17"));
    CU_ASSERT_EQUAL(sh("grep -qx '#SBATCH --partition=short' \"$T/c/array.sh\" && "
                       "grep -qx '#SBATCH --time=10' \"$T/c/array.sh\""),
        0);
    CU_ASSERT_EQUAL(sh("\"$E\" sweep \"$T/s.json\" --quiet --out \"$T/l\""), 0);
    CU_ASSERT(same_database("c", "l"));
    /* Only tasks with missing points are submitted again. */
    CU_ASSERT_EQUAL(sh("cd \"$T/c\"; h=$(sed -n 3p points.txt); rm points/*/$h.json; "
                       "PATH=\"$T/bin:$PATH\"; \"$E\" sweep resume . --slurm --chunk 2; "
                       "grep array= array.sh"),
        0);
    CU_ASSERT(says("(1 task)") && says("--array=1\n"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/c\" --print-script"), 0);
    CU_ASSERT(says("sweep merge") && says("array.sh"));
    CU_ASSERT_EQUAL(sh("\"$E\" sweep resume \"$T/c\" --slurm --time '1; rm x'"), 2);
}

static void results_are_told(void) {
    put_scenario();
    put_sweep("s.json", vary);
    CU_ASSERT_EQUAL(sh("rm -rf \"$T/r\"; \"$E\" sweep \"$T/s.json\" --quiet --out \"$T/r\""), 0);
    CU_ASSERT_EQUAL(sh("test $(\"$E\" results \"$T/r\" --format csv | wc -l) = "
                       "$((1 + 6 * $(\"$E\" results \"$T/r\" --format csv --where /seed=1 --where "
                       "/policies/recovery=retry | tail -n +2 | wc -l)))"),
        0);
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\" --group /seed --metric steps"), 0);
    CU_ASSERT(says("points") && says("2       "));
    CU_ASSERT_EQUAL(
        sh("\"$E\" results \"$T/r\" --metric steps --pivot /seed,/policies/recovery"), 0);
    CU_ASSERT(says("retry") && says("continue"));
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\" --metric steps --best /policies/recovery"), 0);
    CU_ASSERT(says("decided"));
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\" --group /sead"), 2);
    CU_ASSERT(says("did you mean \"/seed\"?"));
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\" --metric step_tiem"), 2);
    CU_ASSERT(says("did you mean step_time?"));
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\" --where /seed=7"), 2);
    CU_ASSERT(says("has no value 7"));
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T/r\" --pivot /seed,/nothing --metric steps"), 2);
    CU_ASSERT_EQUAL(sh("\"$E\" results \"$T\""), 2);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"runs, resumes and merges", runs_resumes_and_merges},
        {"identity is of all that matters", identity_is_of_all_that_matters},
        {"exclusions and ranges", exclusions_and_ranges},
        {"bad sweeps are told", bad_sweeps_are_told},
        {"unused fields are told once", unused_fields_are_told_once},
        {"foreign folders are left alone", foreign_folders_are_left_alone},
        {"foreign results are kept", foreign_results_are_kept},
        {"failures are recorded", failures_are_recorded},
        {"a crash and Ctrl-C", crash_and_interrupt},
        {"full disk and stopped writes", full_disk_and_stopped_writes},
        {"array jobs", array_jobs},
        {"results are told", results_are_told},
        {NULL, NULL},
    };
    int status;
    if (!sweep_place_find()) {
        puts("sweep: 0 passed, 1 failed, 0 skipped");
        return 1;
    }
    status = ess_test_main("sweep", tests);
    sweep_place_leave();
    return status;
}
