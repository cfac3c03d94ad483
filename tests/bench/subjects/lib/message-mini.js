// The same message in zod/mini.

import * as z from "zod/mini";

const phone = z.pipe(
  z.pipe(z.string(), z.transform((text) => text.replace(/[ .()-]/g, ""))),
  z.string().check(z.regex(/^\+?[1-9]\d{6,14}$/)),
);
const filled = () => z.string().check(z.minLength(1));
const recipient = z.union([z.strictObject({ group: filled() }), z.strictObject({ phone })]);
const media = z.strictObject({
  kind: z.enum(["image", "video", "audio", "document"]),
  url: z.optional(z.url({ protocol: /^https?$/ })),
  base64: z.optional(z.base64()),
  filename: z.optional(filled()),
  mime: z.optional(z.string().check(z.regex(/^[\w.+-]+\/[\w.+-]+$/))),
});
const own = z.record(z.string(), z.unknown());

export const Message = z
  .strictObject({
    to: z.union([recipient, z.array(recipient).check(z.minLength(1), z.maxLength(1000))]),
    text: z.optional(z.string().check(z.regex(/\S/, "a text is not blank"))),
    media: z.optional(media),
    mentions: z.optional(z.array(phone)),
    reply_to: z.optional(filled()),
    typing: z.optional(z.boolean()),
    presence: z.optional(z.boolean()),
    send_at: z.optional(z.iso.datetime({ offset: true })),
    expires_in: z.optional(z.int().check(z.minimum(1))),
    via: z.optional(z.union([z.string(), z.array(z.string())])),
    on_unsupported: z._default(z.enum(["fail", "degrade", "route"]), "fail"),
    on_ambiguous: z._default(z.enum(["hold", "resend"]), "hold"),
    options: z.optional(z.partial(z.strictObject({ whatspie: own, gowhatsapp: own, wachat: own, a1base: own, whatsspot: own }))),
    metadata: z.optional(own),
  })
  .check(z.refine((message) => message.text !== undefined || message.media !== undefined, { path: ["text"], message: "a text, or media" }));
