// Memory: after a thousand requests, and whether it grows over a hundred thousand of which some callers leave early.

import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { plainError } from "../../../src/tools/process.mjs";
import { residentBytes } from "../support/machine.mjs";
import { key, message } from "../support/messages.mjs";
import { bar, number, ranged, table, thousands } from "../support/report.mjs";
import { once } from "../support/right.mjs";
import { median, spread } from "../support/stats.mjs";
import { withSubjects } from "./workers.mjs";

const send = { method: "POST", path: "/v1/send", body: message };
const lookup = { method: "GET", path: "/v1/connections/pie/groups" };
const first = { pass: send, hono: send, module: send, worker: lookup };
const names = Object.keys(first);

const sizes = ({ isQuick }) => (isQuick ? { starts: 2, requests: 10_000 } : { starts: 5, requests: 100_000 });

/** One in so many callers leaves before the answer. */
const LEAVES = 20;

export const memory = {
  name: "memory",
  about: "memory after a thousand requests, and over a hundred thousand with callers that leave",
  seconds(options) {
    const { starts, requests } = sizes(options);
    return starts * names.length * 1.5 + (3 * requests) / 2_500;
  },
  async run(options, say) {
    const { starts, requests } = sizes(options);
    const resident = Object.fromEntries(names.map((name) => [name, []]));
    for (let round = 0; round < starts; round += 1) {
      await withSubjects(names, async (subjects) => {
        for (const subject of subjects) {
          say(`a thousand requests, round ${round + 1} of ${starts}, ${subject.name}`);
          await ask(subject, first[subject.name], 1_000, 0);
          resident[subject.name].push(residentBytes(subject.pid) / 1e6);
        }
      });
    }
    const lives = {};
    for (const name of ["hono", "module", "worker"]) {
      lives[name] = await withSubjects([name], ([subject]) => live(subject, requests, say), { probe: "counts" });
    }
    return report(resident, lives, requests);
  },
};

/** Sixteen at a time. */
async function ask(subject, { method, path, body }, count, leaves) {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const text = body && JSON.stringify(body);
  const headers = { authorization: `Bearer ${key}`, ...(text && { "content-type": "application/json", "content-length": Buffer.byteLength(text) }) };
  let left = count;
  const one = () =>
    new Promise((resolve, reject) => {
      const sent = request(subject.url + path, { method, agent, headers });
      if (leaves && left % leaves === 0) {
        // While the gateway is being asked, as a rule.
        sent.once("error", resolve).once("close", resolve);
        sent.end(text, () => sent.destroy());
        return;
      }
      sent.once("error", reject).once("response", (response) => {
        if (response.statusCode !== 200) reject(plainError(`${subject.name}: ${response.statusCode}\n${subject.logs()}`));
        response.resume().once("end", resolve);
      });
      sent.end(text);
    });
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      await one();
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  agent.destroy();
}

/** Pages of the wasm and resident memory at ten points of a long life, each after a rest. */
async function live(subject, requests, say) {
  const points = [];
  for (let part = 0; part <= 10; part += 1) {
    say(`${subject.name}: ${thousands((requests * part) / 10)} of ${thousands(requests)} requests`);
    // The first part is for V8 and the allocator to come to their sizes.
    await ask(subject, first[subject.name], requests / 10, LEAVES);
    await setTimeout(300);
    const { pages } = (await once(subject, { method: "GET", path: "/__probe" })).json;
    points.push({ pages, resident: residentBytes(subject.pid) / 1e6 });
  }
  return points;
}

function report(resident, lives, requests) {
  const above = (name) => median(resident[name]) - median(resident.pass);
  const spreadOf = (name) => spread(resident[name].map((own) => (own - median(resident.pass)) / above("hono")));
  const rows = names.map((name) => [
    `\`${name}\``,
    name === "pass" ? "0" : ranged(above(name) / above("hono"), spreadOf(name)),
    ranged(median(resident[name]), spread(resident[name]), 1),
  ]);
  const grown = Object.entries(lives).map(([name, points]) => {
    const [early, late] = [points[0], points.at(-1)];
    return [`\`${name}\``, `${early.pages} → ${late.pages}`, number(late.resident - early.resident, 1), number(early.resident, 1), number(late.resident, 1)];
  });
  const text = [
    "Resident memory after a thousand requests, above the pass-through's (`worker` looks groups up, the others send):",
    table(["", "against `hono`", "MB in all"], rows),
    `Over ${thousands(requests)} requests after the first ${thousands(requests / 10)}, of which one caller in ${LEAVES} leaves before the answer:`,
    table(["", "wasm pages", "grown by, MB", "from", "to"], grown),
  ].join("\n\n");
  const pages = (name) => lives[name].at(-1).pages - lives[name][0].pages;
  return {
    text,
    bars: [
      bar("memory above a pass-through, npm module, against Hono + zod", above("module") / above("hono"), { most: 1, spread: spreadOf("module") }),
      bar("the same, the Worker", above("worker") / above("hono"), { most: 1, spread: spreadOf("worker") }),
      bar(`wasm pages that the Worker grew by over ${thousands(requests)} requests`, pages("worker"), { most: 0 }),
      bar("the same, npm module", pages("module"), { most: 0 }),
    ],
  };
}
