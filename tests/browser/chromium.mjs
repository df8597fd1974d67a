/** A headless Chromium that draws WebGL in software, with everything that went wrong written down. */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const viewer = createRequire(new URL("../../viewer/package.json", import.meta.url));
const puppeteer = viewer("puppeteer-core");

const FLAGS = [
  "--no-sandbox",
  "--use-gl=angle",
  "--use-angle=swiftshader",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
  "--disable-dev-shm-usage",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** Open a browser that knows `host` as this machine; `close` ends it and forgets its profile. */
export async function openBrowser({ executable, host, language = "en" }) {
  const profile = mkdtempSync(join(tmpdir(), "heritwin-chromium-"));
  const browser = await puppeteer.launch({
    executablePath: executable,
    headless: true,
    userDataDir: profile,
    acceptInsecureCerts: true,
    protocolTimeout: 240_000,
    args: [...FLAGS, `--lang=${language}`, `--host-resolver-rules=MAP ${host} 127.0.0.1`],
  });
  const close = async () => {
    await browser.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { browser, close };
}

/** A page that keeps its console errors, failed requests and the bytes of script it loaded. */
export async function openPage(browser, { width = 1280, height = 800, isMobile = false } = {}) {
  const page = await browser.newPage();
  await page.setViewport({ width, height, isMobile, hasTouch: isMobile, deviceScaleFactor: isMobile ? 2 : 1 });
  const trouble = { console: [], requests: [] };
  page.on("console", (message) => message.type() === "error" && trouble.console.push(message.text()));
  page.on("pageerror", (error) => trouble.console.push(String(error)));
  page.on("requestfailed", (request) => {
    // An event stream that the page itself closed is an end, not a failure.
    if (request.resourceType() === "eventsource") return;
    trouble.requests.push(`${request.url()} ${request.failure()?.errorText}`);
  });
  page.on("response", (answer) => {
    if (answer.status() >= 400) trouble.requests.push(`${answer.url()} ${answer.status()}`);
  });
  return { page, trouble };
}

/** Wait until every tile that the view asks for is there; answers what the page says is drawn. */
export async function settled(page, timeout = 120_000) {
  await page.waitForFunction(
    () => {
      const stats = globalThis.heritwin?.stats();
      return stats && (stats.failed > 0 || (stats.settled && stats.visible > 0));
    },
    { timeout, polling: 200 },
  );
  return page.evaluate(() => globalThis.heritwin.stats());
}

/**
 * Read the WebGL canvas itself: the share of pixels that differ from the background, and how many colours there are.
 * It is drawn and read in one turn, because the buffer is cleared once it has been shown.
 */
export async function readCanvas(page) {
  return page.evaluate(() => {
    globalThis.heritwin.draw();
    const canvas = document.querySelector("canvas");
    const gl = canvas.getContext("webgl2");
    const width = gl.drawingBufferWidth;
    const height = gl.drawingBufferHeight;
    const pixels = new Uint8Array(width * height * 4);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    const colours = new Set();
    let others = 0;
    for (let i = 0; i < pixels.length; i += 4) {
      const isBackground = [0, 1, 2].every((c) => Math.abs(pixels[i + c] - pixels[c]) <= 2);
      if (!isBackground) others += 1;
      colours.add((pixels[i] >> 3) * 1024 + (pixels[i + 1] >> 3) * 32 + (pixels[i + 2] >> 3));
    }
    return { model_share: others / (width * height), colours: colours.size, width, height };
  });
}

/** Keep a picture of the page where the caller asked for pictures. */
export async function picture(page, input, name) {
  if (input.pictures) await page.screenshot({ path: join(input.pictures, `${name}.png`) });
}

/** Run a scenario: its input is one JSON object on stdin, its answer one on stdout. */
export async function scenario(run) {
  let text = "";
  for await (const chunk of process.stdin) text += chunk;
  const input = JSON.parse(text);
  const { browser, close } = await openBrowser(input);
  try {
    process.stdout.write(JSON.stringify(await run(browser, input)));
  } finally {
    await close();
  }
}

/** Send no faster than this many bytes a second from here on; -1 is as fast as it goes. */
export async function slowLine(page, bytesPerSecond) {
  await emulate(page, { latency: 0, downloadThroughput: -1, uploadThroughput: bytesPerSecond });
}

/** A line of so many bytes a second each way, and so many milliseconds until an answer begins. */
export async function throttle(page, { bytes_per_second, latency_ms }) {
  await emulate(page, { latency: latency_ms, downloadThroughput: bytes_per_second, uploadThroughput: bytes_per_second });
}

async function emulate(page, conditions) {
  const client = await page.createCDPSession();
  await client.send("Network.enable");
  await client.send("Network.emulateNetworkConditions", { offline: false, ...conditions });
}
