"""Profiles: several servers side by side, which one a command speaks to, and who may read the sessions."""

import json
import subprocess

import pytest
import urllib3
from certificates import Authority, Pair
from conftest import Server, binary, plain_environment
from test_accounts import ADA, PASSWORD, invite


class Person:
    """Somebody who signs in, with a home of their own."""

    def __init__(self, folder):
        self.folder = folder
        self.kept = folder / ".config/homeroom/credentials.json"
        (folder / "password").write_text(PASSWORD + "\n")

    def run(self, *words, check=True, **variables):
        environment = {**plain_environment(), "HOME": str(self.folder), "XDG_CONFIG_HOME": "", **variables}
        done = subprocess.run(
            [binary(), *words], capture_output=True, text=True, timeout=60, check=False, cwd=self.folder, env=environment)
        assert done.returncode == 0 or not check, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def login(self, *words, check=True, **variables):
        return self.run("login", ADA, "--password-file", "password", *words, check=check, **variables)


@pytest.fixture
def two(tmp_path):
    """Two servers with TLS, each of an authority of its own."""
    servers = []
    for name in ["north", "south"]:
        folder = tmp_path / name
        folder.mkdir()
        server = Server(folder)
        server.authority = Authority(folder, name)
        server.http = urllib3.PoolManager(retries=False, timeout=60, ca_certs=str(server.authority.file))
        servers.append(server.start(*Pair(folder, server.authority).options))
        invite(server, roles=["sales"] if name == "north" else ["admin"])
    yield servers
    for server in servers:
        server.kill()


@pytest.fixture
def ada(tmp_path):
    home = tmp_path / "ada"
    home.mkdir()
    return Person(home)


def who(ada, *words, **variables):
    """(server, profile) of the session that a command uses."""
    lines = dict(line.split(None, 1) for line in ada.run("whoami", *words, **variables).stdout.splitlines())
    assert lines["account"] == ADA
    return lines["server"], lines["profile"]


@pytest.fixture
def signed_in(two, ada):
    for server, more in zip(two, [[], ["--profile", "south"]], strict=True):
        shown = ada.login("--server", server.control + "/", "--ca-file", str(server.authority.file), *more)
        assert server.control in shown.stdout
    return ada


def test_several_servers_side_by_side(two, signed_in):
    north, south = two
    assert who(signed_in) == (north.control, "default")
    assert who(signed_in, "--profile", "south") == (south.control, "south")
    assert who(signed_in, HOMEROOM_PROFILE="south") == (south.control, "south")
    # The authorities are those of the profile.
    assert signed_in.run("account", "list", "--profile", "south").returncode == 0
    refused = signed_in.run("account", "list", check=False)
    assert refused.returncode == 1 and f"profile: default, {north.control}" in refused.stderr

    signed_in.run("profile", "use", "south")
    assert who(signed_in) == (south.control, "south")
    listed = {item["name"]: item for item in json.loads(signed_in.run("profile", "list", "--json").stdout)["profiles"]}
    assert {name: (item["server"], item["account"], item["current"]) for name, item in listed.items()} == {
        "default": (north.control, ADA, False), "south": (south.control, ADA, True)}
    assert "token" not in json.dumps(listed) and "until" in signed_in.run("profile", "list").stdout

    signed_in.run("logout")
    refused = signed_in.run("whoami", check=False)
    assert refused.returncode == 1 and f"homeroom login {ADA} --profile south" in refused.stderr
    signed_in.login()
    assert who(signed_in) == (south.control, "south")
    gone = json.loads(signed_in.run("profile", "remove", "south", "--json").stdout)
    assert gone == {"profile": "south", "server": south.control}
    assert who(signed_in) == (north.control, "default")
    unknown = signed_in.run("whoami", "--profile", "south", check=False)
    assert unknown.returncode == 1 and "there is no profile `south`" in unknown.stderr


def test_options_are_stronger_than_the_environment_that_than_profiles_those_than_the_folder(two, signed_in):
    north, south = two
    signed_in.folder.joinpath("homeroom-data").symlink_to(south.data)
    assert who(signed_in) == (north.control, "default")
    assert who(signed_in, HOMEROOM_DATA=str(south.data)) == (south.control, "south")
    assert who(signed_in, HOMEROOM_SERVER=south.control) == (south.control, "south")
    assert who(signed_in, HOMEROOM_SERVER=south.control, HOMEROOM_PROFILE="default") == (south.control, "south")
    assert who(signed_in, "--profile", "default", HOMEROOM_SERVER=south.control) == (north.control, "default")
    assert who(signed_in, "--server", north.control, HOMEROOM_PROFILE="south") == (north.control, "default")
    assert who(signed_in, "--data", "homeroom-data", HOMEROOM_PROFILE="default") == (south.control, "south")
    both = signed_in.run("whoami", "--server", north.control, "--profile", "south", check=False)
    assert both.returncode == 2 and "leave out --server or --profile" in both.stderr
    # A key in the environment is stronger than a profile that nobody has typed.
    assert "admin" in signed_in.run("whoami", HOMEROOM_KEY=north.admin_key).stdout
    assert who(signed_in, "--profile", "default", HOMEROOM_KEY=north.admin_key) == (north.control, "default")
    for name in ["default", "south"]:
        signed_in.run("profile", "remove", name)
    assert south.control in signed_in.run("whoami").stdout


