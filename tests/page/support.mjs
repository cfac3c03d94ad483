// `npm start` as a user has it, and Chromium in front of it.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { launchChromium } from "../../src/tools/chromium.mjs";
import { devKey } from "../../src/tools/dev-config.mjs";
import { node, root, spawnServer } from "../../src/tools/process.mjs";
import { troublesOf } from "../support/browser.mjs";

/** A test that waits for something that does not come fails by itself. */
export const limit = { timeout: 90_000 };

/** Where the screenshots are left, to be looked at. */
export const shots = join(root, "tests", "page", ".screenshots");
mkdirSync(shots, { recursive: true });

export const sizes = { wide: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };
export const schemes = ["light", "dark"];

/** Starts `npm start` with a state of its own. Returns `{ url, sandbox }`. */
export async function useStart() {
  const state = mkdtempSync(join(tmpdir(), "chaski-page-"));
  const child = spawnServer(node(), [join(root, "src", "tools", "start.mjs"), "--port", "0", "--state", state], { stdio: ["ignore", "pipe", "pipe"] });
  after(async () => {
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGINT");
    await ended;
    rmSync(state, { recursive: true, force: true });
  });
  let printed = "";
  return new Promise((resolve, reject) => {
    const keep = (chunk) => {
      printed += chunk;
      if (!printed.includes("Ctrl-C ends it")) return;
      const [, url, sandbox] = /(http:\/\/127\.0\.0\.1:\d+)[^]*?The gateways are +(http:\/\/127\.0\.0\.1:\d+)/.exec(printed) ?? [];
      resolve({ url, sandbox });
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    child.once("close", (code) => reject(new Error(`npm start ended (code ${code})\n${printed}`)));
  });
}

/** A stream or a question that the page itself ends when its view is left. */
const isLeft = (trouble) => /^failed: .*\/v1\//.test(trouble);

/** Starts Chromium. Returns a function that opens a page, which a test must leave without a trouble but those it `expects`. */
export async function useBrowser(url) {
  const browser = await launchChromium();
  after(() => browser.close());
  return async function open(t, { path = "", size = "wide", scheme = "light", before, expects = /(?!)/, ...options } = {}) {
    const context = await browser.newContext({ viewport: sizes[size], colorScheme: scheme, ...options });
    const page = await context.newPage();
    const troubles = troublesOf(page, url);
    t.after(async () => {
      await context.close();
      assert.deepEqual(troubles.filter((trouble) => !isLeft(trouble) && !expects.test(trouble)), []);
    });
    await before?.(page);
    await page.goto(`${url}/${path}`);
    return page;
  };
}

/** Waits until the five gateways' requests are there. */
export async function untilReady(page) {
  await page.locator(shown.compose[1]).waitFor();
}

/** Gives the page its key, as a visitor does. */
export async function enterKey(page) {
  await page.getByRole("button", { name: "Enter key" }).click();
  await page.getByLabel("Key", { exact: true }).fill(devKey);
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByRole("button", { name: "Key in use" }).waitFor();
}

/** The link to each view, and what it shows once it is there. */
const shown = {
  compose: ["Compose", "#cards[aria-busy=false]"],
  messages: ["Messages", "#messages > *"],
  events: ["Events", "#events > *"],
  inspect: ["Inspect", "#inspect pre"],
};

export const views = Object.keys(shown);

/** Goes to a view by its link. */
export async function go(page, name) {
  const [title, sign] = shown[name];
  await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: title }).click();
  await page.locator(sign).first().waitFor();
}

export const shoot = (page, name) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
