"""A server with a folder of policies of the test's own, which it changes and activates; and the sessions that feel it."""

import json
import shutil

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from conftest import ROOT

STUDENTS = "student-table"
READ = "policies/student-table-read.json"
# What opens the table of every school: the condition that names the keys is gone.
OPEN = {"Version": "2012-10-17", "Statement": [{
    "Sid": "ReadAll", "Effect": "Allow", "Action": "dynamodb:GetItem",
    "Resource": f"arn:aws:dynamodb:*:*:table/{STUDENTS}"}]}


class PolicyWorld:
    """A server, its folder of policies, two schools of one district, a reviewer's key."""

    def __init__(self, server, *options):
        self.server = server
        self.folder = server.folder / "Policies"
        shutil.copytree(ROOT / "Policies", self.folder)
        self.options = ["--policies", str(self.folder), *options]
        self.start()
        self.tenant = server.onboard("Oak", schools=["North", "South"]).json["tenant"]
        self.north, self.south = (school["id"] for school in self.tenant["schools"])
        self.reviewer_file = server.folder / "ada.key"
        server.cli("key", "create", "--role", "reviewer", "--label", "Ada", "--out", str(self.reviewer_file))

    def start(self):
        self.server.start(*self.options)

    @property
    def reviewer_key(self):
        return self.reviewer_file.read_text().strip()

    # The folder

    def read(self, path):
        return json.loads((self.folder / path).read_text())

    def write(self, path, value):
        text = value if isinstance(value, str) else json.dumps(value, indent=2)
        (self.folder / path).write_text(text)

    def describe(self, text):
        """Other files that mean the same."""
        role = self.read("roles/teacher.json")
        role["description"] = text
        self.write("roles/teacher.json", role)

    def let_teachers(self, reads):
        """Takes the teachers' reads of their school's records away, or gives them back, with the cases that tell of it."""
        role, cases = json.loads((ROOT / "Policies/roles/teacher.json").read_text()), None
        source = ROOT / "Policies/cases/teacher.json"
        if reads:
            cases = source.read_text()
        else:
            role["policies"].remove("student-table-read.json")
        self.write("roles/teacher.json", role)
        if cases is None:
            (self.folder / "cases/teacher.json").unlink(missing_ok=True)
        else:
            self.write("cases/teacher.json", cases)

    # The commands

    def activate(self, *words, reviewer=False):
        return self.run("activate", str(self.folder), *words, reviewer=reviewer)

    def run(self, *words, reviewer=False):
        """A command about policies: its exit code and all that it wrote."""
        key = ["--key-file", str(self.reviewer_file)] if reviewer else []
        return self.server.cli("policy", *words, *key, check=False)

    def active(self):
        return self.server.cli_json("policy", "show")["version"]

    def audit(self):
        """The audit log, newest first."""
        return self.server.api("GET", "/v1/audit").json["entries"]

    # The sessions

    def session(self, school=None, role="teacher", **more):
        """A DynamoDB client of a session that exists from now on."""
        token = self.server.api("POST", "/v1/tokens", {
            "tenant": self.tenant["id"], "school": school or self.north, "role": role, **more}).json["token"]
        keys = self.client("sts", signature_version=UNSIGNED).assume_role_with_web_identity(
            RoleArn=f"arn:aws:iam::000000000000:role/{role}", RoleSessionName="tests",
            WebIdentityToken=token)["Credentials"]
        return self.client(
            "dynamodb", aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"])

    def client(self, service, signature_version=None, **session):
        config = Config(
            retries={"total_max_attempts": 1}, signature_version=signature_version, connect_timeout=5, read_timeout=20)
        return boto3.session.Session(region_name="us-east-1", **session).client(
            service, endpoint_url=self.server.gateway, config=config)

    def may_read(self, client, school=None):
        """Whether the session may read a record of a school."""
        key = {"recordKey": {"S": f"TENANT#{school or self.north}#STUDENT#1"}, "entityKey": {"S": "PROFILE"}}
        try:
            client.get_item(TableName=STUDENTS, Key=key)
            return True
        except ClientError as error:
            assert error.response["Error"]["Code"] == "AccessDeniedException", error
            return False
