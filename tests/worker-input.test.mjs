// Wrong input of every sort: it gets a problem that says what is wrong, reaches no provider, and breaks nothing.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { ask, assertProblem, assertSecret, assertUnharmed, isLookUp, useWorker } from "./support/world.mjs";

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (message) => onMessage(message) });
after(sandbox.stop);
beforeEach(sandbox.reset);
// Without how far the messages of the tests before are, which is asked some seconds later.
const requests = () => sandbox.requests().filter((request) => !isLookUp(request));
const key = "canary-api-key-7f3a";
const number = "6281111122222";
const config = devConfig(sandbox.url);
const worker = await useWorker({ config, key });
const { url, api, send } = worker;

const PROVIDERS = Object.keys(config.connections);
const to = { group: "ops-team" };
const hello = { to, text: "Hello" };
const image = { kind: "image", url: "https://example.com/a.png" };
const PIXEL = "iVBORw0KGgo=";
const arrays = (depth) => "[".repeat(depth) + "]".repeat(depth);
const deep = (member, depth) => `{"to":{"group":"ops-team"},"text":"Hello","${member}":{"whatspie":{"params":{"a":${arrays(depth)}}}}}`;
/** Where to find a message that there is not. */
const NOBODY = `/v1/messages/msg_${"0".repeat(32)}`;
const optional = (options) => `{"to":{"group":"ops-team"},"text":"Hello","via":"a1base","options":{"a1base":{${options}}}}`;
const inDays = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
const sized = (bytes) => ({ a: "x".repeat(bytes - '{"a":""}'.length) });
const long = (bytes) => ({ to, text: "x".repeat(bytes) });

