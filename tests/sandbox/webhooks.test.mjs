// What the vendors tell by webhook: in their own shapes, signed as they sign, in the order of a message's life.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { after, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { fixtures } from "../support/fixtures.mjs";
import { startSandbox } from "./server.mjs";
import { AUTH, SENDS } from "./testing.mjs";

const SECRET = "sandbox-webhook-secret";
const TEXT = "Hello from somebody who has a good deal more to say";
const ANSWER = "Got it: “Hello from somebody who has a good deal ”";

// Who is told: what came, and how it is answered.
let got, waiting, answer;
const receiver = createServer(async (request, response) => {
  const body = await buffer(request);
  got.push({ provider: request.url.slice(1).split("/")[0], headers: request.headers, body });
  const { status = 200, text = "[]" } = answer(got.length) ?? {};
  response.writeHead(status).end(text);
  waiting.forEach((look) => look());
});
await new Promise((resolve) => receiver.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${receiver.address().port}`;
const arrived = (count) =>
  new Promise((resolve) => waiting.add(() => got.length >= count && resolve(got)) && waiting.forEach((look) => look()));

const targets = {
  whatspie: { url: `${origin}/whatspie/key-in-the-path`, version: 2 },
  gowhatsapp: { url: `${origin}/gowhatsapp`, secret: SECRET },
  wachat: { url: `${origin}/wachat` },
  a1base: { url: `${origin}/a1base`, secret: SECRET },
  whatsspot: { url: `${origin}/whatsspot`, secret: SECRET },
};
const sandbox = await startSandbox({ webhooks: targets, pause: 0 });
after(async () => {
  await sandbox.stop();
  receiver.close();
  receiver.closeAllConnections();
});
beforeEach(() => {
  sandbox.reset();
  sandbox.aim(targets);
  got = [];
  waiting = new Set();
  answer = () => undefined;
});

const call = async (path, body, headers, at = sandbox) => {
  const response = await fetch(at.url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, json: text ? JSON.parse(text) : undefined };
};
const send = (provider, [path, body] = SENDS[provider], at) => call(`/${provider}${path}`, body, AUTH[provider], at);
const read = ({ headers, body }) =>
  headers["content-type"] === "application/json" ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body.toString()));

/** A group's message of each vendor, with this text. */
const GROUP = "120363025246125016@g.us";
const TO_GROUP = {
  whatspie: ["/groups/495/send", { message: TEXT, type: "chat", params: { text: TEXT } }],
  gowhatsapp: [`/chats/${GROUP}/messages`, { text: TEXT }],
  wachat: ["/wachat_api/1.0/message", { destination: "6285156055377-1607992695", is_group: true, message: TEXT }],
  a1base: [SENDS.a1base[0], { ...SENDS.a1base[1], content: TEXT }],
  whatsspot: ["/messages/send", { type: "TEXT", content: TEXT, groupIds: [GROUP] }],
};

/** Members and the types of their values, at any depth. */
const shape = (value) =>
  Object(value) === value ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, shape(value[key])])) : typeof value;
function published(path) {
  const { webhook } = fixtures.find((fixture) => fixture.path === path);
  const headers = Object.fromEntries(Object.entries(webhook.headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { headers, value: webhook.body instanceof Object ? webhook.body : read({ headers, body: webhook.body }) };
}

async function hmac(secret, text) {
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return Buffer.from(await crypto.subtle.sign("HMAC", key, bytes.encode(text))).toString("hex");
}

// By vendor: which published webhook each of a group's message is like, in order, and some of what it says.
const LIVES = {
  whatspie: {
    like: ["v2-read", "group"],
    says: (id) => [{ data: { message_id: Number(id) } }, { data: { from: GROUP, message: ANSWER, participant: "12025550143@s.whatsapp.net" } }],
  },
  gowhatsapp: {
    like: ["delivered", "read-group", "received-group"],
    says: (id) => [
      { event_type: "message.delivered", data: { message_id: id, chat: GROUP } },
      { event_type: "message.read", data: { message_id: id, chat: GROUP } },
      { event_type: "message.received", data: { chat: GROUP, from: "12025550143@s.whatsapp.net", is_from_me: false } },
    ],
  },
  wachat: { like: ["push"], says: () => [{ originator: "12025550143", msg: ANSWER }] },
  a1base: {
    like: ["gen3-from-agent", "gen3-rich-text"],
    says: (id) => [
      { message_id: id, is_from_agent: true, message_content: { text: TEXT } },
      { thread_id: "group-thread-id-123", is_from_agent: false, message_content: { text: ANSWER, quoted_message_content: TEXT } },
    ],
  },
  whatsspot: {
    like: ["ack-sent", "ack-delivered", "ack-read", "received-group"],
    says: () => [{ data: { status: "SENT", ack: 1 } }, { data: { status: "DELIVERED", ack: 2 } }, { data: { status: "READ", ack: 3 } }, { data: { from: GROUP, body: ANSWER } }],
  },
};

for (const [provider, { like, says }] of Object.entries(LIVES)) {
  test(`${provider}: a message's life, as it is published`, async () => {
    assert.equal((await send(provider, TO_GROUP[provider])).status < 300, true);
    const told = await arrived(like.length);
    const [{ id }] = sandbox.messages();
    for (const [place, name] of like.entries()) {
      const { headers, value } = published(`${provider}/receive.${name}.json`);
      const wanted = name === "group" ? { type: "message_incoming", data: value } : value;
      assert.deepEqual(shape(read(told[place])), shape(wanted), name);
      for (const [header, value] of Object.entries(headers)) {
        if (/^x-.*signature/.test(header)) continue;
        const sent = told[place].headers[header];
        assert.equal(sent, value, header);
      }
      assert.partialDeepStrictEqual(read(told[place]), says(id)[place]);
    }
    // Whoever writes is not answered: what comes next is what is said next.
    await sandbox.say({ provider, phone: "+6285156055377", text: "Hi" });
    assert.equal(got.length, like.length + 1);
  });
}

