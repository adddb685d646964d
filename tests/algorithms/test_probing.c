/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probing policies run against known networks: what they ask for, what it costs, what the completed
 * matrix is worth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/sort.h"
#include "ess_test.h"
#include "routing/completion.h"
#include "routing/probing.h"
#include "routing_data.h"

enum { FLYING_MAX = 256 };

struct settings {
    _Alignas(16) unsigned char bytes[256];
};

static const struct ess_probing_type *probing_named(const char *name) {
    for (size_t i = 0; ess_probing_registry[i]; i++) {
        if (strcmp(ess_probing_registry[i]->name, name) == 0) {
            return ess_probing_registry[i];
        }
    }
    abort();
}

static void set(
    const struct ess_probing_type *type, const char *key, double value, struct settings *settings) {
    for (const struct ess_parameter *p = type->parameters; p->key; p++) {
        if (strcmp(p->key, key) == 0) {
            ess_parameter_set(p, value, settings->bytes);
            return;
        }
    }
    abort();
}

/* A policy at work on a network that answers by its matrix: probes end at a time of their own. */
struct rig {
    const struct ess_probing_type *type;
    struct settings settings;
    void *state;
    const struct ess_test_matrix *truth;
    int64_t now_ns;
    uint32_t flying;
    struct ess_probe probes[FLYING_MAX];
    int64_t ends_ns[FLYING_MAX];
    uint32_t asked;
    const char *fault;
};

static void rig_init(struct rig *rig, const char *name, const struct ess_test_matrix *truth) {
    *rig = (struct rig){.type = probing_named(name), .truth = truth};
    ess_parameters_set_defaults(rig->type->parameters, rig->settings.bytes);
}

static void rig_begin(struct rig *rig, uint64_t seed, uint32_t peers) {
    uint32_t n = rig->truth->matrix.size;
    rig->state = ess_test_scratch(rig->type->state_bytes(rig->settings.bytes, n));
    rig->type->init(rig->state, rig->settings.bytes, n, seed);
    for (uint32_t i = 0; i < peers; i++) {
        rig->type->join(rig->state, rig->settings.bytes, i);
    }
}

static const struct ess_probe_book *book_of(const struct rig *rig) {
    return rig->state;
}

/* How long a probe takes on the true network; a pair that cannot be reached times out. */
static int64_t flight_ns(const struct rig *rig, const struct ess_probe *probe, bool *failed) {
    double rate = ess_pair_usable(&rig->truth->matrix, probe->from, probe->to);
    double by_size_s = rate > 0 ? (double)probe->size_bytes / rate : 1e9;
    *failed = rate <= 0;
    if (*failed) {
        return probe->timeout_ns;
    }
    return by_size_s * 1e9 < (double)probe->duration_ns ? (int64_t)(by_size_s * 1e9)
                                                        : probe->duration_ns;
}

static void rig_launch(struct rig *rig) {
    struct ess_probe probe;
    while (rig->flying < FLYING_MAX && rig->type->next(rig->state, rig->settings.bytes, &probe)) {
        bool failed;
        for (uint32_t i = 0; i < rig->flying; i++) {
            bool shared = rig->probes[i].from == probe.from || rig->probes[i].to == probe.to;
            rig->fault = shared ? "two probes of a peer in one direction" : rig->fault;
        }
        rig->fault = probe.from == probe.to ? "a peer probes itself" : rig->fault;
        rig->fault = book_of(rig)->present[probe.from] && book_of(rig)->present[probe.to]
                         ? rig->fault
                         : "a probe of a peer that is not there";
        rig->probes[rig->flying] = probe;
        rig->ends_ns[rig->flying++] = rig->now_ns + flight_ns(rig, &probe, &failed);
        rig->asked++;
    }
}

/* The earliest probe ends; false where none is under way. */
static bool rig_land_one(struct rig *rig) {
    uint32_t first = 0;
    struct ess_probe_result result = {0};
    struct ess_probe probe;
    if (rig->flying == 0) {
        return false;
    }
    for (uint32_t i = 1; i < rig->flying; i++) {
        first = rig->ends_ns[i] < rig->ends_ns[first] ? i : first;
    }
    probe = rig->probes[first];
    rig->now_ns = rig->ends_ns[first];
    rig->flying--;
    memmove(
        rig->probes + first, rig->probes + first + 1, (rig->flying - first) * sizeof *rig->probes);
    memmove(rig->ends_ns + first, rig->ends_ns + first + 1,
        (rig->flying - first) * sizeof *rig->ends_ns);
    result.from = probe.from;
    result.to = probe.to;
    result.elapsed_ns = flight_ns(rig, &probe, &result.failed);
    result.size_bytes = result.failed
                            ? 0
                            : (int64_t)(ess_pair_usable(&rig->truth->matrix, probe.from, probe.to) *
                                        (double)result.elapsed_ns / 1e9);
    result.delay_ns = ess_pair_delay(&rig->truth->matrix, probe.from, probe.to);
    rig->type->result(rig->state, rig->settings.bytes, &result);
    return true;
}