// A name, the body, what it is refused with: status, code, pointers. What is no string is sent as JSON.
const BODIES = [
  ["no body", undefined, 400, "malformed"],
  ["an empty body", "", 400, "malformed"],
  ["half of a body", '{"to":{"gro', 400, "malformed"],
  ["something after the body", '{"to":{"group":"ops-team"},"text":"Hello"} {}', 400, "malformed"],
  ["a lone surrogate", '{"to":{"group":"ops-team"},"text":"\\ud800"}', 422, "invalid", ["/text"]],
  ["a lone surrogate in a key", '{"to":{"group":"ops-team"},"text":"Hello","\\ud800":1}', 422, "invalid", [""]],
  ["a lone surrogate in the key of an option", optional('"dialect":"message","\\ud800":1'), 422, "invalid", ["/options/a1base"]],
  ["a raw control character", '{"to":{"group":"ops-team"},"text":"a\u0001b"}', 400, "malformed"],
  ["bytes that are no UTF-8", Buffer.from('{"to":{"group":"ops-team"},"text":"\xff\xfe"}', "latin1"), 400, "malformed"],
  ["a number beyond any float", '{"to":{"group":"ops-team"},"text":"Hello","expires_in":1e999}', [400, 422]],
  ["a number beyond any integer", '{"to":{"group":"ops-team"},"text":"Hello","expires_in":99999999999999999999}', 422, "invalid", ["/expires_in"]],
  ["100,000 arrays in each other", "[".repeat(100_000), [400, 422]],
  ["the same key twice", '{"to":{"group":"ops-team"},"text":"one","text":"two"}', 422, "invalid", ["/text"]],
  ["the same recipient's key twice", '{"to":{"group":"495","group":"496"},"text":"one"}', 422, "invalid", ["/to/group"]],
  ["the same option twice", optional('"dialect":"message","dialect":"content"'), 422, "invalid", ["/options/a1base/dialect"]],
  ["an array", [to, "Hello"], 422, "invalid", [""]],
  ["an empty array", [], 422, "invalid", [""]],
  ["an array for a recipient", { to: [["group", "495"]], text: "Hello" }, 422, "invalid", ["/to/0"]],
  ["a string", '"Hello"', 422, "invalid", [""]],
  ["a number", "1", 422, "invalid", [""]],
  ["null", "null", 422, "invalid", [""]],
  ["an empty object", {}, 422, "invalid"],
  ["an unknown key", { ...hello, txt: "Hello" }, 422, "invalid", ["/txt"]],
  ["an unknown key of media", { ...hello, media: { ...image, size: 1 } }, 422, "invalid", ["/media/size"]],
  ["a recipient of an unknown sort", { to: { channel: "1" }, text: "Hello" }, 422, "invalid"],
  ["a recipient of two sorts", { to: { group: "495", phone: `+${number}` }, text: "Hello" }, 422, "invalid", ["/to"]],
  ["a recipient that is a string", { to: `+${number}`, text: "Hello" }, 422, "invalid", ["/to"]],
  ["a number that is a number", { to: { phone: Number(number) }, text: "Hello" }, 422, "invalid", ["/to/phone"]],
  ["no recipients", { to: [], text: "Hello" }, 422, "invalid", ["/to"]],
  ["1001 recipients", { to: Array(1001).fill(to), text: "Hello" }, 422, "invalid", ["/to"]],
  ["a number too short", { to: { phone: "+12" }, text: "Hello" }, 422, "invalid", ["/to/phone"]],
  ["a wrong number among good ones", { to: [to, { phone: `${number}${number}` }], text: "Hello" }, 422, "invalid", ["/to/1/phone"]],
  ["a text that is a number", { to, text: 5 }, 422, "invalid", ["/text"]],
  ["no text and no media", { to }, 422, "invalid", ["/text"]],
  ["an empty text", { to, text: "" }, 422, "invalid", ["/text"]],
  ["a blank text", { to, text: " \n\t\u3000 " }, 422, "invalid", ["/text"]],
  ["mentions that are no array", { ...hello, mentions: number }, 422, "invalid", ["/mentions"]],
  ["a mention that is no number", { ...hello, mentions: [`+${number}`, "Ann"] }, 422, "invalid", ["/mentions/1"]],
  ["an empty reply_to", { ...hello, reply_to: "" }, 422, "invalid", ["/reply_to"]],
  ["typing that is a word", { ...hello, typing: "yes" }, 422, "invalid", ["/typing"]],
  ["an expiry before now", { ...hello, expires_in: -1 }, 422, "invalid", ["/expires_in"]],
  ["an expiry of no time", { ...hello, expires_in: 0 }, 422, "invalid", ["/expires_in"]],
  ["a time that is none", { ...hello, send_at: "tomorrow" }, 422, "invalid", ["/send_at"]],
  ["a day that is none", { ...hello, send_at: "2097-02-29T10:00:00Z" }, 422, "invalid", ["/send_at"]],
  ["metadata that is no object", { ...hello, metadata: "42" }, 422, "invalid", ["/metadata"]],
  ["media of no sort", { ...hello, media: { url: image.url } }, 422, "invalid"],
  ["media that is an array", { ...hello, media: ["image", image.url] }, 422, "invalid", ["/media"]],
  ["media without its bytes", { ...hello, media: { kind: "image" } }, 422, "invalid", ["/media"]],
  ["media with a url and base64", { ...hello, media: { ...image, base64: PIXEL } }, 422, "invalid", ["/media"]],
  ["media by a local path", { ...hello, media: { ...image, url: "file:///etc/passwd" } }, 422, "invalid", ["/media/url"]],
  ["base64 that is none", { ...hello, media: { kind: "image", base64: "%%%" } }, 422, "invalid", ["/media/base64"]],
  ["a file name with a path", { ...hello, media: { ...image, filename: "../a.png" } }, 422, "invalid", ["/media/filename"]],
  ["a media type with a header in it", { ...hello, media: { ...image, mime: "image/png\r\nX-Injected: 1" } }, 422, "invalid", ["/media/mime"]],
  ["a connection that is none", { ...hello, via: "nope" }, 422, "invalid", ["/via"]],
  ["a connection that is none, among others", { ...hello, via: ["whatspie", "nope"] }, 422, "invalid", ["/via/1"]],
  ["a connection out of the language's own names", { ...hello, via: "__proto__" }, 422, "invalid", ["/via"]],
  ["no connections", { ...hello, via: [] }, 422, "invalid", ["/via"]],
  ["a connection that is a number", { ...hello, via: 1 }, 422, "invalid", ["/via"]],
  ["a word that on_unsupported does not know", { ...hello, on_unsupported: "ignore" }, 422, "invalid", ["/on_unsupported"]],
  ["options for a provider that is none", { ...hello, options: { nope: {} } }, 422, "invalid", ["/options/nope"]],
  ["an option that is none", { ...hello, options: { a1base: { nope: 1 } } }, 422, "invalid", ["/options/a1base/nope"]],
  ["an option of the wrong type", { ...hello, options: { a1base: { dialect: 5 } } }, 422, "invalid", ["/options/a1base/dialect"]],
  ["options that are an array", { ...hello, options: [] }, 422, "invalid", ["/options"]],
  ["an alias that is none", { to: { group: "no-such-team" }, text: "Hello" }, 422, "invalid", ["/to/group"]],
  ["a feature that the provider lacks", { ...hello, mentions: [number], via: "wachat" }, 422, "unsupported", ["/mentions"]],
  ["media in a form that the provider lacks", { to, media: { kind: "image", base64: PIXEL }, via: "whatspie" }, 422, "unsupported", ["/media/base64"]],
  ["a body of 2 MB", long(2_000_000), 413, "invalid"],
  ["a body of 10 MB", long(10_000_000), 413, "invalid"],
  ["a body of 12 MB", long(12_000_000), 413, "invalid"],
];
for (const [name, body, status, code, pointers] of BODIES) {
  test(`${name}: refused, as a send and as a preview`, async () => {
    for (const path of ["/v1/messages", "/v1/messages/preview"]) {
      const answer = await api("POST", path, body);
      assert.ok([status].flat().includes(answer.status), answer.text);
      assertProblem(answer, answer.status, code ?? answer.json?.code, pointers);
    }
    assert.deepEqual(requests(), []);
  });
}

