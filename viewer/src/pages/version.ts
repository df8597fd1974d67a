/** One version: streamed, with its levels, evidence and processing. */
import { all, get, post, ProblemError } from "../api/client";
import { namesOf } from "../api/people";
import { holds, me } from "../api/session";
import type { Asset, Capture, Endpoint, Job, Me, Placement, Subject, Version } from "../api/types";
import { type Cleanup, go, reopen } from "../router";
import type { View, ViewOptions } from "../stream/view";
import { subjectAddress, versionAddress } from "../ui/address";
import { fill, h } from "../ui/dom";
import { day, named } from "../ui/format";
import { type Jobs, jobList } from "../ui/jobs";
import { placementChip, placementSection } from "../ui/placement";
import { t, term } from "../words/words";
import { breadcrumb } from "./subject";
import { embedSection, factsSection, filesSection, levelsSection, warningsSection } from "./version-facts";

async function find(path: string, assetName: string, which: string | null): Promise<Version> {
  if (which && !which.startsWith("v")) return get<Version>(`/v1/versions/${which}`);
  const subject = await get<Subject>(`/v1/subjects/by-code/${path}`);
  const asset = (await all<Asset>(`/v1/subjects/${subject.id}/assets`)).find((a) => a.name === assetName);
  if (!asset) throw new ProblemError(404, "not-found", "", null);
  const versions = await all<Version>(`/v1/assets/${asset.id}/versions`);
  const number = which ? Number(which.slice(1)) : asset.latest?.number;
  const brief = versions.find((v) => v.number === number) ?? (which ? null : versions[0]);
  if (!brief) throw new ProblemError(404, "not-found", "", null);
  return get<Version>(`/v1/versions/${brief.id}`);
}

export async function version(
  main: HTMLElement,
  path: string,
  assetName: string,
  which: string | null,
): Promise<Cleanup | undefined> {
  const it = await find(path, assetName, which);
  const [trail, who, { makeView }] = await Promise.all([
    breadcrumb(it.subject.path),
    me(),
    import("../stream/view"),
  ]);
  const name = named(it.subject.name, it.subject.path);
  trail.append(h("li", {}, h("a", { href: subjectAddress(it.subject.path) }, name)));
  document.title = `${name} · ${labelOf(it)} · Heritwin`;
  const reread = () => get<Version>(`/v1/versions/${it.id}`);
  const stream = new Streaming(makeView, reread);
  const side = h("div.side");
  const chip = h("span", {}, placementChip(it.placement));
  const finish = async () => {
    const now = await reread();
    fill(chip, placementChip(now.placement));
    await Promise.all([stream.start(now), sideOf(side, now, who, jobs)]);
  };
  // How a version was made is for those who work on it; a stranger sees the result.
  const watch = { onJob: (job: Job) => void stream.jobMoved(job), onEnd: () => void finish() };
  const jobs: Jobs | null = who && jobList(it.id, watch);
  await Promise.all([stream.start(it), sideOf(side, it, who, jobs)]);
  fill(
    main,
    trail,
    h(
      "header.lead.compact",
      {},
      h("h1", {}, name, " ", h("span.number", {}, labelOf(it))),
      h(
        "p.meta",
        {},
        h("span", {}, it.asset.name),
        h("span", {}, term("state", it.state)),
        chip,
      ),
    ),
    it.state === "withdrawn"
      ? h(
          "p.notice",
          {},
          t("version.withdrawn", {
            day: it.withdrawn_at ? day(it.withdrawn_at) : "",
            reason: it.withdrawn_reason ?? "",
          }),
        )
      : null,
    h(
      "div.twin",
      {},
      h("div.twin-view", {}, stream.element, h("p.caveat", {}, t("stream.notMeasurement"))),
      side,
    ),
  );
  return () => {
    jobs?.stop();
    stream.dispose();
  };
}

function labelOf(it: Version): string {
  return it.number === null ? t("version.draft") : t("version.name", { n: it.number });
}

const BY_KIND = { preview: "preview", tileset: "full" } as const;

/** The view of a version: streams the best there is, and better when it has been made. */
class Streaming {
  readonly element = h("div.view-frame");
  readonly #states = new Map<string, Job["state"]>();
  readonly #made = new Map<string, string>();
  #view: View | null = null;
  /** What is shown: the quality, and the placement it is shown by. */
  #shown = "";

