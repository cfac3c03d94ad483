// What every entry exports; the entries differ in how the wasm arrives.

export { Chaski, providers } from "./client.js";
export { Edge } from "./edge.js";
export { ChaskiError, isChaskiError } from "./error.js";
