// The wasm instance of this isolate, and the way into it.

import { Door, __wbg_reset_state as renew, initSync } from "../../build/worker/chaski.js";
import wasm from "../../build/worker/chaski_bg.wasm";

initSync({ module: wasm });

let door;

/** The lives of the instance so far: a panic or a trap ends one, and with it all requests that are in it. */
let life = 0;

export const born = () => life;

/** Thrown at who was in an instance that another request has ended. */
export class Ended extends Error {}

/** The Worker with this environment. */
export const doorOf = (env) => (door ??= new Door(JSON.stringify(env)));

/**
 * Goes into the instance of this life. What is thrown as a string is a fault that was foreseen; after anything else there
 * is a new instance.
 */
export function enter(lived, call) {
  if (lived !== life) throw new Ended("another request ended the instance that this one was in");
  try {
    return call();
  } catch (error) {
    if (typeof error !== "string") {
      renew();
      life += 1;
      door = undefined;
    }
    throw error;
  }
}

/** What Rust packed: the head in JSON, a line feed, the body. */
export function split(packed) {
  const end = packed.indexOf("\n");
  return [JSON.parse(packed.slice(0, end)), packed.slice(end + 1)];
}
