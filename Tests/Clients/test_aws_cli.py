"""The AWS CLI as people type it, an operator's variables in the environment: the life of a table, from creation to end."""

import json
import pathlib
import subprocess
import sys

import pytest
from conftest import plain_environment
from test_aws_clients import STUDENTS, School

PROGRAM = pathlib.Path(sys.executable).parent / "aws"
SCHEMA = (
    "--attribute-definitions AttributeName=artist,AttributeType=S AttributeName=song,AttributeType=S "
    "AttributeName=year,AttributeType=N --key-schema AttributeName=artist,KeyType=HASH AttributeName=song,KeyType=RANGE "
    "--global-secondary-indexes IndexName=by-year,KeySchema=[{AttributeName=year,KeyType=HASH}],"
    "Projection={ProjectionType=ALL} --billing-mode PAY_PER_REQUEST --tags Key=team,Value=blue "
    "--stream-specification StreamEnabled=true,StreamViewType=NEW_AND_OLD_IMAGES")


class Shell:
    """Runs commands of the CLI."""

    def __init__(self, server, environment):
        self.server = server
        self.environment = {**plain_environment(), **environment, "HOME": str(server.folder)}

    def run(self, service, line, *more):
        words = [str(PROGRAM), service, *line.split(), *more]
        return subprocess.run(words, capture_output=True, text=True, timeout=60, env=self.environment)

    def __call__(self, line, *more, service="dynamodb"):
        """What a command prints: parsed where it is JSON. Longer arguments, with spaces, come one by one."""
        done = self.run(service, line, *more)
        assert done.returncode == 0, f"{line}: {done.stderr}"
        return json.loads(done.stdout) if done.stdout.startswith(("{", "[")) else done.stdout.strip()

    def streams(self, line, *more):
        return self(line, *more, service="dynamodbstreams")

    def refused(self, line, *more):
        """What a command says as it ends in an error of the service."""
        done = self.run("dynamodb", line, *more)
        assert done.returncode in (254, 255), done.stdout + done.stderr
        return done.stderr


@pytest.fixture
def aws(shared_server, operator_environment):
    return Shell(shared_server, operator_environment)


def song(artist, name, year):
    return json.dumps({"artist": {"S": artist}, "song": {"S": name}, "year": {"N": str(year)}})


def test_a_table_and_its_items(aws, name):
    made = aws(f"create-table --table-name {name} {SCHEMA}")["TableDescription"]
    assert made["TableStatus"] == "CREATING"
    assert aws(f"wait table-exists --table-name {name}") == ""
    assert aws(f"describe-table --table-name {name} --query Table.TableStatus --output text") == "ACTIVE"
    assert name in aws("list-tables")["TableNames"]

    aws(f"put-item --table-name {name} --item", song("Ann", "Blue Moon", 1990))
    put = aws(
        f"put-item --table-name {name} --return-consumed-capacity INDEXES --item", song("Ann", "Red Sun", 1991))
    assert put["ConsumedCapacity"]["CapacityUnits"] == 2.0
    writes = [{"PutRequest": {"Item": json.loads(song("Bo", f"No. {number}", 1990))}} for number in range(25)]
    assert aws("batch-write-item --request-items", json.dumps({name: writes})) == {"UnprocessedItems": {}}
    key = json.dumps({"artist": {"S": "Ann"}, "song": {"S": "Blue Moon"}})
    assert aws(f"get-item --table-name {name} --consistent-read --key", key)["Item"]["year"] == {"N": "1990"}
    assert "ConditionalCheckFailedException" in aws.refused(
        f"put-item --table-name {name} --condition-expression attribute_not_exists(artist) --item",
        song("Ann", "Blue Moon", 1))
    updated = aws(
        f"update-item --table-name {name} --return-values UPDATED_NEW --expression-attribute-names #y=year --key", key,
        "--update-expression", "SET #y = #y + :n, plays = :n", "--expression-attribute-values", '{":n": {"N": "3"}}')
    assert updated["Attributes"] == {"year": {"N": "1993"}, "plays": {"N": "3"}}
    # The CLI pages by itself.
    found = aws(
        f"query --table-name {name} --index-name by-year --page-size 7 --expression-attribute-names #y=year "
        "--expression-attribute-values", '{":y": {"N": "1990"}}', "--key-condition-expression", "#y = :y")
    assert found["Count"] == len(found["Items"]) == 25
    first = aws(f"scan --table-name {name} --max-items 20 --page-size 6")
    rest = aws(f"scan --table-name {name} --starting-token {first['NextToken']}")
    assert len(first["Items"]) + len(rest["Items"]) == 27 and "NextToken" not in rest
    assert aws(f"scan --table-name {name} --select COUNT --query Count --output text") == "27"
    got = aws(
        "execute-statement --statement", f"SELECT song FROM \"{name}\" WHERE artist = ? AND begins_with(song, 'Red')",
        "--parameters", '[{"S": "Ann"}]')
    assert got["Items"] == [{"song": {"S": "Red Sun"}}]
    aws("transact-write-items --transact-items", json.dumps([{"Delete": {"TableName": name, "Key": json.loads(key)}}]))
    assert aws(f"get-item --table-name {name} --key", key) == ""
    removed = aws(f"delete-item --table-name {name} --return-values ALL_OLD --key", key.replace("Blue Moon", "Red Sun"))
    assert removed["Attributes"]["year"] == {"N": "1991"}

    stream = aws.streams(f"list-streams --table-name {name}")["Streams"][0]["StreamArn"]
    shard = aws.streams(f"describe-stream --stream-arn {stream}")["StreamDescription"]["Shards"][0]["ShardId"]
    iterator = aws.streams(
        f"get-shard-iterator --stream-arn {stream} --shard-id {shard} --shard-iterator-type TRIM_HORIZON")
    records = aws.streams(f"get-records --shard-iterator {iterator['ShardIterator']}")["Records"]
    assert [record["eventName"] for record in records] == ["INSERT"] * 27 + ["MODIFY", "REMOVE", "REMOVE"]


