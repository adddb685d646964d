/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Transfers, files of them, and link traces that are wrong: the exact messages. */
#include "sim/scenario/transfer_rows.h"
#include "sim/scenario/unused.h"
#include "tests/scenario/scenario_text.h"

#include <unistd.h>

#define CHECK(refusals)                                                                            \
    CU_ASSERT_TRUE(check_refusals((refusals), sizeof(refusals) / sizeof(refusals)[0]))

static const char *const service =
    "{\"kind\": \"training\", \"parameters\": 100e6, \"tokens_per_step\": 4096}";

#define LIST(transfer) "{\"kind\": \"transfers\", \"transfers\": [" transfer "]}"

static void transfers(void) {
    const struct refusal refusals[] = {
        {service, LIST("{\"from\": \"lyon/0\", \"to\": \"montreal/0\"}"),
            "s.json:/services/0/transfers/0: expected the key \"bytes\", found no such key\n"},
        {service, LIST("{\"from\": \"lyon/0\", \"to\": \"montreal/0\", \"bytes\": 10}"),
            "s.json:/services/0/transfers/0/bytes: expected a size with a unit, such as \"1.5 "
            "GiB\", found the bare number 10\n"},
        {service, LIST("{\"from\": \"lyon/0\", \"to\": \"montreal/0\", \"bytes\": \"0 B\"}"),
            "s.json:/services/0/transfers/0/bytes: expected a size from 1 B to 1024 TiB, found \"0 "
            "B\"\n"},
        {service, LIST("{\"from\": \"lyon/0\", \"to\": \"lyon/0\", \"bytes\": \"1 B\"}"),
            "s.json:/services/0/transfers/0/to: expected another host than \"from\", found "
            "\"lyon/0\"\n"},
        {service, LIST("{\"from\": \"lyon/7\", \"to\": \"montreal\", \"bytes\": \"1 B\"}"),
            "s.json:/services/0/transfers/0/from: expected a host from \"lyon/0\" to \"lyon/1\", "
            "found \"lyon/7\"\n"
            "s.json:/services/0/transfers/0/to: expected \"coordinator\" or a host such as "
            "\"lyon/0\", found \"montreal\"\n"},
        {service,
            LIST("{\"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"1 B\", \"stop\": \"1 "
                 "s\"}"),
            "s.json:/services/0/transfers/0: expected \"bytes\": \"bulk\" where there is one, "
            "found "
            "the key \"stop\"\n"},
        {service,
            LIST("{\"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"1 B\", \"start\": \"2 "
                 "h\"}"),
            "s.json:/services/0/transfers/0/start: expected a time from 0 ns to 1 h, found \"2 "
            "h\"\n"},
        {service,
            LIST("{\"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"bulk\", \"stop\": \"3 "
                 "s\", "
                 "\"start\": \"3 s\"}"),
            "s.json:/services/0/transfers/0/stop: expected a time from 3000000001 ns to 1 h, found "
            "\"3 s\"\n"
            "s.json:/services/0/transfers/0/measure_from: expected a time from 3 s to 2999999999 "
            "ns, "
            "found \"3 s\"\n"},
        {service,
            LIST(
                "{\"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"bulk\", \"measure_from\": "
                "\"1 h\"}"),
            "s.json:/services/0/transfers/0/measure_from: expected a time from 0 ns to "
            "3599999999999 ns, found \"1 h\"\n"},
        {service,
            LIST("{\"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"1 B\", \"connections\": "
                 "0, "
                 "\"state\": \"hot\", \"bites\": 1}"),
            "s.json:/services/0/transfers/0/connections: expected a whole number from 1 to 4096, "
            "found 0\n"
            "s.json:/services/0/transfers/0/state: expected \"cold\" or \"warm\", found \"hot\"\n"
            "s.json:/services/0/transfers/0/bites: expected a key of a transfer, found \"bites\"; "
            "did you mean \"bytes\"?\n"},
        {service,
            LIST("{\"name\": \"x\", \"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"1 B\"},"
                 "{\"name\": \"x\", \"from\": \"lyon/0\", \"to\": \"lyon/1\", \"bytes\": \"1 B\"}"),
            "s.json:/services/0: expected transfers with names of their own, found \"x\" twice\n"},
        {service, "{\"kind\": \"transfers\"}",
            "s.json:/services/0: expected a list \"transfers\", or a \"file\" of them, found "
            "neither\n"},
        {service, "{\"parameters\": 1}",
            "s.json:/services/0: expected the key \"kind\", found no such key\n"},
        {service, "7", "s.json:/services/0: expected an object, found 7\n"},
        {"{\"kind\"",
            "{\"kind\": \"training\", \"parameters\": 100e6, \"tokens_per_step\": 4096}, {\"kind\"",
            "s.json:/services/1: expected at most one training job or service of collectives, "
            "found another one\n"},
    };
    CHECK(refusals);
}

