// Ours: a small Worker around the npm module.

import { Chaski, isChaskiError } from "chaski";
import { Problem, isKey, unauthorized } from "./lib/problem.js";

let client;
const clientOf = (env) => (client ??= new Chaski(JSON.parse(env.CHASKI_CONFIG).connections.a1));

export default {
  async fetch(request, env) {
    if (!isKey(request.headers.get("authorization"), `Bearer ${env.CHASKI_API_KEY}`)) return unauthorized().respond();
    let message;
    try {
      message = await request.json();
    } catch {
      return new Problem(400, "malformed", "the body is not JSON").respond();
    }
    try {
      return Response.json(await clientOf(env).send(message));
    } catch (error) {
      if (isChaskiError(error)) return problemOf(error).respond();
      return new Problem(500, "unavailable", "a fault in the Worker").respond();
    }
  },
};

function problemOf({ kind, message, errors, status, retryAfter }) {
  const isOurs = status === undefined && ["invalid", "unsupported"].includes(kind);
  return new Problem(isOurs ? 422 : 503, kind, message, { errors, provider_status: status, retry_after: retryAfter });
}
