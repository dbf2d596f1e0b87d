"""What a command says while it waits: on a terminal, once it has waited for a second, and nowhere else."""

import contextlib
import http.server
import subprocess
import threading
import time

import pytest
import urllib3
from conftest import binary, plain_environment
from terminals import Terminal

DELAY_SECONDS = 2.4


@contextlib.contextmanager
def in_front_of(server, delay_seconds):
    """A server that hands requests on when so much time has passed; its address."""

    class Slow(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            time.sleep(delay_seconds)
            answer = urllib3.request(
                "GET", server.control + self.path, headers={"Authorization": self.headers["Authorization"]})
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.send_header("Content-Length", str(len(answer.data)))
            self.end_headers()
            self.wfile.write(answer.data)

        def log_message(self, *_):
            """Says nothing."""

    front = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow)
    threading.Thread(target=front.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{front.server_port}"
    finally:
        front.shutdown()
        front.server_close()


@pytest.fixture(scope="module")
def town(shared_server):
    shared_server.onboard("Waiting County")
    return shared_server


def command(server, address, *more):
    words = [binary(), "tenant", "list", "--server", address, *more]
    return words, {**plain_environment(), "HOMEROOM_KEY": server.admin_key}


@pytest.mark.parametrize("columns", [80, 120])
def test_a_terminal_shows_what_is_waited_for_after_a_second(town, tmp_path, columns):
    with in_front_of(town, DELAY_SECONDS) as slow, open(tmp_path / "answer", "wb") as answer:
        words, environment = command(town, slow)
        shown = Terminal(words, columns, environment, cwd=tmp_path, stdout=answer)
        begun = time.monotonic()
        shown.wait_for(f"waiting for {slow}")
        assert time.monotonic() - begun >= 0.9
        assert shown.end() == 0
    # The line is drawn anew each second, on standard error, and taken away before the end.
    assert [second for second in range(1, 5) if f"waiting for {slow}   {second}.0 s" in shown.text] == [1, 2]
    assert [line for line in shown.lines if line.strip()] == []
    assert "Waiting County" in (tmp_path / "answer").read_text()


def test_what_is_quick_says_nothing(town, tmp_path):
    with in_front_of(town, 0) as quick:
        words, environment = command(town, quick)
        shown = Terminal(words, 80, environment, cwd=tmp_path)
        assert shown.end() == 0
    assert "Waiting County" in shown.text and "waiting for" not in shown.text


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_where_no_terminal_is_nothing_is_said(town, tmp_path, form):
    with in_front_of(town, DELAY_SECONDS) as slow:
        words, environment = command(town, slow, "--output", form)
        done = subprocess.run(
            words, capture_output=True, text=True, timeout=60, env=environment, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Waiting County" in done.stdout and "waiting for" not in done.stdout
