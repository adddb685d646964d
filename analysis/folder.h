/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_ANALYSIS_FOLDER_H
#define ESS_ANALYSIS_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* A results folder that is either there with all its files, or not at all: files are written to a
 * hidden sibling (".NAME.partial-PID-K") that is renamed into place at the end.
 *
 *     if (!ess_folder_check(target, error, sizeof error)) …exit 2, before running…
 *     struct ess_folder folder;
 *     if (!ess_folder_open(&folder, target, error, sizeof error)) …
 *     FILE *file = ess_folder_file(&folder, "results.json", error, sizeof error);
 *     … write …
 *     ok = ess_folder_close_file(file, "results.json", error, sizeof error) && …
 *     if (!ok) ess_folder_abandon(&folder); else ok = ess_folder_commit(&folder, error, sizeof
 * error);
 *
 * An existing target is replaced only if it is ours: a real folder (no symbolic link) with
 * results.json and run-info.json in which every other entry is also a file this program writes, or
 * an empty folder. Anything else is refused and never touched, so no file of a user's is lost.
 * Replacing renames the old folder aside, renames the new one into place, deletes the old one; if
 * the second rename fails the old one is put back. Between the renames there is an instant with
 * neither in place (Linux's exchanging rename is not in POSIX); both are complete on disk then. A
 * killed process leaves its hidden sibling behind, which nothing mistakes for results.
 *
 * Errors are one line of text for people, naming the path. */

struct ess_folder {
    char *target;         /* without trailing slashes */
    char *partial;        /* the hidden sibling */
    size_t created_bytes; /* length of the highest parent made by open; 0 where none was */
};

/* "results/<scenario>-<seed>", characters that do not suit a file name replaced by '-'; the caller
 * frees it. NULL when out of memory. */
char *ess_folder_default_name(const char *scenario, unsigned long long seed);

/* Could a folder be written there? Makes nothing. True, or false with `error` filled. */
bool ess_folder_check(const char *target, char *error, size_t error_bytes);

/* Check, make missing parents and the hidden sibling. On false nothing is left behind and the
 * folder needs no further call. On true it must go to commit or abandon, exactly once. */
bool ess_folder_open(
    struct ess_folder *folder, const char *target, char *error, size_t error_bytes);

/* A new file of the folder, for writing; NULL with `error` filled. The name must be one of those
 * this program writes (asserted; the list stands in folder.c), for otherwise the folder would not
 * be known as ours the next time. Close it by ess_folder_close_file before commit. */
FILE *ess_folder_file(struct ess_folder *folder, const char *name, char *error, size_t error_bytes);

/* Flush to disk and close; false with `error` filled where any write to it had failed. */
bool ess_folder_close_file(FILE *file, const char *name, char *error, size_t error_bytes);

/* Rename into place. On false nothing is left behind and what was at the target is still there.
 * Frees the folder's memory either way. */
bool ess_folder_commit(struct ess_folder *folder, char *error, size_t error_bytes);

/* Remove the hidden sibling and the parents that open made; frees the folder's memory. */
void ess_folder_abandon(struct ess_folder *folder);

#endif
