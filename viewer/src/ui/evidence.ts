/** What registration measured: its doubts in words, and every figure in a table that opens on demand. */
import { t, term } from "../words/words";
import { type Child, facts, h } from "./dom";
import { metres } from "./format";

type Evidence = Record<string, unknown>;

/** Doubts are written "code: text"; the code has words of its own, the text has the figures. */
export function doubtLines(evidence: Evidence): HTMLElement | null {
  const reasons = Array.isArray(evidence["reasons"]) ? evidence["reasons"].map(String) : [];
  if (!reasons.length) return null;
  const items = reasons.map((reason) => {
    const [code = "", ...rest] = reason.split(": ");
    const text = rest.join(": ");
    // Without figures it says what the words have said.
    return h("li", {}, term("doubt", code), /\d/.test(text) && h("small.block", { lang: "en" }, text));
  });
  return h("ul.plain.doubts", {}, ...items);
}

export function evidenceSection(evidence: Evidence): HTMLElement | null {
  const { reasons: _, ...figures } = evidence;
  const rows = rowsOf(figures);
  if (!rows.length) return null;
  return h(
    "details",
    {},
    h("summary", {}, t("placement.evidence")),
    h("div.scroll.figures", { lang: "en" }, facts(rows)),
  );
}

/** Nested measures become rows named by their path; a length says its unit. */
function rowsOf(figures: Evidence, path: string[] = []): [string, Child][] {
  return Object.entries(figures).flatMap(([key, value]): [string, Child][] => {
    const here = [...path, key];
    if (isGroup(value)) return rowsOf(value, here);
    return [[here.join(" · ").replaceAll("_", " ").replace(/ m$/, ""), figure(key, value)]];
  });
}

function isGroup(value: unknown): value is Evidence {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const plain = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 4 });

function figure(key: string, value: unknown): string {
  if (typeof value === "number") return key.endsWith("_m") ? metres(value) : plain.format(value);
  if (!Array.isArray(value)) return String(value);
  const parts = value.map((each) => (isGroup(each) ? JSON.stringify(each) : figure(key, each)));
  return parts.join(", ");
}
