/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_ASSERT_H
#define ESS_BASE_ASSERT_H

/* A broken promise between the pieces of a peer: stop at once. Never for anything a message can
 * cause. */
#define ESS_ASSERT(condition)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            __builtin_trap();                                                                      \
        }                                                                                          \
    } while (0)

#endif
