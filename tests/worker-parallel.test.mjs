// Many at once, and those who leave early: nothing is lost, nothing comes twice, nobody waits for another.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, beforeEach, test } from "node:test";
import { devConfig, devKey } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { assertUnharmed, useWorker } from "./support/world.mjs";

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (message) => onMessage(message) });
after(sandbox.stop);
beforeEach(sandbox.reset);
const worker = await useWorker({ config: devConfig(sandbox.url) });
const { url, api, send } = worker;

const slugs = ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"];
const message = (number, via) => ({ to: { group: "ops-team" }, text: `Hello ${number}`, via });
const many = (count, run) => Promise.all(Array.from({ length: count }, (_, number) => run(number)));

test("50 messages at once are 50 messages, each with its own answer", async () => {
  const answers = await many(50, (number) => send({ ...message(number, slugs[number % 5]), metadata: { number } }));
  assert.deepEqual(answers.filter(({ status }) => status !== 200), []);
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 50);
  assert.deepEqual(answers.map(({ json }) => json.metadata.number), answers.map((_, number) => number));
  const texts = sandbox.messages().map(({ text }) => text);
  assert.deepEqual(texts.sort(), answers.map((_, number) => `Hello ${number}`).sort());
  for (const { provider, text, id } of sandbox.messages()) {
    const { json } = answers[text.split(" ")[1]];
    assert.equal(json.provider, provider);
    if (provider !== "a1base") assert.equal(json.provider_id ?? json.job, id);
  }
});

test("who waits for a slow provider keeps nobody else waiting", async () => {
  sandbox.fail({ provider: "wachat", fault: { slow: 1500 } });
  const order = [];
  const slow = send(message(0, "wachat")).then(() => order.push("slow"));
  await many(10, async (number) => order.push((await send(message(number, "whatspie"))).json.provider));
  await slow;
  assert.equal(order.at(-1), "slow");
});

test("each of 30 failures at once is told to the one whose message failed", async () => {
  sandbox.fail({ provider: "gowhatsapp", fault: { reset: "after" } });
  sandbox.fail({ provider: "wachat", scenario: "rate_limited" });
  const wanted = { whatspie: "queued", gowhatsapp: "unknown", wachat: "failed" };
  const vias = Object.keys(wanted);
  const answers = await many(30, (number) => send(message(number, vias[number % 3])));
  assert.deepEqual(answers.map(({ json }) => json.status), answers.map((_, number) => wanted[vias[number % 3]]));
  assert.equal(sandbox.messages().filter(({ provider }) => provider === "gowhatsapp").length, 10);
});

test("clients that leave while the provider is at work break nothing for those who come later", async () => {
  sandbox.fail({ fault: { slow: 200 }, times: 20 });
  let arrived = 0;
  const leave = new AbortController();
  onMessage = () => ++arrived === 20 && leave.abort();
  const left = await many(20, (number) => api("POST", "/v1/messages", message(number, "whatspie"), {}, { signal: leave.signal }).catch((error) => error.name));
  assert.deepEqual(new Set(left), new Set(["AbortError"]));
  assert.equal((await send(message(20, "whatspie"))).status, 200);
  assert.equal(sandbox.messages().length, 21);
});

test("clients that leave in the middle of their own request send nothing", async () => {
  const { hostname, port } = new URL(url);
  await many(20, async () => {
    const socket = connect(port, hostname);
    await once(socket, "connect");
    const head = ["POST /v1/messages HTTP/1.1", "Host: x", `Authorization: Bearer ${devKey}`, "Content-Type: application/json", "Content-Length: 500"];
    await new Promise((written) => socket.write(`${head.join("\r\n")}\r\n\r\n{"to":{"group":"ops-team"},`, written));
    socket.resetAndDestroy();
  });
  assert.equal((await send(message(1, "whatspie"))).status, 200);
  assert.equal(sandbox.messages().length, 1);
});

test("none of this is a fault of the Worker", () => {
  assertUnharmed(worker);
});
