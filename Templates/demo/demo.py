"""Homeroom's main job in under a minute, on a fresh folder: `make demo`.

Starts a server, onboards twenty districts, runs a school's boto3 program, shows a refused request, and moves a district to a
larger tier while a program writes. Ends with what it measured. Exit code 0 if all of it went well, 1 if anything did not.

Usage: demo.py [--keep]      HOMEROOM_BINARY names the executable; --keep leaves the folder in place
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from transcript import Transcript

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
COMMAND_SECONDS = 60
UNDO_WINDOW_SECONDS = 5
SCHOOLS_ADDED = [
    "Lakeview High", "Hillside Middle", "Franklin Elementary", "Jefferson Elementary", "Maple Grove Elementary",
    "Evergreen Online", "Evergreen Technical",
]
ONE_TOO_MANY, ONE_MORE = "Springdale Academy", "Orchard Park School"


class Failure(Exception):
    """Why the demo ends early, in a sentence."""


@contextlib.contextmanager
def time_limit(process):
    """Ends the process when it takes too long, so that whoever reads from it goes on."""
    timer = threading.Timer(COMMAND_SECONDS, process.kill)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


class Server:
    """`homeroom serve` on a fresh folder and free ports, and the commands that speak to it."""

    def __init__(self, folder, transcript):
        self.folder = folder
        self.say = transcript
        self.binary = os.environ.get("HOMEROOM_BINARY") or str(ROOT / ".build/release/homeroom")
        self.log = folder / "log.jsonl"
        self.process = None
        if not os.access(self.binary, os.X_OK):
            raise Failure(f"there is no executable at {self.binary}; `make demo` builds it")

    @property
    def environment(self):
        """For the commands: what steers Homeroom or AWS clients elsewhere is left out."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HOMEROOM_", "AWS_"))}
        return {**kept, "HOMEROOM_DATA": "demo-data"}

    def start(self):
        words = ["serve", "--gateway", "127.0.0.1:0", "--control", "127.0.0.1:0"]
        self.say.command("homeroom", *words, "&")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [self.binary, *words, "--json"], stdout=subprocess.PIPE, stderr=log, cwd=self.folder,
                env=self.environment, text=True)
        with time_limit(self.process):
            line = self.process.stdout.readline()
        if not line:
            raise Failure("the server did not start")
        self.addresses = json.loads(line)
        self.say.pairs([("gateway", self.addresses["gateway"]), ("control", self.addresses["control"])])

    def stop(self):
        """Asks it to end and waits for it. Whether it ended well."""
        if self.process is None:
            return True
        self.process.terminate()
        try:
            code = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        return code == 0

    def run(self, *words):
        """Runs a command; what it printed. A command that fails ends the demo."""
        done = subprocess.run(
            [self.binary, *words], cwd=self.folder, env=self.environment, capture_output=True, text=True,
            timeout=COMMAND_SECONDS)
        if done.returncode != 0:
            raise Failure(f"`homeroom {' '.join(words)}` ended with {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def json(self, *words):
        return json.loads(self.run(*words, "--json"))

    def show(self, *words):
        """The same as `run`, shown with its command line."""
        self.say.command("homeroom", *words)
        text = self.run(*words)
        self.say.output(text)
        return text

    def follow(self, *words):
        """Runs a command and shows its lines as they come."""
        self.say.command("homeroom", *words)
        with subprocess.Popen(
                [self.binary, *words], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True) as process:
            with time_limit(process):
                for line in process.stdout:
                    self.say.output(line)
        if process.returncode != 0:
            raise Failure(f"`homeroom {' '.join(words)}` ended with {process.returncode}")


class School:
    """One school: its token, and the programs that run as its application."""

    def __init__(self, server, tenant, school):
        self.server, self.tenant, self.school, self.id = server, tenant, school["name"], school["id"]
        self.token_file = self.school.split()[0].lower() + ".jwt"

    def issue_token(self, is_shown=False):
        words = ["token", "issue", "--tenant", self.tenant, "--school", self.school, "--role", "service", "--out",
                 self.token_file]
        if is_shown:
            self.server.say.command("homeroom", *words)
        self.server.run(*words)
        return self

    @property
    def aws(self):
        """All that an AWS SDK needs."""
        return {
            "AWS_ENDPOINT_URL": self.server.addresses["gateway"],
            "AWS_ROLE_ARN": "arn:aws:iam::000000000000:role/service",
            "AWS_WEB_IDENTITY_TOKEN_FILE": self.token_file,
            "AWS_DEFAULT_REGION": "us-east-1",
        }

    def start(self, program, *words):
        """Starts a program of this folder with nothing of AWS in its environment but the four variables."""
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.server.folder), **self.aws}
        return subprocess.Popen(
            [sys.executable, "-B", str(HERE / program), *words], cwd=self.server.folder, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, program, *words):
        """What a program printed; one that fails ends the demo."""
        process = self.start(program, *words)
        out, errors = process.communicate(timeout=COMMAND_SECONDS)
        if process.returncode != 0:
            raise Failure(f"{program} ended with {process.returncode}: {out}{errors}")
        return out


