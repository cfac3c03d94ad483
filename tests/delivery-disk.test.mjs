// A disk that is full, and one that cannot be written to: what cannot be stored is not promised, and what was promised is kept.

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, ends, listed } from "./support/delivery.mjs";
import { promise } from "./support/scale.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertProblem } from "./support/world.mjs";

const sandbox = await startSandbox();
after(sandbox.stop);
const worker = await useWorkerd({ config: devConfig(sandbox.url) });
const phone = createPhones("84");

test("B18: on a full disk nothing is accepted, and what was accepted before is delivered", async (t) => {
  await worker.crash();
  await worker.start({ largestFile: 600 });
  const accepted = [];
  const refused = [];
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  while (refused.length < 20) {
    assert.ok(accepted.length < 500, "the disk is never full");
    const text = `${accepted.length} ${"x".repeat(4_000)}`;
    const answer = await worker.api("POST", "/v1/messages", { to: { phone: phone() }, text, via: "whatspie", send_at: tomorrow });
    (answer.status === 202 ? accepted : refused).push(answer);
  }
  for (const answer of refused) {
    assertProblem(answer, 503, "unavailable");
    assert.ok(Number(answer.headers["retry-after"]) > 0);
  }

  await worker.restart();
  const kept = await listed(worker);
  const ids = new Set(kept.map(({ id }) => id));
  const lost = accepted.filter(({ json }) => !ids.has(json.id));
  promise(t, "B18", { lost: lost.length }, `a full disk: ${accepted.length} accepted and kept, ${refused.length} refused with 503`);
  // An answer that says it may have been stored may be right.
  const certain = refused.filter(({ json }) => json.detail.includes("nothing was accepted")).length;
  assert.ok(kept.length <= accepted.length + refused.length - certain);
  const { json } = await worker.send({ to: { phone: phone() }, text: "There is room again", via: "whatspie" });
  assert.equal((await ends(worker, json.id)).attempts.length, 1);
});

test("B18: where nothing can be written nothing is accepted, and what was accepted before is delivered", async (t) => {
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const post = () => worker.api("POST", "/v1/messages", { to: { phone: phone() }, text: "Hello", via: "whatspie", send_at: tomorrow });
  const { json: before } = await post();
  await worker.crash();
  // Where the disk cannot even be read as somebody else, the Worker does not start: nothing is accepted, either.
  const isUp = await worker.start({ isReadOnly: true }).then(() => true, () => false);
  const answers = isUp ? await Promise.all(Array.from({ length: 20 }, post)) : [];
  for (const answer of answers) assertProblem(answer, 503, "unavailable");
  await worker.restart();
  const kept = await listed(worker);
  const lost = Number(!kept.some(({ id }) => id === before.id));
  const { json } = await worker.send({ to: { phone: phone() }, text: "It can be written to again", via: "whatspie" });
  assert.equal((await ends(worker, json.id)).attempts.length, 1);
  promise(t, "B18", { lost }, `a disk that cannot be written to: ${answers.length} refused with 503, none accepted`);
});
