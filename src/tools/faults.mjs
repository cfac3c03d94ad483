// `npm run faults`: what becomes of messages and events when all goes wrong, B1 to B18, each in its long form. One line for
// each, with what was measured; the tests themselves are those of `npm test`, with other sizes (tests/support/scale.mjs).

import { join } from "node:path";
import { parseArgs } from "node:util";
import { build } from "./build.mjs";
import { capture, isMain, main, node, plainError, root, startProgress } from "./process.mjs";
import { ensurePython } from "./python.mjs";
import { setup } from "./setup.mjs";

const fuzz = join(root, "src", "tools", "fuzz.mjs");
const tests = (...files) => ({ command: () => node(), args: ({ id }) => ["--no-warnings", "--test", "--test-reporter=spec", `--test-name-pattern=^${id}: `, ...files.map((file) => join("tests", file))] });
const laws = (...args) => ({ command: () => "cargo", args: () => ["test", "--quiet", "--features", "worker", ...args] });

const faults = [
  { id: "B1", about: "kill -9 while messages and webhooks come in and go out", runs: [tests("delivery-kill.test.mjs"), tests("relay-kill.test.mjs")] },
  { id: "B2", about: "kill -9 between the other side's yes and our commit", runs: [tests("faults/commit.test.mjs")] },
  { id: "B3", about: "each status and each Retry-After", runs: [tests("faults/refusals.test.mjs")] },
  { id: "B4", about: "connections that break, drip or never answer", runs: [tests("faults/connections.test.mjs")] },
  { id: "B5", about: "answers and bodies of every sort and size, 10,000 malformed requests, slow clients", runs: [tests("faults/answers.test.mjs", "faults/bodies.test.mjs", "abuse/malformed.test.mjs", "abuse/slow.test.mjs")] },
  { id: "B6", about: "the same Idempotency-Key at once, with another body, after a kill", runs: [tests("delivery-idempotency.test.mjs")] },
  { id: "B7", about: "whatever the API's document allows, and much that it does not", before: ensurePython, runs: [tests("openapi/contract.test.mjs")] },
  { id: "B8", about: "fuzzing of every parser (npm run fuzz)", runs: [{ command: () => node(), args: ({ scale }) => [fuzz, "--minutes", String(scale.B8.minutes)] }], tell: tellFuzzing },
  { id: "B9", about: "traps, as of a panic; a full stack, a full memory", runs: [tests("faults/end-of-wasm.test.mjs")] },
  { id: "B10", about: "the laws of the core and of the outbox, for inputs by chance", runs: [laws("--test", "laws"), laws("--test", "worker", "laws")], tell: tellLaws },
  { id: "B11", about: "signatures that are almost right", runs: [tests("faults/signatures.test.mjs")] },
  { id: "B12", about: "URLs that lead elsewhere, and texts that break out of their place", runs: [tests("abuse/elsewhere.test.mjs", "abuse/injection.test.mjs")] },
  { id: "B13", about: "keys, numbers and words in the log, in refusals, on disk", runs: [tests("faults/secrets.test.mjs")] },
  { id: "B14", about: "who may do what: tokens, origins, methods", runs: [tests("worker-tokens.test.mjs")] },
  { id: "B15", about: "clients that leave, and a long life", runs: [tests("faults/disconnects.test.mjs")] },
  { id: "B16", about: "more requests than one object can take", runs: [tests("faults/overload.test.mjs")] },
  { id: "B17", about: "alarms that fail, come late or are lost; a disk of an earlier release", runs: [tests("faults/alarms.test.mjs")] },
  { id: "B18", about: "a disk that is full, or cannot be written to", runs: [tests("delivery-disk.test.mjs")] },
];

const help = `Usage: npm run faults [-- --quick] [-- --only B1,B4] [-- --list]

Brings about all that can go wrong, and counts what was lost, done twice, left hanging, told to whom it
does not belong, or accepted though it was forged. Without --quick it takes about two hours, and wants
the machine for itself.

  --quick     all of them in a few minutes, in the sizes of npm test
  --only ID   these only
  --list      what each of them does
  --help      this text

CHASKI_SEED=N makes the same messages, requests and signatures again.`;

