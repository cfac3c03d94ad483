// Many at once, and those who leave early: nothing is lost, nothing comes twice, nobody waits for another.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { json } from "node:stream/consumers";
import { after, beforeEach, test } from "node:test";
import { devConfig, devKey } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { assertUnharmed, useServer, useWorker } from "./support/world.mjs";

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (message) => onMessage(message) });
after(sandbox.stop);
beforeEach(sandbox.reset);

// A provider that keeps everybody waiting until it is opened.
let open;
const opened = new Promise((resolve) => (open = resolve));
const cameToGate = [];
const gate = await useServer(async (request, response) => {
  cameToGate.push((await json(request)).message);
  await opened;
  response.writeHead(200, { "content-type": "application/json" }).end('{"status":200,"data":{"status":"SENT"}}');
});

const { connections, groups } = devConfig(sandbox.url);
const chats = Array.from({ length: 30 }, (_, number) => `chat-${number}`);
const config = {
  connections: { ...connections, gate: { provider: "whatspie", base_url: gate, token: "sandbox-token" } },
  groups: Object.fromEntries(chats.map((chat) => [chat, { ...groups["ops-team"], gate: "495" }])),
};
const worker = await useWorker({ config });
const { url, api, send } = worker;

const slugs = Object.keys(connections);
const message = (number, via, chat = 0) => ({ to: { group: chats[chat] }, text: `Hello ${number}`, via });
const many = (count, run) => Promise.all(Array.from({ length: count }, (_, number) => run(number)));
/** The last messages, in the order in which they were accepted. */
const accepted = async () => (await api("GET", "/v1/messages?limit=100")).json.items.reverse();

test("50 messages at once are 50 messages, each with its own answer", async () => {
  const answers = await many(50, (number) => send({ ...message(number, slugs[number % slugs.length], number % 7), metadata: { number } }));
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

test("50 messages at once to one chat arrive in the order in which they were accepted, by whichever provider", async () => {
  const answers = await many(50, (number) => send({ ...message(number, slugs[number % slugs.length]), metadata: { number } }));
  assert.deepEqual(answers.filter(({ status }) => status !== 200), []);
  const ids = new Set(answers.map(({ json }) => json.id));
  const order = (await accepted()).filter(({ id }) => ids.has(id)).map(({ metadata }) => `Hello ${metadata.number}`);
  assert.equal(order.length, 50);
  assert.deepEqual(sandbox.messages().map(({ text }) => text), order);
});

test("who waits for a slow provider keeps nobody else waiting but those behind it in its chat", async () => {
  sandbox.fail({ provider: "wachat", method: "POST", fault: { slow: 1500 } });
  const order = [];
  const isUnderWay = new Promise((resolve) => (onMessage = resolve));
  const slow = send(message(0, "wachat")).then(() => order.push("slow"));
  await isUnderWay;
  const behind = send(message(1, "whatspie")).then(() => order.push("behind"));
  await many(10, async (number) => order.push((await send(message(number, "whatspie", 1 + (number % 2)))).json.provider));
  await Promise.all([slow, behind]);
  assert.deepEqual(order.slice(-2), ["slow", "behind"]);
});

test("each of 30 failures at once is told to the one whose message failed", async () => {
  sandbox.fail({ provider: "gowhatsapp", fault: { reset: "after" } });
  sandbox.fail({ provider: "wachat", scenario: "rate_limited" });
  sandbox.fail({ provider: "whatsspot", scenario: "not_found" });
  const wanted = { gowhatsapp: "unknown", wachat: "queued", whatsspot: "failed" };
  const vias = Object.keys(wanted);
  const answers = await many(30, (number) => send(message(number, vias[number % 3], number)));
  const of = (number) => [200, wanted[vias[number % 3]], vias[number % 3], 1];
  assert.deepEqual(answers.map(({ status, json }) => [status, json.status, json.connection, json.attempts.length]), answers.map((_, number) => of(number)));
  assert.deepEqual(sandbox.messages().map(({ provider }) => provider), Array(10).fill("gowhatsapp"));
  // Those that wait for another try.
  const waiting = answers.filter(({ json }) => json.status === "queued");
  const cancelled = await Promise.all(waiting.map(({ json }) => api("DELETE", `/v1/messages/${json.id}`)));
  assert.deepEqual(cancelled.map(({ status, json }) => [status, json.status]), Array(10).fill([200, "cancelled"]));
});

test("what clients have handed in is sent once, though they leave while the provider is at work", async () => {
  const leave = new AbortController();
  const post = (number) => api("POST", "/v1/messages", message(number, "gate", number), { prefer: "wait=30" }, { signal: leave.signal });
  const left = many(20, (number) => post(number).catch((error) => error.name));
  const those = async () => (await accepted()).filter(({ via }) => via === "gate");
  while ((await those()).length < 20);
  leave.abort();
  assert.deepEqual(await left, Array(20).fill("AbortError"));
  assert.ok(cameToGate.length < 20);
  open();
  while ((await those()).some(({ status }) => status !== "sent"));
  assert.deepEqual(cameToGate.sort(), Array.from({ length: 20 }, (_, number) => `Hello ${number}`).sort());
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
