"""Every operation of DynamoDB and its streams, with boto3: a call that succeeds, one that fails as the API reference says,
and answers that hold nothing which the service's model (as botocore has it) does not know. What is not there says so."""

import json
import zlib

import boto3
import botocore.config
import botocore.exceptions
import botocore.session
import pytest
from conftest import use_environment
from test_aws_clients import School

TABLE, ABSENT = "t.operations", "t.absent"
KEY, OTHER = {"k": {"S": "1"}}, {"k": {"S": "none"}}
FAILS = {"ConditionExpression": "attribute_exists(absent)"}
DYNAMO, VALIDATION, SERVICE = "com.amazonaws.dynamodb.v20120810#", "com.amazon.coral.validate#", "com.amazon.coral.service#"
# API reference, "Common Error Types": any operation may answer these, so the model does not list them.
COMMON = {"ValidationException", "UnrecognizedClientException", "AccessDeniedException"}
SCHEMA = {
    "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}], "BillingMode": "PAY_PER_REQUEST"}


def absent(text):
    return text.replace(TABLE, ABSENT).replace("/backup/0", "/backup/1")


# By operation: the parameters that succeed, those that fail, and the error. `w` knows what the table's creation answered.
ITEMS = {
    "PutItem": (
        lambda w: {"TableName": TABLE, "Item": {**KEY, "v": {"N": "1"}}, "ReturnConsumedCapacity": "INDEXES"},
        lambda w: {"TableName": TABLE, "Item": OTHER, **FAILS}, "ConditionalCheckFailedException"),
    "GetItem": (
        lambda w: {"TableName": TABLE, "Key": KEY, "ReturnConsumedCapacity": "TOTAL"},
        lambda w: {"TableName": ABSENT, "Key": KEY}, "ResourceNotFoundException"),
    "UpdateItem": (
        lambda w: {"TableName": TABLE, "Key": KEY, "UpdateExpression": "SET v = v", "ReturnValues": "ALL_NEW"},
        lambda w: {"TableName": TABLE, "Key": OTHER, **FAILS}, "ConditionalCheckFailedException"),
    "DeleteItem": (
        lambda w: {"TableName": TABLE, "Key": OTHER, "ReturnValues": "ALL_OLD", "ReturnItemCollectionMetrics": "SIZE"},
        lambda w: {"TableName": TABLE, "Key": OTHER, **FAILS}, "ConditionalCheckFailedException"),
    "Query": (
        lambda w: {"TableName": TABLE, "KeyConditions": {
            "k": {"ComparisonOperator": "EQ", "AttributeValueList": [KEY["k"]]}}},
        lambda w: {"TableName": TABLE}, "ValidationException"),
    "Scan": (
        lambda w: {"TableName": TABLE, "Limit": 1, "ReturnConsumedCapacity": "INDEXES"},
        lambda w: {"TableName": ABSENT}, "ResourceNotFoundException"),
    "BatchGetItem": (
        lambda w: {"RequestItems": {TABLE: {"Keys": [KEY]}}, "ReturnConsumedCapacity": "TOTAL"},
        lambda w: {"RequestItems": {ABSENT: {"Keys": [KEY]}}}, "ResourceNotFoundException"),
    "BatchWriteItem": (
        lambda w: {"RequestItems": {TABLE: [{"PutRequest": {"Item": OTHER}}]}, "ReturnItemCollectionMetrics": "SIZE"},
        lambda w: {"RequestItems": {ABSENT: [{"DeleteRequest": {"Key": KEY}}]}}, "ResourceNotFoundException"),
    "TransactGetItems": (
        lambda w: {"TransactItems": [{"Get": {"TableName": TABLE, "Key": KEY}}]},
        lambda w: {"TransactItems": [{"Get": {"TableName": ABSENT, "Key": KEY}}]}, "ResourceNotFoundException"),
    "TransactWriteItems": (
        lambda w: {"TransactItems": [{"Put": {"TableName": TABLE, "Item": OTHER}}], "ReturnConsumedCapacity": "INDEXES"},
        lambda w: {"TransactItems": [{"Put": {"TableName": TABLE, "Item": OTHER, **FAILS}}]},
        "TransactionCanceledException"),
    "ExecuteStatement": (
        lambda w: {"Statement": f'SELECT * FROM "{TABLE}"', "Limit": 1},
        lambda w: {"Statement": f"INSERT INTO \"{TABLE}\" VALUE {{'k': '1'}}"}, "DuplicateItemException"),
    "BatchExecuteStatement": (
        lambda w: {"Statements": [{"Statement": f"SELECT * FROM \"{TABLE}\" WHERE k = '{key}'"} for key in "19"]},
        lambda w: {"Statements": [{"Statement": f"SELECT * FROM \"{TABLE}\" WHERE k = '1'"}] * 26}, "ValidationException"),
    "ExecuteTransaction": (
        lambda w: {"TransactStatements": [{"Statement": f"SELECT * FROM \"{TABLE}\" WHERE k = '1'"}]},
        lambda w: {"TransactStatements": [{"Statement": f"INSERT INTO \"{TABLE}\" VALUE {{'k': '1'}}"}]},
        "TransactionCanceledException"),
}
TABLES = {
    "CreateTable": (
        lambda w: {"TableName": "t.operations-more", **SCHEMA}, lambda w: {"TableName": TABLE, **SCHEMA},
        "ResourceInUseException"),
    "DescribeTable": (lambda w: {"TableName": TABLE}, lambda w: {"TableName": ABSENT}, "ResourceNotFoundException"),
    "ListTables": (lambda w: {"Limit": 2}, lambda w: {"Limit": 101}, "ValidationException"),
    "UpdateTable": (
        lambda w: {"TableName": TABLE, "DeletionProtectionEnabled": True},
        lambda w: {"TableName": ABSENT, "DeletionProtectionEnabled": True}, "ResourceNotFoundException"),
    "DeleteTable": (
        lambda w: {"TableName": "t.operations-more"}, lambda w: {"TableName": ABSENT}, "ResourceNotFoundException"),
    "TagResource": (
        lambda w: {"ResourceArn": w.arn, "Tags": [{"Key": "a", "Value": "b"}]},
        lambda w: {"ResourceArn": absent(w.arn), "Tags": [{"Key": "a", "Value": "b"}]}, "ResourceNotFoundException"),
    "ListTagsOfResource": (
        lambda w: {"ResourceArn": w.arn}, lambda w: {"ResourceArn": absent(w.arn)}, "ResourceNotFoundException"),
    "UntagResource": (
        lambda w: {"ResourceArn": w.arn, "TagKeys": ["a"]},
        lambda w: {"ResourceArn": absent(w.arn), "TagKeys": ["a"]}, "ResourceNotFoundException"),
    "DescribeLimits": (lambda w: {}, None, "UnrecognizedClientException"),
    "DescribeEndpoints": (lambda w: {}, None, "UnrecognizedClientException"),
    "DescribeContributorInsights": (
        lambda w: {"TableName": TABLE}, lambda w: {"TableName": ABSENT}, "ResourceNotFoundException"),
    "DescribeKinesisStreamingDestination": (
        lambda w: {"TableName": TABLE}, lambda w: {"TableName": ABSENT}, "ResourceNotFoundException"),
    "UpdateTimeToLive": (
        lambda w: {"TableName": TABLE, "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True}},
        lambda w: {"TableName": ABSENT, "TimeToLiveSpecification": {"AttributeName": "ends", "Enabled": True}},
        "ResourceNotFoundException"),
    "DescribeTimeToLive": (lambda w: {"TableName": TABLE}, lambda w: {"TableName": ABSENT}, "ResourceNotFoundException"),
}
BACKUPS = {
    "UpdateContinuousBackups": (
        lambda w: {"TableName": TABLE, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
        lambda w: {"TableName": ABSENT, "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True}},
        "TableNotFoundException"),
    "DescribeContinuousBackups": (
        lambda w: {"TableName": TABLE}, lambda w: {"TableName": ABSENT}, "TableNotFoundException"),
    "CreateBackup": (
        lambda w: {"TableName": TABLE, "BackupName": "second"}, lambda w: {"TableName": ABSENT, "BackupName": "none"},
        "TableNotFoundException"),
    "DescribeBackup": (
        lambda w: {"BackupArn": w.backup}, lambda w: {"BackupArn": absent(w.backup)}, "BackupNotFoundException"),
    "ListBackups": (lambda w: {"TableName": TABLE, "Limit": 1}, lambda w: {"Limit": 101}, "ValidationException"),
    "RestoreTableFromBackup": (
        lambda w: {"TargetTableName": "t.operations-copy", "BackupArn": w.backup},
        lambda w: {"TargetTableName": TABLE, "BackupArn": w.backup}, "TableAlreadyExistsException"),
    "RestoreTableToPointInTime": (
        lambda w: {"SourceTableName": TABLE, "TargetTableName": "t.operations-past", "UseLatestRestorableTime": True},
        lambda w: {"SourceTableName": w.plain, "TargetTableName": "t.operations-none", "UseLatestRestorableTime": True},
        "PointInTimeRecoveryUnavailableException"),
    "DeleteBackup": (
        lambda w: {"BackupArn": w.backup}, lambda w: {"BackupArn": absent(w.backup)}, "BackupNotFoundException"),
}
STREAMS = {
    "ListStreams": (lambda w: {"TableName": TABLE}, lambda w: {"Limit": 0}, "ValidationException"),
    "DescribeStream": (
        lambda w: {"StreamArn": w.stream}, lambda w: {"StreamArn": absent(w.stream)}, "ResourceNotFoundException"),
    "GetShardIterator": (
        lambda w: {"StreamArn": w.stream, "ShardId": w.shard, "ShardIteratorType": "TRIM_HORIZON"},
        lambda w: {"StreamArn": absent(w.stream), "ShardId": w.shard, "ShardIteratorType": "LATEST"},
        "ResourceNotFoundException"),
    "GetRecords": (
        lambda w: {"ShardIterator": w.iterator()}, lambda w: {"ShardIterator": "forged"}, "ValidationException"),
}
SERVICES = {"dynamodb": {**ITEMS, **TABLES, **BACKUPS}, "dynamodbstreams": STREAMS}
KNOWN = [(service, operation) for service, operations in SERVICES.items() for operation in operations]
MODELS = {service: botocore.session.get_session().get_service_model(service) for service in SERVICES}
UNKNOWN = [name for name in MODELS["dynamodb"].operation_names if name not in SERVICES["dynamodb"]]


class World:
    """A table with all that belongs to one, and the last answer as it came."""

    def __init__(self, server):
        settings = botocore.config.Config(parameter_validation=False, retries={"max_attempts": 0})
        self.clients = {service: boto3.client(service, config=settings) for service in SERVICES}
        for client in self.clients.values():
            client.meta.events.register("after-call", self.keep)
        self.strangers = {service: boto3.client(
            service, config=settings, aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="x" * 40)
            for service in SERVICES}
        dynamodb, self.plain = self.clients["dynamodb"], "t.operations-plain"
        dynamodb.create_table(TableName=self.plain, **SCHEMA)
        index = {"IndexName": "by-v", "KeySchema": [{"AttributeName": "v", "KeyType": "HASH"}],
                 "Projection": {"ProjectionType": "ALL"}}
        table = dynamodb.create_table(**{
            **SCHEMA, "TableName": TABLE, "GlobalSecondaryIndexes": [index],
            "AttributeDefinitions": [*SCHEMA["AttributeDefinitions"], {"AttributeName": "v", "AttributeType": "N"}],
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}})["TableDescription"]
        self.arn, self.stream = table["TableArn"], table["LatestStreamArn"]
        dynamodb.get_waiter("table_exists").wait(TableName=TABLE, WaiterConfig={"Delay": 1})
        for number in "012":
            dynamodb.put_item(TableName=TABLE, Item={"k": {"S": number}, "v": {"N": number}})
        self.backup = dynamodb.create_backup(TableName=TABLE, BackupName="first")["BackupDetails"]["BackupArn"]
        server.wait_for(lambda: dynamodb.describe_backup(BackupArn=self.backup)["BackupDescription"]["BackupDetails"][
            "BackupStatus"] == "AVAILABLE")
        self.shard = self.clients["dynamodbstreams"].describe_stream(
            StreamArn=self.stream)["StreamDescription"]["Shards"][0]["ShardId"]

    def keep(self, http_response, **_):
        self.answer = http_response

    def iterator(self):
        return self.clients["dynamodbstreams"].get_shard_iterator(**STREAMS["GetShardIterator"][0](self))["ShardIterator"]

    def call(self, service, operation, parameters, client=None):
        client = client or self.clients[service]
        return getattr(client, botocore.xform_name(operation))(**parameters)


@pytest.fixture(scope="module")
def world(shared_server, operator_environment):
    with pytest.MonkeyPatch.context() as patch:
        use_environment(patch, shared_server, operator_environment)
        yield World(shared_server)


def check_shape(shape, value, path="$"):
    """Fails where JSON is not as a shape of the service's model says."""
    kind = shape.type_name
    if kind == "structure" and shape.name == "AttributeValue":
        assert value.keys() <= shape.members.keys() and len(value) == 1, path
    elif kind == "structure":
        unknown = value.keys() - shape.members.keys()
        assert not unknown, f"{path} has {unknown}"
        assert set(shape.required_members) <= value.keys(), f"{path} lacks a member"
        for name, member in value.items():
            check_shape(shape.members[name], member, f"{path}.{name}")
    elif kind == "list":
        assert isinstance(value, list), path
        for member in value:
            check_shape(shape.member, member, f"{path}[]")
    elif kind == "map":
        for name, member in value.items():
            check_shape(shape.value, member, f"{path}.{name}")
    elif kind == "string":
        assert isinstance(value, str), path
        assert not shape.enum or value in shape.enum, f"{path}: {value}"
    else:
        expected = {
            "integer": int, "long": int, "double": (int, float), "timestamp": (int, float), "boolean": bool, "blob": str}
        assert isinstance(value, expected[kind]), f"{path}: {value!r} is no {kind}"


def check_fields(answer):
    """Fails where an answer's header fields are not those of the service."""
    fields = answer.headers
    assert len(fields["x-amzn-RequestId"]) == 52 and fields["x-amzn-RequestId"].isalnum()
    assert int(fields["x-amz-crc32"]) == zlib.crc32(answer.content)
    assert fields["Content-Type"] == "application/x-amz-json-1.0"
    assert int(fields["Content-Length"]) == len(answer.content)


@pytest.mark.parametrize("service, operation", KNOWN)
def test_succeeds_and_fails_as_documented(world, service, operation):
    good, bad, code = SERVICES[service][operation]
    world.call(service, operation, good(world))
    check_fields(world.answer)
    model = MODELS[service].operation_model(operation)
    if model.output_shape is None:
        assert world.answer.content == b"", "the reference promises an empty body"
    else:
        check_shape(model.output_shape, json.loads(world.answer.content))

    client = world.clients[service] if bad else world.strangers[service]
    client.meta.events.register("after-call", world.keep)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        world.call(service, operation, bad(world) if bad else {}, client)
    assert error.value.response["Error"]["Code"] == code and error.value.response["Error"]["Message"]
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert code in COMMON | {shape.name for shape in model.error_shapes}
    space = {"ValidationException": VALIDATION, "UnrecognizedClientException": SERVICE}.get(code, DYNAMO)
    assert json.loads(world.answer.content)["__type"] == space + code
    check_fields(world.answer)


@pytest.mark.parametrize("operation", UNKNOWN)
def test_what_is_not_there_says_so(world, operation):
    with pytest.raises(botocore.exceptions.ClientError) as error:
        world.call("dynamodb", operation, {})
    assert error.value.response["Error"]["Code"] == "UnknownOperationException"
    assert world.answer.status_code == 400
    assert json.loads(world.answer.content)["__type"] == SERVICE + "UnknownOperationException"
    check_fields(world.answer)


def test_security_tokens(shared_server, monkeypatch):
    tenant = shared_server.onboard("Tokens USD").json["tenant"]
    school = School(shared_server, tenant["id"], tenant["schools"][0]["id"])
    use_environment(monkeypatch, shared_server, school.environment)
    sts = boto3.client("sts")
    assert "assumed-role/service" in sts.get_caller_identity()["Arn"]
    token = school.token_file.read_text().strip()
    role = {"RoleArn": school.environment["AWS_ROLE_ARN"], "RoleSessionName": "tests"}
    got = sts.assume_role_with_web_identity(**role, WebIdentityToken=token)
    assert got["Credentials"]["SessionToken"] and got["AssumedRoleUser"]["Arn"].endswith("/tests")
    with pytest.raises(sts.exceptions.InvalidIdentityTokenException):
        sts.assume_role_with_web_identity(**role, WebIdentityToken=token[:-9] + "forgery00")
    stranger = boto3.client("sts", aws_access_key_id="AKIAAAAAAAAAAAAAAAAA", aws_secret_access_key="x" * 40)
    with pytest.raises(botocore.exceptions.ClientError) as error:
        stranger.get_caller_identity()
    assert error.value.response["Error"]["Code"] == "InvalidClientTokenId"
    with pytest.raises(botocore.exceptions.ClientError) as error:
        sts.get_session_token()
    assert error.value.response["Error"]["Code"] == "InvalidAction"
