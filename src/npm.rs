//! The module for npm: JSON text in, JSON text out. The host's `fetch` lies between `request` and `reply`.
//!
//! What is asked crosses as one text, line by line: each text that crosses costs code on both sides, and JSON has no line
//! feed of its own.

use crate::{
    account::Account,
    call::{AnyCall, AnyReply},
    error::Error,
    http::Response,
    json::Json,
    timestamp::Timestamp,
    webhook::Webhook,
    wire::{Wire, packed},
    write::to_json,
};
use serde::Serialize;
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::prelude::*;

/// Whether an account is whole: `{ "ok": { "provider": "whatspie" } }` or `{ "error": … }`.
#[wasm_bindgen]
pub fn account(account: &str) -> String {
    outcome(account_of(account).map(|account| Checked { provider: account.provider.slug }))
}

#[derive(Serialize)]
struct Checked {
    provider: &'static str,
}

/// The request that makes a call: `{ "ok": { method, url, headers } }` or `{ "error": … }`, [`packed`] with the body.
///
/// `asked` is the account, the name of the call, and what it holds; `headers` are pairs.
#[wasm_bindgen]
pub fn request(asked: &str) -> Vec<u8> {
    let (account, asked) = split(asked);
    // A name that is none may be anything.
    let (name, call) = asked.rsplit_once('\n').unwrap_or_default();
    let built = account_of(account).and_then(|account| AnyCall::named(name, call.as_bytes())?.request(&account));
    match built {
        Ok(request) => {
            let (head, body) = Wire::of(request);
            packed(&Outcome::Ok(head), &body)
        }
        Err(error) => packed(&Outcome::<()>::Error(&error), &[]),
    }
}

/// What the answer to a call comes to: `{ "ok": … }` or `{ "error": … }`.
///
/// `asked` is the account, the answer's headers, and the name of the call. `headers` is an object;
/// [`Response::HEADERS`] are read.
#[wasm_bindgen]
pub fn reply(asked: &str, status: u16, body: Vec<u8>) -> String {
    let (account, asked) = split(asked);
    let (headers, name) = split(asked);
    outcome(
        account_of(account)
            .and_then(|account| AnyReply::read(name, &account, &Response { status, headers: pairs(headers)?, body })),
    )
}

/// What a webhook reports: `{ "ok": [event, …] }` or `{ "error": … }`. `now` is in milliseconds, as of `Date.now()`.
///
/// `asked` is the account, and the webhook's headers: an object.
#[wasm_bindgen]
pub fn receive(asked: &str, body: Vec<u8>, now: f64) -> String {
    let (account, headers) = split(asked);
    outcome(account_of(account).and_then(|account| {
        #[expect(clippy::cast_possible_truncation, reason = "a moment of JavaScript's has no more")]
        let now = Timestamp(now as i64);
        account.receive(&Webhook { headers: pairs(headers)?, body }, now)
    }))
}

/// The first line, and the others.
fn split(asked: &str) -> (&str, &str) {
    asked.split_once('\n').unwrap_or((asked, ""))
}

/// The accounts that are kept as they were read: whoever has more of them in turn waits a little longer.
const KEPT: usize = 8;

thread_local! {
    static ACCOUNTS: RefCell<Vec<(String, Rc<Account>)>> = RefCell::default();
}

/// The account of this text, which comes with every call.
fn account_of(text: &str) -> Result<Rc<Account>, Error> {
    ACCOUNTS.with_borrow_mut(|accounts| {
        if let Some((_, account)) = accounts.iter().find(|(other, _)| other == text) {
            return Ok(Rc::clone(account));
        }
        let account = Rc::new(Account::parse(text.as_bytes())?);
        accounts.truncate(KEPT - 1);
        accounts.insert(0, (text.to_owned(), Rc::clone(&account)));
        Ok(account)
    })
}

fn pairs(headers: &str) -> Result<Vec<(String, String)>, Error> {
    let headers = Json::parse(headers.as_bytes())?.object().0.into_iter();
    Ok(headers.filter_map(|(name, value)| Some((name.into_owned(), value.scalar()?))).collect())
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Outcome<'a, T> {
    Ok(T),
    Error(&'a Error),
}

fn outcome(result: Result<impl Serialize, Error>) -> String {
    match &result {
        Ok(ok) => to_json(&Outcome::Ok(ok)),
        Err(error) => to_json(&Outcome::<()>::Error(error)),
    }
}
