/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/sweep_run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/commands/sweep_merge.h"
#include "sim/engine/arena.h"
#include "sim/engine/heap.h"
#include "sim/scenario/units.h"

enum {
    JOBS_MAX = 256,
    TRIES = 3,
    REASON_BYTES = 400,
    TICK_US = 200000,
    MERGED_AT_ONCE = 500,
    PREPARED_MAX = 64,
    PREPARED_HOSTS_MAX = 100000,
    /* How a child ends; 3 is ess_out_of_memory()'s. */
    CHILD_WROTE = 0,
    CHILD_WROTE_FAILURE = 12, /* its result says why there is none */
    CHILD_OUT_OF_MEMORY = 3,
    CHILD_CANNOT_WRITE = 10
};

struct child {
    pid_t process;
    size_t point;
    FILE *said; /* its stderr, a file without a name that slot after slot reuses */
};

/* After a fork each page that parent or child writes to costs a fault, and faults are what most of
 * a small point's time goes to. So the parent does what it does in batches: it builds the next
 * points' scenarios before it forks them, and merges many results at once. */
struct dispatch {
    struct ess_sweep_run *run;
    uint32_t *pending; /* points yet to start */
    unsigned char *tries;
    size_t pending_count, next;
    struct ess_point prepared[PREPARED_MAX]; /* of pending[prepared_from] and on */
    uint32_t prepared_points[PREPARED_MAX];
    size_t prepared_from, prepared_count;
    struct child children[JOBS_MAX];
    size_t jobs, child_count;
    uint32_t unmerged[MERGED_AT_ONCE]; /* points whose results came since the last merge */
    size_t unmerged_count;
    struct timespec started, merged;
};

/* ---- the child --------------------------------------------------------------------------------
 */

/* Address space of this process; 0 where it cannot be told. */
static uint64_t address_bytes(void) {
    char text[64];
    FILE *file = fopen("/proc/self/statm", "r");
    uint64_t pages = file && fgets(text, sizeof text, file) ? strtoull(text, NULL, 10) : 0;
    if (file) {
        fclose(file);
    }
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/* The limit is on what the point takes beyond the program that was forked. No core files: a sweep
 * could fill a disk with them, and a crash can be replayed. */
static void limit_memory(const struct ess_sweep *sweep) {
    rlim_t bytes = (rlim_t)(address_bytes() + (uint64_t)sweep->memory_bytes);
    struct rlimit memory = {bytes, bytes}, core = {0, 0};
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &core);
}

/* SIGALRM ends the process, and that is how the parent knows. */
static void limit_time(const struct ess_sweep *sweep) {
    struct itimerval timer = {.it_value = {.tv_sec = (time_t)(sweep->wall_ns / 1000000000),
                                  .tv_usec = (suseconds_t)(sweep->wall_ns % 1000000000 / 1000)}};
    if (timer.it_value.tv_sec == 0 && timer.it_value.tv_usec == 0) {
        timer.it_value.tv_usec = 1;
    }
    signal(SIGALRM, SIG_DFL);
    setitimer(ITIMER_REAL, &timer, NULL);
}

/* Build a point and see that it is still the point it was. */
static bool build(struct ess_point_program *program, const struct ess_sweep_folder *folder,
    size_t point, struct ess_point *made) {
    size_t steps[ESS_SWEEP_AXES_MAX];
    struct ess_diagnostics diagnostics;
    bool good;
    ess_diagnostics_init(&diagnostics);
    ess_sweep_steps(folder->sweep, point, steps);
    good = ess_point_load(program, folder->sweep, steps, made, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    if (!good || strcmp(made->hash, folder->hashes[point]) == 0) {
        return good;
    }
    fprintf(stderr,
        "%s: the scenario, its trace or the program has changed since this sweep was made (version "
        "%s then, %s now); put it back, or make a new sweep\n",
        folder->path, folder->sweep->origin.version, program->version);
    ess_point_fini(made);
    return false;
}

struct ess_sweep_result *ess_sweep_run_here(struct ess_point_program *program,
    const struct ess_sweep_folder *folder, size_t point, bool limited) {
    struct ess_sweep_result *result;
    struct ess_point made;
    if (!build(program, folder, point, &made)) {
        return NULL;
    }
    if (limited) {
        limit_memory(folder->sweep);
        limit_time(folder->sweep);
    }
    result = ess_point_run(program, &made);
    ess_point_fini(&made);
    return result;
}

_Noreturn static void be_child(
    const struct ess_sweep_run *run, const struct ess_point *point, FILE *said, pid_t parent) {
    struct ess_sweep_result *result;
    int error;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) { /* it died before the line above */
        _exit(CHILD_CANNOT_WRITE);
    }
    signal(SIGINT, SIG_IGN); /* from the terminal: the parent decides */
    signal(SIGTERM, SIG_DFL);
    dup2(fileno(said), STDERR_FILENO);
    limit_memory(run->folder->sweep);
    limit_time(run->folder->sweep);
    ess_heap_prepare(point->scenario->host_count);
    result = ess_point_run(run->program, point);
    error = ess_sweep_folder_put(run->folder, result);
    if (error) {
        fprintf(stderr, "%s: a result cannot be written: %s\n", run->folder->path, strerror(error));
        _exit(CHILD_CANNOT_WRITE);
    }
    _exit(result->reason ? CHILD_WROTE_FAILURE : CHILD_WROTE);
}

