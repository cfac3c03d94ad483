// `npm test`: every check of the project, one stage after the other; the first that fails ends it.

import { readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { build, kilobytes, sizes } from "./build.mjs";
import { ensureChromium } from "./chromium.mjs";
import { wranglerEnv } from "./dev-worker.mjs";
import { importsOf } from "./files.mjs";
import { buildTargets, check, fuzz, targets } from "./fuzz.mjs";
import { ensurePackaging, pack } from "./packaging.mjs";
import { CommandFailed, capture, isMain, main, node, plainError, root, startProgress } from "./process.mjs";
import { ensurePython } from "./python.mjs";
import { ensureBindgen, ensureTypes, setup } from "./setup.mjs";

const wasm = ["--target", "wasm32-unknown-unknown"];
const budgets = {
  // A little above what it is: it may shrink, not grow.
  worker: 159_000,
  "npm wasm": 56_000,
  // What a page gets from `import "chaski"`.
  "npm entry": 88_000,
};

const stages = [
  { name: "setup", about: "npm packages, Rust and wasm-bindgen are there", run: setup },
  { name: "fmt", about: "rustfmt has nothing to change", run: formatted },
  clippy("clippy-core", "the core, natively", ["--all-targets"]),
  clippy("clippy-worker", "with the feature worker, natively", ["--all-targets", "--features", "worker"]),
  clippy("clippy-npm", "with the feature npm, natively", ["--all-targets", "--features", "npm"]),
  clippy("clippy-schema", "with the feature schema, natively", ["--all-targets", "--features", "schema"]),
  clippy("clippy-worker-wasm", "with the feature worker, for wasm32", ["--lib", "--features", "worker", ...wasm]),
  clippy("clippy-npm-wasm", "with the feature npm, for wasm32", ["--lib", "--features", "npm", ...wasm]),
  { name: "dependencies", about: "no tokio, url, idna or regex of ours", run: dependencies },
  { name: "native", about: "cargo test, the core, the Worker's half and the schema", run: () => command("cargo", ["test", "--no-fail-fast", "--features", "schema"]) },
  { name: "core-wasm", about: "the core alone compiles for wasm32", run: () => command("cargo", ["build", "--lib", ...wasm]) },
  { name: "fixtures-wasm", about: "the fixtures again, as wasm", run: fixturesOnWasm },
  { name: "sandbox", about: "the sandbox's own tests", run: () => nodeTests("tests/sandbox") },
  { name: "fuzz", about: "libFuzzer, two seconds for each parser and for the state machine; npm run fuzz goes on (a minute, after the first build)", run: fuzzed },
  { name: "build-worker", about: "the Worker's wasm", run: () => build("worker") },
  { name: "build-npm", about: "the npm package's wasm", run: () => build("npm") },
  { name: "build-page", about: "what the Worker's pages load", run: () => build("page") },
  { name: "artefacts", about: "both: the Worker under workerd against the sandbox, the npm module in Node", run: () => nodeTests("tests") },
  { name: "faults", about: "the Worker when all goes wrong: kills, cut connections, wild answers, abuse; the short form of npm run faults", run: () => nodeTests(["tests/faults", "tests/abuse"], "--test-concurrency=2") },
  { name: "openapi", about: "the API's document: schemathesis against the Worker, and its page in Chromium (a minute and a half)", run: openapi },
  { name: "page", about: "the Worker's page in Chromium, from npm start on: a message's whole journey, axe, the keyboard, its weight", run: page },
  { name: "types", about: "the npm package's types, compiled with each host's", run: typesCompile },
  { name: "packaging", about: "the module as npm packs it, in Node, Deno, Bun, workerd, Chromium and four bundlers (a minute and a half)", run: packaging },
  { name: "size", about: `gzip at most: ${Object.entries(budgets).map(([name, most]) => `${name} ${kilobytes(most)}`).join(", ")}`, run: size },
];

const help = `Usage: npm test [-- --only STAGE[,STAGE]] [-- --list] [-- --only openapi --seed N --examples N]

Runs the stages in order and stops at the first that fails. The last line counts the tests.

  --only STAGE   these stages only (and what setup has to install)
  --list         the stages' names
  --seed N       where the chance of the stage openapi begins, 1 without it
  --examples N   how long it goes on, 40 without it: cases for each operation
  --help         this text`;

function clippy(name, about, args) {
  return { name, about: `clippy, ${about}`, run: () => command("cargo", ["clippy", ...args, "--", "-D", "warnings"]) };
}

async function formatted() {
  const [, edition] = /^edition = "(\d+)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"));
  // File by file: `cargo fmt` does not see the modules that a macro declares.
  const files = ["src", "tests"].flatMap(rustFiles);
  const { ok, output } = await capture("rustfmt", ["--check", "--files-with-diff", "--edition", edition, ...files]);
  if (ok) return;
  const unformatted = [...new Set(output.trim().split("\n"))].map((path) => path.replace(root, ""));
  throw new CommandFailed("rustfmt", `Not formatted. To format:\n\n  rustfmt --edition ${edition} ${unformatted.join(" ")}\n`);
}

