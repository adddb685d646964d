/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_SCENARIO_STORE_H
#define ESS_SCENARIO_STORE_H

/* Memory that is taken piece by piece and given back all at once: what one document or one scenario
 * owns. Running out of memory ends the program with a message: a scenario is read before anything
 * has been computed, so nothing is lost. */

#include <stddef.h>

struct ess_store;

struct ess_store *ess_store_new(void);
void ess_store_free(struct ess_store *store);

/* `bytes` zeroed bytes, aligned for any type. Never NULL, also not for 0 bytes. */
void *ess_store_take(struct ess_store *store, size_t bytes);

/* `count` zeroed elements; the product is checked for overflow. */
void *ess_store_take_array(struct ess_store *store, size_t count, size_t element_bytes);

/* A copy of `text`, and a text made as printf does. */
char *ess_store_text(struct ess_store *store, const char *text);
char *ess_store_print(struct ess_store *store, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
