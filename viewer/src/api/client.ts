/** The one place that speaks HTTP to the API: JSON in, JSON out, problems as errors. */
import { language } from "../words/words";
import type { Page } from "./types";

/** A problem the API stated (RFC 9457): its texts are already in the reader's language. */
export class ProblemError extends Error {
  override name = "ProblemError";
  constructor(
    readonly status: number,
    readonly kind: string,
    message: string,
    readonly hint: string | null,
  ) {
    super(message);
  }
}

async function problemOf(answer: Response): Promise<ProblemError> {
  const text = await answer.text();
  if (!(answer.headers.get("content-type") ?? "").includes("problem+json"))
    return new ProblemError(answer.status, "no-answer", `${answer.status} ${answer.statusText}`, null);
  const body = JSON.parse(text) as {
    kind: string;
    detail?: string;
    title: string;
    hint?: string | null;
  };
  return new ProblemError(answer.status, body.kind, body.detail || body.title, body.hint ?? null);
}

async function ask<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const headers: Record<string, string> = {
    Accept: "application/json",
    "Accept-Language": language(),
  };
  const request: RequestInit = { method, headers, credentials: "same-origin" };
  if (signal) request.signal = signal;
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  const answer = await fetch(path, request);
  if (!answer.ok) throw await problemOf(answer);
  return (answer.status === 204 ? null : await answer.json()) as T;
}

export const get = <T>(path: string, signal?: AbortSignal) => ask<T>("GET", path, undefined, signal);
export const post = <T>(path: string, body: unknown, signal?: AbortSignal) =>
  ask<T>("POST", path, body, signal);
export const remove = (path: string) => ask<null>("DELETE", path);

/** Every item of a paged list, at most `most` of them. */
export async function all<T>(path: string, most = 1000): Promise<T[]> {
  const items: T[] = [];
  const joint = path.includes("?") ? "&" : "?";
  let cursor: string | null = null;
  do {
    const next: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : "";
    const page: Page<T> = await get<Page<T>>(`${path}${joint}limit=200${next}`);
    items.push(...page.items);
    cursor = page.next;
  } while (cursor && items.length < most);
  return items;
}
