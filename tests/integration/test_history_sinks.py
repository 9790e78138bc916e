"""The history goes out: as files (CSV, JSON lines, dnstap), and live to collectors of dnstap and syslog, which may be slow, gone, restarted or
nobody's; Debian's own tools read what comes."""

import csv
import io
import json
import re
import signal
import socket
import ssl
import tempfile
import threading
import unittest

import dns_message
from certificates import Authority
from lab import Daemon, LabTest, free_port, run, wait_for

QUESTION = re.compile(r'"question":\{"name":"([^"]*)"')


class Receiver:
    """A syslog server over UDP, TCP or TLS, which can be told not to read, and which can go and come back on its port."""

    def __init__(self, kind, port=None, tls=None):
        self.kind, self.tls, self.messages, self.reads = kind, tls, [], threading.Event()
        self.port = port or free_port()
        self.reads.set()
        self.start()

    def start(self):
        self.open = True
        self.connections = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if self.kind == "udp" else socket.SOCK_STREAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22 if self.kind == "udp" else 1 << 14)
        self.socket.bind(("127.0.0.1", self.port))
        if self.kind != "udp":
            self.socket.listen()
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self.take_datagrams if self.kind == "udp" else self.accept, daemon=True)
        self.thread.start()

    def stop(self):
        self.open = False
        self.thread.join()
        for connection in self.connections:
            connection.close()
        self.socket.close()

    def take_datagrams(self):
        while self.open:
            try:
                self.messages.append(self.socket.recv(65536))
            except TimeoutError:
                pass

    def accept(self):
        threads = []
        while self.open:
            try:
                connection, _ = self.socket.accept()
            except TimeoutError:
                continue
            threads.append(threading.Thread(target=self.take_stream, args=(connection,), daemon=True))
            threads[-1].start()
        for thread in threads:
            thread.join()

    def take_stream(self, connection):
        try:
            if self.tls:
                connection.settimeout(5)
                connection = self.tls.wrap_socket(connection, server_side=True)
            connection.settimeout(0.1)
            self.connections.append(connection)
            buffer = b""
            while self.open:
                if not self.reads.wait(0.1):
                    continue
                try:
                    piece = connection.recv(65536)
                except TimeoutError:
                    continue
                if not piece:
                    return
                buffer += piece
                while b" " in buffer:
                    size, rest = buffer.split(b" ", 1)
                    if len(rest) < int(size):
                        break
                    self.messages.append(rest[:int(size)])
                    buffer = rest[int(size):]
        except (OSError, ssl.SSLError):
            pass

    def texts(self):
        return [message.decode() for message in list(self.messages)]

    def names(self):
        """The questions of ECS events, each at its first coming."""
        return list(dict.fromkeys(found.group(1) for found in map(QUESTION.search, self.texts()) if found))


