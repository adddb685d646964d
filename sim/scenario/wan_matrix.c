/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links between sites from measured matrices. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/network/matrix_file.h"
#include "models/network/topology.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/fields.h"
#include "sim/scenario/file_unit.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/wan_builder.h"

#define DELAY "/wan/matrix/delay"
#define RATE "/wan/matrix/rate"

/* Ports that host caps may cost: a host's pipe to each site. */
#define PIPES_MAX 1000000.0

/* ---- what a table cannot say ---- */

bool ess_check_matrix(struct ess_reader *reader, const struct ess_place *place, void *value) {
    const struct ess_scenario_matrix *matrix = value;
    size_t files = (size_t)(matrix->delay != NULL) + (size_t)(matrix->rate != NULL);
    if (files == 0 || (matrix->delay == NULL && matrix->default_delay_ns == INT64_MAX) ||
        (matrix->rate == NULL && matrix->default_rate_bytes_per_s <= 0)) {
        ess_reader_complain(reader, place, "too little", NULL,
            "\"delay\" and \"rate\", or one of them with the default of the other");
        return false;
    }
    if (matrix->column_count > 0 && matrix->column_count != 2 + files) {
        struct ess_place below = {place, "columns", 0};
        ess_reader_complain(reader, &below,
            ess_store_print(reader->store, "%zu columns", matrix->column_count), NULL,
            "%zu: from, to, and %s", 2 + files,
            files == 2              ? "the delay and the rate"
            : matrix->delay != NULL ? "the delay"
                                    : "the rate");
        return false;
    }
    bool ok = true;
    if (matrix->delay != NULL)
        ok &= ess_check_file_unit(
            reader, place, "delay_unit", matrix->delay_unit, ESS_DIMENSION_TIME);
    if (matrix->rate != NULL)
        ok &=
            ess_check_file_unit(reader, place, "rate_unit", matrix->rate_unit, ESS_DIMENSION_RATE);
    return ok;
}

/* ---- reading ---- */

struct source {
    struct ess_matrix matrix;
    uint32_t *index; /* [site] in the matrix; UINT32_MAX: not there */
    double factor;   /* from its numbers to base units */
    bool given;
};

struct tables {
    struct ess_wan_builder *builder;
    const struct ess_scenario_matrix *written;
    struct source delay, rate;
};

static bool read_source(struct tables *tables, const char *pointer, const char *written,
    const char *value_column, bool zero_allowed, struct source *source) {
    struct ess_wan_builder *builder = tables->builder;
    const struct ess_scenario_matrix *matrix = tables->written;
    struct ess_matrix_form form = {.pairs = value_column != NULL, .zero_allowed = zero_allowed};
    struct ess_file_error error = {.found = ""};
    const char *path;
    size_t count;
    char *bytes = ess_wan_read_file(builder, pointer, written, &path, &count);
    bool ok;
    if (bytes == NULL)
        return false;
    if (form.pairs) {
        form.from_column = matrix->columns[0];
        form.to_column = matrix->columns[1];
        form.value_column = value_column;
    }
    ok = ess_matrix_read(bytes, count, &form, &source->matrix, &error);
    free(bytes);
    if (!ok) {
        ess_wan_complain(builder, path, &error);
        return false;
    }
    source->given = true;
    builder->last_file = path;
    return true;
}

/* Where each site is in a matrix, and its names for suggestions. */
static void find_sites(struct tables *tables, struct source *source) {
    struct ess_wan_builder *builder = tables->builder;
    struct ess_store *store = builder->reader->store;
    const struct ess_scenario *scenario = builder->scenario;
    const char **names = ess_store_take_array(store, source->matrix.count, sizeof *names);
    source->index = ess_store_take_array(store, scenario->site_count, sizeof *source->index);
    for (uint32_t i = 0; i < source->matrix.count; i++)
        names[i] = ess_store_text(store, source->matrix.names[i]);
    for (size_t s = 0; s < scenario->site_count; s++)
        source->index[s] = ess_matrix_find(&source->matrix, ess_wan_node_name(&scenario->sites[s]));
    builder->last_names = names;
    builder->last_name_count = source->matrix.count;
}

