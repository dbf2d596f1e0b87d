"""A server whose clocks a test sets while it runs: the wall clock by libfaketime (Debian's `faketime`), the steady one by a library
made here, since timers do not go off under libfaketime's."""

import glob
import shutil
import struct
import subprocess

import pytest
from wire import Session

HOUR = 3600


class FakeClock:
    """What stands in `file` is added to the wall clock of a server that it starts, from the next look at it. The steady clock, which
    nobody can set on a real machine either, goes on as it is."""

    def __init__(self, folder):
        libraries = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not libraries:
            pytest.skip("needs libfaketime (the package faketime)")
        self.file = folder / "clock"
        self.set(0)
        self.environment = {
            "LD_PRELOAD": libraries[0], "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def start(self, server, *options):
        """Starts the server under this clock."""
        # libfaketime sets a variable, which moves the environment away from where Swift looks for the arguments behind it: so it is
        # loaded by `env` first, which becomes the server with that variable set.
        server.launcher = ["env"]
        server.start(*options, environment=self.environment)

    def set(self, seconds):
        """So many seconds ahead of this process's clock, or behind it."""
        new = self.file.with_suffix(".new")
        new.write_text(f"{seconds:+d}\n")
        new.rename(self.file)
        self.seconds = seconds


class ClientOf(Session):
    """A session of a client whose clock agrees with the server's, or is off by `ahead_seconds`."""

    def __init__(self, server, clock, tenant, school, ahead_seconds=0):
        self.clock, self.ahead_seconds = clock, ahead_seconds
        super().__init__(server, tenant, school)

    @property
    def skew_seconds(self):
        return self.clock.seconds + self.ahead_seconds


LATER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

static volatile long *ahead;

__attribute__((constructor)) static void begin(void) {
    ahead = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, open(getenv("LATER"), O_RDONLY), 0);
    if (ahead == MAP_FAILED) abort();
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(clock, now);
    int steady = clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE;
    if (code == 0 && steady && ahead) now->tv_sec += *ahead;
    return code;
}
"""


class SteadyClock:
    """What the steady clock shows to a server that it starts: as much later as is `set`. Timers that were set before go off in their
    real time; those after it, so much later."""

    def __init__(self, folder):
        compiler = shutil.which("cc") or shutil.which("clang")
        if not compiler:
            pytest.skip("needs a C compiler")
        self.file, source, library = folder / "later", folder / "later.c", folder / "later.so"
        self.file.write_bytes(bytes(8))
        source.write_text(LATER)
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "LATER": str(self.file)}

    def set(self, seconds):
        with open(self.file, "r+b") as file:
            file.write(struct.pack("=q", seconds))

    def start(self, server, *options):
        """Starts the server under this clock."""
        server.start(*options, environment=self.environment)
