"""A line between a client and a server that a spec may cut or hold."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

PIECE_BYTES = 64 * 1024


class Line:
    """Forwards every connection to `target`; `cut` ends them all and takes no new one, `hold` keeps bytes.

    `cut_after` cuts when a word has passed, and so many pieces after it. `refused`: somebody tried again.
    """

    def __init__(self, target: tuple[str, int]) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._flows = threading.Event()
        self._flows.set()
        self._is_cut = False
        self._word: bytes | None = None
        self._later = 0
        self.refused = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection; new ones are ended at once."""
        with self._lock:
            self._is_cut = True
            open_now, self._sockets = self._sockets, set()
        for one in open_now:
            _end(one)

    def cut_after(self, word: bytes, *, later: int = 0) -> None:
        """Cut when this has passed next, and so many more pieces in either direction."""
        self.refused.clear()
        self._word, self._later = word, later

    def mend(self) -> None:
        """Let everything pass again."""
        self._is_cut, self._word = False, None
        self._flows.set()

    def hold(self) -> None:
        """Keep connections open, but let no byte pass: a network that swallows."""
        self._flows.clear()

    def close(self) -> None:
        """End for good."""
        self.mend()
        self.cut()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                if self._is_cut:
                    _end(client)
                    self.refused.set()
                    continue
                server = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._sockets |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(PIECE_BYTES):
                self._flows.wait()
                if self._is_last(piece):
                    with self._lock:
                        self._sockets -= {sink}
                    self.cut()
                sink.sendall(piece)
        with self._lock:
            self._sockets -= {source, sink}
        for one in (source, sink):
            _end(one)

    def _is_last(self, piece: bytes) -> bool:
        with self._lock:
            if self._word is None or self._word not in piece:
                return False
            # Every piece has the empty word in it.
            self._word, self._later = b"", self._later - 1
            return self._later < 0


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def line_to(host: str, port: int) -> Iterator[Line]:
    """A line that ends with the block."""
    line = Line((host, port))
    try:
        yield line
    finally:
        line.close()