/* The value from one site to another in base units; the other direction's where it is missing; NAN
 * where both are. */
static double value_of(const struct source *source, size_t from, size_t to) {
    uint32_t a, b, count = source->matrix.count;
    double value;
    if (!source->given)
        return NAN;
    a = source->index[from];
    b = source->index[to];
    if (a == UINT32_MAX || b == UINT32_MAX)
        return NAN;
    value = source->matrix.values[(size_t)a * count + b];
    if (isnan(value))
        value = source->matrix.values[(size_t)b * count + a];
    return value * source->factor;
}

/* ---- links ---- */

static const char *name_pair(struct tables *tables, size_t from, size_t to) {
    const struct ess_scenario *scenario = tables->builder->scenario;
    return ess_store_print(tables->builder->reader->store, "from \"%s\" to \"%s\"",
        scenario->sites[from].name, scenario->sites[to].name);
}

/* One way; -1 after a complaint. */
static int64_t delay_of(struct tables *tables, size_t from, size_t to) {
    double value = value_of(&tables->delay, from, to);
    char text[ESS_QUANTITY_TEXT_BYTES];
    if (isnan(value)) {
        if (tables->written->default_delay_ns != INT64_MAX)
            return tables->written->default_delay_ns;
        ess_reader_complain_at(tables->builder->reader, DELAY,
            ess_store_print(
                tables->builder->reader->store, "a rate alone %s", name_pair(tables, from, to)),
            NULL, "a delay too, or the key \"default_delay\"");
        return -1;
    }
    if (tables->written->delay_is == ESS_DELAY_ROUND_TRIP)
        value /= 2;
    if (value <= ESS_DELAY_MAX)
        return (int64_t)floor(value + 0.5);
    ess_units_format(floor(value), ESS_DIMENSION_TIME, text);
    ess_reader_complain_at(tables->builder->reader, DELAY,
        ess_store_print(tables->builder->reader->store, "%s %s", text, name_pair(tables, from, to)),
        NULL, "a delay of at most 10 min one way");
    return -1;
}

/* Bytes per second; 0 after a complaint. */
static double rate_of(struct tables *tables, size_t from, size_t to) {
    double value = value_of(&tables->rate, from, to);
    char text[ESS_QUANTITY_TEXT_BYTES];
    if (isnan(value)) {
        if (tables->written->default_rate_bytes_per_s > 0)
            return tables->written->default_rate_bytes_per_s;
        ess_reader_complain_at(tables->builder->reader, RATE,
            ess_store_print(
                tables->builder->reader->store, "a delay alone %s", name_pair(tables, from, to)),
            NULL, "a rate too, or the key \"default_rate\"");
        return 0;
    }
    if (value >= ESS_RATE_MIN && value <= ESS_RATE_MAX)
        return value;
    ess_units_describe(value, ESS_DIMENSION_RATE, text);
    ess_reader_complain_at(tables->builder->reader, RATE,
        ess_store_print(tables->builder->reader->store, "%s %s", text, name_pair(tables, from, to)),
        NULL, "a rate from 1 bit/s to 10 Tbit/s");
    return 0;
}

/* False when it makes no sense to go on. */
static bool add_pair(struct tables *tables, size_t i, size_t j) {
    struct ess_scenario_wan *wan = &tables->builder->scenario->wan;
    double forward, backward;
    struct ess_scenario_wan_link link = {
        .from_site = (uint32_t)i, .to_site = (uint32_t)j, .origin = "/wan/matrix"};
    if (isnan(value_of(&tables->delay, i, j)) && isnan(value_of(&tables->rate, i, j)))
        return true; /* both directions are missing: no link */
    link.delay_ns = delay_of(tables, i, j);
    link.delay_backward_ns = delay_of(tables, j, i);
    forward = rate_of(tables, i, j);
    backward = rate_of(tables, j, i);
    if (link.delay_ns < 0 || link.delay_backward_ns < 0 || forward <= 0 || backward <= 0)
        return false;
    link.rate_forward_bytes_per_s = forward;
    link.rate_backward_bytes_per_s = backward;
    if (wan->caps_bytes_per_s != NULL) {
        wan->caps_bytes_per_s[i * tables->builder->node_count + j] = forward;
        wan->caps_bytes_per_s[j * tables->builder->node_count + i] = backward;
        link.rate_forward_bytes_per_s = ESS_TOPOLOGY_UNLIMITED_BYTES_PER_S;
        link.rate_backward_bytes_per_s = ESS_TOPOLOGY_UNLIMITED_BYTES_PER_S;
    }
    return ess_wan_add(tables->builder, &link);
}

