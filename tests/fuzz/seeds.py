"""Writes the first inputs of every target, small and made here: ``python -m tests.fuzz.seeds``.

They are kept under ``corpus/<target>/``, so that a run begins at once and everywhere with the same bytes;
what fuzzing found stands beside them, under the name of what was wrong.
"""

from __future__ import annotations

import io
import json
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import laspy
import numpy as np

from tests.fuzz.shapes import glb_of, zip_of
from tests.support.collada import PICTURE, POLYGONS, dae
from tests.support.splats import ply_splats, spz

CORPUS = Path(__file__).parent / "corpus"
POINTS = 24
PLACES = np.round(np.random.default_rng(4).normal(0, 3, (POINTS, 3)), 3)
CUBE = [(x, y, z) for x in (0, 1) for y in (0, 1) for z in (0, 1)]
FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def las(*, version: str, form: int, laz: bool, evlr: bool = False, extra: bool = True) -> bytes:
    """LAS or LAZ with a CRS, and numbers of its own."""
    header = laspy.LasHeader(version=version, point_format=form)
    header.scales, header.offsets = np.full(3, 0.001), np.array([10.0, 20.0, 30.0])
    if extra:
        header.add_extra_dim(laspy.ExtraBytesParams(name="deviation", type=np.float32))
    geo = struct.pack("<16H", 1, 1, 0, 3, 1024, 0, 1, 1, 3072, 0, 1, 32648, 3076, 0, 1, 9001)
    record = laspy.VLR("LASF_Projection", 34735, "keys", geo)
    if evlr:
        header.evlrs = laspy.vlrs.vlrlist.VLRList([laspy.VLR("any", 7, "of no matter", b"bytes")])
    header.vlrs.append(record)
    cloud = laspy.LasData(header)
    cloud.x, cloud.y, cloud.z = (PLACES + [500_000, 1_800_000, 10]).T
    cloud.intensity = np.arange(POINTS, dtype=np.uint16) * 999
    file = io.BytesIO()
    cloud.write(file, do_compress=laz)
    return file.getvalue()


def copc() -> bytes:
    """COPC by our own writer."""
    from processing.progress import SilentProgress
    from processing.room.inputs import Inputs, from_paths
    from processing.verbs import verb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.las"
        path.write_bytes(las(version="1.4", form=7, laz=False))
        verb("copc")(Inputs(tuple(from_paths([path]))), {}, Path(folder) / "out", SilentProgress())
        (made,) = (Path(folder) / "out").glob("*.laz")
        return made.read_bytes()


def e57() -> bytes:
    """A posed scan by pye57."""
    import pye57

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.e57"
        file = pye57.E57(str(path), mode="w")
        fields = {f"cartesian{axis}": PLACES[:, i].copy() for i, axis in enumerate("XYZ")}
        fields |= {f"color{name}": np.full(POINTS, 40, np.uint8) for name in ("Red", "Green", "Blue")}
        fields["intensity"] = np.linspace(0, 1, POINTS)
        file.write_scan_raw(fields, translation=np.array([3.0, 0.0, 0.0]))
        file.close()
        return path.read_bytes()


def ply(form: str, *, faces: bool = False) -> bytes:
    """A cloud with colours, or a cube."""
    places = CUBE if faces else PLACES.tolist()
    head = f"ply\nformat {form} 1.0\ncomment made here\nelement vertex {len(places)}\n"
    head += "".join(f"property float {axis}\n" for axis in "xyz")
    head += "".join(f"property uchar {name}\n" for name in ("red", "green", "blue"))
    head += "property ushort intensity\n"
    head += f"element face {len(FACES)}\nproperty list uchar int vertex_indices\n" if faces else ""
    head += "end_header\n"
    if form == "ascii":
        rows = [f"{x} {y} {z} 10 20 30 {i}" for i, (x, y, z) in enumerate(places)]
        rows += [f"4 {' '.join(map(str, face))}" for face in FACES] if faces else []
        return (head + "\n".join(rows) + "\n").encode()
    mark = "<" if "little" in form else ">"
    body = b"".join(struct.pack(f"{mark}3f3BH", *place, 10, 20, 30, i) for i, place in enumerate(places))
    body += b"".join(struct.pack(f"{mark}B4i", 4, *face) for face in FACES) if faces else b""
    return head.encode() + body


