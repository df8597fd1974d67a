/** Sign in, send a model through the page with its axis and unit, and read what its version's page says. */
import { openPage, picture, scenario } from "./chromium.mjs";

const asked = () => !document.querySelector("select[name='unit']").closest(".pair").hidden;

await scenario(async (browser, input) => {
  const { page, trouble } = await openPage(browser);
  await page.goto(input.link);
  await page.waitForSelector("nav a[href='/upload']");
  await page.goto(`${input.url}/upload?subject=${input.subject}`);
  const field = await page.waitForSelector("input[type='file']");
  await field.uploadFile(input.cloud);
  await page.waitForSelector(".files li");
  const askedOfCloud = await page.evaluate(asked);
  await page.click(".files li button");
  await page.waitForFunction(() => !document.querySelector(".files li"));
  await field.uploadFile(input.model);
  await page.waitForFunction(asked);
  await page.waitForFunction(() => document.querySelector(".desk > .button")?.disabled === false);
  await page.select("select[name='up-axis']", "y");
  await page.select("select[name='unit']", "0.001");
  await picture(page, input, "stated");
  await page.click(".desk > .button");
  await page.waitForSelector(".sending a.button:not([hidden])", { timeout: 120_000 });
  // What is streamed afterwards may be left half way, when more detail takes its place.
  const whole = structuredClone(trouble);
  await page.click(".sending a.button");
  await page.waitForFunction((said) => document.body.innerText.includes(said), { timeout: 120_000 }, "one unit is");
  const facts = await page.$eval("dl", (list) => list.innerText);
  await picture(page, input, "stated-version");
  return { askedOfCloud, facts, trouble: whole };
});
