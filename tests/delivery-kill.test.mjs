// `kill -9`, again and again, while messages come in and while nobody asks for anything: no message is lost, and none is
// sent twice unless it asked for that.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { devConfig } from "../src/tools/dev-config.mjs";
import { createRandom } from "./sandbox/random.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, digits, grouped, isFinal, listed, until } from "./support/delivery.mjs";
import { figure, promise, scale, seed } from "./support/scale.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertUnharmed } from "./support/world.mjs";

const { kills: KILLS, messages: MESSAGES, minutes } = scale.B1.send;
const FAILING = 0.2;
// Who asks without a key asks once, and may die with the Worker before there is an answer: so many messages more are asked for.
const UNANSWERED = 0.15;
// Of those that are not failed, so many come late.
const SLOW = 0.05;
// Longer than it may take to find that someone died (2 s), and the rest after a first refusal (2.4 s): when nothing was sent
// for so long, nothing waits any more.
const QUIET = 6_000;

// What is asked does not depend on when it is asked: messages are drawn by themselves.
const [messages, events] = [seed, seed + 1].map((from) => {
  const random = createRandom(from);
  const below = (limit) => Math.floor(random() * limit);
  return { random, below, pick: (list) => list[below(list.length)] };
});
const phone = createPhones("81");

// What a provider does to one of five sends.
const faults = [
  { scenario: "offline" },
  { fault: { status: 429, headers: { "retry-after": "1" }, body: { message: "Slow down" } } },
  { scenario: "unauthorized" },
  { scenario: "not_found" },
  { scenario: "quota" },
  { fault: { status: 503, body: { message: "Busy" } } },
  { fault: { status: 502, taken: true } },
  { fault: { html: 502 } },
  { fault: { reset: "before" } },
  { fault: { reset: "after" } },
  { fault: { truncate: true } },
  { fault: { slow: 50 } },
  { fault: { slow: 400 } },
  { fault: { drip: { bytes: 32, ms: 10 } } },
  { fault: { empty: 200 } },
];
const isHealedByTime = ({ scenario, fault }) => scenario === "offline" || fault?.status === 429;
const has = { offline: ["whatspie", "gowhatsapp"], quota: ["whatspie"] };
const fits = ({ scenario }, provider) => (has[scenario] ?? [provider]).includes(provider);

/** The message that a provider was sent: which one of ours, and to whom. */
const markOf = (text, to) => `${text} ${to}`;
const markOfRecord = ({ text, kind, to }) => markOf(text, kind === "group" ? "group" : digits(to[0]));
const markOfMessage = ({ metadata, to }) => markOf(metadata.text, to.phone ? digits(to.phone) : "group");

let sends = 0;
let failures = 0;
const delayed = new Set();
function choose({ provider, method, to, text }) {
  if (method !== "POST") return;
  sends += 1;
  const isFailed = events.random() < FAILING;
  if (!isFailed) return events.random() < SLOW ? { fault: { slow: 100 + events.below(900) } } : undefined;
  const fault = events.pick(faults.filter((each) => fits(each, provider)));
  const mark = markOf(text, to[0]);
  // One rest for each message: after a second one it would wait for ten seconds more.
  if (delayed.has(mark) && (isHealedByTime(fault) || text.includes("again"))) return;
  delayed.add(mark);
  failures += 1;
  return fault;
}

let sentLast = Date.now();
let onSend = () => {};
let onTaken = () => {};
const sandbox = await startSandbox({
  choose,
  onMessage: (record) => onTaken(record),
  onRequest({ method }) {
    if (method !== "POST") return;
    sentLast = Date.now();
    onSend();
  },
});
after(sandbox.stop);

// Many groups, since each of them waits for its own; Whatspie's stand-in knows but two.
const { connections, groups } = devConfig(sandbox.url);
const teams = Array.from({ length: 12 }, (_, team) => `team-${team}`);
const { whatspie: _, ...one } = groups["ops-team"];
for (const team of teams) {
  groups[team] = { ...one, gowhatsapp: `1203630252461${team.slice(5).padStart(5, "0")}@g.us`, wachat: team, a1base: `group-thread-${team}`, whatsspot: team };
}
const slugs = Object.keys(connections);
const config = { connections, routes: { default: slugs, pair: ["a1base", "gowhatsapp"] }, groups };
const worker = await useWorkerd({ config });
let up = Promise.resolve();

