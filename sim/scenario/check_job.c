/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/scenario/checks.h"

#include <stdlib.h>
#include <string.h>

/* Forward 2 and backward 4 floating-point operations for each parameter and token (Kaplan et al.
 * 2020, section 2.1; attention's share, growing with the context, is left out). */
#define FLOP_PER_PARAMETER 6.0

bool ess_check_training(struct ess_reader *reader, const struct ess_place *place, void *value) {
    struct ess_scenario_training *job = value;
    if (job->work_per_token_flop == 0)
        job->work_per_token_flop = FLOP_PER_PARAMETER * (double)job->parameters;
    /* At most 2^53 x 256 + 2^50, so below 2^62. */
    job->memory_bytes =
        job->parameters * job->memory_bytes_per_parameter + job->activation_memory_bytes;
    if (job->buckets <= job->parameters)
        return true;
    struct ess_place below = {place, "buckets", 0};
    ess_reader_complain(reader, &below,
        ess_store_print(reader->store, "%lld", (long long)job->buckets), NULL,
        "at most one bucket for each parameter");
    return false;
}

static const char *describe_bytes(struct ess_reader *reader, int64_t bytes) {
    char text[ESS_QUANTITY_TEXT_BYTES];
    ess_units_describe((double)bytes, ESS_DIMENSION_SIZE, text);
    return ess_store_text(reader->store, text);
}

/* What of a check of memory is needed twice. */
struct memory_survey {
    const struct ess_scenario_host_kind *largest;
    int64_t hosts;
    int64_t too_small;
};

static struct memory_survey survey_memory(const struct ess_scenario *scenario, int64_t needed) {
    struct memory_survey survey = {NULL, 0, 0};
    for (size_t s = 0; s < scenario->site_count; s++) {
        const struct ess_scenario_site *site = &scenario->sites[s];
        for (size_t k = 0; k < site->kind_count; k++) {
            const struct ess_scenario_host_kind *kind = &site->kinds[k];
            if (kind->peak_flop_per_s == 0)
                continue; /* broken, and that has been said */
            survey.hosts += kind->count;
            survey.too_small += kind->memory_bytes < needed ? kind->count : 0;
            if (survey.largest == NULL || kind->memory_bytes > survey.largest->memory_bytes)
                survey.largest = kind;
        }
    }
    return survey;
}

static void complain_kind(struct ess_reader *reader, const struct ess_scenario_host_kind *kind,
    size_t index, int64_t needed) {
    ess_reader_complain_at(reader,
        ess_store_print(reader->store, "/sites/%u/hosts/%zu", kind->site, index),
        ess_store_print(reader->store, "%s (%s, %lld of them), %s too little",
            describe_bytes(reader, kind->memory_bytes), kind->name, (long long)kind->count,
            describe_bytes(reader, needed - kind->memory_bytes)),
        NULL, "memory for the job, %s", describe_bytes(reader, needed));
}

/* Data-parallel training keeps the whole model on every worker. */
static void check_memory(struct ess_reader *reader, const struct ess_scenario *scenario,
    const struct ess_scenario_training *job) {
    struct memory_survey survey = survey_memory(scenario, job->memory_bytes);
    if (survey.too_small == 0)
        return;
    if (survey.too_small == survey.hosts) {
        int64_t largest = survey.largest->memory_bytes;
        ess_reader_complain_at(reader,
            ess_store_print(reader->store, "/services/%zu", scenario->training_index),
            ess_store_print(reader->store,
                "%s needed: too much for all %lld hosts, and by %s for the largest (%s, %s)",
                describe_bytes(reader, job->memory_bytes), (long long)survey.hosts,
                describe_bytes(reader, job->memory_bytes - largest), survey.largest->name,
                describe_bytes(reader, largest)),
            NULL, "a model that fits the memory of its hosts");
        return;
    }
    for (size_t s = 0; s < scenario->site_count; s++)
        for (size_t k = 0; k < scenario->sites[s].kind_count; k++) {
            const struct ess_scenario_host_kind *kind = &scenario->sites[s].kinds[k];
            if (kind->peak_flop_per_s != 0 && kind->memory_bytes < job->memory_bytes)
                complain_kind(reader, kind, k, job->memory_bytes);
        }
}

static void check_workers(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *key, int64_t workers) {
    if (workers <= (int64_t)scenario->host_count)
        return;
    ess_reader_complain_at(reader,
        ess_store_print(reader->store, "/services/%zu/%s", scenario->training_index, key),
        ess_store_print(reader->store, "%lld", (long long)workers), NULL,
        "at most the number of hosts, %zu", scenario->host_count);
}

void ess_check_services(struct ess_reader *reader, struct ess_scenario *scenario) {
    for (size_t i = 0; i < scenario->services.count; i++) {
        const struct ess_scenario_service *service = &scenario->services.items[i];
        if (service->service == NULL || service->kind == (int64_t)ESS_SERVICE_TRANSFERS)
            continue;
        if (scenario->training != NULL) {
            ess_reader_complain_at(reader, ess_store_print(reader->store, "/services/%zu", i),
                "another one", NULL, "at most one training job or service of collectives");
            continue;
        }
        scenario->training = service->kind == (int64_t)ESS_SERVICE_COLLECTIVES
                                 ? ess_collectives_job(reader, service->service)
                                 : service->service;
        scenario->training_index = i;
    }
}

/* Without either a machine can send and receive, but not train. */
static void check_machines(struct ess_reader *reader, const struct ess_scenario *scenario) {
    for (size_t s = 0; s < scenario->site_count; s++)
        for (size_t k = 0; k < scenario->sites[s].kind_count; k++) {
            const struct ess_scenario_host_kind *kind = &scenario->sites[s].kinds[k];
            if (kind->gpu == NULL && kind->cpu == NULL && kind->name != NULL)
                ess_reader_complain_at(reader,
                    ess_store_print(reader->store, "/sites/%zu/hosts/%zu", s, k), "neither", NULL,
                    "either \"gpu\" or \"cpu\", since there is a training job");
        }
}

void ess_check_job(struct ess_reader *reader, struct ess_scenario *scenario) {
    struct ess_scenario_training *job = scenario->training;
    if (job == NULL)
        return;
    if (job->collectives == NULL)
        check_machines(reader, scenario);
    if (job->memory_bytes > 0)
        check_memory(reader, scenario, job);
    /* Whether there are hosts enough can be said only once all of them are well. */
    if (reader->errors > 0 || scenario->host_count < 2)
        return;
    if (job->founders == INT64_MAX)
        job->founders = (int64_t)scenario->host_count;
    check_workers(reader, scenario, "minimum_workers", job->minimum_workers);
    check_workers(reader, scenario, "founders", job->founders);
}
