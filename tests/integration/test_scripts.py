"""scripts/run as a person uses it: from elsewhere, with options, with a port that is taken; and what it prints must work."""

import os
import re
import shlex
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from lab import SINKFEED, SOURCE, Lab, free_port, run, wait_for

RELEASE = SOURCE / "build" / "release" / "sinkfeed"


@unittest.skipUnless(Path(SINKFEED).resolve() == RELEASE, "scripts/run builds the release")
class Run(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(dir=self.lab.folder))
        self.dns, self.http = free_port(), free_port()
        (self.folder / "mine.toml").write_text(
            f'[upstream]\nservers = ["127.0.0.1:{free_port()}"]\n[block]\nprofiles_path = "{SOURCE}/config/profiles"\n'
            f'[dns]\nlisten = ["127.0.0.1:{self.dns}"]\n[http]\nlisten = ["127.0.0.1:{self.http}"]\n'
        )

    def start(self, *options):
        log = open(self.folder / "log", "w+")
        self.addCleanup(log.close)
        child = subprocess.Popen([SOURCE / "scripts" / "run", *map(str, options)], cwd=self.folder, stdout=log, stderr=log)
        self.addCleanup(lambda: child.poll() is not None or (child.terminate(), child.wait(20)))
        text = lambda: (self.folder / "log").read_text()
        wait_for(lambda: child.poll() is not None or "Ctrl-C" in text(), 120, "the message")
        return child, text()

    def check_what_it_prints(self, said):
        for line in re.findall(r"(?:then  |^ {9})\s*(\S*sinkfeed .*)", said, re.M):
            done = run(*shlex.split(line), cwd=self.folder)
            self.assertEqual(done.returncode, 0, (line, done.stderr))
            if line.endswith("status"):
                self.assertIn("is running", done.stdout)
        for line in re.findall(r"try: (.*)", said):
            self.assertTrue(run(*shlex.split(line), "+short" if line.startswith("dig") else "-fsS").stdout, line)

    def test_paths_are_the_callers_and_the_settings_ports_hold(self):
        child, said = self.start("--config", "mine.toml", "--state", "kept")
        self.assertIn(f"port {self.dns}", said)
        self.assertIn("--config mine.toml --state kept status", said)
        self.assertTrue((self.folder / "kept" / "db").is_dir())
        self.check_what_it_prints(said)
        child.terminate()
        self.assertEqual(child.wait(20), 0)

    def test_what_it_prints_holds_with_other_ports(self):
        dns, http = free_port(), free_port()
        # Somebody else's listener, on another address, is in nobody's way.
        other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        other.bind(("127.0.0.2", dns))
        self.addCleanup(other.close)
        _, said = self.start("--config", "mine.toml", "--state", "kept", "--port", dns, "--http-port", http)
        self.assertIn(f"-p {dns}", said)
        self.assertIn(f"--http 127.0.0.1:{http}", said)
        self.check_what_it_prints(said)

    def test_a_taken_port_is_said_in_one_line(self):
        for kind, port, option in ((socket.SOCK_DGRAM, self.dns, "--port"), (socket.SOCK_STREAM, self.http, "--http-port")):
            with socket.socket(socket.AF_INET, kind) as holder:
                holder.bind(("127.0.0.1", port))
                if kind == socket.SOCK_STREAM:
                    holder.listen()
                child, said = self.start("--config", "mine.toml", "--state", "kept")
                self.assertEqual(child.wait(20), 1, said)
                last = said.splitlines()[-1]
                self.assertRegex(last, rf"port is taken by python3 \(process {os.getpid()}\).*{option}")
                self.assertNotIn("is running", said)

    def test_wrong_calls(self):
        for options in (["--port", "0"], ["--port"], ["--nonsense"]):
            self.assertEqual(run(SOURCE / "scripts" / "run", *options).returncode, 2)


class Packages(unittest.TestCase):
    def test_an_interrupted_installation_leaves_no_policy_behind(self):
        """The policy is in a folder of the test, and sudo is a stand-in that only notes what it is to do."""
        with tempfile.TemporaryDirectory() as folder:
            for name, script in (("id", "echo 1000"), ("sudo", f'echo "$@" >>{folder}/done; [ $1 != apt-get ] || kill -TERM $PPID')):
                path = Path(folder) / name
                path.write_text(f"#!/bin/sh\n{script}\n")
                path.chmod(0o755)
            packages = Path(folder) / "packages"
            packages.write_text((SOURCE / "scripts" / "packages").read_text().replace("/usr/sbin/policy-rc.d", f"{folder}/policy"))
            done = run("bash", "-c", f"set -euo pipefail; . {packages}; install_packages no-such-package",
                       env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}"})
            self.assertNotEqual(done.returncode, 0)
            self.assertEqual((Path(folder) / "done").read_text().splitlines()[-1], f"rm -f {folder}/policy")


if __name__ == "__main__":
    unittest.main()
