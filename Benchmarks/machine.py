"""What the figures were measured on."""

import datetime
import os
import pathlib
import statistics
import subprocess
import tempfile
import time


def _read(path):
    try:
        return pathlib.Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _output(*words):
    try:
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor():
    for line in _read("/proc/cpuinfo").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return "unknown"


def _memory():
    for line in _read("/proc/meminfo").splitlines():
        if line.startswith("MemTotal"):
            return f"{int(line.split()[1]) / 1024 / 1024:.0f} GB"
    return "unknown"


def _disk(folder):
    """Device and file system, and what a synced write of 4 KB costs there: the floor under every commit."""
    kind = _output("findmnt", "-n", "-o", "SOURCE,FSTYPE", "--target", str(folder))
    handle, path = tempfile.mkstemp(dir=folder)
    times = []
    for _ in range(200):
        begun = time.perf_counter()
        os.write(handle, b"\0" * 4096)
        os.fdatasync(handle)
        times.append(time.perf_counter() - begun)
    os.close(handle)
    os.unlink(path)
    return f"{' '.join(kind.split()) or 'unknown'}; a synced write of 4 KB takes {statistics.median(times) * 1e3:.2f} ms"


def describe(folder, root):
    """Pairs of a name and a text."""
    commit = _output("git", "-C", str(root), "rev-parse", "--short=12", "HEAD") or "unknown"
    if _output("git", "-C", str(root), "status", "--porcelain", "--", "Sources", "Package.swift"):
        commit += ", with changes that are not committed"
    release = _output("sh", "-c", ". /etc/os-release; echo $PRETTY_NAME")
    libraries = [f"{name} {_output('pkg-config', '--modversion', module)}" for name, module in [
        ("libmicrohttpd", "libmicrohttpd"), ("SQLite", "sqlite3"), ("OpenSSL", "libcrypto")]]
    return [
        ("date", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")),
        ("commit", commit),
        ("processor", f"{_processor()}, {len(os.sched_getaffinity(0))} cores"),
        ("memory", _memory()),
        ("load before", f"{os.getloadavg()[0]:.1f}; what else runs here disturbs the figures, the ratios less"),
        ("system", f"{release}, Linux {os.uname().release}"),
        ("libraries", ", ".join(libraries)),
        ("disk", _disk(folder)),
    ]
