"""Instructions that a process has carried out outside the kernel, by the processor's own counters."""

import ctypes
import os
import pathlib
import platform
import struct

# perf_event_open(2): its number by machine, and what it is asked for.
CALL = {"x86_64": 298, "aarch64": 241}
HARDWARE, INSTRUCTIONS, ATTRIBUTE_BYTES = 0, 1, 112
INHERIT, EXCLUDE_KERNEL, EXCLUDE_HYPERVISOR = 1 << 1, 1 << 5, 1 << 6


class Instructions:
    """Those of a process's threads, and of what these start. None where the machine does not let them be counted."""

    def __init__(self, identifier):
        self.files = []
        for thread in sorted(int(name.name) for name in pathlib.Path(f"/proc/{identifier}/task").iterdir()):
            self.files.append(self._open(thread))
        if None in self.files:
            self.close()

    @staticmethod
    def _open(thread):
        number = CALL.get(platform.machine())
        if number is None:
            return None
        flags = INHERIT | EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR
        # struct perf_event_attr: type, size, config, sample_period, sample_type, read_format, flags; the rest is 0.
        attribute = struct.pack("=IIQQQQQ", HARDWARE, ATTRIBUTE_BYTES, INSTRUCTIONS, 0, 0, 0, flags)
        buffer = ctypes.create_string_buffer(attribute.ljust(ATTRIBUTE_BYTES, b"\0"), ATTRIBUTE_BYTES)
        file = ctypes.CDLL(None, use_errno=True).syscall(
            ctypes.c_long(number), buffer, ctypes.c_int(thread), ctypes.c_int(-1), ctypes.c_int(-1), ctypes.c_ulong(0))
        return file if file >= 0 else None

    def read(self):
        """So many since this was made; None where they are not counted."""
        if not self.files:
            return None
        return sum(struct.unpack("=Q", os.read(file, 8))[0] for file in self.files)

    def close(self):
        for file in self.files:
            if file is not None:
                os.close(file)
        self.files = []
