// Tokens and pages of elsewhere through HTTP: a token does what it is for, and whoever has it can do nothing else.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { Edge } from "../src/npm/edge.js";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, until } from "./support/delivery.mjs";
import { promise } from "./support/scale.mjs";
import { openStream } from "./support/stream.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { ask, assertProblem, assertSecret, assertUnharmed } from "./support/world.mjs";

const PAGE = "https://app.example";
const EVIL = "https://evil.example";
const KEY = "key-of-the-api-7Hq2vX";

// What has reached WhatsApp.
const records = [];
const sandbox = await startSandbox({ onMessage: (record) => records.push(record) });
after(sandbox.stop);
const config = devConfig(sandbox.url);
config.groups["board"] = { whatspie: "496" };
config.hooks.deploys.key = "key-of-the-hook-5Jw8";
const worker = await useWorkerd({ config: { ...config, origins: [PAGE] }, key: KEY });
const other = await useWorkerd({ config: { ...config, origins: [PAGE] }, key: `${KEY}2` });
const { url, api } = worker;

const phone = createPhones("84");
const group = { group: "ops-team" };
const tokens = [];
let last = 0;
const text = () => `Hello ${(last += 1)}`;
const reached = (said) => records.filter((record) => record.text === said);

async function mint(more) {
  const answer = await api("POST", "/v1/tokens", { actions: ["send"], recipients: [group], uses: 5, expires_in: 600, ...more });
  assert.equal(answer.status, 200, answer.text);
  tokens.push(answer.json.token);
  return answer.json.token;
}

/** A request by a bearer of this token. */
async function by(token, method, path, body, headers, to = worker) {
  const answer = await ask(to.url, method, path, body, { authorization: `Bearer ${token}`, ...headers });
  if (answer.status >= 400) to.problems.push(answer.text);
  return answer;
}
const send = (token, message, headers) => by(token, "POST", "/v1/messages", { to: group, text: text(), ...message }, headers);

test("a token for one group sends to that group", async () => {
  const answer = await api("POST", "/v1/tokens", { actions: ["send"], recipients: [group], uses: 1, expires_in: 60 });
  assert.deepEqual([answer.status, Object.keys(answer.json), answer.headers["cache-control"]], [200, ["token", "expires_at"], "no-store"]);
  assert.match(answer.json.token, /^chaski_[\w-]+\.[\w-]{43}$/);
  const left = Date.parse(answer.json.expires_at) - Date.now();
  assert.ok(left > 50_000 && left <= 60_000, `${left} ms`);
  tokens.push(answer.json.token);
  const said = text();
  const sent = await send(answer.json.token, { text: said }, { prefer: "wait=10" });
  assert.equal(sent.status, 200, sent.text);
  assert.deepEqual(reached(said).map(({ to }) => to), [[config.groups["ops-team"].whatspie]]);
});

test("and to nobody else, by no name of them and by no option", async () => {
  const token = await mint();
  const before = records.length;
  for (const [message, pointers] of [
    [{ to: { group: "board" } }, ["/to/group"]],
    [{ to: { group: "495" } }, ["/to/group"]],
    [{ to: { group: "120363025246125016@g.us" }, via: "gowhatsapp" }, ["/to/group", "/via"]],
    [{ via: "gowhatsapp" }, ["/via"]],
    [{ to: { phone: phone() } }, ["/to/phone"]],
    [{ to: [group, { group: "board" }] }, ["/to/1/group"]],
    [{ to: [{ phone: phone() }, group] }, ["/to/0/phone"]],
    [{ to: [group, { phone: phone() }], options: { whatsspot: { bulk: true } } }, ["/to/1/phone"]],
    [{ options: { whatspie: { params: { receiver: "6281234567890" } } } }, ["/options/whatspie/params"]],
    [{ options: { a1base: { service: "telegram" } } }, ["/options/a1base/service"]],
    [{ options: { wachat: { sender: "6281100000001" } } }, ["/options/wachat/sender"]],
  ]) {
    assertProblem(await send(token, message), 403, "auth", pointers);
  }
  await delay(300);
  assert.equal(records.length, before);
  const answer = await send(token, { to: [group] });
  assert.equal(answer.status, 202, "all that was refused has cost nothing");
});

