/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_SHARING_INVARIANTS_H
#define ESS_TEST_SHARING_INVARIANTS_H

/* The sharing solver from inside, after a resolution: its equations (1) to (3), and the structures
 * that keep them (weights, lists, guards, dates of events). Returns what is broken, or NULL. */

#include "models/network/sharing.h"

const char *sharing_broken_invariant(const struct ess_sharing *s);

#endif
