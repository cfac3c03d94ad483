//! `POST /v1/hooks/{name}/{key}`: what a sender has to say becomes a message, once for each of its deliveries.
//!
//! Whether the sender may say it was found out before it came here.

use super::{
    super::{
        gate::webhook,
        host::{Incoming, Outgoing},
        problem::Problem,
        storage::{Fault, run, sql, values},
        work::Halt,
    },
    Outbox,
};
use crate::message::Message;
use serde::Serialize;

/// The table of the deliveries that were posted, by the senders' ids of them.
pub(super) const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS posted (
        hook TEXT, delivery TEXT, submission INTEGER NOT NULL, PRIMARY KEY (hook, delivery)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS posted_submission ON posted (submission)",
];

/// What a hook made of a delivery.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Hooked {
    /// `posted`; `repeated` where this delivery was posted before; `skipped` where the template makes nothing of it.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["posted", "repeated", "skipped"])))]
    outcome: &'static str,
    /// The id of the message: `msg_…`.
    id: Option<String>,
    /// The id of the batch, where the hook has several recipients: `batch_…`.
    batch: Option<String>,
}

impl Outbox<'_> {
    pub(super) fn hook(&self, name: &str, incoming: &Incoming) -> Result<Outgoing, Halt> {
        let hook = self.config.hooks.find(name, || Problem::not_found("no hook of this name"))?;
        let Some(posting) = hook.compose(&webhook(incoming)?)? else {
            return Ok(Outgoing::json(200, &Hooked { outcome: "skipped", id: None, batch: None }));
        };
        if let Some(delivery) = &posting.delivery {
            let before = "SELECT submission FROM posted WHERE hook = ? AND delivery = ?";
            if let Some(submission) = sql(self.storage, before, values![name, delivery])?.integer() {
                return Ok(self.hooked("repeated", submission)?);
            }
        }
        let message = Message::parse(posting.content.as_bytes())?;
        let (submission, _) = self.submit(&message, &posting.content, None, None)?;
        if let Some(delivery) = &posting.delivery {
            let kept = "INSERT INTO posted (hook, delivery, submission) VALUES (?, ?, ?)";
            run(self.storage, kept, values![name, delivery, submission])?;
        }
        Ok(self.hooked("posted", submission)?)
    }

    fn hooked(&self, outcome: &'static str, submission: i64) -> Result<Outgoing, Fault> {
        let (batch, id) = self.ids(submission)?;
        let id = id.filter(|_| batch.is_none());
        let status = if outcome == "posted" { 202 } else { 200 };
        Ok(Outgoing::json(status, &Hooked { outcome, id, batch }))
    }
}
