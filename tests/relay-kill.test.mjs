// `kill -9`, again and again, while webhooks come in and while they are brought on: each event is in the log once and in
// order, and each subscriber gets it, however badly it fares itself.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createRandom } from "./sandbox/random.mjs";
import { grouped, until } from "./support/delivery.mjs";
import { inboundAccounts as connections, logged, post, requestOf, subscribed, useSubscriber, webhooks } from "./support/relay.mjs";
import { figure, promise, scale, seed } from "./support/scale.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertUnharmed } from "./support/world.mjs";

// Chats of each connection, and webhooks of each chat.
const { chats: CHATS, length: LENGTH, kills: KILLS, minutes } = scale.B1.relay;
const PAUSE = 1_000; // ms between two of them at most
// Longer than it takes until the alarm finds that someone died: 2 s.
const ALARM = 5_000;
const AT_ONCE = 3; // events on their way

// What is told does not depend on when it is told: it is drawn by itself.
const [told, events] = [seed, seed + 1].map((from) => {
  const random = createRandom(from);
  const below = (limit) => Math.floor(random() * limit);
  return { random, below, pick: (list) => list[below(list.length)] };
});

/** What happens in one chat, in this order. */
function conversation(name, number) {
  const kinds = webhooks[name];
  const receipts = [["message.failed"], ["message.delivered", "message.read"]].map((list) => list.filter((kind) => kinds[kind])).filter((list) => list.length > 0);
  const isGroup = name !== "wachat" && told.random() < 0.4;
  const people = [0, 1].map((person) => `+62811${Object.keys(connections).indexOf(name)}${String(number * 2 + person).padStart(4, "0")}`);
  const chat = isGroup ? { group: name === "a1base" ? `group-thread-${number}` : `1203630252461${String(number).padStart(5, "0")}@g.us` } : { phone: people[0] };
  const list = [];
  const tell = (kind, id, from) => list.push(webhookOf(name, kind, { id, chat, from, text: `${id}: ${told.pick(["Hello", "Tiga & empat, 100% 😀", "a\nb"])}`, at: Date.UTC(2026, 0, 1, number) + list.length * 1000 }));
  while (list.length < LENGTH) {
    const id = `${name}-${number}-${list.length}`;
    if (receipts.length > 0 && told.random() < 0.25) {
      // Of a message to a group each member tells; only one gateway says who.
      const readers = isGroup && name === "gowhatsapp" ? people : [people[0]];
      for (const kind of told.pick(receipts)) for (const reader of readers) tell(kind, id, reader);
    } else {
      const isOurs = kinds["message.sent"] && told.random() < 0.2;
      tell(isOurs ? "message.sent" : "message.received", id, isGroup ? told.pick(people) : people[0]);
    }
  }
  return list.slice(0, LENGTH);
}

function webhookOf(name, kind, about) {
  const value = webhooks[name][kind](about);
  const request = (spelling) => requestOf(name, connections[name], value, spelling);
  const webhook = { mark: markOf(name, kind, value.data?.id ?? about.id, value.data?.sender), ...request(0) };
  // One of three comes twice: at the same time or later, and maybe in other bytes.
  if (told.random() < 1 / 3) webhook.again = { after: told.pick([0, 0, told.below(3_000)]), ...request(told.below(3)) };
  return webhook;
}

const markOf = (connection, type, id, reader = "") => [connection, type, id, reader].join(" ");
const markOfEvent = ({ connection, type, message, raw }) => markOf(connection, type, message?.id, raw.data?.sender);
const isOwn = ({ type }) => type.startsWith("subscriber.");
/** In which order events are kept. */
const threadOf = ({ connection, message }) => JSON.stringify([connection, message?.chat ?? message?.id]);

// The flaky one fails half of the time, in one of these ways.
const broken = (request) => request.socket.resetAndDestroy();
const failures = {
  "500": (response) => response.writeHead(500).end("no"),
  "404": (response) => response.writeHead(404).end(),
  redirect: (response) => response.writeHead(302, { location: `${healthy.url}-redirected` }).end(),
  reset: (_, request) => broken(request),
  "hung up": (response) => response.writeHead(200, { "content-length": 100 }).write("o", () => response.destroy()),
};
// A second in which nothing else comes either: some, for there are thousands.
const RESTS = 4;
const failed = {};
function flake(got, response, request) {
  onBrought();
  if (events.random() < 0.5) return response.writeHead(events.pick([200, 202, 204])).end();
  const isRest = (failed.rest ?? 0) < RESTS && events.random() < 0.02;
  const way = isRest ? "rest" : events.pick(Object.keys(failures));
  failed[way] = (failed[way] ?? 0) + 1;
  got.failed = way;
  if (isRest) return response.writeHead(503, { "retry-after": "1" }).end();
  failures[way](response, request);
}

