// Messages, and the options that only one provider knows.

import type { Media, Message, MessageOptions, OnUnsupported, ProviderSlug, Recipient, To } from "chaski";
import type { Equal, Expect } from "./expect.js";

const to = { group: "495" };
const manyAsConst = [{ group: "495" }, { phone: "+6285612345678" }] as const;
const mentionsAsConst = ["+62856123456"] as const;

export const messages: Message[] = [
  { to, text: "Hello" },
  { to: { phone: "+6285612345678" }, text: "Hello" },
  { to: manyAsConst, text: "Hello", mentions: mentionsAsConst },
  { to, text: undefined, media: { kind: "image", url: "https://example.com/a.png" } },
  { to, media: { kind: "document", base64: "AA==", filename: "a.pdf", mime: "application/pdf" } },
  { to, text: "Later", send_at: "2026-12-25T10:00:00Z" },
  { to, text: "Later", send_at: new Date(), expires_in: 60 },
  { to, text: "Hello", via: "ops" },
  { to, text: "Hello", via: ["ops", "backup"], on_unsupported: "route", on_ambiguous: "resend" },
  { to, text: "Hello", typing: true, presence: false, reply_to: "3EB0ABC123DEF456789" },
  { to, text: "Hello", metadata: { order: 42, nested: { list: [1, null] } } },
  { to, text: "Hello", options: { a1base: { dialect: "universal", media_size: 1000 }, whatspie: { view_once: true } } },
  { to, options: { whatspie: { type: "location", params: { lat: 1, long: 2 } } } },
];

/** Not a literal: what a program has put together. */
declare const loose: { to: { group: string }; text: string | undefined };
export const fromLoose: Message = loose;

// @ts-expect-error nobody gets it
export const noRecipient: Message = { text: "Hello" };
// @ts-expect-error a recipient is an object
export const bareRecipient: Message = { to: "495", text: "Hello" };
// @ts-expect-error neither group nor phone
export const emptyRecipient: Message = { to: {}, text: "Hello" };
// @ts-expect-error both group and phone
export const doubleRecipient: Message = { to: { group: "495", phone: "+6285612345678" }, text: "Hello" };
// @ts-expect-error a phone number is a string
export const numericRecipient: Message = { to: { phone: 6285612345678 }, text: "Hello" };
// @ts-expect-error no such member
export const misspelled: Message = { to, txt: "Hello" };
// @ts-expect-error the members keep the words of the HTTP API
export const camelCase: Message = { to, text: "Hello", replyTo: "3EB0" };
// @ts-expect-error one mention is an array too
export const bareMention: Message = { to, text: "Hello", mentions: "+62856123456" };
// @ts-expect-error no such kind
export const sticker: Message = { to, media: { kind: "sticker", url: "https://example.com/a.webp" } };
// @ts-expect-error neither url nor base64
export const emptyMedia: Message = { to, media: { kind: "image" } };
// @ts-expect-error both url and base64
export const doubleMedia: Message = { to, media: { kind: "image", url: "https://example.com/a.png", base64: "AA==" } };
// @ts-expect-error no such member
export const misspelledMedia: Message = { to, media: { kind: "image", url: "https://example.com/a.png", name: "a.png" } };
// @ts-expect-error a time is RFC 3339 or a Date
export const seconds: Message = { to, text: "Later", send_at: 1766656800 };
// @ts-expect-error seconds
export const duration: Message = { to, text: "Later", expires_in: "60" };
// @ts-expect-error one of fail, degrade, route
export const policy: Message = { to, text: "Hello", on_unsupported: "ignore" };
// @ts-expect-error metadata is an object
export const metadata: Message = { to, text: "Hello", metadata: "42" };
// @ts-expect-error another provider's option
export const otherOption: Message = { to, text: "Hello", options: { wachat: { dialect: "universal" } } };
// @ts-expect-error no such dialect
export const dialect: Message = { to, text: "Hello", options: { a1base: { dialect: "v2" } } };
// @ts-expect-error no such provider
export const otherProvider: Message = { to, text: "Hello", options: { twilio: {} } };
// @ts-expect-error true or false
export const flag: Message = { to, text: "Hello", options: { gowhatsapp: { view_once: "yes" } } };

export type Tests = [
  Expect<Equal<To, Recipient | readonly Recipient[]>>,
  Expect<Equal<Message["send_at"], string | Date | undefined>>,
  Expect<Equal<Message["text"], string | undefined>>,
  Expect<Equal<Message["metadata"], Record<string, unknown> | undefined>>,
  Expect<Equal<Message["on_unsupported"], OnUnsupported | undefined>>,
  Expect<Equal<Media["kind"], "image" | "video" | "audio" | "document">>,
  Expect<Equal<keyof MessageOptions, ProviderSlug>>,
  // What is optional may be left out.
  Expect<Equal<{ to: To } extends Message ? true : false, true>>,
];
