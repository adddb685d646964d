/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The vectors that NIST publishes with FIPS 180-4 (and 180-2, appendix B), in one piece and in
 * pieces of every size. */
#include "ess_test.h"

#include <string.h>

#include "analysis/sha256.h"

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
static const char four_words[] =
    "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
    "lmnopqrsmnopqrstnopqrstu";

static void check(const char *text, const char *expected) {
    char digest[ESS_SHA256_TEXT_BYTES];
    size_t length = strlen(text);
    for (size_t piece = 1; piece <= length + 1; piece++) {
        struct ess_sha256 hash;
        ess_sha256_init(&hash);
        for (size_t at = 0; at < length; at += piece) {
            ess_sha256_add(&hash, text + at, at + piece < length ? piece : length - at);
        }
        ess_sha256_end(&hash, digest);
        CU_ASSERT_STRING_EQUAL(digest, expected);
    }
}

static void published_vectors(void) {
    check("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check(two_blocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    check(four_words, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

static void a_million_letters(void) {
    char digest[ESS_SHA256_TEXT_BYTES], letters[1000];
    struct ess_sha256 hash;
    memset(letters, 'a', sizeof letters);
    ess_sha256_init(&hash);
    for (int i = 0; i < 1000; i++) {
        ess_sha256_add(&hash, letters, sizeof letters);
    }
    ess_sha256_end(&hash, digest);
    CU_ASSERT_STRING_EQUAL(
        digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* Two texts one after the other are not one. */
static void texts_have_ends(void) {
    char digests[2][ESS_SHA256_TEXT_BYTES];
    static const char *const parts[2][2] = {{"ab", "c"}, {"a", "bc"}};
    for (size_t i = 0; i < 2; i++) {
        struct ess_sha256 hash;
        ess_sha256_init(&hash);
        ess_sha256_add_text(&hash, parts[i][0]);
        ess_sha256_add_text(&hash, parts[i][1]);
        ess_sha256_end(&hash, digests[i]);
    }
    CU_ASSERT_STRING_NOT_EQUAL(digests[0], digests[1]);
    CU_ASSERT_NOT_EQUAL(ess_sha256_file("/nothing/here", digests[0]), 0);
}

int main(void) {
    static const struct ess_test tests[] = {{"published vectors", published_vectors},
        {"a million letters", a_million_letters}, {"texts have ends", texts_have_ends},
        {NULL, NULL}};
    return ess_test_main("sha256", tests);
}
