// The life of an event through HTTP: streamed, waited for, read page by page, brought to subscribers, and heeded.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { devConfig, devKey } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, digits, reaches, read, until } from "./support/delivery.mjs";
import { createSecret, inboundAccounts, logged, post, requestOf, subscribed, useSubscriber, webhooks } from "./support/relay.mjs";
import { openStream } from "./support/stream.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertSecret, assertUnharmed } from "./support/world.mjs";

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (message) => onMessage(message) });
after(sandbox.stop);

// Each test hears from connections of its own.
const { inbound_key } = inboundAccounts.whatspie;
const names = ["stream", "lines", "burst", "ending", "leaving", "poll", "pages", "filters", "filters-2", "gone", "busy", "rotating", "told", "hanging"];
const { connections, groups } = devConfig(sandbox.url);
connections.whatspie.inbound_key = inbound_key;
connections.whatsspot.webhook_secret = inboundAccounts.whatsspot.webhook_secret;
connections.last = connections.whatspie;
for (const name of names) connections[name] = inboundAccounts.whatspie;

const oldSecret = createSecret("the one before");
const subscriber = {};
for (const name of ["gone", "busy", "rotating", "told", "hanging", "beside"]) subscriber[name] = await useSubscriber(name);
const of = (name, more) => subscribed(subscriber[name], { connections: [name], ...more });
const config = {
  connections,
  groups,
  subscribers: {
    gone: of("gone", { events: ["message.*"] }),
    busy: of("busy", { retries: [1, 1] }),
    rotating: of("rotating", { previous_secret: oldSecret }),
    told: of("told", { retries: [1, 1, 1], events: ["message.*"] }),
    hanging: of("hanging", { retries: [1] }),
    beside: subscribed(subscriber.beside, { connections: ["hanging"] }),
  },
};
const worker = await useWorkerd({ config });
const { api, send } = worker;
// Its own, because it is killed.
const mortal = await useWorkerd({ config });

let last = 0;
/** Somebody writes, by a connection that has a key. Returns the id of the message. */
async function write(connection, by = worker, { id = `id-${(last += 1)}`, text = "Hello", spelling } = {}) {
  const value = webhooks.whatspie["message.received"]({ id, chat: { phone: "+6285156055377" }, from: "+6285156055377", text, at: Date.UTC(2026, 0, 1) + last * 1000 });
  const { status } = await post(by, requestOf(connection, inboundAccounts.whatspie, value, spelling));
  assert.equal(status, 200);
  return id;
}
const writeAll = async (connection, count) => {
  const ids = [];
  while (ids.length < count) ids.push(await write(connection));
  return ids;
};
const idsOf = (list) => list.map((each) => (each.event ?? each).message.id);
const stream = (query, headers, by = worker) => openStream(by, devKey, `/v1/events?${query}`, headers);
const events = async (query, headers) => (await api("GET", `/v1/events?${query}`, undefined, headers)).json;
const stateOf = async (name) => (await api("GET", "/v1/subscribers")).json.items.find((each) => each.name === name);
const deliveriesOf = async (name) => (await api("GET", `/v1/subscribers/${name}/deliveries`)).json.items;
const times = ({ at }, { at: before }) => at - before;

