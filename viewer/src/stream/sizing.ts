/** How large a point is drawn: as wide as the gap to its neighbours at the detail now drawn. */
import type { TilesRenderer } from "3d-tiles-renderer";
import type { Tile } from "3d-tiles-renderer/core";
import type { Object3D, PointsMaterial } from "three";
import { isPoints, leftOut } from "./reading";

/** Of a surface scattered with points, discs as wide as the mean gap cover 54 %, twice as wide 96 % (1 − e^−π). */
const CLOSE_GAPS = 2;

type Loaded = Tile & { engineData: { scene: Object3D | null } };

/** Mean gap of points spread over a surface as wide as the tile's two longer sides, metres. */
function gapOf(tile: Tile): number {
  const box = tile.boundingVolume.box;
  const scene = (tile as Loaded).engineData?.scene;
  if (!box || !scene) return tile.geometricError;
  let points = 0;
  scene.traverse((object) => {
    if (isPoints(object)) points += object.geometry.getAttribute("position").count;
  });
  const sides = [3, 6, 9].map((at) => 2 * Math.hypot(...box.slice(at, at + 3))).sort((a, b) => b - a);
  return Math.sqrt(((sides[0] ?? 0) * (sides[1] ?? 0)) / Math.max(points, 1));
}

/** A leaf states no error (0: nothing is left out), and a branch's points are never wider apart than its error. */
function spacingOf(tile: Tile): number {
  const error = leftOut(tile);
  return error > 0 ? Math.min(error, gapOf(tile)) : gapOf(tile);
}

/** Spacing of the points around a coarse tile's own, once its children in view are drawn between them. */
function drawnSpacing(tile: Tile, visible: Set<Tile>, known: Map<Tile, number>): number {
  const before = known.get(tile);
  if (before !== undefined) return before;
  const children = (tile.children ?? []).filter((child) => child.traversal?.inFrustum);
  const isCovered = children.length > 0 && children.every((child) => visible.has(child));
  const spacing = isCovered
    ? Math.max(...children.map((child) => drawnSpacing(child, visible, known)))
    : spacingOf(tile);
  known.set(tile, spacing);
  return spacing;
}

/** Set the world size of every visible tile's points; `factor` is the reader's choice, 1 by default. */
export function sizePoints(tiles: TilesRenderer, factor: number): void {
  const known = new Map<Tile, number>();
  for (const tile of tiles.visibleTiles) {
    const size = drawnSpacing(tile, tiles.visibleTiles, known) * CLOSE_GAPS * factor;
    const scene = (tile as Tile & { engineData: { scene: import("three").Object3D | null } }).engineData
      .scene;
    scene?.traverse((object) => {
      if (isPoints(object)) (object.material as PointsMaterial).size = size;
    });
  }
}
