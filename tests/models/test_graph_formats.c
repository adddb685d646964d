/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graph files of SNDlib, Rocketfuel and TEAVAR: what is read of small ones, units that are named or
 * not, errors with their lines, files torn anywhere, hostile ones, and all real ones there are. */
#include "ess_test.h"
#include "models/network/graph_reader.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct ess_graph_form megabits_and_ms = {1e6, 1e6};

static bool read_text(const char *text, const struct ess_graph_form *form, struct ess_graph *graph,
    struct ess_file_error *error) {
    return ess_graph_read(text, strlen(text), NULL, form, graph, error);
}

/* Read a file of the fuzz corpus, which the reader of its folder's name is to recognise. */
static char *corpus(const char *folder, const char *name, size_t *count) {
    struct ess_file_error error;
    char path[256], *bytes;
    snprintf(path, sizeof path, "tests/fuzz/corpus/%s/%s", folder, name);
    bytes = ess_file_bytes(path, count, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    return bytes;
}

static void read_corpus(const char *folder, const char *name, const struct ess_graph_form *form,
    struct ess_graph *graph) {
    struct ess_file_error error = {.found = ""};
    size_t count;
    char *bytes = corpus(folder, name, &count);
    if (!ess_graph_read(bytes, count, NULL, form, graph, &error)) {
        ess_test_note("%s/%s:%s: found %s, expected %s", folder, name, error.place, error.found,
            error.expected);
    }
    CU_ASSERT_PTR_NOT_NULL_FATAL(graph->format);
    CU_ASSERT_STRING_EQUAL(graph->format, folder);
    free(bytes);
}

static void sndlib(void) {
    static const char *const formats[][2] = {{"sndlib", "small.txt"}, {"sndlib_xml", "small.xml"}};
    for (size_t i = 0; i < 2; i++) {
        struct ess_graph graph;
        bool several;
        read_corpus(formats[i][0], formats[i][1], NULL, &graph);
        CU_ASSERT_EQUAL_FATAL(graph.node_count, 3);
        CU_ASSERT(graph.nodes[0].placed && graph.nodes[0].longitude == 4.84);
        CU_ASSERT(graph.nodes[1].latitude == 48.86 && !graph.nodes[2].placed);
        CU_ASSERT_EQUAL(ess_graph_find(&graph, "Metz", &several), 2);
        CU_ASSERT_EQUAL_FATAL(graph.edge_count, 2);
        CU_ASSERT(!graph.directed && graph.parallel == 0 && graph.loops == 1 - i);
        CU_ASSERT_EQUAL(graph.edges[0].forward_bits_per_s, i == 0 ? 2480e6 : 2.5e9);
        CU_ASSERT_EQUAL(graph.edges[0].backward_bits_per_s, graph.edges[0].forward_bits_per_s);
        CU_ASSERT(graph.edges[1].from == 1 && graph.edges[1].to == 2);
        CU_ASSERT(graph.edges[1].forward_bits_per_s == 0 && graph.speedless == 1);
        CU_ASSERT(graph.edges[1].forward_delay_ns == -1 && graph.bad_speeds == 0);
        CU_ASSERT(graph.unitless_rates == 0 && !graph.took_rate_unit);
        ess_graph_fini(&graph);
    }
}

/* Without META's unit a capacity has none; coordinates of drawings are no places. */
static void sndlib_without(void) {
    static const char text[] = "?SNDlib native format; type: network; version: 1.0\n"
                               "NODES ( a ( 500 1 ) b ( 1 1 ) )\n"
                               "LINKS ( x ( a b ) 10 0 0 0 ( ) y ( b a ) 30 0 0 0 ( 1 2 3 4 ) )\n";
    struct ess_file_error error = {.found = ""};
    struct ess_graph graph;
    CU_ASSERT_FATAL(read_text(text, NULL, &graph, &error));
    CU_ASSERT(graph.unitless_rates == 2 && graph.speedless == 1 && graph.edge_count == 1);
    CU_ASSERT(graph.unplaced == 2 && graph.bad_places == 2);
    ess_graph_fini(&graph);
    CU_ASSERT_FATAL(read_text(text, &megabits_and_ms, &graph, &error));
    CU_ASSERT(graph.directed && graph.took_rate_unit && graph.unitless_rates == 0);
    CU_ASSERT(graph.edges[0].forward_bits_per_s == 10e6);
    CU_ASSERT(graph.edges[0].backward_bits_per_s == 30e6);
    ess_graph_fini(&graph);
    read_corpus("sndlib_xml", "pixel.xml", NULL, &graph);
    CU_ASSERT(graph.unplaced == 3 && graph.bad_places == 2);
    ess_graph_fini(&graph);
}

static void rocketfuel(void) {
    struct ess_graph graph;
    bool several;
    uint32_t york;
    read_corpus("rocketfuel", "small.intra", &megabits_and_ms, &graph);
    CU_ASSERT_EQUAL_FATAL(graph.node_count, 4);
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].id, "Lyon,+France12");
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].label, "Lyon, France");
    york = ess_graph_find(&graph, "New York, NY", &several);
    CU_ASSERT_EQUAL(york, 2);
    CU_ASSERT_EQUAL_FATAL(graph.edge_count, 3);
    CU_ASSERT(graph.edges[0].forward_delay_ns == 3000000);
    CU_ASSERT(graph.edges[1].forward_delay_ns == 29500000);
    CU_ASSERT(graph.edges[1].backward_delay_ns == 30000000);
    CU_ASSERT(graph.edges[2].backward_delay_ns == 27000000); /* serves both */
    CU_ASSERT(graph.speedless == 3 && graph.unplaced == 4 && graph.took_delay_unit);
    ess_graph_fini(&graph);
    read_corpus("rocketfuel", "small.intra", NULL, &graph);
    CU_ASSERT(graph.unitless_delays == 5 && graph.edges[0].forward_delay_ns == -1);
    ess_graph_fini(&graph);
    read_corpus("rocketfuel_cch", "small.cch", NULL, &graph);
    CU_ASSERT(graph.node_count == 4 && graph.file_edges == 7 && graph.edge_count == 4);
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].label, "Frankfurt, Germany");
    CU_ASSERT_STRING_EQUAL(graph.nodes[3].id, "999");
    CU_ASSERT_STRING_EQUAL(graph.nodes[3].label, "");
    ess_graph_fini(&graph);
}

