/** One tileset being streamed: the renderer of its tiles, set up for what we write. */
import { TilesRenderer } from "3d-tiles-renderer";
import { ImplicitTilingPlugin, PointCloudEffectsPlugin } from "3d-tiles-renderer/plugins";
import { Box3, Matrix4, type PerspectiveCamera, Vector3 } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";
import { MeshoptDecoder } from "three/addons/libs/meshopt_decoder.module.js";
import type { Budget } from "./budget";

export type Bounds = { box: Box3; boxToWorld: Matrix4; radius: number };

/** Eye-dome lighting gives a cloud without normals its edges back; this little leaves its colours as captured. */
const EDL_STRENGTH = 0.08;
/** Tiles decoded between two frames; the library's 5 starve a device that draws few frames. */
const PARSED_AT_ONCE = 16;
const MIN_POINT_PIXELS = 1.6;

/** Eye-dome lighting draws every point twice: a slow device has it only while nothing moves. */
export function setEdges(tiles: TilesRenderer, isOn: boolean): void {
  const effects = tiles.getPluginByName("POINT_CLOUD_EFFECTS_PLUGIN") as PointCloudEffectsPlugin;
  effects.edlStrength = isOn ? EDL_STRENGTH : 0;
}

export function openSource(url: string, camera: PerspectiveCamera, budget: Budget): TilesRenderer {
  const tiles = new TilesRenderer(url);
  // The library's own plugin takes its loader away when a tileset is left, under the tiles still being decoded.
  tiles.manager.addHandler(/\.gl(tf|b)$/, new GLTFLoader(tiles.manager).setMeshoptDecoder(MeshoptDecoder));
  // Tilesets of more than about 2,000 tiles name them by subtrees of bits.
  tiles.registerPlugin(new ImplicitTilingPlugin());
  tiles.registerPlugin(
    new PointCloudEffectsPlugin({
      pointShape: "round",
      minPointSize: MIN_POINT_PIXELS,
    }),
  );
  tiles.parseQueue.maxJobs = PARSED_AT_ONCE;
  tiles.fetchOptions = { credentials: "same-origin" };
  tiles.setCamera(camera);
  setBudget(tiles, budget, 1);
  return tiles;
}

/** `loosened` ≥ 1 lets the error on screen grow to stay within the primitives of the budget. */
export function setBudget(tiles: TilesRenderer, budget: Budget, loosened: number): void {
  tiles.errorTarget = budget.errorPixels * loosened;
  tiles.lruCache.maxBytesSize = budget.cacheBytes;
  tiles.lruCache.minBytesSize = budget.cacheBytes * 0.75;
}

/**
 * The root of an implicit octree is its whole cube. Ours say beside it where in the cube the cloud lies, as a box
 * along the root's axes: centre, then half-axes.
 */
function statedBox(tiles: TilesRenderer, box: Box3, boxToTiles: Matrix4): boolean {
  const stated = (tiles.rootTileset?.asset as { extras?: { box?: number[] } } | undefined)?.extras?.box;
  const transform = (tiles.root as { engineData?: { transform?: Matrix4 } } | null)?.engineData?.transform;
  if (!transform || stated?.length !== 12) return false;
  box.setFromCenterAndSize(
    new Vector3().fromArray(stated),
    new Vector3(stated[3], stated[7], stated[11]).multiplyScalar(2),
  );
  boxToTiles.copy(transform);
  return true;
}

/**
 * The cloud's or model's box in the world, and its radius in metres.
 * Coordinates of a site are far from zero (UTM: 10⁶ m), where float32 steps are centimetres: the group is moved so
 * that the first model's centre is the world's origin, in float64, before anything reaches the graphics card.
 */
export function boundsOf(tiles: TilesRenderer, origin: Vector3 | null): Bounds & { origin: Vector3 } {
  const box = new Box3();
  const boxToTiles = new Matrix4();
  if (!statedBox(tiles, box, boxToTiles)) tiles.getOrientedBoundingBox(box, boxToTiles);
  const radius = box.max.distanceTo(box.min) / 2;
  const moved = origin ?? box.getCenter(box.min.clone()).applyMatrix4(boxToTiles);
  tiles.group.position.copy(moved).negate();
  tiles.group.updateMatrixWorld(true);
  const boxToWorld = new Matrix4().multiplyMatrices(tiles.group.matrixWorld, boxToTiles);
  return { box, boxToWorld, radius, origin: moved };
}
