"""Stopping and killing: what is in flight is answered, what was shown is kept."""

import random
import signal
import socket
import struct
import threading
import time
import unittest

from lab import Daemon, LabTest, wait_for


def question(number, name, kind=1):
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + wire + struct.pack("!2H", kind, 1)


class SlowUpstream:
    """Answers every question with an address, after a while."""

    def __init__(self, seconds):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.seconds = seconds
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                packet, client = self.socket.recvfrom(4096)
            except OSError:
                return
            threading.Timer(self.seconds, self.answer, (packet, client)).start()

    def answer(self, packet, client):
        end = packet.index(b"\0", 12) + 5
        record = b"\xc0\x0c" + struct.pack("!2HIH", 1, 1, 60, 4) + bytes([198, 41, 0, 77])
        try:
            self.socket.sendto(packet[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0) + packet[12:end] + record, client)
        except OSError:
            pass


class Backup(LabTest):
    def test_a_backup_is_a_store_to_start_from(self):
        sinkfeed = self.daemon()
        sinkfeed.dig("talk.google.com")
        sinkfeed.wait_for_a_quiet_feed()
        for number in range(50):
            sinkfeed.dig(f"n{number}.backup.test", "TXT")
        made = sinkfeed.command("backup")
        self.assertEqual(made.returncode, 0, made.stderr)
        published = sinkfeed.feed()
        self.assertIn("74.125.140.125", published)
        sinkfeed.stop()
        restored = Daemon(self.lab, self.lab.upstream_port, state=made.stdout.strip()).start()
        self.assertEqual(restored.command("history", "search", "--name", "*.backup.test", "--count").stdout.strip(), "50")
        self.assertEqual(restored.feed(), published)
        restored.stop()


class Stop(LabTest):
    def test_sigterm_answers_what_is_in_flight_and_exits_0(self):
        upstream = SlowUpstream(0.5)
        self.addCleanup(upstream.socket.close)
        sinkfeed = Daemon(self.lab, upstream.port).start()
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.create_connection(("127.0.0.1", sinkfeed.port))
        with udp, tcp:
            for number in range(20):
                udp.sendto(question(number, f"u{number}.slow.example"), ("127.0.0.1", sinkfeed.port))
            for number in range(20):
                message = question(number, f"t{number}.slow.example")
                tcp.sendall(struct.pack("!H", len(message)) + message)
            time.sleep(0.2)
            status = []
            stopper = threading.Thread(target=lambda: status.append(sinkfeed.stop()))
            stopper.start()
            udp.settimeout(5)
            tcp.settimeout(5)
            self.assertEqual(len({udp.recv(512)[:2] for _ in range(20)}), 20)
            received = b""
            while chunk := tcp.recv(65536):
                received += chunk
            stopper.join()
        answered = 0
        while received:
            size = struct.unpack("!H", received[:2])[0]
            answered += 1
            received = received[2 + size :]
        self.assertEqual(answered, 20)
        self.assertEqual(status, [0])
        self.assertEqual(len(sinkfeed.history("--name", "*.slow.example")), 40)


class Kill(LabTest):
    def test_kill_9_loses_no_address_that_was_shown_and_no_query_that_was_answered(self):
        sinkfeed = Daemon(self.lab, self.lab.upstream_port)
        names = ["talk.google.com", "xmpp.l.google.com", "talkx.l.google.com", "www.google.com", "chat.office.example", "_xmpp-client._tcp.gmail.com"]
        shown, generation, answered = set(), 0, 0
        for round_ in range(8):
            sinkfeed.start()
            self.assertGreaterEqual(sinkfeed.generation(), generation)
            self.assertLessEqual(shown, set(sinkfeed.feed()))
            end = time.monotonic() + random.uniform(0.05, 0.8)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
                client.settimeout(2)
                client.connect(("127.0.0.1", sinkfeed.port))
                while time.monotonic() < end:
                    client.send(question(answered % 65536, names[answered % len(names)]))
                    client.recv(4096)
                    answered += 1
                    if answered % 50 == 0:
                        shown |= set(sinkfeed.feed())
                        generation = max(generation, sinkfeed.generation())
            sinkfeed.stop(signal.SIGKILL)
        sinkfeed.start()
        self.assertLessEqual(shown, set(sinkfeed.feed()))
        self.assertGreaterEqual(sinkfeed.generation(), generation)
        self.assertGreater(answered, 100)
        self.assertEqual(int(sinkfeed.command("history", "search", "--count").stdout), answered)
        self.assertEqual(sinkfeed.stop(), 0)
        self.assertEqual(int(sinkfeed.command("history", "search", "--count").stdout), answered, "and from the store")


if __name__ == "__main__":
    unittest.main()
