/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/network/small_xml.h"

#include <string.h>

void ess_xml_init(struct ess_xml *xml, const char *bytes, size_t count) {
    *xml = (struct ess_xml){.at = bytes, .end = bytes + count, .line = 1};
    if (count >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0) {
        xml->at += 3;
    }
}

static bool is_blank(char letter) {
    return letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
}

static void advance_to(struct ess_xml *xml, const char *at) {
    for (; xml->at < at; xml->at++) {
        xml->line += *xml->at == '\n';
    }
}

static enum ess_xml_kind bad(struct ess_xml *xml, struct ess_text found, const char *expected) {
    xml->found = found;
    xml->expected = expected;
    return ESS_XML_BAD;
}

/* What stands here, for a message: to the end of the line, and not too much. */
static struct ess_text rest(const struct ess_xml *xml) {
    struct ess_text text = {xml->at, 0};
    while (text.at + text.bytes < xml->end && text.bytes < 40 && text.at[text.bytes] != '\n') {
        text.bytes++;
    }
    if (text.bytes == 0) {
        return (struct ess_text){"the end of the file", 19};
    }
    return ess_text_trim(text.at, text.bytes);
}

/* Behind the next `mark` at or after `from`, or NULL. */
static const char *behind(const struct ess_xml *xml, const char *from, const char *mark) {
    size_t length = strlen(mark);
    for (; (size_t)(xml->end - from) >= length; from++) {
        from = memchr(from, mark[0], (size_t)(xml->end - from) - length + 1);
        if (!from) {
            return NULL;
        }
        if (memcmp(from, mark, length) == 0) {
            return from + length;
        }
    }
    return NULL;
}

static bool begins(const struct ess_xml *xml, const char *mark) {
    size_t length = strlen(mark);
    return (size_t)(xml->end - xml->at) >= length && memcmp(xml->at, mark, length) == 0;
}

static bool same(struct ess_text text, const char *name) {
    return strlen(name) == (size_t)text.bytes && memcmp(text.at, name, (size_t)text.bytes) == 0;
}

static bool is_name(struct ess_text name) {
    for (int64_t i = 0; i < name.bytes; i++) {
        char letter = name.at[i];
        bool good = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                    letter == '_' || letter == ':' ||
                    (i > 0 && ((letter >= '0' && letter <= '9') || letter == '-' || letter == '.'));
        if (!good) {
            return false;
        }
    }
    return name.bytes > 0;
}

/* ---- tags -------------------------------------------------------------------------------------
 */

/* The bracket that ends the tag; those within quotes do not. */
static const char *end_of_tag(const struct ess_xml *xml) {
    char quote = '\0';
    for (const char *at = xml->at; at < xml->end; at++) {
        if (quote != '\0') {
            quote = *at == quote ? '\0' : quote;
        } else if (*at == '"' || *at == '\'') {
            quote = *at;
        } else if (*at == '>') {
            return at;
        }
    }
    return NULL;
}

static enum ess_xml_kind close_tag(struct ess_xml *xml, struct ess_text inside, const char *end) {
    struct ess_text name = ess_text_trim(inside.at + 1, inside.bytes - 1);
    const struct ess_text *open = xml->depth > 0 ? &xml->names[xml->depth - 1] : NULL;
    if (!open || name.bytes != open->bytes || memcmp(name.at, open->at, (size_t)name.bytes) != 0) {
        return bad(xml, inside, "the end of the element that was begun last");
    }
    advance_to(xml, end + 1);
    xml->closed = true;
    return ESS_XML_CLOSE;
}

static enum ess_xml_kind open_tag(struct ess_xml *xml, struct ess_text inside, const char *end) {
    struct ess_text name = {inside.at, 0};
    if (xml->depth == ESS_XML_DEPTH_MAX) {
        return bad(xml, inside, "at most 32 elements within one another");
    }
    if (xml->depth == 0 && xml->begun) {
        return bad(xml, inside, "one element that holds all others");
    }
    xml->closes = inside.bytes > 0 && inside.at[inside.bytes - 1] == '/';
    inside.bytes -= xml->closes;
    while (name.bytes < inside.bytes && !is_blank(name.at[name.bytes])) {
        name.bytes++;
    }
    if (!is_name(name)) {
        return bad(xml, inside, "the name of an element");
    }
    xml->names[xml->depth++] = name;
    xml->attributes = (struct ess_text){name.at + name.bytes, inside.bytes - name.bytes};
    xml->begun = true;
    advance_to(xml, end + 1);
    return ESS_XML_OPEN;
}

