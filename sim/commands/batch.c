/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/batch.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/engine/arena.h"
#include "sim/engine/heap.h"

enum { JOBS_MAX = 256 };

struct child {
    pid_t process;
    int pipe;
    size_t item;
    char *bytes;
    size_t size, capacity;
};

struct batch {
    struct ess_batch_item *items;
    size_t count, next, ended;
    struct child children[JOBS_MAX];
    size_t child_count;
    FILE *progress;
    struct timespec started;
};

/* ---- the child: run, write outcome, steps and transfers into the pipe
 * -----------------------------
 */

static bool write_all(int file, const void *bytes, size_t size) {
    const char *at = bytes;
    while (size > 0) {
        ssize_t written = write(file, at, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        at += written;
        size -= (size_t)written;
    }
    return true;
}

_Noreturn static void be_child(const struct ess_batch_item *item, int out) {
    struct ess_world_options options = {.replication = item->replication, .trace = item->trace};
    struct ess_world_outcome outcome;
    struct ess_trace_error error = {.line = 0};
    bool ok;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    ess_heap_prepare(item->scenario->host_count);
    ok = ess_world_run(item->scenario, &options, &outcome, &error);
    if (!ok) {
        ess_trace_error_print(&error, stderr);
        _exit(1);
    }
    ok = write_all(out, &outcome, sizeof outcome) &&
         write_all(out, outcome.step_records, outcome.steps * sizeof *outcome.step_records) &&
         write_all(out, outcome.plain, outcome.plain_count * sizeof *outcome.plain);
    _exit(ok ? 0 : 1);
}

/* ---- the parent -------------------------------------------------------------------------------
 */

static void fail_item(struct ess_batch_item *item, const char *format, int number) {
    snprintf(item->failure, sizeof item->failure, format, number);
    item->done = true;
}

static void start_child(struct batch *batch) {
    struct child *child = &batch->children[batch->child_count];
    struct ess_batch_item *item = &batch->items[batch->next++];
    int ends[2];
    pid_t process;
    fflush(NULL);
    if (pipe(ends) != 0) {
        fail_item(item, "no pipe could be made (error %d)", errno);
        batch->ended++;
        return;
    }
    process = fork();
    if (process < 0) {
        fail_item(item, "no process could be started (error %d)", errno);
        batch->ended++;
        close(ends[0]);
        close(ends[1]);
        return;
    }
    if (process == 0) {
        close(ends[0]);
        be_child(item, ends[1]);
    }
    close(ends[1]);
    *child =
        (struct child){.process = process, .pipe = ends[0], .item = (size_t)(item - batch->items)};
    batch->child_count++;
}

/* True at the end of the pipe. */
static bool read_some(struct child *child) {
    ssize_t got;
    if (child->capacity - child->size < 65536) {
        child->capacity = child->capacity * 2 + 65536;
        child->bytes = realloc(child->bytes, child->capacity);
        if (!child->bytes) {
            ess_out_of_memory(1, child->capacity);
        }
    }
    got = read(child->pipe, child->bytes + child->size, child->capacity - child->size);
    if (got > 0) {
        child->size += (size_t)got;
    }
    return got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
}

/* A copy of what stands at `*at`, which moves behind it. */
static void *take_array(const char **at, size_t bytes) {
    void *copy = malloc(bytes + 1);
    if (!copy) {
        ess_out_of_memory(1, bytes);
    }
    memcpy(copy, *at, bytes);
    *at += bytes;
    return copy;
}

static bool take_outcome(struct child *child, struct ess_batch_item *item) {
    struct ess_world_outcome *outcome = &item->outcome;
    const char *at = child->bytes + sizeof *outcome;
    size_t steps, plain;
    if (child->size < sizeof *outcome) {
        return false;
    }
    memcpy(outcome, child->bytes, sizeof *outcome);
    outcome->step_records = NULL;
    outcome->plain = NULL;
    steps = outcome->steps * sizeof *outcome->step_records;
    plain = outcome->plain_count * sizeof *outcome->plain;
    if (child->size != sizeof *outcome + steps + plain) {
        return false;
    }
    outcome->step_records = take_array(&at, steps);
    outcome->plain = take_array(&at, plain);
    return true;
}

static void end_child(struct batch *batch, size_t index) {
    struct child *child = &batch->children[index];
    struct ess_batch_item *item = &batch->items[child->item];
    int status = 0;
    while (waitpid(child->process, &status, 0) < 0 && errno == EINTR) {}
    if (WIFSIGNALED(status)) {
        fail_item(item, "its process was ended by signal %d", WTERMSIG(status));
    } else if (WEXITSTATUS(status) != 0) {
        fail_item(item, "its process ended with status %d", WEXITSTATUS(status));
    } else if (!take_outcome(child, item)) {
        fail_item(item, "its process gave no whole outcome", 0);
    }
    item->done = true;
    close(child->pipe);
    free(child->bytes);
    *child = batch->children[--batch->child_count];
    batch->ended++;
}

static void show_progress(const struct batch *batch) {
    struct timespec now;
    double elapsed_s;
    if (!batch->progress) {
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    elapsed_s = (double)(now.tv_sec - batch->started.tv_sec) +
                1e-9 * (double)(now.tv_nsec - batch->started.tv_nsec);
    fprintf(batch->progress, "\r%zu of %zu runs, %.0f s", batch->ended, batch->count, elapsed_s);
    if (batch->ended > 0) {
        fprintf(batch->progress, ", about %.0f s left   ",
            elapsed_s / (double)batch->ended * (double)(batch->count - batch->ended));
    }
    fflush(batch->progress);
}

static void wait_for_some(struct batch *batch) {
    struct pollfd files[JOBS_MAX];
    for (size_t i = 0; i < batch->child_count; i++) {
        files[i] = (struct pollfd){batch->children[i].pipe, POLLIN, 0};
    }
    if (poll(files, batch->child_count, 1000) <= 0) {
        return;
    }
    /* From the last, since end_child() puts the last one in the place of the one that ended. */
    for (size_t i = batch->child_count; i-- > 0;) {
        if (files[i].revents && read_some(&batch->children[i])) {
            end_child(batch, i);
        }
    }
}

static void kill_children(struct batch *batch) {
    for (size_t i = 0; i < batch->child_count; i++) {
        kill(batch->children[i].process, SIGKILL);
    }
    while (batch->child_count > 0) {
        end_child(batch, batch->child_count - 1);
    }
}

bool ess_batch_run(struct ess_batch_item *items, size_t count, int64_t jobs, FILE *progress,
    volatile sig_atomic_t *interrupted) {
    struct batch batch = {.items = items, .count = count, .progress = progress};
    clock_gettime(CLOCK_MONOTONIC, &batch.started);
    if (jobs > JOBS_MAX) {
        jobs = JOBS_MAX;
    }
    while (batch.ended < count && !*interrupted) {
        while (batch.child_count < (size_t)jobs && batch.next < count) {
            start_child(&batch);
        }
        show_progress(&batch);
        wait_for_some(&batch);
    }
    if (batch.child_count > 0) {
        kill_children(&batch);
    }
    if (progress) {
        fprintf(progress, "\r%*s\r", 60, "");
        fflush(progress);
    }
    return !*interrupted;
}

void ess_batch_free(struct ess_batch_item *items, size_t count) {
    for (size_t i = 0; i < count; i++) {
        ess_world_outcome_fini(&items[i].outcome);
    }
}
