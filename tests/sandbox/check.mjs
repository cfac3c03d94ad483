// Strict checks of JSON values. A check takes (value, path) and returns a list of problems
// { path, msg, type }; an empty list means good. Wording and types follow pydantic, which two of
// the vendors expose; the other vendors print `path: msg` in their own envelope.

const fault = (path, msg, type = "value_error") => [{ path, msg, type }];

export const anything = () => [];

export function text({ pattern, hint = "invalid format", max = Infinity, empty = false } = {}) {
  return (value, path) => {
    if (typeof value !== "string") return fault(path, "str type expected", "type_error.str");
    // A lone surrogate has no UTF-8 form: it can only come from a string cut in the middle.
    if (!value.isWellFormed()) return fault(path, "text is not well-formed Unicode");
    if (!empty && value.trim() === "") return fault(path, "must not be empty", "value_error.any_str.min_length");
    if (value.length > max && [...value].length > max) {
      return fault(path, `at most ${max} characters`, "value_error.any_str.max_length");
    }
    if (pattern && !pattern.test(value)) return fault(path, hint);
    return [];
  };
}

export const httpUrl = (value, path) => {
  const problems = text()(value, path);
  if (problems.length) return problems;
  if (!/^https?:\/\/[^\s]+$/.test(value) || !URL.canParse(value)) {
    return fault(path, "invalid or missing URL scheme", "value_error.url.scheme");
  }
  return [];
};

export const base64 = (value, path) => {
  const problems = text()(value, path);
  if (problems.length) return problems;
  // The standard alphabet with padding: no data: prefix, no URL-safe letters, no line breaks.
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return fault(path, "invalid base64");
  return [];
};

export const oneOf = (...values) => (value, path) =>
  values.includes(value) ? [] : fault(path, `must be one of ${values.map((v) => JSON.stringify(v)).join(", ")}`, "type_error.enum");

export const flag = (value, path) =>
  typeof value === "boolean" ? [] : fault(path, "bool type expected", "type_error.bool");

export const number = ({ min = -Infinity, max = Infinity } = {}) => (value, path) => {
  if (typeof value !== "number") return fault(path, "value is not a number", "type_error.float");
  return value >= min && value <= max ? [] : fault(path, `must be between ${min} and ${max}`, "value_error.number");
};

export const integer = (bounds = {}) => (value, path) =>
  Number.isSafeInteger(value)
    ? number(bounds)(value, path)
    : fault(path, "value is not a valid integer", "type_error.integer");

export const list = (item, { min = 1 } = {}) => (value, path) => {
  if (!Array.isArray(value)) return fault(path, "value is not a valid list", "type_error.list");
  if (value.length < min) return fault(path, `at least ${min} item(s)`, "value_error.list.min_items");
  return value.flatMap((each, index) => item(each, [...path, index]));
};

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export function object({ required = {}, optional = {} }) {
  const known = { ...required, ...optional };
  return (value, path = []) => {
    if (!isObject(value)) return fault(path, "value is not a valid dict", "type_error.dict");
    const missing = Object.keys(required)
      .filter((key) => !Object.hasOwn(value, key))
      .flatMap((key) => fault([...path, key], "field required", "value_error.missing"));
    const present = Object.keys(value).flatMap((key) =>
      Object.hasOwn(known, key)
        ? known[key](value[key], [...path, key])
        : fault([...path, key], "extra fields not permitted", "value_error.extra"),
    );
    return [...missing, ...present];
  };
}

// Picks the check by looking at the value, for bodies that come in several shapes.
export const either = (choose) => (value, path = []) => choose(isObject(value) ? value : {})(value, path);

export const lines = (problems) =>
  problems.map(({ path, msg }) => (path.length ? `${path.join(".")}: ${msg}` : msg));

export const detail = (problems, place = "body") =>
  problems.map(({ path, msg, type }) => ({ loc: [place, ...path], msg, type }));
