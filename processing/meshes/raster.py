"""Triangles to pixels on the processor: a depth buffer that remembers triangles, then shading per pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from processing.geometry.compiled import compiled
from processing.meshes.mesh import F32, U8, U32

I32 = npt.NDArray[np.int32]


@compiled()
def draw(points: F32, triangles: U32, width: int, height: int) -> I32:
    """Answer for each pixel (height, width) the triangle nearest to the eye, or -1.

    ``points`` (n, 3) float32: x and y in pixels, and one over the distance along the view.
    """
    seen = np.full((height, width), -1, np.int32)
    depth = np.zeros((height, width), np.float32)
    for t in range(len(triangles)):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = (
            points[a, 0],
            points[a, 1],
            points[b, 0],
            points[b, 1],
            points[c, 0],
            points[c, 1],
        )
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if area == 0:
            continue
        x0 = max(int(np.ceil(min(ax, bx, cx) - 0.5)), 0)
        x1 = min(int(np.floor(max(ax, bx, cx) - 0.5)), width - 1)
        y0 = max(int(np.ceil(min(ay, by, cy) - 0.5)), 0)
        y1 = min(int(np.floor(max(ay, by, cy) - 0.5)), height - 1)
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + np.float32(0.5), y + np.float32(0.5)
                u = ((px - ax) * (cy - ay) - (py - ay) * (cx - ax)) / area
                v = ((bx - ax) * (py - ay) - (by - ay) * (px - ax)) / area
                if u < 0 or v < 0 or u + v > 1:
                    continue
                near = points[a, 2] + u * (points[b, 2] - points[a, 2]) + v * (points[c, 2] - points[a, 2])
                if near > depth[y, x]:
                    depth[y, x] = near
                    seen[y, x] = t
    return seen


@compiled()
def shade(
    seen: I32,
    points: F32,
    triangles: U32,
    positions: F32,
    normals: F32,
    colours: F32,
    uvs: F32,
    looks: I32,
    texels: U8,
    images: npt.NDArray[np.int64],
    lights: F32,
    linear: F32,
    paper: F32,
) -> F32:
    """Answer linear light (height, width, 3) float32.

    ``normals`` (n, 3) or (0, 3) for flat faces; ``colours`` (n, 3) linear; ``uvs`` (n, 2); ``looks`` (m,)
    image of each triangle or -1; ``texels`` all images one after the other, RGB; ``images`` (k, 3) offset,
    width, height; ``lights`` (j, 4) direction and strength, the first is ambient; ``linear`` (256,) from
    sRGB; ``paper`` (height, 3) background.
    """
    height, width = seen.shape
    pixels = np.empty((height, width, 3), np.float32)
    normal = np.empty(3, np.float32)
    colour = np.empty(3, np.float32)
    for y in range(height):
        for x in range(width):
            t = seen[y, x]
            if t < 0:
                pixels[y, x] = paper[y]
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v, w = _weights(points, a, b, c, x + 0.5, y + 0.5)
            _face_normal(positions, a, b, c, normal)
            if len(normals):
                for k in range(3):
                    normal[k] = u * normals[a, k] + v * normals[b, k] + w * normals[c, k]
            length = np.sqrt(normal[0] ** 2 + normal[1] ** 2 + normal[2] ** 2)
            light = lights[0, 3]
            for j in range(1, len(lights)):
                facing = normal[0] * lights[j, 0] + normal[1] * lights[j, 1] + normal[2] * lights[j, 2]
                light += lights[j, 3] * max(facing / max(length, np.float32(1e-20)), 0.0)
            for k in range(3):
                colour[k] = u * colours[a, k] + v * colours[b, k] + w * colours[c, k]
            look = looks[t]
            if look >= 0:
                s = u * uvs[a, 0] + v * uvs[b, 0] + w * uvs[c, 0]
                r = u * uvs[a, 1] + v * uvs[b, 1] + w * uvs[c, 1]
                columns, rows = images[look, 1], images[look, 2]
                i = min(int((s - np.floor(s)) * columns), columns - 1)
                j = min(int((r - np.floor(r)) * rows), rows - 1)
                at = images[look, 0] + 3 * (j * columns + i)
                for k in range(3):
                    colour[k] = linear[texels[at + k]]
            for k in range(3):
                pixels[y, x, k] = colour[k] * light
    return pixels


@compiled()
def _weights(points: F32, a: int, b: int, c: int, x: float, y: float) -> tuple[float, float, float]:
    """Barycentric coordinates of a pixel, corrected for perspective."""
    ax, ay = float(points[a, 0]), float(points[a, 1])
    bx, by = float(points[b, 0]) - ax, float(points[b, 1]) - ay
    cx, cy = float(points[c, 0]) - ax, float(points[c, 1]) - ay
    area = bx * cy - by * cx
    v = ((x - ax) * cy - (y - ay) * cx) / area
    w = (bx * (y - ay) - by * (x - ax)) / area
    u = 1 - v - w
    u, v, w = u * points[a, 2], v * points[b, 2], w * points[c, 2]
    whole = u + v + w
    return u / whole, v / whole, w / whole


@compiled()
def _face_normal(positions: F32, a: int, b: int, c: int, out: F32) -> None:
    ux, uy, uz = (
        positions[b, 0] - positions[a, 0],
        positions[b, 1] - positions[a, 1],
        positions[b, 2] - positions[a, 2],
    )
    vx, vy, vz = (
        positions[c, 0] - positions[a, 0],
        positions[c, 1] - positions[a, 1],
        positions[c, 2] - positions[a, 2],
    )
    out[0] = uy * vz - uz * vy
    out[1] = uz * vx - ux * vz
    out[2] = ux * vy - uy * vx
