/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/bounds/bandwidth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/bounds/delays.h"
#include "analysis/bounds/linear_program.h"
#include "analysis/bounds/packing.h"
#include "analysis/bounds/separation.h"

enum { ROUNDS_MOST = 80, SCALINGS_MOST = 60, ITERATIONS_MOST = 100000 };

struct search {
    const struct ess_bound_task *task;
    const struct ess_bound_columns *columns;
    const struct ess_bound_links *links;
    const int64_t *distance_ns;
    struct ess_bandwidth *found;
    struct ess_separation *separation;
    struct ess_linear_program *program; /* columns: x of each, then the time */
    double unit;                        /* bytes per second that a capacity of 1 stands for */
    uint32_t rows;                      /* cuts that are in the program */
    uint32_t *numbers;                  /* [columns + 1] of a row being written, and its values */
    double *values;
    double *inner, *outer, *middle; /* [columns] */
    double inner_time;              /* s per byte */
};

/* ---- inequalities ---------------------------------------------------------------------------- */

/* Cuts around one peer of each class, and everyone apart from everyone. */
static void first_cuts(struct search *search) {
    uint32_t p = search->columns->peer_count, next_class = 0;
    struct ess_bound_cut cut = {.part = ess_bound_allocate(p, sizeof(uint32_t))};
    for (uint32_t peer = 0; peer < p; peer++) {
        if (search->columns->class_of[peer] != next_class) {
            continue;
        }
        next_class++;
        for (uint32_t inward = 0; inward < 2; inward++) {
            bool is_root = peer == search->task->root;
            for (uint32_t other = 0; other < p; other++) {
                cut.part[other] = (other == peer) == inward;
            }
            cut.part_count = 2;
            cut.demand =
                ess_bound_demand(search->task, p, inward ? p - 1 : 1, inward ? !is_root : is_root);
            if (cut.demand > 0) {
                ess_bound_cuts_add(&search->found->cuts, 0, &cut, search->columns);
            }
        }
    }
    if (search->task->primitive == ESS_ALL_REDUCE) {
        for (uint32_t peer = 0; peer < p; peer++) {
            cut.part[peer] = peer;
        }
        cut.is_partition = true;
        cut.part_count = p;
        cut.demand = 2.0 * (p - 1);
        ess_bound_cuts_add(&search->found->cuts, 0, &cut, search->columns);
    }
    free(cut.part);
}

static void add_link_rows(struct search *search) {
    const struct ess_bound_links *links = search->links;
    for (uint32_t row = 0; row < links->count; row++) {
        uint32_t count = 0;
        double capacity = links->capacity_bytes_per_s[row] / search->unit;
        for (uint32_t i = links->first[row]; i < links->first[row + 1]; i++) {
            search->numbers[count] = links->column[i];
            search->values[count++] = links->pairs[i] / capacity;
        }
        search->numbers[count] = search->columns->count;
        search->values[count++] = -1;
        ess_linear_program_add_row(
            search->program, search->numbers, search->values, count, false, 0);
    }
}

/* The cuts found since the last time become rows. */
static void add_cut_rows(struct search *search) {
    const struct ess_bound_cuts *cuts = &search->found->cuts;
    for (; search->rows < cuts->count; search->rows++) {
        struct ess_bound_cut *cut = &cuts->items[search->rows];
        uint32_t count = 0;
        for (uint32_t k = 0; k < search->columns->count; k++) {
            if (cuts->crossings[search->rows][k] > 0) {
                search->numbers[count] = k;
                search->values[count++] = cuts->crossings[search->rows][k];
            }
        }
        ess_linear_program_add_row(
            search->program, search->numbers, search->values, count, true, cut->demand);
        cut->head_ns =
            ess_bound_head(search->task, cut, search->columns->peer_count, search->distance_ns);
    }
}

/* ---- the upper end --------------------------------------------------------------------------- */

/* Enlarge x until no inequality is broken. Its time, infinite where that does not come about. */
static double make_feasible(struct search *search, double *x) {
    for (uint32_t i = 0; i < SCALINGS_MOST; i++) {
        double ratio = ess_separation_find(search->separation, x, &search->found->cuts);
        if (ratio == 1) {
            return ess_bound_links_time(search->links, x);
        }
        if (!(ratio > 0)) {
            break;
        }
        for (uint32_t k = 0; k < search->columns->count; k++) {
            x[k] /= ratio;
        }
    }
    return INFINITY;
}

static void take_inner(struct search *search, const double *x, double time) {
    memcpy(search->inner, x, search->columns->count * sizeof *x);
    search->inner_time = time;
}

/* Trees satisfy every inequality: they are there for that. */
static void pack(struct search *search) {
    double time = ess_bound_pack(search->task, search->columns, search->links,
        search->found->s_per_byte * (1 + ESS_BANDWIDTH_GAP), search->middle);
    take_inner(search, search->middle, time);
}

