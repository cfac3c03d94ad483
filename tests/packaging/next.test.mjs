// A Next application, with nothing configured: a client component, a server component, a route in Node and one at the
// edge.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { tool } from "../../src/tools/packaging.mjs";
import { node, spawnServer } from "../../src/tools/process.mjs";
import { limit, report, run, useChromium, useProject } from "./support.mjs";

const folder = await useProject("next");
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", NO_COLOR: "1" };
await run(node(), [tool("next"), "build"], { cwd: folder, env });
const origin = await start();
const open = await useChromium();

test("Next, client component", limit, async (t) => report(t, await open(`${origin}/client`)));

test("Next, client component rendered on the server", limit, async () => {
  const html = await (await fetch(`${origin}/client`)).text();
  assert.match(html, /Whatspie, .*WhatsSpot/);
});

test("Next, server component", limit, async (t) => {
  const html = await (await fetch(origin)).text();
  const [, text] = /<pre>(.*?)<\/pre>/s.exec(html) ?? assert.fail(html.slice(0, 2000));
  await report(t, JSON.parse(text.replaceAll("&quot;", '"').replaceAll("&#x27;", "'").replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&")));
});

for (const runtime of ["node", "edge"]) {
  test(`Next, ${runtime} route`, limit, async (t) => {
    const response = await fetch(`${origin}/api/${runtime}`);
    assert.equal(response.status, 200);
    await report(t, await response.json());
  });
}

test("Next takes the wasm to the edge as a module, and not as text", () => {
  const edge = join(folder, ".next", "server", "edge", "chunks");
  const chunks = readdirSync(edge);
  assert.equal(chunks.filter((name) => name.endsWith(".wasm")).length, 1, chunks.join());
  // "\0asm" in base64.
  for (const name of chunks.filter((name) => name.endsWith(".js"))) assert.ok(!readFileSync(join(edge, name), "utf8").includes("AGFzbQ"), name);
});

/** Starts the built application. Returns its origin. */
async function start() {
  const child = spawnServer(node(), [tool("next"), "start", "--port", "0", "--hostname", "127.0.0.1"], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.once("close", resolve));
  after(async () => {
    child.killGroup();
    await ended;
  });
  let printed = "";
  return new Promise((resolve, reject) => {
    const keep = (chunk) => {
      printed += chunk;
      const [, port] = /http:\/\/127\.0\.0\.1:(\d+)[^]*Ready/.exec(printed) ?? [];
      if (port) resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout.setEncoding("utf8").on("data", keep);
    child.stderr.setEncoding("utf8").on("data", keep);
    ended.then((code) => reject(new Error(`next start ended (${code})\n${printed}`)));
  });
}
