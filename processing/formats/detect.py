"""What a file is, by its content; what we do not read is refused by the name of its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from processing.errors import KnownError
from processing.formats.signatures import signature
from processing.room.inputs import Input, Inputs

Kind = Literal["point_cloud", "mesh"]

CLOUDS = {"las", "laz", "copc", "e57", "ply-cloud", "xyz", "pts", "ptx", "pcd"}
MESHES = {"ply-mesh", "obj", "glb", "gltf", "stl", "3mf", "off"}
# Files that stand beside a model and are never the model.
COMPANIONS = {"mtl", "png", "jpeg", "webp", "gltf-buffer", "tiff", "bmp", "tga"}

_REFUSED = {
    "fbx": ("FBX (Autodesk)", "export as GLB or OBJ"),
    "ifc": ("IFC (building model)", "export as GLB or OBJ"),
    "nxz": ("NXZ (Nexus)", "upload the mesh it was made from: PLY, OBJ or GLB"),
    "nxs": ("NXS (Nexus)", "upload the mesh it was made from: PLY, OBJ or GLB"),
    "pnts": ("PNTS (3D Tiles 1.0 points)", "upload the scan it was made from: LAS, LAZ or E57"),
    "b3dm": ("B3DM (3D Tiles 1.0)", "upload the model it was made from"),
    "citygml": ("CityGML", "export as GLB or OBJ"),
    "cityjson": ("CityJSON", "export as GLB or OBJ"),
    "gml": ("GML", "export as GLB or OBJ"),
    "collada": ("COLLADA (DAE)", "export as GLB or OBJ"),
    "spz": ("SPZ, a Gaussian splat", "splats are not taken yet"),
    "splat": (".splat, a Gaussian splat", "splats are not taken yet"),
    "ply-splat": ("PLY of 3D Gaussian splats", "splats are not taken yet"),
    "zip": ("ZIP archive", "unpack it and upload the files themselves"),
    "gzip": ("gzip archive", "unpack it and upload the file itself"),
    "rar": ("RAR archive", "unpack it and upload the files themselves"),
    "7z": ("7-Zip archive", "unpack it and upload the files themselves"),
    "pdf": ("PDF", "upload scans or meshes here"),
    "blend": ("Blender file", "export as GLB"),
    "usdz": ("USDZ", "export as GLB"),
    "usd": ("USD", "export as GLB"),
    "dxf": ("DXF drawing", "export as GLB or OBJ"),
    "dwg": ("DWG drawing", "export as GLB or OBJ"),
    "png": ("PNG image", "an image alone is not a scan"),
    "jpeg": ("JPEG image", "an image alone is not a scan"),
    "webp": ("WebP image", "an image alone is not a scan"),
    "tiff": ("TIFF image", "an image alone is not a scan"),
    "html": ("HTML page", "this looks like a web page, perhaps a failed download"),
    "json": ("JSON", "glTF needs an asset entry"),
    "xml": ("XML", "export as LAS, E57, GLB or OBJ"),
    "mtl": ("MTL material file", "upload the OBJ it belongs to as well"),
}
_SUFFIXES = {
    ".las": {"las", "laz", "copc"},
    ".laz": {"laz", "copc", "las"},
    ".e57": {"e57"},
    ".ply": {"ply-cloud", "ply-mesh", "ply-splat"},
    ".pcd": {"pcd"},
    ".ptx": {"ptx"},
    ".pts": {"pts", "xyz"},
    ".glb": {"glb"},
    ".gltf": {"gltf"},
    ".obj": {"obj"},
    ".stl": {"stl"},
    ".3mf": {"3mf"},
    ".off": {"off"},
}


@dataclass(frozen=True, kw_only=True)
class Detected:
    """What an upload is: its kind, the format of its first main file, and which files are the model."""

    kind: Kind
    format: str
    mains: tuple[Input, ...]


def format_of(item: Input) -> str:
    """Name the format of one file by its content, ``companion`` for what only stands beside a model.

    Raises
    ------
    KnownError
        ``empty-file``, ``unknown-format``, or ``mislabelled`` if the name promises another format.
    """
    if item.source.size == 0:
        raise KnownError(
            "empty-file", f"{item.path} has no bytes", "the copy or export was cut off; send again"
        )
    found = signature(item)
    promised = _SUFFIXES.get(item.suffix)
    if promised is not None and found not in promised:
        what = _REFUSED[found][0] if found in _REFUSED else found.upper() if found else "nothing we know"
        raise KnownError(
            "mislabelled" if found else "invalid-header",
            f"{item.path} is named {item.suffix}, but its content is {what}",
            "export it again, or give it the name of its real format",
        )
    if found is None:
        raise KnownError(
            "unknown-format",
            f"{item.path}: the content is none of the formats we know",
            "send LAS, LAZ, E57, PLY, PCD, PTX, PTS, XYZ, OBJ, GLB, glTF, STL or 3MF",
        )
    return found


def detect(inputs: Inputs) -> Detected:
    """Decide what an upload is: one or more clouds of points, or one mesh with its companions."""
    if not len(inputs):
        raise KnownError("invalid-arguments", "no file was given")
    clouds: list[tuple[str, Input]] = []
    meshes: list[tuple[str, Input]] = []
    refused: KnownError | None = None
    for item in inputs:
        try:
            found = format_of(item)
        except KnownError as error:
            if item.suffix in _SUFFIXES or len(inputs) == 1:
                raise
            refused = refused or error  # a stray readme beside a model does no harm
            continue
        if found in CLOUDS:
            clouds.append((found, item))
        elif found in MESHES:
            meshes.append((found, item))
        elif found not in COMPANIONS or len(inputs) == 1:
            refused = refused or unsupported(item.path, found)
    return _decided(clouds, meshes, refused)


def unsupported(path: str, found: str) -> KnownError:
    """Say that a format is known by name and not read."""
    name, hint = _REFUSED.get(found, (found.upper(), "export as LAS, E57, GLB or OBJ"))
    return KnownError("unsupported-format", f"{path} is {name}, which Heritwin does not read", hint)


def _decided(
    clouds: list[tuple[str, Input]], meshes: list[tuple[str, Input]], refused: KnownError | None
) -> Detected:
    if clouds and meshes:
        raise KnownError(
            "invalid-arguments",
            f"{clouds[0][1].path} is a point cloud and {meshes[0][1].path} is a mesh",
            "upload them as two assets",
        )
    if len(meshes) > 1:
        names = ", ".join(item.path for _, item in meshes[:3])
        raise KnownError("invalid-arguments", f"{len(meshes)} meshes in one upload: {names}", "one at a time")
    if not clouds and not meshes:
        raise refused or KnownError("unknown-format", "no file of the upload is a scan or a mesh")
    found = clouds or meshes
    name = found[0][0].removesuffix("-cloud").removesuffix("-mesh")
    return Detected(
        kind="point_cloud" if clouds else "mesh", format=name, mains=tuple(item for _, item in found)
    )
