"""What goes wrong is said in one clear sentence, and nothing is lost by it."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from lab import SANITIZED, SINKFEED, SOURCE, Daemon, LabTest, free_port, run, wait_for


class Settings(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sinkfeed-bad-"))
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(SOURCE / "config", self.folder / "config")
        self.file = self.folder / "config" / "sinkfeed.toml"

    def change(self, old, new):
        text = self.file.read_text()
        self.assertIn(old, text)
        self.file.write_text(text.replace(old, new, 1))

    def check(self, *sentence):
        """check and serve both say it, on one line, and fail."""
        for command in ("check", "serve"):
            done = run(SINKFEED, command, "--config", self.file, "--state", self.folder / "state")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
            for part in sentence:
                self.assertIn(part, done.stderr)

    def test_an_unknown_key_has_its_place_and_the_nearest_key(self):
        self.change("\nlisten = [", "\nlisen = [")
        self.check("sinkfeed.toml:", "lisen", "listen")

    def test_a_bad_address_has_its_place(self):
        self.change('ipv4 = "192.0.2.1"', 'ipv4 = "192.0.2.256"')
        self.check("sinkfeed.toml:", "192.0.2.256")

    def test_a_missing_profile_is_named_with_those_that_are_there(self):
        self.change('profiles = ["google-talk"]', 'profiles = ["gogle-talk"]')
        self.check("gogle-talk", "google-talk")

    def test_a_damaged_profile_has_its_place(self):
        profile = self.folder / "config" / "profiles" / "google-talk.toml"
        profile.write_text(profile.read_text().replace('match = "suffix"', 'match = "sufix"', 1))
        self.check("google-talk.toml:", "sufix")

    def test_settings_that_are_not_there(self):
        self.file.unlink()
        self.check("sinkfeed.toml")


class Start(LabTest):
    def fails(self, daemon, *sentence):
        done = run(SINKFEED, "serve", "--config", daemon.settings)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len([line for line in done.stderr.splitlines() if line.startswith("sinkfeed: ")]), 1, done.stderr)
        for part in sentence:
            self.assertIn(part, done.stderr)

    def test_a_taken_port_is_named_with_who_has_it(self):
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            with socket.socket(socket.AF_INET, kind) as holder:
                port = free_port()
                holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                holder.bind(("127.0.0.1", port))
                if kind == socket.SOCK_STREAM:
                    holder.listen()
                self.fails(Daemon(self.lab, self.lab.upstream_port, port=port), "the port is taken by python3", f"process {os.getpid()}", "--port")

    def test_an_upstream_that_is_this_very_server_is_refused(self):
        port = free_port()
        daemon = Daemon(self.lab, port, listen="0.0.0.0", port=port)
        self.fails(daemon, "it would ask itself", "upstream.servers")
        checked = run(SINKFEED, "check", "--config", daemon.settings)
        self.assertEqual(checked.returncode, 1, "what serve refuses is not right")
        self.assertIn("it would ask itself", checked.stderr)

    def test_a_taken_http_port_is_named(self):
        daemon = Daemon(self.lab, self.lab.upstream_port)
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", daemon.http_port))
            holder.listen()
            self.fails(daemon, "cannot serve HTTP", "taken by python3", "--http-port")

    def test_a_store_that_another_daemon_has_open(self):
        first = self.daemon()
        second = Daemon(self.lab, self.lab.upstream_port, state=first.state)
        self.fails(second, "is open in another sinkfeed", "--state")
        self.assertEqual(first.short("talk.google.com"), ["192.0.2.1"])

    def test_a_state_folder_that_cannot_be_made(self):
        blocker = self.lab.folder / "file"
        blocker.write_text("")
        self.fails(Daemon(self.lab, self.lab.upstream_port, state=blocker / "state"), str(blocker))

    def test_reading_without_a_daemon_and_without_a_store(self):
        daemon = Daemon(self.lab, self.lab.upstream_port, state=self.lab.folder / "nowhere")
        done = daemon.command("ips", "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no store here", done.stderr)


class FullDisk(LabTest):
    def test_dns_goes_on_readyz_says_what_is_wrong_and_it_recovers(self):
        disk = Path(tempfile.mkdtemp(dir=self.lab.folder))
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        sinkfeed = Daemon(self.lab, self.lab.upstream_port, state=disk / "state").start()
        self.addCleanup(lambda: sinkfeed.process in self.lab.processes and sinkfeed.stop())
        before = sinkfeed.feed()
        with open(disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 65536):
                    pass
            except OSError:
                pass
        # New queries until the history must be written and cannot: RocksDB has reserved some room for itself.
        names = self.lab.folder / "names.txt"
        names.write_text("".join(f"n{i}.google.com A\n" for i in range(20000)))

        def load():
            run("dnsperf", "-s", "127.0.0.1", "-p", sinkfeed.port, "-d", names, "-n", "5", "-q", "200")
            status, _, body = sinkfeed.get("/readyz")
            return status == 503 and body

        wrong = wait_for(load, 600 if SANITIZED else 120, "the full disk")
        self.assertRegex(wrong, "No space left on device")
        self.assertIn("is running with a problem", sinkfeed.command("status").stdout)
        self.assertEqual(sinkfeed.short("talk.google.com"), ["192.0.2.1"])
        self.assertEqual(sinkfeed.short("www.office.example"), ["198.41.0.10"])
        self.assertLessEqual(set(before), set(sinkfeed.feed()))
        count = int(sinkfeed.command("history", "search", "--count").stdout)
        (disk / "ballast").unlink()
        wait_for(lambda: sinkfeed.get("/readyz")[0] == 200, 60, "all well again: " + sinkfeed.process.text()[-2000:])
        self.assertGreaterEqual(int(sinkfeed.command("history", "search", "--count").stdout), count)
        self.assertEqual(sinkfeed.stop(), 0)


if __name__ == "__main__":
    unittest.main()
