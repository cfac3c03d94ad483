// The sandbox as a subscriber: it takes what the reference implementation has signed, and keeps the last thousand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { SECRET, createSubscriber } from "./subscriber.mjs";
import { useSandbox } from "./testing.mjs";

const use = useSandbox();

const signed = (id, body, { at = new Date(), secret = SECRET } = {}) => ({
  "content-type": "application/json",
  "webhook-id": id,
  "webhook-timestamp": String(Math.floor(at / 1000)),
  "webhook-signature": new Webhook(secret).sign(id, at, body),
});

function post(id, { body = JSON.stringify({ id }), headers = {}, ...how } = {}) {
  const all = Object.entries({ ...signed(id, body, how), ...headers }).filter(([, value]) => value !== null);
  return fetch(`${use.sandbox.url}/_sandbox/subscriber`, { method: "POST", headers: all, body });
}
const kept = async () => (await fetch(`${use.sandbox.url}/_sandbox/subscriber`)).json();

test("what is signed is taken, and kept as it came", async () => {
  const answer = await post("evt_1", { body: '{"text":"Grüße 👋"}' });
  assert.equal(answer.status, 204);
  const other = `whsec_${Buffer.from("another secret of 32 bytes, more").toString("base64")}`;
  const foreign = new Webhook(other).sign("evt_2", new Date(), '{"id":"evt_2"}');
  const own = new Webhook(SECRET).sign("evt_2", new Date(), '{"id":"evt_2"}');
  assert.equal((await post("evt_2", { headers: { "webhook-signature": `${foreign} v2,AAAA ${own}` } })).status, 204, "one of several");
  assert.deepEqual((await kept()).map(({ id, event }) => [id, event]), [["evt_1", { text: "Grüße 👋" }], ["evt_2", { id: "evt_2" }]]);
  use.sandbox.reset();
  assert.deepEqual(await kept(), []);
});

test("what is not signed, or at another time, is refused", async () => {
  const ago = (seconds) => new Date(Date.now() - seconds * 1000);
  for (const [how, problem] of [
    [{ headers: { "webhook-id": null } }, /webhook-id/],
    [{ headers: { "webhook-id": "evt_2" } }, /does not hold/],
    [{ headers: { "webhook-signature": null } }, /does not hold/],
    [{ headers: { "webhook-signature": "v1," } }, /does not hold/],
    [{ headers: { "webhook-timestamp": null } }, /in seconds/],
    [{ headers: { "webhook-timestamp": "soon" } }, /in seconds/],
    [{ at: ago(400) }, /too long ago/],
    [{ at: ago(-400) }, /in the future/],
    [{ secret: `whsec_${Buffer.from("another secret of 32 bytes, more").toString("base64")}` }, /does not hold/],
  ]) {
    const answer = await post("evt_1", how);
    assert.equal(answer.status, 401);
    assert.match((await answer.json()).error, problem);
  }
  assert.deepEqual(await kept(), []);
});

test("the last thousand are kept", () => {
  const subscriber = createSubscriber();
  for (let n = 0; n < 1002; n += 1) {
    assert.equal(subscriber.take({ headers: signed(`evt_${n}`, "{}"), body: Buffer.from("{}") }).status, 204);
  }
  const ids = subscriber.received().map(({ id }) => id);
  assert.deepEqual([ids.length, ids[0], ids.at(-1)], [1000, "evt_2", "evt_1001"]);
});
