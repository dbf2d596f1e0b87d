"""Every list, on terminals of eighty and of a hundred and twenty columns: no line is wider, whatever stands in it."""

import datetime
import subprocess

import pytest
from conftest import Server, binary, plain_environment
from identity_provider import Provider
from terminals import Terminal
from test_accounts import PASSWORD, invite
from test_readme import COMMANDS
from test_token_exchange import District
from wire import bring

# Nobody's screen is wide enough for it.
LONG = "The Unified and Consolidated School District of Springfield, Shelbyville, Ogdenville and North Haverbrook"
ADDRESS = "the.administrator.of.information.technology@unified-consolidated-springfield.example"


def lists():
    """The commands that list something, in the words of the table that another test holds against the executable."""
    return [
        name for name, summary in COMMANDS.items() if name.endswith((" list", " states")) or summary.startswith("list ")]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """A server with something long in every list there is."""
    server = Server(tmp_path_factory.mktemp("crowd")).start()
    district = District(server, Provider("ES256"), LONG)
    tenant = district.id
    post = lambda path, body, method="POST": server.api(method, path, body)
    made = [
        post(f"/v1/tenants/{tenant}/contacts", {"name": LONG, "role": LONG, "email": ADDRESS, "phone": LONG[:40]}),
        post(f"/v1/tenants/{tenant}/overrides/schools", {"value": 20, "reason": LONG}, "PUT"),
        post(f"/v1/tenants/{tenant}/blackouts/{datetime.date.today() + datetime.timedelta(days=30)}",
             {"reason": LONG}, "PUT"),
        post(f"/v1/tenants/{tenant}/members", {
            "member": ADDRESS, "name": LONG, "role": "teacher", "schools": [next(iter(district.schools.values()))]}),
        post("/v1/service-accounts", {
            "tenant": tenant, "schools": list(district.schools.values()), "role": "service", "label": LONG[:60]}),
        post("/v1/keys", {"roles": ["sales", "operator", "reviewer"], "opens": "control", "label": LONG[:60]}),
        post(f"/v1/tenants/{tenant}/backups", {}),
        post(f"/v1/tenants/{tenant}/refused-people", {"person": "own/" + ADDRESS, "reason": LONG}),
        post(f"/v1/tenants/{tenant}/upgrade/request", {"tier": "advanced", "reason": LONG}),
    ]
    assert all(answer.status in (200, 201, 202) for answer in made), [answer.text for answer in made]
    server.wait_for(lambda: server.api("GET", f"/v1/tenants/{tenant}/backups").json["backups"])
    invite(server, ADDRESS, ["admin"])
    (server.folder / "password").write_text(PASSWORD + "\n")
    server.home = {**plain_environment(), "HOME": str(server.folder), "XDG_CONFIG_HOME": ""}
    login = [
        binary(), "login", ADDRESS, "--password-file", "password", "--server", server.control, "--profile", "p" * 32]
    subprocess.run(login, check=True, capture_output=True, timeout=60, env=server.home, cwd=server.folder)
    # Something that is denied.
    token = district.exchange().json["access_token"]
    assert bring(server, token, "Scan", {"TableName": "student-table"})[0] == 400
    server.wait_for(lambda: server.api("GET", "/v1/decisions").json["decisions"])
    server.tenant = tenant
    yield server
    server.kill()


def words(server, command):
    """The command with what its help says that it needs."""
    text = subprocess.run(
        [binary(), *command.split(), "--help"], capture_output=True, text=True, check=True, timeout=20,
        env=plain_environment()).stdout
    needed = text.split("[options]")[0].split(command, 1)[1].split()
    found = [server.tenant if word == "TENANT" else word for word in needed]
    assert not [word for word in found if word.isupper()], f"{command} needs {needed}: say here what that is"
    return [binary(), *command.split(), *found, *(["--data", str(server.data)] if "  --data " in text else [])]


def test_there_are_as_many_lists_as_there_were():
    assert len(lists()) >= 22, lists()


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", lists())
def test_a_list_fits_the_terminal(crowd, command, columns):
    shown = Terminal(words(crowd, command), columns, {**crowd.home, "TERM": "xterm"}, cwd=crowd.folder)
    assert shown.end() == 0, shown.text
    found = shown.text.rstrip("\n").split("\n")
    assert len(found) > 1 and max(map(len, found)) <= columns, shown.text


@pytest.mark.parametrize("command", ["tenant list", "tenant contact list", "account list", "member list"])
def test_what_is_cut_on_a_terminal_is_whole_elsewhere(crowd, command):
    done = subprocess.run(
        words(crowd, command), capture_output=True, text=True, check=True, timeout=60, env=crowd.home, cwd=crowd.folder)
    assert LONG in done.stdout or ADDRESS in done.stdout
    narrow = Terminal(words(crowd, command), 80, {**crowd.home, "TERM": "xterm"}, cwd=crowd.folder)
    assert narrow.end() == 0 and "…" in narrow.text and LONG not in narrow.text