test("B14: it opens no other route", async () => {
  const token = await mint();
  const { json: message } = await api("POST", "/v1/messages", { to: group, text: text() });
  for (const [method, path, body] of [
    ["GET", `/v1/messages/${message.id}`],
    ["DELETE", `/v1/messages/${message.id}`],
    ["POST", `/v1/messages/${message.id}/resolve`, { as: "sent" }],
    ["POST", "/v1/messages/preview", { to: group, text: "Hello" }],
    ["GET", "/v1/messages"],
    ["HEAD", "/v1/messages"],
    ["GET", "/v1/events"],
    ["GET", "/v1/providers"],
    ["GET", "/v1/connections"],
    ["GET", "/v1/connections/whatspie/health"],
    ["GET", "/v1/connections/whatspie/groups"],
    ["GET", "/v1/subscribers"],
    ["GET", "/v1/subscribers/crm/deliveries"],
    ["POST", "/v1/subscribers/crm/replay", { since: "2026-11-05T08:30:00Z" }],
    ["POST", "/v1/tokens", { actions: ["send"], recipients: [group], uses: 1, expires_in: 60 }],
    ["PUT", "/v1/messages"],
    ["GET", "/v1/nothing"],
  ]) {
    const answer = await by(token, method, path, body);
    if (method === "HEAD") assert.equal(answer.status, 403);
    else assertProblem(answer, 403, "auth");
  }
  for (const path of ["/v1/hooks/deploys/", `/v1/hooks/deploys/${token.slice(0, 20)}`, `/v1/inbound/whatspie/${token}`]) {
    assert.ok([401, 403, 404].includes((await by(token, "POST", path, {})).status), path);
  }
});

test("its bearer knows of messages to its recipients only", async () => {
  const token = await mint({ actions: ["read", "cancel"], uses: undefined });
  const later = { text: text(), send_at: new Date(Date.now() + 3_600_000) };
  const [own, foreign] = await Promise.all(["ops-team", "board"].map((name) => api("POST", "/v1/messages", { ...later, to: { group: name } })));
  for (const method of ["GET", "DELETE"]) {
    const [found, hidden, none] = await Promise.all([own.json.id, foreign.json.id, "msg_0"].map((id) => by(token, method, `/v1/messages/${id}`)));
    assert.deepEqual([found.status, found.json.id], [200, own.json.id]);
    assertProblem(hidden, 404, "not_found");
    assert.equal(hidden.text, none.text);
  }
  assert.equal((await api("GET", `/v1/messages/${own.json.id}`)).json.status, "cancelled");
  assert.equal((await api("GET", `/v1/messages/${foreign.json.id}`)).json.status, "scheduled");
});

describe("a token's uses", () => {
  test("are as many as it says, also where 20 come at once", async () => {
    const token = await mint({ uses: 5 });
    const texts = Array.from({ length: 20 }, text);
    const answers = await Promise.all(texts.map((said) => send(token, { text: said })));
    const taken = answers.filter(({ status }) => status === 202);
    assert.equal(taken.length, 5);
    for (const answer of answers.filter(({ status }) => status !== 202)) {
      assertProblem(answer, 403, "quota");
      assert.match(answer.json.detail, /may send 0 more/);
    }
    await until("those that were taken are sent", () => texts.flatMap(reached).length >= 5);
    await delay(300);
    assert.equal(texts.flatMap(reached).length, 5);
  });

  test("are spent by batches whole or not at all, and outlive the object", async () => {
    const two = [group, { phone: phone() }];
    const token = await mint({ recipients: two, uses: 3 });
    assert.equal((await send(token, { to: two })).status, 202);
    await worker.restart();
    const refused = await send(token, { to: two });
    assertProblem(refused, 403, "quota");
    assert.match(refused.json.detail, /may send 1 more, and this is 2/);
    assert.equal((await send(token)).status, 202);
    assertProblem(await send(token), 403, "quota");
  });

  test("are not spent by replays, nor by what is wrong", async () => {
    const token = await mint({ uses: 1 });
    const message = { text: text() };
    assertProblem(await send(token, { text: " " }), 422, "invalid");
    assertProblem(await send(token, { mentions: ["nobody"] }), 422, "invalid");
    const key = { "idempotency-key": "key-of-a-page" };
    const [first, ...again] = [await send(token, message, key), await send(token, message, key), await send(token, message, key)];
    assert.equal(first.status, 202);
    for (const answer of again) assert.deepEqual([answer.status, answer.text, answer.headers["idempotent-replayed"]], [202, first.text, "true"]);
    assertProblem(await send(token, {}, { "idempotency-key": "another" }), 403, "quota");
  });

  test("open no answer to a message that somebody else has sent elsewhere", async () => {
    const token = await mint();
    const foreign = { to: { group: "board" }, text: text() };
    const key = { "idempotency-key": "key-of-somebody" };
    assert.equal((await api("POST", "/v1/messages", foreign, key)).status, 202);
    assertProblem(await by(token, "POST", "/v1/messages", foreign, key), 403, "auth", ["/to/group"]);
  });
});

