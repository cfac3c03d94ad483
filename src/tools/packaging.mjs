// What tests/packaging needs: the runtimes and bundlers, Chromium, and the package as `npm pack` makes it.

import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CommandFailed, capture, onPath, plainError, root, step } from "./process.mjs";
import { ensureInstalled } from "./setup.mjs";

const folder = join(root, "tests", "packaging");

/** Where the projects are copied to and run. */
export const work = join(folder, ".work");

export const tarball = join(work, "chaski.tgz");

/** A program that tests/packaging/package.json brings. */
export const tool = (name) => join(folder, "node_modules", ".bin", name);

export const nodeOf = (version) => join(folder, "node_modules", `node${version}`, "bin", "node");

export async function ensurePackaging() {
  await ensureInstalled(folder, "Installing Node 20, 22 and 24, Deno, Bun, Vite, webpack, esbuild and Next into tests/packaging (about a minute, 1.2 GB)");
  for (const version of [20, 22, 24]) {
    const { output } = await capture(nodeOf(version), ["--version"]);
    if (!output.startsWith(`v${version}.`)) {
      throw plainError(`tests/packaging has no Node ${version}: its install script did not run. Allow install scripts (npm config: ignore-scripts=false), remove tests/packaging/node_modules and run this again.`);
    }
  }
  if (!chromium()) await installChromium();
}

/** The path of a Chromium or Chrome, if there is one. */
export function chromium() {
  const { CHROMIUM, PATH = "" } = process.env;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  return [
    ...(CHROMIUM ? [CHROMIUM] : []),
    ...names.flatMap((name) => PATH.split(delimiter).filter(Boolean).map((path) => join(path, name))),
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ].find((path) => existsSync(path));
}

async function installChromium() {
  if (process.getuid?.() === 0 && onPath("apt-get")) {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await step("Installing Chromium with apt-get: its list of packages", "apt-get", ["update", "-qq"], { env });
    await step("Installing Chromium with apt-get (about a minute)", "apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
  }
  if (!chromium()) {
    throw plainError("Chromium is missing; the packed module is tried in it. Debian and Ubuntu: apt install chromium. macOS: install Chrome. Or name one: CHROMIUM=/path/to/chromium npm test.");
  }
}

/** Makes the tarball, as a release would. */
export async function pack() {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  const { ok, output } = await capture("npm", ["pack", "--json", "--loglevel=error", "--pack-destination", work]);
  const [, filename] = /"filename": "([^"]+)"/.exec(output) ?? [];
  if (!ok || !filename) throw new CommandFailed("npm pack", output);
  renameSync(join(work, filename), tarball);
}
