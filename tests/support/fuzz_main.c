/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stands in for libFuzzer: gives every file named on the command line, and every file directly in
 * a folder named there, to the fuzz target once. A crash or a sanitizer's report ends the program,
 * so the name of each input is printed before it is tried. */
#include <dirent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static unsigned long replayed_count;

static int replay_file(const char *path, size_t size_bytes) {
    FILE *file = fopen(path, "rb");
    /* Exactly the size of the input, so that a read past its end is seen; never zero, which
     * malloc may answer with NULL. */
    uint8_t *data = malloc(size_bytes > 0 ? size_bytes : 1);
    int status = 1;
    if (file && data && fread(data, 1, size_bytes, file) == size_bytes) {
        printf("%s\n", path);
        fflush(stdout);
        LLVMFuzzerTestOneInput(data, size_bytes);
        replayed_count++;
        status = 0;
    } else {
        perror(path);
    }
    if (file) {
        fclose(file);
    }
    free(data);
    return status;
}

static int replay_entry(const char *folder, const char *name) {
    char path[4096];
    struct stat info;
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    if (length < 0 || (size_t)length >= sizeof path || stat(path, &info) != 0) {
        perror(name);
        return 1;
    }
    return S_ISREG(info.st_mode) ? replay_file(path, (size_t)info.st_size) : 0;
}

static int replay_folder(const char *folder) {
    struct dirent **entries = NULL;
    int status = 0;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        perror(folder);
        return 1;
    }
    for (int i = 0; i < count; i++) {
        status |= replay_entry(folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return status;
}

int main(int argc, char **argv) {
    int status = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        if (stat(argv[i], &info) != 0) {
            perror(argv[i]);
            status = 1;
        } else if (S_ISDIR(info.st_mode)) {
            status |= replay_folder(argv[i]);
        } else {
            status |= replay_file(argv[i], (size_t)info.st_size);
        }
    }
    printf("%lu inputs replayed\n", replayed_count);
    return status;
}
