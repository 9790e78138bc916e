"""What must not matter: floods of rubbish, connections that never finish, an upstream that dies, lies or is slow. Service to others goes on
and memory stays bounded."""

import os
import random
import signal
import socket
import struct
import threading
import time
import unittest
from pathlib import Path

from dns_message import Answer, query
from lab import SANITIZED, Daemon, Lab, LabTest, wait_for

FLOOD = int(os.environ.get("SINKFEED_FLOOD", 1000000))


def ask(port, name, kind=1, flags=0x0100, timeout=5, address="127.0.0.1"):
    """One question over UDP; None if nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        udp.connect((address, port))
        udp.send(query(random.randrange(65536), name, kind, flags, 1232))
        try:
            return Answer(udp.recv(65535))
        except (socket.timeout, ConnectionRefusedError):
            return None


def framed(message):
    return struct.pack(">H", len(message)) + message


class Stream:
    """A TCP connection to the daemon, as odd as the test wants it."""

    def __init__(self, port, source="127.0.0.1"):
        self.socket = socket.create_connection(("127.0.0.1", port), 5, (source, 0))
        self.socket.settimeout(5)
        self.data = b""

    def answers(self, count):
        found = []
        while len(found) < count:
            while len(self.data) >= 2 and len(self.data) >= 2 + struct.unpack(">H", self.data[:2])[0]:
                size = struct.unpack(">H", self.data[:2])[0]
                found.append(Answer(self.data[2:2 + size]))
                self.data = self.data[2 + size:]
            if len(found) >= count:
                break
            part = self.socket.recv(65535)
            if not part:
                break
            self.data += part
        return found

    def close(self):
        self.socket.close()

    __del__ = close

    def ended(self):
        """The other side closed it, nothing more came."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True


class OddUpstream:
    """An upstream in this process that answers as its behaviour says: a function of (message) that gives a list of messages."""

    def __init__(self, behaviour):
        self.behaviour, self.asked = behaviour, []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        while True:
            try:
                message, peer = self.udp.recvfrom(4096)
            except OSError:
                return
            self.asked.append(message.lower())
            for delay, answer in self.behaviour(message):
                threading.Timer(delay, self.send, (answer, peer)).start() if delay else self.send(answer, peer)

    def send(self, answer, peer):
        try:
            self.udp.sendto(answer, peer)
        except OSError:
            pass  # the test is over

    def close(self):
        self.udp.close()

    @staticmethod
    def answer(message, address="198.41.0.1", ttl=300, rcode=0):
        end = 12
        while message[end]:
            end += message[end] + 1
        head = message[:2] + struct.pack(">HHHHH", 0x8180 | rcode, 1, 0 if rcode else 1, 0, 0) + message[12:end + 5]
        return head if rcode else head + struct.pack(">HHHIH", 0xC00C, 1, 1, ttl, 4) + socket.inet_aton(address)


def resident_kib(daemon):
    """Nothing to say under a sanitizer, whose own memory grows with what is done."""
    status = Path(f"/proc/{daemon.process.child.pid}/status").read_text()
    return 0 if SANITIZED else int(status.split("VmRSS:")[1].split()[0])