def test_a_tables_settings_backups_and_end(aws, name):
    arn = aws(f"create-table --table-name {name} {SCHEMA}")["TableDescription"]["TableArn"]
    aws(f"put-item --table-name {name} --item", song("Ann", "Blue Moon", 1990))
    aws(f"tag-resource --resource-arn {arn} --tags Key=year,Value=7")
    aws(f"untag-resource --resource-arn {arn} --tag-keys team")
    assert aws(f"list-tags-of-resource --resource-arn {arn}") == {"Tags": [{"Key": "year", "Value": "7"}]}
    aws(f"update-time-to-live --table-name {name} --time-to-live-specification Enabled=true,AttributeName=ends")
    lives = aws(f"describe-time-to-live --table-name {name} --query TimeToLiveDescription.TimeToLiveStatus --output text")
    assert lives == "ENABLED"
    aws(
        f"update-continuous-backups --table-name {name} "
        "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true")
    recovery = aws(f"describe-continuous-backups --table-name {name}")["ContinuousBackupsDescription"]
    assert recovery["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
    assert recovery["PointInTimeRecoveryDescription"]["LatestRestorableDateTime"]
    aws(
        f"update-table --table-name {name} --billing-mode PROVISIONED "
        "--provisioned-throughput ReadCapacityUnits=5,WriteCapacityUnits=6 --global-secondary-index-updates",
        '[{"Update": {"IndexName": "by-year", "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}}]')
    aws(f"update-table --table-name {name} --deletion-protection-enabled")
    table = aws(f"describe-table --table-name {name}")["Table"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 6 and table["DeletionProtectionEnabled"]
    assert aws("describe-limits")["AccountMaxReadCapacityUnits"] > 0
    assert aws("describe-endpoints")["Endpoints"][0]["Address"]

    backup = aws(f"create-backup --table-name {name} --backup-name first --query BackupDetails.BackupArn --output text")
    aws.server.wait_for(lambda: "AVAILABLE" == aws(
        f"describe-backup --backup-arn {backup} --query BackupDescription.BackupDetails.BackupStatus --output text"))
    assert [each["BackupArn"] for each in aws(f"list-backups --table-name {name}")["BackupSummaries"]] == [backup]
    aws(f"restore-table-from-backup --target-table-name {name}-copy --backup-arn {backup}")
    aws(f"restore-table-to-point-in-time --source-table-name {name} --target-table-name {name}-past "
        "--use-latest-restorable-time --billing-mode-override PAY_PER_REQUEST")
    for copy in [f"{name}-copy", f"{name}-past"]:
        aws.server.wait_for(
            lambda: aws(f"describe-table --table-name {copy} --query Table.TableStatus --output text") == "ACTIVE")
        assert aws(f"scan --table-name {copy}")["Items"] == [json.loads(song("Ann", "Blue Moon", 1990))]
    deleted = aws(f"delete-backup --backup-arn {backup}")["BackupDescription"]["BackupDetails"]
    assert deleted["BackupStatus"] == "DELETED"

    assert "deletion protection" in aws.refused(f"delete-table --table-name {name}").lower()
    aws(f"update-table --table-name {name} --no-deletion-protection-enabled")
    aws(f"delete-table --table-name {name}")
    assert aws(f"wait table-not-exists --table-name {name}") == ""
    assert "ResourceNotFoundException" in aws.refused(f"describe-table --table-name {name}")
    assert "UnknownOperationException" in aws.refused("list-exports")


def test_a_profile_of_a_school(shared_server):
    tenant = shared_server.onboard("Profiles USD").json["tenant"]
    school = School(shared_server, tenant["id"], tenant["schools"][0]["id"])
    path = shared_server.folder / "profiles"
    path.write_text(
        f"[profile lincoln]\nregion = us-east-1\nendpoint_url = {shared_server.gateway}\n"
        f"role_arn = {school.environment['AWS_ROLE_ARN']}\nweb_identity_token_file = {school.token_file}\n")
    aws = Shell(shared_server, {"AWS_CONFIG_FILE": str(path), "AWS_PROFILE": "lincoln"})
    aws(f"put-item --table-name {STUDENTS} --item", json.dumps(school.item(1, name={"S": "Ada Park"})))
    assert aws(f"get-item --table-name {STUDENTS} --key", json.dumps(school.key(1)))["Item"]["name"] == {"S": "Ada Park"}
    assert "AccessDeniedException" in aws.refused(f"scan --table-name {STUDENTS}")