static void link_traces(void) {
    static const char *const anchor = "\"services\"";
#define TRACE(body) "\"link_traces\": [{" body "}], \"services\""
    const struct refusal refusals[] = {
        {anchor, TRACE("\"trace\": \"t\", \"at_end\": \"hold\""),
            "s.json:/link_traces/0: expected either \"host\" (its access link) or \"between\" (two "
            "sites), found neither\n"},
        {anchor, TRACE("\"host\": \"lyon/0\", \"trace\": \"t\""),
            "s.json:/link_traces/0: expected the key \"at_end\", found no such key\n"},
        {anchor,
            TRACE(
                "\"host\": \"lyon/0\", \"trace\": \"t\", \"at_end\": \"lop\", \"format\": \"cvs\""),
            "s.json:/link_traces/0/at_end: expected \"hold\", \"loop\" or \"stop\", found \"lop\"; "
            "did you mean \"loop\"?\n"},
        {anchor,
            TRACE("\"host\": \"lyon/0\", \"trace\": \"t\", \"at_end\": \"loop\", \"format\": "
                  "\"cvs\""),
            "s.json:/link_traces/0/format: expected \"auto\" or a link format (`essaim list "
            "link-format`), found \"cvs\"; did you mean \"csv\"?\n"},
        {anchor,
            TRACE("\"host\": \"lyon/0\", \"direction\": \"forward\", \"trace\": \"t\", \"at_end\": "
                  "\"loop\""),
            "s.json:/link_traces/0/direction: expected \"both\", \"up\" or \"down\", found "
            "\"forward\"\n"},
        {anchor, TRACE("\"between\": [\"lyon\", \"lyon\"], \"trace\": \"t\", \"at_end\": \"loop\""),
            "s.json:/link_traces/0/between: expected the two ends of a WAN link, found no link "
            "between \"lyon\" and \"lyon\"\n"},
        {anchor,
            TRACE("\"between\": [\"lyon\", \"montreal\"], \"trace\": \"t\", \"at_end\": \"loop\", "
                  "\"direction\": \"forward\"}, {\"between\": [\"montreal\", \"lyon\"], \"trace\": "
                  "\"t\", \"at_end\": \"loop\", \"direction\": \"backward\""),
            "s.json:/link_traces/1: expected one trace for each direction of a link, found the "
            "link "
            "of /link_traces/0 again\n"},
        {anchor,
            TRACE("\"host\": \"coordinator\", \"trace\": \"t\", \"at_end\": \"loop\"}, {\"host\": "
                  "\"coordinator\", \"trace\": \"t\", \"at_end\": \"loop\", \"direction\": \"up\""),
            "s.json:/link_traces/1: expected one trace for each direction of a link, found the "
            "link "
            "of /link_traces/0 again\n"},
        {"\"delay\": \"45 ms\"",
            "\"delay\": \"45 ms\", \"loss\": 1, \"mtu\": \"9 B\", \"queue_bytes\": 3",
            "s.json:/wan/links/0/loss: expected a number from 0 to 0.999, found 1\n"
            "s.json:/wan/links/0/mtu: expected a size from 576 B to 65535 B, found \"9 B\"\n"
            "s.json:/wan/links/0/queue_bytes: expected a size with a unit, such as \"1.5 GiB\", "
            "found the bare number 3\n"},
    };
    CHECK(refusals);
}

/* ---- rows of a file ---------------------------------------------------------------------------
 */

