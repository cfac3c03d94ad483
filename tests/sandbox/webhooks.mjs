// The vendors' webhooks on their way: where they go, and how often each is tried.

import { setTimeout as delay } from "node:timers/promises";
import { httpUrl, lines, object } from "./check.mjs";
import a1base from "./webhooks/a1base.mjs";
import gowhatsapp from "./webhooks/gowhatsapp.mjs";
import wachat from "./webhooks/wachat.mjs";
import whatspie from "./webhooks/whatspie.mjs";
import whatsspot from "./webhooks/whatsspot.mjs";

/**
 * By vendor: `received` and `reports` make the content of a webhook, or nothing where the vendor has none for it;
 * `type`, `write`, `headers` and `refusal` say how it is posted and what a good answer is, where that is not plain JSON
 * and any 2xx. `settings` are checked beside the `url`, `group` is the check of a group's id.
 */
export const vendors = { whatspie, gowhatsapp, wachat, a1base, whatsspot };

const TIMEOUT = 10_000;
// How long it rests before another try, in pauses: with the usual one about 2 s and 4 s, as gowhatsapp does.
const RESTS = [3, 7];

const checkTargets = object({
  optional: Object.fromEntries(
    Object.entries(vendors).map(([slug, { settings: { required, optional } }]) => [
      slug,
      object({ required: { url: httpUrl, ...required }, optional }),
    ]),
  ),
});

export function createWebhooks({ pause }) {
  let targets = {};

  async function post({ url, ...target }, { type = "application/json", headers = () => ({}), refusal }, body, signal) {
    const response = await fetch(url, {
      method: "POST",
      // Signed anew for each try: a time in it must be that of the try.
      headers: { "content-type": type, ...headers(body, target) },
      body,
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]),
    });
    const text = await response.text();
    if (refusal) return refusal({ status: response.status, text });
    return response.ok ? undefined : `answered ${response.status}`;
  }

  return {
    /** From now on they go there, and only there; throws a RangeError where that cannot be. */
    aim(given) {
      const problems = checkTargets(given);
      if (problems.length) throw new RangeError(lines(problems).join("; "));
      targets = structuredClone(given);
    },

    has: (provider) => Object.hasOwn(targets, provider),

    /** Posts what `make` makes of the vendor's settings, until it is taken. Returns `{ value, problem }`, or nothing if there is none. */
    async tell(provider, make, signal) {
      const target = targets[provider];
      const value = target && make(vendors[provider], target);
      if (!value) return undefined;
      const vendor = vendors[provider];
      const body = (vendor.write ?? JSON.stringify)(value);
      for (const rest of [...RESTS, null]) {
        const problem = await post(target, vendor, body, signal).catch((error) => {
          signal.throwIfAborted();
          return error.cause?.code ?? error.message;
        });
        if (!problem) return { value };
        if (rest === null) {
          // No path: there may be a key in it.
          console.error(`${provider}: ${new URL(target.url).origin} did not take a webhook in ${RESTS.length + 1} tries: ${problem}`);
          return { value, problem };
        }
        await delay(rest * pause, undefined, { signal });
      }
    },
  };
}
