"""A way to a PostgreSQL server on which what is said can be lost, as on any network."""

import selectors
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

NAME = ".s.PGSQL.5432"
AT_REST = b"Z\x00\x00\x00\x05I"
"""The end of a reply after which no transaction is open."""


class Line:
    """Passes on all that is said, until something is asked that is to be lost, or its reply."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.lose_reply_to: bytes | None = None
        self.lose: bytes | None = None
        self.lost = 0
        self.dead = False
        self._server = server
        self._here = socket.socket(socket.AF_UNIX)
        self._here.bind(str(folder / NAME))
        self._here.listen()

    def serve(self) -> None:
        """Take calls until it is closed."""
        with suppress(OSError):
            while True:
                client, _ = self._here.accept()
                Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def close(self) -> None:
        self._here.shutdown(socket.SHUT_RDWR)
        self._here.close()

    def _pass_on(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        with client, server, selectors.DefaultSelector() as waiting, suppress(OSError):
            server.connect(str(self._server / NAME))
            for one, other in ((client, server), (server, client)):
                waiting.register(one, selectors.EVENT_READ, other)
            while True:
                for ready, _ in waiting.select():
                    said = ready.fileobj.recv(1 << 16)  # type: ignore[union-attr]
                    if not said:
                        return
                    if ready.fileobj is client and self._ends(said, server):
                        return
                    ready.data.sendall(said)

    def _ends(self, said: bytes, server: socket.socket) -> bool:
        """Whether the line goes dead with this."""
        if self.dead:
            return True
        if self.lose and self.lose in said:
            self.lose = None
            self.lost += 1
            return True
        if self.lose_reply_to and self.lose_reply_to in said:
            self.lose_reply_to = None
            server.sendall(said)
            self._lose_reply(server)
            return True
        return False

    def _lose_reply(self, server: socket.socket) -> None:
        """Wait until the server has done what it was asked, and tell nobody."""
        reply = b""
        while not reply.endswith(AT_REST):
            reply += server.recv(1 << 16)
        self.lost += 1


@contextmanager
def line(server: Path) -> Iterator[tuple[Path, Line]]:
    """A directory to connect to in place of the server's, and the line from there to it."""
    with TemporaryDirectory(prefix="npq-line-") as folder:
        with closing(Line(Path(folder), server)) as made:
            serving = Thread(target=made.serve)
            serving.start()
            yield Path(folder), made
        serving.join()
