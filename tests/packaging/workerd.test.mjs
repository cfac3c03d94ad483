// A Cloudflare Worker: as `wrangler dev` runs it, and as `wrangler deploy` would upload it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { startWorker, wranglerEnv } from "../../src/tools/dev-worker.mjs";
import { node, root } from "../../src/tools/process.mjs";
import { limit, report, run, useProject, useServers } from "./support.mjs";

const folder = await useProject("workerd");
const servers = await useServers();

test("workerd, inside a request", limit, async (t) => {
  const worker = await startWorker({ folder });
  after(worker.stop);
  const started = performance.now();
  await (await fetch(`${worker.url}/first`)).json();
  t.diagnostic(`workerd: ${(performance.now() - started).toFixed(1)} ms for the first request(), over HTTP; compiled before`);
  const response = await fetch(`${worker.url}/checks`, { method: "POST", body: JSON.stringify({ ...servers, tellsRefused: false }) });
  assert.equal(response.status, 200, worker.logs());
  await report(t, await response.json());
});

test("workerd, the upload has the wasm as a module, and not as text", limit, async () => {
  await run(node(), [join(root, "node_modules", "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run", "--outdir", "upload"], { cwd: folder, env: wranglerEnv });
  const uploaded = readdirSync(join(folder, "upload"));
  const wasm = uploaded.filter((name) => name.endsWith(".wasm"));
  assert.equal(wasm.length, 1, uploaded.join());
  assert.deepEqual(readFileSync(join(folder, "upload", wasm[0])), readFileSync(join(folder, "node_modules", "chaski", "build", "npm", "chaski_bg.wasm")));
  // "\0asm" in base64.
  for (const name of uploaded.filter((name) => name.endsWith(".js"))) assert.ok(!readFileSync(join(folder, "upload", name), "utf8").includes("AGFzbQ"), name);
});
