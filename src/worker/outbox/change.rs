//! What a caller changes about a message that was accepted: call it back, or say what became of it.

use super::{
    super::{
        host::{Incoming, Outgoing},
        messages,
        problem::Problem,
        storage::{run, values},
    },
    Halt, Outbox,
    agenda::GONE,
    record::{Record, find, messages},
    resource::no_message,
};
use crate::{
    delivery::{Delivery, Input, Refused, Verdict},
    input::read,
    timestamp::Timestamp,
};

impl Outbox<'_> {
    /// `DELETE /v1/messages/{id}`.
    pub(super) fn cancel(&self, id: &str) -> Result<Outgoing, Halt> {
        self.change(id, Input::Cancel, |Refused(status)| {
            format!("only what waits can be called back; this message is {}", status.word())
        })
    }

    /// `POST /v1/messages/{id}/resolve`.
    pub(super) fn resolve(&self, id: &str, incoming: &Incoming) -> Result<Outgoing, Halt> {
        let body = messages::json_body(incoming)?;
        let verdict = read(body, |input| {
            let mut members = input.members()?;
            let verdict = members.required("as").and_then(|input| input.one_of(Verdict::WORDS));
            members.end();
            verdict
        })?;
        self.change(id, Input::Resolve(verdict), |Refused(status)| {
            format!("only what is unknown can be resolved; this message is {}", status.word())
        })
    }

    fn change(&self, id: &str, input: Input, refused: impl Fn(Refused) -> String) -> Result<Outgoing, Halt> {
        let mut found = find(self.storage, messages!("id = ?"), values![id])?;
        let Some(record) = found.pop() else { return Err(no_message().into()) };
        let (delivery, _) =
            record.delivery.clone().step(input, self.now).map_err(|why| Problem::conflict(refused(why)))?;
        // What is sent again goes to the end of its chat: behind what was accepted in this millisecond, too.
        let turn = if input == Input::Resolve(Verdict::Resend) { Timestamp(self.now.0 + 1) } else { record.turn };
        // What is known to be sent has no error any more.
        let error = record.error.filter(|_| input != Input::Resolve(Verdict::Sent));
        self.save(&Record { delivery, turn, error, ..record }, None)?;
        self.show(id)
    }

    /// Writes down what has become of a message.
    pub(super) fn save(&self, record: &Record, attempt: Option<&str>) -> Result<(), super::Fault> {
        self.changed.borrow_mut().push(record.submission);
        record.save(self.storage, attempt, self.now)?;
        let waits_for = record.delivery.leg().filter(|_| record.delivery.is_waiting());
        if waits_for.is_some_and(|leg| self.config.connections.get(&leg.connection).is_none()) {
            run(self.storage, "UPDATE message SET next = ? WHERE seq = ?", values![GONE, record.seq])?;
        }
        Ok(())
    }

    /// The message after this input, where it can happen to it.
    pub(super) fn step(&self, record: &Record, input: Input) -> Option<Delivery> {
        record.delivery.clone().step(input, self.now).ok().map(|(delivery, _)| delivery)
    }
}