static void teavar(void) {
    struct ess_graph graph;
    read_corpus("teavar", "small.txt", &megabits_and_ms, &graph);
    CU_ASSERT(graph.node_count == 3 && graph.edge_count == 2 && graph.loops == 1);
    CU_ASSERT(graph.edges[0].forward_bits_per_s == 5e12 && graph.edges[1].merged == 1);
    CU_ASSERT(graph.edges[1].backward_bits_per_s == 2e12 && graph.speedless == 0);
    CU_ASSERT(graph.failure_least == 0 && graph.failure_greatest == 0.01);
    ess_graph_fini(&graph);
    read_corpus("teavar", "three.txt", NULL, &graph);
    CU_ASSERT(graph.unitless_rates == 4 && isnan(graph.failure_least));
    ess_graph_fini(&graph);
    read_corpus("teavar", "negative.txt", NULL, &graph);
    CU_ASSERT(graph.bad_speeds == 2 && graph.unitless_rates == 2);
    ess_graph_fini(&graph);
}

/* ---- bad files --------------------------------------------------------------------------------
 */

static void errors_have_places(void) {
    static const struct {
        const char *folder, *file, *place, *found, *expected;
    } cases[] = {
        {"sndlib", "torn.txt", "27", "the end of the file", "\")\" at the end of the section"},
        {"sndlib", "unknown-end.txt", "17", "\"Mets\"", "the id of a node"},
        {"sndlib", "twice.txt", "12", "\"Lyon\"", "a node that is not there already"},
        {"sndlib", "brackets.txt", "2", "\"(\"", "the id of a node, or \")\""},
        {"sndlib", "meta.txt", "2", "the end of the file", "a line \")\" at the end of META"},
        {"sndlib", "empty.txt", "1", "nothing", "\"?SNDlib native format"},
        {"sndlib_xml", "torn.xml", "14", "<addModu", "a tag that ends"},
        {"sndlib_xml", "entities.xml", "1", "<!DOCTYPE", "no document type and no CDATA"},
        {"sndlib_xml", "deep.xml", "1", "\"a\"", "at most 32 elements within one another"},
        {"sndlib_xml", "crossed.xml", "7", "\"/y\"", "the end of the element that was begun last"},
        {"sndlib_xml", "comment.xml", "1", "<!-- <a> --", "a comment or an instruction that ends"},
        {"sndlib_xml", "attributes.xml", "12", "\"Lyon\"", "the id of a node"},
        {"rocketfuel", "torn.intra", "", "a torn last line", "a whole line"},
        {"rocketfuel", "negative.intra", "3", "\"-1\"", "a delay from 0 to 10 min"},
        {"rocketfuel", "huge.intra", "3", "\"1e+300\"", "a delay from 0 to 10 min"},
        {"rocketfuel", "words.intra", "3", "\"far\"", "a latency, a number"},
        {"rocketfuel", "bytes.intra", "5", "no plain text", "1 to 200 bytes of plain text"},
        {"rocketfuel_cch", "torn.cch", "", "a torn last line", "a whole line"},
        {"rocketfuel_cch", "arrow.cch", "1", "\"=>\"", "\"->\" before the neighbours"},
        {"rocketfuel_cch", "neighbour.cch", "3", "\"<x>\"", "neighbours such as <12>"},
        {"rocketfuel_cch", "long.cch", "1", " ...", "a location such as"},
        {"teavar", "torn.txt", "", "a torn last line", "a whole line"},
        {"teavar", "probability.txt", "4", "\"1.01\"", "a probability from 0 to 1"},
        {"teavar", "header.txt", "1", "node_to", "the header"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ess_file_error error = {.found = ""};
        struct ess_graph graph;
        size_t count;
        char *bytes = corpus(cases[i].folder, cases[i].file, &count);
        bool good = ess_graph_read(bytes, count, cases[i].folder, &megabits_and_ms, &graph, &error);
        bool told = !good && strcmp(error.place, cases[i].place) == 0 &&
                    strstr(error.found, cases[i].found) &&
                    strstr(error.expected, cases[i].expected);
        if (!told) {
            ess_test_note("%s/%s:%s: found %s, expected %s", cases[i].folder, cases[i].file,
                error.place, error.found, error.expected);
        }
        CU_ASSERT(told && !graph.nodes && !graph.edges);
        free(bytes);
    }
    ess_test_note("%zu bad files told", sizeof cases / sizeof *cases);
}

/* Cut anywhere, a file is an error or, at the end of a line, a smaller graph. */
static void torn_anywhere(void) {
    static const char *const files[][2] = {{"sndlib", "small.txt"}, {"sndlib_xml", "small.xml"},
        {"rocketfuel", "small.intra"}, {"rocketfuel_cch", "small.cch"}, {"teavar", "small.txt"}};
    uint32_t good = 0, bad = 0;
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        size_t count;
        char *bytes = corpus(files[i][0], files[i][1], &count);
        for (size_t cut = 0; cut < count; cut++) {
            struct ess_file_error error = {.found = ""};
            struct ess_graph graph;
            bool is_good = ess_graph_read(bytes, cut, files[i][0], NULL, &graph, &error);
            bool by_lines = i >= 2 && cut > 0 && bytes[cut - 1] == '\n';
            /* Sections behind NODES and LINKS may be missing as a whole. */
            CU_ASSERT(!is_good || by_lines || i == 0 || cut + 1 == count);
            CU_ASSERT(is_good || (error.found[0] != '\0' && error.expected[0] != '\0'));
            good += is_good;
            bad += !is_good;
            ess_graph_fini(&graph);
        }
        free(bytes);
    }
    ess_test_note("%u cuts: %u graphs, %u errors", good + bad, good, bad);
}

