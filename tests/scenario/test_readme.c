/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of scenarios/README.md are what the code's own tables say. With --print the program
 * writes the tables, to be pasted where they differ. */
#include "sim/scenario/fields.h"
#include "tests/scenario/scenario_text.h"

static const char *kind_name(const struct ess_field *field) {
    switch (field->kind) {
    case ESS_FIELD_TEXT:
        return "text";
    case ESS_FIELD_CHOICE:
        return "name";
    case ESS_FIELD_INTEGER:
        return "whole number";
    case ESS_FIELD_REAL:
        return "number";
    case ESS_FIELD_BOOLEAN:
        return "true or false";
    case ESS_FIELD_QUANTITY:
        return "any quantity";
    case ESS_FIELD_TEXTS:
        return "array of text";
    case ESS_FIELD_OBJECT:
    case ESS_FIELD_OPTIONAL:
        return "object";
    case ESS_FIELD_OBJECTS:
        return "array of objects";
    case ESS_FIELD_CUSTOM:
    case ESS_FIELD_ELSEWHERE:
        return "see there";
    default:
        return ess_dimension_name(ess_field_dimension(field->kind));
    }
}

static void print_limits(const struct ess_field *field, FILE *out) {
    char low[ESS_QUANTITY_TEXT_BYTES], high[ESS_QUANTITY_TEXT_BYTES];
    enum ess_dimension dimension = ess_field_dimension(field->kind);
    if (field->kind == ESS_FIELD_CHOICE) {
        for (size_t i = 0; field->choices[i] != NULL; i++)
            fprintf(out, "%s`%s`", i == 0 ? "" : " ", field->choices[i]);
        return;
    }
    if (field->minimum == 0 && field->maximum == 0)
        return;
    ess_units_format(field->minimum, dimension, low);
    ess_units_format(field->maximum, dimension, high);
    if (dimension == ESS_DIMENSION_NUMBER) {
        ess_units_format_number(field->minimum, low);
        ess_units_format_number(field->maximum, high);
    }
    if (dimension == ESS_DIMENSION_TIME && field->maximum > 9e18)
        snprintf(high, sizeof high, "290 years");
    fprintf(out, "%s … %s", low, high);
}

static void print_part(const struct ess_scenario_part *part, FILE *out) {
    fprintf(out, "### %s\n\n| key | kind | default | limits | meaning |\n", part->path);
    fprintf(out, "| --- | --- | --- | --- | --- |\n");
    for (const struct ess_field *field = part->schema->fields; field->key != NULL; field++) {
        fprintf(out, "| `%s` | %s | ", field->key, kind_name(field));
        if (field->fallback == NULL)
            fprintf(out, "required | ");
        else
            fprintf(out, field->fallback[0] == '\0' ? "- | " : "`%s` | ", field->fallback);
        print_limits(field, out);
        fprintf(out, " | %s |\n", field->meaning);
    }
    fputc('\n', out);
}

static void print_policies(FILE *out) {
    for (size_t kind = 0; kind < ESS_POLICY_KIND_COUNT; kind++)
        fprintf(out, "| `%s` | `%s` |\n", ess_policy_key((enum ess_policy_kind)kind),
            ess_policy_default((enum ess_policy_kind)kind));
}

static void print_units(FILE *out, enum ess_dimension dimension) {
    fprintf(out, "| %s |", ess_dimension_name(dimension));
    for (size_t i = 0; ess_dimension_unit(dimension, i) != NULL; i++)
        fprintf(out, " `%s`", ess_dimension_unit(dimension, i));
}

static char *readme(void) {
    FILE *file = fopen("scenarios/README.md", "r");
    char *text = calloc(1, 100000);
    if (file == NULL || text == NULL)
        abort();
    size_t bytes = fread(text, 1, 99999, file);
    fclose(file);
    text[bytes] = '\0';
    return text;
}

static void holds(const char *text, const char *wanted) {
    CU_ASSERT_PTR_NOT_NULL(strstr(text, wanted));
    if (strstr(text, wanted) == NULL)
        ess_test_note("scenarios/README.md lacks:\n%s", wanted);
}

static void tables(void) {
    char *text = readme();
    for (const struct ess_scenario_part *part = ess_scenario_parts; part->path != NULL; part++) {
        char *wanted = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&wanted, &bytes);
        print_part(part, out);
        fclose(out);
        holds(text, wanted);
        free(wanted);
    }
    free(text);
}

static void policies_and_units(void) {
    char *text = readme();
    char *wanted = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&wanted, &bytes);
    print_policies(out);
    fclose(out);
    holds(text, wanted);
    free(wanted);
    for (int d = ESS_DIMENSION_TIME; d <= ESS_DIMENSION_ENERGY; d++) {
        out = open_memstream(&wanted, &bytes);
        print_units(out, (enum ess_dimension)d);
        fclose(out);
        holds(text, wanted);
        free(wanted);
    }
    free(text);
}

/* The defaults that the page names are pieces that exist. */
static void defaults_exist(void) {
    for (int kind = 0; kind < ESS_POLICY_KIND_COUNT; kind++) {
        struct ess_policy_piece piece;
        CU_ASSERT_TRUE(ess_policy_find(
            (enum ess_policy_kind)kind, ess_policy_default((enum ess_policy_kind)kind), &piece));
    }
}

int main(int count, char **arguments) {
    static const struct ess_test tests[] = {
        {"field tables are those of the code", tables},
        {"policies and units are those of the code", policies_and_units},
        {"default policies exist", defaults_exist},
        {NULL, NULL},
    };
    if (count == 2 && strcmp(arguments[1], "--print") == 0) {
        for (const struct ess_scenario_part *part = ess_scenario_parts; part->path != NULL; part++)
            print_part(part, stdout);
        print_policies(stdout);
        return 0;
    }
    return ess_test_main("scenario reference page", tests);
}
