"""Who fetches the feeds, with real clients and over a restart; and the feed beside what nftables and ipset themselves list of it."""

import json
import unittest

from lab import Daemon, Lab, run, wait_for

INSIDE = "sft-subscriber"


def inside(*command, **options):
    return run("ip", "netns", "exec", INSIDE, *command, **options)


class Subscribers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab()
        cls.addClassCleanup(cls.take_down)
        cls.lab.start_nsd()
        cls.lab.start_unbound()
        run("ip", "netns", "del", INSIDE)
        if run("ip", "netns", "add", INSIDE).returncode:
            raise unittest.SkipTest("no network namespaces here")
        cls.sinkfeed = Daemon(cls.lab, cls.lab.upstream_port).start()
        cls.sinkfeed.dig("talk.google.com")
        cls.sinkfeed.wait_for_a_quiet_feed()

    @classmethod
    def take_down(cls):
        cls.lab.close()
        run("ip", "netns", "del", INSIDE)

    def fetch(self, target, *options):
        done = run("curl", "-fsS", *options, f"http://127.0.0.1:{self.sinkfeed.http_port}/feed/{target}")
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def subscriber(self, feed, agent):
        listed = self.sinkfeed.command("subscribers", "--json")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        return next((one for one in json.loads(listed.stdout)["subscribers"] if one["feed"] == feed and one["user_agent"].startswith(agent)), None)

    def compare(self, text, *options):
        """Exit status, answer, what was said beside it."""
        file = self.lab.folder / "listing.txt"
        file.write_text(text)
        done = self.sinkfeed.command("feed", "compare", file, "--json", *options)
        return done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr

    def test_curl_is_a_subscriber_that_holds_what_it_has_and_is_still_one_after_a_restart(self):
        tag, file = self.lab.folder / "tag", self.lab.folder / "list.squid"
        for _ in range(2):
            self.fetch("google-talk.squid", "-o", file, "--etag-save", tag, "--etag-compare", tag)
        one = self.subscriber("google-talk.squid", "curl/")
        self.assertEqual((one["address"], one["ok"], one["not_modified"], one["behind"]), ("127.0.0.1", 1, 1, False))
        self.assertEqual(one["bytes"], file.stat().st_size)
        self.assertGreater(one["holds"], 0)
        self.sinkfeed.stop()
        offline = self.subscriber("google-talk.squid", "curl/")
        self.assertEqual(offline["holds"], one["holds"], "it is in the store")
        self.sinkfeed.start()
        self.assertEqual(self.subscriber("google-talk.squid", "curl/")["ok"], 1)
        self.assertIn("google-talk.squid", self.sinkfeed.command("subscribers").stdout)
        # The daemon looks every five seconds what the feeds hold.
        self.assertEqual(self.sinkfeed.command("ips", "hold", "216.239.37.125", "--reason", "a test").returncode, 0)
        try:
            behind = wait_for(lambda: (found := self.subscriber("google-talk.squid", "curl/"))["behind"] and found, 25, "that it is behind")
            self.assertEqual(behind["holds"], one["holds"])
            self.assertGreater(behind["behind_generations"], 0)
            self.fetch("google-talk.squid", "-o", file, "--etag-save", tag, "--etag-compare", tag)
            self.assertFalse(self.subscriber("google-talk.squid", "curl/")["behind"])
        finally:
            self.sinkfeed.command("ips", "undo", "216.239.37.125", "--reason", "a test")
        self.assertEqual(self.sinkfeed.command("subscribers", "forget", "127.0.0.1", "--feed", "google-talk.squid").returncode, 0)
        self.assertIsNone(self.subscriber("google-talk.squid", "curl/"))

    def check_listing(self, list_it, add, remove, name):
        """What the program lists is what the feed holds, until it is changed behind our back."""
        status, found, said = self.compare(list_it())
        self.assertEqual((status, found and found["same"]), (0, True), said + str(found))
        self.assertEqual(found["format"], name)
        add("198.51.100.9"), add("198.51.100.8")
        remove("216.239.37.125")
        status, found, said = self.compare(list_it())
        self.assertEqual((status, found["missing"], found["extra"]), (1, ["216.239.37.125"], ["198.51.100.8/31"]), said)

    def test_what_nftables_lists_is_the_feed(self):
        rules = self.lab.folder / "feed.nft"
        self.fetch("google-talk.nft", "-o", rules)
        self.assertEqual(inside("nft", "-f", rules).returncode, 0)
        inside("nft", "add table ip mine; add set ip mine other { type ipv4_addr; elements = { 192.0.2.9 } }")

        def change(what):
            return lambda address: self.assertEqual(inside("nft", f"{what} element inet sinkfeed v4_google_talk {{ {address} }}").returncode, 0)

        self.check_listing(lambda: inside("nft", "list", "ruleset").stdout, change("add"), change("delete"), "nft")
        status, found, _ = self.compare(inside("nft", "-j", "list", "ruleset").stdout)
        self.assertEqual((status, found["format"], found["missing"]), (1, "nft-json", ["216.239.37.125"]))
        status, found, said = self.compare(inside("nft", "list", "set", "inet", "sinkfeed", "v6_google_talk").stdout)
        self.assertEqual((status, found["family"]), (0, "6"), said)

    def test_what_ipset_lists_is_the_feed(self):
        sets = self.lab.folder / "feed.ipset"
        self.fetch("google-talk.ipset", "-o", sets)
        self.assertEqual(inside("ipset", "restore", "-file", sets).returncode, 0)
        inside("ipset", "create", "other", "hash:ip")

        def change(what):
            return lambda address: self.assertEqual(inside("ipset", what, "sf4-google-talk", address).returncode, 0)

        self.check_listing(lambda: inside("ipset", "save").stdout, change("add"), change("del"), "ipset")
        self.assertEqual(self.compare(inside("ipset", "list").stdout)[1]["missing"], ["216.239.37.125"])

    def test_a_firewall_that_has_not_taken_up_the_last_change_is_found_out(self):
        older = self.fetch("google-talk.txt")
        generation = self.sinkfeed.generation()
        self.assertEqual(self.sinkfeed.command("ips", "hold", "216.239.37.125", "--reason", "a test").returncode, 0)
        try:
            status, found, _ = self.compare(older)
            self.assertEqual((status, found["extra"], found["missing"]), (1, ["216.239.37.125"], []))
            self.assertGreaterEqual(found["older"]["generation"], generation)
            self.assertLess(found["older"]["generation"], found["generation"])
        finally:
            self.sinkfeed.command("ips", "undo", "216.239.37.125", "--reason", "a test")

    def test_what_is_no_listing_is_said_so(self):
        status, found, said = self.compare("<html><body>502 Bad Gateway</body></html>")
        self.assertEqual((status, found), (1, None))
        self.assertIn("listing.txt has nothing that a firewall prints of its addresses", said)
        self.assertEqual(said.count("\n"), 1)


if __name__ == "__main__":
    unittest.main()
