"""The history before a disk that is slow, and one that is full: DNS goes on, and what was answered is found, or counted as lost."""

import json
import os
import random
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from history_load import HistoryTest, Load
from lab import Daemon, wait_for
from test_faults import ask

# Every write to disk takes so long as the file says: a disk under other load.
SLOW_DISK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
static void be_slow(void) {
  int ms = 0;
  FILE* file = fopen(getenv("SLOW_DISK_FILE"), "r");
  if (file && fscanf(file, "%d", &ms) != 1) ms = 0;
  if (file) fclose(file);
  usleep(ms * 1000);
}
int fsync(int f) { be_slow(); return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(f); }
int fdatasync(int f) { be_slow(); return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(f); }
int sync_file_range(int f, off64_t o, off64_t n, unsigned w) {
  be_slow();
  return ((int (*)(int, off64_t, off64_t, unsigned))dlsym(RTLD_NEXT, "sync_file_range"))(f, o, n, w);
}
int msync(void* p, size_t n, int w) { be_slow(); return ((int (*)(void*, size_t, int))dlsym(RTLD_NEXT, "msync"))(p, n, w); }
"""


class SlowDisk(HistoryTest):
    """Before what brings data to disk comes a pause, as long as the test wants it."""

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="sinkfeed-slow-disk-"))
        self.addCleanup(subprocess.run, ["rm", "-rf", self.folder], check=False)
        library, self.pause = self.folder / "slow_disk.so", self.folder / "ms"
        (self.folder / "slow_disk.c").write_text(SLOW_DISK)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, self.folder / "slow_disk.c"], check=True)
        self.pause.write_text("0")
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        self.sinkfeed = self.daemon("env", f"SLOW_DISK_FILE={self.pause}", f"LD_PRELOAD={library}", f"ASAN_OPTIONS={options}",
                                    dns__rate_limit=0).start()
        self.addCleanup(lambda: self.sinkfeed.process in self.sinkfeed.lab.processes and self.sinkfeed.stop(signal.SIGKILL))

    def test_dns_does_not_wait_for_a_disk_that_takes_seconds(self):
        self.pause.write_text("3000")
        time.sleep(0.5)  # the rings are synced several times a second: now it hangs in one
        load = Load(self.sinkfeed.port, "slow")
        load.ask_for(1.5)
        self.assertGreater(len(load.answered), 1000, "several hundred times what a DNS that waits for the disk could")
        self.pause.write_text("0")
        self.sinkfeed.stop(signal.SIGKILL)
        self.check(self.sinkfeed, load.finish(), "slow")

    def test_killed_while_a_block_waits_for_the_disk(self):
        for number in range(3):
            load = Load(self.sinkfeed.port, f"block{number}x")
            load.ask_for(0.3)
            self.pause.write_text("1000")
            self.sinkfeed.process.child.send_signal(signal.SIGTERM)
            time.sleep((0.2, 1.2, 2.2)[number])  # in the middle of the first that is synced, the second, the third
            self.assertIsNone(self.sinkfeed.process.child.poll(), "it is not through yet")
            self.sinkfeed.stop(signal.SIGKILL)
            self.pause.write_text("0")
            answered = load.finish()
            self.check(self.sinkfeed, answered, f"block{number}x")
            self.sinkfeed.start()
            self.check(self.sinkfeed, answered, f"block{number}x")


class FullDisk(HistoryTest):
    def metric(self, daemon, name):
        return int(float(next(line for line in daemon.get("/metrics")[2].splitlines() if line.startswith(name + " ")).split()[1]))

    def test_what_has_no_room_is_counted_and_nothing_else_is_lost(self):
        lab, upstream = self.lab()
        disk = lab.folder / "disk"
        disk.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80m", "tmpfs", disk], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", str(disk)], check=False)
        sinkfeed = Daemon(lab, upstream.port, state=disk / "state", dns__workers=1, dns__rate_limit=0, sweep__min_interval="1h").start()
        self.addCleanup(lambda: sinkfeed.process in lab.processes and sinkfeed.stop(signal.SIGKILL))
        load = Load(sinkfeed.port, "before")
        load.ask_for(0.3)
        before = load.finish()
        self.assertEqual(self.metric(sinkfeed, "sinkfeed_querylog_dropped_total"), 0)
        with open(disk / "ballast", "wb", buffering=0) as ballast:
            try:
                while ballast.write(b"x" * 4096):
                    pass
            except OSError:
                pass
        names = lab.folder / "names.txt"
        # Long, and nothing that could be compressed, so that disk, memory and ring are soon full.
        letters = "abcdefghijklmnopqrstuvwxyz0123456789"
        chance = random.Random(1)
        names.write_text("".join(".".join("".join(chance.choices(letters, k=58)) for _ in range(3)) + ".full.localhost A\n" for _ in range(60000)))
        sent, answered = 0, 0

        def load_until_lost():
            nonlocal sent, answered
            done = subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", str(sinkfeed.port), "-d", names, "-n", "1", "-q", "200", "-S", "100"],
                                  capture_output=True, text=True, timeout=60)
            sent += int(done.stdout.split("Queries sent:")[1].split()[0])
            answered += int(done.stdout.split("Queries completed:")[1].split()[0])
            # What RocksDB had reserved for itself may take a block still.
            return self.metric(sinkfeed, "sinkfeed_querylog_dropped_total") > 1000 and "No space left on device" in sinkfeed.get("/readyz")[2]

        wait_for(load_until_lost, 120, "a full ring")
        self.assertIsNotNone(ask(sinkfeed.port, "localhost"), "DNS answers")
        sent += 1
        self.check(sinkfeed, before, "before")
        (disk / "ballast").unlink()
        wait_for(lambda: sinkfeed.get("/readyz")[0] == 200, 30, "all well again: " + sinkfeed.process.text()[-2000:])
        load = Load(sinkfeed.port, "after")
        load.ask_for(0.3)
        lost = self.metric(sinkfeed, "sinkfeed_querylog_dropped_total")
        sinkfeed.stop(signal.SIGKILL)
        after = load.finish()
        for _ in range(2):
            self.check(sinkfeed, before, "before")
            self.check(sinkfeed, after, "after")
            done = json.loads(sinkfeed.command("history", "search", "--count", "--json", "--name", "*.full.localhost").stdout)
            self.assertEqual(done["lost"], lost, "the gaps say how many")
            sinkfeed.start()
            self.assertEqual(sinkfeed.stop(), 0)
        kept = int(sinkfeed.command("history", "search", "--count", "--name", "*.full.localhost").stdout)
        self.assertGreaterEqual(kept + lost, answered)
        self.assertLessEqual(kept + lost, sent)


if __name__ == "__main__":
    unittest.main()
