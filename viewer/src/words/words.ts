/** The reader's language and the texts in it. */
import { recall, remember } from "../ui/kept";
import { en } from "./en";
import { vi } from "./vi";

export type Language = "vi" | "en";
export type Word = keyof typeof en;

const CATALOGUE: Record<Language, Record<Word, string>> = { vi, en };
const KEPT = "heritwin.language";

/** Kept choice, else the browser's first Vietnamese or English, else English. */
function preferred(): Language {
  const kept = recall(KEPT);
  if (kept === "vi" || kept === "en") return kept;
  for (const tag of navigator.languages) {
    if (tag.startsWith("vi")) return "vi";
    if (tag.startsWith("en")) return "en";
  }
  return "en";
}

let current: Language = preferred();

export function language(): Language {
  return current;
}

export function setLanguage(chosen: Language): void {
  current = chosen;
  remember(KEPT, chosen);
  document.documentElement.lang = chosen;
}

/** The text of a word, with `{name}` filled in. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  return CATALOGUE[current][word].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

/** A text for a code the server sent (a kind, a state): the code itself where no text is known. */
export function term(group: string, code: string): string {
  const word = `${group}.${code}`;
  return word in en ? t(word as Word) : code;
}
