// The client of the module for npm, in Node, over real connections.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as chaski from "../build/npm/index.js";
import { startSandbox } from "./sandbox/server.mjs";
import { startTrouble } from "./support/trouble.mjs";
import { wireChecksOf } from "./support/wire.mjs";

const sandbox = await startSandbox();
const trouble = await startTrouble();
after(() => Promise.all([sandbox.stop(), trouble.stop()]));

const checks = wireChecksOf(chaski, { sandbox: sandbox.url, trouble: trouble.url, tellsRefused: true });
for (const [name, run] of Object.entries(checks)) test(name, run);

const account = { provider: "whatspie", token: "test-token", device: "6281776521626" };
const hello = { to: { group: "495" }, text: "Hello" };
const accepted = () => Response.json({ code: 200, message: "ok", data: { id: 7 } });

test("a fetch of one's own gets the request as it is, and must not follow redirects", async () => {
  const seen = [];
  const client = new chaski.Chaski({ ...account, fetch: async (...args) => (seen.push(args), accepted()) });
  await client.send(hello);
  const [[url, { signal, ...init }], ...more] = seen;
  assert.deepEqual(more, []);
  assert.ok(signal instanceof AbortSignal);
  assert.deepEqual({ url, ...init }, { ...client.request({ send_message: hello }), redirect: "manual" });
});

test("a fetch of one's own is left alone: it need not heed the signal, nor bring a stream", async () => {
  const deaf = new chaski.Chaski({ ...account, fetch: () => new Promise(() => {}) });
  await assert.rejects(deaf.send(hello, { timeout: 20 }), { name: "ChaskiError", kind: "lost" });
  const plain = new chaski.Chaski({ ...account, fetch: async () => ({ status: 200, text: () => accepted().text() }) });
  assert.equal((await plain.send(hello)).outcome, "accepted");
});

test("the host's fetch is looked up when it is wanted", async (t) => {
  const client = new chaski.Chaski(account);
  const fetch = t.mock.method(globalThis, "fetch", async () => accepted());
  await client.send(hello);
  assert.equal(fetch.mock.callCount(), 1);
});

test("a signal is let go of, once there is an answer", async () => {
  const listeners = [];
  const signal = {
    aborted: false,
    addEventListener: (_, listener) => listeners.push(listener),
    removeEventListener: (_, listener) => listeners.splice(listeners.indexOf(listener), 1),
  };
  await new chaski.Chaski({ ...account, fetch: async () => accepted() }).send(hello, { signal });
  assert.deepEqual(listeners, []);
});

test("no key shows in a console", async () => {
  const { inspect } = await import("node:util");
  assert.doesNotMatch(inspect(new chaski.Chaski(account), { depth: 9, showHidden: true }), /test-token/);
  assert.doesNotMatch(inspect(new chaski.Edge({ url: "https://a.example", key: "test-token" }), { depth: 9, showHidden: true }), /test-token/);
});
