// Keys, numbers and words with a mark on them, in everything that the Worker is given, and in all that goes wrong: afterwards no
// mark is in the log or in a refusal, and no key on its disk.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { until } from "../support/delivery.mjs";
import { hmac } from "../support/relay.mjs";
import { figure, promise } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { ask, closedOrigin, useServer } from "../support/world.mjs";

// Every key that there is, each with a name of its own.
const key = (name) => `canarykey-${name}-4f1d9a7be2`;
const names = ["api", "whatspie", "gowhatsapp", "wachat", "a1base", "a1base-secret", "whatsspot", "inbound", "webhooks", "webhooks-2", "hook", "hook-secret", "echo", "echo-path", "subscriber-url"];
const subscriberSecret = Buffer.from("canarykey-of-the-subscriber-0001");
const KEYS = [...names.map(key), subscriberSecret.toString("base64"), subscriberSecret.toString()];
const NUMBERS = ["6281177766601", "6281177766602", "6281177766603", "14155557701", "6281177766605"];
const WORDS = ["canaryword-text", "canaryword-caption", "canaryword-name", "canaryword-metadata", "canaryword-inbound", "canaryword-hook", "canaryword-echo"];
const [to, mentioned, sender, from, writer] = NUMBERS;

const sandbox = await startSandbox();
after(sandbox.stop);
// Repeats all that it was sent, as an error.
const echo = await useServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk)).once("end", () => {
    const { authorization = "" } = request.headers;
    const status = [400, 401, 500, 503, 200][echoed++ % 5];
    response.writeHead(status, { "content-type": "application/json", "x-echo": authorization });
    if (request.url.startsWith("/mirror/")) return response.end(request.url);
    if (request.headers["webhook-id"]) return response.end(Buffer.concat(chunks));
    response.end(JSON.stringify({ message: `${authorization} ${request.url} canaryword-echo`, error: Buffer.concat(chunks).toString(), token: authorization.split(" ")[1] }));
  });
});
let echoed = 0;

const { groups } = devConfig(sandbox.url);
const wrongKeys = { token: key("echo"), number: `+${sender}` };
const config = {
  connections: {
    whatspie: { provider: "whatspie", base_url: `${sandbox.url}/whatspie`, token: key("whatspie"), device: sender, inbound_key: key("inbound") },
    gowhatsapp: { provider: "gowhatsapp", base_url: `${sandbox.url}/gowhatsapp`, token: key("gowhatsapp"), webhook_secret: key("webhooks") },
    wachat: { provider: "wachat", base_url: `${sandbox.url}/wachat`, api_key: key("wachat"), sender, inbound_key: key("inbound") },
    a1base: { provider: "a1base", base_url: `${sandbox.url}/a1base`, account_id: "acc-1", api_key: key("a1base"), api_secret: key("a1base-secret"), from: `+${from}` },
    whatsspot: { provider: "whatsspot", base_url: `${sandbox.url}/whatsspot`, api_key: key("whatsspot"), webhook_secret: key("webhooks-2") },
    echo: { provider: "whatspie", base_url: `${echo}/echo`, ...wrongKeys },
    closed: { provider: "whatspie", base_url: closedOrigin, ...wrongKeys },
    misconfigured: { provider: "whatspie", base_url: `ftp://${key("echo-path")}`, token: key("echo"), device: `${sender}x` },
  },
  groups: Object.fromEntries(Object.entries(groups).map(([group, ids]) => [group, { ...ids, echo: "495", closed: "495" }])),
  hooks: {
    own: { key: key("hook"), to: { phone: `+${to}` }, via: "echo", text: "{{text}}" },
    signed: { key: key("hook"), to: { phone: `+${to}` }, via: "echo", template: "github", signature: "github", secret: key("hook-secret") },
  },
  subscribers: { crm: { url: `${echo}/echo/${key("subscriber-url")}?key=${key("subscriber-url")}`, secret: `whsec_${subscriberSecret.toString("base64")}`, retries: [1, 1] }, mirror: { url: `${echo}/mirror/${key("mirror")}`, secret: `whsec_${subscriberSecret.toString("base64")}` } },
};
const worker = await useWorkerd({ config, key: key("api"), isFaulty: true });
const { url, api, send, problems } = worker;

