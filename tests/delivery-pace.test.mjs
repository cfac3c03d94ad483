// When messages leave: never faster than the number's budget, whichever connections share it; in each chat in the order in
// which they were accepted; and nobody waits for a provider that is slow with others.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { devConfig } from "../src/tools/dev-config.mjs";
import { startSandbox } from "./sandbox/server.mjs";
import { createPhones, digits, ends, outcomes, reaches, read, until } from "./support/delivery.mjs";
import { useWorkerd } from "./support/workerd.mjs";
import { assertUnharmed } from "./support/world.mjs";

// Milliseconds by which a message may come later to the sandbox than it left, on a busy machine; over the seconds that
// these tests last no second budget hides in that. What the Worker writes down as the time of a try is held to the budget
// to the millisecond, and is when it left.
const TOLERANCE = 500;

let onMessage = () => {};
// What has reached WhatsApp.
const records = [];
const sandbox = await startSandbox({
  onMessage(record) {
    records.push(record);
    onMessage(record);
  },
});
after(sandbox.stop);

const { connections, groups } = devConfig(sandbox.url);
const { whatspie, gowhatsapp, wachat, a1base } = connections;
const phone = createPhones("84");
const config = {
  connections: {
    ...connections,
    // One number, written in three ways: as Whatspie's device, by its name, and as WAChat's sender.
    "one-a": { ...whatspie, device: "6281100000001", pace: { per_minute: 240, burst: 5 } },
    "one-b": { ...gowhatsapp, number: "+62 811-0000-0001", pace: { per_minute: 600, burst: 3 } },
    "one-c": { ...wachat, sender: "6281100000001" },
    "gap-a": { ...gowhatsapp, number: "+6281100000002", pace: { min_gap_ms: 250 } },
    "gap-b": { ...a1base, from: "+6281100000002", pace: { min_gap_ms: 100, jitter_ms: 200 } },
    // Its number is nobody's: it has its own budget.
    alone: { ...gowhatsapp, pace: { per_minute: 120 } },
    "alone-too": { ...gowhatsapp, pace: { per_minute: 120 } },
    free: { ...gowhatsapp, number: "+6281100000003" },
    mended: { ...gowhatsapp, number: "+6281100000004" },
  },
  groups: { ...groups, support: { mended: "120363025246120002@g.us", free: "120363025246120002@g.us" } },
};
const worker = await useWorkerd({ config });
// Its own, because it is killed.
const mortal = await useWorkerd({ config });

const post = async (message, by = worker) => {
  const { status, text, json } = await by.api("POST", "/v1/messages", message);
  assert.equal(status, 202, text);
  return json.id ?? json.items.map(({ id }) => id);
};
const named = (prefix) => records.filter(({ text }) => text.startsWith(prefix));
const timesOf = (arrivals) => arrivals.map(({ at }) => Date.parse(at)).sort((a, b) => a - b);
const gapsOf = (times) => times.slice(1).map((time, at) => time - times[at]);

/** Asserts that no window of these times has more in it than a rate and a burst allow. */
function assertBudget(times, { per_minute, burst }, tolerance) {
  const over = [];
  times.forEach((from, first) => {
    for (let last = first; last < times.length; last += 1) {
      const window = times[last] - from + tolerance;
      if (last - first + 1 > burst + (window * per_minute) / 60_000) over.push(`${last - first + 1} in ${times[last] - from} ms`);
    }
  });
  assert.deepEqual(over, []);
}

/** When the Worker says that these messages left, merged. */
async function triesOf(ids, by = worker) {
  const messages = await Promise.all(ids.map((id) => read(by, id)));
  return messages.flatMap(({ attempts }) => attempts.map(({ at }) => Date.parse(at))).sort((a, b) => a - b);
}

/** Asserts that each of these messages came to the sandbox when the Worker says that it left. */
async function assertTold(prefix, ids) {
  for (const [number, id] of ids.entries()) {
    const { attempts } = await read(worker, id);
    const lag = Date.parse(records.find(({ text }) => text === `${prefix}${number}`).at) - Date.parse(attempts.at(-1).at);
    assert.ok(lag >= -1 && lag < TOLERANCE, `${lag} ms`);
  }
}

