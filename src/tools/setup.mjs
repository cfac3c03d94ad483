// Makes sure that what the other tools need is there: npm packages, the Rust toolchain, wasm-bindgen.
// Says nothing where nothing is missing.

import { existsSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CommandFailed, capture, isMain, main, node, onPath, plainError, root, step } from "./process.mjs";

const target = "wasm32-unknown-unknown";

export async function setup() {
  await ensureNpm();
  await ensureRust();
  await ensureBindgen();
}

/** Installs what a folder's lock file names, where that has not been done since it changed. */
export async function ensureInstalled(folder, title) {
  const installed = join(folder, "node_modules", ".package-lock.json");
  if (existsSync(installed) && modified(installed) >= modified(join(folder, "package-lock.json"))) return;
  await step(title, "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: folder,
    // Not the Node that is about to be replaced.
    env: { PATH: process.env.PATH.split(delimiter).filter((folder) => !folder.endsWith(join("node_modules", ".bin"))).join(delimiter) },
  });
}

export async function ensureNpm() {
  await ensureInstalled(root, "Installing the npm packages: wrangler, binaryen, Node 22 (about 20 seconds)");
  const { output } = await capture(node(), ["--version"]);
  const [, major] = /^v(\d+)/.exec(output) ?? [];
  if (!(Number(major) >= 22)) {
    throw plainError("Wrangler needs Node 22 or newer. The npm package `node` brings one, but its install script did not run:\nallow install scripts (npm config: ignore-scripts=false) and run `npm ci`, or use Node 22 or newer.");
  }
}

/** What tests/types compile with. */
export async function ensureTypes() {
  await ensureInstalled(join(root, "tests", "types"), "Installing TypeScript and the hosts' types for the tests (about 10 seconds)");
}

export async function ensureRust() {
  if (!onPath("rustup")) {
    throw plainError("Rust is missing. Install rustup (no root needed) from https://rustup.rs, open a new shell and run this again.");
  }
  if (!onPath("cc")) {
    throw plainError("A C linker (`cc`) is missing; Rust needs one. Debian and Ubuntu: apt install build-essential. macOS: xcode-select --install.");
  }
  // Asked this way, rustup does not install anything by itself, without a word.
  const ask = () => capture("rustc", ["--print", "sysroot"], { env: { RUSTUP_AUTO_INSTALL: "0" } });
  let sysroot = await ask();
  if (!sysroot.ok) {
    const { channel } = toolchain();
    await step(`Installing Rust ${channel} with rustup (about a minute)`, "rustup", ["toolchain", "install", channel, "--profile", "minimal"]);
    sysroot = await ask();
    if (!sysroot.ok) throw new CommandFailed("rustc", sysroot.output);
  }
  const library = join(sysroot.output.trim().split("\n").at(-1), "lib", "rustlib");
  if (!existsSync(join(library, target))) {
    await step(`Adding the Rust target ${target} with rustup (some seconds)`, "rustup", ["target", "add", target]);
  }
  const { components } = toolchain();
  const present = existsSync(join(library, "components")) ? readFileSync(join(library, "components"), "utf8") : "";
  const missing = components.filter((name) => !present.includes(name));
  if (missing.length > 0) {
    await step(`Adding ${missing.join(", ")} to Rust with rustup (some seconds)`, "rustup", ["component", "add", ...missing]);
  }
}

/** Returns the folder that holds `wasm-bindgen` and `wasm-bindgen-test-runner`. */
export async function ensureBindgen() {
  return ensureCargoTool({
    crate: "wasm-bindgen-cli",
    programs: ["wasm-bindgen", "wasm-bindgen-test-runner"],
    version: lockedVersion("wasm-bindgen"),
    why: "which writes the JavaScript around the wasm",
    time: "about a minute",
    // Without --locked: its lockfile may name releases that a mirror of crates.io lacks.
    options: ["--no-default-features", "--bin", "wasm-bindgen", "--bin", "wasm-bindgen-test-runner"],
  });
}

/**
 * Makes sure that the programs of a crate are there, in this version: in .tools, or on the PATH. Returns their folder.
 *
 * They are compiled without optimisation, unless `isFast`: most run for a moment, and so it takes half as long.
 */
export async function ensureCargoTool({ crate, programs: [program, ...others], version, why, time, options = ["--locked"], isFast = false }) {
  const own = join(root, ".tools", "bin");
  for (const folder of [own, ...process.env.PATH.split(delimiter)]) {
    if (![program, ...others].every((name) => existsSync(join(folder, name)))) continue;
    const { output } = await capture(join(folder, program), ["--version"]);
    if (output.trim() === `${program} ${version}`) return folder;
  }
  await step(
    `Compiling ${program} ${version}, ${why}, into .tools (once, ${time})`,
    "cargo",
    ["install", crate, "--version", `=${version}`, "--root", join(root, ".tools"), "--force", ...options],
    { env: { ...(isFast ? {} : { CARGO_PROFILE_RELEASE_OPT_LEVEL: "0" }), CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16", CARGO_PROFILE_RELEASE_LTO: "off", CARGO_PROFILE_RELEASE_DEBUG: "0" } },
  );
  return own;
}

export function lockedVersion(name) {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const [, version] = new RegExp(`name = "${name}"\\nversion = "([^"]+)"`).exec(lock) ?? [];
  if (!version) throw plainError(`Cargo.lock has no ${name}`);
  return version;
}

function toolchain() {
  const text = readFileSync(join(root, "rust-toolchain.toml"), "utf8");
  const [, channel] = /^channel = "(.+)"$/m.exec(text);
  const [, list] = /^components = \[(.+)\]$/m.exec(text);
  return { channel, components: list.split(",").map((name) => name.trim().replaceAll('"', "")) };
}

const modified = (path) => statSync(path).mtimeMs;

if (isMain(import.meta)) main(setup);
