/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The strict reader over cJSON: each leniency of cJSON 1.7.15 is refused, with the place. */
#include "sim/scenario/json.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenario/json_syntax.h"
#include "sim/scenario/place.h"
#include "tests/scenario/scenario_text.h"

static char *messages_for(const char *text, size_t bytes, struct ess_tree **tree) {
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    *tree = ess_tree_parse(text, bytes, "f", &diagnostics);
    char *messages = messages_of(&diagnostics);
    ess_diagnostics_fini(&diagnostics);
    return messages;
}

struct syntax_case {
    const char *text;
    size_t bytes; /* 0: strlen */
    const char *message;
};

static const struct syntax_case refused[] = {
    {"", 0, "f:1:1: expected a JSON value, found the end of the file\n    \n    ^\n"},
    {"{} x", 0, "f:1:4: expected nothing after the JSON value, found \"x\"\n    {} x\n       ^\n"},
    {"{\"a\": 1,}", 0,
        "f:1:9: expected another value after the comma, found \"}\"\n    {\"a\": 1,}\n"
        "            ^\n"},
    {"[1 2]", 0, "f:1:4: expected \",\" or \"]\", found \"2\"\n    [1 2]\n       ^\n"},
    {"{a: 1}", 0, "f:1:2: expected a key in double quotes, found \"a\"\n    {a: 1}\n     ^\n"},
    {"{\n  \"a\" 1\n}", 0,
        "f:2:7: expected \":\" after the key, found \"1\"\n      \"a\" 1\n          ^\n"},
    {"[1e999]", 0,
        "f:1:2: expected a finite number (at most 1.8e308), found 1e999\n    [1e999]\n     "
        "^\n"},
    {"[9007199254740993]", 0,
        "f:1:2: expected a whole number of at most 9007199254740992 (2^53; write a larger seed "
        "as a string), found 9007199254740993\n    [9007199254740993]\n     ^\n"},
    {"[01]", 0, "f:1:2: expected a number without leading zeros, found \"0\"\n    [01]\n     ^\n"},
    {"[1.]", 0,
        "f:1:4: expected a digit after the decimal point, found \"]\"\n    [1.]\n       ^\n"},
    {"[+1]", 0, "f:1:2: expected a JSON value, found \"+\"\n    [+1]\n     ^\n"},
    {"[NaN]", 0, "f:1:2: expected a JSON value, found \"N\"\n    [NaN]\n     ^\n"},
    {"[True]", 0, "f:1:2: expected a JSON value, found \"T\"\n    [True]\n     ^\n"},
    {"['a']", 0,
        "f:1:2: expected a JSON value (strings stand in double quotes), found \"'\"\n    "
        "['a']\n     ^\n"},
    {"// x\n{}", 0,
        "f:1:1: expected a JSON value (JSON has no comments; use a key \"_comment\"), found "
        "\"/\"\n    // x\n    ^\n"},
    {"{\"a\": \"b\n\"}", 0,
        "f:1:7: expected a closing \" for this string, found the end of the line\n    "
        "{\"a\": \"b\n          ^\n"},
    {"[\"\\q\"]", 0,
        "f:1:4: expected one of \" \\ / b f n r t u after a backslash, found \"q\"\n    "
        "[\"\\q\"]\n       ^\n"},
    {"[\"a\\u0000b\"]", 0,
        "f:1:4: expected text without NUL, found \\u0000\n    [\"a\\u0000b\"]\n       ^\n"},
    {"[\"\\ud800\"]", 0,
        "f:1:3: expected a pair of surrogates, high then low, found \"\\\"\n    "
        "[\"\\ud800\"]\n      ^\n"},
    {"{\"a\0b\": 1}", 10,
        "f:1:4: expected text without control characters (write \\n, \\t or \\uXXXX), found a "
        "NUL byte\n    {\"a?b\": 1}\n       ^\n"},
    {"{}\0", 3,
        "f:1:3: expected nothing after the JSON value, found a NUL byte\n    {}?\n"
        "      ^\n"},
    {"[\"\xC3\"]", 0,
        "f:1:3: expected well-formed UTF-8, found the byte 0xC3\n    [\"?\"]\n      ^\n"},
    {"[\"\xC3\xA9\xED\xA0\x80\"]", 0, /* the column counts letters, a surrogate is no letter */
        "f:1:4: expected well-formed UTF-8, found the byte 0xED\n    [\"\xC3\xA9???\"]\n"
        "       ^\n"},
    {"{\"a\": 1, \"b\": {\"c\": 1, \"c\": 2}, \"a\": 2}", 0,
        "f:/a: expected each key once, found \"a\" twice in one object\n"
        "f:/b/c: expected each key once, found \"c\" twice in one object\n"},
};

