/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every registered detector by what the interface promises, and the time-out by its own numbers. */
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "ess_test.h"
#include "membership/detector.h"

#define SETTINGS_BYTES_MAX 256
#define SECOND INT64_C(1000000000)

struct settings {
    _Alignas(16) unsigned char bytes[SETTINGS_BYTES_MAX];
};

static const struct ess_detector_type *detector_named(const char *name) {
    for (size_t i = 0; ess_detector_registry[i]; i++) {
        if (strcmp(ess_detector_registry[i]->name, name) == 0) {
            return ess_detector_registry[i];
        }
    }
    return NULL;
}

static void set_defaults(const struct ess_detector_type *detector, struct settings *settings) {
    if (!detector || detector->settings_bytes > sizeof settings->bytes) {
        abort();
    }
    ess_parameters_set_defaults(detector->parameters, settings->bytes);
}

static bool set(const struct ess_detector_type *detector, const char *key, int64_t value,
    struct settings *settings) {
    for (const struct ess_parameter *p = detector->parameters; p->key; p++) {
        if (strcmp(p->key, key) == 0) {
            ess_parameter_set(p, (double)value, settings->bytes);
            return true;
        }
    }
    return false;
}

static void descriptors_are_whole(void) {
    size_t count = 0;
    for (; ess_detector_registry[count]; count++) {
        const struct ess_detector_type *detector = ess_detector_registry[count];
        ESS_CHECK(detector->name && detector->name[0], "detector %zu has no name", count);
        ESS_CHECK(detector->summary && detector->summary[0], "%s", detector->name);
        ESS_CHECK(detector->source && detector->source[0], "%s", detector->name);
        ESS_CHECK(detector->period_ns && detector->lost_at_ns, "%s", detector->name);
        ESS_CHECK(detector_named(detector->name) == detector, "two of name %s", detector->name);
        for (const struct ess_parameter *p = detector->parameters; p && p->key; p++) {
            ESS_CHECK(p->minimum <= p->default_value && p->default_value <= p->maximum, "%s: %s",
                detector->name, p->key);
            ESS_CHECK(p->offset + 8 <= detector->settings_bytes, "%s: %s", detector->name, p->key);
            ESS_CHECK(p->meaning && p->meaning[0], "%s: %s", detector->name, p->key);
        }
    }
    CU_ASSERT(count > 0);
    ess_test_note("%zu detectors", count);
}

/* Any detector: a peer that speaks every period is never lost, hearing it never brings the loss
 * nearer, a reset never puts it off, and silence ends in a loss. */
static void every_detector_is_sane(void) {
    struct ess_random random;
    ess_random_init(&random, 1, 0, "detectors");
    for (size_t i = 0; ess_detector_registry[i]; i++) {
        const struct ess_detector_type *detector = ess_detector_registry[i];
        struct settings settings;
        struct ess_watch watch;
        int64_t now_ns = 0, period_ns;
        set_defaults(detector, &settings);
        period_ns = detector->period_ns(settings.bytes);
        ESS_CHECK(period_ns > 0, "%s", detector->name);
        ess_watch_heard(&watch, now_ns);
        for (int beat = 0; beat < 10000; beat++) {
            int64_t before_ns = detector->lost_at_ns(settings.bytes, &watch);
            now_ns += 1 + (int64_t)ess_random_below(&random, (uint64_t)period_ns);
            ESS_CHECK(before_ns > now_ns, "%s: lost a peer that speaks", detector->name);
            if (beat % 3 == 0) {
                ess_watch_reset(&watch, now_ns - 1);
                ESS_CHECK(detector->lost_at_ns(settings.bytes, &watch) <= before_ns,
                    "%s: a reset put the loss off", detector->name);
            }
            ess_watch_heard(&watch, now_ns);
            ESS_CHECK(detector->lost_at_ns(settings.bytes, &watch) >= before_ns,
                "%s: hearing brought the loss nearer", detector->name);
        }
        ESS_CHECK(
            detector->lost_at_ns(settings.bytes, &watch) < ESS_TIME_NEVER, "%s", detector->name);
    }
}

static void watch_keeps_the_first_reset(void) {
    struct ess_watch watch;
    ess_watch_heard(&watch, 5);
    CU_ASSERT_EQUAL(watch.heard_ns, 5);
    CU_ASSERT_EQUAL(watch.reset_ns, ESS_TIME_NEVER);
    ess_watch_reset(&watch, 7);
    ess_watch_reset(&watch, 9);
    CU_ASSERT_EQUAL(watch.reset_ns, 7);
    CU_ASSERT_EQUAL(watch.heard_ns, 5);
    ess_watch_heard(&watch, 11);
    CU_ASSERT_EQUAL(watch.heard_ns, 11);
    CU_ASSERT_EQUAL(watch.reset_ns, ESS_TIME_NEVER);
    ess_watch_reset(&watch, 13);
    CU_ASSERT_EQUAL(watch.reset_ns, 13);
}

