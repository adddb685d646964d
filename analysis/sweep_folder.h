/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_SWEEP_FOLDER_H
#define ESS_ANALYSIS_SWEEP_FOLDER_H

/* The folder of a sweep:
 *
 *   sweep.json      the definition with ranges expanded, and whose it is (identity, version)
 *   points.txt      the hash of each point, a line each
 *   points/ab/      HASH.json: the result of each point that has ended (analysis/sweep_result.h)
 *   partial/        results that are being written; of no meaning once nobody writes
 *   results.sqlite  all results together (analysis/sweep_store.h)
 *   lock            held by the one process that merges
 *
 * It is made whole under another name and renamed; a result is written whole in partial/ and
 * renamed. So whatever is killed whenever, each file is whole or not there. Files are not forced to
 * disk one by one: a machine that loses power may leave an empty one, which is seen, set aside and
 * computed again. Results are never overwritten by others and never deleted. */

#include <stdbool.h>

#include "analysis/sha256.h"
#include "analysis/sweep.h"
#include "analysis/sweep_result.h"

struct ess_sweep_folder {
    char *path;
    struct ess_sweep *sweep;
    char (*hashes)[ESS_SHA256_TEXT_BYTES]; /* [point] */
    uint32_t *first; /* [point]: the first point of the same hash; it alone is run */
    int lock;        /* file descriptor, or -1 */
};

enum ess_sweep_point_state {
    ESS_SWEEP_POINT_MISSING,
    ESS_SWEEP_POINT_DONE,
    ESS_SWEEP_POINT_FAILED,
    ESS_SWEEP_POINT_UNREADABLE,
    ESS_SWEEP_POINT_NEWER /* of a newer program: not to be touched */
};

/* What makes this sweep this sweep: fields, values and hashes of all points. */
void ess_sweep_identity(const struct ess_sweep *sweep, char (*hashes)[ESS_SHA256_TEXT_BYTES],
    char text[ESS_SHA256_TEXT_BYTES]);

/* Make the folder at `path`, or find that it holds this very sweep already. False with a message on
 * stderr where it holds anything else, or cannot be made; nothing has been touched then. */
bool ess_sweep_folder_make(const char *path, const struct ess_sweep *sweep,
    char (*hashes)[ESS_SHA256_TEXT_BYTES], const char *version);

/* Open an existing folder; false with messages on stderr. Closed by ess_sweep_folder_close. */
bool ess_sweep_folder_open(struct ess_sweep_folder *folder, const char *path);
void ess_sweep_folder_close(struct ess_sweep_folder *folder);

/* Become the one that merges, until the folder is closed or this process ends in whatever way.
 * False with a message on stderr where another process is it or the folder cannot be written. */
bool ess_sweep_folder_lock(struct ess_sweep_folder *folder);

/* "DIR/NAME" for a file of the folder; the caller frees it. NULL: out of memory. */
char *ess_sweep_folder_file(const struct ess_sweep_folder *folder, const char *name);

/* Read what there is of a point; `result` may be NULL. On DONE and FAILED `*result` is the
 * caller's. Complaints about files that are no result go to `diagnostics`. */
enum ess_sweep_point_state ess_sweep_folder_read(const struct ess_sweep_folder *folder,
    size_t point, struct ess_sweep_result **result, struct ess_diagnostics *diagnostics);

/* Whether there is a file for the point; nothing of it is read. */
bool ess_sweep_folder_has(const struct ess_sweep_folder *folder, size_t point);

/* Put a result in its place, whole or not at all: 0, or an errno. */
int ess_sweep_folder_put(
    const struct ess_sweep_folder *folder, const struct ess_sweep_result *result);

/* Rename a point's file so that the point counts as missing: to HASH.json.SUFFIX. 0 or an errno. */
int ess_sweep_folder_set_aside(
    const struct ess_sweep_folder *folder, size_t point, const char *suffix);

/* Remove what killed writers left in partial/. Only when nobody writes. */
void ess_sweep_folder_sweep_partial(const struct ess_sweep_folder *folder);

#endif
