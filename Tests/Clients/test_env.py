"""`homeroom env`: from nothing to a working AWS SDK."""

import base64
import http.server
import json
import os
import pathlib
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest
from conftest import binary, plain_environment
from terminals import Terminal

NAMES = {"AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"}

# An application: signs in again and again with the token that is in the file then.
APPLICATION = """
import os, sys, time, boto3
end = time.monotonic() + float(sys.argv[1])
seen, rounds = set(), 0
while time.monotonic() < end:
    seen.add(open(os.environ["AWS_WEB_IDENTITY_TOKEN_FILE"]).read())
    client = boto3.session.Session().client("dynamodb")
    key = {"recordKey": {"S": f"TENANT#{sys.argv[2]}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}
    client.put_item(TableName="student-table", Item={**key, "entityType": {"S": "STUDENT"}})
    rounds += "Item" in client.get_item(TableName="student-table", Key=key)
    time.sleep(0.2)
print("tokens", len(seen), "rounds", rounds, flush=True)
"""


@pytest.fixture(scope="module")
def district(shared_server):
    tenant = shared_server.onboard("Env County", schools=["Lincoln High"]).json["tenant"]
    return tenant["id"], tenant["schools"][0]["id"]


class Env:
    """The command, for a tenant's school."""

    def __init__(self, server, district, folder):
        self.server, (self.tenant, self.school) = server, district
        self.folder = folder
        self.runtime = folder / "runtime"
        self.runtime.mkdir(mode=0o700)
        self.environment = {**plain_environment(), "XDG_RUNTIME_DIR": str(self.runtime), "HOME": str(folder)}

    def words(self, *more, role="service"):
        return [
            binary(), "env", "--tenant", self.tenant, "--school", self.school, "--role", role, "--data",
            str(self.server.data), *more]

    def run(self, *more, check=True, **variables):
        done = subprocess.run(
            self.words(*more), capture_output=True, text=True, timeout=60, cwd=self.folder, check=False,
            env={**self.environment, **variables})
        assert done.returncode == 0 or not check, done.stderr
        return done

    def left(self):
        """What is left of token files for programs."""
        return sorted(str(path.relative_to(self.runtime)) for path in self.runtime.rglob("*"))


@pytest.fixture
def env(shared_server, district, tmp_path):
    return Env(shared_server, district, tmp_path)


def check(server, found):
    """The variables, and the file they name."""
    assert found.keys() == NAMES
    assert found["AWS_ENDPOINT_URL"] == server.gateway
    path = pathlib.Path(found["AWS_WEB_IDENTITY_TOKEN_FILE"])
    assert path.is_absolute() and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
    assert path.read_text().count(".") == 2


def test_exports_work_in_a_shell(env):
    text = env.run().stdout
    shown = subprocess.run(
        ["sh", "-euc", f"{text}\nenv"], capture_output=True, text=True, check=True, timeout=20,
        env={"PATH": os.environ["PATH"]}).stdout
    check(env.server, dict(line.split("=", 1) for line in shown.splitlines() if line.startswith("AWS_")))


def test_what_conflicts_is_unset(env):
    text = env.run(AWS_PROFILE="work", AWS_ACCESS_KEY_ID="AKIA").stdout
    assert "unset AWS_ACCESS_KEY_ID\nunset AWS_PROFILE\n" in text


def test_fish_takes_its_form(env):
    text = env.run("--shell", "fish").stdout
    assert "set -gx AWS_REGION us-east-1\n" in text
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    shown = subprocess.run(
        ["fish", "--no-config", "-c", f"{text}\nenv"], capture_output=True, text=True, check=True, timeout=20,
        env={"PATH": os.environ["PATH"], "HOME": str(env.folder)}).stdout
    check(env.server, dict(line.split("=", 1) for line in shown.splitlines() if line.startswith("AWS_")))


def test_programs_take_json_and_dotenv(env):
    check(env.server, json.loads(env.run("--output", "json").stdout))
    lines = [line for line in env.run("--dotenv").stdout.splitlines() if not line.startswith("#")]
    check(env.server, dict(line.split("=", 1) for line in lines))
    named = env.folder / "a b.jwt"
    quoted = env.run("--dotenv", "--token-file", named.name, "--region", "eu-north-1").stdout
    found = dict(part.split("=", 1) for part in shlex.split(quoted, comments=True))
    assert found["AWS_WEB_IDENTITY_TOKEN_FILE"] == str(named) and found["AWS_REGION"] == "eu-north-1"


