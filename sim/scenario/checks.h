/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_CHECKS_H
#define ESS_SCENARIO_CHECKS_H

/* What a field table cannot say.
 *
 * Local checks look at one object whose fields are all well; the field tables call them. Global
 * checks look across objects; they run even where some objects are broken, so that all errors are
 * told at once, and pass over what has been complained about (NULL names, zero counts). */

#include "sim/scenario/document.h"
#include "sim/scenario/reader.h"

/* Local. `value` is a struct ess_scenario_site, _site_network, _host_kind, _wan_link,
 * _wan_template, _matrix, _availability, _fault, _link_trace, _training, _transfer, _collectives,
 * _expectation.
 */
bool ess_check_site(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_site_network(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_host_kind(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_wan_link(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_wan_template(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_matrix(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_graph(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_network_model(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_availability(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_fault(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_link_trace(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_transfer(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_training(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_collectives(struct ess_reader *reader, const struct ess_place *place, void *value);
bool ess_check_expectation(struct ess_reader *reader, const struct ess_place *place, void *value);

/* Global, in this order: each resolves indices that the next ones use. */
void ess_check_sites(struct ess_reader *reader, struct ess_scenario *scenario);

/* All links of the WAN, with what its files say. `look` and the data folder as for the trace below;
 * `*data_missing` grows by the real-data files that are not there. */
void ess_check_wan(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing);

void ess_check_faults(struct ess_reader *reader, struct ess_scenario *scenario);
void ess_check_services(struct ess_reader *reader, struct ess_scenario *scenario);
void ess_check_job(struct ess_reader *reader, struct ess_scenario *scenario);
void ess_check_plan(struct ess_reader *reader, const struct ess_scenario *scenario);

/* The job that a service of collectives is run as, owned by the reader's store. */
struct ess_scenario_training *ess_collectives_job(
    struct ess_reader *reader, const struct ess_scenario_collectives *service);

/* Rows of transfer files and ends of all transfers; link traces with their files. With `look` the
 * files are read; `data_missing` as below. */
void ess_check_transfers(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing);
void ess_check_link_traces(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing);

/* Where the trace is: against the folder of the file that names it, or the data folder. With
 * `look`, that it is there; `*data_missing` counts files of real data that are not. */
void ess_check_trace(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *data_folder, bool look, size_t *data_missing);

/* The variants and metrics that expectations name. `metrics` ends with NULL, or is NULL: any. */
void ess_check_expectations(struct ess_reader *reader, struct ess_scenario *scenario,
    const char *const *variants, size_t variant_count, const char *const *metrics);

/* Index of the site called `name`, or ESS_INDEX_NONE after a complaint at `pointer`. */
uint32_t ess_find_site(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const char *name);

/* What a fault, a link trace or a transfer names: the index of the host called `name`, or
 * ESS_HOST_COORDINATOR; the index of the WAN link between two sites, `*turned` where its ends are
 * named the other way round. ESS_INDEX_NONE after a complaint at `pointer`. */
uint32_t ess_find_host(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const char *name);
uint32_t ess_find_wan_link(struct ess_reader *reader, const struct ess_scenario *scenario,
    const char *pointer, const char **between, bool *turned);

/* That `direction` fits what is named: `host`, or two sites, or a partition. */
bool ess_check_direction(struct ess_reader *reader, const struct ess_place *place,
    int64_t direction, bool host, bool partition);

#define ESS_TRANSFERS_MAX 100000    /* of a service */
#define ESS_CONNECTIONS_MAX 1000000 /* of all transfers */

#endif
