// For pages that count bytes: the wasm is its own file, compiled while it streams, once `init` asks for it.

import { load } from "./core.js";

export * from "./exports.js";

let settle;
export const ready = new Promise((resolve) => (settle = resolve));

let loading;

export function init(input = new URL("./chaski_bg.wasm", import.meta.url)) {
  loading ??= load(input).then(settle, (error) => {
    // Another try may do better.
    loading = undefined;
    throw error;
  });
  return loading;
}
