/** The 3D view with its controls and the line that says what is drawn. */
import type { Endpoint } from "../api/types";
import { fill, h } from "../ui/dom";
import { metres, shortCount } from "../ui/format";
import { recall, remember } from "../ui/kept";
import { t, term } from "../words/words";
import type { Detail } from "./budget";
import type { ColourMode } from "./colours";
import { exposeStage } from "./hooks";
import { Stage } from "./stage";

export type View = {
  element: HTMLElement;
  show(endpoint: Endpoint, place: string): void;
  dispose(): void;
};
export type ViewOptions = {
  again(): void;
  isCloud: boolean;
  isSmall?: boolean;
};

const DETAILS: Detail[] = ["low", "medium", "high"];
const KEPT_DETAIL = "heritwin.detail";

/** A view that streams endpoints; `again` is asked for when a reader retries after a failure. */
export function makeView(options: ViewOptions): View {
  const place = h("div.stage");
  const status = h("div.reading", { role: "status", "aria-live": "polite" });
  const badge = h("div.badge", { title: t("stream.previewHint"), hidden: true }, t("stream.preview"));
  const trouble = h("div.trouble", { hidden: true });
  const controls = h("div.controls");
  const element = h("div.view", {}, place, badge, controls, status, trouble);
  let quality: Endpoint["quality"] | null = null;
  let stage: Stage;
  const notify = (text: string) => {
    trouble.hidden = false;
    fill(trouble, h("p", {}, text), h("button", { type: "button", click: options.again }, t("stream.again")));
  };
  try {
    stage = new Stage(place, options.isCloud, {
      changed: () => {
        fill(status, ...describe(stage, quality === "preview"));
        syncColours();
      },
      failed: (_error, isRoot) => isRoot && notify(t("stream.failedRoot")),
    });
  } catch {
    return refusal(element, place);
  }
  stage.canvas.setAttribute("aria-label", t("stream.canvas"));
  const colours = colourChoice(stage);
  const syncColours = () => colours.sync();
  fill(controls, ...buttons(stage, element, options.isSmall ?? false, colours.element));
  exposeStage(stage, () => quality);
  return {
    element,
    show(endpoint, place) {
      trouble.hidden = true;
      quality = endpoint.quality;
      badge.hidden = quality === "full";
      stage.open(endpoint.url, place);
    },
    dispose() {
      stage.dispose();
      delete window.heritwin;
    },
  };
}

function refusal(element: HTMLElement, place: HTMLElement): View {
  fill(place, h("p.refusal", {}, t("stream.noWebgl")));
  return { element, show: () => undefined, dispose: () => undefined };
}

/** "± 3.2 mm · 1.2M points", and what keeps it from being better. */
function describe(stage: Stage, isPreview: boolean): Node[] {
  const now = stage.reading();
  const parts: Node[] = [];
  // A preview is a sample: that all of it is drawn says nothing of the scan.
  if (now.errorMm !== null && !(isPreview && now.errorMm === 0)) {
    const text =
      now.errorMm === 0 ? t("stream.complete") : t("stream.error", { value: metres(now.errorMm / 1000) });
    parts.push(h("strong", { title: t("stream.errorHint") }, text));
  }
  if (now.points) parts.push(h("span", {}, t("version.points", { n: shortCount(now.points) })));
  if (now.triangles) parts.push(h("span", {}, t("version.triangles", { n: shortCount(now.triangles) })));
  const loading = now.downloading + now.parsing + now.queued;
  if (loading) parts.push(h("span", {}, t("stream.loading", { n: loading })));
  if (now.refused) parts.push(h("span.warn", {}, t("stream.memory")));
  if (now.failed) parts.push(h("span.warn", {}, t("stream.failed", { n: now.failed })));
  return parts;
}

function buttons(stage: Stage, element: HTMLElement, isSmall: boolean, colours: HTMLElement): HTMLElement[] {
  const fit = h("button", { type: "button", click: () => stage.fit() }, t("stream.fit"));
  const size = h("input", {
    type: "range",
    min: -2,
    max: 2,
    step: 0.25,
    value: 0,
  });
  size.addEventListener("input", () => stage.setPointFactor(2 ** Number(size.value)));
  const kept = recall(KEPT_DETAIL) as Detail | null;
  const detail = choice(DETAILS, kept && DETAILS.includes(kept) ? kept : "medium", "stream", (chosen) => {
    remember(KEPT_DETAIL, chosen);
    stage.setDetail(chosen);
  });
  if (kept && DETAILS.includes(kept)) stage.setDetail(kept);
  const dark = h("input", { type: "checkbox" });
  dark.addEventListener("change", () => {
    stage.setDark(dark.checked);
    element.classList.toggle("dark", dark.checked);
  });
  const full = h(
    "button",
    { type: "button", click: () => void element.requestFullscreen() },
    t("stream.full"),
  );
  const list: HTMLElement[] = [fit, h("label.cloud-only", {}, t("stream.pointSize"), size), colours];
  if (isSmall) return list;
  list.push(h("label", {}, t("stream.detail"), detail), h("label", {}, dark, t("stream.dark")));
  if (document.fullscreenEnabled) list.push(full);
  return list;
}

function choice<T extends string>(
  values: T[],
  now: T,
  group: string,
  chosen: (value: T) => void,
): HTMLSelectElement {
  const select = h(
    "select",
    {},
    ...values.map((v) => h("option", { value: v, selected: v === now }, term(group, v))),
  );
  select.addEventListener("change", () => chosen(select.value as T));
  return select;
}

/** The colour choice appears once a cloud has arrived and says what it can be coloured by. */
function colourChoice(stage: Stage): { element: HTMLElement; sync(): void } {
  const element = h("span", { hidden: true });
  let shown = "";
  return {
    element,
    sync() {
      const modes = stage.colourModes();
      if (modes.join() === shown || modes.length === 0) return;
      shown = modes.join();
      const select = choice<ColourMode>(modes, modes[0] as ColourMode, "stream", (mode) =>
        stage.setColour(mode),
      );
      fill(element, h("label", {}, t("stream.colour"), select));
      element.hidden = false;
      element.closest(".view")?.classList.add("is-cloud");
    },
  };
}