static bool prepare_caps(struct ess_wan_builder *builder) {
    struct ess_scenario *scenario = builder->scenario;
    double sites = (double)scenario->site_count;
    double pipes = ((double)scenario->host_count + 1) * sites;
    if (scenario->wan.matrix->rates_are != ESS_RATES_HOST_CAPS)
        return true;
    if (scenario->wan.graph != NULL || sites * sites > PIPES_MAX || pipes > PIPES_MAX) {
        ess_reader_complain_at(builder->reader, "/wan/matrix/rates_are",
            scenario->wan.graph != NULL
                ? "\"host_caps\" beside a graph"
                : ess_store_print(builder->reader->store, "%zu hosts, %zu sites",
                      scenario->host_count, scenario->site_count),
            NULL, "\"host_caps\" without a graph, at most %.0f times hosts by sites", PIPES_MAX);
        return false;
    }
    scenario->wan.caps_bytes_per_s = ess_store_take_array(builder->reader->store,
        scenario->site_count * scenario->site_count, sizeof *scenario->wan.caps_bytes_per_s);
    return true;
}

static void add_pairs(struct tables *tables) {
    size_t sites = tables->builder->scenario->site_count;
    for (size_t i = 0; i < sites; i++)
        for (size_t j = i + 1; j < sites; j++)
            if (!add_pair(tables, i, j))
                return;
}

/* Whether what ess_check_matrix looks at is well. */
static bool is_whole(const struct tables *tables) {
    const struct ess_scenario_matrix *written = tables->written;
    size_t files = (size_t)(written->delay != NULL) + (size_t)(written->rate != NULL);
    for (size_t i = 0; i < written->column_count; i++)
        if (written->columns[i] == NULL)
            return false;
    return files > 0 && (written->column_count == 0 || written->column_count == 2 + files) &&
           (written->delay == NULL ? written->default_delay_ns != INT64_MAX
                                   : tables->delay.factor > 0) &&
           (written->rate == NULL ? written->default_rate_bytes_per_s > 0
                                  : tables->rate.factor > 0);
}

static void read_sources(struct tables *tables) {
    const struct ess_scenario_matrix *written = tables->written;
    const char *const *columns = written->column_count > 0 ? written->columns : NULL;
    if (written->delay != NULL && read_source(tables, DELAY, written->delay,
                                      columns ? columns[2] : NULL, true, &tables->delay))
        find_sites(tables, &tables->delay);
    if (written->rate != NULL &&
        read_source(tables, RATE, written->rate,
            columns ? columns[written->delay != NULL ? 3 : 2] : NULL, false, &tables->rate))
        find_sites(tables, &tables->rate);
}

void ess_wan_add_matrix(struct ess_wan_builder *builder) {
    const struct ess_scenario_matrix *written = builder->scenario->wan.matrix;
    struct tables tables = {.builder = builder, .written = written};
    struct ess_store *store = builder->reader->store;
    size_t errors = builder->reader->errors;
    const char *nearest;
    if (written == NULL)
        return;
    tables.delay.factor = ess_file_unit(store, written->delay_unit, ESS_DIMENSION_TIME, &nearest);
    tables.rate.factor = ess_file_unit(store, written->rate_unit, ESS_DIMENSION_RATE, &nearest);
    if (!is_whole(&tables)) {
        builder->partial = true;
        return;
    }
    if (!prepare_caps(builder))
        return;
    read_sources(&tables);
    if (builder->reader->errors == errors)
        add_pairs(&tables);
    ess_matrix_fini(&tables.delay.matrix);
    ess_matrix_fini(&tables.rate.matrix);
}