// What could be previewed, but not sent: a name, the message, where it is wrong.
const SENDS = [
  ["a time that has passed", { ...hello, send_at: "2020-01-01T00:00:00Z" }, ["/send_at"]],
  ["a time more than 30 days ahead", { ...hello, send_at: inDays(30.01) }, ["/send_at"]],
  ["a time in another century", { ...hello, send_at: "9999-12-31T23:59:59Z" }, ["/send_at"]],
  ["metadata of more than 16 KiB", { ...hello, metadata: sized((16 << 10) + 1) }, ["/metadata"]],
  ["the same recipient twice", { to: [to, to], text: "Hello" }, ["/to/1/group"]],
  ["the same number twice, written in two ways", { to: [{ phone: number }, to, { phone: "+62 811 1112-2222" }], text: "Hello" }, ["/to/2/phone"]],
  ["a group by its alias and by its id", { to: [to, { group: "495" }], text: "Hello", via: "whatspie" }, ["/to/1/group"]],
  ["all of that at once", { to: [to, to, to], text: "Hello", send_at: inDays(31), metadata: sized(20_000) }, ["/send_at", "/metadata", "/to/1/group", "/to/2/group"]],
];
for (const [name, message, pointers] of SENDS) {
  test(`${name}: refused as a send`, async () => {
    assertProblem(await api("POST", "/v1/messages", message), 422, "invalid", pointers);
    assert.equal((await api("POST", "/v1/messages/preview", message)).status, 200);
    assert.deepEqual(requests(), []);
  });
}

test("what is just within the limits is taken", async () => {
  const message = { ...hello, send_at: inDays(29.99), metadata: sized(16 << 10) };
  const { status, json } = await api("POST", "/v1/messages", message);
  assert.deepEqual([status, json.status, json.metadata], [202, "scheduled", message.metadata]);
  assert.equal((await api("DELETE", `/v1/messages/${json.id}`)).status, 200);
});

