/** One version alone, for other people's pages: poster first, then 3D; who to thank below. */
import { get } from "../api/client";
import type { Endpoint, Version } from "../api/types";
import type { Cleanup } from "../router";
import type { View } from "../stream/view";
import { versionAddress } from "../ui/address";
import { fill, h } from "../ui/dom";
import { named } from "../ui/format";
import { t } from "../words/words";

type Frugal = Navigator & { connection?: { saveData?: boolean } };

export async function embed(main: HTMLElement, id: string): Promise<Cleanup | undefined> {
  const version = await get<Version>(`/v1/versions/${id}`);
  const name = named(version.subject.name, version.subject.path);
  const label = version.number === null ? t("version.draft") : t("version.name", { n: version.number });
  document.title = t("embed.title", { subject: name, version: label });
  const start = h("button.button", { type: "button" }, t("embed.view"));
  const place = h(
    "div.poster",
    {},
    version.picture ? h("img", { src: version.picture, alt: name }) : null,
    start,
  );
  fill(main, place, creditLine(version, name, label));

  let view: View | null = null;
  let isLeft = false;
  const stream = async () => {
    const [endpoint, { makeView }] = await Promise.all([
      get<Endpoint>(`/v1/versions/${id}/endpoint`),
      import("../stream/view"),
    ]);
    if (isLeft) return;
    view ??= makeView({
      again: () => void stream(),
      isSmall: true,
      isCloud: version.kind !== "mesh",
    });
    fill(place, view.element);
    view.show(endpoint, "");
  };
  const stopWatching = whenSeen(place, start, () => void stream());
  return () => {
    isLeft = true;
    stopWatching();
    view?.dispose();
  };
}

/** Begin on a click, or by itself once half in view unless the reader saves data. */
function whenSeen(place: HTMLElement, button: HTMLElement, begin: () => void): () => void {
  let hasBegun = false;
  const once = () => {
    if (hasBegun) return;
    hasBegun = true;
    watcher.disconnect();
    begin();
  };
  const watcher = new IntersectionObserver((seen) => seen.some((entry) => entry.isIntersecting) && once(), {
    threshold: 0.5,
  });
  button.addEventListener("click", once);
  if (!(navigator as Frugal).connection?.saveData) watcher.observe(place);
  return () => watcher.disconnect();
}

function creditLine(version: Version, name: string, label: string): HTMLElement {
  const rights = [version.credit, version.licence].filter(Boolean).join(" · ") || t("embed.rightsUnknown");
  return h(
    "footer.credit",
    {},
    h("strong", {}, name),
    h("span", {}, label),
    h("span", {}, rights),
    h("span.grow"),
    h("a", { href: versionAddress(version), target: "_blank", rel: "noopener" }, t("embed.source")),
  );
}