  constructor(
    readonly makeView: (options: ViewOptions) => View,
    readonly reread: () => Promise<Version>,
  ) {}

  async start(it: Version): Promise<void> {
    const ready = it.derivatives.map((d) => BY_KIND[d.kind as keyof typeof BY_KIND]);
    const quality = ready.includes("full") ? "full" : ready.includes("preview") ? "preview" : null;
    if (it.state === "withdrawn" || !quality) {
      const isOver = it.state === "withdrawn" || this.#isAtRest();
      // A preview goes again when the rest of its file could not be read.
      this.#view?.dispose();
      this.#view = null;
      this.#shown = "";
      fill(this.element, h("p.waiting", {}, t(isOver ? "version.nothing" : "version.notYet")));
      return;
    }
    // A version is shown where it stands only by an accepted placement; else in its own frame.
    const place = it.placement?.state === "accepted" ? it.placement.id : "";
    if (this.#shown === `${quality} ${place}`) return;
    const endpoint = await get<Endpoint>(`/v1/versions/${it.id}/endpoint${place && "?placed=true"}`);
    this.#shown = `${endpoint.quality} ${place}`;
    if (!this.#view) {
      this.#view = this.makeView({
        again: () => void this.#again(),
        isCloud: (it.kind ?? it.asset.kind) !== "mesh",
      });
      fill(this.element, this.#view.element);
    }
    this.#view.show(endpoint, place);
  }

  #isAtRest(): boolean {
    return [...this.#states.values()].every((state) => AT_REST.has(state));
  }

  async #again(): Promise<void> {
    this.#shown = "";
    await this.start(await this.reread());
  }

  /** The preview comes while its job still runs, a place and full detail with the end of others. */
  async jobMoved(job: Job): Promise<void> {
    const before = this.#states.get(job.id);
    const made = job.made.filter((kind) => kind in BY_KIND).join();
    const isNews = made !== (this.#made.get(job.id) ?? "");
    this.#states.set(job.id, job.state);
    this.#made.set(job.id, made);
    const hasEnded = before !== undefined && before !== "succeeded" && job.state === "succeeded";
    if (isNews || hasEnded) await this.start(await this.reread());
  }

  dispose(): void {
    this.#view?.dispose();
  }
}

const AT_REST = new Set<Job["state"]>(["succeeded", "failed", "cancelled"]);

async function sideOf(side: HTMLElement, it: Version, who: Me | null, jobs: Jobs | null): Promise<void> {
  const [full, capture, names] = await Promise.all([
    it.placement ? get<Placement>(`/v1/placements/${it.placement.id}`) : null,
    it.capture_id ? get<Capture>(`/v1/captures/${it.capture_id}`) : null,
    it.placement ? namesOf(who) : new Map<string, string>(),
  ]);
  const canDecide = holds(who, "curator");
  const place = placementSection(it, { full, names, canDecide, decided: reopen });
  const isOpen = it.placement !== null && it.placement.state !== "accepted";
  fill(
    side,
    publishBox(it, who),
    // An open question comes before the facts.
    isOpen && place,
    factsSection(it, capture),
    warningsSection(it),
    !isOpen && place,
    levelsSection(it),
    filesSection(it),
    jobs && h("section", {}, h("h2", {}, t("version.jobs")), jobs.element),
    it.public && it.state === "published" ? embedSection(it) : null,
  );
}

function publishBox(it: Version, who: Me | null): HTMLElement | null {
  if (it.state !== "draft" || !holds(who, "curator")) return null;
  const trouble = h("p.fault", { hidden: true });
  const publish = async () => {
    if (!confirm(t("version.publishSure"))) return;
    fill(button, t("version.publishing"));
    try {
      go(versionAddress(await post<Version>(`/v1/versions/${it.id}/publish`, {})));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      trouble.hidden = false;
      fill(button, t("version.publish"));
      fill(trouble, error.message, error.hint ? ` ${error.hint}` : null);
    }
  };
  const button = h("button.button", { type: "button", click: () => void publish() }, t("version.publish"));
  return h("section", {}, button, trouble);
}
