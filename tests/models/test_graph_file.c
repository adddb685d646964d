/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Graph files: what is read of small ones, the rules for dirty data, errors with their lines, and
 * the Internet Topology Zoo. */
#include "ess_test.h"
#include "models/network/graph_file.h"
#include "models/network/great_circle.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool read_text(const char *text, struct ess_graph *graph, struct ess_file_error *error) {
    return ess_graph_read(text, strlen(text), NULL, NULL, graph, error);
}

static const char *const gml = "graph [\n"
                               "  node [ id 3 label \"Lyon\" Latitude 45.76 Longitude 4.84 ]\n"
                               "  node [ id 1 label \"Paris\" Latitude 48.86 Longitude 2.35 ]\n"
                               "  node [ id 0 label \"None\" ]\n"
                               "  node [ id 7 label \"None\" Latitude 10 Longitude 500 ]\n"
                               "  edge [ source 3 target 1 LinkSpeedRaw 1e10 ]\n"
                               "  edge [ source 0 target 0 LinkSpeedRaw 5 ]\n"
                               "  edge [ source 1 target 3 LinkSpeedRaw 2.5e9 ]\n"
                               "  edge [ source 1 target 0 LinkSpeedRaw -5 ]\n"
                               "  edge [ source 7 target 0 ]\n"
                               "]\n";

static void rules(void) {
    struct ess_graph graph;
    struct ess_file_error error = {.found = ""};
    bool several;
    CU_ASSERT_FATAL(read_text(gml, &graph, &error));
    CU_ASSERT_EQUAL(graph.node_count, 4);
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].id, "3");
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].label, "Lyon");
    CU_ASSERT(graph.nodes[1].placed && graph.nodes[1].longitude == 2.35);
    CU_ASSERT(!graph.nodes[2].placed && !graph.nodes[3].placed);
    CU_ASSERT(graph.unplaced == 2 && graph.bad_places == 1);
    CU_ASSERT(graph.file_edges == 5 && graph.loops == 1 && graph.parallel == 1);
    CU_ASSERT_EQUAL_FATAL(graph.edge_count, 3);
    CU_ASSERT_EQUAL(graph.edges[0].from + graph.edges[0].to, 1);
    CU_ASSERT(graph.edges[0].forward_bits_per_s == 12.5e9 && graph.edges[0].merged == 2);
    CU_ASSERT_EQUAL(graph.edges[0].backward_bits_per_s, 12.5e9);
    CU_ASSERT(graph.edges[1].forward_bits_per_s == 0 && graph.speedless == 2);
    CU_ASSERT_EQUAL(graph.bad_speeds, 1);
    CU_ASSERT_EQUAL(ess_graph_find(&graph, "Paris", &several), 1);
    CU_ASSERT_EQUAL(ess_graph_find(&graph, "7", &several), 3);
    CU_ASSERT(ess_graph_find(&graph, "None", &several) == UINT32_MAX && several);
    CU_ASSERT(ess_graph_find(&graph, "Lyons", &several) == UINT32_MAX && !several);
    ess_graph_fini(&graph);
}

static void directions_and_units(void) {
    const char *text = "graph [ directed 1 node [ id 1 ] node [ id 2 ] node [ id 3 ]\n"
                       "edge [ source 1 target 2 LinkSpeed \"100\" LinkSpeedUnits \"M\" ]\n"
                       "edge [ source 2 target 1 LinkSpeed \"2\" LinkSpeedUnits \"G\" ]\n"
                       "edge [ source 3 target 2 LinkSpeed \"7\" LinkSpeedUnits \"K\" ] ]";
    struct ess_graph graph;
    struct ess_file_error error = {.found = ""};
    CU_ASSERT_FATAL(read_text(text, &graph, &error));
    CU_ASSERT(graph.directed && graph.edge_count == 2);
    CU_ASSERT_EQUAL(graph.edges[0].forward_bits_per_s, 100e6);
    CU_ASSERT_EQUAL(graph.edges[0].backward_bits_per_s, 2e9);
    CU_ASSERT_EQUAL(graph.edges[1].from, 2);
    CU_ASSERT(graph.edges[1].forward_bits_per_s == 7000);
    CU_ASSERT(graph.edges[1].backward_bits_per_s == 7000); /* one direction serves both */
    ess_graph_fini(&graph);
}

