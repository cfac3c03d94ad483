// The webhooks among the fixtures once more, through the whole Worker: what of them is in the log, and who is let in.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { fixtures as all } from "./support/fixtures.mjs";
import { hmac, logged } from "./support/relay.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { ask, assertProblem, assertSecret, assertUnharmed } from "./support/world.mjs";

const KEY = "key-in-the-path-Xq7";
const SIGNING = "secret-that-signs-Zp4";

// A connection for each: what one of them has told, another may tell again.
const fixtures = all.filter(({ webhook }) => webhook).map((fixture, at) => {
  const { account } = fixture;
  const isSigned = account.provider === "a1base" ? !account.inbound_key : Boolean(account.webhook_secret);
  const inbound_key = account.inbound_key ?? (isSigned ? undefined : KEY);
  return { ...fixture, isSigned, account: { ...account, inbound_key }, name: `c${at}` };
});
const others = {
  keyed: { provider: "whatspie", token: "test-token", inbound_key: KEY },
  "keyed-2": { provider: "whatspie", token: "test-token", inbound_key: `${KEY}2` },
  signed: { provider: "gowhatsapp", base_url: "https://wa.example.com", token: "test-token", webhook_secret: SIGNING },
  both: { provider: "gowhatsapp", base_url: "https://wa.example.com", token: "test-token", webhook_secret: SIGNING, inbound_key: KEY },
  neither: { provider: "whatspie", token: "test-token" },
  media: { provider: "a1base", account_id: "acc-1", api_key: "test-key", api_secret: "test-secret", from: "+14155552671" },
};
const connections = { ...Object.fromEntries(fixtures.map(({ name, account }) => [name, account])), ...others };
const worker = await useWorkerd({ config: { connections } });
const { url, api, problems } = worker;

/** Posts what a provider would: it has no key of the API. */
async function tell(path, body, headers = { "content-type": "application/json" }) {
  const answer = await ask(url, "POST", `/v1/inbound/${path}`, body, headers);
  if (answer.status >= 400) problems.push(answer.text);
  return answer;
}
const gowhatsapp = (message_id) => JSON.stringify({ event_type: "message.received", data: { message_id, chat: "6285156055377@s.whatsapp.net", from: "6285156055377@s.whatsapp.net", timestamp: 1762331000 } });
const signature = (body, secret = SIGNING) => ({ "content-type": "application/json", "x-webhook-signature": `sha256=${hmac(secret, body)}` });

const bytesOf = ({ body, base64 }) => (base64 === undefined ? Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) : Buffer.from(base64, "base64"));

