/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ESS_BASE_POISON_H
#define ESS_BASE_POISON_H

/* Included ahead of every file of algorithms/ by the build: names that a policy must not use are
 * compile errors at the line where they stand. Time, chance and memory enter as data. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#pragma GCC poison malloc calloc realloc free alloca
#pragma GCC poison time clock clock_gettime gettimeofday sleep usleep nanosleep
#pragma GCC poison rand srand random srandom drand48 getrandom
#pragma GCC poison printf fprintf sprintf snprintf puts fopen fread fwrite read write
#pragma GCC poison socket send recv connect accept pthread_create abort exit getenv

#endif
