/** The first page: sites, their structure, and cards with pictures. */
import { all } from "../api/client";
import { me } from "../api/session";
import type { Subject } from "../api/types";
import type { Cleanup } from "../router";
import { subjectAddress } from "../ui/address";
import { cards } from "../ui/cards";
import { fill, h } from "../ui/dom";
import { named } from "../ui/format";
import { t, term } from "../words/words";

/** Cards of a whole site are shown up to this many; a larger inventory is walked by its tree and the search. */
const MOST_CARDS = 24;

type Family = Map<string | null, Subject[]>;

export async function home(main: HTMLElement): Promise<Cleanup | undefined> {
  document.title = "Heritwin";
  const subjects = await all<Subject>("/v1/subjects");
  const known = new Set(subjects.map((s) => s.id));
  const family: Family = new Map();
  for (const s of subjects) {
    const parent = s.parent_id && known.has(s.parent_id) ? s.parent_id : null;
    family.set(parent, [...(family.get(parent) ?? []), s]);
  }
  const sites = family.get(null) ?? [];
  const results = h("div.results");
  const whole = h("div", {}, ...sites.map((site) => siteSection(site, family)));
  const search = h("input", {
    type: "search",
    placeholder: t("home.search"),
    "aria-label": t("home.search"),
  });
  search.addEventListener("input", () => find(search.value.trim(), subjects, results, whole));
  fill(
    main,
    h(
      "header.lead",
      {},
      h("h1", {}, t("home.title")),
      h("p", {}, t("home.lead")),
      sites.length ? search : null,
    ),
    sites.length ? null : h("p.quiet", {}, t((await me()) ? "home.empty" : "home.emptySignedOut")),
    results,
    whole,
  );
  return undefined;
}

function find(q: string, subjects: Subject[], results: HTMLElement, whole: HTMLElement): void {
  whole.hidden = q !== "";
  if (!q) {
    fill(results);
    return;
  }
  const wanted = fold(q);
  const found = subjects.filter((s) =>
    fold([s.name.vi, s.name.en, s.path, s.local_code].filter(Boolean).join(" ")).includes(wanted),
  );
  fill(
    results,
    found.length ? cards(found.slice(0, MOST_CARDS)) : h("p.quiet", {}, t("home.nothingFound", { q })),
  );
}

/** Vietnamese is often typed without its marks: "thai hoa" finds "Thái Hòa". */
function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
}

function descendants(site: Subject, family: Family): Subject[] {
  return (family.get(site.id) ?? []).flatMap((child) => [child, ...descendants(child, family)]);
}

function siteSection(site: Subject, family: Family): HTMLElement {
  const parts = descendants(site, family);
  const shown =
    parts.length <= MOST_CARDS
      ? [site, ...parts]
      : [site, ...(family.get(site.id) ?? []).slice(0, MOST_CARDS)];
  const name = named(site.name, site.code);
  return h(
    "section.site",
    {},
    h(
      "div.site-head",
      {},
      h("h2", {}, h("a", { href: subjectAddress(site.path) }, name)),
      h("small", {}, term("kind", site.kind)),
    ),
    h(
      "div.site-body",
      {},
      parts.length ? h("aside.tree", {}, h("h3", {}, t("home.tree")), branch(site, family, 0)) : null,
      cards(shown),
    ),
  );
}

function branch(subject: Subject, family: Family, depth: number): HTMLElement {
  const children = family.get(subject.id) ?? [];
  const link = h("a", { href: subjectAddress(subject.path) }, named(subject.name, subject.code));
  if (!children.length) return h("div.leaf", {}, link);
  return h(
    "details",
    { open: depth < 2 },
    h("summary", {}, link),
    ...children.map((c) => branch(c, family, depth + 1)),
  );
}