test("B14: a token ends in its time", async () => {
  const token = await mint({ expires_in: 1 });
  assert.equal((await send(token)).status, 202);
  await delay(1_100);
  const refused = await send(token);
  assertProblem(refused, 401, "auth");
  assert.equal(refused.headers["www-authenticate"], "Bearer");
  assert.match(refused.json.detail, /expired/);
});

test("no text but the token's own opens, and after the key is replaced not even that", async () => {
  const token = await mint();
  const [claims, signature] = token.slice("chaski_".length).split(".");
  const read = JSON.parse(Buffer.from(claims, "base64url"));
  const wider = Buffer.from(JSON.stringify({ ...read, grant: { ...read.grant, recipients: [{ group: "board" }] } })).toString("base64url");
  for (const forged of [`chaski_${wider}.${signature}`, `chaski_${wider}.`, `chaski_${claims}.${"A".repeat(43)}`, `${token}A`, token.slice(0, -1), token.slice("chaski_".length)]) {
    const refused = await send(forged, { to: { group: "board" } });
    assertProblem(refused, 401, "auth");
    assert.equal(refused.headers["www-authenticate"], "Bearer");
  }
  const refused = await by(token, "POST", "/v1/messages", { to: group, text: text() }, {}, other);
  assertProblem(refused, 401, "auth");
  assert.match(refused.json.detail, /CHASKI_API_KEY/);
  assert.equal((await send(token)).status, 202);
});

test("no header, query or body brings more than the token has", async () => {
  const token = await mint();
  const pass = JSON.stringify({ id: "a", expires_at: "2099-01-01T00:00:00Z", grant: { actions: ["send"], recipients: [{ group: "board" }], uses: 9, expires_in: 9 } });
  const headers = { pass, "x-pass": pass, outbox: pass, origin: null, "x-head": '","pass":null,"x":"' };
  const message = { to: { group: "board" }, text: text(), metadata: { pass: null } };
  assertProblem(await by(token, "POST", `/v1/messages?pass=${encodeURIComponent(pass)}`, message, headers), 403, "auth", ["/to/group"]);
  assertProblem(await by(token, "POST", "/v1/messages", { ...message, pass: null }, headers), 422, "invalid", ["/pass"]);
});

test("B14: a token is for the pages of its origin, and one without is for none", async () => {
  const [paged, pageless] = [await mint({ origin: PAGE, actions: ["send", "read"] }), await mint({ actions: ["send", "read"] })];
  const own = await mint({ origin: url, actions: ["send", "read"] });
  const { json } = await api("POST", "/v1/messages", { to: group, text: text() });
  const home = { "sec-fetch-site": "same-origin" };
  for (const [token, headers, status] of [
    [paged, { origin: PAGE }, 200],
    [paged, { origin: EVIL }, 403],
    [paged, { origin: "null" }, 403],
    [paged, {}, 403],
    [paged, home, 403],
    [own, { origin: url }, 200],
    [own, home, 200],
    [own, { ...home, host: "app.example" }, 403],
    [own, {}, 403],
    [own, { origin: PAGE }, 403],
    [pageless, {}, 200],
    [pageless, { origin: PAGE }, 403],
    [pageless, { origin: url }, 403],
    [pageless, home, 403],
  ]) {
    const answer = await by(token, "GET", `/v1/messages/${json.id}`, undefined, headers);
    if (status === 200) assert.equal(answer.status, 200, answer.text);
    else assertProblem(answer, 403, "auth");
  }
  for (const origin of [EVIL, "https://app.example/", "*"]) {
    assertProblem(await api("POST", "/v1/tokens", { actions: ["read"], recipients: [group], expires_in: 60, origin }), 422, "invalid", ["/origin"]);
  }
});

