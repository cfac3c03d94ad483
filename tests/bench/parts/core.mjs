// The core alone, in Rust: each provider's request and answer against derived structs and serde_json; and as wasm.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, capture, onPath, root } from "../../../src/tools/process.mjs";
import { anywhere, measured } from "../support/machine.mjs";
import { bar, number, ranged, table } from "../support/report.mjs";
import { lowest, spread } from "../support/stats.mjs";

const folder = join(root, "tests", "bench", "core");
const providers = ["whatspie", "gowhatsapp", "wachat", "a1base", "whatsspot"];

/** The project's own profile, and for information the fastest. */
const levels = ["z", "3"];

const target = (level) => join(root, "target", "bench", level);

export const core = {
  name: "core",
  about: "the core in Rust against derived structs and serde_json, and as wasm",
  seconds: ({ isQuick }) => (isQuick ? 60 : 180),
  async run(options, say) {
    const times = {};
    for (const level of levels) {
      say(`compiling the core, opt-level ${level}`);
      await cargo(level, ["bench", "--no-run"]);
      await cargo(level, ["build", "--release", "--bin", "repeat"]);
      say(`measuring the core, opt-level ${level}`);
      times[level] = await criterion(level, options);
    }
    say("compiling the core as wasm");
    const wasm = {};
    for (const level of levels) wasm[level] = await against(level, options, say);
    const counts = onPath("valgrind") ? await instructions(say) : undefined;
    return report(times, wasm, counts);
  },
};

async function cargo(level, args) {
  const { command, args: all } = anywhere("cargo", [...args, "--target-dir", target(level)]);
  // The profile `bench` inherits from `release`.
  const { ok, output } = await capture(command, all, { cwd: folder, env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: level } });
  if (!ok) throw new CommandFailed(`cargo ${args.join(" ")}`, output);
  return output;
}

async function run({ command, args }, options) {
  const { ok, output } = await capture(command, args, { cwd: folder, ...options });
  if (!ok) throw new CommandFailed(args.join(" "), output);
  return output;
}

/** Nanoseconds for each provider: `{ "build/ours": { value, low, high }, … }`. */
async function criterion(level, { isQuick }) {
  const home = join(target(level), "criterion");
  const quickly = isQuick ? ["--", "--warm-up-time", "0.1", "--measurement-time", "0.2"] : [];
  await run(measured("cargo", ["bench", "--target-dir", target(level), ...quickly]), { env: { CARGO_PROFILE_RELEASE_OPT_LEVEL: level, CRITERION_HOME: home } });
  const read = (provider, of) => {
    const { median } = JSON.parse(readFileSync(join(home, provider, of.replace("/", "_"), "new", "estimates.json"), "utf8"));
    return median.point_estimate;
  };
  const halves = ["build/ours", "build/typed", "parse/ours", "parse/typed"];
  return Object.fromEntries(providers.map((provider) => [provider, Object.fromEntries(halves.map((of) => [of, read(provider, of)]))]));
}

/** Nanoseconds for build and parse together, natively and as wasm: the same loop of the same crate, by turns. */
async function against(level, { isQuick }, say) {
  await cargo(level, ["rustc", "--release", "--lib", "--crate-type", "cdylib", "--target", "wasm32-unknown-unknown"]);
  const wasm = join(target(level), "wasm32-unknown-unknown", "release", "chaski_bench.wasm");
  const small = join(target(level), "chaski_bench.wasm");
  // As build.mjs does with the project's own.
  const optimise = ["-Oz", "--converge", "--low-memory-unused", "--strip-debug", "--strip-producers"];
  const flags = level === "z" ? optimise : ["-O3"];
  await run({ command: process.execPath, args: [join(root, "node_modules", "binaryen", "bin", "wasm-opt"), wasm, "-o", small, ...flags] });
  const [rounds, times] = isQuick ? [2, 5_000] : [5, 30_000];
  const found = Object.fromEntries(providers.map((provider) => [provider, { native: [], wasm: [] }]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, provider] of providers.entries()) {
      say(`wasm against native, opt-level ${level}, round ${round + 1} of ${rounds}, ${provider}`);
      const native = await run(measured(join(target(level), "release", "repeat"), [String(at), "ours", String(times)]));
      found[provider].native.push(Number(native.split(" ", 1)[0]));
      const asWasm = await run(measured(process.execPath, [join(root, "tests", "bench", "support", "wasm.mjs"), small, String(at), String(times)]));
      found[provider].wasm.push(Number(asWasm));
    }
  }
  return Object.fromEntries(providers.map((provider) => [provider, { native: lowest(found[provider].native), wasm: lowest(found[provider].wasm) }]));
}