/* ---- the parent: starting ---------------------------------------------------------------------
 */

static double seconds_since(const struct timespec *start) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + 1e-9 * (double)(now.tv_nsec - start->tv_nsec);
}

static bool stop(struct ess_sweep_run *run, const char *what, int error) {
    fprintf(stderr, "%s: %s: %s\n", run->folder->path, what, strerror(error));
    run->stopped = true;
    return false;
}

static void drop_prepared(struct dispatch *dispatch) {
    while (dispatch->prepared_count > 0) {
        ess_point_fini(&dispatch->prepared[--dispatch->prepared_count]);
    }
}

/* The next points, as many as are not too large together. */
static bool prepare_some(struct dispatch *dispatch) {
    size_t hosts = 0;
    drop_prepared(dispatch);
    dispatch->prepared_from = dispatch->next;
    for (size_t i = dispatch->next;
         i < dispatch->pending_count && dispatch->prepared_count < PREPARED_MAX &&
         hosts < PREPARED_HOSTS_MAX;
         i++) {
        struct ess_point *made = &dispatch->prepared[dispatch->prepared_count];
        if (!build(dispatch->run->program, dispatch->run->folder, dispatch->pending[i], made)) {
            dispatch->run->stopped = true;
            return false;
        }
        hosts += made->scenario->host_count;
        dispatch->prepared_points[dispatch->prepared_count++] = dispatch->pending[i];
    }
    return true;
}

/* The point that is next; NULL where it cannot be built. */
static const struct ess_point *next_point(struct dispatch *dispatch) {
    size_t slot = dispatch->next - dispatch->prepared_from;
    bool there = dispatch->next >= dispatch->prepared_from && slot < dispatch->prepared_count &&
                 dispatch->prepared_points[slot] == dispatch->pending[dispatch->next];
    if (there) {
        return &dispatch->prepared[slot];
    }
    return prepare_some(dispatch) ? &dispatch->prepared[0] : NULL;
}

/* Into the first free slot, which has its file for stderr from then on. */
static bool start_child(struct dispatch *dispatch) {
    const struct ess_point *point = next_point(dispatch);
    struct child *child = dispatch->children;
    pid_t parent = getpid();
    if (!point) {
        return false;
    }
    while (child->process) {
        child++;
    }
    if (!child->said) {
        child->said = tmpfile();
    }
    if (!child->said) {
        return stop(dispatch->run, "no temporary file can be made", errno);
    }
    fflush(NULL);
    child->process = fork();
    if (child->process < 0) {
        child->process = 0;
        return stop(dispatch->run, "no process can be started", errno);
    }
    if (child->process == 0) {
        be_child(dispatch->run, point, child->said, parent);
    }
    child->point = dispatch->pending[dispatch->next++];
    dispatch->child_count++;
    return true;
}

/* ---- the parent: merging ----------------------------------------------------------------------
 */

/* Whatever the database refuses, the results are on disk already. */
static bool merge_some(struct dispatch *dispatch) {
    struct ess_sweep_store *store = dispatch->run->store;
    bool good = true;
    clock_gettime(CLOCK_MONOTONIC, &dispatch->merged);
    if (store && dispatch->unmerged_count > 0) {
        good = ess_sweep_store_begin(store);
        for (size_t i = 0; good && i < dispatch->unmerged_count; i++) {
            good = ess_sweep_merge_point(dispatch->run->folder, store, dispatch->unmerged[i]);
        }
        good = good && ess_sweep_store_commit(store);
    }
    dispatch->unmerged_count = 0;
    dispatch->run->stopped |= !good;
    return good;
}

static bool take_written(struct dispatch *dispatch, size_t point, bool failed) {
    dispatch->run->done += !failed;
    dispatch->run->failed += failed;
    dispatch->unmerged[dispatch->unmerged_count++] = (uint32_t)point;
    return (dispatch->unmerged_count < MERGED_AT_ONCE && seconds_since(&dispatch->merged) < 2) ||
           merge_some(dispatch);
}

