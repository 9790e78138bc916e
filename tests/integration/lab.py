"""A small laboratory for the integration tests: a real authoritative server (NSD), a real recursor before it (unbound), the daemon under
test, and clients. Everything listens on loopback, on free ports, in a folder that goes with the test."""

import json
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path

SINKFEED = os.environ["SINKFEED"]
SANITIZED = os.environ.get("SINKFEED_SANITIZED")  # memory and time are then not those of the release
SOURCE = Path(os.environ["SINKFEED_SOURCE"])
ZONES = Path(__file__).resolve().parent / "zones"


def free_port():
    """A port that is free for UDP and TCP on every address. From below the range that the kernel gives to clients: a
    connection of another test that is in TIME_WAIT, on whichever address, would be in the way of a daemon that moves there."""
    while True:
        port = random.randrange(10000, 32000)
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(("::", port))
                udp.bind(("::", port))
                return port
            except OSError:
                continue


def wait_for(condition, seconds=15, what="the condition"):
    """Polls until the condition gives something true, and returns that."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come true within {seconds} s")


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, **options)


class Process:
    """A program that runs until it is stopped, its output in a file."""

    def __init__(self, folder, name, command):
        self.log = folder / f"{name}.log"
        self.output = open(self.log, "ab")
        self.child = subprocess.Popen([str(part) for part in command], stdout=self.output, stderr=self.output, cwd=folder)

    def stop(self, how=signal.SIGTERM, patience=20):
        """Returns the exit status."""
        if self.child.poll() is None:
            self.child.send_signal(how)
        try:
            return self.child.wait(patience)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()
            raise
        finally:
            self.output.close()
            self.check_sanitizers()

    def check_sanitizers(self):
        found = [line for line in self.text().splitlines() if "Sanitizer:" in line or "runtime error:" in line]
        if found:
            raise AssertionError("the sanitizers found something: " + self.text())

    def text(self):
        return self.log.read_text(errors="replace")


class Lab:
    """Folder, authoritative server and recursor. `prefix` is put before every command: ("ip", "netns", "exec", NAME)."""

    def __init__(self, prefix=()):
        self.folder = Path(tempfile.mkdtemp(prefix="sinkfeed-lab-"))
        self.prefix = list(prefix)
        self.processes = []
        self.zones = self.folder / "zones"
        shutil.copytree(ZONES, self.zones)

    def start(self, name, *command):
        process = Process(self.folder, name, self.prefix + list(command))
        self.processes.append(process)
        return process

    def start_nsd(self, port=None):
        self.nsd_port = port or free_port()
        names = sorted(path.name for path in self.zones.iterdir())
        config = self.folder / "nsd.conf"
        config.write_text(
            f"""server:
  ip-address: 127.0.0.1@{self.nsd_port}
  zonesdir: "{self.zones}"
  username: ""
  database: ""
  pidfile: "{self.folder}/nsd.pid"
  xfrdfile: "{self.folder}/xfrd.state"
  zonelistfile: "{self.folder}/zone.list"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
"""
            + "".join(f'zone:\n  name: "{name.replace("root", ".")}"\n  zonefile: "{name}"\n' for name in names)
        )
        self.nsd = self.start("nsd", "nsd", "-d", "-c", config)
        wait_for(lambda: self.asks("127.0.0.1", self.nsd_port, "ns.google.com"), what="NSD")

    def start_unbound(self):
        """The upstream that sinkfeed forwards to: it follows chains from zone to zone, as a real one does."""
        self.upstream_port = free_port()
        self.unbound = self.run_unbound("unbound", self.upstream_port, "".join(
            f'stub-zone:\n  name: "{path.name.replace("root", ".")}"\n  stub-addr: 127.0.0.1@{self.nsd_port}\n' for path in self.zones.iterdir()))

    def run_unbound(self, name, port, zones):
        config = self.folder / f"{name}.conf"
        config.write_text(
            f"""server:
  interface: 127.0.0.1@{port}
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: "{self.folder}/{name}.pid"
  use-syslog: no
  module-config: "iterator"
  do-not-query-localhost: no
  num-threads: 1
remote-control:
  control-enable: no
