/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/data_file.h"

#include "sim/scenario/files.h"

const char *ess_data_file_path(struct ess_reader *reader, const struct ess_data_files *files,
    const char *pointer, const char *written) {
    if (!files->look) {
        ess_reader_complain_at(reader, pointer,
            ess_store_print(reader->store, "the file \"%s\"", written), NULL,
            "no file named outside of a scenario file");
        return NULL;
    }
    const char *path = ess_file_path(reader, pointer, written, files->data_folder);
    bool wanting = ess_file_is_data(written) &&
                   !ess_file_there(reader, pointer, written, path, "a file", files->missing);
    return wanting ? NULL : path;
}
