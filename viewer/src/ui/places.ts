/** The places a placement's evidence allows, and how far each moves the model from the one found first. */
import type { Alternative, Decision, Matrix, Placement, Version } from "../api/types";
import { t } from "../words/words";
import { metres } from "./format";

/** `alternative` is the API's number of it, from 0; null is the place that registration found. */
export type Place = { alternative: number | null; label: string; about: string; isNow: boolean };

type Point = number[];

/** The eight corners of a version's box, in its own frame, metres. */
function cornersOf(version: Version): Point[] {
  const [low, high] = version.bounds ?? [
    [0, 0, 0],
    [0, 0, 0],
  ];
  return Array.from({ length: 8 }, (_, i) =>
    [0, 1, 2].map((axis) => ((i >> axis) & 1 ? high[axis] : low[axis]) ?? 0),
  );
}

function carried(by: Matrix, point: Point): Point {
  return by
    .slice(0, 3)
    .map((row) => (row[3] ?? 0) + point.reduce((sum, p, axis) => sum + p * (row[axis] ?? 0), 0));
}

/** Largest displacement of any corner between two placements, metres: a turn on the spot counts too. */
export function displacement(a: Matrix, b: Matrix, corners: Point[]): number {
  const moves = corners.map((corner) => {
    const [here, there] = [carried(a, corner), carried(b, corner)];
    return Math.hypot(...here.map((value, axis) => value - (there[axis] ?? 0)));
  });
  return Math.max(...moves);
}

/** The angle between the two attitudes, degrees. */
export function turn(a: Matrix, b: Matrix): number {
  const trace = [0, 1, 2]
    .flatMap((i) => [0, 1, 2].map((j) => (a[i]?.[j] ?? 0) * (b[i]?.[j] ?? 0)))
    .reduce((sum, part) => sum + part, 0);
  return (Math.acos(Math.min(1, Math.max(-1, (trace - 1) / 2))) * 180) / Math.PI;
}

function foundPose(full: Placement): Matrix {
  return full.decisions.find((d) => d.alternative === null)?.site_from_scan ?? full.site_from_scan;
}

/** The decision in force; decisions come oldest first. */
export function decisionNow(full: Placement): Decision | null {
  return full.decisions.at(-1) ?? null;
}

/** Every place, the found one first. */
export function placesOf(version: Version, full: Placement): Place[] {
  const now = decisionNow(full)?.alternative ?? null;
  const corners = cornersOf(version);
  const found = foundPose(full);
  const others = full.alternatives.map((other, i) => ({
    alternative: i,
    label: t("placement.alternative", { n: i + 1 }),
    about: aboutOf(other, found, corners),
    isNow: now === i,
  }));
  const first = {
    alternative: null,
    label: t("placement.found"),
    about: t("placement.foundMeans"),
    isNow: now === null,
  };
  return [first, ...others];
}

/** Below this a turn is told by how far it moves the corners. */
const TOLD_TURN_DEG = 5;

function aboutOf(other: Alternative, found: Matrix, corners: Point[]): string {
  const pose = other.site_from_scan;
  const degrees = pose ? turn(pose, found) : 0;
  return [
    pose && t("placement.moves", { value: metres(displacement(pose, found, corners)) }),
    degrees >= TOLD_TURN_DEG && t("placement.turns", { value: degrees.toFixed(0) }),
    other.ratio !== undefined && t("placement.ratio", { value: `${(other.ratio * 100).toFixed(0)} %` }),
  ]
    .filter(Boolean)
    .join(" · ");
}
