// Each way in which a provider can fail: what is told, what may have been sent, and what is never sent twice.

import assert from "node:assert/strict";
import { after, beforeEach, describe, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { assertProblem, assertSecret, closedOrigin, useServer, useWorker } from "./support/world.mjs";

const sandbox = await startSandbox();
// Its own, because a test waits for it while the others forget what came before them.
const slowSandbox = await startSandbox();
after(() => Promise.all([sandbox.stop(), slowSandbox.stop()]));
beforeEach(sandbox.reset);

// Answers without end, and tells when nobody listens any more.
let heardEnough;
const cutOff = new Promise((resolve) => (heardEnough = resolve));
const endless = await useServer((request, response) => {
  const pump = () => !response.destroyed && response.write("x".repeat(1 << 16), () => setImmediate(pump));
  request.resume().once("end", pump);
  response.once("close", heardEnough);
});

// Begins an answer and never ends it.
const stalled = await useServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "application/json" }).write('{"status":200,');
});

// Repeats the key, once more as PHP writes it.
const echo = await useServer((request, response) => {
  const token = request.headers.authorization.split(" ")[1];
  const body = { message: `${token} is wrong for 6281776521626`, code: token };
  response.writeHead(401, { "content-type": "application/json" }).end(`${JSON.stringify(body).replaceAll("/", "\\/").slice(0, -1)},"token":"${token}"}`);
});

const { connections, groups } = devConfig(sandbox.url);
const config = {
  connections: {
    ...connections,
    slow: { ...connections.whatspie, base_url: `${slowSandbox.url}/whatspie` },
    closed: { ...connections.whatspie, base_url: closedOrigin },
    endless: { ...connections.whatspie, base_url: endless },
    stalled: { ...connections.whatspie, base_url: stalled },
    echo: { ...connections.whatspie, base_url: echo, token: "c/canary+token==" },
  },
  routes: { default: ["whatspie", "gowhatsapp"], mentions: ["wachat", "whatspie"], refused: ["closed", "whatspie"] },
  groups: {
    "ops-team": { ...groups["ops-team"], closed: "495", endless: "495", echo: "495" },
    // Chats of their own: nothing else goes to a chat while something is under way to it.
    "slow-team": { slow: "495" },
    "stalled-team": { stalled: "495" },
  },
};
const worker = await useWorker({ config });
const { api, send } = worker;

const to = { group: "ops-team" };
const arrived = () => sandbox.messages().map((message) => message.provider);
// What is read besides is how far messages of other tests are.
const asked = () => sandbox.requests().filter(({ method }) => method === "POST").map((request) => request.provider);

/** Sends, and calls back what waits for another try: it would go out in the middle of another test. */
async function post(via, more) {
  const answer = await send({ to, text: "Hello", via, ...more });
  const { id, status, attempts } = answer.json;
  if (status === "queued" && attempts.at(-1).outcome !== "accepted") {
    const { status, json } = await api("DELETE", `/v1/messages/${id}`);
    const mayBeOut = attempts.some(({ outcome }) => outcome === "ambiguous");
    assert.deepEqual([status, json.status, json.attempts], [200, mayBeOut ? "unknown" : "cancelled", attempts]);
  }
  return answer;
}

const rejected = { outcome: "rejected", status: "failed" };
/** What time may heal: it is tried again. */
const waiting = { outcome: "rejected", status: "queued" };
const ambiguous = { outcome: "ambiguous", status: "unknown" };

/** One connection was tried once, and this came of it. */
function assertFailed(answer, { kind, outcome, status, http = null, ...error }) {
  assert.equal(answer.status, 200, answer.text);
  const { json: message } = answer;
  assert.deepEqual([message.status, message.attempts.length], [status, 1], answer.text);
  const [attempt] = message.attempts;
  assert.deepEqual([attempt.error.kind, attempt.outcome, attempt.http_status, attempt.receipt], [kind, outcome, http, undefined], answer.text);
  assert.deepEqual(message.error, attempt.error);
  for (const [member, wanted] of Object.entries(error)) assert.deepEqual(attempt.error[member], wanted);
  assert.equal(message.provider_id, null);
}

