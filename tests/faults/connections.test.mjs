// A connection that fails at each moment at which one can: nothing hangs, nothing is sent twice, and what may be out is unknown.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPhones, outcomes, until } from "../support/delivery.mjs";
import { dripping, useRaw, whole } from "../support/raw.mjs";
import { figure, promise } from "../support/scale.mjs";
import { inboundAccounts, post, requestOf, webhooks } from "../support/relay.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed, closedOrigin } from "../support/world.mjs";

/** How long the Worker waits for a provider, and how much later it may know. */
const PATIENCE = 25_000;
const SLACK = 1_000;

const reset = (socket) => socket.resetAndDestroy();
const after = (text, then) => (socket) => socket.write(text, () => then(socket));
const close = (socket) => socket.end();
const begun = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";

// What ends at once.
const broken = {
  "reset-before-headers": reset,
  "reset-after-headers": after(begun, reset),
  "reset-amid-body": after(`${begun}{"status":200,`, reset),
  "closed-without-a-word": close,
  "closed-amid-headers": after("HTTP/1.1 200 OK\r\nContent-", close),
  "closed-amid-body": after(`${begun}{"status":200,`, close),
  "closed-amid-a-chunk": after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{", close),
  "no-http": after("220 mail.example ESMTP\r\n", () => {}),
  "a-status-that-is-none": after("HTTP/1.1 999999 No\r\n\r\n", close),
  "two-lengths": after("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 9\r\n\r\n{}", close),
  "a-length-that-is-none": after("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", close),
  "a-chunk-of-2^64": after("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}", close),
  "headers-of-megabytes": (socket) => socket.write(`HTTP/1.1 200 OK\r\n${`X-Filler: ${"x".repeat(8_000)}\r\n`.repeat(500)}\r\n`),
};
// What would go on for ever.
const endless = {
  "never-an-answer": () => {},
  "nothing-after-the-headers": (socket) => socket.write(begun),
  "headers-at-1-B/s": dripping("HTTP/1.1 200 OK\r\nX-Filler: "),
  "body-at-1-B/s": dripping(begun),
  "early-hints-for-ever": dripping("HTTP/1.1 103 Early Hints\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"),
};
const troubles = { ...broken, ...endless };
const nameOf = (trouble) => trouble.replaceAll(/[^a-z0-9-]/gi, "-");
const isEndless = (name) => Object.keys(endless).map(nameOf).includes(name);
const answers = Object.fromEntries(Object.entries(troubles).map(([trouble, answer]) => [nameOf(trouble), answer]));
const raw = await useRaw({ ...answers, fine: whole('{"status":200,"data":{"id":7}}') });

const account = (base_url) => ({ provider: "whatspie", base_url, token: "test-token" });
const names = ["refused", ...Object.keys(answers)];
const connections = Object.fromEntries(names.map((name) => [name, account(name === "refused" ? closedOrigin : `${raw.url}/${name}`)]));
connections.fine = account(`${raw.url}/fine`);
connections.told = inboundAccounts.whatspie;
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const subscribers = Object.fromEntries(Object.keys(broken).map((trouble) => [nameOf(trouble), { url: `${raw.url}/${nameOf(trouble)}`, secret, retries: [3_600] }]));
const worker = await useWorkerd({ config: { connections } });
// Its own: what waits here for subscribers has no part in the times there.
const relay = await useWorkerd({ config: { connections, subscribers } });
const phone = createPhones("92");

test("B4: however a provider's connection fails, the message's fate is known within the deadline, and it is sent once", { timeout: 120_000 }, async (t) => {
  const sent = await Promise.all(names.map((via) => worker.send({ to: { phone: phone() }, text: "Hello", via })));
  const lasted = sent.map(({ json }) => Date.parse(json.updated_at) - Date.parse(json.attempts[0]?.at ?? json.created_at));
  const wrong = names.filter((_, at) => sent[at].status !== 200 || outcomes(sent[at].json).join() !== `${names[at]} ambiguous` || sent[at].json.status !== "unknown");
  assert.deepEqual(wrong.map((name) => [name, sent[names.indexOf(name)].text]), []);
  const late = names.filter((_, at) => !(lasted[at] <= PATIENCE + SLACK));
  const doubled = names.filter((name) => raw.seen(name).length > 1);
  assert.deepEqual([late, doubled], [[], []]);
  const { json } = await worker.send({ to: { phone: phone() }, text: "Hello", via: "fine" });
  assert.equal(json.attempts[0].outcome, "accepted");
  const quick = lasted.filter((_, at) => !isEndless(names[at]));
  promise(t, "B4", { hung: late.length, doubled: doubled.length }, `${names.length} ways to fail · p100 ${figure(Math.max(...lasted))} ms of ${figure(PATIENCE + SLACK)}`, `at once ${figure(Math.max(...quick))} ms`);
});

test("B4: a read of a provider whose connection fails is answered", { timeout: 120_000 }, async (t) => {
  const answered = await Promise.all(names.filter((name) => !isEndless(name)).flatMap((name) => ["health", "groups"].map(async (what) => ({ name, what, ...(await worker.api("GET", `/v1/connections/${name}/${what}`)) }))));
  for (const { name, what, status, headers, json, text } of answered) {
    if (what === "health") assert.deepEqual([status, json?.status], [200, "down"], `${name}: ${text}`);
    else assert.deepEqual([[502, 503].includes(status), headers["content-type"]], [true, "application/problem+json"], `${name}: ${status} ${text}`);
  }
  promise(t, "B4", {}, `${answered.length} reads answered`);
});

test("B4: a subscriber whose connection fails has the event once, and gets it again in its time", async (t) => {
  const value = webhooks.whatspie["message.received"]({ id: "id-1", chat: { phone: "+6285156055377" }, from: "+6285156055377", text: "Hello", at: Date.UTC(2026, 0, 1) });
  assert.equal((await post(relay, requestOf("told", inboundAccounts.whatspie, value))).status, 200);
  const told = await Promise.all(Object.keys(subscribers).map((name) => until(`${name} has been tried`, async () => {
    const { json: { items: [delivery] } } = await relay.api("GET", `/v1/subscribers/${name}/deliveries`);
    return delivery?.attempts[0]?.error && { name, delivery };
  })));
  const webhooksOf = (name) => raw.seen(name).filter(({ head }) => /^webhook-id:/im.test(head)).length;
  const lost = told.filter(({ delivery }) => delivery.status !== "pending" || delivery.next_at === null);
  const doubled = told.filter(({ name, delivery }) => webhooksOf(name) !== 1 || delivery.attempts.length !== 1);
  promise(t, "B4", { lost: lost.length, doubled: doubled.length }, `${told.length} subscribers that fail are waited for`);
});

test("B4: none of this is a fault of the Worker", () => [worker, relay].forEach(assertUnharmed));
