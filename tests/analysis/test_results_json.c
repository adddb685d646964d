/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analysis/results_json.h"

#include <cjson/cJSON.h>
#include <locale.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/json_writer.h"
#include "analysis/number_text.h"
#include "analysis/records_csv.h"
#include "analysis/results_csv.h"
#include "analysis/run_info.h"
#include "ess_test.h"

static uint64_t next_bits(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ (*state >> 29);
}

static void random_doubles_read_back(void) {
    uint64_t state = 11;
    size_t tried = 0;
    size_t digits[3] = {0};
    while (tried < 100000) {
        uint64_t bits = next_bits(&state);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        char text[ESS_NUMBER_TEXT_BYTES];
        char shorter[ESS_NUMBER_TEXT_BYTES];
        ess_number_text(value, text);
        double back = strtod(text, NULL);
        ESS_CHECK(memcmp(&back, &value, sizeof value) == 0, "%a printed as %s", value, text);
        /* No fewer of 15..17 digits would do. */
        for (int d = 15; d <= 17; d++) {
            snprintf(shorter, sizeof shorter, "%.*g", d, value);
            if (strtod(shorter, NULL) == value) {
                digits[d - 15]++;
                ESS_CHECK(strcmp(shorter, text) == 0, "%s, but %s would do", text, shorter);
                break;
            }
        }
        tried++;
    }
    ess_test_note("%zu random doubles read back: %zu with 15 digits, %zu with 16, %zu with 17",
        tried, digits[0], digits[1], digits[2]);
    CU_ASSERT(digits[1] > 0 && digits[2] > 0);
}

static void plain_numbers_are_short(void) {
    static const struct {
        double value;
        const char *text;
    } known[] = {{0.1, "0.1"}, {1, "1"}, {-0.0, "-0"}, {1e15, "1e+15"}, {123456789, "123456789"},
        {1.0 / 3, "0.3333333333333333"}, {0.1 + 0.2, "0.30000000000000004"},
        {5e-324, "4.94065645841247e-324"}, {1.7976931348623157e308, "1.7976931348623157e+308"}};
    char text[ESS_NUMBER_TEXT_BYTES];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        CU_ASSERT_STRING_EQUAL(ess_number_text(known[i].value, text), known[i].text);
    }
}

static void the_locale_changes_nothing(void) {
    static const char *const locales[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR", "ps_AF"};
    const char *found = NULL;
    for (size_t i = 0; i < sizeof locales / sizeof locales[0] && found == NULL; i++) {
        found = setlocale(LC_NUMERIC, locales[i]);
    }
    if (found == NULL || strcmp(localeconv()->decimal_point, ".") == 0) {
        ess_test_skip("no locale with a decimal comma is installed");
        setlocale(LC_NUMERIC, "C");
        return;
    }
    char text[ESS_NUMBER_TEXT_BYTES];
    CU_ASSERT_STRING_EQUAL(ess_number_text(1.0 / 3, text), "0.3333333333333333");
    CU_ASSERT_STRING_EQUAL(ess_number_text(2.5e-7, text), "2.5e-07");
    setlocale(LC_NUMERIC, "C");
}

/* What `write` leaves on a stream, as text the caller frees. */
#define TEXT_WRITTEN(text, write)                                                                  \
    do {                                                                                           \
        size_t text_bytes = 0;                                                                     \
        FILE *stream = open_memstream(&(text), &text_bytes);                                       \
        write;                                                                                     \
        fclose(stream);                                                                            \
    } while (0)

static void strings_are_escaped(void) {
    static const struct {
        const char *plain, *quoted;
    } known[] = {{"", "\"\""}, {"a\"b\\c", "\"a\\\"b\\\\c\""},
        {"\n\t\r\b\f", "\"\\n\\t\\r\\b\\f\""}, {"\x01\x1f", "\"\\u0001\\u001f\""},
        {"é€😀", "\"é€😀\""}, {"\xff", "\"\\ufffd\""}, {"\xc0\xaf", "\"\\ufffd\\ufffd\""},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\""}, {"\xe2\x82", "\"\\ufffd\\ufffd\""},
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\""}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        char *quoted = ess_json_quote(known[i].plain);
        CU_ASSERT_STRING_EQUAL(quoted, known[i].quoted);
        free(quoted);
    }
}

/* Every string of up to 200 random bytes gives JSON that parses. */
static void random_bytes_give_valid_json(void) {
    uint64_t state = 5;
    for (int i = 0; i < 2000; i++) {
        char bytes[201];
        size_t length = next_bits(&state) % 200;
        for (size_t k = 0; k < length; k++) {
            bytes[k] = (char)(1 + next_bits(&state) % 255);
        }
        bytes[length] = '\0';
        char *quoted = ess_json_quote(bytes);
        cJSON *parsed = cJSON_ParseWithOpts(quoted, NULL, 1);
        ESS_CHECK(cJSON_IsString(parsed), "%s", quoted);
        cJSON_Delete(parsed);
        free(quoted);
    }
}

