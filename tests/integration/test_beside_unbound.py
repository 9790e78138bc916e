"""sinkfeed beside unbound: the same odd questions to both, which forward to the same recursor. Every difference is either explained in
EXPLAINED or a failure. SINKFEED_QUESTIONS says how many (100,000 if it is not set)."""

import collections
import os
import random
import selectors
import socket
import struct
import unittest

from dns_message import Answer, query
from lab import Daemon, Lab, free_port

QUESTIONS = int(os.environ.get("SINKFEED_QUESTIONS", 100000))
TYPES = [1, 1, 1, 1, 28, 28, 28, 2, 5, 6, 12, 13, 15, 16, 33, 35, 39, 43, 44, 46, 48, 52, 64, 65, 257, 65400]

# What may differ, and why that is right.
EXPLAINED = {
    "ANY": "RFC 8482: we answer one HINFO, unbound what it has",
    "RD=0": "unbound answers only from its cache; we forward, because a stub that forgets RD wants an answer too",
    "truncated": "one fits into the client's size and the other, compressed otherwise or with more sections, does not",
}


def zone():
    """A zone of everything: chains, wildcards, delegations, empty non-terminals, unknown types, oversize answers."""
    chance = random.Random(1)
    lines = ["$ORIGIN mixed.example.", "$TTL 300", "@ SOA ns admin 1 3600 600 86400 60", "@ NS ns", "ns A 127.0.0.1", "child NS ns",
             "*.wild A 198.41.9.9", "*.wild TXT \"wild\"", "*.alias CNAME h1", "tree DNAME mixed.example.", "a.b.c.empty A 198.41.9.8",
             "big TXT " + " ".join('"' + "x" * 200 + '"' for _ in range(9)), "medium TXT " + " ".join('"' + "y" * 200 + '"' for _ in range(4))]
    names = ["ns", "child", "x.wild", "y.z.wild", "q.alias", "h3.tree", "tree", "a.b.c.empty", "b.c.empty", "c.empty", "empty", "big", "medium", ""]
    for i in range(60):
        lines.append(f"large A 198.41.{i}.1")
    for i in range(300):
        name = f"h{i}"
        names.append(name)
        for _ in range(chance.randrange(1, 5)):
            lines.append(f"{name} " + chance.choice([
                f"A 198.41.{chance.randrange(255)}.{chance.randrange(255)}", f"AAAA 2001:470::{chance.randrange(65535):x}", f"MX 10 h{chance.randrange(300)}",
                f'TXT "t{chance.randrange(99)}" "second"', f"SRV 1 2 {chance.randrange(65535)} h{chance.randrange(300)}", 'CAA 0 issue "ca.example"',
                "TYPE65400 \\# 4 01020304", "SSHFP 1 1 0123456789abcdef0123456789abcdef01234567", "TLSA 3 1 1 " + "ab" * 32,
                'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:x@mixed.example!" .', f"HTTPS 1 . alpn=h2 ipv4hint=198.41.3.{i % 250}", "HINFO \"PC\" \"OS\"", "PTR h1"]))
    for length in range(1, 12):
        for link in range(length):
            target = f"chain{length}x{link + 1}" if link + 1 < length else f"h{length}"
            lines.append(f"chain{length}x{link} CNAME {target}")
        names.append(f"chain{length}x0")
    lines += ["dangling CNAME nowhere", "outside CNAME www.office.example."]
    names += ["dangling", "outside", "large"]
    child = ["$ORIGIN child.mixed.example.", "$TTL 120", "@ SOA ns admin 1 3600 600 86400 30", "@ NS ns.mixed.example.", "www A 198.41.8.1", "up CNAME h5.mixed.example."]
    names += ["www.child", "up.child", "no.child"]
    return "\n".join(dict.fromkeys(lines)) + "\n", "\n".join(child) + "\n", [f"{name}.mixed.example".lstrip(".") for name in names]


class Asker:
    """Sends each message to every server and waits for all the answers."""

    def __init__(self, ports):
        self.sockets, self.selector, self.ports = [], selectors.DefaultSelector(), ports
        for port in ports:
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.connect(("127.0.0.1", port))
            self.sockets.append(udp)
            self.selector.register(udp, selectors.EVENT_READ)

    def over_udp(self, message):
        answers = {}
        for attempt in range(3):
            for udp in self.sockets:
                if udp not in answers:
                    udp.send(message)
            while len(answers) < len(self.sockets):
                ready = self.selector.select(3)
                if not ready:
                    break
                for key, _ in ready:
                    answer = key.fileobj.recv(65535)
                    if answer[:2] == message[:2]:
                        answers[key.fileobj] = answer
            if len(answers) == len(self.sockets):
                break
        return [answers.get(udp) for udp in self.sockets]

    def over_tcp(self, message):
        answers = []
        for port in self.ports:
            with socket.create_connection(("127.0.0.1", port), 5) as tcp:
                tcp.sendall(struct.pack(">H", len(message)) + message)
                data = b""
                while len(data) < 2 or len(data) < 2 + struct.unpack(">H", data[:2])[0]:
                    part = tcp.recv(65535)
                    if not part:
                        break
                    data += part
                answers.append(data[2:])
        return answers


