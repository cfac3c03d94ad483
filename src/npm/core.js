// The way into the wasm: JSON text goes in, JSON text comes out.

import { ChaskiError } from "./error.js";
import init, { __wbg_reset_state as renew, account, initSync, receive, reply, request } from "./chaski.js";

// By their names, and not by those of the whole module: a bundler leaves out what loads the wasm in other hosts.
const calls = { account, receive, reply, request };

let isLoaded = false;

/** Compiles the wasm from its bytes, or takes a WebAssembly.Module. */
export function loadSync(module) {
  initSync({ module });
  isLoaded = true;
}

/** The same from a URL, a Response, bytes or a WebAssembly.Module, without blocking. */
export async function load(input) {
  try {
    await init({ module_or_path: input });
  } catch (cause) {
    throw new ChaskiError("invalid", "the wasm could not be loaded", { cause });
  }
  isLoaded = true;
}

/**
 * Runs a function of the wasm.
 * @returns what stands in `ok`; throws what stands in `error`
 */
export function enter(name, ...args) {
  return settle(run(name, args));
}

/** The same for a function that gives bytes behind its outcome: `[ok, bytes]`. */
export function enterForBytes(name, ...args) {
  const packed = run(name, args);
  // JSON text has no line feed of its own.
  const end = packed.indexOf(10);
  return [settle(decoder.decode(packed.subarray(0, end))), packed.subarray(end + 1)];
}

const decoder = new TextDecoder();

function run(name, args) {
  if (!isLoaded) throw new ChaskiError("invalid", 'the wasm is not loaded yet: `await init()` first (import { init } from "chaski/web")');
  try {
    return calls[name](...args);
  } catch (cause) {
    // Out of memory, most likely. The instance is lost; the next call gets a new one.
    renew();
    // Behind an answer, and so a status, what was asked may have been done.
    const status = name === "reply" ? args[1] : undefined;
    throw new ChaskiError("malformed", "too large to be handled", { status, cause });
  }
}

function settle(outcome) {
  const { ok, error } = JSON.parse(outcome);
  if (!error) return ok;
  const { kind, message, retry_after: retryAfter, ...rest } = error;
  throw new ChaskiError(kind, message, { retryAfter, ...rest });
}
