/** Addresses of pages. */
import type { Version } from "../api/types";

export function subjectAddress(path: string): string {
  return `/s/${path}`;
}

/** A published version is pinned by its number; a draft, which has none, by its id. */
export function versionAddress(version: Version): string {
  const which = version.number === null ? version.id : `v${version.number}`;
  return `/s/${version.subject.path}/${version.asset.name}/${which}`;
}