def pcd(data: str) -> bytes:
    """Places and packed colours; the compressed one in runs of LZF that pack nothing."""
    head = (
        "# .PCD v0.7\nVERSION 0.7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\n"
        f"WIDTH {POINTS}\nHEIGHT 1\nVIEWPOINT 0 0 0 1 0 0 0\nPOINTS {POINTS}\nDATA {data}\n"
    ).encode()
    if data == "ascii":
        return head + "".join(f"{x} {y} {z} {i * 9999}\n" for i, (x, y, z) in enumerate(PLACES)).encode()
    colours = np.arange(POINTS, dtype="<u4") * 9999
    if data == "binary":
        return head + b"".join(
            struct.pack("<3fI", *place, colour) for place, colour in zip(PLACES, colours, strict=True)
        )
    plain = PLACES.astype("<f4").T.tobytes() + colours.tobytes()
    runs = [plain[at : at + 32] for at in range(0, len(plain), 32)]
    packed = b"".join(bytes([len(run) - 1]) + run for run in runs)
    return head + struct.pack("<II", len(packed), len(plain)) + packed


def ptx() -> bytes:
    """Two stations of six by four cells."""
    cells = [f"{x} {y} {z} 0.5 {i} 7 9" for i, (x, y, z) in enumerate(PLACES)]
    cells[3] = "0 0 0 0.5 0 0 0"
    head = "6\n4\n1 0 0\n1 0 0\n0 1 0\n0 0 1\n1 0 0 0\n0 1 0 0\n0 0 1 0\n1 0 0 1\n"
    return (head + "\n".join(cells) + "\n").encode() * 2


def pts() -> bytes:
    """Leica's PTS."""
    rows = [f"{x} {y} {z} {i * 90 - 2048} {i} 7 9" for i, (x, y, z) in enumerate(PLACES)]
    return (f"{POINTS}\n" + "\n".join(rows) + "\n").encode()


def xyz() -> bytes:
    """A heading and five columns."""
    rows = [f"{x};{y};{z};{i};{i / 7:.4f}" for i, (x, y, z) in enumerate(PLACES)]
    return ("X;Y;Z;intensity;deviation\n" + "\n".join(rows) + "\n").encode()


def obj() -> bytes:
    """A cube with a material, texture coordinates, and indices that count back."""
    lines = [
        "mtllib a.mtl",
        "o cube",
        *(f"v {x} {y} {z}" for x, y, z in CUBE),
        "vt 0 0",
        "vt 1 1",
        "vn 0 0 1",
    ]
    lines += ["usemtl stone", *(f"f {' '.join(f'{i + 1}/1/1' for i in face)}" for face in FACES[:4])]
    lines += ["f -1 -2 -3", "f 1//1 2//1 3//1"]
    return ("\n".join(lines) + "\n").encode()


MTL = b"newmtl stone\nKd 0.5 0.5 0.5\nd 1\nmap_Kd -o 0 0 0 -s 1 1 1 a.png\nbump -bm 0.2 b.png\n"


def stl(*, text: bool) -> bytes:
    """Two triangles."""
    corners = [[CUBE[0], CUBE[1], CUBE[3]], [CUBE[0], CUBE[3], CUBE[2]]]
    if not text:
        return (
            bytes(80)
            + struct.pack("<I", 2)
            + b"".join(
                struct.pack("<12fH", 0, 0, 1, *(value for corner in three for value in corner), 0)
                for three in corners
            )
        )
    facets = "".join(
        "facet normal 0 0 1\nouter loop\n"
        + "".join(f"vertex {x} {y} {z}\n" for x, y, z in three)
        + "endloop\nendfacet\n"
        for three in corners
    )
    return f"solid a\n{facets}endsolid a\n".encode()


def off() -> bytes:
    """A cube."""
    rows = [*(f"{x} {y} {z}" for x, y, z in CUBE), *(f"4 {' '.join(map(str, face))}" for face in FACES)]
    return (f"OFF\n{len(CUBE)} {len(FACES)} 0\n" + "\n".join(rows) + "\n").encode()


