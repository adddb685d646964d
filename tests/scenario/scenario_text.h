/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_TEST_SCENARIO_TEXT_H
#define ESS_TEST_SCENARIO_TEXT_H

/* Scenarios as text for tests: a small one that is well, edited in one place, and the messages that
 * come of it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ess_test.h"
#include "sim/scenario/document.h"

static const char *const well =
    "{\n"
    "  \"name\": \"small\",\n"
    "  \"duration\": \"1 h\",\n"
    "  \"sites\": [\n"
    "    {\"name\": \"lyon\", \"hosts\": [\n"
    "      {\"count\": 2, \"gpu\": \"RTX 4090\", \"up\": \"40 Mbit/s\", \"down\": \"300 Mbit/s\"}\n"
    "    ]},\n"
    "    {\"name\": \"montreal\", \"hosts\": [\n"
    "      {\"count\": 3, \"gpu\": \"RTX 3070\", \"up\": \"20 Mbit/s\", \"down\": \"100 Mbit/s\"}\n"
    "    ]}\n"
    "  ],\n"
    "  \"wan\": {\"links\": [\n"
    "    {\"from\": \"lyon\", \"to\": \"montreal\", \"rate\": \"1 Gbit/s\", \"delay\": \"45 ms\"}\n"
    "  ]},\n"
    "  \"services\": [\n"
    "    {\"kind\": \"training\", \"parameters\": 100e6, \"tokens_per_step\": 4096}\n"
    "  ]\n"
    "}\n";

/* `text` with the first `from` replaced by `to`; the caller frees it. Fails loudly where `from` is
 * not there, so that a test never passes on an unedited text. */
static inline char *edited(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    if (at == NULL) {
        fprintf(stderr, "test text lacks: %s\n", from);
        abort();
    }
    size_t bytes = strlen(text) + strlen(to) + 1;
    char *result = malloc(bytes);
    if (result == NULL)
        abort();
    snprintf(result, bytes, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return result;
}

static inline char *messages_of(const struct ess_diagnostics *diagnostics) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&text, &bytes);
    ess_diagnostics_print(diagnostics, out);
    fclose(out);
    return text;
}

/* Read a text that should be refused; its messages, the caller's to free ("" where it was not). */
static inline char *refusal_of(
    const char *text, size_t bytes, const struct ess_scenario_options *options) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    ess_diagnostics_init(&diagnostics);
    enum ess_scenario_status status =
        ess_scenario_parse_text(text, bytes, "s.json", options, &document, &diagnostics);
    char *messages = messages_of(&diagnostics);
    if (status == ESS_SCENARIO_OK)
        messages[0] = '\0';
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
    return messages;
}

/* Load a file that should be refused. */
static inline char *load_refusal_of(const char *path, const struct ess_scenario_options *options,
    enum ess_scenario_status *status) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    ess_diagnostics_init(&diagnostics);
    *status = ess_scenario_load(path, options, &document, &diagnostics);
    char *messages = messages_of(&diagnostics);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
    return messages;
}

struct refusal {
    const char *from; /* in `well` */
    const char *to;
    const char *message; /* all messages, exactly */
};

/* True when each edit of `well` is refused with exactly its messages. */
static inline int check_refusals(const struct refusal *refusals, size_t count) {
    int failures = 0;
    for (size_t i = 0; i < count; i++) {
        char *text = edited(well, refusals[i].from, refusals[i].to);
        char *messages = refusal_of(text, strlen(text), NULL);
        if (strcmp(messages, refusals[i].message) != 0) {
            ess_test_note("%s", refusals[i].to);
            ess_test_note("expected %s", refusals[i].message);
            ess_test_note("found    %s", messages);
            failures++;
        }
        free(messages);
        free(text);
    }
    ess_test_note("%zu texts refused with exact messages, %d not", count, failures);
    return failures == 0;
}

/* The only variant of a text that should be well, or NULL after printing why not. */
static inline struct ess_scenario *scenario_of(
    const char *text, size_t variant, const struct ess_scenario_options *options) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_parse_text(text, strlen(text), "s.json", options, &document, &diagnostics) ==
        ESS_SCENARIO_OK)
        scenario = ess_scenario_variant(document, variant, &diagnostics);
    ess_diagnostics_print(&diagnostics, stderr);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
    return scenario;
}

#endif
