// Signatures that are almost right: each is refused, and none of what it signed is kept.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { Webhook } from "standardwebhooks";
import { Chaski } from "../../build/npm/index.js";
import { createRandom } from "../sandbox/random.mjs";
import { createSecret, hmac, inboundAccounts, logged, signed, spellings, webhooks } from "../support/relay.mjs";
import { figure, promise, scale, seed } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { ask, assertUnharmed } from "../support/world.mjs";

const random = createRandom(seed);
const below = (limit) => Math.floor(random() * limit);
const pick = (list) => list[below(list.length)];
const told = { id: "id-1", chat: { phone: "+6285156055377" }, from: "+6285156055377", text: "Hello", at: Date.UTC(2026, 0, 1) };
const signing = ["gowhatsapp", "a1base", "whatsspot"];
const now = 1_767_225_600;

/** The same, with one bit another one, or cut, or longer. */
function almost(text) {
  const bytes = Buffer.from(text, "latin1");
  const way = random();
  if (way < 0.7) bytes[below(bytes.length)] ^= 1 << below(7);
  else if (way < 0.85) return text.slice(0, below(text.length));
  else return text + pick(["0", "=", " ", ",", "a", text]);
  return bytes.toString("latin1");
}

test("B11: of all signatures that are almost right none is accepted", { timeout: 600_000 }, async (t) => {
  console.log(`seed ${seed}: CHASKI_SEED=${seed} makes the same signatures`);
  const clients = signing.map((name) => {
    const { provider, base_url: baseUrl, ...account } = inboundAccounts[name];
    const body = spellings[0](webhooks[name]["message.received"](told));
    return { name, body, headers: signed(inboundAccounts[name], body, now), client: new Chaski({ provider, ...account, ...(baseUrl && { baseUrl }) }) };
  });
  const verdict = ({ client }, headers, body) => {
    try {
      return client.receive({ headers, body }, now * 1000) && "accepted";
    } catch (error) {
      return error.kind;
    }
  };
  for (const each of clients) assert.equal(verdict(each, each.headers, each.body), "accepted", each.name);
  let forged = 0;
  const odd = new Set();
  for (let count = 0; count < scale.B11.mutations; count += 1) {
    const each = clients[count % clients.length];
    const header = pick(Object.keys(each.headers));
    const isBody = random() < 0.4;
    // One that comes in two headers is changed in both: either would do.
    const changed = almost(each.headers[header]);
    const headers = isBody ? each.headers : Object.fromEntries(Object.entries(each.headers).map(([name, value]) => [name, value === each.headers[header] ? changed : value]));
    const body = isBody ? almost(each.body) : each.body;
    // The space around a header's value is not part of it, nor is the case of hexadecimal digits.
    const isSame = body === each.body && Object.entries(headers).every(([name, value]) => value.trim().toLowerCase() === each.headers[name]);
    const said = verdict(each, headers, body);
    if (said === "accepted" && !isSame) forged += 1;
    if (!["accepted", "forged"].includes(said)) odd.add(said);
  }
  assert.deepEqual([...odd], []);
  promise(t, "B11", { forged }, `${figure(scale.B11.mutations)} signatures that are almost right, of seed ${seed}`);
});

test("B11: what the Worker refuses leaves nothing, by each of the ways in which a signature can be wrong", async (t) => {
  const secret = createSecret("the right one");
  const hook = { key: "hook-key-0123456789", to: { phone: "+6281234567890" }, via: "gowhatsapp", template: "plain", signature: "standard", secret };
  const connections = Object.fromEntries(signing.map((name) => [name, inboundAccounts[name]]));
  const worker = await useWorkerd({ config: { connections, hooks: { signed: hook } } });
  const type = { "content-type": "application/json" };
  const statuses = {};
  const tell = async (path, body, headers) => {
    const { status } = await ask(worker.url, "POST", path, body, { ...type, ...headers });
    statuses[status] = (statuses[status] ?? 0) + 1;
    return status;
  };
  let forged = 0;
  const seconds = Math.floor(Date.now() / 1000);
  for (const name of signing) {
    const body = spellings[0](webhooks[name]["message.received"](told));
    const good = signed(inboundAccounts[name], body);
    const each = (change) => Object.fromEntries(Object.entries(good).map(([header, value]) => [header, change(value)]));
    const wrong = [{}, each(() => ""), each(() => "sha256="), each((value) => value.slice(0, -1)), each((value) => value.slice(0, 10)), each((value) => `${value}0`), each((value) => value.replace(/[0-9a-f]$/, (digit) => (digit === "0" ? "1" : "0"))), each((value) => value.replace("sha256=", "sha1=")), each(() => `sha256=${"0".repeat(64)}`), each(() => hmac("another", body)), signed(inboundAccounts[name], `${body} `)];
    // Those that sign a time sign it for five minutes.
    if (name === "a1base") for (const age of [-3_600, -302, 302, 3_600]) wrong.push(signed(inboundAccounts[name], body, seconds - age));
    const isRight = (headers) => JSON.stringify(headers) === JSON.stringify(good);
    for (const headers of wrong.filter((headers) => !isRight(headers))) forged += Number((await tell(`/v1/inbound/${name}`, body, headers)) < 400);
  }
  // The vectors of Standard Webhooks: a prefix, nothing after the comma, another version, another time, another id.
  const body = '{"text":"Hello"}';
  const sign = (id, at, text = body, key = secret) => new Webhook(key).sign(id, new Date(at * 1000), text);
  const right = sign("msg_1", seconds);
  const whole = { "webhook-id": "msg_1", "webhook-timestamp": `${seconds}`, "webhook-signature": right };
  const mac = createHmac("sha256", "x").update(body).digest("base64");
  const wrong = [
    ...["", "v1", "v1,", "v1,=", "v1,v1", ",", right.slice(3), right.slice(0, -1), right.slice(0, 10), `${right}x`, right.replace("v1,", "v2,"), right.replace("v1,", "v1a,"), right.replace("v1,", "V1,"), `v1,${mac}`, `v1,${mac} v1,${mac}`, right.replace(",", " ")].map((signature) => ({ ...whole, "webhook-signature": signature })),
    ...["msg_2", "", "msg_1.1"].map((id) => ({ ...whole, "webhook-id": id })),
    ...[`${seconds + 1}`, `${seconds}.0`, `+${seconds}`, `0${seconds}`, "", "now", "-1"].map((stamp) => ({ ...whole, "webhook-timestamp": stamp })),
    ...[-302, 302, 86_400].map((age) => ({ "webhook-id": "msg_1", "webhook-timestamp": `${seconds - age}`, "webhook-signature": sign("msg_1", seconds - age) })),
    { ...whole, "webhook-signature": sign("msg_1", seconds, `${body} `) },
    { ...whole, "webhook-signature": sign("msg_1", seconds, body, createSecret("a wrong one")) },
    {},
  ];
  for (const headers of wrong) forged += Number((await tell("/v1/hooks/signed/hook-key-0123456789", body, headers)) < 400);
  assert.deepEqual([(await logged(worker)).length, (await worker.api("GET", "/v1/messages")).json.items.length], [0, 0]);
  // Among three wrong ones the right one counts.
  assert.equal(await tell("/v1/hooks/signed/hook-key-0123456789", body, { ...whole, "webhook-signature": `v1,${mac} v2,x ${right} v1,` }), 202);
  assertUnharmed(worker);
  promise(t, "B11", { forged }, `${Object.values(statuses).reduce((sum, each) => sum + each) - 1} wrong signatures at the Worker's doors, all refused: ${JSON.stringify(statuses)}`);
});
