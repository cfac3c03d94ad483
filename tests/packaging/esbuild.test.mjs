// What esbuild bundles, with nothing configured: for a page, and for Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeOf, tool } from "../../src/tools/packaging.mjs";
import { limit, report, reportOf, run, useChromium, useProject, useStatic } from "./support.mjs";

const cwd = await useProject("esbuild");
const origin = await useStatic(cwd);
const open = await useChromium();
const bundle = (...options) => run(tool("esbuild"), ["main.js", "--bundle", "--log-level=warning", ...options], { cwd });

test("esbuild, a page", limit, async (t) => {
  assert.equal(await bundle("--minify", "--outfile=page.js"), "");
  await report(t, await open(`${origin}/`));
});

for (const [format, file] of [["esm", "node.mjs"], ["cjs", "node.cjs"]]) {
  test(`esbuild, Node, ${format}`, limit, async (t) => {
    assert.equal(await bundle("--platform=node", `--format=${format}`, `--outfile=${file}`), "");
    await reportOf(t, nodeOf(20), [file], { cwd });
  });
}