class Tcp(LabTest):
    """RFC 7766 and 9210, with the daemon before a real upstream."""

    def setUp(self):
        self.sinkfeed = self.daemon()
        self.port = self.sinkfeed.port

    def test_rfc7766_6_2_1_hundreds_in_one_go_are_all_answered(self):
        stream = Stream(self.port)
        names = [f"n{i}.office.example" for i in range(300)]
        stream.socket.sendall(b"".join(framed(query(i, name, 1)) for i, name in enumerate(names)))
        answers = stream.answers(300)
        self.assertEqual(sorted(answer.ident for answer in answers), list(range(300)))

    def test_rfc7766_8_a_length_in_two_segments(self):
        stream = Stream(self.port)
        for byte in framed(query(7, "www.office.example", 1)):
            stream.socket.sendall(bytes([byte]))
            time.sleep(0.002)
        self.assertEqual(stream.answers(1)[0].rcode, 0)

    def test_rfc7766_6_2_3_a_half_closed_client_gets_its_answers(self):
        stream = Stream(self.port)
        stream.socket.sendall(framed(query(1, "www.office.example", 1)) + framed(query(2, "many.office.example", 1)))
        stream.socket.shutdown(socket.SHUT_WR)
        self.assertEqual(len(stream.answers(2)), 2)
        self.assertTrue(stream.ended())

    def test_rfc7766_8_a_message_of_no_length_is_passed_over(self):
        stream = Stream(self.port)
        stream.socket.sendall(b"\0\0" + framed(query(3, "www.office.example", 1)))
        self.assertEqual([answer.ident for answer in stream.answers(1)], [3])

    def test_a_message_cut_off_in_the_middle_harms_nobody(self):
        stream = Stream(self.port)
        stream.socket.sendall(framed(query(1, "www.office.example", 1))[:20])
        stream.close()
        self.assertIsNotNone(ask(self.port, "www.office.example"))

    def test_who_does_not_read_is_let_go_and_holds_no_memory(self):
        before = resident_kib(self.sinkfeed)
        stream = Stream(self.port)
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        message = framed(query(1, "many.office.example", 1)) * 100
        try:
            for _ in range(2000):
                stream.socket.sendall(message)
        except (BrokenPipeError, ConnectionResetError, socket.timeout):
            pass
        self.assertIsNotNone(ask(self.port, "www.office.example"))
        self.assertLess(resident_kib(self.sinkfeed) - before, 64 * 1024)

        def cut_off():
            try:
                stream.socket.send(b"\0", socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                return True

        wait_for(cut_off, 20, "the end of who does not read")

    def test_two_thousand_connections_that_never_finish(self):
        before = resident_kib(self.sinkfeed)
        held = []
        for i in range(2000):
            try:
                stream = Stream(self.port, f"127.{1 + i // 200}.{i % 200}.1")
                stream.socket.sendall(b"\xff\xff\x12")
                held.append(stream)
            except OSError:
                pass
            if i % 100 == 0:
                self.assertIsNotNone(ask(self.port, "www.office.example", timeout=1), "UDP goes on")
        fresh = Stream(self.port, "127.99.0.1")
        fresh.socket.sendall(framed(query(5, "www.office.example", 1)))
        self.assertEqual(fresh.answers(1)[0].ident, 5, "and so does TCP, for who comes now")
        self.assertLess(resident_kib(self.sinkfeed) - before, 64 * 1024)
        for stream in held:
            stream.close()


class Descriptors(unittest.TestCase):
    def test_few_descriptors_are_shared_out(self):
        lab = Lab(("prlimit", "--nofile=512:512"))
        self.addCleanup(lab.close)
        upstream = OddUpstream(lambda m: [(0, OddUpstream.answer(m))])
        self.addCleanup(upstream.close)
        sinkfeed = Daemon(lab, upstream.port).start(ready=False)
        wait_for(lambda: ask(sinkfeed.port, "localhost", timeout=1), what="the daemon")
        self.assertIn("512 file descriptors are allowed", sinkfeed.process.text())
        held = []
        for i in range(600):
            held.append(Stream(sinkfeed.port, f"127.{1 + i // 200}.{i % 200}.1"))
        for i in range(20):
            self.assertEqual(ask(sinkfeed.port, f"n{i}.test").rcode, 0, "there are some for upstream")
            fresh = Stream(sinkfeed.port, f"127.99.0.{i + 1}")
            fresh.socket.sendall(framed(query(i, f"t{i}.test", 1)))
            self.assertEqual(fresh.answers(1)[0].ident, i, "and for who comes now")
        for stream in held:
            stream.close()


class Floods(LabTest):
    def test_a_million_malformed_packets(self):
        sinkfeed = self.daemon(dns__rate_limit=0)
        ask(sinkfeed.port, "www.office.example")
        before = resident_kib(sinkfeed)
        chance = random.Random(5)
        good = query(1, "www.office.example", 1, edns=1232)
        rubbish = []
        for _ in range(500):
            packet = bytearray(good[:chance.randrange(len(good) + 1)])
            for _ in range(chance.randrange(6)):
                if packet:
                    packet[chance.randrange(len(packet))] = chance.randrange(256)
            rubbish.append(bytes(packet))
        rubbish = [packet for packet in rubbish if len(packet) < 12 or packet[2] & 0x80 or struct.unpack(">H", packet[4:6])[0] != 1]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.connect(("127.0.0.1", sinkfeed.port))
            for i in range(FLOOD):
                try:
                    udp.send(rubbish[i % len(rubbish)])
                except OSError:
                    pass
                if i % 100000 == 0:
                    answered = ask(sinkfeed.port, "www.office.example") or ask(sinkfeed.port, "www.office.example")
                    self.assertIsNotNone(answered, f"after {i} packets")
        self.assertEqual(ask(sinkfeed.port, "www.office.example").rcode, 0)
        self.assertLess(resident_kib(sinkfeed) - before, 64 * 1024)
        self.assertEqual(sinkfeed.stop(), 0)


class Upstreams(unittest.TestCase):
    """The daemon before an upstream that misbehaves."""

    def before(self, behaviour, **settings):
        lab = Lab()
        self.addCleanup(lab.close)
        upstream = OddUpstream(behaviour)
        self.addCleanup(upstream.close)
        return upstream, Daemon(lab, upstream.port, **settings).start(ready=False)

    def ready(self, daemon):
        wait_for(lambda: ask(daemon.port, "localhost", timeout=1), what="the daemon")
        return daemon.port

    def test_rfc7766_7_answers_come_as_they_are_ready(self):
        _, daemon = self.before(lambda m: [(0.5 if b"slow" in m.lower() else 0, OddUpstream.answer(m))])
        stream = Stream(self.ready(daemon))
        stream.socket.sendall(framed(query(1, "slow.test", 1)) + framed(query(2, "fast.test", 1)))
        self.assertEqual([answer.ident for answer in stream.answers(2)], [2, 1])

    def test_rfc7871_7_1_1_a_clients_subnet_stays_here(self):
        upstream, daemon = self.before(lambda m: [(0, OddUpstream.answer(m))])
        port = self.ready(daemon)
        for subnet in ("203.0.113.0/24", "198.51.100.0/24", "0"):
            answer = daemon.dig("www.far.test", "A", "+nocookie", f"+subnet={subnet}")
            self.assertIn("198.41.0.1", answer)
            self.assertNotIn("CLIENT-SUBNET", answer)
        asked = [message for message in upstream.asked if b"far" in message]
        self.assertEqual(len(asked), 1, "one answer for every subnet")
        self.assertEqual(asked[0][-11:-8] + asked[0][-2:], b"\0\0\x29" + b"\0\0", "an OPT record, and nothing in it")

    def test_lies_are_not_believed(self):
        def lie(message):
            wrong_id = bytes([message[0] ^ 1]) + OddUpstream.answer(message, "203.0.113.66")[1:]
            wrong_name = bytearray(OddUpstream.answer(message, "203.0.113.66"))
            wrong_name[13] ^= 1
            return [(0, wrong_id), (0, bytes(wrong_name)), (0, b"\0" * 5), (0.02, OddUpstream.answer(message))] * 2
        _, daemon = self.before(lie)
        port = self.ready(daemon)
        for i in range(50):
            self.assertEqual(ask(port, f"n{i}.test").sections[0][0][2], socket.inet_aton("198.41.0.1"))

    def test_rfc8767_an_upstream_that_dies_leaves_stale_answers_and_comes_back(self):
        alive = threading.Event()
        alive.set()
        _, daemon = self.before(lambda m: [(0, OddUpstream.answer(m, ttl=1))] if alive.is_set() else [], upstream__timeout="500ms")
        port = self.ready(daemon)
        self.assertEqual(ask(port, "a.test").rcode, 0)
        alive.clear()
        time.sleep(2.2)
        answer = ask(port, "a.test")
        self.assertEqual((answer.rcode, len(answer.sections[0])), (0, 1))
        self.assertLessEqual(answer.sections[0][0][3], 30)
        self.assertEqual(ask(port, "b.test").rcode, 2, "what was never known fails")
        alive.set()
        wait_for(lambda: ask(port, "c%d.test" % random.randrange(10**9)).rcode == 0, 10, "the upstream's return")

    def test_a_late_answer_leaves_from_an_address_that_was_given_up(self):
        asked = []

        def late(message):
            if b"late" not in message.lower():
                return [(0.9, OddUpstream.answer(message))]  # from now on 1 s is not thought to be late
            asked.append(message)
            return [] if len(asked) == 1 else [(1.6, OddUpstream.answer(message))]

        _, daemon = self.before(late, dns__workers=1, upstream__timeout="2s")
        port = self.ready(daemon)
        self.assertEqual(ask(port, "slow.test").rcode, 0)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(6)
            udp.connect(("127.0.0.1", port))
            udp.send(query(1, "late.test", 1))
            daemon.settings.write_text(daemon.settings.read_text().replace(f"127.0.0.1:{port}", f"127.0.0.2:{port}"))
            daemon.process.child.send_signal(signal.SIGHUP)
            self.assertEqual(Answer(udp.recv(4096)).rcode, 0)
        self.assertIsNotNone(ask(port, "localhost", address="127.0.0.2"))

    def test_one_question_for_many_askers(self):
        upstream, daemon = self.before(lambda m: [(0.3, OddUpstream.answer(m))])
        port = self.ready(daemon)
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(100)]
        for udp in sockets:
            udp.settimeout(5)
            udp.connect(("127.0.0.1", port))
            udp.send(query(1, "popular.test", 1))
        for udp in sockets:
            self.assertEqual(Answer(udp.recv(4096)).rcode, 0)
            udp.close()
        # One a worker, who share the cache, not what is on its way.
        self.assertLessEqual(len([message for message in upstream.asked if b"popular" in message]), 2)


if __name__ == "__main__":
    unittest.main()