/** A fixture's headers; where a time is signed, one that is as far from now as the fixture's was. */
function headersOf({ webhook, account, now, events }, bytes) {
  const headers = Object.fromEntries(Object.entries(webhook.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const [time, signature] = [/time/, /signature/].map((word) => Object.keys(headers).find((name) => word.test(name)));
  const stamp = headers[time];
  if (!(Number(stamp) > 0)) return headers;
  const unit = stamp.length > 11 ? 1 : 1000;
  const age = Date.parse(now) / unit - Number(stamp);
  // A time passes until it is looked at: what just holds is two seconds better, what just does not two seconds worse.
  const slack = ((events ? -1 : 1) * Math.sign(age) * 2000) / unit;
  headers[time] = String(Math.floor(Date.now() / unit - age - slack));
  // Of those that do not hold the signature stays.
  const secret = account.webhook_secret ?? account.api_secret;
  const holds = headers[signature] === hmac(secret, stamp, bytes);
  if (holds) headers[signature] = hmac(secret, headers[time], bytes);
  return headers;
}

/** What of each item was kept as it came. */
function rawsOf(bytes) {
  const text = bytes.toString();
  if (!Buffer.from(text).equals(bytes)) return [{ base64: bytes.toString("base64") }];
  try {
    const json = JSON.parse(text);
    return Array.isArray(json) && json.length > 0 ? json : [json];
  } catch {
    return [text];
  }
}

/** Runs a check over the fixtures that are wanted, and tells all that fail. */
async function each(isWanted, check) {
  const wanted = fixtures.filter(isWanted);
  assert.notEqual(wanted.length, 0);
  const failures = [];
  await Promise.all(wanted.map((fixture) => check(fixture).catch((error) => failures.push(`${fixture.path}: ${error.message}`))));
  assert.equal(failures.length, 0, `${failures.length} of ${wanted.length} fixtures fail:\n${failures.join("\n")}`);
}

const pathOf = ({ name, account }) => `${name}${account.inbound_key ? `/${account.inbound_key}` : ""}`;

test("what each webhook reports is in the log as its fixture says, and as it came", () =>
  each(({ events }) => events, async (fixture) => {
    const bytes = bytesOf(fixture.webhook);
    const began = Date.now();
    const answer = await tell(pathOf(fixture), bytes, headersOf(fixture, bytes));
    const ended = Date.now();
    assert.deepEqual([answer.status, answer.text, answer.headers["content-type"]], [200, "[]", "application/json"]);

    const kept = await logged(worker, { connection: fixture.name });
    const wanted = fixture.events.map(({ at, ...event }, place) => ({ ...event, connection: fixture.name, raw: rawsOf(bytes)[place] }));
    assert.deepEqual(kept.map(({ id: _, at: __, ...event }) => event), wanted);
    for (const [place, { id, at }] of kept.entries()) {
      assert.match(id, /^evt_[0-9a-f]{32}$/);
      const told = fixture.events[place].at;
      if (told !== fixture.now) assert.equal(at, told);
      else assert.ok(Date.parse(at) >= began && Date.parse(at) <= ended, `${at} is when it came`);
    }
    // Byte for byte, whatever a client makes of numbers and escapes.
    const { text } = await api("GET", `/v1/events?connection=${fixture.name}`);
    const isWhole = rawsOf(bytes)[0] instanceof Object && !Array.isArray(fixture.webhook.body) && fixture.webhook.base64 === undefined;
    if (isWhole) assert.ok(text.includes(`"raw":${bytes.toString().trim()}}`), text);

    // Once more, and nothing is new.
    assert.equal((await tell(pathOf(fixture), bytes, headersOf(fixture, bytes))).status, 200);
    assert.equal((await logged(worker, { connection: fixture.name })).length, kept.length);
  }));

test("a webhook whose signature does not hold is refused, and leaves nothing", () =>
  each(({ error }) => error, async (fixture) => {
    const bytes = bytesOf(fixture.webhook);
    const answer = await tell(pathOf(fixture), bytes, headersOf(fixture, bytes));
    assertProblem(answer, 401, "forged");
    const isTime = /stale|ahead|milliseconds|not-a-time/.test(fixture.path);
    const reason = isTime ? /too long ago, or in the future/ : /not signed|does not hold/;
    assert.match(answer.json.detail, reason);
    assert.deepEqual(await logged(worker, { connection: fixture.name }), []);
  }));

test("whoever signs needs no key, and who has a key and a secret needs a key that is right", async () => {
  const body = gowhatsapp("signed");
  for (const [path, headers, status] of [
    ["signed", signature(body), 200],
    ["both", signature(body), 200],
    [`both/${KEY}`, signature(body), 200],
    [`both/${KEY}`, signature(body, "another"), 401],
    [`both/${KEY}`, undefined, 401],
    [`both/${KEY}2`, signature(body), 404],
    ["both/", signature(body), 404],
    [`signed/${KEY}`, signature(body), 404],
    [`signed/${SIGNING}`, signature(body), 404],
  ]) {
    assert.equal((await tell(path, body, headers)).status, status, path);
  }
  for (const connection of ["signed", "both"]) assert.equal((await logged(worker, { connection })).length, 1);
});

test("a wrong key, none, and a connection that is not there are answered alike", async () => {
  const body = { message: "Hello", message_id: "A", from: "6285156055377", timestamp: 1762331000 };
  const answers = [];
  for (const path of ["keyed", "keyed/", `keyed/${KEY.slice(1)}`, `keyed/${KEY}2`, `keyed/${KEY.toUpperCase()}`, `keyed/%4B${KEY.slice(1)}`, `keyed-2/${KEY}`, "neither", `neither/${KEY}`, "neither/", "nobody", `nobody/${KEY}`]) {
    const answer = await tell(path, body);
    assertProblem(answer, 404, "not_found");
    answers.push(JSON.stringify([answer.text, { ...answer.headers, date: null }]));
  }
  assert.equal(new Set(answers).size, 1, "whoever guesses learns nothing");
  assert.equal((await ask(url, "POST", `/v1/inbound/keyed/${KEY}/`, body)).status, 401, "a path that is none is closed");
  assert.deepEqual([...(await logged(worker, { connection: "keyed" })), ...(await logged(worker, { connection: "keyed-2" }))], []);
  assert.equal((await tell(`keyed/${KEY}`, body)).text, "[]");
  assert.equal((await logged(worker, { connection: "keyed" })).length, 1);
});

test("nothing else than POST, and nothing without a connection", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
    const answer = await ask(url, method, `/v1/inbound/keyed/${KEY}`);
    assert.deepEqual([answer.status, answer.headers.allow], [405, "POST"], method);
  }
  assert.equal((await ask(url, "POST", "/v1/inbound")).status, 401);
});

