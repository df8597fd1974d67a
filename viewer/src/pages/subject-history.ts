/** A subject's history: its timeline and what is held of it, as of a date and as known at a moment. */
import { get, ProblemError } from "../api/client";
import type { Entry, Statement, Subject } from "../api/types";
import { subjectAddress } from "../ui/address";
import { dateText } from "../ui/dates";
import { type Child, fill, h } from "../ui/dom";
import { count, moment, named } from "../ui/format";
import { t, term, type Word } from "../words/words";

type Answer<Item> = { items: Item[]; known_at: string };

/** Entries shown at first; a monument with columns of its own has hundreds. */
const FIRST = 40;

/** The section, filled by the dates in the page's address; a reader's choice is kept there. */
export function historySection(it: Subject): HTMLElement {
  const results = h("div.history", { "aria-live": "polite" });
  const asked = new URLSearchParams(location.search);
  const asOf = h("input", {
    name: "as_of",
    value: asked.get("as_of") ?? "",
    placeholder: "1833, 1960-05, 1968?",
    spellcheck: "false",
  });
  const knownAt = h("input", { type: "date", name: "known_at", value: asked.get("known_at") ?? "" });
  const show = async () => {
    try {
      await list(it, results, questionOf(asOf.value, knownAt.value));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      fill(results, h("p.fault", { role: "alert" }, error.message, error.hint ? ` ${error.hint}` : null));
    }
  };
  const submit = (event: Event) => {
    event.preventDefault();
    history.replaceState(null, "", addressOf(asOf.value.trim(), knownAt.value));
    void show();
  };
  const form = h(
    "form.when",
    { submit },
    h("label", {}, t("history.asOf"), asOf),
    h("label", {}, t("history.knownAt"), knownAt),
    h("button", { type: "submit" }, t("history.show")),
  );
  void show();
  return h(
    "section",
    {},
    h("h2", {}, t("history.title")),
    h("p.quiet", {}, t("history.lead")),
    form,
    results,
  );
}

function addressOf(asOf: string, knownAt: string): string {
  const asked = new URLSearchParams();
  if (asOf) asked.set("as_of", asOf);
  if (knownAt) asked.set("known_at", knownAt);
  const query = asked.toString();
  return location.pathname + (query && `?${query}`);
}

/** A day of knowledge means its end where the reader is; today and later mean now. */
function questionOf(asOf: string, knownAt: string): URLSearchParams {
  const question = new URLSearchParams();
  if (asOf.trim()) question.set("as_of", asOf.trim());
  const endOfDay = knownAt ? new Date(`${knownAt}T23:59:59`) : null;
  if (endOfDay && endOfDay < new Date()) question.set("known_at", endOfDay.toISOString());
  return question;
}

async function list(it: Subject, results: HTMLElement, question: URLSearchParams): Promise<void> {
  const base = `/v1/subjects/${it.id}`;
  const [told, held] = await Promise.all([
    get<Answer<Entry>>(`${base}/timeline?${question}`),
    get<Answer<Statement>>(`${base}/statements?limit=200&${question}`),
  ]);
  const happened = told.items.filter((entry) => entry.entry !== "statement");
  fill(
    results,
    happened.length ? timeline(it, happened) : null,
    held.items.length ? statements(held.items) : null,
    happened.length + held.items.length === 0 && h("p.quiet", {}, t("history.nothing")),
    question.has("known_at") && h("p.caveat", {}, t("history.known", { moment: moment(told.known_at) })),
  );
}

function timeline(it: Subject, entries: Entry[]): HTMLElement {
  const items = entries.map((entry) => entryItem(it, entry));
  const line = h("ol.timeline", {}, ...items.slice(0, FIRST));
  if (items.length <= FIRST) return line;
  const rest = items.slice(FIRST);
  const more = h("button", { type: "button" }, t("history.more", { n: rest.length }));
  more.addEventListener("click", () => {
    line.append(...rest);
    more.remove();
  });
  return h("div", {}, line, more);
}

function entryItem(it: Subject, entry: Entry): HTMLElement {
  const title = entry.entry === "capture" ? term("method", entry.title.en ?? "") : named(entry.title, entry.code);
  const about = [t(`history.${entry.entry}` as Word), certaintyOf(entry.certainty)];
  return h(
    `li.${entry.entry}` as "li",
    {},
    h("time", { title: entry.edtf }, dateOf(entry)),
    h(
      "div",
      {},
      entry.entry === "version"
        ? h("a", { href: `${subjectAddress(it.path)}/${entry.code}` }, title)
        : h("span", {}, title),
      h("small.block", {}, about.filter(Boolean).join(" · ")),
    ),
  );
}

/** Open at both ends is a date nobody knows. */
function dateOf(entry: Entry): string {
  return entry.edtf && entry.edtf !== "../.." ? dateText(entry.edtf) : t("date.none");
}

function certaintyOf(certainty: number | null): string | null {
  return certainty === null ? null : term("certainty", String(certainty));
}

function statements(held: Statement[]): HTMLElement {
  const byPredicate = new Map<string, Statement[]>();
  for (const one of held) {
    const label = named(one.predicate.label, one.predicate.code);
    byPredicate.set(label, [...(byPredicate.get(label) ?? []), one]);
  }
  const groups = [...byPredicate].map(([label, group]) =>
    h("div.held", {}, h("h4", {}, label), h("ul.plain", {}, ...group.map(statementItem))),
  );
  return h("div", {}, h("h3", {}, t("history.statements")), h("div.holdings", {}, ...groups));
}

function statementItem(one: Statement): HTMLElement {
  const about = [dateText(one.edtf), term("basis", one.basis), certaintyOf(one.certainty)];
  const sources = one.sources.map((source) => source.citation);
  return h(
    "li",
    {},
    said(one),
    h("small.block", { title: one.edtf }, about.filter(Boolean).join(" · ")),
    one.note && h("small.block", {}, one.note),
    sources.length > 0 &&
      h(
        "details",
        {},
        h("summary", {}, h("small", {}, t("history.sources", { n: sources.length }))),
        ...sources.map((citation) => h("small.block", {}, citation)),
      ),
  );
}

/** The concept, and what the statement's value adds to it. */
function said(one: Statement): Child {
  const concept = one.concept && named(one.concept.label, one.concept.code);
  const value = valueText(one.value);
  return h("span", {}, concept && h("strong", {}, concept), concept && value ? " · " : "", value);
}

/** A measured amount reads as one phrase; a text speaks for itself; a number needs its name. */
function valueText({ measure, amount, unit, ...rest }: Record<string, unknown>): string {
  const measured = amount === undefined ? measure : [measure, amount, UNITS[String(unit)] ?? unit];
  const others = Object.entries(rest).map(([key, value]) => (isText(value) ? value : [`${key}:`, value]));
  return [measured, ...others]
    .filter((part) => part !== undefined)
    .map(plain)
    .join(", ");
}

const UNITS: Record<string, string> = { m2: "m²", m3: "m³", 1: "" };

function isText(value: unknown): boolean {
  return typeof value === "string" || (Array.isArray(value) && value.every((each) => typeof each === "string"));
}

function plain(value: unknown): string {
  if (Array.isArray(value)) return value.map(plain).join(isText(value) ? ", " : " ").trim();
  if (typeof value === "number") return count(value);
  return typeof value === "object" && value !== null ? JSON.stringify(value) : String(value).replaceAll("_", " ");
}
