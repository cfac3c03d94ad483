// What every vendor needs from HTTP: a bounded body, strict JSON, a route table.

export const MAX_BODY = 16 * 1024 * 1024;

// Resolves to null when the body is over the limit. The rest is read and dropped, so that the client
// gets to see the 413 instead of a broken pipe; a body without end is cut off.
export async function readBody(req, limit) {
  let chunks = [];
  let size = 0;
  for await (const chunk of req) {
    size += chunk.length;
    if (size > 4 * MAX_BODY) throw new Error("request body without end");
    if (size <= limit) chunks.push(chunk);
    else chunks = [];
  }
  return size > limit ? null : Buffer.concat(chunks);
}

export const mediaType = (header = "") => header.split(";")[0].trim().toLowerCase();

// { value } or { problem }
export function readJson({ headers, body }) {
  if (mediaType(headers["content-type"]) !== "application/json") {
    return { problem: "Content-Type must be application/json" };
  }
  const charset = /;\s*charset="?([^";\s]+)/i.exec(headers["content-type"])?.[1] ?? "utf-8";
  if (charset.toLowerCase() !== "utf-8") return { problem: "charset must be utf-8" };
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) };
  } catch {
    return { problem: "body is not valid JSON" };
  }
}

// A route is [method, path pattern, handler, allowed query names]. Paths are compared as they came
// over the wire: no percent-decoding, no case folding, no trailing slash.
export function dispatch(routes, request, refuse) {
  const matching = routes.filter(([, pattern]) => pattern.test(request.path));
  if (matching.length === 0) return refuse(404, "Not Found");
  const route = matching.find(([method]) => method === request.method);
  if (!route) return refuse(405, "Method Not Allowed");
  const [, pattern, handler, allowed = []] = route;
  for (const name of request.query.keys()) {
    if (!allowed.includes(name)) return refuse(400, `Unknown query parameter ${name}`);
  }
  return handler(request, ...pattern.exec(request.path).slice(1));
}
