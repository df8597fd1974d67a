/** How a placement is shown: its state in plain words, never an ambiguous one as a right one. */
import type { Matrix, Placement, PlacementBrief, Version } from "../api/types";
import { t, term, type Word } from "../words/words";
import { type Child, facts, h } from "./dom";
import { metres, moment } from "./format";

export function placementChip(placement: PlacementBrief | null): HTMLElement {
  const state = placement?.state ?? "none";
  return h(
    `span.chip.${state}` as "span",
    { title: t(`placement.${state}Means` as Word) },
    term("placement", state),
  );
}

/** State with residual and method on one line, for tables. */
export function placementLine(placement: PlacementBrief | null): HTMLElement {
  if (!placement) return h("span", {}, placementChip(null));
  const rms = residual(placement);
  const words = [rms && `rms ${rms}`, term("placing", placement.method)].filter(Boolean).join(" · ");
  return h("span.placed", {}, placementChip(placement), h("small", {}, words));
}

/** The version that defines its frame was fitted to nothing: its "0" is not a residual. */
function residual(placement: PlacementBrief): string | null {
  const isMeasured = placement.rms_m !== null && placement.method !== "frame-origin";
  return isMeasured ? metres(placement.rms_m as number) : null;
}

type Point = [number, number, number];

function centreOf(version: Version): Point {
  const [low, high] = version.bounds ?? [[], []];
  return [0, 1, 2].map((axis) => ((low[axis] ?? 0) + (high[axis] ?? 0)) / 2) as Point;
}

function carried(by: Matrix, point: Point): number[] {
  return by
    .slice(0, 3)
    .map((row) => (row[3] ?? 0) + point.reduce((sum, p, axis) => sum + p * (row[axis] ?? 0), 0));
}

/** How far apart two placements put the middle of the model, metres. */
function shiftBetween(a: Matrix, b: Matrix, point: Point): number {
  const [here, there] = [carried(a, point), carried(b, point)];
  return Math.hypot(...here.map((value, axis) => value - (there[axis] ?? 0)));
}

const plain = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });

function evidenceRows(evidence: Record<string, unknown>): [string, Child][] {
  return Object.entries(evidence)
    .filter(([, value]) => ["number", "string", "boolean"].includes(typeof value))
    .map(([key, value]) => [
      key.replaceAll("_", " "),
      typeof value === "number" ? plain.format(value) : String(value),
    ]);
}

/** All that is known about where a version stands. */
export function placementSection(version: Version, full: Placement | null): HTMLElement {
  const brief = version.placement;
  const state = brief?.state ?? "none";
  const section = h(
    "section",
    {},
    h("h2", {}, t("version.placement")),
    h("p", {}, placementChip(brief), " ", t(`placement.${state}Means` as Word)),
  );
  if (!brief) return section;
  section.append(
    facts([
      [t("placement.method"), term("placing", brief.method)],
      [t("placement.rms"), residual(brief)],
      [t("placement.overlap"), full?.overlap == null ? null : `${(full.overlap * 100).toFixed(0)} %`],
    ]),
  );
  if (!full) return section;
  if (full.alternatives.length) section.append(alternatives(full, centreOf(version)));
  const rows = evidenceRows(full.evidence);
  if (rows.length) section.append(h("details", {}, h("summary", {}, t("placement.evidence")), facts(rows)));
  section.append(
    h("h3", {}, t("placement.decisions")),
    h(
      "ul.plain",
      {},
      ...full.decisions.map((d) =>
        h(
          "li",
          {},
          term("placement", d.state),
          " · ",
          decider(d),
          ` · ${moment(d.at)}`,
          h("br"),
          h("small", {}, d.reason),
        ),
      ),
    ),
  );
  return section;
}

function decider(decision: Placement["decisions"][number]): string {
  return decision.agent ?? t(decision.decided_by ? "placement.person" : "placement.rule");
}

function alternatives(full: Placement, centre: Point): HTMLElement {
  const items = full.alternatives.map((other, i) => {
    const known = [
      other.score === undefined ? null : t("placement.score", { value: plain.format(other.score) }),
      other.ratio === undefined
        ? null
        : t("placement.ratio", {
            value: `${(other.ratio * 100).toFixed(0)} %`,
          }),
      other.site_from_scan &&
        t("placement.shift", {
          value: metres(shiftBetween(other.site_from_scan, full.site_from_scan, centre)),
        }),
    ];
    return h("li", {}, t("placement.alternative", { n: i + 1 }), " ", known.filter(Boolean).join(" · "));
  });
  return h("div", {}, h("h3", {}, t("placement.alternatives")), h("ul", {}, ...items));
}
