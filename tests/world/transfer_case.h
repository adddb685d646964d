/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_TRANSFER_CASE_H
#define ESS_TEST_TRANSFER_CASE_H

/* Worlds of plain transfers for tests: three sites "a", "b" and "c" of four hosts each, every
 * access link 12.5 MB/s and 1 ms, a - b 10 MB/s and 18 ms, b - c 5 MB/s and 8 ms; the transport
 * "ideal" with a wide window. So
 * one way from a to b takes 20 ms, from a to c 28 ms. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ess_test.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

struct transfer_case {
    const char *transfers; /* JSON array */
    const char *more;      /* further top members, each with a comma before it */
    const char *services;  /* further services, each with a comma before it */
    const char *csv;       /* content of "link.csv" beside the scenario; NULL: no such file */
    const char *rows;      /* content of "rows.csv" */
    const char *duration;  /* "1 h" */
    const char *window;    /* "16 GiB" */
    const char *network;   /* further members of the network, each with a comma before it */
    const char *link;      /* further members of the link a - b */
};

static inline void write_file(const char *folder, const char *name, const char *text) {
    char path[256];
    FILE *file;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    CU_ASSERT_FATAL(file != NULL);
    fputs(text, file);
    fclose(file);
}

static inline void remove_file(const char *folder, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    remove(path);
}

static inline void write_case(const struct transfer_case *c, const char *folder) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    fprintf(
        out, "{\"name\":\"t\",\"duration\":\"%s\",\"sites\":[", c->duration ? c->duration : "1 h");
    for (int i = 0; i < 3; i++) {
        fprintf(out,
            "%s{\"name\":\"%c\",\"hosts\":[{\"count\":4,\"gpu\":\"RTX 3090\",\"up\":\"12.5 MB/s\","
            "\"down\":\"12.5 MB/s\",\"delay\":\"1 ms\"}]}",
            i ? "," : "", 'a' + i);
    }
    fprintf(out,
        "],\"wan\":{\"links\":["
        "{\"from\":\"a\",\"to\":\"b\",\"rate\":\"10 MB/s\",\"delay\":\"18 ms\"%s},"
        "{\"from\":\"b\",\"to\":\"c\",\"rate\":\"5 MB/s\",\"delay\":\"8 ms\"}]},",
        c->link ? c->link : "");
    fprintf(out,
        "\"network\":{\"window\":\"%s\",\"transport_timeout\":\"5 s\"%s},"
        "\"services\":[{\"kind\":\"transfers\",\"transfers\":%s%s}%s]%s}\n",
        c->window ? c->window : "16 GiB", c->network ? c->network : ",\"transport\":\"ideal\"",
        c->transfers, c->rows ? ",\"file\":\"rows.csv\"" : "", c->services ? c->services : "",
        c->more ? c->more : "");
    fclose(out);
    write_file(folder, "s.json", text);
    if (c->csv) {
        write_file(folder, "link.csv", c->csv);
    }
    if (c->rows) {
        write_file(folder, "rows.csv", c->rows);
    }
    free(text);
}

/* The scenario, or NULL with the messages, which the caller frees, in `*messages` (NULL: printed).
 */
static inline struct ess_scenario *load_case(const struct transfer_case *c, char **messages) {
    char folder[] = "/tmp/ess_transfers_XXXXXX", path[256];
    struct ess_scenario_document *document = NULL;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    size_t bytes;
    FILE *out;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    write_case(c, folder);
    snprintf(path, sizeof path, "%s/s.json", folder);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_load(path, NULL, &document, &diagnostics) == ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    out = messages ? open_memstream(messages, &bytes) : NULL;
    ess_diagnostics_print(&diagnostics, out ? out : stdout);
    if (out) {
        fclose(out);
    }
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    remove_file(folder, "s.json");
    remove_file(folder, "link.csv");
    remove_file(folder, "rows.csv");
    rmdir(folder);
    return scenario;
}

/* Run a case; the outcome is to be freed by ess_world_outcome_fini. */
static inline void run_replication(
    const struct transfer_case *c, uint32_t replication, struct ess_world_outcome *outcome) {
    struct ess_scenario *scenario = load_case(c, NULL);
    struct ess_world_options options = {.replication = replication};
    struct ess_trace_error error = {.line = 0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_TRUE(ess_world_run(scenario, &options, outcome, &error));
    ess_scenario_free(scenario);
}

static inline void run_case(const struct transfer_case *c, struct ess_world_outcome *outcome) {
    run_replication(c, 0, outcome);
}

/* Within two nanoseconds, or two bytes: a completion is rounded up. */
static inline bool about(double value, double wanted) {
    return fabs(value - wanted) <= 2e-9 + 1e-9 * fabs(wanted);
}

#define CHECK_DONE(outcome, index, wanted_s)                                                       \
    ESS_CHECK((outcome).plain[index].state == ESS_WORLD_TRANSFER_DONE &&                           \
                  about((outcome).plain[index].completion_s, wanted_s),                            \
        "transfer %d: %s, %.9f s in place of %.9f s", index,                                       \
        ess_world_transfer_state_text((outcome).plain[index].state),                               \
        (outcome).plain[index].completion_s, (double)(wanted_s))

#define CHECK_GOODPUT(outcome, index, wanted)                                                      \
    ESS_CHECK((outcome).plain[index].state == ESS_WORLD_TRANSFER_STOPPED &&                        \
                  fabs((outcome).plain[index].goodput_bytes_per_s / (wanted)-1) < 1e-6,            \
        "transfer %d: %s, %.3f B/s in place of %.3f B/s", index,                                   \
        ess_world_transfer_state_text((outcome).plain[index].state),                               \
        (outcome).plain[index].goodput_bytes_per_s, (double)(wanted))

#define CHECK_FAILED(outcome, index, wanted, wanted_s, wanted_bytes)                               \
    ESS_CHECK((outcome).plain[index].state == (wanted) &&                                          \
                  about((outcome).plain[index].ended_s, wanted_s) &&                               \
                  fabs((outcome).plain[index].delivered_bytes - (wanted_bytes)) < 1,               \
        "transfer %d: %s at %.9f s with %.3f bytes", index,                                        \
        ess_world_transfer_state_text((outcome).plain[index].state),                               \
        (outcome).plain[index].ended_s, (outcome).plain[index].delivered_bytes)

#endif
