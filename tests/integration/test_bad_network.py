"""The way to upstream is bad: slow, lossy, reordered, doubled, or gone for a while. (The kernel's netem would do the first four; it is not in
every kernel, so a relay in this process does.)"""

import heapq
import random
import select
import selectors
import socket
import subprocess
import threading
import time
import unittest

from dns_message import Answer, query
from lab import Daemon, Lab, free_port, run, wait_for
from test_faults import OddUpstream, ask

OFFICE = "sfn-office"


class BadLine:
    """A relay of UDP packets: each is late by `delay` give or take `jitter` seconds (so some overtake others), some are lost, some come twice.
    A client has a socket of its own on the far side, as behind address translation."""

    def __init__(self, to, delay, jitter=0.0, loss=0.0, double=0.0, seed=1):
        self.to, self.delay, self.jitter, self.loss, self.double = ("127.0.0.1", to), delay, jitter, loss, double
        self.chance = random.Random(seed)
        self.ready = selectors.DefaultSelector()
        self.near = self.open(None)
        self.port = self.near.getsockname()[1]
        self.far = {}
        self.under_way = []  # (when, number, packet, client, onward), the next first
        self.running = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def open(self, client):
        line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        line.setblocking(False)
        line.bind(("127.0.0.1", 0))
        self.ready.register(line, selectors.EVENT_READ, client)
        return line

    def run(self):
        number = 0
        while self.running:
            now = time.monotonic()
            while self.under_way and self.under_way[0][0] <= now:
                self.deliver(*heapq.heappop(self.under_way)[2:])
            patience = self.under_way[0][0] - now if self.under_way else 0.1
            for key, _ in self.ready.select(min(patience, 0.1)):
                try:
                    packet, sender = key.fileobj.recvfrom(4096)
                except OSError:
                    continue
                for _ in range(2 if self.chance.random() < self.double else 1):
                    number += 1
                    late = max(0.0, self.delay + self.chance.uniform(-self.jitter, self.jitter))
                    if self.chance.random() >= self.loss:
                        heapq.heappush(self.under_way, (time.monotonic() + late, number, packet, key.data or sender, key.data is None))
        for line in [self.near, *self.far.values()]:
            line.close()

    def deliver(self, packet, client, onward):
        if not onward:
            self.near.sendto(packet, client)
            return
        if client not in self.far:
            if len(self.far) >= 200:  # the daemon takes a new port every few questions
                oldest = next(iter(self.far))
                self.ready.unregister(self.far[oldest])
                self.far.pop(oldest).close()
            self.far[client] = self.open(client)
        self.far[client].sendto(packet, self.to)

    def close(self):
        self.running = False
        self.thread.join()


class Lines(unittest.TestCase):
    def setUp(self):
        # One for a whole test: each worker learns for itself, and a client always has the same.
        self.client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.client.setblocking(False)
        self.addCleanup(self.client.close)

    def before(self, *lines, **settings):
        lab = Lab()
        self.addCleanup(lab.close)
        upstream = OddUpstream(lambda m: [(0, OddUpstream.answer(m))])
        self.addCleanup(upstream.close)
        made = [BadLine(upstream.port, **line) for line in lines]
        for line in made:
            self.addCleanup(line.close)
        daemon = Daemon(lab, 0, upstream__servers=[f"127.0.0.1:{line.port}" for line in made], **settings).start(ready=False)
        wait_for(lambda: ask(daemon.port, "localhost", timeout=1), what="the daemon")
        return daemon

    def answers(self, daemon, names):
        """RCODE and seconds for each name, all asked at once."""
        client = self.client
        client.connect(("127.0.0.1", daemon.port))
        asked, found, began = {}, {}, time.monotonic()
        while len(found) < len(names) and time.monotonic() - began < 15:
            if len(asked) < len(names):
                asked[len(asked)] = time.monotonic()
                client.send(query(len(asked) - 1, names[len(asked) - 1], 1))
            while select.select([client], [], [], 0.002)[0]:
                answer = Answer(client.recv(4096))
                self.assertNotIn(answer.ident, found, "nobody is answered twice")
                found[answer.ident] = (answer.rcode, time.monotonic() - asked[answer.ident])
        self.assertEqual(len(found), len(names), "every question has an answer")
        return list(found.values())

    def test_a_slow_line_is_slow_and_nothing_else(self):
        daemon = self.before({"delay": 0.15, "jitter": 0.1})
        answers = self.answers(daemon, [f"n{i}.slow.test" for i in range(300)])
        self.assertEqual({rcode for rcode, _ in answers}, {0})
        self.assertLess(max(seconds for _, seconds in answers), 1.5)

    def test_a_line_that_loses_and_doubles_is_asked_over_again(self):
        lossy = {"delay": 0.03, "jitter": 0.03, "loss": 0.1, "double": 0.1}
        daemon = self.before({**lossy, "seed": 1}, {**lossy, "seed": 2}, upstream__timeout="1s")
        answers = self.answers(daemon, [f"n{i}.lossy.test" for i in range(500)])
        # A try comes back with four chances of five, and there are three of them.
        self.assertGreaterEqual(sum(1 for rcode, _ in answers if rcode == 0), 480)
        strays = daemon.get("/api/v1/status")[2]
        self.assertRegex(strays, r'"upstream_strays":[1-9]', "what came twice is counted")

    def test_the_fast_line_is_preferred(self):
        daemon = self.before({"delay": 1.0}, {"delay": 0.005}, upstream__timeout="3s")
        self.answers(daemon, [f"a{i}.fast.test" for i in range(100)])
        answers = self.answers(daemon, [f"b{i}.fast.test" for i in range(300)])
        self.assertLess(sorted(seconds for _, seconds in answers)[200], 0.15)


