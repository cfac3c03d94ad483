// The neutral message in zod, all of it, with strict objects: what is unknown is refused, with its JSON pointer.

import { z } from "zod";

const phone = z.string().transform((text) => text.replace(/[ .()-]/g, "")).pipe(z.string().regex(/^\+?[1-9]\d{6,14}$/));
const recipient = z.union([z.strictObject({ group: z.string().min(1) }), z.strictObject({ phone })]);
const media = z.strictObject({
  kind: z.enum(["image", "video", "audio", "document"]),
  url: z.url({ protocol: /^https?$/ }).optional(),
  base64: z.base64().optional(),
  filename: z.string().min(1).optional(),
  mime: z.string().regex(/^[\w.+-]+\/[\w.+-]+$/).optional(),
});
const own = z.record(z.string(), z.unknown());

export const Message = z
  .strictObject({
    to: z.union([recipient, z.array(recipient).min(1).max(1000)]),
    text: z.string().regex(/\S/, "a text is not blank").optional(),
    media: media.optional(),
    mentions: z.array(phone).optional(),
    reply_to: z.string().min(1).optional(),
    typing: z.boolean().optional(),
    presence: z.boolean().optional(),
    send_at: z.iso.datetime({ offset: true }).optional(),
    expires_in: z.int().min(1).optional(),
    via: z.union([z.string(), z.array(z.string())]).optional(),
    on_unsupported: z.enum(["fail", "degrade", "route"]).default("fail"),
    on_ambiguous: z.enum(["hold", "resend"]).default("hold"),
    options: z.strictObject({ whatspie: own, gowhatsapp: own, wachat: own, a1base: own, whatsspot: own }).partial().optional(),
    metadata: own.optional(),
  })
  .refine((message) => message.text !== undefined || message.media !== undefined, { path: ["text"], message: "a text, or media" });
