// TypeScript types out of JSON Schema, as far as src/schema.rs makes use of it.
//
// An object that takes no further members is one that a caller writes. It may be handed `undefined`, a Date and
// a readonly array; and of an either-or it may have the one or the other, but not both.

/** The module of all `$defs`. */
export function typesOf({ $defs }) {
  const declarations = Object.entries($defs).map(([name, schema]) => `${comment(schema)}export ${declaration(name, schema)}\n`);
  return ["// Made from the Rust types; src/tools/types.mjs does it.\n", ...declarations].join("\n");
}

function declaration(name, schema) {
  if (schema.properties && !schema.oneOf) return `interface ${name} ${members(schema)}`;
  return `type ${name} =${gap(type(schema, { isWritten: true }))};`;
}

/** Types that begin on a line of their own need no space. */
const gap = (text) => (text.startsWith("\n") ? text : ` ${text}`);

const isClosed = (schema) => schema.additionalProperties === false;

function type(schema, context) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.properties && schema.oneOf) return together(schema);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) return union(exclusive(alternatives), context);
  const names = [schema.type ?? []].flat();
  return names.map((name) => named(name, schema, context)).join(" | ") || "unknown";
}

function named(name, schema, { isWritten }) {
  switch (name) {
    case "object":
      if (schema.properties) return members(schema);
      return `Record<string, ${isClosed(schema) ? "never" : type(Object(schema.additionalProperties), { isWritten })}>`;
    case "array": {
      const item = type(schema.items, { isWritten });
      return `${isWritten ? "readonly " : ""}${item.includes(" ") ? `(${item})` : item}[]`;
    }
    case "string":
      return isWritten && schema.format === "date-time" ? "string | Date" : "string";
    case "integer":
      return "number";
    default:
      return name;
  }
}

function members({ properties = {}, required = [], ...schema }) {
  const isWritten = isClosed(schema);
  const lines = Object.entries(properties).map(([name, property]) => {
    if (property === false) return `${name}?: never;`;
    const isRequired = required.includes(name);
    const undefinable = isWritten && !isRequired ? " | undefined" : "";
    return `${comment(property)}${name}${isRequired ? "" : "?"}: ${type(property, { isWritten })}${undefinable};`;
  });
  return `{\n${indent(lines.join("\n"))}\n}`;
}

/** An object with an either-or: what all have, and what only some have. */
function together({ properties, required = [], oneOf, ...schema }) {
  const isOwn = (name) => !oneOf.some((alternative) => alternative.required?.includes(name) && !alternative.properties);
  const [own, others] = [true, false].map((wanted) => Object.entries(properties).filter(([name]) => isOwn(name) === wanted));
  const choices = oneOf.map((alternative) => {
    if (alternative.properties) return alternative;
    const given = others.filter(([name]) => alternative.required.includes(name));
    return { ...schema, ...alternative, properties: Object.fromEntries(given) };
  });
  const common = members({ ...schema, properties: Object.fromEntries(own), required });
  return `${common} & (${union(exclusive(choices), { isWritten: isClosed(schema) })}\n)`;
}

/** Objects of the caller's, each of which has none of the others' members: a union alone would take all at once. */
function exclusive(alternatives) {
  if (!alternatives.every((alternative) => alternative.properties && isClosed(alternative))) return alternatives;
  const names = alternatives.flatMap(({ properties }) => Object.keys(properties));
  return alternatives.map((alternative) => {
    const absent = names.filter((name) => !(name in alternative.properties)).map((name) => [name, false]);
    return { ...alternative, properties: { ...alternative.properties, ...Object.fromEntries(absent) } };
  });
}

function union(alternatives, context) {
  const isTold = alternatives.some(({ description }) => description);
  const parts = alternatives.map(tellInside).map((alternative) => `${comment(alternative)}| ${type(alternative, context)}`);
  return isTold ? parts.map((part) => `\n${indent(part)}`).join("") : parts.join(" ").slice("| ".length);
}

/** What is said of an object with one member, said of the member: there an editor shows it. */
function tellInside({ description, ...alternative }) {
  const [[name, only] = [], ...more] = Object.entries(alternative.properties ?? {}).filter(([, property]) => property !== false);
  if (!only || more.length > 0) return { description, ...alternative };
  return { ...alternative, properties: { ...alternative.properties, [name]: { description, ...only } } };
}

function comment({ description, default: standard }) {
  if (!description) return "";
  const isTold = standard !== undefined && typeof standard !== "object";
  const text = `${description.replaceAll("*/", "*\\/")}${isTold ? `\n@defaultValue \`${JSON.stringify(standard)}\`` : ""}`;
  if (!text.includes("\n") && text.length < 110) return `/** ${text} */\n`;
  return `/**\n${text.replaceAll(/^/gm, " * ").replaceAll(/ +$/gm, "")}\n */\n`;
}

const indent = (text) => text.replaceAll(/^(?=.)/gm, "  ");
