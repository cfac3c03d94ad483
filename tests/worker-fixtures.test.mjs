// The fixtures of the core once more, through the whole Worker: what it sends, and what it makes of the answer.

import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { devKey } from "../src/tools/dev-config.mjs";
import { readMultipart } from "./sandbox/multipart.mjs";
import { fixtures as all } from "./support/fixtures.mjs";
import { assertProblem, useServer, useWorker } from "./support/world.mjs";

const fixtures = all.filter(({ call }) => call).map(asked);

/**
 * The Worker itself waits for `send_at`, and makes a message for each recipient: what is to go to the provider as it is
 * says so. Of times it takes those of the next 30 days.
 */
function asked(fixture) {
  const { call: { send_message: message }, request, error } = fixture;
  const options = {};
  if (Array.isArray(message?.to)) options.bulk = true;
  if (message?.send_at && (request || error.kind === "unsupported")) {
    if (request) options.schedule = true;
    const soon = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
    const move = (time) => time.replace(/^\d{4}-\d\d-\d\d/, soon);
    message.send_at = move(message.send_at);
    if (request?.body.scheduledAt) request.body.scheduledAt = move(request.body.scheduledAt);
  }
  if (Object.keys(options).length > 0) message.options = { ...message.options, whatsspot: { ...message.options?.whatsspot, ...options } };
  return fixture;
}

// Each account is a connection, and the first segment of its base_url tells the stub which. Its fixtures take turns.
const stub = await useServer(async (request, response) => {
  const [, name, path] = /^\/(c\d+)(\/.*)$/.exec(request.url);
  const { fixture, ids } = connections.find((each) => each.name === name);
  const body = await buffer(request);
  // Some seconds after a message was sent it is asked how far it is.
  const isFollowed = request.method === "GET" && ids.has(decodeURIComponent(path.split("/").at(-1)));
  if (isFollowed) return response.end("{}");
  fixture.seen.push({ method: request.method, path, headers: request.headers, body });
  // Health asks for the account before the quota; of the two, a fixture answers its own.
  const own = fixture.request && path === pathOf(fixture.request.url);
  const answer = own ? fixture.response : { status: 200, headers: {}, body: {} };
  response.writeHead(answer.status, answer.headers).end(bytesOf(answer.body));
});
const bytesOf = (body) => (body === undefined || typeof body === "string" ? body : JSON.stringify(body));
const pathOf = (url) => url.replace(/^https?:\/\/[^/]+/, "");

const connections = [];
for (const fixture of fixtures) {
  const account = JSON.stringify(fixture.account);
  let connection = connections.find((each) => each.key === account);
  if (!connection) {
    const name = `c${connections.length}`;
    const origin = `${stub}/${name}`;
    const base_url = origin + pathOf(fixture.account.base_url ?? "");
    connection = { key: account, name, origin, account: { ...fixture.account, base_url }, ids: new Set(), fixtures: [] };
    connections.push(connection);
  }
  connection.fixtures.push(fixture);
  Object.assign(fixture, { connection, seen: [] });
}
const { api, send } = await useWorker({ config: { connections: Object.fromEntries(connections.map(({ name, account }) => [name, account])) } });

