/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every way of getting a scenario wrong that a person is likely to meet: one edit of a scenario
 * that is well, and exactly these messages. */
#include <string.h>

#include "sim/scenario/policies.h"
#include "tests/scenario/scenario_text.h"

#define CHECK(refusals)                                                                            \
    CU_ASSERT_TRUE(check_refusals((refusals), sizeof(refusals) / sizeof(refusals)[0]))

static void keys(void) {
    static const struct refusal refusals[] = {
        {"\"duration\"", "\"durration\"",
            "s.json:/durration: expected a key of a scenario, found \"durration\"; did you mean "
            "\"duration\"?\n"},
        {"\"hosts\"", "\"hots\"",
            "s.json:/sites/0/hots: expected a key of a site, found \"hots\"; did you mean "
            "\"hosts\"?\n"},
        {"\"up\"", "\"Up\"",
            "s.json:/sites/0/hosts/0/Up: expected a key of a kind of host, found \"Up\"; did you "
            "mean \"up\"?\n"},
        {"\"name\": \"small\"", "\"name\": \"small\", \"colour\": 1",
            "s.json:/colour: expected a key of a scenario, found \"colour\"\n"},
        {"\"name\": \"small\"", "\"name\": \"small\", \"name\": \"large\"",
            "s.json:/name: expected each key once, found \"name\" twice in one object\n"},
        {"\"up\": \"40 Mbit/s\", ", "",
            "s.json:/sites/0/hosts/0: expected the key \"up\" (such as \"100 Mbit/s\"), found no "
            "such key\n"},
        {"\"services\"", "\"policies\": {\"colective\": \"ring\"}, \"services\"",
            "s.json:/policies/colective: expected a kind of policy, found \"colective\"; did you "
            "mean \"collective\"?\n"},
    };
    CHECK(refusals);
}

static void quantities(void) {
    static const struct refusal refusals[] = {
        {"\"1 h\"", "3600",
            "s.json:/duration: expected a time with a unit, such as \"20 ms\", found the bare "
            "number 3600\n"},
        {"\"1 h\"", "\"3600\"",
            "s.json:/duration: expected a time with a unit, such as \"20 ms\", found \"3600\"\n"},
        {"\"1 h\"", "\"-1 h\"",
            "s.json:/duration: expected a time of at least 1 ns, found \"-1 h\"\n"},
        {"\"1 h\"", "\"0 s\"",
            "s.json:/duration: expected a time of at least 1 ns, found \"0 s\"\n"},
        {"\"1 h\"", "\"106000 d\"",
            "s.json:/duration: expected a time of at most 290 years, found \"106000 d\"\n"},
        {"\"1 h\"", "\"1 hour\"",
            "s.json:/duration: expected a time such as \"20 ms\", found \"1 hour\"; did you mean "
            "\"1 h\"?\n"},
        {"\"1 h\"", "true", "s.json:/duration: expected a time such as \"20 ms\", found true\n"},
        {"\"40 Mbit/s\"", "\"-40 Mbit/s\"",
            "s.json:/sites/0/hosts/0/up: expected a rate from 1 bit/s to 10 Tbit/s, found \"-40 "
            "Mbit/s\"\n"},
        {"\"40 Mbit/s\"", "\"inf Mbit/s\"",
            "s.json:/sites/0/hosts/0/up: expected a rate such as \"100 Mbit/s\", found \"inf "
            "Mbit/s\"\n"},
        {"\"40 Mbit/s\"", "\"1e999 Mbit/s\"",
            "s.json:/sites/0/hosts/0/up: expected a rate such as \"100 Mbit/s\", found \"1e999 "
            "Mbit/s\"\n"},
        {"\"40 Mbit/s\"", "\"40 Mbps\"",
            "s.json:/sites/0/hosts/0/up: expected a rate such as \"100 Mbit/s\", found \"40 "
            "Mbps\"; "
            "did you mean \"40 Mbit/s\"?\n"},
        {"\"40 Mbit/s\"", "\"40 Mbit\"", /* and not MB/s, which is as near by letters */
            "s.json:/sites/0/hosts/0/up: expected a rate such as \"100 Mbit/s\", found \"40 "
            "Mbit\"; "
            "did you mean \"40 Mbit/s\"?\n"},
        {"\"40 Mbit/s\"", "\"0 bit/s\"",
            "s.json:/sites/0/hosts/0/up: expected a rate from 1 bit/s to 10 Tbit/s, found \"0 "
            "bit/s\"\n"},
        {"\"count\": 2", "\"count\": 2.5",
            "s.json:/sites/0/hosts/0/count: expected a whole number, found 2.5\n"},
        {"\"count\": 2", "\"count\": \"2\"",
            "s.json:/sites/0/hosts/0/count: expected a whole number, without quotes, found "
            "\"2\"\n"},
        {"\"count\": 2", "\"count\": 0",
            "s.json:/sites/0/hosts/0/count: expected a whole number from 1 to 1000000, found 0\n"},
        {"\"count\": 2", "\"efficiency\": 1.5, \"count\": 2",
            "s.json:/sites/0/hosts/0/efficiency: expected a number from 0.001 to 1, found 1.5\n"},
    };
    CHECK(refusals);
}

