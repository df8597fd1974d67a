/** How large a point is drawn: as wide as the gap to its neighbours at the detail now drawn. */
import type { TilesRenderer } from "3d-tiles-renderer";
import type { Tile } from "3d-tiles-renderer/core";
import type { PointsMaterial } from "three";
import { isPoints } from "./reading";

/** A leaf states no error of its own (0): its points lie about half as far apart as its parent's. */
function spacingOf(tile: Tile): number {
  if (tile.geometricError > 0) return tile.geometricError;
  return tile.parent && tile.parent.geometricError > 0 ? tile.parent.geometricError / 2 : 0;
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
    const size = drawnSpacing(tile, tiles.visibleTiles, known) * factor;
    const scene = (tile as Tile & { engineData: { scene: import("three").Object3D | null } }).engineData
      .scene;
    scene?.traverse((object) => {
      if (isPoints(object)) (object.material as PointsMaterial).size = size;
    });
  }
}
