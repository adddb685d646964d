/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_FILES_H
#define ESS_SCENARIO_FILES_H

/* Files that a scenario names: a path is relative to the file in which it is written, absolute, or
 * below "$ESSAIM_DATA/", the folder of real data, which does not come with the program. */

#include <stdbool.h>

#include "sim/scenario/reader.h"

/* Whether it stands below "$ESSAIM_DATA/". */
bool ess_file_is_data(const char *written);

/* The path to open for `written`, the value at `pointer`. `data_folder` NULL: none is known. */
const char *ess_file_path(
    struct ess_reader *reader, const char *pointer, const char *written, const char *data_folder);

/* Whether a regular file is at `path`, which is ess_file_path() of `written`. Where not, that has
 * been said, `what` being expected; `*data_missing` grows where the file is one of real data. */
bool ess_file_there(struct ess_reader *reader, const char *pointer, const char *written,
    const char *path, const char *what, size_t *data_missing);

#endif
