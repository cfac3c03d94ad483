// Messages that are on disk before they are promised: how many are accepted in a second, and how many delivered.

import { spawn } from "node:child_process";
import { once as event } from "node:events";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { onPath, plainError } from "../../../src/tools/process.mjs";
import { startGateway } from "../support/gateway.mjs";
import { closedLoop } from "../support/load.mjs";
import { cpuTime } from "../support/machine.mjs";
import { key, message } from "../support/messages.mjs";
import { bar, number, ranged, table, thousands } from "../support/report.mjs";
import { once } from "../support/right.mjs";
import { checkSameStatements } from "../support/statements.mjs";
import { inTurn, lowest, median, paired, spread } from "../support/stats.mjs";
import { bundle, startSubject, work } from "../support/workerd.mjs";
import { withSubjects } from "./workers.mjs";

/** What one would write, with fewer promises and less SQL; the Worker's own SQL in JavaScript; the Worker. */
const names = ["outbox", "same-sql", "worker"];
const path = "/v1/messages";

/** Different chats, whose order binds nobody, by three numbers in turn: one number takes half of the Worker's fetches at most. */
const chats = 20_000;
const numbers = ["go", "go2", "go3"];
const toChat = (at, sendAt) => ({
  ...message,
  to: { group: `1203630${String(10_000_000_000 + at)}@g.us` },
  via: numbers[at % numbers.length],
  send_at: sendAt?.toISOString(),
});

const sizes = ({ isQuick }) => (isQuick ? { seconds: 1, rounds: 2, queued: 200, drains: 1 } : { seconds: 4, rounds: 5, queued: 1000, drains: 3 });

/** Milliseconds that the gateway takes. */
const DELAY = 5;

export const durable = {
  name: "durable",
  about: "POST /v1/messages: what is accepted and delivered, against Durable Objects in JavaScript",
  seconds(options) {
    const { seconds, rounds, queued, drains } = sizes(options);
    return names.length * ((seconds + 0.5) * (rounds + 1) + drains * (3 + (4 * queued) / 1000)) + 10;
  },
  async run(options, say) {
    say("comparing the SQL");
    await checkSameStatements(["worker", "same-sql"], path, toChat);
    const accepted = await withSubjects(names, (subjects) => accept(subjects, options, say));
    const drained = await drain(accepted, options, say);
    const syncs = onPath("strace") ? await withSubjects(names, (subjects) => countSyncs(subjects, say)) : {};
    return report(accepted, drained, syncs, options);
  },
};

/** What is to be sent in an hour: nothing but accepting goes on. */
async function accept(subjects, options, say) {
  const { seconds, rounds } = sizes(options);
  mkdirSync(work, { recursive: true });
  const lines = join(work, "messages.jsonl");
  const inAnHour = new Date(Date.now() + 3_600_000);
  writeFileSync(lines, Array.from({ length: chats }, (_, at) => JSON.stringify(toChat(at, inAnHour))).join("\n"));
  const measured = Object.fromEntries(names.map((name) => [name, { perSecond: [], cpu: [] }]));
  for (const subject of subjects) {
    await check(subject, inAnHour);
    await closedLoop(subject, { path, lines }, seconds);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const name of inTurn(names, round)) {
      say(`accepting, round ${round + 1} of ${rounds}, ${name}`);
      const result = await closedLoop(subjects.find((subject) => subject.name === name), { path, lines }, seconds);
      measured[name].perSecond.push(result.perSecond);
      measured[name].cpu.push(result.cpu);
    }
  }
  rmSync(lines);
  return measured;
}

/** Throws unless it accepts a message once for each key. */
async function check(subject, sendAt) {
  const ask = (at) => once(subject, { path, body: toChat(at, sendAt), headers: { "idempotency-key": "bench" } });
  const [first, again, other] = [await ask(chats), await ask(chats), await ask(chats + 1)];
  const isRight = first.status === 202 && first.json.status === "scheduled" && again.json.id === first.json.id && other.status === 422;
  if (!isRight) throw plainError(`${subject.name} does not accept messages as it should: ${first.text}\n${again.text}\n${other.text}`);
}

/** Messages that all come due at the same moment: deliveries a second, and CPU time for each. */
async function drain(accepted, options, say) {
  const { queued, drains } = sizes(options);
  const slowest = Math.min(...names.map((name) => Math.min(...accepted[name].perSecond)));
  const bundles = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await bundle(name)])));
  const gateway = await startGateway();
  const measured = Object.fromEntries(names.map((name) => [name, { perSecond: [], cpu: [] }]));
  try {
    for (let round = 0; round < drains; round += 1) {
      for (const name of inTurn(names, round)) {
        say(`delivering ${queued}, round ${round + 1} of ${drains}, ${name}`);
        const subject = await startSubject(name, gateway.origin, { bundled: bundles[name] });
        try {
          const result = await drainOnce(subject, gateway, queued, 2_000 + (4_000 * queued) / slowest);
          measured[name].perSecond.push(result.perSecond);
          measured[name].cpu.push(result.cpu);
        } finally {
          await subject.stop();
        }
      }
    }
  } finally {
    gateway.stop();
    for (const { folder } of Object.values(bundles)) rmSync(folder, { recursive: true, force: true });
  }
  return measured;
}

