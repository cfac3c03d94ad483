// `npm run screenshots`: takes the README's pictures of the page, with a message that somebody has just read.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, kilobytes } from "./build.mjs";
import { ensureChromium, launchChromium } from "./chromium.mjs";
import { devConfig, devKey, devWebhooks } from "./dev-config.mjs";
import { startWorker } from "./dev-worker.mjs";
import { isMain, main, plainError, root } from "./process.mjs";
import { startSandbox } from "./sandbox.mjs";

const size = { width: 1680, height: 1270 };

/** Bytes of a picture at most: it is in the repository, and on every visit to it. */
const MOST = 150_000;

async function screenshots() {
  await ensureChromium();
  await build("worker");
  await build("page");
  const state = mkdtempSync(join(tmpdir(), "chaski-screenshots-"));
  const sandbox = await startSandbox();
  const worker = await startWorker({ vars: { CHASKI_CONFIG: devConfig(sandbox.url), CHASKI_API_KEY: devKey }, persist: state });
  const browser = await launchChromium();
  try {
    await sandbox.aim(devWebhooks(worker.url));
    for (const colorScheme of ["light", "dark"]) {
      const path = join("www", `playground-${colorScheme}.webp`);
      const page = await browser.newPage({ viewport: size, colorScheme });
      await page.goto(worker.url);
      await page.locator("#cards[aria-busy=false]").waitFor();
      await page.getByRole("button", { name: "Enter key" }).click();
      await page.getByLabel("Key", { exact: true }).fill(devKey);
      await page.getByRole("button", { name: "Use it" }).click();
      await page.getByRole("button", { name: "Send", exact: true }).click();
      await page.getByText("somebody has read it").waitFor();
      await page.mouse.move(0, 0);
      await page.evaluate(() => (document.activeElement.blur(), scrollTo(0, 0)));
      const picture = await webp(browser, await page.screenshot({ animations: "disabled" }));
      console.log(`${path}: ${kilobytes(picture.length)}`);
      if (picture.length > MOST) throw plainError(`${path} is more than ${kilobytes(MOST)}`);
      writeFileSync(join(root, path), picture);
    }
  } finally {
    await browser.close();
    await worker.stop();
    await sandbox.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

/** A PNG as WebP, a third of its size: Chromium can write it. */
async function webp(browser, png) {
  const page = await browser.newPage();
  const url = await page.evaluate(async (base64) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    return canvas.toDataURL("image/webp", 0.85);
  }, png.toString("base64"));
  await page.close();
  return Buffer.from(url.split(",")[1], "base64");
}

if (isMain(import.meta)) main(screenshots);