// What the Worker waits for longest goes first; the last test has its answers.
slowSandbox.fail({ fault: { hang: true, taken: true } });
const timed = async (via, started = Date.now()) => ({ answer: await post(via, { to: { group: `${via}-team` } }), lasted: Date.now() - started });
const hanging = Promise.all([timed("slow"), timed("stalled")]);
hanging.catch(() => {});

describe("a refusal is told as what it is, and nothing was sent", () => {
  const table = [
    ["a wrong key", "unauthorized", { ...rejected, kind: "auth", http: 401 }],
    ["an unknown recipient", "not_found", { ...rejected, kind: "not_found", http: 404 }],
    ["wrong input in the provider's eyes", "invalid", { ...rejected, kind: "invalid", http: 422 }],
    ["too many requests", "rate_limited", { ...waiting, kind: "rate_limited", http: 429, retry_after: 7 }],
  ];
  for (const via of Object.keys(connections)) {
    for (const [what, scenario, wanted] of table) {
      test(`${via}: ${what}`, async () => {
        sandbox.fail({ provider: via, scenario });
        const http = via === "gowhatsapp" && wanted.http === 422 ? 400 : wanted.http;
        assertFailed(await post(via), { ...wanted, http });
        assert.deepEqual([arrived(), asked()], [[], [via]]);
      });
    }
  }
  for (const [via, scenario, wanted] of [
    ["whatspie", "quota", { ...rejected, kind: "quota", http: 403, message: "Quote Exceeded" }],
    ["whatspie", "forbidden", { ...rejected, kind: "auth", http: 403 }],
    ["whatspie", "offline", { ...waiting, kind: "offline", http: 400 }],
    ["gowhatsapp", "offline", { ...waiting, kind: "offline", http: 500, message: "WhatsApp Client is not Connected" }],
    ["gowhatsapp", "logged_out", { ...waiting, kind: "offline", http: 500 }],
    ["wachat", "error_in_2xx", { ...rejected, kind: "rejected", http: 200 }],
    ["whatsspot", "error_in_2xx", { ...rejected, kind: "rejected", http: 200 }],
  ]) {
    test(`${via}: ${scenario}`, async () => {
      sandbox.fail({ provider: via, scenario });
      assertFailed(await post(via), wanted);
      assert.deepEqual([arrived(), asked()], [[], [via]]);
    });
  }
});

describe("what may have been sent is unknown, and is not sent again", () => {
  const page = { "content-type": "text/html" };
  const location = `${sandbox.url}/whatspie/groups`;
  const large = "x".repeat((4 << 20) + 1);
  for (const [what, fault, wanted, taken] of [
    ["the connection is reset before the message is taken", { reset: "before" }, { kind: "lost" }, false],
    ["the connection is reset after the message is taken", { reset: "after" }, { kind: "lost" }, true],
    ["a page of HTML with 200", { html: 200, taken: true }, { kind: "malformed", http: 200 }, true],
    ["a page of HTML with 502", { html: 502 }, { kind: "unavailable", http: 502 }, false],
    ["503 with JSON", { status: 503, body: { message: "Busy" } }, { kind: "unavailable", http: 503, message: "Busy" }, false],
    ["504 though the message is taken", { status: 504, headers: page, body: "late", taken: true }, { kind: "unavailable", http: 504 }, true],
    ["an answer that ends in the middle", { truncate: true }, { kind: "malformed", http: 200 }, true],
    ["an answer of more than 4 MiB", { status: 200, body: large, taken: true }, { kind: "malformed", http: 200 }, true],
    ["a redirect, which is not followed", { status: 302, headers: { location } }, { kind: "malformed", http: 302 }, false],
    ["a redirect of the whole request, which is not followed", { status: 307, headers: { location } }, { kind: "malformed", http: 307 }, false],
  ]) {
    test(what, async () => {
      sandbox.fail({ fault });
      assertFailed(await post("whatspie"), { ...ambiguous, ...wanted });
      assert.deepEqual([arrived(), asked()], [taken ? ["whatspie"] : [], ["whatspie"]]);
    });
  }
});