class Demo:
    """The steps, in order."""

    def __init__(self, folder, transcript):
        self.say = transcript
        self.server = Server(folder, transcript)
        self.writer = None

    def run(self):
        began = time.monotonic()
        self.say.line("Homeroom: the main job in a minute. All of it happens in a temporary folder,")
        self.say.line("on free ports, and is cleaned up at the end.")
        self.start_server()
        self.onboard()
        self.serve_a_school()
        self.refuse_the_neighbour()
        self.start_writer()
        self.grow()
        run = self.move()
        self.finish(run, began)

    def start_server(self):
        self.say.heading("A server on a fresh folder")
        self.say.command("export HOMEROOM_DATA=demo-data")
        self.server.start()

    def onboard(self):
        self.say.heading("Twenty districts from a spreadsheet")
        shutil.copy(HERE / "districts.csv", self.server.folder)
        self.server.show("tenant", "import", "districts.csv")
        self.server.show("store", "list")
        count = len(self.server.json("tenant", "list")["tenants"])
        if count != 20:
            raise Failure(f"expected 20 tenants, found {count}")
        shown = ["Evergreen USD", "Oak Hill ISD", "Capital City, District 4"]
        tenants = {name: self.server.json("tenant", "show", name) for name in shown}
        self.say.line("Two of them share the tables of a pool, the third has tables of its own:")
        self.say.rows([
            (name, tenants[name]["tier"], tenants[name]["placement"]["tables"]["student-table"]) for name in shown])
        self.lincoln = School(self.server, shown[0], tenants[shown[0]]["schools"][0])
        self.neighbour = School(self.server, shown[1], tenants[shown[1]]["schools"][0])

    def serve_a_school(self):
        self.say.heading("One school's application: boto3 with four variables")
        self.lincoln.issue_token(is_shown=True)
        for name, value in self.lincoln.aws.items():
            self.say.command(f"export {name}={value}")
        self.say.command("python school_app.py", self.lincoln.id)
        self.say.output(self.lincoln.run("school_app.py", self.lincoln.id))

    def refuse_the_neighbour(self):
        self.say.heading("The same application asks for another school's record")
        self.neighbour.issue_token().run("school_app.py", self.neighbour.id)
        self.say.line(f"{self.neighbour.school} of {self.neighbour.tenant} has written the same records to the same table.")
        self.say.command("python school_app.py", self.lincoln.id, self.neighbour.id)
        refusal = self.lincoln.run("school_app.py", self.lincoln.id, self.neighbour.id)
        if "AccessDeniedException" not in refusal:
            raise Failure(f"expected a refusal, found: {refusal}")
        self.say.output(refusal)

    def start_writer(self):
        self.say.heading("The district outgrows its tier, while its application writes")
        self.say.command("python steady_writer.py write", self.lincoln.id, "acknowledged.json &")
        self.writer = self.lincoln.start("steady_writer.py", "write", self.lincoln.id, "acknowledged.json")
        with time_limit(self.writer):
            line = self.writer.stdout.readline()
        if not line:
            raise Failure(f"the writer did not start: {self.writer.communicate()[1]}")
        self.say.output(f"{json.loads(line)['loaded']:,} records loaded; four threads write, retries are off")

    def grow(self):
        self.say.command("for school in", *SCHOOLS_ADDED, "; do")
        self.say.command('  homeroom school add "Evergreen USD" "$school"; done', prompt=">")
        for name in SCHOOLS_ADDED:
            self.server.run("school", "add", self.lincoln.tenant, name)
        self.say.output(f"{len(SCHOOLS_ADDED)} schools added: the district has 10")
        self.server.show("school", "add", self.lincoln.tenant, ONE_TOO_MANY)

    def move(self):
        self.say.heading("It would move tonight: it moves now, while the application goes on")
        words = ["tenant", "move", self.lincoln.tenant, "--tier", "advanced"]
        self.server.show(*words, "--dry-run")
        moved = self.server.show(*words, "--undo-window", str(UNDO_WINDOW_SECONDS))
        run = re.search(r"^run\s+(\S+)", moved, re.MULTILINE)[1]
        self.server.follow("run", "watch", run, "--until-switched")
        self.server.show("school", "add", self.lincoln.tenant, ONE_MORE)
        self.server.follow("run", "watch", run)
        return self.server.json("run", "show", run)

    def finish(self, run, began):
        out, errors = self.writer.communicate(timeout=COMMAND_SECONDS)
        if self.writer.returncode != 0:
            raise Failure(f"the writer ended with {self.writer.returncode}: {errors}")
        figures = json.loads(out)
        checked = json.loads(self.lincoln.run("steady_writer.py", "check", self.lincoln.id, "acknowledged.json"))
        receipt = run.get("result") or {}
        self.say.heading("Measured")
        self.say.figures([
            ("requests that the application made meanwhile", f"{figures['requests']:,}"),
            ("failed requests", f"{figures['failed']:,}"),
            ("slowest request", f"{figures['longestMilliseconds']:.1f} ms"),
            ("write pause at the switch, from the receipt", f"{receipt.get('writePauseMilliseconds') or 0:.1f} ms"),
            ("items copied", f"{receipt.get('copied', {}).get('items', 0):,}"),
            ("items verified before the switch", f"{receipt.get('verifiedItems', 0):,}"),
            ("items verified after it", f"{receipt.get('confirmedItems', 0):,}"),
            ("writes made meanwhile and carried over, both ways", f"{receipt.get('changesApplied', 0):,}"),
            ("acknowledged writes", f"{figures['acknowledged']:,}"),
            ("acknowledged writes read back at the new place", f"{checked['found']:,}"),
            ("all of it took", f"{time.monotonic() - began:.0f} s"),
        ])
        self.judge(figures, checked, run, receipt)
        self.say.heading("Where to look next")
        self.say.pairs([
            ("make run", "a server of your own; then follow README.md"),
            ("homeroom --help", "in .build/release: all commands"),
            ("Templates/demo/school_app.py", "the application, to copy"),
            ("Templates/catalogs/", "tiers and tables"), ("Policies/README.md", "who may do what"),
        ])

    @staticmethod
    def judge(figures, checked, run, receipt):
        """Ends the demo where a figure is not what it has to be."""
        if run["state"] != "completed" or receipt.get("outcome") != "moved":
            raise Failure(f"the move ended as {run['state']}: {run.get('reason', 'no reason given')}")
        if figures["failed"]:
            raise Failure(f"{figures['failed']} requests failed, such as: {figures['failures']}")
        if checked["wrong"] or checked["found"] != figures["acknowledged"]:
            raise Failure(f"acknowledged writes are missing or doubled: {checked['wrong'][:10]}")
        verified, copied = min(receipt["verifiedItems"], receipt["confirmedItems"]), receipt["copied"]["items"]
        if verified < copied or not copied or not figures["acknowledged"]:
            raise Failure(f"{copied:,} items were copied, {verified:,} verified, {figures['acknowledged']:,} writes made")


def last_problems(log):
    """The last warnings and errors of the server's log, and what is no log at all."""
    if not log.exists():
        return ""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([line for line in lines if '"level":"info"' not in line][-8:])


def main():
    transcript = Transcript()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="homeroom-demo-"))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    demo, code = None, 1
    try:
        demo = Demo(folder, transcript)
        demo.run()
        code = 0
    except Failure as failure:
        print(f"\ndemo: failed: {failure}", file=sys.stderr)
        print(last_problems(folder / "log.jsonl"), file=sys.stderr)
    except Exception as surprise:  # What a step did not foresee fails the demo like what it did.
        print(f"\ndemo: failed: {type(surprise).__name__}: {surprise}", file=sys.stderr)
        print(last_problems(folder / "log.jsonl"), file=sys.stderr)
    except KeyboardInterrupt:
        print("\ndemo: stopped", file=sys.stderr)
        code = 130
    finally:
        if demo and demo.writer and demo.writer.poll() is None:
            demo.writer.kill()
            demo.writer.communicate()
        if demo and not demo.server.stop() and code == 0:
            print("demo: failed: the server did not end well", file=sys.stderr)
            code = 1
        if "--keep" in sys.argv:
            print(f"demo: everything is in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
