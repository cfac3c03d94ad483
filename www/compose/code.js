// One request or message, said in HTTP, curl, TypeScript and Rust.

const decoder = new TextDecoder();

/** As a client writes it to the wire, but for the lines of JSON. */
export function http({ method, url, headers, body }) {
  const { host, pathname, search } = new URL(url);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return [`${method} ${pathname}${search}`, `host: ${host}`, ...lines, "", told(body)].join("\n").trimEnd();
}

function told(body) {
  if (body === undefined) return "";
  if (typeof body !== "string") return readable(body);
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** Bytes as text; those of a file are counted. */
function readable(bytes) {
  const text = decoder.decode(bytes);
  return partsOf(bytes)?.reduce((told, { content, binary }) => (binary ? told.replace(decoder.decode(content), `‹${content.length.toLocaleString()} bytes›`) : told), text) ?? text;
}

/** For a shell: a secret is an environment variable of the same name. */
export function curl({ method, url, headers, body }) {
  const parts = body instanceof Uint8Array ? partsOf(body) : undefined;
  const given = Object.entries(headers).filter(([name]) => !(parts && name === "content-type"));
  const lines = [
    `curl -X ${method} ${quoted(url)}`,
    ...given.map(([name, value]) => `  -H ${withSecrets(`${name}: ${value}`)}`),
    ...(parts ?? []).map(form),
    ...(body !== undefined && !parts ? [`  --data-raw ${quoted(typeof body === "string" ? body : decoder.decode(body))}`] : []),
  ];
  return lines.join(" \\\n");
}

/** A text goes as it is: after `-F` curl would read a file for `@` and `<`, and take `;type=` for its own. */
function form({ name, filename, type, content }) {
  if (filename === undefined) return `  --form-string ${quoted(`${name}=${decoder.decode(content)}`)}`;
  // In double quotes, so that a comma or semicolon in the name begins no other file.
  return `  -F ${quoted(`${name}=@"${filename.replaceAll(/["\\]/g, String.raw`\$&`)}";type=${type}`)}`;
}

/** In single quotes: a shell changes nothing in them. */
const quoted = (text) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** The same, with the secrets outside of them: these are in headers, where nothing of a message is. */
const withSecrets = (text) => quoted(text).replaceAll(/\$[A-Z][A-Z0-9_]+/g, `'"$&"'`).replaceAll(/(?<=")''/g, "");

/** The parts of a multipart body, where it is one. */
function partsOf(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const [boundary] = /^--[^\r\n]+/.exec(text) ?? [];
  if (!boundary) return undefined;
  return text.split(`${boundary}`).slice(1, -1).map((part) => {
    const [head, ...rest] = part.split("\r\n\r\n");
    const content = Uint8Array.from(rest.join("\r\n\r\n").slice(0, -2), (character) => character.charCodeAt(0));
    const find = (pattern) => pattern.exec(head)?.[1];
    return { name: find(/ name="([^"]*)"/), filename: find(/filename="([^"]*)"/), type: find(/^content-type: (.*)$/im), content, binary: /[^\P{Cc}\s]|\uFFFD/u.test(decoder.decode(content)) };
  });
}

/** With the npm module: the account once, and the message as it is. */
export function typescript(account, message) {
  return `import { Chaski } from "chaski";

const wa = new Chaski(${literal(account, ofEnv)});
const receipt = await wa.send(${literal(message)});`;
}

/** A value as JavaScript writes it; `word` may say a text otherwise. */
function literal(value, word = JSON.stringify, indent = "") {
  if (typeof value === "string") return word(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  const key = (name) => (open === "[" ? "" : `${/^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name)}: `);
  const items = Object.entries(value).map(([name, item]) => key(name) + literal(item, word, `${indent}  `));
  if (items.length === 0) return open + close;
  const line = open === "[" ? `[${items.join(", ")}]` : `{ ${items.join(", ")} }`;
  if (line.length + indent.length < 60) return line;
  return `${open}\n${items.map((item) => `${indent}  ${item},\n`).join("")}${indent}${close}`;
}

/** A secret "$NAME" is a member of the environment. */
const ofEnv = (text) => (text.startsWith("$") ? `env.${text.slice(1)}` : JSON.stringify(text));

/** With the crate: the request for the host's own fetch, and what its answer says. */
export function rust(account, message) {
  return `use chaski::{Account, Message};

// ${account.provider}.json: ${JSON.stringify(account)}
let account = Account::parse(include_bytes!("${account.provider}.json"))?;
let message = Message::parse(${raw(JSON.stringify(message, null, 2))}.as_bytes())?;

let request = account.request(&message)?;
let response = fetch(request).await?; // the host's
let receipt = account.reply::<Message>(&response)?;`;
}

/** A message for this Worker, in each of the languages. */
export const edge = {
  typescript: (url, message) => `import { Edge } from "chaski/edge";

const edge = new Edge({ url: ${JSON.stringify(url)}, key: env.CHASKI_API_KEY });
const message = await edge.send(${literal(message)});`,

  rust: (url, message) => `// The Worker speaks plain HTTP; any client will do.
let key = std::env::var("CHASKI_API_KEY")?;
let message = ${raw(JSON.stringify(message, null, 2))};

let response = ureq::post("${url}/v1/messages")
    .header("authorization", format!("Bearer {key}"))
    .header("content-type", "application/json")
    .send(message)?;`,
};

/** A raw string, whatever is in it. */
function raw(text) {
  const most = Math.max(0, ...[...text.matchAll(/"(#*)/g)].map(([, marks]) => marks.length + 1));
  const marks = "#".repeat(most);
  return `r${marks}"${text}"${marks}`;
}
