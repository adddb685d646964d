/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_SCENARIO_H
#define ESS_SCENARIO_SCENARIO_H

/* One checked scenario: what a run is built from. Every quantity is in base units (nanoseconds,
 * bytes, bytes per second, floating-point operations, watts), every reference is an index, every
 * default is filled in, every name is known to exist. A world builder that reads this needs no
 * check of its own.
 *
 * The structs mirror the JSON (scenarios/README.md lists every field); members marked "resolved"
 * are computed after reading. One scenario owns all its memory and is made and freed by
 * sim/scenario/document.h. Arrays keep the order of the file. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "models/network/fat_tree.h"
#include "models/network/link_traits.h"
#include "sim/scenario/policies.h"
#include "sim/scenario/units.h"

struct ess_gpu;
struct ess_cpu;
struct ess_link_trace;
struct ess_store;

/* For times that may be absent: "for ever", or "no limit". */
#define ESS_TIME_NONE INT64_MAX

/* The index of a host that means the coordinator's machine. */
#define ESS_HOST_COORDINATOR UINT32_MAX
/* "no host", "no link" */
#define ESS_INDEX_NONE (UINT32_MAX - 1)

/* `count` equal machines of a site. */
struct ess_scenario_host_kind {
    int64_t count;
    const char *name;              /* label in reports; default: the gpu's or cpu's name */
    const char *gpu;               /* name in the table of machines, or NULL */
    const char *cpu;               /* likewise; one of them is set where there is training */
    double efficiency;             /* share of the peak rate that training reaches, 0..1 */
    int64_t memory_bytes;          /* resolved: as written, else the table's */
    double up_rate_bytes_per_s;    /* of the access link, host to site */
    double down_rate_bytes_per_s;  /* site to host */
    int64_t delay_ns;              /* one way, of the access link, each direction */
    int64_t send_buffer_bytes;     /* largest; INT64_MAX: the transport's */
    int64_t receive_buffer_bytes;  /* largest; INT64_MAX: the transport's */
    double base_power_w;           /* of the machine around its gpu, drawn while it is up */
    struct ess_link_traits traits; /* of the access link, in each direction */
    const struct ess_gpu *gpu_row; /* resolved; NULL for a cpu host */
    const struct ess_cpu *cpu_row; /* resolved; NULL for a gpu host */
    double peak_flop_per_s;        /* resolved: of the table; multiply by efficiency */
    uint32_t site;                 /* resolved */
};

/* Whole numbers, one for each level of a tree. */
struct ess_scenario_levels {
    size_t count;
    int64_t values[ESS_FAT_TREE_LEVELS_MAX];
};

enum ess_site_template { ESS_SITE_SWITCH, ESS_SITE_FAT_TREE };

/* The network inside a site. */
struct ess_scenario_site_network {
    int64_t kind;                        /* enum ess_site_template */
    int64_t k;                           /* INT64_MAX: `children` and `parents` instead */
    struct ess_scenario_levels children; /* as written */
    struct ess_scenario_levels parents;
    double rate_bytes_per_s; /* of each cable between switches, each direction */
    int64_t delay_ns;
    struct ess_fat_tree shape; /* resolved, for a fat tree */
};

struct ess_scenario_site {
    const char *name;
    const char *node;                          /* in the WAN's graph or matrix, or NULL: `name` */
    struct ess_scenario_site_network *network; /* NULL: one switch */
    struct ess_scenario_host_kind *kinds;
    size_t kind_count;
    uint32_t first_host; /* resolved: its hosts are first_host .. first_host + host_count - 1 */
    uint32_t host_count; /* resolved */
};

/* One machine, all of it resolved. Index in `hosts` is its identity. */
struct ess_scenario_host {
    const char *name; /* "lyon/3": site, and index within the site */
    uint32_t site;
    const struct ess_scenario_host_kind *kind;
};

