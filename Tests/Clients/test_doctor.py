"""`homeroom doctor`: what is wrong is found, and what is in order is left alone."""

import http.server
import json
import os
import subprocess
import threading
import time
from email.utils import formatdate

import pytest
from conftest import binary, plain_environment


@pytest.fixture
def patient(server):
    """A server, and the environment of an application that works with it."""
    tenant = server.onboard().json["tenant"]
    server.application = json.loads(subprocess.run(
        [binary(), "env", "--tenant", tenant["id"], "--school", tenant["schools"][0]["id"], "--role", "service",
         "--data", str(server.data), "--token-file", "token.jwt", "--output", "json"],
        capture_output=True, text=True, check=True, timeout=20, cwd=server.folder, env=plain_environment()).stdout)
    return server


def look(server, *more, **variables):
    """What the doctor finds: (exit code, {subject: [(state, text and remedy)]})."""
    known = plain_environment()
    without_proxies = {name: value for name, value in known.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [binary(), "doctor", "--json", "--data", str(server.data), *more], capture_output=True, text=True, timeout=60,
        check=False, cwd=server.folder, env={**without_proxies, **variables})
    report = json.loads(done.stdout)
    assert report["healthy"] == (done.returncode == 0), done
    found = {}
    for item in report["checks"]:
        assert ("remedy" in item) == (item["state"] != "ok"), item
        found.setdefault(item["subject"], []).append((item["state"], item["text"] + " " + item.get("remedy", "")))
    return done.returncode, found


def wrong(found):
    return {subject for subject, items in found.items() if any(state == "wrong" for state, _ in items)}


def test_nothing_is_wrong_where_nothing_is(patient):
    for variables in [{}, patient.application]:
        code, found = look(patient, **variables)
        assert (code, wrong(found)) == (0, set()), found
        assert {"server", "clock", "key", "folder", "permissions", "disk", "key file"} <= found.keys()
    assert {"endpoint", "credentials", "token"} <= found.keys()
    text = patient.cli("doctor").stdout
    assert "Nothing is wrong." in text or "doubtful" in text


def test_a_server_that_is_not_there(patient):
    code, found = look(patient, "--server", "http://127.0.0.1:9")
    assert code == 1 and "homeroom serve" in found["server"][0][1] and "key" not in found


def test_the_gateway_is_not_the_control_api(patient):
    assert wrong(look(patient, "--server", patient.gateway)[1]) == {"server"}
    code, found = look(patient, **{**patient.application, "AWS_ENDPOINT_URL": patient.control})
    assert code == 1 and "not the gateway" in found["endpoint"][0][1]


def test_a_key_that_is_refused(patient):
    key = patient.folder / "key"
    key.write_text("hk_wrong.wrong")
    key.chmod(0o600)
    assert wrong(look(patient, "--key-file", str(key))[1]) == {"key"}


def test_files_that_others_may_read(patient):
    (patient.data / "admin-key").chmod(0o644)
    code, found = look(patient)
    assert code == 1 and wrong(found) == {"permissions", "key file"}
    assert "chmod 600" in found["key file"][0][1]


@pytest.mark.parametrize("skew, state", [
    (0, "ok"), (20, "doubtful"), (-20, "doubtful"), (600, "wrong"), (-600, "wrong"),
])
def test_clocks_that_differ(patient, skew, state):
    class Elsewhere(http.server.BaseHTTPRequestHandler):
        """A server that is ready, and whose clock is another."""

        def do_GET(self):
            body = json.dumps({"status": "ready", "version": "0.1.0", "tenants": []}).encode()
            self.send_response_only(200)
            self.send_header("Date", formatdate(time.time() + skew, usegmt=True))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Elsewhere) as other:
        thread = threading.Thread(target=other.serve_forever)
        thread.start()
        _, found = look(patient, "--server", f"http://127.0.0.1:{other.server_port}")
        other.shutdown()
        thread.join()
    assert found["clock"][0][0] == state
    if skew:
        assert ("behind" if skew > 0 else "ahead") in found["clock"][0][1]


@pytest.mark.parametrize("change, subject, words", [
    ({"AWS_ENDPOINT_URL": None}, "endpoint", "AWS itself"),
    ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "endpoint", "refused"),
    ({"AWS_ENDPOINT_URL_STS": "https://sts.example"}, "endpoint", "unset AWS_ENDPOINT_URL_STS"),
    ({"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, "endpoint", "unset"),
    ({"AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "x"}, "credentials", "instead of the token"),
    ({"AWS_PROFILE": "work"}, "credentials", "unset AWS_PROFILE"),
    ({"AWS_ROLE_ARN": None}, "credentials", "AWS_ROLE_ARN is not set"),
    ({"AWS_ROLE_ARN": "teacher"}, "credentials", "arn:aws:iam::"),
    ({"AWS_WEB_IDENTITY_TOKEN_FILE": "nowhere.jwt"}, "token", "there is no `nowhere.jwt`"),
    ({"HTTP_PROXY": "http://proxy.example:3128"}, "proxy", "NO_PROXY"),
])
def test_the_environment_of_an_application(patient, change, subject, words):
    variables = {name: value for name, value in {**patient.application, **change}.items() if value is not None}
    code, found = look(patient, **variables)
    assert code == 1 and wrong(found) == {subject}, found
    assert any(state == "wrong" and words in text for state, text in found[subject]), found


def test_proxies_that_let_the_gateway_alone(patient):
    variables = {**patient.application, "HTTP_PROXY": "http://proxy.example:3128", "NO_PROXY": "localhost,127.0.0.1"}
    assert look(patient, **variables)[0] == 0


def test_a_region_that_is_missing_is_doubtful(patient):
    variables = {name: value for name, value in patient.application.items() if "REGION" not in name}
    code, found = look(patient, **variables)
    assert code == 0 and found["region"][0][0] == "doubtful"


def test_tokens_that_end(patient):
    path = patient.folder / "token.jwt"
    patient.cli(
        "token", "issue", "--tenant", "Springfield USD", "--role", "service", "--lifetime", "1", "--out", str(path))
    patient.wait_for(lambda: look(patient, **patient.application)[0] == 1)
    assert "ago" in look(patient, **patient.application)[1]["token"][0][1]
    path.write_text("no token")
    assert "there is no token in" in look(patient, **patient.application)[1]["token"][0][1]
    path.chmod(0o644)
    assert "chmod 600" in look(patient, **patient.application)[1]["token"][0][1]


def test_a_folder_of_somebody_else(patient):
    if os.geteuid() != 0:
        pytest.skip("only root can give a folder away")
    os.chown(patient.data, 12345, 12345)
    try:
        _, found = look(patient)
        assert found["folder"][0][0] == "doubtful" and "12345" in found["folder"][0][1]
    finally:
        os.chown(patient.data, 0, 0)
