"""Clients whose every question is for another name, and a look whether the history has what they were answered."""

import itertools
import json
import os
import random
import selectors
import socket
import time
import unittest
from collections import Counter

from dns_message import query
from lab import Daemon, Lab
from test_faults import OddUpstream

SEED = int(os.environ.get("SINKFEED_SEED", random.randrange(10**6)))


class Load:
    """Clients on several sockets (so that all workers have some), each with a few questions on their way; no name is asked twice.
    Some are answered here, some with the sinkhole, some by the upstream, which is in this process too."""

    SOCKETS, ON_THE_WAY, RATE = 12, 6, 5000  # answers a second

    def __init__(self, port, tag):
        self.tag, self.numbers, self.answered = tag, itertools.count(), []
        self.selector = selectors.DefaultSelector()
        for _ in range(self.SOCKETS):
            client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            client.connect(("127.0.0.1", port))
            client.setblocking(False)
            self.selector.register(client, selectors.EVENT_READ, {})

    def name(self):
        number = next(self.numbers)
        zone = ("localhost", "talk.google.com", "up.test")[number % 7 % 3]
        return f"n{number}.{self.tag}.{zone}"

    def send(self, client, waiting):
        ident = random.randrange(65536)
        if ident in waiting:
            return
        waiting[ident] = self.name()
        try:
            client.send(query(ident, waiting[ident], 1))
        except OSError:
            del waiting[ident]  # nobody is there, and so nobody was told anything

    def receive(self, client, waiting):
        try:
            ident = int.from_bytes(client.recv(4096)[:2], "big")
        except OSError:
            return False
        if ident in waiting:
            self.answered.append(waiting.pop(ident))
        return True

    def ask_for(self, seconds):
        keys = list(self.selector.get_map().values())
        for key in keys:
            for _ in range(self.ON_THE_WAY):
                self.send(key.fileobj, key.data)
        begin, before = time.monotonic(), len(self.answered)
        while (left := begin + seconds - time.monotonic()) > 0:
            early = (len(self.answered) - before) / self.RATE - (time.monotonic() - begin)
            if early > 0:
                time.sleep(min(early, left))
            for key, _ in self.selector.select(min(left, 0.05)):
                if self.receive(key.fileobj, key.data):
                    self.send(key.fileobj, key.data)

    def finish(self):
        """What was sent to us before the end came, and was not read yet."""
        for key in list(self.selector.get_map().values()):
            for _ in range(self.ON_THE_WAY + 2):  # an error that waits on the socket comes before the packets
                while self.receive(key.fileobj, key.data):
                    pass
            key.fileobj.close()
        self.selector.close()
        return self.answered


class HistoryTest(unittest.TestCase):
    def lab(self, *prefix):
        lab = Lab(prefix)
        self.addCleanup(lab.close)
        upstream = OddUpstream(lambda message: [(0, OddUpstream.answer(message))])
        self.addCleanup(upstream.close)
        return lab, upstream

    def daemon(self, *prefix, **settings):
        lab, upstream = self.lab(*prefix)
        return Daemon(lab, upstream.port, sweep__min_interval="1h", **settings)

    def found(self, daemon, *filters):
        """How often each name is in the history."""
        done = daemon.command("history", "search", "--json", "--limit", "100000", *filters)
        self.assertEqual(done.returncode, 0, done.stderr)
        return Counter(record["name"].rstrip(".") for record in json.loads(done.stdout)["records"] if record["kind"] == "query")

    def check(self, daemon, answered, tag):
        """All that was answered, nothing twice."""
        found = self.found(daemon, "--name", f"*.{tag}.*")
        missing = [name for name in answered if not found[name]]
        self.assertEqual(missing, [], f"{len(missing)} of {len(answered)} answers of round {tag} are not in the history, seed {SEED}")
        twice = [name for name, times in found.items() if times != 1]
        self.assertEqual(twice, [], f"seed {SEED}")
