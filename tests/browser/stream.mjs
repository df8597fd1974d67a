/** Sign in by a one-time link, stream a version, hide it, and stream it again with a token whole and cut. */
import { openPage, picture, readCanvas, scenario, settled } from "./chromium.mjs";

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser, input.view);
  await page.goto(input.link);
  await page.waitForFunction(() => location.pathname === "/" && document.querySelector(".site"));
  await picture(page, input, "home");
  await page.goto(input.url + input.subject);
  await page.waitForSelector(".record");
  await picture(page, input, "subject");
  await page.goto(input.url + input.address);
  const shown = await settled(page);
  const caveat = await page.$eval(".caveat", (element) => element.textContent);
  const reading = await page.$eval(".reading", (element) => element.textContent);
  await picture(page, input, input.name);
  const drawn = await readCanvas(page);
  await page.evaluate(() => globalThis.heritwin.hideModel());
  const hidden = { ...(await readCanvas(page)), ...(await primitives(page)) };
  await page.evaluate(() => globalThis.heritwin.showModel());
  const again = await readCanvas(page);
  const whole = structuredClone(trouble);

  const { url } = await page.evaluate(async (version) => {
    return (await fetch(`/v1/versions/${version}/endpoint?access=token`)).json();
  }, input.version);
  const byToken = await openTiles(page, url);
  const [before, token, ...rest] = url.split(/(?<=\/t\/)([^/]+)/);
  const byCutToken = await openTiles(page, before + token.slice(0, -4) + rest.join(""));
  return { shown, reading, caveat, drawn, hidden, again, byToken, byCutToken, trouble: whole };
});

async function openTiles(page, url) {
  await page.evaluate((tiles) => globalThis.heritwin.open(tiles), url);
  const stats = await settled(page);
  return { failed: stats.failed, visible: stats.visible, ...(await readCanvas(page)) };
}

async function primitives(page) {
  return page.evaluate(() => ({ drawnPrimitives: globalThis.heritwin.stats().drawnPrimitives }));
}