/* More nodes than are read, each in a line; and a very long one. */
static void too_much(void) {
    size_t room = 32 * (size_t)(ESS_GRAPH_NODES_MAX + 2), length = 0;
    struct ess_file_error error = {.found = ""};
    static const char head[] = "to_node from_node capacity\n";
    char *text = malloc(room);
    struct ess_graph graph;
    CU_ASSERT_FATAL(text != NULL);
    length += (size_t)snprintf(text, room, "to_node from_node capacity prob_failure\n");
    for (int i = 0; i <= ESS_GRAPH_NODES_MAX; i++) {
        length += (size_t)snprintf(text + length, room - length, "0 %d 1 0\n", i);
    }
    CU_ASSERT_FALSE(ess_graph_read(text, length, "teavar", NULL, &graph, &error));
    CU_ASSERT_STRING_EQUAL(error.place, "100002");
    CU_ASSERT_PTR_NOT_NULL(strstr(error.expected, "at most 100000 are read"));
    memset(text, 'x', room);
    text[room - 1] = '\n';
    for (size_t i = 0; head[i] != '\0'; i++) {
        text[i] = head[i]; /* without its end: the text goes on */
    }
    CU_ASSERT_FALSE(ess_graph_read(text, room, "teavar", NULL, &graph, &error));
    CU_ASSERT_STRING_EQUAL(error.place, "2");
    free(text);
    CU_ASSERT_FALSE(ess_graph_read("", 0, NULL, NULL, &graph, &error));
    CU_ASSERT_STRING_EQUAL(error.found, "an empty file");
}

/* ---- real files -------------------------------------------------------------------------------
 */

struct sums {
    uint32_t files, nodes, edges, links, speedless, unplaced, unitless;
};