let last = 0;
/** One request: a message to a person or a group, or a batch; to be sent `after` so many ms from when it is first asked. */
function plan({ size, after }) {
  const { random, below, pick } = messages;
  const shuffled = (list) => {
    const left = [...list];
    return list.map(() => left.splice(below(left.length), 1)[0]);
  };
  const isResent = random() < 0.1;
  const text = `${isResent ? "again" : "once"}-${(last += 1)}`;
  const isGroup = size === 1 && random() < 0.15;
  const isWhatspie = random() < 0.2;
  const one = () => (isGroup ? { group: isWhatspie ? "ops-team" : pick(teams) } : { phone: phone() });
  const to = size === 1 ? one() : Array.from({ length: size }, one);
  // What may be sent again goes on to the next connection, rather than wait for the first.
  const all = isGroup && !isWhatspie ? slugs.slice(1) : slugs;
  const via = isResent || isGroup ? shuffled(all) : pick([pick(slugs), pick(slugs), shuffled(slugs).slice(0, 2), shuffled(slugs).slice(0, 3), "pair", undefined]);
  return {
    text,
    after,
    message: { to, text, via, metadata: { text }, ...(isResent && { on_ambiguous: "resend" }) },
    marks: [to].flat().map(({ phone }) => markOf(text, phone ? digits(phone) : "group")),
    headers: { ...(random() < 0.9 && { "idempotency-key": `key-${text}` }), ...(size === 1 && random() < 0.2 && { prefer: "wait=1" }) },
  };
}

let replayed = 0;
let onAsked = () => {};
/** Asks until it is answered; without a key, just once. */
async function submit(job) {
  const send_at = job.after && new Date(Date.now() + job.after).toISOString();
  job.body = JSON.stringify({ ...job.message, send_at });
  for (;;) {
    await up;
    const answering = worker.api("POST", "/v1/messages", job.body, job.headers).catch(() => undefined);
    onAsked();
    const answer = await answering;
    if (answer?.status === 409) {
      await delay(50);
      continue;
    }
    if (answer === undefined && job.headers["idempotency-key"]) continue;
    job.answer = answer;
    if (answer?.headers["idempotent-replayed"]) replayed += 1;
    return job;
  }
}

let kills = 0;
const caught = [];
const moments = {
  any: () => delay(events.below(50)),
  /** A provider has taken a message, and its answer has not been written. */
  taken: () =>
    new Promise((resolve) => {
      onTaken = (record) => {
        onTaken = () => {};
        // At once, and not when the promise is seen.
        void worker.crash();
        caught.push(markOfRecord(record));
        resolve();
      };
    }),
  /** A request is on its way in, or just in. */
  asked: async () => {
    await new Promise((resolve) => (onAsked = resolve));
    await delay(events.below(6));
  },
};

/** Lets the Worker live for a while, kills it at one of these moments, and brings it back. */
async function liveAndDie(least, most, ...ways) {
  await delay(least + events.below(most - least));
  await Promise.race([moments[events.pick(ways)](), delay(300)]);
  onTaken = onAsked = () => {};
  up = worker.restart();
  await up;
  kills += 1;
}

/** Milliseconds from each start to the first send that nobody had to ask for. */
const firsts = [];
function watchFirst() {
  const started = performance.now();
  onSend = () => {
    firsts.push(performance.now() - started);
    onSend = () => {};
  };
}

