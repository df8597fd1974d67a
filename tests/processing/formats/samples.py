"""One small cloud in every format we read, written by other people's writers where there are any."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np
from laspy.vlrs.known import WktCoordinateSystemVlr

from processing.progress import SilentProgress
from processing.verbs import verb
from tests.processing.points.making import inputs, surface

POINTS = 700


def las(path: Path, *, version: str = "1.4", form: int = 7, evlr: bool = False) -> Path:
    """LAS or LAZ with two VLRs, extra bytes, and a WKT as an extended record if asked."""
    import pyproj

    header = laspy.LasHeader(version=version, point_format=form)
    header.scales, header.offsets = np.full(3, 0.001), np.array([10.0, 20.0, 30.0])
    header.add_extra_dim(laspy.ExtraBytesParams(name="deviation", type=np.float32))
    record = WktCoordinateSystemVlr(pyproj.CRS("EPSG:32648").to_wkt("WKT1_GDAL"))
    if evlr:
        header.evlrs = laspy.vlrs.vlrlist.VLRList([record])
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = (surface(POINTS) + [500_000, 1_800_000, 10]).T
    random = np.random.default_rng(5)
    cloud.intensity = random.integers(0, 65536, POINTS).astype(np.uint16)
    cloud.classification = random.integers(0, 20, POINTS).astype(np.uint8)
    cloud.return_number[:], cloud.number_of_returns[:] = 1, 1
    cloud.deviation = random.normal(0, 1, POINTS).astype(np.float32)
    for name in {"red", "green", "blue", "gps_time"} & set(cloud.point_format.dimension_names):
        cloud[name] = random.integers(0, 65536, POINTS)
    if evlr:
        header.global_encoding.wkt = True
    cloud.write(path)
    return path


def copc(path: Path) -> Path:
    """COPC by our own writer."""
    verb("copc")(inputs(las(path.with_suffix(".las"))), {}, path.parent / "copc", SilentProgress())
    (made,) = (path.parent / "copc").glob("*.laz")
    return made.rename(path)


def e57(path: Path, *, coloured: tuple[int, ...] = (0, 1)) -> Path:
    """Two posed scans by pye57, with intensity, and colours where asked."""
    import pye57

    file = pye57.E57(str(path), mode="w")
    for number in range(2):
        xyz = surface(POINTS, seed=number + 1)
        fields = {f"cartesian{axis}": xyz[:, i].copy() for i, axis in enumerate("XYZ")}
        if number in coloured:
            fields |= {f"color{name}": np.full(POINTS, 40, np.uint8) for name in ("Red", "Green", "Blue")}
        fields["intensity"] = np.linspace(0, 1, POINTS)
        file.write_scan_raw(fields, translation=np.array([3.0 * number, 0.0, 0.0]))
    file.close()
    return path


def ply(path: Path, *, ascii_text: bool = False) -> Path:
    """A PLY by Open3D."""
    import open3d

    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(surface(POINTS)))
    cloud.colors = open3d.utility.Vector3dVector(np.full((POINTS, 3), 0.5))
    open3d.io.write_point_cloud(str(path), cloud, write_ascii=ascii_text)
    return path


def pcd(path: Path, *, ascii_text: bool = False, compressed: bool = False) -> Path:
    """A PCD by Open3D."""
    import open3d

    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(surface(POINTS)))
    cloud.colors = open3d.utility.Vector3dVector(np.full((POINTS, 3), 0.5))
    open3d.io.write_point_cloud(str(path), cloud, write_ascii=ascii_text, compressed=compressed)
    return path


def ptx(path: Path) -> Path:
    """Two stations of 14 by 25 cells, of which some are no return."""
    stations = []
    for number in range(2):
        xyz = surface(350, seed=number + 3)
        rows = [f"{x:.3f} {y:.3f} {z:.3f} 0.5 {i % 256} 7 9" for i, (x, y, z) in enumerate(xyz)]
        rows[3] = "0 0 0 0.5 0 0 0"
        head = f"14\n25\n{number} 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n{number} 0 0 1\n"
        stations.append(head + "\n".join(rows) + "\n")
    path.write_text("".join(stations))
    return path


def pts(path: Path) -> Path:
    """Leica's PTS: a count, then x y z, intensity, red green blue."""
    rows = [
        f"{x:.3f} {y:.3f} {z:.3f} {i % 4095 - 2048} {i % 256} 7 9"
        for i, (x, y, z) in enumerate(surface(POINTS))
    ]
    path.write_text(f"{POINTS}\n" + "\n".join(rows) + "\n")
    return path


def xyz(path: Path) -> Path:
    """A heading and five columns."""
    rows = [f"{x:.3f};{y:.3f};{z:.3f};{i % 256};{i / 7:.4f}" for i, (x, y, z) in enumerate(surface(POINTS))]
    path.write_text("X;Y;Z;intensity;deviation\n" + "\n".join(rows) + "\n")
    return path


SAMPLES: dict[str, Callable[[Path], Path]] = {
    "old.las": lambda path: las(path, version="1.2", form=3),
    "new.las": las,
    "evlr.las": lambda path: las(path, evlr=True),
    "old.laz": lambda path: las(path, version="1.2", form=3),
    "new.laz": las,
    "evlr.laz": lambda path: las(path, evlr=True),
    "cloud.copc.laz": copc,
    "two.e57": e57,
    "binary.ply": ply,
    "text.ply": lambda path: ply(path, ascii_text=True),
    "binary.pcd": pcd,
    "text.pcd": lambda path: pcd(path, ascii_text=True),
    "packed.pcd": lambda path: pcd(path, compressed=True),
    "grid.ptx": ptx,
    "list.pts": pts,
    "table.xyz": xyz,
}