static enum ess_xml_kind take_tag(struct ess_xml *xml) {
    const char *end = end_of_tag(xml);
    struct ess_text inside;
    if (begins(xml, "<!")) {
        return bad(xml, rest(xml), "no document type and no CDATA");
    }
    if (!end) {
        return bad(xml, rest(xml), "a tag that ends");
    }
    inside = (struct ess_text){xml->at + 1, end - xml->at - 1};
    if (inside.bytes > 0 && inside.at[0] == '/') {
        return close_tag(xml, inside, end);
    }
    return open_tag(xml, inside, end);
}

/* Pass over what means nothing. False where it does not end. */
static bool pass_over(struct ess_xml *xml) {
    for (;;) {
        bool comment = begins(xml, "<!--");
        const char *end;
        if (!comment && !begins(xml, "<?")) {
            return true;
        }
        end = behind(xml, xml->at + (comment ? 4 : 2), comment ? "-->" : "?>");
        if (!end) {
            return false;
        }
        advance_to(xml, end);
        while (xml->at < xml->end && is_blank(*xml->at)) {
            advance_to(xml, xml->at + 1);
        }
    }
}

static enum ess_xml_kind take_text(struct ess_xml *xml) {
    const char *end = memchr(xml->at, '<', (size_t)(xml->end - xml->at));
    if (xml->depth == 0 || !end) {
        return bad(xml, rest(xml), xml->depth == 0 ? "an element" : "the end of the element");
    }
    xml->text = (struct ess_text){xml->at, end - xml->at};
    while (xml->text.bytes > 0 && is_blank(xml->text.at[xml->text.bytes - 1])) {
        xml->text.bytes--;
    }
    advance_to(xml, end);
    return ESS_XML_TEXT;
}

enum ess_xml_kind ess_xml_next(struct ess_xml *xml) {
    if (xml->closed) {
        xml->closed = false;
        xml->depth--;
    }
    if (xml->closes) {
        xml->closes = false;
        xml->closed = true;
        return ESS_XML_CLOSE;
    }
    while (xml->at < xml->end && is_blank(*xml->at)) {
        advance_to(xml, xml->at + 1);
    }
    if (!pass_over(xml)) {
        return bad(xml, rest(xml), "a comment or an instruction that ends");
    }
    if (xml->at == xml->end) {
        return xml->depth == 0 && xml->begun
                   ? ESS_XML_END
                   : bad(xml, rest(xml), xml->begun ? "the end of all elements" : "an element");
    }
    return *xml->at == '<' ? take_tag(xml) : take_text(xml);
}

bool ess_xml_is(const struct ess_xml *xml, const char *parent, const char *name) {
    return xml->depth > 0 && same(xml->names[xml->depth - 1], name) &&
           (!parent || (xml->depth > 1 && same(xml->names[xml->depth - 2], parent)));
}

struct ess_text ess_xml_attribute(const struct ess_xml *xml, const char *name) {
    struct ess_text left = xml->attributes;
    for (;;) {
        struct ess_text key, value;
        const char *equals = memchr(left.at, '=', (size_t)left.bytes), *quote;
        if (!equals) {
            return (struct ess_text){"", 0};
        }
        key = ess_text_trim(left.at, equals - left.at);
        left = (struct ess_text){equals + 1, left.at + left.bytes - equals - 1};
        while (left.bytes > 0 && is_blank(left.at[0])) {
            left.at++;
            left.bytes--;
        }
        if (left.bytes == 0 || (left.at[0] != '"' && left.at[0] != '\'')) {
            return (struct ess_text){"", 0};
        }
        quote = memchr(left.at + 1, left.at[0], (size_t)left.bytes - 1);
        if (!quote) {
            return (struct ess_text){"", 0};
        }
        value = (struct ess_text){left.at + 1, quote - left.at - 1};
        left = (struct ess_text){quote + 1, left.at + left.bytes - quote - 1};
        while (key.bytes > 0 && is_blank(key.at[0])) { /* trimming leaves line ends */
            key.at++;
            key.bytes--;
        }
        if (same(key, name)) {
            return value;
        }
    }
}
