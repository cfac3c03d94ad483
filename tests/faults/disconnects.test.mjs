// Clients that leave, at every moment at which one can, and a long life with a few faults: what was accepted is brought to its
// end, and the Worker's memory does not grow.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { devConfig, devKey, devWebhooks } from "../../src/tools/dev-config.mjs";
import { createRandom } from "../sandbox/random.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { createPhones, isFinal, listed, until } from "../support/delivery.mjs";
import { figure, isLong, promise, scale, seed } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

const { disconnects, soak } = scale.B15;
const AT_ONCE = 20;
const MIB = 1 << 20;

const random = createRandom(seed);
const faults = [{ scenario: "offline" }, { fault: { html: 502 } }, { fault: { reset: "after" } }, { fault: { truncate: true } }, { fault: { slow: 300 } }];
let failing = 0;
const sandbox = await startSandbox({ choose: ({ method }) => (method === "POST" && random() < failing ? faults[Math.floor(random() * faults.length)] : undefined), pause: 50 });
after(sandbox.stop);
const config = devConfig(sandbox.url);
const worker = await useWorkerd({ config, isFaulty: true });
const phone = createPhones("78");
const { hostname, port } = new URL(worker.url);
const pages = async () => Number(await worker.fault("door", "pages"));

const head = (method, path, more = {}) => `${[`${method} ${path} HTTP/1.1`, "Host: x", `Authorization: Bearer ${devKey}`, ...Object.entries(more).map(([name, value]) => `${name}: ${value}`)].join("\r\n")}\r\n\r\n`;
const posting = (more) => {
  const body = JSON.stringify({ to: { phone: phone() }, text: "Hello", via: "gowhatsapp" });
  return [head("POST", "/v1/messages", { "Content-Type": "application/json", "Content-Length": body.length, ...more }), body];
};
const written = (socket, text) => new Promise((done) => socket.write(text, done));
const answered = (socket) => once(socket, "data");

/** How far a client goes before it leaves. */
const phases = {
  "before a word": async () => {},
  "amid the headers": async (socket) => written(socket, posting()[0].slice(0, 40)),
  "before the body": async (socket) => written(socket, posting()[0]),
  "amid the body": async (socket) => {
    const [start, body] = posting();
    await written(socket, start + body.slice(0, 20));
  },
  "amid a chunk": async (socket) => written(socket, `${head("POST", "/v1/messages", { "Content-Type": "application/json", "Transfer-Encoding": "chunked" })}40\r\n{"to":`),
  "before the answer": async (socket) => written(socket, posting().join("")),
  "while it waits": async (socket) => {
    await written(socket, posting({ Prefer: "wait=30" }).join(""));
    await delay(random() * 10);
  },
  "amid the answer": async (socket) => {
    await written(socket, head("GET", "/v1/messages?limit=100"));
    await answered(socket);
  },
  "amid a stream": async (socket) => {
    await written(socket, head("GET", "/v1/events", { Accept: "text/event-stream" }));
    await answered(socket);
  },
  "while it waits for events": async (socket) => {
    await written(socket, head("GET", `/v1/events?cursor=${2 ** 40}`, { Prefer: "wait=1" }));
    await delay(random() * 10);
  },
  "while a provider is asked": async (socket) => written(socket, head("GET", "/v1/connections/whatspie/health")),
  "amid a webhook": async (socket) => written(socket, `${head("POST", "/v1/inbound/whatspie/sandbox-inbound-key", { "Content-Type": "application/json", "Content-Length": 500 })}{"message":`),
  "after a webhook": async (socket) => {
    const body = JSON.stringify({ message: "Hello", from: phone().slice(1), timestamp: 1_767_225_600, message_id: `id-${random()}`, from_user: { name: "Jane", jid: "6285156055377@s.whatsapp.net" }, is_forwarded: false, is_broadcast: false });
    await written(socket, head("POST", "/v1/inbound/whatspie/sandbox-inbound-key", { "Content-Type": "application/json", "Content-Length": body.length }) + body);
  },
  "after the answer": async (socket) => {
    await written(socket, posting().join(""));
    await answered(socket);
  },
};

async function leave(phase) {
  const socket = connect(port, hostname);
  // That it was cut off is what is wanted.
  socket.on("error", () => {});
  await once(socket, "connect");
  await phases[phase](socket);
  random() < 0.5 ? socket.resetAndDestroy() : socket.destroy();
}

