"""Breaks bytes: at random, by numbers and words that break parsers, and inside the structure of a format."""

from __future__ import annotations

import copy
import json
import math
import random
import re
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 64 << 10
WHOLE = (
    0,
    1,
    2,
    3,
    7,
    8,
    15,
    16,
    31,
    32,
    63,
    64,
    127,
    128,
    255,
    256,
    32767,
    32768,
    65535,
    65536,
    2**31 - 1,
    2**31,
    2**32 - 1,
    2**32,
    2**63 - 1,
    2**63,
    2**64 - 1,
)
REAL = (0.0, -0.0, 1.0, -1.0, 1e-300, 1e300, -1e300, 1e38, 4.9e-324, math.inf, -math.inf, math.nan)
WORDS = (
    b"0",
    b"-1",
    b"1",
    b"nan",
    b"inf",
    b"-inf",
    b"1e400",
    b"1e-400",
    b"4294967296",
    b"-2147483649",
    b"99999999999999999999",
    b"0x10",
    b"1_0",
    b"1,5",
    b"\xd9\xa1",
    b"+",
    b"-",
    b".",
    b"",
    b"\0",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"../../secret",
    b"file:///etc/passwd",
    b"http://127.0.0.1/",
    b"\xef\xbb\xbf",
    b"\r\n",
    b"\\",
    b"%00",
    b"1e5",
    b"00",
    b"\xc2\xa0",
    b"\xe2\x80\xa8",
)
_NUMBER = re.compile(rb"[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_WORD = re.compile(rb"[^\s,;<>\"'=]+")
Broken = Callable[[random.Random, bytes], bytes]


@dataclass(frozen=True, kw_only=True)
class Mutator:
    """How inputs of one target are broken.

    ``words`` are of the format; ``inside`` breaks it with its structure kept; ``mended`` makes checksums and
    lengths right again, so that what stands behind them is reached.
    """

    words: tuple[bytes, ...] = ()
    inside: Broken | None = None
    mended: Callable[[bytes], bytes] | None = None

    def broken(self, rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
        """Break an input in one to six places."""
        if self.inside is not None and rng.random() < 0.5:
            data = self.inside(rng, data)
            if rng.random() < 0.8:
                return data[:MAX_BYTES]
        for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
            data = self._once(rng, data, others)
        data = data[:MAX_BYTES]
        return self.mended(data) if self.mended is not None and rng.random() < 0.75 else data

    def _once(self, rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
        if rng.random() < 0.06 and others:
            other = rng.choice(others)
            return data[: rng.randint(0, len(data))] + other[rng.randint(0, len(other)) :]
        if rng.random() < 0.15 and self.words:
            return _put(rng, data, rng.choice(self.words))
        return rng.choice(_WAYS)(rng, data)


def _place(rng: random.Random, data: bytes) -> int:
    """Choose a place; beginnings and ends are where formats keep what they say of themselves."""
    if not data:
        return 0
    near = rng.random()
    if near < 0.4:
        return rng.randrange(min(len(data), 400))
    if near < 0.5:
        return len(data) - 1 - rng.randrange(min(len(data), 64))
    return rng.randrange(len(data))


def _put(rng: random.Random, data: bytes, piece: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + piece + data[at + (len(piece) if rng.random() < 0.6 else 0) :]


def _bits(rng: random.Random, data: bytes) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8)) if data else 0):
        made[_place(rng, data)] ^= 1 << rng.randrange(8)
    return bytes(made)


def _whole(rng: random.Random, data: bytes) -> bytes:
    size = rng.choice((1, 2, 4, 4, 8))
    value = rng.choice(WHOLE) + rng.choice((0, 0, 0, -1, 1))
    return _over(rng, data, (value % (1 << (8 * size))).to_bytes(size, rng.choice(("little", "big"))))


def _near(rng: random.Random, data: bytes) -> bytes:
    """Add a little to a number that is there."""
    size = rng.choice((1, 2, 4, 8))
    at = _place(rng, data)
    old = int.from_bytes(data[at : at + size], "little") + rng.randint(-9, 9)
    return data[:at] + (old % (1 << (8 * size))).to_bytes(size, "little") + data[at + size :]


def _real(rng: random.Random, data: bytes) -> bytes:
    value = rng.choice(REAL)
    form = rng.choice(("<d", "<f", ">f", ">d"))
    if form[1] == "f" and math.isfinite(value):
        value = max(-3e38, min(3e38, value))
    return _over(rng, data, struct.pack(form, value))


def _over(rng: random.Random, data: bytes, piece: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + piece + data[at + len(piece) :]


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randint(0, len(data))] if rng.random() < 0.5 else data[: -rng.randint(1, 64)]


def _less(rng: random.Random, data: bytes) -> bytes:
    at = _place(rng, data)
    return data[:at] + data[at + rng.choice((1, 2, 4, 8, 30, 200)) :]


def _more(rng: random.Random, data: bytes) -> bytes:
    start = _place(rng, data)
    piece = data[start : start + rng.choice((1, 4, 20, 100))] * rng.choice((1, 1, 2, 50))
    at = _place(rng, data)
    return data[:at] + piece + data[at:]


def _line(rng: random.Random, data: bytes) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(min(len(lines), 40)) if rng.random() < 0.6 else rng.randrange(len(lines))
    match rng.randrange(5):
        case 0:
            lines.pop(at)
        case 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        case 2:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines[at] += b" " + rng.choice(WORDS)
        case _:
            lines[at] = lines[at][: rng.randint(0, len(lines[at]))]
    return rng.choice((b"\n", b"\n", b"\n", b"\r\n", b"\r")).join(lines)


def _number(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, _NUMBER)


def _word(rng: random.Random, data: bytes) -> bytes:
    return _replaced(rng, data, _WORD)


def _replaced(rng: random.Random, data: bytes, pattern: re.Pattern[bytes]) -> bytes:
    found = list(pattern.finditer(data[: rng.choice((300, 2_000, MAX_BYTES))]))
    if not found:
        return data
    match = rng.choice(found)
    return data[: match.start()] + rng.choice(WORDS) + data[match.end() :]


_WAYS: tuple[Broken, ...] = (
    _bits,
    _bits,
    _whole,
    _whole,
    _near,
    _real,
    _cut,
    _less,
    _more,
    _line,
    _number,
    _number,
    _word,
)

_ODD: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1,
    2**31,
    2**53,
    2**64,
    -(2**70),
    0.5,
    1e300,
    math.nan,
    math.inf,
    "",
    "x",
    "\ud800",
    "../../secret",
    "a\0b",
    [],
    {},
    [[]],
    [None],
    {"a": None},
    [0, 0, 0],
    5121,
    5123,
    5125,
    5126,
    "VEC3",
    "SCALAR",
)


