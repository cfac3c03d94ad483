// Workers with something missing or wrong in their configuration: closed where they must be, clear about why,
// and of use with what is right.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { assertProblem, assertSecret, assertUnharmed, useWorker } from "./support/world.mjs";

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (message) => onMessage(message) });
const folder = mkdtempSync(join(tmpdir(), "chaski-"));
const secrets = join(folder, "secrets.env");
writeFileSync(secrets, "CHASKI_API_KEY=canary-key\nWHATSPIE_TOKEN=sandbox-token\n");
after(async () => {
  rmSync(folder, { recursive: true });
  await sandbox.stop();
});

const key = "canary-key";
const { connections, groups } = devConfig(sandbox.url);
const partly = {
  connections: {
    good: { ...connections.whatspie, token: "$WHATSPIE_TOKEN" },
    missing: { ...connections.whatspie, token: "$NOPE" },
    wrong: { provider: "a1base", api_key: "canary-api-key", from: "6281111122222", base_url: "http://example.com", tokken: "canary-token" },
    strange: { provider: "telegraph" },
  },
  routes: { default: ["missing", "good"], dead: ["missing", "wrong"] },
  groups: { "ops-team": { good: "495", missing: "495" } },
};

const astray = {
  connections: { "a/b": connections.whatspie, ops: connections.whatspie },
  routes: { default: ["nope"], ops: [] },
  groups: { team: { ops: "../x", nope: "1" } },
  retention_days: 366,
};

const [keyless, broken, twice, dangling, plain, partial] = await Promise.all([
  useWorker({ config: devConfig(sandbox.url), key: null }),
  useWorker({ config: '{ "connections": { "ops": { "token": "canary-token", }', key }),
  useWorker({ config: `{"connections":{"ops":${JSON.stringify(connections.whatspie)},"ops":${JSON.stringify(connections.a1base)}}}`, key }),
  useWorker({ config: astray, key }),
  useWorker({ key: null, secrets }),
  useWorker({ config: partly, key: null, secrets }),
]);

const healthz = async ({ api }) => {
  const { status, json } = await api("GET", "/healthz", undefined, { authorization: null });
  return { status, state: json.status, pointers: json.errors?.map((error) => error.pointer), details: json.errors?.map((error) => error.detail).join("\n") };
};
const authorized = { authorization: `Bearer ${key}` };
const message = (via) => ({ to: { group: "ops-team" }, text: "Hello", via });

/** Asks for all that is about messages, and asserts that each answer is this problem. */
async function assertNoMessages({ api }, via, status, code, headers) {
  const one = "/v1/messages/msg_1";
  const asked = [["GET", "/v1/messages"], ["GET", one], ["DELETE", one], ["POST", `${one}/resolve`, { as: "sent" }]];
  const sends = ["/v1/messages", "/v1/messages/preview"].map((path) => ["POST", path, message(via)]);
  for (const [method, path, body] of [...asked, ...sends]) assertProblem(await api(method, path, body, headers), status, code);
}

test("without a key every path but /healthz is closed", async () => {
  const { status, state, pointers, details } = await healthz(keyless);
  assert.deepEqual([status, state, pointers], [503, "misconfigured", [""]]);
  assert.match(details, /CHASKI_API_KEY/);
  for (const authorization of [null, "Bearer ", "Bearer undefined", "Bearer null", "Bearer dev-key"]) {
    await assertNoMessages(keyless, "whatspie", 503, "unavailable", { authorization });
    for (const path of ["/v1/providers", "/v1/connections", "/v1/connections/whatspie/health", "/v1/nothing"]) {
      assertProblem(await keyless.api("GET", path, undefined, { authorization }), 503, "unavailable");
    }
  }
  assert.deepEqual(sandbox.requests(), []);
});

test("a configuration that is no JSON is told at /healthz and on use", async () => {
  const { status, state, details } = await healthz(broken);
  assert.deepEqual([status, state], [503, "misconfigured"]);
  assert.match(details, /JSON/);
  for (const path of ["/v1/connections", "/v1/connections/ops/health"]) assertProblem(await broken.api("GET", path), 503, "invalid");
  await assertNoMessages(broken, "ops", 503, "invalid");
  assert.equal((await broken.api("GET", "/v1/providers")).status, 200);
});

