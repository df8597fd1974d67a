"""What a file is, by its content; what we do not read is refused by the name of its format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from processing.errors import KnownError
from processing.formats.signatures import signature
from processing.room.inputs import Input, Inputs

Kind = Literal["point_cloud", "mesh", "splat"]

CLOUDS = {"las", "laz", "copc", "e57", "ply-cloud", "xyz", "pts", "ptx", "pcd"}
MESHES = {"ply-mesh", "obj", "glb", "gltf", "stl", "dae", "3mf", "off"}
SPLATS = {"ply-splat", "spz"}
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
    "splat": (".splat, 3D Gaussian splats", "export as PLY or SPZ"),
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
    ".spz": {"spz"},
    ".pcd": {"pcd"},
    ".ptx": {"ptx"},
    ".pts": {"pts", "xyz"},
    ".glb": {"glb"},
    ".gltf": {"gltf"},
    ".obj": {"obj"},
    ".stl": {"stl"},
    ".dae": {"dae"},
    ".3mf": {"3mf"},
    ".off": {"off"},
}
_NAMED: dict[Kind, tuple[str, str]] = {
    "point_cloud": ("a point cloud", "point clouds"),
    "mesh": ("a mesh", "meshes"),
    "splat": ("3D Gaussian splats", "files of splats"),
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
            "send LAS, LAZ, E57, PLY, PCD, PTX, PTS, XYZ, OBJ, GLB, glTF, STL, DAE, 3MF or SPZ",
        )
    return found


def detect(inputs: Inputs) -> Detected:
    """Decide what an upload is: clouds of points, one mesh with its companions, or one file of splats."""
    if not len(inputs):
        raise KnownError("invalid-arguments", "no file was given")
    found: dict[Kind, list[tuple[str, Input]]] = {"point_cloud": [], "mesh": [], "splat": []}
    refused: KnownError | None = None
    for item in inputs:
        try:
            form = format_of(item)
        except KnownError as error:
            if item.suffix in _SUFFIXES or len(inputs) == 1:
                raise
            refused = refused or error  # a stray readme beside a model does no harm
            continue
        kind = kind_of(form)
        if kind is not None:
            found[kind].append((form, item))
        elif form not in COMPANIONS or len(inputs) == 1:
            refused = refused or unsupported(item.path, form)
    return _decided(found, refused)


def kind_of(form: str) -> Kind | None:
    """What a file of this format is, if it is a scan at all."""
    if form in CLOUDS:
        return "point_cloud"
    return "mesh" if form in MESHES else "splat" if form in SPLATS else None


def unsupported(path: str, found: str) -> KnownError:
    """Say that a format is known by name and not read."""
    name, hint = _REFUSED.get(found, (found.upper(), "export as LAS, E57, GLB or OBJ"))
    return KnownError("unsupported-format", f"{path} is {name}, which Heritwin does not read", hint)


def _decided(found: dict[Kind, list[tuple[str, Input]]], refused: KnownError | None) -> Detected:
    there = [kind for kind, files in found.items() if files]
    if len(there) > 1:
        first, second = (f"{found[kind][0][1].path} is {_NAMED[kind][0]}" for kind in there[:2])
        raise KnownError("invalid-arguments", f"{first} and {second}", "upload them as two assets")
    if not there:
        raise refused or KnownError("unknown-format", "no file of the upload is a scan or a mesh")
    (kind,) = there
    files = found[kind]
    if len(files) > 1 and kind != "point_cloud":
        names = ", ".join(item.path for _, item in files[:3])
        text = f"{len(files)} {_NAMED[kind][1]} in one upload: {names}"
        raise KnownError("invalid-arguments", text, "one at a time")
    name = files[0][0].removesuffix("-cloud").removesuffix("-mesh").removesuffix("-splat")
    return Detected(kind=kind, format=name, mains=tuple(item for _, item in files))