def three_mf() -> bytes:
    """Two objects, one put together from the other."""
    vertices = "".join(f'<vertex x="{x}" y="{y}" z="{z}"/>' for x, y, z in CUBE)
    triangles = "".join(f'<triangle v1="{a}" v2="{b}" v3="{c}"/>' for a, b, c, _ in FACES)
    core = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02"
    model = (
        f'<?xml version="1.0"?><model unit="millimeter" xmlns="{core}"><resources>'
        f'<object id="1"><mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh>'
        '</object><object id="2"><components><component objectid="1" transform="1 0 0 0 1 0 0 0 1 5 0 0"/>'
        '</components></object></resources><build><item objectid="1"/><item objectid="2"/></build></model>'
    )
    return zip_of([("[Content_Types].xml", b"<Types/>"), ("3D/3dmodel.model", model.encode())])


def png(side: int = 4) -> bytes:
    """A small picture."""
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (side, side), (90, 80, 70)).save(file, "PNG")
    return file.getvalue()


def document(*, buffer: str | None = None) -> tuple[dict[str, object], bytes]:
    """A glTF: two primitives, a picture, nodes that turn, an instance."""
    position = np.array(CUBE, "<f4").tobytes()
    index = np.array([face[:3] for face in FACES], "<u2").tobytes()
    picture = png()
    parts = [position, index, picture, np.zeros((8, 2), "<f4").tobytes()]
    starts = np.cumsum([0, *(len(part) + -len(part) % 4 for part in parts)]).tolist()
    binary = b"".join(part + bytes(-len(part) % 4) for part in parts)
    views = [
        {"buffer": 0, "byteOffset": at, "byteLength": len(part)}
        for at, part in zip(starts, parts, strict=False)
    ]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3"},
        {"bufferView": 1, "componentType": 5123, "count": 18, "type": "SCALAR"},
        {"bufferView": 3, "componentType": 5126, "count": 8, "type": "VEC2"},
        {"componentType": 5126, "count": 8, "type": "VEC3", "sparse": {
            "count": 1, "indices": {"bufferView": 1, "componentType": 5123}, "values": {"bufferView": 0}}},
    ]  # fmt: skip
    primitives = [
        {"attributes": {"POSITION": 0, "TEXCOORD_0": 2}, "indices": 1, "material": 0},
        {"attributes": {"POSITION": 3}, "mode": 5},
    ]
    transform = {"KHR_texture_transform": {"offset": [0.5, 0], "scale": [2, 2], "rotation": 0.1}}
    textured = {"baseColorTexture": {"index": 0, "texCoord": 0, "extensions": transform}}
    made: dict[str, object] = {
        "asset": {"version": "2.0"},
        "extensionsUsed": ["KHR_texture_transform"],
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"children": [1, 2], "rotation": [0, 0, 0.7071068, 0.7071068], "scale": [2, 2, 2]},
            {"mesh": 0, "translation": [1, 2, 3]},
            {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1]},
        ],
        "meshes": [{"primitives": primitives}],
        "materials": [{"pbrMetallicRoughness": textured, "alphaMode": "MASK", "alphaCutoff": 0.5}],
        "textures": [{"source": 0, "sampler": 0}],
        "samplers": [{"wrapS": 10497, "magFilter": 9729}],
        "images": [{"bufferView": 2, "mimeType": "image/png"}],
        "buffers": [{"byteLength": len(binary)} | ({"uri": buffer} if buffer else {})],
        "bufferViews": views,
        "accessors": accessors,
    }
    return made, binary


def gltf() -> bytes:
    """The same as JSON, its bytes in a data URI."""
    import base64

    made, binary = document()
    made["buffers"] = [
        {
            "byteLength": len(binary),
            "uri": "data:application/octet-stream;base64," + base64.b64encode(binary).decode(),
        }
    ]
    return json.dumps(made).encode()


def glb() -> bytes:
    """The same as GLB."""
    made, binary = document()
    return glb_of(json.dumps(made).encode(), binary)


def compressed_glb() -> bytes:
    """A GLB of our own writer, compressed and quantised."""
    from processing.progress import SilentProgress
    from processing.room.inputs import Inputs, from_paths
    from processing.verbs import verb

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.off"
        path.write_bytes(off())
        verb("tile")(Inputs(tuple(from_paths([path]))), {}, Path(folder) / "out", SilentProgress())
        return next((Path(folder) / "out").rglob("*.glb")).read_bytes()


