// Counts what the host makes: all that is constructed and called from here on. What it costs does not show in a profile of
// one's own code.

/** What was made since it was emptied last. */
export const counts = {};
const memories = [];

/** The pages of all wasm memories. */
export const pages = () => memories.reduce((sum, memory) => sum + memory.buffer.byteLength / 65_536, 0);

const count = (name) => (counts[name] = (counts[name] ?? 0) + 1);

/** Counts what is constructed of a class. */
function watchClass(name) {
  globalThis[name] = new Proxy(globalThis[name], {
    construct(target, given, self) {
      count(`new ${name}`);
      return Reflect.construct(target, given, self);
    },
  });
}

/** Counts the calls of a function of an object. */
function watchCall(object, name, label) {
  const own = object[name];
  object[name] = function (...given) {
    count(label);
    return own.apply(this, given);
  };
}

for (const name of ["Request", "Response", "Headers", "ReadableStream", "AbortController", "TextEncoder", "TextDecoder"]) watchClass(name);
watchCall(globalThis, "fetch", "fetch");
watchCall(globalThis, "setTimeout", "setTimeout");
watchCall(AbortSignal, "timeout", "AbortSignal.timeout");
watchCall(ReadableStream.prototype, "getReader", "stream reader");
watchCall(ReadableStream.prototype, "values", "stream reader");
watchCall(ReadableStream.prototype, Symbol.asyncIterator, "stream reader");
watchCall(EventTarget.prototype, "addEventListener", "addEventListener");
for (const name of ["text", "json", "arrayBuffer", "bytes"]) {
  watchCall(Request.prototype, name, `request.${name}`);
  watchCall(Response.prototype, name, `response.${name}`);
}
watchCall(Response, "json", "new Response");
watchCall(Headers.prototype, Symbol.iterator, "headers iterated");
watchCall(Headers.prototype, "entries", "headers iterated");
watchCall(Headers.prototype, "get", "headers.get");

const Instance = WebAssembly.Instance;
WebAssembly.Instance = function (...given) {
  const instance = new Instance(...given);
  memories.push(instance.exports.memory);
  return instance;
};
WebAssembly.Instance.prototype = Instance.prototype;
