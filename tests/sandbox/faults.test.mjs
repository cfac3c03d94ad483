// Every fault does what it says, both to the client and to the record of what was taken.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { startSandbox } from "./server.mjs";
import { SENDS, useSandbox } from "./testing.mjs";

const use = useSandbox();
const { send, get } = use;
const taken = () => use.sandbox.messages().length;

const control = async (method, path, body) => {
  const headers = { "content-type": "application/json" };
  const response = await fetch(`${use.sandbox.url}/_sandbox${path}`, { method, headers, body: body && JSON.stringify(body) });
  return { status: response.status, json: await response.json() };
};

// To another sandbox than the file's own.
const sendTo = (sandbox, more, signal) => {
  const [path, body] = SENDS.whatsspot;
  const headers = { "x-api-key": "sandbox-key", "content-type": "application/json" };
  return fetch(`${sandbox.url}/whatsspot${path}`, { method: "POST", signal, headers, body: JSON.stringify({ ...body, ...more }) });
};

async function rejects(promise, code) {
  const error = await promise.then(() => assert.fail("an answer came"), (reason) => reason);
  assert.equal(error.cause?.code, code);
}

test("a status is answered as given, and the message is not taken", async () => {
  use.sandbox.fail({ times: 1, fault: { status: 503, headers: { "Retry-After": 9, "content-type": "text/x" }, body: "busy" } });
  const answer = await send("whatspie");
  assert.deepEqual([answer.status, answer.text, answer.headers.get("retry-after"), answer.headers.get("content-type")], [503, "busy", "9", "text/x"]);
  assert.equal(taken(), 0);
  assert.equal((await send("whatspie")).status, 200);

  use.sandbox.fail({ fault: { status: 502, body: { message: "bad" }, taken: true } });
  assert.deepEqual((await send("whatspie")).json, { message: "bad" });
  assert.equal(taken(), 2);
});

test("a status with the vendor's own answer, and the message is taken", async () => {
  use.sandbox.fail({ provider: "whatspie", fault: { status: 502, own: true } });
  use.sandbox.fail({ provider: "wachat", fault: { status: 500, own: true, taken: true, headers: { "retry-after": "9" } } });
  const { status, json } = await send("whatspie");
  assert.deepEqual([status, json.message, json.data.status], [502, "OK", "PENDING"]);
  const answer = await send("wachat");
  assert.deepEqual([answer.status, answer.json.error, answer.headers.get("retry-after")], [500, false, "9"]);
  assert.deepEqual(use.sandbox.messages().map(({ id }) => id), [json.data.id, answer.json.data.ref_no]);
});

test("an answer that is held comes when its rule goes, by itself or with all others", async () => {
  const order = [];
  const held = async (provider, release) => {
    order.push((await send(provider)).status);
    return release;
  };
  const release = use.sandbox.fail({ provider: "wachat", fault: { hold: true } });
  const first = held("wachat");
  while (taken() < 1) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal((await send("whatspie")).status, 200);
  assert.deepEqual(order, []);
  release();
  await first;
  assert.deepEqual(order, [201]);

  use.sandbox.fail({ fault: { hold: true } });
  const others = ["whatspie", "gowhatsapp"].map((provider) => held(provider));
  while (taken() < 4) await new Promise((resolve) => setTimeout(resolve, 1));
  assert.equal(order.length, 1);
  use.sandbox.heal();
  await Promise.all(others);
  assert.deepEqual(order, [201, 200, 200]);
});

test("the test's own function chooses faults where no rule fits, and is held to the same form", async () => {
  const asked = [];
  let chosen;
  const choose = ({ provider, method, to, text }) => {
    asked.push([provider, method, to, text]);
    return chosen;
  };
  const other = await startSandbox({ choose });
  try {
    assert.equal((await sendTo(other)).status, 200);
    chosen = { fault: { status: 502, taken: true } };
    assert.equal((await sendTo(other)).status, 502);
    chosen = { scenario: "forbidden" };
    assert.equal((await sendTo(other)).status, 403);
    const heal = other.fail({ fault: { status: 503 } });
    assert.equal((await sendTo(other)).status, 503);
    heal();
    assert.deepEqual(asked, Array(3).fill(["whatsspot", "POST", ["919999999999"], "Hello"]));
    assert.equal(other.messages().length, 2);
  } finally {
    await other.stop();
  }
});

