/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report.h"

#include <math.h>
#include <string.h>

/* One line of the results. */
struct figure {
    char name[160];
    const char *unit;
    double ours, peer, ratio; /* NaN: none */
    const char *peer_name;    /* or NULL */
    enum bench_goal_kind goal_kind;
    double goal;
};

static const char table_format[] = "%-72.72s %10s %10s  %-16.16s %8s %8s %-4s\n";

bool bench_report_open(struct bench_report *report, const char *path) {
    *report = (struct bench_report){.path = path};
    snprintf(report->temporary, sizeof report->temporary, "%s.new", path);
    report->json = fopen(report->temporary, "w");
    if (!report->json) {
        perror(report->temporary);
        return false;
    }
    fprintf(report->json, "[");
    printf(table_format, "", "ours", "peer", "", "ratio", "goal", "met");
    return true;
}

static const char *short_number(char text[32], double value) {
    if (isnan(value)) {
        return "-";
    }
    snprintf(text, 32, fabs(value) >= 1e6 ? "%.3g" : fabs(value) >= 1000 ? "%.0f" : "%.3g", value);
    return text;
}

static void write_number(FILE *json, const char *key, double value) {
    if (isnan(value)) {
        fprintf(json, ",\"%s\":null", key);
    } else {
        fprintf(json, ",\"%s\":%.6g", key, value);
    }
}

static bool is_met(const struct figure *figure) {
    return figure->goal_kind == BENCH_GOAL_RATIO ? figure->ratio >= figure->goal
                                                 : figure->ours <= figure->goal;
}

static void write_figure(struct bench_report *report, const struct figure *figure, int rounds) {
    bool judged = figure->goal_kind != BENCH_GOAL_NONE &&
                  !isnan(figure->goal_kind == BENCH_GOAL_RATIO ? figure->ratio : figure->ours);
    const char *met = !judged ? "null" : is_met(figure) ? "true" : "false";
    char ours[32], peer[32], ratio[32], goal[40] = "-", label[192];
    fprintf(report->json, "%s\n{\"name\":\"%s\",\"unit\":\"%s\"", report->rows++ ? "," : "",
        figure->name, figure->unit);
    write_number(report->json, "ours", figure->ours);
    write_number(report->json, "peer", figure->peer);
    fprintf(report->json, figure->peer_name ? ",\"peer_name\":\"%s\"" : ",\"peer_name\":null",
        figure->peer_name);
    write_number(report->json, "ratio", figure->ratio);
    write_number(report->json, "goal", figure->goal_kind == BENCH_GOAL_NONE ? NAN : figure->goal);
    fprintf(report->json, ",\"goal_on\":%s,\"met\":%s,\"pairs\":%d}",
        figure->goal_kind == BENCH_GOAL_NONE    ? "null"
        : figure->goal_kind == BENCH_GOAL_RATIO ? "\"ratio\""
                                                : "\"ours\"",
        met, rounds);
    if (figure->goal_kind != BENCH_GOAL_NONE) {
        char number[32];
        snprintf(goal, sizeof goal, figure->goal_kind == BENCH_GOAL_RATIO ? "%s x" : "<= %s",
            short_number(number, figure->goal));
    }
    report->missed += strcmp(met, "false") == 0;
    snprintf(label, sizeof label, "%s, %s", figure->name, figure->unit);
    printf(table_format, label, short_number(ours, figure->ours), short_number(peer, figure->peer),
        figure->peer_name ? figure->peer_name : "", short_number(ratio, figure->ratio), goal,
        strcmp(met, "true") == 0    ? "yes"
        : strcmp(met, "false") == 0 ? "NO"
                                    : "-");
}

static double figure_of(const struct bench_row *row, const struct bench_runs *runs) {
    double value = bench_median(runs->value, runs->count);
    double operations = bench_said(runs, "operations");
    switch (row->measure) {
    case BENCH_RATE:
        return operations / value;
    case BENCH_PER:
        return row->scale * value / operations;
    case BENCH_TIME:
        return value;
    }
    return NAN;
}

