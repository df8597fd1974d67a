/** Opens tilesets in Cesium as a stranger's page would: from another origin, without any key. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { openPage, picture, scenario } from "./chromium.mjs";
import { serve } from "./served.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const CESIUM = join(HERE, "../../viewer/node_modules/cesium/Build/Cesium");

await scenario(async (browser, input) => {
  const theirs = await serve({ page: HERE, cesium: CESIUM });
  const tilesets = await serve(input.folders);
  const { page, trouble } = await openPage(browser, { width: 640, height: 480 });
  const hosts = new Set();
  page.on("request", (request) => /^http/.test(request.url()) && hosts.add(new URL(request.url()).host));
  try {
    await page.goto(`${theirs.origin}/page/cesium.html`);
    await page.evaluate(begin);
    const urls = { ...input.urls };
    for (const name of Object.keys(input.folders)) urls[name] = `${tilesets.origin}/${name}/tileset.json`;
    const found = {};
    for (const [name, url] of Object.entries(urls)) {
      found[name] = await page.evaluate(open, url);
      await picture(page, input, `cesium-${name}`);
    }
    const version = await page.evaluate(() => globalThis.Cesium.VERSION);
    const known = [theirs.origin, tilesets.origin, input.url].map((url) => new URL(url).host);
    return { found, version, trouble, strangers: [...hosts].filter((host) => !known.includes(host)) };
  } finally {
    await page.close();
    theirs.close();
    tilesets.close();
  }
});

/** An empty globe that asks nobody for anything. */
function begin() {
  const { CesiumWidget, Color, Ion } = globalThis.Cesium;
  Ion.defaultAccessToken = "";
  const widget = new CesiumWidget("globe", { baseLayer: false, globe: false, skyBox: false, skyAtmosphere: false });
  widget.scene.backgroundColor = Color.BLACK;
  globalThis.widget = widget;
}

/** Stand a tileset on the ground in Huế, look at it until all of it has come, and count what is drawn. */
async function open(url) {
  const { Cartesian3, Cesium3DTileset, HeadingPitchRange, Math: Angles, Matrix4, Transforms } = globalThis.Cesium;
  const { scene, camera } = globalThis.widget;
  scene.primitives.removeAll();
  const tileset = await Cesium3DTileset.fromUrl(url);
  const ground = Transforms.eastNorthUpToFixedFrame(Cartesian3.fromDegrees(107.5777, 16.4698));
  const failed = [];
  tileset.tileFailed.addEventListener((failure) => failed.push(`${failure.url}: ${failure.message}`));
  tileset.modelMatrix = Matrix4.multiply(ground, tileset.modelMatrix, new Matrix4());
  scene.primitives.add(tileset);
  const { boundingSphere } = tileset;
  const from = new HeadingPitchRange(Angles.toRadians(30), Angles.toRadians(-25), boundingSphere.radius * 2);
  camera.viewBoundingSphere(boundingSphere, from);
  // What has just come may ask for more: some frames in a row must ask for nothing.
  let calm = 0;
  await new Promise((done) => {
    const stop = scene.postRender.addEventListener(() => {
      calm = tileset.tilesLoaded && tileset.statistics.selected > 0 ? calm + 1 : 0;
      if (calm < 5 && !failed.length) return;
      stop();
      done();
    });
  });
  scene.render();
  const { numberOfPointsSelected: points, numberOfTrianglesSelected: triangles } = tileset.statistics;
  return { points, triangles, failed, share: drawnShare() };

  /** Pixels that are not background, read in the turn that drew them. */
  function drawnShare() {
    const gl = scene.canvas.getContext("webgl2");
    const { drawingBufferWidth: width, drawingBufferHeight: height } = gl;
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    let drawn = 0;
    for (let i = 0; i < pixels.length; i += 4) drawn += pixels[i] + pixels[i + 1] + pixels[i + 2] > 30 ? 1 : 0;
    return drawn / (width * height);
  }
}
