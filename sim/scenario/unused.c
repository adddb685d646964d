/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/unused.h"

#include <stdbool.h>

#include "models/network/network.h"
#include "models/network/transport.h"

enum trait { QUEUE, LOSS, MTU, JITTER, TRAITS };

static const char *const trait_keys[TRAITS] = {"queue_bytes", "loss", "mtu", "jitter"};

static bool is_set(const struct ess_link_traits *traits, enum trait trait) {
    switch (trait) {
    case QUEUE:
        return traits->queue_bytes != ESS_LINK_QUEUE_UNSET;
    case LOSS:
        return traits->loss != 0;
    case MTU:
        return traits->mtu_bytes != ESS_LINK_MTU_BYTES;
    case JITTER:
        return traits->jitter_ns != 0;
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

static int warn(const struct ess_scenario *scenario, const char *pointer, const char *key,
    bool ideal, FILE *out) {
    fprintf(out,
        "%s:%s/%s: warning: the network model \"%s\"%s does not look at it; results are as if it "
        "were not there\n",
        scenario->path, pointer, key, scenario->network.type->name,
        ideal ? " with the transport \"ideal\"" : "");
    return 1;
}

/* Only a transport of the fluid model has buffers by host. */
static int warn_buffers(const struct ess_scenario *scenario, bool ideal, FILE *out) {
    char pointer[64];
    for (size_t s = 0; s < scenario->site_count; s++)
        for (size_t k = 0; k < scenario->sites[s].kind_count; k++) {
            const struct ess_scenario_host_kind *kind = &scenario->sites[s].kinds[k];
            bool sends = kind->send_buffer_bytes != INT64_MAX;
            if (!sends && kind->receive_buffer_bytes == INT64_MAX)
                continue;
            snprintf(pointer, sizeof pointer, "/sites/%zu/hosts/%zu", s, k);
            return warn(scenario, pointer, sends ? "send_buffer" : "receive_buffer", ideal, out);
        }
    return 0;
}

int ess_scenario_warn_unused(const struct ess_scenario *scenario, FILE *out) {
    const struct ess_network_type *model = scenario->network.type;
    bool ideal = !model->has_packets && scenario->network.transport.type == &ess_transport_ideal;
    const bool uses[TRAITS] = {model->uses_queue && !ideal, model->uses_loss && !ideal,
        model->uses_mtu && !ideal, model->uses_jitter};
    char pointer[64];
    int said = model->has_packets || ideal ? warn_buffers(scenario, ideal, out) : 0;
    for (int trait = 0; trait < TRAITS; trait++) {
        if (uses[trait] || !find(scenario, (enum trait)trait, pointer, sizeof pointer))
            continue;
        said += warn(scenario, pointer, trait_keys[trait], ideal, out);
    }
    return said;
}
