"""A proxy before PostgreSQL that loses what it is told to lose: a request, or its reply."""

import selectors
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from attrs import define, field

from tests.faults.fault import Fault, Loss

SOCKET = ".s.PGSQL.5432"

SIZE = 4
"""Bytes in which a message tells its length, which counts them too."""
QUERY, SYNC, READY = b"Q", b"S", b"Z"


@define
class Messages:
    """The messages that arrive in pieces on one side. A client's first one bears no kind."""

    kinded: bool
    rest: bytes = b""

    def take(self, piece: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The messages that are whole by now, each with its kind before it."""
        self.rest += piece
        while message := self._whole():
            self.rest = self.rest[len(message) :]
            yield (message[:1] if self.kinded else SYNC), message
            self.kinded = True

    def _whole(self) -> bytes:
        length = int.from_bytes(self.rest[self.kinded : self.kinded + SIZE], "big") + self.kinded
        whole = len(self.rest) >= self.kinded + SIZE and len(self.rest) >= length
        return self.rest[:length] if whole else b""


@define
class Line:
    """One client's connection to the server, through the proxy."""

    client: socket.socket
    server: socket.socket
    fault: Fault
    about: bytes
    """What an exchange has to speak of to count as a call."""
    asked: Messages = field(factory=lambda: Messages(kinded=False))
    told: Messages = field(factory=lambda: Messages(kinded=True))
    request: bytes = b""
    """What the client has asked of the exchange that is not complete yet."""
    lost: list[bool] = field(factory=list)
    """Of each exchange under way, whether its reply is to be lost."""

    def run(self) -> None:
        """Hand on until one side closes, or something is lost."""
        sides = {self.client: self.from_client, self.server: self.from_server}
        with (
            closing(self.client),
            closing(self.server),
            selectors.DefaultSelector() as ready,
            suppress(OSError),
        ):
            for it in sides:
                ready.register(it, selectors.EVENT_READ)
            while all(
                sides[key.fileobj](key.fileobj.recv(1 << 16))  # type: ignore[index, union-attr]
                for key, _ in ready.select()
            ):
                pass

    def from_client(self, piece: bytes) -> bool:
        """Hand on what the client asks; false when it is over."""
        for kind, message in self.asked.take(piece):
            self.request += message
            if kind in (QUERY, SYNC):
                strikes = self.about in self.request and self.fault.strikes()
                if strikes and self.fault.loss is Loss.REQUEST:
                    return False
                self.lost.append(strikes)
                self.request = b""
            self.server.sendall(message)
        return bool(piece)

    def from_server(self, piece: bytes) -> bool:
        """Hand on what the server replies, unless it is to be lost; false when it is over."""
        for kind, message in self.told.take(piece):
            lost = self.lost[:1] == [True]
            if not lost:
                self.client.sendall(message)
            if kind == READY:
                self.lost.pop(0)
                if lost:
                    return False
        return bool(piece)


@contextmanager
def proxied(url: str, fault: Fault, about: bytes = b"") -> Iterator[str]:
    """The address at which a server is reached through a proxy, which loses an exchange.

    Those that speak of something are counted, or all; what was prepared is spoken of once.
    """
    parts = urlsplit(url)
    settings = {name: values[0] for name, values in parse_qs(parts.query).items()}
    behind = f"{settings['host']}/{SOCKET}"
    with TemporaryDirectory(prefix="npq-proxy-") as folder, closing(listening(folder)) as listener:
        Thread(target=serve, args=(listener, behind, fault, about), daemon=True).start()
        settings["host"] = folder
        yield urlunsplit(parts._replace(query=urlencode(settings)))
        listener.shutdown(socket.SHUT_RDWR)


def listening(folder: str) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(Path(folder) / SOCKET))
    listener.listen()
    return listener


def serve(listener: socket.socket, behind: str, fault: Fault, about: bytes) -> None:
    """Take connections until the listener is shut."""
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            server = socket.socket(socket.AF_UNIX)
            server.connect(behind)
            Thread(target=Line(client, server, fault, about).run, daemon=True).start()
