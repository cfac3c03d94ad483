// A subscriber of Standard Webhooks (standardwebhooks.com), so that it can be seen what one gets.

import { createHmac, timingSafeEqual } from "node:crypto";
import { readJson } from "./http.mjs";

/** What it is told is signed with this. */
export const SECRET = `whsec_${Buffer.from("sandbox-subscriber-secret-32-byt").toString("base64")}`;

const KEPT = 1000;
const LATE = 300;

export function createSubscriber(onEvent) {
  let received = [];
  const refuse = (status, error) => ({ status, body: { error } });

  function take(request) {
    const problem = forged(request);
    if (problem) return refuse(401, problem);
    const { value, problem: unreadable } = readJson(request);
    if (unreadable) return refuse(400, unreadable);
    const record = { id: request.headers["webhook-id"], at: new Date().toISOString(), event: value };
    received.push(record);
    if (received.length > KEPT) received.shift();
    onEvent?.(record);
    return { status: 204 };
  }

  return { take, received: () => received, clear: () => (received = []) };
}

function forged({ headers, body }) {
  const { "webhook-id": id, "webhook-timestamp": stamp = "", "webhook-signature": signatures = "" } = headers;
  if (!id) return "webhook-id is missing";
  if (!/^\d{1,12}$/.test(stamp)) return "webhook-timestamp must be in seconds";
  if (Math.abs(Date.now() / 1000 - Number(stamp)) > LATE) return "webhook-timestamp is too long ago, or in the future";
  const key = Buffer.from(SECRET.slice("whsec_".length), "base64");
  const wanted = createHmac("sha256", key).update(`${id}.${stamp}.`).update(body).digest();
  const holds = (signature) => {
    const [version, base64 = ""] = signature.split(",");
    const given = Buffer.from(base64, "base64");
    return version === "v1" && given.length === wanted.length && timingSafeEqual(given, wanted);
  };
  return signatures.split(" ").some(holds) ? undefined : "webhook-signature does not hold";
}
