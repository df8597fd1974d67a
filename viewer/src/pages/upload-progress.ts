/** An upload under way: rate and time left, pause, then the jobs until the version can be seen. */
import { post, ProblemError } from "../api/client";
import type { Job, Upload, Version } from "../api/types";
import type { Cleanup } from "../router";
import type { Chosen } from "../upload/chosen";
import { earlyWord } from "../upload/early";
import { Rate } from "../upload/rate";
import { FileTroubleError, receivedBytes, send, totalBytes } from "../upload/transfer";
import { ensureUnchanged, markFinished, markStarted } from "../upload/unfinished";
import { versionAddress } from "../ui/address";
import { fill, h } from "../ui/dom";
import { size, timeLeft } from "../ui/format";
import { jobList } from "../ui/jobs";
import { t } from "../words/words";
import { earlyPanel } from "./upload-early";

type Panel = { element: HTMLElement; leave: Cleanup };

/** What there is to see as soon as it has been made. */
const SHOWS = new Set(["preview", "tileset"]);

export function progressPanel(upload: Upload, chosen: Chosen[]): Panel {
  const total = totalBytes(upload);
  const stop = new AbortController();
  const rate = new Rate();
  const bar = h("progress", { max: total, value: receivedBytes(upload) });
  const words = h("p", { role: "status" }, t("upload.sending"));
  const pause = h("button", { type: "button", click: () => stop.abort() }, t("upload.stop"));
  const after = h("div");
  const early = earlyPanel();
  const element = h(
    "section.sending",
    {},
    h("h2", {}, upload.files.map((f) => f.path).join(", ")),
    bar,
    words,
    pause,
    early.element,
    after,
  );
  let leaveJobs: Cleanup = () => undefined;
  const events = {
    moved(done: number) {
      rate.mark(done);
      bar.value = done;
      const perSecond = rate.perSecond();
      if (perSecond === 0) {
        fill(words, t("upload.begun", { done: size(done), total: size(total) }));
        return;
      }
      const left = timeLeft((total - done) / perSecond);
      fill(
        words,
        t("upload.progress", {
          done: size(done),
          total: size(total),
          rate: size(perSecond),
          left,
        }),
      );
    },
    retrying: (seconds: number) => fill(words, t("upload.retrying", { n: seconds })),
  };
  const run = async () => {
    await ensureUnchanged(upload, chosen);
    markStarted(upload, chosen);
    fill(words, t("upload.looking"));
    await earlyWord(upload, chosen, early.show, stop.signal);
    await send(upload, chosen, events, stop.signal);
    fill(words, t("upload.finishing"));
    const { version } = await post<{ version: Version; jobs: Job[] }>(
      `/v1/uploads/${upload.id}/complete`,
      {},
    );
    markFinished(upload);
    pause.remove();
    fill(words, t("upload.sent"));
    leaveJobs = followVersion(version, after, words);
  };
  run().catch((error: unknown) => {
    pause.remove();
    words.classList.add("fault");
    fill(words, ...reason(error));
  });
  return {
    element,
    leave() {
      stop.abort();
      leaveJobs();
    },
  };
}

function reason(error: unknown): (string | null)[] {
  if (error instanceof DOMException && error.name === "AbortError") return [t("upload.paused")];
  if (error instanceof FileTroubleError) return [error.message];
  if (error instanceof ProblemError) return [error.message, error.hint ? ` ${error.hint}` : null];
  console.error(error);
  return [String(error)];
}

function followVersion(version: Version, after: HTMLElement, words: HTMLElement): Cleanup {
  const open = h("a.button", { href: versionAddress(version), hidden: true }, t("upload.open"));
  const jobs = jobList(version.id, {
    onJob(job) {
      if (job.made.some((kind) => SHOWS.has(kind))) open.hidden = false;
    },
    onEnd(all) {
      if (all.some((job) => job.state === "failed") && open.hidden) fill(words, t("upload.failed"));
    },
  });
  fill(after, jobs.element, open);
  return jobs.stop;
}
