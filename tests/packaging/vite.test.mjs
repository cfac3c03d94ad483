// A page that Vite built, with nothing configured.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { tool } from "../../src/tools/packaging.mjs";
import { node } from "../../src/tools/process.mjs";
import { limit, report, run, useChromium, useProject, useStatic } from "./support.mjs";

const folder = await useProject("vite");
await run(node(), [tool("vite"), "build"], { cwd: folder });
const origin = await useStatic(join(folder, "dist"));
const open = await useChromium();

test("Vite, chaski", limit, async (t) => report(t, await open(`${origin}/`)));
test("Vite, chaski/web", limit, async (t) => report(t, await open(`${origin}/#web`)));

test("Vite copies the wasm once, for chaski/web", () => {
  const assets = readdirSync(join(folder, "dist", "assets"));
  assert.equal(assets.filter((name) => name.endsWith(".wasm")).length, 1, assets.join());
  const text = assets.filter((name) => readFileSync(join(folder, "dist", "assets", name), "latin1").includes("AGFzbQ"));
  assert.equal(text.length, 1, text.join());
});
