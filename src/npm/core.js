// The way into the wasm: JSON text goes in, JSON text comes out.

import { ChaskiError } from "./error.js";
import * as glue from "./chaski.js";

let isLoaded = false;

/** Compiles the wasm from its bytes, or takes a WebAssembly.Module. */
export function loadSync(module) {
  glue.initSync({ module });
  isLoaded = true;
}

/** The same from a URL, a Response, bytes or a WebAssembly.Module, without blocking. */
export async function load(input) {
  await glue.default({ module_or_path: input });
  isLoaded = true;
}

/**
 * Runs a function of the wasm.
 * @returns what stands in `ok`; throws what stands in `error`
 */
export function enter(name, ...args) {
  if (!isLoaded) throw new ChaskiError("invalid", 'the wasm is not loaded yet: `await init()` first (import { init } from "chaski/web")');
  let outcome;
  try {
    outcome = JSON.parse(glue[name](...args));
  } catch (cause) {
    // Out of memory, most likely. The instance is lost; the next call gets a new one.
    glue.__wbg_reset_state();
    throw new ChaskiError("malformed", "too large to be handled", { cause });
  }
  if (!outcome.error) return outcome.ok;
  const { kind, message, retry_after: retryAfter, ...rest } = outcome.error;
  throw new ChaskiError(kind, message, { retryAfter, ...rest });
}
