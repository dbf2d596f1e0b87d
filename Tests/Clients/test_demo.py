"""`make demo`'s program, with the executable under test."""

import os
import re
import subprocess
import sys

from conftest import ROOT, binary, plain_environment

DEMO = ROOT / "Templates/demo/demo.py"


def demo(tmp_path, executable):
    environment = {**plain_environment(), "HOMEROOM_BINARY": str(executable), "TMPDIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, "-B", str(DEMO)], capture_output=True, text=True, timeout=180, env=environment)


def figure(name, text):
    return re.search(rf"^\s+{re.escape(name)}\s+(\S+)", text, re.MULTILINE)[1].replace(",", "")


def test_the_demo_does_the_main_job_and_cleans_up(tmp_path):
    done = demo(tmp_path, binary())
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert figure("failed requests", done.stdout) == "0"
    assert int(figure("requests that the application made meanwhile", done.stdout)) > 0
    acknowledged = figure("acknowledged writes", done.stdout)
    assert int(acknowledged) > 0
    assert figure("acknowledged writes read back at the new place", done.stdout) == acknowledged
    for verified in ["items verified before the switch", "items verified after it"]:
        assert int(figure(verified, done.stdout)) >= int(figure("items copied", done.stdout)) > 0
    assert float(figure("write pause at the switch, from the receipt", done.stdout)) > 0
    assert "20 onboarded" in done.stdout and "AccessDeniedException" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    assert "admin-" not in done.stdout and "hk_" not in done.stdout, "a key was printed"
    assert os.listdir(tmp_path) == [], "something was left behind"


def test_a_demo_that_fails_says_so(tmp_path):
    broken = tmp_path / "homeroom"
    broken.write_text("#!/bin/sh\necho 'no disk' >&2\nexit 1\n")
    broken.chmod(0o700)
    done = demo(tmp_path, broken)
    assert done.returncode == 1
    assert "demo: failed: the server did not start\nno disk" in done.stderr
    assert os.listdir(tmp_path) == ["homeroom"]
    missing = demo(tmp_path, tmp_path / "nothing")
    assert missing.returncode == 1 and "`make demo` builds it" in missing.stderr
