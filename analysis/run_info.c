/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/run_info.h"

#include <sys/resource.h>
#include <unistd.h>

#include "analysis/json_writer.h"

/* The text of a macro's expansion: "1" where the compiler defines __OPTIMIZE__, else its own name,
 * which tells the two apart without an #if. */
#define TEXT_OF(x) #x
#define EXPANSION_OF(x) TEXT_OF(x)

static void write_text(struct ess_json_writer *json, const char *key, const char *text) {
    ess_json_key(json, key);
    ess_json_string(json, text);
}

static void write_number(struct ess_json_writer *json, const char *key, double value) {
    ess_json_key(json, key);
    ess_json_number(json, value);
}

static void write_start(struct ess_json_writer *json, time_t started) {
    struct tm utc;
    char text[32];
    bool known = gmtime_r(&started, &utc) != NULL &&
                 strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0;
    write_text(json, "started", known ? text : NULL);
}

static void write_host(struct ess_json_writer *json) {
    char name[256];
    bool known = gethostname(name, sizeof name) == 0;
    name[sizeof name - 1] = '\0';
    write_text(json, "host", known ? name : NULL);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    ess_json_key(json, "processors");
    if (processors > 0) {
        ess_json_unsigned(json, (uint64_t)processors);
    } else {
        ess_json_null(json);
    }
}

/* Linux counts ru_maxrss in KiB. */
static void write_memory(struct ess_json_writer *json) {
    struct rusage self = {0};
    struct rusage children = {0};
    getrusage(RUSAGE_SELF, &self);
    getrusage(RUSAGE_CHILDREN, &children);
    long peak = self.ru_maxrss > children.ru_maxrss ? self.ru_maxrss : children.ru_maxrss;
    write_number(json, "peak_memory_bytes", (double)peak * 1024);
}

bool ess_run_info_write(const struct ess_run_info *info, FILE *file) {
    struct ess_json_writer writer;
    struct ess_json_writer *json = &writer;
    ess_json_begin(json, file);
    ess_json_open(json, '{', false);
    write_text(json, "version", info->version);
    ess_json_key(json, "command");
    ess_json_open(json, '[', true);
    for (int i = 0; i < info->word_count; i++) {
        ess_json_string(json, info->words[i]);
    }
    ess_json_close(json);
    write_start(json, info->started);
    write_number(json, "wall_s", info->wall_s);
    ess_json_key(json, "jobs");
    ess_json_unsigned(json, (uint64_t)(info->jobs > 0 ? info->jobs : 0));
    ess_json_key(json, "events");
    ess_json_unsigned(json, info->events);
    write_host(json);
    write_memory(json);
    write_text(json, "compiler", __VERSION__);
    ess_json_key(json, "optimised");
    ess_json_boolean(json, EXPANSION_OF(__OPTIMIZE__)[0] == '1');
    ess_json_close(json);
    ess_json_end(json);
    return fflush(file) == 0 && ferror(file) == 0;
}
