/** The colour a cloud is drawn in: as captured, by intensity, or by height. */
import { BufferAttribute, type BufferGeometry, Color, type Points, Vector3 } from "three";

export type ColourMode = "rgb" | "intensity" | "height";

const CAPTURED = "_captured_colour";

/** Which modes the first points of a cloud can be drawn in. */
export function modesOf(geometry: BufferGeometry): ColourMode[] {
  const modes: ColourMode[] = [];
  if (geometry.hasAttribute(CAPTURED) || geometry.hasAttribute("color")) modes.push("rgb");
  if (geometry.hasAttribute("_intensity")) modes.push("intensity");
  modes.push("height");
  return modes;
}

/** Five steps from deep water to pale sand: even in lightness, safe for red-green blindness. */
const RAMP = ["#29366f", "#2a6f97", "#4fa37f", "#c9b458", "#f3e6c4"].map((hex) => new Color(hex));

function ramp(share: number, into: Color): Color {
  const place = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(place), RAMP.length - 2);
  return into.lerpColors(RAMP[low] as Color, RAMP[low + 1] as Color, place - low);
}

/** Set the colours of one tile's points. `floor` and `ceiling` are world heights, metres. */
export function colour(points: Points, mode: ColourMode, floor: number, ceiling: number): void {
  const geometry = points.geometry;
  const captured = geometry.getAttribute(CAPTURED) ?? geometry.getAttribute("color");
  if (captured && !geometry.hasAttribute(CAPTURED)) geometry.setAttribute(CAPTURED, captured);
  if (mode === "rgb" && captured) {
    geometry.setAttribute("color", captured);
    return;
  }
  const position = geometry.getAttribute("position");
  const intensity = geometry.getAttribute("_intensity");
  const bytes = new Uint8Array(position.count * 4);
  const place = new Vector3();
  const shade = new Color();
  points.updateWorldMatrix(true, false);
  for (let i = 0; i < position.count; i += 1) {
    if (mode === "intensity" && intensity) {
      const grey = normalised(intensity.getX(i));
      shade.setRGB(grey, grey, grey, "srgb");
    } else {
      place.fromBufferAttribute(position, i).applyMatrix4(points.matrixWorld);
      ramp((place.z - floor) / Math.max(ceiling - floor, 1e-6), shade);
    }
    bytes.set([shade.r * 255, shade.g * 255, shade.b * 255, 255], i * 4);
  }
  geometry.setAttribute("color", new BufferAttribute(bytes, 4, true));
}

/** Intensities come as shares or as 16-bit counts, most of them dark: the root spreads the dark end. */
function normalised(value: number): number {
  return Math.sqrt(Math.min(value > 1 ? value / 65535 : value, 1));
}
