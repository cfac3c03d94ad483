// What several parts measure of a group of Workers that do the same: CPU for each request, throughput, latency.

import { startGateway } from "../support/gateway.mjs";
import { closedLoop, openLoop } from "../support/load.mjs";
import { bar, number, ranged, table, thousands } from "../support/report.mjs";
import { checkAlike, checkRefused } from "../support/right.mjs";
import { inTurn, lowest, median, paired, spread } from "../support/stats.mjs";
import { startSubject } from "../support/workerd.mjs";

/**
 * A part that compares Workers that do the same: `names` are theirs, `timed` those whose latency counts, `ours` is held to
 * `bars` against Hono. All are asked the same, and `refuse` sees that they refuse the same.
 */
export const comparison = ({ name, about, names, timed, ours, ask, refuse, bars: limits, intro }) => ({
  name,
  about,
  seconds: (options) => secondsOf(options, names.length, timed.length),
  run: (options, say) =>
    withSubjects(names, async (subjects, gateway) => {
      const alike = subjects.filter(({ name }) => name !== "pass");
      await checkAlike(alike, gateway, ask);
      await checkRefused(alike, { ...ask, headers: { authorization: "Bearer wrong" } }, 401);
      await refuse(alike, gateway);
      const { text, bars } = tell(await measure(subjects, timed, ask, options, say), { ours, theirs: "hono", bars: limits });
      return { text: `${intro}\n\n${text}`, bars };
    }),
});

/** Starts a gateway and these subjects, does something with them, and ends them all. */
export async function withSubjects(names, run, options) {
  const gateway = await startGateway();
  const subjects = [];
  try {
    for (const name of names) subjects.push(await startSubject(name, gateway.origin, options));
    return await run(subjects, gateway);
  } finally {
    for (const subject of subjects) await subject.stop();
    gateway.stop();
  }
}

/** How long windows are, in seconds, and how many rounds there are. */
export function windowsOf({ isQuick, isLong }) {
  if (isQuick) return { warmUp: 1, cpu: { seconds: 1, rounds: 3 }, latency: { seconds: 3, rounds: 2 } };
  if (isLong) return { warmUp: 2, cpu: { seconds: 4, rounds: 8 }, latency: { seconds: 60, rounds: 5 } };
  return { warmUp: 2, cpu: { seconds: 3, rounds: 6 }, latency: { seconds: 20, rounds: 3 } };
}

const secondsOf = (options, count, timed) => {
  const { warmUp, cpu, latency } = windowsOf(options);
  return count * (warmUp + 1 + (cpu.seconds + 0.3) * cpu.rounds) + timed * (latency.seconds + 0.3) * latency.rounds;
};

/** The requests a second of the open loop: a fifth of what the slowest can do. */
const SHARE = 0.2;

/**
 * Measures subjects by turns. `timed` are those whose latency counts.
 * @returns for each name `{ cpu, perSecond, p50, p99, p999 }`: one value for each round
 */
async function measure(subjects, timed, ask, options, say) {
  const { warmUp, cpu, latency } = windowsOf(options);
  const named = Object.fromEntries(subjects.map((subject) => [subject.name, subject]));
  const names = Object.keys(named);
  const rounds = Object.fromEntries(names.map((name) => [name, { cpu: [], perSecond: [], p50: [], p99: [], p999: [] }]));
  for (const name of names) {
    say(`warming up ${name}`);
    await closedLoop(named[name], ask, warmUp);
  }
  for (let round = 0; round < cpu.rounds; round += 1) {
    for (const name of inTurn(names, round)) {
      say(`${ask.path}: CPU, round ${round + 1} of ${cpu.rounds}, ${name}`);
      const result = await closedLoop(named[name], ask, cpu.seconds);
      rounds[name].cpu.push(result.cpu);
      rounds[name].perSecond.push(result.perSecond);
    }
  }
  const slowest = Math.min(...names.map((name) => median(rounds[name].perSecond)));
  const rate = Math.max(50, Math.round((slowest * SHARE) / 50) * 50);
  for (let round = 0; round < latency.rounds; round += 1) {
    for (const name of inTurn(timed, round)) {
      say(`${ask.path}: latency at ${rate} requests a second, round ${round + 1} of ${latency.rounds}, ${name}`);
      const result = await openLoop(named[name], ask, latency.seconds, rate);
      for (const at of ["p50", "p99", "p999"]) rounds[name][at].push(result[at]);
    }
  }
  return { rounds, rate };
}

/** The same as a table, everything against `theirs`, and what `ours` comes to. */
function tell({ rounds, rate }, { ours, theirs, bars: limits }) {
  const least = (name) => lowest(rounds[name].cpu);
  const above = (name) => least(name) - least("pass");
  const ratio = (name, at, combine) => ({
    value: combine(rounds[name][at]) / combine(rounds[theirs][at]),
    spread: spread(paired(rounds[name][at], rounds[theirs][at], (own, other) => own / other)),
  });
  const told = ({ value, spread }) => ranged(value, spread);
  const rows = Object.keys(rounds).map((name) => {
    const isTimed = rounds[name].p50.length > 0;
    const timed = (at) => (isTimed ? `${told(ratio(name, at, median))}` : "");
    return [
      `\`${name}\``,
      told(ratio(name, "cpu", lowest)),
      number(above(name) / above(theirs)),
      told(ratio(name, "perSecond", median)),
      ...["p50", "p99", "p999"].map(timed),
    ];
  });
  const context = Object.keys(rounds).map((name) => {
    const { perSecond, p50, p99, p999 } = rounds[name];
    const times = p50.length === 0 ? ["", "", ""] : [p50, p99, p999].map((values) => thousands(median(values)));
    return [`\`${name}\``, number(least(name), 1), `+${number(above(name), 1)}`, thousands(median(perSecond)), ...times];
  });
  const text = [
    table([`against \`${theirs}\``, "CPU", "CPU above `pass`", "throughput", "p50", "p99", "p99.9"], rows),
    `For context, in microseconds (latency at ${thousands(rate)} requests a second, a fifth of what the slowest can do):`,
    table(["", "CPU", "above `pass`", "requests/s", "p50", "p99", "p99.9"], context),
  ].join("\n\n");
  // Of each round with what the pass-through took in all of them: that of one round is as uncertain as the rest.
  const aboveSpread = spread(paired(rounds[ours].cpu, rounds[theirs].cpu, (own, other) => (own - least("pass")) / (other - least("pass"))));
  const figures = {
    cpu: ratio(ours, "cpu", lowest),
    above: { value: above(ours) / above(theirs), spread: aboveSpread },
    p50: ratio(ours, "p50", median),
    p99: ratio(ours, "p99", median),
  };
  const bars = limits.map(({ of, name, most }) => bar(name, figures[of].value, { most, spread: figures[of].spread }));
  return { text, bars };
}