/* All that end at the next instant do so before anything is asked for. How many. */
static uint32_t rig_land(struct rig *rig) {
    uint32_t landed = rig_land_one(rig);
    bool more = landed > 0;
    while (more) {
        more = false;
        for (uint32_t i = 0; i < rig->flying; i++) {
            more = more || rig->ends_ns[i] == rig->now_ns;
        }
        landed += more && rig_land_one(rig);
    }
    return landed;
}

static void rig_run(struct rig *rig) {
    do {
        rig_launch(rig);
    } while (rig_land(rig) > 0);
}

static void rig_fini(struct rig *rig) {
    free(rig->state);
}

/* ---- each policy ------------------------------------------------------------------------------
 */

static void descriptors_are_whole(void) {
    size_t count = 0;
    for (; ess_probing_registry[count]; count++) {
        const struct ess_probing_type *type = ess_probing_registry[count];
        ESS_CHECK(type->name && type->summary && type->source, "probing %zu", count);
        ESS_CHECK(type->settings_bytes <= sizeof(struct settings), "%s", type->name);
        ESS_CHECK(type->state_bytes && type->init && type->join && type->leave && type->next &&
                      type->result && type->is_done,
            "%s", type->name);
        for (const struct ess_parameter *p = type->parameters; p->key; p++) {
            ESS_CHECK(p->minimum <= p->default_value && p->default_value <= p->maximum, "%s: %s",
                type->name, p->key);
        }
    }
    CU_ASSERT(count >= 4);
    ess_test_note("%zu probing policies", count);
}

/* PCCL's probe of all ordered pairs: 10 (n - 1) seconds, n (n - 1) probes, each value exact. */
static void all_pairs_in_rounds(void) {
    struct ess_random random;
    ess_random_init(&random, 1, 0, "probing");
    for (uint32_t n = 1; n <= 40; n += 3) {
        struct ess_test_matrix truth;
        struct rig rig;
        ess_test_matrix_random(&truth, n, 1e6, 1e8, false, &random);
        rig_init(&rig, "all_pairs", &truth);
        rig_begin(&rig, 1, n);
        rig_run(&rig);
        ESS_CHECK(!rig.fault, "%u: %s", n, rig.fault);
        ESS_CHECK(rig.type->is_done(rig.state, rig.settings.bytes), "%u", n);
        CU_ASSERT_EQUAL(book_of(&rig)->probes, (uint64_t)n * (n - 1));
        CU_ASSERT_EQUAL(rig.now_ns, (n - 1) * INT64_C(10000000000));
        CU_ASSERT_EQUAL(book_of(&rig)->charged_ns, n * (n - 1) * INT64_C(10000000000));
        for (uint32_t i = 0; i < n * n; i++) {
            double rate = book_of(&rig)->rate[i];
            ESS_CHECK(i % (n + 1) == 0 || fabs(rate / truth.rate[i] - 1) < 1e-6, "%u: %g", n, rate);
        }
        rig_fini(&rig);
        ess_test_matrix_fini(&truth);
    }
}

static void sampled_asks_for_a_few(void) {
    struct ess_random random;
    ess_random_init(&random, 2, 0, "probing");
    for (uint32_t n = 1; n <= 64; n += 9) {
        struct ess_test_matrix truth;
        struct rig rig, again;
        uint32_t partners = n - 1 < 8 ? n - 1 : 8, least = UINT32_MAX;
        ess_test_matrix_random(&truth, n, 1e6, 1e8, false, &random);
        rig_init(&rig, "sampled", &truth);
        rig_begin(&rig, 7, n);
        rig_run(&rig);
        ESS_CHECK(!rig.fault, "%u: %s", n, rig.fault);
        ESS_CHECK(rig.type->is_done(rig.state, rig.settings.bytes), "%u", n);
        CU_ASSERT_EQUAL(rig.asked, n * partners);
        for (uint32_t i = 0; i < n; i++) {
            uint32_t known = 0;
            for (uint32_t k = 0; k < n; k++) {
                known += book_of(&rig)->rate[i * n + k] >= 0 || book_of(&rig)->rate[k * n + i] >= 0;
            }
            least = known < least ? known : least;
        }
        ESS_CHECK(least >= partners, "%u: a peer with %u known pairs", n, least);
        rig_init(&again, "sampled", &truth);
        rig_begin(&again, 7, n);
        rig_run(&again);
        CU_ASSERT(memcmp(book_of(&rig)->rate, book_of(&again)->rate, n * n * sizeof(double)) == 0);
        rig_fini(&again);
        rig_fini(&rig);
        ess_test_matrix_fini(&truth);
    }
}