const message = (more) => ({ to: { phone: `+${to}` }, text: WORDS[0], mentions: undefined, metadata: { note: WORDS[3] }, ...more });
/** Messages as they should be, and wrong in every way in which the mark could be repeated. */
const messages = (via) => [
  message({ via }),
  message({ via, mentions: [`+${mentioned}`], on_unsupported: "degrade" }),
  message({ via, media: { kind: "image", url: `https://example.com/${WORDS[1]}.png`, filename: `${WORDS[2]}.png` } }),
  message({ via, to: { group: "ops-team" } }),
  message({ via, to: { group: `${to}/../x` } }),
  message({ via, to: { phone: `+${to}${to}` } }),
  message({ via, to: [{ phone: `+${to}` }, { phone: to }] }),
  message({ via, mentions: [`${mentioned} ${WORDS[0]}`] }),
  message({ via, reply_to: `${to}\n${WORDS[0]}` }),
  message({ via, media: { kind: WORDS[1], url: WORDS[1] } }),
  message({ via, media: { kind: "image", base64: WORDS[1], filename: `/${WORDS[2]}` } }),
  message({ via, send_at: WORDS[0], expires_in: to }),
  message({ via, options: { [via]: { nope: to }, whatspie: { type: WORDS[0] } } }),
  { too: to, text: WORDS[0] },
  `{"to":{"phone":"+${to}"},"text":"${WORDS[0]}`,
  `"${WORDS[0]} ${to}"`,
];
const told = { message: "canaryword-inbound", from: writer, timestamp: 1_767_225_600, message_id: "id-1", from_user: { name: "canaryword-name", jid: `${writer}@s.whatsapp.net` }, is_forwarded: false, is_broadcast: false };

/** What is posted without a key of the API. */
async function tell(path, body, headers) {
  const answer = await ask(url, "POST", path, body, headers);
  if (answer.status >= 400) problems.push(answer.text);
}

