"""Small files of 3D Gaussian splats, written by their specifications."""

import gzip
import struct

import numpy as np
import zstandard


def spz(version: int, *, degree: int = 1) -> bytes:
    """Three splats: red and solid, green and half seen through, blue and hardly there."""
    # 12 fractional bits: 4096 steps a metre. Right, up and back.
    steps = np.array([[4096, 0, 0], [0, 8192, -4096], [-4096, 0, 12288]])
    positions = steps.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    # 255 * (0.15 * coefficient + 0.5), where the coefficient of a full colour is 0.5 / 0.2821.
    full, none = 195, 60
    colours = bytes([full, none, none, none, full, none, none, none, full])
    harmonics = bytes(3 * {0: 0, 1: 9, 2: 24, 3: 45}[degree])
    streams = [
        positions,
        bytes([255, 128, 1]),
        colours,
        bytes(9),
        bytes(3 * (4 if version > 2 else 3)),
        harmonics,
    ]
    head = struct.pack("<4sIIBBBB", b"NGSP", version, 3, degree, 12, 0, 6 if version == 4 else 0)
    if version < 4:
        return gzip.compress(head + b"".join(streams), mtime=0)
    packed = [zstandard.compress(stream) for stream in streams]
    sizes = [struct.pack("<QQ", len(p), len(s)) for p, s in zip(packed, streams, strict=True)]
    return b"".join([head, struct.pack("<I12x", 32), *sizes, *packed])


def ply_splats() -> bytes:
    """Two splats as their training writes them: colours and opacity before their activation."""
    names = ("x", "y", "z", "f_dc_0", "f_dc_1", "f_dc_2", "f_rest_0", "opacity", "scale_0", "rot_0")
    head = "ply\nformat binary_little_endian 1.0\nelement vertex 2\n"
    head += "".join(f"property float {name}\n" for name in names) + "end_header\n"
    # 0.5 / 0.28209479 = 1.7725: full colour; logits of 0 and 10: half seen through and solid.
    rows = [[1, 2, 3, 1.7725, -1.7725, 0, 9, 0, -4, 1], [4, 5, 6, 99, -99, -1.7725, 9, 10, -4, 1]]
    return head.encode() + np.array(rows, "<f4").tobytes()
