/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ess_test.h"
#include "sim/engine/arena.h"
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int is_zero(const unsigned char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != 0) {
            return 0;
        }
    }
    return 1;
}

/* Pieces of many sizes: zeroed, aligned, and none overlaps another: each keeps its own pattern. */
static void pieces_are_zeroed_aligned_apart(void) {
    enum { PIECES = 2000 };
    static unsigned char *pieces[PIECES];
    struct ess_arena arena;
    ess_arena_init(&arena, 1000);
    for (size_t i = 0; i < PIECES; i++) {
        size_t bytes = i * 37 % 1500;
        pieces[i] = ess_arena_allocate(&arena, bytes, 1);
        CU_ASSERT_EQUAL((uintptr_t)pieces[i] % ESS_ARENA_ALIGNMENT, 0);
        ESS_CHECK(is_zero(pieces[i], bytes), "piece %zu is not zeroed", i);
        memset(pieces[i], (int)(i % 255 + 1), bytes);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t k = 0; k < i * 37 % 1500; k++) {
            ESS_CHECK(pieces[i][k] == i % 255 + 1, "piece %zu was overwritten", i);
        }
    }
    CU_ASSERT(ess_arena_bytes(&arena) > 1000);
    ess_arena_fini(&arena);
    CU_ASSERT_EQUAL(ess_arena_bytes(&arena), 0);
}

static void a_finished_arena_can_be_used_again(void) {
    struct ess_arena arena;
    ess_arena_init(&arena, 0);
    memset(ess_arena_allocate(&arena, 100, 8), 0xFF, 800);
    ess_arena_fini(&arena);
    unsigned char *piece = ess_arena_allocate(&arena, 100, 8);
    CU_ASSERT(is_zero(piece, 800));
    ess_arena_fini(&arena);
}

static void blocks_grow_and_shrink(void) {
    struct ess_arena arena;
    ess_arena_init(&arena, 0);
    uint32_t *array = NULL, *neighbour = NULL;
    size_t capacity = 0, neighbour_capacity = 0;
    for (uint32_t i = 0; i < 100000; i++) {
        array = ess_arena_reserve(&arena, array, &capacity, i + 1, sizeof *array);
        ESS_CHECK(array[i] == 0, "item %u is not zeroed", i);
        array[i] = i + 1;
        neighbour =
            ess_arena_reserve(&arena, neighbour, &neighbour_capacity, i + 1, sizeof *neighbour);
        neighbour[i] = ~i;
    }
    CU_ASSERT_EQUAL((uintptr_t)array % ESS_ARENA_BLOCK_ALIGNMENT, 0);
    for (uint32_t i = 0; i < 100000; i++) {
        ESS_CHECK(array[i] == i + 1 && neighbour[i] == ~i, "item %u was lost", i);
    }
    /* No dead copies: what is held is the two arrays and their headers. */
    CU_ASSERT(ess_arena_bytes(&arena) <= 2 * (capacity * sizeof *array + 128));
    array = ess_arena_resize(&arena, array, capacity, 10, sizeof *array);
    array = ess_arena_resize(&arena, array, 10, 20, sizeof *array);
    CU_ASSERT_EQUAL(array[9], 10);
    CU_ASSERT_EQUAL(array[10], 0);
    CU_ASSERT_EQUAL(array[19], 0);
    ess_arena_fini(&arena);
}

static void capacities_grow_geometrically(void) {
    CU_ASSERT_EQUAL(ess_arena_next_capacity(0, 1), 16);
    CU_ASSERT_EQUAL(ess_arena_next_capacity(16, 16), 16);
    CU_ASSERT_EQUAL(ess_arena_next_capacity(16, 17), 32);
    CU_ASSERT_EQUAL(ess_arena_next_capacity(16, 1000), 1000);
}

static void strings_are_copied(void) {
    struct ess_arena arena;
    ess_arena_init(&arena, 0);
    char text[] = "essaim";
    char *copy = ess_arena_copy_string(&arena, text);
    text[0] = 'X';
    CU_ASSERT_STRING_EQUAL(copy, "essaim");
    CU_ASSERT_STRING_EQUAL(ess_arena_copy_string(&arena, ""), "");
    ess_arena_fini(&arena);
}

/* In a child, since it ends the program. */
static void lack_of_memory_ends_with_status_3(void) {
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct ess_arena arena;
        ess_arena_init(&arena, 0);
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(1);
        }
        ess_arena_allocate(&arena, SIZE_MAX / 2, 3);
        _exit(0);
    }
    int status = 0;
    CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
    CU_ASSERT(WIFEXITED(status));
    CU_ASSERT_EQUAL(WEXITSTATUS(status), 3);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"pieces are zeroed, aligned and apart", pieces_are_zeroed_aligned_apart},
        {"a finished arena can be used again", a_finished_arena_can_be_used_again},
        {"blocks grow and shrink", blocks_grow_and_shrink},
        {"capacities grow geometrically", capacities_grow_geometrically},
        {"strings are copied", strings_are_copied},
        {"lack of memory ends the program with status 3", lack_of_memory_ends_with_status_3},
        {NULL, NULL},
    };
    return ess_test_main("arena", tests);
}
