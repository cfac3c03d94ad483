// A panic in the Worker's wasm ends the request that met it, and no other. This drives the artefact that is
// deployed, in the order in which door.js never would: going on after the end makes Rust panic.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Door, Outcome, initSync } from "../build/worker/chaski.js";

initSync({ module: readFileSync(new URL("../build/worker/chaski_bg.wasm", import.meta.url)) });

const bytes = (text) => new TextEncoder().encode(text);

const open = (door, method, path, body = "") =>
  door.open(JSON.stringify({ method, path, query: "", headers: { authorization: "Bearer key", "content-type": "application/json" } }), bytes(body));

const said = (step) => new TextDecoder().decode(step);

const answered = (body) => Outcome.answer(200, undefined, undefined, undefined, bytes(JSON.stringify(body)));

test("a panic is an error for its own request, and the others go on", () => {
  const connections = { ops: { provider: "whatspie", token: "test-token" } };
  const door = new Door(JSON.stringify({ CHASKI_API_KEY: "key", CHASKI_CONFIG: { connections } }));

  const others = Array.from({ length: 20 }, () => open(door, "GET", "/v1/connections/ops/health"));
  for (const other of others) assert.match(said(other.next(1)), /"fetch":.*api\.whatspie\.com/);

  const ends = [
    [open(door, "GET", "/healthz"), /"status":200/],
    [open(door, "POST", "/v1/messages", '{"to":{"group":"495"},"text":"Hello"}'), /"outbox":{/],
  ];
  for (const [victim, end] of ends) {
    assert.match(said(victim.next(2)), end);
    assert.throws(() => victim.next(3), { name: "PanicError" });
    victim.free();
  }

  for (const [number, other] of others.entries()) {
    other.bring(answered({ data: [{ name: `device ${number}`, paired_status: "PAIRED" }] }));
    assert.match(said(other.next(4)), /"fetch":/);
    other.bring(Outcome.failure("timeout"));
    assert.match(said(other.next(5)), new RegExp(`"status":"up","account":{"connected":true,"name":"device ${number}".*"quota":null`));
    other.free();
  }
  assert.match(said(open(door, "GET", "/healthz").next(6)), /"status":200/);
});
