"""A client that reads HTTP/1 from the socket byte by byte and forgives nothing."""

from __future__ import annotations

import socket
from typing import NamedTuple


class Response(NamedTuple):
    """One response. ``framing``: ``length``, ``chunked``, ``close`` or ``none`` (no body)."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    framing: str

    def header(self, name: str) -> str | None:
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) < 2, found
        return found[0] if found else None


class Connection:
    """One connection to a server on this machine, for one request after another."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._file = self._socket.makefile("rb")

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._socket.close()

    def ask(
        self, path: str, *, method: str = "GET", version: str = "1.1", last: bool = False
    ) -> Response:
        """Send a request and read its response. ``last``: ask the server to close after it."""
        self.send(path, method=method, version=version, last=last)
        return self.read(method)

    def send(
        self, *paths: str, method: str = "GET", version: str = "1.1", last: bool = False
    ) -> None:
        """Send requests in one piece and wait for nothing. ``last``: of the last one."""
        out = ""
        for number, path in enumerate(paths, 1):
            lines = [f"{method} {path} HTTP/{version}", "Host: shop", "Accept-Encoding: gzip, br"]
            if last and number == len(paths):
                lines.append("Connection: close")
            out += "\r\n".join([*lines, "", ""])
        self._socket.sendall(out.encode())

    def peek(self, size: int) -> bytes:
        """The next bytes as they come."""
        return self._file.read(size)

    def rest(self) -> bytes:
        """Whatever else the server sends until it closes."""
        return self._file.read()

    def _line(self) -> bytes:
        line = self._file.readline()
        assert line.endswith(b"\r\n"), line
        return line[:-2]

    def read(self, method: str = "GET") -> Response:
        """The next response, to a request of that method."""
        version, _, status = self._line().decode().partition(" ")
        assert version in ("HTTP/1.0", "HTTP/1.1"), version
        headers = []
        while line := self._line():
            name, colon, value = line.decode("latin-1").partition(":")
            assert colon, line
            headers.append((name, value.strip()))
        bare = Response(status, headers, b"", "none")
        if method == "HEAD" or status[:3] in ("204", "304"):
            return bare
        length, coding = bare.header("Content-Length"), bare.header("Transfer-Encoding")
        assert not (length and coding), headers
        if coding:
            assert coding == "chunked"
            return bare._replace(body=self._chunks(), framing="chunked")
        if length:
            body = self._file.read(int(length))
            assert len(body) == int(length)
            return bare._replace(body=body, framing="length")
        return bare._replace(body=self._file.read(), framing="close")

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self._line(), 16):
            body += self._file.read(size)
            assert self._line() == b""
        assert self._line() == b""
        return body
