"""TLS on both addresses: real clients, certificates that change while requests run, and what is refused."""

import contextlib
import hashlib
import json
import pathlib
import select
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time

import boto3
import botocore.exceptions
import pytest
import urllib3
from certificates import Authority, Pair, sealed
from conftest import ROOT, plain_environment, use_environment

AWS = pathlib.Path(sys.executable).parent / "aws"
HANDSHAKE_SECONDS = 10


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path)


@pytest.fixture
def pair(tmp_path, authority):
    return Pair(tmp_path, authority)


@pytest.fixture
def secure(stopped_server, authority, pair):
    """A server with TLS."""
    stopped_server.http = urllib3.PoolManager(retries=False, timeout=60, ca_certs=str(authority.file))
    return stopped_server.start(*pair.options)


def place(url):
    host, port = url.split("//")[1].rsplit(":", 1)
    return host, int(port)


def shown(url, authority=None, **limits):
    """Does a handshake; (digest of the certificate, TLS version)."""
    context = ssl.create_default_context(cafile=str(authority.file)) if authority else ssl._create_unverified_context()
    for name, value in limits.items():
        setattr(context, name, value)
    with socket.create_connection(place(url), timeout=10) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
        return hashlib.sha256(wrapped.getpeercert(True)).hexdigest(), wrapped.version()


def digest(certificate):
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(certificate.decode())).hexdigest()


def metric(server, name):
    found = [line for line in server.api("GET", "/metrics").text.splitlines() if line.startswith(name)]
    assert len(found) == 1, found
    return float(found[0].split()[-1])


def answer_to(url, request):
    """What a server answers to bytes that are no TLS, until it closes."""
    with socket.create_connection(place(url), timeout=10) as plain:
        plain.sendall(request)
        received = b""
        try:
            while piece := plain.recv(65536):
                received += piece
        except ConnectionResetError:
            pass
        return received


