"""A real firewall: the .nft feed is loaded into nftables of a router between a client and the messenger's servers, each in a network
namespace of its own, and connections are tried."""

import socket
import subprocess
import unittest

from lab import SINKFEED, Daemon, Lab, free_port, run, wait_for

CLIENT, ROUTER, SERVERS = "sft-client", "sft-router", "sft-servers"
PUBLISHED, PUBLISHED6, UNPUBLISHED = "74.125.140.125", "2a00:1450:400c:c06::7d", "198.41.0.10"
LISTENER = """
import socket, selectors
waiting = selectors.DefaultSelector()
for port in (5222, 443, 9999):
    for family in (socket.AF_INET, socket.AF_INET6):
        s = socket.socket(family)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6: s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        s.bind(("", port)); s.listen(); waiting.register(s, selectors.EVENT_READ)
print("listening", flush=True)
while True:
    for key, _ in waiting.select(): key.fileobj.accept()[0].close()
"""


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)


def inside(name, *command):
    return run("ip", "netns", "exec", name, *command)


class Firewall(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.take_down)
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        for name in (CLIENT, ROUTER, SERVERS):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            ip("netns", "add", name)
            ip("-n", name, "link", "set", "lo", "up")
        for end, net in ((CLIENT, 1), (SERVERS, 2)):
            ip("link", "add", f"sft{net}a", "netns", end, "type", "veth", "peer", "name", f"sft{net}b", "netns", ROUTER)
            for name, device, host in ((end, f"sft{net}a", 2), (ROUTER, f"sft{net}b", 1)):
                ip("-n", name, "address", "add", f"10.99.{net}.{host}/24", "dev", device)
                ip("-n", name, "address", "add", f"fd99:{net}::{host}/64", "dev", device, "nodad")
                ip("-n", name, "link", "set", device, "up")
            ip("-n", end, "route", "add", "default", "via", f"10.99.{net}.1")
            ip("-n", end, "-6", "route", "add", "default", "via", f"fd99:{net}::1")
        for address in (PUBLISHED, UNPUBLISHED):
            ip("-n", SERVERS, "address", "add", f"{address}/32", "dev", "lo")
            ip("-n", ROUTER, "route", "add", f"{address}/32", "via", "10.99.2.2")
        ip("-n", SERVERS, "address", "add", f"{PUBLISHED6}/128", "dev", "lo")
        ip("-n", ROUTER, "-6", "route", "add", f"{PUBLISHED6}/128", "via", "fd99:2::2")
        inside(ROUTER, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        listener = cls.lab.start("listener", "ip", "netns", "exec", SERVERS, "python3", "-c", LISTENER)
        wait_for(lambda: "listening" in listener.text(), what="the servers")
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port).start()

    @classmethod
    def take_down(cls):
        cls.lab.close()
        for name in (CLIENT, ROUTER, SERVERS):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def connect(self, address, port):
        """"open" or "refused"."""
        script = (
            "import socket,sys\n"
            f"s = socket.create_connection(('{address}', {port}), 3) if True else None\n"
        )
        done = inside(CLIENT, "python3", "-c", script)
        if done.returncode == 0:
            return "open"
        self.assertIn("ConnectionRefusedError", done.stderr)
        return "refused"

    def load(self):
        file = self.lab.folder / "google-talk.nft"
        done = run("curl", "-fsS", "-o", file, f"http://127.0.0.1:{self.sinkfeed.http_port}/feed/google-talk.nft")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = inside(ROUTER, "nft", "-f", file)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_published_addresses_are_refused_on_the_messengers_ports_and_nothing_else_is(self):
        for address in (PUBLISHED, PUBLISHED6, UNPUBLISHED):
            self.assertEqual(self.connect(address, 5222), "open", f"{address} before")
        self.sinkfeed.dig("talk.google.com")
        wait_for(lambda: {PUBLISHED, PUBLISHED6} <= set(self.sinkfeed.feed()), 10, "the addresses in the feed")
        self.load()
        for address in (PUBLISHED, PUBLISHED6):
            for port in (5222, 443):
                self.assertEqual(self.connect(address, port), "refused", f"{address} {port}")
            self.assertEqual(self.connect(address, 9999), "open", "a port that is not the messenger's")
        self.assertEqual(self.connect(UNPUBLISHED, 5222), "open")

        # What an administrator keeps in the table stays, loading again adds nothing twice, and the block holds.
        inside(ROUTER, "nft", "add set inet sinkfeed mine { type ipv4_addr; elements = { 198.51.100.9 } }")
        before = inside(ROUTER, "nft", "-s", "list", "table", "inet", "sinkfeed").stdout
        self.load()
        self.assertEqual(inside(ROUTER, "nft", "-s", "list", "table", "inet", "sinkfeed").stdout, before)
        self.assertIn("198.51.100.9", before)
        self.assertEqual(self.connect(PUBLISHED, 5222), "refused")

    def test_any_profile_name_makes_a_ruleset_that_loads_and_each_family_stays(self):
        """Words of nft's language, digits first, and names that might be taken for another profile's."""
        profiles = self.lab.folder / "profiles"
        profiles.mkdir()
        names = ["meta", "log", "2talk", "-", "log-forward", "v4-log"]
        for name in names:
            (profiles / f"{name}.toml").write_text(
                f'title = "{name}"\nports = [5222]\n[[name]]\nname = "www.office.example"\nmatch = "exact"\ntier = "core"\nrole = "test"\n'
                '[[known]]\naddress = "198.41.0.99"\nsource = "test"\n[[known]]\naddress = "2a00:1450:4001::1"\nsource = "test"\n'
            )
        settings = self.lab.folder / "profiles.toml"
        settings.write_text(f'[upstream]\nservers = ["127.0.0.1:{self.lab.upstream_port}"]\n[block]\nprofiles_path = "profiles"\n'
                            f'profiles = {names}\n[dns]\nlisten = ["127.0.0.1:{free_port()}"]\n[store]\npath = "state-of-profiles"\n'
                            f'[http]\nlisten = ["127.0.0.1:{free_port()}"]\n'.replace("'", '"'))
        http = settings.read_text().rsplit('"', 2)[1]
        process = self.lab.start("profiles", SINKFEED, "serve", "--config", settings)
        wait_for(lambda: run("curl", "-fsS", f"http://{http}/readyz").returncode == 0, what="the daemon: " + process.text())

        def load(query, *options):
            for name in names:
                file = self.lab.folder / "feed.nft"
                self.assertEqual(run("curl", "-fsS", "-o", file, f"http://{http}/feed/{name}.nft{query}").returncode, 0)
                done = inside(ROUTER, "nft", *options, "-f", file)
                self.assertEqual(done.returncode, 0, f"{name}: {done.stderr}")

        load("", "-c")
        load("?family=4")
        load("?family=6")
        table = inside(ROUTER, "nft", "list", "table", "inet", "sinkfeed").stdout
        for rule in ("ip daddr @v4_", "ip6 daddr @v6_"):
            self.assertEqual(table.count(rule), 2 * len(names), table)
        load("")
        self.assertEqual(inside(ROUTER, "nft", "list", "table", "inet", "sinkfeed").stdout, table, "the same by both at once")
        inside(ROUTER, "nft", "delete", "table", "inet", "sinkfeed")


if __name__ == "__main__":
    unittest.main()
