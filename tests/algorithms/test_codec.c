/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integers on the wire, and the control messages made of them. */
#include <string.h>

#include "base/codec.h"
#include "base/random.h"
#include "ess_test.h"
#include "peer/control.h"

#define KINDS (ESS_CONTROL_FINISH - ESS_CONTROL_JOIN + 1)

static uint64_t low_bytes(uint64_t value, uint32_t width) {
    return width == 8 ? value : value & ((UINT64_C(1) << 8 * width) - 1);
}

static void layout_is_little_endian(void) {
    static const uint8_t expected[] = {0x88, 0x77, 0x66, 0x44, 0x33, 0x22, 0x11};
    uint8_t bytes[8];
    struct ess_writer writer = {bytes, sizeof bytes, 0, false};
    memset(bytes, 0xee, sizeof bytes);
    ess_write_integer(&writer, UINT64_C(0x5555555555555588), 1);
    ess_write_integer(&writer, 0xaaaa6677, 2);
    ess_write_integer(&writer, 0x11223344, 4);
    CU_ASSERT_FALSE(writer.failed);
    CU_ASSERT_EQUAL(writer.size, sizeof expected);
    CU_ASSERT_EQUAL(memcmp(bytes, expected, sizeof expected), 0);
    CU_ASSERT_EQUAL(bytes[7], 0xee);
}

/* Every width, alone and at every place in a buffer that it fits and does not fit. */
static void every_width_and_place(void) {
    struct ess_random random;
    uint32_t refused = 0, kept = 0;
    ess_random_init(&random, 1, 0, "codec");
    for (uint32_t width = 1; width <= 8; width++) {
        for (uint32_t capacity = 0; capacity <= 16; capacity++) {
            uint8_t bytes[16 + 1];
            uint64_t values[16];
            struct ess_writer writer = {bytes, capacity, 0, false};
            struct ess_reader reader = {bytes, capacity, 0, false};
            uint32_t fits = capacity / width;
            memset(bytes, 0xee, sizeof bytes);
            for (uint32_t i = 0; i < fits; i++) {
                values[i] = ess_random_u64(&random);
                ess_write_integer(&writer, values[i], width);
            }
            ESS_CHECK(!writer.failed && writer.size == fits * width, "width %u", width);
            ess_write_integer(&writer, 0, width);
            ESS_CHECK(writer.failed && writer.size == fits * width, "width %u: no end", width);
            ESS_CHECK(bytes[fits * width] == 0xee, "width %u: written past the end", width);
            for (uint32_t i = 0; i < fits; i++, kept++) {
                ESS_CHECK(ess_read_integer(&reader, width) == low_bytes(values[i], width),
                    "width %u, value %u", width, i);
            }
            ESS_CHECK(!reader.failed, "width %u", width);
            ESS_CHECK(ess_read_integer(&reader, width) == 0 && reader.failed, "width %u", width);
            refused += 2;
        }
    }
    ess_test_note("%u values round, %u accesses past the end refused", kept, refused);
}

/* A narrow access would still fit, but what precedes it is missing. */
static void failure_lasts(void) {
    uint8_t bytes[4] = {1, 2, 3, 4};
    struct ess_reader reader = {bytes, 4, 0, false};
    struct ess_writer writer = {bytes, 4, 0, false};
    CU_ASSERT_EQUAL(ess_read_integer(&reader, 8), 0);
    CU_ASSERT_EQUAL(ess_read_integer(&reader, 1), 0);
    CU_ASSERT_TRUE(reader.failed);
    CU_ASSERT_EQUAL(reader.position, 0);
    ess_write_integer(&writer, 9, 8);
    ess_write_integer(&writer, 9, 1);
    CU_ASSERT_TRUE(writer.failed);
    CU_ASSERT_EQUAL(writer.size, 0);
    CU_ASSERT_EQUAL(bytes[0], 1);
}

static struct ess_control random_control(struct ess_random *random) {
    struct ess_control control;
    control.kind = (enum ess_control_kind)(ESS_CONTROL_JOIN + ess_random_below(random, KINDS));
    control.answer = ess_random_below(random, 2) == 1;
    control.incarnation = ess_random_u32(random);
    control.epoch = ess_random_u32(random);
    control.site = ess_random_u32(random);
    control.other = ess_random_u32(random);
    control.step = ess_random_u64(random);
    control.bits = ess_random_u64(random);
    return control;
}

static bool same_control(const struct ess_control *a, const struct ess_control *b) {
    return a->kind == b->kind && a->answer == b->answer && a->incarnation == b->incarnation &&
           a->epoch == b->epoch && a->site == b->site && a->other == b->other &&
           a->step == b->step && a->bits == b->bits;
}

static struct ess_action encode(const struct ess_control *control, uint32_t peer) {
    static struct ess_actions actions;
    actions.count = 0;
    ess_control_add(&actions, peer, control);
    return actions.items[0];
}

