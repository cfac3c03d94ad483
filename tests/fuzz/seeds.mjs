// What the fuzzer begins with: the fixtures and the hooks' calls in the form that each target reads, and the words in them.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../src/tools/process.mjs";

const gateways = ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"];
const calls = ["send_message", "message_status", "check_account", "quota", "list_groups"];
const key = "authorization: Bearer chaski-key-0123456789";

/** The letter by which a target knows one of a list. */
const letter = (list, name) => {
  const at = list.indexOf(name);
  const first = Math.ceil(65 / list.length) * list.length;
  return String.fromCharCode(first + at);
};

/** A message as it goes over the wire: a line, headers, an empty line, a body. */
const wire = (line, headers, body) => {
  const lines = Object.entries(headers ?? {}).map(([name, value]) => `${name}: ${value}\n`);
  return `${line}\n${lines.join("")}\n${text(body)}`;
};

const text = (body) => (typeof body === "string" ? body : body == null ? "" : JSON.stringify(body));

const read = (folder) =>
  readdirSync(join(root, "tests", folder), { recursive: true })
    .filter((path) => path.endsWith(".json"))
    .sort()
    .map((path) => ({ folder: path.split(/[\\/]/)[0], ...JSON.parse(readFileSync(join(root, "tests", folder, path), "utf8")) }));

/** Bytes that look like chance and are the same each time: what is drawn by them is what happens. */
function drawn(name, count, length) {
  const block = (seed, at) => createHash("sha512").update(`${name} ${seed} ${at}`).digest();
  const bytes = (seed) => Buffer.concat(Array.from({ length: length / 64 }, (_, at) => block(seed, at)));
  return Array.from({ length: count }, (_, seed) => bytes(seed).subarray(0, Math.ceil((length * (seed + 1)) / count)));
}

/** What each target begins with. */
export function seeds() {
  const fixtures = read("fixtures");
  const hooks = read("hooks");
  const webhooks = fixtures.filter(({ webhook }) => webhook);
  const answers = fixtures.filter(({ response }) => response);
  const messages = fixtures.map(({ call }) => call?.send_message).filter(Boolean);
  const accounts = fixtures.map(({ account }) => account).filter(Boolean);
  const bodies = [...webhooks.map(({ webhook }) => webhook.body), ...answers.map(({ response }) => response.body)];
  const body = ({ body, base64 }) => (base64 ? Buffer.from(base64, "base64").toString("latin1") : body);
  const ids = messages.map((message) => message.to?.phone).filter(Boolean);
  return {
    account: accounts,
    answer: answers.map(({ folder, call, response }) =>
      wire(`${letter(gateways, folder)}${letter(calls, Object.keys(call ?? {})[0])}${response.status}`, response.headers, response.body)),
    base64: ["", "TQ==", "TWE=", "TWFu", "JVBERi0xLjQK", "////", "++++", "TR==", "T===", ...messages.map((message) => message.media?.base64).filter(Boolean)],
    call: fixtures.map(({ call }) => call).filter(Boolean),
    config: configurations(accounts, hooks),
    delivery: drawn("delivery", 24, 256),
    hook: [...hooks.map(({ hook, request }) => wire(hook.template ?? hook.text.replaceAll("\n", "\\n"), request.headers, request.body)), ...templates],
    json: [...bodies.map(text), ...messages, ...nasty],
    message: messages,
    outbox: drawn("outbox", 16, 256),
    phone: [...ids, "+1 (202) 555-0100", "12025550100@s.whatsapp.net", "1.202.555.0100", "+", "0812345678"],
    relay: drawn("relay", 16, 320),
    request: requests(messages, webhooks),
    retry_after: ["7", "0", "99999999999999999999", "-5", "soon", "", "Sun, 06 Nov 1994 08:50:37 GMT\nSun, 06 Nov 1994 08:49:37 GMT", "Fri, 31 Dec 1999 23:59:59 GMT\nSat, 01 Jan 2000 00:00:00 GMT"],
    signature: drawn("signature", 64, 64),
    timestamp: ["2026-12-25T10:00:00Z", "2026-12-25T17:00:00.25+07:00", "2024-02-29T23:59:59.999999999-23:59", "0000-01-01T00:00:00z", "9999-12-31t23:59:59Z", "2026-12-25 10:00:00Z"],
    url: urls,
    webhook: webhooks.map(({ folder, webhook }) => wire(letter(gateways, folder), webhook.headers, body(webhook))),
  };
}

/** The words of the fixtures, for a dictionary of libFuzzer's. */
export function words() {
  const found = new Set(["{\"", "\":", "null", "true", "\\ud83d", "\\u0000", "{{#", "{{/", "{{^", "}}", "https://", "http://", "..", "%2e"]);
  const collect = (value) => {
    if (typeof value === "string") found.add(value);
    else if (value && typeof value === "object") Object.entries(value).forEach(([name, value]) => (found.add(name), collect(value)));
  };
  for (const { account, call, response, webhook } of read("fixtures")) collect([account, call, response, webhook]);
  for (const { hook, request } of read("hooks")) collect([hook, request]);
  const plain = [...found].filter((word) => word.length > 1 && word.length <= 32 && /^[ -~]+$/.test(word)).sort();
  return plain.map((word) => `"${word.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"\n`).join("");
}

