"""What is safe to block: addresses that others need leave the feed, protected names keep theirs out, and what people decide holds."""

import json
import time
import unittest

from lab import LabTest, wait_for

SHARED = "74.125.141.125"  # of talk.l.google.com, and of docs.google.com
OWN = "74.125.140.125"
STRANGER = "198.41.0.77"  # of nobody


class Sharing(LabTest):
    def test_an_address_that_another_name_needs_leaves_the_feed_and_stays_out(self):
        sinkfeed = self.daemon()
        sinkfeed.dig("talk.google.com")
        wait_for(lambda: SHARED in sinkfeed.feed(), what="the address in the feed")
        asked = time.monotonic()
        self.assertEqual(sinkfeed.short("docs.google.com"), [SHARED])
        wait_for(lambda: SHARED not in sinkfeed.feed(), what="the shared address out of the feed")
        print(f"out of the feed {time.monotonic() - asked:.2f} s after the client's question")
        self.assertIn(OWN, sinkfeed.feed())
        self.assertRegex(sinkfeed.process.text(), rf"generation \d+: {SHARED} left the feed google-talk: docs\.google\.com needs it too")

        sinkfeed.dig("docs.google.com", "A", "-b", "127.0.0.2")
        sinkfeed.dig("docs.google.com", "A", "-b", "127.0.0.2")
        listed = wait_for(lambda: (out := sinkfeed.command("ips", "list", "--sharing", "shared").stdout) and "2 clients, 3 queries" in out and out,
                          what="who needs it")
        self.assertIn("docs.google.com (2 clients, 3 queries)", listed)
        why = sinkfeed.command("why", SHARED).stdout
        self.assertIn(f"{SHARED} is kept out of the feed google-talk: docs.google.com needs it too.", why)
        self.assertRegex(why, r"docs\.google\.com +3 queries of 2 clients")
        self.assertRegex(why, r"generation \d+ .* left google-talk +docs\.google\.com needs it too")
        self.assertRegex(why, r"Who asked for its names\n +127\.0\.0\.1 +once")

        self.assertEqual(sinkfeed.stop(), 0)
        sinkfeed.start()
        self.assertNotIn(SHARED, sinkfeed.feed())
        self.assertIn("docs.google.com (2 clients, 3 queries)", sinkfeed.command("ips", "list", "--sharing", "shared").stdout)

    def test_a_name_that_came_first_keeps_the_address_out_from_the_beginning(self):
        sinkfeed = self.daemon()
        sinkfeed.dig("docs.google.com")
        sinkfeed.wait_for_a_quiet_feed()
        sinkfeed.dig("talk.google.com")
        wait_for(lambda: OWN in sinkfeed.feed(), what="the other address in the feed")
        self.assertNotIn(SHARED, sinkfeed.feed())
        generations = json.loads(sinkfeed.get("/api/v1/generations?limit=100")[2])["generations"]
        self.assertNotIn(SHARED, [change["address"] for generation in generations for change in generation["changes"] if change["list"] == "published"])

    def test_thresholds_say_how_many_must_need_it(self):
        sinkfeed = self.daemon(ledger__shared_clients=2)
        sinkfeed.dig("talk.google.com")
        wait_for(lambda: SHARED in sinkfeed.feed(), what="the address in the feed")
        sinkfeed.dig("docs.google.com")
        wait_for(lambda: "docs.google.com" in sinkfeed.command("ips", "list").stdout, what="who needs it")
        self.assertIn(SHARED, sinkfeed.feed())
        plan = sinkfeed.command("feed", "plan", "google-talk").stdout
        self.assertIn("would have cut 1 name that 1 client asked for once", plan)
        self.assertRegex(plan, r"docs\.google\.com +1 +1 ")
        sinkfeed.dig("docs.google.com", "A", "-b", "127.0.0.3")
        wait_for(lambda: SHARED not in sinkfeed.feed(), what="the shared address out of the feed")
        self.assertIn("nobody would have noticed", sinkfeed.command("feed", "plan", "google-talk").stdout)
        self.assertIn("2 clients asked for 2 times", sinkfeed.command("feed", "plan", "google-talk", "--shared").stdout)

    def test_a_protected_name_needs_no_client(self):
        sinkfeed = self.daemon(feed__protect=["docs.google.com", "alt1.xmpp.l.google.com"])
        sinkfeed.dig("talk.google.com")
        wait_for(lambda: OWN in sinkfeed.feed(), what="the other address in the feed")
        self.assertNotIn(SHARED, sinkfeed.feed())
        self.assertIn("docs.google.com (never: feed.protect) resolves to it too", sinkfeed.command("why", SHARED).stdout)
        # A target that is protected is no target.
        self.assertEqual(sinkfeed.short("alt1.xmpp.l.google.com"), ["74.125.144.125"])
        refused = sinkfeed.command("ips", "release", SHARED, "--reason", "I insist")
        self.assertEqual(refused.returncode, 0)
        self.assertIn(f"{SHARED} is not in the feed google-talk: docs.google.com (never: feed.protect)", refused.stdout)