def test_a_program_outlives_its_first_tokens(env):
    token_seconds, seconds = 3, 10
    started = time.monotonic()
    done = env.run(
        "--lifetime", str(token_seconds), "--", sys.executable, "-c", APPLICATION, str(seconds), env.school,
        AWS_ACCESS_KEY_ID="AKIAWRONG", AWS_SECRET_ACCESS_KEY="wrong")
    _, tokens, _, rounds = done.stdout.split()
    # Every round signs in anew: with the first token alone those behind its end would fail.
    assert time.monotonic() - started > 2 * token_seconds
    assert int(tokens) >= seconds // token_seconds and int(rounds) >= 5
    assert env.left() == []


# A teacher's application: what it may at its own school, and what it may not.
TEACHER = """
import sys, boto3, botocore.exceptions
own, other = sys.argv[1:]
client = boto3.client("dynamodb")

def do(what, school):
    key = {"recordKey": {"S": f"TENANT#{school}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}
    more = {"Item": {**key, "entityType": {"S": "STUDENT"}}} if what == "put_item" else {"Key": key}
    try:
        getattr(client, what)(TableName="student-table", **more)
        return "done"
    except botocore.exceptions.ClientError as error:
        return error.response["Error"]["Code"]

print(boto3.client("sts").get_caller_identity()["Arn"])
for what in ["put_item", "get_item", "delete_item"]:
    print(what, do(what, own), do(what, other))
"""


@pytest.mark.parametrize("named", ["id", "name"])
def test_a_teacher_has_their_own_school(shared_server, tmp_path, named):
    onboarded = shared_server.onboard(f"Teachers' County, by {named}", schools=["Lincoln High", "Jefferson Middle"])
    tenant = onboarded.json["tenant"]
    own, other = tenant["schools"]
    env = Env(shared_server, (tenant[named], own[named]), tmp_path)
    words = env.words("--", sys.executable, "-c", TEACHER, own["id"], other["id"], role="teacher")
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=60, cwd=tmp_path, check=False, env=env.environment)
    assert done.returncode == 0, done.stderr
    who, *what = done.stdout.splitlines()
    assert ":assumed-role/teacher/" in who
    assert what == [
        "put_item done AccessDeniedException", "get_item done AccessDeniedException",
        "delete_item AccessDeniedException AccessDeniedException"]
    assert env.left() == []


def test_the_file_is_replaced_and_never_half(env):
    reader = (
        "import os,sys,time,stat\npath=os.environ['AWS_WEB_IDENTITY_TOKEN_FILE']\nend=time.monotonic()+5\nseen=set()\n"
        "while time.monotonic()<end:\n"
        "    with open(path) as f: text=f.read(); mode=stat.S_IMODE(os.fstat(f.fileno()).st_mode)\n"
        "    assert text.count('.')==2 and len(text)>200 and mode==0o600,(text,mode)\n    seen.add(text)\n"
        "print(*seen)\n")
    done = env.run("--lifetime", "2", "--", sys.executable, "-c", reader)
    tokens = done.stdout.split()
    assert len(tokens) >= 4

    def claims(token):
        body = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))

    begun = sorted(claims(token)["iat"] for token in tokens)
    # A new one well before the old one's end: at half of its time.
    assert all(later - earlier <= 2 for earlier, later in zip(begun, begun[1:]))


@pytest.mark.parametrize("code", [0, 3, 255])
def test_the_exit_code_is_the_programs(env, code):
    assert env.run("--", "sh", "-c", f"exit {code}", check=False).returncode == code
    assert env.left() == []


def test_what_cannot_be_started_is_told(env):
    missing = env.run("--", "no-such-program", check=False)
    assert missing.returncode == 127 and "there is no such command" in missing.stderr
    (env.folder / "plain").write_text("text")
    assert env.run("--", "./plain", check=False).returncode == 126
    assert env.left() == []


