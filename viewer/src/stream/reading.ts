/** What is drawn at this moment, read from the tiles themselves. */
import type { TilesRenderer } from "3d-tiles-renderer";
import type { Tile } from "3d-tiles-renderer/core";
import type { Mesh, Object3D, Points } from "three";

export type Reading = {
  visible: number;
  failed: number;
  downloading: number;
  parsing: number;
  queued: number;
  /** Tiles that a full cache kept from loading. */
  refused: number;
  points: number;
  triangles: number;
  /** How far the scan can be from what is drawn: of the tiles in view that no finer one replaces, mm; 0: all detail. */
  errorMm: number | null;
  /** Nothing is on its way at this moment; the next update may still ask for more. */
  isIdle: boolean;
};

type Counters = Record<"visible" | "failed" | "downloading" | "parsing" | "queued" | "refused", number>;

/** The library keeps its counters outside its types. */
export function countersOf(tiles: TilesRenderer): Counters {
  return (tiles as unknown as { stats: Counters }).stats;
}

function inViewChildren(tile: Tile): Tile[] {
  return (tile.children ?? []).filter((child) => !child.traversal || child.traversal.inFrustum);
}

/**
 * The nearest tiles with a picture of their own below a tile, through external tilesets, subtrees and empty nodes.
 * One of these that nobody has looked into yet stands for what is below it.
 */
function drawable(tile: Tile): Tile[] {
  return inViewChildren(tile).flatMap((child) => {
    if (!child.internal || child.internal.hasRenderableContent) return [child];
    const below = drawable(child);
    const isEmpty = !child.children?.length && !child.internal.hasUnrenderableContent;
    return below.length || isEmpty ? below : [child];
  });
}

/** What a tile leaves out, metres. An implicit one cannot state it: with nothing below, nothing is left out. */
export function leftOut(tile: Tile): number {
  const isImplicit = "implicitTilingData" in tile;
  return isImplicit && !tile.children?.length ? 0 : tile.geometricError;
}

/** Clouds state their spacing: a point left out shares a cube of that side with one that is drawn. */
const ACROSS_A_CUBE = Math.sqrt(3);

/** How far the scan can be from what is drawn of a tile where no finer one is, metres. */
function farthest(tile: Tile, visible: Set<Tile>): number {
  const across = tile.refine === "ADD" ? ACROSS_A_CUBE : 1;
  const finer = drawable(tile);
  const missing = finer.filter((child) => !visible.has(child));
  if (finer.length && !missing.length) return 0;
  if (!missing.length || tile.refine !== "ADD") return leftOut(tile) * across;
  // Empty tiles on the way say that what is drawn is near enough there: the first one missing says how near.
  return Math.max(...missing.map((child) => (child.parent ?? tile).geometricError)) * across;
}

export function errorOf(visible: Set<Tile>): number | null {
  let worst: number | null = null;
  for (const tile of visible) worst = Math.max(worst ?? 0, farthest(tile, visible));
  return worst;
}

export function isPoints(object: Object3D): object is Points {
  return (object as Points).isPoints === true;
}

function isMesh(object: Object3D): object is Mesh {
  return (object as Mesh).isMesh === true;
}

/** Points and triangles of the scenes of the visible tiles. */
function primitivesOf(group: Object3D): { points: number; triangles: number } {
  const sum = { points: 0, triangles: 0 };
  group.traverseVisible((object) => {
    if (isPoints(object)) sum.points += object.geometry.getAttribute("position").count;
    else if (isMesh(object) && object.geometry.getAttribute("position"))
      sum.triangles += (object.geometry.index ?? object.geometry.getAttribute("position")).count / 3;
  });
  return sum;
}

export function read(tiles: TilesRenderer | null): Reading {
  if (!tiles) return { ...NOTHING };
  const { visible, failed, downloading, parsing, queued, refused } = countersOf(tiles);
  const error = errorOf(tiles.visibleTiles);
  return {
    visible,
    failed,
    downloading,
    parsing,
    queued,
    refused,
    ...primitivesOf(tiles.group),
    errorMm: error === null ? null : error * 1000,
    isIdle: downloading + parsing + queued === 0,
  };
}

const NOTHING: Reading = {
  visible: 0,
  failed: 0,
  downloading: 0,
  parsing: 0,
  queued: 0,
  refused: 0,
  points: 0,
  triangles: 0,
  errorMm: null,
  isIdle: false,
};