describe("the budget of a number", { concurrency: true, timeout: 60_000 }, () => {
  const strictest = { per_minute: 240, burst: 3 };

  test("holds across all connections that share it, with the stricter of their values", async () => {
    const ids = [];
    for (let number = 0; number < 21; number += 1) {
      ids.push(await post({ to: { phone: phone() }, text: `budget ${number}`, via: ["one-a", "one-b", "one-c"][number % 3] }));
    }
    // A try that is refused was one, and so is the next one, by another connection of the number.
    const to = { phone: phone() };
    sandbox.fail({ provider: "whatspie", to: digits(to.phone), scenario: "not_found" });
    ids.push(await post({ to, text: `budget ${ids.length}`, via: ["one-a", "one-b"] }));
    await until("all are sent", () => named("budget ").length === ids.length, 20_000);
    for (const id of ids) await ends(worker, id);
    const tries = await triesOf(ids);
    assert.equal(tries.length, ids.length + 1);
    assertBudget(tries, strictest, 1);
    assertBudget(timesOf(named("budget ")), strictest, TOLERANCE);
    await assertTold("budget ", ids);
    // And it is spent: one in 250 ms, after the burst of 3.
    const took = tries.at(-1) - tries[0];
    assert.ok(took < (tries.length - 3) * 250 + 3_000, `${took} ms`);
    const counts = ["whatspie", "gowhatsapp", "wachat"].map((slug) => named("budget ").filter(({ provider }) => provider === slug).length);
    console.log(`one number, three connections: ${tries.length} tries in ${took} ms (${counts.join(" + ")}), least ${Math.min(...gapsOf(tries))} ms apart, at most ${strictest.burst} at once and ${strictest.per_minute} a minute`);
  });

  test("keeps its gaps, with the jitter that one of them asks for", async () => {
    const ids = [];
    for (let number = 0; number < 10; number += 1) ids.push(await post({ to: { phone: phone() }, text: `gap ${number}`, via: ["gap-a", "gap-b"][number % 2] }));
    await until("all are sent", () => named("gap ").length === ids.length, 20_000);
    for (const id of ids) await ends(worker, id);
    await assertTold("gap ", ids);
    const gaps = gapsOf(await triesOf(ids));
    console.log(`gaps of at least 250 ms and up to 200 ms of chance: ${gaps.join(", ")} ms`);
    assert.deepEqual(gaps.filter((gap) => gap < 250), []);
    assert.ok(Math.max(...gaps) < 250 + 200 + 1_000, "chance is no more than it may be");
    assert.ok(new Set(gaps).size > 1, "chance");
  });

  test("is a connection's own where the number is not known, with no burst unless it says so", async () => {
    const ids = { alone: [], "alone-too": [] };
    for (let number = 0; number < 6; number += 1) {
      const via = Object.keys(ids)[number % 2];
      ids[via].push(await post({ to: { phone: phone() }, text: `own ${number}`, via }));
    }
    await until("all are sent", () => named("own ").length === 6, 20_000);
    for (const each of Object.values(ids)) {
      for (const id of each) await reaches(worker, id, "sent");
      const tries = await triesOf(each);
      assertBudget(tries, { per_minute: 120, burst: 1 }, 1);
    }
    const [first, second] = await Promise.all([ids.alone, ids["alone-too"]].map((each) => triesOf(each)));
    // 3 by each take 1 s; had they one budget, 6 would take 2.5 s.
    assert.ok(Math.max(first.at(-1), second.at(-1)) - Math.min(first[0], second[0]) < 2_400, `${first} ${second}`);
  });

  test("is no other number's", async () => {
    const started = Date.now();
    await Promise.all(Array.from({ length: 20 }, (_, number) => post({ to: { phone: phone() }, text: `free ${number}`, via: "free" })));
    await until("all are sent", () => named("free ").length === 20);
    assert.ok(Date.now() - started < 3_000);
  });

  test("holds after the Worker was killed, too", async () => {
    const ids = [];
    for (let number = 0; number < 14; number += 1) {
      ids.push(await post({ to: { phone: phone() }, text: `mortal ${number}`, via: ["one-a", "one-b"][number % 2] }, mortal));
    }
    await until("half of them are sent", () => named("mortal ").length >= 7, 20_000);
    await mortal.restart();
    for (const id of ids) await ends(mortal, id, 20_000);
    const tries = await triesOf(ids, mortal);
    assert.equal(tries.length, 14);
    assertBudget(tries, strictest, 1);
    assertBudget(timesOf(named("mortal ")), strictest, TOLERANCE);
  });
});

