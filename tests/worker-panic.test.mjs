// A panic in the Worker's wasm ends the request that met it, and no other. This drives the artefact that is
// deployed, in the order in which door.js never would: going on after the end makes Rust panic.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Door, initSync } from "../build/worker/chaski.js";

initSync({ module: readFileSync(new URL("../build/worker/chaski_bg.wasm", import.meta.url)) });

const healthz = (door) => door.open("GET", "/healthz", undefined, undefined, undefined, new Uint8Array());

const send = (door) =>
  door.open(
    "POST",
    "/v1/messages",
    "Bearer key",
    "application/json",
    undefined,
    new TextEncoder().encode('{"to":{"group":"495"},"text":"Hello"}'),
  );

const said = (step) => new TextDecoder().decode(step);

test("a panic is an error for its own request, and the others go on", () => {
  const connections = { ops: { provider: "whatspie", token: "test-token" } };
  const door = new Door(JSON.stringify({ CHASKI_API_KEY: "key", CHASKI_CONFIG: { connections } }));

  const others = Array.from({ length: 20 }, () => send(door));
  for (const other of others) assert.match(said(other.next(1)), /"fetch":.*api\.whatspie\.com/);

  const victim = healthz(door);
  assert.match(said(victim.next(2)), /"status":200/);
  assert.throws(() => victim.next(3), { name: "PanicError" });
  victim.free();

  for (const other of others) {
    other.answer(200, undefined, undefined, undefined, new TextEncoder().encode('{"data":{"id":"7"}}'));
    assert.match(said(other.next(4)), /"provider_id":"7"/);
    other.free();
  }
  assert.match(said(healthz(door).next(5)), /"status":200/);
});
