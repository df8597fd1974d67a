/** Finding the unfinished upload that the chosen files belong to, and refusing to mix changed files into it. */
import { all, get } from "../api/client";
import type { Upload } from "../api/types";
import { recall, remember } from "../ui/kept";
import { t } from "../words/words";
import type { Chosen } from "./chosen";
import { digestOf } from "./digest";
import { FileTroubleError } from "./transfer";

const stampKey = (id: string) => `heritwin.upload.${id}`;

function stampOf(chosen: Chosen[]): string {
  return JSON.stringify(chosen.map(({ path, file }) => [path, file.size, file.lastModified]).sort());
}

/** Remember when the files were last changed, to know them again. */
export function markStarted(upload: Upload, chosen: Chosen[]): void {
  remember(stampKey(upload.id), stampOf(chosen));
}

export function markFinished(upload: Upload): void {
  remember(stampKey(upload.id), null);
}

function isSameSet(upload: Upload, chosen: Chosen[]): boolean {
  const sizes = new Map(chosen.map(({ path, file }) => [path, file.size]));
  return (
    upload.files.length === chosen.length && upload.files.every((f) => sizes.get(f.path) === f.size_bytes)
  );
}

/** The open upload with these paths and sizes, with the parts that are there; null where there is none. */
export async function findUnfinished(chosen: Chosen[]): Promise<Upload | null> {
  const open = await all<Upload>("/v1/uploads?state=open");
  const match = open.find((upload) => isSameSet(upload, chosen));
  return match ? get<Upload>(`/v1/uploads/${match.id}`) : null;
}

/** Throws when a file is not the one whose first parts are already there. */
export async function ensureUnchanged(upload: Upload, chosen: Chosen[]): Promise<void> {
  const stamp = recall(stampKey(upload.id));
  if (stamp !== null && stamp !== stampOf(chosen)) {
    const before = new Set((JSON.parse(stamp) as unknown[]).map((row) => JSON.stringify(row)));
    const changed = chosen.find(
      ({ path, file }) => !before.has(JSON.stringify([path, file.size, file.lastModified])),
    );
    throw new FileTroubleError(t("upload.changed", { path: changed?.path ?? "" }));
  }
  for (const file of upload.files) {
    const source = chosen.find((c) => c.path === file.path)?.file;
    for (const part of file.received) {
      if (!part.sha256 || !source) continue;
      const start = (part.number - 1) * file.part_size_bytes;
      const digest = await digestOf(await source.slice(start, start + part.size_bytes).arrayBuffer());
      if (digest !== part.sha256) throw new FileTroubleError(t("upload.changed", { path: file.path }));
    }
  }
}