static void refused_texts(void) {
    const struct syntax_case *cases = refused;
    size_t count = sizeof refused / sizeof refused[0], wrong = 0;
    for (size_t i = 0; i < count; i++) {
        size_t bytes = cases[i].bytes > 0 ? cases[i].bytes : strlen(cases[i].text);
        struct ess_tree *tree;
        char *messages = messages_for(cases[i].text, bytes, &tree);
        if (tree != NULL || strcmp(messages, cases[i].message) != 0) {
            ess_test_note(
                "%s\nexpected %s\nfound    %s", cases[i].text, cases[i].message, messages);
            wrong++;
        }
        ess_tree_free(tree);
        free(messages);
    }
    ess_test_note("%zu texts refused with exact messages", count - wrong);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void accepted_texts(void) {
    static const char *const texts[] = {"{}", "[]", "0", "-0", "1e-7", "9007199254740992", "\"\"",
        " [ 1 , true , null , \"\\u00e9\\ud83d\\ude00\" ] \r\n", "\xEF\xBB\xBF{}", "1e300",
        "{\"a\": 1, \"A\": 2}", "[[], {}, [{}]]"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct ess_tree *tree;
        char *messages = messages_for(texts[i], strlen(texts[i]), &tree);
        ESS_CHECK(tree != NULL, "%s: %s", texts[i], messages);
        ess_tree_free(tree);
        free(messages);
    }
}

static void nested(size_t depth, char *text) {
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
}

static void nesting(void) {
    static char text[2 * 100000];
    struct ess_tree *tree;
    nested(ESS_JSON_NESTING_MAX, text);
    char *messages = messages_for(text, 2 * ESS_JSON_NESTING_MAX, &tree);
    CU_ASSERT_PTR_NOT_NULL(tree);
    ess_tree_free(tree);
    free(messages);
    nested(100000, text);
    messages = messages_for(text, sizeof text, &tree);
    CU_ASSERT_PTR_NULL(tree);
    CU_ASSERT(
        strncmp(messages, "f:1:65: expected at most 64 levels of nesting, found \"[\"\n", 57) == 0);
    free(messages);
}

static void case_matters(void) {
    struct ess_tree *tree;
    free(messages_for("{\"Name\": 1, \"name\": 2}", 22, &tree));
    CU_ASSERT_PTR_NOT_NULL_FATAL(tree);
    CU_ASSERT_EQUAL(ess_tree_number(ess_tree_member(tree, "name")), 2);
    CU_ASSERT_PTR_NULL(ess_tree_member(tree, "NAME"));
    ess_tree_free(tree);
}

/* Many refusals cost a walk each; their number is bounded, so a large bad file is refused fast. */
static void many_bad_numbers(void) {
    size_t count = 200000;
    char *text = malloc(count * 6 + 2);
    text[0] = '[';
    for (size_t i = 0; i < count; i++)
        snprintf(text + 1 + i * 6, 7, "%s", i + 1 < count ? "1e999," : "1e999]");
    struct ess_tree *tree;
    char *messages = messages_for(text, count * 6 + 1, &tree);
    size_t lines = 0;
    for (const char *at = messages; (at = strstr(at, "f:1:")) != NULL; at++)
        lines++;
    CU_ASSERT_EQUAL(lines, ESS_DIAGNOSTICS_MAX);
    free(messages);
    free(text);
}

/* ---- Files ---- */

static char *file_messages(const char *path, size_t bytes_max) {
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    struct ess_tree *tree = ess_tree_read_file(path, bytes_max, &diagnostics);
    ess_tree_free(tree);
    char *messages = messages_of(&diagnostics);
    ess_diagnostics_fini(&diagnostics);
    return messages;
}

static void check_file(const char *path, size_t bytes_max, const char *message) {
    char *messages = file_messages(path, bytes_max);
    CU_ASSERT_STRING_EQUAL(messages, message);
    free(messages);
}

static void files(void) {
    char folder[] = "/tmp/essaim-test-XXXXXX", path[64], message[256];
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(message, sizeof message, "%s: expected a file, found a folder\n", folder);
    check_file(folder, 100, message);
    snprintf(path, sizeof path, "%s/none.json", folder);
    snprintf(message, sizeof message,
        "%s: expected a file that can be read, found No such file or directory\n", path);
    check_file(path, 100, message);
    snprintf(path, sizeof path, "%s/large.json", folder);
    FILE *file = fopen(path, "w");
    fputs("[\"0123456789\"]", file);
    fclose(file);
    check_file(path, 14, "");
    snprintf(
        message, sizeof message, "%s: expected a file of at most 13 bytes, found 14 bytes\n", path);
    check_file(path, 13, message);
    check_file("/dev/zero", 100,
        "/dev/zero: expected a regular file, whose size is known before "
        "it is read, found a pipe or a device\n");
    /* A file far above the limit that takes no room on the disk: it must not be read. */
    CU_ASSERT_EQUAL(truncate(path, 1LL << 40), 0);
    snprintf(message, sizeof message,
        "%s: expected a file of at most 16777216 bytes, found 1099511627776 bytes\n", path);
    check_file(path, 16777216, message);
    remove(path);
    rmdir(folder);
}

/* ---- Pointers ---- */

static void pointers(void) {
    struct ess_store *store = ess_store_new();
    struct ess_place outer = {NULL, "a/b~c", 0}, inner = {&outer, NULL, 7};
    CU_ASSERT_STRING_EQUAL(ess_place_pointer(&inner, store), "/a~1b~0c/7");
    CU_ASSERT_STRING_EQUAL(ess_place_pointer(NULL, store), "");
    const char *cursor = "/a~1b~0c/7/";
    char *segment;
    CU_ASSERT_TRUE(ess_pointer_next(&cursor, store, &segment));
    CU_ASSERT_STRING_EQUAL(segment, "a/b~c");
    CU_ASSERT_TRUE(ess_pointer_next(&cursor, store, &segment));
    CU_ASSERT_STRING_EQUAL(segment, "7");
    CU_ASSERT_TRUE(ess_pointer_next(&cursor, store, &segment));
    CU_ASSERT_STRING_EQUAL(segment, "");
    CU_ASSERT_FALSE(ess_pointer_next(&cursor, store, &segment));
    cursor = "/a~2";
    CU_ASSERT_FALSE(ess_pointer_next(&cursor, store, &segment));
    CU_ASSERT_TRUE(ess_pointer_covers("/a", "/a/0"));
    CU_ASSERT_TRUE(ess_pointer_covers("/a", "/a"));
    CU_ASSERT_FALSE(ess_pointer_covers("/a", "/ab"));
    CU_ASSERT_TRUE(ess_pointer_covers("", "/ab"));
    ess_store_free(store);
}

/* What a file holds must not reach a terminal as control characters. */
static void messages_are_printable(void) {
    struct ess_diagnostics diagnostics;
    ess_diagnostics_init(&diagnostics);
    ess_diagnostics_add(&diagnostics, "f", "/a", "x", "\x1b[2J\xC2\x9B\xFF\xC3\xA9\n", NULL, NULL);
    char *messages = messages_of(&diagnostics);
    CU_ASSERT_STRING_EQUAL(
        messages, "f:/a: expected x, found \\x1B[2J\\xC2\\x9B\\xFF\xC3\xA9\\x0A\n");
    free(messages);
    ess_diagnostics_fini(&diagnostics);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"what is not JSON is refused with line, column and caret", refused_texts},
        {"what is JSON is read", accepted_texts},
        {"nesting stops at 64 levels, before any recursion", nesting},
        {"keys are found by their exact letters", case_matters},
        {"a file full of bad numbers gives 50 messages", many_bad_numbers},
        {"files: too large, a folder, a device, not there", files},
        {"JSON pointers escape and unescape", pointers},
        {"messages hold no control characters", messages_are_printable},
        {NULL, NULL},
    };
    return ess_test_main("scenario JSON", tests);
}
