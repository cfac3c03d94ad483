// Each of the five providers in turn, against the sandbox: what a user of the API does on a good day.

import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { after, beforeEach, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { isLookUp, useWorker } from "./support/world.mjs";

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (message) => onMessage(message) });
after(sandbox.stop);
beforeEach(sandbox.reset);
// Without how far the messages of the tests before are, which is asked some seconds later.
const requests = () => sandbox.requests().filter((request) => !isLookUp(request));
const config = devConfig(sandbox.url);
const { url, api, send } = await useWorker({ config });

const slugs = Object.keys(config.connections);
const GROUPS = config.groups["ops-team"];
const PHONE = "+6281234567890";
const PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const IMAGE = "https://example.com/pixel.png";

// What each provider says that it can do.
const { items: providers } = (await api("GET", "/v1/providers")).json;
const can = (via, what) => providers.some(({ slug, features, calls }) => slug === via && [...features, ...calls].includes(what));
// How each provider is told of a person.
const TOLD = {
  whatspie: "6281234567890",
  gowhatsapp: "6281234567890@s.whatsapp.net",
  wachat: "6281234567890",
  a1base: PHONE,
  whatsspot: "6281234567890",
};

/** The message was taken, and reached the sandbox once. */
function assertArrived(answer, via, wanted) {
  assert.equal(answer.status, 200, answer.text);
  const { json: message } = answer;
  assert.match(message.id, /^msg_[0-9a-f]{32}$/);
  assert.ok(["accepted", "queued", "sent"].includes(message.status), message.status);
  assert.deepEqual([message.connection, message.provider, message.via, message.error], [via, via, via, null]);
  assert.deepEqual(message.attempts.map(({ connection, outcome }) => [connection, outcome]), [[via, "accepted"]]);
  const arrived = sandbox.messages();
  assert.equal(arrived.length, 1);
  assert.equal(requests().length, 1);
  for (const [member, value] of Object.entries({ provider: via, ...wanted })) assert.deepEqual(arrived[0][member], value);
  // Some of a1base's and whatsspot's answers tell no id of the message.
  const [id] = [message.provider_id, message.job].filter(Boolean);
  if (via !== "a1base") assert.equal(id, arrived[0].id);
}

for (const via of slugs) {
  test(`${via}: a text reaches a group by its alias`, async () => {
    const to = { group: "ops-team" };
    const answer = await send({ to, text: "Hello 👋\n*team*", via });
    assertArrived(answer, via, { to: [GROUPS[via]], kind: "group", text: "Hello 👋\n*team*" });
    assert.deepEqual(answer.json.to, to);
  });

  test(`${via}: a text reaches a group by the provider's own id`, async () => {
    assertArrived(await send({ to: { group: GROUPS[via] }, text: "Hello", via }), via, { to: [GROUPS[via]], kind: "group", text: "Hello" });
  });

  test(`${via}: a text reaches a person`, async () => {
    const answer = await send({ to: { phone: "+62 812-3456 (7890)" }, text: "Hello", via });
    assertArrived(answer, via, { to: [TOLD[via]], kind: "individual", text: "Hello" });
    assert.deepEqual(answer.json.to, { phone: PHONE });
  });

  for (const way of ["url", "base64"]) {
    const taken = can(via, `media_${way}`);
    test(`${via}: an image by ${way} ${taken ? "reaches a group" : "is refused before anything is sent"}`, async () => {
      const media = { kind: "image", [way]: way === "url" ? IMAGE : PIXEL, filename: "pixel.png", mime: "image/png" };
      const answer = await send({ to: { group: "ops-team" }, text: "A pixel", media, via });
      if (taken) return assertArrived(answer, via, { kind: "group", text: "A pixel" });
      assert.deepEqual([answer.status, answer.json.code, answer.json.errors[0].pointer], [422, "unsupported", `/media/${way}`]);
      assert.deepEqual(requests(), []);
    });
  }

  test(`${via}: health asks the provider, where it can be asked`, async () => {
    const { status, json: health } = await api("GET", `/v1/connections/${via}/health`);
    assert.equal(status, 200);
    const asked = can(via, "check_account");
    assert.deepEqual([health.connection, health.provider, health.status, health.error], [via, via, asked ? "up" : "unknown", null]);
    assert.equal(health.account !== null, asked);
    assert.equal(health.quota !== null, can(via, "quota"));
    assert.deepEqual(requests().filter((request) => request.status !== 200), []);
  });

  test(`${via}: groups are listed, where the provider lists them, and a message reaches the first`, async () => {
    const answer = await api("GET", `/v1/connections/${via}/groups`);
    if (!can(via, "list_groups")) return assert.deepEqual([answer.status, answer.json.code], [422, "unsupported"]);
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.json.next, null);
    assert.equal(answer.json.items.length, 2);
    const [{ id, name }] = answer.json.items;
    assert.ok(id && name);
    sandbox.reset();
    assertArrived(await send({ to: { group: id }, text: "Hello", via }), via, { to: [id], kind: "group" });
  });
}

test("the default route is taken where a message names no connection", async () => {
  const { json } = await send({ to: { group: "ops-team" }, text: "Hello", metadata: { order: "42" } });
  assert.deepEqual([json.connection, json.via, json.metadata], ["whatspie", null, { order: "42" }]);
  assert.equal(sandbox.messages().length, 1);
});

test("a mention goes with the text", async () => {
  await send({ to: { group: "ops-team" }, text: "Hello @62856123456", mentions: ["+62856123456"] });
  assert.match(JSON.stringify(sandbox.messages()[0].body.params.mentions), /62856123456/);
});

