"""Settings that change while it runs: no query is lost, what is cached stays, a bad file changes nothing."""

import json
import select
import signal
import socket
import struct
import threading
import time
import unittest
from pathlib import Path

from dns_message import query
from lab import SOURCE, Daemon, LabTest, free_port, run, wait_for

TARGETS = ["talk.google.com", "www.office.example", "ns.google.com"]


def rewrite(daemon, **changes):
    """Changes settings in the daemon's file: table__key=value; None takes the key out."""
    text = daemon.settings.read_text()
    for key, value in changes.items():
        table, name = key.split("__")
        kept = []
        current = None
        for line in text.splitlines():
            if line.startswith("["):
                current = line.strip("[]")
            if not (current == table and line.split(" = ")[0] == name):
                kept.append(line)
        if f"[{table}]" not in kept:
            kept.append(f"[{table}]")
        if value is not None:
            kept.insert(kept.index(f"[{table}]") + 1, f"{name} = {json.dumps(value)}")
        text = "\n".join(kept) + "\n"
    daemon.settings.write_text(text)


class Asker(threading.Thread):
    """A client that asks all the time, one question after the other from each of many sockets (the kernel spreads them over the workers),
    and counts what is not answered. Each question is asked once only."""

    def __init__(self, address, port, names, sockets=16):
        super().__init__(daemon=True)
        self.to = (address, port)
        self.names = names
        self.sockets = sockets
        self.asked = self.lost = self.slow = 0
        self.running = True
        self.start()

    def run(self):
        open_sockets = []
        waiting = {}
        number = 0
        try:
            for _ in range(self.sockets):
                client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                client.setblocking(False)
                open_sockets.append(client)
            while self.running or waiting:
                if self.running:
                    for client in open_sockets:
                        if client in waiting:
                            continue
                        number = (number + 1) & 0xFFFF
                        client.sendto(query(number, self.names[number % len(self.names)], 1), self.to)
                        self.asked += 1
                        waiting[client] = (number, time.monotonic())
                for client in select.select(open_sockets, [], [], 0.05)[0]:
                    try:
                        answer = client.recv(4096)
                    except OSError:
                        continue
                    if client in waiting and answer[:2] == struct.pack("!H", waiting[client][0]):
                        self.slow = max(self.slow, time.monotonic() - waiting[client][1])
                        del waiting[client]
                now = time.monotonic()
                for client, (_, since) in list(waiting.items()):
                    if now - since > 5:
                        self.lost += 1
                        del waiting[client]
        finally:
            for client in open_sockets:
                client.close()

    def stop(self):
        self.running = False
        self.join()


class TcpClient:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)

    def ask(self, name, number=7):
        message = query(number, name, 1)
        self.socket.sendall(struct.pack("!H", len(message)) + message)
        size = struct.unpack("!H", self.read(2))[0]
        return self.read(size)

    def __del__(self):
        self.socket.close()

    def read(self, size):
        data = b""
        while len(data) < size:
            piece = self.socket.recv(size - len(data))
            if not piece:
                raise AssertionError("the connection was closed")
            data += piece
        return data


