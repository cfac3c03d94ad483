//! Subscribers and deliveries as the API tells them.

use super::{Line, Relay};
use crate::{
    json::Raw,
    timestamp::Timestamp,
    worker::{
        host::{Incoming, Outgoing},
        page,
        problem::Problem,
        query,
        storage::{END_OF_TIME, Fault, Row, sql, values},
        subscriber::Subscriber,
        work::Halt,
    },
};
use serde::Serialize;

/// A subscriber, and how it fares.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Subscriber"))]
pub(crate) struct SubscriberResource<'a> {
    /// Its name in the configuration.
    name: &'a str,
    /// Scheme and host of its URL; the rest may hold a key.
    origin: &'a str,
    /// The types of events that it gets, as patterns.
    events: &'a [String],
    /// The connections whose events it gets; `null` is all.
    connections: Option<&'a [String]>,
    /// `up`; `failing` where its last answer was no; `paused` where nothing goes to it until a replay, or another URL.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["up", "failing", "paused"])))]
    state: &'static str,
    /// Since when it is paused.
    paused_at: Option<Timestamp>,
    /// How many events wait for it.
    pending: i64,
    /// How many events were given up.
    failed: i64,
}

/// One event for one subscriber.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct WebhookDelivery {
    /// The id of the event: `evt_…`, which is also its `webhook-id`.
    event: String,
    /// The type of the event.
    #[serde(rename = "type")]
    kind: String,
    /// `pending`, `delivered`, or `failed` when all tries are over.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = STATUSES)))]
    status: String,
    /// All tries with the answer that each got, the first one first.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<super::attempt::Attempt>"))]
    attempts: Raw,
    /// When it is tried next.
    next_at: Option<Timestamp>,
    /// When it was queued, or replayed last.
    queued_at: Timestamp,
    /// When anything about it changed last.
    updated_at: Timestamp,
}

impl WebhookDelivery {
    fn of(row: &Row<'_>) -> Option<Self> {
        Some(Self {
            event: row.text(1)?,
            kind: row.text(2)?,
            status: row.text(3)?,
            attempts: row.list(4)?,
            next_at: row.time(5),
            queued_at: row.time(6)?,
            updated_at: row.time(7)?,
        })
    }
}

/// How far a delivery may be.
pub(crate) const STATUSES: [&str; 3] = ["pending", "delivered", "failed"];

impl Relay<'_> {
    /// `GET /v1/subscribers`.
    pub(crate) fn subscribers(&self) -> Result<Outgoing, Halt> {
        let lines = self.lines()?;
        let items: Result<Vec<_>, Fault> = lines.iter().map(|line| self.resource(line)).collect();
        Ok(page::whole(&items?))
    }

    fn resource<'l>(&self, line: &'l Line<'_>) -> Result<SubscriberResource<'l>, Fault> {
        let count = |counted| Ok(sql(self.storage, counted, values![line.name])?.integer().unwrap_or_default());
        let pending = "SELECT COUNT(*) FROM delivery WHERE subscriber = ? AND next_at IS NOT NULL";
        let failed = "SELECT COUNT(*) FROM delivery WHERE subscriber = ? AND status = 'failed'";
        let state = match (line.paused_at, line.is_failing) {
            (Some(_), _) => "paused",
            (_, true) => "failing",
            (_, false) => "up",
        };
        Ok(SubscriberResource {
            name: line.name,
            origin: line.subscriber.origin(),
            events: line.subscriber.patterns(),
            connections: line.subscriber.connections.as_deref(),
            state,
            paused_at: line.paused_at,
            pending: count(pending)? + line.busy,
            failed: count(failed)?,
        })
    }

    /// `GET /v1/subscribers/{name}/deliveries`: those of the newest events first.
    pub(crate) fn deliveries(&self, name: &str, incoming: &Incoming) -> Result<Outgoing, Halt> {
        self.known(name)?;
        let (mut status, mut before, mut limit) = (None, END_OF_TIME, query::LIMITS.0);
        query::parameters(incoming, &["status", "cursor", "limit"], |name, value| {
            match name {
                "status" => status = Some(read_status(value)?),
                "cursor" => before = query::cursor(&value)?,
                _ => limit = query::limit(&value)?,
            }
            Ok(())
        })?;
        let rows = sql(
            self.storage,
            "SELECT event, event.id, type, status, attempts, next_at, queued_at, updated_at \
             FROM delivery JOIN event ON event.seq = event \
             WHERE subscriber = ?1 AND event < ?2 AND (?3 IS NULL OR status = ?3) ORDER BY event DESC LIMIT ?4",
            values![name, before, status.as_ref(), limit + 1],
        )?;
        let found = rows.all();
        let found: Vec<_> = found.iter().filter_map(|row| Some((row.integer(0)?, WebhookDelivery::of(row)?))).collect();
        Ok(page::part(&found, limit))
    }

    /// The subscriber of this name.
    pub(super) fn known(&self, name: &str) -> Result<&Subscriber, Problem> {
        let none = || Problem::not_found("no subscriber of this name in CHASKI_CONFIG");
        self.config.subscribers.find(name, none)
    }
}

pub(super) fn read_status(value: String) -> Result<String, String> {
    if STATUSES.contains(&value.as_str()) { Ok(value) } else { Err(format!("one of {}", STATUSES.join(", "))) }
}