static void machines(void) {
    static const struct refusal refusals[] = {
        {"\"gpu\": \"RTX 4090\"", "\"gpu\": \"RTX 4091\"",
            "s.json:/sites/0/hosts/0/gpu: expected a GPU of the table (`essaim list gpu`), found "
            "\"RTX 4091\"; did you mean \"RTX 4090\"?\n"},
        {"\"gpu\": \"RTX 4090\", ", "",
            "s.json:/sites/0/hosts/0: expected either \"gpu\" or \"cpu\", since there is a "
            "training job, found neither\n"},
        {"\"gpu\": \"RTX 4090\"", "\"cpu\": \"EPYC 7763\"",
            "s.json:/sites/0/hosts/0: expected the key \"memory\" (such as \"64 GiB\"), since "
            "\"cpu\" is given, found no such key\n"},
        {"[\n      {\"count\": 2, \"gpu\": \"RTX 4090\", \"up\": \"40 Mbit/s\", \"down\": \"300 "
         "Mbit/s\"}\n    ]",
            "[]", "s.json:/sites/0/hosts: expected at least 1 of them, found 0\n"},
        {"\"montreal\", \"hosts\"", "\"lyon\", \"hosts\"",
            "s.json:/sites/1/name: expected a name that no site before it has, found \"lyon\" "
            "again\ns.json:/wan/links/0/to: expected the name of a site, found \"montreal\"\n"},
        {"\"lyon\", \"hosts\"", "\"ly/on\", \"hosts\"",
            "s.json:/sites/0/name: expected a name without \"/\" other than \"coordinator\", found "
            "\"ly/on\"\ns.json:/wan/links/0/from: expected the name of a site, found \"lyon\"; did "
            "you mean \"ly/on\"?\n"},
    };
    CHECK(refusals);
}

static void group_of_one(void) {
    static const char *const lonely =
        "{\"name\": \"a\", \"duration\": \"1 h\", \"sites\": [{\"name\": \"x\", \"hosts\": "
        "[{\"gpu\": "
        "\"RTX 4090\", \"up\": \"1 Mbit/s\", \"down\": \"1 Mbit/s\"}]}], \"services\": [{\"kind\": "
        "\"training\", \"parameters\": 1000, \"tokens_per_step\": 1}]}";
    char *messages = refusal_of(lonely, strlen(lonely), NULL);
    CU_ASSERT_STRING_EQUAL(messages, "s.json:/sites: expected at least 2 hosts, since a machine "
                                     "alone has nobody to reduce with, found a group of one\n");
    free(messages);
}

static void wan(void) {
    static const struct refusal refusals[] = {
        {"\n    {\"from\": \"lyon\", \"to\": \"montreal\", \"rate\": \"1 Gbit/s\", \"delay\": \"45 "
         "ms\"}\n  ",
            "",
            "s.json:/wan/links: expected links by which every site reaches every other, found 2 "
            "parts that no link joins: {lyon}, {montreal}\n"},
        {"\"to\": \"montreal\"", "\"to\": \"montral\"",
            "s.json:/wan/links/0/to: expected the name of a site, found \"montral\"; did you mean "
            "\"montreal\"?\n"},
        {"\"to\": \"montreal\"", "\"to\": \"lyon\"",
            "s.json:/wan/links/0/to: expected another site than \"from\", found \"lyon\"\n"},
        {"\"rate\": \"1 Gbit/s\", ", "",
            "s.json:/wan/links/0: expected either \"rate\", or \"rate_forward\" and "
            "\"rate_backward\", found neither in full\n"},
        {"\"delay\": \"45 ms\"}",
            "\"delay\": \"45 ms\"}, {\"from\": \"montreal\", \"to\": \"lyon\", \"rate\": \"1 "
            "Gbit/s\", \"delay\": \"1 ms\"}",
            "s.json:/wan/links/1: expected one link between two sites, found another between "
            "\"montreal\" and \"lyon\"\n"},
        {"\"services\"", "\"coordinator\": {\"site\": \"lion\"}, \"services\"",
            "s.json:/coordinator/site: expected the name of a site, found \"lion\"; did you mean "
            "\"lyon\"?\n"},
    };
    CHECK(refusals);
}

