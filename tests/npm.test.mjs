// Every fixture through the module for npm, as Node loads it.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Chaski, isChaskiError, providers } from "../build/npm/index.js";

const folder = new URL("fixtures/", import.meta.url);

const fixtures = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith(".json"))
  .map((path) => ({ path, ...JSON.parse(readFileSync(new URL(path, folder))) }));

const text = (body) => (typeof body === "string" ? body : body === undefined ? "" : JSON.stringify(body));

function thrownBy(run) {
  try {
    run();
  } catch (error) {
    assert.ok(isChaskiError(error), error?.stack);
    return error;
  }
  return assert.fail("nothing was thrown");
}

/** Members that a fixture leaves out are not compared. */
function assertError(error, { errors = [], retry_after, ...members }, path) {
  if (retry_after !== undefined) assert.equal(error.retryAfter ?? null, retry_after, path);
  for (const [name, value] of Object.entries(members)) assert.deepEqual(error[name] ?? null, value, `${path}: ${name}`);
  if (errors.length > 0) assert.deepEqual(error.errors.map(({ pointer }) => pointer), errors.map(({ pointer }) => pointer), path);
}

test("each call makes its request", () => {
  for (const { path, account, call, request: wanted, error } of fixtures) {
    if (!wanted) {
      assertError(thrownBy(() => new Chaski(account).request(call)), error, path);
      continue;
    }
    const made = new Chaski(account).request(call);
    assert.deepEqual([made.method, made.url], [wanted.method, wanted.url], path);
    for (const [name, value] of Object.entries(wanted.headers)) assert.equal(made.headers[name], value, `${path}: ${name}`);
    if (!wanted.body?.multipart) assert.deepEqual(made.body && JSON.parse(made.body), wanted.body, path);
  }
});

test("each answer comes to its reply", () => {
  for (const { path, account, call, response, reply: wanted, error } of fixtures) {
    if (!response) continue;
    const reply = () => new Chaski(account).reply(call, { ...response, body: text(response.body) });
    if (error) assertError(thrownBy(reply), error, path);
    else assert.deepEqual({ ...reply(), raw: undefined }, { ...wanted, raw: undefined }, path);
  }
});

test("a file that is no text arrives byte for byte", () => {
  const bytes = Buffer.from([0, 255, 254, 13, 10, 128]);
  const wa = new Chaski({ provider: "gowhatsapp", base_url: "http://localhost:7001", token: "test-token" });
  const media = { kind: "image", base64: bytes.toString("base64"), filename: "a.png" };
  const { body } = wa.request({ send_message: { to: { group: "120363025246125016@g.us" }, media } });
  assert.ok(body instanceof Uint8Array && Buffer.from(body).includes(bytes));
});

test("the providers are told", () => {
  assert.deepEqual(providers().map(({ slug }) => slug), ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"]);
});