test("B1: no message is lost and none is sent twice, however often the Worker is killed", { timeout: minutes * 60_000 }, async (t) => {
  console.log(`seed ${seed}: CHASKI_SEED=${seed} makes the same messages`);
  const jobs = [];
  for (let count = 0; count < MESSAGES / (1 - UNANSWERED); ) {
    const size = messages.random() < 0.28 ? 10 + messages.below(31) : 1;
    jobs.push(plan({ size }));
    count += size;
  }

  // Messages come in, and each life of the Worker sees its share of them.
  const submitted = [];
  for (let life = 0; life < KILLS.loaded; life += 1) {
    const share = jobs.slice(Math.floor((life * jobs.length) / KILLS.loaded), Math.floor(((life + 1) * jobs.length) / KILLS.loaded));
    submitted.push(...share.map((job) => delay(events.below(250), job).then(submit)));
    await liveAndDie(50, 350, "any", "taken", "asked");
  }
  const later = Array.from({ length: 10 }, (_, part) => plan({ size: 40, after: 500 + part * 450 }));
  jobs.push(...later);
  await Promise.all([...submitted, ...later.map(submit)]);

  // From here on nobody asks for anything: what is sent, the Worker's own alarm sends.
  for (let life = 0; life < KILLS.quiet; life += 1) {
    await liveAndDie(100, 500, "any", "taken");
    watchFirst();
  }
  await delay(QUIET);
  await until("no more is sent", () => Date.now() - sentLast > QUIET, minutes * 30_000);

  const refused = jobs.filter(({ answer }) => answer && answer.status !== 200 && answer.status !== 202);
  assert.deepEqual(refused.map(({ body, answer }) => `${answer.status} ${answer.text} ${body}`), []);

  const all = await listed(worker);
  const byId = new Map(all.map((message) => [message.id, message]));
  const byMark = grouped(all, markOfMessage);
  const reached = grouped(sandbox.messages(), markOfRecord);
  const times = (mark) => reached.get(mark)?.length ?? 0;
  const accepted = jobs.flatMap(({ answer }) => answer?.json.items ?? answer?.json ?? []);
  const count = (group) => Object.fromEntries([...grouped(all, group)].map(([key, { length }]) => [key, length]).sort());
  const isOnce = (mark) => mark.startsWith("once");
  const twice = [...reached].filter(([, { length }]) => length > 1).map(([mark]) => mark);
  const unanswered = jobs.filter(({ answer }) => !answer);
  console.log(
    [
      `${kills} kills, ${caught.length} of them between a provider's yes and its answer`,
      `${accepted.length} messages accepted, ${replayed} requests replayed, ${unanswered.length} never answered`,
      `${sends} sends, ${failures} of them failed by the sandbox`,
      `status ${JSON.stringify(count(({ status }) => status))}`,
      `${reached.size} reached a provider; more than once ${twice.length}, of which ${twice.filter(isOnce).length} had not asked for it`,
    ].join("; "),
  );
  const bad = (list, wrong) => list.filter(wrong).map((message) => ({ mark: markOfMessage(message), status: message.status, times: times(markOfMessage(message)), attempts: message.attempts.map(({ at, outcome, error }) => `${at} ${outcome} ${error?.kind ?? ""}`) }));
  const took = (message) => message.attempts.some(({ outcome }) => outcome === "accepted");

  // The test does what it says.
  assert.ok(kills >= KILLS.loaded + KILLS.quiet, `${kills} kills`);
  assert.ok(accepted.length >= MESSAGES, `${accepted.length} messages accepted`);
  assert.ok(failures > sends * FAILING * 0.5, `${failures} of ${sends} sends failed`);
  assert.deepEqual(accepted.filter(({ id }) => !byId.has(id)), [], "lost");
  assert.deepEqual(bad(all, (message) => !isFinal(message)), [], "not at an end");
  assert.deepEqual(twice.filter(isOnce), [], "sent twice");
  assert.deepEqual([...reached.keys()].filter((mark) => !byMark.has(mark)), [], "sent, and known to nobody");
  assert.deepEqual(bad(all, (message) => message.status === "failed" && times(markOfMessage(message)) > 0), [], "failed, and sent");
  assert.deepEqual(bad(all, (message) => took(message) && isOnce(markOfMessage(message)) && times(markOfMessage(message)) !== 1), [], "taken, and not sent once");
  assert.deepEqual(bad(all, (message) => took(message) && times(markOfMessage(message)) === 0), [], "taken, and never sent");
  assert.deepEqual(bad(all, (message) => !took(message) && !["failed", "unknown"].includes(message.status)), [], "taken by nobody, and said to be");

  // Whatever was answered, or asked for again with its key, is there exactly once; what else was asked, all of it or none.
  for (const job of jobs) {
    const found = job.marks.map((mark) => byMark.get(mark)?.length ?? 0);
    const allowed = job.answer ? [1] : [0, 1];
    assert.ok(new Set(found).size === 1 && allowed.includes(found[0]), `${job.text}: ${found}`);
  }
  // Who died before the answer came cannot know it.
  for (const mark of caught.filter(isOnce)) {
    const [message] = byMark.get(mark);
    assert.deepEqual([message.status, message.attempts.at(-1).outcome, message.attempts.at(-1).error.kind], ["unknown", "ambiguous", "lost"], mark);
  }

  const lost = accepted.filter(({ id }) => !byId.has(id)).length + all.filter((message) => took(message) && times(markOfMessage(message)) === 0).length;
  const hung = all.filter((message) => !isFinal(message)).length;
  const first = firsts.toSorted((a, b) => a - b)[firsts.length >> 1] / 1000;
  promise(t, "B1", { lost, doubled: twice.filter(isOnce).length, hung }, `${figure(accepted.length)} messages acked`, `${kills} kills`, `first send ${first.toFixed(1)} s after a start that nobody asked anything (median of ${firsts.length})`);

  const { json } = await worker.send({ to: { phone: phone() }, text: "after all this", via: slugs, on_ambiguous: "resend" });
  assert.ok(json.attempts.length > 0);
  assertUnharmed(worker);
});