test("B14: who may do what is a matter of the token, its actions, its origin and the route, and of nothing else", async (t) => {
  const { json: message } = await api("POST", "/v1/messages", { to: group, text: text() });
  const all = { actions: ["send", "read"], uses: 100 };
  const bearers = [
    { name: "the key", token: KEY, may: ["open"] },
    { name: "nobody", token: undefined, may: [] },
    { name: "a wrong key", token: `${KEY}x`, may: [] },
    { name: "a token cut short", token: (await mint(all)).slice(0, -1), may: [] },
    { name: "send", token: await mint({ ...all, actions: ["send"] }), may: ["send"], origin: null },
    { name: "read", token: await mint({ actions: ["read"], uses: undefined }), may: ["read"], origin: null },
    { name: "both", token: await mint(all), may: ["send", "read"], origin: null },
    { name: "both, for a page", token: await mint({ ...all, origin: PAGE }), may: ["send", "read"], origin: PAGE },
  ];
  const routes = [
    ["POST", "/v1/messages", "send", {}],
    ["GET", `/v1/messages/${message.id}`, "read"],
    ...["/v1/messages", "/v1/events", "/v1/subscribers", "/v1/connections", "/v1/connections/whatspie/health"].map((path) => ["GET", path, "open"]),
    ["DELETE", `/v1/messages/${message.id}`, "open"],
    ["POST", `/v1/messages/${message.id}/resolve`, "open", {}],
    ["POST", "/v1/tokens", "open", {}],
    ["POST", "/v1/subscribers/crm/replay", "open", {}],
  ];
  const origins = [null, PAGE, EVIL, "null"];
  let cells = 0;
  let forged = 0;
  const wrong = [];
  for (const { name, token, may, origin: own } of bearers) {
    for (const origin of origins) {
      for (const [method, path, action, body] of routes) {
        const answer = await ask(url, method, path, body, { authorization: token === undefined ? null : `Bearer ${token}`, origin });
        const isAllowed = may.includes("open") || (may.includes(action) && origin === own);
        const isRefused = [401, 403].includes(answer.status);
        cells += 1;
        if (!isAllowed && !isRefused) forged += 1;
        const { "access-control-allow-origin": shown, "access-control-allow-credentials": credentials } = answer.headers;
        const isShown = shown === (origin === PAGE ? PAGE : undefined) && credentials === undefined;
        if (isAllowed === isRefused || !isShown || answer.text.includes(KEY)) wrong.push([name, origin, method, path, answer.status, shown]);
      }
    }
  }
  assert.deepEqual(wrong, []);
  promise(t, "B14", { forged }, `${cells} of ${cells} cells: bearer x origin x route`);
});