static struct ess_results *small_results(double confidence, size_t replications) {
    struct ess_results *results =
        ess_results_new("flag \"ship\"", 18446744073709551615u, "1.2.3", confidence, replications);
    ess_results_add_metric(results, "step_time", "s", ESS_BETTER_LOWER);
    ess_results_add_metric(results, "deaths", "count", ESS_BETTER_NEUTRAL);
    ess_results_add_variant(results, "ring, retry");
    ess_results_add_variant(results, "tree, retry");
    for (size_t v = 0; v < 2; v++) {
        ess_results_add_choice(results, v, "/policies/collective", v == 0 ? "\"ring\"" : "8");
        for (size_t r = 0; r < replications; r++) {
            ess_results_set_value(results, v, 0, r, (double)(1 + r + 10 * v));
            ess_results_set_value(results, v, 1, r, r == 0 ? NAN : 4);
            ess_results_set_state(results, v, r, ESS_REPLICATION_OK, NULL);
        }
    }
    ess_results_add_expectation(results, "it is quick", false, "it is slow");
    return results;
}

static cJSON *parsed_results(const struct ess_results *results) {
    char *text = NULL;
    TEXT_WRITTEN(text, CU_ASSERT(ess_results_write_json(results, stream)));
    cJSON *root = cJSON_ParseWithOpts(text, NULL, 1);
    free(text);
    return root;
}

static const cJSON *at(const cJSON *object, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(object, key);
}

static void results_have_the_agreed_shape(void) {
    struct ess_results *results = small_results(0.95, 3);
    ess_results_set_state(results, 1, 2, ESS_REPLICATION_FAILED, "no host left");
    cJSON *root = parsed_results(results);
    ESS_CHECK(root != NULL, "not valid JSON");
    CU_ASSERT_STRING_EQUAL(at(root, "scenario")->valuestring, "flag \"ship\"");
    CU_ASSERT_STRING_EQUAL(at(root, "version")->valuestring, "1.2.3");
    CU_ASSERT(cJSON_IsNumber(at(root, "seed")));
    CU_ASSERT_EQUAL(cJSON_GetArraySize(at(root, "variants")), 2);
    const cJSON *ring = cJSON_GetArrayItem(at(root, "variants"), 0);
    CU_ASSERT_STRING_EQUAL(at(ring, "name")->valuestring, "ring, retry");
    CU_ASSERT_STRING_EQUAL(at(at(ring, "choices"), "/policies/collective")->valuestring, "ring");
    const cJSON *step = at(at(ring, "metrics"), "step_time");
    CU_ASSERT_STRING_EQUAL(at(step, "unit")->valuestring, "s");
    CU_ASSERT_STRING_EQUAL(at(step, "better")->valuestring, "lower");
    CU_ASSERT_EQUAL(at(step, "mean")->valuedouble, 2);
    CU_ASSERT_EQUAL(at(step, "n")->valuedouble, 3);
    CU_ASSERT_EQUAL(at(step, "deviation")->valuedouble, 1);
    double half = 4.3026527297 / sqrt(3);
    const cJSON *interval = at(step, "ci95");
    CU_ASSERT_EQUAL(cJSON_GetArraySize(interval), 2);
    CU_ASSERT(fabs(cJSON_GetArrayItem(interval, 0)->valuedouble - (2 - half)) < 1e-9);
    CU_ASSERT(fabs(cJSON_GetArrayItem(interval, 1)->valuedouble - (2 + half)) < 1e-9);
    const cJSON *deaths = at(at(at(ring, "metrics"), "deaths"), "values");
    CU_ASSERT(cJSON_IsNull(cJSON_GetArrayItem(deaths, 0)));
    CU_ASSERT_EQUAL(cJSON_GetArrayItem(deaths, 1)->valuedouble, 4);
    CU_ASSERT_EQUAL(cJSON_GetArraySize(at(ring, "failures")), 0);
    cJSON_Delete(root);
    ess_results_free(results);
}

