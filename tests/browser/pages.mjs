/** Opens the pages of the handbook as their readers would: from another origin, without a key, over a slow line. */
import { openPage, picture, scenario, throttle } from "./chromium.mjs";
import { serve } from "./served.mjs";

await scenario(async (browser, input) => {
  const theirs = await serve({ site: input.site });
  try {
    const found = {};
    for (const [name, version] of Object.entries(input.versions)) found[name] = await visit(browser, input, theirs, name, version);
    return found;
  } finally {
    theirs.close();
  }
});

async function visit(browser, input, theirs, name, version) {
  const { page, trouble } = await openPage(browser, { width: 640, height: 480 });
  const hosts = new Set();
  page.on("request", (request) => /^http/.test(request.url()) && hosts.add(new URL(request.url()).host));
  const [file, mode] = name.split(":");
  await throttle(page, input.line);
  await page.goto(`${theirs.origin}/site/${file}.html?server=${encodeURIComponent(input.url)}&version=${version}`);
  await page.waitForFunction(() => performance.getEntriesByName("model-shown").length > 0, { timeout: 120_000 });
  const clock = await page.evaluate(times, input.url);
  const credit = await page.$eval("#credit", (element) => element.textContent);
  await picture(page, input, `page-${file}-${mode}`);
  const drawn = await drawnOf(page);
  const cookies = (await page.cookies(input.url)).length;
  await page.close();
  const known = [theirs.origin, input.url].map((url) => new URL(url).host);
  return { ...clock, credit, ...drawn, cookies, trouble, strangers: [...hosts].filter((host) => !known.includes(host)) };
}

/** Milliseconds from the page's beginning, and from its first question to us, to the first frame with the model. */
function times(server) {
  const shown = performance.getEntriesByName("model-shown")[0].startTime;
  const ours = performance.getEntriesByType("resource").filter((entry) => entry.name.startsWith(server));
  const asked = Math.min(...ours.map((entry) => entry.startTime));
  return { shown_ms: Math.round(shown), since_asked_ms: Math.round(shown - asked) };
}

/** Share of the screen that differs from its corner, and its mean colour: the picture as a reader sees it. */
async function drawnOf(page) {
  const png = await page.screenshot({ encoding: "base64" });
  return page.evaluate(async (data) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${data}`)).blob());
    const canvas = new OffscreenCanvas(image.width, image.height).getContext("2d");
    canvas.drawImage(image, 0, 0);
    // Lines of credit cover the upper and lower edge.
    const { data: pixels } = canvas.getImageData(0, 60, image.width, image.height - 120);
    let others = 0;
    const sum = [0, 0, 0];
    for (let i = 0; i < pixels.length; i += 4) {
      if (![0, 1, 2].some((c) => Math.abs(pixels[i + c] - pixels[c]) > 12)) continue;
      others += 1;
      sum.forEach((_, c) => (sum[c] += pixels[i + c]));
    }
    return { share: others / (pixels.length / 4), colour: sum.map((channel) => channel / Math.max(others, 1)) };
  }, png);
}
