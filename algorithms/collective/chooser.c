/* SPDX-License-Identifier: Apache-2.0 */
#include "collective/chooser.h"

#include "base/assert.h"

#include <string.h>

static const struct ess_plan_type *registered(const char *name) {
    for (uint32_t i = 0; ess_plan_registry[i]; i++) {
        if (strcmp(ess_plan_registry[i]->name, name) == 0) {
            return ess_plan_registry[i];
        }
    }
    return NULL;
}

void ess_chooser_init(
    struct ess_chooser *chooser, const struct ess_selection_type *selection, const void *settings) {
    memset(chooser, 0, sizeof *chooser);
    chooser->selection = selection;
    chooser->settings = settings;
    for (const char *const *name = selection->plans; name && *name; name++) {
        const struct ess_plan_type *plan = registered(*name);
        ESS_ASSERT(plan && chooser->count < ESS_CHOOSER_PLANS_MAX);
        ESS_ASSERT(plan->settings_bytes <= sizeof chooser->defaults[0]);
        ess_parameters_set_defaults(plan->parameters, chooser->defaults[chooser->count]);
        chooser->plans[chooser->count++] = plan;
    }
}

uint32_t ess_chooser_streams_most(const struct ess_chooser *chooser) {
    uint32_t most = 1;
    for (uint32_t i = 0; i < chooser->count; i++) {
        most = chooser->plans[i]->streams_most > most ? chooser->plans[i]->streams_most : most;
    }
    return most;
}

uint32_t ess_chooser_layout(const struct ess_chooser *chooser) {
    uint32_t parts = 0;
    for (uint32_t i = 0; i < chooser->count; i++) {
        parts |= chooser->plans[i]->layout;
    }
    return parts;
}

/* A name that the policy did not announce has no streams and no settings here. */
static struct ess_plan_choice announced(const struct ess_chooser *chooser, const char *name) {
    uint32_t i = 0;
    while (i < chooser->count && strcmp(chooser->plans[i]->name, name) != 0) {
        i++;
    }
    ESS_ASSERT(i < chooser->count);
    return (struct ess_plan_choice){chooser->plans[i], chooser->defaults[i]};
}

struct ess_plan_choice ess_chooser_choose(const struct ess_chooser *chooser,
    struct ess_plan_choice configured, const struct ess_call *call, uint64_t size_bytes,
    uint32_t element_bytes) {
    const struct ess_selection_query query = {
        .primitive = call->primitive,
        .ranks = call->group->size,
        .root = call->root,
        .target = call->target,
        .size_bytes = size_bytes,
        .element_bytes = element_bytes,
        .reordering = true,
        .built_in = true,
        .configured = configured.plan->name,
    };
    const char *name;
    if (!chooser) {
        return configured;
    }
    name = chooser->selection->select(chooser->settings, &query);
    return !name || strcmp(name, query.configured) == 0 ? configured : announced(chooser, name);
}
