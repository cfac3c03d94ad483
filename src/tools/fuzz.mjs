// `npm run fuzz`: libFuzzer against all that reads something, and against the state machine. The targets are in tests/fuzz.

import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { seeds, words } from "../../tests/fuzz/seeds.mjs";
import { CommandFailed, capture, isMain, main, onPath, plainError, root, startProgress, step } from "./process.mjs";
import { ensureCargoTool, ensureRust } from "./setup.mjs";

const version = "0.13.2";
const folder = join(root, "tests", "fuzz");
const built = join(root, "target", "fuzz");
/** How many at once. */
const jobs = 2;
// A second for what takes a thousandth is a hang; a Worker has 128 MB.
const bounds = ["-timeout=10", "-rss_limit_mb=256"];

const help = `Usage: npm run fuzz [-- --minutes N] [--only TARGET[,TARGET]] [--again FILE]

Tries each target for so long, ${jobs} at once. It begins with the fixtures and with what earlier runs found worth keeping, in
tests/fuzz/corpus; what breaks a law is kept in tests/fuzz/artifacts.

  --minutes N    for each target, 1 without it
  --only TARGET  these targets only: ${targets().join(", ")}
  --again FILE   one input that was kept, once more: shows what it breaks
  --help         this text`;

export function targets() {
  return readdirSync(join(folder, "targets")).map((name) => basename(name, ".rs")).sort();
}

/** Builds the targets; the first time with all that they stand on, SQLite and libFuzzer among it. */
export async function buildTargets() {
  await ensureRust();
  if (!onPath("c++")) throw plainError("A C++ compiler (`c++`) is missing; libFuzzer needs one. Debian and Ubuntu: apt install build-essential. macOS: xcode-select --install.");
  const tool = await ensureCargoTool({ crate: "cargo-fuzz", programs: ["cargo-fuzz"], version, why: "which builds for libFuzzer", time: "about a minute" });
  // Without a sanitizer: there is no unsafe code, and it is twice as fast. One that is quickly built is tried longer.
  const options = ["--sanitizer", "none", "--codegen-units", "16", "--target-dir", built];
  await step("Building the fuzz targets (the first time some minutes)", join(tool, "cargo-fuzz"), ["fuzz", "build", "--fuzz-dir", folder, ...options]);
}

function binary(target) {
  const triples = readdirSync(built).map((name) => join(built, name, "release", target));
  return triples.find((path) => existsSync(path));
}

/** Puts the seeds of a target where libFuzzer finds them, by their digests. */
function sow(target, contents) {
  const place = join(built, "seeds", target);
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  for (const seed of contents) {
    const bytes = Buffer.isBuffer(seed) || typeof seed === "string" ? seed : JSON.stringify(seed);
    writeFileSync(join(place, createHash("sha1").update(bytes).digest("hex")), bytes);
  }
  return place;
}

/**
 * Runs each of these targets for so long, `seconds`; what is worth keeping goes to `keep`. Returns what came of each: `{ target, runs, edges, found }`,
 * where `found` is the input that breaks a law, and `output` what it says.
 */
