// multipart/form-data (RFC 7578), read strictly: every part is named, no part comes twice, and the
// body ends with the closing boundary.

import { mediaType } from "./http.mjs";

const CRLF = Buffer.from("\r\n");
const HEADERS_END = Buffer.from("\r\n\r\n");
const MAX_PARTS = 32;

// { parts: Map of name to { name, filename?, mime, bytes } } or { problem }
export function readMultipart({ headers, body }) {
  const contentType = headers["content-type"] ?? "";
  if (mediaType(contentType) !== "multipart/form-data") return { problem: "Content-Type must be multipart/form-data" };
  const boundary = /;\s*boundary=(?:"([^"]{1,70})"|([^";\s]{1,70}))/i.exec(contentType);
  if (!boundary) return { problem: "Content-Type has no boundary" };

  const delimiter = Buffer.from(`\r\n--${boundary[1] ?? boundary[2]}`);
  const data = Buffer.concat([CRLF, body]);
  const parts = new Map();
  let at = data.indexOf(delimiter);
  if (at !== 0) return { problem: "body does not start with the boundary" };

  for (;;) {
    at += delimiter.length;
    if (data.subarray(at, at + 2).toString() === "--") return { parts };
    if (!data.subarray(at, at + 2).equals(CRLF)) return { problem: "boundary is not followed by a line break" };
    const next = data.indexOf(delimiter, at);
    if (next < 0) return { problem: "closing boundary is missing" };
    const part = readPart(data.subarray(at + 2, next));
    if (part.problem) return part;
    if (parts.has(part.name)) return { problem: `field ${part.name} comes twice` };
    if (parts.size >= MAX_PARTS) return { problem: "too many parts" };
    parts.set(part.name, part);
    at = next;
  }
}

function readPart(data) {
  const end = data.indexOf(HEADERS_END);
  if (end < 0) return { problem: "part has no headers" };
  const headers = {};
  for (const line of data.subarray(0, end).toString("utf8").split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) return { problem: "malformed part header" };
    headers[line.slice(0, colon).trim().toLowerCase()] = line.slice(colon + 1).trim();
  }
  const disposition = headers["content-disposition"] ?? "";
  if (!/^form-data\s*;/i.test(disposition)) return { problem: "part is not form-data" };
  const name = parameter(disposition, "name");
  if (!name) return { problem: "part has no name" };
  return {
    name,
    filename: parameter(disposition, "filename"),
    mime: mediaType(headers["content-type"] ?? "text/plain"),
    bytes: data.subarray(end + HEADERS_END.length),
  };
}

function parameter(disposition, key) {
  const found = new RegExp(`;\\s*${key}="([^"]*)"`, "i").exec(disposition);
  // The three escapes that the WHATWG form encoding defines.
  return found?.[1].replace(/%22|%0D|%0A/gi, (escape) => decodeURIComponent(escape));
}
