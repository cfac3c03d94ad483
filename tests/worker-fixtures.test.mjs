// The fixtures of the core once more, through the whole Worker: what it sends, and what it makes of the answer.

import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { devKey } from "../src/tools/dev-config.mjs";
import { readMultipart } from "./sandbox/multipart.mjs";
import { fixtures as all } from "./support/fixtures.mjs";
import { assertProblem, useServer, useWorker } from "./support/world.mjs";

const fixtures = all
  .filter(({ call }) => call)
  .map((fixture, index) => ({ name: `f${index}`, ...fixture }))
  .map(later);

/** A time to send at that has passed is refused by the Worker, so it is moved to a leap year to come. */
function later(fixture) {
  const move = (time) => time.replace(/^20\d\d(?=-)/, "2096");
  const message = fixture.call.send_message;
  if (message?.send_at) message.send_at = move(message.send_at);
  if (fixture.request?.body?.scheduledAt) fixture.request.body.scheduledAt = move(fixture.request.body.scheduledAt);
  return fixture;
}

// Each fixture has a connection of its own, and the first segment of its base_url tells the stub which.
const stub = await useServer(async (request, response) => {
  const [, name, path] = /^\/(f\d+)(\/.*)$/.exec(request.url);
  const fixture = fixtures.find((each) => each.name === name);
  fixture.seen.push({ method: request.method, path, headers: request.headers, body: await buffer(request) });
  // Health asks for the account before the quota; of the two, a fixture answers its own.
  const own = fixture.request && path === pathOf(fixture.request.url);
  const { status, headers, body } = own ? fixture.response : { status: 200, headers: {}, body: {} };
  response.writeHead(status, headers).end(bytesOf(body));
});
const bytesOf = (body) => (body === undefined || typeof body === "string" ? body : JSON.stringify(body));
const pathOf = (url) => url.replace(/^https?:\/\/[^/]+/, "");

for (const fixture of fixtures) {
  fixture.seen = [];
  fixture.origin = `${stub}/${fixture.name}`;
  fixture.account.base_url = fixture.origin + pathOf(fixture.account.base_url ?? "");
}
const connections = Object.fromEntries(fixtures.map(({ name, account }) => [name, account]));
const { api, send } = await useWorker({ config: { connections } });

/** Runs a check over the fixtures of these calls, a few at a time, and tells all that fail. */
async function each(calls, check) {
  const waiting = fixtures.filter(({ call }) => calls.includes(Object.keys(call)[0]));
  assert.notEqual(waiting.length, 0);
  const failures = [];
  const run = async () => {
    for (let fixture; (fixture = waiting.shift()); ) {
      fixture.seen.length = 0;
      await check(fixture).catch((error) => failures.push(`${fixture.path}: ${error.message}`));
    }
  };
  await Promise.all(Array.from({ length: 8 }, run));
  assert.equal(failures.length, 0, `${failures.length} fixtures fail:\n${failures.join("\n")}`);
}

const messageOf = ({ name, call }) => ({ ...call.send_message, via: name });
const without = ({ raw: _, ...rest }) => rest;
const members = (value, wanted) => Object.fromEntries(Object.keys(wanted).map((key) => [key, value?.[key]]));

test("each message comes to the request of its fixture, and to no other", () =>
  each(["send_message"], async (fixture) => {
    const answer = await send(messageOf(fixture));
    if (!fixture.request) return assertRefused(fixture, answer);
    assert.equal(answer.status, 200, answer.text);
    assertRequest(fixture);
  }));

test("each answer comes to the message that its fixture says", () =>
  each(["send_message"], async (fixture) => {
    if (!fixture.request) return;
    const { json: message } = await send(messageOf(fixture));
    const { reply, error, response } = fixture;
    const [attempt, ...more] = message.attempts;
    assert.deepEqual(more, []);
    assert.equal(message.connection, fixture.name);
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
      assert.deepEqual([message.status, attempt.outcome], ambiguous ? ["unknown", "ambiguous"] : ["failed", "rejected"]);
      assert.deepEqual(message.error, attempt.error);
      assertError(error, attempt.error);
      assert.equal(attempt.error.body, bytesOf(response.body) ?? "");
    }
  }));

test("each preview shows the request of its fixture, without its keys, and sends nothing", () =>
  each(["send_message"], async (fixture) => {
    const answer = await api("POST", "/v1/messages/preview", messageOf(fixture));
    assert.deepEqual(fixture.seen, []);
    if (!fixture.request) return assertRefused(fixture, answer);
    assert.equal(answer.status, 200, answer.text);
    const [{ request, ...about }, ...more] = answer.json.items;
    assert.deepEqual(more, []);
    assert.deepEqual(about, { connection: fixture.name, provider: fixture.account.provider, error: null });
    const { method, url, headers, body } = fixture.request;
    assert.deepEqual([request.method, request.url], [method, fixture.origin + pathOf(url)]);
    assert.deepEqual(members(request.headers, headers), masked(headers));
    assert.deepEqual(request.body, body.multipart ? { multipart: body.multipart.map(sized) } : body);
  }));

test("health asks for the account as its fixture does, and tells what came of it", () =>
  each(["check_account"], async (fixture) => {
    const { status, json: health } = await api("GET", `/v1/connections/${fixture.name}/health`);
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
  each(["quota"], async (fixture) => {
    const { json: health } = await api("GET", `/v1/connections/${fixture.name}/health`);
    if (!fixture.reply) return assert.equal(health.quota, null);
    fixture.seen.splice(0, fixture.seen.length - 1);
    assertRequest(fixture);
    assert.deepEqual([without(health.quota), health.quota.raw], [fixture.reply, fixture.response.body]);
  }));

test("groups are listed as their fixture says", () =>
  each(["list_groups"], async (fixture) => {
    const answer = await api("GET", `/v1/connections/${fixture.name}/groups`);
    if (!fixture.request) return assertRefused(fixture, answer);
    assertRequest(fixture);
    if (fixture.reply) return assert.deepEqual([answer.status, answer.json], [200, { items: fixture.reply.items, next: null }]);
    assertProblem(answer, 503, fixture.error.kind);
    assert.equal(answer.json.provider_status, fixture.error.status);
    assert.equal(answer.json.retry_after, fixture.error.retry_after);
  }));

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
  if (!request.body.multipart) return assert.deepEqual(JSON.parse(first.body), request.body);
  const { parts, problem } = readMultipart(first);
  assert.equal(problem, undefined);
  assert.deepEqual([...parts.values()].map(partOf), request.body.multipart);
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
