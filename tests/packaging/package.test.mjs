// The tarball itself: what is in it, and what the linters for packages say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { tarball, tool, work } from "../../src/tools/packaging.mjs";
import { node } from "../../src/tools/process.mjs";
import { limit, run } from "./support.mjs";

test("the tarball has what the entries need, and no more", async () => {
  const listed = await run("tar", ["-tzf", tarball], { cwd: work });
  const names = listed.trim().split("\n").map((name) => name.replace("package/", ""));
  const outside = names.filter((name) => !/^build\/npm\/[\w-]+(\.[\w-]+)*\.(js|d\.ts|wasm)$/.test(name));
  assert.deepEqual(outside.sort(), ["LICENSE", "README.md", "package.json"]);
  for (const name of ["index", "index.web", "index.workerd", "index.edge-light", "edge"]) assert.ok(names.includes(`build/npm/${name}.js`), name);
});

test("publint has nothing to say", limit, async () => {
  const output = await run(node(), [tool("publint"), "run", tarball, "--strict"], { cwd: work });
  assert.match(output, /All good!/);
});

test("attw finds types for every entry", limit, async () => {
  const output = await run(node(), [tool("attw"), tarball, "--profile", "esm-only", "--exclude-entrypoints", "./chaski_bg.wasm", "--format", "json"], { cwd: work });
  const { analysis } = JSON.parse(output);
  // Without any types it would have nothing to find either.
  assert.equal(analysis.types.kind, "included");
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), [".", "./edge", "./package.json", "./web"]);
});
