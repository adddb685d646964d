/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef ESS_MODELS_NETWORK_SMALL_XML_H
#define ESS_MODELS_NETWORK_SMALL_XML_H

/* A reader of plain XML files, event by event, in place: elements, attributes, text. Elements must
 * nest and close, to ESS_XML_DEPTH_MAX of them within one another. Comments, processing
 * instructions and the XML declaration are passed over; the encoding is taken to be ASCII or UTF-8
 * where it matters. No document type, no CDATA, no entities but the five that XML names, which are
 * left as they stand: a file with the former is refused, since what it means would be made up by
 * itself. Nothing is expanded, copied or fetched: O(1) memory, O(bytes) time. */

#include <stdbool.h>
#include <stddef.h>

#include "models/availability/text.h"

#define ESS_XML_DEPTH_MAX 32

enum ess_xml_kind {
    ESS_XML_OPEN,  /* an element begins: the innermost one */
    ESS_XML_TEXT,  /* text that is not blank, trimmed, within the innermost one */
    ESS_XML_CLOSE, /* the innermost one ends; it is the innermost one until the next call */
    ESS_XML_END,   /* of the file, all being closed */
    ESS_XML_BAD    /* see `found` and `expected` */
};

struct ess_xml {
    const char *at, *end;
    uint32_t line;
    uint32_t depth;                           /* elements open */
    struct ess_text names[ESS_XML_DEPTH_MAX]; /* [depth], the innermost last */
    struct ess_text attributes;               /* OPEN: what stands behind the name */
    struct ess_text text;                     /* TEXT */
    bool closes;                              /* <it/>: its end is the next event */
    bool closed;                              /* the innermost one has ended */
    bool begun;                               /* the root has been seen */
    struct ess_text found;                    /* BAD */
    const char *expected;
};

void ess_xml_init(struct ess_xml *xml, const char *bytes, size_t count);
enum ess_xml_kind ess_xml_next(struct ess_xml *xml);

/* Whether the innermost elements are these: `name` within `parent` (NULL: whatever). */
bool ess_xml_is(const struct ess_xml *xml, const char *parent, const char *name);

/* The value of an attribute of the element that begins; without bytes where it has none. */
struct ess_text ess_xml_attribute(const struct ess_xml *xml, const char *name);

#endif
