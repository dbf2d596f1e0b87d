"""What README.md says, asked of the executable: commands, options, routes, files, and what is not there."""

import re
import stat
import subprocess

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import ROOT, binary, plain_environment
from test_aws_clients import School

README = (ROOT / "README.md").read_text(encoding="utf-8")


def section(heading):
    """The text below a heading, up to the next one of its kind."""
    return README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def printed(*words):
    return subprocess.run(
        [binary(), *words], capture_output=True, text=True, check=True, timeout=20, env=plain_environment()).stdout


def known_commands():
    return dict(re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+){0,2}) {2,}(\S.*(?:\n {6,}\S.*)*)", printed("help", "commands"), re.MULTILINE))


COMMANDS = dict(re.findall(r"^\| `homeroom ([a-z -]+)` \| (.+) \|$", section("Commands"), re.MULTILINE))


def test_the_table_of_commands_is_that_of_the_executable():
    assert COMMANDS == {name: " ".join(summary.split()) for name, summary in known_commands().items()}


def test_every_command_that_is_shown_exists():
    known = known_commands()
    shown = re.findall(r"(?:\$ |`)homeroom ([a-z][a-z-]*(?: [a-z-]+){0,2})", README)
    assert len(shown) > 10
    for topic in [name for name in shown if name.startswith("help ")]:
        assert printed(*topic.split())
        shown.remove(topic)
    # The words behind a command are its arguments.
    unknown = {name for name in shown if not any(name == command or name.startswith(command + " ") for command in known)}
    assert unknown == set()


def test_the_options_of_serve_are_all_there():
    rows = re.findall(r"^\| `(--[a-z-]+)[^`]*` \| (?:`(HOMEROOM_\w+)`)? ?\|", section("Options of `homeroom serve`"), re.MULTILINE)
    text = " ".join(printed("serve", "--help").split("Options:")[1].split("\n\n")[0].split())
    options = re.split(r" (?=--[a-z])", " " + text)
    expected = {}
    for option in filter(str.strip, options):
        variable = re.search(r"or (HOMEROOM_\w+)", option)
        expected[option.split()[0]] = variable[1] if variable else ""
    expected.pop("--help")
    assert dict(rows) == expected


def routes():
    """(method, path, who) of the REST table; what stands behind a path's first form is put in place of its last word."""
    for method, paths, who in re.findall(
            r"^\| ([A-Z]+) \| ((?:`[^`|]+`(?:, )?)+) \| ([a-z ]+) \|", section("The control API"), re.MULTILINE):
        first, *others = re.findall(r"`([^`]+)`", paths)
        for path in [first, *(first.rsplit("/", 1)[0] + "/" + word for word in others)]:
            yield method, re.sub(r"\{[^}]+\}", "{}", path), who


def test_the_table_of_routes_is_that_of_the_server(shared_server):
    """Both ways, with who may: the lowest key that opens it, as the access table of the server has it."""
    def lowest(roles):
        known = {
            "anyone": {"all", "everybody"}, "client": {"clients"}, "local": {"this machine"}, "tenant": {"tenant"},
            "reviewer": {"reviewer"}, "admin": {"admin"}}
        # Whoever sells or operates opens nothing that an administrator does not.
        return next(words for role, words in known.items() if role in roles and not (
            role == "reviewer" and {"sales", "operator"} & set(roles)))

    table = {
        f"{line['method']} {line['path']}": lowest(line["roles"])
        for line in shared_server.api("GET", "/v1/access").json["operations"]}
    rows = list(routes())
    named = {f"{method} {path}": who for method, path, who in rows}
    assert len(named) == len(rows), "a route stands there twice"
    assert named.keys() == table.keys()
    assert {route: who for route, who in named.items() if who not in table[route]} == {}


def test_the_routes_ask_for_the_key_that_the_table_says(shared_server):
    for method, path, who in routes():
        answer = shared_server.api(method, path.replace("{}", "x"), key="")
        # What everybody may send has a body that is missing here.
        expected = 401 if who in ("admin", "tenant", "reviewer") else 200 if method == "GET" else 400
        assert answer.status == expected, (method, path)
    assert shared_server.api("GET", "/v1/nowhere", key="").status == 404


def test_the_data_folder_holds_what_the_table_says(server):
    named = {name.rstrip("/") for name in re.findall(r"^\| `([^`]+)` \|", section("The data folder"), re.MULTILINE)}
    found = {path.name: stat.S_IMODE(path.stat().st_mode) for path in server.data.iterdir()}
    # The one is somebody's own, and nobody has sent an import yet.
    assert named - {"homeroom.json", "imports"} == found.keys()
    assert {name: mode for name, mode in found.items() if mode != 0o600} == {
        "stores": 0o700, "backups": 0o700, "exports": 0o700}
    assert (server.data / "stores/registry.sqlite").exists()


def test_the_roles_are_those_that_ship():
    rows = re.findall(r"^\| (`[a-z, `-]+`) \|", section("The gateway"), re.MULTILINE)
    assert set(re.findall(r"`([a-z-]+)`", " ".join(rows))) == {file.stem for file in (ROOT / "Policies/roles").glob("*.json")}


@pytest.fixture(scope="module")
def dynamodb(shared_server):
    tenant = shared_server.onboard("Readme County").json["tenant"]
    school = School(shared_server, tenant["id"], tenant["schools"][0]["id"])
    sts = boto3.client("sts", region_name="us-east-1", endpoint_url=shared_server.gateway)
    with open(school.token_file, encoding="utf-8") as token:
        found = sts.assume_role_with_web_identity(
            RoleArn=school.environment["AWS_ROLE_ARN"], RoleSessionName="readme", WebIdentityToken=token.read())
    keys = found["Credentials"]
    return boto3.client(
        "dynamodb", region_name="us-east-1", endpoint_url=shared_server.gateway,
        config=Config(retries={"total_max_attempts": 1}), aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])


@pytest.mark.parametrize("operation, arguments", [
    ("list_global_tables", {}),
    ("list_imports", {}),
    ("list_exports", {}),
    ("describe_global_table", {"GlobalTableName": "student-table"}),
])
def test_what_is_not_there_says_so(dynamodb, operation, arguments):
    with pytest.raises(ClientError) as refused:
        getattr(dynamodb, operation)(**arguments)
    assert refused.value.response["Error"]["Code"] == "UnknownOperationException"


def test_every_operation_that_is_named_is_there(shared_server):
    text = section("The gateway")
    named = set(re.findall(r"\b[A-Z][a-z]+(?:[A-Z][a-z]+)+\b", text[text.index("- **Items:**"):text.index("- **STS:**")]))
    models = {
        service: botocore.session.get_session().get_service_model(service)
        for service in ("dynamodb", "dynamodbstreams")}
    targets = {name: model.metadata["targetPrefix"] for model in models.values() for name in model.operation_names}
    operations = (named | {"Query", "Scan"}) & targets.keys()
    assert len(operations) == 37
    for name in operations:
        answer = shared_server.http.request(
            "POST", shared_server.gateway, body=b"{}",
            headers={"X-Amz-Target": f"{targets[name]}.{name}", "Content-Type": "application/x-amz-json-1.0"})
        assert b"MissingAuthenticationToken" in answer.data, (name, answer.data)
