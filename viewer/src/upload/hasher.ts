/** A worker that computes digests, so that the page stays awake while our own routine runs. */
import { sha256Hex } from "./sha256";

self.addEventListener("message", ({ data }: MessageEvent<{ id: number; bytes: ArrayBuffer }>) => {
  self.postMessage({
    id: data.id,
    digest: sha256Hex(new Uint8Array(data.bytes)),
  });
});
