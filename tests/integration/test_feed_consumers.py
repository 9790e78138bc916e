"""What reads a feed, in the flesh: each program loads what the daemon serves in its format, and acts on it."""

import ipaddress
import shutil
import subprocess
import unittest

from lab import Daemon, Lab, free_port, run, wait_for

INSIDE = "sft-consumer"
PUBLISHED, PUBLISHED6, UNPUBLISHED = "74.125.140.125", "2a00:1450:400c:c06::7d", "198.41.0.10"
SHARED = "74.125.141.125"  # docs.google.com needs it too
LONG = "a-messenger-by-a-name-of-forty-character"  # as long as a feed's name may be
LISTENER = """
import socket, selectors
waiting = selectors.DefaultSelector()
for port in (5222, 443, 9999):
    s = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
    waiting.register(s, selectors.EVENT_READ)
print("listening", flush=True)
while True:
    for key, _ in waiting.select(): key.fileobj.accept()[0].close()
"""


def inside(*command, **options):
    return run("ip", "netns", "exec", INSIDE, *command, **options)


class Consumers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.take_down)
        cls.lab.folder.chmod(0o755)  # rbldnsd reads the feed as a user of its own
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        run("ip", "netns", "del", INSIDE)
        for command in (
            ("netns", "add", INSIDE),
            ("-n", INSIDE, "link", "set", "lo", "up"),
            *(("-n", INSIDE, "address", "add", f"{address}/32", "dev", "lo") for address in (PUBLISHED, SHARED, UNPUBLISHED)),
            ("-n", INSIDE, "address", "add", f"{PUBLISHED6}/128", "dev", "lo"),
        ):
            subprocess.run(["ip", *command], check=True, capture_output=True, timeout=20)
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port)
        with open(cls.sinkfeed.settings, "a", encoding="ascii") as settings:
            settings.write(f'[[feed.list]]\nname = "{LONG}"\nprofiles = ["google-talk"]\nshared = "ports-only"\n')
        cls.sinkfeed.start()
        for name in ("talk.google.com", "docs.google.com"):
            cls.sinkfeed.dig(name)
        wait_for(lambda: {PUBLISHED, PUBLISHED6} <= (feed := set(cls.sinkfeed.feed())) and SHARED not in feed, what="the addresses in the feed")
        cls.sinkfeed.wait_for_a_quiet_feed()

    @classmethod
    def take_down(cls):
        cls.lab.close()
        run("ip", "netns", "del", INSIDE)

    def fetch(self, extension, feed="google-talk"):
        file = self.lab.folder / f"{feed}.{extension}"
        done = run("curl", "-fsS", "-o", file, f"http://127.0.0.1:{self.sinkfeed.http_port}/feed/{feed}.{extension}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return file

    def stop_later(self, process):
        """At the end of the test."""
        self.addCleanup(process.stop)
        self.addCleanup(self.lab.processes.remove, process)
        return process

    def start(self, name, *command):
        return self.stop_later(self.lab.start(name, *command))

    def right(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def connect(self, address, port):
        done = inside("python3", "-c", f"import socket; socket.create_connection(('{address}', {port}), 3)")
        if done.returncode:
            self.assertIn("ConnectionRefusedError", done.stderr)
        return "refused" if done.returncode else "open"

    def resolve(self, port, name, kind="A"):
        """Status and answers."""
        out = run("dig", "@127.0.0.1", "-p", port, name, kind, "+tries=1", "+time=5").stdout
        status = out.partition("status: ")[2].partition(",")[0]
        return status, run("dig", "@127.0.0.1", "-p", port, name, kind, "+short", "+tries=1", "+time=5").stdout.split()

    def load_rules(self, feed):
        self.right(inside("ipset", "restore", "-file", self.fetch("ipset", feed)))
        for tool in ("iptables", "ip6tables"):
            self.right(inside(f"{tool}-restore", "-n", self.fetch(tool, feed)))

    def rules(self):
        """Without counters and times."""
        text = "".join(self.right(inside(f"{tool}-save")) for tool in ("iptables", "ip6tables")) + self.right(inside("ipset", "list"))
        return sorted(line for line in text.splitlines() if line[:1] not in "#:" and not line.startswith(("Header", "Size in memory")))

    def test_ipset_and_iptables_refuse_connections_and_may_be_loaded_again(self):
        listener = self.start("listener", "ip", "netns", "exec", INSIDE, "python3", "-c", LISTENER)
        wait_for(lambda: "listening" in listener.text(), what="the servers")
        for address in (PUBLISHED, PUBLISHED6, SHARED, UNPUBLISHED):
            self.assertEqual(self.connect(address, 5222), "open", f"{address} before")

        self.load_rules("google-talk")
        for tool in ("iptables", "ip6tables"):
            self.right(inside(tool, "-I", "OUTPUT", "-j", "sf-google-talk"))
        self.right(inside("iptables", "-A", "OUTPUT", "-d", "198.51.100.9", "-j", "DROP"))
        for address in (PUBLISHED, PUBLISHED6):
            for port in (5222, 443):
                self.assertEqual(self.connect(address, port), "refused", f"{address} {port}")
            self.assertEqual(self.connect(address, 9999), "open", "a port that is not the messenger's")
        for address in (SHARED, UNPUBLISHED):
            self.assertEqual(self.connect(address, 5222), "open", address)

        before = self.rules()
        self.load_rules("google-talk")
        self.assertEqual(self.rules(), before)
        self.assertIn("-A OUTPUT -d 198.51.100.9/32 -j DROP", before)
        self.assertEqual(self.connect(PUBLISHED, 5222), "refused")

        # The other feed's name is too long for a set, and it blocks what others need on the messenger's own ports alone.
        self.load_rules(LONG)
        chain = next(line.split()[1] for line in self.rules() if line.startswith("-A sf-a-messenger"))
        self.right(inside("iptables", "-I", "OUTPUT", "-j", chain))
        self.assertEqual([self.connect(SHARED, port) for port in (5222, 443)], ["refused", "open"])
        before = self.rules()
        self.load_rules(LONG)
        self.assertEqual(self.rules(), before)
        self.assertEqual(sum(f"match-set {family}-google-talk" in line for line in before for family in ("sf4", "sf6")), 2)

    def test_bind_and_unbound_cut_off_the_names_of_listed_addresses(self):
        zone = self.fetch("rpz")
        port, config = free_port(), self.lab.folder / "named.conf"
        config.write_text(
            f'options {{ directory "{self.lab.folder}"; pid-file none; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};\n'
            f"  forwarders {{ 127.0.0.1 port {self.lab.upstream_port}; }}; forward only; dnssec-validation no;\n"
            f'  response-policy {{ zone "rpz.test"; }}; }};\n'
            f'controls {{ }};\nzone "rpz.test" {{ type primary; file "{zone}"; }};\n'
        )
        bind = self.start("named", "named", "-g", "-c", config)
        wait_for(lambda: "reload done: success" in bind.text(), what="the policy zone: " + bind.text())
        self.assertNotIn("canonical", bind.text())
        self.assertNotIn("invalid", bind.text())

        # Unbound fetches the zone itself.
        unbound_port = free_port()
        zones = ('server:\n  module-config: "respip iterator"\nrpz:\n  name: "rpz.test"\n'
                 f'  url: "http://127.0.0.1:{self.sinkfeed.http_port}/feed/google-talk.rpz"\n'
                 f'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@{self.lab.upstream_port}\n')
        unbound = self.stop_later(self.lab.run_unbound("unbound-rpz", unbound_port, zones))
        wait_for(lambda: self.resolve(unbound_port, "talk.google.com")[0] == "NXDOMAIN", what="the zone in Unbound: " + unbound.text())

        for server in (port, unbound_port):
            for name in ("talk.google.com", "chat.office.example"):
                for kind in ("A", "AAAA"):
                    status, answers = self.resolve(server, name, kind)
                    self.assertEqual(status, "NXDOMAIN", f"{name} {kind}")
                    self.assertFalse({PUBLISHED, PUBLISHED6} & set(answers), answers)
            self.assertEqual(self.resolve(server, "docs.google.com"), ("NOERROR", [SHARED]))
            self.assertEqual(self.resolve(server, "www.office.example"), ("NOERROR", [UNPUBLISHED]))

    def test_rbldnsd_answers_for_listed_addresses(self):
        file, port = self.fetch("rbldnsd"), free_port()
        rbldnsd = self.start("rbldnsd", "rbldnsd", "-n", "-u", "rbldns", "-b", f"127.0.0.1/{port}", f"dnsbl.test:combined:{file}")
        wait_for(lambda: self.resolve(port, "dnsbl.test", "SOA")[0] == "NOERROR", what="rbldnsd: " + rbldnsd.text())

        def ask(address, kind="A"):
            reverse = ipaddress.ip_address(address).reverse_pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa")
            return self.resolve(port, f"{reverse}.dnsbl.test", kind)

        for address in (PUBLISHED, PUBLISHED6):
            self.assertEqual(ask(address), ("NOERROR", ["127.0.0.2"]), rbldnsd.text())
        self.assertEqual(" ".join(ask(PUBLISHED, "TXT")[1]), f'"sinkfeed google-talk {PUBLISHED}"')
        for address in (UNPUBLISHED, SHARED, "2a00:1450:400c:c06::7e"):
            self.assertEqual(ask(address), ("NXDOMAIN", []))
        self.assertNotIn("warning", rbldnsd.text())

    def test_squid_denies_requests_to_listed_addresses(self):
        file, port, config = self.fetch("squid"), free_port(), self.lab.folder / "squid.conf"
        config.write_text(f'acl sinkfeed dst "{file}"\nhttp_access deny sinkfeed\nhttp_access allow all\nhttp_port 127.0.0.1:{port}\n'
                          "cache_log /dev/null\naccess_log none\npid_filename none\nshutdown_lifetime 0 seconds\npinger_enable off\n")
        done = run("squid", "-k", "parse", "-f", config)
        self.right(done)
        for complaint in ("WARNING", "ERROR", "FATAL"):
            self.assertNotIn(complaint, done.stderr)
        self.start("squid", "ip", "netns", "exec", INSIDE, "squid", "-N", "-f", config)

        def get(host):
            """Where it is allowed nobody listens, which Squid says too."""
            return inside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-x", f"http://127.0.0.1:{port}", f"http://{host}:9/").stdout

        wait_for(lambda: get(UNPUBLISHED) != "000", what="Squid")
        self.assertEqual([get(host) for host in (PUBLISHED, f"[{PUBLISHED6}]", SHARED)], ["403", "403", "503"])

    def test_haproxy_rejects_connections_to_listed_addresses(self):
        file, port, config = self.fetch("haproxy"), free_port(), self.lab.folder / "haproxy.cfg"
        config.write_text("defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 5s\n"
                          f"frontend all\n  bind :::{port} v4v6\n"
                          f"  tcp-request connection reject if {{ dst -f {file} }} {{ dst_port {port} }}\n  http-request return status 200\n")
        self.right(run("haproxy", "-c", "-f", config))
        self.start("haproxy", "ip", "netns", "exec", INSIDE, "haproxy", "-db", "-f", config)

        def get(host):
            return inside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", f"http://{host}:{port}/").stdout

        wait_for(lambda: get(UNPUBLISHED) == "200", what="HAProxy")
        self.assertEqual([get(host) for host in (PUBLISHED, f"[{PUBLISHED6}]", SHARED)], ["000", "000", "200"])

    def flows(self):
        """What GoBGP holds, by destination."""
        found = {}
        for family in ("ipv4", "ipv6"):
            for line in inside("gobgp", "global", "rib", "-a", f"{family}-flowspec").stdout.splitlines():
                if "[destination: " in line:
                    self.assertIn("[discard]", line)
                    self.assertIn("[protocol: ==tcp]", line)
                    destination = line.partition("[destination: ")[2].partition("]")[0].split("/")[0]
                    found[destination] = line.partition("[destination-port: ")[2].partition("]")[0]
        return found

    def test_exabgp_announces_and_gobgp_holds_the_flows_with_their_ports(self):
        folder, port = self.lab.folder, free_port()
        families = "".join(f'  [[neighbors.afi-safis]]\n    [neighbors.afi-safis.config]\n      afi-safi-name = "{family}-flowspec"\n'
                           for family in ("ipv4", "ipv6"))
        (folder / "gobgpd.conf").write_text(
            f'[global.config]\n  as = 65001\n  router-id = "192.0.2.10"\n  port = {port}\n  local-address-list = ["127.0.0.1"]\n'
            '[[neighbors]]\n  [neighbors.config]\n    neighbor-address = "127.0.0.1"\n    peer-as = 65001\n'
            "  [neighbors.transport.config]\n    passive-mode = true\n" + families
        )
        enter = ("ip", "netns", "exec", INSIDE)
        gobgpd = self.start("gobgpd", *enter, "gobgpd", "-f", folder / "gobgpd.conf")
        wait_for(lambda: inside("gobgp", "neighbor").returncode == 0, what="gobgpd: " + gobgpd.text())

        listed = self.sinkfeed.feed()
        expected = {address: "==80 ==443 ==5222 ==5223" for address in listed} | {SHARED: "==5222 ==5223"}

        # By GoBGP's own commands.
        commands = self.fetch("gobgp", LONG)
        self.right(inside("sh", "-e", commands))
        self.assertEqual(self.flows(), expected)
        self.right(inside("sh", "-e", input=commands.read_text().replace(" add ", " del ")))
        self.assertEqual(self.flows(), {})

        # By ExaBGP, which a process of its own tells what to announce.
        commands = shutil.copy(self.fetch("exabgp", LONG), folder / "commands")
        (folder / "exabgp.conf").write_text(
            f"process sinkfeed {{ run /usr/bin/tail -n +1 -f {commands}; encoder text; }}\n"
            "neighbor 127.0.0.1 {\n  router-id 192.0.2.11; local-address 127.0.0.1; local-as 65001; peer-as 65001;\n"
            "  family { ipv4 flow; ipv6 flow; }\n  api { processes [ sinkfeed ]; }\n}\n"
        )
        settings = (f"exabgp.tcp.port={port}", "exabgp.daemon.user=root", "exabgp.api.ack=false", "exabgp.api.cli=false")
        exabgp = self.start("exabgp", *enter, "env", *settings, "exabgp", folder / "exabgp.conf")
        wait_for(lambda: self.flows() == expected, 25, "the flows: " + exabgp.text())
        gone = [line for line in commands.read_text().splitlines(True) if PUBLISHED in line or PUBLISHED6 in line]
        self.assertEqual(len(gone), 2)
        with open(commands, "a", encoding="ascii") as more:
            more.write("".join(gone).replace("announce", "withdraw"))
        del expected[PUBLISHED], expected[PUBLISHED6]
        wait_for(lambda: self.flows() == expected, 10, "the flows that are left")


if __name__ == "__main__":
    unittest.main()
