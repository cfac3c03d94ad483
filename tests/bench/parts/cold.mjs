// Cold starts: CPU time from the process's first instruction to its first answer.

import { rmSync } from "node:fs";
import { startGateway } from "../support/gateway.mjs";
import { cpuTime } from "../support/machine.mjs";
import { message } from "../support/messages.mjs";
import { bar, number, ranged, table } from "../support/report.mjs";
import { once } from "../support/right.mjs";
import { inTurn, median, paired, spread } from "../support/stats.mjs";
import { bundle, startSubject } from "../support/workerd.mjs";

/** What each is asked first, so that all do the same. */
const send = { path: "/v1/send", body: message };
const preview = { path: "/v1/messages/preview", body: message };
const first = { pass: send, hono: send, "hono-tiny": send, module: send, worker: preview };
const names = Object.keys(first);

const roundsOf = ({ isQuick }) => (isQuick ? 3 : 15);

export const cold = {
  name: "cold",
  about: "from a new process to its first answer",
  seconds: (options) => roundsOf(options) * names.length * 0.35,
  async run(options, say) {
    const bundles = Object.fromEntries(await Promise.all(names.map(async (name) => [name, await bundle(name)])));
    const gateway = await startGateway();
    const cpu = Object.fromEntries(names.map((name) => [name, []]));
    const wall = Object.fromEntries(names.map((name) => [name, []]));
    try {
      for (let round = 0; round < roundsOf(options); round += 1) {
        for (const name of inTurn(names, round)) {
          say(`round ${round + 1} of ${roundsOf(options)}, ${name}`);
          const subject = await startSubject(name, gateway.origin, { bundled: bundles[name] });
          const started = performance.now();
          const { status, text } = await once(subject, first[name]);
          wall[name].push(performance.now() - started);
          cpu[name].push(cpuTime(subject.pid) / 1000);
          await subject.stop();
          if (status !== 200) throw new Error(`${name}: ${status} ${text}`);
        }
      }
    } finally {
      gateway.stop();
      for (const { folder } of Object.values(bundles)) rmSync(folder, { recursive: true, force: true });
    }
    return report(cpu, wall);
  },
};

function report(cpu, wall) {
  const above = (name) => median(cpu[name]) - median(cpu.pass);
  const ratio = (name) => above(name) / above("hono");
  const spreadOf = (name) => spread(paired(cpu[name], cpu.hono, (own, hono) => (own - median(cpu.pass)) / (hono - median(cpu.pass))));
  const rows = names.map((name) => [
    `\`${name}\``,
    name === "pass" ? "0" : ranged(ratio(name), spreadOf(name)),
    ranged(median(wall[name]) / median(wall.hono), spread(paired(wall[name], wall.hono, (own, hono) => own / hono))),
    ranged(median(cpu[name]), spread(cpu[name]), 1),
    number(median(wall[name]), 1),
  ]);
  const text = [
    "CPU time of all threads from the start of the process to its first answer, above what the pass-through takes; `worker` is asked for a preview, the others send.",
    table(["", "CPU above `pass`, against `hono`", "first request, against `hono`", "CPU, ms", "first request, ms"], rows),
  ].join("\n\n");
  return {
    text,
    bars: [
      bar("cold start above a pass-through, npm module, against Hono + zod", ratio("module"), { most: 0.25, spread: spreadOf("module") }),
      bar("the same, the Worker", ratio("worker"), { most: 0.25, spread: spreadOf("worker") }),
    ],
  };
}
