/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_POLICIES_H
#define ESS_SCENARIO_POLICIES_H

/* The kinds of policy that a scenario chooses, one row each. Adding a kind is one row here and the
 * include of its descriptor's header in policies.c:
 *
 *     X(ENUMERATOR, json key, struct type, registry, default name)  */
#define ESS_POLICY_KINDS(X)                                                                        \
    X(COLLECTIVE, "collective", ess_plan_type, ess_plan_registry, "ring")                          \
    X(SELECTION, "selection", ess_selection_type, ess_selection_registry, "fixed")                 \
    X(ORDER, "order", ess_order_type, ess_order_registry, "site")                                  \
    X(RECOVERY, "recovery", ess_recovery_type, ess_recovery_registry, "retry")                     \
    X(DETECTOR, "detector", ess_detector_type, ess_detector_registry, "timeout")                   \
    X(TRAINING, "training", ess_training_type, ess_training_registry, "data_parallel")             \
    X(PEER, "peer", ess_peer_type, ess_peer_registry, "standard")

#include <stdbool.h>
#include <stddef.h>

struct ess_parameter;

enum ess_policy_kind {
#define ESS_POLICY_ENUMERATOR(name, key, type, registry, fallback) ESS_POLICY_##name,
    ESS_POLICY_KINDS(ESS_POLICY_ENUMERATOR)
#undef ESS_POLICY_ENUMERATOR
        ESS_POLICY_KIND_COUNT
};

/* A policy as chosen: which piece, and its settings with every default filled in. */
struct ess_policy_choice {
    const char *name;
    const void *type;     /* const struct ess_plan_type * and so on, by kind */
    const void *settings; /* a struct of the piece's own; NULL where settings_bytes is 0 */
    size_t settings_bytes;
    const struct ess_parameter *parameters; /* its table; NULL means none */
};

/* What the descriptors of all kinds have in common. */
struct ess_policy_piece {
    const char *name;
    const char *summary;
    const char *source;
    const void *type;
    const struct ess_parameter *parameters;
    size_t settings_bytes;
    const char *(*check)(const void *settings); /* what must hold and does not, or NULL */
};

/* "collective" and so on: the key under /policies. */
const char *ess_policy_key(enum ess_policy_kind kind);

/* The piece that is chosen where the scenario names none. */
const char *ess_policy_default(enum ess_policy_kind kind);

/* Piece `index` of a kind's registry (in the order of file names); false past the end. */
bool ess_policy_at(enum ess_policy_kind kind, size_t index, struct ess_policy_piece *piece);

/* The piece of that name; false where there is none. */
bool ess_policy_find(enum ess_policy_kind kind, const char *name, struct ess_policy_piece *piece);

#endif