test("what is wrong with one of several recipients is told at its place, and nobody gets the message", async () => {
  for (const group of ["49/5", "no-such-team"]) {
    const message = { to: [to, { group }, { phone: number }], text: "Hello" };
    const refused = await api("POST", "/v1/messages", message);
    assertProblem(refused, 422, "invalid", ["/to/1/group"]);
    assert.match(refused.json.detail, /^\/to\/1\/group: /);
    const { status, json } = await api("POST", "/v1/messages/preview", message);
    const errors = json.items.map(({ error }) => error?.errors.map(({ pointer }) => pointer));
    assert.deepEqual([status, errors], [200, [undefined, ["/to/1/group"], undefined]]);
  }
  assert.deepEqual(requests(), []);
});

test("what is wrong with all recipients is told at each, and what is wrong with the message once", async () => {
  const all = { to: [{ group: "49/5" }, { phone: number }, { group: "49/6" }], text: "Hello", via: "wachat" };
  const lacking = { ...all, to: [to, { phone: number }], mentions: [number] };
  assertProblem(await api("POST", "/v1/messages", all), 422, "invalid", ["/to/0/group", "/to/2/group"]);
  assertProblem(await api("POST", "/v1/messages", lacking), 422, "unsupported", ["/mentions"]);
  assertProblem(await api("POST", "/v1/messages/preview", lacking), 422, "unsupported", ["/mentions"]);
  assert.deepEqual(requests(), []);
});

test("a body of unknown length is refused once it is too long", async () => {
  for (const bytes of [2_000_000, 12_000_000]) {
    assertProblem(await api("POST", "/v1/messages", long(bytes), {}, { chunked: true }), 413, "invalid");
  }
  assert.equal((await api("POST", "/v1/messages", hello, { prefer: "wait=30" }, { chunked: true })).status, 200);
});

test("what goes many arrays deep is refused, or comes back as it was", async () => {
  for (const depth of [100, 100_000]) {
    for (const member of ["metadata", "options"]) {
      for (const path of ["/v1/messages", "/v1/messages/preview"]) {
        const { status, text } = await api("POST", path, deep(member, depth), { prefer: "wait=30" });
        assert.ok([200, 400, 422].includes(status), text);
      }
    }
    const { status, text } = await send(deep("metadata", depth));
    assert.equal(text.includes(arrays(depth)), status === 200);
  }
  assert.equal((await send(deep("metadata", 100))).status, 200);
});

const KEY = `the key of ${"x".repeat(244)}`;
// A header, a value, whether it is taken.
const HEADERS = [
  ...["", "é", "a\tb", "a\u00a0b", `${KEY}x`].map((value) => ["idempotency-key", value, false]),
  ...["~", "\"1\"", KEY].map((value) => ["idempotency-key", value, true]),
  ...["wait=0", "wait=31", "wait=", "wait=-1", "wait=1.5", "wait=1e1", "wait=ten", "wait=99999999999999999999", "respond-async, wait=0", "wait=0;x=1"].map((value) => ["prefer", value, false]),
  ...["wait=30", "respond-async, wait=30", "wait=30;x=1", "respond-async", "", "nonsense", "wait"].map((value) => ["prefer", value, true]),
];
for (const [header, value, isTaken] of HEADERS) {
  test(`${header}: ${value.slice(0, 20)} (${value.length}): ${isTaken ? "taken" : "refused"}`, async () => {
    const arrived = new Promise((resolve) => (onMessage = resolve));
    const answer = await api("POST", "/v1/messages", hello, { [header]: value });
    if (isTaken) assert.equal(answer.status, value.includes("wait=30") ? 200 : 202, answer.text);
    else assertProblem(answer, 422, "invalid", [""]);
    if (isTaken) await arrived;
    assert.equal(answer.headers["preference-applied"], answer.status === 200 ? "wait=30" : undefined);
  });
}