def test_a_signal_that_ends_the_program_is_in_the_code(env):
    assert env.run("--", "sh", "-c", "kill -USR1 $$", check=False).returncode == 128 + signal.SIGUSR1
    assert env.left() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_are_handed_on(env, number):
    # By system calls: a signal may come while `print` is at work.
    catcher = (
        "import os,signal,time\n"
        f"signal.signal({int(number)}, lambda *_: (os.write(1, b'caught\\n'), os._exit(7)))\n"
        "os.write(1, b'ready\\n')\ntime.sleep(30)\n")
    with subprocess.Popen(
            env.words("--", sys.executable, "-c", catcher), stdout=subprocess.PIPE, text=True, cwd=env.folder,
            env=env.environment) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert (process.stdout.readline(), process.wait(20)) == ("caught\n", 7)
    assert env.left() == []


def test_a_key_of_the_terminal_comes_once(env):
    counter = (
        "import signal,time\ncount=0\ndef more(*_):\n    global count\n    count+=1\n"
        "signal.signal(signal.SIGINT, more)\n"
        "print('ready', flush=True)\nend=time.monotonic()+2\nwhile time.monotonic()<end: time.sleep(0.05)\n"
        "print('interrupts', count, flush=True)\n")
    shown = Terminal(env.words("--", sys.executable, "-c", counter), 80, env.environment, cwd=env.folder)
    shown.wait_for("ready").type("\x03")
    assert shown.end() == 0 and "interrupts 1" in shown.text
    assert env.left() == []


def test_the_key_of_the_command_line_stays_with_it(env):
    shower = "import os; print(os.environ.get('HOMEROOM_KEY'))"
    words = env.words("--server", env.server.control, "--", sys.executable, "-c", shower)
    done = subprocess.run(
        words, capture_output=True, text=True, timeout=60, check=True, cwd=env.folder,
        env={**env.environment, "HOMEROOM_KEY": env.server.admin_key})
    assert done.stdout == "None\n"


def test_a_server_that_is_away_is_told_once_and_tried_again(stopped_server, tmp_path):
    server = stopped_server.start()
    tenant = server.onboard().json["tenant"]
    env = Env(server, (tenant["id"], tenant["schools"][0]["id"]), tmp_path)
    port = server.control.rsplit(":", 1)[1]
    with subprocess.Popen(
            env.words("--lifetime", "2", "--server", server.control, "--", "sleep", "9"), stderr=subprocess.PIPE,
            text=True, cwd=env.folder, env=env.environment) as process:
        server.wait_for(lambda: len(env.left()) == 2)
        server.terminate()
        time.sleep(3)
        server.start("--control", f"127.0.0.1:{port}")
        errors = process.communicate(timeout=30)[1]
    assert process.returncode == 0
    assert errors.count("could not be renewed") == 1 and errors.count("is renewed again") == 1
    assert env.left() == []


class Hostile(http.server.BaseHTTPRequestHandler):
    """A server that has been taken over, or somebody in between."""

    answer = {}

    def do_GET(self):
        self.reply({"id": "t000000000000000"})

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.reply({"token": "t", "endpoint": "http://x", "roleArn": "arn", "expiresAt": "2099-01-01T00:00:00Z", **self.answer})

    def reply(self, answer):
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.mark.parametrize("form", [[], ["--dotenv"]])
@pytest.mark.parametrize("answer", [
    {"expiresAt": "\ntouch owned\n#"},
    {"endpoint": "http://x'\u0301;touch owned;'"},
    {"roleArn": "'\u0301$(touch owned)"},
    {"roleArn": "\"\u0301'`\u0301touch owned`"},
    {"endpoint": "http://x\ntouch owned\n"},
])
def test_what_a_server_says_is_not_run(tmp_path, form, answer):
    with http.server.HTTPServer(("127.0.0.1", 0), type("Now", (Hostile,), {"answer": answer})) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        words = [binary(), "env", "--tenant", "t000000000000000", "--role", "teacher", "--server",
                 f"http://127.0.0.1:{server.server_port}", "--token-file", "token", *form]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env={
            **plain_environment(), "HOME": str(tmp_path), "HOMEROOM_KEY": "key"})
        server.shutdown()
        thread.join()
    assert ("\n" in answer.get("endpoint", "")) == (done.returncode == 1), done
    # As `eval "$(homeroom env …)"` does, and as a `.env` file is read in.
    (tmp_path / "lines").write_text(done.stdout)
    for script in ["set -a; . ./lines", 'eval "$(cat lines)"']:
        subprocess.run(["sh", "-c", script], cwd=tmp_path, check=False, timeout=20, capture_output=True)
    assert not (tmp_path / "owned").exists(), done.stdout
