#!/usr/bin/env python3
"""sinkfeed beside other DNS servers, in one run on this machine.

Each server forwards to the floor (a program that answers every question with one fixed record) and is pinned to core 0 with one worker; the
load generator is pinned to core 1. Servers are driven in turn, several rounds; medians are printed, and ratios to the floor of the same round,
medians too: those hold on a noisy machine, absolute rates do not.

  hot    10,000 names asked for with Zipf frequencies, all in the cache
  sunk   names of the google-talk profile (sinkfeed alone)
  miss   no name twice
  paced  the hot names at 20,000 questions a second, for latency
  busy   the same (sinkfeed alone), while it is reloaded, publishes a new generation, renders and serves every format and searches its
         history all the time, right after a hot round whose records RocksDB has to flush and compact
  ledger the same (sinkfeed alone), while a ledger of a million addresses takes observations of known ones and publishes a new one every time;
         and beside a loop of the daemon's background priority that does nothing, which is what the machine's scheduler costs
  two    the hot names with one worker and with two, which get a core each (sinkfeed alone): how many times one worker's answers two can give,
         by CPU time an answer
  parts  what reading a question, finding and patching an answer and recording it cost, without a network (Google Benchmark)
  feed   a feed of a million entries: joining its addresses, rendering it anew
  http   a feed of 100,000 entries beside nginx serving the same bytes: conditional requests and whole bodies; and ten thousand subscribers
         within a minute, each with a connection and a token, beside 20,000 questions a second
  cache  memory a cached answer, resident memory beside cache.size, hit ratio beside LRU and Belady's optimum
"""

import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import feed_beside_nginx

SOURCE = Path(__file__).resolve().parents[2]
FLOOR, FIRST_PORT = 5301, 5341
SERVER_CORE, LOAD_CORE = "0", "1"


