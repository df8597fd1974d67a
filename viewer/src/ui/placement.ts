/** How a placement is shown: its state in plain words, never an ambiguous one as a right one. */
import type { Decision, Placement, PlacementBrief, Version } from "../api/types";
import { t, term, type Word } from "../words/words";
import { decisionForm, placeName } from "./decide";
import { facts, h } from "./dom";
import { doubtLines, evidenceSection } from "./evidence";
import { metres, moment } from "./format";
import { type Place, placesOf } from "./places";

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
  const [first] = methodSteps(placement.method);
  const rms = residual(placement);
  const words = [first, rms && t("placement.residual", { value: rms })].filter(Boolean).join(" · ");
  return h("span.placed", {}, placementChip(placement), h("small", { title: placement.method }, words));
}

/** The version that defines its frame was fitted to nothing: its "0" is not a residual. */
function residual(placement: PlacementBrief): string | null {
  const isMeasured = placement.rms_m !== null && placement.method !== "frame-origin";
  return isMeasured ? metres(placement.rms_m as number) : null;
}

/** A first guess's search width, as in "kiss-matcher 1.5v": of no use to a reader. */
const WIDTH = / [\d.]+v$/;

/** "kiss-matcher 1v + gicp + point-to-plane" as steps in a reader's words. */
export function methodSteps(method: string): string[] {
  const steps = method.replace("fpfh + robust solver", "fpfh").split(" + ");
  return steps.map((step) => term("placing", step.replace(WIDTH, "")));
}

function methodText(method: string): HTMLElement {
  const [first, ...refined] = methodSteps(method);
  const then = refined.length ? t("placement.refined", { steps: refined.join(", ") }) : "";
  return h("span", { title: method }, first, then && h("small.block", {}, then));
}

export type PlacementContext = {
  full: Placement | null;
  names: Map<string, string>;
  canDecide: boolean;
  decided(): void;
};

/** All that is known about where a version stands. */
export function placementSection(version: Version, context: PlacementContext): HTMLElement {
  const brief = version.placement;
  const state = brief?.state ?? "none";
  const section = h(
    "section",
    {},
    h("h2", {}, t("version.placement")),
    h("p", {}, placementChip(brief), " ", t(`placement.${state}Means` as Word)),
  );
  if (!brief) return section;
  const { full } = context;
  section.append(
    facts([
      [t("placement.method"), methodText(brief.method)],
      [t("placement.rms"), residual(brief)],
      [t("placement.overlap"), full && residual(brief) ? share(full.overlap) : null],
    ]),
  );
  if (full) section.append(...judged(version, full, context));
  return section;
}

function share(part: number | null): string | null {
  return part === null ? null : `${(part * 100).toFixed(0)} %`;
}

function judged(version: Version, full: Placement, context: PlacementContext): HTMLElement[] {
  const places = placesOf(version, full);
  const parts = [doubtLines(full.evidence), evidenceSection(full.evidence)].filter((part) => part !== null);
  if (context.canDecide)
    parts.push(
      h(
        "details",
        { open: full.state === "ambiguous" },
        h("summary", {}, t("decide.title")),
        decisionForm(full, places, context.decided),
      ),
    );
  else if (places.length > 1) parts.push(placeList(places));
  parts.push(h("h3", {}, t("placement.decisions")));
  const newestFirst = [...full.decisions].reverse();
  parts.push(h("ol.decisions", {}, ...newestFirst.map((d) => decisionItem(d, context.names))));
  return parts;
}

function placeList(places: Place[]): HTMLElement {
  const items = places.map((place) => h("li", {}, placeName(place), h("small.block", {}, place.about)));
  return h("div", {}, h("h3", {}, t("placement.alternatives")), h("ul.plain", {}, ...items));
}

function decisionItem(decision: Decision, names: Map<string, string>): HTMLElement {
  const place = decision.alternative === null ? null : t("placement.alternative", { n: decision.alternative + 1 });
  return h(
    "li",
    {},
    h("strong", {}, term("placement", decision.state)),
    place && ` · ${place}`,
    // The rule's reasons stand above, with its evidence.
    decision.decided_by && h("span.block", {}, decision.reason),
    h("small.block", {}, `${decider(decision, names)} · ${moment(decision.at)}`),
  );
}

function decider(decision: Decision, names: Map<string, string>): string {
  if (!decision.decided_by) return t("placement.rule");
  return names.get(decision.decided_by) ?? t("placement.person");
}
