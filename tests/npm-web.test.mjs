// The entry "./web", whose wasm arrives when it is asked for. In order: a module is loaded once.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { createServer } from "node:http";
import * as chaski from "../build/npm/index.web.js";
import { checksOf } from "./support/checks.mjs";
import { fixtures } from "./support/fixtures.mjs";

const wasm = readFileSync(new URL("../build/npm/chaski_bg.wasm", import.meta.url));
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  if (request.url !== "/chaski_bg.wasm") return response.writeHead(404).end("<h1>Not Found</h1>");
  return response.writeHead(200, { "content-type": "application/wasm" }).end(wasm);
});
await once(server.listen(0, "127.0.0.1"), "listening");
after(() => {
  server.close();
  server.closeAllConnections();
});
const origin = `http://127.0.0.1:${server.address().port}`;

const account = { provider: "whatspie", token: "test-token", device: "6281776521626" };

test("before init, an error says what to do", () => {
  const early = () => new chaski.Chaski(account);
  assert.throws(early, (error) => chaski.isChaskiError(error) && error.kind === "invalid" && /await init\(\)/.test(error.message));
});

test("what needs no wasm works before init", async () => {
  const edge = new chaski.Edge({ url: "https://a.example", key: "key", fetch: async () => Response.json({ items: [] }) });
  assert.deepEqual(await edge.connections(), { items: [] });
  chaski.providers().forEach((provider) => Object.keys(provider).forEach((name) => delete provider[name]));
  assert.equal(chaski.providers()[0].slug, "whatspie", "each caller has a list of their own");
});

test("an init that fails says so, and nothing is ready", async () => {
  const pending = Symbol("pending");
  for (const input of [`${origin}/nothing.wasm`, new Uint8Array([0, 97, 115, 109]), new Response("<h1>"), 5]) {
    await assert.rejects(chaski.init(input), { name: "ChaskiError", kind: "invalid", message: "the wasm could not be loaded" });
    assert.equal(await Promise.race([chaski.ready, Promise.resolve(pending)]), pending);
    assert.throws(() => new chaski.Chaski(account), { kind: "invalid" });
  }
});

test("the next one succeeds, for all who wait, with one download", async () => {
  asked = 0;
  const first = chaski.init(`${origin}/chaski_bg.wasm`);
  const second = chaski.init();
  await Promise.all([first, second, chaski.ready]);
  assert.equal(asked, 1);
  await chaski.init(`${origin}/nothing.wasm`);
  assert.equal(asked, 1);
});

for (const [name, run] of Object.entries(checksOf(chaski, fixtures))) test(`after init, ${name}`, run);
