/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a well-formed scenario becomes: indices, base units, defaults; and back to JSON. */
#include "base/parameter.h"
#include "models/machine/gpu.h"
#include "sim/scenario/fields.h"
#include "tests/scenario/scenario_text.h"

static void resolved(void) {
    struct ess_scenario *scenario = scenario_of(well, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_STRING_EQUAL(scenario->name, "small");
    CU_ASSERT_STRING_EQUAL(scenario->variant_name, "small");
    CU_ASSERT_EQUAL(scenario->choice_count, 0);
    CU_ASSERT_EQUAL(scenario->seed, 1);
    CU_ASSERT_EQUAL(scenario->duration_ns, 3600000000000);
    CU_ASSERT_EQUAL(scenario->host_count, 5);
    CU_ASSERT_STRING_EQUAL(scenario->hosts[0].name, "lyon/0");
    CU_ASSERT_STRING_EQUAL(scenario->hosts[4].name, "montreal/2");
    CU_ASSERT_EQUAL(scenario->hosts[4].site, 1);
    CU_ASSERT_EQUAL(scenario->sites[1].first_host, 2);
    CU_ASSERT_EQUAL(scenario->sites[1].host_count, 3);
    const struct ess_scenario_host_kind *kind = scenario->hosts[2].kind;
    CU_ASSERT_PTR_EQUAL(kind->gpu_row, ess_gpu_find("RTX 3070"));
    CU_ASSERT_PTR_NULL(kind->cpu_row);
    CU_ASSERT_EQUAL(kind->memory_bytes, kind->gpu_row->memory_bytes);
    CU_ASSERT_EQUAL(kind->peak_flop_per_s, kind->gpu_row->matrix_flop_per_s);
    CU_ASSERT_EQUAL(kind->up_rate_bytes_per_s, 2.5e6);
    CU_ASSERT_EQUAL(kind->down_rate_bytes_per_s, 12.5e6);
    CU_ASSERT_EQUAL(scenario->wan.links[0].rate_forward_bytes_per_s, 125e6);
    CU_ASSERT_EQUAL(scenario->wan.links[0].rate_backward_bytes_per_s, 125e6);
    CU_ASSERT_EQUAL(scenario->wan.links[0].to_site, 1);
    CU_ASSERT_EQUAL(scenario->coordinator.site_index, 0);
    CU_ASSERT_TRUE(scenario->availability.always);
    const struct ess_scenario_training *job = scenario->training;
    CU_ASSERT_EQUAL(job->work_per_token_flop, 600e6);
    CU_ASSERT_EQUAL(job->memory_bytes, INT64_C(3073741824));
    CU_ASSERT_EQUAL(job->steps, INT64_MAX);
    CU_ASSERT_EQUAL(job->founders, 5);
    CU_ASSERT_STRING_EQUAL(scenario->policies[ESS_POLICY_COLLECTIVE].name, "ring");
    CU_ASSERT_PTR_NOT_NULL(scenario->policies[ESS_POLICY_RECOVERY].type);
    ess_scenario_free(scenario);
}

static void faults_resolved(void) {
    char *text = edited(well, "\"services\"",
        "\"faults\": [{\"at\": \"1 s\", \"kind\": \"silence\", \"host\": \"montreal/1\"}, {\"at\": "
        "\"2 s\", \"kind\": \"link_cut\", \"between\": [\"montreal\", \"lyon\"], \"for\": \"3 "
        "s\"}, "
        "{\"at\": \"0 s\", \"kind\": \"crash\", \"host\": \"coordinator\"}], \"services\"");
    struct ess_scenario *scenario = scenario_of(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->fault_count, 3);
    CU_ASSERT_EQUAL(scenario->faults[0].host_index, 3);
    CU_ASSERT_EQUAL(scenario->faults[0].kind, ESS_FAULT_SILENCE);
    CU_ASSERT_EQUAL(scenario->faults[0].for_ns, ESS_TIME_NONE);
    CU_ASSERT_EQUAL(scenario->faults[1].wan_link, 0);
    CU_ASSERT_EQUAL(scenario->faults[1].host_index, ESS_INDEX_NONE);
    CU_ASSERT_EQUAL(scenario->faults[1].for_ns, 3000000000);
    CU_ASSERT_EQUAL(scenario->faults[2].host_index, ESS_HOST_COORDINATOR);
    ess_scenario_free(scenario);
    free(text);
}

static void settings_of_policies(void) {
    char *text = edited(well, "\"services\"",
        "\"policies\": {\"detector\": {\"name\": \"timeout\", \"period\": \"3 s\"}}, \"services\"");
    struct ess_scenario *scenario = scenario_of(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    const struct ess_policy_choice *choice = &scenario->policies[ESS_POLICY_DETECTOR];
    size_t seen = 0;
    for (const struct ess_parameter *row = choice->parameters; row->key != NULL; row++) {
        double expected = strcmp(row->key, "period") == 0 ? 3e9 : row->default_value;
        CU_ASSERT_EQUAL(ess_parameter_get(row, choice->settings), expected);
        seen++;
    }
    CU_ASSERT(seen > 1);
    ess_scenario_free(scenario);
    free(text);
}

static void large_seeds(void) {
    static const struct {
        const char *written;
        uint64_t seed;
    } cases[] = {{"7", 7}, {"\"0\"", 0}, {"\"18446744073709551615\"", UINT64_MAX},
        {"9007199254740992", 9007199254740992u}, {"\"9007199254740993\"", 9007199254740993u}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char replacement[64];
        snprintf(replacement, sizeof replacement, "\"seed\": %s, \"services\"", cases[i].written);
        char *text = edited(well, "\"services\"", replacement);
        struct ess_scenario *scenario = scenario_of(text, 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
        CU_ASSERT_EQUAL(scenario->seed, cases[i].seed);
        ess_scenario_free(scenario);
        free(text);
    }
}

static void comments(void) {
    char *text = edited(well, "\"count\": 2", "\"_comment\": \"two good ones\", \"count\": 2");
    struct ess_scenario *scenario = scenario_of(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL(scenario);
    ess_scenario_free(scenario);
    free(text);
}

/* ---- Printing ---- */

static char *printed(const struct ess_scenario *scenario) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    ess_scenario_print_resolved(scenario, out);
    fclose(out);
    return text;
}

static void check_round_trip(const char *text) {
    struct ess_scenario *first = scenario_of(text, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(first);
    char *once = printed(first);
    struct ess_scenario *second = scenario_of(once, 0, NULL);
    CU_ASSERT_PTR_NOT_NULL_FATAL(second);
    char *twice = printed(second);
    CU_ASSERT_STRING_EQUAL(once, twice);
    CU_ASSERT_EQUAL(first->duration_ns, second->duration_ns);
    CU_ASSERT_EQUAL(first->training->memory_bytes, second->training->memory_bytes);
    CU_ASSERT_EQUAL(
        first->hosts[0].kind->up_rate_bytes_per_s, second->hosts[0].kind->up_rate_bytes_per_s);
    free(once);
    free(twice);
    ess_scenario_free(first);
    ess_scenario_free(second);
}

static void round_trip(void) {
    check_round_trip(well);
    char *text = edited(well, "\"services\"",
        "\"description\": \"a \\\"quoted\\\" \\u0007 line\", \"seed\": \"18446744073709551615\", "
        "\"availability\": {\"trace\": \"$ESSAIM_DATA/a.csv\", \"offset\": \"36 h\", \"wrap\": "
        "false, \"scale\": 0.1}, \"faults\": [{\"at\": \"1.234567891 s\", \"kind\": \"link_cut\", "
        "\"between\": [\"lyon\", \"montreal\"], \"for\": \"3 us\"}], \"policies\": "
        "{\"collective\": "
        "{\"name\": \"hierarchical\"}}, \"expect\": [{\"metric\": \"step_time\", \"below\": \"200 "
        "s\"}, {\"metric\": \"deaths\", \"above\": 20}], \"services\"");
    check_round_trip(text);
    free(text);
}

/* Random edits of numbers: what is printed reads back as the same scenario. */
static void round_trip_random(void) {
    unsigned state = 99;
    for (int i = 0; i < 300; i++) {
        char replacement[200];
        state = state * 1664525u + 1013904223u;
        snprintf(replacement, sizeof replacement,
            "\"delay\": \"%u.%03u ms\", \"efficiency\": 0.%u, \"memory\": \"%u.%02u GiB\", "
            "\"base_power\": \"%u.%u W\", \"count\": 2",
            state >> 24, (state >> 8) % 1000, 1 + (state >> 12) % 99999, 10 + (state >> 20) % 99,
            (state >> 10) % 100, (state >> 16) % 999, (state >> 9) % 10);
        char *text = edited(well, "\"count\": 2", replacement);
        check_round_trip(text);
        free(text);
    }
}

/* A table whose default breaks its own range would refuse every scenario that leaves the key out.
 */
static void tables_are_consistent(void) {
    size_t fields = 0;
    for (const struct ess_scenario_part *part = ess_scenario_parts; part->path != NULL; part++)
        for (const struct ess_field *field = part->schema->fields; field->key != NULL; field++) {
            ESS_CHECK(field->meaning != NULL, "%s has no meaning", field->key);
            ESS_CHECK(field->minimum <= field->maximum, "%s has an empty range", field->key);
            ESS_CHECK(field->kind == ESS_FIELD_ELSEWHERE || field->offset < part->schema->bytes,
                "%s lies outside", field->key);
            for (const struct ess_field *other = part->schema->fields; other != field; other++)
                ESS_CHECK(strcmp(other->key, field->key) != 0, "%s twice", field->key);
            fields++;
        }
    ess_test_note("%zu fields", fields);
}

static void shipped_scenarios(void) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    ess_diagnostics_init(&diagnostics);
    enum ess_scenario_status status =
        ess_scenario_load("scenarios/flagship.json", NULL, &document, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    CU_ASSERT_EQUAL_FATAL(status, ESS_SCENARIO_OK);
    CU_ASSERT_EQUAL(ess_scenario_variant_count(document), 4);
    struct ess_scenario *scenario = ess_scenario_variant(document, 3, &diagnostics);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->host_count, 24);
    CU_ASSERT_EQUAL(strncmp(scenario->availability.trace_path, "scenarios/", 10), 0);
    ess_scenario_free(scenario);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"names become indices, units base units, gaps defaults", resolved},
        {"faults find their targets", faults_resolved},
        {"settings of a policy, and its defaults", settings_of_policies},
        {"seeds of 64 bits", large_seeds},
        {"\"_comment\" is allowed", comments},
        {"printing and reading back", round_trip},
        {"printing and reading back 300 random scenarios", round_trip_random},
        {"field tables are consistent", tables_are_consistent},
        {"the shipped flagship loads", shipped_scenarios},
        {NULL, NULL},
    };
    return ess_test_main("scenario", tests);
}
