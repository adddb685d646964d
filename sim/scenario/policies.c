/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/policies.h"

#include <string.h>

#include "collective/plan.h"
#include "collective/selection.h"
#include "membership/detector.h"
#include "peer/config.h"
#include "recovery/recovery.h"
#include "routing/order.h"
#include "training/strategy.h"

/* One accessor a kind, so that each descriptor is read through its own type. */
#define ESS_POLICY_ACCESSOR(kind, key, descriptor, registry, fallback)                             \
    static bool describe_##kind(size_t index, struct ess_policy_piece *piece) {                    \
        const struct descriptor *type = (registry)[index];                                         \
        if (type == NULL)                                                                          \
            return false;                                                                          \
        *piece = (struct ess_policy_piece){type->name, type->summary, type->source, type,          \
            type->parameters, type->settings_bytes, type->check};                                  \
        return true;                                                                               \
    }
ESS_POLICY_KINDS(ESS_POLICY_ACCESSOR)

static const struct {
    const char *key;
    const char *fallback;
    bool (*describe)(size_t index, struct ess_policy_piece *piece);
} kinds[ESS_POLICY_KIND_COUNT] = {
#define ESS_POLICY_ROW(kind, key, descriptor, registry, fallback) {key, fallback, describe_##kind},
    ESS_POLICY_KINDS(ESS_POLICY_ROW)};

const char *ess_policy_key(enum ess_policy_kind kind) {
    return kinds[kind].key;
}

const char *ess_policy_default(enum ess_policy_kind kind) {
    return kinds[kind].fallback;
}

/* The registries stand in the order of file names; all but their end are non-NULL. */
bool ess_policy_at(enum ess_policy_kind kind, size_t index, struct ess_policy_piece *piece) {
    for (size_t i = 0; i < index; i++)
        if (!kinds[kind].describe(i, piece))
            return false;
    return kinds[kind].describe(index, piece);
}

bool ess_policy_find(enum ess_policy_kind kind, const char *name, struct ess_policy_piece *piece) {
    for (size_t i = 0; kinds[kind].describe(i, piece); i++)
        if (strcmp(piece->name, name) == 0)
            return true;
    return false;
}
