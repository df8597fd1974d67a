/** Historical dates (EDTF) as people read them; what is too intricate stays as written. */
import { t } from "../words/words";

const POINT = /^(-?\d{4}|\d{2}XX|\d{3}X)(?:-(\d{2}))?(?:-(\d{2}))?([?~%])?$/;

/** "1805-02~" → "about 1805-02", "../1960" → "until 1960", "1833/1840" → "1833 – 1840". */
export function dateText(edtf: string): string {
  if (!edtf.includes("/")) return pointText(edtf);
  const [from = "", to = ""] = edtf.split("/");
  if (from === "..") return to === ".." ? t("date.always") : t("date.until", { date: pointText(to) });
  if (to === "..") return t("date.since", { date: pointText(from) });
  return `${pointText(from)} – ${pointText(to)}`;
}

function pointText(point: string): string {
  const match = POINT.exec(point);
  if (!match) return point;
  const [, year, month, dayOfMonth, doubt] = match;
  const plain = [year, month, dayOfMonth].filter(Boolean).join("-");
  if (doubt === "~") return t("date.about", { date: plain });
  if (doubt === "?") return t("date.perhaps", { date: plain });
  if (doubt === "%") return t("date.perhaps", { date: t("date.about", { date: plain }) });
  return plain;
}