static void failures_pairs_and_expectations_are_there(void) {
    struct ess_results *results = small_results(0.95, 3);
    ess_results_set_state(results, 1, 2, ESS_REPLICATION_FAILED, "no host left");
    cJSON *root = parsed_results(results);
    ESS_CHECK(root != NULL, "not valid JSON");
    const cJSON *tree = cJSON_GetArrayItem(at(root, "variants"), 1);
    CU_ASSERT_EQUAL(at(at(tree, "choices"), "/policies/collective")->valuedouble, 8);
    const cJSON *failure = cJSON_GetArrayItem(at(tree, "failures"), 0);
    CU_ASSERT_EQUAL(at(failure, "replication")->valuedouble, 2);
    CU_ASSERT_STRING_EQUAL(at(failure, "state")->valuestring, "failed");
    CU_ASSERT_STRING_EQUAL(at(failure, "text")->valuestring, "no host left");
    const cJSON *values = at(at(at(tree, "metrics"), "step_time"), "values");
    CU_ASSERT(cJSON_IsNull(cJSON_GetArrayItem(values, 2)));
    CU_ASSERT_EQUAL(cJSON_GetArraySize(at(root, "paired")), 2);
    const cJSON *paired = cJSON_GetArrayItem(at(root, "paired"), 0);
    CU_ASSERT_STRING_EQUAL(at(paired, "variant")->valuestring, "tree, retry");
    CU_ASSERT_STRING_EQUAL(at(paired, "reference")->valuestring, "ring, retry");
    CU_ASSERT_EQUAL(at(paired, "mean")->valuedouble, 10);
    CU_ASSERT_EQUAL(at(paired, "n")->valuedouble, 2);
    CU_ASSERT_EQUAL(at(paired, "reference_mean")->valuedouble, 1.5);
    CU_ASSERT(cJSON_IsTrue(at(paired, "significant")));
    const cJSON *expectation = cJSON_GetArrayItem(at(root, "expectations"), 0);
    CU_ASSERT_STRING_EQUAL(at(expectation, "text")->valuestring, "it is quick");
    CU_ASSERT(cJSON_IsFalse(at(expectation, "passed")));
    CU_ASSERT_STRING_EQUAL(at(expectation, "measured")->valuestring, "it is slow");
    cJSON_Delete(root);
    ess_results_free(results);
}

static void one_replication_has_a_null_interval(void) {
    struct ess_results *results = small_results(0.95, 1);
    cJSON *root = parsed_results(results);
    ESS_CHECK(root != NULL, "not valid JSON");
    const cJSON *metrics = at(cJSON_GetArrayItem(at(root, "variants"), 0), "metrics");
    CU_ASSERT_EQUAL(at(at(metrics, "step_time"), "mean")->valuedouble, 1);
    CU_ASSERT(cJSON_IsNull(at(at(metrics, "step_time"), "ci95")));
    CU_ASSERT(cJSON_IsNull(at(at(metrics, "step_time"), "deviation")));
    CU_ASSERT(cJSON_IsNull(at(at(metrics, "deaths"), "mean")));
    cJSON_Delete(root);
    ess_results_free(results);
}

static void the_interval_key_names_its_confidence(void) {
    static const struct {
        double confidence;
        const char *key;
    } known[] = {{0.95, "ci95"}, {0.9, "ci90"}, {0.99, "ci99"}, {0.999, "ci99.9"}, {0.5, "ci50"},
        {0.07, "ci7"}, {0.55, "ci55"}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct ess_results *results = small_results(known[i].confidence, 2);
        cJSON *root = parsed_results(results);
        const cJSON *metrics = at(cJSON_GetArrayItem(at(root, "variants"), 0), "metrics");
        CU_ASSERT(cJSON_IsArray(at(at(metrics, "step_time"), known[i].key)));
        CU_ASSERT(cJSON_IsArray(at(cJSON_GetArrayItem(at(root, "paired"), 0), known[i].key)));
        cJSON_Delete(root);
        ess_results_free(results);
    }
}

static void no_variants_is_valid_json(void) {
    struct ess_results *results = ess_results_new("none", 0, "0", 0.95, 1);
    cJSON *root = parsed_results(results);
    CU_ASSERT(cJSON_IsArray(at(root, "variants")));
    cJSON_Delete(root);
    ess_results_free(results);
}

static void large_seeds_are_exact(void) {
    struct ess_results *results = small_results(0.95, 2);
    char *text = NULL;
    TEXT_WRITTEN(text, ess_results_write_json(results, stream));
    CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"seed\": 18446744073709551615,"));
    free(text);
    ess_results_free(results);
}

