// `npm run screenshots`: takes the README's pictures of the page, with a message that somebody has just read.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, kilobytes } from "./build.mjs";
import { ensureChromium, launchChromium } from "./chromium.mjs";
import { devConfig, devKey, devWebhooks } from "./dev-config.mjs";
import { startWorker } from "./dev-worker.mjs";
import { isMain, main, plainError, root } from "./process.mjs";
import { startSandbox } from "./sandbox.mjs";

const size = { width: 1280, height: 960 };

/** Bytes of a picture at most: it is in the repository, and on every visit to it. */
const MOST = 200_000;

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
      const path = join("www", `playground-${colorScheme}.png`);
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
      await page.screenshot({ path: join(root, path), animations: "disabled" });
      const { size: bytes } = statSync(join(root, path));
      console.log(`${path}: ${kilobytes(bytes)}`);
      if (bytes > MOST) throw plainError(`${path} is more than ${kilobytes(MOST)}`);
    }
  } finally {
    await browser.close();
    await worker.stop();
    await sandbox.stop();
    rmSync(state, { recursive: true, force: true });
  }
}

if (isMain(import.meta)) main(screenshots);
