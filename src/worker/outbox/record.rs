//! Messages as rows.

use super::{
    super::storage::{Fault, Row, Storage, Value, parts, run, sql, values},
    hooks, tokens,
};
use crate::{
    delivery::{Delivery, Follow, Leg, Phase},
    json::Raw,
    message::OnAmbiguous,
    status::Status,
    timestamp::Timestamp,
    write::to_json,
};

/// The tables. A `submission` is one `POST`, and its messages stand in a row: `first` to `last`.
///
/// Of a message, `next` and `next_at` are where and when it goes next while it waits, `held` keeps it back behind another
/// one of its chat, `open` says that it can still be sent, and `needed` that its content is.
const TABLES: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS submission (
        id INTEGER PRIMARY KEY AUTOINCREMENT, batch TEXT UNIQUE, key TEXT, first INTEGER, last INTEGER,
        via TEXT, metadata TEXT, send_at INTEGER, created_at INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS message (
        seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, submission INTEGER NOT NULL, place INTEGER,
        recipient TEXT NOT NULL, chat TEXT NOT NULL, turn INTEGER NOT NULL,
        phase TEXT NOT NULL, status TEXT NOT NULL, leg INTEGER, since INTEGER, legs TEXT NOT NULL,
        may_be_out INTEGER NOT NULL, on_ambiguous TEXT NOT NULL, expires_at INTEGER, asked INTEGER, follow_at INTEGER,
        next TEXT, next_at INTEGER, held INTEGER NOT NULL, open INTEGER NOT NULL, needed INTEGER NOT NULL,
        connection TEXT, provider TEXT, provider_id TEXT, job TEXT, error TEXT, degraded TEXT NOT NULL,
        tries INTEGER NOT NULL, attempts TEXT NOT NULL, created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL)",
    "CREATE INDEX IF NOT EXISTS message_ready ON message (next, next_at, seq) WHERE next IS NOT NULL AND held = 0",
    "CREATE INDEX IF NOT EXISTS message_chat ON message (chat, turn, seq) WHERE open = 1",
    "CREATE INDEX IF NOT EXISTS message_end ON message (expires_at) WHERE next IS NOT NULL AND expires_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS message_sending ON message (since) WHERE since IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS message_follow ON message (follow_at) WHERE follow_at IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS message_over ON message (updated_at) WHERE open = 0",
    "CREATE INDEX IF NOT EXISTS message_reported ON message (provider_id, connection) WHERE provider_id IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS message_needed ON message (submission) WHERE needed = 1",
    "CREATE TABLE IF NOT EXISTS text (
        submission INTEGER, kind TEXT, part INTEGER, text TEXT NOT NULL, PRIMARY KEY (submission, kind, part)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS idempotency (
        key TEXT PRIMARY KEY, digest TEXT NOT NULL, submission INTEGER NOT NULL, answered INTEGER, until INTEGER NOT NULL,
        at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS idempotency_at ON idempotency (at)",
    "CREATE TABLE IF NOT EXISTS pace (
        number TEXT PRIMARY KEY, last_at INTEGER NOT NULL, whole_at INTEGER NOT NULL) WITHOUT ROWID",
];

/// Makes the tables where there are none.
pub(super) fn create(storage: &dyn Storage) -> Result<(), Fault> {
    TABLES.iter().chain(hooks::TABLES).chain(tokens::TABLES).try_for_each(|table| run(storage, table, &[]))
}

