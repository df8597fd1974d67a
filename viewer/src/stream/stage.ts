/** The 3D view: a canvas, a camera, lights, and the tileset that is streamed into it. */
import type { TilesRenderer } from "3d-tiles-renderer";
import {
  Color,
  DirectionalLight,
  HemisphereLight,
  Matrix4,
  type Object3D,
  PerspectiveCamera,
  Scene,
  Vector3,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";
import { type Budget, budgetFor, type Detail, pixelRatio } from "./budget";
import { type ColourMode, colour, modesOf } from "./colours";
import { frameBox, setDepthRange } from "./framing";
import { isPoints, type Reading, read } from "./reading";
import { sizePoints } from "./sizing";
import { type Bounds, boundsOf, openSource, setBudget, setEdges } from "./source";

const LIGHT = new Color("#e9e6e0");
/** A tile that has just arrived asks for its children only in the next update: one idle moment is not the end. */
const CALM_TICKS = 2;
const LOADING_FRAME_MS = 250;
const SMOOTH_FRAME_MS = 50;
const DARK = new Color("#17181a");

export type StageEvents = {
  changed(): void;
  failed(error: Error, isRoot: boolean): void;
};

export class Stage {
  readonly canvas = document.createElement("canvas");
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera(45, 1, 0.1, 1000);
  readonly #controls: OrbitControls;
  readonly #watch: ResizeObserver;
  #tiles: TilesRenderer | null = null;
  #coming: TilesRenderer | null = null;
  #bounds: Bounds | null = null;
  #origin: Vector3 | null = null;
  #place = "";
  #comingPlace = "";
  #budget: Budget = budgetFor("medium");
  #loosened = 1;
  #pointFactor = 1;
  #mode: ColourMode | null = null;
  #modes: ColourMode[] = [];
  #isDirty = true;
  #hasFailed = false;
  #isLeft = false;
  #frame = 0;
  #drawnAt = 0;
  #frameMs = 0;
  #calmTicks = 0;
  #hasEdges = false;
  #isFirstTickSinceDraw = false;
  readonly #drawnFrom = new Matrix4();

  /** Throws where the browser has no WebGL 2. A cloud has no edges that smoothing would help. */
  constructor(
    host: HTMLElement,
    isCloud: boolean,
    readonly events: StageEvents,
  ) {
    this.#renderer = new WebGLRenderer({
      canvas: this.canvas,
      antialias: !isCloud,
    });
    this.#renderer.info.autoReset = false;
    host.append(this.canvas);
    this.canvas.tabIndex = 0;
    this.#scene.background = LIGHT;
    this.#camera.up.set(0, 0, 1);
    const lamp = new DirectionalLight("#fff8ee", 2.1);
    lamp.position.set(-0.4, 0.7, 1);
    this.#camera.add(lamp, lamp.target);
    lamp.target.position.set(0, 0, -1);
    this.#scene.add(this.#camera, new HemisphereLight("#ffffff", "#b3a793", 1.3));
    this.#camera.position.set(3, -5, 2);
    this.#controls = new OrbitControls(this.#camera, this.canvas);
    this.#controls.enableDamping = true;
    this.#controls.dampingFactor = 0.15;
    this.#controls.zoomToCursor = true;
    this.#controls.addEventListener("change", () => this.redraw());
    this.#controls.addEventListener("start", () => this.#tighten());
    this.#watch = new ResizeObserver(() => this.#resize());
    this.#watch.observe(host);
    this.#resize();
  }

  /**
   * Stream a tileset. What is shown stays until the new one has something to show.
   * `place` names where it stands: a tileset that stands elsewhere is looked at anew.
   */
  open(url: string, place = ""): void {
    this.#coming?.dispose();
    this.#hasFailed = false;
    this.#comingPlace = place;
    const tiles = openSource(url, this.#camera, this.#budget);
    tiles.setResolution(this.#camera, this.canvas.clientWidth || 1, this.canvas.clientHeight || 1);
    this.#coming = tiles;
    tiles.addEventListener("load-root-tileset", () => this.#rootArrived(tiles));
    tiles.addEventListener("load-model", ({ scene }) => this.#modelArrived(tiles, scene));
    for (const name of ["needs-update", "tile-visibility-change", "tiles-load-end"] as const)
      tiles.addEventListener(name, () => this.redraw());
    tiles.addEventListener("load-error", ({ tile, error }) => {
      if (tiles !== this.#coming && tiles !== this.#tiles) return;
      if (tile === null && tiles === this.#coming) {
        this.#coming = null;
        this.#hasFailed = true;
      }
      this.redraw();
      this.events.failed(error, tile === null);
    });
    this.redraw();
  }

  /** Show nothing and forget the place of what was shown. */
  close(): void {
    this.#tiles?.dispose();
    this.#coming?.dispose();
    this.#tiles = this.#coming = this.#bounds = this.#origin = this.#mode = null;
    this.#modes = [];
    this.redraw();
  }

  #rootArrived(tiles: TilesRenderer): void {
    // One that was left while it was on its way says nothing about what is to be seen now.
    if (tiles !== this.#coming) return;
    if (this.#comingPlace !== this.#place) {
      this.#tiles?.dispose();
      this.#tiles = this.#bounds = this.#origin = null;
      this.#place = this.#comingPlace;
    }
    const isFirst = this.#bounds === null;
    const { origin, ...bounds } = boundsOf(tiles, this.#origin);
    this.#origin = origin;
    this.#bounds = bounds;
    this.#scene.add(tiles.group);
    if (isFirst) this.fit();
    this.redraw();
  }

  #modelArrived(tiles: TilesRenderer, scene: Object3D): void {
    if (tiles !== this.#coming && tiles !== this.#tiles) return;
    if (tiles === this.#coming) {
      this.#tiles?.dispose();
      this.#tiles = tiles;
      this.#coming = null;
      this.#hasEdges = false;
    }
    scene.traverse((object) => {
      if (!isPoints(object)) return;
      if (this.#modes.length === 0) {
        this.#modes = modesOf(object.geometry);
        this.#mode = this.#modes[0] ?? null;
      }
      this.#paint(object);
    });
    this.redraw();
  }

  #paint(object: Object3D): void {
    if (!isPoints(object) || !this.#mode || !this.#bounds) return;
    const halfHeight = (this.#bounds.box.max.z - this.#bounds.box.min.z) / 2;
    colour(object, this.#mode, -halfHeight, halfHeight);
    const material = object.material as import("three").PointsMaterial;
    if (!material.vertexColors) {
      material.vertexColors = true;
      material.needsUpdate = true;
    }
  }

  /** Ask for a frame; frames are drawn only when something changed, so that a phone stays cool. */
  redraw(): void {
    if (this.#isLeft) return;
    this.#isDirty = true;
    this.#calmTicks = 0;
    if (!this.#frame) this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #tick(): void {
    this.#frame = 0;
    if (this.#isFirstTickSinceDraw) this.#frameMs = performance.now() - this.#drawnAt;
    this.#isFirstTickSinceDraw = false;
    this.#controls.update();
    if (this.#bounds) setDepthRange(this.#camera, this.#boundsCentre(), this.#bounds.radius);
    this.#camera.updateMatrixWorld();
    for (const tiles of [this.#tiles, this.#coming]) tiles?.update();
    this.#calmTicks = read(this.#tiles).isIdle ? this.#calmTicks + 1 : 0;
    this.#setEdges();
    if (this.#isDirty && this.#mayDraw()) {
      this.draw();
      this.#keepWithinBudget();
      this.events.changed();
    }
    const busy =
      this.#isDirty ||
      (this.#tiles !== null && !this.#hasEdges) ||
      this.#coming !== null ||
      (this.#tiles !== null && !this.reading().settled);
    if (busy && !this.#frame) this.#frame = requestAnimationFrame(() => this.#tick());
  }

  #isMoving(): boolean {
    return !this.#camera.matrixWorld.equals(this.#drawnFrom);
  }

  #setEdges(): void {
    const isStill = !this.#isMoving() && this.reading().settled;
    const wanted = isStill || this.#frameMs < SMOOTH_FRAME_MS;
    if (!this.#tiles || wanted === this.#hasEdges) return;
    this.#hasEdges = wanted;
    setEdges(this.#tiles, wanted);
    this.#isDirty = true;
  }

  /** Arriving tiles come in bursts: drawing each would spend a slow device's time on pictures nobody sees. */
  #mayDraw(): boolean {
    const isMoving = !this.#camera.matrixWorld.equals(this.#drawnFrom);
    return (
      isMoving ||
      this.reading().settled ||
      performance.now() - this.#drawnAt > Math.max(LOADING_FRAME_MS, 4 * this.#frameMs)
    );
  }

  #boundsCentre(): Vector3 {
    const bounds = this.#bounds as Bounds;
    return bounds.box.getCenter(new Vector3()).applyMatrix4(bounds.boxToWorld);
  }

  /** Draw now, so that the canvas can be read in the same turn. */
  draw(): void {
    this.#isDirty = false;
    this.#drawnAt = performance.now();
    this.#isFirstTickSinceDraw = true;
    this.#drawnFrom.copy(this.#camera.matrixWorld);
    if (this.#tiles) sizePoints(this.#tiles, this.#pointFactor);
    this.#renderer.info.reset();
    this.#renderer.render(this.#scene, this.#camera);
  }

  #keepWithinBudget(): void {
    const { points, triangles, settled } = this.reading();
    if (!this.#tiles || !settled) return;
    if (points + triangles <= this.#budget.primitives) return;
    this.#loosened *= 1.3;
    setBudget(this.#tiles, this.#budget, this.#loosened);
    this.redraw();
  }

  /** A reader who moves may have come to a place that needs less: try for more detail again. */
  #tighten(): void {
    this.#loosened = Math.max(1, this.#loosened / 1.3);
    if (this.#tiles) setBudget(this.#tiles, this.#budget, this.#loosened);
  }

  reading(): Reading & { settled: boolean } {
    return { ...read(this.#tiles), settled: this.#calmTicks >= CALM_TICKS };
  }

  /** Tiles that failed, of the tileset shown or of the one that is still to come. */
  failures(): number {
    return this.reading().failed + read(this.#coming).failed + (this.#hasFailed ? 1 : 0);
  }

  /** What the graphics card was asked to draw in the last frame. */
  drawnPrimitives(): number {
    const { points, triangles } = this.#renderer.info.render;
    return points + triangles;
  }

  colourModes(): ColourMode[] {
    return this.#modes;
  }

  setColour(mode: ColourMode): void {
    this.#mode = mode;
    this.#tiles?.forEachLoadedModel((scene) => scene.traverse((object) => this.#paint(object)));
    this.redraw();
  }

  setDetail(detail: Detail): void {
    this.#budget = budgetFor(detail);
    this.#loosened = 1;
    if (this.#tiles) setBudget(this.#tiles, this.#budget, 1);
    this.redraw();
  }

  setPointFactor(factor: number): void {
    this.#pointFactor = factor;
    this.redraw();
  }

  setDark(isDark: boolean): void {
    this.#scene.background = isDark ? DARK : LIGHT;
    this.redraw();
  }

  setModelShown(isShown: boolean): void {
    for (const tiles of [this.#tiles, this.#coming]) if (tiles) tiles.group.visible = isShown;
    this.redraw();
  }

  fit(): void {
    if (!this.#bounds) return;
    const target = frameBox(this.#camera, this.#bounds.box, this.#bounds.boxToWorld);
    this.#controls.target.copy(target);
    this.#controls.maxDistance = this.#bounds.radius * 20;
    this.#controls.update();
    this.redraw();
  }

  #resize(): void {
    const host = this.canvas.parentElement;
    if (!host?.clientWidth || !host.clientHeight) return;
    this.#renderer.setPixelRatio(pixelRatio());
    this.#renderer.setSize(host.clientWidth, host.clientHeight, false);
    this.#camera.aspect = host.clientWidth / host.clientHeight;
    this.#camera.updateProjectionMatrix();
    for (const tiles of [this.#tiles, this.#coming])
      tiles?.setResolution(this.#camera, host.clientWidth, host.clientHeight);
    this.redraw();
  }

  dispose(): void {
    // Tiles still being decoded report later: nothing is drawn for them any more.
    this.#isLeft = true;
    cancelAnimationFrame(this.#frame);
    this.#watch.disconnect();
    this.#controls.dispose();
    this.#tiles?.dispose();
    this.#coming?.dispose();
    this.#tiles = this.#coming = null;
    this.#renderer.dispose();
    this.canvas.remove();
  }
}