async function drainOnce(subject, gateway, queued, lead) {
  await gateway.tell({ delay: DELAY });
  const due = new Date(Date.now() + lead);
  await post(subject, queued, due);
  const early = due - Date.now() - 100;
  if (early < 0) throw plainError(`${subject.name} took too long to accept ${queued} messages: is the machine busy?`);
  await setTimeout(early);
  const before = cpuTime(subject.pid);
  const deadline = due.getTime() + queued * 50 + 10_000;
  let asked;
  do {
    await setTimeout(20);
    asked = await gateway.asked();
    if (Date.now() > deadline) throw plainError(`${subject.name} has delivered ${asked.count} of ${queued} messages\n${subject.logs()}`);
  } while (asked.count < queued);
  const cpu = (cpuTime(subject.pid) - before) / queued;
  await setTimeout(200);
  const { count, first, last } = await gateway.asked();
  if (count !== queued) throw plainError(`${subject.name} has made ${count} requests for ${queued} messages`);
  return { perSecond: ((queued - 1) / (last - first)) * 1000, cpu };
}

/** So many messages, sixteen at a time. */
async function post(subject, count, sendAt) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const one = async (at) => {
    const body = JSON.stringify(toChat(at, sendAt));
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const sent = request(subject.url + path, { method: "POST", agent, headers });
    sent.end(body);
    const [response] = await event(sent, "response");
    if (response.statusCode !== 202) throw plainError(`${subject.name}: ${response.statusCode}\n${subject.logs()}`);
    response.resume();
    await event(response, "end");
  };
  await Promise.all(Array.from({ length: count }, (_, at) => one(at)));
  agent.destroy();
}

/** How often the disk is waited for, for each message that is accepted. */
async function countSyncs(subjects, say) {
  const count = 400;
  const counted = {};
  for (const subject of subjects) {
    say(`counting fsync, ${subject.name}`);
    const told = join(work, `strace-${subject.name}`);
    await post(subject, 20, new Date(Date.now() + 3_600_000));
    const strace = spawn("strace", ["-c", "-f", "-e", "trace=fsync,fdatasync", "-o", told, "-p", String(subject.pid)], { stdio: ["ignore", "ignore", "pipe"] });
    const attached = await new Promise((resolve) => {
      strace.stderr.setEncoding("utf8").on("data", (text) => /attached/.test(text) && resolve(true));
      strace.once("close", () => resolve(false));
    });
    // Not every machine lets one trace another process.
    if (!attached) return {};
    await post(subject, count, new Date(Date.now() + 3_600_000));
    strace.kill("SIGINT");
    await event(strace, "close");
    const calls = [...readFileSync(told, "utf8").matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+).* (?:fsync|fdatasync)$/gm)];
    counted[subject.name] = calls.reduce((sum, [, some]) => sum + Number(some), 0) / count;
    rmSync(told);
  }
  return counted;
}

function report(accepted, drained, syncs, options) {
  const ratio = (measured, theirs, at, combine) => ({
    value: combine(measured.worker[at]) / combine(measured[theirs][at]),
    spread: spread(paired(measured.worker[at], measured[theirs][at], (own, other) => own / other)),
  });
  const told = ({ value, spread }) => ranged(value, spread);
  const rate = (measured, theirs) => ratio(measured, theirs, "perSecond", median);
  const row = (what, measured) => [what, ...["same-sql", "outbox"].flatMap((theirs) => [told(rate(measured, theirs)), told(ratio(measured, theirs, "cpu", lowest))])];
  const context = (measured) => names.map((name) => `${thousands(median(measured[name].perSecond))} (${number(lowest(measured[name].cpu), 0)} µs)`);
  const { queued } = sizes(options);
  const text = [
    "The Worker against two Durable Objects in JavaScript behind Hono + zod. `same-sql` runs the Worker's own statements, which is checked first, and as little else " +
      "as it can; `outbox` is what one would write: fewer statements, for fewer promises (no order in a chat, no pace, no reports). Accepting is measured " +
      `with messages that are due in an hour, delivering with ${thousands(queued)} that come due at the same moment, to a gateway that takes ${DELAY} ms, six at a time.`,
    table(["the Worker against", "`same-sql`: a second", "CPU for each", "`outbox`: a second", "CPU for each"], [row("accepted", accepted), row("delivered", drained)]),
    "For context, a second (and CPU for each):",
    table(["", ...names.map((name) => `\`${name}\``)], [
      ["accepted", ...context(accepted)],
      ["delivered", ...context(drained)],
      ...(syncs.worker === undefined ? [] : [["fsync for each accepted", ...names.map((name) => number(syncs[name]))]]),
    ]),
  ].join("\n\n");
  const [accepts, deliveries] = [rate(accepted, "same-sql"), rate(drained, "same-sql")];
  const bars = [
    bar("messages accepted a second, against a Durable Object in JavaScript with the same SQL", accepts.value, { least: 0.9, spread: accepts.spread }),
    bar("messages delivered a second, against the same", deliveries.value, { least: 0.9, spread: deliveries.spread }),
  ];
  return { text, bars };
}
