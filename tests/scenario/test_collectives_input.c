/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Services of collectives that are wrong: the exact messages. */
#include "tests/scenario/scenario_text.h"

#include "collective/plan.h"
#include "kernels/element.h"
#include "sim/scenario/fields.h"

static const char *const service =
    "{\"kind\": \"training\", \"parameters\": 100e6, \"tokens_per_step\": 4096}";

#define SERVICE(fields) "{\"kind\": \"collectives\", " fields "}"

static void services(void) {
    const struct refusal refusals[] = {
        {service, SERVICE("\"repeats\": 2"),
            "s.json:/services/0: expected the key \"size\", found no such key\n"},
        {service, SERVICE("\"size\": \"10 B\""),
            "s.json:/services/0/size: expected a multiple of the 4 bytes of an element, found 10 "
            "bytes\n"},
        {service, SERVICE("\"size\": \"8 B\", \"concurrent\": 3"),
            "s.json:/services/0/concurrent: expected at most one operation for each element, 2, "
            "found 3\n"},
        {service, SERVICE("\"primitive\": \"barrier\", \"size\": \"8 B\""),
            "s.json:/services/0/size: expected none: a barrier moves no data, found a size\n"},
        {service, SERVICE("\"primitive\": \"al_reduce\", \"size\": \"8 B\""),
            "s.json:/services/0/primitive: expected \"all_reduce\", \"reduce_scatter\", "
            "\"all_gather\", \"broadcast\", \"reduce\", \"send\" or \"barrier\", found "
            "\"al_reduce\"; did you mean \"all_reduce\"?\n"},
    };
    CU_ASSERT_TRUE(check_refusals(refusals, sizeof refusals / sizeof *refusals));
}

/* Which plans can is a matter of the registry: named here is only one that cannot. */
static void plan_that_cannot(void) {
    char *text = edited(well, service, SERVICE("\"primitive\": \"send\", \"size\": \"8 B\""));
    char *said = refusal_of(text, strlen(text), NULL);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "s.json:/policies/collective: expected a plan that does send: "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "direct"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "found \"ring\""));
    free(said);
    free(text);
}

/* The plan of `well` can do neither of these, which is said too, with those that can. */
static void ends(void) {
    static const char *const cases[][2] = {
        {SERVICE("\"primitive\": \"send\", \"size\": \"8 B\", \"target\": 0"),
            "s.json:/services/0/target: expected another rank than \"root\", found 0\n"},
        {SERVICE("\"primitive\": \"broadcast\", \"size\": \"8 B\", \"reduction\": \"max\""),
            "s.json:/services/0/reduction: expected none: this operation combines nothing, found a "
            "way to combine\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = edited(well, service, cases[i][0]);
        char *said = refusal_of(text, strlen(text), NULL);
        CU_ASSERT_PTR_NOT_NULL(strstr(said, cases[i][1]));
        free(said);
        free(text);
    }
}

static const struct ess_field *field_of(const char *key) {
    const struct ess_field *field = ess_collectives_schema.fields;
    while (field->key != NULL && strcmp(field->key, key) != 0) {
        field++;
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(field->key);
    return field;
}

/* The names in scenarios are those of the algorithms, in their order. */
static void names(void) {
    const char *const *primitives = field_of("primitive")->choices;
    const char *const *elements = field_of("element")->choices;
    for (int i = 0; i < ESS_PRIMITIVE_COUNT; i++) {
        CU_ASSERT_STRING_EQUAL(primitives[i], ess_primitive_name((enum ess_primitive)i));
    }
    CU_ASSERT_STRING_EQUAL(primitives[ESS_PRIMITIVE_COUNT], "barrier");
    for (int i = 0; i < ESS_ELEMENT_KIND_COUNT; i++) {
        CU_ASSERT_STRING_EQUAL(elements[i], ess_element_types[i].name);
    }
    CU_ASSERT_PTR_NULL(elements[ESS_ELEMENT_KIND_COUNT]);
}

static void two_jobs(void) {
    char *text = edited(well, service,
        "{\"kind\": \"training\", \"parameters\": 100e6, \"tokens_per_step\": 4096}, " SERVICE(
            "\"size\": \"8 B\""));
    char *said = refusal_of(text, strlen(text), NULL);
    CU_ASSERT_STRING_EQUAL(said, "s.json:/services/1: expected at most one training job or service "
                                 "of collectives, found another one\n");
    free(said);
    free(text);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"services", services},
        {"ends and reductions", ends},
        {"a plan that cannot do it", plan_that_cannot},
        {"names are those of the algorithms", names},
        {"one job at most", two_jobs},
        {NULL, NULL},
    };
    return ess_test_main("collectives input", tests);
}
