/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network's model by name, and what only one of them takes. */
#include <string.h>

#include "models/network/network.h"
#include "models/network/transport.h"
#include "models/packet/congestion.h"
#include "models/packet/profile.h"
#include "sim/scenario/checks.h"
#include "sim/scenario/nearest.h"
#include "sim/scenario/transport.h"

#define NAMES_MAX 64
#define IDEAL_WINDOW_BYTES 4194304 /* the plain transport has no buffers: it needs a window */

static bool complain_name(struct ess_reader *reader, const struct ess_place *place, const char *key,
    const char *found, const char *const *names, size_t count, const char *expected) {
    struct ess_place below = {place, key, 0};
    ess_reader_complain(reader, &below, ess_store_print(reader->store, "\"%s\"", found),
        ess_name_nearest(found, names, count), "%s", expected);
    return false;
}

static bool find_model(struct ess_reader *reader, const struct ess_place *place,
    struct ess_scenario_network *network) {
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (; count < NAMES_MAX && ess_network_registry[count]; count++) {
        names[count] = ess_network_registry[count]->name;
        if (strcmp(names[count], network->model) == 0) {
            network->type = ess_network_registry[count];
            return true;
        }
    }
    return complain_name(reader, place, "model", network->model, names, count,
        "a model of the network (`essaim list network`)");
}

static bool find_profile(struct ess_reader *reader, const struct ess_place *place,
    struct ess_scenario_network *network) {
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (; count < NAMES_MAX && ess_profile_registry[count]; count++) {
        names[count] = ess_profile_registry[count]->name;
    }
    network->profile_type = ess_profile_find(network->profile ? network->profile : "linux");
    return network->profile_type || complain_name(reader, place, "profile", network->profile, names,
                                        count, "a TCP to behave like (`essaim list profile`)");
}

static bool find_congestion(struct ess_reader *reader, const struct ess_place *place,
    struct ess_scenario_network *network) {
    const char *names[NAMES_MAX], *name = network->congestion_control;
    size_t count = 0;
    for (; count < NAMES_MAX && ess_congestion_registry[count]; count++) {
        names[count] = ess_congestion_registry[count]->name;
    }
    network->congestion_type = ess_congestion_find(name ? name : "cubic");
    return network->congestion_type ||
           complain_name(reader, place, "congestion_control", name, names, count,
               "a congestion control (`essaim list congestion`)");
}

static bool refuse(struct ess_reader *reader, const struct ess_place *place, const char *key,
    const struct ess_scenario_network *network, const char *of_model) {
    struct ess_place below = {place, key, 0};
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "this key with the model \"%s\"", network->model), NULL,
        "it only with \"model\": \"%s\"", of_model);
    return false;
}

bool ess_check_network_model(
    struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_network *network = value;
    bool ok;
    if (!find_model(reader, place, network)) {
        return false;
    }
    if (network->type->has_packets) {
        ok = find_profile(reader, place, network);
        if (!ess_transport_absent(&network->transport)) {
            ok = refuse(reader, place, "transport", network, "fluid");
        }
        return find_congestion(reader, place, network) && ok;
    }
    ok = !network->profile || refuse(reader, place, "profile", network, "packet");
    if (network->congestion_control) {
        ok = refuse(reader, place, "congestion_control", network, "packet");
    }
    if (ess_transport_absent(&network->transport)) {
        ess_transport_take_default(reader, &network->transport);
    }
    if (network->window_bytes == INT64_MAX && network->transport.type == &ess_transport_ideal) {
        network->window_bytes = IDEAL_WINDOW_BYTES;
    }
    return ok;
}
