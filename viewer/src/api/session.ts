/** Who is reading: asked once per page load, again after signing in or out. */
import { get, ProblemError } from "./client";
import type { Me, Role } from "./types";

let asked: Promise<Me | null> | null = null;

/** The person of this session, or null for an anonymous reader. */
export function me(): Promise<Me | null> {
  asked ??= get<Me>("/v1/me").catch((error: unknown) => {
    if (error instanceof ProblemError && error.status === 401) return null;
    asked = null;
    throw error;
  });
  return asked;
}

export function forgetMe(): void {
  asked = null;
}

const ORDER: Role[] = ["viewer", "contributor", "curator", "admin"];

/** Whether the person holds at least this role in some organisation. */
export function holds(person: Me | null, role: Role): boolean {
  return person?.organisations.some((o) => ORDER.indexOf(o.role) >= ORDER.indexOf(role)) ?? false;
}
