/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a scenario may say of its WAN and its sites' networks: templates, matrices, graphs, fat
 * trees, and everything that is wrong with them. */
#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/network/topology.h"
#include "tests/scenario/scenario_text.h"

#define HOSTS                                                                                      \
    "\"hosts\": [{\"count\": 2, \"gpu\": \"RTX 4090\", \"up\": \"40 Mbit/s\", \"down\": "          \
    "\"300 Mbit/s\"}]"
#define SITE(name) "{\"name\": \"" name "\", " HOSTS "}"
#define FOUR SITE("a") ", " SITE("b") ", " SITE("c") ", " SITE("d")
#define LINK_OF_WELL                                                                               \
    "\"links\": [\n    {\"from\": \"lyon\", \"to\": \"montreal\", \"rate\": \"1 Gbit/s\", "        \
    "\"delay\": \"45 ms\"}\n  ]"

/* A whole scenario of these sites and this WAN; the caller frees it. */
static char *whole(const char *sites, const char *wan) {
    size_t bytes = strlen(sites) + strlen(wan) + 400;
    char *text = malloc(bytes);
    snprintf(text, bytes,
        "{\"name\": \"wan\", \"duration\": \"1 h\", \"sites\": [%s], \"wan\": {%s}, \"services\": "
        "[{\"kind\": \"training\", \"parameters\": 100e6, \"tokens_per_step\": 4096}]}",
        sites, wan);
    return text;
}

/* ---- files for the tests ----------------------------------------------------------------------
 */

static char folder[64];

static const char *path_of(const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text) {
    FILE *file = fopen(path_of(name), "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs(text, file);
    fclose(file);
}

/* The scenario in a file of the folder, NULL with `*messages` (the caller's) where it is refused.
 */
static struct ess_scenario *load(const char *sites, const char *wan, char **messages) {
    struct ess_diagnostics diagnostics;
    struct ess_scenario_document *document;
    struct ess_scenario *scenario = NULL;
    struct ess_scenario_options options = {.data_folder = ess_test_data()};
    char *text = whole(sites, wan);
    write_file("s.json", text);
    free(text);
    ess_diagnostics_init(&diagnostics);
    if (ess_scenario_load(path_of("s.json"), &options, &document, &diagnostics) == ESS_SCENARIO_OK)
        scenario = ess_scenario_variant(document, 0, &diagnostics);
    *messages = messages_of(&diagnostics);
    ess_scenario_document_free(document);
    ess_diagnostics_fini(&diagnostics);
    return scenario;
}

static struct ess_scenario *load_well(const char *sites, const char *wan) {
    char *messages;
    struct ess_scenario *scenario = load(sites, wan, &messages);
    if (scenario == NULL)
        ess_test_note("%s", messages);
    free(messages);
    return scenario;
}

struct bad_file {
    const char *sites, *wan;
    const char *message; /* all messages, with FOLDER for the folder */
};

static void check_bad_files(const struct bad_file *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char *messages, *shown, *at;
        struct ess_scenario *scenario = load(cases[i].sites, cases[i].wan, &messages);
        CU_ASSERT_PTR_NULL(scenario);
        ess_scenario_free(scenario);
        shown = calloc(1, strlen(messages) + 1);
        for (const char *rest = messages; *rest != '\0';) {
            at = strstr(rest, folder);
            size_t length = at == NULL ? strlen(rest) : (size_t)(at - rest);
            memcpy(shown + strlen(shown), rest, length);
            rest += length;
            if (at != NULL) {
                strcat(shown, "FOLDER");
                rest += strlen(folder);
            }
        }
        CU_ASSERT_STRING_EQUAL(shown, cases[i].message);
        if (strcmp(shown, cases[i].message) != 0)
            ess_test_note("case %zu\nexpected %sfound    %s", i, cases[i].message, shown);
        free(shown);
        free(messages);
    }
    ess_test_note("%zu refused with exact messages", count);
}

/* ---- templates --------------------------------------------------------------------------------
 */