function rustFiles(folder) {
  try {
    return readdirSync(join(root, folder), { recursive: true }).filter((path) => path.endsWith(".rs")).map((path) => join(folder, path));
  } catch {
    return [];
  }
}

/** What must stay out of the core and both wasm builds; `worker` may bring its own. */
async function dependencies() {
  const banned = new Set(["tokio", "url", "idna", "regex"]);
  const found = [];
  for (const features of ["", "npm", "worker"]) {
    const tree = await command("cargo", ["tree", "--edges", "normal", "--prefix", "depth", "--no-dedupe", "--format", " {p}", ...wasm, "--features", features]);
    const path = [];
    for (const line of tree.split("\n")) {
      const [, depth, name] = /^(\d+) (\S+) v/.exec(line) ?? [];
      if (!name) continue;
      path.length = Number(depth);
      path.push(name);
      const allowed = features === "worker" && path.includes("worker");
      if (banned.has(name) && !allowed) found.push(`${features || "core"}: ${path.join(" > ")}`);
    }
  }
  if (found.length > 0) throw new CommandFailed("the dependency check", `these crates are not wanted there:\n${found.join("\n")}\n`);
}

async function fixturesOnWasm() {
  const runner = join(await ensureBindgen(), "wasm-bindgen-test-runner");
  return command("cargo", ["test", "--no-fail-fast", "--test", "fixtures", ...wasm], { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: runner });
}

