//! The log: each event once, however often it is reported.

use super::Relay;
use crate::{
    bytes::hex,
    event::EventKind,
    event::EventMessage,
    json::Json,
    status::Status,
    timestamp::Timestamp,
    worker::storage::{Fault, is_id, parts, run, sql, values},
    write::to_json,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// For so long, in milliseconds, a report that has neither an id nor a time of its own is the same as one that reads the same:
/// gateways that get no answer ask again within minutes, and a device may go offline every day with the same words.
const SAME: i64 = 600_000;

/// Something to be written down.
pub(crate) struct Entry<'a> {
    pub(crate) kind: &'a str,
    /// The connection that it came by, and its provider.
    pub(crate) source: Option<(&'a str, &'a str)>,
    /// The subscriber that it is about.
    pub(crate) subscriber: Option<&'a str>,
    /// What is the same whenever the same is reported.
    pub(crate) identity: Option<String>,
    /// When it happened.
    pub(crate) at: Timestamp,
    pub(crate) message: Option<&'a EventMessage>,
    /// What was sent, as it came.
    pub(crate) raw: Json<'a>,
}

/// An event of the log.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct LoggedEvent<'a> {
    /// Its id: `evt_…`. The same event has the same id, whenever it is reported or delivered.
    id: &'a str,
    /// What happened. `subscriber.down` and `subscriber.up` are the Worker's own: a subscriber is paused, and no longer.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::event_types"))]
    kind: &'a str,
    /// The connection that it came by; `null` where it is about a subscriber.
    connection: Option<&'a str>,
    /// The provider of that connection.
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Slug>"))]
    provider: Option<&'a str>,
    /// The subscriber that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    subscriber: Option<&'a str>,
    /// When: as the provider says, else when the webhook came.
    at: Timestamp,
    /// The message that it is about, where it is about one.
    message: Option<&'a EventMessage>,
    /// What the provider sent, as it came. What is no JSON is a string, what is no text `{ "base64": "…" }`.
    #[cfg_attr(feature = "schema", schemars(with = "crate::Raw"))]
    raw: Json<'a>,
}

impl Relay<'_> {
    /// Writes an event down and queues it for whoever wants it. Returns whether it is new.
    pub(crate) fn log(&self, entry: &Entry<'_>) -> Result<bool, Fault> {
        let connection = entry.source.map(|(connection, _)| connection);
        // With a time of its own a text is of that time alone.
        let is_lasting = entry.identity.is_some() || entry.at != self.now;
        let same = entry.identity.as_deref().unwrap_or(entry.raw.text());
        let identity = digest(&[connection.unwrap_or_default(), same]);
        let since = if is_lasting { 0 } else { self.now.0 - SAME };
        let known = "SELECT 1 FROM event WHERE identity = ? AND came_at > ? LIMIT 1";
        if sql(self.storage, known, values![&identity, since])?.integer().is_some() {
            return Ok(false);
        }
        let id = match is_lasting {
            true => format!("evt_{identity}"),
            false => format!("evt_{}", digest(&[&identity, &self.now.to_string()])),
        };
        // A row holds 2 MB: what is no id of any message of ours is not kept as one.
        let about = entry.message.and_then(|message| message.id.as_ref()).filter(|id| is_id(id));
        let chat = entry.message.and_then(|message| message.chat.as_ref()).map(to_json);
        let thread = chat.as_ref().or(about).map(|thread| digest(&[connection.unwrap_or_default(), thread]));
        let rows = sql(
            self.storage,
            "INSERT INTO event (id, identity, type, connection, about, thread, came_at) VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING seq",
            values![&id, &identity, entry.kind, connection, about, thread.as_ref(), self.now],
        )?;
        let seq = rows.integer().unwrap_or_default();
        let text = to_json(&LoggedEvent {
            id: &id,
            kind: entry.kind,
            connection,
            provider: entry.source.map(|(_, provider)| provider),
            subscriber: entry.subscriber,
            at: entry.at,
            message: entry.message,
            raw: entry.raw,
        });
        for (part, text) in parts(&text) {
            let kept = "INSERT INTO event_text (event, part, text) VALUES (?, ?, ?)";
            run(self.storage, kept, values![seq, part, text])?;
        }
        for (name, subscriber) in self.config.subscribers() {
            if subscriber.wants(entry.kind, connection) {
                let queued = "INSERT INTO delivery \
                    (subscriber, event, thread, status, tries, attempt, next_at, attempts, queued_at, updated_at) \
                    VALUES (?1, ?2, ?3, 'pending', 0, 0, ?4, '', ?4, ?4)";
                run(self.storage, queued, values![name, seq, thread.as_ref(), self.now])?;
            }
        }
        self.has_news.set(true);
        Ok(true)
    }

    /// An event, as JSON; empty where it is forgotten.
    pub(super) fn text(&self, event: i64) -> Result<String, Fault> {
        let parts = "SELECT text FROM event_text WHERE event = ? ORDER BY part";
        Ok(sql(self.storage, parts, values![event])?.text())
    }

    /// How far this message of ours is, by all that was reported of it so far.
    pub(crate) fn statuses(&self, connection: &str, id: &str) -> Result<Vec<Status>, Fault> {
        let reported = "SELECT type FROM event WHERE about = ? AND connection = ? ORDER BY seq";
        let rows = sql(self.storage, reported, values![id, connection])?;
        let status = |word: String| EventKind::WORDS.iter().find(|(known, _)| *known == word)?.1.status();
        Ok(rows.all().iter().filter_map(|row| status(row.text(0)?)).collect())
    }
}

/// 128 bits of what the parts say, in hex.
fn digest(parts: &[&str]) -> String {
    let digest = Sha256::digest(to_json(parts));
    hex(digest.get(..16).unwrap_or(&digest))
}
