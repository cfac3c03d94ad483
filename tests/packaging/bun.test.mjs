// Bun.

import { test } from "node:test";
import { tool } from "../../src/tools/packaging.mjs";
import { bench, limit, reportOf, run, useProject, useServers } from "./support.mjs";

const cwd = await useProject("bun");
const servers = JSON.stringify({ ...(await useServers()), tellsRefused: true });

test("Bun", limit, (t) => reportOf(t, tool("bun"), ["main.js", servers], { cwd }));
test("Bun, time", limit, (t) => bench(t, "Bun", () => run(tool("bun"), ["bench.js"], { cwd })));
