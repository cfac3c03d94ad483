// The page of the reference in Chromium: whole under its policy, at home on a telephone, and fit for everyone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { launchChromium } from "../../src/tools/chromium.mjs";
import { devKey } from "../../src/tools/dev-config.mjs";
import { root } from "../../src/tools/process.mjs";
import { troublesOf } from "../support/browser.mjs";
import { ask } from "../support/world.mjs";
import { useWholeWorker } from "./support.mjs";

const { url } = await useWholeWorker();
const axe = readFileSync(join(root, "node_modules", "axe-core", "axe.min.js"), "utf8");
const browser = await launchChromium();
after(() => browser.close());

test("the document is there for everyone, as JSON", async () => {
  const { status, headers, json } = await ask(url, "GET", "/openapi.json");
  assert.equal(status, 200);
  assert.equal(headers["content-type"], "application/json");
  assert.equal(headers["access-control-allow-origin"], "*");
  assert.equal(json.openapi, "3.1.1");
});

test("the policy of the page allows nothing inline and nothing foreign", async () => {
  const { status, headers } = await ask(url, "GET", "/docs/");
  assert.equal(status, 200);
  const policy = headers["content-security-policy"];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
  assert.equal(headers["access-control-allow-origin"], undefined);
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [1280, 390]) {
    test(`${colorScheme}, ${width} px wide: read, authorised and tried out`, () => visit({ colorScheme, width }));
  }
}

async function visit({ colorScheme, width }) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height: 900 } });
  const page = await context.newPage();
  const troubles = troublesOf(page, url, { types: "any", inline: ["data:"] });
  // Axe comes in as a file, too: the policy holds for it as for everything.
  await page.route("**/axe.js", (route) => route.fulfill({ body: axe, contentType: "text/javascript" }));

  await page.goto(`${url}/docs`);
  const operation = page.locator("#operations-Messages-sendMessage");
  await operation.locator(".opblock-summary-control").click();
  await operation.locator(".try-out__btn").click();
  await page.locator(".btn.authorize").first().click();
  await page.locator(".auth-container input").fill(devKey);
  assert.deepEqual(await violations(page), [], "the dialog");
  await page.locator(".auth-btn-wrapper .authorize").click();
  await page.locator(".auth-btn-wrapper .btn-done").click();

  await operation.locator(".execute").click();
  const answer = operation.locator(".live-responses-table tr.response");
  assert.match(await answer.locator(".response-col_status").innerText(), /^200/);
  assert.deepEqual(await violations(page), [], "the page");
  // What was asked is shown as a command, to be copied: without the key.
  assert.match(await operation.locator(".curl-command").innerText(), /Bearer <CHASKI_API_KEY>/);
  assert.doesNotMatch(await page.content(), new RegExp(devKey));
  assert.equal(await page.evaluate("document.documentElement.scrollWidth - innerWidth"), 0, "wider than the screen");
  assert.deepEqual(troubles, []);
  await context.close();
}

/** What keeps somebody out, by WCAG 2.2 AA. */
async function violations(page) {
  if (!(await page.evaluate("Boolean(globalThis.axe)"))) await page.addScriptTag({ url: "/axe.js" });
  return page.evaluate(async () => {
    const { violations } = await globalThis.axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target}`));
  });
}
