//! What there is to do, and from when on: one look at the whole database.

use super::{
    super::{
        config::Number,
        relay,
        storage::{Fault, sql, values},
    },
    Outbox,
    accept::KEPT,
    tokens,
};
use crate::{
    pace::{Budget, Pace},
    timestamp::Timestamp,
    write::to_json,
};

/// Where a message goes next whose connection is gone from the configuration.
pub(super) const GONE: &str = "";

/// What waits, each with the earliest time of its kind.
pub(super) struct Agenda<'c> {
    /// The numbers.
    pub(super) numbers: Vec<Line<'c>>,
    /// Since when a message has been on its way.
    pub(super) sending: Option<Timestamp>,
    /// When a message expires.
    pub(super) end: Option<Timestamp>,
    /// When a provider is to be asked.
    pub(super) follow: Option<Timestamp>,
    /// When the oldest idempotency key came.
    pub(super) key: Option<Timestamp>,
    /// Since when a message has been over.
    pub(super) over: Option<Timestamp>,
    /// The subscribers.
    pub(super) subscribers: Vec<relay::Line<'c>>,
    /// When the oldest event came.
    pub(super) event: Option<Timestamp>,
    /// When the first token ends that was used.
    pub(super) token: Option<Timestamp>,
    /// For how many milliseconds messages and events are kept.
    pub(super) retention: i64,
}

/// Those who wait for one number.
pub(super) struct Line<'c> {
    pub(super) number: Number<'c>,
    /// When the first of them may go, as far as it depends on itself.
    pub(super) next: Option<Timestamp>,
    /// How many are on their way.
    pub(super) busy: i64,
    /// What the number has spent.
    pub(super) budget: Budget,
}

/// The first row is about all, and one follows for each connection of each number, in their order.
const LOOK: &str = "SELECT NULL AS place, (SELECT MIN(since) FROM message WHERE since IS NOT NULL), \
    (SELECT MIN(expires_at) FROM message WHERE next IS NOT NULL AND expires_at IS NOT NULL), \
    (SELECT MIN(follow_at) FROM message WHERE follow_at IS NOT NULL), \
    (SELECT MIN(at) FROM idempotency), (SELECT MIN(updated_at) FROM message WHERE open = 0), \
    (SELECT MIN(came_at) FROM event), (SELECT MIN(expires_at) FROM token) \
    UNION ALL SELECT line.key, (SELECT MIN(next_at) FROM message WHERE next = line.value ->> 0 AND held = 0), \
    (SELECT COUNT(*) FROM message WHERE since IS NOT NULL AND connection = line.value ->> 0), last_at, whole_at, \
    NULL, NULL, NULL FROM json_each(?) AS line LEFT JOIN pace ON number = line.value ->> 1 ORDER BY place";

impl<'c> Outbox<'c> {
    /// What there is to do.
    pub(super) fn agenda(&self) -> Result<Agenda<'c>, Fault> {
        let gone = Number { name: String::new(), pace: Pace::default(), connections: vec![GONE] };
        let numbers: Vec<_> = self.config.numbers().into_iter().chain([gone]).collect();
        let of_number = |number| {
            let Number { name, connections, .. }: &Number<'_> = number;
            connections.iter().map(move |connection| (*connection, name.as_str()))
        };
        let connections = to_json(&numbers.iter().flat_map(of_number).collect::<Vec<_>>());
        let rows = sql(self.storage, LOOK, values![&connections])?;
        let rows = rows.all();
        let mut rows = rows.iter();
        let all = rows.next();
        let time = |at| all.and_then(|row| row.time(at));
        let line = |number: Number<'c>| {
            let mut line = Line { number, next: None, busy: 0, budget: Budget::default() };
            for row in rows.by_ref().take(line.number.connections.len()) {
                line.next = line.next.into_iter().chain(row.time(1)).min();
                line.busy += row.integer(2).unwrap_or_default();
                let spent = row.integer(3).zip(row.integer(4));
                line.budget = spent.map(|(last_at, whole_at)| Budget { last_at, whole_at }).unwrap_or_default();
            }
            line
        };
        Ok(Agenda {
            numbers: numbers.into_iter().map(line).collect(),
            sending: time(1),
            end: time(2),
            follow: time(3),
            key: time(4),
            over: time(5),
            subscribers: self.relay.lines()?,
            event: time(6),
            token: time(7),
            retention: self.config.retention(),
        })
    }
}

impl Agenda<'_> {
    /// When the first is forgotten of idempotency keys, of messages, of events, and of tokens.
    pub(super) fn forget(&self) -> [Option<Timestamp>; 4] {
        let later = |at: Option<Timestamp>, wait: i64| at.map(|at| Timestamp(at.0 + wait));
        [
            later(self.key, KEPT),
            later(self.over, self.retention),
            later(self.event, self.retention),
            later(self.token, tokens::KEPT),
        ]
    }
}

pub(super) fn is_due(at: Option<Timestamp>, now: Timestamp) -> bool {
    at.is_some_and(|at| at <= now)
}
