//! How the calls of a hook are signed. During a rotation either of two secrets may have signed.

use super::super::standard;
use crate::{
    account::{Secrets, value},
    field::Field,
    input::{Input, Members},
    signature::{from_hex, holds},
    timestamp::Timestamp,
    webhook::Webhook,
};

const SECRET: Field = Field::token("secret", "What its calls are signed with").secret();
const PREVIOUS: Field = Field::token("previous_secret", "What they were signed with before").secret();

/// A way of signing, with the secrets that hold.
pub(super) enum Signature {
    /// `X-Hub-Signature-256`: the HMAC of the body in hex.
    Github(Vec<String>),
    /// `Stripe-Signature`: the time, and the HMAC of time and body in hex, once for each secret of the endpoint.
    Stripe(Vec<String>),
    /// Standard Webhooks.
    Standard(Vec<standard::Secret>),
}

#[derive(Clone, Copy)]
enum Scheme {
    Github,
    Stripe,
    Standard,
}

const SCHEMES: &[(&str, Scheme)] =
    &[("github", Scheme::Github), ("stripe", Scheme::Stripe), ("standard", Scheme::Standard)];

impl Signature {
    /// Reads `signature`, `secret` and `previous_secret` off a hook; `None` where it has none.
    pub(super) fn read(members: &mut Members<'_, '_>, lookup: Secrets<'_>) -> Option<Self> {
        let has_scheme = members.has("signature");
        let scheme = members.optional("signature").and_then(|input| input.one_of(SCHEMES));
        let (mut secrets, mut standards) = (Vec::new(), Vec::new());
        let mut read = |input: Input<'_, '_>, field| {
            if !has_scheme {
                return input.wrong("a secret needs a signature: github, stripe or standard");
            }
            let secret = value(field, input, Some(lookup))?;
            if let Some(Scheme::Standard) = scheme {
                standards.push(input.right(standard::Secret::parse(&secret))?);
            }
            secrets.push(secret);
            Some(())
        };
        match has_scheme {
            true => members.required("secret").and_then(|input| read(input, &SECRET)),
            false => members.optional("secret").and_then(|input| read(input, &SECRET)),
        };
        members.optional("previous_secret").and_then(|input| read(input, &PREVIOUS));
        Some(match scheme? {
            Scheme::Github => Self::Github(secrets),
            Scheme::Stripe => Self::Stripe(secrets),
            Scheme::Standard => Self::Standard(standards),
        })
    }

    /// Whether a call is signed; an error says why not.
    pub(super) fn verify(&self, webhook: &Webhook, now: Timestamp) -> Result<(), &'static str> {
        match self {
            Self::Github(secrets) => github(secrets, webhook),
            Self::Stripe(secrets) => stripe(secrets, webhook, now),
            Self::Standard(secrets) => standard::verify(secrets, webhook, now),
        }
    }
}

fn github(secrets: &[String], webhook: &Webhook) -> Result<(), &'static str> {
    let header = webhook.header("x-hub-signature-256").ok_or("not signed: X-Hub-Signature-256 is needed")?;
    let signature = header.strip_prefix("sha256=").and_then(from_hex);
    match signature.is_some_and(|signature| has_signed(secrets, &[&webhook.body], &signature)) {
        true => Ok(()),
        false => Err("X-Hub-Signature-256 does not hold"),
    }
}

fn stripe(secrets: &[String], webhook: &Webhook, now: Timestamp) -> Result<(), &'static str> {
    let header = webhook.header("stripe-signature").ok_or("not signed: Stripe-Signature is needed")?;
    let items = || header.split(',').filter_map(|item| item.trim().split_once('='));
    let (_, seconds) = items().find(|(name, _)| *name == "t").ok_or("Stripe-Signature has no t")?;
    let parts = [seconds.as_bytes(), b".", &webhook.body];
    let mut signatures = items().filter(|(name, _)| *name == "v1").filter_map(|(_, signature)| from_hex(signature));
    if !signatures.any(|signature| has_signed(secrets, &parts, &signature)) {
        return Err("Stripe-Signature does not hold");
    }
    standard::is_fresh(seconds, now)
}

fn has_signed(secrets: &[String], parts: &[&[u8]], signature: &[u8]) -> bool {
    secrets.iter().any(|secret| holds(secret.as_bytes(), parts, signature))
}
