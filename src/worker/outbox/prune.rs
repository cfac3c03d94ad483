//! Forgetting: what is over is kept for as long as the configuration says, and no longer.

use super::{
    super::storage::{Fault, run, sql, values},
    Outbox,
    accept::KEPT,
    agenda::{Agenda, is_due},
};
use crate::{timestamp::Timestamp, write::to_json};

/// How many messages are forgotten in one step.
const AT_ONCE: i64 = 500;

impl Outbox<'_> {
    /// Forgets messages that have been over for long, events that came long ago, idempotency keys of yesterday, and tokens. Returns
    /// whether there was something to forget.
    pub(super) fn prune(&self, agenda: &Agenda<'_>) -> Result<bool, Fault> {
        let [key, message, event, token] = agenda.forget().map(|at| is_due(at, self.now));
        if key {
            self.prune_keys()?;
        }
        if message {
            self.prune_messages()?;
        }
        if event {
            self.relay.prune()?;
        }
        if token {
            self.prune_tokens()?;
        }
        Ok(key || message || event || token)
    }

    /// Forgets the keys of yesterday, and the answers to them.
    pub(super) fn prune_keys(&self) -> Result<(), Fault> {
        let yesterday = Timestamp(self.now.0 - KEPT);
        let answers = "DELETE FROM text WHERE kind = 'answer' AND submission IN \
            (SELECT submission FROM idempotency WHERE at <= ?)";
        run(self.storage, answers, values![yesterday])?;
        run(self.storage, "DELETE FROM idempotency WHERE at <= ?", values![yesterday])
    }

    fn prune_messages(&self) -> Result<(), Fault> {
        let end = Timestamp(self.now.0 - self.config.retention());
        let over = "DELETE FROM message WHERE seq IN \
            (SELECT seq FROM message WHERE open = 0 AND updated_at <= ? ORDER BY updated_at LIMIT ?) RETURNING submission";
        let rows = sql(self.storage, over, values![end, AT_ONCE])?;
        let submissions: Vec<_> = rows.all().iter().filter_map(|row| row.integer(0)).collect();
        let submissions = to_json(&submissions);
        let empty = "DELETE FROM submission WHERE id IN (SELECT value FROM json_each(?)) \
            AND NOT EXISTS (SELECT 1 FROM message WHERE seq BETWEEN first AND last)";
        run(self.storage, empty, values![&submissions])?;
        let texts = "DELETE FROM text WHERE submission IN (SELECT value FROM json_each(?)) \
            AND submission NOT IN (SELECT id FROM submission)";
        run(self.storage, texts, values![&submissions])?;
        let posted = "DELETE FROM posted WHERE submission IN (SELECT value FROM json_each(?)) \
            AND submission NOT IN (SELECT id FROM submission)";
        run(self.storage, posted, values![&submissions])
    }
}
