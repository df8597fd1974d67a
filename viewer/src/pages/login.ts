/** Signing in: by a one-time link in the address, or by a key. */
import { post, ProblemError } from "../api/client";
import { signedIn } from "../api/session";
import { type Cleanup, go } from "../router";
import { fill, h } from "../ui/dom";
import { t } from "../words/words";

export async function login(main: HTMLElement): Promise<Cleanup | undefined> {
  document.title = `${t("login.title")} · Heritwin`;
  const link = location.hash.slice(1);
  if (!link) {
    form(main, null);
    return undefined;
  }
  // A one-time token must not stay in the history, nor be sent twice by a reload.
  history.replaceState(null, "", "/login");
  fill(main, h("p.quiet", {}, t("login.working")));
  try {
    await enter({ link });
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    form(main, t("login.linkFailed"));
  }
  return undefined;
}

async function enter(body: { link: string } | { key: string }): Promise<void> {
  await post("/v1/sessions", body);
  signedIn();
  go("/");
}

function form(main: HTMLElement, message: string | null): void {
  const trouble = h("p.fault", { role: "alert", hidden: !message }, message);
  const key = h("input", {
    type: "password",
    name: "key",
    autocomplete: "current-password",
    required: true,
    spellcheck: "false",
  });
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await enter({ key: key.value.trim() });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      trouble.hidden = false;
      fill(trouble, error.message, error.hint ? ` ${error.hint}` : null);
    }
  };
  fill(
    main,
    h(
      "form.narrow",
      { submit },
      h("h1", {}, t("login.title")),
      trouble,
      h("label", {}, t("login.key"), key),
      h("small", {}, t("login.hint")),
      h("button.button", { type: "submit" }, t("login.title")),
    ),
  );
  key.focus();
}
