// What others send becomes a message in a group: each payload of tests/hooks, through the Worker to the sandbox.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { root } from "../src/tools/process.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { until } from "./support/delivery.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { ask, assertProblem, assertSecret, assertUnharmed } from "./support/world.mjs";

const folder = join(root, "tests", "hooks");
const cases = readdirSync(folder, { recursive: true })
  .filter((path) => path.endsWith(".json"))
  .map((path, at) => ({ path, name: `h${at}`, ...JSON.parse(readFileSync(join(folder, path), "utf8")) }));

const sandbox = await startSandbox();
after(sandbox.stop);
// Each has a group of its own, so that none waits for another.
const config = devConfig(sandbox.url);
const groupOf = ({ name }) => `team-${name}`;
for (const each of cases) {
  config.hooks[each.name] = { ...each.hook, to: { group: groupOf(each) }, via: "wachat" };
  config.groups[groupOf(each)] = { wachat: groupOf(each) };
}
const push = cases.find(({ path }) => path === join("github", "push.json"));
const signed = { ...push, name: "signed", hook: { ...push.hook, signature: "github", secret: "sandbox-github-secret" } };
config.hooks.signed = { ...signed.hook, to: { group: groupOf(signed) }, via: "wachat" };
config.groups[groupOf(signed)] = { wachat: groupOf(signed) };
const worker = await useWorkerd({ config });

const keyOf = ({ hook }) => hook.key;
const bytesOf = ({ request: { body } }) => (typeof body === "string" ? body : JSON.stringify(body));
const textsIn = (group) => sandbox.messages().filter(({ to }) => to[0] === group).map(({ text }) => text);

/** The headers, signed now where the signature has a time and is a good one. */
function headersOf(each) {
  const { headers } = each.request;
  if (each.error) return headers;
  const body = bytesOf(each);
  const seconds = Math.floor(Date.now() / 1000);
  const signed = (key, text) => createHmac("sha256", key).update(text);
  const { signature, secret } = each.hook;
  if (signature === "stripe") return { ...headers, "Stripe-Signature": `t=${seconds},v1=${signed(secret, `${seconds}.${body}`).digest("hex")}` };
  if (signature !== "standard") return headers;
  const id = headers["webhook-id"];
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return { ...headers, "webhook-timestamp": `${seconds}`, "webhook-signature": `v1,${signed(key, `${id}.${seconds}.${body}`).digest("base64")}` };
}

/** Calls a hook, as a sender does that has no key of the Worker's. */
const call = (each, headers = headersOf(each)) => ask(worker.url, "POST", `/v1/hooks/${each.name}/${keyOf(each)}`, bytesOf(each), headers);

test("there are payloads of every sender", () => {
  const templates = new Set(cases.map(({ path }) => path.split("/")[0]));
  for (const template of ["github", "alerts", "stripe", "plain"]) assert.ok(templates.has(template), template);
});

for (const each of cases) {
  test(`${each.path}: ${each.error ? each.error.kind : each.text === null ? "nothing" : "a message"}`, async () => {
    const answer = await call(each);
    if (each.error) {
      assertProblem(answer, each.error.kind === "forged" ? 401 : answer.status, each.error.kind);
      assert.ok(answer.status < 500, answer.text);
      return assert.deepEqual(textsIn(groupOf(each)), []);
    }
    if (each.text === null) {
      assert.deepEqual([answer.status, answer.json], [200, { outcome: "skipped", id: null, batch: null }], answer.text);
      return assert.deepEqual(textsIn(groupOf(each)), []);
    }
    assert.deepEqual([answer.status, answer.json.outcome], [202, "posted"], answer.text);
    await until("the message is there", () => textsIn(groupOf(each)).length > 0);
    assert.deepEqual(textsIn(groupOf(each)), [each.text]);
    if (each.delivery === null) return;

    const again = await call(each);
    assert.deepEqual([again.status, again.json], [200, { ...answer.json, outcome: "repeated" }], again.text);
    const { json: message } = await worker.api("GET", `/v1/messages/${answer.json.id}`);
    assert.equal(message.id, answer.json.id);
    assert.deepEqual(textsIn(groupOf(each)), [each.text]);
  });
}

test("a push that GitHub signed is one readable message in the group; forged, changed or unsigned it is none", async () => {
  const body = bytesOf(signed);
  const sign = (key, bytes) => `sha256=${createHmac("sha256", key).update(bytes).digest("hex")}`;
  const post = (bytes, signature) => ask(worker.url, "POST", `/v1/hooks/signed/${keyOf(signed)}`, bytes, { ...push.request.headers, "x-hub-signature-256": signature });
  const good = sign(signed.hook.secret, body);
  for (const [bytes, signature] of [[body, null], [body, sign("another", body)], [JSON.stringify(JSON.parse(body), null, 1), good], [body.replace("octocat", "evilcat"), good]]) {
    assertProblem(await post(bytes, signature), 401, "forged");
  }
  const answer = await post(body, good);
  assert.deepEqual([answer.status, answer.json.outcome], [202, "posted"], answer.text);
  await until("the message is there", () => textsIn(groupOf(signed)).length > 0);
  const [text, ...more] = textsIn(groupOf(signed));
  assert.deepEqual(more, []);
  assert.equal(text, push.text);
  console.log(text);
});

test("a hundred times the same delivery at once is one message", async () => {
  const headers = { ...push.request.headers, "x-github-delivery": "00000000-0000-4000-8000-000000000100" };
  const answers = await Promise.all(Array.from({ length: 100 }, () => call(push, headers)));
  assert.deepEqual(answers.map(({ json }) => json.outcome).sort(), ["posted", ...Array(99).fill("repeated")]);
  assert.equal(new Set(answers.map(({ json }) => json.id)).size, 1);
});

test("who has not the key of a hook learns nothing, and a mistake is named", async () => {
  const [{ name }] = cases;
  const answers = await Promise.all(["/v1/hooks/nobody/x", `/v1/hooks/${name}/wrong`, `/v1/hooks/${name}/`].map((path) => ask(worker.url, "POST", path, {})));
  for (const answer of answers) assertProblem(answer, 404, "not_found");
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1);
  assertProblem(await ask(worker.url, "GET", `/v1/hooks/${name}/${keyOf(cases[0])}`), 405, "invalid");
  const deploys = (body, headers) => ask(worker.url, "POST", "/v1/hooks/deploys/sandbox-hook-key", body, headers);
  assertProblem(await deploys("x".repeat(1_100_000), { "content-type": "text/plain" }), 413, "invalid");
  assertProblem(await deploys(Buffer.from([0xff, 0xfe])), 422, "invalid");
});

test("no key of a hook is in the log", () => {
  assertSecret(worker, [...cases, signed].flatMap(({ hook: { key, secret } }) => [key, secret ?? key]));
  assertUnharmed(worker);
});