/* A duplex link between two sites. */
struct ess_scenario_wan_link {
    const char *from;
    const char *to;
    double rate_forward_bytes_per_s;  /* resolved from rate or rate_forward: from -> to */
    double rate_backward_bytes_per_s; /* to -> from */
    int64_t delay_ns;                 /* one way, from -> to */
    int64_t delay_backward_ns;        /* resolved: one way, to -> from */
    uint32_t from_site;               /* resolved: a site, or in all_links a node without hosts */
    uint32_t to_site;                 /* resolved */
    double rate_bytes_per_s;          /* as written; 0 once resolved into the two above */
    const char *origin;               /* resolved: pointer to what made it */
    struct ess_link_traits traits;    /* in each direction */
};

enum ess_wan_shape { ESS_WAN_FULL_MESH, ESS_WAN_STAR, ESS_WAN_RING, ESS_WAN_LINE };

/* Links between named sites, all alike. */
struct ess_scenario_wan_template {
    int64_t shape;      /* enum ess_wan_shape */
    const char **sites; /* in this order; none: all sites of the scenario */
    size_t site_count;
    const char *centre; /* star alone; NULL: the first of them */
    double rate_bytes_per_s;
    int64_t delay_ns;
};

enum ess_delay_meaning { ESS_DELAY_ROUND_TRIP, ESS_DELAY_ONE_WAY };
enum ess_rates_meaning { ESS_RATES_SIMULTANEOUS, ESS_RATES_HOST_CAPS };

/* Measured delays and rates between sites, from CSV files. */
struct ess_scenario_matrix {
    const char *delay; /* file, as written, or NULL */
    const char *delay_unit;
    int64_t delay_is; /* enum ess_delay_meaning */
    const char *rate; /* file, as written, or NULL */
    const char *rate_unit;
    int64_t rates_are;    /* enum ess_rates_meaning */
    const char **columns; /* none: square matrices; else from, to and, for each file, value */
    size_t column_count;
    int64_t default_delay_ns;        /* INT64_MAX: none */
    double default_rate_bytes_per_s; /* 0: none */
};

/* A network of an operator, from a GML or GraphML file. */
enum ess_graph_coordinates { ESS_GRAPH_COORDINATES_USED, ESS_GRAPH_COORDINATES_IGNORED };

struct ess_scenario_graph {
    const char *file;
    const char *format;    /* "auto", or the name of a reader */
    const char *rate_unit; /* of numbers whose unit the file does not say; NULL: none */
    const char *delay_unit;
    int64_t coordinates; /* enum ess_graph_coordinates */
    double delay_factor;
    int64_t default_delay_ns;        /* INT64_MAX: none */
    double default_rate_bytes_per_s; /* 0: none */
};

/* As written; the first names stand for enum ess_routes_policy. */
enum ess_wan_routes { ESS_WAN_LOWEST_DELAY, ESS_WAN_WIDEST, ESS_WAN_DIRECT, ESS_WAN_AUTO };

struct ess_scenario_wan {
    struct ess_scenario_wan_link *links; /* as written one by one */
    size_t link_count;
    struct ess_scenario_wan_template *templates;
    size_t template_count;
    struct ess_scenario_matrix *matrix; /* or NULL */
    struct ess_scenario_graph *graph;   /* or NULL */
    int64_t routes;                     /* enum ess_wan_routes */
    /* Resolved. Links of all sources; those of `links` come first, in order. Ends below site_count
     * are sites, the others, up to node_count, nodes of the graph where no site stands. */
    struct ess_scenario_wan_link *all_links;
    size_t all_link_count;
    uint32_t node_count;
    /* Bytes per second from one host of a site to all of another's, from * node_count + to; 0: no
     * limit of its own. NULL unless the matrix says host_caps. */
    double *caps_bytes_per_s;
};

/* A small machine that is always up unless a fault says otherwise. */
struct ess_scenario_coordinator {
    const char *site;
    double up_rate_bytes_per_s;
    double down_rate_bytes_per_s;
    int64_t delay_ns;
    struct ess_link_traits traits; /* of its access link, in each direction */
    uint32_t site_index;           /* resolved */
};