let onBrought = () => {};
let onAsked = () => {};
const take = (_, response) => (onBrought(), response.end());
const healthy = await useSubscriber("healthy", { respond: take });
const flaky = await useSubscriber("flaky", { respond: flake });
const late = await useSubscriber("late", { respond: take, closed: true });
const subscribers = {
  healthy: subscribed(healthy),
  flaky: subscribed(flaky, { retries: Array(29).fill(1) }),
  // Soon over, and then it is paused.
  late: subscribed(late, { retries: [1] }),
};
const worker = await useWorkerd({ config: { connections, subscribers } });
let up = Promise.resolve();

const count = { asked: 0, unanswered: 0 };
const refused = [];
/** Asks until it is answered, as a gateway does. */
async function tell(webhook) {
  for (;;) {
    await up;
    count.asked += 1;
    const answering = post(worker, webhook).catch(() => undefined);
    onAsked();
    const answer = await answering;
    if (answer) return answer.status === 200 && answer.text === "[]" ? undefined : refused.push(`${answer.status} ${answer.text} ${webhook.body}`);
    count.unanswered += 1;
  }
}

const repeats = [];
async function talk(chat) {
  for (const webhook of chat) {
    await delay(events.below(PAUSE));
    const { again } = webhook;
    if (again) repeats.push(delay(again.after, again).then(tell));
    await tell(webhook);
  }
}

let kills = 0;
const caught = { loaded: 0, quiet: 0, replayed: 0 };
const moments = {
  any: () => delay(events.below(50)),
  /** A webhook is on its way in, or just in. */
  asked: async () => {
    await new Promise((resolve) => (onAsked = resolve));
    await delay(events.below(6));
  },
  /** A subscriber has got an event, after some others, and its answer has not been written. */
  brought: (phase) =>
    new Promise((resolve) => {
      let left = 1 + events.below(phase === "loaded" ? 5 : 100);
      onBrought = () => {
        left -= 1;
        if (left > 0) return;
        onBrought = () => {};
        // At once, and not when the promise is seen.
        void worker.crash();
        caught[phase] += 1;
        resolve();
      };
    }),
};

/** Lets the Worker live until one of these moments, kills it, and brings it back. */
async function liveAndDie(phase, within, ...ways) {
  await Promise.race([moments[events.pick(ways)](phase), delay(within)]);
  onAsked = onBrought = () => {};
  up = worker.restart();
  await up;
  kills += 1;
}

/** All subscribers as the API tells them, once nothing waits for these: who was killed before it heard the answer brings it again. */
const settled = (...names) =>
  until(`nothing waits for ${names}`, async () => {
    const { json: { items } } = await worker.api("GET", "/v1/subscribers");
    return items.every(({ name, pending }) => pending === 0 || !names.includes(name)) && items;
  }, 60_000);

/** Whether it has said yes to each event. */
const hasAll = ({ received }, log) => {
  const left = new Set(log.map(({ id }) => id));
  for (const { id, failed } of received) if (!failed) left.delete(id);
  return left.size === 0;
};

