//! What bearers of tokens may do here: send so many messages, and know of those to their recipients.

use super::{
    super::{
        problem::Problem,
        storage::{Fault, run, sql, values},
        token::Pass,
    },
    Halt, Outbox,
    resource::no_message,
};
use crate::{error::ErrorKind, input::read, message::To, timestamp::Timestamp};

/// The table of what tokens have sent. One that has sent nothing is not in it.
pub(super) const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS token (
        id TEXT PRIMARY KEY, used INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS token_end ON token (expires_at)",
];

/// How long a count is kept after the token's end, in milliseconds: where the object lives next, the clock may be behind.
pub(super) const KEPT: i64 = 300_000;

impl Outbox<'_> {
    /// Takes so many messages off what a token may send, or nothing where that is too many.
    pub(super) fn spend(&self, pass: &Pass, count: usize) -> Result<(), Halt> {
        let used = sql(self.storage, "SELECT used FROM token WHERE id = ?", values![&pass.id])?.integer();
        let (count, left) = (i64::try_from(count).unwrap_or(i64::MAX), pass.uses() - used.unwrap_or(0));
        if count > left {
            let detail =
                format!("this token may send {left} more, and this is {count}: mint another (POST /v1/tokens)");
            return Err(Problem::new(403, ErrorKind::Quota, detail).into());
        }
        let spent = "INSERT INTO token (id, used, expires_at) VALUES (?, ?, ?) \
            ON CONFLICT (id) DO UPDATE SET used = used + excluded.used";
        run(self.storage, spent, values![&pass.id, count, pass.expires_at])?;
        Ok(())
    }

    /// A message that is not to the recipients of a token is not there for its bearer.
    pub(super) fn reveal(&self, id: &str, pass: Option<&Pass>) -> Result<(), Halt> {
        let Some(pass) = pass else { return Ok(()) };
        let recipient = sql(self.storage, "SELECT recipient FROM message WHERE id = ?", values![id])?.text();
        let to = read(recipient.as_bytes(), |input| To::read(input));
        if to.is_ok_and(|to| pass.knows(&to)) { Ok(()) } else { Err(no_message().into()) }
    }

    /// Forgets tokens that have ended.
    pub(super) fn prune_tokens(&self) -> Result<(), Fault> {
        let end = Timestamp(self.now.0 - KEPT);
        run(self.storage, "DELETE FROM token WHERE expires_at <= ?", values![end])
    }
}
