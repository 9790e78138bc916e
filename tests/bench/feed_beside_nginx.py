"""A feed of 100,000 entries beside nginx, which serves the same bytes as a file; and ten thousand subscribers within a minute.

Both servers have one core, wrk the other. Server CPU an answer is the figure that holds on a noisy machine.
"""

import json
import os
import re
import resource
import statistics
import subprocess
import time
import urllib.request

ENTRIES, CONNECTIONS = 100_000, 64
SUBSCRIBERS, WITHIN = 10_000, 60
FEED = "/feed/chat.txt"


def cpu_seconds(pid):
    """Of a process and its children."""
    total = 0
    children = subprocess.run(["pgrep", "-P", str(pid)], stdout=subprocess.PIPE, text=True, check=False).stdout.split()
    for one in [str(pid), *children]:
        fields = open(f"/proc/{one}/stat", encoding="ascii").read().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def post(http, path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{http}{path}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))


def fill(http):
    addresses = [f"20.{value >> 16 & 255}.{value >> 8 & 255}.{value & 255}" for value in range(0, ENTRIES * 3, 3)]
    for first in range(0, ENTRIES, 4000):
        seen = [{"address": address} for address in addresses[first:first + 4000]]
        post(http, "/api/v1/ips/observed", {"profile": "chat", "vantage": "hand", "detail": "bench", "addresses": seen})


def wrk(port, seconds, tag=None):
    """Answers a second."""
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds:.0f}s"]
    if tag:
        command += ["-H", f"If-None-Match: {tag}"]
    out = subprocess.run([*command, f"http://127.0.0.1:{port}{FEED}"], stdout=subprocess.PIPE, text=True, check=True).stdout
    # Of a full body every answer is a 200, of a conditional request every one a 304: wrk counts neither as an error.
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    if failed:
        raise RuntimeError(f"port {port}: {failed.group(0)}")
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1))


def start_nginx(bench, port, body):
    root = bench.folder / "www"
    (root / "feed").mkdir(parents=True, exist_ok=True)
    (root / FEED[1:]).write_bytes(body)
    config = bench.file(
        "nginx.conf",
        f"""daemon off; worker_processes 1; pid {bench.folder}/nginx.pid; error_log {bench.folder}/nginx.log; user root;
events {{ worker_connections 16384; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; etag on; default_type text/plain; open_file_cache max=100;
  server {{ listen 127.0.0.1:{port} backlog=1024; root {root}; }} }}
""",
    )
    bench.start("nginx", port, ["nginx", "-c", config])


def tag_of(port):
    return urllib.request.urlopen(f"http://127.0.0.1:{port}{FEED}", timeout=20).headers["ETag"]


def beside(bench, port, nginx_port):
    """Both servers in turn, conditional and whole."""
    pids = {name: child.pid for name, _, child in bench.running}
    print(f"\nhttp: {ENTRIES} entries, {CONNECTIONS} connections\n{'':<20}{'answers/s':>11}{'of nginx':>10}{'CPU us':>9}{'of nginx':>10}")
    for what, conditional in (("304", True), ("whole body", False)):
        rows = {"nginx": [], "sinkfeed": []}
        for round_ in range(bench.options.rounds + 1):
            for name, at in (("nginx", nginx_port), ("sinkfeed", port)):
                tag = tag_of(at) if conditional else None
                before = cpu_seconds(pids[name])
                rate = wrk(at, bench.options.seconds, tag)
                used = cpu_seconds(pids[name]) - before
                if round_:  # the first warms up
                    rows[name].append((rate, used / (rate * bench.options.seconds) * 1e6))
        for name, figures in rows.items():
            rate, cpu = (statistics.median(figure[i] for figure in figures) for i in (0, 1))
            of = [statistics.median(a[i] / b[i] for a, b in zip(figures, rows["nginx"])) for i in (0, 1)]
            print(f"{what + ', ' + name:<20}{rate:>11.0f}{of[0]:>10.2f}{cpu:>9.1f}{of[1]:>10.2f}", flush=True)


def subscribers(bench, port, nginx_port, dns_port, questions, tokens):
    """DNS at 20,000 questions a second on the servers' core: at rest, and while ten thousand subscribers poll nginx, then us. What DNS
    pays beside nginx is what the machine takes for the connections, whoever serves them."""
    child = next(child for name, _, child in bench.running if name == "sinkfeed")
    print(f"\nhttp: {SUBSCRIBERS} subscribers within {WITHIN} s, a connection and a token each; DNS at 20,000 a second beside it\n"
          f"{'':<20}{'p50 ms':>9}{'p99 ms':>9}{'longest':>9}{'DNS p50 us':>12}{'DNS p99 us':>12}{'lost':>6}  answers")
    file = bench.file("tokens", "\n".join(tokens))

    def row(name, poll, figures):
        cells = "".join(f"{poll[key]:>9.1f}" for key in ("p50_ms", "p99_ms", "longest_ms")) if poll else " " * 27
        latencies = "".join(f"{statistics.median(figure[key] for figure in figures):>12.0f}" for key in ("p50_us", "p99_us"))
        print(f"{name:<20}{cells}{latencies}{sum(figure['lost'] for figure in figures):>6}  {poll['statuses'] if poll else ''}", flush=True)

    def ask():
        return bench.drive(dns_port, child.pid, questions, bench.options.seconds, rate=20000)

    row("nobody", None, [ask() for _ in range(5)])
    for name, at in (("nginx", nginx_port), ("sinkfeed", port)):
        command = ["taskset", "-c", "1", bench.build / "tests/bench/subscriber_load", at, FEED, tag_of(at), file, SUBSCRIBERS, WITHIN]
        load = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True)
        figures = []
        while load.poll() is None:
            figures.append(ask())
        row(name, json.loads(load.communicate()[0]), figures[:-1])  # the last had fewer beside it


def run(bench, floor_port, dns_port):
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    bench.start("floor", floor_port, [bench.build / "tests/bench/dns_floor", floor_port])
    bench.start("sinkfeed", dns_port, bench.sinkfeed(dns_port))
    http, nginx_port = dns_port + 1000, dns_port + 1001
    time.sleep(5)
    fill(http)
    body = urllib.request.urlopen(f"http://127.0.0.1:{http}{FEED}", timeout=20).read()
    start_nginx(bench, nginx_port, body)
    time.sleep(1)
    tokens = []
    for number in range(100):  # a hundred subscribers share one each
        tokens.append(json.loads(subprocess.run(
            [bench.build / "sinkfeed", "token", "create", f"firewall-{number}", "--scope", "feed", "--json", "--config", bench.folder / f"sinkfeed-{dns_port}.toml"],
            stdout=subprocess.PIPE, check=True).stdout)["token"])
    beside(bench, http, nginx_port)
    questions = bench.questions("hot", 0, 0)
    # What the names resolve to is known then, and the feed stays as it is.
    bench.drive(dns_port, next(child.pid for name, _, child in bench.running if name == "sinkfeed"), questions, 2 * bench.options.seconds)
    time.sleep(5)
    subscribers(bench, http, nginx_port, dns_port, questions, tokens)
    bench.stop_all()