enum ess_availability_mapping {
    ESS_MAPPING_RANDOM,  /* each simulated host replays a trace host drawn without repetition */
    ESS_MAPPING_IN_ORDER /* host k replays trace host k */
};

enum ess_departure {
    ESS_DEPARTURE_CRASH,  /* the process dies: its connections are reset */
    ESS_DEPARTURE_SILENCE /* the machine vanishes: no packet, no reset */
};

struct ess_scenario_availability {
    bool always;            /* resolved: no trace, every host is up for ever */
    const char *trace;      /* as written */
    const char *trace_path; /* resolved: against the scenario file or ESSAIM_DATA */
    const char *format;     /* "auto" or the name of a trace reader */
    int64_t mapping;        /* enum ess_availability_mapping */
    bool offset_random;     /* resolved: drawn anew for each replication */
    const char *offset;     /* as written */
    int64_t offset_ns;      /* resolved: time in the trace at which the run starts */
    double scale;           /* 2: the trace is played twice as slowly */
    int64_t wrap;           /* 1: the trace begins again at its end */
    int64_t departure;      /* enum ess_departure */
};

enum ess_fault_kind {
    ESS_FAULT_CRASH,    /* connections reset; comes back as a new process after for_ns */
    ESS_FAULT_SILENCE,  /* no packet in or out, no reset; compute stops */
    ESS_FAULT_PAUSE,    /* the process stands still, then goes on where it was */
    ESS_FAULT_LINK_CUT, /* a link carries nothing */
    ESS_FAULT_RESET,    /* the host's connections are reset; the host itself lives on */
    ESS_FAULT_PARTITION /* nothing crosses between some sites and all the others */
};

/* Of what is cut or changed. A host's access link: up, down. A WAN link: forward is from the first
 * site named to the second. A partition: out is from the sites named to the others. */
enum ess_direction {
    ESS_DIRECTION_BOTH,
    ESS_DIRECTION_UP,
    ESS_DIRECTION_DOWN,
    ESS_DIRECTION_FORWARD,
    ESS_DIRECTION_BACKWARD,
    ESS_DIRECTION_OUT,
    ESS_DIRECTION_IN
};

struct ess_scenario_fault {
    int64_t at_ns;
    int64_t kind;         /* enum ess_fault_kind */
    int64_t for_ns;       /* ESS_TIME_NONE: for ever (crash, silence, link_cut, partition alone) */
    const char *host;     /* as written: "lyon/3" or "coordinator", or NULL: `between`, `sites` */
    const char **between; /* as written: two sites, link_cut only */
    size_t between_count;
    const char **sites; /* as written: of a partition */
    size_t site_count;
    int64_t direction;   /* enum ess_direction; link_cut and partition */
    uint32_t host_index; /* resolved: index, ESS_HOST_COORDINATOR, or ESS_INDEX_NONE */
    uint32_t wan_link;   /* resolved: index of a WAN link, or ESS_INDEX_NONE. link_cut with a
                            host cuts that host's access link */
    bool turned;         /* resolved: `between` names the link's ends in the order to, from */
    bool *inside;        /* resolved, partition: [sites of the scenario] */
};

/* A link whose capacity, and delay where the trace says so, follow a file. */
struct ess_scenario_link_trace {
    const char *host; /* as written, or NULL: `between` */
    const char **between;
    size_t between_count;
    int64_t direction; /* enum ess_direction */
    const char *trace; /* as written */
    const char *format;
    int64_t bin_ns;                    /* INT64_MAX: absent; resolved to the default */
    int64_t at_end;                    /* enum ess_link_end */
    int64_t offset_ns;                 /* where in the trace the run starts */
    const char *checksum;              /* of its content: as written, else resolved */
    uint32_t host_index, wan_link;     /* resolved as of a fault */
    bool turned;                       /* resolved as of a fault */
    const char *trace_path;            /* resolved */
    const struct ess_link_trace *data; /* resolved; NULL where the scenario was read from memory */
};