/* After a join only pairs of the newcomer are asked for. */
static void incremental_asks_for_the_newcomer(void) {
    struct ess_random random;
    struct ess_test_matrix truth;
    struct rig rig;
    uint32_t before, n = 30;
    ess_random_init(&random, 3, 0, "probing");
    ess_test_matrix_random(&truth, n, 1e6, 1e8, false, &random);
    rig_init(&rig, "incremental", &truth);
    rig_begin(&rig, 7, n - 1);
    rig_run(&rig);
    CU_ASSERT(rig.type->is_done(rig.state, rig.settings.bytes));
    before = rig.asked;
    rig.type->join(rig.state, rig.settings.bytes, n - 1);
    do {
        rig_launch(&rig);
        for (uint32_t i = 0; i < rig.flying; i++) {
            CU_ASSERT(rig.probes[i].from == n - 1 || rig.probes[i].to == n - 1);
        }
    } while (rig_land(&rig));
    CU_ASSERT_EQUAL(rig.asked - before, 16);
    CU_ASSERT(!rig.fault);
    ess_test_note(
        "group of %u one by one: %u probes, one more: %u", n - 1, before, rig.asked - before);
    rig_fini(&rig);
    ess_test_matrix_fini(&truth);
}

static void passive_keeps_a_moving_mean(void) {
    struct ess_test_matrix truth;
    struct rig rig;
    struct ess_probe probe;
    struct ess_probe_result result = {0, 1, 10000000, 1000000000, 5, false, true};
    ess_test_matrix_init(&truth, 3);
    rig_init(&rig, "passive", &truth);
    rig_begin(&rig, 1, 2);
    CU_ASSERT(!rig.type->next(rig.state, rig.settings.bytes, &probe));
    rig.type->result(rig.state, rig.settings.bytes, &result);
    CU_ASSERT_DOUBLE_EQUAL(book_of(&rig)->rate[1], 1e7, 1e-3);
    result.size_bytes = 20000000;
    rig.type->result(rig.state, rig.settings.bytes, &result);
    CU_ASSERT_DOUBLE_EQUAL(book_of(&rig)->rate[1], 1.25e7, 1e-3);
    result.size_bytes = 1000; /* too small to say anything of the rate */
    result.delay_ns = 9;
    rig.type->result(rig.state, rig.settings.bytes, &result);
    CU_ASSERT_DOUBLE_EQUAL(book_of(&rig)->rate[1], 1.25e7, 1e-3);
    CU_ASSERT_EQUAL(book_of(&rig)->delay_ns[1], 9);
    CU_ASSERT_EQUAL(book_of(&rig)->charged_bytes, 0);
    result.to = 2; /* who is not there is not noted */
    rig.type->result(rig.state, rig.settings.bytes, &result);
    CU_ASSERT(book_of(&rig)->rate[2] < 0);
    rig_fini(&rig);
    ess_test_matrix_fini(&truth);
}

/* Peers come and go while probes are under way, some pairs cannot be reached: any policy goes on,
 * ends, and charges exactly what was flown. */