export async function fuzz(names, { seconds, keep, say = () => {}, ended = () => {}, options = [] }) {
  const all = seeds();
  const missing = targets().filter((target) => !all[target]);
  if (missing.length > 0) throw plainError(`tests/fuzz/seeds.mjs has nothing for ${missing.join(", ")}`);
  const dictionary = join(built, "words.dict");
  writeFileSync(dictionary, words());

  const waiting = [...names];
  const results = [];
  const worker = async () => {
    for (let target; (target = waiting.shift()); ) {
      const kept = join(folder, "corpus", target);
      const [grown, artifacts] = [keep ? kept : join(built, "scratch", target), join(folder, "artifacts", target)];
      if (!keep) rmSync(grown, { recursive: true, force: true });
      for (const place of [grown, artifacts]) mkdirSync(place, { recursive: true });
      const corpus = [grown, sow(target, all[target]), ...(existsSync(kept) && !keep ? [kept] : [])];
      const args = [...corpus, ...bounds, `-dict=${dictionary}`, `-max_total_time=${seconds}`, `-artifact_prefix=${artifacts}/`, "-print_final_stats=1", ...options];
      const result = { target, ...(await run(target, args, (line) => say(`${target}: ${line}`))) };
      ended(result);
      results.push(result);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  return results.sort((a, b) => a.target.localeCompare(b.target));
}

/** One run of libFuzzer to its end. Its output may be endless: only its last lines are kept. */
function run(target, args, say) {
  return new Promise((done) => {
    const child = spawn(binary(target), args, { cwd: root, stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, RUST_BACKTRACE: "0" } });
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    let output = "";
    let edges = 0;
    child.stderr.setEncoding("utf8").on("data", (chunk) => {
      output = (output + chunk).slice(-100_000);
      const [line] = chunk.match(/^#\d+\s.*cov: \d+.*$/m) ?? [];
      if (line) say(line.replace(/\s+/g, " "));
      for (const [, count] of chunk.matchAll(/cov: (\d+)/g)) edges = Number(count);
    });
    child.on("close", (code) => {
      process.off("exit", end);
      const [, runs] = /stat::number_of_executed_units:\s*(\d+)/.exec(output) ?? [];
      const [, found] = /Test unit written to (\S+)/.exec(output) ?? [];
      done({ ok: code === 0, runs: Number(runs ?? 0), edges, found: found && relative(root, found), output: telling(output) });
    });
  });
}

/** What libFuzzer says without its progress and its stacks. */
const telling = (output) => output.split("\n").filter((line) => line && !/^(#\d|NEW_FUNC|WARNING: Failed to find|Combine libFuzzer|note: run with|INFO:|stat::|Dictionary:|0x|MS:|artifact_prefix|Base64|NOTE:|==\d+==|SUMMARY)/.test(line.trim())).slice(-30).join("\n");

const line = ({ target, ok, runs, edges }) => `${target.padEnd(14)}${String(runs).padStart(12)} runs ${String(edges).padStart(6)} edges  ${ok ? "" : "FAILED"}`.trimEnd();

/** Throws where a target has found something. */
export function check(results) {
  const failed = results.filter(({ ok }) => !ok);
  if (failed.length === 0) return;
  const told = failed.map(({ target, found, output }) => `${target}\n${output}\n\nTo see it again: ${found ? `npm run fuzz -- --again ${found}` : `npm run fuzz -- --only ${target}`}`);
  throw new CommandFailed("fuzzing", `\n${told.join("\n\n")}\n`);
}

async function again(file) {
  const target = basename(dirname(resolve(file)));
  if (!existsSync(file) || !targets().includes(target)) throw plainError(`${file} is no input in the folder of a target`);
  await buildTargets();
  const { ok, output } = await capture(binary(target), [...bounds, resolve(file)]);
  console.log(output);
  if (!ok) process.exitCode = 1;
}

async function start(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { minutes: { type: "string", default: "1" }, only: { type: "string", multiple: true }, again: { type: "string" }, help: { type: "boolean", short: "h" } } }));
  } catch (error) {
    throw plainError(`${error.message}\n\n${help}`);
  }
  if (values.help) return console.log(help);
  if (values.again) return again(values.again);
  const names = values.only?.flatMap((list) => list.split(",")) ?? targets();
  const unknown = names.filter((name) => !targets().includes(name));
  if (unknown.length > 0) throw plainError(`no target is called ${unknown.join(", ")}; there are ${targets().join(", ")}`);
  if (!(Number(values.minutes) > 0)) throw plainError("--minutes is a number above 0");

  await buildTargets();
  const progress = startProgress(`Fuzzing ${names.length} targets, ${jobs} at once, ${values.minutes} min each`, { after: 0 });
  const results = await fuzz(names, { seconds: Math.ceil(values.minutes * 60), keep: true, say: progress.say, ended: (result) => console.log(line(result)) });
  progress.end();
  check(results);
}

if (isMain(import.meta)) main(start);
