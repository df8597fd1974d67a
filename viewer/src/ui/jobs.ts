/** Jobs of a version as a list that moves with the server's events. */
import { followJobs } from "../api/events";
import type { Job } from "../api/types";
import { t, term } from "../words/words";
import { fill, h } from "./dom";
import { count, size } from "./format";

export type Jobs = { element: HTMLElement; stop(): void };
type Watch = { onJob?(job: Job): void; onEnd?(jobs: Job[]): void };

function amount(job: Job): string {
  if (job.done === null) return job.stage ?? "";
  const say = job.unit === "bytes" || job.unit === "B" ? size : count;
  const of = job.total ? ` / ${say(job.total)}` : "";
  const unit = say === size ? "" : ` ${job.unit ?? ""}`;
  return [job.stage, `${say(job.done)}${of}${unit}`].filter(Boolean).join(" · ");
}

/** The parts of a shared tiling are one line, that of the job which joins them; a failed one is told. */
function isOwnLine(job: Job): boolean {
  return job.operation !== "tile-group" || job.state === "failed";
}

function row(job: Job): HTMLElement {
  const line = h(
    "div.job-line",
    {},
    h("strong", {}, term("job", job.operation)),
    h("span.grow"),
    h(`span.state.${job.state}` as "span", {}, term("jobState", job.state)),
  );
  const item = h("li.job", {}, line);
  if (job.state === "running" || (job.state === "waiting" && job.total))
    item.append(
      h("progress", {
        max: job.total ?? 1,
        value: job.total ? (job.done ?? 0) : null,
      }),
      h("small", {}, amount(job)),
    );
  if (job.error) {
    item.append(h("p.fault", {}, job.error.text || job.error.message), h("small", {}, job.error.hint ?? ""));
    if (job.error.text) item.append(h("small", {}, job.error.message));
  }
  return item;
}

/** Follow a version's jobs until all are at rest. */
export function jobList(versionId: string, watch: Watch = {}): Jobs {
  const jobs = new Map<string, Job>();
  const element = h("ul.jobs", {}, h("li.quiet", {}, t("job.none")));
  const stop = followJobs(versionId, {
    onJob(job) {
      jobs.set(job.id, job);
      const inOrder = [...jobs.values()].filter(isOwnLine).sort((a, b) => a.created_at.localeCompare(b.created_at));
      fill(element, ...inOrder.map(row));
      watch.onJob?.(job);
    },
    onEnd: () => watch.onEnd?.([...jobs.values()]),
  });
  return { element, stop };
}
