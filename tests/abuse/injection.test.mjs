// What may break out of its place, in every text that comes from a caller or the configuration and that reaches a URL, a header
// or a body: it stays in its place. All that is fetched goes to a recorder, which sees what is really sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createPhones } from "../support/delivery.mjs";
import { useRecorder } from "../support/recorder.mjs";
import { figure, promise, some } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

// Ends of lines, in bytes and in what becomes such a byte where somebody drops the rest of it; what climbs, ends or adds to a
// path or a query; other hosts; other languages.
const ODD = [
  "a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rX-Injected: 1", "a\r\n\r\nGET /injected HTTP/1.1\r\n\r\n", "a\u010d\u010aX-Injected: 1", "a\u560d\u560aX-Injected: 1", "a\u2028X-Injected: 1", "a\u0085X-Injected: 1", "a%0d%0aX-Injected:%201", "a\\r\\nX-Injected: 1",
  "a\0b", "a%00b", "a\x7fb", "a\tb", " a ", "\u00a0a", "a\u0001b", "a\u202eb", "\ufeffa", "\u00e9", "\u{1f600}",
  "..", "../injected", "/../injected", "../../injected", "..\\injected", "%2e%2e/injected", "%2e%2e%2finjected", "..%2finjected", "%252e%252e%252finjected", "./a", "/injected", "//injected", "a/b", "a\\b", "a%2fb", "a;b",
  "a?injected=1", "a#injected", "a&injected=1", "a=b", "a+b", "a%3finjected=1", "?", "#", "%", "%zz",
  "@injected.example", "a@injected.example", "https://injected.example/", "//injected.example/", "injected.example:443", "\\\\injected.example",
  '"', "'", "a\"; injected=\"1", "{\"injected\":1}", "\",\"injected\":\"1", "</script>", "${injected}", "{{injected}}", "$SECRET", "' OR 1=1--", "--chaski", "x".repeat(3_000),
];
const EXPECTED_HEADERS = ["accept", "apikey", "authorization", "content-length", "content-type", "transfer-encoding", "x-api-key", "x-api-secret"];

const accounts = {
  whatspie: { provider: "whatspie", token: "test-token", device: "6281776521626" },
  gowhatsapp: { provider: "gowhatsapp", base_url: "https://wa.example.com/prefix", token: "test-token" },
  wachat: { provider: "wachat", api_key: "test-key", device_id: "11074-1", sender: "6281100000000" },
  a1base: { provider: "a1base", account_id: "acc-1", api_key: "test-key", api_secret: "test-secret", from: "+14155552671" },
  whatsspot: { provider: "whatsspot", api_key: "test-key" },
};
// Where the requests of each may go: one segment of a path stays one.
const segment = "[^/?#\\s%]*(?:%[0-9A-F]{2}[^/?#\\s%]*)*";
const places = {
  whatspie: ["api.whatspie.com", `/messages|/groups/\\d+/send|/devices|/device|/my-quota|/groups|/whatspie/messages/${segment}|/plan|/${segment}`],
  gowhatsapp: ["wa.example.com", `/prefix/chats/${segment}/(?:messages|images|videos|audio|documents)|/prefix/devices/me/status|/prefix/groups`],
  wachat: ["api.wachat-api.com", `/wachat_api/1\\.0/${segment}(?:/${segment})?(?:/${segment})?`],
  a1base: ["api.a1base.com", `/v1/messages/(?:group|individual|threads)/${segment}/send|/v1/send/${segment}|/v1/${segment}/${segment}(?:/${segment})*`],
  whatsspot: ["api.whatsspot.in", `/messages/send|/${segment}`],
};
/** What has broken out of its place in a call; nothing, it is hoped. */
function brokenOut({ host, path, headers, method }, provider) {
  const [wantedHost, pattern] = places[provider];
  const strangers = Object.keys(headers).filter((name) => !EXPECTED_HEADERS.includes(name));
  const decoded = Object.values(headers).join("\n");
  if (host !== wantedHost) return `host ${host}`;
  if (!new RegExp(`^(?:${pattern})$`).test(path)) return `path ${path}`;
  if (/\/\.\.?(\/|$)|%2e%2e(%2f|\/|$)/i.test(path)) return `a path that climbs: ${path}`;
  if (strangers.length > 0) return `headers ${strangers}`;
  if (/[\r\0]|\nX-Injected/i.test(decoded)) return `a header's value: ${decoded}`;
  if (!["GET", "POST"].includes(method)) return `method ${method}`;
  return undefined;
}

// Each of the texts of an account, as each of these: one connection for each.
const fieldsOf = { whatspie: ["token", "device", "number"], gowhatsapp: ["token", "base_url", "number"], wachat: ["api_key", "device_id", "sender"], a1base: ["account_id", "api_key", "api_secret", "from", "service", "dialect"], whatsspot: ["api_key"] };
const odd = some(Object.entries(fieldsOf).flatMap(([provider, fields]) => fields.flatMap((field) => ODD.map((value, at) => ({ name: `${provider}-${field}-${at}`, provider, account: { ...accounts[provider], [field]: field === "base_url" ? `https://wa.example.com/prefix/${value}` : value } })))));

