"""The command line as its users meet it: in terminals of two widths, in pipes, in scripts, and when they mistype."""

import csv
import io
import json
import re
import subprocess

import pytest
from conftest import ROOT, binary, plain_environment
from terminals import Terminal

LISTS = [
    ("tenant list", "tenants"), ("run list", "runs"), ("store list", "stores"), ("pool list", "pools"),
    ("audit list", "entries"), ("key list", "keys"), ("tenant states", "changes"), ("decisions", "decisions"),
    ("backup list", "backups"), ("upgrade list", "upgrades"),
]
WIDE = [
    "catalog show", "tier report", "audit heads", "run list", "tenant list", "store list", "audit list", "backup list",
]
LONG = "The Unified and Consolidated School District of Springfield, Shelbyville and \"Ogdenville\""


@pytest.fixture(scope="module")
def town(shared_server):
    """The shared server with a tenant whose name fits no column, a backup of it and a run."""
    tenant = shared_server.onboard(LONG, schools=["Lincoln, High"]).json["tenant"]
    shared_server.cli("backup", "create", tenant["id"], "--wait")
    shared_server.tenant = tenant
    return shared_server


def terminal(server, *words, columns=80, **environment):
    shown = Terminal(
        [binary(), *words, "--data", str(server.data)], columns,
        {**plain_environment(), "TERM": "xterm", **environment}, cwd=server.folder)
    shown.code = shown.end()
    return shown


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("command", WIDE)
def test_tables_fit_the_terminal(town, command, columns):
    shown = terminal(town, *command.split(), columns=columns)
    assert shown.code == 0
    assert max(map(len, shown.text.splitlines())) <= columns, shown.text


def test_what_does_not_fit_is_cut_on_a_terminal_only(town):
    narrow, wide = (terminal(town, "tenant", "list", columns=columns).text for columns in (80, 200))
    assert LONG not in narrow and "…" in narrow and town.tenant["id"] in narrow
    assert LONG in wide
    said = terminal(town, "tenant", "list", columns=80, COLUMNS="200").text
    assert LONG in said
    piped = town.cli("tenant", "list", environment={"COLUMNS": "60"}).stdout
    assert LONG in piped and "…" not in piped


@pytest.mark.parametrize("command, member", LISTS)
def test_a_list_is_the_same_in_every_form(town, command, member):
    words = command.split()
    table = town.cli(*words).stdout
    # As bytes: text would lose what stands at the end of a line.
    raw = subprocess.run(
        [binary(), *words, "--output", "csv", "--data", str(town.data)], capture_output=True, check=True, timeout=60,
        env=plain_environment()).stdout
    text = raw.decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    found = json.loads(town.cli(*words, "--output", "json").stdout)
    assert found.keys() == town.cli_json(*words).keys()
    # What others do meanwhile is in the newer one only.
    assert abs(len(rows) - 1 - len(found[member])) <= 1
    assert text.endswith("\r\n") and text.count("\n") == text.count("\r\n")
    assert {len(row) for row in rows} == {len(rows[0])}
    if found[member] and len(table.splitlines()) > 1:
        assert re.split(" {2,}", table.splitlines()[0].strip()) == rows[0]


def test_csv_quotes_what_needs_it(town):
    rows = list(csv.DictReader(io.StringIO(town.cli("tenant", "list", "--output", "csv").stdout)))
    row = next(row for row in rows if row["ID"] == town.tenant["id"])
    assert row["NAME"] == LONG and row["SCHOOLS"] == "1"


def test_an_answer_without_a_table_is_fields_and_values(town):
    text = town.cli("tenant", "show", town.tenant["id"], "--output", "csv").stdout
    rows = dict(csv.reader(io.StringIO(text)))
    assert (rows["FIELD"], rows["id"], rows["name"]) == ("VALUE", town.tenant["id"], LONG)
    assert rows["schools.0.name"] == "Lincoln, High"


def test_csv_has_all_tables_with_an_empty_line_between_them(town):
    done = town.cli("catalog", "show", "--output", "csv")
    tables = [list(csv.DictReader(io.StringIO(part))) for part in done.stdout.split("\n\n")]
    shown = town.cli_json("catalog", "show")
    assert [row["TIER"] for row in tables[0]] == [tier["name"] for tier in shown["tiers"]]
    assert [row["TABLE"] for row in tables[1]] == [table["name"] for table in shown["tables"]]
    assert done.stderr == ""


