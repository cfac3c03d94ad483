// Alarms that come late, fail or are lost, and a disk that an earlier layout has written: delivery goes on.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { devConfig } from "../../src/tools/dev-config.mjs";
import { startSandbox } from "../sandbox/server.mjs";
import { createPhones, digits, listed, reaches } from "../support/delivery.mjs";
import { logged, useSubscriber } from "../support/relay.mjs";
import { promise, scale } from "../support/scale.mjs";
import { useWorkerd } from "../support/workerd.mjs";
import { assertUnharmed } from "../support/world.mjs";

/** Milliseconds until what waits for later is due: longer than it takes to end the Worker. */
const SOON = 1_500;
/** In which delivery goes on, at the most. */
const WITHIN = 60_000;

let onMessage = () => {};
const sandbox = await startSandbox({ onMessage: (record) => onMessage(record) });
after(sandbox.stop);
const config = devConfig(sandbox.url);
const phone = createPhones("79");

/** A promise of the message to this number, with when it came. */
const arrival = (to) =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not within ${WITHIN} ms: ${to}`)), WITHIN).unref();
    onMessage = (record) => {
      if (digits(record.to[0]) !== digits(to)) return;
      clearTimeout(timer);
      resolve(performance.now());
    };
  });
async function later(worker) {
  const to = phone();
  const arrived = arrival(to);
  const { status, json } = await worker.api("POST", "/v1/messages", { to: { phone: to }, text: "Later", via: "gowhatsapp", send_at: new Date(Date.now() + SOON).toISOString() });
  assert.equal(status, 202);
  return { arrived, id: json.id, due: performance.now() + SOON };
}

test("B17: an alarm whose every step fails ten times rings again, and delivery goes on", { timeout: 120_000 }, async (t) => {
  const worker = await useWorkerd({ config, isFaulty: true });
  const { arrived, id, due } = await later(worker);
  await worker.fault("object", scale.B17.storage, 10);
  const took = ((await arrived) - due) / 1000;
  const { attempts } = await reaches(worker, id, "sent");
  const failures = worker.logs().split("\n").filter((line) => line.includes("the storage failed")).length;
  assert.equal(failures, 10);
  promise(t, "B17", { lost: Number(attempts.length === 0), doubled: attempts.length - 1 }, `after ${failures} failures sent ${took.toFixed(1)} s after it was due`);
});

for (const [what, lose] of [["rang while the Worker was dead rings when it is back, though nobody asks", false], ["was lost is set again by whatever wakes the object", true]]) {
  test(`B17: an alarm that ${what}`, async (t) => {
    const worker = await useWorkerd({ config });
    const { arrived, id, due } = await later(worker);
    await worker.crash();
    if (lose) forgetAlarms(worker.state);
    // The Worker is dead when it is due.
    while (performance.now() < due + 200) await new Promise((resolve) => setTimeout(resolve, 100));
    await worker.start();
    const started = performance.now();
    if (lose) await worker.api("GET", "/v1/events?limit=1");
    const took = ((await arrived) - started) / 1000;
    const { attempts } = await reaches(worker, id, "sent");
    assertUnharmed(worker);
    promise(t, "B17", { doubled: attempts.length - 1 }, `an alarm ${lose ? "that was lost" : "in the past"}: sent ${took.toFixed(1)} s after the start`);
  });
}

/** As if the platform had lost them: it keeps one for each object beside its data, and one in it. */
function forgetAlarms(state) {
  const tables = { "metadata.sqlite": "_cf_ALARM" };
  let rows = 0;
  for (const file of sqliteFiles(state)) {
    const database = new DatabaseSync(file);
    const table = tables[file.split("/").at(-1)] ?? "_cf_METADATA";
    rows += Number(database.prepare(`DELETE FROM ${table}`).run().changes);
    database.close();
  }
  assert.equal(rows, 2);
}
const sqliteFiles = (state) => readdirSync(state, { recursive: true }).filter((path) => path.endsWith(".sqlite")).map((path) => join(state, path));

// What each release wrote: what waits is sent, what is over can be read, what is unknown is not sent again.
const layouts = new URL("layouts/", import.meta.url);
for (const name of readdirSync(layouts).filter((name) => name.endsWith(".sql"))) {
  test(`B17: a disk of the layout ${name.replace(".sql", "")} is read, and carried on`, async (t) => {
    const subscriber = await useSubscriber("crm");
    const { whatspie, gowhatsapp } = config.connections;
    const worker = await useWorkerd({ config: { connections: { whatspie, gowhatsapp }, subscribers: { crm: { url: subscriber.url, secret: subscriber.secret } }, retention_days: 365 } });
    await listed(worker);
    await worker.crash();
    const [file] = sqliteFiles(worker.state).filter((file) => !file.endsWith("metadata.sqlite"));
    carryOver(file, daysOld(2, readFileSync(new URL(name, layouts), "utf8")));
    sandbox.reset();
    await worker.start();

    const messages = await listed(worker);
    const by = (word) => messages.find(({ metadata }) => metadata?.is === word);
    const before = { scheduled: "sent", sent: "sent", failed: "failed", unknown: "unknown", cancelled: "cancelled" };
    const reached = await Promise.all(Object.entries(before).map(async ([word, status]) => [word, (await reaches(worker, by(word).id, status)).status]));
    assert.deepEqual(Object.fromEntries(reached), before);
    const doubled = sandbox.messages().filter(({ text }) => text !== "scheduled").length;
    const lost = Number(sandbox.messages().length !== 1) + Number(messages.length !== 5);
    const log = await logged(worker);
    assert.deepEqual(log.map(({ type, message }) => [type, message?.text]), [["message.received", "Hello from before"]]);
    await subscriber.until("what was not brought is", () => subscriber.of(log[0].id).length === 1);
    assert.deepEqual(subscriber.received.filter(({ error }) => error), []);
    // What it writes from here on.
    const { json } = await worker.send({ to: { phone: phone() }, text: "After", via: "gowhatsapp" });
    assert.equal(json.status, "sent");
    assertUnharmed(worker);
    promise(t, "B17", { lost, doubled }, `${messages.length} messages and ${log.length} event of the layout ${name.replace(".sql", "")} carried on`);
  });
}

/** As if it had been written so many days ago: what was scheduled for the next day is due. */
function daysOld(days, sql) {
  const times = /\b17\d{11}\b/g;
  const first = Math.min(...sql.match(times).map(Number));
  return sql.replaceAll(times, (time) => Number(time) - first + Date.now() - days * 86_400_000);
}

/** Puts what another release has written in place of what is there. */
function carryOver(file, sql) {
  const database = new DatabaseSync(file);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'").all();
  for (const { name } of tables) database.exec(`DROP TABLE "${name}"`);
  database.exec(sql);
  database.close();
}
