/** The parts of a version's page that only state what is known. */
import type { Capture, Derivative, DerivedFile, Level, Version } from "../api/types";
import { type Child, facts, h } from "../ui/dom";
import { count, metres, moment, size } from "../ui/format";
import { t, term } from "../words/words";

function extentOf(version: Version): string | null {
  if (!version.bounds) return null;
  const [low, high] = version.bounds;
  return low.map((from, axis) => metres((high[axis] ?? from) - from)).join(" × ");
}

export function factsSection(it: Version, capture: Capture | null): HTMLElement {
  const captured =
    capture &&
    `${capture.date_edtf} · ${term("method", capture.method)}${capture.sensor ? ` · ${capture.sensor}` : ""}`;
  return h(
    "section",
    {},
    h("h2", {}, t("version.facts")),
    facts([
      [t("subject.captured"), captured],
      [t("version.represents"), it.represents_edtf],
      [t("subject.content"), contentRows(it)],
      [t("version.format"), it.format?.toUpperCase()],
      [t("version.extent"), extentOf(it)],
      [t("version.crs"), it.kind ? (it.crs?.name ?? it.crs?.declared ?? t("version.crsNone")) : null],
      [t("version.stated"), statedOf(it)],
      [t("version.attributes"), attributesOf(it)],
      [t("version.stations"), it.stations?.length ? count(it.stations.length) : null],
      [t("version.received"), moment(it.created_at)],
      [t("version.published"), it.published_at ? moment(it.published_at) : null],
      [t("version.manifest"), it.manifest_sha256 ? h("code.digest", {}, it.manifest_sha256) : null],
    ]),
  );
}

/** Coordinates are always there, and red, green and blue are one thing to a reader. */
const COORDINATE = /^([xyz]|cartesian[xyz]|spherical\w*)$/;
const COLOUR = /^(color)?(red|green|blue)$/;

/** What a reader looks for; a LAS file has a dozen more that are seldom filled. */
const TOLD = /^(intensity|classification|normals?|texture|uv|colou?rs?|reflectance|timestamp|time)$/;

function attributesOf(it: Version): Child {
  const names = (it.attributes ?? []).map((name) => name.toLowerCase().replaceAll("_", " "));
  const rest = names.filter((name) => !COORDINATE.test(name) && !COLOUR.test(name));
  const colour = names.some((name) => COLOUR.test(name)) ? [t("version.colour")] : [];
  const told = [...colour, ...rest.filter((name) => TOLD.test(name))].join(", ");
  const others = rest.filter((name) => !TOLD.test(name));
  if (!others.length) return told;
  const more = h("summary", {}, t("version.moreAttributes", { n: others.length }));
  return h("span", {}, told, h("details", {}, more, h("small", {}, others.join(", "))));
}

/** What the sender said of axis and unit; a cloud has them from elsewhere. */
function statedOf({ kind, stated }: Version): string | null {
  if (kind !== "mesh") return null;
  const axis = stated.up_axis ? t("version.statedUp", { axis: stated.up_axis.toUpperCase() }) : null;
  const unit = stated.unit_m ? t("version.statedUnit", { unit: metres(stated.unit_m) }) : null;
  return [axis, unit].filter(Boolean).join(", ") || null;
}

function contentRows(it: Version): Child {
  const many = it.kind === "splat" ? "version.splats" : "version.points";
  const points = it.points === null ? null : t(many, { n: count(it.points) });
  const triangles = it.triangles === null ? null : t("version.triangles", { n: count(it.triangles) });
  return [points, triangles].filter(Boolean).join(", ");
}

export function warningsSection(it: Version): HTMLElement | null {
  if (!it.warnings?.length) return null;
  return h(
    "section",
    {},
    h("h2", {}, t("version.warnings")),
    h("ul.plain.found", {}, ...it.warnings.map((w) => h("li", {}, w.message))),
  );
}

function lodOf(it: Version): Derivative | null {
  return it.derivatives.find((d) => d.kind === "lod") ?? null;
}

export function levelsSection(it: Version): HTMLElement | null {
  const lod = lodOf(it);
  if (!lod) return null;
  const levels = Array.isArray(lod.result?.levels) ? lod.result.levels : [];
  const files = lod.files.filter((f) => f.role === "lod");
  const rows = files.map((file) => levelRow(file, levelOf(file, levels)));
  const head = h(
    "tr",
    {},
    h("th", {}, t("version.download")),
    h("th", {}, t("version.deviation")),
    h("th", {}, t("subject.size")),
  );
  return h(
    "section",
    {},
    h("h2", {}, t("version.levels")),
    h("div.scroll", {}, h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows))),
    h("p.caveat", {}, t("stream.notMeasurement")),
  );
}

/** The plain set holds the same triangles as the compressed one. */
function levelOf(file: DerivedFile, levels: Level[]): Level | undefined {
  const name = file.name.replace(/^plain-/, "lod-").replace(/\.glb$/, "");
  return levels.find((level) => level.name.replace(/\.glb$/, "") === name);
}

function levelRow(file: DerivedFile, level: Level | undefined): HTMLElement {
  const share = /-(\d+)\.glb$/.exec(file.name)?.[1];
  const triangles = level && t("version.triangles", { n: count(level.triangles) });
  const plain = file.name.startsWith("plain-") ? t("version.plain") : null;
  const deviation = level
    ? [level.rms_m, level.hausdorff_m]
        .filter((m): m is number => m !== null)
        .map(metres)
        .join(" / ")
    : "";
  return h(
    "tr",
    {},
    h(
      "td",
      {},
      h("a", { href: file.url, download: file.name }, share ? `${share} %` : file.name),
      h("br"),
      h("small", {}, [triangles, plain].filter(Boolean).join(" · ")),
    ),
    h("td", {}, deviation),
    h("td", {}, size(file.size_bytes)),
  );
}

function originalAddress(it: Version, path: string): string {
  return `/v1/versions/${it.id}/files/${path.split("/").map(encodeURIComponent).join("/")}`;
}

export function filesSection(it: Version): HTMLElement | null {
  if (!it.files.length) return null;
  const items = it.files.map((f) =>
    h(
      "li",
      {},
      // Given once its bytes are verified, and of a withdrawn version to curators only.
      f.sha256 && it.state !== "withdrawn" ? h("a", { href: originalAddress(it, f.path) }, f.path) : f.path,
      " ",
      h("small", {}, size(f.size_bytes)),
      f.sha256 ? h("code.digest", { title: "SHA-256" }, f.sha256) : null,
    ),
  );
  return h("section", {}, h("h2", {}, t("version.files")), h("ul.plain", {}, ...items));
}

export function embedSection(it: Version): HTMLElement {
  const code = `<iframe src="${location.origin}/embed/${it.id}" width="800" height="600" style="border:0" allowfullscreen loading="lazy"></iframe>`;
  return h(
    "section",
    {},
    h("h2", {}, t("version.embed")),
    h("p", {}, t("version.embedHint")),
    h("textarea.code", { readonly: true, rows: 3 }, code),
  );
}
