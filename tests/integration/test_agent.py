"""The agent on a router in a network namespace, with the kernel's own nftables and ipset: changes reach the sets, whoever is killed."""

import http.server
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from lab import SINKFEED, Daemon, Lab, run, wait_for

ROUTER = "sfa-router"
SERVER, AGENT = "10.98.0.1", "10.98.0.2"
SEEDS = 7


def ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)


def inside(*command):
    return run("ip", "netns", "exec", ROUTER, *command)


class OfTheAgent(unittest.TestCase):
    """A daemon, and beside it a namespace with the agent."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.take_down)
        subprocess.run(["ip", "netns", "del", ROUTER], capture_output=True, check=False)
        ip("netns", "add", ROUTER)
        ip("-n", ROUTER, "link", "set", "lo", "up")
        ip("link", "add", "sfa0", "type", "veth", "peer", "name", "sfa1", "netns", ROUTER)
        ip("address", "add", f"{SERVER}/24", "dev", "sfa0")
        ip("link", "set", "sfa0", "up")
        ip("-n", ROUTER, "address", "add", f"{AGENT}/24", "dev", "sfa1")
        ip("-n", ROUTER, "link", "set", "sfa1", "up")

    @classmethod
    def take_down(cls):
        cls.lab.close()
        subprocess.run(["ip", "link", "del", "sfa0"], capture_output=True, check=False)
        subprocess.run(["ip", "netns", "del", ROUTER], capture_output=True, check=False)

    def setUp(self):
        # Nothing answers upstream: the feed holds the addresses that are known from the start, and what the tests add.
        self.server = Daemon(self.lab, 9, state=tempfile.mkdtemp(dir=self.lab.folder), http=SERVER)
        self.start_server()
        self.addCleanup(lambda: self.server.process in self.lab.processes and self.server.stop())
        self.addCleanup(inside, "nft", "flush", "ruleset")
        self.addCleanup(inside, "ipset", "destroy")
        self.agents = 0
        self.state = Path(tempfile.mkdtemp(dir=self.lab.folder))

    def start_server(self):
        self.server.start(ready=False)
        wait_for(lambda: self.server.get("/healthz")[0] == 200, what="the server: " + self.server.process.text())

    def url(self):
        return f"http://{SERVER}:{self.server.http_port}/feed/google-talk"

    def arguments(self, kind, *options):
        return ["ip", "netns", "exec", ROUTER, SINKFEED, "agent", kind, "--url", self.url(), "--state", self.state, *options]

    def start_agent(self, kind="nftables", *options):
        self.agents += 1
        agent = self.lab.start(f"{self.id()}-{self.agents}", *self.arguments(kind, *options))
        self.addCleanup(lambda: agent in self.lab.processes and self.stop(agent))
        return agent

    def stop(self, agent, how=signal.SIGTERM):
        self.lab.processes.remove(agent)
        return agent.stop(how)

    def add(self, *addresses):
        done = self.server.command("ips", "add", *addresses, "--reason", "test")
        self.assertEqual(done.returncode, 0, done.stderr)

    def take_out(self, *addresses):
        done = self.server.command("ips", "hold", *addresses, "--reason", "test")
        self.assertEqual(done.returncode, 0, done.stderr)

    def nft(self, name="v4_google_talk", table="sinkfeed"):
        """The addresses of a set, ranges written out; None if it is not there."""
        listed = inside("nft", "-j", "list", "set", "inet", table, name)
        if listed.returncode:
            return None
        found = set()
        for item in json.loads(listed.stdout)["nftables"][1]["set"].get("elem", []):
            if isinstance(item, dict) and "prefix" in item:
                found.add(f"{item['prefix']['addr']}/{item['prefix']['len']}")
            elif isinstance(item, dict):
                found.add("-".join(item["range"]))
            else:
                found.add(item)
        return found

    def ipset(self, name="sf4-google-talk"):
        saved = inside("ipset", "save", name)
        return {line.split()[2] for line in saved.stdout.splitlines() if line.startswith("add ")} if saved.returncode == 0 else None

    def wait(self, condition, agent, what):
        wait_for(condition, 20, f"{what}; the agent says:\n{agent.text()}\nthe condition")


class Agent(OfTheAgent):
    def test_changes_reach_nftables_and_whoever_is_killed_comes_back(self):
        agent = self.start_agent()
        self.wait(lambda: len(self.nft() or ()) == SEEDS, agent, "the whole list")
        rules = inside("nft", "list", "table", "inet", "sinkfeed").stdout
        self.assertEqual(rules.count("reject with tcp reset"), 4, rules)

        # Side by side, which nft joins; then one of the middle goes.
        self.add("74.125.140.124", "74.125.140.125", "74.125.140.126", "2a00:1450:400c:c06::7d")
        self.wait(lambda: self.nft("v6_google_talk") == {"2a00:1450:400c:c06::7d"}, agent, "an IPv6 address")
        self.wait(lambda: "74.125.140.124-74.125.140.126" in self.nft(), agent, "three in a row")
        self.take_out("74.125.140.125")
        self.wait(lambda: {"74.125.140.124", "74.125.140.126"} <= self.nft(), agent, "the one in the middle gone")

        # The server is killed; what was published stays, and what comes afterwards comes.
        self.server.stop(signal.SIGKILL)
        self.start_server()
        self.assertEqual(len(self.nft()), SEEDS + 2)
        self.add("142.250.1.1")
        self.wait(lambda: "142.250.1.1" in self.nft(), agent, "a change after the server's restart")

        # So does the agent: the sets stay, and it takes up where it was.
        self.stop(agent, signal.SIGKILL)
        self.assertIn("142.250.1.1", self.nft())
        self.add("142.250.1.2")
        agent = self.start_agent()
        self.wait(lambda: "142.250.1.1-142.250.1.2" in self.nft() or "142.250.1.2" in self.nft(), agent, "what was missed")
        self.assertNotIn("fetched", agent.text(), "what has changed is enough")

        # A reload of the server ends the streams, and nothing else.
        self.assertEqual(self.server.command("reload").returncode, 0)
        self.add("142.250.1.9")
        self.wait(lambda: "142.250.1.9" in self.nft(), agent, "a change after a reload")
        self.assertEqual(self.stop(agent), 0)
        self.assertIn("142.250.1.9", self.nft(), "the sets stay when the agent ends")

    def test_without_a_server_the_last_good_list_is_in_force_and_what_is_flushed_is_mended(self):
        agent = self.start_agent()
        self.wait(lambda: len(self.nft() or ()) == SEEDS, agent, "the whole list")
        self.stop(agent)
        self.server.stop(signal.SIGKILL)
        inside("nft", "flush", "ruleset")  # as after a restart of the machine
        agent = self.start_agent("nftables", "--check", "1s")
        self.wait(lambda: len(self.nft() or ()) == SEEDS, agent, "the last good list")
        self.wait(lambda: "does not answer" in agent.text(), agent, "a word about the server")
        for harm in (["flush", "set", "inet", "sinkfeed", "v4_google_talk"], ["delete", "table", "inet", "sinkfeed"],
                     ["flush", "chain", "inet", "sinkfeed", "forward_v4_google_talk"], ["flush", "ruleset"]):
            self.assertEqual(inside("nft", *harm).returncode, 0, harm)
            self.wait(lambda: len(self.nft() or ()) == SEEDS and
                      inside("nft", "list", "table", "inet", "sinkfeed").stdout.count("reject") == 4, agent, f"{harm} mended")
        # A change that comes while the table is gone is no reason to be without it.
        self.start_server()
        self.wait(lambda: agent.text().count("follows") == 1, agent, "the server found again")
        inside("nft", "flush", "ruleset")
        self.add("142.250.1.1")
        self.wait(lambda: "142.250.1.1" in (self.nft() or ()), agent, "the change")
        self.assertEqual(len(self.nft()), SEEDS + 1)

    def test_ipset_follows_as_well(self):
        agent = self.start_agent("ipset", "--check", "1s")
        self.wait(lambda: len(self.ipset() or ()) == SEEDS, agent, "the whole list")
        self.assertEqual(inside("iptables", "-A", "FORWARD", "-m", "set", "--match-set", "sf4-google-talk", "dst", "-j", "DROP").returncode, 0)
        self.addCleanup(inside, "iptables", "-F", "FORWARD")
        self.add("74.125.140.124", "2a00:1450:400c:c06::7d")
        self.wait(lambda: "74.125.140.124" in self.ipset() and self.ipset("sf6-google-talk"), agent, "a change")
        self.take_out("74.125.140.124")
        self.wait(lambda: "74.125.140.124" not in self.ipset(), agent, "one gone")
        inside("ipset", "flush", "sf4-google-talk")
        self.wait(lambda: len(self.ipset()) == SEEDS, agent, "a flushed set mended, although a rule uses it")
        self.stop(agent, signal.SIGKILL)
        self.server.stop()
        inside("iptables", "-F", "FORWARD")
        inside("ipset", "destroy")
        agent = self.start_agent("ipset")
        self.wait(lambda: len(self.ipset() or ()) == SEEDS and len(self.ipset("sf6-google-talk") or ()) == 1, agent, "the last good list")

    def test_once_and_names_of_ones_own(self):
        inside("nft", "add table inet fw; add set inet fw mine { type ipv4_addr; elements = { 198.51.100.9 } }")
        done = run(*self.arguments("nftables", "--once", "--table", "fw", "--set", "im", "--sets-only", "--family", "4"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.nft("v4_im", "fw")), SEEDS)
        self.assertEqual(self.nft("mine", "fw"), {"198.51.100.9"})
        self.assertIsNone(self.nft("v6_im", "fw"))
        self.assertNotIn("chain", inside("nft", "list", "table", "inet", "fw").stdout)
        self.assertEqual(run(*self.arguments("ipset", "--once", "--set", "im")).returncode, 0)
        self.assertEqual(len(self.ipset("sf4-im")), SEEDS)
        for wrong in (["--family", "5"], ["--set", "a b"], ["--table", "a;b"], ["--check", "5"], ["--token", "a", "--token-file", "b"],
                      ["--cert", "a"], ["--ca", "a"], ["--json"]):
            self.assertEqual(run(*self.arguments("nftables", *wrong)).returncode, 2, wrong)
        done = run(*self.arguments("nftables", "--once")[:-5], "--url", self.url() + "-none", "--state", self.state, "--once")
        self.assertEqual(done.returncode, 1)
        self.assertIn("is no feed of that server", done.stderr)

    def test_without_the_right_to_change_sets_it_says_so(self):
        done = run(*self.arguments("nftables")[:4], "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin",
                   *self.arguments("nftables", "--once")[4:])
        self.assertEqual(done.returncode, 1)
        self.assertIn("CAP_NET_ADMIN", done.stderr)


class Lies(http.server.BaseHTTPRequestHandler):
    """A server in between that changes what it passes on."""

    def do_GET(self):
        self.server.lie(self)

    def log_message(self, *_):
        pass


class Betrayed(OfTheAgent):
    def test_no_answer_takes_anything_away(self):
        self.assertEqual(run(*self.arguments("nftables", "--once")).returncode, 0)
        good = self.nft()
        self.assertEqual(len(good), SEEDS)
        self.server.stop()
        liar = http.server.ThreadingHTTPServer((SERVER, self.server.http_port), Lies)
        self.addCleanup(liar.server_close)
        threading.Thread(target=liar.serve_forever, daemon=True).start()
        self.addCleanup(liar.shutdown)

        def answer(body, status=200, kind="text/html", length=None):
            def give(request):
                request.send_response(status)
                request.send_header("Content-Type", kind)
                request.send_header("Content-Length", str(length or len(body)))
                request.end_headers()
                request.wfile.write(body)
            return give

        emptying = b"".join(b"data: " + line + b"\n" for line in (
            b'{"type":"delta","feed":"google-talk","from":1,"to":2}',
            *(b'{"remove":"%s/32"}' % address.encode() for address in sorted(good)),
            b'{"type":"end","added":0,"removed":7,"entries":0,"full_sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}'))
        for lie in (answer(b"<html>Sign in</html>"), answer(b"", 503), answer(b"", 401), answer(b"", 302), answer(b"8.8.8.8\n", 200, "text/plain"),
                    answer(b"event: delta\n" + emptying + b"\n", 200, "text/event-stream"),
                    answer(b"event: reset\ndata: {}\n\n", 200, "text/event-stream"),
                    answer(b"event: edition\ndata: {}", 200, "text/event-stream", 1 << 20)):
            liar.lie = lie
            done = run(*self.arguments("nftables", "--once"))
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertEqual(self.nft(), good, done.stderr)


@unittest.skipUnless(shutil.which("openssl"), "no openssl")
class Encrypted(OfTheAgent):
    """TLS in front of the server, as a proxy gives it."""

    def test_only_a_server_that_the_authority_vouches_for_is_believed(self):
        import ssl
        folder = self.lab.folder
        for name, alternative in (("right", f"IP:{SERVER},DNS:localhost"), ("wrong", "IP:192.0.2.9")):
            done = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=x",
                       "-addext", f"subjectAltName={alternative}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem")
            self.assertEqual(done.returncode, 0, done.stderr)
        seen = []

        def proxy(request):
            seen.append(request.headers.get("Authorization"))
            with subprocess.Popen(["curl", "-sSNi", "--http1.0", f"http://{SERVER}:{self.server.http_port}{request.path}"], stdout=subprocess.PIPE) as inner:
                while piece := os.read(inner.stdout.fileno(), 65536):
                    try:
                        request.wfile.write(piece)
                    except OSError:
                        inner.kill()
                        return

        def serve(name):
            listener = http.server.ThreadingHTTPServer((SERVER, 0), Lies)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
            listener.socket = context.wrap_socket(listener.socket, server_side=True)
            listener.lie = proxy
            self.addCleanup(listener.server_close)
            threading.Thread(target=listener.serve_forever, daemon=True).start()
            self.addCleanup(listener.shutdown)
            return listener.server_address[1]

        def agent(port, authority):
            (folder / "token").write_text("secret-token\n")
            return run("ip", "netns", "exec", ROUTER, SINKFEED, "agent", "nftables", "--once", "--state", self.state,
                       "--url", f"https://{SERVER}:{port}/feed/google-talk", "--ca", folder / f"{authority}.pem", "--token-file", folder / "token")

        right, wrong = serve("right"), serve("wrong")
        for port, authority in ((right, "wrong"), (wrong, "wrong")):
            done = agent(port, authority)
            self.assertEqual(done.returncode, 1, done.stderr)
            self.assertIn("cannot be trusted", done.stderr)
        self.assertEqual(seen, [], "no token is shown to a stranger")
        done = agent(right, "right")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(self.nft()), SEEDS)
        self.assertEqual(set(seen), {"Bearer secret-token"})


if __name__ == "__main__":
    unittest.main()
