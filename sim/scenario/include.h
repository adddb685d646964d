/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_INCLUDE_H
#define ESS_SCENARIO_INCLUDE_H

/* `"include": ["part.json", …]`: paths relative to the file they stand in. Files are laid over one
 * another: first the included ones in the order written (each with its own includes before it),
 * then the including file. Where both have an object, its members are merged; anything else (arrays
 * too) is replaced whole by the later one. */

#include "sim/scenario/document.h"
#include "sim/scenario/reader.h"

/* Files that one scenario may be made of, repeated ones included. */
#define ESS_SCENARIO_FILES_MAX 256

/* The merged tree of the file at `path`, its `include` left out, with the origin of each part in
 * `origins` (which must be what `reader` uses too). NULL after a complaint; the caller frees it. */
struct ess_tree *ess_include_file(
    struct ess_reader *reader, const char *path, struct ess_origins *origins);

/* The same of a text, which may not include. */
struct ess_tree *ess_include_text(struct ess_reader *reader, const char *text, size_t bytes,
    const char *name, struct ess_origins *origins);

#endif
