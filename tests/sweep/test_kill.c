/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kill -9 at random moments of whatever belongs to a sweep: the program, one of its workers, all of
 * them at once, the merge. After each, every result that was there is there unchanged, none is
 * half-written, and the database can be read; in the end the database is that of an undisturbed
 * run. ESSAIM_KILLS says how many kills (default 8; make test-kill: 200). */
#include "sweep_support.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "analysis/sweep_folder.h"

enum { POINTS = 16, PATH_BYTES = PATH_MAX + 64 };

static const char *const definition =
    "{\"name\": \"kill\", \"scenario\": \"small.json\","
    " \"vary\": {\"/policies/recovery\": [\"retry\", \"continue\"],"
    " \"/seed\": {\"from\": 1, \"to\": 8, \"steps\": 8}}}";

struct seen {
    bool there;
    ino_t file;
    struct timespec when;
};

static uint64_t state = 20261124;

static uint64_t draw(uint64_t below) {
    /* SplitMix64 (Steele et al. 2014); which moments are hit depends on the machine anyway. */
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

/* Start the program in a process group of its own. */
static pid_t start(const char *first, const char *second, const char *third, const char *fourth) {
    pid_t process = fork();
    if (process == 0) {
        setpgid(0, 0);
        if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout)) {
            _exit(127);
        }
        execl(place.program, place.program, "sweep", first, second, third, fourth, (char *)NULL);
        _exit(127);
    }
    setpgid(process, process);
    return process;
}

static void pause_us(uint64_t us) {
    struct timespec time = {(time_t)(us / 1000000), (long)(us % 1000000) * 1000};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {}
}

/* A child of the process, or 0. */
static pid_t child_of(pid_t process) {
    char path[80], text[256] = "";
    FILE *file;
    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", (long)process, (long)process);
    file = fopen(path, "r");
    if (file) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
    }
    return (pid_t)strtol(text, NULL, 10);
}

/* Look at every point: what was there is there, the same file; nothing is half-written. Returns how
 * many are done. */
static size_t look(const char *path, struct seen seen[POINTS]) {
    struct ess_sweep_folder folder;
    struct ess_diagnostics diagnostics;
    size_t done = 0;
    if (access(path, F_OK) != 0) {
        return 0; /* killed before there was a folder */
    }
    CU_ASSERT_FATAL(ess_sweep_folder_open(&folder, path));
    CU_ASSERT_EQUAL_FATAL(folder.sweep->point_count, POINTS);
    ess_diagnostics_init(&diagnostics);
    for (size_t i = 0; i < POINTS; i++) {
        enum ess_sweep_point_state found = ess_sweep_folder_read(&folder, i, NULL, &diagnostics);
        char file[PATH_BYTES + 100];
        struct stat info;
        if (found == ESS_SWEEP_POINT_MISSING) {
            CU_ASSERT_FALSE(seen[i].there);
            continue;
        }
        CU_ASSERT_EQUAL(found, ESS_SWEEP_POINT_DONE);
        snprintf(
            file, sizeof file, "%s/points/%.2s/%s.json", path, folder.hashes[i], folder.hashes[i]);
        CU_ASSERT_EQUAL_FATAL(stat(file, &info), 0);
        CU_ASSERT(!seen[i].there ||
                  (seen[i].file == info.st_ino && seen[i].when.tv_sec == info.st_mtim.tv_sec &&
                      seen[i].when.tv_nsec == info.st_mtim.tv_nsec));
        seen[i] = (struct seen){true, info.st_ino, info.st_mtim};
        done++;
    }
    CU_ASSERT_EQUAL(diagnostics.count, 0);
    ess_diagnostics_fini(&diagnostics);
    ess_sweep_folder_close(&folder);
    return done;
}

static void wait_end(pid_t process) {
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR) {}
}

enum target { PROGRAM, WORKER, GROUP, MERGE, TARGETS };