async function nodeTests(folders, ...options) {
  const files = [folders].flat().flatMap((folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs")).map((name) => join(folder, name)));
  if (files.length === 0) throw plainError(`${folders} has no *.test.mjs`);
  return command(node(), ["--no-warnings", "--test", "--test-reporter=spec", ...options, ...files], { NO_COLOR: "1" });
}

async function fuzzed() {
  await buildTargets();
  const results = await fuzz(targets(), { seconds: 2, keep: false, say: (line) => say(line), options: ["-seed=1"] });
  check(results);
  const runs = results.reduce((sum, { runs }) => sum + runs, 0);
  return { note: `${results.length} targets, ${runs} runs` };
}

async function openapi() {
  await ensurePython();
  await ensureChromium();
  const output = await nodeTests(join("tests", "openapi"));
  const tried = [...output.matchAll(/(\d+ operations, \d+ requests, seed \S+)/g)].map(([line]) => line);
  return { output, note: tried.join("; ") };
}

async function page() {
  await ensureChromium();
  const output = await nodeTests(join("tests", "page"));
  const [weight] = /first view \d+ bytes, all views \d+ bytes/.exec(output) ?? [];
  return { output, note: `${weight}; screenshots in tests/page/.screenshots` };
}

async function packaging() {
  await ensurePackaging();
  await pack();
  const output = await nodeTests("tests/packaging");
  // What was measured stands between the tests; the spec reporter starts such lines with a sign.
  const measured = [...output.matchAll(/^\W*(.+: [\d.]+ ms .*first request.*)$/gm)].map(([, line]) => line);
  return { output, note: `\n${measured.map((line) => `    ${line}`).join("\n")}` };
}

async function typesCompile() {
  await ensureTypes();
  return nodeTests(join("tests", "types"));
}

async function size() {
  const upload = join(root, ".wrangler", "upload");
  rmSync(upload, { recursive: true, force: true });
  await command(node(), [join(root, "node_modules", "wrangler", "bin", "wrangler.js"), "deploy", "--dry-run", "--outdir", upload], wranglerEnv);
  const uploaded = readdirSync(upload).filter((name) => /\.(js|wasm)$/.test(name)).map((name) => join(upload, name));
  const npm = join(root, "build", "npm");
  const measured = {
    worker: sizes(uploaded),
    "npm wasm": sizes([join(npm, "chaski_bg.wasm")]),
    "npm entry": sizes([...importsOf(join(npm, "index.js"))]),
  };
  const bundle = join(root, ".wrangler", "entry.js");
  await command(join(root, "node_modules", ".bin", "esbuild"), [join(npm, "index.js"), "--bundle", "--minify", "--format=esm", "--log-level=warning", `--outfile=${bundle}`]);
  const lines = Object.entries(measured).map(([name, { bytes, gzip }]) => `${name}: ${kilobytes(bytes)}, ${kilobytes(gzip)} as gzip of ${kilobytes(budgets[name])}`);
  lines.push(`minified ${kilobytes(sizes([bundle]).gzip)}`);
  // What the README promises, give or take a kilobyte.
  const [, wasmClaim, entryClaim] = /^\| `chaski` \|.*\((\d+) kB\) \| (\d+) kB \|$/m.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  const isTrue = (claim, name) => Math.abs(claim * 1000 - measured[name].gzip) <= 1500;
  if (!isTrue(wasmClaim, "npm wasm") || !isTrue(entryClaim, "npm entry")) throw new CommandFailed("the README's figures", lines.join("\n"));
  if (Object.entries(measured).some(([name, { gzip }]) => gzip > budgets[name])) throw new CommandFailed("the size check", lines.join("\n"));
  return { note: lines.join("; ") };
}

let say = () => {};

async function command(name, args, env) {
  const { ok, output } = await capture(name, args, { env, onOutput: (chunk) => say(chunk) });
  if (ok) return output;
  const telling = output.replace(/^ +(Compiling|Checking|Downloading|Downloaded|Locking|Adding|Updating) .*\n/gm, "");
  throw new CommandFailed(`${name === node() ? "node" : name} ${args.slice(0, 2).join(" ")}`, telling);
}

/** The tests that cargo, wasm-bindgen-test and node say they ran. */
export function count(output) {
  const sum = (pattern) => [...output.matchAll(pattern)].reduce((total, [, number]) => total + Number(number), 0);
  return {
    passed: sum(/^test result: .*?(\d+) passed/gm) + sum(/^(?:ℹ|#) pass (\d+)/gm),
    failed: sum(/^test result: .*?(\d+) failed/gm) + sum(/^(?:ℹ|#) fail (\d+)/gm),
  };
}

async function runStage(stage, position) {
  const progress = startProgress(`[${position}] ${stage.name}: ${stage.about}`, { after: 0 });
  say = progress.say;
  const started = Date.now();
  const done = (outcome) => {
    progress.end();
    return { name: stage.name, seconds: (Date.now() - started) / 1000, passed: 0, failed: 0, note: "", ...outcome };
  };
  try {
    const result = await stage.run();
    const output = typeof result === "string" ? result : result?.output;
    return done({ ok: true, ...(output && count(output)), ...(result?.note && { note: result.note }) });
  } catch (error) {
    const output = error.output ?? (error.plain ? error.message : error.stack);
    const { passed, failed } = count(output);
    // A stage that fails is at least one failure, whatever it counted.
    return done({ ok: false, passed, failed: Math.max(failed, 1), output, note: error.message.split("\n")[0] });
  }
}

function select(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { only: { type: "string", multiple: true }, list: { type: "boolean" }, seed: { type: "string" }, examples: { type: "string" }, help: { type: "boolean", short: "h" } } }));
  } catch (error) {
    throw plainError(`${error.message}\n\n${help}`);
  }
  const names = values.only?.flatMap((list) => list.split(",")) ?? stages.map((stage) => stage.name);
  const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
  if (unknown.length > 0) throw plainError(`no stage is called ${unknown.join(", ")}; npm test -- --list shows their names`);
  return { ...values, chosen: stages.filter((stage) => stage.name === "setup" || names.includes(stage.name)) };
}

async function test(args) {
  const { help: wantsHelp, list, seed, examples, chosen } = select(args);
  if (seed) process.env.CHASKI_SEED = seed;
  if (examples) process.env.CHASKI_EXAMPLES = examples;
  if (wantsHelp) return console.log(help);
  if (list) return console.log(stages.map((stage) => `${stage.name.padEnd(20)}${stage.about}`).join("\n"));

  const results = [];
  for (const [index, stage] of chosen.entries()) {
    const result = await runStage(stage, `${index + 1}/${chosen.length}`);
    results.push(result);
    if (!result.ok) {
      console.log(`\n${result.output.trimEnd()}`);
      break;
    }
  }

  console.log();
  for (const [index, stage] of chosen.entries()) {
    const result = results[index];
    const outcome = !result ? "not run" : result.ok ? "ok" : "FAILED";
    const time = result ? `${result.seconds.toFixed(1)} s` : "";
    const tests = result && result.passed + result.failed > 0 ? `${result.passed} passed, ${result.failed} failed` : "";
    console.log(`${stage.name.padEnd(20)}${outcome.padEnd(9)}${time.padStart(8)}  ${[tests, result?.note].filter(Boolean).join("  ")}`.trimEnd());
  }
  const total = (key) => results.reduce((sum, result) => sum + result[key], 0);
  console.log(`\n${total("passed")} passed, ${total("failed")} failed`);
  if (results.some((result) => !result.ok)) process.exitCode = 1;
}

if (isMain(import.meta)) main(test);
