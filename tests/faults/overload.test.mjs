// More requests at once than one object can take: each is accepted or told to come back, and what was accepted is there.

import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { devKey } from "../../src/tools/dev-config.mjs";
import { createPhones, listed } from "../support/delivery.mjs";
import { figure, promise, scale } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertProblem, assertUnharmed } from "../support/world.mjs";

const { requests, rate } = scale.B16;
const TICK = 10;

const worker = await useWorkerd({ config: { connections: { ops: { provider: "whatspie", token: "test-token" } } }, isFaulty: true });
const phone = createPhones("99");

test("B16: at more requests than one object can take, each gets an answer, and what was accepted is there", { timeout: 600_000 }, async (t) => {
  const agent = new Agent({ keepAlive: true, maxSockets: 400 });
  const { hostname, port } = new URL(worker.url);
  const send_at = new Date(Date.now() + 20 * 86_400_000).toISOString();
  const post = (number) => new Promise((resolve) => {
    const body = JSON.stringify({ to: { phone: phone() }, text: "Hello", send_at, metadata: { number } });
    const headers = { authorization: `Bearer ${devKey}`, "content-type": "application/json", "content-length": body.length };
    const sent = request({ hostname, port, method: "POST", path: "/v1/messages", headers, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => (text += chunk)).once("end", () => resolve({ number, status: response.statusCode, headers: response.headers, text }));
    });
    sent.once("error", (error) => resolve({ number, status: 0, text: error.code }));
    sent.end(body);
  });
  const started = performance.now();
  const sent = [];
  // Whether or not there are answers: that is what makes it too much.
  while (sent.length < requests) {
    const due = Math.min(requests, Math.ceil(((performance.now() - started + TICK) * rate) / 1000));
    while (sent.length < due) sent.push(post(sent.length));
    await delay(TICK);
  }
  const asked = requests / ((performance.now() - started) / 1000);
  const answers = await Promise.all(sent);
  const took = (performance.now() - started) / 1000;
  agent.destroy();

  const accepted = answers.filter(({ status }) => status === 202);
  const turned = answers.filter(({ status }) => status === 503 || status === 429);
  const others = answers.filter((answer) => !accepted.includes(answer) && !turned.includes(answer));
  assert.deepEqual(others.slice(0, 5).map(({ status, text }) => `${status} ${text}`), []);
  for (const { headers } of turned) assert.ok(Number(headers["retry-after"]) > 0);
  assert.ok(accepted.length > 0);
  const kept = new Map();
  for (const { metadata } of await listed(worker)) kept.set(metadata.number, (kept.get(metadata.number) ?? 0) + 1);
  const lost = accepted.filter(({ number }) => !kept.has(number)).length;
  const doubled = [...kept.values()].filter((times) => times > 1).length;
  assertUnharmed(worker);
  promise(t, "B16", { lost, doubled, hung: others.length }, `${figure(requests)} requests at ${figure(Math.round(asked))} a second, answered at ${figure(Math.round(requests / took))}: ${figure(accepted.length)} accepted, ${figure(turned.length)} told to come back`);
});

test("B16: where the platform turns requests away they are told to come back, and none is tried again behind their back", async (t) => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => worker.api("POST", "/v1/messages", { to: { phone: phone() }, text: "Hello" }, { "x-overload": "1" })));
  for (const answer of answers) {
    assertProblem(answer, 503, "unavailable");
    assert.equal(answer.headers["retry-after"], "1");
    assert.match(answer.json.detail, /nothing was done/);
  }
  const tries = Number(await worker.fault("door", "turnedAway"));
  promise(t, "B16", { doubled: tries - answers.length }, `${answers.length} turned away by the platform: one try each, 503 with Retry-After`);
});
