"""A school's application that never stops writing, and keeps a list of every write that was acknowledged.

boto3's retries are off, so that a request that fails is counted as one.

Usage: steady_writer.py write SCHOOL_ID FILE    loads records, then writes until its standard input is closed
       steady_writer.py check SCHOOL_ID FILE    reads back every write that FILE lists

Both print a line of JSON with what they counted; `write` prints one more when the records are loaded.
"""

import json
import sys
import threading
import time

import boto3
from botocore.config import Config

from school_app import student_key

TABLE = "student-table"
THREADS = 4
PAUSE_SECONDS = 0.03
LOADED_STUDENTS = 500
LOADED_GRADES = 24
FAILURES_SHOWN = 3
KEYS_PER_READ = 100


def connect():
    return boto3.client("dynamodb", config=Config(
        retries={"total_max_attempts": 1}, max_pool_connections=THREADS, connect_timeout=5, read_timeout=15))


def load(school):
    """Last year's records, in batches."""
    table = boto3.resource("dynamodb").Table(TABLE)
    with table.batch_writer() as batch:
        for student in range(LOADED_STUDENTS):
            for grade in range(LOADED_GRADES):
                batch.put_item(Item={
                    "recordKey": student_key(school, f"L{student:04}"), "entityKey": f"GRADE#{grade:03}#LASTYEAR",
                    "entityType": "GRADE", "points": 60 + (student + grade) % 40,
                })
    return LOADED_STUDENTS * LOADED_GRADES


class Writer:
    """Four threads that write, count and read, each for a student of its own."""

    def __init__(self, school):
        self.school = school
        self.client = connect()
        self.stop = threading.Event()
        self.lock = threading.Lock()
        self.requests = 0
        self.failures = []
        self.longest = 0.0
        # What was acknowledged: the value of each grade, and how often each student's counter was raised.
        self.grades = {}
        self.counters = {}

    def run(self):
        threads = [threading.Thread(target=self._write, args=[number]) for number in range(THREADS)]
        for thread in threads:
            thread.start()
        sys.stdin.read()
        self.stop.set()
        for thread in threads:
            thread.join()

    def _request(self, call, **arguments):
        """The answer, or None; a failure is kept, not repeated."""
        began = time.monotonic()
        answer = failure = None
        try:
            answer = call(TableName=TABLE, **arguments)
        except Exception as error:  # Whatever goes wrong is a failed request: that is what is counted here.
            failure = f"{type(error).__name__}: {error}"
        with self.lock:
            self.requests += 1
            self.longest = max(self.longest, time.monotonic() - began)
            if failure:
                self.failures.append(failure)
        return answer

    def _write(self, number):
        record = student_key(self.school, f"W{number}")
        profile = {"recordKey": {"S": record}, "entityKey": {"S": "PROFILE"}}
        count = raised = 0
        while not self.stop.wait(PAUSE_SECONDS):
            count += 1
            grade = {"recordKey": {"S": record}, "entityKey": {"S": f"GRADE#{count:06}"}}
            key = f"{record} {grade['entityKey']['S']}"
            if self._request(self.client.put_item, Item={**grade, "points": {"N": str(count)}}):
                self.grades[key] = count
            if self._request(
                    self.client.update_item, Key=profile, UpdateExpression="ADD written :one",
                    ExpressionAttributeValues={":one": {"N": "1"}}):
                raised += 1
                self.counters[record] = raised
            read = self._request(self.client.get_item, Key=grade, ConsistentRead=True)
            if read and key in self.grades and read.get("Item", {}).get("points") != {"N": str(count)}:
                with self.lock:
                    self.failures.append(f"{key} was acknowledged and is not read back")


def write(school, file):
    print(json.dumps({"loaded": load(school)}), flush=True)
    writer = Writer(school)
    writer.run()
    with open(file, "w", encoding="utf-8") as out:
        json.dump({"grades": writer.grades, "counters": writer.counters}, out)
    print(json.dumps({
        "requests": writer.requests, "failed": len(writer.failures), "failures": writer.failures[:FAILURES_SHOWN],
        "longestMilliseconds": writer.longest * 1000,
        "acknowledged": len(writer.grades) + sum(writer.counters.values()),
    }), flush=True)


def check(school, file):
    """Each grade has to be there with its value, each counter to stand where it was raised to: once each, none twice."""
    with open(file, encoding="utf-8") as source:
        expected = json.load(source)
    wanted = {tuple(key.split(" ")): ("points", value) for key, value in expected["grades"].items()}
    wanted.update({(record, "PROFILE"): ("written", value) for record, value in expected["counters"].items()})
    keys, found, wrong = list(wanted), 0, []
    client = connect()
    for start in range(0, len(keys), KEYS_PER_READ):
        page = keys[start:start + KEYS_PER_READ]
        asked = [{"recordKey": {"S": record}, "entityKey": {"S": entity}} for record, entity in page]
        answer = client.batch_get_item(RequestItems={TABLE: {"Keys": asked, "ConsistentRead": True}})
        items = {(item["recordKey"]["S"], item["entityKey"]["S"]): item for item in answer["Responses"][TABLE]}
        for key in page:
            name, value = wanted[key]
            if items.get(key, {}).get(name) == {"N": str(value)}:
                found += value if name == "written" else 1
            else:
                wrong.append(" ".join(key))
    print(json.dumps({"found": found, "wrong": wrong}))


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("write", "check"):
        sys.exit("usage: steady_writer.py write|check SCHOOL_ID FILE")
    {"write": write, "check": check}[sys.argv[1]](sys.argv[2], sys.argv[3])


if __name__ == "__main__":
    main()
