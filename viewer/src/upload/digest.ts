/** The digest of a part: by the browser's own routine where it lends it, else by ours. */

type Answer = { id: number; digest: string };

let hasher: Worker | null = null;
let asked = 0;

/** Browsers keep `crypto.subtle` from pages that did not come over https or from this machine. */
function ours(bytes: ArrayBuffer): Promise<string> {
  hasher ??= new Worker(new URL("./hasher.ts", import.meta.url), {
    type: "module",
  });
  const worker = hasher;
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const listener = ({ data }: MessageEvent<Answer>) => {
      if (data.id !== id) return;
      worker.removeEventListener("message", listener);
      resolve(data.digest);
    };
    worker.addEventListener("message", listener);
    worker.addEventListener("error", (event) => reject(new Error(event.message)), { once: true });
    worker.postMessage({ id, bytes }, [bytes]);
  });
}

/** 64 hexadecimal digits. The buffer may be taken away: do not use it afterwards. */
export async function digestOf(bytes: ArrayBuffer): Promise<string> {
  if (!isSecureContext) return ours(bytes);
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
