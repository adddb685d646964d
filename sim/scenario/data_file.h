/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_DATA_FILE_H
#define ESS_SCENARIO_DATA_FILE_H

/* Files that a scenario names: against the folder of the file that names them, or below
 * $ESSAIM_DATA/, which is real data that does not come with the program. */

#include "sim/scenario/reader.h"

/* What is known about where files are. */
struct ess_data_files {
    const char *data_folder; /* what $ESSAIM_DATA stands for; NULL: no real data here */
    bool look;               /* false: no file may be opened */
    size_t *missing;         /* grows with each complaint that is only about missing real data */
};

/* The path of the file written as `written` at `pointer`, in the reader's store. NULL after a
 * complaint: no file may be opened, or real data is not there. */
const char *ess_data_file_path(struct ess_reader *reader, const struct ess_data_files *files,
    const char *pointer, const char *written);

#endif
