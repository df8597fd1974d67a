/** Sign in, upload a file through the page, leave in the middle, choose it again, and open what it became. */
import { openPage, picture, readCanvas, scenario, settled, slowLine } from "./chromium.mjs";

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser);
  await page.goto(input.link);
  await page.waitForSelector("nav a[href='/upload']");
  const isSecure = await page.evaluate(() => isSecureContext);

  await choose(page, input);
  const warning = await page.$$eval("p.notice:not([hidden])", (notes) => notes.map((n) => n.textContent).join(" "));
  await page.select("select[name='asset']", "");
  await page.$eval(
    "input[name='asset-name']",
    (field, name) => {
      field.value = name;
    },
    input.asset,
  );
  await slowLine(page, input.bytesPerSecond);
  const firstPart = page.waitForResponse((answer) => isPart(answer.request()) && answer.ok(), { timeout: 120_000 });
  await page.click(".desk > .button");
  await page.waitForFunction(() => document.querySelector(".sending progress")?.value > 12e6, {
    timeout: 60_000,
  });
  await picture(page, input, "upload");
  await firstPart;
  // What is still under way must not arrive after all while the page is being left.
  await slowLine(page, 16 * 1024);
  const midway = await page.$eval(".sending [role='status']", (element) => element.textContent);

  // Leaving the page breaks requests off on purpose: what is counted starts anew with the second visit.
  await page.goto("about:blank");
  const broken = trouble.requests.splice(0);
  trouble.console.length = 0;
  await slowLine(page, -1);
  await page.goto(input.url);
  await choose(page, input);
  await page.waitForFunction(() => /\d/.test(document.querySelector(".desk [role='status']")?.textContent ?? ""));
  const found = await page.$eval(".desk [role='status']", (element) => element.textContent);
  // Counted as late as may be: a part that had left whole when the page was left still arrives.
  const there = await page.evaluate(received);
  let puts = 0;
  page.on("request", (request) => {
    if (isPart(request)) puts += 1;
  });
  const begun = Date.now();
  await page.click(".desk > .button");
  const link = await page.waitForSelector(".sending a.button:not([hidden])", { timeout: 180_000 });
  const seconds = (Date.now() - begun) / 1000;
  const address = await link.evaluate((element) => element.getAttribute("href"));
  await link.click();
  const shown = await settled(page, 180_000);
  const drawn = await readCanvas(page);
  return { isSecure, warning, midway, broken: broken.length, there, puts, found, seconds, address, shown, drawn, trouble };
});

function isPart(request) {
  return request.method() === "PUT" && request.url().includes("partNumber=");
}

/** How many parts of the one open upload the archive has. */
async function received() {
  const open = (await (await fetch("/v1/uploads?state=open")).json()).items;
  const upload = await (await fetch(`/v1/uploads/${open[0].id}`)).json();
  return upload.files.flatMap((file) => file.received).length;
}

async function choose(page, input) {
  await page.goto(`${input.url}/upload?subject=${input.subject}`);
  const field = await page.waitForSelector("input[type='file']");
  await field.uploadFile(input.file);
  await page.waitForFunction(() => document.querySelector(".desk > .button")?.disabled === false);
}