test("whoever is written to answers, and an empty text too", async () => {
  await send("whatspie");
  await arrived(2);
  const image = { image: { url: "https://example.com/a.jpg" } };
  await send("whatspie", ["/messages", { device: "6281776521626", receiver: "6281234567890", type: "image", params: image }]);
  const { data } = read((await arrived(4))[3]);
  assert.deepEqual([data.from, data.message, "participant" in data], ["6281234567890", "Got it.", false]);
});

test("whatspie: version 1 tells what comes in, and nothing else", async () => {
  sandbox.aim({ whatspie: { url: targets.whatspie.url } });
  for (const provider of Object.keys(SENDS)) await send(provider);
  const [webhook] = await arrived(1);
  assert.deepEqual(shape(read(webhook)), shape(published("whatspie/receive.group.json").value));
  await sandbox.say({ provider: "whatspie", phone: "6285156055377", text: "Hi", name: "Ana" });
  assert.deepEqual(shape(read(got[1])), shape(published("whatspie/receive.text.json").value));
  assert.equal(read(got[1]).from_user.name, "Ana");
  assert.equal(got.length, 2, "the others go nowhere");
});

test("signatures hold by another implementation", async () => {
  for (const provider of Object.keys(targets)) await sandbox.say({ provider, phone: "6285156055377", text: "Grüße 👋" });
  const [whatspie, gowhatsapp, wachat, a1base, whatsspot] = got;
  const signature = `sha256=${await hmac(SECRET, gowhatsapp.body.toString())}`;
  assert.equal(gowhatsapp.headers["x-webhook-signature"], signature);
  assert.equal(gowhatsapp.headers["x-hub-signature-256"], signature);
  assert.equal(gowhatsapp.headers["x-webhook-event"], "message.received");
  const stamp = a1base.headers["x-timestamp"];
  assert.ok(Math.abs(Date.now() / 1000 - Number(stamp)) < 10);
  assert.equal(a1base.headers["x-signature"], await hmac(SECRET, stamp + a1base.body));
  assert.equal(whatsspot.headers["x-hub-signature"], await hmac(SECRET, whatsspot.body.toString()));
  for (const { headers } of [whatspie, wachat]) assert.doesNotMatch(Object.keys(headers).join(), /signature/);
});

test("what is refused is tried again, and told in one line without a key", async (t) => {
  const { mock: said } = t.mock.method(console, "error", () => {});
  answer = (count) => (count < 3 ? { status: 503 } : undefined);
  assert.equal((await sandbox.say({ provider: "whatspie", group: "495", text: "Hi" })).problem, undefined);
  assert.deepEqual([got.length, new Set(got.map(({ body }) => String(body))).size, said.callCount()], [3, 1, 0]);

  for (const [reply, problem] of [
    [{ status: 503 }, /answered 503/],
    [{ status: 204 }, /answered 204/],
    [{ text: "ok" }, /cannot read/],
    [{ text: '{"type":"chat","body":"Hi"}' }, /send as a reply/],
  ]) {
    got = [];
    answer = () => reply;
    const { status, json } = await call("/_sandbox/say", { provider: "whatspie", group: "495", text: "Hi" });
    assert.deepEqual([status, got.length], [502, 3]);
    assert.match(json.error, problem);
    const [line] = said.calls.at(-1).arguments;
    assert.match(line, problem);
    assert.doesNotMatch(line, /key-in-the-path|\n/);
  }
  assert.equal(said.callCount(), 4);
  sandbox.aim({ whatspie: { url: "http://127.0.0.1:1/key-in-the-path" } });
  assert.match((await sandbox.say({ provider: "whatspie", group: "495", text: "Hi" })).problem, /./);
});

test("who asks is told the same as who is told", async () => {
  const { json } = await send("wachat");
  await arrived(1);
  const looked = await fetch(`${sandbox.url}/wachat/wachat_api/1.0/status/${json.data.ref_no}`, { headers: AUTH.wachat });
  assert.equal((await looked.json()).data.status, "R");
});

