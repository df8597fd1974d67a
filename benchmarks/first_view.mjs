/** Completes an upload in a signed-in page, opens what it became there, and clocks the first frame that shows it. */
import { openPage, picture, readCanvas, scenario, settled } from "../tests/browser/chromium.mjs";

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser);
  await page.goto(input.link);
  await page.waitForSelector("nav a[href='/upload']");
  await page.goto(`${input.url}/s/${input.subject}`);
  await page.waitForSelector("h1");
  const seen = await page.evaluate(clock, input);
  await picture(page, input, `first-view-${input.asset}`);
  const drawn = await readCanvas(page);
  const shown = await settled(page);
  return { ...seen, drawn, shown, trouble };
});

/** Runs in the page. All times are milliseconds of its own clock since the answer of `complete`. */
async function clock({ upload, subject, asset, points, timeout }) {
  const answer = await fetch(`/v1/uploads/${upload}/complete`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: "{}",
  });
  const answered = performance.now();
  const since = () => Math.round(performance.now() - answered);
  if (!answer.ok) throw new Error(`complete answered ${answer.status}`);
  const { version } = await answer.json();
  history.pushState(null, "", `/s/${subject}/${asset}/${version.id}`);
  dispatchEvent(new PopStateEvent("popstate"));
  const nextFrame = () => new Promise((done) => requestAnimationFrame(done));
  const stats = () => globalThis.heritwin?.stats();
  while (!((stats()?.points ?? 0) >= points && stats().drawnPrimitives >= points)) {
    if (since() > timeout) throw new Error(`nothing drawn for ${since()} ms: ${JSON.stringify(stats() ?? null)}`);
    await nextFrame();
  }
  const { points: first, quality } = stats();
  // The call that draws returns before it is drawn: what waits for a pixel waits for the picture.
  await nextFrame();
  const gl = document.querySelector("canvas").getContext("webgl2");
  gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
  return { version: version.id, first_view_ms: since(), first_points: first, quality, asked: asked() };

  /** When each request since then began and ended. */
  function asked() {
    const entries = performance.getEntriesByType("resource").filter((entry) => entry.responseEnd >= answered);
    return entries.map((entry) => ({
      path: new URL(entry.name).pathname.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "…"),
      from_ms: Math.round(entry.startTime - answered),
      to_ms: Math.round(entry.responseEnd - answered),
    }));
  }
}
