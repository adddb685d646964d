/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Full meshes, stars, rings and lines. */
#include "sim/scenario/checks.h"
#include "sim/scenario/wan_builder.h"

bool ess_check_wan_template(struct ess_reader *reader, const struct ess_place *place, void *value) {
    const struct ess_scenario_wan_template *template = value;
    if (template->centre == NULL || template->shape == ESS_WAN_STAR)
        return true;
    struct ess_place below = {place, "centre", 0};
    ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", template->centre),
        NULL, "no centre: a star alone has one");
    return false;
}

struct sites {
    uint32_t *indices;
    size_t count;
};

/* Which sites a template joins, all known and different; false after a complaint. */
static bool find_sites(struct ess_wan_builder *builder, const char *pointer,
    const struct ess_scenario_wan_template *template, struct sites *sites) {
    struct ess_reader *reader = builder->reader;
    const struct ess_scenario *scenario = builder->scenario;
    bool all = template->site_count == 0, ok = true;
    bool *taken = ess_store_take_array(reader->store, scenario->site_count, sizeof *taken);
    sites->count = all ? scenario->site_count : template->site_count;
    sites->indices = ess_store_take_array(reader->store, sites->count, sizeof *sites->indices);
    for (size_t i = 0; i < sites->count; i++) {
        sites->indices[i] = (uint32_t)i;
        if (all)
            continue;
        const char *at = ess_store_print(reader->store, "%s/sites/%zu", pointer, i);
        uint32_t site = ess_find_site(reader, scenario, at, template->sites[i]);
        sites->indices[i] = site;
        if (site == ESS_INDEX_NONE) {
            ok = false;
        } else if (taken[site]) {
            ess_reader_complain_at(reader, at,
                ess_store_print(reader->store, "\"%s\" again", template->sites[i]), NULL,
                "a site that the list does not have yet");
            ok = false;
        } else {
            taken[site] = true;
        }
    }
    return ok;
}

struct pen {
    struct ess_wan_builder *builder;
    const struct ess_scenario_wan_template *template;
    const char *origin;
};

static bool draw(const struct pen *pen, uint32_t from, uint32_t to) {
    const struct ess_scenario_wan_template *template = pen->template;
    return ess_wan_add(pen->builder, &(struct ess_scenario_wan_link){
                                         .rate_forward_bytes_per_s = template->rate_bytes_per_s,
                                         .rate_backward_bytes_per_s = template->rate_bytes_per_s,
                                         .delay_ns = template->delay_ns,
                                         .delay_backward_ns = template->delay_ns,
                                         .from_site = from,
                                         .to_site = to,
                                         .origin = pen->origin,
                                     });
}

static void draw_full_mesh(const struct pen *pen, const struct sites *sites) {
    for (size_t i = 0; i < sites->count; i++)
        for (size_t j = i + 1; j < sites->count; j++)
            if (!draw(pen, sites->indices[i], sites->indices[j]))
                return;
}

static void draw_star(const struct pen *pen, const struct sites *sites) {
    uint32_t centre = sites->indices[0];
    if (pen->template->centre != NULL)
        centre = ess_find_site(pen->builder->reader, pen->builder->scenario,
            ess_pointer_below(pen->origin, "centre", pen->builder->reader->store),
            pen->template->centre);
    for (size_t i = 0; i < sites->count && centre != ESS_INDEX_NONE; i++)
        if (sites->indices[i] != centre && !draw(pen, centre, sites->indices[i]))
            return;
}

static void draw_line(const struct pen *pen, const struct sites *sites, bool closed) {
    for (size_t i = 1; i < sites->count; i++)
        if (!draw(pen, sites->indices[i - 1], sites->indices[i]))
            return;
    if (closed)
        draw(pen, sites->indices[sites->count - 1], sites->indices[0]);
}

static void add_template(struct ess_wan_builder *builder, const char *pointer,
    const struct ess_scenario_wan_template *template) {
    struct pen pen = {builder, template, pointer};
    struct sites sites;
    size_t least = template->shape == ESS_WAN_RING ? 3 : 2;
    if (!find_sites(builder, pointer, template, &sites))
        return;
    if (sites.count < least) {
        ess_reader_complain_at(builder->reader, pointer,
            ess_store_print(
                builder->reader->store, "%zu site%s", sites.count, sites.count == 1 ? "" : "s"),
            NULL, "at least %zu sites for this shape", least);
        return;
    }
    switch ((enum ess_wan_shape) template->shape) {
    case ESS_WAN_FULL_MESH:
        draw_full_mesh(&pen, &sites);
        break;
    case ESS_WAN_STAR:
        draw_star(&pen, &sites);
        break;
    case ESS_WAN_RING:
        draw_line(&pen, &sites, true);
        break;
    case ESS_WAN_LINE:
        draw_line(&pen, &sites, false);
        break;
    }
}

void ess_wan_add_templates(struct ess_wan_builder *builder) {
    const struct ess_scenario_wan *wan = &builder->scenario->wan;
    for (size_t i = 0; i < wan->template_count; i++) {
        const struct ess_scenario_wan_template *template = &wan->templates[i];
        bool whole = template->rate_bytes_per_s > 0;
        for (size_t k = 0; k < template->site_count; k++)
            whole &= template->sites[k] != NULL;
        builder->partial |= !whole;
        if (whole)
            add_template(builder, ess_store_print(builder->reader->store, "/wan/templates/%zu", i),
                template);
    }
}