static void graphml(void) {
    const char *text =
        "<?xml version=\"1.0\"?><graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">"
        "<key attr.name=\"label\" attr.type=\"string\" for=\"node\" id=\"d9\"/>"
        "<key attr.name=\"Latitude\" attr.type=\"double\" for=\"node\" id=\"d0\"/>"
        "<key attr.name=\"Longitude\" attr.type=\"double\" for=\"node\" id=\"d1\"/>"
        "<key attr.name=\"LinkSpeedRaw\" attr.type=\"double\" for=\"edge\" id=\"d2\"/>"
        "<graph edgedefault=\"undirected\">"
        "<node id=\"a\"><data key=\"d9\">Lyon</data><data key=\"d0\">45</data>"
        "<data key=\"d1\">5</data></node><node id=\"b\"/>"
        "<edge source=\"a\" target=\"b\"><data key=\"d2\">8e9</data></edge></graph></graphml>";
    struct ess_graph graph;
    struct ess_file_error error = {.found = ""};
    CU_ASSERT_FATAL(read_text(text, &graph, &error));
    CU_ASSERT(graph.node_count == 2 && graph.edge_count == 1 && graph.unplaced == 1);
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].id, "a");
    CU_ASSERT_STRING_EQUAL(graph.nodes[0].label, "Lyon");
    CU_ASSERT_STRING_EQUAL(graph.nodes[1].label, "");
    CU_ASSERT_EQUAL(graph.edges[0].forward_bits_per_s, 8e9);
    ess_graph_fini(&graph);
}

/* Torn at every byte: an error with something to say, or a graph, and never more than that. */
static void torn_files(void) {
    uint32_t refused = 0;
    size_t bytes = strlen(gml);
    for (size_t count = 0; count < bytes; count++) {
        struct ess_graph graph;
        struct ess_file_error error = {.found = ""};
        if (ess_graph_read(gml, count, "gml", NULL, &graph, &error)) {
            ess_graph_fini(&graph);
            continue;
        }
        refused++;
        CU_ASSERT(error.found[0] != '\0' && error.expected[0] != '\0' && !graph.nodes);
    }
    ess_test_note("%u of %zu refused", refused, bytes);
    CU_ASSERT(refused >= bytes - 3); /* without the line break and blanks at the end it is whole */
}