test("B15: clients that leave at any moment take nothing along, and leave nothing behind", { timeout: 900_000 }, async (t) => {
  const names = Object.keys(phases);
  let done = 0;
  /** So many leave, some at once, and what they have left is brought to its end. */
  const round = async (count) => {
    const end = done + count;
    const work = async () => {
      while (done < end) await leave(names[(done += 1) % names.length]);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    await until("the outbox is empty", async () => (await worker.api("GET", "/v1/messages?status=queued&limit=100")).json.items.every(isFinal), 120_000);
    return { pages: await pages(), memory: worker.memory() };
  };
  const rounds = [];
  for (let count = 0; count < 4; count += 1) rounds.push(await round(disconnects / 4));
  // What many leave at once is held at once: that is in the first half. In the second nothing is added to it.
  const [, half, , whole] = rounds;
  const grown = { pages: whole.pages - half.pages, memory: whole.memory - half.memory };
  const { status, json } = await worker.send({ to: { phone: phone() }, text: "After all this", via: "gowhatsapp" });
  assert.deepEqual([status, json.status], [200, "sent"]);
  assert.ok(grown.pages <= 3 + disconnects / 2_000, `${grown.pages} pages`);
  // Of those that came in whole each was sent, once.
  const reached = sandbox.messages().map(({ to }) => to[0]);
  const doubled = reached.length - new Set(reached).size;
  const hung = (await listed(worker)).filter((message) => !isFinal(message)).length;
  assertUnharmed(worker);
  promise(t, "B15", { hung, doubled }, `${figure(disconnects)} disconnects at ${names.length} moments: in the second half wasm +${grown.pages} pages of ${whole.pages}, memory +${(grown.memory / MIB).toFixed(1)} MiB`);
});

test("B15: a life with one fault in a hundred empties its outbox, and its memory does not grow", { timeout: (soak.seconds + 300) * 1_000 }, async (t) => {
  sandbox.aim(devWebhooks(worker.url));
  failing = 0.01;
  const samples = [];
  const accepted = [];
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  const slugs = Object.keys(config.connections);
  const send = async () => {
    while (seconds() < soak.seconds) {
      const via = slugs[accepted.length % slugs.length];
      const { status, text, json } = await worker.api("POST", "/v1/messages", { to: { phone: phone() }, text: "Hello", via, on_ambiguous: "hold" });
      assert.equal(status, 202, text);
      accepted.push(json.id);
      if (accepted.length % 10 === 0) await worker.api("GET", "/v1/events?limit=10");
      await delay(100);
    }
  };
  const watch = async () => {
    while (seconds() < soak.seconds) {
      await delay((soak.seconds * 1000) / 180);
      samples.push({ at: seconds(), pages: await pages(), memory: worker.memory() });
      if (isLong && samples.length % 6 === 0) console.log(`${Math.round(seconds())} s: ${accepted.length} accepted, ${samples.at(-1).pages} pages, ${(samples.at(-1).memory / MIB).toFixed(1)} MiB`);
    }
  };
  await Promise.all([watch(), send(), send(), send(), send()]);
  failing = 0;

  const open = await until("the outbox is empty", async () => {
    const statuses = await Promise.all(["queued", "sending", "scheduled"].map((status) => worker.api("GET", `/v1/messages?status=${status}&limit=100`)));
    const open = statuses.flatMap(({ json }) => json.items).filter((message) => !isFinal(message));
    return open.length === 0 && [open];
  }, 120_000);
  const kept = new Set((await listed(worker)).map(({ id }) => id));
  const lost = accepted.filter((id) => !kept.has(id)).length;
  const settled = samples.filter(({ at }) => at >= soak.warm);
  const pagesGrown = settled.at(-1).pages - settled[0].pages;
  const slope = ((floorOf(settled, 2) - floorOf(settled, 0)) / MIB / (soak.seconds - soak.warm)) * 1.5 * 600;
  // In seconds a slope says nothing.
  if (isLong) assert.ok(slope < 1, `${slope} MiB in ten minutes`);
  assert.ok(pagesGrown <= 1, `${pagesGrown} pages`);
  assertUnharmed(worker);
  promise(t, "B15", { lost, hung: open[0].length }, `${figure(accepted.length)} messages in ${soak.seconds} s, 1 % of the sends failed: wasm +${pagesGrown} pages after ${soak.warm} s${isLong ? `, memory ${slope.toFixed(2)} MiB in ten minutes` : ""}`);
});

/** The least memory in this third of the time: what is above it comes and goes with V8's garbage, for minutes. */
function floorOf(samples, third) {
  const [from, to] = [third, third + 1].map((end) => Math.floor((samples.length * end) / 3));
  return Math.min(...samples.slice(from, to).map(({ memory }) => memory));
}
