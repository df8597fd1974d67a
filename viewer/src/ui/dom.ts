/** Making elements: `h("p.note", { title }, "text", child)`. */

export type Child = Node | string | number | null | undefined | false;
type Attributes = Record<string, string | number | boolean | null | undefined | ((event: never) => void)>;

/** An element from a tag with classes, attributes (functions are listeners) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  selector: K | `${K}.${string}`,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const [tag, ...classes] = selector.split(".") as [K, ...string[]];
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value as EventListener);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.filter(isShown).map((c) => (c instanceof Node ? c : String(c))));
  return element;
}

function isShown(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

export function fill(element: Element, ...children: Child[]): void {
  element.replaceChildren(...children.filter(isShown).map((c) => (c instanceof Node ? c : String(c))));
}

/** A definition list of the rows that have something to say. */
export function facts(rows: [string, Child][]): HTMLDListElement {
  const list = h("dl.facts");
  for (const [term, value] of rows)
    if (isShown(value) && value !== "") list.append(h("div", {}, h("dt", {}, term), h("dd", {}, value)));
  return list;
}