class Loop(unittest.TestCase):
    def test_a_loop_by_way_of_another_is_named(self):
        lab = Lab()
        self.addCleanup(lab.close)
        upstream = OddUpstream(lambda m: [(0, OddUpstream.answer(m))])
        self.addCleanup(upstream.close)
        port = free_port()
        back = BadLine(port, delay=0.01)
        self.addCleanup(back.close)
        daemon = Daemon(lab, upstream.port, port=port, upstream__servers=[f"127.0.0.1:{upstream.port}", f"127.0.0.1:{back.port}"]).start(ready=False)
        problems = wait_for(lambda: "sends our own questions back" in daemon.get("/readyz")[2] and daemon.get("/readyz")[2], what="the loop")
        self.assertIn(f"127.0.0.1:{back.port} (by way of 127.0.0.1)", problems)
        self.assertNotIn(f"127.0.0.1:{upstream.port} ", problems)
        self.assertEqual(ask(daemon.port, "a.loop.test").rcode, 0, "the other server answers")
        self.assertIn("sends our own questions back", daemon.command("status").stdout)


class Outage(unittest.TestCase):
    """The office's uplink is unplugged and plugged in again."""

    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "netns", "del", OFFICE], capture_output=True, check=False)
        cls.addClassCleanup(lambda: subprocess.run(["ip", "netns", "del", OFFICE], capture_output=True, check=False))
        for command in (f"ip netns add {OFFICE}", f"ip -n {OFFICE} link set lo up",
                        f"ip link add sfn0 type veth peer name sfn1 netns {OFFICE}",
                        "ip address add 10.98.7.1/24 dev sfn0", f"ip -n {OFFICE} address add 10.98.7.2/24 dev sfn1",
                        "ip link set sfn0 up", f"ip -n {OFFICE} link set sfn1 up"):
            subprocess.run(command.split(), check=True, capture_output=True, timeout=20)

    def test_everything_comes_back_by_itself(self):
        lab = Lab(("ip", "netns", "exec", OFFICE))
        self.addCleanup(lab.close)
        upstream = OddUpstream(lambda m: [(0, OddUpstream.answer(m, ttl=1))])
        self.addCleanup(upstream.close)
        upstream.udp.close()
        upstream.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        upstream.udp.bind(("10.98.7.1", 0))
        threading.Thread(target=upstream.serve, daemon=True).start()
        daemon = Daemon(lab, 0, upstream__servers=[f"10.98.7.1:{upstream.udp.getsockname()[1]}"], upstream__timeout="500ms").start(ready=False)
        wait_for(lambda: daemon.short("localhost") == ["127.0.0.1"], what="the daemon: " + daemon.process.text())
        self.assertEqual(daemon.short("www.known.test"), ["198.41.0.1"])
        for _ in range(2):
            run("ip", "link", "set", "sfn0", "down")
            time.sleep(2)
            self.assertEqual(daemon.short("www.known.test", "A", "+time=4", "+tries=1"), ["198.41.0.1"], "stale, RFC 8767")
            self.assertIn("SERVFAIL", daemon.dig("www.new.test", "A", "+time=4", "+tries=1"))
            self.assertEqual(daemon.short("talk.google.com"), ["192.0.2.1"], "sinking needs no network")
            wait_for(lambda: "upstream:" in daemon.get("/readyz")[2], seconds=20, what="the problem to be named")
            run("ip", "link", "set", "sfn0", "up")
            began = time.monotonic()
            wait_for(lambda: daemon.short(f"n{random.randrange(10**9)}.back.test", "A", "+time=1", "+tries=1"), what="the first answer")
            self.assertLess(time.monotonic() - began, 8)
            wait_for(lambda: daemon.get("/readyz")[0] == 200, seconds=20, what="ready")


if __name__ == "__main__":
    unittest.main()
