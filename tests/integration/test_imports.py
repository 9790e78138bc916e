"""Addresses from the client's side: what other programs list goes through the real command line into the feed, and a client on another
machine reports with a token."""

import json
import re
import subprocess
import unittest

from lab import SINKFEED, SOURCE, Daemon, Lab, LabTest, free_port, run, wait_for

SERVER, CLIENT = "sft-imports", "sft-imports-pc"
NETSTAT = """
Aktive Verbindungen

  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:135            0.0.0.0:0              ABHÖREN          948
  TCP    10.0.0.7:49712         74.125.200.125:5222    HERGESTELLT      1234
  TCP    10.0.0.7:49713         74.125.10.17:443       HERGESTELLT      1234
  TCP    10.0.0.7:49714         142.250.74.206:443     HERGESTELLT      4711
  TCP    10.0.0.7:49715         10.0.0.5:443           HERGESTELLT      1234
  TCP    [2001:4860:1::7]:49716 [2a00:1450:400c:c0f::7d]:5222  HERGESTELLT  1234
  UDP    0.0.0.0:123            *:*                                    1024
"""
TASKLIST = """
Abbildname                     PID Sitzungsname       Sitz.-Nr. Speichernutzung
========================= ======== ================ =========== ===============
chrome.exe                    4711 Console                    1        99.884 K
googletalk.exe                1234 Console                    1        14.884 K
"""


class FromTheCommandLine(LabTest):
    def setUp(self):
        self.sinkfeed = self.daemon()

    def file(self, text, name="list.txt", encoding="utf-8"):
        path = self.lab.folder / name
        path.write_bytes(text.encode(encoding))
        return path

    def test_netstat_and_tasklist_of_a_client(self):
        self.sinkfeed.wait_for_a_quiet_feed()
        netstat = self.file(NETSTAT, "netstat.txt", "utf-16")  # as PowerShell redirects it
        done = self.sinkfeed.command("ips", "import", "netstat", netstat, "--process", "googletalk.exe", "--tasklist",
                                     self.file(TASKLIST, "tasklist.txt", "cp850"), "--client", "10.0.0.7")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn("5 connections read, 4 of googletalk.exe, 3 addresses imported:", done.stdout)
        self.assertRegex(done.stdout, r"74\.125\.200\.125 +new +published\n")
        self.assertRegex(done.stdout, r"74\.125\.10\.17 +\w+ +held: mail\.google\.com .* resolves to it too\n")
        self.assertIn("1 left out:\n  10.0.0.5 is private-use\n", done.stdout)
        feed = self.sinkfeed.feed()
        self.assertIn("74.125.200.125", feed)
        self.assertIn("2a00:1450:400c:c0f::7d", feed)
        self.assertFalse({"74.125.10.17", "142.250.74.206", "10.0.0.5"} & set(feed))
        why = self.sinkfeed.command("why", "74.125.200.125").stdout
        self.assertRegex(why, r"seen on a client +once, last .* client 10\.0\.0\.7 googletalk\.exe \(netstat\), by root")

        again = self.sinkfeed.command("ips", "import", "netstat", netstat, "--pid", "1234", "--json")
        self.assertEqual(again.returncode, 0, again.stderr)
        answer = json.loads(again.stdout)
        self.assertEqual((answer["connections"], answer["considered"]), (5, 4))
        self.assertTrue(all(item["known"] for item in answer["addresses"]))

        # The process is not named: only the ports that are the messenger's alone.
        done = run("sh", "-c", '"$0" --config "$1" ips import netstat - <"$2"', SINKFEED, self.sinkfeed.settings, netstat)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("5 connections read, 2 addresses imported:", done.stdout)
        self.assertIn("142.250.74.206:443 is not to ports 5222, 5223", done.stdout)

    def test_lists_and_single_addresses(self):
        done = self.sinkfeed.command("ips", "import", "list", self.file("# ours\n74.125.201.0/30\nnonsense\n", "ours.txt"))
        self.assertEqual(done.returncode, 1)
        self.assertIn('ours.txt, line 3: "nonsense" is no address', done.stderr)
        self.assertIn("4 addresses imported:", done.stdout)
        self.assertIn("74.125.201.3", self.sinkfeed.feed())
        done = self.sinkfeed.command("ips", "import", "list", self.file("74.0.0.0/8\n"))
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("more than 4096 addresses", done.stderr)
        done = self.sinkfeed.command("ips", "add", "74.125.202.1", "2a00:1450:400c:c0f::7e", "--reason", "seen by the help desk")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("74.125.202.1", self.sinkfeed.feed())
        self.assertRegex(self.sinkfeed.command("why", "74.125.202.1").stdout, r"added by hand +once, last .* seen by the help desk, by root")
        for call in (["74.125.202.1"], ["talk.google.com", "--reason", "x"], ["74.125.202.1", "--reason", "x", "--profile", "y"]):
            self.assertEqual(self.sinkfeed.command("ips", "add", *call).returncode, 2, call)

    def test_what_cannot_be_imported_says_why(self):
        netstat, tasklist = self.file(NETSTAT, "netstat.txt"), self.file(TASKLIST, "tasklist.txt")
        for options, why in (([tasklist], "no connection in it that can be understood: it takes what netstat -ano"),
                             ([netstat, "--process", "googletalk.exe"], "--tasklist"),
                             ([netstat, "--process", "pidgin", "--tasklist", tasklist], "none of the 2 processes"),
                             ([netstat, "--process", "pidgin", "--tasklist", netstat], "no process in it"),
                             ([netstat, "--pid", "1"], "of 5 connections, none is of process 1"),
                             ([netstat, "--pid", "4711", "--port", "5222"], "142.250.74.206:443 is not to port 5222"),
                             ([self.lab.folder / "nothing"], "No such file")):
            done = self.sinkfeed.command("ips", "import", "netstat", *options)
            self.assertEqual((done.returncode, done.stdout), (1, ""), options)
            self.assertIn(why, done.stderr)

    def test_imports_stay_when_the_daemon_starts_again(self):
        self.assertEqual(self.sinkfeed.command("ips", "add", "74.125.203.1", "--reason", "x").returncode, 0)
        self.sinkfeed.stop()
        self.sinkfeed.start()
        self.assertIn("74.125.203.1", self.sinkfeed.feed())

    def test_without_a_daemon_it_is_said_so(self):
        self.sinkfeed.stop()
        done = self.sinkfeed.command("ips", "add", "74.125.203.1", "--reason", "x")
        self.assertEqual(done.returncode, 1)
        self.assertIn("no daemon of this store answers", done.stderr)
        self.sinkfeed.start()