describe("a stream", { concurrency: true }, () => {
  test("opens at once, and tells what is new without being asked", async () => {
    await write("stream");
    const heard = await stream("connection=stream");
    assert.deepEqual([heard.status, heard.headers["content-type"], heard.headers["cache-control"]], [200, "text/event-stream", "no-store"]);
    await heard.until("it says that it is there", () => heard.comments === 1);
    const took = [];
    const ids = [];
    for (let count = 1; count <= 20; count += 1) {
      const started = performance.now();
      ids.push(await write("stream"));
      await heard.next(count);
      took.push(performance.now() - started);
    }
    assert.deepEqual(idsOf(heard.events), ids);
    assert.deepEqual(heard.events.map(({ event }) => event), (await logged(worker, { connection: "stream" })).slice(1));
    console.log(`from a webhook to its listener: ${took.sort((a, b) => a - b)[10].toFixed(1)} ms (median of 20)`);
    assert.ok(took[10] < 1_000);
    heard.leave();
  });

  test("goes on where it was, however often the Worker is killed", { timeout: 60_000 }, async () => {
    const heard = [];
    const written = [];
    let breaks = 0;
    let up = Promise.resolve();
    const isOver = () => written.length === 200 && heard.length === 200;
    const listening = (async () => {
      for (let place = "0"; !isOver(); breaks += 1) {
        await up;
        const piece = await stream("connection=stream", { "last-event-id": place }, mortal).catch(() => undefined);
        if (!piece) continue;
        await Promise.race([piece.ended, piece.until("all", () => heard.length + piece.events.length >= 200, 60_000)]);
        heard.push(...piece.events);
        place = piece.events.at(-1)?.id ?? place;
        piece.leave();
      }
    })();
    const killing = (async () => {
      for (let kills = 0; kills < 4; kills += 1) {
        await until("more is written", () => written.length >= 40 * (kills + 1));
        up = mortal.restart();
        await up;
      }
    })();
    while (written.length < 200) {
      await up;
      const id = `stream-${written.length}`;
      // As a gateway does: again, until there is an answer.
      written.push(...[await write("stream", mortal, { id }).catch(() => undefined)].filter(Boolean));
    }
    await Promise.all([killing, listening]);
    assert.deepEqual(idsOf(heard), written);
    assert.deepEqual(heard.map(({ event }) => event.id), (await logged(mortal)).map(({ id }) => id));
    console.log(`200 events heard once each, over ${breaks} connections`);
    assertUnharmed(mortal);
  });

  test("keeps an event with line breaks in it one event", async () => {
    const heard = await stream("connection=lines");
    const id = await write("lines", worker, { text: "one\ntwo\r\n\r\nthree: data: x", spelling: 1 });
    await heard.next(1);
    const [{ event, lines }] = heard.events;
    assert.deepEqual([event, event.message.id, event.message.text], [(await events("connection=lines")).items[0], id, "one\ntwo\r\n\r\nthree: data: x"]);
    assert.ok(lines > 5, "it came pretty-printed");
    heard.leave();
  });

  test("takes a burst in few pieces, and does not end over it", async () => {
    const heard = await stream("connection=burst");
    for (let count = 0; count < 200; count += 1) await write("burst");
    await heard.next(200);
    assert.deepEqual(heard.events.map(({ event }) => event), await logged(worker, { connection: "burst" }));
    heard.leave();
  });

  test("ends by itself after some pieces, and goes on where it ended", { timeout: 60_000 }, async () => {
    const first = await stream("connection=ending");
    const ids = [];
    const isEnded = first.ended.then(() => (first.isEnded = true));
    while (!first.isEnded) {
      ids.push(await write("ending"));
      await Promise.race([first.next(ids.length).catch(() => {}), isEnded]);
    }
    assert.ok(await first.ended, "properly");
    assert.ok(first.events.length >= 20 && first.events.length < 50, `${first.events.length} pieces`);
    const second = await stream("connection=ending", { "last-event-id": first.events.at(-1).id });
    ids.push(await write("ending"));
    await second.next(ids.length - first.events.length);
    assert.deepEqual(idsOf([...first.events, ...second.events]), ids);
    second.leave();
  });

  test("that is left does no harm", async () => {
    const left = await Promise.all(Array.from({ length: 30 }, () => stream("connection=leaving")));
    const stays = await stream("connection=leaving");
    left.slice(0, 15).forEach(({ leave }) => leave());
    const ids = await writeAll("leaving", 3);
    left.slice(15).forEach(({ leave }) => leave());
    ids.push(...(await writeAll("leaving", 3)));
    await stays.next(6);
    assert.deepEqual(idsOf(stays.events), ids);
    stays.leave();
  });

  test("begins where it is asked to, and tells only what is asked for", async () => {
    const [one, , three] = [await write("filters"), await write("filters-2"), await write("filters")];
    const { items: [first] } = await events("connection=filters");
    const behind = await stream(`connection=filters&cursor=${first.id}`);
    const all = await stream(`connection=filters&since=2026-01-01T00:00:00Z&type=message.*`);
    const none = await stream("connection=filters&type=message.read&since=2026-01-01T00:00:00Z");
    await Promise.all([behind.next(1), all.next(2), none.until("it is open", () => none.comments === 1)]);
    assert.deepEqual([idsOf(behind.events), idsOf(all.events), none.events], [[three], [one, three], []]);
    for (const { leave } of [behind, all, none]) leave();
    for (const query of ["type=nothing", "limit=0", "since=yesterday", "cursor=evt_unknown", "nothing=1"]) {
      assert.equal((await api("GET", `/v1/events?${query}`)).status, 422, query);
    }
  });
});

