// A conversation through the whole Worker: what is said in a chat goes out, is reported on as each gateway does, and
// answered; and whoever writes there is heard, once.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { Webhook } from "standardwebhooks";
import { devConfig, devWebhooks } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { logged } from "./support/relay.mjs";
import { assertSecret, assertUnharmed, useWorker } from "./support/world.mjs";

let onEvent = () => {};
const sandbox = await startSandbox({ pause: 0, onEvent: () => onEvent() });
after(sandbox.stop);
const config = devConfig(sandbox.url);
const worker = await useWorker({ config });
const { api, send } = worker;
sandbox.aim(devWebhooks(worker.url));

const JANE = "+12025550143";
const JID = "120363025246125016@g.us";

// By provider: the chat of an answer in the group, which events there are before it, how far it is
// then, and whether the answer has its text.
const providers = {
  whatspie: { chat: { group: JID }, reports: ["message.read"], status: "read" },
  // It does not tell what was said.
  gowhatsapp: { chat: { group: JID }, reports: ["message.delivered", "message.read"], status: "read", isMute: true },
  // It tells of no group, and of a delivery only those who ask: the Worker has done so, or will.
  wachat: { chat: { phone: JANE }, reports: [], status: ["accepted", "read"] },
  // What it echoes and acknowledges has an id that was in no answer to a send.
  a1base: { chat: { group: "group-thread-id-123" }, reports: ["message.sent"], status: "queued" },
  whatsspot: { chat: { group: JID }, reports: ["message.sent", "message.delivered", "message.read"], status: "queued" },
};

/** The events of a connection behind a cursor, up to the first that somebody wrote, as they come. */
async function heard(connection, cursor) {
  const items = [];
  while (!items.some(({ type }) => type === "message.received")) {
    const query = new URLSearchParams({ connection, ...(cursor && { cursor }) });
    const { status, text, json } = await api("GET", `/v1/events?${query}`, undefined, { prefer: "wait=20" });
    assert.equal(status, 200, text);
    assert.notEqual(json.items.length, 0, `nothing more than ${JSON.stringify(items)}`);
    items.push(...json.items);
    cursor = json.items.at(-1).id;
  }
  return items;
}
const last = async (connection) => (await logged(worker, { connection })).at(-1)?.id;

for (const [provider, { chat, reports, status, isMute = false }] of Object.entries(providers)) {
  describe(provider, () => {
    test("a message to a group is followed to its end, and answered once", async () => {
      const text = `Hello from ${provider}, and from everybody else at the edge`;
      const cursor = await last(provider);
      const sent = await send({ to: { group: "ops-team" }, text, via: provider });
      assert.equal(sent.status, 200, sent.text);

      const events = await heard(provider, cursor);
      assert.deepEqual(events.map(({ type }) => type), [...reports, "message.received"]);
      const { message } = events.at(-1);
      assert.deepEqual([message.chat, message.from.phone], [chat, JANE]);
      assert.equal(message.text, isMute ? null : `Got it: “${text.slice(0, 40)}”`);
      assert.ok(message.from_me === false && message.id);

      const { json } = await api("GET", `/v1/messages/${sent.json.id}`);
      assert.ok([status].flat().includes(json.status), json.status);
    });

    test("who writes in a group or privately is heard once", async () => {
      const group = config.groups["ops-team"][provider];
      const before = (await logged(worker, { connection: provider })).length;
      for (const [said, where] of [[{ group, name: "Ana" }, chat], [{ phone: "+6285156055377" }, { phone: "+6285156055377" }]]) {
        const { problem } = await sandbox.say({ provider, text: "Is it there?", ...said });
        assert.equal(problem, undefined);
        const { type, message } = (await logged(worker, { connection: provider })).at(-1);
        assert.deepEqual([type, message.chat, message.text], ["message.received", where, isMute ? null : "Is it there?"]);
        assert.equal(message.from.phone, said.phone ?? JANE);
      }
      assert.equal((await logged(worker, { connection: provider })).length, before + 2, "nobody answers those who write");
    });
  });
}

test("the subscriber gets each event, signed, and again when asked", { timeout: 20_000 }, async () => {
  const { crm } = config.subscribers;
  const events = await logged(worker);
  const got = (id) => sandbox.received().filter((one) => one.id === id);
  const until = (holds) =>
    new Promise((resolve) => {
      onEvent = () => holds() && resolve();
      onEvent();
    });
  await until(() => events.every(({ id }) => got(id).length > 0));
  for (const { id, ...event } of events) {
    const [{ event: told }] = got(id);
    assert.deepEqual(told, { id, ...event });
  }
  const [{ id }] = events;
  assert.equal((await api("POST", "/v1/subscribers/crm/replay", { event: id })).status, 202);
  await until(() => got(id).length === 2);

  const headers = { "content-type": "application/json", "webhook-id": "evt_1", "webhook-timestamp": String(Math.floor(Date.now() / 1000)) };
  const signature = new Webhook(crm.secret).sign("evt_1", new Date(), "{}");
  const post = async (signed, body = "{}") => (await fetch(crm.url, { method: "POST", headers: { ...headers, "webhook-signature": signed }, body })).status;
  assert.deepEqual([await post(signature), await post(`v1,AAAA ${signature}`), await post(signature, "{ }"), await post("")], [204, 204, 401, 401]);
});

test("the Worker is whole, and tells no secret", () => {
  assertSecret(worker, ["sandbox-webhook-secret", config.subscribers.crm.secret]);
  assertUnharmed(worker);
});
