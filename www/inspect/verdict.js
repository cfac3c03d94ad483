// Whose a webhook is, what it says, and whether its signature holds: all of it by the core, which runs in this page.

/** How each gateway signs: the account's field with the secret, and the headers. The others sign nothing. */
export const SIGNATURES = {
  gowhatsapp: { secret: "webhook_secret", headers: ["x-webhook-signature", "x-hub-signature-256"] },
  a1base: { secret: "api_secret", headers: ["x-signature"], timestamp: "x-timestamp" },
  whatsspot: { secret: "webhook_secret", headers: ["x-webhook-signature", "x-hub-signature"] },
};

/** Headers that only this gateway has: where the body tells nothing known, they do. */
const HINTS = {
  gowhatsapp: ["x-webhook-event", "x-hub-signature-256"],
  a1base: ["x-signature"],
  whatsspot: ["x-hub-signature"],
};

/** Accounts that know no secret: they check nothing. Their values are in no webhook, so nothing is masked by them. */
const ACCOUNTS = {
  whatspie: { token: "none" },
  gowhatsapp: { base_url: "https://gateway.invalid", token: "none" },
  wachat: { api_key: "none" },
  a1base: { account_id: "none", api_key: "none", api_secret: "none", from: "+10000000000", inbound_key: "none" },
  whatsspot: { api_key: "none" },
};

/** How old a signature may be, in minutes. */
const OLDEST = 5;

/**
 * The verdict on a webhook: `{ provider, also, isUnderstood, events, signature: { state, text } }`.
 * `provider` is null where it is nobody's; `chosen` settles whose it is to be read as.
 */
export function judge(chaski, { headers, body, secret, chosen }) {
  const webhook = { headers, body };
  const names = new Set(headers.map(([name]) => name.toLowerCase()));
  const readings = Object.entries(ACCOUNTS).map(([provider, account]) => {
    const events = new chaski.Chaski({ provider, ...account }).receive(webhook);
    const isUnderstood = events.some(({ type }) => type !== "other");
    const isHinted = HINTS[provider]?.some((name) => names.has(name)) ?? false;
    return { provider, events, isUnderstood, rank: (isUnderstood ? 2 : 0) + (isHinted ? 1 : 0) };
  });
  const best = Math.max(...readings.map(({ rank }) => rank));
  const found = chosen ? readings.find(({ provider }) => provider === chosen) : readings.find(({ rank }) => rank === best && best > 0);
  if (!found) return { provider: null, also: [], isUnderstood: false, events: [], signature: null };
  const { provider, events, isUnderstood } = found;
  const also = chosen ? [] : readings.filter((other) => other !== found && other.isUnderstood && isUnderstood).map((other) => other.provider);
  return { provider, also, isUnderstood, events, signature: signatureOf(chaski, provider, webhook, names, secret) };
}

/** Whether the signature holds, and if not why. */
function signatureOf(chaski, provider, webhook, names, secret) {
  const how = SIGNATURES[provider];
  if (!how) return { state: "none", text: "This gateway signs nothing. All that guards its webhook is the key in the URL that you give it: keep that secret." };
  const header = how.headers.find((name) => names.has(name));
  if (!secret) {
    const has = header ? `There is a signature in ${header}.` : `There is no signature: ${how.headers.join(" or ")} would have it.`;
    return { state: "unchecked", text: `${has} Give the account’s ${how.secret}, and it is checked here.` };
  }
  if (!header) return { state: "missing", text: `It is not signed: there is no ${how.headers.join(" or ")}. Anybody could have posted it.` };
  const { inbound_key: _, ...account } = ACCOUNTS[provider];
  const signed = new chaski.Chaski({ provider, ...account, [how.secret]: secret });
  const check = (now) => {
    try {
      signed.receive(webhook, now);
      return true;
    } catch (error) {
      if (error.kind === "forged") return false;
      throw error;
    }
  };
  const over = how.timestamp ? `${how.timestamp} and the body` : "the body";
  if (check(Date.now())) return { state: "holds", text: `${header} is the HMAC-SHA256 of ${over}, made with this secret: nobody without it posted this, and nothing was changed since.` };
  if (!how.timestamp) return { state: "wrong", text: `${header} is not what this secret makes of this body. One of the two is another, if only by a blank or a line’s end.` };
  if (!names.has(how.timestamp)) return { state: "missing", text: `There is no ${how.timestamp}, which is signed, too.` };
  // The same at its own time: is it only too late?
  const stamp = Number(webhook.headers.find(([name]) => name.toLowerCase() === how.timestamp)[1]);
  if (!Number.isFinite(stamp) || !check(stamp * 1000)) return { state: "wrong", text: `${header} is not what this secret makes of ${over}. One of the three is another, if only by a blank or a line’s end.` };
  return { state: "stale", text: `It is genuine, and ${away(stamp)}; ${OLDEST} minutes are allowed. Who has overheard it could be posting it again.` };
}

function away(stamp) {
  const seconds = Math.round(Date.now() / 1000 - stamp);
  if (seconds < 0) return "from the future: one of the two clocks is wrong";
  const [count, unit] = seconds < 7200 ? [Math.round(seconds / 60), "minutes"] : seconds < 172_800 ? [Math.round(seconds / 3600), "hours"] : [Math.round(seconds / 86_400), "days"];
  return `${count} ${unit} old`;
}

/** Lines of `name: value` as pairs, and the lines that are none. */
export function headersOf(text) {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
  const pairs = lines.map((line) => /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*:(.*)$/.exec(line));
  return { pairs: pairs.filter(Boolean).map(([, name, value]) => [name, value.trim()]), wrong: lines.filter((_, place) => !pairs[place]) };
}
