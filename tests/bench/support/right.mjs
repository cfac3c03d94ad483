// Whether a subject does what it is measured for: what is wrong is fast, too.

import { request } from "node:http";
import { buffer } from "node:stream/consumers";
import { plainError } from "../../../src/tools/process.mjs";
import { key } from "./messages.mjs";

const headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };

/** One request, on a connection of its own: `{ status, text, json, headers }`. */
export async function once(subject, { method = "POST", path, body, headers: more }) {
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  const given = { ...headers, ...(text !== undefined && { "content-length": Buffer.byteLength(text) }), ...more };
  const sent = request(subject.url + path, { method, headers: given, agent: false });
  const answered = new Promise((resolve, reject) => sent.once("response", resolve).once("error", reject));
  sent.end(text);
  const response = await answered;
  const answer = (await buffer(response)).toString().trimEnd();
  return { status: response.statusCode, headers: response.headers, text: answer, json: answer === "" ? null : JSON.parse(answer) };
}

/** Throws unless all these subjects answer alike, and ask the gateway for the same, byte by byte. */
export async function checkAlike(subjects, gateway, ask) {
  const seen = [];
  for (const subject of subjects) {
    await gateway.tell(null);
    const { status, text } = await once(subject, ask);
    const { count, request } = await gateway.asked();
    const { host, ...headers } = request.headers ?? {};
    seen.push({ status, text, count, method: request.method, url: request.url, headers, body: request.body });
  }
  same(subjects, seen, ask);
  if (seen[0].status !== 200) throw plainError(`${subjects[0].name} ${ask.path}: ${seen[0].status} ${seen[0].text}`);
}

/** Throws unless all these subjects refuse it alike: status, code, and the places of what is wrong. */
export async function checkRefused(subjects, ask, status) {
  const seen = [];
  for (const subject of subjects) {
    const { json, ...answer } = await once(subject, ask);
    const pointers = (json.errors ?? []).map((error) => error.pointer).sort();
    seen.push({ status: answer.status, type: answer.headers["content-type"], code: json.code, pointers });
  }
  same(subjects, seen, ask);
  if (seen[0].status !== status) throw plainError(`${subjects[0].name} ${ask.path}: ${seen[0].status}, not ${status}`);
}

function same(subjects, seen, ask) {
  const [first, ...others] = seen.map((one) => JSON.stringify(one));
  const at = others.findIndex((other) => other !== first);
  if (at >= 0) {
    throw plainError(`${subjects[0].name} and ${subjects[at + 1].name} are not alike at ${JSON.stringify(ask).slice(0, 200)}:\n${first}\n${others[at]}`);
  }
}