test("several recipients are a message each, with one answer for all", async () => {
  const to = [{ group: "ops-team" }, { phone: PHONE }, { phone: "+6281234567891" }];
  for (const via of slugs) {
    sandbox.reset();
    const { status, headers, json } = await send({ to, text: "Hello", via, metadata: { order: "42" } });
    assert.deepEqual([status, Object.keys(json), json.next], [200, ["batch", "items", "next"], null]);
    assert.match(json.batch, /^batch_[0-9a-f]{32}$/);
    assert.deepEqual(json.items.map(({ to }) => to), to);
    assert.equal(new Set(json.items.map(({ id }) => id)).size, 3);
    for (const { batch, connection, attempts, metadata } of json.items) {
      assert.deepEqual([batch, connection, attempts.length, metadata], [json.batch, via, 1, { order: "42" }]);
    }
    const told = [GROUPS[via], TOLD[via], TOLD[via].replace(/7890/, "7891")];
    assert.deepEqual(sandbox.messages().map(({ to, text }) => [to, text]).sort(), told.map((one) => [[one], "Hello"]).sort());
    assert.equal(headers.location, `/v1/messages?batch=${json.batch}`);
    const listed = await api("GET", headers.location);
    assert.deepEqual(listed.json.items.map(({ id }) => id), json.items.map(({ id }) => id).reverse());
  }
});

test("several recipients go in one call, where the provider takes them and the message asks for that", async () => {
  const to = [{ phone: PHONE }, { phone: "+6281234567891" }];
  const { json } = await send({ to, text: "Hello", via: "whatsspot", options: { whatsspot: { bulk: true } } });
  assert.deepEqual(sandbox.messages().map((message) => message.to), [["6281234567890", "6281234567891"]]);
  assert.deepEqual([json.to, json.batch, json.attempts[0].receipt.recipients.length], [to, null, 2]);
});

test("what a provider lacks is said otherwise, where the message allows that", async () => {
  const message = { to: { group: "ops-team" }, text: "Hello", mentions: ["+62856123456"], reply_to: "3EB0ABC123DEF456789", typing: true };
  const degraded = { whatspie: [], gowhatsapp: ["mentions"], wachat: ["mentions", "reply_to", "typing"] };
  for (const [via, features] of Object.entries(degraded)) {
    sandbox.reset();
    const { status, json } = await send({ ...message, via, on_unsupported: "degrade" });
    assert.deepEqual([status, json.attempts.map(({ outcome }) => outcome), json.degraded], [200, ["accepted"], features]);
    const quote = features.includes("reply_to") ? "> re 3EB0ABC123DEF456789\n" : "";
    const mention = features.includes("mentions") ? " @62856123456" : "";
    assert.deepEqual(sandbox.messages().map(({ text }) => text), [`${quote}Hello${mention}`]);
  }
});

test("the README's call by curl works as it stands there", async () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const [command] = /^curl .*\/v1\/messages [^]*?(?=\n```)/m.exec(readme);
  const headers = [...command.matchAll(/-H '([^']*)'/g)].map(([, header]) => header.split(": "));
  const [, body] = /-d '([^']*)'/.exec(command);
  const arrived = new Promise((resolve) => (onMessage = resolve));
  const response = await fetch(`${url}/v1/messages`, { method: "POST", headers, body });
  assert.ok([200, 202].includes(response.status));
  assert.match((await response.json()).id, /^msg_/);
  await arrived;
  assert.equal(sandbox.messages().length, 1);
});

test("a file of 5 MB arrives byte for byte", async () => {
  const bytes = randomBytes(5_000_000);
  const media = { kind: "document", base64: bytes.toString("base64"), filename: "random.bin", mime: "application/octet-stream" };
  assertArrived(await send({ to: { group: "ops-team" }, media, via: "gowhatsapp" }), "gowhatsapp", { kind: "group" });
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  assert.deepEqual(sandbox.messages()[0].body.file, { name: "random.bin", mime: "application/octet-stream", size: 5_000_000, sha256 });
});

test("the providers are told with all that they can do", async () => {
  const { status, json } = await api("GET", "/v1/providers");
  assert.equal(status, 200);
  assert.deepEqual(json.items.map((provider) => provider.slug), slugs);
  for (const { account, features, calls, docs, name } of json.items) {
    assert.ok(name && docs && features.includes("group") && calls.includes("send_message"));
    assert.ok(account.some((field) => field.secret && field.required));
  }
});

test("the connections are told without their keys", async () => {
  const { status, json, text } = await api("GET", "/v1/connections");
  assert.equal(status, 200);
  assert.deepEqual(json.items.map(({ name, provider, errors }) => [name, provider, errors]).sort(), slugs.map((slug) => [slug, slug, []]).sort());
  assert.deepEqual(json.items.find(({ name }) => name === "whatspie").routes, ["default"]);
  for (const secret of ["sandbox-token", "sandbox-key", "sandbox-secret", "sandbox-webhook-secret"]) assert.ok(!text.includes(secret));
});

test("health of the Worker is open to everyone and says nothing but its version", async () => {
  const { status, json } = await api("GET", "/healthz", undefined, { authorization: null });
  assert.equal(status, 200);
  assert.deepEqual(Object.keys(json).sort(), ["status", "version"]);
  const head = await api("HEAD", "/healthz");
  assert.deepEqual([head.status, head.text], [200, ""]);
});
