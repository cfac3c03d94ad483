// Idempotency-Key: one key, one message, however often and at whatever moment it is asked for.

import assert from "node:assert/strict";
import { after, afterEach, describe, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, grouped, listed, reaches, until } from "./support/delivery.mjs";
import { promise } from "./support/scale.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertProblem, assertUnharmed } from "./support/world.mjs";

// What has reached WhatsApp.
const records = [];
const sandbox = await startSandbox({ onMessage: (record) => records.push(record) });
after(sandbox.stop);
afterEach(() => sandbox.heal());
const config = devConfig(sandbox.url);
const broken = { provider: "whatspie", token: "$NOPE" };
const worker = await useWorkerd({ config: { ...config, connections: { ...config.connections, broken } } });
const phone = createPhones("83");

let last = 0;
const fresh = () => `key ${(last += 1)}`;
const hello = (more) => ({ to: { phone: phone() }, text: `Hello ${(last += 1)}`, via: "gowhatsapp", ...more });
const post = (key, message, headers) => worker.api("POST", "/v1/messages", message, { "idempotency-key": key, ...headers });
const reached = (text) => records.filter((record) => record.text === text);
const isReplayed = ({ headers }) => headers["idempotent-replayed"] === "true";

/** The first answer once more, and it says so. */
function assertReplayed(again, first) {
  assert.deepEqual([again.status, again.text, again.headers.location, isReplayed(again)], [first.status, first.text, first.headers.location, true]);
  assert.equal(isReplayed(first), false);
}

test("B6: 1,000 at once with one key are one message, and all are told the same", async (t) => {
  const message = hello();
  const key = fresh();
  const answers = await Promise.all(Array.from({ length: 1000 }, () => post(key, message)));
  const byStatus = grouped(answers, ({ status }) => status);
  const taken = byStatus.get(202);
  assert.equal(taken.length + (byStatus.get(409)?.length ?? 0), 1000);
  const [first, ...more] = taken.filter((answer) => !isReplayed(answer));
  assert.deepEqual(more, []);
  taken.filter(isReplayed).forEach((answer) => assertReplayed(answer, first));
  for (const answer of byStatus.get(409) ?? []) assertProblem(answer, 409, "rejected");

  await reaches(worker, first.json.id, "sent");
  assert.equal(reached(message.text).length, 1);
  assert.equal((await listed(worker, { connection: "gowhatsapp" })).length, 1);
  // What has become of it since is asked at its own place.
  assertReplayed(await post(key, message), first);
  promise(t, "B6", { doubled: reached(message.text).length - 1 }, `1,000 requests with one key: 1 message, ${answers.filter(isReplayed).length} replayed, ${byStatus.get(409)?.length ?? 0} told to come back`);
});

describe("B6: while the first is waited for", { timeout: 60_000 }, () => {
  for (const [what, to] of [["a message", () => ({ phone: phone() })], ["a batch", () => [{ phone: phone() }, { phone: phone() }]]]) {
    test(`${what}: the same key is told to come back, and later it is told the same`, async () => {
      const message = hello({ to: to() });
      const key = fresh();
      const release = sandbox.fail({ fault: { hold: true } });
      const first = post(key, message, { prefer: "wait=20" });
      await until("it is on its way", () => reached(message.text).length > 0);
      const others = await Promise.all(Array.from({ length: 200 }, (_, at) => post(key, message, at % 2 ? {} : { prefer: "wait=20" })));
      for (const answer of others) {
        assertProblem(answer, 409, "rejected");
        assert.match(answer.headers["retry-after"], /^[1-9]\d?$/);
      }
      release();
      const answer = await first;
      assert.deepEqual([answer.status, answer.headers["preference-applied"]], [200, "wait=20"]);
      assertReplayed(await post(key, message), answer);
      assert.equal(reached(message.text).length, [message.to].flat().length);
    });
  }

  test("who leaves does not take the key along", async () => {
    const message = hello();
    const key = fresh();
    const release = sandbox.fail({ fault: { hold: true } });
    const leaving = new AbortController();
    const left = worker.api("POST", "/v1/messages", message, { "idempotency-key": key, prefer: "wait=20" }, { signal: leaving.signal });
    await until("it is on its way", () => reached(message.text).length > 0);
    leaving.abort();
    await assert.rejects(left, { name: "AbortError" });
    release();
    const again = await until("the key answers", async () => {
      const answer = await post(key, message);
      return answer.status !== 409 && answer;
    });
    assert.ok(again.status === 200 || again.status === 202, again.text);
    assert.equal(isReplayed(again), true);
    await reaches(worker, again.json.id, "sent");
    assert.equal(reached(message.text).length, 1);
  });
});

test("B6: the same key with another body is refused, whatever the two say", async () => {
  const message = hello();
  const key = fresh();
  const first = await post(key, message);
  assert.equal(first.status, 202);
  for (const other of [{ ...message, text: "Another" }, { ...message, via: "wachat" }, { ...message, via: "nobody" }, { ...message, metadata: {} }, `${JSON.stringify(message)} `, "{}"]) {
    assertProblem(await post(key, other), 422, "invalid");
  }
  assertReplayed(await post(key, message), first);
  await reaches(worker, first.json.id, "sent");
  assert.equal(reached(message.text).length, 1);
  assert.equal(reached("Another").length, 0);
});