test("an empty 200 is taken for a yes without an id", async () => {
  sandbox.fail({ fault: { empty: 200 } });
  const { json } = await post("whatspie");
  assert.deepEqual([json.status, json.provider_id, json.error, arrived()], ["accepted", null, null, ["whatspie"]]);
});

test("an answer without end is cut off", async () => {
  assertFailed(await post("endless"), { ...ambiguous, kind: "malformed", http: 200 });
  await cutOff;
});

test("an answer that comes in drips is waited for", async () => {
  sandbox.fail({ fault: { drip: { bytes: 64, ms: 5 } } });
  const { json } = await post("whatspie");
  assert.deepEqual([json.status, json.attempts.length], ["queued", 1]);
});

// workerd throws the same error for a refused connection as for one that breaks after the request.
test("a refused connection is taken for a lost one, since the two look the same from inside", async () => {
  assertFailed(await post("closed"), { ...ambiguous, kind: "lost" });
  const { json } = await post("refused");
  assert.deepEqual([json.attempts.length, arrived()], [1, []]);
});

describe("along a route", () => {
  const outcomes = (json) => json.attempts.map(({ connection, outcome }) => `${connection} ${outcome}`);

  test("what was rejected goes on to the next connection", async () => {
    sandbox.fail({ provider: "whatspie", scenario: "quota" });
    const { json } = await post(undefined);
    assert.deepEqual(outcomes(json), ["whatspie rejected", "gowhatsapp accepted"]);
    assert.deepEqual([json.connection, json.provider, json.status, json.error], ["gowhatsapp", "gowhatsapp", "sent", null]);
    assert.deepEqual(arrived(), ["gowhatsapp"]);
  });

  for (const [what, scenarios, status, kind] of [
    ["what was rejected everywhere has failed, with the last refusal", ["unauthorized", "unauthorized", "not_found"], "failed", "not_found"],
    ["what time may heal somewhere waits once it was rejected everywhere", ["unauthorized", "rate_limited", "not_found"], "queued", "not_found"],
    ["what time may heal everywhere waits, too", ["rate_limited", "rate_limited", "rate_limited"], "queued", "rate_limited"],
  ]) {
    test(what, async () => {
      const route = ["gowhatsapp", "whatspie", "a1base"];
      route.forEach((provider, at) => sandbox.fail({ provider, scenario: scenarios[at] }));
      const { status: http, json } = await post(route);
      assert.deepEqual([http, outcomes(json)], [200, ["gowhatsapp rejected", "whatspie rejected", "a1base rejected"]]);
      assert.deepEqual([json.status, json.connection, json.error.kind, arrived(), asked()], [status, "a1base", kind, [], route]);
    });
  }

  for (const fault of [{ reset: "before" }, { reset: "after" }, { html: 502 }, { truncate: true }]) {
    test(`what may have been sent stays there: ${JSON.stringify(fault)}`, async () => {
      sandbox.fail({ provider: "whatspie", fault });
      const { json } = await post(undefined);
      assert.deepEqual([outcomes(json), json.status], [["whatspie ambiguous"], "unknown"]);
      assert.deepEqual(asked(), ["whatspie"]);
    });
  }

  test("what may have been sent goes on where the message asks for that", async () => {
    sandbox.fail({ provider: "whatspie", fault: { reset: "after" } });
    const { json } = await post(undefined, { on_ambiguous: "resend" });
    assert.deepEqual([outcomes(json), json.status], [["whatspie ambiguous", "gowhatsapp accepted"], "sent"]);
    assert.deepEqual(arrived(), ["whatspie", "gowhatsapp"]);
  });

  test("what may have been sent waits for another try where the message asks for that and has no other way", async () => {
    sandbox.fail({ provider: "whatspie", fault: { reset: "after" } });
    const { json } = await post("whatspie", { on_ambiguous: "resend" });
    assert.deepEqual([outcomes(json), json.status, json.error.kind], [["whatspie ambiguous"], "queued", "lost"]);
    assert.deepEqual([arrived(), asked()], [["whatspie"], ["whatspie"]]);
  });

  test("what the Worker has to wait for after all holds nobody back until then", async () => {
    sandbox.fail({ provider: "whatsspot", scenario: "unauthorized" });
    const options = { whatsspot: { schedule: true } };
    const send_at = new Date(Date.now() + 86_400_000).toISOString();
    const { status, json } = await send({ to, text: "Hello", via: ["whatsspot", "gowhatsapp"], send_at, options });
    assert.deepEqual([status, outcomes(json)], [200, ["whatsspot rejected"]]);
    const next = await api("POST", "/v1/messages", { to, text: "Hello", via: "gowhatsapp" }, { prefer: "wait=5" });
    const cancelled = await api("DELETE", `/v1/messages/${json.id}`);
    assert.deepEqual([next.status, next.json.status, cancelled.json.status], [200, "sent", "cancelled"]);
    assert.deepEqual(asked(), ["whatsspot", "gowhatsapp"]);
  });

  test("a connection without mentions is passed over where the message asks for that", async () => {
    const mentioning = { text: "Hello @62856123456", mentions: ["+62856123456"] };
    const { json } = await post("mentions", { ...mentioning, on_unsupported: "route" });
    assert.deepEqual([outcomes(json), arrived()], [["whatspie accepted"], ["whatspie"]]);
    assertProblem(await post("mentions", mentioning), 422, "unsupported", ["/mentions"]);
    assertProblem(await post("wachat", { ...mentioning, on_unsupported: "route" }), 422, "unsupported", ["/mentions"]);
    assert.deepEqual(asked(), ["whatspie"]);
  });
});