/* Each field has its extreme alone, so that no two fields can have changed places. */
static void every_field_survives(void) {
    for (int field = 0; field < 7; field++) {
        struct ess_control control = {.kind = ESS_CONTROL_JOIN};
        struct ess_control decoded;
        struct ess_action action;
        control.answer = field == 0;
        control.incarnation = field == 1 ? UINT32_MAX : 0;
        control.epoch = field == 2 ? UINT32_MAX : 0;
        control.site = field == 3 ? UINT32_MAX : 0;
        control.other = field == 4 ? UINT32_MAX : 0;
        control.step = field == 5 ? UINT64_MAX : 0;
        control.bits = field == 6 ? UINT64_MAX : 0;
        action = encode(&control, 7);
        CU_ASSERT_EQUAL(action.kind, ESS_ACTION_MESSAGE);
        CU_ASSERT_EQUAL(action.peer, 7);
        CU_ASSERT_EQUAL(action.message.size_bytes, ESS_CONTROL_BYTES);
        CU_ASSERT_TRUE(
            ess_control_decode(action.message.bytes, action.message.size_bytes, &decoded));
        CU_ASSERT_TRUE(same_control(&control, &decoded));
    }
}

static void random_messages_round_trip(void) {
    struct ess_random random;
    uint32_t kinds = 0, trials = 20000;
    ess_random_init(&random, 2, 0, "control");
    for (uint32_t trial = 0; trial < trials; trial++) {
        struct ess_control control = random_control(&random);
        struct ess_control decoded;
        struct ess_action action = encode(&control, trial);
        kinds |= 1u << control.kind;
        ESS_CHECK(ess_control_decode(action.message.bytes, action.message.size_bytes, &decoded) &&
                      same_control(&control, &decoded),
            "trial %u", trial);
    }
    CU_ASSERT_EQUAL(kinds, ((1u << KINDS) - 1) << ESS_CONTROL_JOIN);
    ess_test_note("%u messages, all %d kinds", trials, KINDS);
}

/* The bytes after the message's size are right ones: only the size can tell. */
static void every_other_size_is_refused(void) {
    struct ess_random random;
    uint32_t refused = 0;
    ess_random_init(&random, 3, 0, "sizes");
    for (uint32_t kind = ESS_CONTROL_JOIN; kind <= ESS_CONTROL_FINISH; kind++) {
        struct ess_control control = random_control(&random);
        struct ess_action action;
        control.kind = (enum ess_control_kind)kind;
        action = encode(&control, 0);
        for (uint32_t size = 0; size <= ESS_MESSAGE_BYTES_MAX; size++) {
            struct ess_control decoded;
            bool taken = ess_control_decode(action.message.bytes, size, &decoded);
            ESS_CHECK(taken == (size == ESS_CONTROL_BYTES), "kind %u, size %u", kind, size);
            refused += !taken;
        }
    }
    ess_test_note("%u wrong sizes refused", refused);
}

/* What is decoded encodes to the same bytes: nothing is taken that could not have been made. */
static void garbage_is_refused_or_canonical(void) {
    struct ess_random random;
    uint32_t taken = 0, trials = 200000;
    ess_random_init(&random, 4, 0, "garbage");
    for (uint32_t trial = 0; trial < trials; trial++) {
        uint8_t bytes[ESS_MESSAGE_BYTES_MAX];
        struct ess_control decoded;
        struct ess_action action;
        bool valid;
        for (uint32_t i = 0; i < ESS_CONTROL_BYTES; i++) {
            bytes[i] = (uint8_t)ess_random_below(&random, 256);
        }
        if (trial % 2) {
            bytes[0] &= 0x0f;
            bytes[1] &= 0x01;
        }
        valid = bytes[0] >= ESS_CONTROL_JOIN && bytes[0] <= ESS_CONTROL_FINISH && bytes[1] <= 1;
        ESS_CHECK(ess_control_decode(bytes, ESS_CONTROL_BYTES, &decoded) == valid,
            "kind %u, answer %u", bytes[0], bytes[1]);
        if (!valid) {
            continue;
        }
        taken++;
        action = encode(&decoded, 0);
        ESS_CHECK(memcmp(action.message.bytes, bytes, ESS_CONTROL_BYTES) == 0, "trial %u", trial);
    }
    CU_ASSERT(taken > 0);
    CU_ASSERT(taken < trials);
    ess_test_note("%u random messages, %u taken, all of those canonical", trials, taken);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"integers are little endian", layout_is_little_endian},
        {"every width at every place, and no further", every_width_and_place},
        {"a failed cursor stays failed", failure_lasts},
        {"every field of a control message survives", every_field_survives},
        {"random control messages go round", random_messages_round_trip},
        {"every other size is refused", every_other_size_is_refused},
        {"garbage is refused or canonical", garbage_is_refused_or_canonical},
        {NULL, NULL},
    };
    return ess_test_main("codec", tests);
}