def differences(ours, theirs, kind, flags):
    """What differs, each as (what, ours, theirs); the explained ones under their key."""
    if kind == 255:
        return [("ANY", None, None)]
    if not flags & 0x0100:
        return [("RD=0", None, None)]
    if ours.truncated or theirs.truncated:
        if ours.truncated and theirs.truncated:
            return []
        return [("truncated", None, None)]
    found = []
    for what, get in (("rcode", lambda a: a.rcode), ("answer section", lambda a: a.records(0)), ("AA, RA, RD, CD, AD", lambda a: a.flags & 0x05B0),
                      ("OPT", lambda a: a.opt is not None), ("DO", lambda a: bool(a.opt and a.opt[1] & 0x8000)), ("question", lambda a: a.sent_question),
                      ("SOA", lambda a: [r for r in a.records(1) if r[1] == 6])):
        if get(ours) != get(theirs):
            found.append((what, get(ours), get(theirs)))
    # TTLs may be a second apart, as each asked at its own time, and cached at another.
    return found


class BesideUnbound(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        mixed, child, cls.names = zone()
        (cls.lab.zones / "mixed.example").write_text(mixed)
        (cls.lab.zones / "child.mixed.example").write_text(child)
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        cls.partner_port = free_port()
        cls.lab.run_unbound("partner", cls.partner_port, f'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@{cls.lab.upstream_port}\n')
        cls.daemon = Daemon(cls.lab, cls.lab.upstream_port).start()

    def question(self, chance):
        name = chance.choice(self.names)
        draw = chance.random()
        if draw < 0.10:
            name = f"no{chance.randrange(50)}.{name}"
        elif draw < 0.15:
            name = f"nx{chance.randrange(200)}.mixed.example"
        elif draw < 0.20:
            name = f"r{chance.randrange(50)}.wild.mixed.example"
        name = "".join(c.upper() if chance.random() < 0.3 else c for c in name)
        kind = 255 if chance.random() < 0.01 else chance.choice(TYPES)
        flags = 0x0100 if chance.random() < 0.97 else 0
        flags |= 0x10 if chance.random() < 0.1 else 0
        flags |= 0x20 if chance.random() < 0.2 else 0
        edns = chance.choice([None, None, 100, 512, 1232, 1232, 4096])
        version = 1 if chance.random() < 0.01 else 0
        options = struct.pack(">HH", 65001, 3) + b"abc" if chance.random() < 0.1 else b""
        return query(chance.randrange(65536), name, kind, flags, edns, chance.random() < 0.3, version, options), name, kind, flags

    def test_every_difference_is_explained(self):
        chance = random.Random(int(os.environ.get("SINKFEED_SEED", 2)))
        asker = Asker([self.daemon.port, self.partner_port])
        explained, unexplained = collections.Counter(), collections.defaultdict(list)
        for number in range(QUESTIONS):
            message, name, kind, flags = self.question(chance)
            ours, theirs = (asker.over_tcp if chance.random() < 0.03 else asker.over_udp)(message)
            if ours is None or theirs is None:
                unexplained["no answer"].append((name, kind, "ours" if ours is None else "theirs", message.hex()))
                continue
            for what, mine, other in differences(Answer(ours), Answer(theirs), kind, flags):
                if what in EXPLAINED:
                    explained[what] += 1
                else:
                    unexplained[what].append((name, kind, hex(flags), mine, other))
        print(f"{QUESTIONS} questions to both")
        for what, why in EXPLAINED.items():
            print(f"  {explained[what]:6} explained: {what}: {why}")
        for name in {case[0].lower() for cases in unexplained.values() for case in cases[:2]}:
            # What we know of it helps whoever has to find out.
            for record in self.daemon.history("--name", name, "--limit", "3"):
                print("  ", record)
        for what, cases in unexplained.items():
            print(f"  {len(cases):6} NOT explained: {what}, like {cases[:4]}")
        self.assertFalse(dict((what, len(cases)) for what, cases in unexplained.items()))


if __name__ == "__main__":
    unittest.main()