def test_both_addresses_speak_tls_to_real_clients(secure, authority, monkeypatch):
    assert secure.gateway.startswith("https://127.0.0.1:") and secure.control.startswith("https://127.0.0.1:")
    assert secure.api("GET", "/.well-known/openid-configuration", key="").json["issuer"] == secure.control
    tenant = secure.onboard().json["tenant"]
    school = tenant["schools"][0]["id"]
    environment = json.loads(secure.cli(
        "env", "--tenant", tenant["id"], "--school", school, "--role", "service", "--output", "json", "--token-file",
        "token.jwt", "--ca-file", authority.file.name).stdout)
    assert environment["AWS_ENDPOINT_URL"] == secure.gateway and environment["AWS_CA_BUNDLE"] == str(authority.file)

    use_environment(monkeypatch, secure, environment)
    client = boto3.client("dynamodb")
    key = {"recordKey": {"S": f"TENANT#{school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}
    item = {**key, "entityType": {"S": "STUDENT"}, "note": {"S": "n" * 300_000}}
    client.put_item(TableName="student-table", Item=item)
    assert client.get_item(TableName="student-table", Key=key)["Item"] == item
    aws = {**plain_environment(), **environment, "HOME": str(secure.folder), "AWS_PAGER": ""}
    listed = subprocess.run(
        [AWS, "dynamodb", "list-tables"], capture_output=True, text=True, timeout=60, check=False, env=aws)
    assert listed.returncode == 0 and "student-table" in json.loads(listed.stdout)["TableNames"], listed.stderr
    code, found = doctor(secure, "--ca-file", str(authority.file), **environment)
    assert code == 0 and found["endpoint"][0] == "ok", found
    # Without the authority nothing is sent.
    del aws["AWS_CA_BUNDLE"]
    refused = subprocess.run(
        [AWS, "dynamodb", "list-tables"], capture_output=True, text=True, timeout=60, check=False, env=aws)
    assert refused.returncode != 0 and "certificate verify failed" in refused.stderr


def test_a_policy_may_ask_for_tls(stopped_server, authority, pair, monkeypatch):
    server, folder = stopped_server, stopped_server.folder / "Policies"
    shutil.copytree(ROOT / "Policies", folder)
    path = folder / "policies/student-table-read.json"
    policy = json.loads(path.read_text())
    policy["Statement"].append({
        "Sid": "DenyWithoutTLS", "Effect": "Deny", "Action": "dynamodb:GetItem", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    path.write_text(json.dumps(policy))

    def read(school, *options):
        environment = json.loads(server.cli(
            "env", "--tenant", school["tenant"], "--school", school["id"], "--role", "service", "--output", "json",
            "--token-file", "token.jwt", *options).stdout)
        with monkeypatch.context() as patch:
            use_environment(patch, server, environment)
            return boto3.client("dynamodb").get_item(TableName="student-table", Key={
                "recordKey": {"S": f"TENANT#{school['id']}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}})

    server.start("--policies", str(folder))
    tenant = server.onboard().json["tenant"]
    school = {"tenant": tenant["id"], "id": tenant["schools"][0]["id"]}
    with pytest.raises(botocore.exceptions.ClientError, match="explicit deny"):
        read(school)
    server.terminate()
    server.http = urllib3.PoolManager(retries=False, timeout=60, ca_certs=str(authority.file))
    server.start("--policies", str(folder), *pair.options)
    assert "Item" not in read(school, "--ca-file", str(authority.file))


def doctor(server, *more, **environment):
    done = server.cli("doctor", "--json", *more, check=False, environment=environment)
    checks = json.loads(done.stdout)["checks"]
    return done.returncode, {item["subject"]: (item["state"], item["text"] + " " + item.get("remedy", "")) for item in checks}


def test_streams_of_events_come_over_tls(secure):
    tenant = secure.onboard().json["tenant"]["id"]
    run = secure.cli_json("backup", "create", tenant, "--no-wait")["id"]
    with secure.http.request(
            "GET", f"{secure.control}/v1/runs/{run}/events", preload_content=False, timeout=30,
            headers={"Authorization": f"Bearer {secure.admin_key}", "Accept": "text/event-stream"}) as stream:
        # It ends by itself when the run has.
        assert stream.status == 200 and b"event: end" in b"".join(stream.stream(512))
    assert secure.cli_json("backup", "create", tenant, "--wait")["state"] == "completed"


@pytest.mark.parametrize("body", [10, 9_000, 40_000])
def test_requests_that_come_at_once_are_all_answered(secure, authority, body):
    """What the library has decrypted and not looked at yet is no event of the socket's."""
    count = 12
    context = ssl.create_default_context(cafile=str(authority.file))
    request = (
        f"POST /v1/tenants HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secure.admin_key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {body}\r\n\r\n").encode() + b"x" * body
    with socket.create_connection(place(secure.control), timeout=30) as plain, \
            context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped:
        # In one thread: a session is not for two at once.
        wrapped.setblocking(False)
        left, received = request * count, b""
        while received.count(b"HTTP/1.1 400") < count:
            assert any(select.select([wrapped], [wrapped] if left else [], [], 30)), received[-500:]
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                left = left[wrapped.send(left[:16_384]):] if left else left
            with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
                piece = wrapped.recv(65_536)
                assert piece, received[-500:]
                received += piece


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_new_versions_are_spoken(secure, authority, version):
    for url in [secure.gateway, secure.control]:
        assert shown(url, authority, minimum_version=version, maximum_version=version)[1] == version.name.replace("_", ".")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(secure, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    for url in [secure.gateway, secure.control]:
        with socket.create_connection(place(url), timeout=10) as plain, pytest.raises((ssl.SSLError, OSError)):
            context.wrap_socket(plain)


def test_what_is_no_tls_gets_no_answer(secure):
    for url in [secure.gateway, secure.control]:
        assert b"HTTP" not in answer_to(url, b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in answer_to(url, bytes(range(256)) * 8)
    refused = secure.cli("tenant", "list", "--server", secure.control.replace("https", "http"), check=False)
    assert refused.returncode == 1 and "say https://" in refused.stderr
    assert secure.api("GET", "/readyz").status == 200


def test_a_client_that_never_finishes_its_handshake_is_cut_off(secure):
    begun = time.monotonic()
    silent = [socket.create_connection(place(url), timeout=HANDSHAKE_SECONDS * 2) for url in [secure.gateway, secure.control] * 10]
    slow = socket.create_connection(place(secure.gateway), timeout=1)
    # The head of a record that is said to have 512 bytes, then one byte now and then.
    slow.sendall(b"\x16\x03\x01\x02\x00\x01")
    try:
        while time.monotonic() - begun < HANDSHAKE_SECONDS * 2:
            slow.sendall(b"\x00")
            time.sleep(0.25)
    except OSError:
        pass
    assert time.monotonic() - begun < HANDSHAKE_SECONDS + 5
    for connection in [*silent, slow]:
        try:
            assert connection.recv(1) == b""
        except ConnectionResetError:
            pass
        connection.close()
    assert HANDSHAKE_SECONDS - 1 < time.monotonic() - begun
    assert secure.api("GET", "/readyz").status == 200


def test_who_has_shaken_hands_may_be_silent_for_longer(secure, authority):
    open_ones = []
    for version in [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]:
        context = ssl.create_default_context(cafile=str(authority.file))
        context.minimum_version = context.maximum_version = version
        plain = socket.create_connection(place(secure.control), timeout=10)
        open_ones.append(context.wrap_socket(plain, server_hostname="127.0.0.1"))
    time.sleep(HANDSHAKE_SECONDS + 3)
    for connection in open_ones:
        with connection:
            connection.sendall(b"GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_bounds_of_requests_hold(secure):
    large = secure.http.request("POST", secure.control + "/v1/tenants", body=b"x" * (2 * 1024 * 1024 + 1), headers={
        "Authorization": f"Bearer {secure.admin_key}"})
    assert large.status == 413
    assert secure.http.request("GET", secure.control + "/readyz", headers={"X": "x" * 40_000}).status == 431


@pytest.mark.parametrize("by_signal", [True, False])
def test_another_certificate_is_shown_while_requests_run(secure, authority, pair, by_signal):
    stop, failures, counts = threading.Event(), [], []

    def ask(is_fresh):
        http = urllib3.PoolManager(retries=False, timeout=20, ca_certs=str(authority.file))
        done = 0
        # With a rest in between: one caller may ask so often a second.
        while not stop.wait(0.005):
            try:
                fields = {"Connection": "close"} if is_fresh else {}
                for url in [secure.gateway + "/", secure.control + "/readyz"]:
                    assert http.request("GET", url, headers=fields).status == 200
                done += 1
            except Exception as error:
                failures.append(error)
        counts.append(done)

    threads = [threading.Thread(target=ask, args=(number % 2 == 0,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        certificate, key = authority.issue()
        pair.put(certificate, key)
        if by_signal:
            secure.process.send_signal(signal.SIGHUP)
        secure.wait_for(lambda certificate=certificate: all(
            shown(url, authority)[0] == digest(certificate) for url in [secure.gateway, secure.control]))
        # The command on this machine knows the server by its new key.
        secure.cli("tenant", "list")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == [] and min(counts) > 2
    assert metric(secure, 'homeroom_tls_reads_total{result="shown"}') >= 3
    assert secure.terminate() == 0
    assert not (secure.data / "address").exists()


@pytest.mark.parametrize("fault", ["half", "other key", "cut off", "nothing", "ended"])
def test_what_cannot_be_used_is_kept_out(secure, authority, pair, fault):
    before = digest(pair.certificate.read_bytes())
    certificate, key = authority.issue(ends=-0.5) if fault == "ended" else authority.issue()
    pair.put(*{
        "half": (certificate, None), "other key": (certificate, authority.issue()[1]),
        "cut off": (certificate + certificate[:200], key), "nothing": (b"", key), "ended": (certificate, key),
    }[fault])
    secure.wait_for(lambda: "is kept out; the one before stays" in secure.log.read_text())
    assert shown(secure.gateway, authority)[0] == before == shown(secure.control, authority)[0]
    assert metric(secure, 'homeroom_tls_reads_total{result="refused"}') >= 1
    # Whole again, it is taken.
    certificate, key = authority.issue()
    pair.put(certificate, key)
    secure.wait_for(lambda: shown(secure.gateway, authority)[0] == digest(certificate))
    assert "BEGIN" not in secure.log.read_text()


def test_an_end_that_comes_near_is_told(stopped_server, tmp_path, authority):
    pair = Pair(tmp_path, authority, ends=13.5)
    pair.key.chmod(0o644)
    stopped_server.http = urllib3.PoolManager(retries=False, timeout=60, ca_certs=str(authority.file))
    stopped_server.start(*pair.options)
    stopped_server.wait_for(lambda: "the TLS certificate ends soon" in stopped_server.log.read_text())
    assert "others may read the TLS key; chmod 600 it" in stopped_server.log.read_text()
    assert 13 * 86_400 < metric(stopped_server, "homeroom_tls_certificate_seconds") <= 13.5 * 86_400
    code, found = doctor(stopped_server)
    assert code == 0 and found["certificate"][0] == "doubtful" and "13 days" in found["certificate"][1]
    certificate, key = authority.issue(ends=90)
    pair.put(certificate, key)
    stopped_server.wait_for(lambda: doctor(stopped_server)[1]["certificate"][0] == "ok")


@pytest.mark.parametrize("about, said", [
    ({"names": ("other.example",)}, "is for other names"), ({"begins": -9, "ends": -1}, "has ended")])
def test_what_is_wrong_with_a_certificate_is_said(stopped_server, tmp_path, authority, about, said):
    pair = Pair(tmp_path, authority, **about)
    stopped_server.start(*pair.options)
    # The commands on the server's own machine know it by its key.
    assert stopped_server.cli("tenant", "list").returncode == 0
    asked = ["tenant", "list", "--ca-file", str(authority.file)]
    refused = stopped_server.cli(*asked, check=False)
    assert refused.returncode == 1 and said in refused.stderr
    stranger = stopped_server.cli("tenant", "list", "--server", stopped_server.control.replace("127.0.0.1", "localhost"), check=False)
    assert stranger.returncode == 1 and "--ca-file" in stranger.stderr
    code, found = doctor(stopped_server, "--ca-file", str(authority.file))
    assert code == 1 and said in found["server"][1]


def test_tls_where_there_is_none_and_files_that_are_no_authorities(server, tmp_path):
    refused = server.cli("tenant", "list", "--server", server.control.replace("http", "https"), check=False)
    assert refused.returncode == 1 and "gives no answer in TLS" in refused.stderr
    (tmp_path / "empty.pem").write_text("nothing")
    refused = server.cli(
        "tenant", "list", "--server", server.control.replace("http", "https"), "--ca-file", "empty.pem", check=False)
    assert refused.returncode == 1 and "expected certificates in PEM" in refused.stderr
    missing = server.cli("tenant", "list", check=False, environment={"HOMEROOM_CA_FILE": "nowhere.pem"})
    assert missing.returncode == 1 and "there is no `nowhere.pem`" in missing.stderr


def test_other_machines_are_served_with_tls_alone(stopped_server, pair):
    stopped_server.start(
        *pair.options, "--gateway", "0.0.0.0:0", "--control", "0.0.0.0:0", "--public-host", "homeroom.example")
    assert stopped_server.greeting["gateway"].startswith("https://homeroom.example:")
    tenant = stopped_server.cli_json("tenant", "onboard", "Far USD", "--tier", "basic", "--admin", "it@far.example",
                                     "--school", "Far High", "--timezone", "America/Chicago")["tenant"]["id"]
    token = stopped_server.cli_json("token", "issue", "--tenant", tenant, "--school", "Far High", "--role", "service")
    assert token["endpoint"] == stopped_server.gateway
    address = (stopped_server.data / "address").read_text()
    assert address.startswith("https://0.0.0.0:") and len(address.splitlines()) == 2


@pytest.mark.parametrize("words, code, said", [
    (["--tls-certificate", "server.pem"], 2, "--tls-key FILE"), (["--tls-key", "server.key"], 2, "--tls-certificate FILE"),
    (["--tls-certificate", "nowhere.pem", "--tls-key", "server.key"], 1, "there is no `nowhere.pem`"),
    (["--tls-certificate", "server.key", "--tls-key", "server.key"], 1, "expected PEM"),
    (["--tls-certificate", "server.pem", "--tls-key", "server.pem"], 1, "expected a private key"),
    (["--tls-certificate", "server.pem", "--tls-key", "sealed.key"], 1, "without a password"),
    (["--tls-certificate", "server.pem", "--tls-key", "other.key"], 1, "give the two that belong together"),
    (["--tls-certificate", "server.pem", "--tls-key", "server.key", "--public-host", "a:1"], 2, "--public-host"),
])
def test_a_start_with_what_cannot_be_used_is_refused(stopped_server, tmp_path, authority, pair, words, code, said):
    assert pair.certificate.exists()
    (tmp_path / "other.key").write_bytes(authority.issue()[1])
    (tmp_path / "sealed.key").write_bytes(sealed(pair.key.read_bytes()))
    done = subprocess.run(
        stopped_server.command(*words), capture_output=True, text=True, timeout=20, check=False, cwd=tmp_path,
        env=plain_environment())
    assert done.returncode == code and said in done.stderr, done.stderr


def test_the_files_may_stand_in_the_configuration(stopped_server, tmp_path, pair):
    (tmp_path / "homeroom.json").write_text('{"tls-certificate": "server.pem", "tls-key": "server.key"}')
    stopped_server.start("--config", str(tmp_path / "homeroom.json"))
    assert shown(stopped_server.control)[0] == digest(pair.certificate.read_bytes())
