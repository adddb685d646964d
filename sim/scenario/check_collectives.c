/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "collective/plan.h"
#include "kernels/element.h"
#include "sim/scenario/checks.h"

#define BARRIER ESS_PRIMITIVE_COUNT

static int64_t element_bytes(const struct ess_scenario_collectives *service) {
    return ess_element_types[service->element].bytes;
}

static bool combines(int64_t primitive) {
    return primitive == ESS_ALL_REDUCE || primitive == ESS_REDUCE_SCATTER ||
           primitive == ESS_REDUCE || primitive == BARRIER;
}

static bool check_size(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_scenario_collectives *service) {
    int64_t bytes = element_bytes(service);
    struct ess_place below = {place, "size", 0};
    bool given = service->size_bytes != INT64_MAX;
    if (service->primitive == BARRIER && given) {
        ess_reader_complain(reader, &below, "a size", NULL, "none: a barrier moves no data");
        return false;
    }
    if (service->primitive == BARRIER)
        return true;
    if (!given) {
        ess_reader_complain(reader, place, "no such key", NULL, "the key \"size\"");
        return false;
    }
    if (service->size_bytes % bytes == 0)
        return true;
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "%lld bytes", (long long)service->size_bytes), NULL,
        "a multiple of the %lld bytes of an element", (long long)bytes);
    return false;
}

static bool check_counts(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_scenario_collectives *service) {
    struct ess_place below = {place, "concurrent", 0};
    int64_t elements = service->size_bytes / element_bytes(service);
    if (service->primitive == BARRIER || service->concurrent <= elements)
        return true;
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "%lld", (long long)service->concurrent), NULL,
        "at most one operation for each element, %lld", (long long)elements);
    return false;
}

static bool check_ends(struct ess_reader *reader, const struct ess_place *place,
    const struct ess_scenario_collectives *service) {
    if (service->primitive == ESS_SEND && service->root == service->target) {
        struct ess_place below = {place, "target", 0};
        ess_reader_complain(reader, &below,
            ess_store_print(reader->store, "%lld", (long long)service->target), NULL,
            "another rank than \"root\"");
        return false;
    }
    if (!combines(service->primitive) && service->reduction != ESS_REDUCTION_SUM) {
        struct ess_place below = {place, "reduction", 0};
        ess_reader_complain(
            reader, &below, "a way to combine", NULL, "none: this operation combines nothing");
        return false;
    }
    return true;
}

bool ess_check_collectives(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_collectives *service = value;
    if (!check_size(reader, place, service) || !check_counts(reader, place, service) ||
        !check_ends(reader, place, service))
        return false;
    if (service->primitive == BARRIER)
        service->size_bytes = 0;
    return true;
}

struct ess_scenario_training *ess_collectives_job(
    struct ess_reader *reader, const struct ess_scenario_collectives *service) {
    struct ess_scenario_training *job = ess_store_take(reader->store, sizeof *job);
    *job = (struct ess_scenario_training){
        .kind = ESS_SERVICE_TRAINING,
        .name = service->name,
        .parameters = service->size_bytes / element_bytes(service),
        .buckets = service->concurrent,
        .gradient_bytes_per_parameter = element_bytes(service),
        .steps = service->repeats,
        .minimum_workers = service->minimum_workers,
        .founders = service->founders,
        .formation_ns = service->formation_ns,
        .stripes = 1,
        .collectives = service,
    };
    return job;
}

/* The plan can do what is asked of it. */
void ess_check_plan(struct ess_reader *reader, const struct ess_scenario *scenario) {
    const struct ess_plan_type *plan = scenario->policies[ESS_POLICY_COLLECTIVE].type;
    const struct ess_scenario_collectives *service =
        scenario->training == NULL ? NULL : scenario->training->collectives;
    uint32_t primitive = service == NULL || service->primitive == BARRIER
                             ? ESS_ALL_REDUCE
                             : (uint32_t)service->primitive;
    const char *able = "";
    if (plan == NULL || plan->primitives & ESS_PRIMITIVE_BIT(primitive))
        return;
    for (size_t i = 0; ess_plan_registry[i] != NULL; i++)
        if (ess_plan_registry[i]->primitives & ESS_PRIMITIVE_BIT(primitive))
            able = ess_store_print(reader->store, "%s%s%s", able, *able == '\0' ? "" : ", ",
                ess_plan_registry[i]->name);
    ess_reader_complain_at(reader, "/policies/collective",
        ess_store_print(reader->store, "\"%s\"", plan->name), NULL, "a plan that does %s: %s",
        ess_primitive_name((enum ess_primitive)primitive), able);
}