static void memory(void) {
    static const struct refusal refusals[] = {
        {"100e6", "3e9",
            "s.json:/services/0: expected a model that fits the memory of its hosts, found 56.9 "
            "GiB "
            "needed: too much for all 5 hosts, and by 32.9 GiB for the largest (RTX 4090, 24 "
            "GiB)\n"},
        {"100e6", "500e6",
            "s.json:/sites/1/hosts/0: expected memory for the job, 10.3 GiB, found 8 GiB (RTX "
            "3070, "
            "3 of them), 2.31 GiB too little\n"},
        {"100e6", "0.5", "s.json:/services/0/parameters: expected a whole number, found 0.5\n"},
        {"100e6", "100e6, \"minimum_workers\": 1",
            "s.json:/services/0/minimum_workers: expected a whole number from 2 to 1000000, found "
            "1\n"},
        {"100e6", "100e6, \"minimum_workers\": 6",
            "s.json:/services/0/minimum_workers: expected at most the number of hosts, 5, found "
            "6\n"},
        {"\"training\"", "\"storage\"",
            "s.json:/services/0/kind: expected \"training\", \"transfers\" or \"collectives\", "
            "found "
            "\"storage\"\n"},
    };
    CHECK(refusals);
}

static void faults(void) {
    static const char *const anchor = "\"services\"";
#define FAULT(body) "\"faults\": [{" body "}], \"services\""
    const struct refusal refusals[] = {
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"crsh\", \"host\": \"lyon/0\""),
            "s.json:/faults/0/kind: expected \"crash\", \"silence\", \"pause\", \"link_cut\", "
            "\"reset\" or \"partition\", found \"crsh\"; did you mean \"crash\"?\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"crash\", \"host\": \"lyon/2\""),
            "s.json:/faults/0/host: expected a host from \"lyon/0\" to \"lyon/1\", found "
            "\"lyon/2\"\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"crash\", \"host\": \"lyn/0\""),
            "s.json:/faults/0/host: expected the name of a site, found \"lyn\"; did you mean "
            "\"lyon\"?\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"crash\", \"host\": \"lyon\""),
            "s.json:/faults/0/host: expected \"coordinator\" or a host such as \"lyon/0\", found "
            "\"lyon\"\n"},
        {anchor, FAULT("\"at\": \"2 h\", \"kind\": \"crash\", \"host\": \"lyon/0\""),
            "s.json:/faults/0/at: expected a time within the duration of 1 h, found \"2 h\"\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"pause\", \"host\": \"lyon/0\""),
            "s.json:/faults/0: expected the key \"for\" (a pause has an end; for ever is "
            "\"silence\"), found no such key\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"reset\", \"host\": \"lyon/0\", \"for\": \"1 s\""),
            "s.json:/faults/0: expected no duration (a reset of connections takes none), found the "
            "key \"for\"\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"link_cut\""),
            "s.json:/faults/0: expected either \"host\" (its access link) or \"between\" (two "
            "sites), found neither\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"link_cut\", \"between\": [\"lyon\", \"lyon\"]"),
            "s.json:/faults/0/between: expected the two ends of a WAN link, found no link between "
            "\"lyon\" and \"lyon\"\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"link_cut\", \"between\": [\"lyon\"]"),
            "s.json:/faults/0/between: expected exactly 2 of them, found 1\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"crash\", \"between\": [\"lyon\", \"montreal\"]"),
            "s.json:/faults/0: expected the key \"host\" (\"between\" goes with \"link_cut\" "
            "alone), found the key \"between\"\n"},
    };
    CHECK(refusals);
}

