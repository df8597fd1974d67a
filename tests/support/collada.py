"""COLLADA files written by hand: a square, its material, and where a scene places it."""

PLACED = (
    '<node><translate>10 0 0</translate><instance_geometry url="#g">{bind}</instance_geometry></node>'
    "<node><matrix>2 0 0 0 0 2 0 0 0 0 2 5 0 0 0 1</matrix><node><rotate>0 0 1 90</rotate>"
    '<instance_geometry url="#g">{bind}</instance_geometry></node></node>'
)
BIND = (
    '<bind_material><technique_common><instance_material symbol="m" target="#stone"/>'
    "</technique_common></bind_material>"
)
RED = "<color>1 0.5 0 1</color>"
POLYGONS = {
    "kind": 'polylist count="1"',
    "counts": "<vcount>4</vcount>",
    "faces": "0 0 1 1 2 2 3 3",
}
PICTURE = '<texture texture="s" texcoord="uv"/>'


def dae(
    *,
    axis: str = "Z_UP",
    unit: str = "0.01",
    faces: str = "0 0 1 1 2 2 0 0 2 2 3 3",
    diffuse: str = RED,
    file: str = "stone.jpg",
    scene: str = PLACED,
    head: str = "",
    kind: str = 'triangles count="2"',
    counts: str = "",
) -> bytes:
    """A unit square in x and y, of two triangles, placed twice."""
    name = kind.split()[0]
    return f"""<?xml version="1.0"?>{head}
<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
<asset><created>2020-01-01T00:00:00</created><modified>2020-01-01T00:00:00</modified>
<unit name="centimeter" meter="{unit}"/><up_axis>{axis}</up_axis></asset>
<library_images><image id="i"><init_from>{file}</init_from></image></library_images>
<library_effects><effect id="e"><profile_COMMON>
<newparam sid="f"><surface type="2D"><init_from>i</init_from></surface></newparam>
<newparam sid="s"><sampler2D><source>f</source></sampler2D></newparam>
<technique sid="t"><lambert><diffuse>{diffuse}</diffuse></lambert></technique>
</profile_COMMON></effect></library_effects>
<library_materials><material id="stone"><instance_effect url="#e"/></material></library_materials>
<library_geometries><geometry id="g"><mesh>
<source id="p"><float_array id="pa" count="12">0 0 0 1 0 0 1 1 0 0 1 0</float_array><technique_common>
<accessor source="#pa" count="4" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
<param name="Z" type="float"/></accessor></technique_common></source>
<source id="u"><float_array id="ua" count="8">0 0 1 0 1 1 0 1</float_array><technique_common>
<accessor source="#ua" count="4" stride="2"><param name="S" type="float"/>
<param name="T" type="float"/></accessor></technique_common></source>
<vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
<{kind} material="m"><input semantic="VERTEX" source="#v" offset="0"/>
<input semantic="TEXCOORD" source="#u" offset="1" set="0"/>{counts}<p>{faces}</p></{name}>
</mesh></geometry></library_geometries>
<library_visual_scenes>
<visual_scene id="w">{scene.format(bind=BIND)}</visual_scene></library_visual_scenes>
<scene><instance_visual_scene url="#w"/></scene></COLLADA>""".encode()
