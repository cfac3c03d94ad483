// JavaScript values as JSON text. `JSON.stringify` alone would drop or change what JSON cannot say (NaN, a Map, a
// function, an invalid Date) without a word; here each of these is an error with its place.

import { ChaskiError, invalid } from "./error.js";

/** What the core reads is nested less deeply. */
const DEEPEST = 100;

/** @returns the value as JSON text; throws a ChaskiError where it cannot be said in JSON. */
export function write(value) {
  try {
    if (!isPlain(value, 0)) check(value, "", []);
    return JSON.stringify(value) ?? "null";
  } catch (error) {
    // A getter, a proxy or a toJSON of the caller's threw.
    throw error instanceof ChaskiError ? error : invalid("", "cannot be written as JSON", error);
  }
}

/** Whether this is JSON at first sight, as nearly everything is. What is not may still be: `check` looks closely. */
function isPlain(value, depth) {
  if (typeof value === "string" || typeof value === "boolean" || value === undefined || value === null) return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth === DEEPEST || typeof value.toJSON === "function") return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  if (Object.getPrototypeOf(value) !== Object.prototype || Symbol.toStringTag in value) return false;
  for (const name of Object.keys(value)) if (!isPlain(value[name], depth + 1)) return false;
  return true;
}

function check(value, pointer, ancestors) {
  if (typeof value?.toJSON === "function") {
    value = value.toJSON();
    if (value === null) throw invalid(pointer, "no valid date");
  }
  switch (typeof value) {
    case "string":
    case "boolean":
    case "undefined":
      return;
    case "number":
      if (!Number.isFinite(value)) throw invalid(pointer, `a finite number: this is ${value}`);
      return;
    case "object":
      break;
    default:
      throw invalid(pointer, `JSON has no ${typeof value}`);
  }
  if (value === null) return;
  if (ancestors.includes(value)) throw invalid(pointer, "contains itself");
  if (ancestors.length === DEEPEST) throw invalid(pointer, "nested too deeply");
  const inside = [...ancestors, value];
  if (Array.isArray(value)) {
    value.forEach((item, at) => check(item, `${pointer}/${at}`, inside));
    return;
  }
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  if (kind !== "Object") throw invalid(pointer, `a plain object: this is a ${kind}`);
  for (const name of Object.keys(value)) {
    check(value[name], `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, inside);
  }
}
