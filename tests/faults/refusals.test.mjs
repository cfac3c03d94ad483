// Each status that a provider or a subscriber can answer, and each form of Retry-After: one documented outcome, and the wait
// that was asked for, within bounds.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPhones, until } from "../support/delivery.mjs";
import { useRaw } from "../support/raw.mjs";
import { inboundAccounts, post, requestOf, webhooks } from "../support/relay.mjs";
import { promise, some } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

const DAY = 86_400;
/** A time by the other side's clock, which stands still. */
const httpDate = (seconds) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toUTCString();
// Each form of Retry-After, and the seconds that it stands for; null where it says nothing.
const waits = {
  "none": [undefined, null],
  "7": ["7", 7],
  "0": ["0", 1],
  "spaces": ["  7  ", 7],
  "a day": [`${DAY}`, DAY],
  "more than a day": ["86401", DAY],
  "10^12": ["1000000000000", DAY],
  "10^25": [`1${"0".repeat(25)}`, DAY],
  "negative": ["-5", null],
  "a sign": ["+5", null],
  "a fraction": ["1.5", null],
  "an exponent": ["1e3", null],
  "hexadecimal": ["0x10", null],
  "garbage": ["soon", null],
  "two": ["7, 8", null],
  "a unit": ["7s", null],
  "a date": [httpDate(120), 120],
  "a date that is over": [httpDate(-3_600), 1],
  "a date far ahead": ["Fri, 31 Dec 9999 23:59:59 GMT", DAY],
  "a date that is none": ["Mon, 31 Feb 2026 99:99:99 GMT", null],
  "a date of another sort": ["2030-01-01T00:00:00Z", null],
};
// What each status must come to, for a message.
const outcomes = {
  301: ["ambiguous", "unknown"], 302: ["ambiguous", "unknown"], 307: ["ambiguous", "unknown"], 308: ["ambiguous", "unknown"],
  400: ["rejected", "failed"], 401: ["rejected", "failed"], 403: ["rejected", "failed"], 404: ["rejected", "failed"], 410: ["rejected", "failed"], 422: ["rejected", "failed"],
  429: ["rejected", "queued"],
  500: ["ambiguous", "unknown"], 502: ["ambiguous", "unknown"], 503: ["ambiguous", "unknown"], 504: ["ambiguous", "unknown"],
};
const all = Object.keys(outcomes).flatMap((status) => Object.keys(waits).map((wait) => ({ name: `s${status}-${wait.replaceAll(/\W/g, "-")}`, status: Number(status), wait })));
// Of the statuses that time may heal always all.
const cases = [...all.filter(({ status }) => status === 429), ...some(all.filter(({ status }) => status !== 429))];
const answer = ({ status, wait }) => (socket) => {
  const [value] = waits[wait];
  const headers = ["Content-Type: application/json", "Content-Length: 16", `Date: ${httpDate(0)}`, ...(value === undefined ? [] : [`Retry-After: ${value}`]), ...(status < 400 ? ["Location: http://127.0.0.1:1/elsewhere"] : [])];
  socket.write(`HTTP/1.1 ${status} X\r\n${headers.join("\r\n")}\r\n\r\n{"message":"No"}`);
};
const raw = await useRaw(Object.fromEntries(cases.map((each) => [each.name, answer(each)])));
const connections = Object.fromEntries(cases.map(({ name }) => [name, { provider: "whatspie", base_url: `${raw.url}/${name}`, token: "test-token" }]));
const phone = createPhones("98");

test("B3: each status and each Retry-After of a provider is one outcome of a message", async (t) => {
  const worker = await useWorkerd({ config: { connections } });
  const wrong = [];
  const waiting = [...cases];
  const work = async () => {
    for (let each; (each = waiting.pop()); ) {
      const { name, status, wait } = each;
      const { json } = await worker.send({ to: { phone: phone() }, text: "Hello", via: name });
      const { outcome, error, http_status } = json.attempts[0];
      const got = [outcome, json.status, http_status];
      const [, wanted] = waits[wait];
      const asked = error.retry_after ?? null;
      if (got.join() !== [...outcomes[status], status].join() || asked !== wanted || json.attempts.length !== 1) wrong.push([name, ...got, error.retry_after, error.kind]);
      if (json.status === "queued") await worker.api("DELETE", `/v1/messages/${json.id}`);
    }
  };
  await Promise.all(Array.from({ length: 16 }, work));
  assert.deepEqual(wrong, []);
  assertUnharmed(worker);
  const doubled = cases.filter(({ name }) => raw.seen(name).length !== 1).length;
  promise(t, "B3", { doubled }, `${cases.length} answers of a provider, each with one outcome`);
});

test("B3: each status and each Retry-After of a subscriber is a wait that it asked for, or that of its schedule", async (t) => {
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const WAIT = 1_000;
  const subscribers = Object.fromEntries(cases.map(({ name }) => [name, { url: `${raw.url}/${name}`, secret, retries: [WAIT] }]));
  const worker = await useWorkerd({ config: { connections: { told: inboundAccounts.whatspie }, subscribers } });
  // That others are paused is told as well.
  const seen = (name) => raw.seen(name).filter(({ body }) => body.includes('"type":"message.received"')).length;
  const value = webhooks.whatspie["message.received"]({ id: "id-1", chat: { phone: "+6285156055377" }, from: "+6285156055377", text: "Hello", at: Date.UTC(2026, 0, 1) });
  assert.equal((await post(worker, requestOf("told", inboundAccounts.whatspie, value))).status, 200);
  await until("all have been told", () => cases.every(({ name }) => seen(name) > 0), 60_000);
  const wrong = [];
  for (const { name, status, wait } of cases) {
    const delivery = await until(`${name} is known`, async () => {
      const { json: { items } } = await worker.api("GET", `/v1/subscribers/${name}/deliveries`);
      return items.find(({ type, attempts }) => type === "message.received" && attempts[0]?.http_status);
    });
    const seconds = delivery.next_at && (Date.parse(delivery.next_at) - Date.parse(delivery.attempts[0].at)) / 1000;
    const [, asked] = waits[wait];
    // The schedule's own wait is spread by a fifth; what is asked for is the least.
    const isScheduled = seconds >= Math.max(WAIT * 0.8, asked ?? 0) - 5 && seconds <= Math.max(WAIT * 1.2, (asked ?? 0) * 1.2) + 5;
    if (status === 410 ? (await stateOf(worker, name)) !== "paused" : !isScheduled) wrong.push([name, delivery.status, seconds, asked]);
  }
  assert.deepEqual(wrong, []);
  assertUnharmed(worker);
  const doubled = cases.filter(({ name }) => seen(name) !== 1).length;
  promise(t, "B3", { doubled }, `${cases.length} answers of a subscriber: 410 pauses, all others are waited for`);
});

async function stateOf(worker, name) {
  const { json: { items } } = await worker.api("GET", "/v1/subscribers");
  return items.find((each) => each.name === name).state;
}
