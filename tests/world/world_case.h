/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_WORLD_CASE_H
#define ESS_TEST_WORLD_CASE_H

/* Worlds for tests: a scenario text from a few numbers, its trace in memory, a run of it. */

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "models/availability/trace.h"
#include "monitor.h"
#include "sim/scenario/document.h"
#include "sim/world/world.h"

/* All zero is a small world that is well; what is 0 or NULL has the default beside it. */
struct world_case {
    int hosts[3];             /* of each site; 4 at one site. The first 0 ends the sites */
    const char *access;       /* up, down and delay of all hosts, as JSON members */
    const char *wan_rate;     /* "100 Mbit/s", between each two sites */
    const char *wan_delay;    /* "20 ms" */
    const char *collective;   /* "ring" */
    const char *selection;    /* JSON; "fixed" */
    const char *recovery;     /* "retry" */
    const char *detector;     /* JSON; period 500 ms, timeout 3 s, reset_grace 1 s */
    const char *peer;         /* JSON; the standard one, patience 20 s, suspicion limit 4 s */
    int64_t parameters;       /* 1e6 */
    const char *job;          /* further members of the service, each with a comma before it */
    const char *work;         /* of a token: "1 GFLOP"; 1000 tokens a step */
    int buckets;              /* 2 */
    int steps;                /* 4; -1: until the duration is over */
    const char *duration;     /* "1 h" */
    const char *availability; /* JSON members beside `trace`; needs `csv` */
    const char *csv;          /* the trace: host,start,end in seconds */
    const char *faults;       /* JSON array */
    const char *network;      /* further members of the network, each with a comma before it;
                                 the transport "ideal", whose times have closed forms */
    const char *more;         /* further top members, each with a comma before it */
    uint64_t seed;
};

static inline const char *or_else(const char *text, const char *fallback) {
    return text ? text : fallback;
}

static inline int world_hosts(const struct world_case *c) {
    return c->hosts[0] ? c->hosts[0] + c->hosts[1] + c->hosts[2] : 4;
}

static inline int world_sites(const struct world_case *c) {
    int sites = 1;
    while (sites < 3 && c->hosts[sites]) {
        sites++;
    }
    return sites;
}

static inline void print_sites(FILE *out, const struct world_case *c) {
    int sites = world_sites(c);
    const char *access =
        or_else(c->access, "\"up\":\"200 Mbit/s\",\"down\":\"500 Mbit/s\",\"delay\":\"5 ms\"");
    fprintf(out, "\"sites\":[");
    for (int s = 0; s < sites; s++) {
        fprintf(out, "%s{\"name\":\"s%d\",\"hosts\":[{\"count\":%d,\"gpu\":\"RTX 3090\",%s}]}",
            s ? "," : "", s, c->hosts[0] ? c->hosts[s] : 4, access);
    }
    fprintf(out, "],\"wan\":{\"links\":[");
    for (int a = 0; a < sites; a++) {
        for (int b = a + 1; b < sites; b++) {
            fprintf(out, "%s{\"from\":\"s%d\",\"to\":\"s%d\",\"rate\":\"%s\",\"delay\":\"%s\"}",
                a + b > 1 ? "," : "", a, b, or_else(c->wan_rate, "100 Mbit/s"),
                or_else(c->wan_delay, "20 ms"));
        }
    }
    fprintf(out, "]},\n");
}

static inline void print_policies(FILE *out, const struct world_case *c) {
    fprintf(out, "\"policies\":{\"collective\":\"%s\",\"recovery\":\"%s\",\"selection\":%s,",
        or_else(c->collective, "ring"), or_else(c->recovery, "retry"),
        or_else(c->selection, "\"fixed\""));
    fprintf(out, "\"detector\":%s,",
        or_else(c->detector, "{\"name\":\"timeout\",\"period\":\"500 ms\",\"timeout\":\"3 s\","
                             "\"reset_grace\":\"1 s\"}"));
    fprintf(out, "\"peer\":%s},\n",
        or_else(c->peer, "{\"name\":\"standard\",\"patience\":\"20 s\",\"suspicion_limit\":\"4 "
                         "s\",\"retry_delay\":\"200 ms\"}"));
}