describe("who asks", { concurrency: true }, () => {
  test("for the next event waits until it is there, or the time is over", async () => {
    const started = performance.now();
    const asking = events("connection=poll", { prefer: "wait=20" });
    // Of another connection: goes on waiting.
    await write("pages");
    const id = await write("poll");
    const { items } = await asking;
    assert.deepEqual(idsOf(items), [id]);
    assert.ok(performance.now() - started < 10_000, "at once");
    assert.deepEqual(await events("connection=poll", { prefer: "wait=20" }), { items, next: null });

    const since = performance.now();
    assert.deepEqual(await events(`connection=poll&cursor=${items[0].id}`, { prefer: "wait=1" }), { items: [], next: null });
    const waited = performance.now() - since;
    assert.ok(waited >= 990 && waited < 5_000, `${waited} ms`);
    assert.equal((await api("GET", "/v1/events", undefined, { prefer: "wait=31" })).status, 422);
  });

  test("page by page gets each event once, though more come in", async () => {
    const written = await writeAll("pages", 25);
    const seen = [];
    for (let cursor = ""; cursor !== null; ) {
      const { items, next } = await events(`connection=pages&limit=10${cursor && `&cursor=${cursor}`}`);
      assert.ok(items.length === 10 || next === null);
      seen.push(...items);
      cursor = next;
      if (written.length < 40) written.push(await write("pages"), await write("pages"));
    }
    const ids = idsOf(seen);
    const own = ids.filter((id) => written.includes(id));
    assert.deepEqual([own, new Set(ids).size], [written.slice(0, own.length), ids.length]);
    assert.ok(own.length >= 25);
  });
});

