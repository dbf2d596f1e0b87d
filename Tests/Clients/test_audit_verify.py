"""Whether the record is whole: tampering is found online, from an export alone, and by heads that were kept outside."""

import json

import pytest
from audit_world import Registry, entries, exported, offline, outside, watched  # noqa: F401


def test_a_whole_audit_verifies_online_and_from_an_export_alone(watched, tmp_path):
    done = watched.cli("audit", "verify")
    assert "The audit is whole." in done.stdout
    export, keys = exported(watched, tmp_path)
    assert export.stat().st_mode & 0o777 == 0o600
    watched.terminate()
    done = offline("--file", export, "--keys", keys)
    assert done.returncode == 0 and "sealed heads were compared" in done.stdout, done.stdout
    done = offline("--file", export)
    assert done.returncode == 0 and "No sealed head was compared" in done.stdout


@pytest.mark.parametrize("since", [True, False])
def test_a_part_of_the_audit_verifies_too(watched, tmp_path, since):
    middle = entries(watched, order="oldest")[5]["time"]
    path = tmp_path / "part.jsonl"
    watched.cli("audit", "export", "--out", str(path), "--since" if since else "--until", middle)
    done = offline("--file", path)
    assert done.returncode == 0, done.stdout
    assert ("It is the export of a period" in done.stdout) != since
    lines = path.read_text().splitlines()
    full = tmp_path / "full.jsonl"
    watched.cli("audit", "export", "--out", str(full))
    assert len(lines) < len(full.read_text().splitlines())
    # Also a part without any entry.
    empty = tmp_path / "empty.jsonl"
    watched.cli("audit", "export", "--out", str(empty), "--since" if not since else "--until", "2020-01-01")
    assert offline("--file", empty).returncode == 0


TAMPERED = {
    "changed": (lambda file: file.change(4, '"time":1', '"time":2'), "activity 5"),
    "another actor": (
        lambda file: file.change(file.place("credential:admin-"), "credential:admin-", "credential:nobody"),
        "activity {} was changed"),
    "removed": (lambda file: file.remove(4), "activity 5 is missing"),
    "two removed": (lambda file: (file.remove(4), file.remove(4)), "activity 5 to 6 are missing"),
    "last removed": (lambda file: file.remove(-1), "missing"),
    "swapped": (lambda file: file.swap(4, 6), "BROKEN"),
    "no entry any more": (lambda file: file.change(4, '{"kind"', '{ "kind"'), "BROKEN"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_found_online_and_offline_and_told_where(watched, tmp_path, name):
    watched.terminate()
    tamper, expected = TAMPERED[name]
    with Registry(watched) as file:
        expected = expected.format(tamper(file))
    watched.start()
    done = watched.cli("audit", "verify", check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    assert expected in done.stdout and "The audit is broken." in done.stdout
    export, keys = exported(watched, tmp_path)
    done = offline("--file", export, "--keys", keys)
    assert done.returncode == 1 and expected in done.stdout, done.stdout
    verdict = json.loads(offline("--file", export, "--json").stdout)
    assert not verdict["isSound"] and verdict["faults"]


@pytest.mark.parametrize("place", [1, 5])
def test_an_export_that_was_changed_is_found(watched, tmp_path, place):
    export, _ = exported(watched, tmp_path)
    lines = export.read_text().splitlines(keepends=True)
    first = next(index for index, line in enumerate(lines) if line.startswith('{"kind"'))
    cut = tmp_path / "cut.jsonl"
    cut.write_text("".join(lines[:first + place] + lines[first + place + 1:]))
    done = offline("--file", cut)
    assert done.returncode == 1 and f"activity {place + 1} is missing" in done.stdout
    lines[first + place], lines[first + place + 1] = lines[first + place + 1], lines[first + place]
    cut.write_text("".join(lines))
    assert offline("--file", cut).returncode == 1


def test_a_history_that_was_written_anew_is_found_by_the_heads_alone(watched, tmp_path, outside):
    watched.terminate()
    kept = outside.read_text()
    assert kept and outside.stat().st_mode & 0o777 == 0o600
    with Registry(watched) as file:
        file.rewrite("still unpaid", "they asked for it")
    watched.start()
    export, keys = exported(watched, tmp_path)
    # The chain by itself is as it should be: who did this could compute digests.
    without = [line for line in export.read_text().splitlines(keepends=True) if not line.startswith('{"sealed"')]
    bare = tmp_path / "bare.jsonl"
    bare.write_text("".join(without))
    assert offline("--file", bare).returncode == 0
    # A head that is outside says otherwise, and so do those in the registry.
    done = offline("--file", bare, "--heads", outside, "--keys", keys)
    assert done.returncode == 1 and "BROKEN" in done.stdout, done.stdout
    assert watched.cli("audit", "verify", check=False).returncode == 1
    done = watched.cli("audit", "verify", "--heads", str(outside), check=False)
    assert done.returncode == 1


def test_what_cannot_be_verified_ends_with_two(watched, tmp_path, outside):
    export, keys = exported(watched, tmp_path)
    watched.terminate()
    other = tmp_path / "other.jsonl"
    other.write_text("no line of an export\n")
    future = tmp_path / "future.jsonl"
    future.write_text('{"export":{"format":2,"kinds":["activity"],"time":1}}\n')
    for words in [
        ["--file", tmp_path / "missing.jsonl"], ["--file", other], ["--file", future], ["--file", export, "--heads", outside],
        ["--file", export, "--keys", other], ["--file", export, "--keys", keys, "--heads", other],
        ["--data", tmp_path / "nowhere"],
    ]:
        done = offline(*words)
        assert done.returncode == 2 and done.stderr, words
    # A head that somebody has made up is a finding.
    forged = tmp_path / "forged.jsonl"
    line = json.loads(outside.read_text().splitlines()[0])
    head, payload, signature = line["statement"].split(".")
    forged.write_text(f"{head}.{payload[:-4]}AAAA.{signature}\n")
    done = offline("--file", export, "--keys", keys, "--heads", forged)
    assert done.returncode == 1 and "not to be believed" in done.stdout