const deep = (open, close, depth) => open.repeat(depth) + close.repeat(depth);
const nasty = [
  deep("[", "]", 128), deep("[", "]", 129), deep('{"a":', "}", 128).replace("}", "1}"), '{"id":"a","id":"b"}', '{"id":"\\ud83d"}', '{"id":"\\ud83d\\ude00"}', '{"\\u0069d":"x"}',
  '{"id":"\\u0000\\/"}', "1e999", "-0", "0.0e-0", "\ufeff{}", ' {"id" : "x" } ', '"\\x"', "[1,]", '{"a":1,}', "tru", "\u0000",
];

const templates = [
  wire("*{{user.name}}* ordered {{items.count}} things", {}, { user: { name: "Ann" }, items: [1, 2] }),
  wire("{{#items}}{{name}}{{^last}}, {{/last}}{{/items}}", { "content-type": "application/x-www-form-urlencoded" }, "items=a&name=b%20c+d"),
  wire("{{#a}}{{#a}}{{#a}}{{.}}{{/a}}{{/a}}{{/a}}", {}, { a: [[1, 2], [3, 4]] }),
  wire("{{body}}", {}, "plain text"),
];

const urls = [
  "https://api.example.com", "https://api.example.com:8443/prefix/", "http://127.0.0.1:9797/whatspie", "http://localhost:7001", "http://[::1]:80", "https://[::1]", "https://crm.example/in?key=1&a=%20",
  "https://user@example.com", "http://localhost:80@example.com", "https://example.com\\@evil.example", "https://2130706433", "https://0x7f.1", "https://127.1", "https://10.0.0.1", "https://xn--bcher-kva.example",
  "https://example.com/a/../b", "https://example.com/%2e%2e/", "https://example.com.", "https://[::ffff:127.0.0.1]", "https://app.example:443", "https://a_b.example/~x/@y:1",
];

function requests(messages, webhooks) {
  const json = { "content-type": "application/json" };
  const asked = (line, headers, body) => wire(line, { authorization: key.split(": ")[1], ...headers }, body);
  const gets = [
    "/healthz", "/v1/providers", "/v1/connections", "/v1/messages?status=queued&connection=ops&limit=2", "/v1/messages/msg_1", "/v1/events?type=message.*&since=2026-01-01T00:00:00Z&cursor=1&limit=1",
    "/v1/subscribers", "/v1/subscribers/crm/deliveries?limit=1&status=failed", "/v1/messages?cursor=2", "/v1", "/v1/messages/preview",
  ];
  const bodies = { "/v1/messages/msg_1/resolve": { as: "sent" }, "/v1/subscribers/crm/replay": { since: "2026-01-01T00:00:00Z" }, "/v1/tokens": { actions: ["send", "read"], recipients: [{ group: "ops-team" }], uses: 3, expires_in: 600 } };
  return [
    ...gets.flatMap((url) => [asked(`GET ${url}`), wire(`GET ${url}`)]),
    asked("GET /v1/events", { accept: "text/event-stream", "last-event-id": "evt_1" }),
    asked("GET /v1/messages", { authorization: "Bearer chaski_e30.e30", origin: "https://app.example" }),
    wire("OPTIONS /v1/messages", { origin: "https://app.example", "access-control-request-method": "POST" }),
    ...Object.entries(bodies).map(([url, body]) => asked(`POST ${url}`, json, body)),
    asked("DELETE /v1/messages/msg_1"),
    wire("POST /v1/hooks/deploys/hook-s3cr3t-0123456789", { ...json, "x-github-delivery": "d-1" }, { repo: "chaski" }),
    ...messages.filter((_, at) => at % 12 === 0).flatMap((message) => [asked("POST /v1/messages", { "idempotency-key": "k" }, message), asked("POST /v1/messages/preview", json, { ...message, via: "all", on_unsupported: "degrade" })]),
    ...webhooks.filter(({ folder }) => folder === "whatspie").map(({ webhook }) => wire("POST /v1/inbound/ops/wh-s3cr3t-webhook", webhook.headers, webhook.body)),
  ];
}

function configurations(accounts, hooks) {
  const connections = Object.fromEntries(gateways.map((name) => [name, accounts.find(({ provider }) => provider === name)]));
  const whole = {
    connections: { ...connections, ops: { ...connections.whatspie, inbound_key: "$WEBHOOK", pace: { per_minute: 60, burst: 3, min_gap_ms: 400, jitter_ms: 300 } } },
    routes: { default: ["ops", "a1base"] },
    groups: { "ops-team": { ops: "495" } },
    subscribers: { crm: { url: "https://crm.example/in", secret: "$CRM", previous_secret: "$CRM_OLD", events: ["message.*"], connections: ["ops"], retries: [5, 300] } },
    hooks: { deploys: { key: "$HOOK", to: { group: "ops-team" }, via: "ops", text: "{{repo}}", signature: "standard", secret: "$CRM" } },
    origins: ["https://app.example"],
    retention_days: 30,
  };
  const hooked = hooks.filter((_, at) => at % 9 === 0).map(({ hook }) => ({ ...whole, hooks: { deploys: { ...hook, key: "$HOOK" } } }));
  const single = Object.entries(whole).map(([name, value]) => ({ connections: { ops: connections.whatspie }, [name]: value }));
  return [whole, ...single, ...hooked];
}
