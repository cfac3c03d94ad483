// The browser that pages are tried in: a Chromium or Chrome of this machine, driven by playwright-core.

import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { onPath, plainError, step } from "./process.mjs";

/** Makes sure that there is one. */
export async function ensureChromium() {
  if (chromium()) return;
  if (process.getuid?.() === 0 && onPath("apt-get")) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await step("Installing Chromium with apt-get: its list of packages", "apt-get", ["update", "-qq"], { env });
    await step("Installing Chromium with apt-get (about a minute)", "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
  }
  if (!chromium()) {
    throw plainError("Chromium is missing; pages are tried in it. Debian and Ubuntu: apt install chromium. macOS: install Chrome. Or name one: CHROMIUM=/path/to/chromium npm test.");
  }
}

/** Starts it. It asks nobody else for anything. */
export async function launchChromium() {
  // Here and not above, because setup may still have to install it.
  const { chromium: playwright } = await import("playwright-core");
  return playwright.launch({
    executablePath: chromium(),
    args: ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
}

/** The path of a Chromium or Chrome, if there is one. */
function chromium() {
  const { CHROMIUM, PATH = "" } = process.env;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return [
    ...(CHROMIUM ? [CHROMIUM] : []),
    ...names.flatMap((name) => PATH.split(delimiter).filter(Boolean).map((path) => join(path, name))),
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ].find((path) => existsSync(path));
}
