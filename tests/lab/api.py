"""The two doors of the appliance: the HTTP config API and the data plane's control socket."""

import http.client
import json
import socket
import struct
import urllib.parse


class Refused(Exception):
    """A request was answered with an error; `problem` is its RFC 9457 document."""

    def __init__(self, status, problem):
        self.status = status
        self.problem = problem
        super().__init__(f"{status}: {problem}")

    @property
    def pointer(self):
        return self.problem.get("pointer", "")


class Answer:
    """What came back over HTTP."""

    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.data = response.read()

    @property
    def json(self):
        return json.loads(self.data) if self.data else None

    @property
    def etag(self):
        return self.headers["ETag"]


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Api:
    """HTTP over a UNIX socket, a connection for each request."""

    def __init__(self, path):
        self.path = path

    def connection(self, timeout=30):
        return _UnixConnection(self.path, timeout)

    def request(self, method, target, body=None, timeout=30, **headers):
        """Any answer, also an error. `body` is bytes as they are, anything else becomes JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
        named.setdefault("Content-Type", "application/merge-patch+json" if method == "PATCH"
                         else "application/json")
        connection = self.connection(timeout)
        try:
            connection.request(method, target, body, named)
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def _good(self, *args, **options):
        answer = self.request(*args, **options)
        if answer.status >= 300:
            raise Refused(answer.status, answer.json)
        return answer

    def get(self, target, **query):
        if query:
            target += "?" + urllib.parse.urlencode(query)
        return self._good("GET", target).json

    def put(self, target, body, **headers):
        return self._good("PUT", target, body, **headers).json

    def patch(self, target, body, **headers):
        return self._good("PATCH", target, body, **headers).json

    def post(self, target, body=None, **headers):
        return self._good("POST", target, body, **headers).json

    def delete(self, target, **headers):
        return self._good("DELETE", target, **headers).json


class ControlSocket:
    """The data plane's control socket: length-prefixed JSON, a connection for each request."""

    def __init__(self, path):
        self.path = str(path)

    def ask(self, op, timeout=30, **arguments):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(timeout)
            connection.connect(self.path)
            body = json.dumps({"op": op, **arguments}).encode()
            connection.sendall(struct.pack("!I", len(body)) + body)
            size, = struct.unpack("!I", self._read(connection, 4))
            answer = json.loads(self._read(connection, size))
        if not answer.pop("ok"):
            raise Refused(answer["error"]["fault"], answer["error"])
        return answer

    @staticmethod
    def _read(connection, size):
        data = b""
        while len(data) < size:
            more = connection.recv(size - len(data))
            if not more:
                raise ConnectionError("the data plane closed the control socket")
            data += more
        return data
