"""Serves byte ranges of one job's own inputs over the socket its child inherited."""

from __future__ import annotations

import contextlib
import queue
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

REQUEST = struct.Struct("<IQI")  # input number, offset, length
ANSWER = struct.Struct("<I")  # length of what follows, or REFUSED
REFUSED = 0xFFFFFFFF
LARGEST_BYTES = 8 << 20

# A child may read its inputs several times (inspect, picture, preview, tile) but not keep the object store
# busy for ever.
PASSES = 64
# A store answers several small ranges at once about as fast as one; together they hold at most 64 MiB.
AT_ONCE = 8


@dataclass(frozen=True)
class RangedInput:
    """One input: its size in bytes and how to read ``length`` bytes at ``offset``."""

    size: int
    read: Callable[[int, int], bytes]


class RangeServer:
    """Answers range requests on one end of a socket pair, in their order, until the other end is closed.

    Anything but a request for an input of this job within the caps is refused; a failed read is refused
    too and kept in ``failure``, so that a broken store is not blamed on the file.
    """

    def __init__(self, inputs: Mapping[int, RangedInput]) -> None:
        self.failure: Exception | None = None
        self.served_bytes = 0
        self.refused = 0
        self._inputs = dict(inputs)
        self._budget = PASSES * sum(item.size for item in inputs.values()) + (1 << 30)
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        self._thread = threading.Thread(target=self._serve, name="room-ranges", daemon=True)
        self._answers: queue.Queue[Future[bytes | None] | None] = queue.Queue(AT_ONCE)

    def start(self) -> None:
        """Begin to answer; call once the child holds its end."""
        self.theirs.close()
        self._thread.start()

    def close(self) -> None:
        """Stop answering and wait for the read in hand."""
        with contextlib.suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        if self._thread.ident is not None:
            self._thread.join()
        self._ours.close()
        self.theirs.close()

    def _serve(self) -> None:
        sender = threading.Thread(target=self._send, name="room-answers", daemon=True)
        sender.start()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="room-range") as pool:
            with contextlib.suppress(OSError):  # the child is gone: the warden sees why
                while (request := self._receive()) is not None:
                    self._answers.put(pool.submit(self._read, self._allowed(*REQUEST.unpack(request))))
            self._answers.put(None)
            sender.join()

    def _send(self) -> None:
        is_open = True
        while (future := self._answers.get()) is not None:
            data = future.result()
            self.refused += data is None
            try:
                if is_open:
                    self._ours.sendall(ANSWER.pack(REFUSED if data is None else len(data)))
                    self._ours.sendall(data or b"")
            except OSError:
                # Nobody listens any more; what was asked for is still taken out of the queue.
                is_open = False

    def _receive(self) -> bytes | None:
        received = bytearray()
        while len(received) < REQUEST.size:
            piece = self._ours.recv(REQUEST.size - len(received))
            if not piece:
                return None
            received += piece
        return bytes(received)

    def _allowed(self, number: int, offset: int, length: int) -> tuple[int, int, int] | None:
        """Return which bytes may be read, fewer only at the end of the input; None refuses."""
        wanted = self._inputs.get(number)
        if wanted is None or length > LARGEST_BYTES or offset > wanted.size:
            return None
        length = min(length, wanted.size - offset)
        if self.served_bytes + length > self._budget:
            return None
        self.served_bytes += length
        return number, offset, length

    def _read(self, allowed: tuple[int, int, int] | None) -> bytes | None:
        """Return the bytes asked for; None refuses."""
        if allowed is None:
            return None
        number, offset, length = allowed
        if length == 0:
            return b""
        try:
            data = self._inputs[number].read(offset, length)
        except Exception as error:  # noqa: BLE001 - the edge of this thread: kept and reported as the cause
            self.failure = error
            return None
        if len(data) != length:
            self.failure = EOFError(f"input {number}: asked {length} bytes at {offset}, got {len(data)}")
            return None
        return data