static void cuts(void) {
    static const char *const anchor = "\"services\"";
    const struct refusal refusals[] = {
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"partition\""),
            "s.json:/faults/0: expected the key \"sites\" alone (what a partition cuts off from "
            "the "
            "rest), found no such key\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"partition\", \"sites\": [\"lyon\", \"montreal\"]"),
            "s.json:/faults/0/sites: expected some of the sites: a partition needs two sides, "
            "found "
            "all of them\n"},
        {anchor, FAULT("\"at\": \"1 s\", \"kind\": \"partition\", \"sites\": [\"lyons\"]"),
            "s.json:/faults/0/sites/0: expected the name of a site, found \"lyons\"; did you mean "
            "\"lyon\"?\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"crash\", \"host\": \"lyon/0\", \"sites\": "
                  "[\"lyon\"]"),
            "s.json:/faults/0: expected no sites (they go with \"partition\" alone), found the key "
            "\"sites\"\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"crash\", \"host\": \"lyon/0\", \"direction\": "
                  "\"up\""),
            "s.json:/faults/0: expected no direction (it goes with \"link_cut\" and "
            "\"partition\"), "
            "found the key \"direction\"\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"link_cut\", \"host\": \"lyon/0\", \"direction\": "
                  "\"out\""),
            "s.json:/faults/0/direction: expected \"both\", \"up\" or \"down\", found \"out\"\n"},
        {anchor,
            FAULT("\"at\": \"1 s\", \"kind\": \"link_cut\", \"between\": [\"lyon\", \"montreal\"], "
                  "\"direction\": \"up\""),
            "s.json:/faults/0/direction: expected \"both\", \"forward\" or \"backward\", found "
            "\"up\"\n"},
    };
    CHECK(refusals);
}

static void policies_and_rest(void) {
    static const char *const anchor = "\"services\"";
    const struct refusal refusals[] = {
        {anchor, "\"policies\": {\"collective\": {\"nam\": \"ring\"}}, \"services\"",
            "s.json:/policies/collective: expected the key \"name\", found no such key\n"},
        {anchor,
            "\"policies\": {\"detector\": {\"name\": \"timeout\", \"perriod\": \"1 s\"}}, "
            "\"services\"",
            "s.json:/policies/detector/perriod: expected a setting of detector \"timeout\", found "
            "\"perriod\"; did you mean \"period\"?\n"},
        {anchor,
            "\"policies\": {\"detector\": {\"name\": \"timeout\", \"period\": 2}}, \"services\"",
            "s.json:/policies/detector/period: expected a time with a unit, such as \"20 ms\", "
            "found the bare number 2\n"},
        {anchor,
            "\"policies\": {\"detector\": {\"name\": \"timeout\", \"timeout\": \"1 s\"}}, "
            "\"services\"",
            "s.json:/policies/detector: expected a timeout longer than the period, found settings "
            "without that\n"},
        {anchor, "\"seed\": -1, \"services\"",
            "s.json:/seed: expected a whole number from 0 to 18446744073709551615, as a string "
            "where it is above 2^53, found -1\n"},
        {anchor, "\"seed\": \"18446744073709551616\", \"services\"",
            "s.json:/seed: expected a whole number from 0 to 18446744073709551615, as a string "
            "where it is above 2^53, found \"18446744073709551616\"\n"},
        {anchor, "\"availability\": \"allways\", \"services\"",
            "s.json:/availability: expected \"always\" or an object with a \"trace\", found "
            "\"allways\"\n"},
        {anchor, "\"availability\": {\"trace\": \"t\", \"format\": \"fts\"}, \"services\"",
            "s.json:/availability/format: expected \"auto\" or a trace format (`essaim list "
            "trace-format`), found \"fts\"; did you mean \"fta\"?\n"},
        {anchor, "\"availability\": {\"trace\": \"t\", \"offset\": \"late\"}, \"services\"",
            "s.json:/availability/offset: expected \"random\" or a time such as \"36 h\", found "
            "\"late\"\n"},
        {anchor, "\"measure\": {\"replications\": 1001}, \"services\"",
            "s.json:/measure/replications: expected a whole number from 1 to 1000, found 1001\n"},
        {anchor,
            "\"expect\": [{\"metric\": \"step_time\", \"below\": 1, \"above\": 2}], "
            "\"services\"",
            "s.json:/expect/0: expected one of \"below\", \"above\", or \"lower\" and \"than\", "
            "found more than one\n"},
        {anchor,
            "\"expect\": [{\"metric\": \"step_time\", \"below\": \"2 parsecs\"}], \"services\"",
            "s.json:/expect/0/below: expected a number, or text with a unit such as \"2 s\", found "
            "\"2 parsecs\"\n"},
        {anchor, "\"include\": [\"x.json\"], \"services\"",
            "s.json:/include: expected no include, since this text is not a file, found the key "
            "\"include\"\n"},
    };
    CHECK(refusals);
}

