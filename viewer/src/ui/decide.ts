/** A curator's decision on a placement: which place, accepted or not, and why. */
import { post, ProblemError } from "../api/client";
import type { Placement, PlacementState } from "../api/types";
import { t, type Word } from "../words/words";
import { fill, h } from "./dom";
import type { Place } from "./places";

const CHOICES: [PlacementState, Word][] = [
  ["accepted", "decide.accept"],
  ["ambiguous", "decide.leave"],
  ["rejected", "decide.reject"],
];

/** The form; `decided` is called once the API has written the decision. */
export function decisionForm(full: Placement, places: Place[], decided: () => void): HTMLElement {
  const reason = h("textarea", { name: "reason", rows: 2, required: true, maxlength: 2000 });
  const trouble = h("p.fault", { role: "alert", hidden: true });
  const form: HTMLFormElement = h(
    "form.decide",
    { submit: (event: SubmitEvent) => void send(event) },
    places.length > 1 && placeChoice(places),
    h("label", {}, t("decide.reason"), reason),
    trouble,
    h("div.row", {}, ...CHOICES.map(([state, word], i) => button(state, word, i === 0))),
    h("p.caveat", {}, t("decide.onRecord")),
  );
  const send = async (event: SubmitEvent) => {
    event.preventDefault();
    const state = (event.submitter as HTMLButtonElement).value as PlacementState;
    const body = { state, reason: reason.value.trim(), ...alternativeOf(form) };
    try {
      await post<Placement>(`/v1/placements/${full.id}/decisions`, body);
      decided();
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      trouble.hidden = false;
      fill(trouble, error.message, error.hint ? ` ${error.hint}` : null);
    }
  };
  return form;
}

function alternativeOf(form: HTMLFormElement): { alternative?: number } {
  const chosen = String(new FormData(form).get("place") ?? "");
  return chosen === "" ? {} : { alternative: Number(chosen) };
}

function button(state: PlacementState, word: Word, isMain: boolean): HTMLElement {
  return h(isMain ? "button.button" : "button", { type: "submit", name: "state", value: state }, t(word));
}

function placeChoice(places: Place[]): HTMLElement {
  return h(
    "fieldset.places",
    {},
    h("legend", {}, t("decide.place")),
    ...places.map((place) =>
      h(
        "label.place",
        {},
        h("input", { type: "radio", name: "place", value: place.alternative ?? "", checked: place.isNow }),
        h("span", {}, placeName(place), h("small", {}, place.about)),
      ),
    ),
  );
}

export function placeName(place: Place): HTMLElement {
  return h("span", {}, place.label, place.isNow && h("small.now", {}, ` ${t("placement.now")}`));
}
