"""Meshes whose facts are known, made from formulas, and files of them written by hand."""

import struct
from pathlib import Path

import numpy as np

from processing.meshes.mesh import Image, Mesh
from processing.meshes.normals import smooth_normals
from processing.meshes.pictures import encoded


def sphere(rings: int, radius: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """A closed sphere: rings - 1 parallels of 2 * rings vertices and two poles, seen from outside."""
    columns = 2 * rings
    theta = np.linspace(0, np.pi, rings + 1)[1:-1]
    phi = np.arange(columns) * 2 * np.pi / columns
    t, p = np.meshgrid(theta, phi, indexing="ij")
    points = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], -1).reshape(-1, 3)
    points = np.vstack([points, [[0, 0, 1], [0, 0, -1]]]) * radius
    ids = np.arange((rings - 1) * columns).reshape(rings - 1, columns)
    a, b = ids[:-1], ids[1:]
    c, d = np.roll(a, -1, 1), np.roll(b, -1, 1)
    top, bottom = len(points) - 2, len(points) - 1
    faces = [
        np.stack([a, b, c], -1).reshape(-1, 3),
        np.stack([c, b, d], -1).reshape(-1, 3),
        np.stack([np.full(columns, top), ids[0], np.roll(ids[0], -1)], -1),
        np.stack([np.full(columns, bottom), np.roll(ids[-1], -1), ids[-1]], -1),
    ]
    return points, np.vstack(faces).astype(np.uint32)


def sphere_mesh(rings: int, *, noise: float = 0.0, coloured: bool = False) -> Mesh:
    """The unit sphere as a mesh, maybe rough, maybe coloured."""
    points, triangles = sphere(rings)
    random = np.random.default_rng(7)
    positions = (points * (1 + noise * random.standard_normal((len(points), 1)))).astype(np.float32)
    colours = None
    if coloured:
        colours = np.full((len(points), 4), 255, np.uint8)
        colours[:, :3] = 128 + 100 * np.sin(7 * points)
    normals = smooth_normals(positions, triangles)
    return Mesh(
        origin=np.zeros(3), positions=positions, triangles=triangles, colours=colours, normals=normals
    )


def textured_tube(around: int = 400, along: int = 300, side: int = 512) -> Mesh:
    """An open tube whose texture says where it is: red runs with u, green with v; one seam."""
    u, v = np.meshgrid(np.linspace(0, 1, around + 1), np.linspace(0, 1, along + 1))
    angle = u.reshape(-1) * 2 * np.pi
    cos, sin = np.cos(angle), np.sin(angle)
    # The seam's two columns must stand at the very same places.
    cos[u.reshape(-1) == 1], sin[u.reshape(-1) == 1] = 1.0, 0.0
    positions = np.stack([cos, sin, 2 * v.reshape(-1)], 1).astype(np.float32)
    ids = np.arange((along + 1) * (around + 1)).reshape(along + 1, around + 1)
    a, b, c, d = ids[:-1, :-1], ids[:-1, 1:], ids[1:, :-1], ids[1:, 1:]
    triangles = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)]
    )
    uvs = np.stack([u.reshape(-1), v.reshape(-1)], 1).astype(np.float32)
    return Mesh(
        origin=np.zeros(3),
        positions=positions,
        triangles=triangles.astype(np.uint32),
        uvs=uvs,
        images=(gradient_image(side),),
    )


def gradient_image(side: int) -> Image:
    """A picture whose pixel at (u, v) is red 255 u, green 255 v, blue 128."""
    ramp = ((np.arange(side) + 0.5) / side * 255).round().astype(np.uint8)
    pixels = np.full((side, side, 3), 128, np.uint8)
    pixels[:, :, 0], pixels[:, :, 1] = ramp[None, :], ramp[:, None]
    made = encoded(pixels, webp=False)
    return Image(data=made.data, media_type=made.media_type, width=side, height=side, name="gradient.jpg")


def write_obj(path: Path, points: np.ndarray, triangles: np.ndarray) -> Path:
    """A plain OBJ."""
    lines = [f"v {x!r} {y!r} {z!r}" for x, y, z in points.tolist()]
    lines += [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in triangles.tolist()]
    path.write_text("\n".join(lines) + "\n")
    return path


def write_ply(path: Path, points: np.ndarray, triangles: np.ndarray, encoding: str) -> Path:
    """A PLY with z before x, a colour after, and faces with a leading flag."""
    head = (
        f"ply\nformat {encoding} 1.0\ncomment made\nelement vertex {len(points)}\nproperty double z\n"
        "property double x\nproperty double y\n"
        "property uchar red\nproperty uchar green\nproperty uchar blue\n"
        f"element face {len(triangles)}\nproperty uchar flag\n"
        "property list uchar int vertex_indices\nend_header\n"
    )
    with path.open("wb") as file:
        file.write(head.encode())
        if encoding == "ascii":
            file.writelines(f"{z!r} {x!r} {y!r} 10 20 30\n".encode() for x, y, z in points.tolist())
            file.writelines(f"7 3 {a} {b} {c}\n".encode() for a, b, c in triangles.tolist())
            return path
        order = "<" if encoding == "binary_little_endian" else ">"
        file.writelines(struct.pack(order + "3d3B", z, x, y, 10, 20, 30) for x, y, z in points.tolist())
        file.writelines(struct.pack(order + "BB3i", 7, 3, a, b, c) for a, b, c in triangles.tolist())
    return path


def write_stl(path: Path, points: np.ndarray, triangles: np.ndarray, title: bytes = b"made") -> Path:
    """A binary STL."""
    records = np.zeros(len(triangles), [("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    records["c"] = points[triangles]
    path.write_bytes(title.ljust(80) + struct.pack("<I", len(triangles)) + records.tobytes())
    return path
