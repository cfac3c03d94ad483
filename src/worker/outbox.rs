//! The outbox: what was accepted is kept here until it is sent, and its story for a month.
//!
//! One Durable Object with a database. It works in steps, each of which is one transaction: load, let
//! [`Delivery`](crate::delivery::Delivery) decide, store; what is then to be fetched is fetched after the step is
//! stored, so that a crash at any moment leaves behind what was in flight.
//!
//! ```text
//! ask ──▶ accept, change, resource, hooks ─┐
//!    └──▶ inbound ──▶ Relay ───────────────┤
//! alarm ─▶ deliver ──▶ Relay ──────────────┼──▶ Record ◀──▶ Storage
//! came ──▶ deliver ──▶ Relay ──────────────┘        │
//!                                                   ▼
//!                                     Work: fetches, and the next alarm
//! ```
//!
//! The [relay](super::relay) works in the same steps, so that an event and what it says of a message are stored together.

mod accept;
mod agenda;
mod attempt;
mod change;
mod deliver;
mod hooks;
mod inbound;
mod prune;
mod record;
mod resource;
mod tokens;

use super::{
    config::Config,
    host::{Incoming, Outgoing},
    problem::Problem,
    relay::Relay,
    route::Route,
    storage::{END_OF_TIME, Fault, Storage, run, sql, values},
    work::{Asked, Halt, News, Work},
};
use crate::{error::ErrorKind, timestamp::Timestamp, write::to_json};
use std::cell::{Cell, RefCell};

use agenda::GONE;
pub(crate) use attempt::Attempt;
#[cfg(feature = "schema")]
pub(crate) use {
    accept::{LONGEST_KEY, LONGEST_WAIT},
    hooks::Hooked,
    resource::{Batch, Resource},
};

/// The outbox, for one step.
pub struct Outbox<'a> {
    config: &'a Config,
    storage: &'a dyn Storage,
    now: Timestamp,
    relay: Relay<'a>,
    /// The submissions of which something has changed in this step.
    changed: RefCell<Vec<i64>>,
    /// Whether something may be due by now that was not when this step looked at what is.
    has_moved_on: Cell<bool>,
    /// When there is something to do for what this step accepted, where that is not now.
    later: Cell<Option<Timestamp>>,
}

impl<'a> Outbox<'a> {
    /// The outbox as it is now.
    pub fn new(config: &'a Config, storage: &'a dyn Storage, now: Timestamp) -> Self {
        let relay = Relay::new(config, storage, now);
        Self {
            config,
            storage,
            now,
            relay,
            changed: RefCell::default(),
            has_moved_on: Cell::new(false),
            later: Cell::default(),
        }
    }

    /// Begins a life of the object: makes the tables, and owns up to what the last life left in flight.
    pub fn start(&self) -> Result<Work, Fault> {
        record::create(self.storage)?;
        self.relay.start()?;
        // Whatever the clock was then: it may have been ahead.
        self.stop(Timestamp(END_OF_TIME))?;
        let names = to_json(&self.config.connections.names().collect::<Vec<_>>());
        // What was gone may be back.
        let back = "UPDATE message SET next = json_extract(legs, '$[' || COALESCE(leg, 0) || '][0]') WHERE next = ?";
        run(self.storage, back, values![GONE])?;
        let gone =
            "UPDATE message SET next = ? WHERE next IS NOT NULL AND next NOT IN (SELECT value FROM json_each(?))";
        run(self.storage, gone, values![GONE, &names])?;
        // What is over is to be forgotten some day.
        let work = "SELECT 1 FROM message UNION ALL SELECT 1 FROM idempotency \
            UNION ALL SELECT 1 FROM event UNION ALL SELECT 1 FROM token LIMIT 1";
        let has_work = sql(self.storage, work, values![])?.integer().is_some();
        Ok(Work { alarm: has_work.then_some(self.now), ..Work::default() })
    }

    /// Answers a request that a caller makes, and tells what has happened by it. One who has waited for long enough
    /// (`is_over`) gets what there is.
    pub fn ask(&self, incoming: &Incoming, is_over: bool) -> Result<(Asked, News), Fault> {
        match self.answered(incoming, is_over) {
            Ok(asked) => Ok((asked, self.news())),
            Err(Halt::Problem(problem)) => Ok((Asked::Answer(problem.respond()), News::default())),
            Err(Halt::Fault(fault)) => Err(fault),
        }
    }

    fn answered(&self, incoming: &Incoming, is_over: bool) -> Result<Asked, Halt> {
        let pass = incoming.pass.as_ref();
        // Once more: by now it may have expired, and its count may be forgotten.
        pass.map_or(Ok(()), |pass| pass.admit(incoming, self.now))?;
        match (Route::of(&incoming.path), incoming.method.as_str()) {
            (Some(Route::Inbound(connection, _)), _) => self.take_in(connection, incoming).map(Asked::Answer),
            (Some(Route::Hook(name, _)), _) => self.hook(name, incoming).map(Asked::Answer),
            (Some(Route::Events), _) => self.listen(incoming, is_over),
            (Some(Route::Subscribers), _) => self.relay.subscribers().map(Asked::Answer),
            (Some(Route::Deliveries(name)), _) => self.relay.deliveries(name, incoming).map(Asked::Answer),
            (Some(Route::Replay(name)), _) => self.relay.replay(name, incoming).map(Asked::Answer),
            (Some(Route::Messages), "POST") => self.accept(incoming),
            (Some(Route::Messages), _) => self.list(incoming).map(Asked::Answer),
            (Some(Route::Message(id)), method) => {
                self.reveal(id, pass)?;
                let answer = if method == "DELETE" { self.cancel(id) } else { self.show(id) };
                answer.map(Asked::Answer)
            }
            (Some(Route::Resolve(id)), _) => self.resolve(id, incoming).map(Asked::Answer),
            _ => Err(Problem::not_found("there is nothing at this path").into()),
        }
    }

    fn listen(&self, incoming: &Incoming, is_over: bool) -> Result<Asked, Halt> {
        let wait = incoming.header("prefer").map_or(Ok(None), accept::wait)?;
        self.relay.events(incoming, wait.filter(|_| !is_over))
    }

    /// What has happened since this was asked last.
    fn news(&self) -> News {
        News { submissions: self.changed.take(), events: self.relay.take_news(), later: self.later.take() }
    }
}

/// The answer where the storage failed.
#[must_use]
pub fn faulty() -> Outgoing {
    let detail = "the outbox cannot be written to: nothing was accepted";
    Problem::new(503, ErrorKind::Unavailable, detail).later(10).respond()
}