enum ess_service_kind { ESS_SERVICE_TRAINING, ESS_SERVICE_TRANSFERS, ESS_SERVICE_COLLECTIVES };

/* A data-parallel training job. */
struct ess_scenario_training {
    int64_t kind; /* enum ess_service_kind */
    const char *name;
    int64_t parameters;
    int64_t tokens_per_step;              /* by each worker */
    double work_per_token_flop;           /* forward and backward; default 6 x parameters */
    int64_t buckets;                      /* of gradients, of equal size to within a parameter */
    int64_t gradient_bytes_per_parameter; /* on the wire */
    int64_t state_bytes_per_parameter;    /* what a joiner fetches */
    int64_t memory_bytes_per_parameter;   /* what a worker holds */
    int64_t activation_memory_bytes;      /* on top, for one step of tokens_per_step */
    int64_t steps;                        /* limit; INT64_MAX: until the duration ends */
    int64_t minimum_workers;              /* below this the job waits for joiners */
    int64_t founders;                     /* workers waited for before the first step; resolved:
                                             all hosts where it is not given */
    int64_t formation_ns;                 /* but no longer than this after the first has come */
    int64_t stripes;                      /* parts in which a joiner fetches the state */
    int64_t memory_bytes;                 /* resolved: parameters x per-parameter + activations */
    /* Resolved: the collectives that this job stands for, or NULL: it trains. */
    const struct ess_scenario_collectives *collectives;
};

enum ess_reduction { ESS_REDUCTION_SUM, ESS_REDUCTION_MAXIMUM, ESS_REDUCTION_AVERAGE };

/* The same collective operation over and over, without any work beside it. It is run as a job whose
 * steps are the repeats: ess_scenario.training describes it too. */
struct ess_scenario_collectives {
    int64_t kind; /* enum ess_service_kind */
    const char *name;
    int64_t primitive;    /* enum ess_primitive; one more: a barrier */
    int64_t size_bytes;   /* of the vector of each rank; resolved: 0 for a barrier */
    int64_t element;      /* enum ess_element_kind */
    int64_t reduction;    /* enum ess_reduction */
    int64_t root, target; /* ranks */
    int64_t concurrent;   /* operations at once, each on an equal part of the vector */
    int64_t repeats;
    int64_t minimum_workers, founders, formation_ns; /* as of a training job */
};

/* One transfer of plain bytes from host to host. */
struct ess_scenario_transfer {
    const char *name; /* as written, else its place in the list */
    int64_t start_ns;
    const char *from, *to;   /* as written: "lyon/3" or "coordinator" */
    int64_t bytes;           /* INT64_MAX: bulk, as many as go through until stop */
    int64_t stop_ns;         /* bulk; resolved: the scenario's duration where it is not given */
    int64_t measure_from_ns; /* bulk; resolved: start where it is not given */
    int64_t connections;     /* that carry it, an equal part each */
    int64_t state;           /* enum ess_transfer_state */
    const char
        *congestion_control;     /* of its connections, known to the model; NULL: the network's */
    uint32_t from_host, to_host; /* resolved: index, or ESS_HOST_COORDINATOR */
    const char *service;         /* resolved: name of the service it belongs to */
};

/* Whether its connections are new, or have been used just before. */
enum ess_transfer_state { ESS_TRANSFER_COLD, ESS_TRANSFER_WARM };

#define ESS_TRANSFER_BULK INT64_MAX

/* A service of plain transfers: those listed, then those of the file. */
struct ess_scenario_transfers {
    int64_t kind; /* enum ess_service_kind */
    const char *name;
    struct ess_scenario_transfer *list;
    size_t list_count;
    const char *file; /* as written, CSV; NULL: none. Resolved: its rows stand in `list` */
};

struct ess_network_type;
struct ess_profile_type;
struct ess_congestion_type;

