//! `POST /v1/subscribers/{name}/replay`: events once more, whatever became of them.

use super::{Relay, resource::STATUSES};
use crate::{
    error::{Error, Violation},
    input::{Input, read},
    timestamp::Timestamp,
    worker::{
        host::{Incoming, Outgoing},
        messages,
        problem::Problem,
        storage::{is_id, sql, values},
        work::Halt,
    },
    write::to_json,
};
use serde::Serialize;

/// Which events are to go out once more.
struct Wanted {
    event: Option<String>,
    since: Option<Timestamp>,
    status: Option<&'static str>,
}

/// What was replayed.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub(crate) struct Replayed {
    /// How many events go to the subscriber now.
    deliveries: i64,
}

impl Wanted {
    fn read(incoming: &Incoming) -> Result<Self, Problem> {
        let statuses: Vec<_> = STATUSES.iter().map(|status| (*status, *status)).collect();
        let wanted = read(messages::json_body(incoming)?, |input| {
            let mut members = input.members()?;
            let wanted = Self {
                event: members.optional("event").and_then(Input::string),
                since: members.optional("since").and_then(Input::timestamp),
                status: members.optional("status").and_then(|input| input.one_of(&statuses)),
            };
            members.end();
            Some(wanted)
        })?;
        match (&wanted.event, wanted.since) {
            (Some(_), None) if wanted.status.is_none() => Ok(wanted),
            (None, Some(_)) => Ok(wanted),
            _ => {
                let detail = r#"{ "event": "evt_…" } or { "since": "2026-11-05T08:30:00Z" }, the latter with "status" where only those that are so far are meant"#;
                Err(Error::invalid(vec![Violation::new("", detail)]).into())
            }
        }
    }
}

impl Relay<'_> {
    /// Queues events anew, with all tries before them; a subscriber that is paused is no longer.
    pub(crate) fn replay(&self, name: &str, incoming: &Incoming) -> Result<Outgoing, Halt> {
        let subscriber = self.known(name)?;
        let wanted = Wanted::read(incoming)?;
        if let Some(id) = &wanted.event
            && (!is_id(id) || sql(self.storage, "SELECT 1 FROM event WHERE id = ?", values![id])?.integer().is_none())
        {
            return Err(Problem::not_found("no event of this id; it may have been pruned").into());
        }
        self.resume(name, "a replay was asked for")?;
        let connections = subscriber.connections.as_ref().map(to_json);
        // Whatever is on its way goes on, and its outcome counts.
        sql(
            self.storage,
            "INSERT INTO delivery (subscriber, event, thread, status, tries, attempt, next_at, attempts, queued_at, updated_at) \
             SELECT ?1, event.seq, event.thread, 'pending', 0, 0, ?2, '', ?2, ?2 FROM event \
             LEFT JOIN delivery AS former ON former.subscriber = ?1 AND former.event = event.seq \
             WHERE (?3 IS NULL OR event.id = ?3) AND (?4 IS NULL OR came_at >= ?4) AND (?5 IS NULL OR former.status = ?5) \
             AND (?3 IS NOT NULL OR EXISTS (SELECT 1 FROM json_each(?6) WHERE event.type GLOB value)) \
             AND (?3 IS NOT NULL OR ?7 IS NULL OR connection IN (SELECT value FROM json_each(?7))) \
             ORDER BY event.seq \
             ON CONFLICT (subscriber, event) DO UPDATE SET status = 'pending', tries = 0, next_at = excluded.next_at, \
             queued_at = excluded.queued_at, updated_at = excluded.updated_at WHERE since IS NULL",
            values![
                name,
                self.now,
                wanted.event.as_ref(),
                wanted.since,
                wanted.status,
                &to_json(subscriber.patterns()),
                connections.as_ref()
            ],
        )?;
        let deliveries = sql(self.storage, "SELECT CHANGES()", values![])?.integer().unwrap_or_default();
        Ok(Outgoing::json(202, &Replayed { deliveries }))
    }
}
