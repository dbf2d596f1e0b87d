"""`homeroom serve`: first start, options, the lock, the end."""

import ctypes
import json
import os
import platform
import re
import stat
import struct
import subprocess

import pytest
from conftest import binary, plain_environment


def mode(path):
    return stat.S_IMODE(os.stat(path).st_mode)


def test_first_start_makes_keys_that_only_the_owner_reads(server):
    assert mode(server.data) == 0o700
    for name in ["admin-key", "master-key", "lock", "address"]:
        assert mode(server.data / name) == 0o600, name
    assert mode(server.data / "stores") == 0o700
    for file in (server.data / "stores").iterdir():
        assert mode(file) == 0o600, file


def test_admin_key_is_shown_once_and_stored_as_a_digest(stopped_server):
    def start():
        words = [w for w in stopped_server.command() if w != "--json"]
        process = subprocess.Popen(
            words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=plain_environment(),
            cwd=stopped_server.folder)
        lines = []
        while not (lines and lines[-1].startswith("Ctrl-C")):
            lines.append(process.stdout.readline())
            assert lines[-1], "it ended"
        process.terminate()
        assert process.wait(30) == 0
        process.stdout.close()
        return "".join(lines)

    first, second = start(), start()
    key = stopped_server.admin_key
    assert key in first and key not in second
    assert max(len(line) for line in first.splitlines() if "/" not in line) <= 80
    secret = key.split(".")[1].encode()
    for file in (stopped_server.data / "stores").iterdir():
        assert secret not in file.read_bytes(), file


def test_second_start_on_the_folder_is_refused(server):
    done = subprocess.run(server.command(), capture_output=True, text=True, env=plain_environment(), timeout=20)
    assert done.returncode == 1
    assert f"is in use by process {server.process.pid}" in done.stderr
    assert server.api("GET", "/readyz").status == 200


def test_a_taken_port_is_named(server, tmp_path):
    address = server.control.removeprefix("http://")
    done = subprocess.run(
        [binary(), "serve", "--data", str(tmp_path / "other"), "--gateway", "127.0.0.1:0", "--control", address],
        capture_output=True, text=True, env=plain_environment(), timeout=20)
    assert done.returncode == 1
    assert "--control" in done.stderr and address.split(":")[1] in done.stderr


def test_sigterm_ends_it_cleanly_and_a_restart_knows_everything(server):
    onboarded = server.onboard().json
    assert server.terminate() == 0
    assert not (server.data / "address").exists()
    key = server.admin_key
    server.start()
    assert server.admin_key == key
    tenant = server.api("GET", f"/v1/tenants/{onboarded['tenant']['id']}").json
    assert {name: tenant[name] for name in onboarded["tenant"]} == onboarded["tenant"]
    messages = [json.loads(line)["message"] for line in server.log.read_text().splitlines()]
    assert "stopped" in messages


def test_a_killed_server_can_be_started_again(server):
    onboarded = server.onboard().json
    server.kill()
    server.start()
    assert server.api("GET", f"/v1/tenants/{onboarded['tenant']['id']}").json["state"] == "active"


def test_log_is_json_a_line_with_request_ids_and_no_secrets(server):
    answer = server.onboard()
    request_id = answer.headers["X-Request-Id"]
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    assert any(line.get("requestId") == request_id and line["status"] == "201" for line in lines)
    log = server.log.read_text()
    for secret in [server.admin_key, answer.json["credentials"]["key"]]:
        assert secret.split(".")[1] not in log


def test_options_by_flag_environment_and_file(stopped_server):
    stopped_server.data.mkdir(mode=0o700)
    (stopped_server.data / "homeroom.json").write_text(
        json.dumps({"issuer": "https://file.example", "log-level": "error"}))
    issuer = lambda: stopped_server.api("GET", "/.well-known/openid-configuration").json["issuer"]
    stopped_server.start()
    assert issuer() == "https://file.example"
    stopped_server.terminate()
    stopped_server.start(environment={"HOMEROOM_ISSUER": "https://environment.example"})
    assert issuer() == "https://environment.example"
    stopped_server.terminate()
    stopped_server.start(
        "--issuer", "https://flag.example", environment={"HOMEROOM_ISSUER": "https://environment.example"})
    assert issuer() == "https://flag.example"


