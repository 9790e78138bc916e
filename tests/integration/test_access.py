"""Firewalls fetch with tokens and over TLS, by curl, from another machine: right, wrong and rotated tokens, certificates that are renewed,
broken and expired, clients with certificates; and the commands go on meanwhile."""

import json
import os
import shutil
import signal
import subprocess
import unittest

from certificates import Authority
from lab import Daemon, Lab, SINKFEED, free_port, run, wait_for

SERVER, FIREWALL = "sft-access-srv", "sft-access-fw"
ADDRESS = "10.97.0.1"


class Access(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.take_down()
        for command in (["netns", "add", SERVER], ["netns", "add", FIREWALL], ["-n", SERVER, "link", "set", "lo", "up"],
                        ["link", "add", "sfta0", "netns", SERVER, "type", "veth", "peer", "name", "sfta1", "netns", FIREWALL],
                        ["-n", SERVER, "address", "add", f"{ADDRESS}/24", "dev", "sfta0"], ["-n", SERVER, "link", "set", "sfta0", "up"],
                        ["-n", FIREWALL, "address", "add", "10.97.0.2/24", "dev", "sfta1"], ["-n", FIREWALL, "link", "set", "sfta1", "up"]):
            subprocess.run(["ip", *command], check=True, capture_output=True, timeout=20)
        cls.lab = Lab(prefix=("ip", "netns", "exec", SERVER))
        cls.addClassCleanup(lambda: (cls.lab.close(), cls.take_down()))
        cls.pki = cls.lab.folder / "pki"
        cls.pki.mkdir()
        cls.ca, cls.clients, cls.foreign = (Authority(cls.pki, name) for name in ("ca", "clients", "foreign"))

    @classmethod
    def take_down(cls):
        for name in (SERVER, FIREWALL):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def start(self, name, tls=True, client_certificates="none", **settings):
        self.tls_port = free_port()
        sinkfeed = Daemon(self.lab, free_port(), http="0.0.0.0" if not tls else "127.0.0.1", state=self.lab.folder / name, **settings)
        self.certificate, self.key = self.lab.folder / "server.pem", self.lab.folder / "server.key"
        if tls:
            self.renew("server1")
            with sinkfeed.settings.open("a") as file:
                file.write(f'[http.tls]\nlisten = ["0.0.0.0:{self.tls_port}"]\ncertificate = "server.pem"\nkey = "server.key"\n'
                           f'client_ca = "{self.clients.certificate}"\nclient_certificates = "{client_certificates}"\n')
        sinkfeed.start(ready=False)
        self.addCleanup(lambda: sinkfeed.process in self.lab.processes and sinkfeed.stop())
        wait_for(lambda: sinkfeed.process.child.poll() is not None or sinkfeed.get("/healthz")[0] == 200, what="the daemon")
        self.assertIsNone(sinkfeed.process.child.poll(), sinkfeed.process.text())
        return sinkfeed

    def renew(self, name, days=60):
        certificate, key = self.ca.sign(name, days, f"IP:{ADDRESS}")
        for source, to in ((key, self.key), (certificate, self.certificate)):
            shutil.copy(source, str(to) + ".new")
            os.replace(str(to) + ".new", to)

    def curl(self, url, *options):
        """Status and body, as the firewall sees them; status 0 if there is no answer."""
        done = run("ip", "netns", "exec", FIREWALL, "curl", "-s", "-m", "10", "-w", "\n%{http_code}", *options, url)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    def https(self, *options, path="/feed/google-talk.txt"):
        return self.curl(f"https://{ADDRESS}:{self.tls_port}{path}", "--cacert", self.ca.certificate, *options)

    def served(self):
        """Whose certificate a new connection gets."""
        done = run("ip", "netns", "exec", FIREWALL, "openssl", "s_client", "-connect", f"{ADDRESS}:{self.tls_port}", input="")
        return next((line.split("CN = ")[1] for line in done.stdout.splitlines() if line.startswith("subject=")), "")

    def token(self, sinkfeed, *arguments):
        done = sinkfeed.command("token", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def warning(self, sinkfeed):
        return json.loads(sinkfeed.command("status", "--json").stdout)["warnings"].get("tls", "")

    def test_tokens_in_each_form_and_their_rotation(self):
        sinkfeed = self.start("tokens", tls=False, http__feed_access="token")
        url = f"http://{ADDRESS}:{sinkfeed.http_port}/feed/google-talk.txt"
        self.assertEqual(sinkfeed.command("feed", "show", "google-talk").returncode, 0, "the machine itself needs none")
        first = self.token(sinkfeed, "create", "fw", "--scope", "feed")

        def forms(secret):
            return [("-u", f"fw:{secret}"), ("-u", f"anybody:{secret}"), ("-H", f"Authorization: Bearer {secret}"), ("-H", f"X-Api-Key: {secret}")]

        for form in forms(first):
            status, body = self.curl(url, *form)
            self.assertEqual(status, 200, (form, body))
            self.assertIn("72.14.217.189\n", body)
        for form in [(), *forms("sf_wrong"), ("-u", f"{first}:")]:
            status, body = self.curl(url, *form)
            self.assertEqual(status, 401, form)
            self.assertRegex(body, r"^# [^0-9.\n]*\n$")
        self.assertIn('Basic realm="sinkfeed"', self.curl(url, "-i")[1])
        second = self.token(sinkfeed, "rotate", "fw", "--overlap", "1h")
        for secret in (first, second):
            self.assertEqual(self.curl(url, "-u", f"fw:{secret}")[0], 200)
        listed = sinkfeed.command("token", "list").stdout
        self.assertRegex(listed, r"the secret before is good until 20.*, last used in the hour of 20")
        # When it stops, what is known of them is on the disk.
        self.assertEqual(sinkfeed.stop(), 0)
        self.assertEqual(sinkfeed.command("token", "list").stdout.count("last used in the hour of"), 2)
        sinkfeed.start(ready=False)
        wait_for(lambda: sinkfeed.get("/healthz")[0] == 200, what="the daemon")
        for secret in (first, second):
            self.assertEqual(self.curl(url, "-u", f"fw:{secret}")[0], 200)
        self.token(sinkfeed, "rotate", "fw", "--overlap", "0s")
        for secret in (first, second):
            self.assertEqual(self.curl(url, "-u", f"fw:{secret}")[0], 401)
        self.assertEqual(sinkfeed.command("token", "revoke", "fw").returncode, 0)

    def test_tls_alone_with_certificates_that_are_renewed_broken_and_expired(self):
        sinkfeed = self.start("tls", http__feed_access="token")
        secret = self.token(sinkfeed, "create", "fw", "--scope", "feed")
        credentials = ("-u", f"fw:{secret}")
        self.assertEqual(self.https(*credentials)[0], 200)
        self.assertEqual(self.https()[0], 401)
        self.assertEqual(self.https(*credentials, "--tlsv1.2", "--tls-max", "1.2")[0], 200)
        self.assertEqual(self.curl(f"http://{ADDRESS}:{sinkfeed.http_port}/healthz")[0], 0, "without TLS only the machine itself is served")
        self.assertEqual(self.curl(f"https://{ADDRESS}:{self.tls_port}/healthz")[0], 0, "a client that does not know the authority leaves")
        self.assertIn(f"https://THIS-SERVER:{self.tls_port}/feed/google-talk.FORMAT", sinkfeed.command("feed", "list").stdout)

        self.renew("server2")
        self.assertEqual(sinkfeed.command("reload").stdout, "Changed: certificate.\n")
        self.assertEqual(self.served(), "server2")
        self.certificate.write_text("nonsense")
        self.assertEqual(sinkfeed.command("check").returncode, 1)
        self.assertEqual(sinkfeed.command("reload").stdout, "Nothing has changed.\n")
        self.assertIn("holds no certificate that can be used", self.warning(sinkfeed))
        self.assertEqual(self.https(*credentials)[0], 200)
        self.renew("server3", days=5)
        sinkfeed.process.child.send_signal(signal.SIGHUP)
        wait_for(lambda: self.served() == "server3", what="the renewed certificate")
        self.assertRegex(self.warning(sinkfeed), r"the certificate of server3 .* in 4 days")
        self.renew("server4", days=0)
        sinkfeed.command("reload")
        self.assertIn("has expired", sinkfeed.get("/readyz")[2])
        self.assertEqual(self.https(*credentials)[0], 0)
        self.assertEqual(self.https(*credentials, "-k")[0], 200)
        self.renew("server5")
        sinkfeed.command("reload")
        self.assertEqual(self.https(*credentials)[0], 200)
        self.assertNotIn("tls: ", sinkfeed.get("/readyz")[2])
        self.assertEqual(self.warning(sinkfeed), "")

    def test_client_certificates(self):
        sinkfeed = self.start("clients", client_certificates="optional", http__feed_access="token")
        good, foreign = self.clients.sign("fw1"), self.foreign.sign("fw2")
        show = lambda identity: ("--cert", identity[0], "--key", identity[1])  # noqa: E731
        self.assertEqual(self.https()[0], 401)
        self.assertEqual(self.https(*show(good))[0], 200)
        self.assertEqual(self.https(*show(good), path="/api/v1/status")[0], 403)
        status, body = self.https(*show(foreign))
        self.assertEqual(status, 401)
        self.assertIn("# the client's certificate is not accepted here", body)
        sinkfeed.settings.write_text(sinkfeed.settings.read_text().replace('"optional"', '"required"'))
        self.assertEqual(sinkfeed.command("reload").stdout, "Changed: http.\n")
        self.assertEqual(self.https(*show(good))[0], 200)
        self.assertEqual(self.https()[0], 0)
        self.assertEqual(self.https(*show(foreign))[0], 0)

    def test_a_start_with_files_that_cannot_be_used_ends_with_a_sentence(self):
        sinkfeed = self.start("start")
        self.assertEqual(sinkfeed.stop(), 0)
        self.key.write_text(json.dumps("no key"))
        done = run(SINKFEED, "serve", "--config", sinkfeed.settings)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"sinkfeed: .*server\.key holds no key that can be used .*; it takes one in PEM\n$")


if __name__ == "__main__":
    unittest.main()