def test_no_other_server_gets_a_session_or_the_folders_key(two, signed_in):
    north, south = two
    signed_in.folder.joinpath("homeroom-data").symlink_to(north.data)
    signed_in.run("logout", "--profile", "south")
    refused = signed_in.run("tenant", "list", "--profile", "south", check=False)
    assert refused.returncode == 1 and "you are signed out" in refused.stderr
    # What another server would be sent it does not know.
    south.log.write_text("")
    assert signed_in.run("tenant", "list", "--profile", "default").returncode == 0
    assert south.log.read_text() == ""


def test_who_was_signed_out_elsewhere_is_told_how_to_sign_in_again(two, signed_in):
    assert two[1].api("DELETE", f"/v1/accounts/{ADA}/sessions").status == 200
    refused = signed_in.run("whoami", "--profile", "south", check=False)
    assert refused.returncode == 1 and f"sign in again: homeroom login {ADA} --profile south" in refused.stderr
    assert who(signed_in) == (two[0].control, "default")


def test_a_session_is_not_lost_to_another_server(two, signed_in):
    north, south = two
    before = signed_in.kept.read_text()
    refused = signed_in.login("--server", south.control, "--ca-file", str(south.authority.file), check=False)
    assert refused.returncode == 1 and "--profile NAME" in refused.stderr and signed_in.kept.read_text() == before
    assert north.control in refused.stderr


def test_sessions_that_others_could_read_are_closed_to_them(signed_in):
    assert signed_in.kept.stat().st_mode & 0o777 == 0o600
    signed_in.kept.chmod(0o644)
    told = signed_in.run("whoami")
    assert "its mode is 0600 now" in told.stderr and signed_in.kept.stat().st_mode & 0o777 == 0o600
    assert signed_in.run("whoami").stderr == ""
    signed_in.kept.write_text("{")
    broken = signed_in.run("whoami", check=False)
    assert broken.returncode == 1 and "remove the file" in broken.stderr


@pytest.mark.parametrize("command", [["login", ADA], ["account", "accept", ADA, "--code-file", "password"]])
def test_no_password_goes_to_another_machine_in_the_clear(ada, command):
    words = [*command, "--password-file", "password", "--server", "http://homeroom.invalid:8080"]
    refused = ada.run(*words, check=False)
    assert refused.returncode == 2 and "--allow-plain" in refused.stderr and "https://" in refused.stderr
    # With the flag it tries.
    tried = ada.run(*words, "--allow-plain", check=False)
    assert tried.returncode == 1 and "cannot resolve the host" in tried.stderr


def test_no_key_goes_to_a_server_that_it_is_not_for(two, ada):
    ada.folder.joinpath("homeroom-data").symlink_to(two[0].data)
    assert ada.run("whoami").returncode == 0, "the folder's own server gets it"
    plain = ada.run("whoami", "--server", "http://homeroom.invalid:8080", check=False)
    assert plain.returncode == 2 and "--allow-plain" in plain.stderr
    other = ada.run("whoami", "--server", "https://homeroom.invalid:8080", check=False)
    assert other.returncode == 1 and "no key for https://homeroom.invalid:8080" in other.stderr
    # With a key that is meant for it, it tries.
    tried = ada.run("whoami", "--server", "https://homeroom.invalid:8080", check=False, HOMEROOM_KEY="key")
    assert tried.returncode == 1 and "cannot resolve the host" in tried.stderr


def test_an_authority_that_is_not_known_is_refused_with_the_remedy(two, ada):
    refused = ada.login("--server", two[0].control, check=False)
    assert refused.returncode == 1 and "--ca-file FILE or HOMEROOM_CA_FILE" in refused.stderr
    other = ada.login("--server", two[0].control, "--ca-file", str(two[1].authority.file), check=False)
    assert other.returncode == 1 and not ada.kept.exists()
    assert ada.login("--server", two[0].control, HOMEROOM_CA_FILE=str(two[0].authority.file)).returncode == 0
    assert ada.run("whoami").returncode == 0


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65])
def test_names_of_profiles_are_plain(ada, name):
    refused = ada.login("--server", "http://127.0.0.1:9", "--profile", name, check=False)
    assert refused.returncode == 2 and "--profile: expected a name" in refused.stderr