test("B13: no key, number or word of anybody is told where it does not belong", { timeout: 60_000 }, async (t) => {
  const faults = [undefined, { fault: { reset: "before" } }, { fault: { html: 502 } }, { fault: { truncate: true } }, { fault: { status: 429, headers: { "retry-after": "1" }, body: { message: `${to} ${WORDS[6]}` } } }];
  for (const fault of faults) {
    sandbox.heal();
    if (fault) sandbox.fail(fault);
    for (const via of Object.keys(config.connections)) {
      if (fault && !(via in devConfig("").connections)) continue;
      await Promise.all(messages(via).slice(0, fault ? 4 : undefined).map((message) => send(message, { "idempotency-key": `${via} ${Math.random()}`, prefer: "wait=5" })));
      for (const what of ["health", "groups"]) await api("GET", `/v1/connections/${via}/${what}`);
    }
  }
  await Promise.all(messages("whatspie").map((message) => api("POST", "/v1/messages/preview", message)));
  for (const query of [`status=${to}`, `cursor=${WORDS[0]}`, `nope=${key("echo")}`]) await api("GET", `/v1/messages?${query}`);
  await api("POST", "/v1/tokens", { actions: [WORDS[0]], recipients: [{ phone: `+${to}` }], origin: WORDS[0] });
  await api("POST", "/v1/subscribers/crm/replay", { since: WORDS[0], event: to });
  for (const authorization of [`Bearer ${key("api")}x`, `Bearer x${key("api")}`, `Basic ${btoa(key("api"))}`, key("api")]) await api("POST", "/v1/messages", message({}), { authorization });

  const json = { "content-type": "application/json" };
  const body = JSON.stringify(told);
  for (const each of [body, `${body}x`, body.replace("{", '{"timestamp":"x",'), WORDS[4]]) {
    await tell(`/v1/inbound/whatspie/${key("inbound")}`, each, json);
    await tell(`/v1/inbound/whatspie/${key("inbound")}x`, each, json);
    await tell("/v1/inbound/gowhatsapp", each, { ...json, "x-webhook-signature": `sha256=${hmac(key("webhooks"), `${each}x`)}` });
    await tell("/v1/inbound/gowhatsapp", each, { ...json, "x-webhook-signature": `sha256=${hmac(key("webhooks"), each)}` });
    await tell(`/v1/hooks/own/${key("hook")}`, each, json);
    await tell(`/v1/hooks/own/${key("hook")}x`, each, json);
    await tell(`/v1/hooks/signed/${key("hook")}`, each, { ...json, "x-github-event": "push", "x-hub-signature-256": `sha256=${hmac("x", each)}` });
  }
  await tell(`/v1/hooks/own/${key("hook")}`, JSON.stringify({ text: WORDS[5] }), json);
  await until("the subscriber has been tried", async () => (await api("GET", "/v1/subscribers/crm/deliveries")).json.items.some(({ attempts }) => attempts.length > 1));
  // What a fault of the Worker's own, and its end, would tell.
  for (const end of ["panic", "trap", "memory"]) await worker.fault("object", end);
  await worker.fault("object", "storage", 3);
  for (let times = 0; times < 3; times += 1) await api("POST", "/v1/messages", message({ via: "whatspie" }));
  assert.equal((await api("GET", "/healthz", undefined, { authorization: null })).status, 503, "one connection is misconfigured");

  const faultsOfOurs = worker.logs().split("\n").filter((line) => /RuntimeError|PanicError|storage/.test(line));
  assert.ok(faultsOfOurs.length >= 3 && problems.length > 100, "the test does what it says");
  const marks = [...KEYS, ...NUMBERS, ...WORDS];
  const spellings = (mark) => [mark, encodeURIComponent(mark), Buffer.from(mark).toString("base64").replace(/=+$/, "").slice(0, -2), Buffer.from(mark).toString("hex")];
  const lines = [...worker.logs().split("\n"), ...problems];
  // What a provider says of a read that failed is told to whoever asked; into the log it does not come either.
  const where = (mark) => (mark === WORDS[6] ? worker.logs().split("\n") : lines);
  const leaks = marks.filter((mark) => where(mark).some((line) => spellings(mark).some((spelling) => line.includes(spelling))));
  await worker.crash();
  const disk = worker.onDisk();
  const stored = KEYS.filter((each) => spellings(each).some((spelling) => disk.includes(spelling)));
  assert.ok(disk.includes(WORDS[0]) && disk.includes(to), "what is stored is read");
  assert.deepEqual([leaks.map((mark) => `${mark}: ${lines.find((line) => spellings(mark).some((spelling) => line.includes(spelling)))}`), stored], [[], []]);
  promise(t, "B13", { leaked: leaks.length + stored.length }, `${marks.length} keys, numbers and words sought in ${figure(lines.length)} log lines and refusals, ${KEYS.length} keys in ${figure(Math.round(disk.length / 1024))} KiB of disk`);
});

test("B13: a fault that was brought about is the only one", () => {
  const own = worker.logs().split("\n").filter((line) => line.includes("chaski: ") && !/storage|instance|RuntimeError|PanicError/.test(line));
  assert.deepEqual(own, []);
});

// The URL of a subscriber is a secret, and its answers are kept to be looked at.
test("B13: a subscriber that repeats its own URL does not spread it", async (t) => {
  await worker.start();
  const { text } = await api("GET", "/v1/subscribers/mirror/deliveries");
  const leaked = Number(text.includes(key("mirror"))) + Number(worker.onDisk().includes(key("mirror")));
  promise(t, "B13", { leaked }, "a subscriber that repeats its own URL");
});
