// Rules that make a vendor misbehave. They are asked only about requests that the vendor would have
// accepted: a refusal for a wrong request is never hidden by a fault.

import { validateHeaderName, validateHeaderValue } from "node:http";
import { anything, either, flag, integer, lines, number, object, oneOf, text } from "./check.mjs";
import { createRandom } from "./random.mjs";

const status = integer({ min: 200, max: 599 });
const ms = integer({ min: 0, max: 600_000 });
const always = oneOf(true);

// A wrong length or a second framing would break HTTP itself; `reset` and `truncate` are there for that.
const FRAMING = ["content-length", "transfer-encoding", "connection", "trailer", "upgrade"];
function headers(value, path) {
  const problems = object({})(value, path).filter((problem) => problem.type !== "value_error.extra");
  if (problems.length) return problems;
  for (const [name, each] of Object.entries(value)) {
    if (FRAMING.includes(name.toLowerCase())) return [{ path: [...path, name], msg: "cannot be set" }];
    try {
      validateHeaderName(name);
      validateHeaderValue(name, each);
    } catch (error) {
      return [{ path: [...path, name], msg: error.message }];
    }
  }
  return [];
}

// Either a body that is given, or the vendor's own, which has the id of a message that was taken.
const bodyOf = ({ own }) => (own === undefined ? { body: anything, taken: flag } : { own: always, taken: always });

const KINDS = {
  status: either((fault) => object({ required: { status }, optional: { headers, ...bodyOf(fault) } })),
  reset: object({ required: { reset: oneOf("before", "after") } }),
  hang: object({ required: { hang: always }, optional: { taken: flag } }),
  html: object({ required: { html: status }, optional: { taken: flag } }),
  truncate: object({ required: { truncate: always } }),
  slow: object({ required: { slow: ms } }),
  hold: object({ required: { hold: always } }),
  drip: object({ required: { drip: object({ required: { bytes: integer({ min: 1 }), ms } }) } }),
  empty: object({ required: { empty: status } }),
};
const kindOf = (fault) => Object.keys(KINDS).filter((kind) => Object.hasOwn(fault, kind));
const oneKind = (_value, path) => [{ path, msg: `must have exactly one of ${Object.keys(KINDS).join(", ")}` }];
const fault = either((value) => (kindOf(value).length === 1 ? KINDS[kindOf(value)[0]] : oneKind));

// Whether the message has reached WhatsApp although the answer is not the documented one.
function taken(fault) {
  if ("reset" in fault) return fault.reset === "after";
  if (fault.own) return true;
  if ("status" in fault || "hang" in fault || "html" in fault) return fault.taken === true;
  return true;
}

export function createFaults(vendors, choose = () => undefined) {
  const scenarios = (slug) => vendors[slug].scenarios;
  let rules = [];
  let last = 0;

  const scenario = (provider) => (value, path) => {
    const slugs = Object.hasOwn(vendors, provider) ? [provider] : Object.keys(vendors);
    const names = [...new Set(slugs.flatMap((slug) => Object.keys(scenarios(slug))))];
    return oneOf(...names)(value, path);
  };
  const check = either((rule) =>
    object({
      required: Object.hasOwn(rule, "scenario") ? { scenario: scenario(rule.provider) } : { fault },
      optional: {
        provider: oneOf(...Object.keys(vendors)),
        method: oneOf("GET", "POST", "PUT", "PATCH", "DELETE"),
        path: text(),
        to: text(),
        times: integer({ min: 1 }),
        probability: number({ min: 0, max: 1 }),
        seed: integer({ min: 0 }),
      },
    }),
  );

  const meant = ({ rule }, request) =>
    (rule.provider ?? request.provider) === request.provider &&
    (rule.method ?? request.method) === request.method &&
    request.path.includes(rule.path ?? "") &&
    (rule.to === undefined || request.to.some((each) => each.includes(rule.to))) &&
    (rule.scenario === undefined || Object.hasOwn(scenarios(request.provider), rule.scenario));

  // Throws a RangeError that says what is wrong with the rule.
  function enter(rule) {
    const problems = check(rule);
    if (problems.length) throw new RangeError(lines(problems).join("; "));
    const entry = { id: (last += 1), rule: structuredClone(rule), used: 0, random: createRandom(rule.seed ?? 1) };
    entry.released = new Promise((release) => (entry.release = release));
    return entry;
  }

  function use(entry, { provider }) {
    entry.used += 1;
    const { rule, id, released } = entry;
    const fault = rule.scenario ? scenarios(provider)[rule.scenario] : rule.fault;
    return { id, kind: kindOf(fault)[0], fault, taken: taken(fault), released };
  }

  return {
    add(rule) {
      const entry = enter(rule);
      rules.push(entry);
      const remove = () => {
        rules = rules.filter((each) => each !== entry);
        entry.release();
      };
      return { id: entry.id, remove };
    },
    clear() {
      const removed = rules;
      rules = [];
      removed.forEach((entry) => entry.release());
      return removed.length;
    },
    list: () => rules.map(({ id, rule, used }) => ({ id, used, rule })),
    // The first rule that fits fires: { id, kind, fault, taken, released } or null.
    pick(request) {
      for (const entry of rules) {
        const { rule } = entry;
        if (entry.used >= (rule.times ?? Infinity) || !meant(entry, request)) continue;
        if (rule.probability !== undefined && entry.random() >= rule.probability) continue;
        return use(entry, request);
      }
      const chosen = choose(request);
      return chosen ? use(enter({ provider: request.provider, ...chosen }), request) : null;
    },
  };
}
