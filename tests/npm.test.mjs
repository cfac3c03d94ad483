// Every fixture through the module for npm, as Node loads it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { initSync, providers, reply, request } from "../build/npm/chaski.js";

initSync({ module: readFileSync(new URL("../build/npm/chaski_bg.wasm", import.meta.url)) });

const folder = new URL("fixtures/", import.meta.url);

const fixtures = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith(".json"))
  .map((path) => ({ path, ...JSON.parse(readFileSync(new URL(path, folder))) }));

const text = (body) => (typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body));

/** Members that a fixture leaves out are not compared. */
function assertError(error, wanted, path) {
  const { errors = [], ...members } = wanted;
  for (const [name, value] of Object.entries(members)) assert.deepEqual(error[name] ?? null, value, `${path}: ${name}`);
  assert.deepEqual(
    errors.map(({ pointer }) => pointer),
    errors.length > 0 ? error.errors.map(({ pointer }) => pointer) : [],
    path,
  );
}

test("each call makes its request", () => {
  for (const { path, account, call, request: wanted, error } of fixtures) {
    const made = JSON.parse(request(JSON.stringify(account), JSON.stringify(call)));
    if (!wanted) {
      assertError(made.error, error, path);
      continue;
    }
    assert.deepEqual([made.ok.method, made.ok.url], [wanted.method, wanted.url], path);
    const headers = Object.fromEntries(made.ok.headers);
    for (const [name, value] of Object.entries(wanted.headers)) assert.equal(headers[name], value, `${path}: ${name}`);
    if (!wanted.body?.multipart) assert.deepEqual(made.ok.body && JSON.parse(made.ok.body), wanted.body, path);
  }
});

test("each answer comes to its reply", () => {
  for (const { path, account, call, response, reply: wanted, error } of fixtures) {
    if (!response) continue;
    const answered = JSON.stringify({ ...response, body: text(response.body) });
    const came = JSON.parse(reply(JSON.stringify(account), JSON.stringify(call), answered));
    if (error) assertError(came.error, error, path);
    else assert.deepEqual({ ...came.ok, raw: undefined }, { ...wanted, raw: undefined }, path);
  }
});

test("a file that is no text arrives byte for byte", () => {
  const bytes = Buffer.from([0, 255, 254, 13, 10, 128]);
  const account = { provider: "gowhatsapp", base_url: "http://localhost:7001", token: "test-token" };
  const media = { kind: "image", base64: bytes.toString("base64"), filename: "a.png" };
  const call = { send_message: { to: { group: "120363025246125016@g.us" }, media } };
  const { ok } = JSON.parse(request(JSON.stringify(account), JSON.stringify(call)));
  assert.ok(Buffer.from(ok.base64, "base64").includes(bytes));
});

test("the providers are told", () => {
  const slugs = JSON.parse(providers()).map(({ slug }) => slug);
  assert.deepEqual(slugs, ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"]);
});

test("nonsense is an error, and the module goes on", () => {
  for (const nonsense of ["", "null", "[]", "{", '{"send_message":{}}', '"\ud800"', "9".repeat(100_000)]) {
    assert.ok(JSON.parse(request(nonsense, nonsense)).error, nonsense.slice(0, 20));
    assert.ok(JSON.parse(reply(nonsense, nonsense, nonsense)).error, nonsense.slice(0, 20));
  }
  assert.ok(JSON.parse(providers()).length > 0);
});
