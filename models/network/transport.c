/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/transport.h"

#include <string.h>

#define TLS_RECORD_OVERHEAD 22 /* header 5, kind of content 1, tag 16 */

double ess_transport_payload_share(const struct ess_transport_settings *settings) {
    double segment = (double)settings->segment_bytes, record = (double)settings->tls_record_bytes;
    double share = segment / (segment + (double)settings->header_bytes);
    return record > 0 ? share * record / (record + TLS_RECORD_OVERHEAD) : share;
}

const struct ess_transport_type *ess_transport_find(const char *name) {
    const struct ess_transport_type *const *type = ess_transport_registry;
    while (*type && strcmp((*type)->name, name) != 0) {
        type++;
    }
    return *type;
}
