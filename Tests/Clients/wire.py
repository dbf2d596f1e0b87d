"""DynamoDB's wire without an SDK: signed requests on one connection, for load and for what no SDK would send.

Signing is that of "Signature Version 4 signing process" (AWS General Reference), with the signing key made once.
"""

import hashlib
import hmac
import http.client
import json
import socket
import time
import urllib.parse

REGION, SERVICE = "us-east-1", "dynamodb"
TIMEOUT_SECONDS = 30


class Lost(Exception):
    """The connection went before the answer came: whether the request was carried out is not known."""


class Refused(Exception):
    """The server answered with an error."""

    def __init__(self, status, name, message):
        super().__init__(f"{status} {name}: {message}")
        self.status, self.name, self.message = status, name, message


class Session:
    """Temporary credentials of one school's token."""

    # How far the client's clock is ahead.
    skew_seconds = 0

    def __init__(self, server, tenant, school, role="service"):
        body = {"tenant": tenant, "school": school, "role": role}
        token = server.api("POST", "/v1/tokens", body).json["token"]
        query = urllib.parse.urlencode({
            "Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleSessionName": "wire",
            "RoleArn": f"arn:aws:iam::000000000000:role/{role}", "WebIdentityToken": token})
        answer = server.http.request(
            "POST", server.gateway, body=query, headers={
                "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"})
        text = answer.data.decode()
        part = lambda name: text.split(f"<{name}>")[1].split(f"</{name}>")[0]
        self.access, self.secret, self.token = part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")
        self.day, self.key = None, None

    def headers(self, host, operation, body, **more):
        """The fields of a signed request."""
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(time.time() + self.skew_seconds))
        day = moment[:8]
        if day != self.day:
            self.key = ("AWS4" + self.secret).encode()
            for part in [day, REGION, SERVICE, "aws4_request"]:
                self.key = hmac.digest(self.key, part.encode(), "sha256")
            self.day = day
        fields = {
            "content-type": "application/x-amz-json-1.0", "host": host, "x-amz-date": moment,
            "x-amz-security-token": self.token, "x-amz-target": operation if "." in operation else f"DynamoDB_20120810.{operation}"}
        names = ";".join(fields)
        canonical = "\n".join([
            "POST", "/", "", *(f"{name}:{value}" for name, value in fields.items()), "", names,
            hashlib.sha256(body).hexdigest()])
        scope = f"{day}/{REGION}/{SERVICE}/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
        signature = hmac.digest(self.key, text.encode(), "sha256").hex()
        fields["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={self.access}/{scope}, SignedHeaders={names}, Signature={signature}")
        return {**fields, **more}

    def request(self, host, operation, body, **more):
        """A whole signed request as bytes."""
        fields = {**self.headers(host, operation, body), "content-length": str(len(body)), **more}
        head = "POST / HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        return head.encode() + b"\r\n" + body


class Wire:
    """One connection to the gateway, opened when it is needed."""

    def __init__(self, server, session, timeout=TIMEOUT_SECONDS):
        self.host = server.gateway.removeprefix("http://")
        self.session, self.timeout = session, timeout
        self.connection = None

    def call(self, operation, **parameters):
        """The answer. Raises `Refused` or `Lost`."""
        body = json.dumps(parameters).encode()
        try:
            if self.connection is None:
                self.connection = http.client.HTTPConnection(self.host, timeout=self.timeout)
                self.connection.connect()
                self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.connection.request("POST", "/", body, self.session.headers(self.host, operation, body))
            answer = self.connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Lost(f"{operation}: {type(error).__name__}: {error}") from error
        if status == 200:
            return json.loads(text)
        found = json.loads(text) if text.startswith(b"{") else {}
        raise Refused(status, found.get("__type", "").split("#")[-1], found.get("message", found.get("Message", text)))

    def close(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def bring(server, token, operation, parameters, **headers):
    """Sends an operation with a token that has not been to STS; the answer's status, and what it says. Each call connects anew."""
    host, port = server.gateway.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_SECONDS)
    try:
        connection.request("POST", "/", json.dumps(parameters), {
            "Authorization": f"Bearer {token}", "Content-Type": "application/json",
            "X-Amz-Target": operation if "." in operation else f"DynamoDB_20120810.{operation}", **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()
