/** Subjects as cards with a picture. */
import type { Subject } from "../api/types";
import { term } from "../words/words";
import { subjectAddress } from "./address";
import { h } from "./dom";
import { named } from "./format";
import { pictureFrame } from "./picture";

export function cards(subjects: Subject[]): HTMLElement {
  // Where nothing below has a picture yet, empty frames would only push the names apart.
  const hasFrames = subjects.some((subject) => subject.picture);
  return h("div.cards", {}, ...subjects.map((subject) => card(subject, hasFrames)));
}

function card(subject: Subject, hasFrame: boolean): HTMLElement {
  const name = named(subject.name, subject.code);
  return h(
    "a.card",
    { href: subjectAddress(subject.path) },
    hasFrame && pictureFrame(subject.picture, name),
    h(
      "div.card-text",
      {},
      h("strong", {}, name),
      h("small", {}, term("kind", subject.kind), subject.local_code ? ` · ${subject.local_code}` : ""),
    ),
  );
}