class ByHand(LabTest):
    def test_hold_release_allow_forget_and_undo(self):
        sinkfeed = self.daemon()
        sinkfeed.dig("talk.google.com")
        wait_for(lambda: OWN in sinkfeed.feed(), what="the address in the feed")

        def decide(*arguments):
            done = sinkfeed.command("ips", *arguments)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout

        self.assertIn(f"{OWN} is not in the feed google-talk: held by root", decide("hold", OWN, "--reason", "a call from sales"))
        self.assertNotIn(OWN, sinkfeed.feed(), "when the command returns")
        self.assertIn(f"{OWN} is in the feed google-talk.", decide("undo", OWN, "--reason", "it was not it"))
        self.assertIn(OWN, sinkfeed.feed())
        self.assertIn("Undone by itself at", decide("allow", OWN, "--for", "2s", "--reason", "for a test"))
        self.assertNotIn(OWN, sinkfeed.feed())
        wait_for(lambda: OWN in sinkfeed.feed(), what="the end of the two seconds")
        sinkfeed.dig("docs.google.com")
        wait_for(lambda: SHARED not in sinkfeed.feed(), what="the shared address out of the feed")
        decide("release", SHARED, "--reason", "docs can go")
        self.assertIn(SHARED, sinkfeed.feed())
        decide("forget", SHARED, "--for", "1h", "--reason", "begin anew")
        self.assertEqual(json.loads(sinkfeed.command("why", SHARED, "--json").stdout)["entries"], [])

        log = sinkfeed.command("ips", "log").stdout
        for line in (rf"forget +{SHARED} .*begin anew", rf"release +{SHARED} .*docs can go", rf"allow ended +{OWN} +google-talk +sinkfeed",
                     rf"undo +{OWN} .*it was not it", rf"hold +{OWN} +google-talk +root"):
            self.assertRegex(log, line)
        self.assertRegex(sinkfeed.command("why", OWN).stdout, r"What people decided\n +allow ended")
        self.assertEqual(sinkfeed.stop(), 0)
        sinkfeed.start()
        time.sleep(3)
        self.assertNotIn(SHARED, sinkfeed.feed(), "forgotten for an hour, restart or not")
        self.assertEqual(sinkfeed.command("ips", "log").stdout, log)

    def test_what_is_wrong_with_a_call_is_said(self):
        sinkfeed = self.daemon()
        for arguments, status, what in (
            (("hold", OWN), 2, "--reason is required"),
            (("hold", "nonsense", "--reason", "x"), 2, "nonsense"),
            (("hold", OWN, "--for", "yesterday", "--reason", "x"), 2, "yesterday"),
            (("release", STRANGER, "--reason", "x"), 1, "not in the ledger"),
            (("undo", STRANGER, "--reason", "x"), 1, "nobody has decided"),
            (("list", "--state", "gone"), 2, "published, held, allowed, expired"),
        ):
            done = sinkfeed.command("ips", *arguments)
            self.assertEqual(done.returncode, status, (arguments, done.stderr))
            self.assertIn(what, done.stderr)

    def test_more_new_addresses_than_the_limit_wait_for_a_person(self):
        sinkfeed = self.daemon(ledger__max_new_per_hour=1)
        sinkfeed.dig("talk.google.com")
        held = wait_for(lambda: (out := sinkfeed.command("ips", "list", "--state", "held", "--family", "4").stdout) and "max_new_per_hour" in out and out,
                        what="a held address")
        address = next(line.split()[0] for line in held.splitlines() if "max_new_per_hour" in line)
        self.assertNotIn(address, sinkfeed.feed())
        self.assertEqual(sinkfeed.command("ips", "release", address, "--reason", "it is theirs").returncode, 0)
        self.assertIn(address, sinkfeed.feed())


if __name__ == "__main__":
    unittest.main()