test("8 MiB of media come whole into the event, and more than 9 MiB are not let in", async () => {
  const data = Buffer.alloc(6 << 20, (seed) => seed).fill("media \xff\0", "latin1").toString("base64");
  assert.equal(data.length, 8 << 20);
  const fixture = fixtures.find(({ path }) => path === "a1base/receive.gen3-image.json");
  const body = JSON.stringify({ ...fixture.webhook.body, message_content: { data } });
  const sign = (bytes, stamp = String(Math.floor(Date.now() / 1000))) => ({ "content-type": "application/json", "x-timestamp": stamp, "x-signature": hmac(others.media.api_secret, stamp, bytes) });
  const started = performance.now();
  assert.equal((await tell("media", body, sign(body))).text, "[]");
  const took = performance.now() - started;
  const [event, ...more] = await logged(worker, { connection: "media" });
  assert.deepEqual([event.message.media.kind, event.message.media.base64 === data, event.raw.message_content.data === data, more], ["image", true, true, []]);

  const padded = (length) => body + " ".repeat(length - body.length);
  const largest = padded(9 << 20);
  assert.equal((await tell("media", largest, sign(largest))).text, "[]");
  const tooLarge = padded((9 << 20) + 1);
  assertProblem(await tell("media", tooLarge, sign(tooLarge)), 413, "invalid");
  assertProblem(await tell(`keyed/${KEY}`, tooLarge), 413, "invalid");
  assert.equal((await tell("keyed/wrong", tooLarge)).status, 404, "its size is nobody's business who has no key");
  assert.equal((await logged(worker, { connection: "media" })).length, 1);
  console.log(`${fixtures.length} fixtures; 8 MiB of media taken in within ${took.toFixed(0)} ms`);
});

test("a body that breaks off leaves nothing, and nobody's key is told", async () => {
  const body = gowhatsapp("cut off");
  const headers = Object.entries(signature(body)).map(([name, value]) => `${name}: ${value}`);
  const { hostname, port } = new URL(url);
  const socket = connect(port, hostname);
  const head = ["POST /v1/inbound/signed HTTP/1.1", "Host: x", ...headers, `Content-Length: ${body.length + 10}`].join("\r\n");
  await new Promise((written) => socket.write(`${head}\r\n\r\n${body}`, written));
  socket.resetAndDestroy();
  assert.deepEqual((await logged(worker, { connection: "signed" })).filter(({ message }) => message.id === "cut off"), []);
  const secrets = fixtures.flatMap(({ account }) => [account.inbound_key, account.webhook_secret, account.api_secret, account.token, account.api_key]);
  assertSecret(worker, [...new Set([...secrets.filter(Boolean), KEY, SIGNING])]);
  assertUnharmed(worker);
});