/** Runs a check over the fixtures of this call that are wanted, a few at a time, and tells all that fail. */
async function each(call, check, isWanted = () => true) {
  const rows = connections.map((connection) => connection.fixtures.filter((fixture) => call in fixture.call && isWanted(fixture)));
  assert.notEqual(rows.flat().length, 0);
  const failures = [];
  const run = async () => {
    for (let row; (row = rows.shift()); ) {
      for (const fixture of row) {
        fixture.connection.fixture = fixture;
        fixture.seen.length = 0;
        await check(fixture).catch((error) => failures.push(`${fixture.path}: ${error.message}`));
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, run));
  assert.equal(failures.length, 0, `${failures.length} fixtures fail:\n${failures.join("\n")}`);
}

const messageOf = ({ connection, call }) => ({ ...call.send_message, via: connection.name });

/** Sends a fixture's message, and calls back what waits for another try: it would hold back the others of its chat. */
async function sendOf(fixture, more) {
  const answer = await send({ ...messageOf(fixture), ...more });
  const { id, status, provider_id, attempts } = answer.json;
  if (provider_id) fixture.connection.ids.add(provider_id);
  if (status === "queued" && attempts.at(-1)?.outcome === "rejected") {
    const cancelled = await api("DELETE", `/v1/messages/${id}`);
    assert.deepEqual([cancelled.status, cancelled.json.status], [200, "cancelled"]);
  }
  return answer;
}

const isRefusedAt = (...pointers) => ({ error, request }) =>
  !request && error?.kind === "unsupported" && error.errors?.every(({ pointer }) => pointers.includes(pointer));
/** The Worker waits for a provider that cannot wait itself. */
const isKept = isRefusedAt("/send_at");
const isNotKept = (fixture) => !isKept(fixture);

const without = ({ raw: _, ...rest }) => rest;
const members = (value, wanted) => Object.fromEntries(Object.keys(wanted).map((key) => [key, value?.[key]]));

test("each message comes to the request of its fixture, and to no other", () =>
  each("send_message", async (fixture) => {
    const answer = await sendOf(fixture);
    if (!fixture.request) return assertRefused(fixture, answer);
    assert.equal(answer.status, 200, answer.text);
    assertRequest(fixture);
  }, isNotKept));

test("each answer comes to the message that its fixture says", () =>
  each("send_message", async (fixture) => {
    if (!fixture.request) return;
    const { json: message } = await sendOf(fixture);
    const { reply, error, response } = fixture;
    const [attempt, ...more] = message.attempts;
    assert.deepEqual(more, []);
    assert.equal(message.connection, fixture.connection.name);
    assert.equal(message.provider, fixture.account.provider);
    assert.deepEqual(message.metadata ?? undefined, fixture.call.send_message.metadata);
    assert.equal(attempt.http_status, response.status);
    if (reply) {
      assert.deepEqual([message.provider_id, message.job, message.status, message.error], [reply.id, reply.job, reply.status, null]);
      assert.equal(attempt.outcome, reply.outcome);
      assert.deepEqual(without(attempt.receipt), reply);
      assert.deepEqual(attempt.receipt.raw, JSON.parse(bytesOf(response.body) || "null"));
    } else {
      const ambiguous = ["unavailable", "lost", "malformed"].includes(error.kind);
      const isOver = !["rate_limited", "offline"].includes(error.kind);
      assert.deepEqual([message.status, attempt.outcome], ambiguous ? ["unknown", "ambiguous"] : [isOver ? "failed" : "queued", "rejected"]);
      assert.deepEqual(message.error, attempt.error);
      assertError(error, attempt.error);
      assert.equal(attempt.error.body, bytesOf(response.body) ?? "");
    }
  }));

test("each preview shows the request of its fixture, without its keys, and sends nothing", () =>
  each("send_message", async (fixture) => {
    const answer = await api("POST", "/v1/messages/preview", messageOf(fixture));
    assert.deepEqual(fixture.seen, []);
    if (!fixture.request) return assertRefused(fixture, answer);
    assert.equal(answer.status, 200, answer.text);
    const [{ request, ...about }, ...more] = answer.json.items;
    assert.deepEqual(more, []);
    assert.deepEqual(about, { connection: fixture.connection.name, provider: fixture.account.provider, error: null });
    const { method, url, headers, body } = fixture.request;
    assert.deepEqual([request.method, request.url], [method, fixture.connection.origin + pathOf(url)]);
    assert.deepEqual(members(request.headers, headers), masked(headers));
    assert.deepEqual(request.body, body.multipart ? { multipart: body.multipart.map(sized) } : body);
  }, isNotKept));

test("a time to send at that a provider lacks is the Worker's to wait for", () =>
  each("send_message", async (fixture) => {
    assert.equal((await preview(fixture)).length, 1);
    const { status, json } = await send(messageOf(fixture));
    const { send_at } = fixture.call.send_message;
    assert.deepEqual([status, json.status, Date.parse(json.send_at), json.attempts], [202, "scheduled", Date.parse(send_at), []]);
    const cancelled = await api("DELETE", `/v1/messages/${json.id}`);
    assert.deepEqual([cancelled.status, cancelled.json.status, fixture.seen], [200, "cancelled", []]);
  }, isKept));

test("several recipients that a provider lacks in one call are a message each", () =>
  each("send_message", async (fixture) => {
    const { to } = fixture.call.send_message;
    const previewed = await preview(fixture, { options: {} });
    assert.equal(previewed.length, to.length);
    const { status, json } = await sendOf(fixture, { options: {} });
    assert.deepEqual([status, json.items.map(({ to }) => to), json.items.map(({ attempts }) => attempts.length)], [200, to, to.map(() => 1)]);
    assert.deepEqual(fixture.seen.map(({ body }) => JSON.parse(body)), previewed);
  }, isRefusedAt("/to")));

test("what a provider lacks is said otherwise or left out, where the message allows that", async () => {
  const { json: { items: providers } } = await api("GET", "/v1/providers");
  const featuresOf = ({ account }) => providers.find(({ slug }) => slug === account.provider).features;
  const isDegraded = isRefusedAt("/mentions", "/reply_to", "/typing", "/presence");
  const check = async (fixture) => {
    const lacking = fixture.error.errors.map(({ pointer }) => pointer.slice(1));
    // Some lack a feature for media alone: that is still refused.
    if (lacking.some((feature) => featuresOf(fixture).includes(feature))) return;
    const previewed = await preview(fixture, { on_unsupported: "degrade" });
    const { status, json } = await sendOf(fixture, { on_unsupported: "degrade" });
    assert.deepEqual([status, json.attempts.length, json.degraded], [200, 1, lacking]);
    assert.deepEqual(fixture.seen.map(({ body }) => JSON.parse(body)), previewed);
  };
  await each("send_message", check, isDegraded);
});

test("health asks for the account as its fixture does, and tells what came of it", () =>
  each("check_account", async (fixture) => {
    const { status, json: health } = await api("GET", `/v1/connections/${fixture.connection.name}/health`);
    assert.equal(status, 200);
    const { reply, error, response } = fixture;
    if (!fixture.request) return assert.deepEqual([health.status, health.account, fixture.seen], ["unknown", null, []]);
    assertRequest(fixture);
    if (error) {
      assert.deepEqual([health.status, health.account, health.quota], ["down", null, null]);
      return assertError(error, health.error);
    }
    assert.equal(health.status, reply.connected === false ? "down" : "up");
    assert.deepEqual([without(health.account), health.account.raw, health.error], [reply, response.body, null]);
  }));

test("health asks for the quota as its fixture does", () =>
  each("quota", async (fixture) => {
    const { json: health } = await api("GET", `/v1/connections/${fixture.connection.name}/health`);
    if (!fixture.reply) return assert.equal(health.quota, null);
    fixture.seen.splice(0, fixture.seen.length - 1);
    assertRequest(fixture);
    assert.deepEqual([without(health.quota), health.quota.raw], [fixture.reply, fixture.response.body]);
  }));

test("groups are listed as their fixture says", () =>
  each("list_groups", async (fixture) => {
    const answer = await api("GET", `/v1/connections/${fixture.connection.name}/groups`);
    if (!fixture.request) return assertRefused(fixture, answer);
    assertRequest(fixture);
    if (fixture.reply) return assert.deepEqual([answer.status, answer.json], [200, { items: fixture.reply.items, next: null }]);
    assertProblem(answer, 503, fixture.error.kind);
    assert.equal(answer.json.provider_status, fixture.error.status);
    assert.equal(answer.json.retry_after, fixture.error.retry_after);
  }));

/** The bodies of a preview in which nothing is wrong. */
async function preview(fixture, more) {
  const { json } = await api("POST", "/v1/messages/preview", { ...messageOf(fixture), ...more });
  for (const { connection, error } of json.items) assert.deepEqual([connection, error], [fixture.connection.name, null]);
  return json.items.map(({ request }) => request.body);
}

/** The call was refused before anything went out. */
function assertRefused(fixture, answer) {
  const { kind, message, errors } = fixture.error;
  assert.deepEqual(fixture.seen, []);
  assertProblem(answer, kind === "malformed" ? 400 : 422, kind, errors?.map((error) => error.pointer));
  if (message) assert.equal(answer.json.detail, message);
  for (const [at, error] of (errors ?? []).entries()) assert.deepEqual(members(answer.json.errors[at], error), error);
}

/** What the stub has seen first is the fixture's request, and for a send it is all. */
function assertRequest({ seen: [first, ...more], request, account, call }) {
  assert.ok(first, "nothing was sent");
  if (call.send_message) assert.deepEqual(more, []);
  assert.deepEqual([first.method, first.path], [request.method, pathOf(request.url)]);
  assert.deepEqual(members(first.headers, request.headers), request.headers);
  assert.deepEqual(Object.keys(first.headers).filter((name) => !(name in request.headers) && !BESIDE.includes(name)), []);
  assert.ok(!JSON.stringify(first).includes(devKey), `${account.provider} was sent the key of the API`);
  if (request.body === undefined) return assert.equal(first.body.length, 0);
  if (!request.body.multipart) return assert.deepEqual(asWanted(JSON.parse(first.body), request.body), request.body);
  const { parts, problem } = readMultipart(first);
  assert.equal(problem, undefined);
  assert.deepEqual([...parts.values()].map(partOf), request.body.multipart);
}

/** A body, its timeout rounded up where some seconds of it have passed since the message was accepted. */
function asWanted(body, { timeout }) {
  const isNear = body.timeout <= timeout && body.timeout > timeout - 30;
  return isNear ? { ...body, timeout } : body;
}

/** Members that the fixture leaves out are not compared, as in the native tests. */
function assertError({ errors, ...wanted }, error) {
  assert.deepEqual(members(error, wanted), wanted);
  if (!errors) return;
  assert.equal(error.errors?.length ?? 0, errors.length);
  errors.forEach((each, at) => assert.deepEqual(members(error.errors[at], each), each));
}

const partOf = ({ name, filename, mime, bytes }) =>
  filename === undefined ? { name, value: bytes.toString() } : { name, filename, mime, base64: bytes.toString("base64") };
const sized = ({ base64, ...part }) => (base64 === undefined ? part : { ...part, bytes: Buffer.from(base64, "base64").length });
// What workerd adds, and what a fixture need not name.
const BESIDE = ["accept", "accept-encoding", "cf-worker", "content-length", "content-type", "host"];
const SECRET = ["authorization", "apikey", "x-api-key", "x-api-secret"];
const masked = (headers) => Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, SECRET.includes(name) ? "***" : value]));