static void rows(void) {
    static const struct {
        const char *text, *messages;
    } cases[] = {
        {"", "r.csv:1: expected a header and at least one transfer, found no row\n"},
        {"from,to,bytes\n", "r.csv:2: expected a header and at least one transfer, found no row\n"},
        {"from,to,byte\n1,2,3\n",
            "r.csv:1: expected a column named after a key of a transfer, found \"byte\"; did you "
            "mean \"bytes\"?\n"},
        {"from,to,from\n", "r.csv:1: expected a column only once, found \"from\"\n"},
        {"from,to,bytes\na/0,b/0\na/0,b/0,1 B\n",
            "r.csv:2: expected 3 cells, as in the header, found 2\n"},
        {"from,to,bytes\na/0,b/0,100\n\na/0,,bulk\n",
            "r.csv:2/bytes: expected a size with a unit, such as \"1.5 GiB\", found \"100\"\n"
            "r.csv:4: expected the key \"to\", found no such key\n"},
        {"from,to,bytes,connections\na/0,b/0,1 B,many\na/0,b/0,1 B,9999\n",
            "r.csv:2/connections: expected a whole number, without quotes, found \"many\"\n"
            "r.csv:3/connections: expected a whole number from 1 to 4096, found 9999\n"},
        {"from,to,bytes\na/0,b/0,1 B",
            "r.csv:2: expected a whole file, whose last line ends with a line feed, found a file "
            "that stops in the middle\n"},
        {"from,to,bytes\na/0,\x01,1 B\n",
            "r.csv:2: expected text, found control characters or broken UTF-8\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ess_diagnostics diagnostics;
        struct ess_origins origins;
        struct ess_store *store = ess_store_new();
        struct ess_scenario_transfers list = {0};
        ess_diagnostics_init(&diagnostics);
        ess_origins_init(&origins, store);
        struct ess_reader reader = {store, &origins, &diagnostics, 0};
        ess_transfer_rows_read_memory(
            &reader, NULL, "r.csv", cases[i].text, (int64_t)strlen(cases[i].text), &list);
        char *messages = messages_of(&diagnostics);
        ESS_CHECK(strcmp(messages, cases[i].messages) == 0, "\nfound    %s\nexpected %s", messages,
            cases[i].messages);
        CU_ASSERT_TRUE(reader.errors > 0);
        free(messages);
        ess_diagnostics_fini(&diagnostics);
        ess_store_free(store);
    }
    ess_test_note("%zu files refused with exact messages", sizeof cases / sizeof *cases);
}

/* ---- files that a scenario names --------------------------------------------------------------
 */

static void write_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    CU_ASSERT_FATAL(file != NULL);
    fputs(text, file);
    fclose(file);
}

/* Load `well` with one trace on the WAN link, the file's content being `content`. */
static void check_file(const char *content, const char *members, const char *message,
    enum ess_scenario_status wanted) {
    char folder[] = "/tmp/ess_input_XXXXXX", path[64], trace[64], edit[512];
    enum ess_scenario_status status;
    char *text, *text_of_messages, *found, *tail;
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s.json", folder);
    snprintf(trace, sizeof trace, "%s/t.csv", folder);
    snprintf(edit, sizeof edit,
        "\"link_traces\": [{\"between\": [\"lyon\", \"montreal\"], %s}], \"services\"", members);
    text = edited(well, "\"services\"", edit);
    write_text(path, text);
    if (content != NULL)
        write_text(trace, content);
    text_of_messages = load_refusal_of(path, NULL, &status);
    found = strdup(text_of_messages);
    free(text_of_messages);
    CU_ASSERT_FATAL(found != NULL);
    tail = strstr(found, "t.csv:");
    tail = tail != NULL ? tail : strstr(found, "/link_traces");
    CU_ASSERT_EQUAL(status, wanted);
    if (message[0] == '\0')
        tail = found;
    bool same = tail != NULL && strncmp(tail, message, strlen(message)) == 0 &&
                (message[0] != '\0' || found[0] == '\0');
    if (!same)
        ess_test_note("found    %s\nexpected %s", found, message);
    CU_ASSERT_TRUE(same);
    free(found);
    free(text);
    remove(path);
    remove(trace);
    rmdir(folder);
}

static void files(void) {
#define AT "\"trace\": \"t.csv\", \"at_end\": \"hold\""
    check_file("time_s,rate_B_s\n0,5\n2,5\n", AT, "", ESS_SCENARIO_OK);
    check_file("time_s,rate_B_s\n0,5\n2,5\n0,1\n", AT,
        "t.csv:4: expected a clock that goes forwards, counted from its start, found 0 s after 2 "
        "s\n",
        ESS_SCENARIO_BAD);
    check_file("", AT, "t.csv: expected a link trace, found an empty file\n", ESS_SCENARIO_BAD);
    check_file(NULL, AT, "/link_traces/0/trace: expected a link trace, found No such file",
        ESS_SCENARIO_BAD);
    check_file(NULL, "\"trace\": \"$ESSAIM_DATA/none\", \"at_end\": \"hold\"",
        "/link_traces/0/trace: expected real data", ESS_SCENARIO_DATA_MISSING);
    check_file("time_s,rate_B_s\n0,5\n2,5\n", AT ", \"bin\": \"1 s\"",
        "/link_traces/0/bin: expected no \"bin\", since that format has rates and nothing to "
        "average, found one for a file of format csv\n",
        ESS_SCENARIO_BAD);
    check_file("time_s,rate_B_s\n0,5\n2,5\n", AT ", \"checksum\": \"123\"",
        "/link_traces/0/checksum: expected a file whose content has the checksum \"123\"",
        ESS_SCENARIO_BAD);
}

/* ---- said, not refused ------------------------------------------------------------------------
 */

