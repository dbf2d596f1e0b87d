"""An OpenID provider on loopback: discovery, keys and ID tokens of its own, and days on which nothing of that works."""

import base64
import http.server
import json
import threading
import time

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

AUDIENCE = "homeroom-at-springfield"


class Provider:
    """A real HTTP server; `mode` is how it answers: well, down, garbage, huge, slow, redirect, forged."""

    def __init__(self, algorithm="RS256"):
        self.algorithm = algorithm
        self.mode = "well"
        self.fetched = []
        self.traces = []
        self.max_age = 3600
        self.keys = {}
        self.rotate()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def rotate(self, keep=False):
        """A new key signs from now on; the former ones are published no more unless they are kept."""
        if not keep:
            self.keys = {}
        key = ec.generate_private_key(ec.SECP256R1()) if self.algorithm == "ES256" else rsa.generate_private_key(65537, 2048)
        self.kid = f"key-{time.monotonic_ns()}"
        self.keys[self.kid] = key

    def jwks(self):
        family = jwt.algorithms.ECAlgorithm if self.algorithm == "ES256" else jwt.algorithms.RSAAlgorithm
        return {"keys": [
            {**json.loads(family.to_jwk(key.public_key())), "kid": kid, "use": "sig", "alg": self.algorithm}
            for kid, key in self.keys.items()]}

    def token(self, headers=None, key=None, algorithm=None, without=(), **claims):
        now = int(time.time())
        content = {
            "iss": self.issuer, "aud": AUDIENCE, "sub": "person-1", "iat": now, "exp": now + 600,
            "school": "Lincoln High", "type": "teacher", **claims}
        for name in without:
            del content[name]
        return jwt.encode(
            content, key or self.keys[self.kid], algorithm=algorithm or self.algorithm,
            headers={"kid": self.kid, **(headers or {})})

    def unsigned(self, **claims):
        """A token with `alg: none`."""
        part = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
        payload = self.token(**claims).split(".")[1]
        return f"{part({'alg': 'none', 'kid': self.kid})}.{payload}."

    def _handler(provider):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                provider.fetched.append(self.path)
                provider.traces.append(self.headers.get_all("traceparent"))
                provider._answer(self)

            def log_message(self, *_):
                pass

        return Handler

    def _answer(self, request):
        if self.mode == "down":
            return request.connection.close()
        if self.mode == "redirect":
            request.send_response(302)
            request.send_header("Location", self.elsewhere)
            return request.end_headers()
        if self.mode == "slow":
            time.sleep(20)
        body = {
            "/.well-known/openid-configuration": {
                "issuer": "http://127.0.0.1:1" if self.mode == "forged" else self.issuer,
                "jwks_uri": self.issuer + "/keys"},
            "/keys": self.jwks(),
        }.get(request.path)
        request.send_response(200 if body else 404)
        request.send_header("Cache-Control", f"public, max-age={self.max_age}")
        request.end_headers()
        try:
            if self.mode == "huge":
                request.wfile.write(b" " * 10_000_000)
            request.wfile.write(b"<html>" if self.mode == "garbage" else json.dumps(body).encode())
        except OSError:
            pass  # The client has seen enough.
