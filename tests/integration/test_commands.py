"""Commands beside a running daemon: with each ordinary way to serve HTTP they ask it, and when they cannot, they say why."""

import signal
import socket
import subprocess
import unittest
from pathlib import Path

from lab import SINKFEED, Daemon, Lab, LabTest, free_port, run, wait_for

MACHINE = "sft-machine"


class OnItsOwnAddress(unittest.TestCase):
    """A machine with an address that is not loopback, as every server has."""

    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "netns", "del", MACHINE], capture_output=True, check=False)
        for command in (["netns", "add", MACHINE], ["-n", MACHINE, "link", "set", "lo", "up"],
                        ["-n", MACHINE, "address", "add", "10.98.0.1/32", "dev", "lo"]):
            subprocess.run(["ip", *command], check=True, capture_output=True, timeout=20)
        cls.lab = Lab(prefix=("ip", "netns", "exec", MACHINE))
        cls.addClassCleanup(cls.take_down)

    @classmethod
    def take_down(cls):
        cls.lab.close()
        subprocess.run(["ip", "netns", "del", MACHINE], capture_output=True, check=False)

    def test_commands_find_the_daemon_whatever_http_is_set_to(self):
        for http, allow in (("10.98.0.1", ["10.0.0.0/8"]), ("10.98.0.1", ["192.0.2.5"]), ("127.0.0.1", ["192.0.2.5"]), ("0.0.0.0", ["192.0.2.5"])):
            sinkfeed = Daemon(self.lab, free_port(), http=http, http__allow=allow, state=self.lab.folder / f"{http}-{allow[0][:3]}").start(ready=False)
            wait_for(lambda: sinkfeed.process.child.poll() is not None or sinkfeed.get("/healthz")[0] == 200, what="the daemon")
            for command in (["status"], ["reload"], ["history", "search"], ["feed", "show", "google-talk"]):
                done = sinkfeed.command(*command)
                self.assertEqual(done.returncode, 0, (http, allow, command, done.stderr))
                if command == ["status"]:
                    self.assertIn("is running", done.stdout)
            self.assertEqual(sinkfeed.stop(), 0)


class Unreachable(LabTest):
    def test_the_reason_is_said_and_the_store_is_not_read_beside_the_daemon(self):
        sinkfeed = self.daemon()
        process = f"process {sinkfeed.process.child.pid}"

        def refused(why, *options):
            done = sinkfeed.command(*options, "status")
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn(process, done.stderr)
            self.assertIn(why, done.stderr)

        refused("does not listen at", "--http", f"127.0.0.1:{free_port()}")
        # Somebody who takes the question and never answers.
        with socket.create_server(("127.0.0.1", 0)) as silent:
            refused("did not answer within", "--http", f"127.0.0.1:{silent.getsockname()[1]}")
        sinkfeed.process.child.send_signal(signal.SIGSTOP)
        wait_for(lambda: all(Path(task, "stat").read_text().split(")")[-1].split()[0] == "T" for task in
                             Path(f"/proc/{sinkfeed.process.child.pid}/task").iterdir()), what="the daemon to stand still")
        refused("did not answer within")
        sinkfeed.process.child.send_signal(signal.SIGCONT)

    def test_the_feeds_urls_are_the_daemons(self):
        sinkfeed = self.daemon()
        elsewhere = self.lab.folder / "elsewhere.toml"
        elsewhere.write_text(sinkfeed.settings.read_text().replace(str(sinkfeed.http_port), "8053"))
        found = run(SINKFEED, "--config", elsewhere, "--http", f"127.0.0.1:{sinkfeed.http_port}", "feed", "list")
        self.assertIn(f"http://127.0.0.1:{sinkfeed.http_port}/feed/google-talk.FORMAT", found.stdout)


if __name__ == "__main__":
    unittest.main()
