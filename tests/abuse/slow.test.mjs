// A hundred clients that send a byte now and then: nobody else waits for them, and they get their answers in the end.

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, test } from "node:test";
import { devConfig, devKey } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { createPhones } from "../support/delivery.mjs";
import { promise, scale } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

const sandbox = await startSandbox();
after(sandbox.stop);
const worker = await useWorkerd({ config: devConfig(sandbox.url) });
const phone = createPhones("94");

/** A client that has sent all but the end of its message, and sends one byte of it whenever it is told to. */
async function startSlow() {
  const { hostname, port } = new URL(worker.url);
  const socket = connect(port, hostname).on("error", () => {});
  await once(socket, "connect");
  const body = JSON.stringify({ to: { phone: phone() }, text: "Slowly", via: "gowhatsapp" });
  let answer = "";
  socket.setEncoding("utf8").on("data", (chunk) => (answer += chunk));
  socket.write(`POST /v1/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${devKey}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`);
  let at = 0;
  return {
    step: () => new Promise((written) => socket.write(body[at++], written)),
    async finish() {
      const over = once(socket, "close");
      socket.write(body.slice(at));
      await over;
      return answer;
    },
    answer: () => answer,
  };
}

test("B5: clients at a byte a time keep nobody waiting", { timeout: 60_000 }, async (t) => {
  const slow = await Promise.all(Array.from({ length: scale.abuse.slow }, startSlow));
  let answered = 0;
  // For each byte of theirs somebody else is served from beginning to end.
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(slow.map(({ step }) => step()));
    const { status, json } = await worker.send({ to: { phone: phone() }, text: "Quickly", via: "whatspie" });
    assert.deepEqual([status, json.attempts.length], [200, 1]);
    answered += 1;
  }
  assert.deepEqual(slow.filter(({ answer }) => answer() !== "").length, 0);
  const answers = await Promise.all(slow.map(({ finish }) => finish()));
  const hung = answers.filter((answer) => !answer.startsWith("HTTP/1.1 202 "));
  assert.deepEqual(hung, []);
  assertUnharmed(worker);
  promise(t, "B5", { hung: hung.length }, `${answered} messages sent beside ${slow.length} clients at a byte a time, all ${answers.length} of which were answered in the end`);
});
