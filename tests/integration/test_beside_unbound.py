"""sinkfeed beside unbound and BIND: the same odd questions to all, which forward to the same recursor. Every difference is either explained
in EXPLAINED or a failure. SINKFEED_QUESTIONS says how many (50,000 if it is not set)."""

import collections
import os
import random
import selectors
import socket
import struct
import unittest

from dns_message import Answer, query
from lab import Daemon, Lab, free_port, run, wait_for

QUESTIONS = int(os.environ.get("SINKFEED_QUESTIONS", 50000))
TYPES = [1, 1, 1, 1, 28, 28, 28, 2, 5, 6, 12, 13, 15, 16, 33, 35, 39, 43, 44, 46, 48, 52, 64, 65, 257, 65400]

# What may differ, and why that is right.
EXPLAINED = {
    "ANY": "RFC 8482: we answer one HINFO, they what they have",
    "RD=0": "they answer only from their cache; we forward, because a stub that forgets RD wants an answer too",
    "BADVERS": "BIND leaves RA out of it",
    "TTL": "they keep each record once, where we keep an answer for each CD: now and then theirs or ours is the younger one",
    "DNAME": "it or a CNAME is asked for below one: the recursor goes on to the target's RCODE and may leave the SOA out, BIND ends at the answer",
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


def signed_zone(lab, name, *options):
    """A zone with signatures and denials of existence (`options`: of ldns-signzone); the names in it."""
    plain = lab.folder / f"{name}.plain"
    plain.write_text(f"$ORIGIN {name}.\n$TTL 300\n@ SOA ns admin 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\nwww A 198.41.7.1\nwww AAAA 2001:470::7\n"
                     "alias CNAME www\n*.wild TXT \"signed\"\na.b.empty A 198.41.7.2\n")
    key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-r", "/dev/urandom", f"{name}.", cwd=lab.folder, check=True).stdout.strip()
    run("ldns-signzone", *options, "-o", f"{name}.", "-f", lab.zones / name, plain, lab.folder / key, check=True)
    return [f"{owner}.{name}".lstrip(".") for owner in ("", "www", "alias", "x.wild", "b.empty", "no")]


def run_named(lab, port, forward_to):
    folder = lab.folder / "named"
    folder.mkdir()
    (folder / "named.conf").write_text(
        f"""options {{
  directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key"; managed-keys-directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; forward only; forwarders {{ 127.0.0.1 port {forward_to}; }};
  dnssec-validation no; empty-zones-enable no; minimal-responses yes; max-udp-size 1232; edns-udp-size 1232; qname-minimization off;
}};
controls {{}};
""")
    lab.start("named", "named", "-g", "-n", "1", "-c", folder / "named.conf")
    wait_for(lambda: lab.asks("127.0.0.1", port, "ns.google.com"), what="named")


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


def dnssec_ok(answer):
    return bool(answer.opt and answer.opt[1] & 0x8000)


def ttls_agree(ours, theirs, asked):
    """All count down what the recursor had. They asked it at their own times and round to whole seconds. Of records of the type that was asked:
    CNAMEs come with each type of a name, an SOA with the first negative answer, and who has several may take any."""
    def ttls(answer):
        return {(owner, repr(rdata)): ttl for owner, kind, rdata, ttl in answer.sections[0] if kind == asked != 5}

    mine, other = ttls(ours), ttls(theirs)
    return all(abs(ttl - other[record]) <= 1 for record, ttl in mine.items() if record in other)


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
    if ours.rcode == theirs.rcode == 16:
        return [("BADVERS", None, None)] if ours.flags != theirs.flags else []
    if kind in (5, 39) and ours.records(0) == theirs.records(0) and {5, 39} <= {r[1] for r in ours.records(0)}:
        return [("DNAME", None, None)] if (ours.rcode, ours.records(1)) != (theirs.rcode, theirs.records(1)) else []
    found = []
    for what, get in (("rcode", lambda a: a.rcode), ("answer section", lambda a: a.records(0)), ("AA, RA, RD, CD, AD", lambda a: a.flags & 0x05B0),
                      ("OPT", lambda a: a.opt is not None), ("DO", dnssec_ok), ("question", lambda a: a.sent_question),
                      ("SOA", lambda a: [r for r in a.records(1) if r[1] == 6]),
                      ("authority section's types with DO", lambda a: dnssec_ok(a) and sorted({r[1] for r in a.records(1)} - {2}))):
        if get(ours) != get(theirs):
            found.append((what, get(ours), get(theirs)))
    if not found and not ttls_agree(ours, theirs, kind):
        found.append(("TTL", [r[1::2] for r in ours.sections[0]], [r[1::2] for r in theirs.sections[0]]))
    return found


class BesideUnbound(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.lab.close)
        mixed, child, cls.names = zone()
        (cls.lab.zones / "mixed.example").write_text(mixed)
        (cls.lab.zones / "child.mixed.example").write_text(child)
        cls.names += signed_zone(cls.lab, "signed.example") * 3 + signed_zone(cls.lab, "hashed.example", "-n") * 3
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        cls.partners = {"unbound": free_port(), "BIND": free_port()}
        cls.lab.run_unbound("partner", cls.partners["unbound"], f'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@{cls.lab.upstream_port}\n')
        run_named(cls.lab, cls.partners["BIND"], cls.lab.upstream_port)
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
        all_of_us = Asker([self.daemon.port, *self.partners.values()])
        # BIND does not take RRSIG for a type that can be asked for as others can: it answers late, other things, or not at all.
        without_bind = Asker([self.daemon.port, self.partners["unbound"]])
        explained, unexplained = collections.Counter(), collections.defaultdict(list)
        for number in range(QUESTIONS):
            message, name, kind, flags = self.question(chance)
            asker = without_bind if kind == 46 else all_of_us
            ours, *others = (asker.over_tcp if chance.random() < 0.03 else asker.over_udp)(message)
            for partner, theirs in zip(self.partners, others):
                if ours is None or theirs is None:
                    unexplained[f"{partner}: no answer"].append((name, kind, "ours" if ours is None else "theirs", message.hex()))
                    continue
                for what, mine, other in differences(Answer(ours), Answer(theirs), kind, flags):
                    if what in EXPLAINED:
                        explained[what] += 1
                    else:
                        unexplained[f"{partner}: {what}"].append((name, kind, hex(flags), mine, other))
        print(f"{QUESTIONS} questions to each")
        for what, why in EXPLAINED.items():
            print(f"  {explained[what]:6} explained: {what}: {why}")
        for name in {case[0].lower() for cases in unexplained.values() for case in cases[:2]}:
            # What we know of it helps whoever has to find out.
            for record in self.daemon.history("--name", name, "--limit", "3"):
                print("  ", record)
        for what, cases in unexplained.items():
            print(f"  {len(cases):6} NOT explained: {what}, like {cases[:4]}")
        self.assertLess(explained["TTL"], QUESTIONS / 100, "if our records aged otherwise, most would differ")
        self.assertFalse(dict((what, len(cases)) for what, cases in unexplained.items()))


if __name__ == "__main__":
    unittest.main()
