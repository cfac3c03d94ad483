//! One try at one connection, as it is told and kept.

use crate::{
    error::{Details, Error, Outcome, Violation},
    json::Json,
    message::To,
    reply::{Receipt, RecipientReceipt},
    timestamp::Timestamp,
    worker::storage::is_id,
    write::cut,
};
use serde::Serialize;

/// What a provider says is kept up to here, in bytes: a page of megabytes is no answer, and stays in no database.
const KEPT: usize = 16 << 10;

/// One try at one connection.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Attempt<'a> {
    /// The connection.
    pub(super) connection: &'a str,
    /// When it began.
    pub(super) at: Timestamp,
    /// What came of it.
    pub(super) outcome: Outcome,
    /// What the provider answered, as an HTTP status.
    pub(super) http_status: Option<u16>,
    /// What the provider answered, where it took the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) receipt: Option<Receipt>,
    /// Why it failed.
    pub(super) error: Option<Error>,
}

/// The same for each of its words.
const WORD: usize = 500;

/// How many of the things that it finds wrong.
const MANY: usize = 20;

/// The error, without most of what is long in it.
pub(super) fn shortened(error: Error) -> Error {
    let error = error.into_details();
    let errors = error.errors.into_iter().take(MANY);
    let shorter = |Violation { pointer, detail }| Violation::new(cut(pointer, WORD), cut(detail, WORD));
    let short = Details {
        message: cut(error.message, WORD),
        code: error.code.map(|code| cut(code, WORD)),
        errors: errors.map(shorter).collect(),
        body: error.body.map(|body| cut(body, KEPT)),
        ..error
    };
    short.into()
}

/// The receipt, without what is too long to be kept.
pub(super) fn kept(receipt: Receipt) -> Receipt {
    let word = |word: Option<String>| word.map(|word| cut(word, WORD));
    let is_long = receipt.raw.get().len() > KEPT;
    let several = receipt.recipients.into_iter().take(To::MOST);
    let of_one = |one: RecipientReceipt| RecipientReceipt {
        id: one.id.filter(|id| is_id(id)),
        provider_status: word(one.provider_status),
        ..one
    };
    Receipt {
        id: receipt.id.filter(|id| is_id(id)),
        job: receipt.job.filter(|id| is_id(id)),
        provider_status: word(receipt.provider_status),
        recipients: several.map(of_one).collect(),
        raw: if is_long { Json::NULL.raw() } else { receipt.raw },
        ..receipt
    }
}
