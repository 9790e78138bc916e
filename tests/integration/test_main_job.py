"""The main job, end to end: a question goes in over DNS, a firewall gets the address out over HTTP, an auditor finds the question again."""

import json
import re
import unittest

from lab import LabTest, run, wait_for

KNOWN = ["72.14.217.189", "72.14.253.125", "209.85.137.125", "209.85.163.125", "209.85.201.189", "216.239.37.125", "216.239.51.125"]


class Dns(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = None

    def setUp(self):
        if Dns.shared is None:
            from lab import Daemon

            Dns.shared = Daemon(self.lab, self.lab.upstream_port, listen_also=["[::1]"]).start()
        self.sinkfeed = Dns.shared

    def test_a_target_is_answered_with_the_sinkhole_and_the_reason(self):
        for tool in ("dig", "kdig", "drill"):
            out = run(tool, "@127.0.0.1", "-p", self.sinkfeed.port, "talk.google.com", "A").stdout
            self.assertIn("192.0.2.1", out, tool)
        self.assertEqual(self.sinkfeed.short("talk.google.com", "AAAA"), ["2001:db8::1"])
        self.assertRegex(self.sinkfeed.dig("talk.google.com"), r"EDE: 15 \(Blocked\).*google-talk: suffix talk.google.com")
        self.assertNotIn("EDE", self.sinkfeed.dig("talk.google.com", "A", "+noedns"))

    def test_over_tcp_and_ipv6_too(self):
        self.assertEqual(self.sinkfeed.short("talk.google.com", "A", "+tcp"), ["192.0.2.1"])
        for options in ((), ("+tcp",)):
            self.assertIn("192.0.2.1", self.sinkfeed.dig("talk.google.com", "A", "+short", *options, server="::1"))

    def test_other_types_of_a_target_get_no_data(self):
        for kind in ("HTTPS", "SVCB", "TXT", "MX", "TYPE4711"):
            out = self.sinkfeed.dig("talk.google.com", kind)
            self.assertIn("status: NOERROR", out, kind)
            self.assertIn("ANSWER: 0", out, kind)

    def test_names_match_on_label_boundaries_and_never_wins(self):
        self.assertEqual(self.sinkfeed.short("mtalk.google.com"), ["74.125.10.188"])
        self.assertEqual(self.sinkfeed.short("mail.google.com"), ["74.125.10.17"])
        self.assertEqual(self.sinkfeed.short("users.talk.google.com"), ["192.0.2.1"])
        self.assertEqual(self.sinkfeed.short("www.google.com"), ["74.125.10.100"])

    def test_srv_answers_pass_without_addresses(self):
        for name in ("_xmpp-client._tcp.gmail.com", "_xmpp-client._tcp.office.example"):
            out = self.sinkfeed.dig(name, "SRV")
            self.assertIn("5222 xmpp.l.google.com.", out, name)
            self.assertRegex(out, r"ADDITIONAL: [01]\b", "the OPT at most")
            self.assertNotIn("74.125.143.125", out, name)
        self.assertEqual(self.sinkfeed.short("xmpp.l.google.com"), ["192.0.2.1"])
        self.assertEqual(self.sinkfeed.short("_xmpp-client._tcp.gmail.com", "A"), [])

    def test_what_leads_to_a_target_is_a_target_in_any_domain(self):
        self.assertEqual(self.sinkfeed.short("chat.office.example"), ["192.0.2.1"])
        self.assertEqual(self.sinkfeed.short("deep.office.example"), ["192.0.2.1"])
        self.assertRegex(self.sinkfeed.dig("deep.office.example", "A"), "by way of talk.google.com")
        self.assertEqual(self.sinkfeed.short("service.office.example", "HTTPS"), [])
        self.assertEqual(self.sinkfeed.short("www.office.example"), ["198.41.0.10"])

    def test_answers_are_cached_and_their_ttl_counts_down(self):
        def ttl():
            return int(re.search(r"hosts\.google\.com\.\s+(\d+)", self.sinkfeed.dig("hosts.google.com"))[1])

        self.sinkfeed.dig("hosts.google.com")
        first = ttl()
        wait_for(lambda: ttl() < first, 4, "a smaller TTL")
        self.assertEqual(self.sinkfeed.history("--name", "hosts.google.com", "--limit", "1")[0]["origin"], "cache")

    def test_negative_answers_are_cached_by_their_soa(self):
        for name, kind, status in (("nothing.google.com", "A", "NXDOMAIN"), ("www.google.com", "MX", "NOERROR")):
            for origin in ("upstream", "cache"):
                self.assertIn(f"status: {status}", self.sinkfeed.dig(name, kind))
                record = self.sinkfeed.history("--name", name, "--type", kind, "--limit", "1")[0]
                self.assertEqual((record["rcode"], record["origin"]), (status, origin))

    def test_large_answers_come_truncated_and_whole_over_tcp(self):
        out = self.sinkfeed.dig("many.office.example", "A", "+ignore", "+bufsize=512")
        self.assertIn(" tc", re.search(r"flags:([^;]*)", out)[1])
        self.assertEqual(len(self.sinkfeed.short("many.office.example")), 120)

    def test_malformed_packets_get_format_errors_or_silence(self):
        import socket

        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            client.connect(("127.0.0.1", self.sinkfeed.port))
            client.send(b"\x12\x34\x01\x00\x00\x02\x00\x00\x00\x00\x00\x00")
            self.assertEqual(client.recv(512)[:4], b"\x12\x34\x81\x81")
            for silent in (b"", b"\x00" * 11, b"\x12\x34\x81\x80" + b"\x00" * 8):
                client.send(silent)
                with self.assertRaises(TimeoutError):
                    client.recv(512)

    def test_bad_calls_and_their_exit_status(self):
        self.assertEqual(self.sinkfeed.command("check").returncode, 0)
        self.assertEqual(self.sinkfeed.command("nonsense").returncode, 2)
        self.assertEqual(self.sinkfeed.command("history", "search", "--type", "NONSENSE").returncode, 2)
        self.assertEqual(self.sinkfeed.command("why", "no such..name").returncode, 2)
        for command in ([], ["serve"], ["check"], ["query"], ["why"], ["status"], ["ips", "list"], ["feed", "show"], ["feed", "list"],
                        ["feed", "formats"], ["history", "search"]):
            out = self.sinkfeed.command(*command, "--help")
            self.assertEqual(out.returncode, 0, command)
            self.assertLessEqual(len(out.stdout.splitlines()), 40, f"{command}: fits a screen")

    def test_query_says_what_a_client_is_told_and_why(self):
        out = self.sinkfeed.command("query", "talk.google.com")
        self.assertIn("blocked: google-talk: suffix talk.google.com (core)", out.stdout)
        self.assertIn("192.0.2.1", out.stdout)
        found = json.loads(self.sinkfeed.command("query", "www.google.com", "--json").stdout)
        self.assertEqual(found["rcode"], "NOERROR")


class Clients(LabTest):
    def test_clients_outside_the_allowed_networks_are_refused(self):
        sinkfeed = self.daemon(dns__allow=["10.0.0.0/8"])
        out = sinkfeed.dig("www.google.com")
        self.assertIn("status: REFUSED", out)
        self.assertIn("EDE: 18", out)
        self.assertEqual(sinkfeed.history("--verdict", "refuse")[0]["rcode"], "REFUSED")

    def test_each_block_mode(self):
        for mode, status, answer in (("null_ip", "NOERROR", ["0.0.0.0"]), ("nxdomain", "NXDOMAIN", []), ("nodata", "NOERROR", []), ("refused", "REFUSED", [])):
            sinkfeed = self.daemon(block__mode=mode)
            self.assertIn(f"status: {status}", sinkfeed.dig("talk.google.com"), mode)
            self.assertEqual(sinkfeed.short("talk.google.com"), answer, mode)
            sinkfeed.stop()


class Feed(LabTest):
    def test_addresses_are_in_the_feed_soon_after_the_question(self):
        sinkfeed = self.daemon()
        self.assertLessEqual(set(KNOWN), set(sinkfeed.feed()), "the known ones from the start")
        sinkfeed.dig("talk.google.com")
        wait_for(lambda: {"74.125.140.125", "74.125.141.125", "2a00:1450:400c:c06::7d"} <= set(sinkfeed.feed()), 5, "the real addresses in the feed")
        feed = wait_for(lambda: {"74.125.143.125", "74.125.144.125"} <= set(sinkfeed.feed()) and sinkfeed.feed(), 5, "those behind SRV")
        for never in ("74.125.10.17", "74.125.10.188", "10.1.2.3", "127.0.0.1", "192.0.2.1", "74.125.10.100"):
            self.assertNotIn(never, feed)
        v4, v6 = sinkfeed.feed("?family=4"), sinkfeed.feed("?family=6")
        self.assertEqual(v4 + v6, feed)
        self.assertEqual(v4, sorted(v4, key=lambda text: [int(part) for part in text.split(".")]))

    def test_addresses_of_never_listed_names_are_held_with_the_reason(self):
        sinkfeed = self.daemon()
        entry = wait_for(lambda: [e for e in json.loads(sinkfeed.command("ips", "list", "--state", "held", "--json").stdout)["entries"] if e["address"] == "74.125.10.17"], 8, "the held address")
        self.assertIn("mail.google.com", entry[0]["reason"])
        why = sinkfeed.command("why", "74.125.10.17").stdout
        self.assertIn("is kept out of the feed google-talk", why)
        self.assertIn("must never be blocked", why)

    def test_conditional_requests_and_head(self):
        sinkfeed = self.daemon()
        wait_for(lambda: "74.125.140.125" in sinkfeed.feed(), 8)
        sinkfeed.wait_for_a_quiet_feed()
        status, headers, body = sinkfeed.get("/feed/google-talk.txt")
        self.assertEqual(int(headers["Content-Length"]), len(body))
        self.assertEqual(sinkfeed.get("/feed/google-talk.txt", {"If-None-Match": headers["ETag"]})[0], 304)
        self.assertEqual(sinkfeed.get("/feed/google-talk.txt", {"If-None-Match": '"other"'})[0], 200)
        self.assertEqual(sinkfeed.get("/feed/google-talk.txt", {"If-Modified-Since": headers["Last-Modified"]})[0], 304)
        head = sinkfeed.get("/feed/google-talk.txt", method="HEAD")
        self.assertEqual((head[0], head[2]), (200, ""))
        for name in ("ETag", "Content-Length", "Content-Type", "Last-Modified", "X-Sinkfeed-Generation"):
            self.assertEqual(head[1][name], headers[name])
        curl = run("curl", "-fsS", f"http://127.0.0.1:{sinkfeed.http_port}/feed/google-talk.txt")
        self.assertEqual(curl.stdout, body)

    def test_json_has_evidence_and_ports(self):
        sinkfeed = self.daemon()
        wait_for(lambda: "74.125.140.125" in sinkfeed.feed(), 8)
        document = json.loads(sinkfeed.get("/feed/google-talk.json")[2])
        self.assertEqual(document["ports"], [80, 443, 5222, 5223])
        entry = next(e for e in document["entries"] if e["address"] == "74.125.140.125")
        self.assertIn("talk.google.com", [e["name"] for e in entry["evidence"]] + [e["target"] for e in entry["evidence"]])
        self.assertEqual(entry["evidence"][0]["vantage_detail"], f"127.0.0.1:{self.lab.upstream_port}")
        known = next(e for e in document["entries"] if e["address"] == KNOWN[0])
        self.assertEqual(known["evidence"][0]["vantage"], "known")

    def test_errors_hold_nothing_that_a_firewall_would_take_for_an_address(self):
        sinkfeed = self.daemon()
        for path, status in (("/feed/nothing.txt", 404), ("/feed/google-talk.exe", 404), ("/feed/google-talk.txt?family=5", 400), ("/feed/../etc/passwd", 404), ("/nothing", 404)):
            found, _, body = sinkfeed.get(path)
            self.assertEqual(found, status, path)
            self.assertTrue(body.startswith("#") and body.count("\n") == 1 and not re.search(r"\d+\.\d+", body), body)
        self.assertEqual(sinkfeed.get("/feed/google-talk.txt", method="POST")[0], 405)
        self.assertEqual(sinkfeed.get("/healthz")[2], "ok\n")

    def test_media_is_off_until_switched_on(self):
        off = self.daemon()
        self.assertNotEqual(off.short("relay.l.google.com"), ["192.0.2.1"])
        off.stop()
        on = self.daemon(block__tiers=["core", "web", "media"])
        self.assertEqual(on.short("relay.l.google.com"), ["192.0.2.1"])


class History(LabTest):
    def test_every_query_is_found_again_with_the_daemon_running_and_stopped(self):
        sinkfeed = self.daemon()
        sinkfeed.dig("talk.google.com")
        sinkfeed.dig("www.office.example", "A", "+tcp")
        for running in (True, False):
            record = sinkfeed.history("--client", "127.0.0.0/8", "--name", "talk.google.com", "--verdict", "sinkhole", "--since", "1h")[0]
            self.assertEqual((record["name"], record["type"], record["answers"], record["transport"]), ("talk.google.com", "A", ["192.0.2.1"], "udp"))
            self.assertEqual(sinkfeed.history("--name", "*.office.example")[0]["transport"], "tcp")
            self.assertEqual(sinkfeed.history("--answer", "198.41.0.10")[0]["name"], "www.office.example")
            self.assertEqual(sinkfeed.history("--until", "1h"), [])
            self.assertEqual(sinkfeed.command("history", "search", "--count").stdout.strip(), "2")
            self.assertIn("talk.google.com", sinkfeed.command("history", "search").stdout)
            if running:
                self.assertIn("is running well", sinkfeed.command("status").stdout)
                self.assertEqual(sinkfeed.stop(), 0)
        self.assertIn("is not running", sinkfeed.command("status").stdout)
        self.assertIn("216.239.37.125", sinkfeed.command("feed", "show", "google-talk").stdout)


class Upstream(LabTest):
    def test_without_upstream_the_cache_goes_on_and_the_rest_fails_quickly(self):
        sinkfeed = self.daemon()
        sinkfeed.dig("www.google.com")
        self.lab.unbound.stop()
        self.lab.processes.remove(self.lab.unbound)
        self.assertEqual(sinkfeed.short("www.google.com"), ["74.125.10.100"])
        self.assertEqual(sinkfeed.short("talk.google.com"), ["192.0.2.1"])
        out = sinkfeed.dig("fresh.google.com", "A", "+time=4", "+tries=1")
        self.assertIn("status: SERVFAIL", out)
        self.assertRegex(out, "EDE: 2[23]")
        wait_for(lambda: "upstream" in sinkfeed.get("/readyz")[2], 20, "/readyz names the upstream")


if __name__ == "__main__":
    unittest.main()