/* The better of the peers that ran; -1 where none did. */
static int best_peer(const struct bench_row *row, const struct bench_measured *measured) {
    int best = -1;
    double sign = row->measure == BENCH_RATE ? -1 : 1;
    for (int i = 0; i < BENCH_PEERS; i++) {
        const struct bench_runs *runs = &measured->peers[i];
        if (runs->count > 0 && (best < 0 || sign * figure_of(row, runs) <
                                                sign * figure_of(row, &measured->peers[best]))) {
            best = i;
        }
    }
    return best;
}

/* The counts of ours, and whether the simulated times agree. */
static void print_details(const struct bench_row *row, const struct bench_measured *measured) {
    const struct bench_runs *ours = &measured->ours;
    double simulated_s = bench_said(ours, "simulated_s");
    printf("    %d pairs; %.0f step calls, %.0f transfers, %.0f solver updates (%.0f steps), %.0f "
           "events",
        measured->rounds, bench_said(ours, "step_calls"), bench_said(ours, "transfers"),
        bench_said(ours, "solver_updates"), bench_said(ours, "solver_steps"),
        bench_said(ours, "events"));
    if (simulated_s > 0) {
        printf("; simulated %.6f s", simulated_s);
    }
    if (simulated_s > 0 && measured->peers[0].count > 0) {
        double theirs_s = bench_said(&measured->peers[0], "simulated_s");
        printf(", %s %.6f s: %+.3f %%%s", row->peers[0].name, theirs_s,
            100 * (simulated_s / theirs_s - 1),
            fabs(simulated_s / theirs_s - 1) < 0.01 ? "" : " DISAGREES");
    }
    printf("\n");
    for (int i = 0; i < BENCH_PEERS; i++) {
        char number[32], memory[32];
        const struct bench_runs *runs = &measured->peers[i];
        if (runs->count > 0) {
            printf("    %s: %s %s, %s MB (%d runs)\n", row->peers[i].name,
                short_number(number, figure_of(row, runs)), row->unit,
                short_number(memory, bench_median(runs->memory_mb, runs->count)), runs->count);
        }
    }
}

void bench_report_row(struct bench_report *report, const struct bench_row *row,
    const struct bench_measured *measured) {
    int best = best_peer(row, measured);
    const struct bench_runs *ours = &measured->ours;
    struct figure figure = {.unit = row->unit, .goal_kind = row->goal_kind, .goal = row->goal};
    struct figure memory = {.unit = "MB", .goal_kind = row->memory_kind, .goal = row->memory_goal};
    snprintf(figure.name, sizeof figure.name, "%s", row->name);
    snprintf(memory.name, sizeof memory.name, "%s: peak memory", row->name);
    figure.ours = figure_of(row, ours);
    memory.ours = bench_median(ours->memory_mb, ours->count);
    figure.peer = figure.ratio = memory.peer = memory.ratio = NAN;
    if (best >= 0) {
        const struct bench_runs *peer = &measured->peers[best];
        figure.peer_name = memory.peer_name = row->peers[best].name;
        figure.peer = figure_of(row, peer);
        figure.ratio =
            row->measure == BENCH_RATE ? figure.ours / figure.peer : figure.peer / figure.ours;
        memory.peer = bench_median(peer->memory_mb, peer->count);
        memory.ratio = memory.peer / memory.ours;
    }
    report->peer_missing |= measured->peers[0].missing;
    write_figure(report, &figure, measured->rounds);
    write_figure(report, &memory, measured->rounds);
    print_details(row, measured);
    fflush(stdout);
}

bool bench_report_close(struct bench_report *report) {
    bool ok;
    fprintf(report->json, "\n]\n");
    ok = !ferror(report->json);
    ok = fclose(report->json) == 0 && ok && rename(report->temporary, report->path) == 0;
    if (!ok) {
        perror(report->path);
    }
    if (report->peer_missing) {
        printf("bench: SimGrid is not installed, its columns are empty: make bench-deps\n");
    }
    printf("bench: %d figures, %d goals missed; %s\n", report->rows, report->missed, report->path);
    return ok;
}
