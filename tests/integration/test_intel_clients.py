"""Readers that ask what is new rather than take the list: CrowdSec's firewall bouncer, in the flesh, with nftables in a network namespace;
a TAXII client that pages and polls; a MISP server's way through a feed's folder."""

import json
import subprocess
import unittest
from urllib.parse import urlencode

from lab import Daemon, Lab, Process, run, wait_for

SERVER, INSIDE, ADDRESS = "sft-intel", "sft-bouncer", "10.99.7.1"
PUBLISHED, PUBLISHED6, OTHER, UNPUBLISHED = "74.125.140.125", "2a00:1450:400c:c06::7d", "74.125.143.125", "198.41.0.10"
LISTENER = """
import socket
s = socket.create_server(("::", 5222), family=socket.AF_INET6, dualstack_ipv6=True)
print("listening", flush=True)
while True: s.accept()[0].close()
"""
COLLECTION = "/taxii2/feeds/collections/google-talk/"


def inside(*command):
    return run("ip", "netns", "exec", INSIDE, *command)


class IntelClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in (SERVER, INSIDE):
            run("ip", "netns", "del", name)
        for command in (
            *(("netns", "add", name) for name in (SERVER, INSIDE)),
            *(("-n", name, "link", "set", "lo", "up") for name in (SERVER, INSIDE)),
            ("link", "add", "sft7a", "netns", SERVER, "type", "veth", "peer", "name", "sft7b", "netns", INSIDE),
            ("-n", SERVER, "address", "add", f"{ADDRESS}/24", "dev", "sft7a"),
            ("-n", INSIDE, "address", "add", "10.99.7.2/24", "dev", "sft7b"),
            ("-n", SERVER, "link", "set", "sft7a", "up"),
            ("-n", INSIDE, "link", "set", "sft7b", "up"),
            *(("-n", INSIDE, "address", "add", f"{address}/32", "dev", "lo") for address in (PUBLISHED, UNPUBLISHED)),
            ("-n", INSIDE, "address", "add", f"{PUBLISHED6}/128", "dev", "lo"),
        ):
            subprocess.run(["ip", *command], check=True, capture_output=True, timeout=20)
        cls.lab = Lab(("ip", "netns", "exec", SERVER))
        cls.addClassCleanup(cls.take_down)
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port, http=ADDRESS).start()
        for name in ("talk.google.com", "xmpp.l.google.com"):
            cls.sinkfeed.dig(name)
        wait_for(lambda: {PUBLISHED, PUBLISHED6, OTHER} <= set(cls.sinkfeed.feed()), what="the addresses in the feed")
        listener = cls.start_inside("listener", "python3", "-c", LISTENER)
        wait_for(lambda: "listening" in listener.text(), what="the listener")

    @classmethod
    def take_down(cls):
        cls.lab.close()
        for name in (SERVER, INSIDE):
            run("ip", "netns", "del", name)

    @classmethod
    def start_inside(cls, name, *command):
        process = Process(cls.lab.folder, name, ["ip", "netns", "exec", INSIDE, *command])
        cls.lab.processes.append(process)
        return process

    def restart(self):
        self.sinkfeed.stop()
        self.sinkfeed.start()

    def hold(self, address):
        """Out of the feed until the end of the test."""
        done = self.sinkfeed.command("ips", "hold", address, "--for", "1h", "--reason", "a test")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(self.sinkfeed.command, "ips", "undo", address, "--reason", "the test is over")

    def undo(self, address):
        done = self.sinkfeed.command("ips", "undo", address, "--reason", "no need for it")
        self.assertEqual(done.returncode, 0, done.stderr)

    def read(self, path, query=None, status=200):
        found, _, body = self.sinkfeed.get(path + ("?" + urlencode(query) if query else ""))
        self.assertEqual(found, status, body)
        return json.loads(body)

    def connects(self, address):
        return inside("python3", "-c", f"import socket; socket.create_connection(('{address}', 5222), 1)").returncode == 0

    def banned(self):
        """What nftables holds for the bouncer."""
        found = set()
        for family, name in (("ip", "crowdsec"), ("ip6", "crowdsec6")):
            done = inside("nft", "-j", "list", "set", family, name, f"{name}-blacklists")
            for item in json.loads(done.stdout)["nftables"] if done.returncode == 0 else ():
                for element in item.get("set", {}).get("elem", ()):
                    found.add(element["elem"]["val"] if isinstance(element, dict) else element)
        return found

    def test_the_firewall_bouncer_blocks_what_is_in_the_feed_and_nothing_that_has_left(self):
        config = self.lab.folder / "bouncer.yaml"
        config.write_text(f"""mode: nftables
pid_dir: {self.lab.folder}
update_frequency: 1s
daemonize: false
log_mode: stdout
log_level: info
api_url: http://{ADDRESS}:{self.sinkfeed.http_port}/feed/google-talk.crowdsec/
api_key: a-word-of-its-own
disable_ipv6: false
deny_action: DROP
supported_decisions_types: [ban]
blacklists_ipv4: crowdsec-blacklists
blacklists_ipv6: crowdsec6-blacklists
nftables:
  ipv4: {{enabled: true, set-only: false, table: crowdsec, chain: crowdsec-chain}}
  ipv6: {{enabled: true, set-only: false, table: crowdsec6, chain: crowdsec6-chain}}
prometheus: {{enabled: false}}
""")
        self.assertTrue(self.connects(PUBLISHED))
        bouncer = self.start_inside("bouncer", "crowdsec-firewall-bouncer", "-c", config)
        wait_for(lambda: {PUBLISHED, PUBLISHED6, OTHER} <= self.banned(), what="the bans: " + bouncer.text())
        self.assertEqual(self.banned(), set(self.sinkfeed.feed()))
        self.assertFalse(self.connects(PUBLISHED))
        self.assertFalse(self.connects(PUBLISHED6))
        self.assertTrue(self.connects(UNPUBLISHED))

        self.hold(PUBLISHED)
        wait_for(lambda: PUBLISHED not in self.banned(), what="the end of the ban")
        self.assertTrue(self.connects(PUBLISHED))
        self.assertIn(OTHER, self.banned())

        # While we are away it keeps what it has; then it is told what left meanwhile.
        self.hold(OTHER)
        self.restart()
        wait_for(lambda: self.banned() == set(self.sinkfeed.feed()), what="the same list")
        self.assertNotIn(OTHER, self.banned())
        self.assertIn(PUBLISHED6, self.banned())
        self.undo(PUBLISHED)
        wait_for(lambda: PUBLISHED in self.banned(), what="the ban again")

    def objects(self, **query):
        """All pages, as a client reads them; and the last date_added."""
        found, token = [], {}
        while True:
            page = self.read(COLLECTION + "objects/", {"limit": 2, **query, **token})
            found += page["objects"]
            if not page["more"]:
                return found
            token = {"next": page["next"]}

    def test_a_taxii_client_pages_polls_and_is_told_what_has_left_also_across_a_restart(self):
        root = self.read("/taxii2/")["api_roots"][0]
        collection = next(one for one in self.read(root + "collections/")["collections"] if one["alias"] == "google-talk")
        self.assertEqual(self.read(f"{root}collections/{collection['id']}/objects/"), self.read(COLLECTION + "objects/"))
        self.assertEqual({one["name"] for one in self.objects() if one["type"] == "indicator"}, set(self.sinkfeed.feed()))
        manifest = self.read(COLLECTION + "manifest/")["objects"]
        last = manifest[-1]["date_added"]
        self.assertEqual(self.objects(added_after=last), [])

        page = self.read(COLLECTION + "objects/", {"limit": 2})
        before = {one["name"]: one["id"] for one in self.objects()}
        self.hold(OTHER)
        wait_for(lambda: OTHER not in self.sinkfeed.feed(), what="the address to leave")
        self.restart()
        gone = self.objects(added_after=last)
        self.assertEqual([(one["id"], one["revoked"]) for one in gone], [(before[OTHER], True)])
        self.assertNotIn(before[OTHER], [one["id"] for one in self.objects()])
        # Who was paging goes on where he was, with another process.
        rest = self.objects(next=page["next"])
        valid = {one["name"] for one in page["objects"] + rest if one["type"] == "indicator" and not one.get("revoked")}
        self.assertEqual(valid - {OTHER}, set(self.sinkfeed.feed()))
        self.assertEqual(len({one["id"] for one in page["objects"] + rest}), len(before))

    def test_a_misp_server_follows_the_manifest(self):
        folder = "/feed/google-talk.misp/"

        def fetch():
            (uuid, says), *others = self.read(folder + "manifest.json").items()
            self.assertEqual(others, [])
            event = self.read(f"{folder}{uuid}.json")["Event"]
            self.assertEqual((event["uuid"], event["timestamp"]), (uuid, says["timestamp"]))
            return event, {one["value"] for one in event["Attribute"] if not one.get("deleted")}

        event, values = fetch()
        self.assertIn(f"{OTHER}|5222", values)
        self.assertEqual({value.partition("|")[0] for value in values}, set(self.sinkfeed.feed()))
        self.hold(OTHER)
        wait_for(lambda: OTHER not in self.sinkfeed.feed(), what="the address to leave")
        after, values = fetch()
        self.assertEqual(after["uuid"], event["uuid"])
        self.assertGreater(int(after["timestamp"]), int(event["timestamp"]))
        self.assertNotIn(f"{OTHER}|5222", values)
        self.assertIn(f"{OTHER}|5222", [one["value"] for one in after["Attribute"] if one.get("deleted")])


if __name__ == "__main__":
    unittest.main()