test("the same Idempotency-Key again is answered as the first time, and with another body refused", async () => {
  const headers = { "idempotency-key": "order 42" };
  const [first, again] = [await send(hello, headers), await send(hello, headers)];
  assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text]);
  assert.deepEqual([first.headers["idempotent-replayed"], again.headers["idempotent-replayed"]], [undefined, "true"]);
  assert.equal(again.headers.location, first.headers.location);
  assertProblem(await send({ ...hello, text: "hello" }, headers), 422, "invalid");
  assert.equal(sandbox.messages().length, 1);
});

test("what was refused keeps no Idempotency-Key from what is right", async () => {
  const headers = { "idempotency-key": "order 43" };
  assertProblem(await send({ to }, headers), 422, "invalid", ["/text"]);
  assert.equal((await send(hello, headers)).status, 200);
});

test("a message that there is not is not found", async () => {
  for (const path of [NOBODY, "/v1/messages/1", "/v1/messages/__proto__", "/v1/messages/msg_%00", "/v1/messages/'%20OR%201=1--", `/v1/messages/${"x".repeat(8000)}`]) {
    for (const method of ["GET", "DELETE"]) assertProblem(await api(method, path), 404, "not_found");
    assertProblem(await api("POST", `${path}/resolve`, { as: "sent" }), 404, "not_found");
  }
});

test("a message that has gone can be neither called back nor resolved", async () => {
  const { json } = await send(hello);
  assertProblem(await api("DELETE", `/v1/messages/${json.id}`), 409, "rejected");
  for (const as of ["sent", "failed", "resend"]) assertProblem(await api("POST", `/v1/messages/${json.id}/resolve`, { as }), 409, "rejected");
  assert.deepEqual((await api("GET", `/v1/messages/${json.id}`)).json, json);
  assert.equal(sandbox.messages().length, 1);
});

// A name, the body, what it is refused with.
const VERDICTS = [
  ["no body", undefined, 400, "malformed"],
  ["half of a body", '{"as":"se', 400, "malformed"],
  ["an empty object", {}, 422, "invalid", ["/as"]],
  ["a string", '"sent"', 422, "invalid", [""]],
  ["an array", ["sent"], 422, "invalid", [""]],
  ["null", "null", 422, "invalid", [""]],
  ["a word that is none", { as: "delivered" }, 422, "invalid", ["/as"]],
  ["a word in capitals", { as: "SENT" }, 422, "invalid", ["/as"]],
  ["no word", { as: null }, 422, "invalid", ["/as"]],
  ["a number", { as: 1 }, 422, "invalid", ["/as"]],
  ["an unknown key", { as: "sent", at: 1 }, 422, "invalid", ["/at"]],
  ["the same key twice", '{"as":"sent","as":"failed"}', 422, "invalid", ["/as"]],
  ["100,000 arrays in each other", `{"as":${arrays(100_000)}}`, [400, 422]],
  ["a body of 12 MB", { as: "x".repeat(12_000_000) }, 413, "invalid"],
];
for (const [name, body, status, code, pointers] of VERDICTS) {
  test(`a verdict that is wrong (${name}): refused`, async () => {
    const answer = await api("POST", `${NOBODY}/resolve`, body);
    assert.ok([status].flat().includes(answer.status), answer.text);
    assertProblem(answer, answer.status, code ?? answer.json?.code, pointers);
  });
}

