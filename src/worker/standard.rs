//! Standard Webhooks 1.0: how webhooks are signed and checked where sender and receiver agree on it.

use crate::{
    base64,
    signature::{age, holds, mac},
    timestamp::Timestamp,
    webhook::Webhook,
};
use hmac::Mac;

/// What both sides know. Never shown.
pub(crate) struct Secret(Vec<u8>);

impl Secret {
    /// Reads `whsec_` and the base64 of 24 to 64 bytes; some write it without `whsec_`.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let bytes = base64::decode(text.strip_prefix("whsec_").unwrap_or(text));
        bytes
            .filter(|bytes| (24..=64).contains(&bytes.len()))
            .map(Self)
            .ok_or("whsec_ and 24 to 64 bytes in base64: openssl rand -base64 32")
    }

    /// The header `webhook-signature` of a webhook: its id, when it is sent in Unix time, its body.
    pub(crate) fn sign(&self, id: &str, seconds: i64, body: &[u8]) -> String {
        let signature = mac(&self.0, &signed(id, &seconds.to_string(), body)).map(|mac| mac.finalize().into_bytes());
        format!("v1,{}", base64::encode(signature.as_ref().map_or(&[], |bytes| bytes.as_slice())))
    }
}

/// What is signed.
fn signed<'a>(id: &'a str, seconds: &'a str, body: &'a [u8]) -> [&'a [u8]; 5] {
    [id.as_bytes(), b".", seconds.as_bytes(), b".", body]
}

/// Whether one of these secrets has signed the webhook, and not long ago; an error says why not.
pub(crate) fn verify(secrets: &[Secret], webhook: &Webhook, now: Timestamp) -> Result<(), &'static str> {
    let header = |name| webhook.header(name).filter(|value| !value.is_empty());
    let (Some(id), Some(seconds), Some(signatures)) =
        (header("webhook-id"), header("webhook-timestamp"), header("webhook-signature"))
    else {
        return Err("not signed: webhook-id, webhook-timestamp and webhook-signature are needed");
    };
    if id.contains('.') {
        return Err("a webhook-id has no dot");
    }
    if !seconds.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a webhook-timestamp is Unix time, in digits");
    }
    let parts = signed(id, seconds, &webhook.body);
    let is_ours = |signature: &str| {
        let bytes = signature.strip_prefix("v1,").and_then(base64::decode);
        bytes.is_some_and(|bytes| secrets.iter().any(|secret| holds(&secret.0, &parts, &bytes)))
    };
    if !signatures.split(' ').any(is_ours) {
        return Err("the signature does not hold");
    }
    is_fresh(seconds, now)
}

/// Whether this Unix time is about now, since what is signed once could be sent again for ever.
pub(crate) fn is_fresh(seconds: &str, now: Timestamp) -> Result<(), &'static str> {
    match age(seconds, now) {
        Some(-300_000..=300_000) => Ok(()),
        _ => Err("signed more than five minutes ago, or in the future"),
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
