// The Worker as it is, and a way to bring about what no request can: `/_fault/<name>/<number>` ends the wasm in one of the
// ways in which wasm ends, lets the storage fail, or tells how large the instance is. For tests alone.

import { initSync } from "../../build/worker/chaski.js";
import worker, { Outbox as Whole } from "../../src/worker/door.js";
import { born, doorOf, enter } from "../../src/worker/wasm.js";

const head = JSON.stringify({ method: "GET", origin: "http://x", path: "/healthz", query: "", headers: {} });
const open = (env, body = new Uint8Array()) => doorOf(env).open(1, head, body);

/** Each ends the wasm, or tells by what it was ended. */
const ends = {
  /** As a panic does, or a pointer gone wild. */
  trap(env) {
    const door = doorOf(env);
    door.__wbg_ptr = 0x7fff_fff0;
    door.open(1, head, new Uint8Array());
  },
  /** So deep in the stack that the wasm finds no more of it. */
  overflow(env) {
    const lived = born();
    const deep = () => {
      try {
        deep();
      } catch (error) {
        // From the bottom up, until there is just enough room to begin.
        if (born() !== lived || !(error instanceof RangeError)) throw error;
        enter(lived, () => open(env));
      }
    };
    deep();
  },
  /** All memory that an instance can have is taken. */
  memory(env) {
    const { memory } = initSync();
    try {
      for (;;) memory.grow(256);
    } catch {
      open(env, new Uint8Array(32 << 20));
    }
  },
};

function end(name, env) {
  const lived = born();
  try {
    enter(lived, () => ends[name](env));
    return "nothing happened";
  } catch (error) {
    return `${error?.name}${born() === lived ? "" : ", a new instance"}`;
  }
}

export class Outbox extends Whole {
  #storage;

  constructor(ctx, env) {
    super(ctx, env);
    this.#storage = faulty(ctx.storage);
    const value = new Proxy(ctx, { get: (target, name) => (name === "storage" ? this.#storage.proxy : bound(target, name)) });
    Object.defineProperty(this, "ctx", { value });
  }

  fault(name, number) {
    if (name in ends) return end(name, this.env);
    this.#storage.fail(number, name === "storage");
    return "ok";
  }
}

const bound = (target, name) => (typeof target[name] === "function" ? target[name].bind(target) : target[name]);

/** A storage whose next transactions fail, as many as one likes; in a hurry its alarm rings at once for as long as it fails. */
function faulty(storage) {
  let left = 0;
  let isHurried = false;
  const own = {
    transactionSync(step) {
      if (left === 0) return storage.transactionSync(step);
      left -= 1;
      throw new Error("the storage failed");
    },
    setAlarm: (at) => storage.setAlarm(left > 0 && isHurried ? Date.now() : at),
  };
  const proxy = new Proxy(storage, { get: (target, name) => own[name] ?? bound(target, name) });
  return { proxy, fail: (times, hurry) => ([left, isHurried] = [times, hurry]) };
}

/** How many pages of memory the instance has; what JavaScript has let go of is collected first. */
function pagesAfterSweep() {
  globalThis.gc();
  return initSync().memory.buffer.byteLength >> 16;
}

/** An object that has so much to do that the platform turns everybody away. */
let turnedAway = 0;
const overloaded = {
  getByName: () => ({
    async ask() {
      turnedAway += 1;
      throw Object.assign(new Error("Durable Object is overloaded. Too many requests queued."), { overloaded: true, retryable: true });
    },
  }),
};

export default {
  async fetch(request, env, ctx) {
    const [, where, name, number] = /\/_fault\/(door|object)\/(\w+)\/(\d+)$/.exec(request.url) ?? [];
    if (name === "pages") return new Response(pagesAfterSweep());
    if (name === "turnedAway") return new Response(turnedAway);
    if (where === "door") return new Response(end(name, env));
    if (where === "object") return new Response(await env.OUTBOX.getByName("outbox").fault(name, Number(number)));
    return worker.fetch(request, request.headers.has("x-overload") ? { ...env, OUTBOX: overloaded } : env, ctx);
  },
};
