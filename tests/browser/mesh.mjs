/** Watch a mesh being processed until its full detail is drawn, take its levels, and decide on its place. */
import { openPage, picture, readCanvas, scenario, settled } from "./chromium.mjs";

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser);
  await page.evaluateOnNewDocument(keepQualities);
  await page.goto(input.link);
  await page.waitForFunction(() => location.pathname === "/" && document.querySelector(".site"));
  await page.goto(input.url + input.address);
  await page.waitForFunction(() => globalThis.heritwin?.stats().quality === "full", { timeout: 60_000, polling: 200 });
  const qualities = await page.evaluate(() => globalThis.qualities);
  await page.waitForSelector("a[download]", { timeout: 60_000 });
  await page.waitForSelector(".decide", { timeout: 60_000 });
  await page.waitForFunction(allSucceeded, { timeout: 60_000 });
  const shown = await settled(page);
  const drawn = await readCanvas(page);
  await picture(page, input, "version-mesh");
  const levels = await page.evaluate(takeLevels);
  const before = await page.$eval(".lead .chip", (chip) => chip.textContent);
  await decide(page, input.reason);
  const after = await page.$eval(".lead .chip", (chip) => chip.textContent);
  const decisions = await page.$$eval(".decisions > li", (items) => items.map((item) => item.innerText));
  const person = await page.evaluate(async () => (await (await fetch("/v1/me")).json()).person.name);
  return { qualities, shown, drawn, levels, before, after, decisions, person, trouble };
});

/** Looked through or not, hashed, inspected, tiled, made lighter. */
function allSucceeded() {
  const states = [...document.querySelectorAll(".state")];
  return states.length >= 4 && states.every((state) => state.classList.contains("succeeded"));
}

/** Write down every quality the page shows, in order. */
function keepQualities() {
  globalThis.qualities = [];
  setInterval(() => {
    const quality = globalThis.heritwin?.stats().quality ?? null;
    if (quality !== globalThis.qualities.at(-1)) globalThis.qualities.push(quality);
  }, 20);
}

async function takeLevels() {
  const links = [...document.querySelectorAll("a[download]")];
  return Promise.all(
    links.map(async (link) => {
      const answer = await fetch(link.href);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return { name: link.download, status: answer.status, magic: String.fromCharCode(...bytes.slice(0, 4)) };
    }),
  );
}

async function decide(page, reason) {
  await page.evaluate((text) => {
    const form = document.querySelector(".decide");
    form.closest("details").open = true;
    form.querySelector("textarea").value = text;
    form.querySelector("button[value='rejected']").click();
  }, reason);
  await page.waitForFunction(() => document.querySelectorAll(".decisions > li").length === 2, { timeout: 60_000 });
}