test("nothing is told unless it is said where, nor of what is to go later, nor when it has stopped", async () => {
  const later = ["/messages/send", { ...SENDS.whatsspot[1], scheduledAt: "2099-01-01T00:00:00Z" }];
  assert.equal((await send("whatsspot", later)).status, 200);
  const slow = await startSandbox({ webhooks: targets, pause: 60_000 });
  await send("whatspie", SENDS.whatspie, slow);
  await slow.stop();
  const silent = await startSandbox({ pause: 0 });
  await send("whatspie", SENDS.whatspie, silent);
  assert.equal((await call("/_sandbox/say", { provider: "whatspie", group: "495", text: "Hi" }, {}, silent)).status, 400);
  await silent.stop();
  await sandbox.say({ provider: "whatsspot", phone: "919999999999", text: "Hi" });
  assert.equal(got.length, 1);
});

test("another process says where they go, and what somebody writes", async () => {
  assert.deepEqual(await call("/_sandbox/webhooks", { whatspie: { url: origin } }), { status: 200, json: { webhooks: ["whatspie"] } });
  const { status, json } = await call("/_sandbox/say", { provider: "whatspie", group: "15378", text: "Hi" });
  assert.equal(status, 200);
  assert.deepEqual(json.webhook, read(got[0]));
  assert.equal(json.webhook.from, "120363022368688477@g.us");

  for (const [path, body, problem] of [
    ["webhooks", { whatspie: {} }, "whatspie.url: field required"],
    ["webhooks", { whatspie: { url: "ftp://example.com" } }, "whatspie.url: invalid or missing URL scheme"],
    ["webhooks", { whatspie: { url: origin, secret: "x" } }, "whatspie.secret: extra fields not permitted"],
    ["webhooks", { whatspie: { url: origin, version: 3 } }, "whatspie.version: must be one of 1, 2"],
    ["webhooks", { gowhatsapp: { url: origin } }, "gowhatsapp.secret: field required"],
    ["webhooks", { telegram: { url: origin } }, "telegram: extra fields not permitted"],
    ["webhooks", [], "value is not a valid dict"],
    ["say", { provider: "whatspie", group: "1", text: "Hi" }, "group: must be one of"],
    ["say", { provider: "gowhatsapp", group: "495", text: "Hi" }, "group: must be <id>@g.us"],
    ["say", { provider: "a1base", group: "495", text: "Hi" }, "group: must be a thread"],
    ["say", { provider: "telegram", group: "1", text: "Hi" }, "provider: must be one of"],
    ["say", { provider: "whatspie", phone: "hello", text: "Hi" }, "phone: must be a phone number"],
    ["say", { provider: "whatspie", text: "Hi" }, "phone: field required"],
    ["say", { provider: "whatspie", group: "495", phone: "6285156055377", text: "Hi" }, "phone: extra fields"],
    ["say", { provider: "whatspie", group: "495", text: " " }, "text: must not be empty"],
    ["say", { provider: "whatspie", group: "495", text: "Hi", to: "x" }, "to: extra fields"],
    ["say", { provider: "wachat", group: "495", text: "Hi" }, "the webhooks of wachat go nowhere"],
  ]) {
    const { status, json } = await call(`/_sandbox/${path}`, body);
    assert.equal(status, 400, problem);
    assert.ok(json.error.includes(problem), json.error);
  }
  assert.equal(got.length, 1);
  await assert.rejects(startSandbox({ webhooks: { whatspie: {} } }), RangeError);
});

test("the ids follow from the number of the first message", async () => {
  const one = await startSandbox({ first: 1001 });
  assert.equal((await send("whatspie", SENDS.whatspie, one)).json.data.id, "7638843");
  assert.equal(one.messages()[0].n, 1001);
  await one.stop();
});

test("the command takes all of it, and refuses what it cannot be", async () => {
  const main = fileURLToPath(new URL("main.mjs", import.meta.url));
  const options = ["--port", "0", "--first", "7", "--pause", "0", "--webhooks", JSON.stringify({ whatspie: targets.whatspie })];
  const child = spawn(process.execPath, [main, ...options], { stdio: ["ignore", "pipe", "inherit"] });
  const [printed] = await once(child.stdout.setEncoding("utf8"), "data");
  await send("whatspie", TO_GROUP.whatspie, { url: /http:\S+/.exec(printed)[0] });
  const [{ data }] = (await arrived(2)).map(read);
  assert.equal(data.message_id, 7637849);
  child.kill("SIGTERM");
  assert.deepEqual(await once(child, "close"), [0, null]);

  for (const [option, value, code] of [["--first", "x", 2], ["--pause", "-1", 2], ["--webhooks", "{", 2], ["--webhooks", '{"whatspie":{}}', 1]]) {
    const { status, stderr } = spawnSync(process.execPath, [main, "--port", "0", `${option}=${value}`], { encoding: "utf8" });
    assert.equal(status, code, stderr);
    assert.match(stderr, new RegExp(code === 2 ? `^${option} must be` : "whatspie.url: field required"));
  }
});