static void timeout_by_default(void) {
    const struct ess_detector_type *detector = detector_named("timeout");
    struct settings settings;
    struct ess_watch watch;
    set_defaults(detector, &settings);
    CU_ASSERT_EQUAL(detector->period_ns(settings.bytes), 2 * SECOND);
    ess_watch_heard(&watch, 100 * SECOND);
    CU_ASSERT_EQUAL(detector->lost_at_ns(settings.bytes, &watch), 110 * SECOND);
    ess_watch_reset(&watch, 103 * SECOND);
    CU_ASSERT_EQUAL(detector->lost_at_ns(settings.bytes, &watch), 105 * SECOND);
    ess_watch_reset(&watch, 104 * SECOND);
    CU_ASSERT_EQUAL(detector->lost_at_ns(settings.bytes, &watch), 105 * SECOND);
    ess_watch_heard(&watch, 104 * SECOND);
    CU_ASSERT_EQUAL(detector->lost_at_ns(settings.bytes, &watch), 114 * SECOND);
}

/* The earlier of the two: a late reset cannot put off what silence has decided. */
static void timeout_is_the_earlier(void) {
    const struct ess_detector_type *detector = detector_named("timeout");
    uint32_t by_silence = 0, by_reset = 0;
    struct ess_random random;
    ess_random_init(&random, 2, 0, "timeout");
    for (uint32_t trial = 0; trial < 20000; trial++) {
        int64_t timeout_ns = 2000000 + (int64_t)ess_random_below(&random, 20 * SECOND);
        int64_t grace_ns = (int64_t)ess_random_below(&random, 20 * SECOND);
        int64_t heard_ns = (int64_t)ess_random_below(&random, 1000 * SECOND);
        int64_t reset_ns = heard_ns + (int64_t)ess_random_below(&random, 20 * SECOND);
        int64_t silence_ns = heard_ns + timeout_ns;
        int64_t broken_ns = reset_ns + grace_ns;
        struct settings settings;
        struct ess_watch watch;
        set_defaults(detector, &settings);
        CU_ASSERT_TRUE_FATAL(set(detector, "timeout", timeout_ns, &settings));
        CU_ASSERT_TRUE_FATAL(set(detector, "reset_grace", grace_ns, &settings));
        ess_watch_heard(&watch, heard_ns);
        ESS_CHECK(detector->lost_at_ns(settings.bytes, &watch) == silence_ns, "trial %u", trial);
        ess_watch_reset(&watch, reset_ns);
        ESS_CHECK(detector->lost_at_ns(settings.bytes, &watch) ==
                      (broken_ns < silence_ns ? broken_ns : silence_ns),
            "trial %u", trial);
        *(broken_ns < silence_ns ? &by_reset : &by_silence) += 1;
    }
    CU_ASSERT(by_silence > 0);
    CU_ASSERT(by_reset > 0);
    ess_test_note("%u losses by silence, %u by reset", by_silence, by_reset);
}

/* A peer that beats every period and falls silent at a random instant is found lost after more than
 * timeout - period and at most timeout. */
static void timeout_detection_time(void) {
    const struct ess_detector_type *detector = detector_named("timeout");
    int64_t least_ns = INT64_MAX, most_ns = 0, period_ns;
    struct settings settings;
    struct ess_random random;
    set_defaults(detector, &settings);
    period_ns = detector->period_ns(settings.bytes);
    ess_random_init(&random, 3, 0, "silence");
    for (uint32_t trial = 0; trial < 10000; trial++) {
        int64_t silent_ns = (int64_t)ess_random_below(&random, 1000 * SECOND);
        struct ess_watch watch;
        int64_t after_ns;
        ess_watch_heard(&watch, silent_ns / period_ns * period_ns);
        after_ns = detector->lost_at_ns(settings.bytes, &watch) - silent_ns;
        least_ns = after_ns < least_ns ? after_ns : least_ns;
        most_ns = after_ns > most_ns ? after_ns : most_ns;
    }
    CU_ASSERT(least_ns > 8 * SECOND);
    CU_ASSERT(most_ns <= 10 * SECOND);
    ess_test_note("detected %.3f to %.3f s after the silence began", (double)least_ns / 1e9,
        (double)most_ns / 1e9);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"descriptors are whole and names unique", descriptors_are_whole},
        {"every detector: no loss of a peer that speaks, a loss of one that does not",
            every_detector_is_sane},
        {"a watch keeps the first reset since it heard", watch_keeps_the_first_reset},
        {"timeout: the defaults", timeout_by_default},
        {"timeout: the earlier of silence and reset", timeout_is_the_earlier},
        {"timeout: detection time of a silent peer", timeout_detection_time},
        {NULL, NULL},
    };
    return ess_test_main("detector", tests);
}
