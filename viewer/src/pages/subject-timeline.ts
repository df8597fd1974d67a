/** What happened to a subject and what was true of it, in the order of dates. */
import { get } from "../api/client";
import type { Text } from "../api/types";
import { h } from "../ui/dom";
import { named } from "../ui/format";
import { t, term } from "../words/words";

interface Entry {
  entry: "event" | "statement" | "capture" | "version";
  id: string;
  code: string;
  title: Text;
  edtf: string | null;
  certainty: number | null;
}

/** The timeline as a section; nothing where nothing is known. Certainty 0 is conjecture, and is said. */
export async function timelineSection(subjectId: string): Promise<HTMLElement | null> {
  const { items } = await get<{ items: Entry[] }>(`/v1/subjects/${subjectId}/timeline`);
  const lines = items.filter((each) => each.entry !== "version").map(line);
  return lines.length
    ? h("section.timeline", {}, h("h2", {}, t("timeline.title")), h("ul.plain", {}, ...lines))
    : null;
}

function line(entry: Entry): HTMLElement {
  const title = entry.entry === "capture" ? term("method", named(entry.title, "")) : named(entry.title, entry.code);
  const certainty = entry.certainty === null ? "" : t("timeline.certainty", { n: entry.certainty });
  const notes = [term("entry", entry.entry), certainty, entry.certainty === 0 ? t("timeline.conjecture") : ""];
  return h(
    "li",
    {},
    h("strong", {}, entry.edtf ?? t("timeline.undated")),
    ` ${title}`,
    h("br"),
    h("small", {}, notes.filter(Boolean).join(" · ")),
  );
}
