//! Hooks natively: every fixture of `tests/hooks`, and what no fixture can show.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod bounds;
mod configuration;
mod fixtures;
mod templates;

use super::{Hook, Posting};
use crate::{error::Error, input::read, timestamp::Timestamp, webhook::Webhook};
use serde_json::{Value, json};

const KEY: &str = "hook-key-0123456789";

/// What a secret of the Worker is called and says.
fn secret(name: &str) -> Option<String> {
    let secrets = [("HOOK_KEY", KEY), ("SHORT", "s3cret"), ("LINES", "s3cret\ns3cret-s3cret")];
    secrets.iter().find(|(known, _)| *known == name).map(|(_, secret)| (*secret).to_owned())
}

fn hook(config: &Value) -> Result<Hook, Error> {
    read(config.to_string().as_bytes(), |input| Hook::read(input, &secret))
}

/// A hook with a template of its own.
fn of_text(text: &str) -> Hook {
    hook(&json!({ "key": KEY, "to": { "group": "495" }, "text": text })).unwrap()
}

fn webhook(content_type: &str, body: &[u8]) -> Webhook {
    Webhook { headers: vec![("content-type".to_owned(), content_type.to_owned())], body: body.to_vec() }
}

fn composed(hook: &Hook, body: &[u8]) -> Result<Option<Posting>, Error> {
    hook.compose(&webhook("application/json", body))
}

fn text_of(posting: &Posting) -> String {
    let content: Value = serde_json::from_str(&posting.content).unwrap();
    content["text"].as_str().unwrap().to_owned()
}

/// What a template makes of this JSON.
fn rendered(template: &str, payload: &str) -> String {
    composed(&of_text(template), payload.as_bytes()).unwrap().map(|posting| text_of(&posting)).unwrap_or_default()
}