test("the hooks tell of each request and each message before it is answered", async () => {
  const told = [];
  const other = await startSandbox({
    onRequest: ({ method, status, taken, fault }) => told.push([method, status, taken, fault]),
    onMessage: ({ n, provider }) => told.push([n, provider]),
  });
  const fault = { reset: "after" };
  other.fail({ fault, times: 1 });
  try {
    await rejects(sendTo(other), "ECONNRESET");
    assert.deepEqual(told, [["POST", null, true, fault], [1, "whatsspot"]]);
    assert.equal((await sendTo(other, { extra: 1 })).status, 422);
    assert.equal((await fetch(`${other.url}/_sandbox/messages`)).status, 200);
    assert.deepEqual(told.slice(2), [["POST", 422, false, null]]);
  } finally {
    await other.stop();
  }
});

test("a reset before or after taking", async () => {
  use.sandbox.fail({ times: 1, fault: { reset: "before" } });
  await rejects(send("a1base"), "ECONNRESET");
  assert.equal(taken(), 0);
  use.sandbox.fail({ times: 1, fault: { reset: "after" } });
  await rejects(send("a1base"), "ECONNRESET");
  assert.equal(taken(), 1);
});

test("hanging lasts until the client leaves or the sandbox stops", async () => {
  use.sandbox.fail({ fault: { hang: true, taken: true } });
  await assert.rejects(sendTo(use.sandbox, {}, AbortSignal.timeout(150)), { name: "TimeoutError" });
  assert.equal(taken(), 1);

  const other = await startSandbox();
  other.fail({ fault: { hang: true } });
  const pending = assert.rejects(sendTo(other));
  while (other.requests().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await other.stop();
  await pending;
  assert.equal(other.messages().length, 0);
});

test("an HTML page, a truncated answer, an empty one", async () => {
  use.sandbox.fail({ times: 1, fault: { html: 502 } });
  const html = await send("wachat");
  assert.deepEqual([html.status, html.headers.get("content-type"), html.json, taken()], [502, "text/html", undefined, 0]);
  use.sandbox.fail({ times: 1, fault: { html: 504, taken: true } });
  assert.equal((await send("wachat")).status, 504);
  assert.equal(taken(), 1);

  use.sandbox.fail({ times: 1, fault: { truncate: true } });
  const cut = await send("wachat");
  assert.deepEqual([cut.status, cut.json, taken()], [200, undefined, 2]);
  assert.match(cut.text, /^\{"error":false/);

  for (const status of [200, 202, 204, 500]) {
    use.sandbox.fail({ times: 1, fault: { empty: status } });
    const empty = await send("wachat");
    assert.deepEqual([empty.status, empty.text], [status, ""]);
  }
  assert.equal(taken(), 6);
});

test("slow and dripping answers come whole, and the message is taken at once", async () => {
  for (const fault of [{ slow: 150 }, { drip: { bytes: 20, ms: 20 } }]) {
    use.sandbox.reset();
    use.sandbox.fail({ fault });
    const start = performance.now();
    const pending = send("gowhatsapp");
    while (taken() === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.ok(performance.now() - start < 140);
    const { json } = await pending;
    assert.equal(json.message, "Message sent successfully");
    assert.ok(performance.now() - start >= 120);
  }
});

test("rules choose by provider, method, path, recipient, times and probability", async () => {
  const { fail, reset } = use.sandbox;
  const statuses = async () => {
    const answers = [];
    for (const provider of Object.keys(SENDS)) answers.push((await send(provider)).status === 599);
    return answers;
  };
  const fault = { status: 599 };
  for (const [rule, expected] of [
    [{ provider: "wachat" }, [false, false, true, false, false]],
    [{ method: "GET" }, [false, false, false, false, false]],
    [{ path: "/chats/" }, [false, true, false, false, false]],
    [{ to: "group-thread" }, [false, false, false, true, false]],
    [{ times: 2 }, [true, true, false, false, false]],
    [{ probability: 0 }, [false, false, false, false, false]],
    [{ probability: 1 }, [true, true, true, true, true]],
  ]) {
    reset();
    const remove = fail({ ...rule, fault });
    assert.deepEqual(await statuses(), expected);
    remove();
    assert.deepEqual(await statuses(), Array(5).fill(false));
  }
  const runs = [];
  for (const seed of [7, 7, 8]) {
    reset();
    fail({ probability: 0.5, seed, fault });
    runs.push([...(await statuses()), ...(await statuses()), ...(await statuses())].join());
  }
  assert.equal(runs[0], runs[1]);
  assert.notEqual(runs[0], runs[2]);
});

test("a fault never hides a refusal, and a failed look-up is no step", async () => {
  use.sandbox.fail({ fault: { empty: 200 }, method: "POST" });
  assert.equal((await send("whatspie", { extra: 1 })).status, 422);
  use.sandbox.heal();
  const path = `/messages/${(await send("whatspie")).json.data.id}`;
  use.sandbox.fail({ times: 2, fault: { status: 500 } });
  for (const status of [500, 500, 200]) {
    const answer = await get("whatspie", path);
    assert.deepEqual([answer.status, answer.json?.data?.status], [status, status === 200 ? "PENDING" : undefined]);
  }
});

test("scenarios answer in the vendor's shape", async () => {
  const notConnected = "WhatsApp Client is not Connected";
  for (const [provider, scenario, status, body] of [
    ["whatspie", "quota", 403, { code: 403, message: "Quote Exceeded", error: null }],
    ["whatspie", "invalid", 422, { status: 422, message: "Validation Error ", errors: ["params: field required"] }],
    ["gowhatsapp", "offline", 500, { status: false, code: 500, message: notConnected, error: notConnected }],
    ["wachat", "error_in_2xx", 200, { error: true, message: "Invalid WA Sender" }],
    ["a1base", "not_found", 404, { detail: "Not Found" }],
    ["whatsspot", "unauthorized", 401, { success: false, message: "Invalid API key" }],
  ]) {
    assert.equal((await control("POST", "/faults", { provider, scenario, times: 1 })).status, 201);
    const answer = await send(provider);
    assert.deepEqual([answer.status, answer.json], [status, body]);
  }
  await control("POST", "/faults", { scenario: "rate_limited" });
  for (const provider of Object.keys(SENDS)) {
    const answer = await send(provider);
    assert.deepEqual([answer.status, answer.headers.get("retry-after")], [429, "7"]);
  }
  assert.equal(taken(), 0);
});

test("control over HTTP", async () => {
  assert.ok((await control("GET", "")).json.routes);
  await send("whatspie");
  await send("wachat");
  await send("wachat", { extra: 1 });
  assert.deepEqual((await control("GET", "/messages?provider=wachat")).json.map(({ n }) => n), [2]);
  assert.deepEqual((await control("GET", "/requests")).json.map(({ status, taken }) => [status, taken]), [[200, true], [201, true], [422, false]]);
  assert.equal((await control("GET", "/messages?provider=nobody")).status, 400);

  for (const rule of [
    null, [], {}, { fault: {} }, { fault: { status: 99 } }, { fault: { reset: "now" } }, { fault: { status: 500, html: 500 } },
    { fault: { hang: false } }, { fault: { status: 500, headers: { "content-length": "1" } } }, { fault: { status: 500, headers: { a: "\n" } } },
    { fault: { status: 502, own: false } }, { fault: { status: 502, own: true, body: {} } }, { fault: { status: 502, own: true, taken: false } }, { fault: { hold: 1 } },
    { fault: { drip: { bytes: 0, ms: 1 } } }, { fault: { slow: -1 } }, { provider: "nobody", fault: { slow: 1 } }, { times: 0, fault: { slow: 1 } },
    { probability: 2, fault: { slow: 1 } }, { scenario: "nothing" }, { provider: "whatsspot", scenario: "quota" }, { other: 1, fault: { slow: 1 } },
  ]) {
    const { status, json } = await control("POST", "/faults", rule);
    assert.equal(status, 400, JSON.stringify(rule));
    assert.ok(json.error.length > 5);
    assert.throws(() => use.sandbox.fail(rule), RangeError);
  }
  await control("POST", "/faults", { fault: { status: 500 } });
  assert.equal((await control("GET", "/faults")).json.length, 1);
  assert.deepEqual((await control("DELETE", "/faults")).json, { removed: 1 });
  assert.equal((await send("whatspie")).status, 200);
  await control("POST", "/reset");
  assert.deepEqual((await control("GET", "/messages")).json, []);
});

test("the command prints where it listens, one short line per message, and ends cleanly", async () => {
  const main = fileURLToPath(new URL("main.mjs", import.meta.url));
  for (const [options, lines] of [[[], 1], [["--quiet"], 0]]) {
    const child = spawn(process.execPath, [main, "--port", "0", ...options], { stdio: ["ignore", "pipe", "inherit"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    while (!out.includes("\n")) await once(child.stdout, "data");
    const [, url] = /^sandbox listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(out);
    const text = `\u001b[31mred\nline ${"x".repeat(50)}`;
    const response = await fetch(`${url}/whatsspot/messages/send`, {
      method: "POST",
      headers: { "x-api-key": "sandbox-key", "content-type": "application/json" },
      body: JSON.stringify({ type: "TEXT", content: text, recipients: ["919999999999"] }),
    });
    assert.equal(response.status, 200);
    child.kill("SIGTERM");
    const [code] = await once(child, "close");
    assert.equal(code, 0);
    const printed = out.trimEnd().split("\n").slice(1);
    assert.equal(printed.length, lines);
    if (lines) assert.equal(printed[0], `whatsspot individual ..99 " [31mred line ${"x".repeat(26)}"`);
  }
});