describe("a subscriber", { concurrency: true }, () => {
  test("that is gone is left alone, and gets what it missed by one replay", async () => {
    const { gone } = subscriber;
    const since = new Date().toISOString();
    gone.respond = (_, response) => response.writeHead(410).end();
    const ids = [await write("gone")];
    await until("it is paused", async () => (await stateOf("gone")).state === "paused");
    ids.push(...(await writeAll("gone", 5)));
    assert.deepEqual([gone.received.length, (await stateOf("gone")).pending], [1, 6]);

    gone.respond = (_, response) => response.end();
    const { status, json } = await api("POST", "/v1/subscribers/gone/replay", { since });
    assert.deepEqual([status, json], [202, { deliveries: 6 }]);
    await gone.until("it has all", () => gone.received.length === 7);
    assert.deepEqual(idsOf(gone.received).slice(1).sort(), [...ids].sort());
    assert.deepEqual([gone.received.find(({ error }) => error), gone.of(gone.received[0].id).length], [undefined, 2]);
    await until("it is up", async () => (await stateOf("gone")).state === "up");
    const own = (await logged(worker, { type: "subscriber.*" })).filter(({ subscriber }) => subscriber === "gone");
    assert.deepEqual(own.map(({ type }) => type), ["subscriber.down", "subscriber.up"]);

    const [, { id }] = gone.received;
    assert.deepEqual((await api("POST", "/v1/subscribers/gone/replay", { event: id })).json, { deliveries: 1 });
    await gone.until("it has one again", () => gone.received.length === 8);
    assert.equal(gone.received.at(-1).id, id);
  });

  test("that asks for a rest gets nothing until it is over", async () => {
    const { busy } = subscriber;
    busy.respond = (_, response) => response.writeHead(503, { "retry-after": "3" }).end();
    await write("busy");
    await busy.until("it is asked", () => busy.received.length === 1);
    busy.respond = (_, response) => response.end();
    await until("that is known", async () => (await stateOf("busy")).state === "failing");
    await write("busy");
    await busy.until("it has both", () => busy.received.length === 3);
    const [first, ...others] = busy.received;
    for (const other of others) assert.ok(times(other, first) >= 2_950 && times(other, first) < 10_000, `${times(other, first)} ms`);
  });

  test("whose secret is being replaced can look at either signature", async () => {
    const { rotating } = subscriber;
    await write("rotating");
    await rotating.until("it is told", () => rotating.received.length === 1);
    const [{ body, headers, error }] = rotating.received;
    assert.equal(error, undefined);
    assert.match(headers["webhook-signature"], /^v1,\S+ v1,\S+$/);
    assert.equal(headers["content-type"], "application/json");
    assert.equal(new Webhook(oldSecret).verify(body, headers).id, headers["webhook-id"]);
    for (const signature of headers["webhook-signature"].split(" ")) {
      const works = [rotating.secret, oldSecret].filter((secret) => holds(secret, body, { ...headers, "webhook-signature": signature }));
      assert.equal(works.length, 1);
    }
    assert.ok(!holds(createSecret("another"), body, headers));
    assert.ok(!holds(rotating.secret, `${body} `, headers));
  });

  test("can be asked how it fares: each try with its answer", async () => {
    const { told } = subscriber;
    const answers = [
      (response) => response.writeHead(500).end(`broken ${"x".repeat(5_000)}`),
      (response, request) => request.socket.resetAndDestroy(),
      (response) => response.writeHead(302, { location: "/elsewhere" }).end(),
      (response) => response.writeHead(201).end("thanks"),
    ];
    told.respond = (_, response, request) => answers[told.received.length - 1](response, request);
    await write("told");
    const [delivery] = await until("it is delivered", async () => {
      const [delivery] = await deliveriesOf("told");
      return delivery?.status === "delivered" && [delivery];
    });
    const [{ id, event }] = told.received;
    assert.deepEqual([delivery.event, delivery.type, delivery.next_at, event.id], [id, "message.received", null, id]);
    assert.deepEqual(delivery.attempts.map(({ http_status, body }) => [http_status, body?.slice(0, 8) ?? null]), [[500, "broken x"], [null, null], [302, null], [201, "thanks"]]);
    assert.match(delivery.attempts[1].error, /connection/);
    assert.ok(delivery.attempts[0].body.length <= 1_100, "no more than what shows what is wrong");
    assert.deepEqual(told.received.map(({ path, id: each, error }) => [path, each, error]), Array(4).fill(["/hook", id, undefined]));
    for (const [at, { at: began }] of delivery.attempts.entries()) assert.ok(Math.abs(Date.parse(began) - told.received[at].at) < 1_000);
    // Of what it did not ask for it hears nothing.
    await post(worker, requestOf("told", inboundAccounts.whatspie, { type: "device_disconnected", data: { device_Id: "5", status: "UNPAIRED", reason: "logged out" } }));
    assert.equal((await logged(worker, { connection: "told" })).at(-1).type, "connection.down");
    assert.equal((await deliveriesOf("told")).length, 1);
  });

  test("that never answers keeps neither messages waiting nor who is beside it", { timeout: 60_000 }, async () => {
    const { hanging, beside } = subscriber;
    hanging.respond = () => {};
    await writeAll("hanging", 10);
    await hanging.until("it hangs", () => hanging.received.length > 0);
    await beside.until("the other one has all", () => beside.received.length === 10, 10_000);
    assert.ok(hanging.received.length < 3, "it has not all that there is for events");
    const phone = createPhones("86");
    const started = performance.now();
    const sent = await Promise.all(Array.from({ length: 30 }, () => send({ to: { phone: phone() }, text: "Hello", via: ["gowhatsapp", "whatsspot"] })));
    const took = performance.now() - started;
    assert.deepEqual(sent.filter(({ json }) => json.status !== "sent").map(({ text }) => text), []);
    assert.ok(took < 10_000, `${took} ms`);
    console.log(`30 messages sent within ${took.toFixed(0)} ms beside a subscriber that hangs`);
  });
});