/// A message on its way, as it is kept.
pub(crate) struct Record {
    /// Its place in the order of acceptance.
    pub(super) seq: i64,
    /// The `POST` that brought it.
    pub(super) submission: i64,
    /// Which of the recipients it is for; `None` where one call has them all.
    pub(super) place: Option<usize>,
    /// The chat in which it keeps its place.
    pub(super) chat: String,
    /// Its place in the chat.
    pub(super) turn: Timestamp,
    /// All that decides what becomes of it.
    pub(super) delivery: Delivery,
    /// The connection that tried it last.
    pub(super) connection: Option<String>,
    /// The provider of that connection.
    pub(super) provider: Option<String>,
    /// The provider's id of the message.
    pub(super) provider_id: Option<String>,
    /// The provider's id of the bulk job.
    pub(super) job: Option<String>,
    /// Why the last try failed, as JSON.
    pub(super) error: Option<String>,
    /// What was left out at the last try, as a JSON array.
    pub(super) degraded: String,
    /// How many tries there were.
    pub(super) tries: i64,
}

/// The statement that finds the messages of a condition.
macro_rules! messages {
    ($condition:literal) => {
        concat!(
            "SELECT seq, submission, place, chat, turn, phase, status, leg, since, legs, may_be_out, on_ambiguous, \
             expires_at, asked, follow_at, connection, provider, provider_id, job, error, degraded, tries \
             FROM message WHERE ",
            $condition
        )
    };
}
pub(super) use messages;

/// The messages that a statement finds, one of [`messages`].
pub(super) fn find(storage: &dyn Storage, found: &'static str, values: &[Value<'_>]) -> Result<Vec<Record>, Fault> {
    let rows = sql(storage, found, values)?;
    Ok(rows.all().iter().filter_map(Record::of).collect())
}

/// The first few who wait for these connections.
pub(super) fn first_of(storage: &dyn Storage, connections: &[&str], few: usize) -> Result<Vec<Record>, Fault> {
    // One connection after the other: so each is in order already, however many wait. A limit that is a parameter alone has
    // SQLite compile the statement again each time, since it takes part in the plan.
    let first = messages!("next = ? AND held = 0 ORDER BY next_at, seq LIMIT 0 + ?");
    let mut found = Vec::new();
    for connection in connections {
        found.extend(find(storage, first, values![*connection, few as i64])?);
    }
    found.sort_by_key(|record| (record.delivery.leg().map(|leg| leg.at), record.seq));
    found.truncate(few);
    Ok(found)
}

/// The most that the story of a message may come to, in bytes, before it begins anew: a row holds 2 MB.
const ATTEMPTS: i64 = 1_000_000;

impl Record {
    fn of(row: &Row<'_>) -> Option<Self> {
        let leg = row.integer(7).and_then(|leg| usize::try_from(leg).ok());
        let phase = match row.text(5)?.as_str() {
            "scheduled" => Phase::Scheduled,
            "queued" => Phase::Queued { leg: leg? },
            "sending" => Phase::Sending { leg: leg?, since: row.time(8)? },
            "taken" => Phase::Taken(Status::of_word(&row.text(6)?)?),
            "unknown" => Phase::Unknown,
            "failed" => Phase::Failed,
            "expired" => Phase::Expired,
            _ => Phase::Cancelled,
        };
        let asked = row.integer(13).and_then(|asked| u32::try_from(asked).ok());
        let on_ambiguous = if row.text(11)? == "resend" { OnAmbiguous::Resend } else { OnAmbiguous::Hold };
        Some(Self {
            seq: row.integer(0)?,
            submission: row.integer(1)?,
            place: row.integer(2).and_then(|place| usize::try_from(place).ok()),
            chat: row.text(3)?,
            turn: row.time(4)?,
            delivery: Delivery {
                phase,
                legs: read_legs(&row.json(9)),
                may_be_out: row.flag(10),
                on_ambiguous,
                expires_at: row.time(12),
                follow: asked.zip(row.time(14)).map(|(asked, at)| Follow { asked, at }),
            },
            connection: row.text(15),
            provider: row.text(16),
            provider_id: row.text(17),
            job: row.text(18),
            error: row.text(19),
            degraded: row.text(20)?,
            tries: row.integer(21)?,
        })
    }

