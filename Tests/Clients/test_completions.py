"""Completions in the shells themselves, and the manual page in man."""

import shutil
import subprocess

import pytest
from conftest import binary, plain_environment
from terminals import Terminal


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with the scripts and the manual page, and `homeroom` on the PATH."""
    folder = tmp_path_factory.mktemp("completions")
    (folder / "bin").mkdir()
    (folder / "bin/homeroom").symlink_to(binary())
    for shell in ["bash", "zsh", "fish"]:
        (folder / f"script.{shell}").write_text(printed("completion", shell))
    (folder / "homeroom.1").write_text(printed("man"))
    (folder / "receipt.jws").touch()
    return folder


def printed(*words):
    return subprocess.run(
        [binary(), *words], capture_output=True, text=True, check=True, timeout=20, env=plain_environment()).stdout


def environment(folder):
    known = plain_environment()
    return {**known, "PATH": f"{folder}/bin:{known['PATH']}", "HOME": str(folder), "LANG": "C.UTF-8"}


def needs(program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def typed(folder, words, script, keys, wanted):
    """Types into an interactive shell that has read the script; the command says what it is called with."""
    shell = Terminal(words, 120, environment(folder), cwd=folder)
    says = "homeroom() { printf 'it is '; printf '<%s>' \"$@\"; echo; }"
    shell.type(f"{script}; {says}; echo 'is''read'\n").wait_for("isread")
    shell.type(f"{keys}\n").wait_for("it is " + "".join(f"<{word}>" for word in wanted.split()))
    shell.type("exit\n")
    shell.end()


BASH = ["bash", "--norc", "--noprofile", "-i"]
CASES = [
    ("homeroom schoo\t", "school"),
    ("homeroom tenant onb\t", "tenant onboard"),
    ("homeroom tenant contact a\t", "tenant contact add"),
    ("homeroom tenant list --ti\t", "tenant list --tier"),
    ("homeroom run cancel x --no-w\t", "run cancel x --no-wait"),
    ("homeroom tenant list --output js\t", "tenant list --output json"),
    ("homeroom receipt verify rec\t", "receipt verify receipt.jws"),
    ("homeroom receipt verify --keys rec\t", "receipt verify --keys receipt.jws"),
    ("homeroom help exit\t", "help exit-codes"),
    ("homeroom completion zs\t", "completion zsh"),
]


@pytest.mark.parametrize("keys, wanted", CASES + [("homeroom tenant list --output=cs\t", "tenant list --output=csv")])
def test_bash_completes(place, keys, wanted):
    needs("bash")
    typed(place, BASH, "source ./script.bash", keys, wanted)


def test_bash_lists_what_there_is(place):
    needs("bash")
    shell = Terminal(BASH, 120, environment(place), cwd=place)
    shell.type("source ./script.bash; echo 'is''read'\n").wait_for("isread")
    shell.type("homeroom school \t\t").wait_for("reopen")
    assert {"add", "close", "move", "reopen"} <= set(shell.text.split("isread")[-1].split())
    # Control-U and not Control-C, on which the terminal forgets what was typed behind it.
    shell.type("\x15exit\n")
    shell.end()


@pytest.mark.parametrize("keys, wanted", CASES)
def test_zsh_completes(place, keys, wanted):
    needs("zsh")
    typed(place, ["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -u -D; source ./script.zsh", keys, wanted)


@pytest.mark.parametrize("keys, wanted", CASES)
def test_fish_completes(place, keys, wanted):
    needs("fish")
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source script.fish; complete --do-complete '{keys.strip()}'"], cwd=place,
        env=environment(place), capture_output=True, text=True, timeout=30, check=True)
    assert done.stderr == ""
    assert wanted.split()[-1] in [line.split("\t")[0] for line in done.stdout.splitlines()], done.stdout


@pytest.mark.parametrize("words", [["bash", "-n"], ["zsh", "-n"], ["fish", "--no-execute"]])
def test_the_scripts_are_well_formed(place, words):
    needs(words[0])
    done = subprocess.run(
        [*words, f"script.{words[0]}"], cwd=place, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unknown_shell_is_refused():
    done = subprocess.run(
        [binary(), "completion", "csh"], capture_output=True, text=True, timeout=20, check=False,
        env=plain_environment())
    assert done.returncode == 2 and "bash, zsh or fish" in done.stderr


def test_man_shows_the_manual_page(place):
    needs("man")
    shown = subprocess.run(
        ["man", "-l", "homeroom.1"], cwd=place, capture_output=True, text=True, timeout=60, check=True,
        env={**environment(place), "MANWIDTH": "100", "LANG": "C.UTF-8"}).stdout
    for heading in ["NAME", "SYNOPSIS", "COMMANDS", "EXIT STATUS", "ENVIRONMENT"]:
        assert f"\n{heading}\n" in "\n" + shown
    assert 'homeroom tenant onboard "Springfield USD" --tier basic \\' in shown
    assert "--idempotency-key KEY" in shown and "NO_COLOR" in shown


def test_the_manual_page_has_no_faults(place):
    needs("groff")
    done = subprocess.run(
        ["groff", "-Tutf8", "-man", "-ww", "-z", "homeroom.1"], cwd=place, capture_output=True, text=True,
        timeout=60, check=True)
    assert done.stderr == ""
