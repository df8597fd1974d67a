/** What the server makes of the ends of the files while the rest is on its way. */
import type { EarlyFile, Remark, Upload, UploadFile } from "../api/types";
import { fill, h } from "../ui/dom";
import { count } from "../ui/format";
import { t } from "../words/words";

const MOST_ROWS = 20;

export type EarlyPanel = { element: HTMLElement; show(upload: Upload): void };

export function earlyPanel(): EarlyPanel {
  const element = h("section.early", { hidden: true, role: "status" });
  return {
    element,
    show(upload) {
      const said = upload.files.filter((file) => file.early);
      const error = upload.early?.error;
      element.hidden = !said.length && !error;
      const more = said.length - MOST_ROWS;
      fill(
        element,
        h("p.quiet", {}, error ? t("early.none", { reason: error.message }) : t("early.title")),
        h("ul.files", {}, ...said.slice(0, MOST_ROWS).map(row)),
        more > 0 ? h("p.quiet", {}, t("early.more", { n: more })) : null,
      );
    },
  };
}

function row(file: UploadFile): HTMLElement {
  const word = file.early as EarlyFile;
  const known = [
    word.format?.toUpperCase() ?? t("early.unknown"),
    word.points === null ? null : t("early.points", { n: count(word.points) }),
    word.triangles === null ? null : t("early.triangles", { n: count(word.triangles) }),
    word.stations.length ? t("early.stations", { n: word.stations.length }) : null,
    word.crs ? (word.crs.name ?? t("early.noCrs")) : null,
  ];
  return h(
    "li",
    {},
    h(
      "div",
      {},
      h("strong", {}, file.path),
      h("p", {}, known.filter(Boolean).join(" · ")),
      ...word.problems.map((problem) => h("p.fault", {}, sentence(problem))),
      ...word.warnings.map((warning) => h("p.caveat", {}, sentence(warning))),
    ),
  );
}

function sentence(remark: Remark): string {
  return remark.hint ? `${remark.message.replace(/[.]?$/, ".")} ${remark.hint}` : remark.message;
}
