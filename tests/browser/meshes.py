"""A curved roof as a textured OBJ with its material and picture."""

from pathlib import Path

import numpy as np
from PIL import Image


def write_obj(folder: Path, *, cells: int, seed: int) -> list[Path]:
    """Write `roof.obj`, `roof.mtl` and `roof.png`: a grid of ``cells`` x ``cells`` x 2 triangles, metres."""
    across = np.linspace(-1, 1, cells + 1)
    u, v = (each.ravel() for each in np.meshgrid(across, across, indexing="ij"))
    z = 4 - 3 * np.abs(v) + 0.8 * np.abs(v * u) ** 2 + 0.03 * np.cos(80 * u)
    lines = ["mtllib roof.mtl", "usemtl tiles"]
    lines += [f"v {6 * x:.5f} {4 * y:.5f} {h:.5f}" for x, y, h in zip(u, v, z, strict=True)]
    lines += [f"vt {(x + 1) / 2:.6f} {(y + 1) / 2:.6f}" for x, y in zip(u, v, strict=True)]
    corner = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).ravel() + 1
    for a in corner:
        b, c, d = a + cells + 1, a + cells + 2, a + 1
        lines += [f"f {a}/{a} {b}/{b} {c}/{c}", f"f {a}/{a} {c}/{c} {d}/{d}"]
    files = [folder / name for name in ("roof.obj", "roof.mtl", "roof.png")]
    files[0].write_text("\n".join(lines) + "\n", encoding="ascii")
    files[1].write_text("newmtl tiles\nmap_Kd roof.png\n", encoding="ascii")
    texture = np.random.default_rng(seed).integers(0, 60, (256, 256, 3)) + np.array([150, 90, 40])
    Image.fromarray(texture.astype(np.uint8)).save(files[2])
    return files