def broken_json(rng: random.Random, text: bytes) -> bytes:
    """Break JSON somewhere in its tree: values of other types, keys gone, doubled, nested or counted on."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        return text
    for _ in range(rng.choice((1, 1, 2, 4))):
        places: list[tuple[Any, Any]] = []
        _walk(tree, places)
        if not places:
            break
        holder, key = rng.choice(places)
        old = holder[key]
        match rng.randrange(6):
            case 0 if isinstance(holder, dict):
                del holder[key]
            case 1 if isinstance(old, int | float) and not isinstance(old, bool):
                holder[key] = old + rng.choice((-1, 1, 4, 1000, -old, 0.5))
            case 2 if isinstance(old, list) and old:
                holder[key] = copy.deepcopy(old * rng.choice((0, 2, 3)) if len(old) < 1000 else old[:1])
            case 3:
                holder[key] = [copy.deepcopy(old)]
            case 4:
                other, name = rng.choice(places)
                holder[key] = json.loads(json.dumps(other[name])) if name in _keys(other) else None
            case _:
                holder[key] = copy.deepcopy(rng.choice(_ODD))
    return json.dumps(tree).encode()


def _keys(holder: Any) -> Any:
    return holder if isinstance(holder, dict) else range(len(holder))


def _walk(tree: Any, places: list[tuple[Any, Any]]) -> None:
    if len(places) > 2_000:
        return
    entries = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in entries:
        places.append((tree, key))
        _walk(value, places)