/* Nine mistakes of five kinds in one text: nine lines. */
/* The names that could have been meant are those of the registry, so this holds when one is added.
 */
static void unknown_policy(void) {
    char expected[1024] = "s.json:/policies/collective: expected ";
    struct ess_policy_piece piece, next;
    for (size_t i = 0; ess_policy_at(ESS_POLICY_COLLECTIVE, i, &piece); i++) {
        bool last = !ess_policy_at(ESS_POLICY_COLLECTIVE, i + 1, &next);
        bool second_last = !last && !ess_policy_at(ESS_POLICY_COLLECTIVE, i + 2, &next);
        size_t length = strlen(expected);
        snprintf(expected + length, sizeof expected - length, "\"%s\"%s", piece.name,
            last          ? ""
            : second_last ? " or "
                          : ", ");
    }
    strncat(expected, ", found \"rings\"; did you mean \"ring\"?\n",
        sizeof expected - strlen(expected) - 1);
    const struct refusal refusals[] = {
        {"\"services\"", "\"policies\": {\"collective\": \"rings\"}, \"services\"", expected}};
    CHECK(refusals);
}

static void all_at_once(void) {
    static const char *const text =
        "{\"name\": \"\", \"durration\": \"1 h\", \"seed\": 1.5, \"sites\": [{\"name\": \"lyon\", "
        "\"hosts\": []}, {\"name\": \"paris\", \"hosts\": [{\"gpu\": \"RTX 4909\", \"up\": 3, "
        "\"down\": \"1 Mbit\"}]}], \"wan\": {\"links\": [{\"from\": \"lyon\", \"to\": \"pari\", "
        "\"rate\": \"1 Gbit/s\"}]}, \"services\": [{\"kind\": \"training\", \"parameters\": 1000, "
        "\"tokens_per_step\": 1}], \"policies\": {\"recovery\": \"retri\"}}";
    char *messages = refusal_of(text, strlen(text), NULL);
    CU_ASSERT_STRING_EQUAL(messages,
        "s.json:/name: expected text that is not empty, found \"\"\n"
        "s.json:/durration: expected a key of a scenario, found \"durration\"; did you mean "
        "\"duration\"?\n"
        "s.json:/seed: expected a whole number from 0 to 18446744073709551615, as a string where "
        "it is above 2^53, found 1.5\n"
        "s.json:/sites/0/hosts: expected at least 1 of them, found 0\n"
        "s.json:/sites/1/hosts/0/up: expected a rate with a unit, such as \"100 Mbit/s\", found "
        "the bare number 3\n"
        "s.json:/sites/1/hosts/0/down: expected a rate such as \"100 Mbit/s\", found \"1 Mbit\"; "
        "did you mean \"1 Mbit/s\"?\n"
        "s.json:/wan/links/0: expected the key \"delay\" (such as \"20 ms\"), found no such key\n"
        "s.json:/policies/recovery: expected \"continue\" or \"retry\", found \"retri\"; did you "
        "mean \"retry\"?\n"
        "s.json:/wan/links/0/to: expected the name of a site, found \"pari\"; did you mean "
        "\"paris\"?\n");
    free(messages);
}

static void only_fifty(void) {
    char *text = malloc(100000);
    size_t used = (size_t)sprintf(text, "{\"name\": \"a\"");
    for (int i = 0; i < 80; i++)
        used += (size_t)sprintf(text + used, ", \"unknown%d\": 1", i);
    sprintf(text + used, "}");
    char *messages = refusal_of(text, strlen(text), NULL);
    size_t lines = 0;
    for (const char *at = messages; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    CU_ASSERT_EQUAL(lines, 51);
    CU_ASSERT_PTR_NOT_NULL(strstr(messages, "(more errors follow; the first 50 are shown)\n"));
    free(messages);
    free(text);
}

int main(void) {
    static const struct ess_test tests[] = {
        {"unknown, duplicate and missing keys", keys},
        {"units and ranges", quantities},
        {"machines and sites", machines},
        {"a group of one", group_of_one},
        {"links between sites", wan},
        {"a model too large, and too many workers", memory},
        {"faults", faults},
        {"cuts and partitions", cuts},
        {"policies, seeds, traces, measuring, expectations", policies_and_rest},
        {"an unknown policy", unknown_policy},
        {"all errors of a file in one go", all_at_once},
        {"no more than fifty", only_fifty},
        {NULL, NULL},
    };
    return ess_test_main("scenario bad input", tests);
}
