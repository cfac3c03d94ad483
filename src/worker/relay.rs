//! The relay: what providers report is written down once, as an event, and brought to whoever subscribed to it.
//!
//! It works inside the steps of the outbox, on tables of its own.
//!
//! ```text
//! inbound webhook ─▶ log ──▶ event ─┬─▶ GET /v1/events
//!                                   └─▶ delivery (one for each subscriber) ─▶ deliver ─▶ fetch
//!                                             ▲                                │
//!                                           replay                    came ◀───┘
//! ```

mod attempt;
mod deliver;
mod endpoint;
mod events;
mod log;
mod replay;
mod resource;

use super::{
    config::Config,
    storage::{END_OF_TIME, Fault, Storage, run, sql, values},
};
use crate::timestamp::Timestamp;
use std::cell::Cell;

pub(crate) use endpoint::Line;
pub(crate) use log::Entry;
#[cfg(feature = "schema")]
pub(crate) use {
    log::LoggedEvent,
    replay::Replayed,
    resource::{STATUSES, SubscriberResource, WebhookDelivery},
};

/// The tables. A `delivery` is one event for one subscriber: it waits where `next_at` is set, is on its way where `since`
/// is, and is over otherwise; its `thread` is the chat or the message in which its event has its place.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS event (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, identity TEXT NOT NULL, type TEXT NOT NULL,
        connection TEXT, about TEXT, thread TEXT, came_at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS event_identity ON event (identity)",
    "CREATE INDEX IF NOT EXISTS event_about ON event (about, connection) WHERE about IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS event_came ON event (came_at)",
    "CREATE TABLE IF NOT EXISTS event_text (
        event INTEGER, part INTEGER, text TEXT NOT NULL, PRIMARY KEY (event, part)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS delivery (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, subscriber TEXT NOT NULL, event INTEGER NOT NULL, thread TEXT,
        status TEXT NOT NULL, tries INTEGER NOT NULL, attempt INTEGER NOT NULL, next_at INTEGER, since INTEGER,
        attempts TEXT NOT NULL, queued_at INTEGER NOT NULL, updated_at INTEGER NOT NULL, UNIQUE (subscriber, event))",
    "CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event)",
    "CREATE INDEX IF NOT EXISTS delivery_due ON delivery (subscriber, next_at, event) WHERE next_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS delivery_sending ON delivery (subscriber, thread) WHERE since IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS delivery_failed ON delivery (subscriber) WHERE status = 'failed'",
    "CREATE TABLE IF NOT EXISTS subscriber (
        name TEXT PRIMARY KEY, target TEXT NOT NULL, last_at INTEGER, delivered_at INTEGER, failed_at INTEGER,
        rests_until INTEGER, paused_at INTEGER) WITHOUT ROWID",
];

/// The relay, for one step.
pub(crate) struct Relay<'a> {
    config: &'a Config,
    storage: &'a dyn Storage,
    now: Timestamp,
    /// Whether an event was written down in this step.
    has_news: Cell<bool>,
}

impl<'a> Relay<'a> {
    pub(crate) fn new(config: &'a Config, storage: &'a dyn Storage, now: Timestamp) -> Self {
        Self { config, storage, now, has_news: Cell::new(false) }
    }

    /// Makes the tables where there are none, and takes up what the last life left behind.
    pub(crate) fn start(&self) -> Result<(), Fault> {
        TABLES.iter().try_for_each(|table| run(self.storage, table, &[]))?;
        // Whatever the clock was then: it may have been ahead.
        self.stop(Timestamp(END_OF_TIME))?;
        self.welcome()
    }

    /// Whether events were written down since this was asked last.
    pub(crate) fn take_news(&self) -> bool {
        self.has_news.take()
    }

    /// Forgets events that came long ago, and what became of them.
    pub(crate) fn prune(&self) -> Result<(), Fault> {
        /// How many events are forgotten in one step.
        const AT_ONCE: i64 = 500;
        let end = self.now.0 - self.config.retention();
        let old = "SELECT MAX(seq) FROM (SELECT seq FROM event WHERE came_at <= ? ORDER BY came_at, seq LIMIT ?)";
        let Some(last) = sql(self.storage, old, values![end, AT_ONCE])?.integer() else { return Ok(()) };
        for forget in [
            "DELETE FROM delivery WHERE event IN (SELECT seq FROM event WHERE seq <= ? AND came_at <= ?)",
            "DELETE FROM event_text WHERE event IN (SELECT seq FROM event WHERE seq <= ? AND came_at <= ?)",
            "DELETE FROM event WHERE seq <= ? AND came_at <= ?",
        ] {
            run(self.storage, forget, values![last, end])?;
        }
        Ok(())
    }
}
