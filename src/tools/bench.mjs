// `npm run bench`: measures the product against what one would write instead, by turns on one machine, and writes
// BENCHMARKS.md.

import { readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ensureBench } from "./bench-setup.mjs";
import { build } from "./build.mjs";
import { capture, isMain, main, node, plainError, root, startProgress } from "./process.mjs";

/** More cores than this in use by others, and the figures would be theirs. */
const BUSY = 0.5;

const help = `Usage: npm run bench [-- --only PART[,PART]] [-- --quick] [-- --long] [-- --force]

Measures, prints what came of it, and writes BENCHMARKS.md; what people wrote in there stays. Takes two cores for itself.

  --only PART   these parts only; writes nothing
  --quick       short windows, to try whether it runs: figures that mean little; writes nothing
  --long        windows of a minute for latency (an hour in all)
  --force       measures even though the machine is busy
  --list        the parts' names
  --help        this text`;

function select(args) {
  try {
    const flags = Object.fromEntries(["quick", "long", "force", "list"].map((name) => [name, { type: "boolean" }]));
    return parseArgs({ args, options: { only: { type: "string", multiple: true }, help: { type: "boolean", short: "h" }, ...flags } }).values;
  } catch (error) {
    throw plainError(`${error.message}\n\n${help}`);
  }
}

async function bench(args) {
  const { help: wantsHelp, only, quick: isQuick = false, long: isLong = false, force, list } = select(args);
  if (wantsHelp) return console.log(help);
  await ensureBench();
  // Here and not above, because setup may have just installed what they import.
  const { parts } = await import("../../tests/bench/parts.mjs");
  if (list) return console.log(parts.map(({ name, about }) => `${name.padEnd(15)}${about}`).join("\n"));
  const wanted = only?.flatMap((names) => names.split(",")) ?? parts.map((part) => part.name);
  const unknown = wanted.filter((name) => !parts.some((part) => part.name === name));
  if (unknown.length > 0) throw plainError(`no part is called ${unknown.join(", ")}; npm run bench -- --list shows their names`);

  for (const name of ["worker", "npm"]) await build(name);
  const { othersUse, stepAside } = await import("../../tests/bench/support/machine.mjs");
  const others = await othersUse();
  if (others > BUSY && !force) {
    throw plainError(`the machine is busy: others use ${others.toFixed(1)} of its cores, and the figures would be theirs. Wait, or measure all the same with --force.`);
  }
  const { windows } = await import("../../tests/bench/support/load.mjs");
  if (force) windows.tries = 1;
  await stepAside();

  const options = { isQuick, isLong };
  const chosen = parts.filter((part) => wanted.includes(part.name));
  const seconds = chosen.map((part) => part.seconds(options));
  console.log(`${chosen.length} parts, about ${minutes(seconds.reduce((sum, some) => sum + some, 0))}. Nothing else should run meanwhile.`);
  const results = [];
  for (const [index, part] of chosen.entries()) {
    const progress = startProgress(`[${index + 1}/${chosen.length}] ${part.name}: ${part.about} (about ${minutes(seconds[index])})`, { after: 0 });
    try {
      results.push({ name: part.name, ...(await part.run(options, progress.say)) });
    } finally {
      progress.end();
    }
  }
  const { barsTable, replaced } = await import("../../tests/bench/support/report.mjs");
  const bars = results.flatMap((result) => result.bars);
  const sections = results.map(({ name, text }) => `### ${name}\n\n${text}`);
  const report = [await shape(), barsTable(bars), ...sections].join("\n\n");
  console.log(`\n${report}`);
  if (isQuick) return console.log("\nThis was --quick: the figures mean little, and BENCHMARKS.md is as it was.");
  if (only) return console.log("\nThese were not all parts: BENCHMARKS.md is as it was.");
  const path = join(root, "BENCHMARKS.md");
  writeFileSync(path, replaced(readFileSync(path, "utf8"), report));
  console.log("\nwritten to BENCHMARKS.md");
}

/** On what this was measured, as far as it matters. */
async function shape() {
  const { windows } = await import("../../tests/bench/support/load.mjs");
  const { workerdVersion } = await import("../../tests/bench/support/workerd.mjs");
  const [, model] = /^model name\s*: (.+)$/m.exec(readFileSync("/proc/cpuinfo", "utf8")) ?? [];
  const { output: nodeVersion } = await capture(node(), ["--version"]);
  const memory = `${Math.round(totalmem() / 2 ** 30)} GB`;
  const machine = `${cpus().length} cores (${model ?? process.arch}), ${memory}, workerd ${workerdVersion}, Node ${nodeVersion.trim()}`;
  return `Measured ${new Date().toISOString().slice(0, 10)} on ${machine}. In ${windows.disturbed} of ${windows.count} windows others had more than a twentieth of the measured core.`;
}

const minutes = (seconds) => (seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} minutes`);

if (isMain(import.meta)) main(bench);