static bool take_failure(struct dispatch *dispatch, size_t point, const char *reason) {
    const struct ess_sweep_folder *folder = dispatch->run->folder;
    struct ess_sweep_result *result = ess_sweep_result_failed(folder->hashes[point], reason);
    int error = ess_sweep_folder_put(folder, result);
    ess_sweep_result_free(result);
    if (error) {
        return stop(dispatch->run, "a result cannot be written", error);
    }
    return take_written(dispatch, point, true);
}

/* ---- the parent: how a child ended ------------------------------------------------------------
 */

/* The last line that the child said, without its end; empties the file for the next child. */
static void take_last_line(FILE *said, char *line, size_t bytes) {
    char text[4096];
    off_t size = lseek(fileno(said), 0, SEEK_END);
    off_t from = size > (off_t)sizeof text - 1 ? size - (off_t)sizeof text + 1 : 0;
    ssize_t got = pread(fileno(said), text, sizeof text - 1, from);
    const char *last = text;
    text[got > 0 ? got : 0] = '\0';
    while (got > 0 && text[got - 1] == '\n') {
        text[--got] = '\0';
    }
    if (strrchr(text, '\n')) {
        last = strrchr(text, '\n') + 1;
    }
    snprintf(line, bytes, "%.*s", (int)bytes - 1, last);
    if (ftruncate(fileno(said), 0) == 0) {
        lseek(fileno(said), 0, SEEK_SET);
    }
}

static bool is_from_outside(int number) {
    return number == SIGKILL || number == SIGTERM || number == SIGINT || number == SIGHUP;
}

/* A name, not strsignal(): its words differ between systems, and databases are compared. */
static const char *signal_name(int number) {
    switch (number) {
    case SIGSEGV:
        return "SIGSEGV, a bad memory access";
    case SIGABRT:
        return "SIGABRT, a failed assertion or the like";
    case SIGBUS:
        return "SIGBUS, a bad memory access";
    case SIGFPE:
        return "SIGFPE, bad arithmetic";
    case SIGILL:
        return "SIGILL, a bad instruction";
    default:
        return "a signal";
    }
}

static void describe(
    const struct ess_sweep *sweep, int status, const char *line, char reason[REASON_BYTES]) {
    char limit[ESS_QUANTITY_TEXT_BYTES];
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (number == SIGALRM) {
        ess_units_format((double)sweep->wall_ns, ESS_DIMENSION_TIME, limit);
        snprintf(reason, REASON_BYTES, "took longer than %s", limit);
    } else if (number) {
        snprintf(reason, REASON_BYTES, "crashed by signal %d (%s)%s%s", number, signal_name(number),
            *line ? ": " : "", line);
    } else if (WEXITSTATUS(status) == CHILD_OUT_OF_MEMORY) {
        ess_units_format((double)sweep->memory_bytes, ESS_DIMENSION_SIZE, limit);
        snprintf(reason, REASON_BYTES, "needed more memory than %s", limit);
    } else {
        snprintf(reason, REASON_BYTES, "ended with status %d%s%s", WEXITSTATUS(status),
            *line ? ": " : "", line);
    }
}

/* Killed from outside: again, at the end of the queue; there is room, for it was there before. */
static bool try_again(struct dispatch *dispatch, size_t point) {
    if (++dispatch->tries[point - dispatch->run->from] >= TRIES) {
        dispatch->run->killed++;
        return true;
    }
    dispatch->pending[--dispatch->next] = (uint32_t)point;
    return true;
}

static bool end_child(struct dispatch *dispatch, struct child *child, int status) {
    char line[200], reason[REASON_BYTES];
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    child->process = 0;
    dispatch->child_count--;
    if (code == CHILD_WROTE || code == CHILD_WROTE_FAILURE) {
        return take_written(dispatch, child->point, code == CHILD_WROTE_FAILURE);
    }
    take_last_line(child->said, line, sizeof line);
    if (code == CHILD_CANNOT_WRITE) {
        fprintf(stderr, "%s\n", line);
        dispatch->run->stopped = true;
        return false;
    }
    /* It may have been killed just after its result was in place. */
    if (ess_sweep_folder_has(dispatch->run->folder, child->point)) {
        return take_written(dispatch, child->point, false);
    }
    if (WIFSIGNALED(status) && is_from_outside(WTERMSIG(status))) {
        return try_again(dispatch, child->point);
    }
    describe(dispatch->run->folder->sweep, status, line, reason);
    return take_failure(dispatch, child->point, reason);
}

