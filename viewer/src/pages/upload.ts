/** The upload page: where the files belong, the files, and how far they are. */
import { all, post, ProblemError } from "../api/client";
import { holds, me } from "../api/session";
import type { Subject, Upload } from "../api/types";
import type { Cleanup } from "../router";
import { type Chosen, fromDrop, fromInput, likelyKind } from "../upload/chosen";
import { findUnfinished } from "../upload/unfinished";
import { receivedBytes, totalBytes } from "../upload/transfer";
import { fill, h } from "../ui/dom";
import { size } from "../ui/format";
import { t } from "../words/words";
import { type Destination, destination } from "./upload-destination";
import { progressPanel } from "./upload-progress";
import { statedPanel } from "./upload-stated";

export async function upload(main: HTMLElement): Promise<Cleanup | undefined> {
  document.title = `${t("upload.title")} · Heritwin`;
  const who = await me();
  if (!holds(who, "contributor")) {
    const text = who ? t("upload.notContributor") : t("upload.signInFirst");
    fill(
      main,
      h(
        "section.message",
        {},
        h("h1", {}, t("upload.title")),
        h("p", {}, text),
        who ? null : h("a.button", { href: "/login" }, t("login.title")),
      ),
    );
    return undefined;
  }
  const subjects = await all<Subject>("/v1/subjects");
  const desk = new Desk(subjects, holds(who, "curator"));
  fill(
    main,
    h("header.lead", {}, h("h1", {}, t("upload.title")), h("p", {}, t("upload.lead"))),
    isSecureContext ? null : h("p.notice", {}, t("upload.insecure")),
    desk.element,
  );
  return () => desk.leave();
}

/** The form and, once started, the progress that takes its place. */
class Desk {
  readonly element = h("div.desk");
  readonly #destination: Destination;
  readonly #stated = statedPanel();
  readonly #list = h("ul.files");
  readonly #notice = h("p.notice", { hidden: true, role: "status" });
  readonly #trouble = h("p.fault", { hidden: true, role: "alert" });
  readonly #start = h("button.button", { type: "button", disabled: true });
  readonly #publish = h("input", { type: "checkbox" });
  #chosen: Chosen[] = [];
  #unfinished: Upload | null = null;
  #leave: Cleanup = () => undefined;

  constructor(subjects: Subject[], canPublish: boolean) {
    this.#destination = destination(subjects, () => this.#sync());
    this.#start.addEventListener("click", () => void this.#begin());
    const publish = canPublish ? h("label.check", {}, this.#publish, t("upload.publish")) : null;
    fill(
      this.element,
      this.#dropZone(),
      this.#list,
      this.#notice,
      this.#destination.element,
      this.#stated.element,
      publish,
      this.#trouble,
      this.#start,
    );
    void this.#destination.begin();
  }

  leave(): void {
    this.#leave();
  }

  #dropZone(): HTMLElement {
    const input = h("input", { type: "file", multiple: true, name: "files" });
    input.addEventListener("change", () => input.files && void this.#choose(fromInput(input.files)));
    const zone = h(
      "label.drop",
      {},
      input,
      h("strong", {}, t("upload.drop")),
      h("small", {}, t("upload.formats")),
    );
    zone.addEventListener("dragover", (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
    zone.addEventListener("dragleave", () => zone.classList.remove("over"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over");
      if (event.dataTransfer) void fromDrop(event.dataTransfer).then((chosen) => this.#choose(chosen));
    });
    return zone;
  }

  async #choose(chosen: Chosen[]): Promise<void> {
    const paths = new Set(chosen.map((c) => c.path));
    this.#chosen = [...this.#chosen.filter((c) => !paths.has(c.path)), ...chosen];
    this.#unfinished = this.#chosen.length ? await findUnfinished(this.#chosen) : null;
    this.#destination.suggest(this.#chosen);
    this.#sync();
  }

  #sync(): void {
    fill(this.#list, ...this.#chosen.map((c) => this.#row(c)));
    const found = this.#unfinished;
    this.#notice.hidden = !found;
    if (found)
      fill(
        this.#notice,
        t("upload.found", {
          have: size(receivedBytes(found)),
          total: size(totalBytes(found)),
        }),
      );
    this.#destination.element.hidden = found !== null;
    this.#stated.ask(!found && this.#chosen.length > 0 && likelyKind(this.#chosen) === "mesh");
    this.#start.disabled = !this.#chosen.length || (!found && !this.#destination.isComplete());
    fill(this.#start, t(found ? "upload.resume" : "upload.start"));
  }

  #row(chosen: Chosen): HTMLElement {
    const drop = () => {
      this.#chosen = this.#chosen.filter((c) => c !== chosen);
      void this.#choose([]);
    };
    return h(
      "li",
      {},
      chosen.path,
      " ",
      h("small", {}, size(chosen.file.size)),
      h("span.grow"),
      h("button.plain", { type: "button", click: drop }, t("upload.remove")),
    );
  }

  async #begin(): Promise<void> {
    this.#start.disabled = true;
    this.#trouble.hidden = true;
    try {
      const upload = this.#unfinished ?? (await this.#create());
      const panel = progressPanel(upload, this.#chosen);
      this.#leave = panel.leave;
      fill(this.element, panel.element);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#trouble.hidden = false;
      fill(this.#trouble, error.message, error.hint ? ` ${error.hint}` : null);
      this.#sync();
    }
  }

  async #create(): Promise<Upload> {
    const { assetId, captureId } = await this.#destination.settle();
    const files = this.#chosen.map(({ path, file }) => ({
      path,
      size_bytes: file.size,
    }));
    return post<Upload>("/v1/uploads", {
      asset_id: assetId,
      capture_id: captureId,
      publish: this.#publish.checked,
      ...this.#stated.said(),
      files,
    });
  }
}
