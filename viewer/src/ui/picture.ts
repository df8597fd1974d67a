/** Frames for preview pictures. */
import { t } from "../words/words";
import { h } from "./dom";

/** A frame with the picture, or one that says there is none yet. */
export function pictureFrame(url: string | null, name: string): HTMLElement {
  if (!url) return h("div.picture.empty", {}, h("span", {}, t("page.noPicture")));
  return h("div.picture", {}, h("img", { src: url, alt: name, loading: "lazy", decoding: "async" }));
}