describe("in each chat", { concurrency: true, timeout: 60_000 }, () => {
  const slugs = Object.keys(connections);
  const order = (prefix) => named(prefix).map(({ text }) => Number(text.slice(prefix.length)));

  test("messages leave as they were accepted, whichever connection each goes by, and by whichever name the group goes", async () => {
    // The first waits for its answer until all are there, and so do all.
    const release = sandbox.fail({ to: "495", times: 1, fault: { hold: true } });
    const ids = [];
    for (let number = 0; number < 40; number += 1) {
      const via = slugs[number % slugs.length];
      const to = { group: number % 3 === 0 ? groups["ops-team"][via] : "ops-team" };
      ids.push(await post({ to, text: `chat ${number}`, via }));
    }
    await until("the first is on its way", () => order("chat ").length > 0);
    assert.deepEqual(order("chat "), [0]);
    release();
    await until("all are sent", () => order("chat ").length === ids.length, 20_000);
    assert.deepEqual(order("chat "), ids.map((_, number) => number));
  });

  test("those to a person do so too, in a batch and alone", async () => {
    const to = { phone: phone() };
    const mine = () => named("person ").filter((record) => digits(record.to[0]) === digits(to.phone)).map(({ text }) => Number(text.slice(7)));
    const release = sandbox.fail({ to: digits(to.phone), times: 1, fault: { hold: true } });
    for (let number = 0; number < 12; number += 1) {
      await post({ to: number % 2 ? [to, { phone: phone() }] : to, text: `person ${number}`, via: slugs[number % slugs.length] });
    }
    await until("the others are sent", () => named("person ").length === 1 + 6);
    assert.deepEqual(mine(), [0]);
    release();
    await until("all are sent", () => mine().length === 12, 20_000);
    assert.deepEqual(mine(), Array.from({ length: 12 }, (_, number) => number));
  });

  test("one that waits to be tried again holds those behind it, and no other chat", async () => {
    sandbox.fail({ to: "120363025246120002", times: 1, fault: { status: 429, headers: { "retry-after": "4" }, body: {} } });
    const first = await post({ to: { group: "support" }, text: "held 0", via: "mended" });
    await until("it was refused", async () => (await read(worker, first)).attempts.length === 1);
    await post({ to: { group: "support" }, text: "held 1", via: "mended" });
    await post({ to: { group: "support" }, text: "held 2", via: "free" });
    const other = await post({ to: { phone: phone() }, text: "beside", via: "mended" });
    await reaches(worker, other, "sent", 3_000);
    assert.deepEqual(order("held "), []);
    await until("all are sent", () => order("held ").length === 3);
    assert.deepEqual(order("held "), [0, 1, 2]);
    const { attempts } = await reaches(worker, first, "sent");
    assert.deepEqual(outcomes({ attempts }), ["mended rejected", "mended accepted"]);
  });

  test("one that is called back, or of which nobody knows, lets go of those behind it", async () => {
    const to = { phone: phone() };
    sandbox.fail({ to: digits(to.phone), times: 1, fault: { status: 429, headers: { "retry-after": "60" }, body: {} } });
    const first = await post({ to, text: "let go 0", via: "free" });
    await until("it was refused", async () => (await read(worker, first)).attempts.length === 1);
    sandbox.fail({ to: digits(to.phone), times: 1, fault: { reset: "before" } });
    const second = await post({ to, text: "let go 1", via: "free" });
    const third = await post({ to, text: "let go 2", via: "free" });
    assert.equal((await read(worker, third)).status, "queued");
    assert.equal((await worker.api("DELETE", `/v1/messages/${first}`)).json.status, "cancelled");
    await reaches(worker, third, "sent");
    assert.equal((await read(worker, second)).status, "unknown");
    assert.deepEqual(order("let go "), [2]);
  });

  test("one for later takes its place when its time comes", async () => {
    const to = { phone: phone() };
    const send_at = new Date(Date.now() + 1_500).toISOString();
    await post({ to, text: "time 2", via: "free", send_at });
    await post({ to, text: "time 0", via: "free" });
    await post({ to, text: "time 1", via: "free" });
    await until("all are sent", () => order("time ").length === 3);
    assert.deepEqual(order("time "), [0, 1, 2]);
    assert.ok(Date.parse(named("time 2")[0].at) >= Date.parse(send_at) - 1);
  });

  test("the order outlives the Worker", async () => {
    const to = { phone: phone() };
    // The first waits for its answer until all are there, and the tenth gets none.
    const release = sandbox.fail({ to: digits(to.phone), times: 1, fault: { hold: true } });
    const crashed = new Promise((resolve) => (onMessage = ({ text }) => text === "outlives 10" && resolve(mortal.crash())));
    const ids = [];
    for (let number = 0; number < 30; number += 1) ids.push(await post({ to, text: `outlives ${number}`, via: slugs[number % slugs.length] }, mortal));
    release();
    await crashed;
    await mortal.start();
    await until("all are sent", () => order("outlives ").length >= ids.length, 20_000);
    assert.deepEqual(order("outlives "), ids.map((_, number) => number));
    const statuses = await Promise.all(ids.map(async (id) => (await ends(mortal, id)).status));
    assert.deepEqual(statuses.flatMap((status, number) => (status === "unknown" ? [number] : [])), [10]);
  });
});

test("a provider that is slow with some keeps no others waiting", async () => {
  const slow = Array.from({ length: 3 }, phone);
  const releases = slow.map((to) => sandbox.fail({ to: digits(to), fault: { hold: true } }));
  const held = await Promise.all(slow.map((to) => post({ to: { phone: to }, text: "kept waiting", via: "whatspie" })));
  await until("they are on their way", () => named("kept waiting").length === 3);
  const started = Date.now();
  const others = Object.keys(connections).filter((via) => via !== "whatspie").flatMap((via) => Array.from({ length: 10 }, () => post({ to: { phone: phone() }, text: "meanwhile", via })));
  await Promise.all(others);
  await until("the others are sent", () => named("meanwhile").length === others.length);
  assert.ok(Date.now() - started < 5_000, `${Date.now() - started} ms`);
  for (const id of held) assert.equal((await read(worker, id)).status, "sending");
  releases.forEach((release) => release());
  for (const id of held) await reaches(worker, id, "queued");
});

test("none of this is a fault of the Worker", () => [worker, mortal].forEach(assertUnharmed));