static void errors_have_lines(void) {
    static const struct {
        const char *text, *place, *found;
    } cases[] = {
        {"graph [\n node [ id 0 ]\n node [ id 0 ]\n]", "3", "Duplicate node id"},
        {"graph [\n node [ id 0 ]\n edge [ source 0 target 5 ]\n]", "3", "target"},
        {"graph [\n node [ id 0 ]\n\n edge [ source 0 ]\n]", "4", "target"},
        {"graph [\n node [\n id 0 }\n]", "3", "Parse error"},
        {"<graphml>\n<graph>\n<node id='a'>\n", "", ""},
        {"", "", "an empty file"},
        {"nothing of the kind", "", "bytes that look like none"},
        {"graph [ ]", "", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ess_graph graph;
        struct ess_file_error error = {.found = ""};
        bool ok = read_text(cases[i].text, &graph, &error);
        CU_ASSERT_FALSE(ok);
        if (ok || strstr(error.found, cases[i].found) == NULL ||
            (cases[i].place[0] && strcmp(error.place, cases[i].place) != 0)) {
            ess_test_note("case %zu: [%s] %s", i, error.place, error.found);
            CU_FAIL("another error");
        }
    }
}

/* Deep nesting and many nodes end in an error or a graph, soon. */
static void hostile_files(void) {
    size_t bytes = 4000000;
    char *text = malloc(bytes + 1);
    struct ess_graph graph;
    struct ess_file_error error = {.found = ""};
    size_t length = (size_t)sprintf(text, "graph ");
    while (length + 4 < bytes) {
        length += (size_t)sprintf(text + length, "[ a ");
    }
    CU_ASSERT_FALSE(ess_graph_read(text, length, "gml", NULL, &graph, &error));
    length = (size_t)sprintf(text, "graph [");
    for (int i = 0; i <= ESS_GRAPH_NODES_MAX; i++) {
        length += (size_t)sprintf(text + length, "node [ id %d ]\n", i);
    }
    length += (size_t)sprintf(text + length, "]");
    CU_ASSERT_FALSE(ess_graph_read(text, length, "gml", NULL, &graph, &error));
    CU_ASSERT_STRING_EQUAL(error.found, "100001 nodes, 0 edges");
    free(text);
}

static void great_circles(void) {
    double paris = ess_great_circle_km(48.8566, 2.3522, 40.7128, -74.0060);
    CU_ASSERT(fabs(paris - 5837) < 1);
    CU_ASSERT(llabs(ess_fibre_delay_ns(paris, 1) - 29205000) < 10000);
    CU_ASSERT(fabs(ess_great_circle_km(0, 0, 0, 180) - 20015.1) < 0.1);
    CU_ASSERT(fabs(ess_great_circle_km(-90, 0, 90, 77) - 20015.1) < 0.1);
    CU_ASSERT_EQUAL(ess_great_circle_km(12, 34, 12, 34), 0);
    CU_ASSERT(fabs(ess_great_circle_km(0, 179, 0, -179) - 222.39) < 0.01);
    CU_ASSERT_EQUAL(ess_fibre_delay_ns(0, 5), 0);
    CU_ASSERT_EQUAL(ess_fibre_delay_ns(199.861638667, 1.5), 1500000);
}

/* All of the zoo, with the sums that its description gives. */
static void topology_zoo(void) {
    char folder[512], path[1024];
    uint32_t files = 0, nodes = 0, edges = 0, unplaced = 0, parallel = 0, loops = 0;
    DIR *open;
    if (!ess_test_data()) {
        ess_test_skip("no real data: set ESSAIM_DATA");
        return;
    }
    snprintf(folder, sizeof folder, "%s/network/topology-zoo/gml", ess_test_data());
    open = opendir(folder);
    if (!open) {
        ess_test_skip("no folder %s", folder);
        return;
    }
    for (const struct dirent *entry = readdir(open); entry; entry = readdir(open)) {
        struct ess_file_error error = {.found = ""};
        struct ess_graph graph;
        size_t count;
        char *bytes;
        if (!strstr(entry->d_name, ".gml")) {
            continue;
        }
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        bytes = ess_file_bytes(path, &count, &error);
        CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
        CU_ASSERT_FATAL(ess_graph_read(bytes, count, NULL, NULL, &graph, &error));
        files++;
        nodes += graph.node_count;
        edges += graph.file_edges;
        unplaced += graph.unplaced;
        parallel += graph.parallel;
        loops += graph.loops;
        ess_graph_fini(&graph);
        free(bytes);
    }
    closedir(open);
    ess_test_note("%u files, %u nodes, %u edges, %u parallel, %u nodes without coordinates", files,
        nodes, edges, parallel, unplaced);
    CU_ASSERT(files >= 193 && nodes >= 7659 && edges >= 9896);
    if (files == 193) { /* the copy that the counts in its README are of */
        CU_ASSERT(nodes == 7659 && edges == 9896 && unplaced == 1535);
        CU_ASSERT(parallel == 518 && loops == 0);
    }
}

int main(void) {
    static const struct ess_test tests[] = {
        {"rules for dirty data", rules},
        {"directions and units", directions_and_units},
        {"GraphML", graphml},
        {"torn files", torn_files},
        {"errors have lines", errors_have_lines},
        {"hostile files", hostile_files},
        {"great circles", great_circles},
        {"the Internet Topology Zoo", topology_zoo},
        {NULL, NULL},
    };
    return ess_test_main("graph files", tests);
}
