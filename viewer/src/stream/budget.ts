/** How much a device is asked to hold and draw. */

export type Detail = "low" | "medium" | "high";

export type Budget = {
  /** Largest error on screen, CSS pixels, before a finer tile is asked for. */
  errorPixels: number;
  /** Points or triangles drawn in one frame, beyond which the error on screen is let grow. */
  primitives: number;
  /** Decoded tiles kept, bytes: the cache unloads above this. */
  cacheBytes: number;
};

const MIB = 1024 * 1024;

/** Phones of 4 GiB end a page near 400 MiB of graphics memory; a third of that leaves room for the browser. */
const PHONE: Record<Detail, Budget> = {
  low: { errorPixels: 6, primitives: 400_000, cacheBytes: 64 * MIB },
  medium: { errorPixels: 3, primitives: 1_000_000, cacheBytes: 128 * MIB },
  high: { errorPixels: 1.5, primitives: 2_000_000, cacheBytes: 192 * MIB },
};
const DESKTOP: Record<Detail, Budget> = {
  low: { errorPixels: 4, primitives: 1_500_000, cacheBytes: 192 * MIB },
  medium: { errorPixels: 2, primitives: 4_000_000, cacheBytes: 512 * MIB },
  high: { errorPixels: 1, primitives: 10_000_000, cacheBytes: 1024 * MIB },
};

function isPhone(): boolean {
  const memoryGib = (navigator as Navigator & { deviceMemory?: number }).deviceMemory ?? 8;
  return matchMedia("(pointer: coarse)").matches || memoryGib <= 2;
}

export function budgetFor(detail: Detail): Budget {
  return (isPhone() ? PHONE : DESKTOP)[detail];
}

/** Drawing buffer pixels per CSS pixel: past 2 nothing is seen but heat. */
export function pixelRatio(): number {
  return Math.min(devicePixelRatio, isPhone() ? 1.5 : 2);
}
