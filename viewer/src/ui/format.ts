/** Numbers, sizes, days and lengths of time as people read them. */
import type { Text } from "../api/types";
import { language, t } from "../words/words";

export function count(n: number): string {
  return new Intl.NumberFormat(language()).format(n);
}

export function shortCount(n: number): string {
  return new Intl.NumberFormat(language(), {
    notation: "compact",
    maximumFractionDigits: 1,
  }).format(n);
}

export function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(value)} ${units[unit]}`;
}

/** Metres as the unit a conservator would say, with honest digits. */
export function metres(m: number): string {
  const millimetres = Math.abs(m) < 1;
  const value = millimetres ? m * 1000 : m;
  const digits = Math.abs(value) < 10 ? 2 : 1;
  return `${new Intl.NumberFormat(language(), { maximumFractionDigits: digits }).format(value)} ${millimetres ? "mm" : "m"}`;
}

export function day(stamp: string): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: "medium" }).format(new Date(stamp));
}

export function moment(stamp: string): string {
  return new Intl.DateTimeFormat(language(), {
    dateStyle: "medium",
    timeStyle: "short",
  }).format(new Date(stamp));
}

/** Seconds left, rounded to what can be believed. */
export function timeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return t("time.seconds", { n: Math.max(1, Math.ceil(seconds)) });
  if (seconds < 3600) return t("time.minutes", { n: Math.ceil(seconds / 60) });
  return t("time.hours", { n: Math.ceil(seconds / 360) / 10 });
}

/** A name in the reader's language, else in the other, else the fallback. */
export function named(name: Text | null | undefined, fallback: string): string {
  const [first, second] = language() === "vi" ? [name?.vi, name?.en] : [name?.en, name?.vi];
  return first || second || fallback;
}