static void add_file(const char *path, const char *format, struct sums *sums) {
    struct ess_file_error error = {.found = ""};
    struct ess_graph graph;
    size_t count;
    char *bytes = ess_file_bytes(path, &count, &error);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    if (!ess_graph_read(bytes, count, NULL, NULL, &graph, &error)) {
        ess_test_note(
            "%s:%s: found %s, expected %s", path, error.place, error.found, error.expected);
        CU_FAIL("a real file that cannot be read");
        free(bytes);
        return;
    }
    CU_ASSERT_STRING_EQUAL(graph.format, format);
    sums->files++;
    sums->nodes += graph.node_count;
    sums->edges += graph.file_edges;
    sums->links += graph.edge_count;
    sums->speedless += graph.speedless;
    sums->unplaced += graph.unplaced;
    sums->unitless += graph.unitless_rates + graph.unitless_delays;
    ess_graph_fini(&graph);
    free(bytes);
}

/* All files whose path is FOLDER/ANYTHING[/NAME]. */
static void add_folder(
    const char *folder, const char *name, const char *format, struct sums *sums) {
    struct dirent **entries = NULL;
    char whole[512], path[1024];
    int count;
    snprintf(whole, sizeof whole, "%s/network/%s", ess_test_data(), folder);
    count = scandir(whole, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        const char *entry = entries[i]->d_name;
        FILE *file;
        snprintf(path, sizeof path, "%s/%s%s%s", whole, entry, name ? "/" : "", name ? name : "");
        file = entry[0] == '.' ? NULL : fopen(path, "rb");
        if (file) {
            fclose(file);
            add_file(path, format, sums);
        }
        free(entries[i]);
    }
    free(entries);
    ess_test_note(
        "%s: %u files, %u nodes, %u edges, %u links, %u of them without a speed; %u nodes "
        "without a place; %u numbers without a unit",
        format, sums->files, sums->nodes, sums->edges, sums->links, sums->speedless, sums->unplaced,
        sums->unitless);
}

static bool is_data_missing(const char *folder) {
    char path[512];
    DIR *open;
    snprintf(path, sizeof path, "%s/network/%s", ess_test_data() ? ess_test_data() : "", folder);
    open = ess_test_data() ? opendir(path) : NULL;
    if (open) {
        closedir(open);
        return false;
    }
    ess_test_skip("no folder %s: set ESSAIM_DATA", folder);
    return true;
}

/* Sums are those of the copies' descriptions. */
static void real_sndlib(void) {
    struct sums native = {0}, xml = {0};
    if (is_data_missing("sndlib")) {
        return;
    }
    add_folder("sndlib/native", NULL, "sndlib", &native);
    add_folder("sndlib/xml", NULL, "sndlib_xml", &xml);
    CU_ASSERT(native.files > 0 && xml.files > 0);
    if (native.files == 16 && xml.files == 4) {
        CU_ASSERT(native.nodes == 423 && native.edges == 979);
        CU_ASSERT(xml.nodes == 12 + 22 + 50 + 12 && xml.edges == 15 + 36 + 88 + 18);
        CU_ASSERT_EQUAL(native.unplaced, 25 + 39 + 27 + 27 + 54); /* drawings */
    }
}

static void real_rocketfuel(void) {
    struct sums intra = {0}, maps = {0};
    char path[512];
    if (is_data_missing("rocketfuel")) {
        return;
    }
    add_folder("rocketfuel", "latencies.intra", "rocketfuel", &intra);
    CU_ASSERT(intra.files > 0 && intra.unitless == intra.edges);
    if (intra.files == 4) {
        CU_ASSERT(intra.nodes == 108 + 315 + 87 + 79 && intra.edges == 306 + 1944 + 322 + 294);
        CU_ASSERT_EQUAL(2 * intra.links, intra.edges); /* both directions of each */
    }
    snprintf(path, sizeof path, "%s/network/rocketfuel/3257.r0.cch.gz", ess_test_data());
    add_file(path, "rocketfuel_cch", &maps);
    CU_ASSERT(maps.nodes == 248 && maps.edges == 810 && maps.links == 405);
}

static void real_teavar(void) {
    struct sums sums = {0};
    if (is_data_missing("teavar")) {
        return;
    }
    add_folder("teavar", "topology.txt", "teavar", &sums);
    CU_ASSERT(sums.files > 0 && sums.unitless == sums.edges);
    if (sums.files == 4) {
        CU_ASSERT(sums.edges == 38 + 46 + 30 + 112 && sums.nodes == 12 + 17 + 12 + 25);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"SNDlib, both formats", sndlib},
        {"SNDlib without units and places", sndlib_without},
        {"Rocketfuel, both formats", rocketfuel},
        {"TEAVAR", teavar},
        {"errors have places", errors_have_places},
        {"torn anywhere", torn_anywhere},
        {"too much", too_much},
        {"all of SNDlib", real_sndlib},
        {"all of Rocketfuel", real_rocketfuel},
        {"all of TEAVAR", real_teavar},
        {NULL, NULL},
    };
    return ess_test_main("graph formats", tests);
}
