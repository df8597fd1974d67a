/** Files a person chose or dropped, folders included, each with its path. */

export type Chosen = { path: string; file: File };

export function fromInput(list: FileList): Chosen[] {
  return Array.from(list, (file) => ({
    path: file.webkitRelativePath || file.name,
    file,
  }));
}

/** What was dropped. Entries must be taken before the first wait: the browser clears them after the event. */
export async function fromDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((e) => e !== null);
  return (await Promise.all(entries.map(walk))).flat();
}

async function walk(entry: FileSystemEntry): Promise<Chosen[]> {
  const path = entry.fullPath.replace(/^\//, "");
  if (entry.isFile) {
    const file = await new Promise<File>((ok, no) => (entry as FileSystemFileEntry).file(ok, no));
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: Chosen[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no));
    if (!some.length) return found;
    found.push(...(await Promise.all(some.map(walk))).flat());
  }
}

const SPLAT = /\.spz$/i;
const MESH = /\.(obj|glb|gltf|stl)$/i;

/** What a set of files most likely is; the server decides on inspection. */
export function likelyKind(chosen: Chosen[]): "mesh" | "point_cloud" | "splat" {
  if (chosen.some(({ path }) => SPLAT.test(path))) return "splat";
  return chosen.some(({ path }) => MESH.test(path)) ? "mesh" : "point_cloud";
}

/** A short name from a file's: lower case, without marks, joined by hyphens. */
export function shortName(path: string): string {
  const stem = path.replace(/^.*\//, "").replace(/\.[^.]*$/, "");
  const plain = stem.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLowerCase();
  return plain.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "") || "scan";
}
