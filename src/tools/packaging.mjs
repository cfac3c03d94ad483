// What tests/packaging needs: the runtimes and bundlers, and the package as `npm pack` makes it.

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureChromium } from "./chromium.mjs";
import { CommandFailed, capture, plainError, root } from "./process.mjs";
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
  await ensureChromium();
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
