/** Where an upload goes: a subject, one of its records or a new one, and the campaign it comes from. */
import { all, post } from "../api/client";
import type { Asset, Capture, Subject } from "../api/types";
import { type Chosen, likelyKind, shortName } from "../upload/chosen";
import { fill, h } from "../ui/dom";
import { named } from "../ui/format";
import { t, term } from "../words/words";

export type Destination = {
  element: HTMLElement;
  /** Take up the subject that the page's address names, if it names one. */
  begin(): Promise<void>;
  isComplete(): boolean;
  suggest(chosen: Chosen[]): void;
  settle(): Promise<{ assetId: string; captureId: string | null }>;
};

const NEW = "";
const KINDS = ["point_cloud", "mesh", "splat"];

export function destination(subjects: Subject[], changed: () => void): Destination {
  let subject: Subject | null = null;
  const label = (s: Subject) => `${named(s.name, s.code)} · ${s.path}`;
  const options = subjects.map((s) => h("option", { value: label(s) }));
  const where = h("input", {
    list: "subjects",
    name: "subject",
    placeholder: t("upload.subjectHint"),
    autocomplete: "off",
  });
  const asset = h("select", { name: "asset" });
  const name = h("input", {
    name: "asset-name",
    value: "scan",
    pattern: "[a-z0-9][a-z0-9\\-]*",
    required: true,
  });
  const kind = h(
    "select",
    { name: "asset-kind" },
    ...KINDS.map((k) => h("option", { value: k }, term("asset", k))),
  );
  const capture = h("select", { name: "capture" });
  const fresh = h(
    "div.pair",
    {},
    h("label", {}, t("upload.assetName"), name),
    h("label", {}, t("upload.assetKind"), kind),
  );
  const below = h(
    "div",
    { hidden: true },
    h("label", {}, t("upload.asset"), asset),
    fresh,
    h("label", {}, t("upload.capture"), capture),
  );
  const element = h(
    "div.destination",
    {},
    h("label", {}, t("upload.subject"), where),
    h("datalist", { id: "subjects" }, ...options),
    below,
  );

  const sync = () => {
    fresh.hidden = asset.value !== NEW;
    changed();
  };
  const settleSubject = async (found: Subject | null) => {
    subject = found;
    below.hidden = true;
    changed();
    if (!found) return;
    const [assets, captures] = await Promise.all([
      all<Asset>(`/v1/subjects/${found.id}/assets`),
      all<Capture>(`/v1/subjects/${found.id}/captures`),
    ]);
    if (subject !== found) return;
    fill(
      asset,
      ...assets.map((a) =>
        h("option", { value: a.id }, `${named(a.title, a.name)} · ${term("asset", a.kind)}`),
      ),
      h("option", { value: NEW }, t("upload.newAsset")),
    );
    fill(
      capture,
      h("option", { value: "" }, t("upload.noCapture")),
      ...captures.map((c) => h("option", { value: c.id }, `${c.date_edtf} · ${term("method", c.method)}`)),
    );
    below.hidden = false;
    sync();
  };
  where.addEventListener("input", () => {
    const typed = where.value.trim();
    void settleSubject(subjects.find((s) => label(s) === typed || s.path === typed) ?? null);
  });
  asset.addEventListener("change", sync);
  name.addEventListener("input", changed);

  const asked = subjects.find((s) => s.path === new URLSearchParams(location.search).get("subject"));
  if (asked) where.value = label(asked);
  return {
    element,
    begin: () => settleSubject(asked ?? null),
    isComplete: () => subject !== null && !below.hidden && (asset.value !== NEW || name.checkValidity()),
    suggest(chosen) {
      if (!chosen[0]) return;
      kind.value = likelyKind(chosen);
      name.value = shortName(chosen[0].path);
      sync();
    },
    async settle() {
      const captureId = capture.value || null;
      if (asset.value !== NEW) return { assetId: asset.value, captureId };
      const made = await post<Asset>(`/v1/subjects/${(subject as Subject).id}/assets`, {
        kind: kind.value,
        name: name.value,
      });
      return { assetId: made.id, captureId };
    },
  };
}