static void unused(void) {
    char *text = edited(well, "\"delay\": \"45 ms\"",
        "\"delay\": \"45 ms\", \"loss\": 0.01, \"queue_bytes\": \"64 kB\", \"jitter\": \"2 ms\"");
    char *ideal = edited(
        text, "  \"services\"", "  \"network\": {\"transport\": \"ideal\"},\n  \"services\"");
    struct ess_scenario *scenario = scenario_of(ideal, 0, NULL);
    struct ess_scenario *plain = scenario_of(well, 0, NULL);
    struct ess_scenario *tcp = scenario_of(text, 0, NULL);
    char *said = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&said, &bytes);
    CU_ASSERT_FATAL(scenario != NULL && plain != NULL && tcp != NULL);
    CU_ASSERT_EQUAL(ess_scenario_warn_unused(plain, out), 0);
    CU_ASSERT_EQUAL(ess_scenario_warn_unused(scenario, out), 3);
    fclose(out);
    out = tmpfile();
    CU_ASSERT_PTR_NOT_NULL_FATAL(out);
    CU_ASSERT_EQUAL(ess_scenario_warn_unused(tcp, out), 1); /* the default looks at the first two */
    fclose(out);
    CU_ASSERT_STRING_EQUAL(said, "s.json:/wan/links/0/queue_bytes: warning: the network model "
                                 "\"fluid\" with the transport \"ideal\" does not look at it; "
                                 "results are as if it were not there\n"
                                 "s.json:/wan/links/0/loss: warning: the network model \"fluid\" "
                                 "with the transport \"ideal\" "
                                 "does not look at it; results "
                                 "are as if it were not there\n"
                                 "s.json:/wan/links/0/jitter: warning: the network model \"fluid\" "
                                 "with the transport \"ideal\" does not look at it; results are as "
                                 "if it were not there\n");
    CU_ASSERT_EQUAL(scenario->wan.links[0].traits.jitter_ns, 2000000);
    CU_ASSERT_EQUAL(plain->wan.links[0].traits.jitter_ns, 0);
    CU_ASSERT_EQUAL(scenario->wan.links[0].traits.queue_bytes, 64000);
    CU_ASSERT_EQUAL(plain->wan.links[0].traits.queue_bytes, ESS_LINK_QUEUE_UNSET);
    CU_ASSERT_EQUAL(plain->wan.links[0].traits.mtu_bytes, 1500);
    CU_ASSERT_STRING_EQUAL(plain->network.transport.name, "cubic");
    CU_ASSERT_EQUAL(plain->network.window_bytes, INT64_MAX);
    CU_ASSERT_EQUAL(scenario->network.window_bytes, 4 << 20);
    free(said);
    free(text);
    free(ideal);
    ess_scenario_free(scenario);
    ess_scenario_free(plain);
    ess_scenario_free(tcp);
}

/* Without a training job a machine needs neither GPU nor CPU; what is printed reads back. */
static void transfers_alone(void) {
    char *without = edited(well, "\"gpu\": \"RTX 4090\", ", "");
    char *text = edited(without, service,
        LIST("{\"from\": \"lyon/0\", \"to\": \"coordinator\", \"bytes\": \"bulk\"},"
             "{\"from\": \"montreal/2\", \"to\": \"lyon/1\", \"bytes\": \"3 MB\"}"));
    struct ess_scenario *first = scenario_of(text, 0, NULL), *second;
    char *printed = NULL, *again = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&printed, &bytes);
    CU_ASSERT_FATAL(first != NULL);
    CU_ASSERT_PTR_NULL(first->training);
    CU_ASSERT_EQUAL(first->transfer_count, 2);
    CU_ASSERT_EQUAL(first->transfers[0].stop_ns, first->duration_ns);
    CU_ASSERT_EQUAL(first->transfers[0].to_host, ESS_HOST_COORDINATOR);
    CU_ASSERT_EQUAL(first->transfers[1].from_host, 4);
    CU_ASSERT_STRING_EQUAL(first->transfers[1].name, "1");
    ess_scenario_print_resolved(first, out);
    fclose(out);
    second = scenario_of(printed, 0, NULL);
    CU_ASSERT_FATAL(second != NULL);
    out = open_memstream(&again, &bytes);
    ess_scenario_print_resolved(second, out);
    fclose(out);
    CU_ASSERT_STRING_EQUAL(printed, again);
    free(printed);
    free(again);
    free(text);
    free(without);
    ess_scenario_free(first);
    ess_scenario_free(second);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"transfers", transfers},
        {"link traces and traits", link_traces},
        {"rows of a file", rows},
        {"files of link traces", files},
        {"fields that nothing looks at", unused},
        {"a scenario of transfers alone", transfers_alone},
        {NULL, NULL},
    };
    return ess_test_main("transfer input", tests);
}
