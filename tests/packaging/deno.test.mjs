// Deno, with no permission but that for the network.

import { join } from "node:path";
import { test } from "node:test";
import { tool, work } from "../../src/tools/packaging.mjs";
import { bench, limit, reportOf, run, useProject, useServers } from "./support.mjs";

const cwd = await useProject("deno");
const servers = JSON.stringify({ ...(await useServers()), tellsRefused: false });
const env = { DENO_DIR: join(work, "deno-cache"), DENO_NO_UPDATE_CHECK: "1" };
const deno = (...args) => ["run", "--no-prompt", "--cached-only", ...args];

test("Deno", limit, (t) => reportOf(t, tool("deno"), deno("--allow-net", "main.js", servers), { cwd, env }));
test("Deno, time", limit, (t) => bench(t, "Deno", () => run(tool("deno"), deno("bench.js"), { cwd, env })));
