"""Set-up step: ``python -m processing.meshes.kernels.setup NODE_MODULES DEST`` writes the simplifier.

The npm package ``meshoptimizer`` (MIT, by its author) carries the WASM inside a JavaScript file, packed as
printable characters. The package is pinned by ``kernel/package-lock.json``; the file is checked again here.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

from processing.meshes.kernels.wasm import compiled, compiled_beside

# meshoptimizer 1.3.0, meshopt_simplifier.js and the WASM inside it.
SCRIPT_SHA256 = "c3098ee4cb4fc242b84f064c88898e76e44bf58b0e1f693507f323c08cdbb5ed"
WASM_SHA256 = "a357a388a66eb7b039d888c8f44e3de1fd23c1e82f4ad19d89f48f080340e9b2"
SCRIPT = Path("meshoptimizer/meshopt_simplifier.js")


def unpack(script: str) -> bytes:
    """Decode the packed WASM: characters are base-64 digits, digits below 60 point into a table of bytes."""
    packed = re.search(r"var wasm =\s*'([^']+)'", script)
    table = re.search(r"var wasmpack = new Uint8Array\(\[([0-9,\s]+)\]\)", script)
    if packed is None or table is None:
        raise ValueError("the script holds no packed WASM")
    common = [int(number) for number in table.group(1).split(",") if number.strip()]
    digits = iter(_digit(ord(character)) for character in packed.group(1))
    return bytes(common[d] if d < 60 else ((d - 60) * 64 + next(digits)) & 0xFF for d in digits)


def _digit(code: int) -> int:
    if code > 96:
        return code - 97
    return code - 39 if code > 64 else code + 4


def extract(node_modules: Path, target: Path) -> None:
    """Check the pinned script, decode its WASM, check that, and write it and this machine's code of it."""
    script = (node_modules / SCRIPT).read_bytes()
    _check("the script", script, SCRIPT_SHA256)
    wasm = unpack(script.decode("ascii"))
    _check("the WASM", wasm, WASM_SHA256)
    target.parent.mkdir(parents=True, exist_ok=True)
    _write(target, wasm)
    _write(compiled_beside(target), compiled(wasm))


def _write(target: Path, data: bytes | bytearray) -> None:
    temporary = target.with_suffix(".part")
    temporary.write_bytes(data)
    temporary.replace(target)


def _check(what: str, data: bytes, expected: str) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != expected:
        raise ValueError(f"{what} is not meshoptimizer 1.3.0: sha256 {found}, expected {expected}")


def main() -> int:
    """Run the set-up step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("node_modules", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    try:
        extract(arguments.node_modules, arguments.target)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the simplifier could not be set up: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
