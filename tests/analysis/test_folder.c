/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ess_test.h"

static char base[] = "/tmp/essaim-test-folder-XXXXXX";
static char error[512];

static const char *path_of(const char *name) {
    static char paths[4][256];
    static int turn;
    turn = (turn + 1) % 4;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", base, name);
    return paths[turn];
}

/* The names in a folder, hidden ones too, in order, joined by spaces; "" where it is missing. */
static const char *listing_of(const char *path) {
    static char text[1024];
    struct dirent **names = NULL;
    text[0] = '\0';
    int count = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0) {
            size_t used = strlen(text);
            snprintf(
                text + used, sizeof text - used, "%s%s", used > 0 ? " " : "", names[i]->d_name);
        }
        free(names[i]);
    }
    free(names);
    return text;
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

static const char *content_of(const char *path) {
    static char text[256];
    FILE *file = fopen(path, "r");
    size_t length = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[length] = '\0';
    if (file != NULL) {
        fclose(file);
    }
    return text;
}

static bool add_file(struct ess_folder *folder, const char *name, const char *text) {
    FILE *file = ess_folder_file(folder, name, error, sizeof error);
    if (file == NULL) {
        return false;
    }
    fputs(text, file);
    return ess_folder_close_file(file, name, error, sizeof error);
}

/* A whole results folder with one text in both of its files. */
static bool write_results(const char *target, const char *text) {
    struct ess_folder folder;
    if (!ess_folder_open(&folder, target, error, sizeof error)) {
        return false;
    }
    if (!add_file(&folder, "results.json", text) || !add_file(&folder, "run-info.json", text)) {
        ess_folder_abandon(&folder);
        return false;
    }
    return ess_folder_commit(&folder, error, sizeof error);
}

/* Remove what a test left; tests make nothing deeper than three levels. */
static void clear(const char *path) {
    struct dirent **names = NULL;
    int count = scandir(path, &names, NULL, NULL);
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0) {
            char inner[1024];
            snprintf(inner, sizeof inner, "%s/%s", path, names[i]->d_name);
            if (unlink(inner) != 0) {
                clear(inner);
                rmdir(inner);
            }
        }
        free(names[i]);
    }
    free(names);
}

static void appears_only_when_committed(void) {
    struct ess_folder folder;
    CU_ASSERT(ess_folder_open(&folder, path_of("a/b/out/"), error, sizeof error));
    CU_ASSERT(add_file(&folder, "results.json", "new"));
    CU_ASSERT(add_file(&folder, "run-info.json", "new"));
    CU_ASSERT_EQUAL(access(path_of("a/b/out"), F_OK), -1);
    CU_ASSERT(ess_folder_commit(&folder, error, sizeof error));
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("a/b")), "out");
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("a/b/out")), "results.json run-info.json");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("a/b/out/results.json")), "new");
    clear(base);
}

static void ours_is_replaced(void) {
    CU_ASSERT(write_results(path_of("out"), "old"));
    CU_ASSERT(ess_folder_check(path_of("out"), error, sizeof error));
    struct ess_folder folder;
    CU_ASSERT(ess_folder_open(&folder, path_of("out"), error, sizeof error));
    CU_ASSERT(add_file(&folder, "results.json", "new"));
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/results.json")), "old");
    CU_ASSERT(add_file(&folder, "run-info.json", "new"));
    CU_ASSERT(add_file(&folder, "records.csv", "new"));
    CU_ASSERT(ess_folder_commit(&folder, error, sizeof error));
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("out")), "records.csv results.json run-info.json");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/results.json")), "new");
    clear(base);
}

static void an_empty_folder_is_replaced(void) {
    CU_ASSERT_EQUAL(mkdir(path_of("out"), 0777), 0);
    CU_ASSERT(write_results(path_of("out"), "new"));
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/results.json")), "new");
    clear(base);
}

