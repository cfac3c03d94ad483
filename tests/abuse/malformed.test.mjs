// Thousands of requests that nobody meant to send: each is refused with a problem or rightly taken, none is a fault of the
// Worker, and it goes on. CHASKI_SEED makes the same ones.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, test } from "node:test";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { fixtures } from "../support/fixtures.mjs";
import { createMutations } from "../support/mutations.mjs";
import { figure, promise, scale, seed } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { ask, assertSecret, assertUnharmed } from "../support/world.mjs";

const AT_ONCE = 16;
const key = "canary-api-key-51b9";
const KEYS = ["canary-token", "canary-inbound", "canary-hook", "canary-secret", key];

const sandbox = await startSandbox();
after(sandbox.stop);
const { connections, groups } = devConfig(sandbox.url);
for (const account of Object.values(connections)) account.inbound_key = "canary-inbound-key";
connections.signed = { provider: "gowhatsapp", base_url: `${sandbox.url}/gowhatsapp`, token: "canary-token", webhook_secret: "canary-secret-of-webhooks" };
const secret = `whsec_${Buffer.from("canary-secret-of-a-subscriber---").toString("base64")}`;
const hook = (more) => ({ key: "canary-hook-key-0001", to: { group: "ops-team" }, ...more });
const config = {
  connections,
  groups,
  routes: { default: ["whatspie"] },
  hooks: { github: hook({ template: "github" }), alerts: hook({ template: "alerts" }), stripe: hook({ template: "stripe" }), plain: hook({ template: "plain" }), own: hook({ text: "{{a.b}} {{#c}}{{d}}{{/c}}" }) },
  subscribers: { crm: { url: `${sandbox.url}/nobody`, secret, retries: [3_600] } },
  origins: ["https://app.example"],
};
const worker = await useWorkerd({ config, key });

const json = { "content-type": "application/json" };
const bearer = { authorization: `Bearer ${key}` };
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const read = (folder) => readdirSync(new URL(folder, import.meta.url), { recursive: true }).filter((path) => path.endsWith(".json")).map((path) => ({ path, ...JSON.parse(readFileSync(new URL(`${folder}${path}`, import.meta.url), "utf8")) }));

// Good requests: the fixtures' messages and webhooks, what hooks are sent, and each route that reads.
const seeds = [
  ...fixtures.filter(({ call }) => call?.send_message).map(({ call, account }) => ({ method: "POST", path: "/v1/messages/preview", headers: { ...bearer, ...json }, body: text({ via: account.provider, ...call.send_message }) })),
  ...fixtures.filter(({ webhook }) => webhook?.body).map(({ webhook, account }) => ({ method: "POST", path: `/v1/inbound/${account.provider}/canary-inbound-key`, headers: { ...json, ...webhook.headers }, body: text(webhook.body) })),
  ...read("../hooks/").filter(({ request }) => typeof request?.body !== "undefined").map(({ path, request }) => ({ method: "POST", path: `/v1/hooks/${config.hooks[path.split("/")[0]] ? path.split("/")[0] : "own"}/canary-hook-key-0001`, headers: { ...json, ...request.headers }, body: text(request.body) })),
  ...["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"].map((via) => ({ method: "POST", path: "/v1/messages", headers: { ...bearer, ...json, "idempotency-key": `order of ${via}` }, body: text({ to: { group: "ops-team" }, text: "Hello", via, metadata: { order: 42 } }) })),
  { method: "POST", path: "/v1/tokens", headers: { ...bearer, ...json }, body: text({ actions: ["send"], recipients: [{ group: "ops-team" }], uses: 10, expires_in: 600, origin: "https://app.example" }) },
  { method: "POST", path: `/v1/messages/msg_${"0".repeat(32)}/resolve`, headers: { ...bearer, ...json }, body: text({ as: "sent" }) },
  { method: "POST", path: "/v1/subscribers/crm/replay", headers: { ...bearer, ...json }, body: text({ since: "2026-01-01T00:00:00Z" }) },
  { method: "DELETE", path: `/v1/messages/msg_${"0".repeat(32)}`, headers: bearer },
  ...["/v1/messages?limit=5", "/v1/events?limit=5", "/v1/providers", "/v1/connections", "/v1/connections/whatspie/health", "/v1/connections/gowhatsapp/groups", "/v1/subscribers", "/v1/subscribers/crm/deliveries", "/healthz", `/v1/messages/msg_${"0".repeat(32)}`].map((path) => ({ method: "GET", path, headers: bearer })),
];

/** What is wrong with an answer; nothing, mostly. */
function faultOf({ method, path }, { status, headers, text, json }) {
  if (status >= 500) return `${status}`;
  if (status < 400) return undefined;
  const isOurs = /^\/v1(\/|$)/.test(path);
  if (isOurs && headers["content-type"] !== "application/problem+json") return `${status}, ${headers["content-type"]}`;
  if (isOurs && method !== "HEAD" && (json?.status !== status || !json.code || !json.title)) return `${status}, a problem that is none: ${text.slice(0, 100)}`;
  return undefined;
}

test("B5: whatever is asked, the answer is a problem or right, never a fault of the Worker, and tells no key", { timeout: 900_000 }, async (t) => {
  console.log(`seed ${seed}: CHASKI_SEED=${seed} makes the same requests`);
  const next = createMutations(seeds, seed);
  const wrong = [];
  const statuses = {};
  let left = scale.abuse.malformed;
  const work = async () => {
    for (; left > 0; ) {
      left -= 1;
      const request = next();
      // An event stream goes on for as long as one reads; what waits for half a minute is tried elsewhere.
      if (Object.values(request.headers).includes("text/event-stream")) request.headers = { ...request.headers, accept: "*/*" };
      const answer = await ask(worker.url, request.method, request.path, request.body, request.headers).catch((error) => ({ status: 0, headers: {}, text: `${error.code} ${error.message}` }));
      statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
      if (answer.status >= 400) worker.problems.push(answer.text);
      const fault = answer.status === 0 ? answer.text : faultOf(request, answer);
      if (fault) wrong.push({ fault, ...request, body: request.body && String(request.body).slice(0, 300), text: answer.text.slice(0, 300) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  assert.deepEqual(wrong, []);
  const { status } = await worker.send({ to: { group: "ops-team" }, text: "After all this", via: "a1base" });
  assert.equal(status, 200);
  const lines = [...worker.logs().split("\n"), ...worker.problems];
  const leaked = lines.filter((line) => KEYS.some((key) => line.includes(key))).length;
  promise(t, "B5", { leaked }, `${figure(scale.abuse.malformed)} malformed requests of seed ${seed}: no 5xx, every refusal a problem: ${JSON.stringify(statuses)}`, `no key in ${figure(lines.length)} log lines and refusals`);
  assertUnharmed(worker);
  assertSecret(worker, KEYS);
});
