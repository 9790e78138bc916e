"""The sweep with client subnets (RFC 7871) against PowerDNS, whose GeoIP backend answers by the client's network: a pool of 1,000 addresses
of which each of 40 networks gets four of its own 25 at a time, at random; and a name that is the same within each /21."""

import json
import re
import tempfile
import time
import unittest
from collections import Counter

from lab import Daemon, Lab, free_port, run, wait_for

NETWORKS, EACH = 40, 25
SUBNETS = [f"100.64.{number}.0/24" for number in range(NETWORKS)]
POOL = {f"74.126.{number}.{host}" for number in range(NETWORKS) for host in range(1, EACH + 1)}
FIXED = {f"74.127.{block}.1" for block in range(NETWORKS // 8)}

# Who asks without a subnet is 127.0.0.1, and gets what the network with the same third byte gets.
PICK = (f"local n=string.match(tostring(bestwho),'^[0-9]+[.][0-9]+[.]([0-9]+)') local t={{}} "
        f"for i=1,{EACH} do t[i]='74.126.'..n..'.'..i end return pickrandomsample(4,t)")

PROFILE = """title = "Sample"
ports = [5222]
name = [ { name = "talk.pool.example", match = "exact", tier = "core", role = "login" },
         { name = "fixed.pool.example", match = "exact", tier = "core", role = "login" } ]
"""


class SweepSubnets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.labs = [Lab(), Lab()]
        try:
            cls.start_powerdns(cls.labs[0])
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        for lab in reversed(cls.labs):
            lab.close()

    @classmethod
    def start_powerdns(cls, lab):
        cls.port = free_port()
        blocks = range(NETWORKS // 8)
        (lab.folder / "zones.yaml").write_text(
            """domains:
- domain: pool.example
  ttl: 1
  records:
    pool.example:
      - soa: ns.pool.example. admin.pool.example. 1 7200 3600 1209600 1
      - ns: ns.pool.example.
    talk.pool.example:
      - lua: A ";%s"
"""
            % PICK
            + "".join(f"    block{block}.pool.example:\n      - a: 74.127.{block}.1\n" for block in blocks)
            + "  services:\n    fixed.pool.example:\n      default: ['block0.pool.example']\n"
            + "".join(f"      100.64.{8 * block}.0/21: ['block{block}.pool.example']\n" for block in blocks)
        )
        (lab.folder / "pdns.conf").write_text(
            f"""launch=geoip
geoip-zones-file={lab.folder}/zones.yaml
edns-subnet-processing=yes
enable-lua-records=yes
local-address=127.0.0.1
local-port={cls.port}
socket-dir={lab.folder}
cache-ttl=0
query-cache-ttl=0
negquery-cache-ttl=0
log-dns-queries=yes
loglevel=6
log-timestamp=no
"""
        )
        cls.powerdns = lab.start("pdns", "pdns_server", f"--config-dir={lab.folder}", "--daemon=no", "--guardian=no", "--write-pid=no")
        wait_for(lambda: lab.asks("127.0.0.1", cls.port, "fixed.pool.example"), what="PowerDNS: " + cls.powerdns.text())

    def daemon(self, lab, **settings):
        profiles = lab.folder / "profiles"
        profiles.mkdir(exist_ok=True)
        (profiles / "sample.toml").write_text(PROFILE)
        daemon = Daemon(lab, self.port, state=tempfile.mkdtemp(dir=lab.folder), ledger__max_new_per_hour=0, block__profiles=["sample"], block__profiles_path=str(profiles),
                        **settings).start()
        self.addCleanup(lambda: daemon.process in lab.processes and daemon.stop())
        return daemon

    @staticmethod
    def published(daemon):
        return set(daemon.get("/feed/sample.txt")[2].split())

    @staticmethod
    def questions(daemon):
        counters = json.loads(daemon.get("/api/v1/status")[2])["counters"]
        return counters["sweep_questions"], counters["sweep_subnet_questions"]

    @staticmethod
    def estimate(daemon, name):
        targets = json.loads(daemon.get("/api/v1/estimates")[2])["targets"]
        return next((target for target in targets if target["name"] == name), None)

    def log(self):
        """PowerDNS' log of questions; their letters come in any case (0x20)."""
        return self.powerdns.text().lower()

    def test_with_subnets_all_of_the_pool_is_found(self):
        start = time.monotonic()
        earlier = len(self.log())
        plain = self.daemon(self.labs[1])
        sinkfeed = self.daemon(self.labs[0], sweep__subnets=SUBNETS)

        marks = {}

        def found():
            share = len(self.published(sinkfeed) & POOL) / len(POOL)
            for mark in (0.5, 0.9, 0.99):
                if share >= mark and mark not in marks:
                    marks[mark] = time.monotonic() - start, *self.questions(sinkfeed), self.estimate(sinkfeed, "talk.pool.example")
            return share >= 0.99

        wait_for(found, 75, "99 % of the pool")
        for mark, (seconds, questions, for_subnets, pool) in marks.items():
            print(f"\n{mark:.0%} of {len(POOL)} after {seconds:.0f} s and {questions} questions, {for_subnets} of them for subnets; "
                  f"said then: seen {pool['seen']} of about {pool['estimated']} ({pool['low']} to {pool['high']})", end="")
        print(f"\nwithout subnets: {len(self.published(plain) & POOL)} after {self.questions(plain)[0]} questions")
        self.assertLessEqual(FIXED, self.published(sinkfeed))
        self.assertLessEqual(len(self.published(plain) & POOL), EACH)
        low, high = marks[0.9][3]["low"], marks[0.9][3]["high"]
        self.assertLess(low, len(POOL) * 1.15)
        self.assertGreater(high, len(POOL) * 0.95)

        # Where a /21 is one scope it is one question, and each round asks for another network of it.
        asked = Counter(re.findall(r"<-(100\.64\.\d+\.0)/24 wants 'fixed\.pool\.example\|a'", self.log()[earlier:]))
        blocks = Counter(int(network.split(".")[2]) // 8 for network in asked.elements())
        self.assertEqual(len(blocks), NETWORKS // 8)
        self.assertLessEqual(max(blocks.values()) - min(blocks.values()), 1, blocks)
        print(f"of a name that is the same within /21s, {sum(asked.values())} questions in {max(blocks.values())} rounds")

        evidence = next(entry for entry in json.loads(sinkfeed.get("/api/v1/ips")[2])["entries"] if entry["address"] == "74.126.7.1")["evidence"]
        self.assertEqual([one["vantage_detail"] for one in evidence], [f"127.0.0.1:{self.port} for 100.64.7.0/24"])
        self.assertIn("sample: seen ", sinkfeed.command("status").stdout)
        self.assertRegex(sinkfeed.get("/metrics")[2], r'sinkfeed_addresses_estimated\{profile="sample"\} \d+')

    def test_clients_questions_carry_no_subnet_and_a_reload_changes_them(self):
        sinkfeed = self.daemon(self.labs[0], sweep__subnets=["100.64.3.0/24"])
        wait_for(lambda: any(address.startswith("74.126.3.") for address in self.published(sinkfeed)), 10, "the first network's addresses")
        (self.labs[0].folder / "networks.txt").write_text("# another\n100.64.5.0/24\n")
        settings = sinkfeed.settings.read_text()
        sinkfeed.settings.write_text(settings.replace('subnets = ["100.64.3.0/24"]', 'subnets = "networks.txt"'))
        self.assertEqual(sinkfeed.command("reload").returncode, 0)
        wait_for(lambda: any(address.startswith("74.126.5.") for address in self.published(sinkfeed)), 10, "the second network's addresses")
        sinkfeed.dig("client.pool.example", "A", "+subnet=100.64.9.0/24")
        wait_for(lambda: "wants 'client.pool.example|a'" in self.log(), 5, "the client's question")
        self.assertNotRegex(self.log(), r"<-\S+ wants 'client\.pool\.example")
        sinkfeed.settings.write_text(settings.replace("100.64.3.0/24", "100.64.3.0/25"))
        refused = sinkfeed.command("reload")
        self.assertEqual(refused.returncode, 1)
        self.assertIn('write "100.64.3.0/24"', refused.stderr)


if __name__ == "__main__":
    unittest.main()