test("a connection's name that comes twice is told", async () => {
  const { status, pointers } = await healthz(twice);
  assert.deepEqual([status, pointers], [503, ["/connections/ops"]]);
  assertProblem(await twice.api("POST", "/v1/messages", { ...message("ops"), to: { group: "495" } }), 503, "invalid");
});

test("names that lead nowhere are told all at once, each at its place", async () => {
  const { status, pointers } = await healthz(dangling);
  assert.equal(status, 503);
  assert.deepEqual(pointers.sort(), ["/connections/a~1b", "/groups/team/nope", "/groups/team/ops", "/retention_days", "/routes/default/0", "/routes/ops", "/routes/ops"]);
  await assertNoMessages(dangling, "ops", 503, "invalid");
});

test("the configuration of wrangler.toml is an object, and works once its secret is there", async () => {
  assert.deepEqual(await healthz(plain), { status: 200, state: "ok", pointers: undefined, details: undefined });
  const { json } = await plain.api("GET", "/v1/connections", undefined, authorized);
  assert.deepEqual(json.items.map(({ name, provider, errors }) => [name, provider, errors]), [["ops", "whatspie", []]]);
  const preview = await plain.api("POST", "/v1/messages/preview", message(), authorized);
  assert.equal(preview.json.items[0].request.url, "https://api.whatspie.com/groups/495/send");
  assert.ok(!preview.text.includes("sandbox-token"));
});

test("what is wrong with single connections is told at /healthz, without the keys that are there", async () => {
  const { status, pointers, details } = await healthz(partial);
  assert.equal(status, 503);
  assert.match(details, /NOPE/);
  const wrong = ["account_id", "api_secret", "base_url", "tokken"].map((field) => `/connections/wrong/${field}`);
  assert.deepEqual(pointers.sort(), ["/connections/missing/token", "/connections/strange/provider", ...wrong]);
});

test("a connection that is wrong is a problem on use", async () => {
  for (const via of ["missing", "wrong", "strange", "dead"]) {
    const answer = await partial.api("POST", "/v1/messages", message(via), authorized);
    assertProblem(answer, 503, "invalid");
    assert.notEqual(answer.json.errors.length, 0);
  }
  for (const path of ["/v1/connections/missing/health", "/v1/connections/wrong/groups"]) {
    assertProblem(await partial.api("GET", path, undefined, authorized), 503, "invalid");
  }
  assertProblem(await partial.api("POST", "/v1/messages/preview", message("missing"), authorized), 503, "invalid");
  const { json } = await partial.api("GET", "/v1/connections", undefined, authorized);
  const wrong = json.items.filter(({ errors }) => errors.length > 0).map(({ name }) => name);
  assert.deepEqual([json.items.length, wrong.sort()], [4, ["missing", "strange", "wrong"]]);
});

test("the other connections go on working, alone and along a route, where what is wrong counts as a refusal", async () => {
  for (const [via, before] of [[undefined, ["missing"]], ["good", []], [["strange", "wrong", "good"], ["strange", "wrong"]]]) {
    const { status, json } = await partial.send(message(via), authorized);
    assert.deepEqual([status, json.connection, json.status, json.error], [200, "good", "queued", null]);
    const attempts = json.attempts.map(({ connection, outcome, http_status, error }) => [connection, outcome, http_status, error?.kind ?? null]);
    assert.deepEqual(attempts, [...before.map((name) => [name, "rejected", null, "invalid"]), ["good", "accepted", 200, null]]);
    for (const { error } of json.attempts.slice(0, -1)) assert.notEqual(error.errors.length, 0);
  }
  assert.equal(sandbox.messages().length, 3);
});

test("a connection that is wrong is passed at once, though another message is under way", async () => {
  sandbox.fail({ method: "POST", times: 1, fault: { slow: 1500 } });
  const order = [];
  const isUnderWay = new Promise((resolve) => (onMessage = resolve));
  const slow = partial.send({ ...message("good"), to: { phone: "+12025550101" } }, authorized).then(() => order.push("slow"));
  await isUnderWay;
  const { json } = await partial.send(message(), authorized);
  order.push(json.connection);
  await slow;
  assert.deepEqual([json.attempts.length, order], [2, ["good", "slow"]]);
});

test("neither a log nor a problem tells a key or a number", () => {
  for (const worker of [keyless, broken, twice, dangling, plain, partial]) {
    assertSecret(worker, ["canary", "sandbox-token", "sandbox-key", "sandbox-secret", "6281111122222"]);
    assertUnharmed(worker);
  }
});