// A query, where it is wrong.
const QUERIES = [
  ...["limit=0", "limit=101", "limit=-1", "limit=ten", "limit=1.5", "limit=99999999999999999999", "limit=%31%30%30%30"].map((query) => [query, ["/limit"]]),
  ...["status=lost", "status=SENT", "status=sent%00"].map((query) => [query, ["/status"]]),
  ...["cursor=x", "cursor=1.5", "cursor=99999999999999999999"].map((query) => [query, ["/cursor"]]),
  ["page=2", ["/page"]],
  ["a~b/c=1", ["/a~0b~1c"]],
  ["=1", ["/"]],
  ["%ff=1", ["/\ufffd"]],
  ["limit=0&status=lost&nope=1", ["/limit", "/status", "/nope"]],
];
for (const [query, pointers] of QUERIES) {
  test(`GET /v1/messages?${query}: refused`, async () => {
    assertProblem(await api("GET", `/v1/messages?${query}`), 422, "invalid", pointers);
  });
}

test("who asks for messages that there are not gets none", async () => {
  for (const query of ["connection=nope", "batch=nope", "batch=%27%20OR%201=1--", "connection=%ff", "cursor=0", "cursor=-1", "status=expired"]) {
    const { status, json } = await api("GET", `/v1/messages?${query}`);
    assert.deepEqual([status, json], [200, { items: [], next: null }], query);
  }
});

test("a parameter without a value counts as not given", async () => {
  const listed = async (query) => (await api("GET", `/v1/messages${query}`)).json.items.map(({ id }) => id);
  const all = await listed("");
  assert.notEqual(all.length, 0);
  assert.deepEqual(await listed("?limit=&status=&cursor=&batch=&connection=&&="), all);
});

test("messages come in pages, the newest first", async () => {
  const sent = [];
  for (const text of ["1", "2", "3", "4", "5"]) sent.unshift((await send({ to, text, via: "gowhatsapp" })).json.id);
  const listed = [];
  let next = null;
  do {
    const { json } = await api("GET", `/v1/messages?connection=gowhatsapp&limit=2${next ? `&cursor=${next}` : ""}`);
    assert.ok(json.items.length <= 2);
    listed.push(...json.items.map(({ id }) => id));
    next = json.next;
  } while (next);
  assert.deepEqual(listed, sent);
});

test("a group's id cannot lead anywhere else", async () => {
  const ids = ["495/../../x", "../x", "..", ".", "a%2Fb", "495%2f..", "495?x=1", "495#x", "495\\..", "４９５", "495 ", ""];
  for (const via of PROVIDERS) {
    for (const group of [...ids, "495\n", "495\r\nX-Injected: 1", "a\u0000"]) {
      assertProblem(await api("POST", "/v1/messages", { to: { group }, text: "Hello", via }), 422, "invalid", ["/to/group"]);
    }
  }
  assert.deepEqual(requests(), []);
});

test("no field can bring a header, and what is odd in a text arrives as it is", async () => {
  const odd = "x\r\nX-Injected: 1\r\n\r\n\u0000\u202e👩‍👩‍👧";
  const fields = [
    { text: odd },
    { reply_to: odd },
    { media: { kind: "image", base64: PIXEL, filename: odd } },
    { media: { ...image, filename: odd } },
    { media: { ...image, url: `https://example.com/${odd}` } },
    { mentions: [odd] },
    { via: odd },
    { metadata: { [odd]: odd } },
    { options: { [odd]: {} } },
    { options: { a1base: { service: odd, from: odd } } },
    { [odd]: odd },
    { to: { phone: `+${number}${odd}` } },
    { to: { group: odd } },
  ];
  for (const via of PROVIDERS) {
    for (const field of fields) {
      const answer = await send({ ...hello, via, ...field });
      assert.ok([200, 422].includes(answer.status), answer.text);
      if (answer.status === 422) assertProblem(answer, 422, answer.json.code);
    }
  }
  assert.ok(requests().every((request) => request.status < 400 && !("x-injected" in request.headers)));
  assert.equal(sandbox.messages().find(({ text }) => text.startsWith("x"))?.text, odd);
});