def test_events_are_rows_as_they_come(town):
    rows = list(csv.DictReader(io.StringIO(town.cli("events", "tail", "--since", "all", "--output", "csv").stdout)))
    events = [json.loads(line) for line in town.cli("events", "tail", "--since", "all", "--json").stdout.splitlines()]
    assert rows[0]["TYPE"] == events[0]["type"] and json.loads(rows[0]["PAYLOAD"]) == events[0]["payload"]


@pytest.mark.parametrize("environment, coloured", [
    ({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"NO_COLOR": ""}, True),
])
def test_colours_are_for_terminals_that_want_them(town, environment, coloured):
    shown = terminal(town, "doctor", **environment)
    assert bool(re.search(r"\x1b\[3[123]m", shown.shown)) == coloured
    assert "\x1b" not in town.cli("doctor").stdout


def test_what_cannot_be_undone_is_asked_first(town):
    def key():
        return town.cli_json("key", "create", "--role", "operator", "--label", "asked")["accessKeyId"]

    def state(wanted):
        return next(entry["state"] for entry in town.cli_json("key", "list")["keys"] if entry["id"] == wanted)

    def answer(wanted, keys):
        shown = Terminal(
            [binary(), "key", "revoke", wanted, "--data", str(town.data)], 80, plain_environment(), cwd=town.folder)
        shown.wait_for("Go on? [y/N]").type(keys)
        return shown.end(), shown.text

    kept = key()
    before = state(kept)
    for keys in ["n\n", "\n", "\x04"]:
        code, text = answer(kept, keys)
        assert (code, "nothing was changed" in text) == (1, True)
    refused = town.cli("key", "revoke", kept, check=False)
    assert refused.returncode == 2 and "--yes" in refused.stderr
    assert state(kept) == before
    code, text = answer(kept, "y\n")
    assert code == 0 and "refused from now on" in text
    assert state(kept) != before
    other = key()
    town.cli("key", "revoke", other, "--yes")
    assert state(other) == state(kept)


def test_progress_goes_to_standard_error(town):
    done = town.cli("backup", "create", town.tenant["id"], "--wait")
    assert len(done.stdout.splitlines()) == 1 and "completed" in done.stdout
    with open(town.folder / "answer", "wb") as answer:
        shown = Terminal(
            [binary(), "backup", "create", town.tenant["id"], "--wait", "--data", str(town.data)], 80,
            plain_environment(), cwd=town.folder, stdout=answer)
        assert shown.end() == 0
    text = (town.folder / "answer").read_text()
    assert "completed" in text and "\x1b" not in text and "\r" not in text
    # The line that was drawn is taken away again.
    assert "completed" not in shown.text and [line for line in shown.lines if line.strip()] == []


def test_a_run_is_followed_where_that_is_said(town):
    name = town.tenant["id"]
    started = town.cli("backup", "create", name, "--no-wait").stdout
    assert "homeroom run watch" in started
    assert town.cli_json("backup", "create", name, "--wait")["state"] == "completed"
    both = town.cli("backup", "create", name, "--wait", "--no-wait", check=False)
    assert both.returncode == 2 and "exclude each other" in both.stderr
    fetched = town.cli("tenant", "export", name, "--out", str(town.folder / "later"), "--no-wait").stdout
    assert "--run" in fetched and not (town.folder / "later").exists()


def transcripts():
    """(file, command, expected lines, exit code) of the kept transcripts; `…` stands for any lines."""
    for file in sorted((ROOT / "Tests/Fixtures/Transcripts").glob("*.txt")):
        for part in re.split(r"^\$ ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            command, _, rest = part.partition("\n")
            lines = rest.rstrip("\n").split("\n")
            code = 0
            if re.fullmatch(r"\[\d+\]", lines[-1]):
                code = int(lines.pop()[1:-1])
            yield pytest.param(command, lines, code, id=f"{file.stem}: {command}")


@pytest.mark.parametrize("command, lines, code", list(transcripts()))
def test_transcripts_are_what_is_shown(command, lines, code):
    words = command.split()
    assert words[0] == "homeroom"
    done = subprocess.run(
        [binary(), *words[1:]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20,
        env=plain_environment(), check=False)
    pattern = "".join(r"(?:.*\n)*?" if line == "…" else re.escape(line) + r"\n" for line in lines)
    assert re.fullmatch(pattern, done.stdout), done.stdout
    assert done.returncode == code