struct ess_scenario_network {
    const char *model;                                 /* as written */
    const char *profile;                               /* as written, or NULL */
    const char *congestion_control;                    /* as written, or NULL */
    const struct ess_network_type *type;               /* resolved */
    const struct ess_profile_type *profile_type;       /* resolved; NULL without packets */
    const struct ess_congestion_type *congestion_type; /* resolved; NULL without packets */
    struct ess_policy_choice transport;                /* of a const struct ess_transport_type */
    int64_t window_bytes; /* of a connection: its rate is at most window / round trip; INT64_MAX:
                             the model's own. Resolved */
    int64_t transport_timeout_ns; /* a connection that is cut for longer breaks */
};

struct ess_scenario_measure {
    int64_t replications;
    double confidence; /* of the intervals, e.g. 0.95 */
};

/* Limits on one replication; hitting one is a reported result. */
struct ess_scenario_bounds {
    int64_t events;
    int64_t wall_ns;
};

/* What `compare` chose for this variant. */
struct ess_scenario_choice {
    const char *pointer; /* "/policies/collective" */
    const char *value;   /* text for people and results: ring, or JSON of a composite value */
};

/* A number with its dimension, as `expect` compares metrics with. */
struct ess_quantity {
    const char *text; /* as written; NULL: absent */
    double value;     /* in the unit named beside the dimension */
    enum ess_dimension dimension;
};

enum ess_expectation_kind { ESS_EXPECT_BELOW, ESS_EXPECT_ABOVE, ESS_EXPECT_LOWER };

/* One assertion on the results; evaluated by analysis, which also checks that the metric exists and
 * has the bound's dimension. */
struct ess_scenario_expectation {
    enum ess_expectation_kind kind; /* resolved */
    const char *metric;
    const char *variant;       /* BELOW, ABOVE: NULL means every variant */
    struct ess_quantity below; /* BELOW */
    struct ess_quantity above; /* ABOVE */
    const char *lower;         /* LOWER: the mean of variant `lower` is below that of `than` */
    const char *than;
    int64_t disjoint;    /* LOWER: 1: and their confidence intervals do not touch */
    const char *pointer; /* resolved: "/expect/2", for messages */
};

/* One of the services, as it stands in the file. */
struct ess_scenario_service {
    int64_t kind;  /* enum ess_service_kind */
    void *service; /* struct ess_scenario_training, _transfers or _collectives */
};

struct ess_scenario_services {
    struct ess_scenario_service *items;
    size_t count;
};

struct ess_scenario {
    const char *path; /* of the scenario file as given */
    const char *name;
    const char *description;
    uint64_t seed;         /* resolved */
    const char *seed_text; /* as written */
    int64_t duration_ns;
    struct ess_scenario_site *sites;
    size_t site_count;
    struct ess_scenario_host *hosts; /* resolved: all machines, sites in order */
    size_t host_count;
    struct ess_scenario_wan wan;
    struct ess_scenario_coordinator coordinator;
    struct ess_scenario_availability availability;
    struct ess_scenario_fault *faults;
    size_t fault_count;
    struct ess_scenario_link_trace *link_traces;
    size_t link_trace_count;
    struct ess_scenario_services services;
    struct ess_scenario_training *training;  /* resolved: the one there is, or NULL */
    size_t training_index;                   /* resolved: among the services */
    struct ess_scenario_transfer *transfers; /* resolved: of all services, in their order */
    size_t transfer_count;
    struct ess_policy_choice policies[ESS_POLICY_KIND_COUNT];
    struct ess_scenario_network network;
    struct ess_scenario_measure measure;
    struct ess_scenario_bounds bounds;
    struct ess_scenario_expectation *expectations;
    size_t expectation_count;
    /* Of the variant. */
    const char *variant_name; /* "ring, retry"; the scenario's name where nothing is compared */
    struct ess_scenario_choice *choices;
    size_t choice_count;
    struct ess_store *store; /* owns everything above */
};

#endif