test("who has no key is told so, and learns nothing else", async () => {
  const near = [key, `Bearer ${key}x`, `Bearer ${key.slice(1)}`, `Bearer ${key} ${key}`, `Basic ${btoa(`x:${key}`)}`];
  const gets = [`/v1/providers?key=${key}`, "/v1/connections/whatspie/health", "/v1/messages", NOBODY, "/v1/nothing"].map((path) => ["GET", path]);
  for (const authorization of [null, "", "Bearer", "Bearer ", "Bearer wrong", ...near]) {
    for (const [method, path] of [["POST", "/v1/messages"], ["DELETE", NOBODY], ["POST", `${NOBODY}/resolve`], ...gets]) {
      const answer = await api(method, path, method === "POST" ? hello : undefined, { authorization });
      assertProblem(answer, 401, "auth");
      assert.match(answer.headers["www-authenticate"], /^Bearer/);
    }
  }
  assert.deepEqual(requests(), []);
  assert.equal((await api("GET", "/v1/providers", undefined, { authorization: `bearer ${key}` })).status, 200);
});

test("what is no JSON by its own word is refused", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "text/json"]) {
    assertProblem(await api("POST", "/v1/messages", hello, { "content-type": type }), 415, "invalid");
    assertProblem(await api("POST", `${NOBODY}/resolve`, { as: "sent" }, { "content-type": type }), 415, "invalid");
  }
  assert.equal((await api("POST", "/v1/messages/preview", hello, { "content-type": "Application/JSON; charset=UTF-8" })).status, 200);
});

test("a path answers to its methods only", async () => {
  const reads = ["/v1/providers", "/v1/connections", "/v1/connections/whatspie/groups", "/healthz"].map((path) => [path, "GET, HEAD"]);
  const messages = [["/v1/messages", "GET, HEAD, POST"], ["/v1/messages/preview", "POST"], [NOBODY, "GET, HEAD, DELETE"], [`${NOBODY}/resolve`, "POST"]];
  for (const [path, allowed] of [...messages, ...reads]) {
    const others = ["PUT", "PATCH", "OPTIONS", "GET", "POST", "DELETE"].filter((method) => !allowed.split(", ").includes(method));
    assert.ok(others.length >= 4);
    for (const method of others) {
      const answer = await api(method, path);
      assertProblem(answer, 405, "invalid");
      assert.equal(answer.headers.allow, allowed);
    }
  }
});

test("HEAD is GET without the body", async () => {
  for (const [path, status] of [["/v1/messages", 200], ["/v1/messages?limit=0", 422], [NOBODY, 404]]) {
    const answer = await api("HEAD", path);
    assert.deepEqual([answer.status, answer.text], [status, ""]);
  }
});

test("a path that is none is not found", async () => {
  const near = ["/v1", "/v1/", "/V1/messages", "/v1//messages", "//v1/messages", "/v1/messages/", "/v1/messages/x/y", "/v1/messages/x/resolve/y", "/v1%2fmessages", "/healthz/", "/healthz%00"];
  const names = ["nope", "", "__proto__", "whatspie%2f..%2fa1base", "%77hatspie"].map((name) => `/v1/connections/${name}/health`);
  const paths = ["/nothing", "/v1/nothing", ...near, ...names, `/v1/${"x".repeat(8000)}`, "/%ff%fe"];
  for (const path of paths) assert.equal((await api("GET", path)).status, 404, path);
  for (const path of paths.filter((path) => path.startsWith("/v1/"))) assertProblem(await api("GET", path), 404, "not_found");
});

test("a path that climbs leads to nothing that is closed", async () => {
  for (const path of ["/healthz/../v1/providers", "/healthz/%2e%2e/v1/providers", "/x/..//v1/connections", "/%2e/v1/connections"]) {
    const { status } = await ask(url, "GET", path);
    assert.ok([401, 404].includes(status), `${path}: ${status}`);
  }
});

test("after all this the Worker works, and neither its log nor a problem tells a key or a number", async () => {
  assert.equal((await send(hello)).status, 200);
  assert.equal(sandbox.messages().length, 1);
  assertSecret(worker, [key, number, "sandbox-token", "sandbox-key", "sandbox-secret"]);
  assertUnharmed(worker);
});
