/** Sending files in parts: hashed here, signed by the API, put straight into the archive, begun again where it broke. */
import { post, ProblemError } from "../api/client";
import type { SignedPart, Upload, UploadFile } from "../api/types";
import { t } from "../words/words";
import type { Chosen } from "./chosen";
import { digestOf } from "./digest";

/** Three parts at a time fill a line without starving the page. */
const AT_ONCE = 3;
const LONGEST_WAIT_S = 30;

export type TransferEvents = {
  moved(doneBytes: number): void;
  retrying(seconds: number): void;
};

/** A file that changed, vanished, or was refused: trying again does not help. */
export class FileTroubleError extends Error {
  override name = "FileTroubleError";
}

type Part = {
  file: UploadFile;
  source: File;
  number: number;
  start: number;
  end: number;
};

function partsLeft(upload: Upload, chosen: Chosen[]): Part[] {
  return upload.files.flatMap((file) => {
    const source = chosen.find((c) => c.path === file.path)?.file;
    if (!source || source.size !== file.size_bytes)
      throw new FileTroubleError(t("upload.changed", { path: file.path }));
    const there = new Set(file.received.map((part) => part.number));
    return Array.from({ length: file.parts }, (_, i) => i + 1)
      .filter((number) => !there.has(number))
      .map((number) => {
        const start = (number - 1) * file.part_size_bytes;
        return {
          file,
          source,
          number,
          start,
          end: Math.min(start + file.part_size_bytes, file.size_bytes),
        };
      });
  });
}

export function receivedBytes(upload: Upload): number {
  return upload.files.flatMap((file) => file.received).reduce((sum, part) => sum + part.size_bytes, 0);
}

export function totalBytes(upload: Upload): number {
  return upload.files.reduce((sum, file) => sum + file.size_bytes, 0);
}

/** Send every part that is not there yet. Stops at once when the signal fires. */
export async function send(
  upload: Upload,
  chosen: Chosen[],
  events: TransferEvents,
  signal: AbortSignal,
): Promise<void> {
  const queue = partsLeft(upload, chosen);
  const flying = new Map<Part, number>();
  let settled = receivedBytes(upload);
  const tell = () => events.moved(settled + [...flying.values()].reduce((sum, n) => sum + n, 0));
  const stop = new AbortController();
  const stopped = AbortSignal.any([signal, stop.signal]);
  const lane = async () => {
    for (let part = queue.shift(); part; part = queue.shift()) {
      const mine = part;
      const moved = (bytes: number) => {
        flying.set(mine, bytes);
        tell();
      };
      await sendPart(upload.id, mine, moved, events, stopped);
      flying.delete(mine);
      settled += mine.end - mine.start;
      tell();
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  } catch (error) {
    stop.abort();
    throw error;
  }
}

async function sendPart(
  id: string,
  part: Part,
  moved: (bytes: number) => void,
  events: TransferEvents,
  signal: AbortSignal,
): Promise<void> {
  const body = part.source.slice(part.start, part.end);
  const sha256 = await digestOf(await bytesOf(body, part.file.path));
  let refusals = 0;
  for (let tries = 0; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const signed = await sign(id, part, sha256, signal);
      const status = await put(signed, body, moved, signal);
      if (status >= 200 && status < 300) return;
      // A signature may have run out while the line was down: one more, then the refusal is meant.
      if (status < 500 && ++refusals > 1)
        throw new FileTroubleError(
          t("upload.refusedPart", {
            number: part.number,
            path: part.file.path,
            status,
          }),
        );
    } catch (error) {
      if (!isLineTrouble(error)) throw error;
    }
    moved(0);
    const seconds = Math.min(2 ** tries, LONGEST_WAIT_S);
    events.retrying(seconds);
    await wait(seconds, signal);
  }
}

async function bytesOf(blob: Blob, path: string): Promise<ArrayBuffer> {
  try {
    return await blob.arrayBuffer();
  } catch (error) {
    if (error instanceof DOMException) throw new FileTroubleError(t("upload.unreadable", { path }));
    throw error;
  }
}

function isLineTrouble(error: unknown): boolean {
  if (error instanceof ProblemError) return error.status >= 500 || error.status === 429;
  return error instanceof TypeError;
}

async function sign(id: string, part: Part, sha256: string, signal: AbortSignal): Promise<SignedPart> {
  const wanted = {
    file_id: part.file.id,
    number: part.number,
    size_bytes: part.end - part.start,
    sha256,
  };
  const answer = await post<{ parts: SignedPart[] }>(
    `/v1/uploads/${id}/parts:sign`,
    { parts: [wanted] },
    signal,
  );
  return answer.parts[0] as SignedPart;
}

/** XMLHttpRequest, because fetch does not say how much has left; answers the status. */
export function put(
  signed: Omit<SignedPart, "number">,
  body: Blob,
  moved: (bytes: number) => void,
  signal: AbortSignal,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    signal.addEventListener("abort", abort, { once: true });
    request.open(signed.method, signed.url);
    for (const [name, value] of Object.entries(signed.headers))
      if (!/^(host|content-length)$/i.test(name)) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => moved(event.loaded));
    request.addEventListener("load", () => resolve(request.status));
    request.addEventListener("error", () => reject(new TypeError("network")));
    request.addEventListener("abort", () => reject(new DOMException("stopped", "AbortError")));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    request.send(body);
  });
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop, { once: true });
  });
}