FILE = {"path": "out/tile/a.json", "role": "index", "media_type": "application/json", "bytes": 2}
RESULT = {
    "schema": 1, "ok": True, "seconds": 1.5, "peak_mib": 20.0, "error": None,
    "steps": [
        {"id": "tile", "verb": "tile", "seconds": 1, "peak_mib": 9, "result": {"points": 5, "warnings": []},
         "files": [FILE]}
    ],
}  # fmt: skip
INDEX = {
    "schema": 1,
    "packs": ["pack-0000.bin", "pack-0001.bin"],
    "entries": {
        "tileset.json": [0, 0, 900, "application/json"],
        "tiles/0-0-0-0.glb": [1, 900, 4000, "model/gltf-binary"],
    },
}
SPREAD = {
    "schema": 1,
    "plan": {
        "grid": {"origin": [1.0, 4.0, 0.0], "step_m": 0.000125, "error_m": 6.25e-05},
        "corner": [-61622, -66346, -62987],
        "bits": 17,
        "attributes": {"rgb": True, "intensity": True, "classification": False},
        "points": 24,
    },
    "groups": [
        {
            "number": 0,
            "file": "chunks-0000.bin",
            "points": 24,
            "chunks": [{"depth": 0, "first_bin": 0, "points": 24}],
        }
    ],
    "about": {"warnings": [], "dropped": 0, "invalid": 0},
}
CRS = (
    b'PROJCS["a",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]]'
    b',PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],'
    b'PARAMETER["central_meridian",105],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],'
    b'PARAMETER["false_northing",0],UNIT["metre",1]]'
)
KEYS = struct.pack(
    "<28H", 1, 1, 0, 6, 1024, 0, 1, 1, 3072, 0, 1, 32648, 3076, 0, 1, 9001, 4096, 0, 1, 5703, 4099, 0, 1,
    9003, 3073, 34737, 5, 0,
)  # fmt: skip

SEEDS: dict[str, dict[str, Callable[[], bytes]]] = {
    "las": {
        "old.las": lambda: las(version="1.2", form=3, laz=False),
        "new.las": lambda: las(version="1.4", form=7, laz=False, evlr=True),
        "plain.las": lambda: las(version="1.3", form=1, laz=False, extra=False),
    },
    "laz": {
        "old.laz": lambda: las(version="1.2", form=3, laz=True),
        "new.laz": lambda: las(version="1.4", form=6, laz=True, evlr=True),
    },
    "copc": {"a.laz": copc},
    "e57": {"a.e57": e57},
    "ply": {f"{form[:13]}.ply": lambda form=form: ply(form) for form in (
        "ascii", "binary_little_endian", "binary_big_endian")},
    "ply-mesh": {f"{form[:13]}.ply": lambda form=form: ply(form, faces=True) for form in (
        "ascii", "binary_little_endian", "binary_big_endian")},
    "pcd": {f"{data}.pcd": lambda data=data: pcd(data) for data in ("ascii", "binary", "binary_compressed")},
    "ptx": {"a.ptx": ptx},
    "spz": {f"v{version}.spz": lambda version=version: spz(version) for version in (2, 3, 4)},
    "ply-splat": {"a.ply": ply_splats},
    "text": {"a.pts": pts, "a.xyz": xyz},
    "obj": {"a.obj": obj},
    "mtl": {"a.mtl": lambda: MTL},
    "stl": {"text.stl": lambda: stl(text=True), "binary.stl": lambda: stl(text=False)},
    "off": {"a.off": off},
    "dae": {"a.dae": lambda: dae(diffuse=PICTURE, file="a.png", **POLYGONS)},
    "3mf": {"a.3mf": three_mf},
    "gltf": {"a.gltf": gltf},
    "glb": {"a.glb": glb, "packed.glb": compressed_glb},
    "image": {"a.png": png},
    "crs": {"a.wkt": lambda: b"\0" + CRS, "a.keys": lambda: b"\1" + KEYS},
    "zip": {"a.zip": lambda: zip_of([("m/a.obj", obj()), ("m/a.mtl", MTL), ("m/a.png", png()),
                                        ("m/b.png", png())])},
    "result": {"a.json": lambda: json.dumps(RESULT).encode()},
    "index": {"a.json": lambda: json.dumps(INDEX).encode()},
    "tables": {"a.json": lambda: json.dumps(SPREAD).encode()},
    "ranges": {"a.bin": lambda: struct.pack("<IQI", 0, 10, 20) + struct.pack("<IQI", 1, 0, 99)},
}  # fmt: skip


def main() -> None:
    """Write them all."""
    for target, makers in SEEDS.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, make in makers.items():
            path = folder / f"seed-{name}"
            path.write_bytes(make())


if __name__ == "__main__":
    main()
