//! `POST /v1/inbound/{connection}/{inbound_key}`: what a provider reports, stored before it is answered.
//!
//! Whether the webhook is the provider's own was found out before it came here.

use super::{
    super::{
        gate::webhook,
        host::{Incoming, Outgoing},
        problem::Problem,
        relay::Entry,
        storage::{Fault, is_id, values},
        work::Halt,
    },
    Outbox,
    deliver::failed,
    record::{Record, find, messages},
};
use crate::{delivery::Input, event::Event, status::Status};

impl Outbox<'_> {
    pub(super) fn take_in(&self, connection: &str, incoming: &Incoming) -> Result<Outgoing, Halt> {
        let account = self.config.connections.find(connection, || Problem::not_found("no connection of this name"))?;
        self.has_room()?;
        let provider = account.provider.slug;
        let reports = account.reports(&webhook(incoming)?, |mut report, raw| {
            (report.identity(raw), report.reason.take(), report.event(provider, self.now, raw))
        });
        for (identity, reason, event) in reports {
            let entry = Entry {
                kind: event.kind.word(),
                source: Some((connection, provider)),
                subscriber: None,
                identity,
                at: event.at,
                message: event.message.as_ref(),
                raw: event.raw.json(),
            };
            if self.relay.log(&entry)? {
                self.heed(connection, &event, reason)?;
            }
        }
        // Whatspie sends what it finds in the answer; of nothing it finds nothing.
        Ok(Outgoing::text(200, "[]".to_owned()))
    }

    /// What an event says of a message of ours.
    fn heed(&self, connection: &str, event: &Event, reason: Option<String>) -> Result<(), Fault> {
        let id = event.message.as_ref().and_then(|message| message.id.as_ref()).filter(|id| is_id(id));
        let (Some(status), Some(id)) = (event.kind.status(), id) else { return Ok(()) };
        for record in find(self.storage, messages!("provider_id = ? AND connection = ?"), values![id, connection])? {
            self.progress(record, status, reason.clone())?;
        }
        Ok(())
    }

    /// What was reported of a message before its own answer came.
    pub(super) fn catch_up(&self, record: Record) -> Result<(), Fault> {
        let (Some(connection), Some(id)) = (&record.connection, &record.provider_id) else { return Ok(()) };
        for status in self.relay.statuses(connection, id)? {
            if let Some(record) = find(self.storage, messages!("seq = ?"), values![record.seq])?.pop() {
                self.progress(record, status, None)?;
            }
        }
        Ok(())
    }

    /// Takes a message as far as the provider says it is; never backwards.
    pub(super) fn progress(&self, record: Record, status: Status, reason: Option<String>) -> Result<(), Fault> {
        match self.step(&record, Input::Reported(status)) {
            Some(delivery) if delivery != record.delivery => {
                // What is known to be on its way has no error any more.
                let error = (status == Status::Failed).then(|| failed(reason));
                self.save(&Record { delivery, error, ..record }, None)
            }
            _ => Ok(()),
        }
    }
}
