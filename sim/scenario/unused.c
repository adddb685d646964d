/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/unused.h"

#include <stdbool.h>

#include "models/network/network.h"

enum trait { QUEUE, LOSS, MTU, TRAITS };

static const char *const trait_keys[TRAITS] = {"queue_bytes", "loss", "mtu"};

static bool is_set(const struct ess_link_traits *traits, enum trait trait) {
    switch (trait) {
    case QUEUE:
        return traits->queue_bytes != ESS_LINK_QUEUE_UNSET;
    case LOSS:
        return traits->loss != 0;
    case MTU:
        return traits->mtu_bytes != ESS_LINK_MTU_BYTES;
    case TRAITS:
        break;
    }
    return false;
}

/* The pointer of the first place where it is set, without the key; false where there is none. */
static bool find(
    const struct ess_scenario *scenario, enum trait trait, char *pointer, size_t bytes) {
    for (size_t s = 0; s < scenario->site_count; s++)
        for (size_t k = 0; k < scenario->sites[s].kind_count; k++)
            if (is_set(&scenario->sites[s].kinds[k].traits, trait)) {
                snprintf(pointer, bytes, "/sites/%zu/hosts/%zu", s, k);
                return true;
            }
    for (size_t i = 0; i < scenario->wan.link_count; i++)
        if (is_set(&scenario->wan.links[i].traits, trait)) {
            snprintf(pointer, bytes, "/wan/links/%zu", i);
            return true;
        }
    snprintf(pointer, bytes, "/coordinator");
    return is_set(&scenario->coordinator.traits, trait);
}

int ess_scenario_warn_unused(const struct ess_scenario *scenario, FILE *out) {
    const struct ess_network_type *model = scenario->network.type;
    const bool uses[TRAITS] = {model->uses_queue, model->uses_loss, model->uses_mtu};
    char pointer[64];
    int said = 0;
    for (int trait = 0; trait < TRAITS; trait++) {
        if (uses[trait] || !find(scenario, (enum trait)trait, pointer, sizeof pointer))
            continue;
        fprintf(out,
            "%s:%s/%s: warning: the network model \"%s\" does not look at it; results are as if it "
            "were not there\n",
            scenario->path, pointer, trait_keys[trait], model->name);
        said++;
    }
    return said;
}
