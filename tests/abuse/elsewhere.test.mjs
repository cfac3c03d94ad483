// URLs that lead elsewhere: of all that a caller, a provider, a subscriber or the configuration can name, the Worker asks only
// what the configuration names, and that as it stands there. All that it fetches goes to a recorder, and nothing leaves.

import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import { createPhones, until } from "../support/delivery.mjs";
import { useRecorder } from "../support/recorder.mjs";
import { inboundAccounts, post, requestOf, webhooks } from "../support/relay.mjs";
import { promise, some } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

// This machine, its neighbours and the cloud's own services, in the spellings that clients of some sort understand.
const URLS = [
  ...["127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "017700000001", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.0x1", "0x7f.0x0.0x0.0x1", "00127.0.0.1", "127.0.0.1.", "256.256.256.256", "127.0.0.1.1", "1e3", "4294967296", "169.254.169.254", "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "224.0.0.1", "255.255.255.255"].map((host) => `https://${host}/`),
  ...["[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[fe80::1%25eth0]", "[fd00::1]", "[fc00::]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1", "::1", "[127.0.0.1]", "[v1.a]"].map((host) => `https://${host}/`),
  ...["localhost", "LOCALHOST", "localhost.", "localhost.localdomain", "ip6-localhost", "metadata", "metadata.google.internal", "intranet", "printer.local", "kubernetes.default.svc", "127.0.0.1.nip.io", "example.com.", "example..com", ".example.com", "-", "_", "a_b.example", "xn--", "\u24d4xample.com", "example\u3002com", "exa\u00admple.com", "ex%61mple.com", "%6c%6f%63%61%6c%68%6f%73%74", "ｌｏｃａｌｈｏｓｔ", "１２７.0.0.1", "\u2460\u2461\u2466.0.0.1"].map((host) => `https://${host}/`),
  ..."user@example.com user:pass@example.com example.com@127.0.0.1 127.0.0.1@example.com example.com%40127.0.0.1 example.com:443@127.0.0.1 :@127.0.0.1 @".split(" ").map((authority) => `https://${authority}/`),
  ...["example.com:0", "example.com:22", "example.com:65536", "example.com:99999999999", "example.com:-1", "example.com:+443", "example.com: 443", "example.com:", "example.com:4x3", "example.com:80:443"].map((authority) => `https://${authority}/`),
  ..."http://example.com/ http://10.0.0.1/ http://127.0.0.1:1/ http://localhost:1/ http://[::1]:1/ HTTP://127.0.0.1/ hTTps://example.com/ https:/example.com https:example.com https:///example.com //example.com/ /etc/passwd example.com".split(" "),
  ..."file:///etc/passwd ftp://example.com/ gopher://127.0.0.1:6379/_ data:text/plain,x javascript:alert(1) ws://example.com/ wss://example.com/ jar:https://example.com!/ blob:https://example.com/x about:blank unix:/var/run/docker.sock".split(" "),
  ...["https://example.com\\@127.0.0.1/", "https://example.com\\.127.0.0.1/", "https:\\\\example.com/", "https://example.com/\r\nX-Injected: 1", "https://example.com\r\nHost: 127.0.0.1/", "https://exa\tmple.com/", "https://exam\nple.com/", " https://example.com/", "https://example.com /", "https://example.com\0.127.0.0.1/", "https://example.com/../", "https://example.com/a/../../b", "https://example.com/%2e%2e/", "https://example.com/./", "https://example.com//127.0.0.1/", "https://example.com/#@127.0.0.1", "https://example.com#@127.0.0.1/", "https://example.com?@127.0.0.1/", "https://example.com/;@127.0.0.1", "https://<script>/", "https://{}/", "https://"],
];
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** Whether a request to this host is what a URL says: the host stands there, as it is, and is no address but this machine's own. */
function isSaid(url, host) {
  const [, scheme, authority] = /^(https?):\/\/([^/?#]*)/.exec(url) ?? [];
  const isLoopback = LOOPBACK.includes(host.replace(/:\d+$/, ""));
  const isAddress = isIP(host.replace(/:\d+$|[[\]]/g, "")) > 0;
  return authority?.toLowerCase().replace(/:443$/, "") === host && (isLoopback || (scheme === "https" && !isAddress));
}

const recorder = await useRecorder({ respond: (call) => answers.get(call.host)?.(call) });
const answers = new Map();
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const providers = {
  whatspie: { provider: "whatspie", token: "test-token", inbound_key: inboundAccounts.whatspie.inbound_key },
  gowhatsapp: { provider: "gowhatsapp", base_url: "https://wa.example.com", token: "test-token" },
  wachat: { provider: "wachat", api_key: "test-key" },
  a1base: { provider: "a1base", account_id: "acc-1", api_key: "test-key", api_secret: "test-secret", from: "+14155552671" },
  whatsspot: { provider: "whatsspot", api_key: "test-key" },
};
const HOSTS = ["api.whatspie.com", "wa.example.com", "api.wachat-api.com", "api.a1base.com", "api.whatsspot.in"];
/** The URL with a path that no other has, where it has none. */
const marked = (url) => (url.endsWith("/") ? url + pathOf(url) : url);
const pathOf = (url) => `in-${URLS.indexOf(url)}-`;
const numbered = (prefix, make) => Object.fromEntries(URLS.map((url, at) => [`${prefix}${at}`, make(url)]));
const worker = await useWorkerd({
  config: {
    connections: { ...providers, ...numbered("c", (base_url) => ({ provider: "whatspie", base_url, token: "test-token" })) },
    subscribers: { ...numbered("s", (url) => ({ url: marked(url), secret, retries: [3_600] })), crm: { url: "https://crm.example/in", secret, retries: [3_600] } },
    hooks: { own: { key: "hook-key-0123456789", to: { phone: "+6281234567890" }, via: "whatspie", text: "{{text}}" } },
  },
  outbound: recorder.url,
});
const phone = createPhones("95");
const { api, send } = worker;

/** What is asked while this is done. */
async function amid(act) {
  const before = recorder.calls.length;
  await act();
  return recorder.calls.slice(before);
}
let strangers = 0;
/** Asserts that of these calls none goes anywhere else, and counts those that do. */
function assertOnly(calls, hosts) {
  const wrong = calls.filter(({ host }) => !hosts.includes(host));
  strangers += wrong.length;
  assert.deepEqual(wrong.map(({ url }) => url), []);
}
const tell = (value) => post(worker, requestOf("whatspie", inboundAccounts.whatspie, value));

/** Asserts that each of these led where it says, if anywhere. Returns how many did. */
function assertSaid(led) {
  const wrong = led.flatMap(({ url, hosts }) => hosts.filter((host) => !isSaid(url, host)).map((host) => `${url} led to ${host}`));
  assert.deepEqual(wrong, []);
  const count = led.filter(({ hosts }) => hosts.length > 0).length;
  assert.ok(count > 5 && count < 40, `${count}`);
  return count;
}

test("B12: a base_url leads where it says, or nowhere, and to no address", async (t) => {
  const led = [];
  for (const [at, url] of URLS.entries()) {
    const calls = await amid(() => send({ to: { phone: phone() }, text: "Hello", via: `c${at}` }));
    led.push({ url, hosts: calls.map(({ host }) => host) });
  }
  promise(t, "B12", {}, `${URLS.length} base URLs: ${assertSaid(led)} lead where they say, the others nowhere`);
});

test("B12: a subscriber's URL leads where it says, or nowhere, when it is told, and when it is told again", async (t) => {
  const value = webhooks.whatspie["message.received"]({ id: "id-1", chat: { phone: "+6285156055377" }, from: "+6285156055377", text: "https://127.0.0.1/ http://169.254.169.254/", at: Date.UTC(2026, 0, 1) });
  const settled = () => until("all have been told", async () => {
    const { json: { items } } = await api("GET", "/v1/subscribers");
    return items.every(({ pending, state }) => pending === 0 || state === "failing");
  });
  const told = await amid(async () => {
    assert.equal((await tell(value)).status, 200);
    await settled();
  });
  const led = URLS.map((url) => {
    // Each has a path of its own, so that it is seen whose it is.
    const mine = told.filter(({ headers, path }) => headers["webhook-id"] && path.includes(pathOf(url)));
    return { url, hosts: mine.map(({ host }) => host) };
  });
  assert.equal(told.filter(({ host }) => host === "crm.example").length, 1);
  const again = await amid(async () => {
    const { status, text } = await api("POST", "/v1/subscribers/crm/replay", { since: "2026-01-01T00:00:00Z" });
    assert.equal(status, 202, text);
    await settled();
  });
  assertOnly(again, ["crm.example"]);
  assert.equal(again.length, 1);
  promise(t, "B12", {}, `${URLS.length} subscribers' URLs: ${assertSaid(led)} lead where they say, the others nowhere`);
});

test("B12: what a caller names is fetched by nobody here", async (t) => {
  let accepted = 0;
  const slugs = Object.keys(providers);
  const messages = some(URLS.flatMap((url, at) => [...slugs.map((via) => ({ via, media: { kind: "image", url } })), { via: slugs[at % slugs.length], text: url || "x" }]));
  const calls = await amid(async () => {
    const waiting = [...messages];
    const work = async () => {
      for (let message; (message = waiting.pop()); ) {
        const { status, text } = await send({ to: { phone: phone() }, ...message });
        assert.ok([200, 422].includes(status), `${status} ${text}`);
        accepted += Number(status === 200);
      }
    };
    await Promise.all(Array.from({ length: 16 }, work));
    for (const url of URLS) await api("POST", "/v1/hooks/own/hook-key-0123456789", { text: url, url }, { authorization: null });
  });
  assertOnly(calls, HOSTS);
  promise(t, "B12", {}, `${messages.length} messages that name a URL, ${accepted} of them accepted: ${strangers} calls but to their provider`);
});

test("B12: no redirect is followed, wherever it leads", async (t) => {
  const targets = ["http://127.0.0.1/", "https://169.254.169.254/latest/meta-data/", "//10.0.0.1/", "/elsewhere", "https://evil.example/", `${worker.url}/v1/messages`];
  let redirects = 0;
  for (const status of [301, 302, 303, 307, 308]) {
    for (const location of targets) {
      const respond = () => ({ status, headers: { location } });
      for (const host of [...HOSTS, "crm.example"]) answers.set(host, respond);
      const calls = await amid(async () => {
        for (const via of Object.keys(providers)) {
          const { json } = await send({ to: { phone: phone() }, text: "Hello", via });
          assert.deepEqual([json.attempts.length, json.attempts[0].outcome], [1, "ambiguous"]);
        }
        for (const what of ["health", "groups"]) await api("GET", `/v1/connections/whatspie/${what}`);
      });
      assertOnly(calls, HOSTS);
      assert.ok(calls.length >= 7 && calls.every(({ path }) => !/elsewhere|meta-data/.test(path)), calls.map(({ url }) => url).join(" "));
      redirects += calls.length;
    }
  }
  answers.clear();
  promise(t, "B12", {}, `${redirects} redirects, none followed`);
});

test("B12: none of this is a fault of the Worker", () => assertUnharmed(worker));
