//! Messages as the API tells them.

use super::{
    super::{
        host::{Incoming, Outgoing},
        page,
        problem::Problem,
        query,
        storage::{END_OF_TIME, Fault, Row, Value, sql, values},
    },
    Halt, Outbox,
};
use crate::{error::Error, json::Raw, status::Status, timestamp::Timestamp};
use serde::Serialize;

/// A message of the API: what was asked, and what came of it.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MessageResource"))]
pub(crate) struct Resource {
    /// Its id: `msg_…`.
    id: String,
    /// The batch that it belongs to: `batch_…`.
    batch: Option<String>,
    /// How far it is.
    status: Status,
    /// Who gets it.
    #[cfg_attr(feature = "schema", schemars(with = "crate::To"))]
    to: Raw,
    /// The connections that were asked for.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::Via>"))]
    via: Raw,
    /// The connection that tried it last.
    connection: Option<String>,
    /// The provider of that connection.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Slug>"))]
    provider: Option<String>,
    /// The provider's id of the message.
    provider_id: Option<String>,
    /// The provider's id of the bulk job.
    job: Option<String>,
    /// All tries, the first one first.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::Attempt<'static>>"))]
    attempts: Raw,
    /// Why the last try failed.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Error>"))]
    error: Raw,
    /// When it was asked for.
    created_at: Timestamp,
    /// When anything about it changed last.
    updated_at: Timestamp,
    /// When to send it.
    send_at: Option<Timestamp>,
    /// When it is not worth sending any more.
    expires_at: Option<Timestamp>,
    /// The caller's own data, as it came.
    #[cfg_attr(feature = "schema", schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>"))]
    metadata: Raw,
    /// What was said otherwise or left out because the provider lacks it.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::Feature>"))]
    degraded: Raw,
}

/// What a message to several recipients became: one for each.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Batch {
    /// Its id: `batch_…`.
    batch: String,
    /// All messages, in the order of the recipients.
    items: Vec<Resource>,
    /// `null`: this is all of it.
    next: Option<String>,
}

/// The statement that finds the messages of a condition, as they are told.
macro_rules! resources {
    ($condition:literal) => {
        concat!(
            "SELECT message.id, batch, status, recipient, via, connection, provider, provider_id, job, attempts, error, \
             message.created_at, updated_at, send_at, expires_at, metadata, degraded, seq \
             FROM message JOIN submission ON submission.id = message.submission WHERE ",
            $condition
        )
    };
}

impl Resource {
    fn of(row: &Row<'_>) -> Option<Self> {
        Some(Self {
            id: row.text(0)?,
            batch: row.text(1),
            status: Status::of_word(&row.text(2)?)?,
            to: row.json(3),
            via: row.json(4),
            connection: row.text(5),
            provider: row.text(6),
            provider_id: row.text(7),
            job: row.text(8),
            attempts: row.list(9)?,
            error: row.json(10),
            created_at: row.time(11)?,
            updated_at: row.time(12)?,
            send_at: row.time(13),
            expires_at: row.time(14),
            metadata: row.json(15),
            degraded: row.json(16),
        })
    }
}

impl Outbox<'_> {
    /// `GET /v1/messages/{id}`.
    pub(super) fn show(&self, id: &str) -> Result<Outgoing, Halt> {
        let found = self.resources(resources!("message.id = ?"), values![id])?;
        found.first().map(|(_, resource)| Outgoing::json(200, resource)).ok_or_else(|| no_message().into())
    }

    /// `GET /v1/messages`: the newest first.
    pub(super) fn list(&self, incoming: &Incoming) -> Result<Outgoing, Halt> {
        let wanted = Wanted::read(incoming)?;
        let found = self.resources(
            resources!(
                "(?1 IS NULL OR status = ?1) AND (?2 IS NULL OR connection = ?2) AND (?3 IS NULL OR batch = ?3) \
                 AND seq < ?4 ORDER BY seq DESC LIMIT ?5"
            ),
            values![
                wanted.status.map(Status::word),
                wanted.connection.as_ref(),
                wanted.batch.as_ref(),
                wanted.before,
                wanted.limit + 1
            ],
        )?;
        Ok(page::part(&found, wanted.limit))
    }

    /// The answer to a submission: its message, or its batch.
    pub(super) fn submitted(&self, submission: i64, status: u16) -> Result<Outgoing, Fault> {
        let of = resources!("submission.id = ?1 AND seq BETWEEN first AND last ORDER BY seq");
        let found = self.resources(of, values![submission])?;
        let Some((_, first)) = found.first() else { return Ok(no_message().respond()) };
        let location = location(first.batch.as_deref(), Some(&first.id));
        let answer = match first.batch.clone() {
            Some(batch) => {
                let items = found.into_iter().map(|(_, resource)| resource).collect();
                Outgoing::json(status, &Batch { batch, items, next: None })
            }
            None => Outgoing::json(status, first),
        };
        Ok(answer.with("location", location))
    }

    /// The id of a submission's batch, where it is one, and of its first message.
    pub(super) fn ids(&self, submission: i64) -> Result<(Option<String>, Option<String>), Fault> {
        let first = "SELECT batch, message.id FROM submission JOIN message ON seq = first WHERE submission.id = ?";
        let rows = sql(self.storage, first, values![submission])?;
        Ok(rows.all().first().map(|row| (row.text(0), row.text(1))).unwrap_or_default())
    }

    fn resources(&self, found: &'static str, values: &[Value<'_>]) -> Result<Vec<(i64, Resource)>, Fault> {
        let rows = sql(self.storage, found, values)?;
        Ok(rows.all().iter().filter_map(|row| Some((row.integer(17)?, Resource::of(row)?))).collect())
    }
}

/// Where a submission can be looked at: its batch, or its message.
pub(super) fn location(batch: Option<&str>, id: Option<&str>) -> String {
    match batch {
        Some(batch) => format!("/v1/messages?batch={batch}"),
        None => format!("/v1/messages/{}", id.unwrap_or_default()),
    }
}

pub(super) fn no_message() -> Problem {
    Problem::not_found("no message of this id; it may have been pruned")
}

/// Which messages a caller wants to see.
struct Wanted {
    status: Option<Status>,
    connection: Option<String>,
    batch: Option<String>,
    before: i64,
    limit: i64,
}

impl Wanted {
    fn read(incoming: &Incoming) -> Result<Self, Error> {
        let mut wanted =
            Self { status: None, connection: None, batch: None, before: END_OF_TIME, limit: query::LIMITS.0 };
        query::parameters(incoming, &["status", "connection", "batch", "cursor", "limit"], |name, value| {
            match name {
                "status" => {
                    let status = Status::of_word(&value);
                    wanted.status = Some(status.ok_or_else(|| format!("one of {}", Status::words()))?);
                }
                "connection" => wanted.connection = Some(value),
                "batch" => wanted.batch = Some(value),
                "cursor" => wanted.before = query::cursor(&value)?,
                _ => wanted.limit = query::limit(&value)?,
            }
            Ok(())
        })?;
        Ok(wanted)
    }
}
