/** Addresses and the pages behind them. */

export type Cleanup = () => void;
export type Route = {
  pattern: RegExp;
  isBare?: boolean;
  open(main: HTMLElement, parts: string[]): Promise<Cleanup | undefined>;
};

/** Follow links of this site without loading the document again. */
export function followLinks(navigate: () => void): void {
  addEventListener("popstate", navigate);
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain =
      event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || link.origin !== location.origin || link.target || link.hasAttribute("download"))
      return;
    event.preventDefault();
    go(link.href);
  });
}

/** Open an address of this site. */
export function go(href: string): void {
  history.pushState(null, "", href);
  reopen();
}

/** Draw the page of the present address anew. */
export function reopen(): void {
  dispatchEvent(new PopStateEvent("popstate"));
}