/* The scenario as JSON; the caller frees it. */
static inline char *world_text(const struct world_case *c) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    fprintf(out, "{\"name\":\"world\",\"seed\":%" PRIu64 ",\"duration\":\"%s\",\n",
        c->seed ? c->seed : 1, or_else(c->duration, "1 h"));
    print_sites(out, c);
    fprintf(out,
        "\"services\":[{\"kind\":\"training\",\"parameters\":%" PRId64
        ",\"tokens_per_step\":1000,\"work_per_token\":\"%s\",\"buckets\":%d%s",
        c->parameters ? c->parameters : 1000000, or_else(c->work, "1 GFLOP"),
        c->buckets ? c->buckets : 2, or_else(c->job, ""));
    if (c->steps >= 0) {
        fprintf(out, ",\"steps\":%d", c->steps ? c->steps : 4);
    }
    fprintf(out, "}],\n");
    print_policies(out, c);
    if (c->csv) {
        fprintf(out, "\"availability\":{\"trace\":\"t.csv\"%s},\n", or_else(c->availability, ""));
    }
    fprintf(out, "\"network\":{\"transport_timeout\":\"5 s\"%s},\n\"faults\":%s%s}\n",
        or_else(c->network, ",\"transport\":\"ideal\""), or_else(c->faults, "[]"),
        or_else(c->more, ""));
    fclose(out);
    return text;
}

static inline struct ess_scenario *world_scenario(const struct world_case *c) {
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    struct ess_diagnostics diagnostics;
    char *text = world_text(c);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "world.json", NULL, &document, &diagnostics) ==
        ESS_SCENARIO_OK) {
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    }
    ess_diagnostics_print(&diagnostics, stdout);
    ess_diagnostics_fini(&diagnostics);
    ess_scenario_document_free(document);
    if (!scenario) {
        printf("%s", text);
    }
    free(text);
    return scenario;
}

/* Run a case; `observer` as in struct ess_world_options. The outcome is to be freed by
 * ess_world_outcome_fini. A case that cannot be built fails the test. */
static inline void run_world(const struct world_case *c, uint32_t replication,
    ess_world_observer *observer, void *context, struct ess_world_outcome *outcome) {
    struct ess_world_options options = {
        .replication = replication, .observer = observer, .observer_context = context};
    struct ess_scenario *scenario = world_scenario(c);
    struct ess_trace_error error = {.line = 0};
    struct ess_trace trace = {0};
    memset(outcome, 0, sizeof *outcome);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    if (c->csv) {
        CU_ASSERT_EQUAL_FATAL(
            ess_trace_read_memory("t.csv", c->csv, (int64_t)strlen(c->csv), "csv", &trace, &error),
            0);
        options.trace = &trace;
    }
    CU_ASSERT_TRUE(ess_world_run(scenario, &options, outcome, &error));
    ess_trace_fini(&trace);
    ess_scenario_free(scenario);
}

/* ---- the judge of simulated hosts -------------------------------------------------------------
 */

struct judge {
    struct ess_monitor *monitor;
    uint64_t reports[ESS_REPORT_PAUSED + 1];
    uint64_t resets, cancelled, failed, lives;
};

static inline void observe(void *context, uint32_t peer, int64_t deadline_ns,
    const struct ess_event *event, const struct ess_actions *actions, enum ess_step_result result) {
    struct judge *judge = context;
    if (!event) {
        judge->lives++;
        ess_monitor_start(judge->monitor, peer);
        return;
    }
    ess_monitor_step(judge->monitor, peer, deadline_ns, event, actions, result);
    judge->resets += event->kind == ESS_EVENT_RESET;
    judge->cancelled += event->kind == ESS_EVENT_FAILED && event->reason == ESS_FAILURE_CANCELLED;
    judge->failed += event->kind == ESS_EVENT_FAILED && event->reason == ESS_FAILURE_RESET;
    for (uint32_t i = 0; i < actions->count; i++) {
        if (actions->items[i].kind == ESS_ACTION_REPORT) {
            judge->reports[actions->items[i].report.kind]++;
        }
    }
}

#endif