/* Whether there is a link between the two, whichever way about. */
static const struct ess_scenario_wan_link *link_between(
    const struct ess_scenario *scenario, uint32_t a, uint32_t b) {
    for (size_t i = 0; i < scenario->wan.all_link_count; i++) {
        const struct ess_scenario_wan_link *link = &scenario->wan.all_links[i];
        if ((link->from_site == a && link->to_site == b) ||
            (link->from_site == b && link->to_site == a))
            return link;
    }
    return NULL;
}

static void templates(void) {
    static const struct {
        const char *shape, *more;
        uint32_t links;
        const char *joined; /* pairs of sites */
    } cases[] = {
        {"full_mesh", "", 6, "01 02 03 12 13 23"},
        {"star", "", 3, "01 02 03"},
        {"star", ", \"centre\": \"c\"", 3, "02 12 23"},
        {"ring", "", 4, "01 12 23 03"},
        {"line", "", 3, "01 12 23"},
        {"line", ", \"sites\": [\"d\", \"a\", \"c\", \"b\"]", 3, "03 02 12"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char wan[256];
        snprintf(wan, sizeof wan,
            "\"templates\": [{\"shape\": \"%s\", \"rate\": \"1 Gbit/s\", \"delay\": \"3 ms\"%s}]",
            cases[i].shape, cases[i].more);
        char *text = whole(FOUR, wan);
        struct ess_scenario *scenario = scenario_of(text, 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
        CU_ASSERT_EQUAL(scenario->wan.all_link_count, cases[i].links);
        for (const char *pair = cases[i].joined; *pair != '\0'; pair += pair[2] ? 3 : 2) {
            const struct ess_scenario_wan_link *link =
                link_between(scenario, (uint32_t)(pair[0] - '0'), (uint32_t)(pair[1] - '0'));
            CU_ASSERT_PTR_NOT_NULL_FATAL(link);
            CU_ASSERT(link->rate_backward_bytes_per_s == 125e6 && link->delay_ns == 3000000);
        }
        ess_scenario_free(scenario);
        free(text);
    }
}

static void templates_that_are_wrong(void) {
    static const struct refusal refusals[] = {
        {LINK_OF_WELL,
            "\"templates\": [{\"shape\": \"mesh\", \"rate\": \"1 Gbit/s\", \"delay\": \"1 ms\"}]",
            "s.json:/wan/templates/0/shape: expected \"full_mesh\", \"star\", \"ring\" or "
            "\"line\", found \"mesh\"\n"},
        {LINK_OF_WELL,
            "\"templates\": [{\"shape\": \"ring\", \"rate\": \"1 Gbit/s\", \"delay\": \"1 ms\"}]",
            "s.json:/wan/templates/0: expected at least 3 sites for this shape, found 2 sites\n"},
        {LINK_OF_WELL,
            "\"templates\": [{\"shape\": \"line\", \"sites\": [\"lyon\", \"montreel\"], \"rate\": "
            "\"1 Gbit/s\", \"delay\": \"1 ms\"}]",
            "s.json:/wan/templates/0/sites/1: expected the name of a site, found \"montreel\"; did "
            "you mean \"montreal\"?\n"},
        {LINK_OF_WELL,
            "\"templates\": [{\"shape\": \"line\", \"sites\": [\"lyon\", \"lyon\"], \"rate\": \"1 "
            "Gbit/s\", \"delay\": \"1 ms\"}]",
            "s.json:/wan/templates/0/sites/1: expected a site that the list does not have yet, "
            "found \"lyon\" again\n"},
        {LINK_OF_WELL,
            "\"templates\": [{\"shape\": \"line\", \"centre\": \"lyon\", \"rate\": \"1 Gbit/s\", "
            "\"delay\": \"1 ms\"}]",
            "s.json:/wan/templates/0/centre: expected no centre: a star alone has one, found "
            "\"lyon\"\n"},
        {LINK_OF_WELL,
            LINK_OF_WELL ", \"templates\": [{\"shape\": \"line\", \"rate\": \"1 Gbit/s\", "
                         "\"delay\": \"1 ms\"}]",
            "s.json:/wan/templates/0: expected one link between two sites, found another between "
            "\"lyon\" and \"montreal\"\n"},
        {LINK_OF_WELL,
            "\"templates\": [{\"shape\": \"line\", \"rate\": \"0 bit/s\", \"delay\": \"-1 ms\"}]",
            "s.json:/wan/templates/0/rate: expected a rate from 1 bit/s to 10 Tbit/s, found \"0 "
            "bit/s\"\n"
            "s.json:/wan/templates/0/delay: expected a time from 0 to 10 min, found \"-1 ms\"\n"},
        {LINK_OF_WELL, LINK_OF_WELL ", \"routes\": \"shortest\"",
            "s.json:/wan/routes: expected \"lowest_delay\", \"widest\", \"direct\" or \"auto\", "
            "found \"shortest\"\n"},
        {LINK_OF_WELL,
            "\"matrix\": {\"delay\": \"x.csv\", \"delay_unit\": \"ms\", "
            "\"default_rate\": \"1 Gbit/s\"}",
            "s.json:/wan/matrix/delay: expected no file named outside of a scenario file, found "
            "the file \"x.csv\"\n"},
    };
    CU_ASSERT_TRUE(check_refusals(refusals, sizeof refusals / sizeof refusals[0]));
}

static void sites_that_are_wrong(void) {
    static const struct refusal refusals[] = {
        {"\"name\": \"lyon\",", "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\"},",
            "s.json:/sites/0/network: expected either \"k\", or \"children\" and \"parents\", "
            "found neither in full\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\", \"k\": 4},",
            "s.json:/sites/0/network: expected the key \"rate\" (such as \"100 Gbit/s\"), since "
            "the template is \"fat_tree\", found no such key\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\", \"k\": 5, \"rate\": "
            "\"1 Gbit/s\"},",
            "s.json:/sites/0/network: expected an even one, found an odd k\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\", \"children\": [1], "
            "\"parents\": [1], \"rate\": \"1 Gbit/s\"},",
            "s.json:/sites/0/network: expected a fat tree with room for the site's 2, found room "
            "for 1 hosts\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\", \"children\": [2, 0.5], "
            "\"parents\": [2, 2], \"rate\": \"1 Gbit/s\"},",
            "s.json:/sites/0/network/children/1: expected a whole number, found 0.5\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\", \"children\": [2, 2], "
            "\"parents\": [2, 2], \"rate\": \"1 Gbit/s\"},",
            "s.json:/sites/0/network: expected \"parents\" that begin with 1: a host has one "
            "access link, found hosts with several parents\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"fat_tree\", \"children\": [1000, "
            "1000, 1000], \"parents\": [1, 2, 2], \"rate\": \"1 Gbit/s\"},",
            "s.json:/sites/0/network: expected a fat tree of at most 1048576 hosts and 16777216 "
            "cables, found a larger tree\n"},
        {"\"name\": \"lyon\",",
            "\"name\": \"lyon\", \"network\": {\"template\": \"switch\", \"k\": 4},",
            "s.json:/sites/0/network: expected none of them with a switch, found keys of a fat "
            "tree\n"},
    };
    CU_ASSERT_TRUE(check_refusals(refusals, sizeof refusals / sizeof refusals[0]));
}

/* ---- matrices ---------------------------------------------------------------------------------
 */

static void matrices(void) {
    struct ess_scenario *scenario;
    write_file("delay.csv", "x,a,b,Cee,other\na,,10,20,1\nb,14,,,1\nCee,30,,,\n");
    write_file("rate.csv", "x,a,b,Cee\na,,100,200\nb,300,,\nCee,,,\n");
    scenario = load_well(SITE("a") ", " SITE("b") ", {\"name\": \"c\", \"node\": \"Cee\", " HOSTS
                                                  "}",
        "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": \"ms\", \"rate\": \"rate.csv\", "
        "\"rate_unit\": \"Mbit/s\"}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->wan.all_link_count, 2); /* b and c have neither direction */
    const struct ess_scenario_wan_link *ab = link_between(scenario, 0, 1);
    const struct ess_scenario_wan_link *ac = link_between(scenario, 0, 2);
    CU_ASSERT(ab->delay_ns == 5000000 && ab->delay_backward_ns == 7000000);
    CU_ASSERT(ab->rate_forward_bytes_per_s == 12.5e6 && ab->rate_backward_bytes_per_s == 37.5e6);
    CU_ASSERT(ac->delay_ns == 10000000 && ac->delay_backward_ns == 15000000);
    CU_ASSERT(ac->rate_forward_bytes_per_s == 25e6 && ac->rate_backward_bytes_per_s == 25e6);
    CU_ASSERT_EQUAL(scenario->wan.routes, ESS_WAN_DIRECT);
    CU_ASSERT_PTR_NULL(scenario->wan.caps_bytes_per_s);
    ess_scenario_free(scenario);
}

static void matrices_of_caps_and_pairs(void) {
    struct ess_scenario *scenario;
    write_file("both.csv", "from,to,ms,MB\na,b,10,3\nb,a,12,4\n");
    scenario = load_well(SITE("a") ", " SITE("b"),
        "\"matrix\": {\"delay\": \"both.csv\", \"delay_unit\": \"ms\", \"delay_is\": \"one_way\", "
        "\"rate\": \"both.csv\", \"rate_unit\": \"MB/s\", \"rates_are\": \"host_caps\", "
        "\"columns\": [\"from\", \"to\", \"ms\", \"MB\"]}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    const struct ess_scenario_wan_link *ab = link_between(scenario, 0, 1);
    CU_ASSERT(ab->delay_ns == 10000000 && ab->delay_backward_ns == 12000000);
    CU_ASSERT_EQUAL(ab->rate_forward_bytes_per_s, ESS_TOPOLOGY_UNLIMITED_BYTES_PER_S);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario->wan.caps_bytes_per_s);
    CU_ASSERT_EQUAL(scenario->wan.caps_bytes_per_s[1], 3e6);
    CU_ASSERT_EQUAL(scenario->wan.caps_bytes_per_s[2], 4e6);
    ess_scenario_free(scenario);
}

static void matrices_that_are_wrong(void) {
    static const struct bad_file cases[] = {
        {SITE("a") ", " SITE("b"),
            "\"matrix\": {\"delay\": \"delay.csv\", \"default_rate\": \"1 Gbit/s\"}",
            "FOLDER/s.json:/wan/matrix: expected the key \"delay_unit\": in which unit the file's "
            "numbers are, such as \"ms\", found no such key\n"},
        {SITE("a") ", " SITE("b"),
            "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": \"msec\", \"default_rate\": "
            "\"1 Gbit/s\"}",
            "FOLDER/s.json:/wan/matrix/delay_unit: expected a unit of time, such as \"ms\", found "
            "\"msec\"; did you mean \"ms\"?\n"},
        {SITE("a") ", " SITE("b"), "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": \"ms\"}",
            "FOLDER/s.json:/wan/matrix: expected \"delay\" and \"rate\", or one of them with the "
            "default of the other, found too little\n"},
        {SITE("a") ", " SITE("b"),
            "\"matrix\": {\"delay\": \"no.csv\", \"delay_unit\": \"ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/s.json:/wan/matrix/delay: expected a file, found No such file or directory at "
            "\"FOLDER/no.csv\"\n"},
        {SITE("a") ", " SITE("b"),
            "\"matrix\": {\"delay\": \"torn.csv\", \"delay_unit\": \"ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/torn.csv:2:4: expected a finite number, or nothing, found \"1e999\"\n"},
        {SITE("a") ", " SITE("b"),
            "\"matrix\": {\"rate\": \"zero.csv\", \"rate_unit\": \"Mbit/s\", \"default_delay\": "
            "\"1 ms\"}",
            "FOLDER/zero.csv:2:4: expected a number above 0, found \"0\"\n"},
        {SITE("a") ", " SITE("Cea"),
            "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": \"ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/s.json:/sites/1/name: expected a name in \"FOLDER/delay.csv\", or a link to "
            "it, found \"Cea\"; did you mean \"Cee\"?\n"},
        {SITE("b") ", " SITE("Cee"),
            "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": \"ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/s.json:/wan/matrix: expected links by which every site reaches every other, "
            "found 2 parts that no link joins: {b}, {Cee}\n"},
        {SITE("a") ", " SITE("Cee"),
            "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": "
            "\"d\", \"default_rate\": \"1 Gbit/s\"}",
            "FOLDER/s.json:/wan/matrix/delay: expected a delay of at most 10 min one way, found "
            "10 d from \"a\" to \"Cee\"\n"
            "FOLDER/s.json:/wan/matrix/delay: expected a delay of at most 10 min one way, found "
            "15 d from \"Cee\" to \"a\"\n"},
        {SITE("a") ", " SITE("b"),
            "\"matrix\": {\"rate\": \"half.csv\", \"rate_unit\": \"Mbit/s\", \"delay\": "
            "\"delay.csv\", \"delay_unit\": \"ms\"}",
            "FOLDER/s.json:/wan/matrix/rate: expected a rate too, or the key \"default_rate\", "
            "found a delay alone from \"a\" to \"b\"\n"
            "FOLDER/s.json:/wan/matrix/rate: expected a rate too, or the key \"default_rate\", "
            "found a delay alone from \"b\" to \"a\"\n"},
    };
    static const char *const columns[] = {"[]", "[1, 2, 3]", "[\"x\", null, \"a\"]",
        "[\"x\", \"a\", \"b\", \"Cee\"]", "3", "[\"no\", \"such\", \"names\"]"};
    for (size_t i = 0; i < sizeof columns / sizeof *columns;
         i++) { /* refused, whatever the words */
        char wan[300], *messages;
        snprintf(wan, sizeof wan,
            "\"matrix\": {\"delay\": \"delay.csv\", \"delay_unit\": \"ms\", "
            "\"default_rate\": \"1 Gbit/s\", \"columns\": %s}",
            columns[i]);
        CU_ASSERT_PTR_NULL(load(SITE("a") ", " SITE("b"), wan, &messages));
        CU_ASSERT_PTR_NOT_NULL(strstr(messages, i == 5 ? "no column" : "/wan/matrix/columns"));
        free(messages);
    }
    write_file("torn.csv", "x,a,b\na,,1e999\n");
    write_file("zero.csv", "x,a,b\na,,0\n");
    write_file("half.csv", "x,a,b\nb,,\n");
    check_bad_files(cases, sizeof cases / sizeof *cases);
}

/* ---- graphs -----------------------------------------------------------------------------------
 */

static void graphs(void) {
    struct ess_scenario *scenario;
    write_file("net.gml", "graph [\n"
                          "node [ id 0 label \"Lyon\" Latitude 0 Longitude 0 ]\n"
                          "node [ id 1 label \"Hub\" Latitude 0 Longitude 1 ]\n"
                          "node [ id 2 label \"Paris\" Latitude 0 Longitude 2 ]\n"
                          "node [ id 3 label \"Far\" ]\n"
                          "node [ id 4 label \"Alone\" ]\n"
                          "edge [ source 0 target 1 LinkSpeedRaw 8e9 ]\n"
                          "edge [ source 1 target 2 ]\n"
                          "edge [ source 2 target 3 LinkSpeedRaw 4e9 ]\n]\n");
    scenario = load_well(SITE("Lyon") ", {\"name\": \"capital\", \"node\": \"2\", " HOSTS
                                      "}, " SITE("Far"),
        "\"graph\": {\"file\": \"net.gml\", \"delay_factor\": 1.5, \"default_delay\": \"9 ms\", "
        "\"default_rate\": \"1 Gbit/s\"}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->wan.node_count, 5); /* three sites, Hub and Alone */
    CU_ASSERT_EQUAL(scenario->wan.all_link_count, 3);
    const struct ess_scenario_wan_link *hub = link_between(scenario, 0, 3);
    CU_ASSERT_PTR_NOT_NULL_FATAL(hub);
    CU_ASSERT_EQUAL(hub->rate_forward_bytes_per_s, 1e9);
    /* One degree is 111.195 km: 0.5564 ms of light in glass. */
    CU_ASSERT(fabs((double)hub->delay_ns - 1.5 * 556360) < 100);
    CU_ASSERT_EQUAL(link_between(scenario, 3, 1)->rate_forward_bytes_per_s, 125e6);
    CU_ASSERT_EQUAL(link_between(scenario, 1, 2)->delay_ns, 9000000);
    CU_ASSERT_EQUAL(scenario->wan.routes, ESS_WAN_LOWEST_DELAY);
    ess_scenario_free(scenario);
}

static void graphs_that_are_wrong(void) {
    static const struct bad_file cases[] = {
        {SITE("Lyon") ", " SITE("Pariss"),
            "\"graph\": {\"file\": \"net.gml\", \"default_delay\": \"9 ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/s.json:/sites/1/name: expected a name in \"FOLDER/net.gml\", or a link to it, "
            "found \"Pariss\"; did you mean \"Paris\"?\n"},
        {SITE("Lyon") ", " SITE("Alone"),
            "\"graph\": {\"file\": \"net.gml\", \"default_delay\": \"9 ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/s.json:/wan/graph: expected links by which every site reaches every other, "
            "found 2 parts that no link joins: {Lyon}, {Alone}\n"},
        {SITE("Lyon") ", " SITE("Paris"), "\"graph\": {\"file\": \"net.gml\"}",
            "FOLDER/s.json:/wan/graph: expected the key \"default_rate\" (such as \"10 Gbit/s\"), "
            "found 1 link without a speed, the first between node 1 \"Hub\" and 2 \"Paris\"\n"
            "FOLDER/s.json:/wan/graph: expected the key \"default_delay\" (such as \"2 ms\"), "
            "found 1 link with neither a delay nor coordinates at both ends, the first between "
            "node 2 \"Paris\" "
            "and 3 \"Far\"\n"},
        {SITE("Lyon") ", {\"name\": \"x\", \"node\": \"Lyon\", " HOSTS "}",
            "\"graph\": {\"file\": \"net.gml\", \"default_delay\": \"9 ms\", \"default_rate\": \"1 "
            "Gbit/s\"}",
            "FOLDER/s.json:/sites/1/node: expected a node where \"Lyon\" does not stand already, "
            "found \"Lyon\"\n"},
        {SITE("Lyon") ", " SITE("twin"),
            "\"graph\": {\"file\": \"twins.gml\", \"default_delay\": \"9 ms\", \"default_rate\": "
            "\"1 Gbit/s\"}",
            "FOLDER/s.json:/sites/1/name: expected the id of one of them as \"node\", found "
            "\"twin\", the label of several nodes\n"},
        {SITE("Lyon") ", " SITE("Paris"), "\"graph\": {\"file\": \"torn.gml\"}",
            "FOLDER/torn.gml:3: expected well-formed GML, found Parse error in GML file, line 3 "
            "(syntax error, unexpected end of file, expecting keyword or ])\n"},
        {SITE("Lyon") ", " SITE("Paris"),
            "\"graph\": {\"file\": \"wide.gml\", \"default_delay\": \"1 ms\"}",
            "FOLDER/s.json:/wan/graph/file: expected links from 1 bit/s to 10 Tbit/s, found a link "
            "of 1e+18 Tbit/s between node 0 \"Lyon\" and 1 \"Paris\"\n"},
    };
    write_file("torn.gml", "graph [\nnode [ id 0 ]\n");
    write_file("twins.gml", "graph [ node [ id 0 label \"Lyon\" ] node [ id 1 label \"twin\" ] "
                            "node [ id 2 label \"twin\" ] ]");
    write_file("wide.gml", "graph [ node [ id 0 label \"Lyon\" ] node [ id 1 label \"Paris\" ] "
                           "edge [ source 0 target 1 LinkSpeedRaw 1e30 ] ]");
    check_bad_files(cases, sizeof cases / sizeof *cases);
}

/* Formats whose files say no unit: the scenario does. Delays of their own go before computed ones.
 */
static void graphs_with_units(void) {
    static const char *const sites = "{\"name\": \"a\", \"node\": \"Lyon, France\", " HOSTS
                                     "}, {\"name\": \"b\", \"node\": \"York1\", " HOSTS "}";
    struct ess_scenario *scenario;
    write_file("isp.intra", "Lyon,+France2 York1 7.5\nYork1 Lyon,+France2 8\n");
    write_file("wan.txt", "to_node from_node capacity prob_failure\n1 2 80 .1\n2 1 40 .1\n");
    scenario = load_well(sites, "\"graph\": {\"file\": \"isp.intra\", \"delay_unit\": \"ms\", "
                                "\"default_rate\": \"1 Gbit/s\"}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->wan.all_links[0].delay_ns, 7500000);
    CU_ASSERT_EQUAL(scenario->wan.all_links[0].delay_backward_ns, 8000000);
    CU_ASSERT_EQUAL(scenario->wan.all_links[0].rate_forward_bytes_per_s, 125e6);
    ess_scenario_free(scenario);
    scenario = load_well(SITE("1") ", " SITE("2"),
        "\"graph\": {\"file\": \"wan.txt\", \"rate_unit\": \"Mbit/s\", \"format\": \"teavar\", "
        "\"default_delay\": \"3 ms\"}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->wan.all_links[0].rate_forward_bytes_per_s, 10e6); /* from 2 to 1 */
    CU_ASSERT_EQUAL(scenario->wan.all_links[0].rate_backward_bytes_per_s, 5e6);
    CU_ASSERT_EQUAL(scenario->wan.all_links[0].delay_ns, 3000000);
    ess_scenario_free(scenario);
    scenario = load_well(SITE("Lyon") ", " SITE("Paris"),
        "\"graph\": {\"file\": \"net.gml\", \"coordinates\": \"ignore\", \"default_delay\": "
        "\"9 ms\", \"default_rate\": \"1 Gbit/s\"}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    for (size_t i = 0; i < scenario->wan.all_link_count; i++)
        CU_ASSERT_EQUAL(scenario->wan.all_links[i].delay_ns, 9000000);
    ess_scenario_free(scenario);
}

static void units_that_are_wrong(void) {
    static const struct bad_file cases[] = {
        {SITE("1") ", " SITE("2"), "\"graph\": {\"file\": \"wan.txt\"}",
            "FOLDER/s.json:/wan/graph: expected the key \"rate_unit\" (such as \"Mbit/s\"), found "
            "2 "
            "capacities in a unit that the file does not say\n"},
        {SITE("Lyon, France") ", " SITE("York1"), "\"graph\": {\"file\": \"isp.intra\"}",
            "FOLDER/s.json:/wan/graph: expected the key \"delay_unit\" (such as \"ms\"), found 2 "
            "delays in a unit that the file does not say\n"},
        {SITE("1") ", " SITE("2"),
            "\"graph\": {\"file\": \"wan.txt\", \"rate_unit\": \"Mbit/s\", \"delay_unit\": "
            "\"ms\", \"default_delay\": \"3 ms\"}",
            "FOLDER/s.json:/wan/graph/delay_unit: expected no such key, since that file has no "
            "delays without a unit, found a unit for a file of format teavar\n"},
        {SITE("1") ", " SITE("2"), "\"graph\": {\"file\": \"wan.txt\", \"format\": \"tevar\"}",
            "FOLDER/s.json:/wan/graph/format: expected \"auto\" or a graph format (`essaim list "
            "graph-format`), found \"tevar\"; did you mean \"teavar\"?\n"},
        {SITE("1") ", " SITE("2"), "\"graph\": {\"file\": \"wan.txt\", \"rate_unit\": \"ms\"}",
            "FOLDER/s.json:/wan/graph/rate_unit: expected a unit of rate, such as \"Mbit/s\", "
            "found "
            "\"ms\"\n"},
    };
    check_bad_files(cases, sizeof cases / sizeof *cases);
}

/* ---- the whole --------------------------------------------------------------------------------
 */

/* What is printed is read back as the same. */
static void printing(void) {
    char *text = whole("{\"name\": \"a\", \"node\": \"A\", \"network\": {\"template\": "
                       "\"fat_tree\", \"k\": 4, \"rate\": \"1 Gbit/s\"}, " HOSTS
                       "}, {\"name\": \"b\", \"network\": {\"template\": \"fat_tree\", "
                       "\"children\": [2, 2], \"parents\": [1, 3], \"rate\": \"1 Gbit/s\"}, " HOSTS
                       "}, " SITE("c"),
        "\"templates\": [{\"shape\": \"star\", \"rate\": \"1 Gbit/s\", \"delay\": \"1 ms\"}], "
        "\"links\": [{\"from\": \"b\", \"to\": \"c\", \"rate\": \"1 Gbit/s\", \"delay\": \"1 "
        "ms\", \"delay_backward\": \"2 ms\"}], \"routes\": \"widest\"");
    char *printed[2];
    for (int i = 0; i < 2; i++) {
        size_t bytes;
        struct ess_scenario *scenario = scenario_of(i == 0 ? text : printed[0], 0, NULL);
        CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
        CU_ASSERT_EQUAL(scenario->sites[0].network->shape.host_count, 16);
        CU_ASSERT_EQUAL(scenario->wan.all_link_count, 3);
        CU_ASSERT_EQUAL(scenario->wan.all_links[0].delay_backward_ns, 2000000);
        FILE *out = open_memstream(&printed[i], &bytes);
        ess_scenario_print_resolved(scenario, out);
        fclose(out);
        ess_scenario_free(scenario);
    }
    CU_ASSERT_STRING_EQUAL(printed[0], printed[1]);
    free(printed[0]);
    free(printed[1]);
    free(text);
}

/* Real files below the data folder, and what is said where they are not. */
static void real_files(void) {
    struct ess_scenario_options nowhere = {.data_folder = NULL};
    enum ess_scenario_status status;
    struct ess_scenario *scenario;
    char *messages, *text;
    const char *wan = "\"matrix\": {\"delay\": \"$ESSAIM_DATA/network/azure-regions-rtt/latency.csv"
                      "\", \"delay_unit\": \"ms\", \"default_rate\": \"1 Gbit/s\"}";
    text = whole(SITE("East US") ", " SITE("West Europe"), wan);
    write_file("s.json", text);
    messages = load_refusal_of(path_of("s.json"), &nowhere, &status);
    CU_ASSERT_EQUAL(status, ESS_SCENARIO_DATA_MISSING);
    CU_ASSERT_PTR_NOT_NULL(strstr(messages, "ESSAIM_DATA says where it is"));
    free(messages);
    free(text);
    if (!ess_test_data()) {
        ess_test_skip("no real data: set ESSAIM_DATA");
        return;
    }
    scenario = load_well(SITE("East US") ", " SITE("West Europe") ", " SITE("Japan East"), wan);
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT_EQUAL(scenario->wan.all_link_count, 3);
    ess_test_note("East US to West Europe: %.1f ms one way",
        1e-6 * (double)link_between(scenario, 0, 1)->delay_ns);
    ess_scenario_free(scenario);
    scenario = load_well(SITE("New York") ", " SITE("Seattle") ", " SITE("Houston"),
        "\"graph\": {\"file\": \"$ESSAIM_DATA/network/topology-zoo/gml/Abilene.gml\", "
        "\"default_rate\": \"10 Gbit/s\"}");
    CU_ASSERT_PTR_NOT_NULL_FATAL(scenario);
    CU_ASSERT(scenario->wan.node_count == 11 && scenario->wan.all_link_count == 14);
    ess_scenario_free(scenario);
}

static void clear(void) {
    static const char *const names[] = {"s.json", "delay.csv", "rate.csv", "both.csv", "torn.csv",
        "zero.csv", "half.csv", "net.gml", "torn.gml", "twins.gml", "wide.gml", "isp.intra",
        "wan.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        CU_ASSERT_EQUAL(unlink(path_of(names[i])), 0);
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"templates", templates},
        {"templates that are wrong", templates_that_are_wrong},
        {"sites' networks that are wrong", sites_that_are_wrong},
        {"matrices", matrices},
        {"matrices of caps, and pairs", matrices_of_caps_and_pairs},
        {"matrices that are wrong", matrices_that_are_wrong},
        {"graphs", graphs},
        {"graphs that are wrong", graphs_that_are_wrong},
        {"graphs with units", graphs_with_units},
        {"units that are wrong", units_that_are_wrong},
        {"printing and reading back", printing},
        {"real files", real_files},
        {"files are cleared away", clear},
        {NULL, NULL},
    };
    strcpy(folder, "/tmp/essaim-wan-XXXXXX");
    if (mkdtemp(folder) == NULL)
        return 1;
    return ess_test_main("WAN", tests);
}