/* Look half-way between the two ends. Whether anything changed. */
static bool look_between(struct search *search) {
    uint32_t known = search->found->cuts.count;
    double *x = search->middle, ratio, time;
    for (uint32_t k = 0; k < search->columns->count; k++) {
        x[k] = (search->outer[k] + search->inner[k]) / 2;
    }
    ratio = ess_separation_find(search->separation, x, &search->found->cuts);
    for (uint32_t k = 0; ratio > 0 && k < search->columns->count; k++) {
        x[k] /= ratio;
    }
    time = ess_bound_links_time(search->links, x);
    if (ratio > 0 && ratio < 1 && time < search->inner_time) {
        time = make_feasible(search, x);
    }
    if (ratio > 0 && time < search->inner_time) {
        take_inner(search, x, time);
        return true;
    }
    return search->found->cuts.count > known;
}

/* ---- the lower end --------------------------------------------------------------------------- */

/* Solve what is known; keep the certificate if it proves more. False where no solution came. */
static bool solve_known(struct search *search) {
    struct ess_bandwidth *found = search->found;
    struct ess_certificate certificate;
    double *weights, *prices;
    add_cut_rows(search);
    found->rounds++;
    if (ess_linear_program_solve(search->program, ITERATIONS_MOST) != ESS_LINEAR_OPTIMAL) {
        return false;
    }
    weights = ess_bound_allocate(search->rows, sizeof *weights);
    prices = ess_bound_allocate(search->links->count, sizeof *prices);
    for (uint32_t k = 0; k < search->columns->count; k++) {
        search->outer[k] = fmax(0, ess_linear_program_value(search->program, k));
    }
    for (uint32_t row = 0; row < search->links->count; row++) {
        prices[row] = -ess_linear_program_price(search->program, row) /
                      search->links->capacity_bytes_per_s[row];
    }
    for (uint32_t row = 0; row < search->rows; row++) {
        weights[row] = ess_linear_program_price(search->program, search->links->count + row);
    }
    certificate = ess_certificate_of(search->columns, search->links, &found->cuts, weights, prices);
    if (certificate.s_per_byte <= found->s_per_byte) {
        free(weights);
        free(prices);
        return true;
    }
    found->s_per_byte = certificate.s_per_byte;
    found->head_ns = certificate.head_ns;
    free(found->weights);
    free(found->prices);
    found->weights = weights;
    found->prices = prices;
    found->weight_count = search->rows;
    return true;
}

static void search_rounds(struct search *search) {
    struct ess_bandwidth *found = search->found;
    while (found->rounds < ROUNDS_MOST && solve_known(search)) {
        bool moved = true;
        if (found->rounds == 1) {
            pack(search);
        }
        while (moved && found->cuts.count == search->rows &&
               search->inner_time > found->s_per_byte * (1 + ESS_BANDWIDTH_GAP)) {
            moved = look_between(search);
        }
        if (found->cuts.count == search->rows) {
            return;
        }
    }
}

static void open_program(struct search *search) {
    uint32_t count = search->columns->count;
    double *cost = ess_bound_allocate((size_t)count + 1, sizeof *cost);
    cost[count] = 1;
    search->program = ess_linear_program_new(cost, count + 1);
    free(cost);
    add_link_rows(search);
}

void ess_bandwidth_solve(const struct ess_bound_task *task, const struct ess_bound_columns *columns,
    const struct ess_bound_links *links, const int64_t *distance_ns,
    struct ess_bandwidth *bandwidth) {
    size_t count = columns->count;
    struct search search = {task, columns, links, distance_ns, bandwidth,
        .separation = ess_separation_new(task, columns), .unit = links->capacity_bytes_per_s[0]};
    *bandwidth = (struct ess_bandwidth){.s_per_byte = 0};
    search.inner_time = INFINITY;
    search.numbers = ess_bound_allocate(count + 1, sizeof *search.numbers);
    search.values = ess_bound_allocate(count + 1, sizeof *search.values);
    search.inner = ess_bound_allocate(3 * count, sizeof *search.inner);
    search.outer = search.inner + count;
    search.middle = search.outer + count;
    first_cuts(&search);
    open_program(&search);
    search_rounds(&search);
    bandwidth->s_per_byte_reached = search.inner_time;
    ess_linear_program_free(search.program);
    ess_separation_free(search.separation);
    free(search.numbers);
    free(search.values);
    free(search.inner);
}

void ess_bandwidth_fini(struct ess_bandwidth *bandwidth) {
    ess_bound_cuts_fini(&bandwidth->cuts);
    free(bandwidth->weights);
    free(bandwidth->prices);
}
