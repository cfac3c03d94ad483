// Node 20, 22 and 24, by import and by require.

import { test } from "node:test";
import { nodeOf } from "../../src/tools/packaging.mjs";
import { bench, limit, reportOf, run, useProject, useServers } from "./support.mjs";

const cwd = await useProject("node");
const servers = JSON.stringify({ ...(await useServers()), tellsRefused: true });

for (const version of [20, 22, 24]) {
  const node = nodeOf(version);
  test(`Node ${version}, import`, limit, (t) => reportOf(t, node, ["import.js", servers], { cwd }));
  test(`Node ${version}, require`, limit, (t) => reportOf(t, node, ["require.cjs"], { cwd }));
  test(`Node ${version}, chaski/web`, limit, (t) => reportOf(t, node, ["web.js"], { cwd }));
  test(`Node ${version}, time`, limit, (t) => bench(t, `Node ${version}`, () => run(node, ["bench.js"], { cwd })));
}
