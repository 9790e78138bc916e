"""What others probe a server with: ISC's EDNS compliance tests, zone transfers, other classes; and from which address answers leave."""

import re
import subprocess
import unittest

from lab import Daemon, Lab, LabTest, run


class Probes(LabTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port).start()

    def probe(self, *options, opt=True, status="NOERROR", answers=1):
        """Asks for google.com's SOA; what must hold of every answer is checked here."""
        out = self.sinkfeed.dig("google.com", "SOA", "+nocookie", "+noednsnegotiation", *options)
        self.assertIn(f"status: {status}", out, options)
        self.assertIn(f"ANSWER: {answers},", out, options)
        flags = re.search(r";; flags: ([^;]*);", out)[1].split()
        self.assertIn("qr", flags)
        self.assertIn("ra", flags)
        self.assertFalse({"aa", "ad", "tc"} & set(flags), flags)
        self.assertNotIn("MBZ", out, options)
        edns = re.search(r"; EDNS: version: (\d+), flags:([^;]*); udp: (\d+)", out)
        if not opt:
            self.assertIsNone(edns, options)
            return flags, ""
        self.assertEqual((edns[1], edns[3]), ("0", "1232"), options)
        self.assertNotIn("COOKIE", out)
        self.assertNotIn("OPT=", out, "an option that we do not know is not sent back")
        return flags, edns[2].strip()

    def test_rfc6891_7_without_and_with_edns(self):
        self.probe("+noedns", opt=False)
        self.assertEqual(self.probe("+edns=0")[1], "")

    def test_rfc6891_6_1_3_a_version_above_0(self):
        self.probe("+edns=1", status="BADVERS", answers=0)
        self.probe("+edns=1", "+ednsopt=100", status="BADVERS", answers=0)
        self.probe("+edns=100", status="BADVERS", answers=0)

    def test_rfc6891_6_1_2_an_unknown_option(self):
        self.probe("+ednsopt=100")
        self.probe("+ednsopt=100:0123456789")
        self.probe("+cookie", "+nsid", "+padding=64", "+subnet=192.0.2.0/24")

    def test_rfc6891_6_1_4_unknown_flags_are_cleared(self):
        self.assertEqual(self.probe("+ednsflags=0x80")[1], "")
        self.assertEqual(self.probe("+ednsflags=0x7fff")[1], "")

    def test_rfc3225_3_do_is_copied(self):
        self.assertEqual(self.probe("+dnssec")[1], "do")
        self.assertEqual(self.probe("+bufsize=512", "+dnssec")[1], "do")

    def test_rfc7766_5_over_tcp(self):
        self.probe("+tcp")
        self.probe("+tcp", "+dnssec")
        self.probe("+tcp", "+edns=1", status="BADVERS", answers=0)

    def test_rfc1035_4_1_1_flags_and_opcodes(self):
        self.assertIn("rd", self.probe("+rec")[0])
        self.assertNotIn("rd", self.probe("+norec")[0])
        self.assertIn("cd", self.probe("+cd")[0])
        self.probe("+zflag")
        self.probe("+aaflag")
        for opcode in ("15", "3", "NOTIFY", "UPDATE"):
            out = self.sinkfeed.dig("google.com", "SOA", f"+opcode={opcode}")
            self.assertIn("status: NOTIMP", out, opcode)
            self.assertRegex(out, f"opcode: (RESERVED)?{opcode}," if opcode != "NOTIFY" else "opcode: NOTIFY,")

    def test_rfc5936_2_2_1_zone_transfers_are_refused(self):
        for kind in ("AXFR", "IXFR=1"):
            out = run("kdig", "@127.0.0.1", "-p", self.sinkfeed.port, "google.com", kind)
            self.assertIn("REFUSED", out.stdout + out.stderr, kind)
            self.assertIn("Transfer failed", self.sinkfeed.dig("google.com", kind), kind)

    def test_rfc1035_3_2_4_other_classes_are_refused(self):
        for klass in ("CH", "HS", "ANY", "CLASS254", "CLASS4711"):
            for name in ("version.bind", "talk.google.com"):
                self.assertIn("status: REFUSED", self.sinkfeed.dig(name, "TXT", "-c", klass), klass)

    def test_rfc8482_4_any(self):
        for transport in ("+notcp", "+tcp"):
            self.assertIn("RFC8482", self.sinkfeed.dig("www.google.com", "ANY", transport))


class Wildcards(unittest.TestCase):
    """A machine with several addresses of both families, and a server that listens on all of them by a wildcard."""

    NAME = "sft-wildcard"
    ADDRESSES = ("127.0.0.3", "10.99.9.1", "10.99.9.2", "::1", "fd99:9::1", "fd99:9::2")

    @classmethod
    def setUpClass(cls):
        subprocess.run(["ip", "netns", "del", cls.NAME], capture_output=True, check=False)
        run("ip", "netns", "add", cls.NAME, check=True)
        cls.addClassCleanup(lambda: run("ip", "netns", "del", cls.NAME))
        run("ip", "-n", cls.NAME, "link", "set", "lo", "up", check=True)
        for address in cls.ADDRESSES[1:3] + cls.ADDRESSES[4:]:
            run("ip", "-n", cls.NAME, "address", "add", address, "dev", "lo", check=True)
        cls.lab = Lab(("ip", "netns", "exec", cls.NAME))
        cls.addClassCleanup(cls.lab.close)
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port, listen="0.0.0.0", listen_also=["[::]"]).start()

    def test_rfc2181_4_1_answers_leave_from_the_address_that_was_asked(self):
        for number, server in enumerate(self.ADDRESSES):
            late = f"late{number}.office.example"
            # dig takes an answer from no other address.
            for name, status in (("talk.google.com", "NOERROR"), (late, "NXDOMAIN"), (late, "NXDOMAIN")):
                out = self.sinkfeed.dig(name, "A", "+tries=1", "+time=3", server=server)
                self.assertIn(f"status: {status}", out, (server, name))
            origins = [record["origin"] for record in self.sinkfeed.history("--name", late)]
            self.assertEqual(origins, ["cache", "upstream"], server)


if __name__ == "__main__":
    unittest.main()
