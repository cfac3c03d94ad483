//! The outbox: what was accepted is kept here until it is sent, and its story for a month.
//!
//! One Durable Object with a database. It works in steps, each of which is one transaction: load, let
//! [`Delivery`](crate::delivery::Delivery) decide, store; what is then to be fetched is fetched after the step is
//! stored, so that a crash at any moment leaves behind what was in flight.
//!
//! ```text
//! ask ──▶ accept, change, resource ─┐
//! alarm ─▶ deliver ─────────────────┼──▶ Record ◀──▶ Storage
//! came ──▶ deliver ─────────────────┘        │
//!                                            ▼
//!                              Work: fetches, and the next alarm
//! ```

mod accept;
mod agenda;
mod attempt;
mod change;
mod deliver;
mod prune;
mod record;
mod resource;

use super::{
    config::Config,
    host::{Incoming, Outgoing},
    problem::Problem,
    route::Route,
    storage::{Fault, Storage, sql, values},
};
use crate::{error::ErrorKind, http::Request, timestamp::Timestamp, write::to_json};
use std::cell::{Cell, RefCell};

use agenda::GONE;
pub(crate) use attempt::Attempt;
#[cfg(feature = "schema")]
pub(crate) use resource::{Batch, Resource};

/// The outbox, for one step.
pub struct Outbox<'a> {
    config: &'a Config,
    storage: &'a dyn Storage,
    now: Timestamp,
    /// The submissions of which something has changed in this step.
    changed: RefCell<Vec<i64>>,
    /// Whether something may be due by now that was not when this step looked at what is.
    has_moved_on: Cell<bool>,
}

/// What comes of a step.
#[derive(Debug, Default)]
pub struct Work {
    /// What is to be fetched now.
    pub fetches: Vec<Fetch>,
    /// When there is something to do again.
    pub alarm: Option<Timestamp>,
    /// The submissions of which something has changed: somebody may wait for that.
    pub changed: Vec<i64>,
}

/// A request that is to be made for a message.
#[derive(Debug)]
pub struct Fetch {
    /// Whose it is: goes back with what came of it.
    pub errand: Errand,
    /// The request.
    pub request: Request,
}

/// Later than anything: the largest number that JavaScript counts exactly.
const END_OF_TIME: i64 = (1 << 53) - 1;

/// What a fetch is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errand {
    /// The message.
    pub seq: i64,
    /// Which try to send it this is; `None` where it is only asked how far the message is.
    pub attempt: Option<i64>,
}

/// The answer to a caller.
#[derive(Debug)]
pub enum Asked {
    /// At once.
    Answer(Outgoing),
    /// When the first outcome of this submission is known, or these seconds are over: then [`Outbox::answer`] has it.
    Wait {
        /// The submission.
        submission: i64,
        /// Seconds.
        seconds: u32,
    },
}

/// Why a step came to nothing: the caller's mistake, or the storage's.
enum Halt {
    Problem(Box<Problem>),
    Fault(Fault),
}

impl<P: Into<Problem>> From<P> for Halt {
    fn from(problem: P) -> Self {
        Self::Problem(Box::new(problem.into()))
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl<'a> Outbox<'a> {
    /// The outbox as it is now.
    pub fn new(config: &'a Config, storage: &'a dyn Storage, now: Timestamp) -> Self {
        Self { config, storage, now, changed: RefCell::default(), has_moved_on: Cell::new(false) }
    }

    /// Begins a life of the object: makes the tables, and owns up to what the last life left in flight.
    pub fn start(&self) -> Result<Work, Fault> {
        record::create(self.storage)?;
        // Whatever the clock was then: it may have been ahead.
        self.stop(Timestamp(END_OF_TIME))?;
        let names = to_json(&self.config.connections.names().collect::<Vec<_>>());
        // What was gone may be back.
        let back = "UPDATE message SET next = json_extract(legs, '$[' || COALESCE(leg, 0) || '][0]') WHERE next = ?";
        sql(self.storage, back, values![GONE])?;
        let gone =
            "UPDATE message SET next = ? WHERE next IS NOT NULL AND next NOT IN (SELECT value FROM json_each(?))";
        sql(self.storage, gone, values![GONE, &names])?;
        // What is over is to be forgotten some day.
        let work = "SELECT 1 FROM message UNION ALL SELECT 1 FROM idempotency LIMIT 1";
        let has_work = sql(self.storage, work, values![])?.integer().is_some();
        Ok(Work { alarm: has_work.then_some(self.now), ..Work::default() })
    }

    /// Answers a request that a caller makes, and tells the submissions of which something has changed by it.
    pub fn ask(&self, incoming: &Incoming) -> Result<(Asked, Vec<i64>), Fault> {
        let answered = match (Route::of(&incoming.path), incoming.method.as_str()) {
            (Some(Route::Messages), "POST") => self.accept(incoming),
            (Some(Route::Messages), _) => self.list(incoming).map(Asked::Answer),
            (Some(Route::Message(id)), "DELETE") => self.cancel(id).map(Asked::Answer),
            (Some(Route::Message(id)), _) => self.show(id).map(Asked::Answer),
            (Some(Route::Resolve(id)), _) => self.resolve(id, incoming).map(Asked::Answer),
            _ => Err(Problem::not_found("there is nothing at this path").into()),
        };
        match answered {
            Ok(asked) => Ok((asked, self.changed.take())),
            Err(Halt::Problem(problem)) => Ok((Asked::Answer(problem.respond()), Vec::new())),
            Err(Halt::Fault(fault)) => Err(fault),
        }
    }
}

/// The answer where the storage failed.
#[must_use]
pub fn faulty() -> Outgoing {
    let detail = "the outbox cannot be written to: nothing was accepted";
    Problem::new(503, ErrorKind::Unavailable, detail).later(10).respond()
}
