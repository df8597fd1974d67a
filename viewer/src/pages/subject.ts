/** A subject: its parts, records with their versions, and survey campaigns. */
import { all, get } from "../api/client";
import { holds, me } from "../api/session";
import type { Asset, Capture, Subject, Version } from "../api/types";
import type { Cleanup } from "../router";
import { subjectAddress, versionAddress } from "../ui/address";
import { cards } from "../ui/cards";
import { dateText } from "../ui/dates";
import { fill, h } from "../ui/dom";
import { day, metres, named, shortCount, size } from "../ui/format";
import { placementLine } from "../ui/placement";
import { t, term } from "../words/words";
import { historySection } from "./subject-history";

export async function subject(main: HTMLElement, path: string): Promise<Cleanup | undefined> {
  const it = await get<Subject>(`/v1/subjects/by-code/${path}`);
  const [trail, assets, captures, parts, who] = await Promise.all([
    breadcrumb(it.path),
    all<Asset>(`/v1/subjects/${it.id}/assets`),
    all<Capture>(`/v1/subjects/${it.id}/captures`),
    get<{ children: { subject: Subject }[] }>(`/v1/subjects/${it.id}/tree`),
    me(),
  ]);
  const name = named(it.name, it.code);
  document.title = `${name} · Heritwin`;
  const tables = await Promise.all(assets.map((asset) => record(asset, captures)));
  const canUpload = holds(who, "contributor");
  fill(
    main,
    trail,
    h(
      "header.lead",
      {},
      h("h1", {}, name),
      h("p.meta", {}, term("kind", it.kind), localCode(it), visibility(it)),
    ),
    h(
      "section",
      {},
      heading(it, canUpload),
      ...(tables.length ? tables : [h("p.quiet", {}, t("subject.noAssets"))]),
    ),
    parts.children.length
      ? h("section", {}, h("h2", {}, t("subject.parts")), cards(parts.children.map((c) => c.subject)))
      : null,
    captures.length ? h("section", {}, h("h2", {}, t("subject.captures")), campaigns(captures)) : null,
    historySection(it),
  );
  return undefined;
}

function heading(it: Subject, canUpload: boolean): HTMLElement {
  const link = canUpload && h("a.button", { href: `/upload?subject=${it.path}` }, t("subject.upload"));
  return h("div.heading", {}, h("h2", {}, t("subject.assets")), h("span.grow"), link);
}

function localCode(it: Subject): Node | null {
  return it.local_code ? h("span", {}, `${t("subject.localCode")} ${it.local_code}`) : null;
}

function visibility(it: Subject): Node | null {
  return it.visibility
    ? h("span", {}, t(it.visibility === "public" ? "subject.public" : "subject.private"))
    : null;
}

/** The way down from the site, each step by its name. */
export async function breadcrumb(path: string): Promise<HTMLElement> {
  const labels = path.split(".");
  const above = labels.slice(0, -1).map((_, i) => labels.slice(0, i + 1).join("."));
  const subjects = await Promise.all(above.map((p) => get<Subject>(`/v1/subjects/by-code/${p}`)));
  const steps = subjects.map((s) =>
    h("li", {}, h("a", { href: subjectAddress(s.path) }, named(s.name, s.code))),
  );
  return h("ol.trail", {}, h("li", {}, h("a", { href: "/" }, t("nav.sites"))), ...steps);
}

async function record(asset: Asset, captures: Capture[]): Promise<HTMLElement> {
  const versions = await all<Version>(`/v1/assets/${asset.id}/versions`);
  const head = h("h3", {}, named(asset.title, asset.name), " ", h("small", {}, term("asset", asset.kind)));
  if (!versions.length) return h("div.record", {}, head, h("p.quiet", {}, t("subject.noVersions")));
  const columns = [
    "subject.number",
    "subject.captured",
    "subject.content",
    "subject.size",
    "subject.placement",
  ] as const;
  return h(
    "div.record",
    {},
    head,
    h(
      "div.scroll",
      {},
      h(
        "table",
        {},
        h("thead", {}, h("tr", {}, ...columns.map((c) => h("th", {}, t(c))))),
        h("tbody", {}, ...versions.map((v) => versionRow(v, captures))),
      ),
    ),
  );
}

function versionRow(version: Version, captures: Capture[]): HTMLElement {
  const capture = captures.find((c) => c.id === version.capture_id);
  const label = version.number === null ? t("version.draft") : `v${version.number}`;
  const state = version.state === "withdrawn" && h("small.warn", {}, ` ${term("state", version.state)}`);
  return h(
    "tr",
    {},
    h("td", {}, h("a", { href: versionAddress(version) }, label), state),
    h("td", {}, capture?.date_edtf ?? version.represents_edtf ?? day(version.created_at)),
    h("td", {}, contentOf(version)),
    h("td", {}, version.bytes === null ? "" : size(version.bytes)),
    h("td", {}, placementLine(version.placement)),
  );
}

export function contentOf(version: Version): string {
  if (version.triangles !== null) return t("version.triangles", { n: shortCount(version.triangles) });
  if (version.points !== null) return t("version.points", { n: shortCount(version.points) });
  return version.format?.toUpperCase() ?? "";
}

function campaignDate(capture: Capture): string {
  return capture.date_edtf === "../.." ? t("date.none") : dateText(capture.date_edtf);
}

function campaigns(captures: Capture[]): HTMLElement {
  const items = captures.map((c) =>
    h(
      "li",
      {},
      h("strong", {}, campaignDate(c)),
      ` ${term("method", c.method)}`,
      h("br"),
      h(
        "small",
        {},
        [
          c.sensor,
          (c.operators ?? []).join(", "),
          c.accuracy_m && t("subject.accuracy", { value: metres(c.accuracy_m) }),
        ]
          .filter(Boolean)
          .join(" · "),
      ),
    ),
  );
  return h("ul.plain", {}, ...items);
}