static void the_summary_is_golden(void) {
    struct ess_results *results = small_results(0.95, 2);
    ess_results_set_state(results, 1, 1, ESS_REPLICATION_FAILED, NULL);
    char *text = NULL;
    TEXT_WRITTEN(text, CU_ASSERT(ess_results_write_csv(results, stream)));
    /* 1.5 +- 12.706204736 / 2, of the values 1 and 2; its last digits are GSL's affair. */
    static const char head[] = "variant,metric,unit,mean,low,high,confidence,n,failed,values\n"
                               "\"ring, retry\",step_time,s,1.5,-4.8531023680";
    static const char tail[] = ",0.95,2,0,1;2\n"
                               "\"ring, retry\",deaths,count,4,,,0.95,1,0,;4\n"
                               "\"tree, retry\",step_time,s,11,,,0.95,1,1,11;\n"
                               "\"tree, retry\",deaths,count,,,,0.95,0,1,;\n";
    CU_ASSERT_EQUAL(strncmp(text, head, sizeof head - 1), 0);
    CU_ASSERT_PTR_NOT_NULL(strstr(text, ",7.8531023680"));
    CU_ASSERT(strlen(text) > sizeof tail);
    CU_ASSERT_STRING_EQUAL(text + strlen(text) - (sizeof tail - 1), tail);
    free(text);
    ess_results_free(results);
}

static void records_are_golden(void) {
    struct ess_step_record records[] = {
        {.time_s = 41.25,
            .duration_s = 41.25,
            .wan_bytes = 5e9,
            .members = 24,
            .contributors = 23,
            .attempts = 2,
            .losses = 1},
        {.time_s = 80,
            .duration_s = 38.75,
            .wan_bytes = 0.5,
            .members = 23,
            .contributors = 23,
            .attempts = 1},
    };
    char *text = NULL;
    TEXT_WRITTEN(text, {
        ess_records_write_header(stream);
        ess_records_write(stream, "a \"b\", c", 3, records, 2);
        ess_records_write_step(stream, "ring", 0, 7, &records[1]);
    });
    CU_ASSERT_STRING_EQUAL(text, "variant,replication,step,time_s,duration_s,members,contributors,"
                                 "attempts,losses,wan_bytes\n"
                                 "\"a \"\"b\"\", c\",3,0,41.25,41.25,24,23,2,1,5000000000\n"
                                 "\"a \"\"b\"\", c\",3,1,80,38.75,23,23,1,0,0.5\n"
                                 "ring,0,7,80,38.75,23,23,1,0,0.5\n");
    free(text);
}

static void run_info_is_valid_json(void) {
    static const char *const words[] = {"essaim", "run", "odd \xff \"name\".json"};
    struct ess_run_info info = {.version = "1.2.3",
        .words = words,
        .word_count = 3,
        .started = 0,
        .wall_s = 1.5,
        .jobs = 2,
        .events = 12345678901};
    char *text = NULL;
    TEXT_WRITTEN(text, CU_ASSERT(ess_run_info_write(&info, stream)));
    cJSON *root = cJSON_ParseWithOpts(text, NULL, 1);
    ESS_CHECK(root != NULL, "%s", text);
    CU_ASSERT_STRING_EQUAL(at(root, "started")->valuestring, "1970-01-01T00:00:00Z");
    CU_ASSERT_EQUAL(cJSON_GetArraySize(at(root, "command")), 3);
    CU_ASSERT_EQUAL(at(root, "wall_s")->valuedouble, 1.5);
    CU_ASSERT_EQUAL(at(root, "events")->valuedouble, 12345678901.0);
    CU_ASSERT(at(root, "processors")->valuedouble >= 1);
    CU_ASSERT(at(root, "peak_memory_bytes")->valuedouble > 1e5);
    CU_ASSERT(cJSON_IsString(at(root, "host")));
    CU_ASSERT(cJSON_IsString(at(root, "compiler")));
    CU_ASSERT(cJSON_IsBool(at(root, "optimised")));
    cJSON_Delete(root);
    free(text);
}

static void a_full_disk_is_noticed(void) {
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL) {
        ess_test_skip("no /dev/full here");
        return;
    }
    struct ess_results *results = small_results(0.95, 2);
    CU_ASSERT(!ess_results_write_json(results, full));
    fclose(full);
    ess_results_free(results);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"100,000 random doubles read back, shortest", random_doubles_read_back},
        {"plain numbers are short", plain_numbers_are_short},
        {"the locale changes nothing", the_locale_changes_nothing},
        {"strings are escaped", strings_are_escaped},
        {"random bytes give valid JSON", random_bytes_give_valid_json},
        {"results have the agreed shape", results_have_the_agreed_shape},
        {"failures, pairs, expectations are there", failures_pairs_and_expectations_are_there},
        {"one replication has a null interval", one_replication_has_a_null_interval},
        {"the interval's key names its confidence", the_interval_key_names_its_confidence},
        {"no variants is valid JSON", no_variants_is_valid_json},
        {"large seeds are exact", large_seeds_are_exact},
        {"the CSV summary is golden", the_summary_is_golden},
        {"records.csv is golden", records_are_golden},
        {"run-info.json is valid JSON", run_info_is_valid_json},
        {"a full disk is noticed", a_full_disk_is_noticed},
        {NULL, NULL},
    };
    return ess_test_main("results_json", tests);
}