describe("a delivery report", { concurrency: true }, () => {
  const phone = createPhones("87");
  const report = async (name, kind, id, account = connections[name]) => {
    const value = webhooks[account.provider][kind]({ id, chat: { phone: "+6285156055377" }, from: "+6285156055377", at: Date.now() });
    assert.equal((await post(worker, requestOf(name, account, value))).status, 200);
  };

  test("takes a message as far as it says, and never back", async () => {
    for (const [via, status, ...kinds] of [
      ["gowhatsapp", "sent", "message.delivered", "message.read"],
      ["whatsspot", "sent", "message.delivered", "message.read"],
      ["whatspie", "queued", "message.read"],
      ["whatspie", "queued", "message.failed"],
    ]) {
      const { json: message } = await send({ to: { phone: phone() }, text: "Hello", via });
      assert.equal(message.status, status, via);
      for (const kind of kinds) {
        await report(via, kind, message.provider_id);
        assert.equal((await read(worker, message.id)).status, kind.slice("message.".length), via);
      }
      const { status: end } = await read(worker, message.id);
      const all = Object.keys(webhooks[connections[via].provider]).filter((kind) => !/received|sent/.test(kind));
      if (end === "read") for (const kind of all) await report(via, kind, message.provider_id);
      assert.equal((await read(worker, message.id)).status, end, via);
    }
  });

  test("of another connection, or of a message that nobody knows, changes nothing", async () => {
    const { json: message } = await send({ to: { phone: phone() }, text: "Hello", via: "whatspie" });
    await report("last", "message.read", message.provider_id);
    await report("whatspie", "message.read", "1");
    assert.equal((await read(worker, message.id)).status, "queued");
  });

  test("may come before the provider's own answer", async () => {
    for (const [via, kind] of [["gowhatsapp", "message.read"], ["last", "message.failed"], ["whatsspot", "message.delivered"]]) {
      const to = phone();
      const release = sandbox.fail({ to: digits(to), fault: { hold: true } });
      const taken = new Promise((resolve) => (onMessage = (message) => message.to.some((one) => digits(one) === digits(to)) && resolve(message)));
      const { json: message } = await api("POST", "/v1/messages", { to: { phone: to }, text: "Hello", via });
      const { id } = await taken;
      await report(via, kind, String(id));
      assert.equal((await read(worker, message.id)).status, "sending");
      release();
      const status = kind.slice("message.".length);
      const { provider_id } = await reaches(worker, message.id, status);
      assert.equal(provider_id, String(id));
    }
  });
});

function holds(secret, body, headers) {
  try {
    return Boolean(new Webhook(secret).verify(body, headers));
  } catch {
    return false;
  }
}

test("none of this is a fault of the Worker, and no secret is told", async () => {
  const { text } = await api("GET", "/v1/subscribers");
  assert.ok(!/whsec_|hook/.test(text), "a URL may hold a key");
  assertUnharmed(worker);
  assertSecret(worker, [inbound_key, oldSecret, ...Object.values(subscriber).map(({ secret }) => secret)]);
});