class HistorySinks(LabTest):
    def daemon(self, *sinks, start=True, **settings):
        daemon = Daemon(self.lab, self.lab.upstream_port, state=tempfile.mkdtemp(dir=self.lab.folder), dns__workers=1, **settings)
        self.plain = daemon.settings.read_text()
        self.set_sinks(daemon, *sinks)
        if start:
            daemon.start()
        self.addCleanup(lambda: daemon.process in self.lab.processes and daemon.stop())
        return daemon

    def set_sinks(self, daemon, *sinks):
        daemon.settings.write_text(self.plain + "".join(
            "[[history.sink]]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in sink.items()) for sink in sinks))

    def receiver(self, kind, **options):
        receiver = Receiver(kind, **options)
        self.addCleanup(lambda: receiver.open and receiver.stop())
        return receiver

    @staticmethod
    def syslog(receiver, scheme=None, **settings):
        return {"type": "syslog", "address": f"{scheme or receiver.kind}://127.0.0.1:{receiver.port}", **settings}

    @staticmethod
    def ask(daemon, *names, kind=1):
        """Each is answered before the next is asked."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect((daemon.address, daemon.port))
            client.settimeout(5)
            for number, name in enumerate(names):
                client.send(dns_message.query(number & 0xFFFF, name, kind))
                client.recv(4096)

    def sink_line(self, daemon, text):
        return any(line.startswith("sink ") and text in line for line in daemon.command("status").stdout.splitlines())

    def sinks(self, daemon):
        return json.loads(daemon.command("status", "--json").stdout)["sinks"]

    def wait_for_all(self, receiver, names, prefix):
        wait_for(lambda: len([name for name in receiver.names() if name.startswith(prefix)]) >= len(names), 30, "the last record")
        self.assertEqual([name for name in receiver.names() if name.startswith(prefix)], names)

    def test_dnstap_is_read_back_by_other_programs(self):
        path, port = self.lab.folder / "dnstap.sock", free_port()
        files = [self.lab.folder / "unix.fstrm", self.lab.folder / "tcp.fstrm"]
        captures = [self.lab.start("capture-unix", "fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", path, "-w", files[0]),
                    self.lab.start("capture-tcp", "fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-a", "127.0.0.1", "-p", port, "-w", files[1])]
        daemon = self.daemon({"type": "dnstap", "address": f"unix:{path}"}, {"type": "dnstap", "address": f"tcp://127.0.0.1:{port}"})
        wait_for(lambda: all(sink["connected"] for sink in self.sinks(daemon)), what="both connections")
        self.ask(daemon, "talk.google.com", "www.gmail.com")
        daemon.dig("talk.google.com", "AAAA", "+tcp", "+dnssec")
        wait_for(lambda: all(sink["delivered"] >= 3 and sink["lag"] == 0 for sink in self.sinks(daemon)), what="delivery")
        self.assertEqual(daemon.stop(), 0)
        for capture, file in zip(captures, files):
            self.lab.processes.remove(capture)
            capture.stop()
            lines = run("dnstap-read", file).stdout.splitlines()
            for expected in (r" CR 127\.0\.0\.1:\d+ <- .* UDP \d+b talk\.google\.com/IN/A$", r" CR .* TCP \d+b talk\.google\.com/IN/AAAA$",
                             r" CR .* UDP \d+b www\.gmail\.com/IN/A$"):
                self.assertTrue(any(re.search(expected, line) for line in lines), (expected, lines))
            details = run("dnstap-ldns", "-y", "-r", file).stdout
            self.assertIn("talk.google.com.\t0\tIN\tA\t192.0.2.1", details)

    def test_syslog_over_udp_tcp_and_tls(self):
        ca = Authority(self.lab.folder, "siem-ca")
        certificate, key = ca.sign("siem", names="IP:127.0.0.1")
        ours, our_key = ca.sign("us")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        tls.load_verify_locations(ca.certificate)
        tls.verify_mode = ssl.CERT_REQUIRED
        udp, tcp, siem = self.receiver("udp"), self.receiver("tcp"), self.receiver("tls", tls=tls)
        files = {"ca": str(ca.certificate), "certificate": str(ours), "key": str(our_key)}
        daemon = self.daemon(self.syslog(udp, format="leef"), self.syslog(tcp, format="cef", verdicts=["sinkhole"]),
                             self.syslog(siem, **files))
        wait_for(lambda: all(sink["connected"] for sink in self.sinks(daemon)), what="three connections")
        self.ask(daemon, "talk.google.com", "www.gmail.com")
        header = r"^<13[34]>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ sinkfeed \d+ dns-(sinkhole|pass) - "
        for receiver, event in ((udp, r"LEEF:2\.0\|sinkfeed\|.*\tquery=talk\.google\.com\t"), (siem, r'\{"@timestamp":.*"name":"talk\.google\.com"'),
                                (tcp, r"CEF:0\|sinkfeed\|.* dhost=talk\.google\.com ")):
            wait_for(lambda: any(re.search(header + event, text) for text in receiver.texts()), what=event)
        wait_for(lambda: any("www.gmail.com" in text for text in siem.texts()), what="the other verdict")
        self.assertFalse(any("www.gmail.com" in text for text in tcp.texts()), "only what was asked for")
        self.assertTrue(self.sink_line(daemon, f"syslog tcp://127.0.0.1:{tcp.port}: "))
        metrics = daemon.get("/metrics")[2]
        self.assertIn(f'sinkfeed_history_sink_connected{{sink="syslog tls://127.0.0.1:{siem.port}"}} 1', metrics)
        self.assertRegex(metrics, r'sinkfeed_history_sink_delivered_total\{sink="syslog udp://[^"]*"\} [1-9]')

    def test_a_receiver_that_was_gone_gets_all_of_it_in_order(self):
        for kind in ("tcp", "udp"):
            receiver = self.receiver(kind)
            daemon = self.daemon(self.syslog(receiver))
            names = [f"{kind}{number}.office.example" for number in range(60)]
            wait_for(lambda: self.sinks(daemon)[0]["connected"], what="the connection")
            self.ask(daemon, *names[:20])
            self.wait_for_all(receiver, names[:20], kind)
            receiver.stop()
            self.ask(daemon, *names[20:40])
            wait_for(lambda: not self.sinks(daemon)[0]["connected"], what="word of the receiver that is gone")
            receiver.start()
            self.ask(daemon, *names[40:])
            self.wait_for_all(receiver, names, kind)
            self.assertTrue(wait_for(lambda: self.sinks(daemon)[0]["lag"] == 0, what="no lag"))
            daemon.stop()
            receiver.stop()

    def test_one_that_does_not_read_holds_nothing_up(self):
        receiver = self.receiver("tcp")
        receiver.reads.clear()
        daemon = self.daemon(self.syslog(receiver))
        names = [f"full{number}.office.example" for number in range(10000)]
        self.ask(daemon, *names)  # each is answered, or this fails
        self.assertGreater(self.sinks(daemon)[0]["lag"], 100, "they wait")
        self.assertEqual(daemon.get("/readyz")[0], 200)
        receiver.reads.set()
        self.wait_for_all(receiver, names, "full")

    def test_a_killed_daemon_loses_none(self):
        receiver = self.receiver("tcp")
        daemon = self.daemon(self.syslog(receiver))
        wait_for(lambda: self.sinks(daemon)[0]["connected"], what="the connection")
        names = [f"kill{number}.office.example" for number in range(90)]
        for start in range(0, 60, 20):
            if start == 40:
                receiver.stop()
            self.ask(daemon, *names[start:start + 20])
            daemon.stop(signal.SIGKILL)
            daemon.start()
        receiver.start()
        self.ask(daemon, *names[60:])
        self.wait_for_all(receiver, names, "kill")

    def test_a_reload_changes_the_receivers_and_a_new_one_begins_now(self):
        first = self.receiver("tcp")
        daemon = self.daemon(self.syslog(first))
        wait_for(lambda: self.sinks(daemon)[0]["connected"], what="the connection")
        self.ask(daemon, "before.office.example")
        wait_for(lambda: "before.office.example" in first.names(), what="the first record")
        second = self.receiver("tcp")
        self.set_sinks(daemon, self.syslog(first), self.syslog(second))
        self.assertEqual(daemon.command("reload").returncode, 0)
        wait_for(lambda: len(self.sinks(daemon)) == 2 and all(sink["connected"] for sink in self.sinks(daemon)), what="two connections")
        self.ask(daemon, "between.office.example")
        for receiver in (first, second):
            wait_for(lambda: "between.office.example" in receiver.names(), what="the record at both")
        self.assertNotIn("before.office.example", second.names())
        self.set_sinks(daemon, self.syslog(second))
        self.assertEqual(daemon.command("reload").returncode, 0)
        self.assertEqual([sink["sink"] for sink in self.sinks(daemon)], [f"syslog tcp://127.0.0.1:{second.port}"])
        self.assertEqual(len(first.connections), 1, "the one that stayed was not disturbed")

    def test_nothing_is_sent_to_one_that_cannot_be_trusted(self):
        foreign = Authority(self.lab.folder, "foreign")
        certificate, key = foreign.sign("mallory", names="IP:127.0.0.1")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
        receiver = self.receiver("tls", tls=tls)
        trusted = Authority(self.lab.folder, "trusted")
        daemon = self.daemon(self.syslog(receiver, ca=str(trusted.certificate)))
        self.ask(daemon, "talk.google.com")
        wait_for(lambda: "cannot be trusted" in self.sinks(daemon)[0]["problem"], what="the refusal")
        self.assertEqual(receiver.messages, [])
        wait_for(lambda: daemon.get("/readyz")[2].find("warning: sink syslog tls://") >= 0, 20, "the warning")
        self.assertEqual(daemon.get("/readyz")[0], 200)

    def test_check_reads_the_files_of_tls(self):
        daemon = self.daemon({"type": "syslog", "address": f"tls://127.0.0.1:{free_port()}", "ca": str(self.lab.folder / "nowhere.pem")})
        done = daemon.command("check")
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stderr, r"history\.sink syslog tls://\S+: its ca \S+nowhere\.pem cannot be used")

    def test_rsyslog_takes_it(self):
        ca = Authority(self.lab.folder, "rsyslog-ca")
        certificate, key = ca.sign("rsyslog", names="IP:127.0.0.1")
        port, file = free_port(), self.lab.folder / "rsyslog.out"
        config = self.lab.folder / "rsyslog.conf"
        config.write_text(f"""global(workDirectory="{self.lab.folder}" maxMessageSize="64k" DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{ca.certificate}"
       DefaultNetstreamDriverCertFile="{certificate}" DefaultNetstreamDriverKeyFile="{key}")
module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
input(type="imtcp" port="{port}" address="127.0.0.1")
template(name="all" type="string" string="%app-name% %msgid% %syslogseverity-text% %msg%\\n")
*.* action(type="omfile" file="{file}" template="all")
""")
        self.lab.start("rsyslog", "rsyslogd", "-n", "-f", config, "-i", self.lab.folder / "rsyslog.pid")
        daemon = self.daemon({"type": "syslog", "address": f"tls://127.0.0.1:{port}", "ca": str(ca.certificate)})
        wait_for(lambda: self.sinks(daemon)[0]["connected"], 30, "rsyslog")
        self.ask(daemon, "talk.google.com")
        line = wait_for(lambda: file.exists() and [line for line in file.read_text().splitlines() if "talk.google.com" in line], what="the record")[0]
        self.assertTrue(line.startswith("sinkfeed dns-sinkhole notice"), line)
        self.assertEqual(json.loads(line[line.index("{"):])["dns"]["question"]["name"], "talk.google.com")

    def test_export_is_the_same_with_and_without_a_daemon(self):
        daemon = self.daemon()
        self.ask(daemon, "talk.google.com", "=1+1.office.example", *(f"export{number}.office.example" for number in range(5000)))
        searched = list(reversed(daemon.history("--limit", "10000")))
        with_daemon = {form: daemon.command("history", "export", "--format", form) for form in ("csv", "jsonl")}
        dnstap = self.lab.folder / "export.dnstap"
        self.assertEqual(daemon.command("history", "export", "--format", "dnstap", "--name", "talk.google.com", "--output", dnstap).returncode, 0)
        self.assertRegex(run("dnstap-read", dnstap).stdout, r"talk\.google\.com/IN/A")
        self.assertIn("talk.google.com", run("dnstap-ldns", "-r", dnstap).stdout)
        lines = [json.loads(line) for line in with_daemon["jsonl"].stdout.splitlines()]
        self.assertEqual(lines, searched, with_daemon["jsonl"].stderr)
        rows = list(csv.DictReader(io.StringIO(with_daemon["csv"].stdout)))
        self.assertEqual([row["time"] for row in rows], [line["time"] for line in lines])
        self.assertEqual(rows[0]["verdict"], "sinkhole")
        self.assertEqual(rows[1]["name"], "'=1+1.office.example", "no formula")
        refused = daemon.command("history", "export", "--format", "parquet")
        self.assertEqual((refused.returncode, "csv, jsonl and dnstap" in refused.stderr), (2, True), refused.stderr)
        self.assertEqual(daemon.get("/api/v1/history/export?client=nobody")[0], 400)
        status, headers, body = daemon.get("/api/v1/history/export?name=talk.google.com")
        self.assertEqual((status, headers["Content-Type"].split(";")[0], body.count("\r\n")), (200, "text/csv", 2))
        daemon.stop()
        for form, before in with_daemon.items():
            after = daemon.command("history", "export", "--format", form)
            self.assertEqual((after.returncode, after.stdout), (0, before.stdout), after.stderr)
        full = daemon.command("history", "export", "--output", "/dev/full")
        self.assertEqual((full.returncode, "not the whole" in full.stderr), (1, True), full.stderr)

    def test_an_export_that_nobody_takes_any_more_ends(self):
        daemon = self.daemon()
        self.ask(daemon, *(f"long{number}.office.example" for number in range(6000)))
        for _ in range(5):  # more than are made at a time
            with socket.create_connection(("127.0.0.1", daemon.http_port)) as client:
                client.sendall(b"GET /api/v1/history/export?format=jsonl HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertTrue(client.recv(100).startswith(b"HTTP/1.1 200"))
        self.assertEqual(daemon.command("history", "export", "--client", "127.0.0.1").stdout.count("\n"), 6001)
        daemon.get("/api/v1/history/export", method="HEAD")
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
