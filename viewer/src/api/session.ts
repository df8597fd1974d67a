/** Who is reading: asked once per page load, again after signing in or out. */
import { recall, remember } from "../ui/kept";
import { get, ProblemError } from "./client";
import type { Me, Role } from "./types";

const KEPT = "heritwin.signedIn";

let asked: Promise<Me | null> | null = null;

/** The person of this session, or null for an anonymous reader. */
export function me(): Promise<Me | null> {
  // The cookie is out of a script's sight; without this mark every stranger's visit would begin with a refusal.
  asked ??= recall(KEPT) ? ask() : Promise.resolve(null);
  return asked;
}

function ask(): Promise<Me | null> {
  return get<Me>("/v1/me").catch((error: unknown) => {
    asked = null;
    if (!(error instanceof ProblemError) || error.status !== 401) throw error;
    remember(KEPT, null);
    return null;
  });
}

export function signedIn(): void {
  remember(KEPT, "yes");
  asked = null;
}

export function signedOut(): void {
  remember(KEPT, null);
  asked = null;
}

const ORDER: Role[] = ["viewer", "contributor", "curator", "admin"];

/** Whether the person holds at least this role in some organisation. */
export function holds(person: Me | null, role: Role): boolean {
  return person?.organisations.some((o) => ORDER.indexOf(o.role) >= ORDER.indexOf(role)) ?? false;
}
