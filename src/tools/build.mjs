// Builds the wasm artefacts into build/<name>/: cargo, then wasm-bindgen, then wasm-opt. Cargo sees what changed; the
// other two run only when cargo's output did. And what the Worker's pages load, in www/.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import { put } from "./files.mjs";
import { fillPage } from "./page.mjs";
import { isMain, main, node, plainError, root, step } from "./process.mjs";
import { ensureBindgen, ensureNpm, ensureRust } from "./setup.mjs";
import { typesOf } from "./types.mjs";

const help = `Usage: node src/tools/build.mjs worker|npm|page …

  worker   the Cloudflare Worker's half in Rust: build/worker/chaski.js and chaski_bg.wasm
  npm      the npm package: its half in Rust, the entries of src/npm, and the types, in build/npm
  page     what the Worker's pages load: Swagger UI in www/docs/swagger-ui, and the npm package's files for
           browsers in www/chaski`;

// Both bring their own std, which cargo compiles on stable Rust with RUSTC_BOOTSTRAP. That variable and the flags
// would make other builds start again, so each has a target folder of its own.
// Panics abort without a word, and texts that only a debugger shows are left out: measured, a sixth of the Worker. What
// a panic ends is one instance of the wasm, which nothing that lasts is kept in.
const cargo = ["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"];
const rustflags = '-Zunstable-options -Zlocation-detail=none -Zfmt-debug=none -Cpanic=immediate-abort --cfg sha2_backend_soft="compact"';
const artefacts = { worker: {}, npm: { finish: finishNpm } };

/** Builds an artefact, or the page. Returns the folder that it is in. */
export async function build(name) {
  if (name === "page") return buildPage();
  const artefact = artefacts[name];
  if (!artefact) throw plainError(help);
  const bindgenFolder = await tools();

  const target = join("target", name);
  const first = existsSync(join(root, target, "wasm32-unknown-unknown", "release")) ? "" : " (the first time a minute or two)";
  await step(
    `Compiling the ${name} wasm${first}`,
    "cargo",
    ["build", "--release", "--lib", "--target", "wasm32-unknown-unknown", "--features", name, "--target-dir", target, ...cargo],
    { env: { RUSTC_BOOTSTRAP: "1", RUSTFLAGS: rustflags } },
  );
  const compiled = join(root, target, "wasm32-unknown-unknown", "release", "chaski.wasm");

  // After a trap (stack overflow, out of memory) only a new instance helps: hence the reset function.
  const bindgen = [compiled, "--target", "web", "--omit-default-module-path", "--experimental-reset-state-function", "--no-typescript", "--out-name", "chaski"];
  // No feature flags: wasm-opt reads them from the file's target_features section. Only the shortest
  // functions are put into their callers: what is short repeats itself, and gzip makes 6 % less of it.
  const optimise = ["-Oz", "--converge", "--low-memory-unused", "--one-caller-inline-max-function-size=20", "--always-inline-max-function-size=4", "--strip-debug", "--strip-producers", "--strip-target-features"];
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
  await artefact.finish?.(folder);
  return folder;
}

async function buildPage() {
  fillPage(await build("npm"));
  return join(root, "www");
}

let found;

/** Makes sure, once, that all is there that builds need. Returns the folder of wasm-bindgen. */
function tools() {
  found ??= ensureNpm().then(ensureRust).then(ensureBindgen);
  return found;
}

/** Adds what is written by hand, the wasm as text for the hosts that load nothing, the types and the providers. */
async function finishNpm(folder) {
  const own = join(root, "src", "npm");
  for (const file of readdirSync(own)) put(join(folder, file), readFileSync(join(own, file)));
  const base64 = readFileSync(join(folder, "chaski_bg.wasm")).toString("base64");
  put(join(folder, "chaski_bg.base64.js"), `export default "${base64}";\n`);
  const output = await step("Compiling the types as JSON Schema, and the list of providers", "cargo", ["run", "--features", "schema", "--bin", "schema"]);
  // What cargo says comes before.
  const { schema, providers } = JSON.parse(output.trimEnd().split("\n").at(-1));
  put(join(folder, "types.d.ts"), typesOf(schema));
  put(join(folder, "providers.js"), `export default ${JSON.stringify(providers)};\n`);
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
  main(async (names) => {
    if (names.includes("--help") || names.includes("-h")) return console.log(help);
    if (names.length === 0 || names.some((name) => name !== "page" && !(name in artefacts))) throw plainError(help);
    for (const name of names) {
      const started = Date.now();
      const folder = await build(name);
      const size = name === "page" ? "" : `: ${sizeOf(folder)}`;
      console.log(`${relative(root, folder)}${size} (${((Date.now() - started) / 1000).toFixed(1)} s)`);
    }
  });
}

function sizeOf(folder) {
  const { bytes, gzip } = sizes([join(folder, "chaski.js"), join(folder, "chaski_bg.wasm")]);
  return `${kilobytes(bytes)}, ${kilobytes(gzip)} as gzip`;
}
