/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/data_file.h"

#include <string.h>
#include <sys/stat.h>

#include "sim/scenario/settings.h"

#define DATA_PREFIX "$ESSAIM_DATA/"

/* The folder part of the file that names it; what stands on the command line is relative to the
 * present folder. */
static const char *folder_of(struct ess_reader *reader, const char *pointer) {
    const char *file, *shown;
    ess_origins_find(reader->origins, pointer, reader->store, &file, &shown);
    const char *slash = strrchr(file, '/');
    if (slash == NULL || strcmp(file, ESS_SETTINGS_FILE) == 0)
        return "";
    return ess_store_print(reader->store, "%.*s", (int)(slash - file + 1), file);
}

const char *ess_data_file_path(struct ess_reader *reader, const struct ess_data_files *files,
    const char *pointer, const char *written) {
    struct stat status;
    if (!files->look) {
        ess_reader_complain_at(reader, pointer,
            ess_store_print(reader->store, "the file \"%s\"", written), NULL,
            "no file named outside of a scenario file");
        return NULL;
    }
    if (strncmp(written, DATA_PREFIX, strlen(DATA_PREFIX)) != 0) {
        const char *folder = written[0] == '/' ? "" : folder_of(reader, pointer);
        return ess_store_print(reader->store, "%s%s", folder, written);
    }
    const char *path = ess_store_print(reader->store, "%s/%s",
        files->data_folder == NULL ? "$ESSAIM_DATA" : files->data_folder,
        written + strlen(DATA_PREFIX));
    if (files->data_folder != NULL && stat(path, &status) == 0)
        return path;
    ++*files->missing;
    ess_reader_complain_at(reader, pointer, ess_store_print(reader->store, "no file \"%s\"", path),
        NULL, "real data (which does not come with the program; ESSAIM_DATA says where it is)");
    return NULL;
}
