/** Preview pictures, asked for only when their frame comes into view. */
import { all, get } from "../api/client";
import type { Asset, Subject, Version } from "../api/types";
import { t } from "../words/words";
import { fill, h } from "./dom";

export function pictureOfVersion(version: Version): string | null {
  const picture = version.derivatives?.find((derivative) => derivative.kind === "picture");
  return picture?.files.find((file) => file.media_type.startsWith("image/"))?.url ?? null;
}

/** The picture of the newest version among a subject's own records. */
async function pictureOfSubject(subject: Subject): Promise<string | null> {
  if (subject.picture !== undefined) return subject.picture;
  for (const asset of await all<Asset>(`/v1/subjects/${subject.id}/assets`, 20)) {
    const picture =
      asset.latest && pictureOfVersion(await get<Version>(`/v1/versions/${asset.latest.version_id}`));
    if (picture) return picture;
  }
  return null;
}

const waiting = new Map<Element, () => void>();
const watcher = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      watcher.unobserve(entry.target);
      waiting.get(entry.target)?.();
      waiting.delete(entry.target);
    }
  },
  { rootMargin: "200px" },
);

export function subjectPicture(subject: Subject, name: string): HTMLElement {
  const frame = h("div.picture.empty", {}, h("span", {}, t("page.noPicture")));
  waiting.set(frame, () => {
    pictureOfSubject(subject).then((url) => url && setPicture(frame, url, name), console.warn);
  });
  watcher.observe(frame);
  return frame;
}

export function setPicture(frame: HTMLElement, url: string, name: string): void {
  frame.classList.remove("empty");
  fill(frame, h("img", { src: url, alt: name, loading: "lazy", decoding: "async" }));
}