static void abandoned_leaves_the_old_and_nothing_else(void) {
    CU_ASSERT(write_results(path_of("out"), "old"));
    struct ess_folder folder;
    CU_ASSERT(ess_folder_open(&folder, path_of("out"), error, sizeof error));
    CU_ASSERT(add_file(&folder, "results.json", "half"));
    ess_folder_abandon(&folder);
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/results.json")), "old");
    clear(base);
    CU_ASSERT(ess_folder_open(&folder, path_of("deep/er/out"), error, sizeof error));
    CU_ASSERT(add_file(&folder, "records.csv", "half"));
    ess_folder_abandon(&folder);
    CU_ASSERT_STRING_EQUAL(listing_of(base), "");
}

/* Parents that were there before are not ours to remove. */
static void abandoned_keeps_parents_that_were_there(void) {
    CU_ASSERT_EQUAL(mkdir(path_of("deep"), 0777), 0);
    struct ess_folder folder;
    CU_ASSERT(ess_folder_open(&folder, path_of("deep/er/out"), error, sizeof error));
    ess_folder_abandon(&folder);
    CU_ASSERT_STRING_EQUAL(listing_of(base), "deep");
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("deep")), "");
    clear(base);
}

static void refused(const char *target, const char *reason) {
    error[0] = '\0';
    CU_ASSERT(!ess_folder_check(target, error, sizeof error));
    ESS_CHECK(strstr(error, reason) != NULL, "'%s' does not say '%s'", error, reason);
    struct ess_folder folder;
    CU_ASSERT(!ess_folder_open(&folder, target, error, sizeof error));
}

static void foreign_folders_are_refused(void) {
    CU_ASSERT_EQUAL(mkdir(path_of("out"), 0777), 0);
    write_file(path_of("out/notes.txt"), "mine");
    refused(path_of("out"), "notes.txt");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/notes.txt")), "mine");
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    clear(base);
    CU_ASSERT_EQUAL(mkdir(path_of("out"), 0777), 0);
    write_file(path_of("out/results.json"), "of another program");
    refused(path_of("out"), "not a results folder");
    clear(base);
}

/* A user's file in one of our folders must survive. */
static void notes_among_our_files_are_refused(void) {
    CU_ASSERT(write_results(path_of("out"), "old"));
    write_file(path_of("out/notes.txt"), "mine");
    refused(path_of("out"), "notes.txt");
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("out")), "notes.txt results.json run-info.json");
    clear(base);
}

static void a_file_or_link_as_target_is_refused(void) {
    write_file(path_of("out"), "mine");
    refused(path_of("out"), "not a folder");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out")), "mine");
    CU_ASSERT_EQUAL(symlink("out", path_of("link")), 0);
    refused(path_of("link"), "not a folder");
    clear(base);
}

static void impossible_parents_are_refused(void) {
    write_file(path_of("file"), "mine");
    refused(path_of("file/out"), "file");
    refused(path_of("file/deep/out"), "file");
    refused(".", "no name");
    refused(path_of(".."), "no name");
    refused("/", "no name");
    refused("", "no name");
    CU_ASSERT_STRING_EQUAL(listing_of(base), "file");
    clear(base);
    if (geteuid() == 0) {
        ess_test_note("as root: a read-only parent cannot be tried");
        return;
    }
    CU_ASSERT_EQUAL(mkdir(path_of("locked"), 0555), 0);
    refused(path_of("locked/out"), "locked");
    clear(base);
}

/* Someone else's folder turns up at the target while we run. */
static void commit_refuses_what_came_meanwhile(void) {
    struct ess_folder folder;
    CU_ASSERT(ess_folder_open(&folder, path_of("out"), error, sizeof error));
    CU_ASSERT(add_file(&folder, "results.json", "new"));
    CU_ASSERT_EQUAL(mkdir(path_of("out"), 0777), 0);
    write_file(path_of("out/notes.txt"), "mine");
    CU_ASSERT(!ess_folder_commit(&folder, error, sizeof error));
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("out")), "notes.txt");
    clear(base);
}