"""
            + zones
        )
        process = self.start(name, "unbound", "-d", "-c", config)
        wait_for(lambda: self.asks("127.0.0.1", port, "ns.google.com"), what=name)
        return process

    def asks(self, server, port, name):
        return run(*self.prefix, "dig", f"@{server}", "-p", port, name, "+short", "+time=1", "+tries=1").stdout.strip()

    def close(self):
        for process in reversed(self.processes):
            try:
                process.stop()
            except subprocess.TimeoutExpired:
                pass
        shutil.rmtree(self.folder, ignore_errors=True)


class Daemon:
    """The daemon under test, with settings of its own."""

    def __init__(self, lab, upstream_port, listen="127.0.0.1", listen_also=(), state=None, http="127.0.0.1", port=None, **settings):
        self.lab = lab
        self.address = listen
        self.port = port or free_port()
        self.http_port = free_port()
        self.http = http
        self.state = Path(state or lab.folder / "state")
        self.settings = lab.folder / "sinkfeed.toml"
        tables = {
            "dns": {"listen": [f"{listen}:{self.port}"] + [f"{address}:{self.port}" for address in listen_also], "workers": 2},
            "upstream": {"servers": [f"127.0.0.1:{upstream_port}"], "timeout": "1s"},
            "block": {"profiles_path": str(SOURCE / "config" / "profiles")},
            "store": {"path": str(self.state)},
            "http": {"listen": [f"{http}:{self.http_port}"]},
            "sweep": {"min_interval": "1s", "rate": 500},
        }
        for key, value in settings.items():
            table, name = key.split("__")
            tables.setdefault(table, {})[name] = value
        self.settings.write_text(
            "".join(f"[{table}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()) for table, keys in tables.items())
        )
        self.process = None

    def start(self, ready=True):
        self.process = self.lab.start("sinkfeed", SINKFEED, "serve", "--config", self.settings)
        if ready:
            wait_for(lambda: self.process.child.poll() is not None or self.get("/readyz")[0] == 200, what="the daemon: " + self.process.text())
            if self.process.child.poll() is not None:
                raise AssertionError("the daemon ended: " + self.process.text())
        return self

    def stop(self, how=signal.SIGTERM):
        self.lab.processes.remove(self.process)
        return self.process.stop(how)

    # What a client, a firewall, an auditor would do.

    def dig(self, name, kind="A", *options, tool="dig", server=None):
        return run(*self.lab.prefix, tool, f"@{server or self.address}", "-p", self.port, name, kind, *options).stdout

    def short(self, name, kind="A", *options):
        return self.dig(name, kind, "+short", *options).split()

    def get(self, path, headers=None, method="GET"):
        """Status, headers, body, over HTTP; status 0 if nobody answers."""
        if self.lab.prefix:
            done = run(*self.lab.prefix, "curl", "-s", "-w", "\n%{http_code}", f"http://{self.http}:{self.http_port}{path}")
            body, _, status = done.stdout.rpartition("\n")
            return int(status), {}, body
        request = urllib.request.Request(f"http://{self.http}:{self.http_port}{path}", headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.headers, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read().decode()
        except OSError:
            return 0, {}, ""

    def feed(self, query=""):
        status, _, body = self.get("/feed/google-talk.txt" + query)
        assert status == 200, (status, body)
        return body.split()

    def generation(self):
        return int(self.get("/feed/google-talk.txt")[1]["X-Sinkfeed-Generation"])

    def wait_for_a_quiet_feed(self):
        """Until the first sweep has found what there is: no new generation for a second."""
        last, since = 0, time.monotonic()

        def quiet():
            nonlocal last, since
            now = self.generation()
            if now != last:
                last, since = now, time.monotonic()
            return time.monotonic() - since > 1

        wait_for(quiet, 20, "a feed that does not change")

    def command(self, *arguments):
        return run(*self.lab.prefix, SINKFEED, "--config", self.settings, *arguments)

    def history(self, *arguments):
        found = self.command("history", "search", "--json", *arguments)
        assert found.returncode == 0, found.stderr
        return json.loads(found.stdout)["records"]


class LabTest(unittest.TestCase):
    """A laboratory for each test class, a daemon for each test if it asks for one."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        try:
            cls.lab.start_nsd()
            cls.lab.start_unbound()
        except BaseException:
            cls.lab.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.lab.close()

    def daemon(self, **settings):
        daemon = Daemon(self.lab, self.lab.upstream_port, state=tempfile.mkdtemp(dir=self.lab.folder), **settings).start()
        self.addCleanup(lambda: daemon.process in self.lab.processes and daemon.stop())
        return daemon