/** Instructions for each send, which are the same on every run: what a thousand more take. */
async function instructions(say) {
  const program = join(target("z"), "release", "repeat");
  const counted = async (provider, by, times) => {
    const output = await run({ command: "valgrind", args: ["--tool=callgrind", "--callgrind-out-file=/dev/null", program, String(provider), by, String(times)] });
    return Number(/Collected : (\d+)/.exec(output)[1]);
  };
  const found = {};
  for (const [at, provider] of providers.entries()) {
    say(`counting instructions, ${provider}`);
    const each = async (by) => ((await counted(at, by, 1_200)) - (await counted(at, by, 200))) / 1_000;
    found[provider] = { ours: await each("ours"), typed: await each("typed") };
  }
  return found;
}

function report(times, wasm, counts) {
  const whole = (row, of) => row[`build/${of}`] + row[`parse/${of}`];
  const ratios = (level) => {
    const each = providers.map((provider) => whole(times[level][provider], "ours") / whole(times[level][provider], "typed"));
    const sum = (of) => providers.reduce((total, provider) => total + whole(times[level][provider], of), 0);
    return { each, value: sum("ours") / sum("typed"), spread: spread(each) };
  };
  const slower = (level) => {
    const each = providers.map((provider) => wasm[level][provider].wasm / wasm[level][provider].native);
    const sum = (of) => providers.reduce((total, provider) => total + wasm[level][provider][of], 0);
    return { each, value: sum("wasm") / sum("native"), spread: spread(each) };
  };
  const [small, fast] = levels.map(ratios);
  const [smallWasm, fastWasm] = levels.map(slower);
  const rows = providers.map((provider, at) => {
    const row = times.z[provider];
    return [
      provider,
      number(row["build/ours"] / row["build/typed"]),
      number(row["parse/ours"] / row["parse/typed"]),
      number(small.each[at]),
      number(fast.each[at]),
      ...(counts ? [number(counts[provider].ours / counts[provider].typed)] : []),
      number(smallWasm.each[at]),
      number(fastWasm.each[at]),
    ];
  });
  const head = ["", "build", "parse", "both", "both, opt-level 3", ...(counts ? ["instructions"] : []), "wasm / native", "the same, opt-level 3"];
  const context = providers.map((provider) => [
    provider,
    ...["ours", "typed"].map((of) => number(whole(times.z[provider], of), 0)),
    ...["ours", "typed"].map((of) => number(whole(times[3][provider], of), 0)),
    number(wasm.z[provider].wasm, 0),
    ...(counts ? [number(counts[provider].ours, 0), number(counts[provider].typed, 0)] : []),
  ]);
  const text = [
    "A message of about 300 bytes to the body of the provider's request, and its answer of about 250 to a receipt: the core, which reads any of the " +
      "five, against structs derived for just that one (no URL, no headers, no rules, no drifting answers). In the profile of the project, opt-level z; medians by criterion.",
    table(head, rows),
    "For context, in nanoseconds for both halves:",
    table(["", "z: ours", "typed", "3: ours", "typed", "wasm, z", ...(counts ? ["instructions: ours", "typed"] : [])], context),
  ].join("\n\n");
  const bars = [
    bar("core against derived structs and serde_json (from provider to provider)", small.value, { most: 1.2, spread: small.spread }),
    bar("core as wasm against native, the same profile", smallWasm.value, { most: 1.4, spread: smallWasm.spread }),
  ];
  return { text, bars };
}
