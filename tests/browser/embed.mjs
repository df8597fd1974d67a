/** Open a public version as other people's pages do: without a key, in a frame, from another origin. */
import { createServer } from "node:http";
import { gzipSync } from "node:zlib";
import { openPage, picture, readCanvas, scenario, settled } from "./chromium.mjs";

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser);
  const script = await countScript(page);
  const first = await firstSight(browser, input);
  await page.goto(`${input.url}/embed/${input.version}`);
  const shown = await settled(page);
  await picture(page, input, "embed");
  const drawn = await readCanvas(page);
  const credit = await page.$eval(".credit", (element) => element.textContent);
  const cookies = await page.cookies();
  const framed = await inFrame(browser, input);
  return { shown, drawn, credit, cookies: cookies.length, script: await script(), first, framed, trouble };
});

/** Bytes of all script the page loads, each file compressed as a server would send it. */
async function countScript(page) {
  const waiting = [];
  page.on("response", (answer) => {
    if (/\.m?js(\?|$)/.test(answer.url())) waiting.push(answer.buffer().then((body) => gzipSync(body).length));
  });
  return async () => (await Promise.all(waiting)).reduce((sum, bytes) => sum + bytes, 0);
}

/** What is there before anything streams: a reader who saves data gets the poster and a button. */
async function firstSight(browser, input) {
  const { page } = await openPage(browser);
  await page.evaluateOnNewDocument(() => {
    Object.defineProperty(navigator, "connection", { value: { saveData: true } });
  });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(`${input.url}/embed/${input.version}`);
  const poster = await page.waitForSelector(".poster img");
  await page.waitForFunction(() => document.querySelector(".poster img").naturalWidth > 0);
  await page.evaluate(seenByReader);
  const before = asked.filter((path) => path.startsWith("/t/") || path.endsWith("/endpoint")).length;
  await picture(page, input, "embed-poster");
  await page.click(".poster .button");
  const shown = await settled(page);
  const width = await poster.evaluate((image) => image.naturalWidth);
  await page.close();
  return { poster_width: width, tiles_before: before, visible: shown.visible };
}

/** The poster has been in view for whoever watches it, and what they asked for then was sent before our own request. */
async function seenByReader() {
  const poster = document.querySelector(".poster");
  await new Promise((done) => new IntersectionObserver(done, { threshold: 0.5 }).observe(poster));
  await fetch("/healthz");
}

/** Another site's page that shows the version in a frame. */
async function inFrame(browser, input) {
  const html = `<!doctype html><iframe src="${input.url}/embed/${input.version}" width="900" height="600"></iframe>`;
  const server = createServer((_, answer) => answer.setHeader("Content-Type", "text/html").end(html));
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { page, trouble } = await openPage(browser);
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const element = await page.waitForSelector("iframe");
    const shown = await settled(await element.contentFrame());
    return { visible: shown.visible, failed: shown.failed, trouble };
  } finally {
    await page.close();
    server.close();
  }
}
