/** Start: find the page of this address, draw it, follow links. */
import "./style/base.css";
import "./style/pages.css";
import "./style/records.css";
import "./style/view.css";
import { ProblemError } from "./api/client";
import { type Cleanup, followLinks, type Route } from "./router";
import { fill, h } from "./ui/dom";
import { shell } from "./ui/shell";
import { language, t } from "./words/words";

const ROUTES: Route[] = [
  {
    pattern: /^\/$/,
    open: async (main) => (await import("./pages/home")).home(main),
  },
  {
    pattern: /^\/login$/,
    open: async (main) => (await import("./pages/login")).login(main),
  },
  {
    pattern: /^\/upload$/,
    open: async (main) => (await import("./pages/upload")).upload(main),
  },
  {
    pattern: /^\/s\/([^/]+)$/,
    open: async (main, [path]) => (await import("./pages/subject")).subject(main, path ?? ""),
  },
  {
    pattern: /^\/s\/([^/]+)\/([^/]+)(?:\/(v\d+|[0-9a-f-]{36}))?$/,
    open: async (main, [path, asset, which]) =>
      (await import("./pages/version")).version(main, path ?? "", asset ?? "", which ?? null),
  },
  {
    pattern: /^\/embed\/([0-9a-f-]+)$/,
    isBare: true,
    open: async (main, [id]) => (await import("./pages/embed")).embed(main, id ?? ""),
  },
];

const page = document.getElementById("page") as HTMLElement;
let leave: Cleanup | undefined;
let visit = 0;

async function show(): Promise<void> {
  const mine = ++visit;
  leave?.();
  leave = undefined;
  document.documentElement.lang = language();
  const path = decodeURIComponent(location.pathname).replace(/(.)\/$/, "$1");
  const found = ROUTES.map((route) => ({
    route,
    match: route.pattern.exec(path),
  })).find(({ match }) => match);
  const frame = found?.route.isBare ? bare() : shell(() => void show());
  fill(page, frame.element);
  fill(frame.main, h("p.quiet", { "aria-busy": "true" }, t("page.loading")));
  try {
    if (!found?.match) throw new ProblemError(404, "not-found", "", null);
    const cleanup = await found.route.open(frame.main, found.match.slice(1));
    if (mine === visit) leave = cleanup;
    else cleanup?.();
  } catch (error) {
    if (mine === visit) explain(frame.main, error);
  }
}

function bare(): { element: HTMLElement; main: HTMLElement } {
  const main = h("main.bare");
  return { element: main, main };
}

/** What went wrong, in words for a reader; the unforeseen also goes to the console. */
function explain(main: HTMLElement, error: unknown): void {
  if (error instanceof ProblemError && error.status === 404)
    fill(main, h("section.message", {}, h("h1", {}, t("page.notFound")), h("p", {}, t("page.notFoundHint"))));
  else if (error instanceof ProblemError)
    fill(main, h("section.message", {}, h("h1", {}, error.message), h("p", {}, error.hint)));
  else if (error instanceof TypeError && /fetch|network/i.test(error.message))
    fill(main, h("section.message", {}, h("h1", {}, t("page.offline"))));
  else {
    fill(main, h("section.message", {}, h("h1", {}, String(error))));
    console.error(error);
  }
}

followLinks(() => void show());
void show();
