"""The page in a browser, against the daemon: its unit tests by node, its flows (tests/web) in Chromium, with a fresh store, with many
records, and from another machine. playwright-core and axe-core are looked for in the folder that SINKFEED_NPM names; nothing is installed,
and nothing is skipped: what is missing is a failure that says so. SINKFEED_PAGE_RECORDS: how many records are scrolled through."""

import json
import os
import shutil
import subprocess
import unittest
from pathlib import Path

from lab import SANITIZED, SOURCE, Daemon, Lab, LabTest, wait_for

WEB = SOURCE / "tests" / "web"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
RECORDS = int(os.environ.get("SINKFEED_PAGE_RECORDS", "20000" if SANITIZED else "200000"))
RATE = 50_000  # a second: less than the writer of the history takes in
PATIENCE_S = 600 if SANITIZED else 200  # how long is no matter here, but an end there is
SERVER, BROWSER = "sft-page-srv", "sft-page-web"
ADDRESS = "10.98.0.1"


def missing():
    """What there is to install first, in a sentence; empty if nothing."""
    if not shutil.which("node"):
        return "The page's tests need node (the Debian package nodejs)."
    if not os.access(CHROMIUM, os.X_OK):
        return f"The page's tests need Chromium (the Debian package chromium) at {CHROMIUM}."
    folder = os.environ.get("SINKFEED_NPM", "")
    if not folder:
        return "The page's tests need the folder in which `npm install playwright-core axe-core` was done, in the variable SINKFEED_NPM."
    for package in ("playwright-core", "axe-core"):
        if not (Path(folder) / "node_modules" / package / "package.json").exists():
            return f"The page's tests need {package} in {folder}: npm install --prefix {folder} playwright-core axe-core"
    return ""


class PageTest:
    """What the classes below share."""

    def setUp(self):
        if sentence := missing():
            self.fail(sentence)

    def node(self, *command, prefix=(), **variables):
        """Runs it, shows its lines as they come, and fails with them."""
        lines = []
        child = subprocess.Popen([*prefix, "timeout", "--kill-after=5", str(PATIENCE_S), "node", *map(str, command)], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, errors="replace", cwd=SOURCE, env={**os.environ, **variables})
        with child.stdout:
            for line in child.stdout:
                lines.append(line)
                print(line, end="", flush=True)
        status = child.wait()
        failed = "".join(line for line in lines if line.startswith(("FAIL", "not ok")))
        said = f"took more than {PATIENCE_S} s" if status == 124 else f"ended with {status}"
        self.assertEqual(status, 0, f"{command[0]} {said}; the lines above say more\n{failed}")

    def flows(self, base, dns, *topics, **more):
        self.node(WEB / "flows.mjs", base, dns, *topics, **more)


class Units(PageTest, unittest.TestCase):
    def test_units(self):
        self.node("--experimental-default-type=module", "--test", *sorted((WEB / "unit").glob("*.test.mjs")))


class OneMachine(PageTest, LabTest):
    def test_flows(self):
        sinkfeed = self.daemon()
        topics = sorted(path.stem for path in (WEB / "flows").glob("*.mjs") if path.stem not in ("7_sign_in", "8_million"))
        self.flows(f"http://127.0.0.1:{sinkfeed.http_port}", f"127.0.0.1:{sinkfeed.port}", *topics)

    def test_many_records(self):
        sinkfeed = self.daemon(dns__workers=1)
        questions = self.lab.folder / "questions"
        # Answered by the daemon itself: no upstream is asked for them.
        questions.write_text("".join(f"row-{number}.localhost {('A', 'AAAA')[number % 2]}\n" for number in range(10_000)))
        done = subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", str(sinkfeed.port), "-d", questions, "-n", str(-(-RECORDS // 10_000)),
                               "-Q", str(RATE), "-q", "2000", "-c", "8", "-t", "2"], capture_output=True, text=True,
                              timeout=60 + RECORDS / 5000, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        wait_for(lambda: json.loads(sinkfeed.get("/api/v1/status")[2])["history"]["records"] >= RECORDS * 0.99, 30, "the history")
        self.flows(f"http://127.0.0.1:{sinkfeed.http_port}", f"127.0.0.1:{sinkfeed.port}", "8_million")


class AnotherMachine(PageTest, unittest.TestCase):
    """The browser is in a network namespace of its own, and so no part of the machine that the daemon runs on."""

    @classmethod
    def setUpClass(cls):
        cls.take_down()
        for command in (["netns", "add", SERVER], ["netns", "add", BROWSER], ["-n", SERVER, "link", "set", "lo", "up"],
                        ["-n", BROWSER, "link", "set", "lo", "up"],
                        ["link", "add", "sftw0", "netns", SERVER, "type", "veth", "peer", "name", "sftw1", "netns", BROWSER],
                        ["-n", SERVER, "address", "add", f"{ADDRESS}/24", "dev", "sftw0"], ["-n", SERVER, "link", "set", "sftw0", "up"],
                        ["-n", BROWSER, "address", "add", "10.98.0.2/24", "dev", "sftw1"], ["-n", BROWSER, "link", "set", "sftw1", "up"]):
            subprocess.run(["ip", *command], check=True, capture_output=True, timeout=20)
        cls.lab = Lab(prefix=("ip", "netns", "exec", SERVER))
        cls.addClassCleanup(lambda: (cls.lab.close(), cls.take_down()))
        cls.lab.start_nsd()
        cls.lab.start_unbound()

    @classmethod
    def take_down(cls):
        for name in (SERVER, BROWSER):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def test_sign_in(self):
        sinkfeed = Daemon(self.lab, self.lab.upstream_port, listen=ADDRESS, http="0.0.0.0").start()
        self.assertTrue(sinkfeed.short("talk.google.com"))
        tokens = {}
        for scope in ("read", "feed", "observe", "admin"):
            done = sinkfeed.command("token", "create", f"page-{scope}", "--scope", scope)
            self.assertEqual(done.returncode, 0, done.stderr)
            tokens[scope] = done.stdout.strip()
        self.flows(f"http://{ADDRESS}:{sinkfeed.http_port}", f"{ADDRESS}:{sinkfeed.port}", "7_sign_in", prefix=("ip", "netns", "exec", BROWSER),
                   SINKFEED_TOKENS=json.dumps(tokens))


if __name__ == "__main__":
    unittest.main()
