/** Opens tilesets served from another origin in the viewer of an embedded version, and looks closer at each. */
import { openPage, picture, readCanvas, scenario, settled } from "./chromium.mjs";
import { serve } from "./served.mjs";

await scenario(async (browser, input) => {
  const { origin, asked, close } = await serve(input.tilesets);
  const { page, trouble } = await openPage(browser, { width: 640, height: 480 });
  try {
    // Our own page streams from its own server only; here it stands in for a page that streams from anywhere.
    await page.setBypassCSP(true);
    await page.goto(`${input.url}/embed/${input.version}`);
    await page.waitForFunction(() => globalThis.heritwin);
    const found = {};
    for (const name of Object.keys(input.tilesets)) {
      asked.length = 0;
      await page.evaluate((url) => globalThis.heritwin.open(url), `${origin}/${name}/tileset.json`);
      const shown = await settled(page);
      const drawn = await readCanvas(page);
      await picture(page, input, `tileset-${name}`);
      const whole = contents(asked);
      await closer(page, input.turns);
      const near = await settled(page);
      await picture(page, input, `tileset-${name}-near`);
      const subtrees = asked.filter((path) => path.endsWith(".subtree")).length;
      found[name] = { shown, drawn, near, whole: whole.length, all: contents(asked).length, subtrees };
    }
    // The version's own tiles, left at once, are no matter here.
    trouble.requests = trouble.requests.filter((request) => request.startsWith(origin));
    return { found, trouble };
  } finally {
    await page.close();
    close();
  }
});

function contents(asked) {
  return [...new Set(asked.filter((path) => path.endsWith(".glb")))];
}

/** Turn the wheel over the middle of the model, which stands a little above the middle of the view. */
async function closer(page, turns) {
  const box = await (await page.$("canvas")).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height * 0.44);
  for (let turn = 0; turn < turns; turn += 1) {
    await page.mouse.wheel({ deltaY: -1800 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
}