    /// Writes what can change; `attempt` is one more line of its story.
    pub(super) fn save(&self, storage: &dyn Storage, attempt: Option<&str>, now: Timestamp) -> Result<(), Fault> {
        let state = State::of(&self.delivery);
        run(
            storage,
            "UPDATE message SET turn = ?, phase = ?, status = ?, leg = ?, since = ?, legs = ?, may_be_out = ?, expires_at = ?, \
             asked = ?, follow_at = ?, next = ?, next_at = ?, open = ?, needed = ?, connection = ?, provider = ?, \
             provider_id = ?, job = ?, error = ?, degraded = ?, tries = ?, updated_at = ?, \
             attempts = CASE WHEN LENGTH(CAST(attempts AS BLOB)) > ? THEN '' ELSE attempts END || ? WHERE seq = ?",
            values![
                self.turn,
                state.phase,
                state.status,
                state.leg,
                state.since,
                &state.legs,
                self.delivery.may_be_out,
                self.delivery.expires_at,
                state.asked,
                state.follow_at,
                state.next,
                state.next_at,
                state.is_open,
                state.is_needed,
                self.connection.as_ref(),
                self.provider.as_ref(),
                self.provider_id.as_ref(),
                self.job.as_ref(),
                self.error.as_ref(),
                &self.degraded,
                self.tries,
                now,
                ATTEMPTS,
                attempt.unwrap_or_default(),
                self.seq,
            ],
        )?;
        if state.since.is_none() {
            self.let_first_go(storage)?;
        }
        if !state.is_needed {
            drop_content(storage, self.submission)?;
        }
        Ok(())
    }

    /// Whether nobody of its chat is on the way, and nobody who still waits stands before it.
    pub(super) fn is_first_of_chat(&self, storage: &dyn Storage) -> Result<bool, Fault> {
        let first = "SELECT COALESCE((SELECT seq FROM message WHERE since IS NOT NULL AND chat = ?1), \
            (SELECT seq FROM message WHERE chat = ?1 AND open = 1 ORDER BY turn, seq LIMIT 1))";
        Ok(sql(storage, first, values![&self.chat])?.integer() == Some(self.seq))
    }

    /// Keeps it back until those before it in its chat are gone.
    pub(super) fn hold(&self, storage: &dyn Storage) -> Result<(), Fault> {
        run(storage, "UPDATE message SET held = 1 WHERE seq = ?", values![self.seq])
    }

    /// Nobody of its chat is on the way: the first of those who wait is not to be kept back.
    fn let_first_go(&self, storage: &dyn Storage) -> Result<(), Fault> {
        let first = "UPDATE message SET held = 0 WHERE held = 1 AND seq = \
            (SELECT seq FROM message WHERE chat = ? AND open = 1 ORDER BY turn, seq LIMIT 1)";
        run(storage, first, values![&self.chat])
    }
}

/// A message that was just accepted.
pub(super) struct Fresh<'a> {
    pub(super) id: &'a str,
    pub(super) submission: i64,
    pub(super) place: Option<usize>,
    /// The recipient, as JSON.
    pub(super) recipient: &'a str,
    pub(super) chat: &'a str,
    pub(super) turn: Timestamp,
    pub(super) delivery: &'a Delivery,
}

impl Fresh<'_> {
    /// Writes it down, and tells its place in the order of acceptance.
    pub(super) fn insert(&self, storage: &dyn Storage, now: Timestamp) -> Result<i64, Fault> {
        let state = State::of(self.delivery);
        let on_ambiguous = if self.delivery.on_ambiguous == OnAmbiguous::Resend { "resend" } else { "hold" };
        let place = self.place.and_then(|place| i64::try_from(place).ok());
        let rows = sql(
            storage,
            "INSERT INTO message (id, submission, place, recipient, chat, turn, phase, status, leg, legs, may_be_out, on_ambiguous, \
             expires_at, next, next_at, held, open, needed, degraded, tries, attempts, created_at, updated_at) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, ?, ?, 0, 1, 1, '[]', 0, '', ?, ?) RETURNING seq",
            values![
                self.id,
                self.submission,
                place,
                self.recipient,
                self.chat,
                self.turn,
                state.phase,
                state.status,
                state.leg,
                &state.legs,
                on_ambiguous,
                self.delivery.expires_at,
                state.next,
                state.next_at,
                now,
                now,
            ],
        )?;
        rows.integer().ok_or_else(|| Fault("a message was written and has no place".to_owned()))
    }
}