@pytest.mark.parametrize("content, message", [
    ('{"gatway": "127.0.0.1:1"}', r"homeroom\.json:1:2: `gatway` is no option; did you mean `gateway`\?"),
    ('{"gateway": ', r"homeroom\.json:1:\d+"),
    ("[]", r"homeroom\.json:1:1: expected an object"),
])
def test_wrong_configuration_is_named_with_its_place(stopped_server, content, message):
    stopped_server.data.mkdir(mode=0o700)
    (stopped_server.data / "homeroom.json").write_text(content)
    done = subprocess.run(
        [binary(), "serve", "--data", str(stopped_server.data)], capture_output=True, text=True,
        env=plain_environment(), timeout=20)
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr


@pytest.mark.parametrize("options, code, message", [
    (["--gateway", "8000"], 2, "--gateway: expected HOST:PORT"),
    (["--gateway", "0.0.0.0:0"], 2, "--allow-remote"),
    (["--catalog", "/nowhere.json"], 1, "there is nothing at `/nowhere.json`"),
    (["--threads", "0"], 2, "--threads: expected a whole number from 1 to 256"),
    (["--log-level", "eror"], 2, "did you mean `error`?"),
    (["--isuer", "x"], 2, "did you mean `--issuer`?"),
])
def test_wrong_options_are_refused_with_the_remedy(stopped_server, options, code, message):
    done = subprocess.run(
        [binary(), "serve", "--data", str(stopped_server.data), *options], capture_output=True, text=True,
        env=plain_environment(), timeout=20)
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr


def test_a_faulty_catalog_is_refused_with_line_and_remedy(stopped_server):
    catalog = stopped_server.folder / "catalog.json"
    catalog.write_text('{\n  "name": "x",\n  "tables": [],\n  "teirs": []\n}\n')
    done = subprocess.run(
        stopped_server.command("--catalog", str(catalog)), capture_output=True, text=True, env=plain_environment(),
        timeout=20)
    assert done.returncode == 1
    assert f"{catalog}:4:3" in done.stderr and "did you mean `tiers`?" in done.stderr


def test_health_and_metrics(server):
    server.onboard()
    assert server.api("GET", "/healthz", key="").json == {"status": "ok"}
    assert server.api("GET", "/readyz", key="").json["status"] == "ready"
    metrics = server.api("GET", "/metrics", key="")
    assert metrics.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'homeroom_tenants{tier="basic",state="active"} 1' in metrics.text
    assert 'homeroom_stores{tier="basic",isolation="pooled"} 1' in metrics.text
    assert "process_resident_memory_bytes " in metrics.text
    for line in metrics.text.splitlines():
        assert re.fullmatch(r"# (HELP|TYPE) .+|[a-z_]+(\{[^}]*\})? [-+0-9.e]+", line), line


def test_it_runs_from_any_working_directory(stopped_server):
    # The fixture's working directory is the test's own: shipped files are found beside the executable.
    stopped_server.start()
    assert stopped_server.api("GET", "/v1/catalog").json["name"] == "default"


def slice_nanoseconds(thread):
    """For how long a thread has the processor at a stretch while others wait for it. Source: sched_setattr(2)."""
    found = ctypes.create_string_buffer(48)
    assert ctypes.CDLL(None, use_errno=True).syscall(315, int(thread), found, len(found), 0) == 0, os.strerror(ctypes.get_errno())
    return struct.unpack_from("=Q", found, 24)[0]


@pytest.mark.skipif(
    tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (6, 12) or platform.machine() != "x86_64",
    reason="threads have slices of their own from Linux 6.12 on")
def test_threads_that_answer_come_before_those_that_compute(server):
    slices = [slice_nanoseconds(thread) for thread in os.listdir(f"/proc/{server.process.pid}/task")]
    assert slices.count(100_000) >= 2 and len(slices) > 10 and max(slices) > 100_000
    # All but the libraries' own have what the system gives everybody.
    assert slices.count(max(slices)) > slices.count(100_000)
