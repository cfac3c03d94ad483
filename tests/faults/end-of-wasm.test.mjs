// The wasm comes to an end in each way in which wasm does: whoever asks next is answered, and what was stored is there.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { createPhones, reaches, until } from "../support/delivery.mjs";
import { promise, scale } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";

const sandbox = await startSandbox();
after(sandbox.stop);
const worker = await useWorkerd({ config: devConfig(sandbox.url), isFaulty: true });
const phone = createPhones("91");
const { api, fault } = worker;

const SIBLINGS = 20;
const health = () => api("GET", "/v1/connections/whatspie/health");
const hello = (more) => ({ to: { phone: phone() }, text: "Hello", via: "gowhatsapp", ...more });
const asked = () => sandbox.requests().filter(({ path }) => path.includes("devices")).length;

/** Lets so many ask a provider that does not answer yet, does this, and lets the provider answer. */
async function amid(count, happen) {
  sandbox.reset();
  const release = sandbox.fail({ provider: "whatspie", method: "GET", fault: { hold: true } });
  const siblings = Array.from({ length: count }, health);
  await until("all are waiting", () => asked() === count);
  const happened = await happen();
  release();
  return { happened, siblings: await Promise.all(siblings) };
}

test("B9: what ends the wasm ends one request, and none of 20 beside it", async (t) => {
  let harmed = 0;
  for (let round = 0; round < scale.B9.rounds; round += 1) {
    const { happened, siblings } = await amid(SIBLINGS, () => fault("door", "trap"));
    assert.equal(happened, "RuntimeError, a new instance");
    harmed += siblings.filter(({ status, json }) => status !== 200 || json.status !== "up").length;
  }
  assert.equal(harmed, 0);
  promise(t, "B9", {}, `siblings ${SIBLINGS * scale.B9.rounds} of ${SIBLINGS * scale.B9.rounds} answered 200`);
});

test("B9: after a trap, a stack that overflows and a memory that is full the next request is answered, and what was stored is there", async (t) => {
  const kept = await Promise.all(Array.from({ length: 20 }, () => api("POST", "/v1/messages", hello({ send_at: new Date(Date.now() + 86_400_000).toISOString() }))));
  const ids = kept.map(({ json }) => json.id);
  let worst = 0;
  let lost = 0;
  let hung = 0;
  for (let round = 0; round < scale.B9.rounds; round += 1) {
    for (const where of ["door", "object"]) {
      for (const [name, error] of [["trap", "RuntimeError"], ["overflow", "RangeError"], ["memory", "RuntimeError"]]) {
        const { happened, siblings } = await amid(SIBLINGS, async () => {
          const happened = await fault(where, name);
          const started = performance.now();
          const next = await api("GET", "/v1/messages?status=scheduled&limit=100");
          worst = Math.max(worst, performance.now() - started);
          assert.equal(next.status, 200, `${where} ${name}: ${next.text}`);
          const there = new Set(next.json.items.map(({ id }) => id));
          lost += ids.filter((id) => !there.has(id)).length;
          return happened;
        });
        assert.equal(happened, `${error}, a new instance`, `${where} ${name}`);
        // Whoever was in the instance that ended has begun anew in the next.
        hung += siblings.filter(({ status }) => status !== 200).length;
        const { json } = await api("POST", "/v1/messages", hello());
        assert.equal((await reaches(worker, json.id, "sent")).attempts.length, 1);
      }
    }
  }
  assert.ok(worst < 1_000, `${worst} ms`);
  promise(t, "B9", { lost, hung }, `next request 200 after ${worst.toFixed(0)} ms at most, in ${6 * scale.B9.rounds} ends`);
});

test("B9: a message whose provider is at work when the wasm ends is sent once, and known to be", async (t) => {
  let lost = 0;
  let doubled = 0;
  for (const name of ["trap", "overflow", "memory"]) {
    sandbox.reset();
    const release = sandbox.fail({ provider: "gowhatsapp", fault: { hold: true } });
    const { json } = await api("POST", "/v1/messages", hello());
    await until("it is under way", () => sandbox.messages().length === 1);
    await fault("object", name);
    release();
    const { attempts } = await reaches(worker, json.id, "sent");
    lost += Number(attempts.length !== 1);
    doubled += sandbox.messages().length - 1;
  }
  promise(t, "B9", { lost, doubled }, "3 messages under way when the wasm ended");
});
