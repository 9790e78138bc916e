"""What watches the daemon: the alert rules with their unit tests, the dashboard, and both beside the metrics of a real daemon, which a real
Prometheus scrapes and asks."""

import json
import re
import shutil
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

from lab import SOURCE, Daemon, LabTest, free_port, run, wait_for

RULES, UNIT_TESTS = SOURCE / "config" / "alerts.yml", Path(__file__).resolve().parent / "alerts_test.yml"
DASHBOARD = json.loads((SOURCE / "config" / "grafana-dashboard.json").read_text())
ALERTS = {chunk.split("\n")[0].strip(): chunk for chunk in RULES.read_text().split("- alert:")[1:]}
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
NAME = re.compile(r"\bsinkfeed_[a-z_]+")


def expressions():
    return [target["expr"] for panel in PANELS for target in panel["targets"]]


def families(text):
    """Names of metrics, as /metrics calls them; of a histogram the one that its parts share."""
    return {re.sub("_(bucket|sum|count)$", "", name) for name in NAME.findall(text)}


class Rules(unittest.TestCase):
    def test_promtool_takes_the_rules_and_their_unit_tests(self):
        with tempfile.TemporaryDirectory() as folder:
            for file in (RULES, UNIT_TESTS):
                shutil.copy(file, folder)
            for what, file in (("check", RULES), ("test", UNIT_TESTS)):
                done = run("promtool", what, "rules", file.name, cwd=folder)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_waits_has_a_severity_says_what_to_do_and_is_tested(self):
        tested = UNIT_TESTS.read_text()
        for name, text in ALERTS.items():
            for wanted in (r"for: \d+[mh]\n", r"labels: \{severity: (critical|warning|info)\}\n", r"summary: \S", r"description: \S"):
                self.assertRegex(text, r"\n +" + wanted, name)
            self.assertIn(f'alertname="{name}"', tested)


class Dashboard(unittest.TestCase):
    def test_panels_are_whole_and_lie_beside_each_other(self):
        self.assertEqual([panel["title"] for panel in DASHBOARD["panels"] if panel["type"] == "row"],
                         ["DNS", "Feed", "Subscribers", "History", "Upstream and estimate"])
        taken = {}
        for panel in DASHBOARD["panels"]:
            at = panel["gridPos"]
            self.assertLessEqual(at["x"] + at["w"], 24)
            for place in ((x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])):
                self.assertIsNone(taken.setdefault(place, None), panel["title"])
                taken[place] = panel["title"]
        self.assertEqual(len({panel["id"] for panel in DASHBOARD["panels"]}), len(DASHBOARD["panels"]))
        for panel in PANELS:
            self.assertIn(panel["type"], ("stat", "timeseries"), "nothing that Grafana would have to be given first")
            self.assertTrue(panel["title"] and panel["description"].endswith("."), panel["title"])
            self.assertTrue(panel["fieldConfig"]["defaults"]["unit"])

    def test_it_asks_the_data_source_that_is_chosen_about_the_servers_that_are_chosen(self):
        self.assertEqual([one["name"] for one in DASHBOARD["templating"]["list"] if one["type"] == "datasource"], ["datasource"])
        for panel in PANELS:
            for part in (panel, *panel["targets"]):
                self.assertEqual(part["datasource"], {"type": "prometheus", "uid": "${datasource}"})
        for expression in expressions():
            self.assertEqual(len(NAME.findall(expression)), expression.count('instance=~"$instance"'), expression)


class Metrics(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.watch()
        except BaseException:
            cls.lab.close()
            raise

    @classmethod
    def watch(cls):
        """A daemon with something to tell in every metric."""
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port).start()
        with cls.sinkfeed.settings.open("a") as file:
            file.write(f'[[history.sink]]\ntype = "syslog"\naddress = "tcp://127.0.0.1:{free_port()}"\nformat = "ecs"\n')
        for call in ("reload", "history/checkpoint"):
            assert cls.sinkfeed.get("/api/v1/" + call, method="POST")[0] == 200
        cls.sinkfeed.dig("talk.google.com")
        cls.sinkfeed.wait_for_a_quiet_feed()
        with cls.sinkfeed.settings.open("a") as file:
            file.write("[nonsense]\n")
        assert cls.sinkfeed.get("/api/v1/reload", method="POST")[0] == 409
        cls.text = wait_for(lambda: (text := cls.sinkfeed.get("/metrics")[2]) and "sinkfeed_warning{" in text and text, 20,
                            "the receiver's warning")

    def test_the_metrics_are_as_prometheus_likes_them_and_each_that_is_asked_for_is_there(self):
        text = self.text
        checked = run("promtool", "check", "metrics", input=text)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        there = set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))
        samples = families("\n".join(line for line in text.splitlines() if not line.startswith("#")))
        self.assertEqual(there, samples, "each has a value")
        shown, alerted = families(" ".join(expressions())), families(" ".join(ALERTS.values()))
        self.assertLessEqual(shown | alerted, there)
        self.assertEqual(there - shown, set(), "the dashboard leaves none out")
        self.assertIn('sinkfeed_problem{part="settings"} 1', text)

    def test_a_prometheus_that_scrapes_it_can_answer_each_question(self):
        port, folder = free_port(), self.lab.folder / "prometheus"
        folder.mkdir()
        shutil.copy(RULES, folder)
        (folder / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["alerts.yml"],
            "scrape_configs": [{"job_name": "sinkfeed", "static_configs": [{"targets": [f"127.0.0.1:{self.sinkfeed.http_port}"]}]}],
        }))
        prometheus = self.lab.start("prometheus", "prometheus", f"--config.file={folder / 'prometheus.yml'}",
                                    f"--storage.tsdb.path={folder / 'data'}", f"--web.listen-address=127.0.0.1:{port}")
        self.addCleanup(lambda: (self.lab.processes.remove(prometheus), prometheus.stop()))

        def ask(call, **query):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{call}?{urllib.parse.urlencode(query)}", timeout=10) as answer:
                    return json.load(answer)["data"]
            except urllib.error.HTTPError as error:
                if error.code == 503:  # it is starting
                    return {}
                raise AssertionError(f"{query}: {error.read().decode()}") from error
            except OSError:
                return {}

        def scrapes():
            found = ask("query", query="count_over_time(sinkfeed_build_info[1m])").get("result")
            return found and int(found[0]["value"][1]) > 5

        def rules():
            found = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
            return all(rule["health"] == "ok" for rule in found) and found

        wait_for(scrapes, 25, "that it scrapes")
        for expression in expressions():
            for name, value in (("$instance", ".+"), ("$__rate_interval", "5s"), ("$__range", "1m")):
                expression = expression.replace(name, value)
            with self.subTest(expression):
                self.assertTrue(ask("query", query=expression)["result"])
        states = {rule["name"]: rule["state"] for rule in wait_for(rules, what="all rules")}
        self.assertEqual(set(states), set(ALERTS))
        self.assertEqual(states["SinkfeedSettingsRefused"], "pending")
        self.assertEqual(states["SinkfeedDown"], "inactive")


if __name__ == "__main__":
    unittest.main()