class Reload(LabTest):
    def reload(self, daemon):
        done = daemon.command("reload")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def status(self, daemon):
        return json.loads(daemon.get("/api/v1/status")[2])

    def test_workers_come_and_go_and_nothing_is_lost(self):
        daemon = self.daemon(dns__rate_limit=0)
        for name in TARGETS:
            daemon.dig(name)
        asker = Asker("127.0.0.1", daemon.port, TARGETS)
        # A connection is kept while workers go: it ends when it is idle, not when its worker is not wanted any more.
        connections = [TcpClient(daemon.port) for _ in range(8)]
        for workers in [1, 4, 2, 8, 1, 3, 2] * 3:
            rewrite(daemon, dns__workers=workers)
            self.assertEqual(self.reload(daemon), "Changed: dns.")
            self.assertEqual(self.status(daemon)["workers"], workers)
            for connection in connections[:4]:
                connection.ask("talk.google.com")
            for connection in [TcpClient(daemon.port) for _ in range(5)]:
                connection.ask("www.office.example")
                connection.socket.close()
        asker.stop()
        self.assertGreater(asker.asked, 5000)
        self.assertEqual(asker.lost, 0)
        self.assertLess(asker.slow, 1)
        # Every one of them is in the history, whichever worker answered it.
        self.assertGreaterEqual(int(daemon.command("history", "search", "--count").stdout), asker.asked)
        self.assertEqual(self.status(daemon)["history"]["lost"], 0)

    def test_addresses_come_and_go(self):
        daemon = self.daemon(dns__rate_limit=0)
        asker = Asker("127.0.0.1", daemon.port, TARGETS)
        first = f"127.0.0.1:{daemon.port}"
        other = free_port()
        for _ in range(5):
            rewrite(daemon, dns__listen=[first, f"127.0.0.2:{daemon.port}", f"[::1]:{other}"])
            self.reload(daemon)
            self.assertTrue(daemon.dig("talk.google.com", "A", "+short", server="127.0.0.2").strip())
            self.assertTrue(run("dig", "@::1", "-p", other, "talk.google.com", "+short", "+tcp").stdout.strip())
            on_second = TcpClient(daemon.port)
            rewrite(daemon, dns__listen=[first])
            self.reload(daemon)
            self.assertIn("refused", daemon.dig("talk.google.com", "A", "+time=1", "+tries=1", server="127.0.0.2"))
            on_second.ask("talk.google.com")
        # The same port, now on all addresses: our own socket is in the way of the new one.
        rewrite(daemon, dns__listen=[f"0.0.0.0:{daemon.port}"])
        self.reload(daemon)
        self.assertTrue(daemon.dig("talk.google.com", "A", "+short", server="127.0.0.3").strip())
        self.assertTrue(daemon.dig("talk.google.com", "A", "+short", "+tcp", server="127.0.0.3").strip())
        asker.stop()
        self.assertGreater(asker.asked, 1000)
        self.assertEqual(asker.lost, 0)

    def test_upstream_changes_under_load_and_the_cache_stays(self):
        daemon = self.daemon(dns__rate_limit=0)
        daemon.dig("www.office.example")
        before = self.status(daemon)["counters"]["upstream_questions"]
        # Nobody answers there: whoever is asked for from now on must be in the cache.
        rewrite(daemon, upstream__servers=[f"127.0.0.1:{free_port()}"])
        self.assertEqual(self.reload(daemon), "Changed: upstream.")
        self.assertEqual(daemon.short("www.office.example"), ["198.41.0.10"])
        self.assertEqual(self.status(daemon)["counters"]["upstream_questions"], before)
        self.assertIn("SERVFAIL", daemon.dig("missing.office.example"))
        rewrite(daemon, upstream__servers=[f"127.0.0.1:{self.lab.upstream_port}"])
        self.reload(daemon)
        wait_for(lambda: "NOERROR" in daemon.dig("ns.google.com"), what="the new upstream")

    def test_a_bad_file_changes_nothing_and_is_named(self):
        daemon = self.daemon()
        good = daemon.settings.read_text()
        daemon.settings.write_text(good.replace("[dns]", "[dns]\nlisten_on = 3"))
        done = daemon.command("--http", f"127.0.0.1:{daemon.http_port}", "reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn("listen_on", done.stderr)
        daemon.process.child.send_signal(signal.SIGHUP)
        status, _, problems = wait_for(lambda: (daemon.get("/readyz")[0] == 503) and daemon.get("/readyz"), what="the problem")
        self.assertIn("settings:", problems)
        self.assertIn("sinkfeed.toml:", problems)
        self.assertIn("stay in force", problems)
        self.assertEqual(daemon.short("talk.google.com"), ["192.0.2.1"])
        daemon.settings.write_text(good)
        self.assertEqual(self.reload(daemon), "Nothing has changed.")
        self.assertEqual(daemon.get("/readyz")[0], 200)

    def test_what_cannot_be_had_changes_nothing(self):
        daemon = self.daemon()
        good = daemon.settings.read_text()
        holder = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        holder.bind(("127.0.0.1", 0))
        self.addCleanup(holder.close)
        taken = holder.getsockname()[1]
        for change, said in [
            ({"dns__listen": [f"127.0.0.1:{daemon.port}", f"127.0.0.1:{taken}"], "block__mode": "nxdomain"}, "taken by python3"),
            ({"dns__listen": ["198.51.100.1:53"]}, "no such address"),
            ({"http__listen": ["198.51.100.1:8053"]}, "198.51.100.1:8053"),
            ({"upstream__servers": [f"127.0.0.1:{daemon.port}"]}, "ask itself"),
            ({"store__path": "/somewhere/else"}, "restart"),
        ]:
            rewrite(daemon, **change)
            done = daemon.command("--state", daemon.state, "--http", f"127.0.0.1:{daemon.http_port}", "reload")
            self.assertEqual(done.returncode, 1, change)
            self.assertIn(said, done.stderr)
            daemon.settings.write_text(good)
        self.assertEqual(daemon.short("talk.google.com"), ["192.0.2.1"])
        self.assertEqual(self.reload(daemon), "Nothing has changed.")

    def test_profiles_tiers_and_feed_change_together(self):
        profiles = Path(self.lab.folder) / "profiles"
        profiles.mkdir()
        for path in (SOURCE / "config" / "profiles").glob("*.toml"):
            (profiles / path.name).write_text(path.read_text())
        daemon = self.daemon(block__profiles_path=str(profiles))
        self.assertEqual(daemon.short("www.office.example"), ["198.41.0.10"])
        generation = daemon.generation()
        empty = []
        running = True

        def fetch():
            while running:
                status, _, body = daemon.get("/feed/google-talk.txt")
                if status != 200 or not body.split():
                    empty.append((status, body))

        fetcher = threading.Thread(target=fetch, daemon=True)
        fetcher.start()
        (profiles / "office.toml").write_text(
            'title = "Office"\nports = [443]\n[[name]]\nname = "www.office.example"\nmatch = "exact"\ntier = "core"\nrole = "test"\n'
            '[[known]]\naddress = "198.41.0.99"\nsource = "test"\n'
        )
        rewrite(daemon, block__profiles=["google-talk", "office"])
        self.assertIn("profile office", self.reload(daemon))
        self.assertEqual(daemon.short("www.office.example"), ["192.0.2.1"], "though it was cached")
        _, headers, body = daemon.get("/feed/office.txt")
        self.assertIn("198.41.0.99", body)
        self.assertGreater(int(headers["X-Sinkfeed-Generation"]), generation)
        self.assertEqual(daemon.generation(), generation, "this feed has not changed")
        # Ports are in the feed: a firewall that asks by date must see that they changed.
        modified = daemon.get("/feed/office.nft")[1]["Last-Modified"]
        (profiles / "office.toml").write_text((profiles / "office.toml").read_text().replace("[443]", "[5222]"))
        self.assertEqual(self.reload(daemon), "Changed: profile office.")
        status, headers, body = daemon.get("/feed/office.nft", {"If-Modified-Since": modified})
        self.assertEqual(status, 200)
        self.assertIn("5222", body)
        rewrite(daemon, block__profiles=["google-talk"])
        self.reload(daemon)
        self.assertEqual(daemon.get("/feed/office.txt")[0], 404)
        self.assertEqual(daemon.short("www.office.example"), ["198.41.0.10"])
        running = False
        fetcher.join()
        self.assertEqual(empty, [])

    def test_http_moves(self):
        daemon = self.daemon()
        before = daemon.http_port
        rewrite(daemon, http__listen=[f"0.0.0.0:{before}"])
        done = daemon.command("--http", f"127.0.0.1:{before}", "reload")
        self.assertEqual(done.stdout, "Changed: http.\n", done.stderr)
        daemon.http = "127.0.0.5"
        self.assertEqual(daemon.get("/healthz")[0], 200)
        daemon.http_port = free_port()
        rewrite(daemon, http__listen=[f"0.0.0.0:{daemon.http_port}"], http__allow=["127.0.0.1"])
        daemon.process.child.send_signal(signal.SIGHUP)
        daemon.http = "127.0.0.1"
        wait_for(lambda: daemon.get("/healthz")[0] == 200, what="the other port")
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", before), timeout=2)

    def test_many_reloads_leave_nothing_behind(self):
        daemon = self.daemon()
        descriptors = Path(f"/proc/{daemon.process.child.pid}/fd")

        def cycle(times):
            for i in range(times):
                rewrite(daemon, dns__workers=1 + i % 4, cache__size=f"{8 + i % 3}MiB", upstream__timeout=f"{900 + i}ms",
                        dns__listen=[f"127.0.0.1:{daemon.port}"] + [f"127.0.0.2:{daemon.port}"] * (i % 2))
                self.reload(daemon)
                daemon.dig("talk.google.com")
            rewrite(daemon, dns__workers=2, dns__listen=[f"127.0.0.1:{daemon.port}"])
            self.reload(daemon)

        cycle(8)
        time.sleep(4)
        before = len(list(descriptors.iterdir()))
        cycle(24)
        wait_for(lambda: len(list(descriptors.iterdir())) <= before + 8, seconds=40, what="the end of what was given up")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