const recorder = await useRecorder();
const worker = await useWorkerd({ config: { connections: accounts }, outbound: recorder.url });
// A value of the environment has a limit: a Worker for each quarter of the accounts.
const quarter = Math.ceil(odd.length / 4);
const quarters = await Promise.all([0, 1, 2, 3].map(async (part) => {
  const connections = odd.slice(part * quarter, (part + 1) * quarter);
  const recorder = await useRecorder();
  const worker = await useWorkerd({ config: { connections: Object.fromEntries(connections.map(({ name, account }) => [name, account])) }, outbound: recorder.url });
  return { connections, recorder, worker };
}));
const phone = createPhones("96");
const image = { kind: "image", url: "https://example.com/a.png" };

/** A message with this text in each of its places, one after the other. */
const messagesWith = (text, options) => [
  { text },
  { text: "Hello", reply_to: text },
  { text: "Hello", mentions: [text] },
  { text, media: image },
  { text: "Hello", media: { ...image, url: `https://example.com/${text}` } },
  { text: "Hello", media: { ...image, url: text } },
  { text: "Hello", media: { ...image, kind: "document", filename: text } },
  { text: "Hello", media: { ...image, mime: text } },
  { text: "Hello", media: { kind: "image", base64: "iVBORw0KGgo=", filename: text } },
  { text: "Hello", media: { kind: "document", base64: text } },
  { text: "Hello", to: { group: text } },
  { text: "Hello", to: { phone: `+62811${text}` } },
  { text: "Hello", via: text },
  { text: "Hello", metadata: { [text]: text } },
  { text: "Hello", send_at: text },
  { [text]: text },
  ...options.map(({ slug, name }) => ({ text: "Hello", options: { [slug]: { [name]: text } } })),
];

/** Posts all of it, so many at once, and returns how it was answered. */
async function all(list, act) {
  const waiting = list.map((each, at) => [each, at]);
  const results = [];
  const work = async () => {
    for (let next; (next = waiting.pop()); ) results[next[1]] = await act(next[0]);
  };
  await Promise.all(Array.from({ length: 12 }, work));
  return results;
}

test("B12: whatever stands in a message stays in its place, and makes one request", { timeout: 120_000 }, async (t) => {
  const { json: providers } = await worker.api("GET", "/v1/providers");
  const options = (providers.items ?? providers).flatMap(({ slug, options }) => options.map(({ name }) => ({ slug, name })));
  let sent = 0;
  let broken = 0;
  for (const provider of Object.keys(accounts)) {
    const messages = some(ODD.flatMap((text) => messagesWith(text, options.filter(({ slug }) => slug === provider))));
    const before = recorder.calls.length;
    const answers = await all(messages, (message) => worker.send({ to: { phone: phone() }, via: provider, ...message }));
    const unexpected = answers.filter(({ status }) => ![200, 413, 422].includes(status));
    assert.deepEqual(unexpected.map(({ status, text }) => `${status} ${text}`), []);
    const tries = answers.reduce((sum, { status, json }) => sum + (status === 200 ? json.attempts.length : 0), 0);
    const calls = recorder.calls.slice(before);
    const wrong = calls.map((call) => brokenOut(call, provider)).filter(Boolean);
    assert.deepEqual(wrong, [], provider);
    assert.equal(calls.length, tries, `${provider}: a request for each try`);
    sent += tries;
    broken += wrong.length;
  }
  assert.ok(sent > 200);
  promise(t, "B12", { leaked: broken }, `${ODD.length} texts in every field of a message: ${figure(sent)} requests, each on its host and path, with its headers`);
});

test("B12: whatever stands in an account stays in its place, or makes no request at all", { timeout: 120_000 }, async (t) => {
  const results = await Promise.all(quarters.map(async ({ connections, recorder, worker }) => {
    const wrong = [];
    for (const { name, provider } of connections) {
      for (const ask of [() => worker.send({ to: { phone: phone() }, text: "Hello", via: name }), () => worker.api("GET", `/v1/connections/${name}/health`), () => worker.api("GET", `/v1/connections/${name}/groups`)]) {
        const before = recorder.calls.length;
        const { status, text } = await ask();
        if (![200, 422, 502, 503].includes(status)) wrong.push(`${name}: ${status} ${text}`);
        for (const call of recorder.calls.slice(before)) {
          const out = brokenOut(provider === "gowhatsapp" ? { ...call, path: call.path.replace(/^\/prefix\/.*(?=\/(?:chats\/|devices\/me\/|groups$))/, "/prefix") } : call, provider);
          if (out) wrong.push(`${name}: ${out}`);
        }
      }
    }
    assertUnharmed(worker);
    return { wrong, calls: recorder.calls.length };
  }));
  const wrong = results.flatMap(({ wrong }) => wrong);
  assert.deepEqual(wrong, []);
  const calls = results.reduce((sum, { calls }) => sum + calls, 0);
  promise(t, "B12", { leaked: wrong.length }, `${odd.length} accounts with odd texts: ${figure(calls)} requests, each on its host and path, with its headers`);
});

test("B12: none of this is a fault of the Worker", () => assertUnharmed(worker));
