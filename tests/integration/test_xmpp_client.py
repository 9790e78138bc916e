"""A real XMPP client (mcabber) in a network namespace whose resolver is sinkfeed: it ends up at the sinkhole, and the history tells how."""

import os
import shutil
import subprocess
import unittest
from pathlib import Path

from lab import Daemon, Lab, run, wait_for

NAMESPACE = "sfx-client"
SINKHOLE = """
import socket, sys
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("192.0.2.1", 5222)); s.listen()
print("listening", flush=True)
while True:
    connection, client = s.accept()
    connection.settimeout(5)
    print("connected from", client[0], flush=True)
    try:
        # Its first words come in one piece or in two.
        said = b""
        while b"stream:stream" not in said and (more := connection.recv(400)):
            said += more
        print("said", said.decode(errors="replace").replace("\\n", " "), flush=True)
    except OSError:
        pass
    connection.close()
"""


class XmppClient(unittest.TestCase):
    def setUp(self):
        self.take_down()
        self.lab = Lab(("ip", "netns", "exec", NAMESPACE))
        self.addCleanup(self.take_down)
        self.addCleanup(self.lab.close)
        for command in (
            f"ip netns add {NAMESPACE}",
            f"ip -n {NAMESPACE} link set lo up",
            f"ip -n {NAMESPACE} address add 192.0.2.1/32 dev lo",
            f"ip -n {NAMESPACE} -6 address add 2001:db8::1/128 dev lo",
        ):
            subprocess.run(command.split(), check=True)
        resolver = Path("/etc/netns") / NAMESPACE
        resolver.mkdir(parents=True, exist_ok=True)
        (resolver / "resolv.conf").write_text("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        self.lab.start_nsd()
        self.lab.start_unbound()
        self.sinkhole = self.lab.start("sinkhole", "python3", "-c", SINKHOLE)
        wait_for(lambda: "listening" in self.sinkhole.text(), what="the sinkhole")
        self.sinkfeed = Daemon(self.lab, self.lab.upstream_port, port=53).start()

    def take_down(self):
        subprocess.run(["ip", "netns", "del", NAMESPACE], capture_output=True, check=False)
        shutil.rmtree(Path("/etc/netns") / NAMESPACE, ignore_errors=True)

    def start_client(self, jid):
        """mcabber in a terminal of its own, with an empty home."""
        home = self.lab.folder / jid
        (home / ".mcabber").mkdir(parents=True)
        (home / ".mcabber").chmod(0o700)
        config = home / ".mcabber" / "mcabberrc"
        config.write_text(f"set jid = {jid}\nset password = secret\nset tls = 0\nset ssl_ignore_checks = 1\n")
        config.chmod(0o600)
        terminal = home / "tmux"
        environment = dict(os.environ, HOME=str(home), TERM="xterm", LANG="C.UTF-8")
        command = f"ip netns exec {NAMESPACE} mcabber -f {config}"
        subprocess.run(["tmux", "-S", terminal, "new-session", "-d", "-x", "120", "-y", "40", command], check=True, env=environment)
        self.addCleanup(subprocess.run, ["tmux", "-S", str(terminal), "kill-server"], capture_output=True, check=False)
        return lambda: run("tmux", "-S", terminal, "capture-pane", "-p").stdout

    def records(self, **wanted):
        found = self.sinkfeed.history("--oldest-first", "--limit", "1000")
        return [record for record in found if all(record[key] == value for key, value in wanted.items())]

    def test_the_client_of_a_gmail_account_ends_up_at_the_sinkhole(self):
        screen = self.start_client("somebody@gmail.com")
        wait_for(lambda: "connected from" in self.sinkhole.text(), 40, "the connection to the sinkhole")
        wait_for(lambda: "stream:stream" in self.sinkhole.text(), 10, "the client's first words: " + screen())
        self.assertIn('to="gmail.com"', self.sinkhole.text().replace("'", '"'))

        srv = self.records(name="_xmpp-client._tcp.gmail.com", type="SRV")
        self.assertTrue(srv, "its SRV question")
        self.assertEqual(srv[0]["verdict"], "sinkhole")
        self.assertTrue(any("xmpp.l.google.com" in answer for answer in srv[0]["answers"]), srv[0])
        address = self.records(name="xmpp.l.google.com", type="A")
        self.assertTrue(address, "then the A record of the host that it was told")
        self.assertEqual((address[0]["verdict"], address[0]["answers"], address[0]["client"]), ("sinkhole", ["192.0.2.1"], "127.0.0.1"))
        self.assertLess(srv[0]["time"], address[0]["time"])

        feed = wait_for(lambda: "74.125.143.125" in self.sinkfeed.command("feed", "show", "google-talk").stdout and self.sinkfeed.command("feed", "show", "google-talk").stdout, 10, "the real address in the feed")
        self.assertNotIn("192.0.2.1", feed)

    def test_a_domain_without_srv_falls_back_to_the_address_record(self):
        self.start_client("somebody@talk.google.com")
        wait_for(lambda: "connected from" in self.sinkhole.text(), 40, "the connection to the sinkhole")
        srv = self.records(name="_xmpp-client._tcp.talk.google.com", type="SRV")
        self.assertTrue(srv, "it asks for SRV first")
        self.assertEqual(srv[0]["answers"], [])
        fallback = self.records(name="talk.google.com", type="A")
        self.assertTrue(fallback, "and falls back to the A record")
        self.assertEqual((fallback[0]["verdict"], fallback[0]["answers"]), ("sinkhole", ["192.0.2.1"]))


if __name__ == "__main__":
    unittest.main()
