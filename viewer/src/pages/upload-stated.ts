/** What a sender knows and most files of meshes do not say: which axis is up, and the unit. */
import { h } from "../ui/dom";
import { t } from "../words/words";

export type Stated = { up_axis: string | null; unit_m: number | null };

export type StatedPanel = {
  element: HTMLElement;
  /** Ask about meshes only: a cloud has both from its CRS. */
  ask(isMesh: boolean): void;
  said(): Stated;
};

const FOOT_M = 0.3048;
const UNITS: [string, number][] = [
  ["mm", 0.001],
  ["cm", 0.01],
  ["m", 1],
  ["in", FOOT_M / 12],
  ["ft", FOOT_M],
];

export function statedPanel(): StatedPanel {
  const silent = () => h("option", { value: "" }, t("upload.asTheFileSays"));
  const axis = h(
    "select",
    { name: "up-axis" },
    silent(),
    ...["y", "z"].map((a) => h("option", { value: a }, a.toUpperCase())),
  );
  const unit = h(
    "select",
    { name: "unit" },
    silent(),
    ...UNITS.map(([name, metres]) => h("option", { value: String(metres) }, name)),
  );
  const element = h(
    "div.pair",
    { hidden: true },
    h("label", {}, t("upload.upAxis"), axis),
    h("label", {}, t("upload.unit"), unit),
  );
  return {
    element,
    ask(isMesh) {
      element.hidden = !isMesh;
    },
    said: () =>
      element.hidden
        ? { up_axis: null, unit_m: null }
        : { up_axis: axis.value || null, unit_m: unit.value ? Number(unit.value) : null },
  };
}