describe("a read that fails", () => {
  test("is a problem that says when to come back", async () => {
    sandbox.fail({ scenario: "rate_limited" });
    const answer = await api("GET", "/v1/connections/whatspie/groups");
    assertProblem(answer, 503, "rate_limited");
    assert.deepEqual([answer.headers["retry-after"], answer.json.retry_after, answer.json.provider_status], ["7", 7, 429]);
  });

  test("makes a connection down, not the Worker", async () => {
    for (const [fault, kind] of [[{ reset: "before" }, "lost"], [{ html: 200 }, "malformed"], [{ html: 502 }, "unavailable"]]) {
      sandbox.reset();
      sandbox.fail({ fault });
      const { status, json } = await api("GET", "/v1/connections/whatspie/health");
      assert.deepEqual([status, json.status, json.error.kind], [200, "down", kind]);
    }
    assert.equal((await api("GET", "/healthz", undefined, { authorization: null })).status, 200);
  });
});

test("a provider that repeats the key or the number it was sent does not spread them", async () => {
  const get = (what) => api("GET", `/v1/connections/echo/${what}`);
  for (const { text, json } of [await post("echo"), await get("health"), await get("groups")]) {
    assert.ok(!text.includes("canary"), text);
    assert.ok(!(json.detail ?? json.error.message).includes("6281776521626"), text);
  }
});

test("a provider that never comes to an end is given up after 25 s, and the message is unknown", async () => {
  for (const { answer, lasted } of await hanging) {
    assertFailed(answer, { ...ambiguous, kind: "lost", message: "the provider did not answer in time" });
    assert.ok(lasted > 24_000 && lasted < 30_000, `${lasted} ms`);
  }
  assert.equal(slowSandbox.messages().length, 1);
});

test("neither the log nor a problem tells a key or a number", () => {
  assertSecret(worker, ["canary", "sandbox-token", "sandbox-key", "sandbox-secret", "dev-key", "6281776521626", "14155552671"]);
});
