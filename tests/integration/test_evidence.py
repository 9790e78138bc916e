"""The history's evidence, as an administrator and an auditor use it: verify, checkpoints elsewhere, actions in the chain, holds, privacy,
erasing a client, and signed exports that are checked with other tools than ours."""

import json
import shutil
import socket
import unittest
from pathlib import Path

from lab import SOURCE, LabTest, run, wait_for


class Evidence(LabTest):
    def links(self, daemon, kind="action"):
        found = daemon.command("history", "links", "--json", "--kind", kind, "--limit", "1000")
        self.assertEqual(found.returncode, 0, found.stderr)
        return json.loads(found.stdout)["links"]

    def actions(self, daemon):
        """Oldest first."""
        return [json.loads(link["text"]) for link in reversed(self.links(daemon))]

    def verify(self, daemon, *options, right=True):
        done = daemon.command("history", "verify", *options)
        self.assertEqual(done.returncode, 0 if right else 1, done.stdout + done.stderr)
        return done.stdout if right else done.stderr

    def ask(self, daemon, *names):
        for name in names:
            daemon.dig(name)

    def test_actions_are_in_the_chain_without_secrets(self):
        sinkfeed = self.daemon()
        sinkfeed.command("ips", "hold", "192.0.2.77", "--for", "2h", "--reason", "a test")
        added = sinkfeed.command("ips", "add", "74.125.140.125", "--reason", "seen by hand")
        self.assertEqual(added.returncode, 0, added.stderr)
        token = sinkfeed.command("token", "create", "office-pc", "--scope", "read").stdout.strip()
        sinkfeed.command("token", "rotate", "office-pc")
        sinkfeed.command("token", "revoke", "office-pc")
        sinkfeed.command("feed", "rollback", "1", "--reason", "as before")
        self.assertEqual(sinkfeed.command("ips", "undo", "192.0.2.99", "--reason", "nobody decided").returncode, 1)
        sinkfeed.settings.write_text(sinkfeed.settings.read_text() + '[history]\nretention = "30d"\n')
        self.assertEqual(sinkfeed.command("reload").returncode, 0)
        done = self.actions(sinkfeed)
        names = [action["action"] for action in done]
        self.assertEqual(names[0], "start")
        self.assertEqual(names[1:], ["ips/hold", "ips/observed", "tokens/create", "tokens/rotate", "tokens/revoke", "feeds/rollback",
                                     "ips/undo", "not done", "reload", "settings changed"])
        hold = done[1]
        self.assertEqual((hold["addresses"], hold["reason"], hold["for"]), (["192.0.2.77"], "a test", "2h"))
        self.assertTrue(hold["who"])
        self.assertEqual(done[2]["addresses"], {"count": 1})
        self.assertEqual(done[3]["name"], "office-pc")
        self.assertEqual((done[8]["what"], done[8]["status"]), ("ips/undo", 409))
        self.assertEqual(done[-1]["what"], "history")
        self.assertNotIn(token, json.dumps(done))
        self.verify(sinkfeed)

    def test_checkpoints_go_out_and_show_a_history_that_was_made_anew(self):
        kept = self.lab.folder / "kept" / "checkpoints"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.create_server(("127.0.0.1", 0)) as tcp:
            udp.bind(("127.0.0.1", 0))
            udp.settimeout(20)
            tcp.settimeout(20)
            sinkfeed = self.daemon(history__checkpoints=[f"file:{kept}", f"syslog:udp://127.0.0.1:{udp.getsockname()[1]}",
                                                         f"syslog:tcp://127.0.0.1:{tcp.getsockname()[1]}"])
            self.ask(sinkfeed, "talk.google.com", "www.google.com")
            line = sinkfeed.command("history", "checkpoint").stdout.strip()
            self.assertRegex(line, r"^sinkfeed-checkpoint v1 node=[0-9a-f]{64} time=\S+ from=1 to=\d+ blocks=1 rows=\d+ hash=\w+ root=\w+ sig=\S+$")
            message = udp.recv(4096).decode()
            self.assertRegex(message, r"^<109>1 \S+ \S+ sinkfeed \d+ checkpoint - sinkfeed-checkpoint v1 ")
            self.assertTrue(message.endswith(line))
            connection, _ = tcp.accept()
            with connection:
                framed = b""
                while part := connection.recv(4096):
                    framed += part
            length, _, rest = framed.partition(b" ")
            self.assertEqual(int(length), len(rest))
            self.assertTrue(rest.decode().endswith(line))
            # The file's folder is not there: a warning, and all goes on; then it is.
            wait_for(lambda: "checkpoints" in sinkfeed.get("/readyz")[2], what="a warning")
            self.assertEqual(sinkfeed.get("/readyz")[0], 200)
            kept.parent.mkdir()
        self.assertEqual(sinkfeed.stop(), 0)  # at the end it is tried once more
        lines = kept.read_text().splitlines()
        self.assertEqual(lines[0], line)
        self.assertEqual(len(lines), 2)
        elsewhere = self.lab.folder / "elsewhere"
        elsewhere.write_text(f"Nov 26 08:00:00 gate sinkfeed: {lines[0]}\n{lines[1]}\n")
        self.assertIn("2 checkpoints kept elsewhere", self.verify(sinkfeed, "--against", elsewhere))
        # Another store, with a key and a chain of its own, takes its place.
        shutil.rmtree(sinkfeed.state)
        sinkfeed.start()
        self.verify(sinkfeed)
        self.assertIn("is of another node", self.verify(sinkfeed, "--against", elsewhere, right=False))
        elsewhere.write_text(lines[0].replace("blocks=1", "blocks=2") + "\n")
        self.assertIn("line 1: the checkpoint was changed", self.verify(sinkfeed, "--against", elsewhere, right=False))

    def test_an_older_copy_of_the_store_is_missed_by_a_checkpoint_that_was_kept_elsewhere(self):
        sinkfeed = self.daemon()
        self.ask(sinkfeed, "talk.google.com")
        self.assertEqual(sinkfeed.stop(), 0)
        copy = self.lab.folder / "copy"
        shutil.copytree(sinkfeed.state, copy)
        sinkfeed.start()
        self.ask(sinkfeed, "www.google.com")
        elsewhere = self.lab.folder / "newer"
        elsewhere.write_text(sinkfeed.command("history", "checkpoint").stdout)
        self.verify(sinkfeed, "--against", elsewhere)
        self.assertEqual(sinkfeed.stop(), 0)
        shutil.rmtree(sinkfeed.state)
        shutil.copytree(copy, sinkfeed.state)
        self.verify(sinkfeed)
        self.assertIn("was cut off", self.verify(sinkfeed, "--against", elsewhere, right=False))

    def test_what_is_held_stays(self):
        sinkfeed = self.daemon()
        held = sinkfeed.command("history", "hold", "--since", "1h", "--reason", "case 7")
        self.assertEqual(held.returncode, 0, held.stderr)
        number = held.stdout.split()[1]
        self.assertIn("case 7", sinkfeed.command("history", "holds").stdout)
        for wrong in (["hold", "--reason", "x"], ["hold", "--since", "1h", "--until", "2h", "--reason", "x"], ["release", "999", "--reason", "x"]):
            self.assertNotEqual(sinkfeed.command("history", *wrong).returncode, 0, wrong)
        self.assertEqual(sinkfeed.command("history", "release", number, "--reason", "closed").returncode, 0)
        self.assertEqual(sinkfeed.command("history", "holds").stdout, "No time is held.\n")
        self.verify(sinkfeed)

    def test_clients_are_kept_as_the_settings_say(self):
        for privacy, shown in (("full", "127.0.0.1"), ("hash_client", "fd73:696e:6b66:"), ("drop_client", "0.0.0.0")):
            sinkfeed = self.daemon(history__privacy=privacy)
            self.ask(sinkfeed, "talk.google.com", "www.google.com")
            clients = {record["client"] for record in sinkfeed.history()}
            self.assertEqual(len(clients), 1, clients)
            self.assertTrue(clients.pop().startswith(shown), privacy)
            self.assertEqual(sinkfeed.stop(), 0)
            sinkfeed.start()
            self.ask(sinkfeed, "talk.google.com")
            self.assertEqual(len({record["client"] for record in sinkfeed.history()}), 1, "the same after a restart")
            self.assertEqual(sinkfeed.stop(), 0)

    def test_a_client_is_erased_and_the_chain_stays_whole(self):
        sinkfeed = self.daemon(listen="0.0.0.0", listen_also=())
        run("dig", "@127.0.0.1", "-p", sinkfeed.port, "-b", "127.0.0.2", "talk.google.com", "+time=2", "+tries=1")
        run("dig", "@127.0.0.1", "-p", sinkfeed.port, "-b", "127.0.0.3", "www.google.com", "+time=2", "+tries=1")
        self.assertEqual(len(sinkfeed.history("--client", "127.0.0.2")), 1)
        before = len(sinkfeed.history())
        erased = sinkfeed.command("history", "erase", "--client", "127.0.0.2", "--reason", "asked for by letter of 26 November")
        self.assertEqual(erased.returncode, 0, erased.stderr)
        self.assertEqual(sinkfeed.history("--client", "127.0.0.2"), [])
        self.assertEqual(len(sinkfeed.history()), before, "the query stays, of nobody")
        self.assertEqual(len(sinkfeed.history("--client", "127.0.0.3")), 1)
        self.verify(sinkfeed)
        done = json.dumps(self.actions(sinkfeed) + self.links(sinkfeed, "erased"))
        self.assertIn("letter of 26 November", done)
        self.assertNotIn("127.0.0.2", done)
        self.assertEqual(sinkfeed.stop(), 0)
        self.verify(sinkfeed)

    def test_an_export_is_checked_without_us(self):
        sinkfeed = self.daemon()
        self.ask(sinkfeed, "talk.google.com", "www.google.com", "talk.google.com")
        sinkfeed.command("history", "checkpoint")
        self.ask(sinkfeed, "mtalk.google.com")
        file = self.lab.folder / "export.jsonl"
        done = sinkfeed.command("history", "export", "--signed", "--output", file, "--name", "*.google.com")
        self.assertEqual(done.returncode, 0, done.stderr)
        records = [json.loads(line) for line in file.read_text().splitlines()]
        self.assertEqual(len(records), len(sinkfeed.history("--name", "*.google.com")))
        self.assertEqual(sinkfeed.command("history", "export", "--signed", "--output", file).returncode, 1, "it is there already")
        self.assertEqual(sinkfeed.command("history", "export", "--signed").returncode, 2, "where?")
        # With openssl and sha256sum alone.
        checked = run("openssl", "pkeyutl", "-verify", "-pubin", "-inkey", f"{file}.pem", "-rawin", "-in", f"{file}.manifest", "-sigfile", f"{file}.manifest.sig")
        self.assertEqual(checked.returncode, 0, checked.stderr)
        digest = run("sha256sum", file).stdout.split()[0]
        self.assertIn(f"\nfile-sha256 {digest}\n", Path(f"{file}.manifest").read_text())
        checker = SOURCE / "scripts" / "check-export"
        right = run("python3", checker, file)
        self.assertEqual(right.returncode, 0, right.stderr)
        self.assertIn("2 links under signed checkpoints", right.stdout)
        node = right.stdout.split("node ")[1].split(";")[0]
        self.assertEqual(run("python3", checker, file, "--node", node).returncode, 0)
        self.assertEqual(run("python3", checker, file, "--node", "0" * 64).returncode, 1)
        for ending in ("", ".manifest", ".manifest.sig", ".pem", ".links"):
            changed = Path(f"{file}{ending}")
            good = changed.read_bytes()
            middle = len(good) // 2
            changed.write_bytes(good[:middle] + bytes([good[middle] ^ 1]) + good[middle + 1:])
            self.assertEqual(run("python3", checker, file).returncode, 1, ending)
            changed.write_bytes(good)
        self.assertEqual(run("python3", checker, file).returncode, 0)


if __name__ == "__main__":
    unittest.main()
