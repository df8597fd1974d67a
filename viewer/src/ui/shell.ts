/** The frame around every page: the name, the way home, upload, language, who is signed in. */
import { remove } from "../api/client";
import { signedOut, holds, me } from "../api/session";
import { language, setLanguage, t } from "../words/words";
import { fill, h } from "./dom";

const MARK =
  '<svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true"><path d="M3 13 16 5l13 8v2H3zM6 17h3v8H6zm8.500 0h3v8h-3zM23 17h3v8h-3zM3 27h26v2H3z" fill="currentColor"/></svg>';

function languageSwitch(again: () => void): HTMLElement {
  const other = language() === "vi" ? "en" : "vi";
  const choose = () => {
    setLanguage(other);
    again();
  };
  return h(
    "button.plain",
    { type: "button", click: choose, lang: other, title: t("nav.language") },
    other === "vi" ? "Tiếng Việt" : "English",
  );
}

async function signOut(): Promise<void> {
  await remove("/v1/sessions/current");
  signedOut();
  location.assign("/");
}

/** The frame, and the element a page fills. `again` draws the page anew in another language. */
export function shell(again: () => void): {
  element: HTMLElement;
  main: HTMLElement;
} {
  const home = h("a.brand", { href: "/" });
  home.innerHTML = MARK;
  home.append(h("span", {}, "Heritwin"));
  const links = h("nav", {}, h("a", { href: "/" }, t("nav.sites")));
  const person = h("span.person");
  const main = h("main");
  void me().then((who) => {
    if (holds(who, "contributor")) links.append(h("a", { href: "/upload" }, t("nav.upload")));
    if (who)
      fill(
        person,
        who.person.name,
        h("button.plain", { type: "button", click: () => void signOut() }, t("nav.signOut")),
      );
    else fill(person, h("a", { href: "/login" }, t("nav.signIn")));
  }, console.warn);
  const header = h("header.top", {}, home, links, h("span.grow"), languageSwitch(again), person);
  return { element: h("div.shell", {}, header, main), main };
}