async function run({ id, about, runs, before, tell = tellTests }, { env, scale }) {
  const started = Date.now();
  const progress = startProgress(`${id}: ${about}`, { after: 2_000 });
  try {
    await before?.();
    const outcomes = [];
    for (const { command, args } of runs) outcomes.push(await capture(command(), args({ id, scale }), { env, onOutput: progress.say }));
    const output = outcomes.map(({ output }) => output).join("\n");
    // Where no test has the number, or none said what it measured, nothing was shown.
    const lines = tell(output, { id, env, scale });
    const ok = outcomes.every(({ ok }) => ok) && lines.length > 0;
    return { id, ok, output, lines, seconds: Math.round((Date.now() - started) / 1000) };
  } finally {
    progress.end();
  }
}

/** What the tests have measured. */
function tellTests(output, { id }) {
  return [...output.matchAll(new RegExp(`^\\s*ℹ ${id}: (.*)$`, "gm"))].map(([, line]) => line);
}

/** How many cases cargo's tests have tried: each law as many as it was told to. */
function tellLaws(output, { env }) {
  const laws = [...output.matchAll(/^test result: .*?(\d+) passed/gm)].reduce((sum, [, passed]) => sum + Number(passed), 0);
  return laws > 0 ? [`${laws} laws, ${(laws * Number(env.PROPTEST_CASES)).toLocaleString("en-US")} cases`] : [];
}

/** How many targets were fuzzed: it fails by itself where one has found something. */
function tellFuzzing(output, { scale }) {
  const targets = new Set([...output.matchAll(/^(\w+) .*\d+ runs/gm)].map(([, name]) => name)).size;
  return targets > 0 ? [`${targets} targets for ${scale.B8.minutes} min each`] : [];
}

/** What of it must never be, summed over all lines. */
function countOf(words, lines) {
  const sum = (word) => lines.reduce((total, line) => total + [...line.matchAll(new RegExp(`(?:^| · )${word} (\\d+)`, "g"))].reduce((sum, [, number]) => sum + Number(number), 0), 0);
  return Object.fromEntries(words.map((word) => [word, sum(word)]));
}

function select(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options: { only: { type: "string", multiple: true }, quick: { type: "boolean" }, list: { type: "boolean" }, help: { type: "boolean", short: "h" } } }));
  } catch (error) {
    throw plainError(`${error.message}\n\n${help}`);
  }
  const ids = values.only?.flatMap((list) => list.toUpperCase().split(","));
  const unknown = ids?.filter((id) => !faults.some((fault) => fault.id === id)) ?? [];
  if (unknown.length > 0) throw plainError(`there is no ${unknown.join(", ")}; npm run faults -- --list shows them`);
  return { ...values, chosen: faults.filter(({ id }) => !ids || ids.includes(id)) };
}

async function bringAbout(args) {
  const { help: wantsHelp, list, quick, chosen } = select(args);
  if (wantsHelp) return console.log(help);
  if (list) return console.log(faults.map(({ id, about }) => `${id.padEnd(5)}${about}`).join("\n"));
  await setup();
  await build("worker");
  await build("npm");

  process.env.CHASKI_FAULTS = quick ? "quick" : "long";
  // The sizes are read by it.
  const { NEVER, scale } = await import("../../tests/support/scale.mjs");
  // A million cases are worth compiling for them; what overflows is still a mistake.
  const optimised = quick ? {} : { CARGO_PROFILE_DEV_OPT_LEVEL: "2" };
  const env = { NO_COLOR: "1", PROPTEST_CASES: String(scale.B10.cases), ...optimised };
  const results = [];
  for (const fault of chosen) {
    const result = await run(fault, { env, scale });
    results.push(result);
    const [first = "nothing was measured", ...more] = result.lines;
    console.log(`${result.id.padEnd(5)}${first}  ${result.ok ? "ok" : "FAILED"} (${result.seconds} s)`);
    for (const line of more) console.log(`     ${line}`);
    if (!result.ok) console.log(`\n${failureIn(result.output)}\n`);
  }
  const count = countOf(Object.keys(NEVER), results.flatMap(({ lines }) => lines));
  console.log(`\n${Object.entries(NEVER).map(([word, words]) => `${count[word]} ${words}`).join(", ")}`);
  if (results.some(({ ok }) => !ok) || Object.values(count).some((number) => number > 0)) process.exitCode = 1;
}

/** Of what a failed run printed the part that says why, and before it what the tests themselves had to say. */
function failureIn(output) {
  const at = output.indexOf("failing tests:");
  if (at < 0) return output.trimEnd().slice(0, 8_000);
  const said = output.slice(0, at).split("\n").filter((line) => /^[^\sℹ✔✖]/.test(line));
  return [...said.slice(-10), output.slice(at)].join("\n").trimEnd().slice(0, 8_000);
}

if (isMain(import.meta)) main(bringAbout);
