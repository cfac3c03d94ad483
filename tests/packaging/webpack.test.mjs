// A page that webpack built, with nothing configured.

import { test } from "node:test";
import { tool } from "../../src/tools/packaging.mjs";
import { node } from "../../src/tools/process.mjs";
import { limit, report, run, useChromium, useProject, useStatic } from "./support.mjs";

const folder = await useProject("webpack");
await run(node(), [tool("webpack"), "build", "--mode", "production"], { cwd: folder });
const origin = await useStatic(folder);
const open = await useChromium();

test("webpack, chaski", limit, async (t) => report(t, await open(`${origin}/`)));
test("webpack, chaski/web", limit, async (t) => report(t, await open(`${origin}/#web`)));