/* One kill. Returns whether anything was still alive to be killed. */
static bool kill_once(const char *sweep, const char *folder, uint64_t whole_us, int target) {
    pid_t process, victim;
    int status;
    bool hit;
    if (target == MERGE) { /* give it something to do: the database is made anew from the files */
        CU_ASSERT_EQUAL(sh("rm -f \"$T/killed/results.sqlite\""), 0);
        process = start("merge", folder, NULL, NULL);
        pause_us(draw(whole_us / 8));
    } else {
        process = start(sweep, "--quiet", "--out", folder);
        pause_us(draw(whole_us));
    }
    if (target == WORKER) {
        victim = child_of(process);
        hit = victim > 0 && kill(victim, SIGKILL) == 0;
        if (draw(2) == 0) { /* and soon after it the program too */
            pause_us(draw(3000));
            kill(process, SIGKILL);
        }
        wait_end(process);
        return hit;
    }
    hit = waitpid(process, &status, WNOHANG) == 0;
    if (hit) {
        kill(target == GROUP ? -process : process, SIGKILL);
        wait_end(process);
    }
    return hit;
}

static uint64_t run_us(void) {
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    CU_ASSERT_EQUAL_FATAL(sh("\"$E\" sweep \"$T/kill.json\" --quiet --out \"$T/whole\""), 0);
    clock_gettime(CLOCK_MONOTONIC, &to);
    return (uint64_t)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
}

static void nothing_is_lost(void) {
    const char *wanted = getenv("ESSAIM_KILLS");
    size_t kills = wanted ? strtoul(wanted, NULL, 10) : 8;
    size_t hits = 0, sweeps = 0, by_target[TARGETS] = {0};
    char sweep[PATH_BYTES], folder[PATH_BYTES];
    uint64_t whole_us;
    put_scenario();
    put_file("kill.json", definition);
    whole_us = run_us();
    snprintf(sweep, sizeof sweep, "%s/kill.json", place.folder);
    snprintf(folder, sizeof folder, "%s/killed", place.folder);
    /* Late moments hit nothing; more tries than ever needed bound the loop. */
    for (size_t tries = 0; hits < kills && tries < 20 * kills; sweeps++) {
        struct seen seen[POINTS] = {{0}};
        size_t done = 0, round = 0;
        for (; hits < kills && done < POINTS && tries < 20 * kills; tries++, round++) {
            int target = (int)draw(access(folder, F_OK) == 0 ? TARGETS : MERGE);
            size_t now;
            bool hit = kill_once(sweep, folder, whole_us / 2, target);
            hits += hit;
            by_target[target] += hit;
            now = look(folder, seen);
            CU_ASSERT(now >= done);
            done = now;
            /* Said as it happens: should a run ever hang, its log tells after which kill. */
            printf("try %zu: target %d, %s, %zu of %d points\n", tries, target,
                hit ? "hit" : "missed", done, POINTS);
            fflush(stdout);
        }
        CU_ASSERT_EQUAL_FATAL(sh("\"$E\" sweep \"$T/kill.json\" --quiet --out \"$T/killed\""), 0);
        CU_ASSERT_EQUAL(look(folder, seen), POINTS);
        CU_ASSERT_FATAL(same_database("whole", "killed"));
        CU_ASSERT_EQUAL(
            sh("test -z \"$(ls -A \"$T/killed/partial\")\" && rm -rf \"$T/killed\""), 0);
    }
    CU_ASSERT_EQUAL(hits, kills);
    ess_test_note("%zu kills hit (program %zu, worker %zu, whole group %zu, merge %zu) in %zu "
                  "sweeps of %d points; no result lost or changed, equal databases",
        hits, by_target[PROGRAM], by_target[WORKER], by_target[GROUP], by_target[MERGE], sweeps,
        POINTS);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"kill -9 of anything loses at most the points in flight", nothing_is_lost}, {NULL, NULL}};
    int status;
    if (!sweep_place_find()) {
        puts("kill: 0 passed, 1 failed, 0 skipped");
        return 1;
    }
    status = ess_test_main("kill", tests);
    sweep_place_leave();
    return status;
}
