"""A lean HTTP client for one keep-alive connection: it should cost little beside what it measures."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, BinaryIO
from urllib.parse import urlencode

# Any 32 letters do: Django compares the cookie with the form's field.
CSRF = "bEnchmark0bEnchmark0bEnchmark012"
PIECE = 1 << 18
Put = Callable[[bytes], Any]


@dataclass(frozen=True)
class Answer:
    """Status, headers (names in small letters), body and its length, and how long it took: to the first
    byte of the body and to the last, in seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    first_byte_s: float
    seconds: float
    length: int = 0


class Client:
    """One connection of one signed-in person to a server on this machine."""

    def __init__(self, port: int, session: str = ""):
        self.port, self._socket, self._read_ahead = port, None, b""
        self._cookies = f"sessionid={session}; csrftoken={CSRF}"

    def get(
        self, path: str, *, gzip: bool = False, keep: bool = True, into: BinaryIO | None = None
    ) -> Answer:
        """The answer to a GET. Its body may go into a file, or nowhere when `keep` is off."""
        accepted = "Accept-Encoding: gzip\r\n" if gzip else ""
        pieces: list[bytes] = []
        put = into.write if into else pieces.append if keep else len
        answer = self._exchange(f"GET {path} HTTP/1.1\r\n{self._head()}{accepted}\r\n".encode(), put)
        return replace(answer, body=b"".join(pieces))

    def post(self, path: str, fields: dict[str, str], *, htmx: bool = False) -> Answer:
        """The answer to a form sent as browsers send it."""
        body = urlencode({"csrfmiddlewaretoken": CSRF, **fields}).encode()
        extra = "HX-Request: true\r\n" if htmx else ""
        head = (
            f"POST {path} HTTP/1.1\r\n{self._head()}{extra}Content-Length: {len(body)}\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n\r\n"
        )
        pieces: list[bytes] = []
        return replace(self._exchange(head.encode() + body, pieces.append), body=b"".join(pieces))

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket, self._read_ahead = None, b""

    def _head(self) -> str:
        return f"Host: 127.0.0.1:{self.port}\r\nCookie: {self._cookies}\r\nX-CSRFToken: {CSRF}\r\n"

    def _exchange(self, request: bytes, put: Put) -> Answer:
        """Send and read; once more on a new connection when the server had closed the idle one."""
        fresh = self._socket is None
        try:
            return self._once(request, put)
        except (ConnectionError, EOFError):
            self.close()
            if fresh:
                raise
            return self._once(request, put)

    def _once(self, request: bytes, put: Put) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=120)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        began = time.perf_counter()
        self._socket.sendall(request)
        status, headers = self._read_head()
        first, length = 0.0, 0
        for piece in self._body(headers, status):
            first = first or time.perf_counter() - began
            length += len(piece)
            put(piece)
        seconds = time.perf_counter() - began
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, b"", first or seconds, seconds, length)

    def _read_head(self) -> tuple[int, dict[str, str]]:
        while b"\r\n\r\n" not in self._read_ahead:
            self._read_ahead += self._receive()
        head, self._read_ahead = self._read_ahead.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if ": " in line)
        return int(lines[0].split(" ", 2)[1]), {name.lower(): value for name, value in headers.items()}

    def _body(self, headers: dict[str, str], status: int) -> Iterator[bytes]:
        if headers.get("transfer-encoding", "").lower() == "chunked":
            yield from self._chunks()
        elif "content-length" in headers:
            yield from self._exactly(int(headers["content-length"]))
        elif status not in (204, 304):
            with contextlib.suppress(EOFError):
                while True:
                    yield self._take()

    def _chunks(self) -> Iterator[bytes]:
        while True:
            while b"\r\n" not in self._read_ahead:
                self._read_ahead += self._receive()
            size, self._read_ahead = self._read_ahead.split(b"\r\n", 1)
            length = int(size, 16)
            yield from self._exactly(length)
            for _ in self._exactly(2):
                pass
            if not length:
                return

    def _exactly(self, length: int) -> Iterator[bytes]:
        while length:
            piece = self._take()
            if len(piece) > length:
                self._read_ahead, piece = piece[length:], piece[:length]
            length -= len(piece)
            yield piece

    def _take(self) -> bytes:
        piece, self._read_ahead = self._read_ahead or self._receive(), b""
        return piece

    def _receive(self) -> bytes:
        assert self._socket is not None
        piece = self._socket.recv(PIECE)
        if not piece:
            raise EOFError("the server closed the connection")
        return piece
