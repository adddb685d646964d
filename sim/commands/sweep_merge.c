/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/commands/sweep_merge.h"

#include <stdio.h>

enum { POINTS_AT_ONCE = 4000 };

bool ess_sweep_merge_point(
    const struct ess_sweep_folder *folder, struct ess_sweep_store *store, size_t point) {
    struct ess_sweep_result *result = NULL;
    struct ess_diagnostics diagnostics;
    enum ess_sweep_point_state state;
    bool good = true;
    ess_diagnostics_init(&diagnostics);
    state = ess_sweep_folder_read(folder, point, &result, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_diagnostics_fini(&diagnostics);
    if (result) {
        good = ess_sweep_store_add(store, point, result);
    } else if (state == ESS_SWEEP_POINT_UNREADABLE) {
        int error = ess_sweep_folder_set_aside(folder, point, ".unreadable");
        fprintf(stderr, "%s: point %zu: that file is no result; it %s\n", folder->path, point,
            error ? "cannot be set aside" : "is kept beside, as .unreadable; the point is missing");
        good = error == 0;
    } else if (state == ESS_SWEEP_POINT_NEWER) {
        good = false;
    }
    ess_sweep_result_free(result);
    return good;
}

bool ess_sweep_merge(const struct ess_sweep_folder *folder, struct ess_sweep_store *store) {
    size_t count = folder->sweep->point_count;
    bool good = ess_sweep_store_begin(store);
    for (size_t point = 0; good && point < count; point++) {
        if (!ess_sweep_store_has(store, point)) {
            good = ess_sweep_merge_point(folder, store, point);
        }
        if (good && point % (POINTS_AT_ONCE) == POINTS_AT_ONCE - 1) {
            good = ess_sweep_store_commit(store) && ess_sweep_store_begin(store);
        }
    }
    return good && ess_sweep_store_commit(store);
}
