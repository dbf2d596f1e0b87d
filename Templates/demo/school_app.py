"""The application of one school, written for DynamoDB: boto3, and nothing that knows of Homeroom.

boto3 finds all that it needs in the environment:

    AWS_ENDPOINT_URL             the gateway
    AWS_ROLE_ARN                 the role that the application takes on
    AWS_WEB_IDENTITY_TOKEN_FILE  a file with the token that says which school it acts for
    AWS_DEFAULT_REGION           any region

Usage: school_app.py SCHOOL_ID [OTHER_SCHOOL_ID]

With one id it writes student records and grades of that school, reads and queries them. With two it asks for a record of the
other school, which has to be refused.
"""

import sys

import boto3
from boto3.dynamodb.conditions import Key
from botocore.exceptions import ClientError

STUDENTS = [("1001", "Ada Park"), ("1002", "Bao Nguyen"), ("1003", "Camila Ortiz")]
COURSES = [("ALGEBRA", 93), ("BIOLOGY", 88), ("HISTORY", 95), ("MUSIC", 99)]


def student_key(school, student):
    """The partition key of all that belongs to one student."""
    return f"TENANT#{school}#STUDENT#{student}"


def teacher_key(school, teacher):
    """The partition key of the index that finds a teacher's students."""
    return f"TENANT#{school}#TEACHER#{teacher}"


def write(table, school):
    """Puts a profile and four grades for each student."""
    with table.batch_writer() as batch:
        for number, (student, name) in enumerate(STUDENTS):
            record = student_key(school, student)
            batch.put_item(Item={
                "recordKey": record, "entityKey": "PROFILE", "entityType": "STUDENT", "name": name, "gradeLevel": 9,
                "teacherKey": teacher_key(school, "rivera"),
            })
            for course, points in COURSES:
                batch.put_item(Item={
                    "recordKey": record, "entityKey": f"GRADE#{course}#FALL", "entityType": "GRADE",
                    "course": course, "points": points - 2 * number,
                })
    print(f"wrote   {len(STUDENTS)} students and {len(STUDENTS) * len(COURSES)} grades")


def read(table, school):
    """Gets a student, queries a student's grades and a teacher's students."""
    record = student_key(school, "1001")
    student = table.get_item(Key={"recordKey": record, "entityKey": "PROFILE"})["Item"]
    print(f"read    {student['name']}, grade level {student['gradeLevel']}")
    grades = table.query(
        KeyConditionExpression=Key("recordKey").eq(record) & Key("entityKey").begins_with("GRADE#"))["Items"]
    print("query   " + ", ".join(f"{grade['course']} {grade['points']}" for grade in grades))
    students = table.query(
        IndexName="teacher-index", KeyConditionExpression=Key("teacherKey").eq(teacher_key(school, "rivera")))["Items"]
    print("index   students of Rivera: " + ", ".join(student["name"] for student in students))
    if len(grades) != len(COURSES) or len(students) != len(STUDENTS):
        sys.exit("what was read is not what was written")


def ask_for_another_schools_record(table, other):
    """Prints the refusal; a record would be the end of it."""
    try:
        table.get_item(Key={"recordKey": student_key(other, "1001"), "entityKey": "PROFILE"})
    except ClientError as refused:
        if refused.response["Error"]["Code"] != "AccessDeniedException":
            raise
        print(refused)
    else:
        sys.exit("the record of another school was handed out")


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: school_app.py SCHOOL_ID [OTHER_SCHOOL_ID]")
    table = boto3.resource("dynamodb").Table("student-table")
    if len(sys.argv) == 3:
        ask_for_another_schools_record(table, sys.argv[2])
    else:
        write(table, sys.argv[1])
        read(table, sys.argv[1])


if __name__ == "__main__":
    main()
