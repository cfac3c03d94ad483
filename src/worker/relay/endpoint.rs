//! How the subscribers' endpoints fare: who is to be left alone, for how long, and who is paused.

use super::{Relay, attempt::Reception, log::Entry};
use crate::{
    bytes::hex,
    json::Json,
    timestamp::Timestamp,
    worker::{
        storage::{Fault, Row, run, sql, values},
        subscriber::{DOWN, Subscriber, UP},
    },
    write::to_json,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

/// A subscriber, and what waits for it.
pub(crate) struct Line<'c> {
    pub(super) name: &'c str,
    pub(super) subscriber: &'c Subscriber,
    /// When the first delivery may go, as far as it depends on itself.
    next: Option<Timestamp>,
    /// Since when the oldest of those on their way is.
    pub(crate) since: Option<Timestamp>,
    /// How many are on their way.
    pub(crate) busy: i64,
    /// When it was tried last.
    pub(super) last_at: Option<Timestamp>,
    /// Whether the last of its answers was no.
    pub(super) is_failing: bool,
    rests_until: Option<Timestamp>,
    pub(super) paused_at: Option<Timestamp>,
}

impl Line<'_> {
    /// When it may get something; `None` where there is nothing, or it is paused.
    pub(crate) fn ready_at(&self) -> Option<Timestamp> {
        let next = self.next.filter(|_| self.paused_at.is_none())?;
        Some(self.rests_until.map_or(next, |until| until.max(next)))
    }

    fn read(&mut self, row: &Row<'_>) {
        (self.next, self.since, self.last_at) = (row.time(0), row.time(1), row.time(3));
        self.busy = row.integer(2).unwrap_or_default();
        self.is_failing = row.time(5) > row.time(4);
        (self.rests_until, self.paused_at) = (row.time(6), row.time(7));
    }
}

const LINES: &str = "SELECT (SELECT MIN(next_at) FROM delivery WHERE subscriber = value AND next_at IS NOT NULL), \
    (SELECT MIN(since) FROM delivery WHERE subscriber = value AND since IS NOT NULL), \
    (SELECT COUNT(*) FROM delivery WHERE subscriber = value AND since IS NOT NULL), \
    last_at, delivered_at, failed_at, rests_until, paused_at \
    FROM json_each(?) LEFT JOIN subscriber ON name = value ORDER BY key";

/// What the Worker tells about a subscriber in an event of its own.
#[derive(Serialize)]
struct Told<'a> {
    subscriber: &'a str,
    reason: &'a str,
}

impl<'a> Relay<'a> {
    /// The subscribers, and what waits for them.
    pub(crate) fn lines(&self) -> Result<Vec<Line<'a>>, Fault> {
        let line = |(name, subscriber)| Line {
            name,
            subscriber,
            next: None,
            since: None,
            busy: 0,
            last_at: None,
            is_failing: false,
            rests_until: None,
            paused_at: None,
        };
        let mut lines: Vec<_> = self.config.subscribers().map(line).collect();
        if lines.is_empty() {
            return Ok(lines);
        }
        let names = to_json(&lines.iter().map(|line| line.name).collect::<Vec<_>>());
        let rows = sql(self.storage, LINES, values![&names])?;
        for (line, row) in lines.iter_mut().zip(rows.all()) {
            line.read(&row);
        }
        Ok(lines)
    }

    /// Gets to know the subscribers of the configuration. One that is at another URL by now is no longer paused.
    pub(super) fn welcome(&self) -> Result<(), Fault> {
        for (name, subscriber) in self.config.subscribers() {
            let target = hex(&Sha256::digest(&subscriber.url));
            let moved = "SELECT 1 FROM subscriber WHERE name = ? AND target <> ?";
            if sql(self.storage, moved, values![name, &target])?.integer().is_some() {
                self.resume(name, "its URL is another one")?;
            }
            let known = "INSERT INTO subscriber (name, target) VALUES (?, ?) \
                ON CONFLICT (name) DO UPDATE SET target = excluded.target";
            run(self.storage, known, values![name, &target])?;
        }
        Ok(())
    }

    /// It is tried now.
    pub(super) fn tried(&self, name: &str) -> Result<(), Fault> {
        run(self.storage, "UPDATE subscriber SET last_at = ? WHERE name = ?", values![self.now, name])
    }

    /// What its last answer says of the endpoint; `is_over` where an event ran out of tries that was queued at this time.
    pub(super) fn learn(&self, name: &str, reception: Reception, is_over: Option<Timestamp>) -> Result<(), Fault> {
        match reception {
            // It ends neither a pause nor a rest: nothing is begun in either, so this one went out before.
            Reception::Taken => {
                let taken = "UPDATE subscriber SET delivered_at = ? WHERE name = ?";
                run(self.storage, taken, values![self.now, name])
            }
            Reception::Gone => {
                self.failed(name, None)?;
                self.pause(name, "it answered 410 Gone")
            }
            Reception::Failed { retry_after } => {
                self.failed(name, retry_after)?;
                let Some(queued_at) = is_over else { return Ok(()) };
                let none = "SELECT 1 FROM subscriber WHERE name = ? AND COALESCE(delivered_at, 0) < ?";
                match sql(self.storage, none, values![name, queued_at])?.integer() {
                    Some(_) => {
                        self.pause(name, "an event ran out of tries, and no other was taken since the first of them")
                    }
                    None => Ok(()),
                }
            }
        }
    }

    fn failed(&self, name: &str, retry_after: Option<u32>) -> Result<(), Fault> {
        let until = retry_after.map(|seconds| Timestamp(self.now.0 + i64::from(seconds) * 1000));
        let failed = "UPDATE subscriber SET failed_at = ?, rests_until = MAX(COALESCE(rests_until, 0), COALESCE(?, 0)) WHERE name = ?";
        run(self.storage, failed, values![self.now, until, name])
    }

    /// Nothing goes to it any more; what there is for it is kept.
    fn pause(&self, name: &str, reason: &str) -> Result<(), Fault> {
        let paused = "UPDATE subscriber SET paused_at = ? WHERE name = ? AND paused_at IS NULL RETURNING 1";
        match sql(self.storage, paused, values![self.now, name])?.integer() {
            Some(_) => self.tell(DOWN, name, reason),
            None => Ok(()),
        }
    }

    /// It is worth a try again.
    pub(super) fn resume(&self, name: &str, reason: &str) -> Result<(), Fault> {
        run(self.storage, "UPDATE subscriber SET rests_until = NULL WHERE name = ?", values![name])?;
        let resumed = "UPDATE subscriber SET paused_at = NULL WHERE name = ? AND paused_at IS NOT NULL RETURNING 1";
        match sql(self.storage, resumed, values![name])?.integer() {
            Some(_) => self.tell(UP, name, reason),
            None => Ok(()),
        }
    }

    fn tell(&self, kind: &str, name: &str, reason: &str) -> Result<(), Fault> {
        let raw = to_json(&Told { subscriber: name, reason });
        self.log(&Entry {
            kind,
            source: None,
            subscriber: Some(name),
            // Each time is one of its own.
            identity: Some(to_json(&(kind, name, self.now))),
            at: self.now,
            message: None,
            raw: Json::parse(raw.as_bytes()).unwrap_or(Json::NULL),
        })
        .map(drop)
    }
}