/* The new folder vanishes before the rename: the old one comes back. */
static void a_failed_rename_puts_the_old_back(void) {
    CU_ASSERT(write_results(path_of("out"), "old"));
    struct ess_folder folder;
    CU_ASSERT(ess_folder_open(&folder, path_of("out"), error, sizeof error));
    CU_ASSERT_EQUAL(rmdir(folder.partial), 0);
    CU_ASSERT(!ess_folder_commit(&folder, error, sizeof error));
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/results.json")), "old");
    clear(base);
}

static void two_at_once_do_not_meet(void) {
    struct ess_folder first;
    struct ess_folder second;
    CU_ASSERT(ess_folder_open(&first, path_of("out"), error, sizeof error));
    CU_ASSERT(ess_folder_open(&second, path_of("out"), error, sizeof error));
    CU_ASSERT(add_file(&first, "results.json", "first"));
    CU_ASSERT(add_file(&first, "run-info.json", "first"));
    CU_ASSERT(add_file(&second, "results.json", "second"));
    CU_ASSERT(ess_folder_commit(&first, error, sizeof error));
    CU_ASSERT(ess_folder_commit(&second, error, sizeof error));
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out");
    CU_ASSERT_STRING_EQUAL(content_of(path_of("out/results.json")), "second");
    clear(base);
}

static void relative_targets_work(void) {
    char before[512];
    CU_ASSERT_PTR_NOT_NULL(getcwd(before, sizeof before));
    CU_ASSERT_EQUAL(chdir(base), 0);
    CU_ASSERT(write_results("out", "new"));
    CU_ASSERT(write_results("results//flag-1", "new"));
    CU_ASSERT_EQUAL(chdir(before), 0);
    CU_ASSERT_STRING_EQUAL(listing_of(base), "out results");
    CU_ASSERT_STRING_EQUAL(listing_of(path_of("results")), "flag-1");
    clear(base);
}

static void a_full_disk_is_noticed(void) {
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        ess_test_skip("no /dev/full here");
        return;
    }
    fputs("text", full);
    CU_ASSERT(!ess_folder_close_file(full, "results.json", error, sizeof error));
    CU_ASSERT_PTR_NOT_NULL(strstr(error, "results.json"));
}

static void default_names_suit_file_systems(void) {
    static const struct {
        const char *scenario, *name;
    } known[] = {{"flagship", "results/flagship-42"}, {"../a b", "results/-.-a-b-42"},
        {"", "results/scenario-42"}, {".hidden", "results/-hidden-42"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char *name = ess_folder_default_name(known[i].scenario, 42);
        CU_ASSERT_STRING_EQUAL(name, known[i].name);
        free(name);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"appears only when committed", appears_only_when_committed},
        {"ours is replaced", ours_is_replaced},
        {"an empty folder is replaced", an_empty_folder_is_replaced},
        {"abandoned leaves the old and nothing else", abandoned_leaves_the_old_and_nothing_else},
        {"abandoned keeps parents that were there", abandoned_keeps_parents_that_were_there},
        {"foreign folders are refused", foreign_folders_are_refused},
        {"notes among our files are refused", notes_among_our_files_are_refused},
        {"a file or link as target is refused", a_file_or_link_as_target_is_refused},
        {"impossible parents are refused", impossible_parents_are_refused},
        {"commit refuses what came meanwhile", commit_refuses_what_came_meanwhile},
        {"a failed rename puts the old back", a_failed_rename_puts_the_old_back},
        {"two at once do not meet", two_at_once_do_not_meet},
        {"relative targets work", relative_targets_work},
        {"a full disk is noticed", a_full_disk_is_noticed},
        {"default names suit file systems", default_names_suit_file_systems},
        {NULL, NULL},
    };
    if (mkdtemp(base) == NULL) {
        perror(base);
        return 1;
    }
    int status = ess_test_main("folder", tests);
    clear(base);
    rmdir(base);
    return status;
}
