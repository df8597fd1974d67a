/** Sign in, begin to upload files over a slow line, and read what the page says of them before they are there. */
import { openPage, picture, scenario, slowLine } from "./chromium.mjs";

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser);
  await page.goto(input.link);
  await page.waitForSelector("nav a[href='/upload']");
  await page.goto(`${input.url}/upload?subject=${input.subject}`);
  const field = await page.waitForSelector("input[type='file']");
  await field.uploadFile(...input.files);
  await page.waitForFunction(() => document.querySelector(".desk > .button")?.disabled === false);
  const puts = [];
  page.on("request", (request) => {
    if (request.method() === "PUT") puts.push(request.url().includes("partNumber=") ? "part" : "end");
  });
  await slowLine(page, input.bytesPerSecond);
  await page.click(".desk > .button");
  await page.waitForSelector(".early li", { timeout: 120_000 });
  const rows = await page.$$eval(".early li", (items) => items.map((item) => item.innerText));
  const faults = await page.$$eval(".early .fault", (items) => items.map((item) => item.innerText));
  const share = await page.$eval(".sending progress", (bar) => bar.value / bar.max);
  await picture(page, input, "early");
  const sent = [...puts];
  const whole = structuredClone(trouble);
  // Left open it would be found by whoever sends the same files again.
  await page.click(".sending > button");
  const gone = await page.evaluate(async () => {
    const open = (await (await fetch("/v1/uploads?state=open")).json()).items;
    return (await fetch(`/v1/uploads/${open[0].id}`, { method: "DELETE" })).status;
  });
  return { rows, faults, share, sent, gone, trouble: whole };
});
