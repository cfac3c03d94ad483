//! Hooks: what GitHub, Stripe, Grafana, a form or any script posts becomes a message.
//!
//! ```text
//! webhook ──▶ signature ──▶ payload ──▶ template ──▶ text ──▶ message
//!                                        │  ▲
//!                                        ▼  │
//!                                     scope, view
//! ```

mod payload;
mod scope;
mod signature;
mod template;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
mod view;

use self::{payload::Payload, signature::Signature, template::Template, view::shortened};
use super::key::{Key, WEAK, is_strong};
use crate::{
    account::{Secrets, value},
    draft::Draft,
    error::{Error, ErrorKind},
    field::Field,
    input::{Input, Members, Path, Violations},
    json::{Json, Known, Raw},
    message::{Message, Via},
    timestamp::Timestamp,
    webhook::Webhook,
};
use std::{borrow::Cow, fmt};

/// The key in the path.
const KEY: Field = Field::token("key", "Key in the path of the hook").secret();

/// The ready-made templates, by name.
const TEMPLATES: &[(&str, &str)] = &[
    ("github", include_str!("hook/templates/github.txt")),
    ("alerts", include_str!("hook/templates/alerts.txt")),
    ("stripe", STRIPE),
    ("plain", include_str!("hook/templates/plain.txt")),
];
const STRIPE: &str = include_str!("hook/templates/stripe.txt");

/// The longest text, in characters: the strictest provider takes no more.
const LONGEST: usize = 4096;

/// A hook: what it is called with becomes a message.
pub(crate) struct Hook {
    /// The key in its path.
    key: Key,
    template: Template,
    signature: Option<Signature>,
    /// Whether the payload tells the id of the delivery.
    is_stripe: bool,
    /// The members of its messages, all but the text.
    members: Vec<(String, Raw)>,
    via: Option<Via>,
}

/// What a hook was called for.
pub(crate) struct Posting {
    /// The sender's id of the delivery: what comes twice under one id is one message.
    pub(crate) delivery: Option<String>,
    /// The message, as JSON.
    pub(crate) content: String,
}

impl Hook {
    /// Reads one hook of `CHASKI_CONFIG`; `secret` looks up what a value `"$NAME"` stands for.
    pub(crate) fn read(input: Input<'_, '_>, secret: Secrets<'_>) -> Option<Self> {
        let mut members = input.members()?;
        let key = members.required("key").and_then(|input| {
            let key = value(&KEY, input, Some(secret))?;
            if is_strong(&key) { Some(Key::of(&key)) } else { input.wrong(WEAK) }
        });
        let (has_text, has_template) = (members.has("text"), members.has("template"));
        let own = members.optional("text").and_then(|input| input.right(Template::parse(&input.string()?)));
        let ready = members.optional("template").and_then(|input| input.one_of(TEMPLATES));
        let template = match (has_text, has_template) {
            (false, false) => input.wrong("a hook has a text or a template"),
            (true, true) => input.wrong("a hook has a text or a template, not both"),
            _ => own.or_else(|| Template::parse(ready?).ok()),
        };
        let signature = Signature::read(&mut members, secret);
        let is_stripe = ready == Some(STRIPE) || matches!(signature, Some(Signature::Stripe(_)));
        let (members, via) = message_members(input, members);
        Some(Self { key: key?, template: template?, signature, is_stripe, members, via })
    }

    /// The connections that its messages go by.
    pub(crate) fn via(&self) -> Option<&Via> {
        self.via.as_ref()
    }

    /// Whether this is the key in its path.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        self.key.is(key)
    }

    /// Whether a call is signed as it must be here; the error is [`ErrorKind::Forged`].
    pub(crate) fn verify(&self, webhook: &Webhook, now: Timestamp) -> Result<(), Error> {
        let verified = self.signature.as_ref().map_or(Ok(()), |signature| signature.verify(webhook, now));
        verified.map_err(|detail| Error::new(ErrorKind::Forged, detail))
    }

    /// The message of a call; `None` where the template leaves nothing: that is how it says "not worth a message".
    pub(crate) fn compose(&self, webhook: &Webhook) -> Result<Option<Posting>, Error> {
        let payload = Payload::read(webhook)?;
        let text = tidied(&self.template.render(&payload));
        if text.is_empty() {
            return Ok(None);
        }
        let mut content = Draft::new();
        for (name, value) in &self.members {
            content.json(name, value.json());
        }
        content.text("text", text.as_str());
        Ok(Some(Posting { delivery: self.delivery(webhook, &payload), content: content.done() }))
    }

    fn delivery(&self, webhook: &Webhook, payload: &Payload) -> Option<String> {
        for name in ["x-github-delivery", "webhook-id", "idempotency-key"] {
            if let Some(id) = webhook.header(name).filter(|id| is_delivery(id)) {
                return Some(id.to_owned());
            }
        }
        let id = payload.variables().object().get("id").string().filter(|id| self.is_stripe && is_delivery(id));
        id.map(Cow::into_owned)
    }
}

fn is_delivery(id: &str) -> bool {
    (1..=255).contains(&id.len()) && id.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

// Nothing of it: not even the text is for everyone who reads a log.
impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// What is left of a hook's members: a message but for its text, which the message's own reader judges.
fn message_members(input: Input<'_, '_>, mut members: Members<'_, '_>) -> (Vec<(String, Raw)>, Option<Via>) {
    members
        .optional("send_at")
        .and_then(|input| input.wrong::<()>("a hook sends when it is called; expires_in may bound it"));
    let members: Vec<_> = members.rest().into_iter().map(|(name, json)| (name.into_owned(), json.raw())).collect();

    let mut message = Draft::new();
    for (name, value) in &members {
        message.json(name, value.json());
    }
    message.text("text", "Hello");
    let message = message.done();

    let violations = Violations::default();
    let json = Json::parse(message.as_bytes()).unwrap_or(Json::NULL);
    let read = Message::read(Input { json, known: &Known::default(), path: Path::Root, violations: &violations });
    let checked = violations.settle(read).and_then(|message| message.check().map(|()| message));
    let errors = checked.as_ref().err().map(|error| error.errors.as_slice()).unwrap_or_default();
    for violation in errors {
        let is_own = violation.pointer.rfind('/') == Some(0);
        let detail = if is_own { violation.detail.replace(MEMBERS, OWN) } else { violation.detail.clone() };
        input.violations.note(format_args!("{}{}", input.path, violation.pointer), detail);
    }
    (members, checked.ok().and_then(|message| message.via))
}

/// How the members of a message are told where there is no such one, and those of a hook.
const MEMBERS: &str = "such member; there are ";
const OWN: &str = "such member; there are key, template, signature, secret, previous_secret, ";

/// A text as it is sent: without blanks around it, without gaps of several lines, and not too long.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for character in text.trim().chars().filter(|character| *character != '\r') {
        if character != '\n' || !tidy.ends_with("\n\n") {
            tidy.push(character);
        }
    }
    shortened(tidy, LONGEST)
}
