"""The history as an auditor searches it: every condition beside a plain filter over all that was exported, pages, counts, and queries as
they come."""

import json
import signal
import subprocess
import unittest
from collections import Counter

from lab import SINKFEED, LabTest, run, wait_for

NAMES = ("talk.google.com", "www.google.com", "mtalk.google.com", "nothing.google.com", "host.example")


class HistorySearch(LabTest):
    def setUp(self):
        self.sinkfeed = self.daemon(listen="0.0.0.0", listen_also=())

    def ask(self, client, name, kind="A"):
        run("dig", "@127.0.0.1", "-p", self.sinkfeed.port, "-b", client, name, kind, "+time=2", "+tries=1")

    def ask_much(self):
        for number in range(30):
            self.ask(f"127.0.0.{2 + number % 3}", NAMES[number % len(NAMES)], ("A", "AAAA")[number % 2])

    def exported(self):
        done = self.sinkfeed.command("history", "export", "--format", "jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_each_condition_finds_what_a_plain_filter_finds(self):
        self.ask_much()
        everything = self.exported()
        self.assertGreaterEqual(len(everything), 30)
        conditions = {
            ("--client", "127.0.0.3"): lambda record: record["client"] == "127.0.0.3",
            ("--client", "127.0.0.2/31"): lambda record: record["client"] in ("127.0.0.2", "127.0.0.3"),
            ("--name", "talk.google.com"): lambda record: record["name"] == "talk.google.com",
            ("--name", "*.google.com"): lambda record: record["name"].endswith(".google.com"),
            ("--name", "*talk*"): lambda record: "talk" in record["name"],
            ("--type", "AAAA"): lambda record: record["type"] == "AAAA",
            ("--verdict", "sinkhole"): lambda record: record["verdict"] == "sinkhole",
            ("--rcode", "NXDOMAIN"): lambda record: record["rcode"] == "NXDOMAIN",
            ("--answer", "192.0.2.1"): lambda record: any("192.0.2.1" in answer for answer in record["answers"]),
            ("--since", everything[10]["time"]): lambda record: record["time"] >= everything[10]["time"],
            ("--until", everything[10]["time"]): lambda record: record["time"] < everything[10]["time"],
        }
        found_any = 0
        for one, holds in conditions.items():
            for other, also in conditions.items():
                wanted = [record for record in everything if holds(record) and also(record)]
                options = one if one == other else one + other
                if one[0] == other[0] and one != other:
                    continue
                self.assertEqual(self.sinkfeed.history(*options, "--oldest-first", "--limit", "1000"), wanted, options)
                found_any += bool(wanted)
                if one == other:
                    count = self.sinkfeed.command("history", "search", "--count", *options)
                    self.assertEqual(int(count.stdout), len(wanted), options)
        self.assertGreater(found_any, 20)

    def test_pages_make_the_whole_while_the_history_goes_on(self):
        self.ask_much()
        everything = self.exported()
        for order in ("oldest", "newest"):
            cursor, pages = "", []
            while True:
                status, _, body = self.sinkfeed.get(f"/api/v1/history?limit=7&order={order}" + (f"&cursor={cursor}" if cursor else ""))
                self.assertEqual(status, 200, body)
                page = json.loads(body)
                self.assertLessEqual(len(page["records"]), 7)
                pages += page["records"]
                cursor = page.get("next", "")
                if not cursor:
                    break
                if len(pages) < 20:
                    self.ask("127.0.0.9", "www.google.com")
            seen = [record for record in pages if record["client"] != "127.0.0.9"]
            wanted = [record for record in everything if record["client"] != "127.0.0.9"]
            self.assertEqual(seen, wanted if order == "oldest" else wanted[::-1])
        for wrong in ("limit=0", "limit=x", "cursor=x", "order=x", "client=x", "nonsense=1"):
            self.assertEqual(self.sinkfeed.get(f"/api/v1/history?{wrong}")[0], 400, wrong)

    def test_counts_are_those_of_what_is_found(self):
        self.ask_much()
        everything = self.exported()
        for by in ("client", "name", "type", "verdict", "rcode"):
            done = self.sinkfeed.command("history", "top", "--by", by, "--limit", "100", "--json")
            self.assertEqual(done.returncode, 0, done.stderr)
            groups = {group[by]: group["queries"] for group in json.loads(done.stdout)["groups"]}
            self.assertEqual(groups, Counter(record[by] for record in everything), by)
        done = self.sinkfeed.command("history", "top", "--by", "time", "--width", "1m", "--limit", "100", "--json", "--client", "127.0.0.2")
        groups = json.loads(done.stdout)["groups"]
        self.assertEqual(sum(group["queries"] for group in groups), sum(record["client"] == "127.0.0.2" for record in everything))
        tops = json.loads(self.sinkfeed.get("/api/v1/history/top?by=verdict,client")[2])["tops"]
        self.assertEqual(tops, [json.loads(self.sinkfeed.get(f"/api/v1/history/top?by={by}")[2]) for by in ("verdict", "client")])
        for wrong in ("colour", "client,client", "client,", ""):
            self.assertEqual(self.sinkfeed.get(f"/api/v1/history/top?by={wrong}")[0], 400, wrong)
        several = self.sinkfeed.command("history", "top", "--by", "verdict,client")
        self.assertEqual(several.returncode, 0, several.stderr)
        for said in ("sinkhole", "127.0.0.3"):
            self.assertIn(said, several.stdout)
        stats = self.sinkfeed.command("history", "stats").stdout
        for said in (*NAMES, "127.0.0.3", "sinkhole", "NXDOMAIN", "AAAA"):
            self.assertIn(said, stats)
        self.assertEqual(self.sinkfeed.command("history", "top", "--by", "colour").returncode, 2)

    def test_queries_are_shown_as_they_come(self):
        tail = subprocess.Popen([SINKFEED, "history", "tail", "--name", "*.google.com", "--verdict", "sinkhole", "--config", self.sinkfeed.settings],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(tail.kill)
        lines = []
        self.ask("127.0.0.5", "host.example")
        self.ask("127.0.0.5", "www.google.com")

        def comes():
            self.ask("127.0.0.5", "talk.google.com")
            lines.append(tail.stdout.readline())
            return bool(lines[-1])

        wait_for(comes, what="a line")
        self.assertRegex(lines[-1], r"127\.0\.0\.5 .*sinkhole.*talk\.google\.com")
        self.assertNotIn("\x1b", lines[-1], "no colour where no terminal is")
        tail.send_signal(signal.SIGINT)
        rest, said = tail.communicate(timeout=10)
        self.assertIn(tail.returncode, (0, 130, -signal.SIGINT))
        self.assertEqual(said, "")
        self.assertTrue(all("talk.google.com" in line for line in rest.splitlines()))


if __name__ == "__main__":
    unittest.main()