test("B1: each event is kept once and in order, and brought to everybody, however often the Worker is killed", { timeout: minutes * 60_000 }, async (t) => {
  console.log(`seed ${seed}: CHASKI_SEED=${seed} makes the same webhooks`);
  const since = new Date().toISOString();
  const started = performance.now();
  const took = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const chats = Object.keys(connections).flatMap((name) => Array.from({ length: CHATS }, (_, number) => conversation(name, number)));
  const all = chats.flat();

  const talking = Promise.all(chats.map(talk)).then(() => Promise.all(repeats));
  for (let life = 0; life < KILLS.loaded; life += 1) {
    await delay(50 + events.below(450));
    await liveAndDie("loaded", 300, "any", "asked", "brought");
  }
  await talking;
  const toldAfter = took();

  // From here on nobody asks for anything: what is brought, the Worker's own alarm brings, a moment after each death.
  for (let life = 0; life < KILLS.quiet; life += 1) await liveAndDie("quiet", ALARM, "brought");
  const before = await logged(worker);
  const getsAll = (subscriber, log) => subscriber.until(`${subscriber.name} has all`, () => hasAll(subscriber, log), 120_000);
  for (const subscriber of [healthy, flaky]) await getsAll(subscriber, before);
  const lines = await settled("healthy", "flaky");
  const broughtAfter = took();

  // All that the late one has missed, by one call.
  await late.open();
  const replay = await worker.api("POST", "/v1/subscribers/late/replay", { since });
  for (let life = 0; life < KILLS.replayed; life += 1) await liveAndDie("replayed", ALARM, "brought");
  const log = await logged(worker);
  for (const subscriber of [late, healthy, flaky]) await getsAll(subscriber, log);
  const end = await settled("healthy", "flaky", "late");

  const marks = grouped(log.filter((event) => !isOwn(event)), markOfEvent);
  const everyone = [healthy, flaky, late];
  const more = ({ received }) => received.length - log.length;
  const overtaken = overtakenOf(healthy, log);
  console.log(
    [
      `${kills} kills, ${Object.values(caught).reduce((sum, each) => sum + each)} of them between a subscriber's request and its answer; ${all.length} webhooks and ${repeats.length} duplicates in ${count.asked} requests, ${count.unanswered} of them never answered`,
      `${marks.size} events in the log, ${log.length - marks.size} of the Worker's own`,
      `told after ${toldAfter}, brought after ${broughtAfter}, replayed after ${took()}`,
      `healthy: ${healthy.received.length} requests, ${more(healthy)} of them again, ${overtaken} overtaken`,
      `flaky: ${flaky.received.length} requests, failed ${JSON.stringify(failed)}`,
      `late: ${late.received.length} requests after one replay, ${more(late)} of them again`,
    ].join("; "),
  );

  assert.ok(kills >= 20 && all.length >= 2_000 && repeats.length >= all.length / 4 && Object.keys(failed).length === 6 && caught.replayed > 1, "the test does what it says");
  assert.deepEqual(refused, []);
  assert.deepEqual(all.filter(({ mark }) => !marks.has(mark)).map(({ mark }) => mark), [], "lost");
  assert.deepEqual([...marks].filter(([, { length }]) => length > 1).map(([mark]) => mark), [], "twice in the log");
  assert.deepEqual([marks.size, new Set(log.map(({ id }) => id)).size], [all.length, log.length], "told by nobody, or with the id of another");
  const places = new Map([...marks.keys()].map((mark, place) => [mark, place]));
  for (const chat of chats) {
    const wanted = chat.map(({ mark }) => mark);
    assert.deepEqual([...wanted].sort((a, b) => places.get(a) - places.get(b)), wanted, "the order of a chat");
  }

  const texts = new Map(log.map((event) => [event.id, JSON.stringify(event)]));
  for (const { name, received } of everyone) {
    assert.deepEqual(received.filter(({ error }) => error).map(({ error }) => error), [], `${name}: signatures`);
    assert.deepEqual(received.filter(({ id, event }) => JSON.stringify(event) !== texts.get(id)).map(({ id }) => id), [], `${name}: an id is that of one event, and the event that of the log`);
    assert.deepEqual(received.filter(({ path }) => path !== "/hook").map(({ path }) => path), [], `${name}: no redirect is followed`);
  }
  // Who says yes gets an event once; but for those that were on their way when the Worker was killed.
  assert.ok(more(healthy) <= kills * AT_ONCE, `healthy: ${more(healthy)} again`);
  assert.ok(more(late) > 0, "whoever died before it heard the answer brings it again");
  assert.ok(more(late) <= KILLS.replayed * AT_ONCE, `late: ${more(late)} again`);
  assert.equal(overtaken, 0, "healthy: in the order of the chats, whoever was killed");

  const stateOf = (name) => lines.find((line) => line.name === name);
  assert.deepEqual([stateOf("healthy").state, stateOf("healthy").failed, stateOf("flaky").failed], ["up", 0, 0]);
  assert.equal(stateOf("late").state, "paused");
  // Those that were on their way together when it was found to be down; it was not tried with all.
  assert.ok(stateOf("late").failed >= 1 && stateOf("late").failed <= AT_ONCE, `${stateOf("late").failed}`);
  assert.deepEqual(end.map(({ state, failed }) => [state, failed]), Array(3).fill(["up", 0]));
  assert.deepEqual([replay.status, replay.json], [202, { deliveries: log.length }]);
  assert.deepEqual(log.filter(isOwn).map(({ type, subscriber }) => [type, subscriber]), [["subscriber.down", "late"], ["subscriber.up", "late"]]);
  const lost = all.filter(({ mark }) => !marks.has(mark)).length + everyone.filter((subscriber) => !hasAll(subscriber, log)).length;
  const doubled = [...marks.values()].filter(({ length }) => length > 1).length;
  const forged = everyone.flatMap(({ received }) => received.filter(({ error }) => error)).length;
  promise(t, "B1", { lost, doubled, forged }, `${figure(all.length)} webhooks acked`, `${kills} kills`, `${figure(everyone.reduce((sum, { received }) => sum + received.length, 0))} deliveries to 3 subscribers, ${more(healthy)} of them again to who had said yes`);
  assertUnharmed(worker);
});

/** How many events came for the first time when a later one of their thread had come already. */
function overtakenOf({ received }, log) {
  const place = new Map(log.map(({ id }, at) => [id, at]));
  const newest = new Map();
  const seen = new Set();
  let count = 0;
  for (const { id, event } of received) {
    if (seen.has(id)) continue;
    seen.add(id);
    const thread = threadOf(event);
    if (place.get(id) < newest.get(thread)) count += 1;
    else newest.set(thread, place.get(id));
  }
  return count;
}