static void peers_come_and_go(void) {
    struct ess_random random;
    uint32_t runs = 0, events = 0;
    ess_random_init(&random, 4, 0, "probing");
    for (size_t kind = 0; ess_probing_registry[kind]; kind++) {
        for (uint32_t trial = 0; trial < 20; trial++) {
            uint32_t n = 2 + trial, landed = 0;
            struct ess_test_matrix truth;
            struct rig rig;
            ess_test_matrix_random(&truth, n, 1e6, 1e8, false, &random);
            ess_test_matrix_set(&truth, 0, 1, 0, -1);
            rig_init(&rig, ess_probing_registry[kind]->name, &truth);
            rig_begin(&rig, trial, n / 2);
            for (uint32_t step = 0; step < 40; step++) {
                uint32_t peer = (uint32_t)ess_random_below(&random, n);
                rig_launch(&rig);
                if (ess_random_below(&random, 2)) {
                    landed += rig_land(&rig);
                } else if (!book_of(&rig)->present[peer]) {
                    rig.type->join(rig.state, rig.settings.bytes, peer);
                } else {
                    rig.type->leave(rig.state, rig.settings.bytes, peer);
                    for (uint32_t i = rig.flying; i-- > 0;) {
                        if (rig.probes[i].from == peer || rig.probes[i].to == peer) {
                            rig.flying--;
                            rig.probes[i] = rig.probes[rig.flying];
                            rig.ends_ns[i] = rig.ends_ns[rig.flying];
                        }
                    }
                }
                events++;
            }
            for (uint32_t more = 1; more > 0;) {
                rig_launch(&rig);
                more = rig_land(&rig);
                landed += more;
            }
            ESS_CHECK(!rig.fault, "%s: %s", rig.type->name, rig.fault);
            ESS_CHECK(rig.type->is_done(rig.state, rig.settings.bytes), "%s", rig.type->name);
            ESS_CHECK(book_of(&rig)->probes == landed, "%s: %llu charged, %u flown", rig.type->name,
                (unsigned long long)book_of(&rig)->probes, landed);
            for (uint32_t i = 0; i < n; i++) {
                ESS_CHECK(!book_of(&rig)->sending[i] && !book_of(&rig)->receiving[i], "%s",
                    rig.type->name);
            }
            runs++;
            rig_fini(&rig);
            ess_test_matrix_fini(&truth);
        }
    }
    ess_test_note("%u runs, %u events", runs, events);
}

/* ---- completion -------------------------------------------------------------------------------
 */

struct errors {
    double median, p90;
    uint32_t count;
};

/* Median and 90th percentile of relative errors, kept as parts in 2^-20. */
static struct errors errors_of(uint64_t *parts, uint32_t count) {
    struct errors errors = {0, 0, count};
    if (count > 0) {
        uint32_t half = count / 2, most = count * 9 / 10;
        ess_sort_u64(parts, count);
        errors.median = (double)parts[half] * 0x1p-20;
        errors.p90 = (double)parts[most] * 0x1p-20;
    }
    return errors;
}

struct completed {
    struct errors rates, delays;
    uint64_t unknown;
};

static struct completed complete(
    const struct ess_pair_matrix *known, const struct ess_pair_matrix *truth) {
    size_t n = known->size, entries = n * n;
    double *rate = ess_test_scratch(entries * sizeof *rate);
    int64_t *delay = ess_test_scratch(entries * sizeof *delay);
    uint64_t *rate_parts = ess_test_scratch(entries * 8),
             *delay_parts = ess_test_scratch(entries * 8);
    void *scratch = ess_test_scratch(ess_completion_bytes((uint32_t)n));
    struct completed completed = {0};
    uint32_t rates = 0, delays = 0;
    ess_completion_fill(known, rate, delay, scratch);
    for (size_t i = 0; i < entries; i++) {
        uint32_t from = (uint32_t)(i / n), to = (uint32_t)(i % n);
        double true_rate = ess_pair_usable(truth, from, to);
        int64_t true_ns = ess_pair_delay(truth, from, to);
        if (from == to) {
            continue;
        }
        if (ess_pair_rate(known, from, to) >= 0 || ess_pair_delay(known, from, to) >= 0) {
            CU_ASSERT(!(rate[i] < known->rate_bytes_per_s[i]));
            CU_ASSERT(delay[i] == known->delay_ns[i] || known->delay_ns[i] < 0);
            continue;
        }
        completed.unknown += delay[i] < 0;
        if (ess_pair_rate(known, to, from) >= 0 || ess_pair_delay(known, to, from) >= 0) {
            continue; /* the other direction is measured: no work for the model */
        }
        if (true_rate > 0 && rate[i] >= 0) {
            rate_parts[rates++] = (uint64_t)(fabs(rate[i] / true_rate - 1) * 0x1p20);
        }
        if (true_ns > 0 && delay[i] >= 0) {
            double off = fabs((double)delay[i] / (double)true_ns - 1);
            delay_parts[delays++] = (uint64_t)(off * 0x1p20);
        }
    }
    completed.rates = errors_of(rate_parts, rates);
    completed.delays = errors_of(delay_parts, delays);
    free(rate);
    free(delay);
    free(rate_parts);
    free(delay_parts);
    free(scratch);
    return completed;
}

