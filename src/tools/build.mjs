// Builds one of the two wasm artefacts into build/<name>/: cargo, then wasm-bindgen, then wasm-opt.
// Cargo sees what changed; the other two run only when cargo's output did.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { isMain, main, node, plainError, root, step } from "./process.mjs";
import { ensureBindgen, ensureNpm, ensureRust } from "./setup.mjs";

const help = `Usage: node src/tools/build.mjs worker|npm

  worker   the Cloudflare Worker's half in Rust: build/worker/chaski.js and chaski_bg.wasm
  npm      the npm package's half in Rust: build/npm/chaski.js and chaski_bg.wasm`;

const artefacts = {
  worker: {
    // Panics unwind, so that one ends the request that met it and no other. Stable Rust ships no std
    // for that on wasm, so std is compiled too, which cargo allows on stable with RUSTC_BOOTSTRAP. The target
    // folder is its own because that variable would make the other builds start again.
    cargo: ["--target-dir", "target/worker", "-Zbuild-std=std,panic_unwind"],
    env: { RUSTC_BOOTSTRAP: "1", RUSTFLAGS: "-Cpanic=unwind" },
    // After a trap (stack overflow, out of memory) only a new instance helps.
    bindgen: ["--experimental-reset-state-function", "--no-typescript"],
    optimise: "-O3",
  },
  npm: {
    // Panics abort: the module needs no wasm exceptions, so every runtime takes it.
    cargo: ["--target-dir", "target"],
    env: { RUSTFLAGS: "" },
    bindgen: [],
    optimise: "-Oz",
  },
};

export async function build(name) {
  const artefact = artefacts[name];
  if (!artefact) throw plainError(help);
  await ensureNpm();
  await ensureRust();
  const bindgenFolder = await ensureBindgen();

  const first = existsSync(join(root, artefact.cargo[1], "wasm32-unknown-unknown", "release")) ? "" : " (the first time a minute or two)";
  await step(
    `Compiling the ${name} wasm${first}`,
    "cargo",
    ["build", "--release", "--lib", "--target", "wasm32-unknown-unknown", "--features", name, ...artefact.cargo],
    { env: artefact.env },
  );
  const compiled = join(root, artefact.cargo[1], "wasm32-unknown-unknown", "release", "chaski.wasm");

  const bindgen = [compiled, "--target", "web", "--omit-default-module-path", "--out-name", "chaski", ...artefact.bindgen];
  // No feature flags: wasm-opt reads them from the file's target_features section.
  const optimise = [artefact.optimise, "--strip-debug", "--strip-producers"];
  const stamp = createHash("sha256").update(readFileSync(compiled)).update(JSON.stringify([bindgen, optimise])).digest("hex");
  const folder = join(root, "build", name);
  if (!isStamped(folder, stamp)) {
    const fresh = `${folder}.${process.pid}`;
    await step(`Writing build/${name}`, join(bindgenFolder, "wasm-bindgen"), [...bindgen, "--out-dir", fresh]);
    const wasm = join(fresh, "chaski_bg.wasm");
    await step(`Shrinking build/${name}/chaski_bg.wasm`, node(), [join(root, "node_modules", "binaryen", "bin", "wasm-opt"), wasm, "-o", wasm, ...optimise]);
    // File by file, because a running wrangler watches the folder.
    mkdirSync(folder, { recursive: true });
    for (const file of readdirSync(fresh)) renameSync(join(fresh, file), join(folder, file));
    rmSync(fresh, { recursive: true });
    writeFileSync(join(folder, ".stamp"), stamp);
  }
  return folder;
}

function isStamped(folder, stamp) {
  const path = join(folder, ".stamp");
  return existsSync(path) && readFileSync(path, "utf8") === stamp && existsSync(join(folder, "chaski.js")) && existsSync(join(folder, "chaski_bg.wasm"));
}

/** The bytes of files together, plain and as `gzip -9` makes them. */
export function sizes(paths) {
  const bytes = paths.reduce((sum, path) => sum + statSync(path).size, 0);
  const gzip = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path), { level: 9 }).length, 0);
  return { bytes, gzip };
}

export const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

if (isMain(import.meta)) {
  main(async ([name]) => {
    if (name === "--help" || name === "-h") return console.log(help);
    const started = Date.now();
    const folder = await build(name);
    const { bytes, gzip } = sizes([join(folder, "chaski.js"), join(folder, "chaski_bg.wasm")]);
    console.log(`build/${name}: ${kilobytes(bytes)}, ${kilobytes(gzip)} as gzip (${((Date.now() - started) / 1000).toFixed(1)} s)`);
  });
}
