/* SPDX-License-Identifier: GPL-3.0-or-later */
/* include, --set, compare, expect: how one file becomes several scenarios. */
#include <sys/stat.h>
#include <unistd.h>

#include "tests/scenario/scenario_text.h"

/* ---- compare and expect ---- */

#define COMPARE                                                                                    \
    "\"compare\": {\"/policies/collective\": [\"ring\", \"hierarchical\"], "                       \
    "\"/policies/recovery\": [\"retry\", \"continue\"]}, "

static void combinations(void) {
    char *text = edited(well, "\"services\"", COMPARE "\"services\"");
    static const char *const names[] = {
        "ring, retry", "ring, continue", "hierarchical, retry", "hierarchical, continue"};
    for (size_t i = 0; i < 4; i++) {
        struct ess_scenario *scenario = scenario_of(text, i, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
        CU_ASSERT_STRING_EQUAL(scenario->variant_name, names[i]);
        CU_ASSERT_EQUAL(scenario->choice_count, 2);
        CU_ASSERT_STRING_EQUAL(scenario->choices[0].pointer, "/policies/collective");
        CU_ASSERT_STRING_EQUAL(
            scenario->choices[0].value, scenario->policies[ESS_POLICY_COLLECTIVE].name);
        CU_ASSERT_STRING_EQUAL(
            scenario->choices[1].value, scenario->policies[ESS_POLICY_RECOVERY].name);
        ess_scenario_free(scenario);
    }
    free(text);
}

static void composite_values(void) {
    char *text = edited(well, "\"services\"",
        "\"compare\": {\"/policies/detector\": [\"timeout\", {\"name\": \"timeout\", \"period\": "
        "\"3 "
        "s\"}], \"/sites/0/hosts/0/count\": [2, 4]}, \"services\"");
    struct ess_scenario *scenario = scenario_of(text, 3, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_STRING_EQUAL(scenario->variant_name, "timeout period=3 s, 4");
    CU_ASSERT_EQUAL(scenario->host_count, 7);
    ess_scenario_free(scenario);
    free(text);
}

static void expectations(void) {
    static const char *const metrics[] = {"step_time", "energy", NULL};
    const struct ess_scenario_options options = {NULL, 0, NULL, metrics};
    char *text = edited(well, "\"services\"",
        COMPARE "\"expect\": [{\"metric\": \"step_time\", \"variant\": \"ring, retry\", \"below\": "
                "\"200 s\"}, {\"metric\": \"energy\", \"lower\": \"ring, retry\", \"than\": "
                "\"ring, continue\", \"disjoint\": true}], \"services\"");
    struct ess_scenario *scenario = scenario_of(text, 0, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    const struct ess_scenario_expectation *first = &scenario->expectations[0];
    CU_ASSERT_EQUAL(first->kind, ESS_EXPECT_BELOW);
    CU_ASSERT_EQUAL(first->below.value, 200e9);
    CU_ASSERT_EQUAL(first->below.dimension, ESS_DIMENSION_TIME);
    CU_ASSERT_STRING_EQUAL(first->pointer, "/expect/0");
    CU_ASSERT_EQUAL(scenario->expectations[1].kind, ESS_EXPECT_LOWER);
    CU_ASSERT_EQUAL(scenario->expectations[1].disjoint, 1);
    ess_scenario_free(scenario);
    char *wrong = edited(text, "\"lower\": \"ring, retry\"", "\"lower\": \"ring, retri\"");
    char *worse = edited(wrong, "\"metric\": \"energy\"", "\"metric\": \"enrgy\"");
    char *messages = refusal_of(worse, strlen(worse), &options);
    CU_ASSERT_STRING_EQUAL(messages,
        "s.json:/expect/1/metric: expected a metric of the results, found \"enrgy\"; did you mean "
        "\"energy\"?\n"
        "s.json:/expect/1/lower: expected the name of a variant, found \"ring, retri\"; did you "
        "mean \"ring, retry\"?\n");
    free(messages);
    free(worse);
    free(wrong);
    free(text);
}

/* An error in a compared value is shown where it was written, once. */
static void wrong_comparisons(void) {
    static const struct refusal refusals[] = {
        {"\"services\"",
            "\"compare\": {\"/duration\": [\"1 h\", 5], \"/policies/recovery\": "
            "[\"retry\", \"continue\"]}, \"services\"",
            "s.json:/compare/~1duration/1: expected a time with a unit, such as \"20 ms\", found "
            "the bare number 5\n"},
        {"\"services\"", "\"compare\": {\"/policy/collective\": [\"ring\"]}, \"services\"",
            "s.json:/policy: expected a key of a scenario, found \"policy\"\n"},
        {"\"services\"", "\"compare\": {\"/sites/7/name\": [\"x\"]}, \"services\"",
            "s.json:/compare/~1sites~17~1name: expected an index below 2, found \"7\"\n"},
        {"\"services\"", "\"compare\": {\"duration\": [\"1 s\"]}, \"services\"",
            "s.json:/compare/duration: expected the JSON pointer of a field that may vary, such as "
            "\"/policies/collective\", found \"duration\"\n"},
        {"\"services\"", "\"compare\": {\"/seed\": []}, \"services\"",
            "s.json:/compare/~1seed: expected from 1 to 4096 values to compare, found 0\n"},
        {"\"services\"", "\"compare\": {\"/seed\": [1, 1]}, \"services\"",
            "s.json:/compare/~1seed/1: expected a value that differs from those before it, found "
            "\"1\" again\n"},
        {"\"services\"",
            "\"compare\": {\"/measure/replications\": [1], \"/measure\": [{}]}, \"services\"",
            "s.json:/compare/~1measure: expected a field that nothing else decides, found "
            "\"/measure/replications\", compared too\n"},
        {"\"services\"", "\"compare\": {\"/name\": [\"a, b\"]}, \"services\"",
            "s.json:/compare/~1name: expected the JSON pointer of a field that may vary, such as "
            "\"/policies/collective\", found \"/name\"\n"},
    };
    CU_ASSERT_TRUE(check_refusals(refusals, sizeof refusals / sizeof refusals[0]));
}

static void too_many_variants(void) {
    char values[1024] = "", replacement[4096];
    for (int i = 0; i < 65; i++)
        sprintf(values + strlen(values), "%s%d", i == 0 ? "" : ", ", i + 2);
    snprintf(replacement, sizeof replacement,
        "\"compare\": {\"/seed\": [%s], \"/measure/replications\": [%s]}, \"services\"", values,
        values);
    char *text = edited(well, "\"services\"", replacement);
    char *messages = refusal_of(text, strlen(text), NULL);
    CU_ASSERT_STRING_EQUAL(
        messages, "s.json:/compare: expected at most 4096 variants in all, found 4225\n");
    free(messages);
    free(text);
}

/* ---- --set ---- */

static void settings(void) {
    static const char *const set[] = {"/measure/replications=7", "/duration=2 h", "/seed=99",
        "/sites/1/hosts/0/count=4", "/policies/detector={\"name\": \"timeout\"}", "/name=\"5\""};
    const struct ess_scenario_options options = {set, 6, NULL, NULL};
    struct ess_scenario *scenario = scenario_of(well, 0, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->measure.replications, 7);
    CU_ASSERT_EQUAL(scenario->duration_ns, 7200000000000);
    CU_ASSERT_EQUAL(scenario->seed, 99);
    CU_ASSERT_EQUAL(scenario->host_count, 6);
    CU_ASSERT_STRING_EQUAL(scenario->name, "5");
    ess_scenario_free(scenario);
}

static void wrong_settings(void) {
    static const struct {
        const char *setting;
        const char *message;
    } cases[] = {
        {"/measure/replication=7", "--set:/measure/replication: expected a key of the measurement, "
                                   "found \"replication\"; did you mean \"replications\"?\n"},
        {"/measure/replications=many", "--set:/measure/replications: expected a whole number, "
                                       "without quotes, found \"many\"\n"},
        {"measure=7", "--set: expected \"/json/pointer=value\" in UTF-8, found \"measure=7\"\n"},
        {"/measure", "--set: expected \"/json/pointer=value\" in UTF-8, found \"/measure\"\n"},
        {"/name=\xFF", "--set: expected \"/json/pointer=value\" in UTF-8, found \"/name=\\xFF\"\n"},
        {"/sites/2/name=x", "--set:/sites/2/name: expected an index below 2, found \"2\"\n"},
        {"/sites/x/name=x", "--set:/sites/x/name: expected an index below 2, found \"x\"\n"},
        {"/name/x=1", "--set:/name/x: expected an object or an array above the last segment, found "
                      "another value above \"x\"\n"},
        {"/a~2=1", "--set:/a~2: expected a JSON pointer such as \"/measure/replications\", found "
                   "\"/a~2\"\n"},
        {"/measure={\"replications\": 1,}", "--set:1:20: expected another value after the comma, "
                                            "found \"}\"\n    {\"replications\": 1,}\n"
                                            "                       ^\n"},
        {"/policies/collective=ring", "s.json:/compare/~1policies~1collective: expected a field "
                                      "that nothing else decides, found "
                                      "\"/policies/collective\", set by --set\n"},
        {"/include=[\"a.json\"]", "--set:/include: expected no include outside of a scenario file, "
                                  "found the key \"include\"\n"},
    };
    char *text = edited(well, "\"services\"", COMPARE "\"services\"");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct ess_scenario_options options = {&cases[i].setting, 1, NULL, NULL};
        char *messages = refusal_of(text, strlen(text), &options);
        CU_ASSERT_STRING_EQUAL(messages, cases[i].message);
        if (strcmp(messages, cases[i].message) != 0)
            ess_test_note("found %s", messages);
        free(messages);
    }
    free(text);
}

/* The command line can change what is compared, too. */
static void settings_change_comparison(void) {
    char *text = edited(well, "\"services\"", COMPARE "\"services\"");
    static const char *const set[] = {"/compare/~1policies~1collective=[\"hierarchical\"]"};
    const struct ess_scenario_options options = {set, 1, NULL, NULL};
    struct ess_scenario *scenario = scenario_of(text, 1, &options);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_STRING_EQUAL(scenario->variant_name, "hierarchical, continue");
    ess_scenario_free(scenario);
    free(text);
}

/* ---- Files ---- */

static char folder[] = "/tmp/essaim-test-XXXXXX";

static const char *write_file(const char *name, const char *text) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
    return path;
}

static char *in_folder(const char *format) {
    char *text = malloc(4096);
    char *out = text;
    for (; *format != '\0'; format++) {
        if (*format == '@')
            out += sprintf(out, "%s", folder);
        else
            *out++ = *format;
    }
    *out = '\0';
    return text;
}

static void check_load(
    const char *path, enum ess_scenario_status wanted, const char *messages_with_folder) {
    enum ess_scenario_status status;
    char *messages = load_refusal_of(path, NULL, &status);
    char *expected = in_folder(messages_with_folder);
    CU_ASSERT_EQUAL(status, wanted);
    CU_ASSERT_STRING_EQUAL(messages, expected);
    if (strcmp(messages, expected) != 0)
        ess_test_note("found %s", messages);
    free(expected);
    free(messages);
}

static void includes(void) {
    char *part = edited(well, "\"1 h\"", "\"3 h\"");
    write_file("part.json", part);
    const char *path = write_file("whole.json",
        "{\"include\": [\"part.json\"], \"duration\": \"2 h\", \"coordinator\": {\"site\": "
        "\"montreal\"}}");
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    ess_diagnostics_init(&diagnostics);
    enum ess_scenario_status status = ess_scenario_load(path, NULL, &document, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    CU_ASSERT_EQUAL_FATAL(status, ESS_SCENARIO_OK);
    struct ess_scenario *scenario = ess_scenario_variant(document, 0, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_STRING_EQUAL(scenario->name, "small");
    CU_ASSERT_EQUAL(scenario->duration_ns, 7200000000000); /* the including file wins */
    CU_ASSERT_EQUAL(scenario->coordinator.site_index, 1);
    ess_scenario_free(scenario);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
    free(part);
}

static void wrong_includes(void) {
    write_file("a.json", "{\"include\": [\"b.json\"]}");
    write_file("b.json", "{\"include\": [\"./c.json\"]}");
    write_file("c.json", "{\"include\": [\"b.json\"]}");
    const char *path = write_file("a.json", "{\"include\": [\"b.json\"]}");
    check_load(path, ESS_SCENARIO_BAD,
        "@/./c.json:/include/0: expected no cycle of includes, found @/b.json -> @/./c.json -> "
        "@/./b.json\n");
    path = write_file("self.json", "{\"include\": [\"self.json\"]}");
    check_load(path, ESS_SCENARIO_BAD,
        "@/self.json:/include/0: expected no cycle of includes, found @/self.json -> "
        "@/self.json\n");
    path = write_file("a.json", "{\"include\": [\"none.json\", 3]}");
    check_load(path, ESS_SCENARIO_BAD,
        "@/none.json: expected a file that can be read, found No such file or directory\n"
        "@/a.json:/include/1: expected the path of a scenario file, found 3\n");
    path = write_file("a.json", "{\"include\": \"part.json\"}");
    check_load(path, ESS_SCENARIO_BAD,
        "@/a.json:/include: expected an array of paths, found \"part.json\"\n");
    path = write_file("a.json", "[]");
    check_load(path, ESS_SCENARIO_BAD, "@/a.json: expected an object, found an array\n");
}

/* An error in a part names the part. */
static void errors_name_the_part(void) {
    char *part = edited(well, "\"delay\": \"45 ms\"", "\"delay\": 45");
    write_file("part.json", part);
    const char *path = write_file(
        "whole.json", "{\"include\": [\"part.json\"], \"measure\": {\"replications\": 0}}");
    check_load(path, ESS_SCENARIO_BAD,
        "@/part.json:/wan/links/0/delay: expected a time with a unit, such as \"20 ms\", found the "
        "bare number 45\n"
        "@/whole.json:/measure/replications: expected a whole number from 1 to 1000, found 0\n");
    free(part);
}

static void deep_includes(void) {
    char name[32], text[64];
    for (int i = 0; i <= ESS_SCENARIO_INCLUDE_DEPTH_MAX; i++) {
        snprintf(name, sizeof name, "d%d.json", i);
        snprintf(text, sizeof text, "{\"include\": [\"d%d.json\"]}", i + 1);
        write_file(name, text);
    }
    write_file("d17.json", "{}");
    char *path = in_folder("@/d0.json");
    check_load(path, ESS_SCENARIO_BAD,
        "@/d16.json:/include/0: expected at most 16 includes within another, found one more\n");
    free(path);
}

static void traces(void) {
    char *text =
        edited(well, "\"services\"", "\"availability\": {\"trace\": \"none.csv\"}, \"services\"");
    const char *path = write_file("trace.json", text);
    check_load(path, ESS_SCENARIO_BAD,
        "@/trace.json:/availability/trace: expected a trace file, found No such file or directory "
        "at \"@/none.csv\"\n");
    free(text);
    text = edited(
        well, "\"services\"", "\"availability\": {\"trace\": \"$ESSAIM_DATA/x.gz\"}, \"services\"");
    path = write_file("trace.json", text);
    check_load(path, ESS_SCENARIO_DATA_MISSING,
        "@/trace.json:/availability/trace: expected real data (which does not come with the "
        "program; ESSAIM_DATA says where it is), found no file \"$ESSAIM_DATA/x.gz\"\n");
    /* With another error beside it, it is bad input, not a reason to skip. */
    char *worse = edited(text, "\"1 h\"", "\"1\"");
    path = write_file("trace.json", worse);
    enum ess_scenario_status status;
    free(load_refusal_of(path, NULL, &status));
    CU_ASSERT_EQUAL(status, ESS_SCENARIO_BAD);
    free(worse);
    free(text);
}

static void tidy(void) {
    static const char *const names[] = {
        "a.json", "b.json", "c.json", "self.json", "part.json", "whole.json", "trace.json"};
    char path[128];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        remove(path);
    }
    for (int i = 0; i <= 17; i++) {
        snprintf(path, sizeof path, "%s/d%d.json", folder, i);
        remove(path);
    }
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"compare: combinations in order, with names and choices", combinations},
        {"compare: values that are objects or numbers", composite_values},
        {"expect: parsed, and names checked", expectations},
        {"compare: errors are shown where they were written", wrong_comparisons},
        {"compare: too many variants are counted and refused", too_many_variants},
        {"--set: JSON where it is, else text", settings},
        {"--set: errors", wrong_settings},
        {"--set: changes what is compared", settings_change_comparison},
        {"include: the including file wins", includes},
        {"include: cycles with their chain, missing files", wrong_includes},
        {"include: errors name the part", errors_name_the_part},
        {"include: depth is bounded", deep_includes},
        {"traces: not there, and real data missing", traces},
        {"files are cleared away", tidy},
        {NULL, NULL},
    };
    if (mkdtemp(folder) == NULL)
        return 1;
    return ess_test_main("scenario variants", tests);
}
