/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SNDlib's XML format. What is taken of it is said in graph_sndlib.h; elements that are not named
 * there are passed over. Coordinates count as given where `coordinatesType` of <nodes> is
 * "geographical" or is not there.
 *
 *     <network><meta><unit>…</unit></meta><networkStructure>
 *       <nodes coordinatesType="geographical"><node id="…"><coordinates><x>…</x><y>…</y>…
 *       <links><link id="…"><source>…</source><target>…</target>
 *         <preInstalledModule><capacity>…</capacity>…
 */
#include <string.h>

#include "models/network/graph_reader.h"
#include "models/network/graph_sndlib.h"
#include "models/network/small_xml.h"

struct parser {
    struct ess_sndlib file;
    struct ess_xml xml;
    uint32_t line; /* where the present node or link begins */
    struct ess_text id, x, y, from, to, capacity;
    bool nodes, links; /* seen */
};

static const struct ess_text nothing = {"", 0};

static bool fail(struct parser *parser, struct ess_text found, const char *expected) {
    return ess_graph_build_fail(&parser->file.builder, parser->xml.line, found, "%s", expected);
}

static bool begin_element(struct parser *parser) {
    struct ess_xml *xml = &parser->xml;
    struct ess_text type;
    if (xml->depth == 1 && !ess_xml_is(xml, NULL, "network")) {
        return fail(parser, xml->names[0], "the element \"network\"");
    }
    parser->nodes |= ess_xml_is(xml, "networkStructure", "nodes");
    parser->links |= ess_xml_is(xml, "networkStructure", "links");
    if (ess_xml_is(xml, "networkStructure", "nodes")) {
        type = ess_xml_attribute(xml, "coordinatesType");
        parser->file.drawing |= type.bytes > 0 && !ess_text_is(type, "geographical");
    }
    if (ess_xml_is(xml, "nodes", "node") || ess_xml_is(xml, "links", "link")) {
        parser->line = xml->line;
        parser->id = ess_xml_attribute(xml, "id");
        parser->x = parser->y = parser->from = parser->to = parser->capacity = nothing;
        return parser->id.bytes > 0 ||
               fail(parser, xml->names[xml->depth - 1], "an attribute \"id\"");
    }
    return true;
}

static bool take_text(struct parser *parser) {
    static const struct {
        const char *parent, *name;
        size_t offset;
    } places[] = {
        {"coordinates", "x", offsetof(struct parser, x)},
        {"coordinates", "y", offsetof(struct parser, y)},
        {"link", "source", offsetof(struct parser, from)},
        {"link", "target", offsetof(struct parser, to)},
        {"preInstalledModule", "capacity", offsetof(struct parser, capacity)},
    };
    const struct ess_xml *xml = &parser->xml;
    if (ess_xml_is(xml, "meta", "unit")) {
        ess_sndlib_unit(&parser->file, xml->text);
    }
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct ess_text *place = (struct ess_text *)(void *)((char *)parser + places[i].offset);
        if (!ess_xml_is(xml, places[i].parent, places[i].name)) {
            continue;
        }
        if (place->bytes > 0) {
            return fail(parser, xml->text, "this element once, its text in one piece");
        }
        *place = xml->text;
    }
    return true;
}

static bool end_element(struct parser *parser) {
    if (ess_xml_is(&parser->xml, "nodes", "node")) {
        return ess_sndlib_node(&parser->file, parser->id, parser->x, parser->y, parser->line);
    }
    if (ess_xml_is(&parser->xml, "links", "link")) {
        return ess_sndlib_link(
            &parser->file, parser->from, parser->to, parser->capacity, parser->line);
    }
    return true;
}

static bool read_file(struct parser *parser) {
    bool ok = true;
    while (ok) {
        switch (ess_xml_next(&parser->xml)) {
        case ESS_XML_OPEN:
            ok = begin_element(parser);
            break;
        case ESS_XML_TEXT:
            ok = take_text(parser);
            break;
        case ESS_XML_CLOSE:
            ok = end_element(parser);
            break;
        case ESS_XML_END:
            if (!parser->nodes || !parser->links) {
                return fail(parser, nothing, "networkStructure with nodes and links");
            }
            return ess_sndlib_end(&parser->file);
        case ESS_XML_BAD:
            return fail(parser, parser->xml.found, parser->xml.expected);
        }
    }
    return false;
}

/* By the root: GraphML has another. */
static int recognise(const char *bytes, size_t count) {
    struct ess_xml xml;
    ess_xml_init(&xml, bytes, count);
    return ess_xml_next(&xml) == ESS_XML_OPEN && ess_xml_is(&xml, NULL, "network") ? 80 : 0;
}

static bool read(const char *bytes, size_t count, const struct ess_graph_form *form,
    struct ess_graph *graph, struct ess_file_error *error) {
    struct parser parser = {.line = 0};
    bool ok;
    ess_sndlib_init(&parser.file, graph, form, error);
    ess_xml_init(&parser.xml, bytes, count);
    parser.x = parser.y = parser.from = parser.to = parser.capacity = nothing;
    ok = read_file(&parser);
    ess_sndlib_fini(&parser.file);
    return ok;
}

const struct ess_graph_reader_type ess_graph_reader_sndlib_xml = {
    .name = "sndlib_xml",
    .summary = "SNDlib's XML format: nodes, coordinates where they are geographical, capacities "
               "that are installed; no delays",
    .source = "Orlowski, Pioro, Tomaszewski, Wessaely, SNDlib 1.0, Networks 55(3), 2010",
    .recognise = recognise,
    .read = read,
};