describe("B14: pages of elsewhere", () => {
  const shown = "location, retry-after, idempotent-replayed, preference-applied";
  const ofCors = ({ headers }) => Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("access-control-") || name === "vary"));
  const isOpen = { "access-control-allow-origin": PAGE, "access-control-expose-headers": shown, vary: "Origin" };
  const preflight = (path, origin, headers) => ask(url, "OPTIONS", path, undefined, { origin, "access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type", ...headers });

  test("are let ask by a browser where they are configured", async () => {
    for (const [path, methods] of [["/v1/messages", "GET, POST"], ["/v1/messages/msg_1", "GET, DELETE"], ["/v1/tokens", "POST"], ["/v1/events", "GET"]]) {
      const answer = await preflight(path, PAGE);
      assert.deepEqual([answer.status, answer.text], [204, ""]);
      assert.deepEqual(ofCors(answer), {
        ...isOpen,
        "access-control-allow-methods": methods,
        "access-control-allow-headers": "authorization, content-type, idempotency-key, prefer, last-event-id",
        "access-control-max-age": "7200",
      });
      const refused = await preflight(path, EVIL);
      assertProblem(refused, 403, "rejected");
      assert.match(refused.json.detail, /`origins`/);
      assert.deepEqual(ofCors(refused), {});
    }
  });

  test("see every answer, whoever gives it", async () => {
    const token = await mint({ origin: PAGE, uses: 2 });
    const at = (method, path, body, headers) => api(method, path, body, { origin: PAGE, ...headers });
    const answers = [
      [200, await at("GET", "/healthz")],
      [200, await at("GET", "/v1/providers")],
      [200, await at("GET", "/v1/messages?limit=1")],
      [404, await at("GET", "/v1/messages/msg_0")],
      [422, await at("POST", "/v1/messages", {})],
      [401, await at("GET", "/v1/messages", undefined, { authorization: "Bearer wrong" })],
      [202, await send(token, {}, { origin: PAGE })],
      [200, await send(token, {}, { origin: PAGE, prefer: "wait=10" })],
      [403, await send(token, {}, { origin: PAGE })],
    ];
    for (const [status, answer] of answers) {
      assert.equal(answer.status, status, answer.text);
      assert.deepEqual(ofCors(answer), isOpen, answer.text);
      assert.equal(answer.headers["access-control-allow-credentials"], undefined);
    }
    for (const path of ["/healthz", "/v1/messages", "/v1/providers"]) {
      assert.deepEqual(ofCors(await api("GET", path, undefined, { origin: EVIL })), {});
      assert.deepEqual(ofCors(await api("GET", path)), {});
    }
    const stream = await openStream(worker, KEY, "/v1/events", { origin: PAGE });
    assert.deepEqual([stream.status, ofCors(stream)], [200, isOpen]);
    stream.leave();
  });

  test("have no part in webhooks", async () => {
    for (const path of ["/v1/inbound/whatspie/sandbox-inbound-key", "/v1/inbound/gowhatsapp", "/v1/hooks/deploys/key-of-the-hook-5Jw8"]) {
      const posted = await ask(url, "POST", path, {}, { origin: PAGE });
      assert.deepEqual(ofCors(posted), {}, path);
      const asked = await preflight(path, PAGE);
      assert.deepEqual([asked.status, ofCors(asked)], [405, {}], path);
    }
  });
});

test("an Edge mints a token, and one in a page sends with it", async () => {
  const owner = new Edge({ url, key: KEY });
  const { token, expires_at } = await owner.token({ actions: ["send", "read"], recipients: [group], uses: 1, expires_in: 600, origin: PAGE });
  tokens.push(token);
  assert.ok(Date.parse(expires_at) > Date.now());
  // As a browser would, which adds the header by itself.
  const fetchInPage = (input, init) => fetch(input, { ...init, headers: { ...init.headers, origin: PAGE } });
  const page = new Edge({ url, key: token, fetch: fetchInPage });
  const message = await page.send({ to: group, text: text() }, { idempotencyKey: "order-42" });
  assert.equal((await page.message(message.id)).id, message.id);
  await assert.rejects(page.send({ to: group, text: text() }), { kind: "quota", status: 403 });
  await assert.rejects(page.send({ to: { group: "board" }, text: text() }), { kind: "auth", status: 403 });
  await assert.rejects(page.messages(), { kind: "auth", status: 403 });
  await assert.rejects(new Edge({ url, key: token }).message(message.id), { kind: "auth", status: 403 });
});

test("no log and no refusal has a token or the key in it", () => {
  const signatures = tokens.map((token) => token.split(".")[1]);
  for (const each of [worker, other]) {
    assertSecret(each, [KEY, ...tokens, ...signatures]);
    assertUnharmed(each);
  }
  const disk = worker.onDisk();
  for (const secret of [KEY, ...tokens, ...signatures]) assert.equal(disk.includes(secret), false);
});