static struct completed sample_and_complete(
    const struct ess_test_matrix *truth, uint32_t partners, const char *what) {
    struct completed completed;
    struct ess_pair_matrix known;
    struct rig rig;
    rig_init(&rig, "sampled", truth);
    set(rig.type, "partners", partners, &rig.settings);
    rig_begin(&rig, 5, truth->matrix.size);
    rig_run(&rig);
    known = ess_probe_book_matrix(book_of(&rig), NULL, NULL);
    completed = complete(&known, &truth->matrix);
    ess_test_note("%s, %u peers, %u partners (%.0f %% of the pairs): error of %u rates %.3f in the "
                  "median, %.3f at 90 %%; of %u delays %.3f, %.3f",
        what, truth->matrix.size, partners, 200.0 * partners / (truth->matrix.size - 1.0),
        completed.rates.count, completed.rates.median, completed.rates.p90, completed.delays.count,
        completed.delays.median, completed.delays.p90);
    rig_fini(&rig);
    return completed;
}

/* Rates that are a product of both ends are found from any connected sample, to rounding. */
static void products_are_completed_exactly(void) {
    struct ess_random random;
    ess_random_init(&random, 6, 0, "probing");
    for (uint32_t trial = 0; trial < 10; trial++) {
        uint32_t n = 12 + 2 * trial;
        struct ess_test_matrix truth;
        struct completed completed;
        double sends[40], receives[40];
        ess_test_matrix_init(&truth, n);
        for (uint32_t i = 0; i < n; i++) {
            sends[i] = 1 + 9 * ess_random_unit(&random);
            receives[i] = 1 + 3 * ess_random_unit(&random);
        }
        for (uint32_t a = 0; a < n; a++) {
            for (uint32_t b = 0; b < n; b++) {
                /* Alike both ways: the other direction of a pair is taken as it is. */
                double rate = 1e6 * sqrt(sends[a] * receives[b] * sends[b] * receives[a]);
                if (a != b) {
                    ess_test_matrix_set(&truth, a, b, rate, 1000000);
                }
            }
        }
        completed = sample_and_complete(&truth, 4, "products");
        CU_ASSERT(completed.rates.p90 < 0.02);
        CU_ASSERT_EQUAL(completed.unknown, 0);
        ess_test_matrix_fini(&truth);
    }
}

static void measured_matrices_are_completed(void) {
    static const char *const names[] = {"aws", "azure"};
    struct ess_test_matrix truth;
    struct completed completed;
    for (int i = 0; i < 2; i++) {
        if (!ess_test_matrix_delays(&truth, names[i])) {
            return;
        }
        for (size_t k = 0; k < (size_t)truth.matrix.size * truth.matrix.size; k++) {
            truth.rate[k] = truth.delay[k] >= 0 ? 1e7 : -1;
        }
        for (uint32_t partners = 2; partners <= 8; partners *= 2) {
            completed = sample_and_complete(&truth, partners, names[i]);
            CU_ASSERT(completed.delays.count == 0 || completed.delays.median < 0.5);
        }
        CU_ASSERT(completed.delays.median < 0.2);
        ess_test_matrix_fini(&truth);
    }
    if (ess_test_matrix_dtfm(&truth, "matrix_world_wide", 4)) {
        completed = sample_and_complete(&truth, 4, "DT-FM's 8 cities by 4");
        CU_ASSERT(completed.rates.median < 0.4);
        sample_and_complete(&truth, 8, "DT-FM's 8 cities by 4");
        ess_test_matrix_fini(&truth);
    }
}

/* Lines alone limit: the lesser of one's up and the other's down is no product, but near one. */
static void lines_are_completed(void) {
    struct ess_test_matrix truth;
    struct ess_random random;
    struct completed completed;
    ess_random_init(&random, 8, 0, "probing");
    ess_test_matrix_init(&truth, 48);
    for (uint32_t i = 0; i < 48; i++) {
        truth.up[i] = 1e6 * (1 + 9 * ess_random_unit(&random));
        truth.down[i] = 5 * truth.up[i];
    }
    completed = sample_and_complete(&truth, 8, "home lines");
    CU_ASSERT(completed.rates.median < 0.25);
    ess_test_matrix_fini(&truth);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"descriptors are whole", descriptors_are_whole},
        {"all pairs: in n - 1 rounds of 10 s", all_pairs_in_rounds},
        {"sampled: n k probes, nobody left out, the same for a seed", sampled_asks_for_a_few},
        {"incremental: pairs of the newcomer alone", incremental_asks_for_the_newcomer},
        {"passive: a moving mean, free", passive_keeps_a_moving_mean},
        {"peers come and go", peers_come_and_go},
        {"completion: products exactly", products_are_completed_exactly},
        {"completion: lines", lines_are_completed},
        {"completion: measured matrices", measured_matrices_are_completed},
        {NULL, NULL},
    };
    return ess_test_main("probing", tests);
}
