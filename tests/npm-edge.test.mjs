// `Edge`: against the Worker as it is, and against a stub for what it says on the wire and the routes that the Worker does
// not have yet.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, beforeEach, describe, test } from "node:test";
import { text } from "node:stream/consumers";
import { Edge, isChaskiError } from "../build/npm/edge.js";
import * as whole from "../build/npm/index.js";
import { devConfig, devKey } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { until } from "./support/delivery.mjs";
import { assertUnharmed, useServer, useWorker } from "./support/world.mjs";

const hello = { to: { group: "ops-team" }, text: "Hello" };

test("the entry ./edge has the same class, and no wasm", async () => {
  assert.equal(whole.Edge, Edge);
  assert.deepEqual(Object.keys(await import("../build/npm/edge.js")).sort(), ["ChaskiError", "Edge", "isChaskiError"]);
});

describe("the Worker", async () => {
  const sandbox = await startSandbox();
  after(sandbox.stop);
  beforeEach(sandbox.reset);
  const told = [];
  const crm = await useServer(async (request, response) => {
    told.push(JSON.parse(await text(request)));
    response.end("thanks");
  });
  const subscribers = { crm: { url: `${crm}/in`, secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", events: ["message.*"] } };
  const config = devConfig(sandbox.url);
  const worker = await useWorker({ config: { ...config, subscribers } });
  after(() => assertUnharmed(worker));
  const edge = new Edge({ url: worker.url, key: devKey });
  const slugs = Object.keys(config.connections);

  test("sends through each connection", async () => {
    for (const via of slugs) {
      const message = await edge.send({ ...hello, via }, { wait: 30 });
      assert.match(message.id, /^msg_/);
      assert.deepEqual([message.connection, message.batch, message.attempts.length], [via, null, 1]);
    }
    assert.deepEqual(sandbox.messages().map(({ provider }) => provider), slugs);
  });

  test("sends to several recipients, as a batch or in one call", async () => {
    const to = [{ phone: "+12025550101" }, { phone: "+12025550102" }];
    const { batch, items, next } = await edge.send({ to, text: "Hello", via: "whatsspot" }, { wait: 30 });
    assert.deepEqual([items.map((message) => message.to), items.map((message) => message.batch), next], [to, [batch, batch], null]);
    const listed = await edge.messages({ batch });
    assert.deepEqual(listed.items, items.toReversed());
    const message = await edge.send({ to, text: "Hello", via: "whatsspot", options: { whatsspot: { bulk: true } } }, { wait: 30 });
    assert.deepEqual([message.to, message.batch], [to, null]);
    assert.deepEqual(sandbox.messages().map(({ to }) => to.length), [1, 1, 2]);
  });

  test("calls back what waits, once", async () => {
    const { id, status } = await edge.send({ ...hello, send_at: new Date(Date.now() + 86_400_000) });
    assert.equal(status, "scheduled");
    const found = await edge.message(id);
    assert.deepEqual((await edge.messages({ status: "scheduled" })).items, [found]);
    assert.equal((await edge.cancel(id)).status, "cancelled");
    await assert.rejects(edge.cancel(id), { kind: "rejected", outcome: "rejected", status: 409 });
    assert.deepEqual(sandbox.messages(), []);
  });

  test("hears of events, sees what became of them, and has them told again", async () => {
    const waiting = edge.events({ type: "message.*", connection: "whatspie", wait: 20 });
    const body = JSON.stringify({ message: "Hi", from: "6285156055377", message_id: "A1" });
    const posted = await fetch(`${worker.url}/v1/inbound/whatspie/sandbox-inbound-key`, { method: "POST", body });
    assert.deepEqual([posted.status, await posted.json()], [200, []]);
    const { items: [event], next } = await waiting;
    assert.deepEqual([event.type, event.connection, event.message.text, next], ["message.received", "whatspie", "Hi", null]);
    assert.deepEqual((await edge.events({ cursor: event.id, limit: 5 })).items, []);
    assert.deepEqual((await edge.events({ type: ["connection.*", "other"] })).items, []);

    const delivered = async (times) => {
      const { items: [delivery] } = await edge.deliveries("crm", { status: "delivered" });
      return delivery?.attempts.length === times && delivery;
    };
    const delivery = await until("the event is delivered", () => delivered(1));
    assert.deepEqual([delivery.event, delivery.type, delivery.attempts[0].http_status, delivery.attempts[0].body], [event.id, event.type, 200, "thanks"]);
    assert.deepEqual(await edge.replay("crm", { event: event.id }), { deliveries: 1 });
    await until("it is delivered again", () => delivered(2));
    assert.deepEqual(told, [event, event]);
    const { items: [subscriber] } = await edge.subscribers();
    assert.deepEqual([subscriber.name, subscriber.origin, subscriber.state, subscriber.pending], ["crm", crm, "up", 0]);
    await assert.rejects(edge.deliveries("nobody"), { kind: "not_found" });
  });

  test("says what became of what is unknown", async () => {
    sandbox.fail({ provider: "gowhatsapp", times: 3, fault: { html: 502 } });
    for (const [as, status] of [["sent", "sent"], ["failed", "failed"], ["resend", "queued"]]) {
      const { id, ...message } = await edge.send({ ...hello, via: "gowhatsapp" }, { wait: 30 });
      assert.equal(message.status, "unknown");
      assert.equal((await edge.resolve(id, as)).status, status);
      await assert.rejects(edge.resolve(id, "failed"), { kind: "rejected", status: 409 });
      while ((await edge.message(id)).status !== (as === "resend" ? "sent" : status));
    }
    assert.equal(sandbox.messages().length, 1);
  });

  test("sends once with the same idempotencyKey", async () => {
    const options = { idempotencyKey: "order-42", wait: 30 };
    const first = await edge.send(hello, options);
    assert.deepEqual(await edge.send(hello, options), first);
    await assert.rejects(edge.send({ ...hello, text: "hello" }, options), { kind: "invalid", status: 422 });
    assert.equal(sandbox.messages().length, 1);
  });

  test("previews, and sends nothing", async () => {
    const { items } = await edge.preview(hello);
    assert.deepEqual(items.map(({ connection }) => connection), ["whatspie"]);
    assert.deepEqual(sandbox.requests(), []);
  });

  test("tells providers, connections, health and groups", async () => {
    assert.deepEqual((await edge.providers()).items.map(({ slug }) => slug), slugs);
    assert.deepEqual((await edge.connections()).items.map(({ name }) => name).sort(), [...slugs].sort());
    assert.equal((await edge.health("whatspie")).status, "up");
    assert.ok((await edge.groups("whatspie")).items.length > 0);
  });

  const refused = {
    "a wrong key": [() => new Edge({ url: worker.url, key: "wrong" }).connections(), { kind: "auth", status: 401 }],
    "a connection that is not there": [() => edge.health("nobody"), { kind: "not_found", status: 404 }],
    "a message that is not there": [() => edge.message("msg_1"), { kind: "not_found", status: 404 }],
    "a recipient twice": [() => edge.send({ ...hello, to: [hello.to, hello.to] }), { kind: "invalid", pointer: "/to/1/group" }],
    "a wait that is too long": [() => edge.send(hello, { wait: 31 }), { kind: "invalid", pointer: "" }],
    "a page that is too large": [() => edge.messages({ limit: 101 }), { kind: "invalid", pointer: "/limit" }],
    "a name with a slash": [() => edge.health("a/../whatspie"), { kind: "not_found", status: 404 }],
    "a message without text": [() => edge.send({ to: hello.to }), { kind: "invalid", pointer: "/text" }],
    "a group that is not there": [() => edge.send({ ...hello, to: { group: "nobody" } }), { kind: "invalid", pointer: "/to/group" }],
  };
  for (const [name, [run, { pointer, ...members }]] of Object.entries(refused)) {
    test(`${name}: the problem is a ChaskiError`, async () => {
      const error = await run().catch((error) => error);
      assert.ok(isChaskiError(error), error?.stack);
      assert.deepEqual({ ...members, outcome: error.outcome }, { kind: error.kind, ...("status" in members && { status: error.status }), outcome: "rejected" }, error.stack);
      if (pointer !== undefined) assert.deepEqual(error.errors.map((each) => each.pointer), [pointer]);
      assert.equal(error.message, JSON.parse(error.body).detail);
      assert.deepEqual(sandbox.messages(), []);
    });
  }
});

describe("a stub", async () => {
  let seen = [];
  let answer;
  const url = await useServer(async (request, response) => {
    const { method, url: path, headers } = request;
    seen.push({ method, path, headers, body: await text(request) });
    const { status = 200, headers: more = {}, body } = answer;
    response.writeHead(status, { "content-type": "application/json", ...more }).end(body === undefined ? "" : JSON.stringify(body));
  });
  const edge = new Edge({ url: `${url}/`, key: "cht_token" });
  beforeEach(() => {
    seen = [];
    answer = { body: { id: "msg_1" } };
  });

  const routes = [
    ["message", () => edge.message("msg_1"), "GET", "/v1/messages/msg_1"],
    ["messages", () => edge.messages(), "GET", "/v1/messages"],
    ["messages, some", () => edge.messages({ status: "failed", connection: "ops", cursor: "a&b=", limit: 5 }), "GET", "/v1/messages?status=failed&connection=ops&cursor=a%26b%3D&limit=5"],
    ["messages of a batch", () => edge.messages({ batch: "batch_1" }), "GET", "/v1/messages?batch=batch_1"],
    ["messages, with what is undefined", () => edge.messages({ status: undefined, cursor: null, limit: 5, timeout: 1000, signal: null }), "GET", "/v1/messages?limit=5"],
    ["cancel", () => edge.cancel("msg_1"), "DELETE", "/v1/messages/msg_1"],
    ["resolve", () => edge.resolve("msg_1", "resend"), "POST", "/v1/messages/msg_1/resolve", { as: "resend" }],
    ["events", () => edge.events({ cursor: "c", limit: 2 }), "GET", "/v1/events?cursor=c&limit=2"],
    ["events of two types", () => edge.events({ type: ["message.*", "other"], connection: "ops", since: "2026-11-05T08:30:00Z" }), "GET", "/v1/events?connection=ops&since=2026-11-05T08%3A30%3A00Z&type=message.*&type=other"],
    ["subscribers", () => edge.subscribers(), "GET", "/v1/subscribers"],
    ["deliveries", () => edge.deliveries("crm", { status: "failed", limit: 5 }), "GET", "/v1/subscribers/crm/deliveries?status=failed&limit=5"],
    ["replay", () => edge.replay("crm", { event: "evt_1" }), "POST", "/v1/subscribers/crm/replay", { event: "evt_1" }],
    ["token", () => edge.token({ actions: ["send"], expires_in: 60 }), "POST", "/v1/tokens", { actions: ["send"], expires_in: 60 }],
    ["send", () => edge.send(hello), "POST", "/v1/messages", hello],
    ["send to several", () => edge.send({ ...hello, to: [hello.to] }), "POST", "/v1/messages", { ...hello, to: [hello.to] }],
    ["an id with a slash", () => edge.message("a/b?c"), "GET", "/v1/messages/a%2Fb%3Fc"],
  ];
  for (const [name, run, method, path, body] of routes) {
    test(`${name}: ${method} ${path}`, async () => {
      assert.deepEqual(await run(), { id: "msg_1" });
      const [request, ...more] = seen;
      assert.deepEqual(more, []);
      assert.deepEqual([request.method, request.path, request.headers.authorization], [method, path, "Bearer cht_token"]);
      assert.equal(request.body, body === undefined ? "" : JSON.stringify(body));
      assert.equal(request.headers["content-type"], body === undefined ? undefined : "application/json");
      assert.deepEqual([request.headers.prefer, request.headers["idempotency-key"]], [undefined, undefined]);
    });
  }

  test("idempotencyKey and wait go as headers", async () => {
    await edge.send(hello, { idempotencyKey: "order 42", wait: 25 });
    await edge.events({ wait: 5 });
    assert.deepEqual(seen.map(({ headers, path }) => [path, headers["idempotency-key"], headers.prefer]), [["/v1/messages", "order 42", "wait=25"], ["/v1/events", undefined, "wait=5"]]);
  });

  test("the wait comes on top of the timeout, unless the call has its own", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const silent = new Edge({ url, key: "key", timeout: 20_000, fetch: () => new Promise(() => {}) });
    for (const [options, ms] of [[undefined, 20_000], [{ wait: 30 }, 50_000], [{ wait: 30, timeout: undefined }, 50_000], [{ wait: 30, timeout: 5_000 }, 5_000]]) {
      const isLate = { kind: "lost", message: new RegExp(` ${ms} ms`) };
      const both = [assert.rejects(silent.send(hello, options), isLate), assert.rejects(silent.events(options), isLate)];
      t.mock.timers.tick(ms);
      await Promise.all(both);
    }
  });

  test("a problem becomes a ChaskiError with all that it says", async () => {
    const errors = [{ pointer: "/to/group", detail: "unknown" }];
    answer = { status: 422, body: { type: "about:blank", title: "Bad", status: 422, code: "unsupported", detail: "cannot", errors, retry_after: 9 } };
    await assert.rejects(edge.send(hello), { name: "ChaskiError", kind: "unsupported", outcome: "rejected", message: "cannot", status: 422, retryAfter: 9, errors });
  });

  test("retry-after may stand in the header alone", async () => {
    answer = { status: 429, headers: { "retry-after": "7" }, body: { code: "rate_limited", detail: "slowly" } };
    await assert.rejects(edge.send(hello), { kind: "rate_limited", retryAfter: 7 });
  });

  test("an answer that is no problem is told by its status", async () => {
    answer = { status: 503, body: "<h1>" };
    await assert.rejects(edge.send(hello), { kind: "unavailable", outcome: "ambiguous", status: 503 });
    answer = { status: 502, body: { code: "bad_gateway", errors: "none" } };
    await assert.rejects(edge.send(hello), { kind: "unavailable", outcome: "ambiguous", status: 502, errors: [] });
    answer = { status: 408 };
    await assert.rejects(edge.send(hello), { kind: "unavailable", outcome: "ambiguous", status: 408 });
    answer = { status: 302, headers: { location: `${url}/v1/elsewhere` } };
    await assert.rejects(edge.send(hello), { kind: "malformed", status: 302 });
    assert.equal(seen.length, 4);
  });

  test("each kind of problem is known", async () => {
    const types = readFileSync(new URL("../build/npm/types.d.ts", import.meta.url), "utf8");
    const [, list] = /export type ErrorKind =(.+?);\n\n/s.exec(types);
    for (const [, code] of list.matchAll(/\| "(\w+)"/g)) {
      answer = { status: 418, body: { code } };
      await assert.rejects(edge.send(hello), { kind: code });
    }
    assert.ok(seen.length >= 12);
  });

  test("an empty answer is null", async () => {
    answer = { status: 204 };
    assert.equal(await edge.cancel("msg_1"), null);
  });

  test("it can be aborted, and times out", async () => {
    await assert.rejects(edge.send(hello, { signal: AbortSignal.abort("why") }), { kind: "rejected", cause: "why" });
    assert.deepEqual(seen, []);
    const silent = new Edge({ url, key: "key", timeout: 20, fetch: () => new Promise(() => {}) });
    await assert.rejects(silent.events(), { kind: "lost", outcome: "ambiguous" });
  });

  test("where nobody listens, nothing was sent", async () => {
    await assert.rejects(new Edge({ url: "http://127.0.0.1:2", key: "key" }).send(hello), { kind: "offline", outcome: "rejected" });
  });
});
