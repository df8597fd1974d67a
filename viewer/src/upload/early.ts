/** The early word: heads and tails of all files go first, and the server says what they declare. */
import { get, post } from "../api/client";
import type { SignedPart, Upload, UploadFile } from "../api/types";
import type { Chosen } from "./chosen";
import { digestOf } from "./digest";
import { put } from "./transfer";

const KIB = 1024;
const MIB = 1024 * KIB;
const END_BYTES = 256 * KIB;
const MOST_BYTES = 8 * MIB;
/** Smaller uploads are there before anything could be said of them. */
const WORTH_ASKING_BYTES = 8 * MIB;
/** The server takes pieces of at most 256 MiB of one upload. */
const MOST_FILES = 200;
/** So long the ends go alone; then the parts begin beside them. */
const ALONE_MS = 15_000;
const LOOK_EVERY_MS = 1000;
const ENDED = new Set(["succeeded", "failed", "cancelled"]);

type Stretch = { start: number; end: number };

/** Send the ends, ask, and tell what is heard until it is all said; resolves when the parts may begin. */
export async function earlyWord(
  upload: Upload,
  chosen: Chosen[],
  told: (upload: Upload) => void,
  signal: AbortSignal,
): Promise<void> {
  const total = upload.files.reduce((sum, file) => sum + file.size_bytes, 0);
  const left = upload.files.filter((file) => !file.early && file.size_bytes > 0).slice(0, MOST_FILES);
  if (total < WORTH_ASKING_BYTES) return;
  if (upload.files.some((file) => file.early)) told(upload);
  if (!left.length) return;
  // What goes wrong here stops no upload: the parts matter more, and say it too.
  const asked = sendEnds(upload, left, chosen, signal).then(
    () => void listen(upload.id, told, signal).catch(() => undefined),
    () => undefined,
  );
  await Promise.race([asked, new Promise((done) => setTimeout(done, ALONE_MS))]);
}

async function sendEnds(
  upload: Upload,
  files: UploadFile[],
  chosen: Chosen[],
  signal: AbortSignal,
): Promise<void> {
  for (const file of files) {
    const source = chosen.find((c) => c.path === file.path)?.file;
    if (source) await sendEndsOf(upload.id, file.id, source, signal);
  }
  await post(`/v1/uploads/${upload.id}/early`, {}, signal);
}

async function sendEndsOf(id: string, fileId: string, source: File, signal: AbortSignal): Promise<void> {
  const bodies = (await endsOf(source)).map(({ start, end }) => ({ start, body: source.slice(start, end) }));
  const pieces = await Promise.all(
    bodies.map(async ({ start, body }) => ({
      file_id: fileId,
      offset_bytes: start,
      size_bytes: body.size,
      sha256: await digestOf(await body.arrayBuffer()),
    })),
  );
  const path = `/v1/uploads/${id}/early:sign`;
  const signed = await post<{ pieces: Omit<SignedPart, "number">[] }>(path, { pieces }, signal);
  for (const [i, place] of signed.pieces.entries()) {
    const status = await put(place, bodies[i]?.body as Blob, () => undefined, signal);
    if (status !== 200) throw new Error(`an end was refused (${status})`);
  }
}

/** Head and tail, as long as the format needs them: where the head says that its description goes on. */
async function endsOf(source: File): Promise<Stretch[]> {
  const view = new DataView(await source.slice(0, 375).arrayBuffer());
  const magic = String.fromCharCode(...new Uint8Array(view.buffer).slice(0, 8));
  let headEnd = END_BYTES;
  let tailStart = source.size - END_BYTES;
  if (magic === "ASTM-E57" && view.byteLength >= 48) {
    // The XML stands at the end (ASTM E2807 table 3), in pages of 1,024 bytes.
    const xml = Number(view.getBigUint64(24, true));
    tailStart = Math.min(tailStart, xml - (xml % 1024));
  } else if (magic.startsWith("LASF") && view.byteLength >= 375) {
    headEnd = Math.max(headEnd, Math.min(MIB, view.getUint32(96, true) + 8));
    const extended = Number(view.getBigUint64(235, true));
    const hasExtended = view.getUint8(25) === 4 && view.getUint32(243, true) > 0 && extended < source.size;
    if (hasExtended) tailStart = Math.min(tailStart, extended);
  } else if (magic.startsWith("glTF") && view.byteLength >= 20) {
    headEnd = Math.max(headEnd, 20 + view.getUint32(12, true));
  }
  headEnd = Math.min(source.size, headEnd, MOST_BYTES);
  tailStart = Math.max(headEnd, tailStart, source.size - MOST_BYTES);
  const head = { start: 0, end: headEnd };
  return tailStart < source.size ? [head, { start: tailStart, end: source.size }] : [head];
}

async function listen(id: string, told: (upload: Upload) => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const upload = await get<Upload>(`/v1/uploads/${id}?parts=false`, signal);
    if (upload.early && ENDED.has(upload.early.state)) {
      told(upload);
      return;
    }
    await new Promise((done) => setTimeout(done, LOOK_EVERY_MS));
  }
}
