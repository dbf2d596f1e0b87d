"""A real `homeroom serve` for each test that asks for one: free ports, a fresh folder, the binary of HOMEROOM_BINARY."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time

import boto3
import pytest
import urllib3

from contract import contract

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 20
STOP_SECONDS = 30


def binary():
    path = os.environ.get("HOMEROOM_BINARY") or str(ROOT / ".build/release/homeroom")
    if not os.access(path, os.X_OK):
        pytest.fail(f"there is no executable at {path}: build it, or set HOMEROOM_BINARY")
    return path


def plain_environment():
    """The environment without anything that steers Homeroom or AWS clients, or says how wide a terminal is."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("HOMEROOM_", "AWS_", "COLUMNS", "LINES"))}


class Answer:
    """A response of the control API."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.text = response.data.decode()

    @property
    def json(self):
        return json.loads(self.text)


class Server:
    """A server process and what it keeps."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.data = self.folder / "data"
        self.log = self.folder / "log"
        self.process = None
        # Words that the server's command is given to.
        self.launcher = []
        self.gateway = self.control = self._contract = None
        self.http = urllib3.PoolManager(retries=False, timeout=60)

    def command(self, *options):
        words = [*self.launcher, binary(), "serve", "--json", "--data", str(self.data), *options]
        for port in ["--gateway", "--control"]:
            if port not in options:
                words += [port, "127.0.0.1:0"]
        return words

    def start(self, *options, environment=None, before=None):
        """Starts it; `before` is called in the new process, before the server is."""
        assert self.process is None, "it runs already"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.command(*options), stdout=subprocess.PIPE, stderr=log,
                env={**plain_environment(), **(environment or {})}, cwd=self.folder,
                preexec_fn=before)
        line = self.process.stdout.readline()
        if not line:
            pytest.fail(f"the server ended with {self.process.wait()}:\n{self.log.read_text()}")
        self.greeting = json.loads(line)
        self.gateway, self.control = self.greeting["gateway"], self.greeting["control"]
        return self

    def terminate(self):
        """Asks it to stop; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self._ended()

    def kill(self):
        """Ends it at once, as a power cut would."""
        self.process.kill()
        return self._ended()

    def _ended(self):
        code = self.process.wait(STOP_SECONDS)
        self.process.stdout.close()
        self.process = None
        return code

    @property
    def admin_key(self):
        return (self.data / "admin-key").read_text().strip()

    def api(self, method, path, body=None, key=None, headers=None):
        """Sends a request with the administrator's key; `key=""` sends none."""
        headers = dict(headers or {})
        key = self.admin_key if key is None else key
        if key:
            headers["Authorization"] = f"Bearer {key}"
        data = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        answer = Answer(self.http.request(method, self.control + path, body=data, headers=headers))
        self.contract.check(method, path, answer)
        return answer

    @property
    def contract(self):
        """What this server's document says; every answer that `api` gives is held against it."""
        if self._contract is None:
            self._contract = contract(self.http.request("GET", self.control + "/openapi.json").data.decode())
        return self._contract

    def cli(self, *words, check=True, environment=None, timeout=60):
        """Runs a command against this server."""
        done = subprocess.run(
            [binary(), *words, "--data", str(self.data)], capture_output=True, text=True, timeout=timeout,
            env={**plain_environment(), **(environment or {})}, cwd=self.folder)
        if check:
            assert done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def cli_json(self, *words):
        return json.loads(self.cli(*words, "--json").stdout)

    def onboard(self, name="Springfield USD", tier="basic", schools=("Lincoln High",), key=None, **more):
        """Onboards a district; the server's answer."""
        body = {
            "name": name, "tier": tier, "admin": "it@district.example", "timezone": "America/Chicago",
            "schools": list(schools), **more,
        }
        return self.api("POST", "/v1/tenants", body, headers={"Idempotency-Key": key} if key else None)

    def wait_for(self, what, seconds=20):
        """Asks until `what()` answers something true; that."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = what()
            if found:
                return found
            time.sleep(0.02)
        pytest.fail(f"waited {seconds} s in vain; the server's log:\n{self.log.read_text()[-4000:]}")


@pytest.fixture(scope="session")
def lessons():
    """The faults of others: the text that the design keeps of them, where it is beside the project or HOMEROOM_SHARED names it."""
    path = pathlib.Path(os.environ.get("HOMEROOM_SHARED") or ROOT.parent / "shared") / "design/lessons.md"
    if not path.exists():
        pytest.skip(f"there is no {path.name} beside the project, and HOMEROOM_SHARED names no folder with it")
    return path.read_text()


@pytest.fixture
def stopped_server(tmp_path):
    """A server that has not been started."""
    server = Server(tmp_path)
    yield server
    if server.process is not None:
        server.kill()


@pytest.fixture
def server(stopped_server):
    """A server that runs, on a fresh folder."""
    return stopped_server.start()


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory):
    """A server for tests that do not mind what others have onboarded."""
    server = Server(tmp_path_factory.mktemp("shared")).start()
    yield server
    assert server.terminate() == 0


def use_environment(monkeypatch, server, environment):
    """Makes these the only variables that steer AWS clients in this process."""
    for name in os.environ.keys() - plain_environment().keys():
        monkeypatch.delenv(name, raising=False)
    for name, value in {**environment, "HOME": str(server.folder)}.items():
        monkeypatch.setenv(name, value)
    # The default session keeps the credentials that it found first, as those of a process of its own.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


@pytest.fixture(scope="session")
def operator_environment(shared_server):
    """The standard variables of AWS clients, for an operator of the shared server."""
    key = shared_server.cli_json("key", "create", "--role", "operator", "--label", "clients")
    return {
        "AWS_ENDPOINT_URL": shared_server.gateway, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": key["accessKeyId"], "AWS_SECRET_ACCESS_KEY": key["secretAccessKey"],
    }


@pytest.fixture
def as_operator(shared_server, operator_environment, monkeypatch):
    """The shared server, while this process's variables are those of its operator."""
    use_environment(monkeypatch, shared_server, operator_environment)
    return shared_server


@pytest.fixture
def name(request):
    """A table's name that no other test has."""
    return "t." + re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")
