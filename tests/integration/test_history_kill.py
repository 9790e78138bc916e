"""Whatever ends the daemon while it is asked, every answer that a client got is found in the history afterwards, once.

    test_history_kill.py --times 200      ends it so often; the suite does it a dozen times"""

import random
import signal
import sys
import time
import unittest

from history_load import SEED, HistoryTest, Load
from lab import wait_for
from test_faults import ask

TIMES = 12


class Kill(HistoryTest):
    def test_kill_9_again_and_again_loses_no_answer_and_doubles_none(self):
        chance = random.Random(SEED)
        sinkfeed = self.daemon(dns__workers=2, dns__rate_limit=0)
        total = 0
        for number in range(TIMES):
            tag = f"round{number}x"
            sinkfeed.start(ready=False)
            wait_for(lambda: ask(sinkfeed.port, "localhost", timeout=0.2), what="the daemon: " + sinkfeed.process.text()[-500:])
            load = Load(sinkfeed.port, tag)
            load.ask_for(chance.uniform(0.05, 0.6))
            if number % 3 == 1:
                # Ends by itself, which writes a block, and is killed at some moment of that.
                sinkfeed.process.child.send_signal(signal.SIGTERM)
                time.sleep(chance.uniform(0, 0.08))
            sinkfeed.stop(signal.SIGKILL)
            answered = load.finish()
            self.assertGreater(len(answered), 20)
            total += len(answered)
            if number % 4 != 3:  # the next start finds two rounds in the rings now and then
                self.check(sinkfeed, answered, tag)
            if number % 5 == 2:
                sinkfeed.start()
                self.check(sinkfeed, answered, tag)
                sinkfeed.stop(signal.SIGKILL)
            if TIMES > 50 and number % 10 == 9:
                print(f"{number + 1} of {TIMES}: {total} answers", file=sys.stderr, flush=True)
            last, last_tag = answered, tag
        sinkfeed.start()
        self.check(sinkfeed, last, last_tag)
        self.assertEqual(sinkfeed.stop(), 0)
        self.check(sinkfeed, last, last_tag)
        count = int(sinkfeed.command("history", "search", "--count", "--name", "*.round*").stdout)
        self.assertGreaterEqual(count, total)


if __name__ == "__main__":
    if "--times" in sys.argv:
        at = sys.argv.index("--times")
        TIMES = int(sys.argv[at + 1])
        del sys.argv[at:at + 2]
    unittest.main()