class FromAnotherMachine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for name in (SERVER, CLIENT):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)
            cls.ip("netns", "add", name)
            cls.ip("-n", name, "link", "set", "lo", "up")
        cls.ip("link", "add", "sftpc", "netns", CLIENT, "type", "veth", "peer", "name", "sftpc", "netns", SERVER)
        for name, host in ((SERVER, 1), (CLIENT, 7)):
            cls.ip("-n", name, "address", "add", f"10.97.0.{host}/24", "dev", "sftpc")
            cls.ip("-n", name, "link", "set", "sftpc", "up")
        cls.lab = Lab(prefix=("ip", "netns", "exec", SERVER))
        cls.addClassCleanup(cls.take_down)
        cls.sinkfeed = Daemon(cls.lab, free_port(), http="10.97.0.1", http__allow=["10.97.0.0/24"]).start(ready=False)
        wait_for(lambda: cls.sinkfeed.process.child.poll() is not None or cls.sinkfeed.get("/healthz")[0] == 200, what="the daemon")

    @staticmethod
    def ip(*arguments):
        subprocess.run(["ip", *arguments], check=True, capture_output=True, timeout=20)

    @classmethod
    def take_down(cls):
        cls.lab.close()
        for name in (SERVER, CLIENT):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def token(self, name, scope, *options):
        done = self.sinkfeed.command("token", "create", name, "--scope", scope, *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def ask(self, path, token=None, body=None):
        """Status, headers and body that the client gets."""
        command = ["ip", "netns", "exec", CLIENT, "curl", "-s", "-i", f"http://10.97.0.1:{self.sinkfeed.http_port}{path}"]
        if token:
            command += ["-H", f"Authorization: Bearer {token}"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-H", "Expect: 100-continue", "-d", json.dumps(body)]
        head, _, body = re.sub(r"^HTTP/1.1 100 .*?\n\r?\n", "", run(*command).stdout, flags=re.S).replace("\r", "").partition("\n\n")
        return int(head.split()[1]), head, body

    def test_a_client_reports_with_a_token(self):
        token = self.token("office-pc", "observe", "--expires", "90d")
        status, _, body = self.ask("/api/v1/ips/observed", token, self.report("74.125.200.125"))
        self.assertEqual(status, 200, body)
        self.assertEqual(json.loads(body)["addresses"][0]["state"], "published")
        self.assertIn("74.125.200.125", self.sinkfeed.feed())
        self.assertRegex(self.sinkfeed.command("why", "74.125.200.125").stdout, r"client PC googletalk\.exe.*, by token office-pc")
        self.assertRegex(self.sinkfeed.command("token", "list").stdout, r"office-pc +observe .* last used in the hour of .*, expires 20")

        status, _, body = self.ask("/api/v1/status", token)
        self.assertEqual(status, 403)
        self.assertIn("the scope read", json.loads(body)["detail"])
        self.assertEqual(self.sinkfeed.command("token", "revoke", "office-pc").returncode, 0)
        self.assertEqual(self.ask("/api/v1/ips/observed", token, self.report("74.125.200.126"))[0], 401)
        self.assertNotIn("74.125.200.126", self.sinkfeed.feed())

    def test_without_the_right_token_there_is_no_api_and_the_feeds_stay(self):
        for token in (None, "sf_wrong"):
            for path, body in (("/api/v1/ips/observed", self.report("74.125.200.127")), ("/api/v1/status", None)):
                status, head, answer = self.ask(path, token, body)
                self.assertEqual(status, 401)
                self.assertIn("\nWWW-Authenticate: Bearer", head)
                self.assertIn("detail", json.loads(answer))
            self.assertEqual(self.ask("/feed/google-talk.txt", token)[0], 401 if token else 200)
        self.assertNotIn("74.125.200.127", self.sinkfeed.feed())
        reader = self.token("siem", "read")
        self.assertEqual(self.ask("/api/v1/status", reader)[0], 200)
        self.assertEqual(self.ask("/api/v1/ips/observed", reader, self.report("74.125.200.127"))[0], 403)
        self.assertEqual(self.ask("/api/v1/tokens/create", self.token("admin", "admin"), {"name": "x", "scopes": ["admin"]})[0], 403)

    @staticmethod
    def report(address):
        return {"profile": "google-talk", "vantage": "import", "detail": "client PC googletalk.exe (observe-client)",
                "addresses": [{"address": address, "port": 5222}]}

    def test_the_script_for_windows_sends_what_the_api_takes(self):
        script = (SOURCE / "scripts" / "observe-client.ps1").read_text()
        sent = script[script.index("$addresses = @("):script.index("$body = ")]
        members = set(re.findall(r"^ +([a-z]+) += ", sent, re.M)) | set(re.findall(r"[{;] ([a-z]+) =", sent))
        report = self.report("74.125.200.128")
        self.assertEqual(members, set(report) | set(report["addresses"][0]))
        self.assertIn("'import'", sent)
        self.assertIn('"$Server/api/v1/ips/observed"', script)
        status, _, body = self.ask("/api/v1/ips/observed", self.token("script", "observe"), report)
        self.assertEqual(status, 200)
        for member in re.findall(r"\$item\.([a-z]+)", script):
            self.assertIn(member, json.loads(body)["addresses"][0])
        profile = (SOURCE / "config" / "profiles" / "google-talk.toml").read_text()
        ports = re.search(r"^ports = \[(.*)\]", profile, re.M)[1]
        self.assertIn(f"[int[]] $Port = @({ports})", script)
        self.assertTrue(script.isascii(), "PowerShell 5.1 reads a file without a byte order mark in the system's code page")


if __name__ == "__main__":
    unittest.main()