class Bench:
    def __init__(self, build, options):
        self.build, self.options = build, options
        self.folder = Path(tempfile.mkdtemp(prefix="sinkfeed-bench-"))
        self.running = []
        self.log = open(self.folder / "log", "wb")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def start(self, name, port, command, core=SERVER_CORE):
        child = subprocess.Popen(["taskset", "-c", core] + [str(part) for part in command], stdout=self.log, stderr=self.log, cwd=self.folder)
        self.running.append((name, port, child))

    def stop_all(self):
        for _, _, child in self.running:
            child.terminate()
        for _, _, child in self.running:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self.running = []

    # How each server is told to listen on `port` and to forward everything to the floor.

    def sinkfeed(self, port, workers=1):
        profiles = self.folder / "profiles"
        shutil.copytree(SOURCE / "config/profiles", profiles, dirs_exist_ok=True)
        (profiles / "chat.toml").write_text(
            'title = "Chat"\nports = [443]\nname = [{name = "chat.example.net", match = "suffix", tier = "core", role = "of the ledger\'s figures"}]\n'
        )
        settings = self.file(
            f"sinkfeed-{port}.toml",
            f"""[dns]
listen = ["127.0.0.1:{port}"]
workers = {workers}
[upstream]
servers = ["127.0.0.1:{FLOOR}"]
[block]
profiles = ["google-talk", "chat"]
profiles_path = "{profiles}"
[store]
path = "{self.folder}/state-{port}"
[http]
listen = ["127.0.0.1:{port + 1000}"]
[ledger]
max_new_per_hour = 0
[feed]
max_growth = 0
""",
        )
        return [self.build / "sinkfeed", "serve", "--config", settings]

    def unbound(self, port, log="no"):
        config = self.file(
            f"unbound-{port}.conf",
            f"""server:
  interface: 127.0.0.1@{port}
  num-threads: 1
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "{self.folder}"
  pidfile: "{self.folder}/unbound-{port}.pid"
  use-syslog: no
  logfile: "{self.folder}/unbound-{port}.log"
  log-queries: {log}
  log-replies: {log}
  module-config: "iterator"
  msg-cache-size: 128m
  rrset-cache-size: 256m
  do-not-query-localhost: no
  local-zone: "test." nodefault
  so-rcvbuf: 4m
  outgoing-range: 4096
  num-queries-per-thread: 2048
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{FLOOR}
""",
        )
        return ["unbound", "-d", "-c", config]

    def unbound_logging(self, port):
        return self.unbound(port, "yes")

    def dnsdist(self, port):
        config = self.file(
            "dnsdist.conf",
            f"""setLocal("127.0.0.1:{port}", {{reusePort=true}})
newServer({{address="127.0.0.1:{FLOOR}", sockets=8, healthCheckMode="up"}})
getPool(""):setCache(newPacketCache(200000, {{maxTTL=86400, numberOfShards=40}}))
setMaxUDPOutstanding(65535)
setUDPMultipleMessagesVectorSize(64)
setACL("127.0.0.0/8")
""",
        )
        return ["dnsdist", "--supervised", "--disable-syslog", "-C", config]

    def kresd(self, port):
        home = self.folder / "kresd"
        home.mkdir(exist_ok=True)
        config = self.file(
            "kresd.conf",
            f"""net.listen('127.0.0.1', {port}, {{kind='dns'}})
cache.size = 200*MB
policy.add(policy.all(policy.FORWARD('127.0.0.1@{FLOOR}')))
trust_anchors.remove('.')
net.ipv6 = false
""",
        )
        return ["kresd", "-n", "-c", config, home]

    def recursor(self, port):
        home = self.folder / "recursor"
        home.mkdir(exist_ok=True)
        options = {"config-dir": home, "socket-dir": home, "daemon": "no", "local-address": "127.0.0.1", "local-port": port, "threads": 1, "dnssec": "off",
                   "forward-zones-recurse": f".=127.0.0.1:{FLOOR}", "dont-query": "", "pdns-distributes-queries": "no", "setuid": "", "setgid": "",
                   "chroot": "", "quiet": "yes"}
        return ["pdns_recursor", "--disable-syslog"] + [f"--{key}={value}" for key, value in options.items()]

    def named(self, port):
        home = self.folder / "named"
        home.mkdir(exist_ok=True)
        config = self.file(
            "named.conf",
            f"""options {{ directory "{home}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; pid-file "{home}/pid";
  session-keyfile "{home}/key"; forwarders port {FLOOR} {{ 127.0.0.1; }}; forward only; dnssec-validation no; recursion yes;
  allow-query {{ 127.0.0.0/8; }}; }};
controls {{ }};
""",
        )
        return ["named", "-f", "-n", "1", "-c", config]

    def dnsmasq(self, port):
        return ["dnsmasq", "-k", "-p", port, "--listen-address=127.0.0.1", "--bind-interfaces", "-C", "/dev/null", "--no-resolv", "--no-hosts",
                f"--server=127.0.0.1#{FLOOR}", "--cache-size=10000", "--user=root", f"--pid-file={self.folder}/dnsmasq.pid", "-0", "5000"]

    PEERS = {"sinkfeed": sinkfeed, "unbound": unbound, "unbound, logging": unbound_logging, "dnsdist": dnsdist, "kresd": kresd,
             "pdns-recursor": recursor, "named": named, "dnsmasq": dnsmasq}

    def questions(self, load, round_, place):
        chance = random.Random(f"{load}{round_}{place}")
        if load == "miss":
            tag = f"{chance.randrange(10**9)}"
            lines = [f"u{i}.m{tag}x{i % 1009}.test A" for i in range(400000)]
        elif load == "sunk":
            names = ["talk.google.com", "talkx.l.google.com", "xmpp.l.google.com", "alt1.xmpp.l.google.com", "chatenabled.mail.google.com"]
            lines = [f"{chance.choice(names)} {chance.choice(['A', 'AAAA', 'HTTPS'])}" for _ in range(50000)]
        else:
            chance = random.Random(7)
            names = [f"host{i}.example{i % 997}.test" for i in range(10000)]
            picks = chance.choices(names, weights=[1 / (i + 1) for i in range(10000)], k=200000)
            lines = [f"{name} {'A' if chance.random() < 0.7 else 'AAAA'}" for name in picks]
        return self.file("questions", "\n".join(lines) + "\n")

    def drive(self, port, pid, file, seconds, rate=None, sockets=4, window=100):
        command = ["taskset", "-c", LOAD_CORE, self.build / "tests/bench/dns_load", port, file, seconds, sockets, window, pid] + ([rate] if rate else [])
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=seconds * 3 + 30, check=True)
        return json.loads(done.stdout)

    def measure(self, load):
        options = self.options
        # While names miss, the floor works for everyone: then it must not be on the servers' core.
        self.start("floor", FLOOR, [self.build / "tests/bench/dns_floor", FLOOR], LOAD_CORE if load == "miss" else SERVER_CORE)
        time.sleep(0.3)
        for place, (name, command) in enumerate(self.PEERS.items()):
            if load == "sunk" and name != "sinkfeed":
                continue
            if options.only and name not in options.only.split(","):
                continue
            port = FIRST_PORT + place
            line = command(self, port)
            if shutil.which(str(line[0])):
                self.start(name, port, line)
            else:
                print(f"{name} is not installed; left out", file=sys.stderr)
        time.sleep(3)
        figures = {name: [] for name, _, _ in self.running}
        for round_ in range(options.rounds):
            for place, (name, port, child) in enumerate(self.running):
                if child.poll() is not None:
                    continue
                file = self.questions(load, round_, place)
                if round_ == 0 and load != "miss":
                    self.drive(port, child.pid, file, 3, sockets=1, window=50)
                figures[name].append(self.drive(port, child.pid, file, options.seconds, rate=20000 if load == "paced" else None))
        self.stop_all()
        return figures

    def disturb(self, port, stopped, done):
        """Everything that the daemon does beside answering, over and over."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)  # it is the daemon's work that is to disturb, not this
        os.sched_setaffinity(threading.get_native_id(), {int(LOAD_CORE)})
        profile = self.folder / "profiles/google-talk.toml"
        text = profile.read_text()
        http = f"http://127.0.0.1:{port + 1000}"

        def fetch(path, method="GET"):
            urllib.request.urlopen(urllib.request.Request(http + path, method=method), timeout=20).read()

        while not stopped.is_set():
            done["reloads"] += 1
            profile.write_text(text.replace("ports = [80,", f"ports = [{9000 + done['reloads'] % 100}, 80,"))
            fetch("/api/v1/reload", "POST")
            for suffix in ("txt", "json", "nft"):
                fetch(f"/feed/google-talk.{suffix}")
            fetch("/api/v1/history?name=host1.example1.test&limit=100")
            stopped.wait(0.2)
        profile.write_text(text)

    def busy(self):
        """One worker's latency at 20,000 a second, at rest and while everything else goes on. SST files that came and went: flushed, compacted."""
        port = FIRST_PORT
        self.start("floor", FLOOR, [self.build / "tests/bench/dns_floor", FLOOR])
        self.start("sinkfeed", port, self.sinkfeed(port))
        time.sleep(3)
        child, file = self.running[1][2], self.questions("hot", 0, 0)
        self.drive(port, child.pid, file, 3)
        print(f"\nbusy\n{'':<10}{'p50 us':>9}{'p99 us':>9}{'lost':>8}{'reloads':>9}{'tables':>9}")
        database = self.folder / f"state-{port}/db"
        for _ in range(self.options.rounds):
            rest = self.drive(port, child.pid, file, self.options.seconds, rate=20000)
            print(f"{'at rest':<10}{rest['p50_us']:>9.0f}{rest['p99_us']:>9.0f}{rest['lost']:>8}")
            stopped, done, tables = threading.Event(), {"reloads": 0}, set()
            disturbance = threading.Thread(target=self.disturb, args=(port, stopped, done))
            self.drive(port, child.pid, file, 4 * self.options.seconds)
            disturbance.start()
            before = {path.name for path in database.glob("*.sst")}
            busy = self.drive(port, child.pid, file, self.options.seconds, rate=20000)
            tables = before ^ {path.name for path in database.glob("*.sst")}
            stopped.set()
            disturbance.join()
            print(f"{'busy':<10}{busy['p50_us']:>9.0f}{busy['p99_us']:>9.0f}{busy['lost']:>8}{done['reloads']:>9}{len(tables):>9}", flush=True)
        self.stop_all()

    def observe(self, port, stopped, done):
        """What a client's observer posts, over and over: 2,000 addresses that are known and one that is not."""
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 19)
        os.sched_setaffinity(threading.get_native_id(), {int(LOAD_CORE)})
        numbers = random.Random(1)
        known = [[f"20.{n >> 16}.{n >> 8 & 255}.{n & 255}" for n in numbers.choices(range(1000000), k=2000)] for _ in range(20)]
        while not stopped.is_set():
            new = f"30.{done['posts'] >> 8}.{done['posts'] & 255}.7"
            seen = [{"address": address} for address in known[done["posts"] % len(known)] + [new]]
            body = json.dumps({"profile": "chat", "vantage": "hand", "detail": "bench", "addresses": seen}).encode()
            target = f"http://127.0.0.1:{port + 1000}/api/v1/ips/observed"
            urllib.request.urlopen(urllib.request.Request(target, body, {"Content-Type": "application/json"}), timeout=20).read()
            done["posts"] += 1

    def ledger(self):
        """One worker's latency at 20,000 a second: at rest, beside a loop that does nothing, beside the work on a million addresses."""
        port = FIRST_PORT
        self.print_program("ledger_figures", self.folder / f"state-{port}", 1000000, 0, cores=f"{SERVER_CORE},{LOAD_CORE}")
        self.start("floor", FLOOR, [self.build / "tests/bench/dns_floor", FLOOR])
        self.start("sinkfeed", port, self.sinkfeed(port))
        time.sleep(10)
        child, file = self.running[1][2], self.questions("hot", 0, 0)
        self.drive(port, child.pid, file, 3)

        def row(name, figures, more=""):
            print(f"{name:<16}{figures['p50_us']:>9.0f}{figures['p99_us']:>9.0f}{figures['lost']:>8}{figures['cores']:>7.2f}{more}", flush=True)

        print(f"\nledger\n{'':<16}{'p50 us':>9}{'p99 us':>9}{'lost':>8}{'cores':>7}{'observed/s':>12}")
        done = {"posts": 0}
        for _ in range(self.options.rounds):
            row("at rest", self.drive(port, child.pid, file, self.options.seconds, rate=20000))
            loop = subprocess.Popen(["taskset", "-c", SERVER_CORE, "chrt", "--batch", "0", "nice", "-n", "19", "sh", "-c", "while :; do :; done"])
            row("beside a loop", self.drive(port, child.pid, file, self.options.seconds, rate=20000))
            loop.kill()
            loop.wait()
            stopped = threading.Event()
            observer = threading.Thread(target=self.observe, args=(port, stopped, done))
            observer.start()
            posts, start = done["posts"], time.monotonic()
            figures = self.drive(port, child.pid, file, self.options.seconds, rate=20000)
            row("beside work", figures, f"{2001 * (done['posts'] - posts) / (time.monotonic() - start):>12.0f}")
            stopped.set()
            observer.join()
        self.stop_all()

    def history(self):
        """On a disk: /tmp may be memory."""
        with tempfile.TemporaryDirectory(prefix="sinkfeed-history-", dir="/var/tmp") as folder:
            self.print_program("history_figures", folder)
        self.print_program("ring_push_bench", "--benchmark_filter=push")

    def two(self):
        self.start("floor", FLOOR, [self.build / "tests/bench/dns_floor", FLOOR])
        for place, workers in enumerate((1, 2)):
            port = FIRST_PORT + place
            self.start(str(workers), port, self.sinkfeed(port, workers), "0" if workers == 1 else "0,1")
        time.sleep(3)
        print(f"\ntwo\n{'one: CPU us':>12}{'two: CPU us':>12}{'two of one':>12}")
        file = self.questions("hot", 0, 0)
        for round_ in range(self.options.rounds + 1):
            one, two = (self.drive(port, child.pid, file, self.options.seconds, sockets=16, window=50)["cpu_us"] for _, port, child in self.running[1:])
            if round_:  # the first fills the caches
                print(f"{one:>12.2f}{two:>12.2f}{2 * one / two:>12.2f}", flush=True)
        self.stop_all()

    def parts(self):
        self.print_program("hot_path_bench", "--benchmark_min_time=0.5")
        self.print_program("ring_push_bench", "--benchmark_min_time=0.5")

    def feed(self):
        self.print_program("feed_figures")

    def http(self):
        feed_beside_nginx.run(self, FLOOR, FIRST_PORT)

    def cache(self):
        self.print_program("cache_figures")

    def print_program(self, name, *arguments, cores=SERVER_CORE):
        command = ["taskset", "-c", cores, self.build / "tests/bench" / name, *(str(argument) for argument in arguments)]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=self.log, text=True, check=True)
        print(f"\n{name}\n{done.stdout}", end="", flush=True)

    def print_table(self, load, figures):
        def median(name, key):
            return statistics.median(row[key] for row in figures[name])

        def of_floor(name, key):
            return statistics.median(row[key] / floor[key] for row, floor in zip(figures[name], figures["floor"]))

        print(f"\n{load}\n{'server':<18}{'answers/s':>11}{'of floor':>10}{'CPU us':>9}{'of floor':>10}{'p50 us':>9}{'p99 us':>9}{'lost':>8}{'SERVFAIL':>10}")
        for name in figures:
            if not figures[name]:
                print(f"{name:<18} did not run; see {self.folder}/log")
                continue
            print(f"{name:<18}{median(name, 'rate'):>11.0f}{of_floor(name, 'rate'):>10.2f}{median(name, 'cpu_us'):>9.2f}{of_floor(name, 'cpu_us'):>10.2f}"
                  f"{median(name, 'p50_us'):>9.0f}{median(name, 'p99_us'):>9.0f}{median(name, 'lost'):>8.0f}{median(name, 'servfail'):>10.0f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=SOURCE / "build/release")
    parser.add_argument("--loads", default="hot,sunk,miss,paced,busy,ledger,history,two,parts,cache,feed,http")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--only", help="these servers, by name, separated by commas")
    options = parser.parse_args()
    bench = Bench(options.build.resolve(), options)
    try:
        for load in options.loads.split(","):
            if load in ("busy", "ledger", "history", "two", "parts", "cache", "feed", "http"):
                getattr(bench, load)()
            else:
                bench.print_table(load, bench.measure(load))
    finally:
        bench.stop_all()
        bench.log.close()
    shutil.rmtree(bench.folder, ignore_errors=True)


if __name__ == "__main__":
    main()
