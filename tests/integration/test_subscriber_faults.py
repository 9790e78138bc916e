"""Every kind of subscriber through everything that goes wrong: restarts, a full disk, an expired certificate, revoked and rotated tokens,
bodies that break off or stall, an empty and a shrunk feed, a rollback. Whatever happens, a subscriber's list is not empty, holds nothing
that was never published, and is what is published one turn after it is over. Where a product by its nature does otherwise, the test says
what it does."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from lab import Daemon, Lab, free_port, run, wait_for
from subscriber_simulators import ANY, PRODUCTS, Conditional, Server, networks

SERVER, ADDRESS, OURS = "sft-faults", "10.96.0.1", "10.96.0."
KNOWN = [f"74.125.140.{host}" for host in range(10, 26)] + [f"142.250.{net}.188" for net in range(10, 18)] + \
        [f"2a00:1450:400c:c0{net}::7d" for net in range(4, 8)]
LATER = ["74.125.200.125", "2a00:1450:4010:c0b::7d"]


class Proxy:
    """Between the subscribers and the server. It passes on all of an answer's head and `most` bytes of its body, and then breaks off or
    stalls; `most` of None: all. `between` is called before each request that follows a HEAD of the same client."""

    def __init__(self, to_port, most=None, stalls=False, between=None):
        self.to, self.most, self.stalls, self.between = (ADDRESS, to_port), most, stalls, between
        self.heads = set()
        self.listener = socket.create_server((OURS + "2", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, peer = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.carry, args=(client, peer[0]), daemon=True).start()

    def carry(self, client, who):
        with client, suppress(OSError):
            asked = client.recv(8192)
            if asked.startswith(b"HEAD"):
                self.heads.add(who)
            elif who in self.heads and self.between:
                self.between()
            with socket.create_connection(self.to, 10, (who, 0)) as server:
                server.sendall(asked)
                passed, head = 0, b""
                while part := server.recv(65536):
                    if b"\r\n\r\n" not in head:
                        head += part
                        if b"\r\n\r\n" not in head:
                            continue
                        before, end, part = head.partition(b"\r\n\r\n")
                        client.sendall(before + end)
                    if self.most is not None:
                        part = part[:self.most - passed]
                    passed += len(part)
                    client.sendall(part)
                    if passed == self.most:
                        if self.stalls:
                            client.recv(1)  # until it gives up
                        return

    def close(self):
        self.listener.close()


class Fleet:
    """One of each product, each at an address of its own, all having their turn at once."""

    def __init__(self, test, server, secret=None):
        self.test = test
        self.all = {product.__name__: product(server, f"{OURS}{101 + number}", "im", secret) for number, product in enumerate(PRODUCTS)}

    def __getattr__(self, name):
        return self.all[name]

    def turn(self, otherwise=()):
        """A turn of all; those in `otherwise` are not looked at."""
        with ThreadPoolExecutor(len(self.all)) as pool:
            list(pool.map(lambda one: one.poll(), self.all.values()))
        for name, one in self.all.items():
            if name not in otherwise:
                self.test.assertTrue(one.listed, f"{name}: an empty list; {one.failure}")
                self.test.assertNotIn(ANY, one.listed, name)
                self.test.assertLessEqual(one.listed, self.test.ever, f"{name}: what was never published")
            self.test.assertEqual(getattr(one, "asked_dns", []), [], "words that are no addresses")

    def settle(self):
        """A turn, after which all have what is published."""
        published = self.test.published()
        self.turn()
        for name, one in self.all.items():
            self.test.assertIsNone(one.failure, name)
            self.test.assertEqual(one.listed, {network for network in published if network.version in one.FAMILIES}, name)
        return self

    def fail(self, otherwise=()):
        """A turn that fails for all, and after which they have what they had; but for those in `otherwise`."""
        before = {name: one.listed for name, one in self.all.items()}
        self.turn(otherwise)
        for name, one in self.all.items():
            if name not in otherwise:
                self.test.assertIsNotNone(one.failure, name)
                self.test.assertEqual(one.listed, before[name], name)

    def move(self, server):
        for one in self.all.values():
            one.server = server


class SubscriberFaults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(("ip", "netns", "exec", SERVER))
        cls.addClassCleanup(cls.take_down)
        cls.disk = cls.lab.folder / "disk"
        cls.disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", cls.disk], check=True)
        run("ip", "link", "del", "sftq0")
        run("ip", "netns", "del", SERVER)
        commands = [f"netns add {SERVER}", f"-n {SERVER} link set lo up", f"link add sftq0 type veth peer name sftq1 netns {SERVER}"]
        addresses = [f"address add {OURS}{host}/24 dev sftq0" for host in (2, *range(101, 101 + len(PRODUCTS)))]
        theirs = ["link set sftq0 up", f"-n {SERVER} address add {ADDRESS}/24 dev sftq1", f"-n {SERVER} link set sftq1 up"]
        for command in commands + addresses + theirs:
            subprocess.run(["ip", *command.split()], check=True, capture_output=True, timeout=20)
        cls.make_authority()
        cls.renew(days=30)
        cls.write_profile(KNOWN)
        cls.tls_port = free_port()
        # Nothing answers upstream: the feed holds what is known from the start, and what the tests add.
        cls.sinkfeed = Daemon(cls.lab, 9, state=cls.disk / "state", http="0.0.0.0", block__profiles=["im", "other"],
                              block__profiles_path=str(cls.lab.folder / "profiles"))
        with open(cls.sinkfeed.settings, "a", encoding="ascii") as settings:
            settings.write(f'[http.tls]\nlisten = ["0.0.0.0:{cls.tls_port}"]\ncertificate = "server.pem"\nkey = "server.key"\n')
        cls.ever = set()
        cls.start()

    @classmethod
    def take_down(cls):
        cls.lab.close()
        run("umount", "-l", cls.disk)
        run("ip", "link", "del", "sftq0")
        run("ip", "netns", "del", SERVER)

    @classmethod
    def write_profile(cls, known):
        folder = cls.lab.folder / "profiles"
        folder.mkdir(exist_ok=True)
        for name, addresses in (("im", known), ("other", ["209.85.1.1"])):
            (folder / f"{name}.toml").write_text(
                f'title = "{name}"\nports = [5222, 5223]\n[[name]]\nname = "{name}.test"\nmatch = "exact"\ntier = "core"\nrole = "test"\n'
                + "".join(f'[[known]]\naddress = "{address}"\nsource = "test"\n' for address in addresses))

    @classmethod
    def openssl(cls, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, timeout=20, cwd=cls.lab.folder)

    @classmethod
    def make_authority(cls):
        key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        cls.openssl("req", "-x509", *key, "-days", 30, "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
        cls.openssl("req", *key, "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr")
        (cls.lab.folder / "server.ext").write_text(f"subjectAltName=IP:{ADDRESS}\n")

    @classmethod
    def renew(cls, days):
        cls.openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", days,
                    "-extfile", "server.ext", "-out", "server.new")
        os.replace(cls.lab.folder / "server.new", cls.lab.folder / "server.pem")

    @classmethod
    def start(cls):
        cls.sinkfeed.start(ready=False)
        ended = lambda: cls.sinkfeed.process.child.poll() is not None  # noqa: E731
        wait_for(lambda: ended() or cls.sinkfeed.get("/feed/im.txt")[0] == 200, what="the daemon")
        if ended():
            raise AssertionError(cls.sinkfeed.process.text())

    def published(self):
        """What the feed holds now, as the machine itself sees it."""
        status, _, body = self.sinkfeed.get("/feed/im.txt")
        self.assertEqual(status, 200, body)
        found = frozenset(network for line in body.split() for network in networks(line))
        self.ever.update(found)
        return found

    def command(self, *arguments):
        done = self.sinkfeed.command(*arguments)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def add(self, *addresses):
        """Into the feed, until the end of the test."""
        self.command("ips", "add", *addresses, "--profile", "im", "--reason", "a test")
        self.addCleanup(self.sinkfeed.command, "ips", "forget", *addresses, "--profile", "im", "--reason", "the test is over")
        self.assertLessEqual({network for address in addresses for network in networks(address)}, self.published())

    def hold(self, *addresses):
        """Out of the feed, until the end of the test or undo()."""
        self.command("ips", "hold", *addresses, "--profile", "im", "--reason", "a test")
        self.addCleanup(self.sinkfeed.command, "ips", "undo", *addresses, "--profile", "im", "--reason", "the test is over")

    def undo(self, *addresses):
        self.command("ips", "undo", *addresses, "--profile", "im", "--reason", "the test is over")

    def rewrite(self, before, after):
        text = self.sinkfeed.settings.read_text()
        self.assertIn(before, text)
        self.sinkfeed.settings.write_text(text.replace(before, after))
        self.command("reload")

    def server(self, proxy=None, tls=False):
        if tls:
            return Server(ADDRESS, self.tls_port, str(self.lab.folder / "ca.pem"))
        return Server(OURS + "2", proxy.port) if proxy else Server(ADDRESS, self.sinkfeed.http_port)

    def fleet(self, *arguments, **options):
        return Fleet(self, self.server(*arguments), **options).settle()

    def proxy(self, **options):
        proxy = Proxy(self.sinkfeed.http_port, **options)
        self.addCleanup(proxy.close)
        return proxy

    def test_a_restart_and_a_kill(self):
        fleet = self.fleet().settle()  # nothing is new
        self.assertEqual(fleet.JuniperSrx.fetched, 1, "the headers of HEAD are those of GET")
        self.assertEqual({one.not_modified for one in fleet.all.values() if isinstance(one, Conditional)}, {1})
        self.assertEqual(self.sinkfeed.stop(), 0)
        fleet.fail()
        self.start()
        fleet.settle()
        self.add(*LATER)
        published = self.published()
        self.sinkfeed.stop(signal.SIGKILL)
        # pfSense touches its file, and then waits for a whole period. SRX holds on for so long, and no longer.
        fleet.fail()
        for _ in range(fleet.JuniperSrx.HOLDS - 1):
            self.assertTrue(fleet.JuniperSrx.poll())
        self.assertFalse(fleet.JuniperSrx.poll())
        self.start()
        fleet.PfSense.cron()
        self.assertIsNotNone(fleet.PfSense.failure, "it did not ask")
        self.assertEqual(self.published(), published)
        fleet.settle()
        self.hold(LATER[0])
        fleet.settle()

    def test_a_body_that_breaks_off_and_one_that_stalls(self):
        fleet = self.fleet()
        self.add(*LATER)
        # In the middle of the eighth line, with what was taken for another address.
        lines = "".join(f"{address}\n" for address in KNOWN)
        most = lines.index("74.125.140.17") + len("74.125.140.1")
        fleet.move(self.server(self.proxy(most=most)))
        fleet.fail(otherwise=["VyOs"])
        self.assertEqual(fleet.VyOs.saved, lines[:most], "half a list, as it came")
        self.assertEqual(fleet.VyOs.listed, {network for address in KNOWN[:7] + ["74.125.140.1"] for network in networks(address)})
        fleet.move(self.server(self.proxy()))
        fleet.settle()

        self.hold(LATER[0])
        fleet.move(self.server(self.proxy(most=most, stalls=True)))
        for one in fleet.all.values():
            one.PATIENCE = 1
        fleet.fail(otherwise=["VyOs"])
        self.assertEqual((fleet.VyOs.saved, fleet.VyOs.listed), ("", frozenset()), "the file was opened, and nothing written")
        for one in fleet.all.values():
            del one.PATIENCE
        fleet.move(self.server())
        fleet.settle()

    def test_an_expired_certificate_and_its_renewal(self):
        fleet = self.fleet(None, True)
        self.addCleanup(lambda: (self.renew(days=30), self.command("reload")))
        self.add(*LATER)
        self.renew(days=0)
        self.command("reload")
        careless = [name for name, one in fleet.all.items() if not one.VERIFIES]
        self.assertEqual(careless, ["FortiGate", "CiscoSi", "PfSense"])
        fleet.fail(otherwise=["PanOs", *careless])
        self.assertTrue(fleet.PanOs.failure.is_tls)
        self.assertEqual(fleet.PanOs.listed, frozenset(), "it stops enforcing")
        for name in careless:
            self.assertEqual(fleet.all[name].listed, self.published(), name)
        self.renew(days=30)
        self.command("reload")
        fleet.settle()

    def test_tokens_that_are_rotated_and_revoked(self):
        first = self.command("token", "create", "fw", "--scope", "feed").strip()
        self.addCleanup(self.sinkfeed.command, "token", "revoke", "fw")
        self.rewrite("[http]\n", '[http]\nfeed_access = "token"\n')
        self.addCleanup(self.rewrite, '[http]\nfeed_access = "token"\n', "[http]\n")
        fleet = self.fleet(secret=first)
        second = self.command("token", "rotate", "fw", "--overlap", "1h").strip()
        self.add(LATER[0])
        fleet.settle()  # with the one of before
        for one in fleet.all.values():
            one.secret = second
        self.add(LATER[1])
        fleet.settle()
        # No fault of ours is a refusal: a restart with the tokens on the disk.
        self.sinkfeed.stop(signal.SIGKILL)
        fleet.fail()
        self.start()
        fleet.settle()

        self.command("token", "revoke", "fw")
        fleet.fail(otherwise=["PanOs"])
        self.assertEqual({one.failure.status for one in fleet.all.values()}, {401})
        for status, path in ((401, "/feed/im.txt"), (401, "/feed/im.nonsense"), (401, "/feed/nonsense.txt")):
            answer = fleet.PanOs.ask(path)
            self.assertEqual(answer.status, status, path)
            self.assertRegex(answer.text, r"\A# [^0-9.\n]+\n\Z", "one line that is a comment, and nothing like an address")
        self.assertEqual(fleet.PanOs.listed, frozenset(), "it stops enforcing")
        third = self.command("token", "create", "fw", "--scope", "feed").strip()
        for one in fleet.all.values():
            one.secret = third
        fleet.settle()

    def test_an_empty_feed(self):
        # A hold of all of them is what people decide; nothing else could empty it at once.
        fleet = self.fleet()
        self.hold(*KNOWN)
        status, _, body = self.sinkfeed.get("/feed/im.txt")
        self.assertEqual(status, 503)
        self.assertRegex(body, r"\A# [^0-9.\n]+\n\Z")
        # Formats in which nothing is a complete list say so; and who is told what has left, is.
        told = ["OpnSenseJson", "MikroTik", "Nftables", "Ipset", "CrowdSec", "Taxii"]
        fleet.fail(otherwise=told)
        self.assertEqual({one.failure.status for name, one in fleet.all.items() if name not in told}, {503})
        for name in told:
            self.assertEqual((fleet.all[name].failure, fleet.all[name].listed), (None, frozenset()), name)
        self.undo(*KNOWN)
        fleet.settle()

        # VyOS saves whatever GET brings after a HEAD that was well: our error's text is no address, but it is no list either.
        vyos = fleet.VyOs
        vyos.server = self.server(self.proxy(between=lambda: self.hold(*KNOWN)))
        self.assertEqual(vyos.poll(), frozenset())
        self.assertEqual(vyos.saved, body)
        self.undo(*KNOWN)
        vyos.server = self.server()
        fleet.settle()

    def test_a_feed_that_would_shrink_too_much_at_once(self):
        fleet = self.fleet()
        before = self.published()
        self.addCleanup(lambda: (self.write_profile(KNOWN), self.command("reload")))
        self.write_profile(KNOWN[:6] + KNOWN[-1:])
        self.command("reload")
        waiting = json.loads(self.command("feed", "waiting", "--json"))
        self.assertEqual(waiting["all"], len(KNOWN) - 7)
        self.assertEqual(self.published(), before)
        fleet.settle()
        self.add(LATER[0])  # what comes is not held back
        fleet.settle()
        self.command("feed", "release", "--reason", "they are gone")
        self.assertEqual(len(self.published()), 8)
        fleet.settle()

    def test_a_rollback(self):
        fleet = self.fleet()
        before = self.published()
        generation = self.generation()
        self.add(*LATER)
        self.hold(KNOWN[0])
        fleet.settle()
        self.addCleanup(self.sinkfeed.command, "feed", "release", "--reason", "the test is over")
        self.command("feed", "rollback", str(generation), "--reason", "a test")
        self.assertEqual(self.published(), before)
        fleet.settle()
        self.command("feed", "release", "--reason", "the test is over")
        self.assertEqual(self.published(), before - set(networks(KNOWN[0])) | {n for a in LATER for n in networks(a)})
        fleet.settle()
        self.undo(KNOWN[0])
        fleet.settle()

    def generation(self):
        return json.loads(self.sinkfeed.get("/api/v1/generations?limit=1")[2])["generations"][0]["number"]

    def fill_the_disk(self):
        """Until the store cannot be written any more. RocksDB has reserved some room for itself, which other addresses take up."""
        with open(self.disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 65536):
                    pass
            except OSError:
                pass
        importing = True

        def fill_up():
            file = self.lab.folder / "others.txt"
            for number in range(64):
                if not importing:
                    return
                file.write_text("".join(f"209.{85 + number // 16}.{number % 16 * 16 + low // 256}.{low % 256}\n" for low in range(4096)))
                self.sinkfeed.command("ips", "import", "list", file, "--profile", "other")

        thread = threading.Thread(target=fill_up)
        thread.start()
        self.addCleanup(thread.join)
        wait_for(lambda: "store: " in self.sinkfeed.get("/readyz")[2], 60, "the full disk")
        importing = False

    def is_well(self):
        return not re.search("^(store|history): ", self.sinkfeed.get("/readyz")[2], re.M)

    def test_a_full_disk(self):
        fleet = self.fleet()
        self.addCleanup(lambda: (self.disk / "ballast").unlink(missing_ok=True))
        before = self.published()
        self.fill_the_disk()
        # What is found meanwhile cannot be published, and whoever reports it waits; what was published is served on, at once, and says
        # how old it is.
        adding = threading.Thread(target=self.sinkfeed.command, args=("ips", "add", *LATER, "--profile", "im", "--reason", "a test"))
        adding.start()
        self.addCleanup(adding.join)
        self.addCleanup(self.sinkfeed.command, "ips", "forget", *LATER, "--profile", "im", "--reason", "the test is over")
        self.assertEqual(self.published(), before)
        fleet.settle()
        self.assertRegex(fleet.JuniperSrx.ask(method="HEAD").headers["X-Sinkfeed-Stale"], r"^\d+$")
        newcomers = self.fleet()
        (self.disk / "ballast").unlink()
        wait_for(lambda: self.is_well() and set(networks(LATER[0])) <= self.published(), 30, "the room to be found")
        for one in (fleet, newcomers):
            one.settle()


if __name__ == "__main__":
    unittest.main()