/* Returns at the latest after a tick, since the timer's signal interrupts the wait. */
static bool wait_for_one(struct dispatch *dispatch) {
    int status;
    pid_t process = waitpid(-1, &status, 0);
    for (size_t i = 0; process > 0 && i < dispatch->jobs; i++) {
        if (dispatch->children[i].process == process) {
            return end_child(dispatch, &dispatch->children[i], status);
        }
    }
    return true;
}

static void kill_children(struct dispatch *dispatch) {
    for (size_t i = 0; i < dispatch->jobs; i++) {
        struct child *child = &dispatch->children[i];
        if (child->process) {
            kill(child->process, SIGKILL);
            while (waitpid(child->process, NULL, 0) < 0 && errno == EINTR) {}
        }
        if (child->said) {
            fclose(child->said);
        }
    }
}

/* ---- the parent: the whole --------------------------------------------------------------------
 */

static void on_tick(int number) {
    (void)number;
}

static void set_ticking(bool on) {
    struct sigaction action = {.sa_handler = on ? on_tick : SIG_DFL};
    struct itimerval timer = {{0, on ? TICK_US : 0}, {0, on ? TICK_US : 0}};
    if (on) {
        sigaction(SIGALRM, &action, NULL);
    }
    setitimer(ITIMER_REAL, &timer, NULL);
}

static void show_progress(const struct dispatch *dispatch, double *shown_s) {
    const struct ess_sweep_run *run = dispatch->run;
    double elapsed_s = seconds_since(&dispatch->started);
    size_t ended = run->done + run->failed + run->killed;
    if (!run->progress || elapsed_s - *shown_s < 0.2) {
        return;
    }
    *shown_s = elapsed_s;
    fprintf(run->progress, "\r%zu of %zu points", ended, run->wanted);
    if (run->failed > 0) {
        fprintf(run->progress, ", %zu failed", run->failed);
    }
    fprintf(run->progress, ", %.0f s", elapsed_s);
    if (ended > 0) {
        fprintf(run->progress, ", about %.0f s left   ",
            elapsed_s / (double)ended * (double)(run->wanted - ended));
    }
    fflush(run->progress);
}

static bool is_missing(const struct ess_sweep_run *run, size_t point) {
    return run->folder->first[point] == point && !ess_sweep_folder_has(run->folder, point) &&
           !(run->store && ess_sweep_store_has(run->store, point));
}

static void prepare(struct dispatch *dispatch) {
    struct ess_sweep_run *run = dispatch->run;
    size_t count = run->to - run->from;
    dispatch->pending = calloc(count + 1, sizeof *dispatch->pending);
    dispatch->tries = calloc(count + 1, sizeof *dispatch->tries);
    if (!dispatch->pending || !dispatch->tries) {
        ess_out_of_memory(count, sizeof *dispatch->pending);
    }
    for (size_t point = run->from; point < run->to; point++) {
        if (is_missing(run, point)) {
            dispatch->pending[dispatch->pending_count++] = (uint32_t)point;
        }
    }
    dispatch->jobs = run->jobs < JOBS_MAX ? (size_t)run->jobs : JOBS_MAX;
    run->wanted = dispatch->pending_count;
    run->done = run->failed = run->killed = 0;
    run->stopped = false;
}

static void dispatch_all(struct dispatch *dispatch) {
    struct ess_sweep_run *run = dispatch->run;
    double shown_s = 0;
    bool good = true;
    while (good && !*run->interrupted &&
           (dispatch->next < dispatch->pending_count || dispatch->child_count > 0)) {
        while (good && dispatch->child_count < dispatch->jobs &&
               dispatch->next < dispatch->pending_count) {
            good = start_child(dispatch);
        }
        show_progress(dispatch, &shown_s);
        if (good) {
            good = wait_for_one(dispatch);
        }
    }
}

bool ess_sweep_run_points(struct ess_sweep_run *run) {
    struct dispatch dispatch = {.run = run};
    prepare(&dispatch);
    clock_gettime(CLOCK_MONOTONIC, &dispatch.started);
    dispatch.merged = dispatch.started;
    set_ticking(true);
    dispatch_all(&dispatch);
    set_ticking(false);
    kill_children(&dispatch);
    drop_prepared(&dispatch);
    merge_some(&dispatch);
    free(dispatch.pending);
    free(dispatch.tries);
    if (run->progress) {
        fprintf(run->progress, "\r%*s\r", 70, "");
        fflush(run->progress);
    }
    return run->done + run->failed == run->wanted;
}
