/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/files.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/scenario/settings.h"

#define DATA_PREFIX "$ESSAIM_DATA/"

bool ess_file_is_data(const char *written) {
    return strncmp(written, DATA_PREFIX, strlen(DATA_PREFIX)) == 0;
}

/* The folder part of the file that names the path; what stands on the command line is relative to
 * the present folder. */
static const char *folder_of(struct ess_reader *reader, const char *pointer) {
    const char *file, *shown;
    ess_origins_find(reader->origins, pointer, reader->store, &file, &shown);
    const char *slash = strrchr(file, '/');
    if (slash == NULL || strcmp(file, ESS_SETTINGS_FILE) == 0)
        return "";
    return ess_store_print(reader->store, "%.*s", (int)(slash - file + 1), file);
}

const char *ess_file_path(
    struct ess_reader *reader, const char *pointer, const char *written, const char *data_folder) {
    if (ess_file_is_data(written))
        return ess_store_print(reader->store, "%s/%s",
            data_folder == NULL ? "$ESSAIM_DATA" : data_folder, written + strlen(DATA_PREFIX));
    const char *folder = written[0] == '/' ? "" : folder_of(reader, pointer);
    return ess_store_print(reader->store, "%s%s", folder, written);
}

bool ess_file_there(struct ess_reader *reader, const char *pointer, const char *written,
    const char *path, const char *what, size_t *data_missing) {
    struct stat status;
    const char *found = NULL;
    int error = stat(path, &status) == 0 ? 0 : errno;
    if (error != 0 && ess_file_is_data(written)) {
        ++*data_missing;
        ess_reader_complain_at(reader, pointer,
            ess_store_print(reader->store, "no file \"%s\"", path), NULL,
            "real data (which does not come with the program; ESSAIM_DATA says where it is)");
        return false;
    }
    if (error != 0)
        found = ess_store_print(reader->store, "%s at \"%s\"", strerror(error), path);
    else if (!S_ISREG(status.st_mode))
        found = ess_store_print(reader->store, "a folder or a device at \"%s\"", path);
    if (found == NULL)
        return true;
    ess_reader_complain_at(reader, pointer, found, NULL, "%s", what);
    return false;
}