/// A [`Delivery`] in columns.
struct State<'a> {
    phase: &'static str,
    status: &'static str,
    leg: Option<i64>,
    since: Option<Timestamp>,
    legs: String,
    asked: Option<i64>,
    follow_at: Option<Timestamp>,
    next: Option<&'a String>,
    next_at: Option<Timestamp>,
    is_open: bool,
    is_needed: bool,
}

impl<'a> State<'a> {
    fn of(delivery: &'a Delivery) -> Self {
        let (phase, leg, since) = match delivery.phase {
            Phase::Scheduled => ("scheduled", None, None),
            Phase::Queued { leg } => ("queued", Some(leg), None),
            Phase::Sending { leg, since } => ("sending", Some(leg), Some(since)),
            Phase::Taken(_) => ("taken", None, None),
            Phase::Unknown => ("unknown", None, None),
            Phase::Failed => ("failed", None, None),
            Phase::Expired => ("expired", None, None),
            Phase::Cancelled => ("cancelled", None, None),
        };
        let legs = delivery.legs.iter().map(|leg| (&leg.connection, leg.tries, leg.at.0, leg.is_open));
        let next = delivery.leg().filter(|_| delivery.is_waiting());
        Self {
            phase,
            status: delivery.status().word(),
            leg: leg.and_then(|leg| i64::try_from(leg).ok()),
            since,
            legs: to_json(&legs.collect::<Vec<_>>()),
            asked: delivery.follow.map(|follow| follow.asked.into()),
            follow_at: delivery.follow.map(|follow| follow.at),
            next: next.map(|leg| &leg.connection),
            next_at: next.map(|leg| leg.at),
            is_open: delivery.is_open(),
            is_needed: delivery.is_open() || delivery.phase == Phase::Unknown,
        }
    }
}

fn read_legs(legs: &Raw) -> Vec<Leg> {
    let legs = legs.json().array().unwrap_or_default().into_iter();
    let leg = legs.filter_map(|leg| match leg.array()?.as_slice() {
        [connection, tries, at, is_open] => Some(Leg {
            connection: connection.string()?.into_owned(),
            tries: tries.integer()?.try_into().ok()?,
            at: Timestamp(at.integer()?),
            is_open: is_open.bool()?,
        }),
        _ => None,
    });
    leg.collect()
}

/// Keeps a long text of a submission.
pub(super) fn keep_text(storage: &dyn Storage, submission: i64, kind: &str, text: &str) -> Result<(), Fault> {
    let kept = "INSERT INTO text (submission, kind, part, text) VALUES (?, ?, ?, ?)";
    parts(text).try_for_each(|(part, text)| run(storage, kept, values![submission, kind, part, text]))
}

/// A long text of a submission; empty where there is none.
pub(super) fn text(storage: &dyn Storage, submission: i64, kind: &str) -> Result<String, Fault> {
    let parts = "SELECT text FROM text WHERE submission = ? AND kind = ? ORDER BY part";
    Ok(sql(storage, parts, values![submission, kind])?.text())
}

/// Forgets what a submission says, once none of its messages can be sent any more: it may be megabytes of media.
fn drop_content(storage: &dyn Storage, submission: i64) -> Result<(), Fault> {
    let content = "DELETE FROM text WHERE submission = ?1 AND kind = 'content' \
        AND NOT EXISTS (SELECT 1 FROM message WHERE submission = ?1 AND needed = 1)";
    run(storage, content, values![submission])
}