test("B6: what is refused leaves its key free", async () => {
  for (const [refused, status] of [
    [(message) => ({ ...message, text: " " }), 422],
    [(message) => ({ ...message, more: 1 }), 422],
    [(message) => ({ ...message, via: "nobody" }), 422],
    [(message) => ({ ...message, via: "wachat", reply_to: "1" }), 422],
    [(message) => ({ ...message, to: [message.to, { phone: "12" }] }), 422],
    [(message) => ({ ...message, via: "broken" }), 503],
    [() => "{", 400],
  ]) {
    const message = hello();
    const key = fresh();
    assert.equal((await post(key, refused(message))).status, status);
    const first = await post(key, message, { prefer: "wait=20" });
    assert.deepEqual([first.status, isReplayed(first), first.json.status], [200, false, "sent"], first.text);
    assert.equal(reached(message.text).length, 1);
  }
  const message = hello();
  const key = fresh();
  assert.equal((await post(key, message, { authorization: "Bearer wrong" })).status, 401);
  assert.equal(isReplayed(await post(key, message)), false);
});

test("B6: a message that failed keeps its key: the answer says so, and it is not tried again", async () => {
  const message = hello();
  const key = fresh();
  sandbox.fail({ provider: "gowhatsapp", scenario: "unauthorized" });
  const first = await post(key, message, { prefer: "wait=20" });
  assert.deepEqual([first.status, first.json.status], [200, "failed"]);
  sandbox.heal();
  assertReplayed(await post(key, message), first);
  assert.equal(reached(message.text).length, 0);
});

test("B6: a key is 1 to 255 characters of printable ASCII", async () => {
  for (const key of ["", "x".repeat(256), "cl\u00e9", "a\tb"]) {
    const message = hello();
    assertProblem(await post(key, message), 422, "invalid");
    assert.equal((await listed(worker)).some(({ to }) => to.phone === message.to.phone), false);
  }
  for (const key of ["x", "~".repeat(255), '{"a": 1}', "'; DROP TABLE messages; --"]) {
    const message = hello();
    const first = await post(key, message);
    assert.equal(first.status, 202, first.text);
    assertReplayed(await post(key, message), first);
  }
});

test("B6: keys differ by every character, and what has no key is new each time", async () => {
  const message = hello();
  const keys = ["Key", "key", "key ", "key-1", "key-10", null, null].map((key) => key && `${key}x`);
  const answers = [];
  for (const key of keys) answers.push(await post(key, message));
  assert.deepEqual(answers.map(({ status }) => status), keys.map(() => 202));
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, keys.length);
  await until("all are sent", () => reached(message.text).length === keys.length);
});

test("B6: a batch is one request", async () => {
  const message = hello({ to: Array.from({ length: 60 }, () => ({ phone: phone() })) });
  const key = fresh();
  const answers = await Promise.all(Array.from({ length: 20 }, () => post(key, message)));
  const [first, ...more] = answers.filter((answer) => answer.status === 202 && !isReplayed(answer));
  assert.deepEqual([more, first.json.items.length], [[], 60]);
  answers.filter(isReplayed).forEach((answer) => assertReplayed(answer, first));
  assertProblem(await post(key, { ...message, to: message.to.toReversed() }), 422, "invalid");
  await until("all are sent", () => reached(message.text).length === 60);
  assertReplayed(await post(key, message), first);
  assert.equal((await listed(worker, { batch: first.json.batch })).length, 60);
  assert.equal(reached(message.text).length, 60);
});

// The last one, since the Worker is killed in it.
test("B6: a key outlives the Worker", async () => {
  const kept = [];
  for (const [to, prefer] of [[{ phone: phone() }, null], [{ phone: phone() }, "wait=20"], [Array.from({ length: 30 }, () => ({ phone: phone() })), null]]) {
    const message = hello({ to });
    const key = fresh();
    kept.push({ key, message, first: await post(key, message, { prefer }) });
  }
  // The last to be asked for dies before it is answered: the provider has it, and the caller has nothing.
  const message = hello();
  const key = fresh();
  sandbox.fail({ fault: { hold: true }, to: message.to.phone.slice(1) });
  const lost = post(key, message, { prefer: "wait=2" }).catch((error) => error.code);
  await until("it is on its way", () => reached(message.text).length > 0);
  await worker.crash();
  assert.equal(await lost, "ECONNRESET");
  await worker.start();

  for (const { key, message, first } of kept) {
    assertReplayed(await post(key, message), first);
    assertProblem(await post(key, { ...message, text: "Another" }), 422, "invalid");
    await until("all are at an end", async () => (await listed(worker)).every(({ status }) => status === "sent" || status === "unknown" || status === "failed"));
    assert.ok(reached(message.text).length <= [message.to].flat().length);
    assert.equal(new Set(reached(message.text).map(({ to }) => to[0])).size, reached(message.text).length);
  }
  // Who asked may still be waited for, for all that the Worker knows, until the time is over.
  const again = await until("the key answers", async () => {
    const answer = await post(key, message);
    return answer.status !== 409 && answer;
  });
  assert.equal(isReplayed(again), true, again.text);
  const { status, attempts } = await reaches(worker, again.json.id, "unknown");
  assert.deepEqual([status, attempts.length, reached(message.text).length], ["unknown", 1, 1]);
});

test("none of this is a fault of the Worker", () => assertUnharmed(worker));
