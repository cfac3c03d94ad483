//! `POST /v1/messages`: what is accepted is stored first, and promised only then.

use super::{
    super::{
        host::{Incoming, Outgoing},
        messages, plan,
        problem::Problem,
        storage::{Fault, run, sql, values},
        token::Pass,
    },
    Asked, Halt, Outbox,
    record::{Fresh, keep_text, text},
    resource::location,
};
use crate::{
    bytes::hex,
    delivery::Delivery,
    error::{Error, ErrorKind, Violation},
    message::{Message, Recipient, To},
    timestamp::{DAY, Timestamp},
    write::to_json,
};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// How far ahead a message may be scheduled, in days.
const FARTHEST: i64 = 30;

/// How late a message may come that was scheduled, in milliseconds: on its way here clocks differ, and a request whose
/// answer was lost is made again. It is sent at once.
const LATE: i64 = 300_000;

/// The longest metadata, in bytes: each message of a batch tells it.
const METADATA: usize = 16 << 10;

/// Where the database stops taking messages and events, in bytes: the platform's end is at ten thousand million.
const FULL: u64 = 9_000_000_000;

/// How long an idempotency key is kept, in milliseconds.
pub(super) const KEPT: i64 = DAY;

/// The longest idempotency key, in bytes.
pub(crate) const LONGEST_KEY: usize = 255;

/// The longest that anybody may wait for an outcome, in seconds.
pub(crate) const LONGEST_WAIT: u32 = 30;

/// A recipient's message, and the way that it may go.
struct Planned<'m> {
    place: Option<usize>,
    to: To,
    chat: String,
    route: Vec<&'m str>,
}

impl Outbox<'_> {
    pub(super) fn accept(&self, incoming: &Incoming) -> Result<Asked, Halt> {
        let pass = incoming.pass.as_ref();
        // A token opens no answer to a message that it may not send, whosever key that came with: it is read first.
        let admitted = pass.map(|pass| messages::read(incoming, Some(pass))).transpose()?;
        let key = incoming.header("idempotency-key").map(check_key).transpose()?;
        // A page can neither take the keys of who has CHASKI_API_KEY nor find them out. Of all tokens together, since
        // what is asked again may come with the next token: it is still one message.
        let key = key.map(|key| if pass.is_some() { Cow::Owned(format!("token\n{key}")) } else { Cow::Borrowed(key) });
        let key = key.as_deref();
        let digest = key.map(|_| digest(incoming.body.as_deref().unwrap_or_default()));
        if let (Some(key), Some(digest)) = (key, &digest)
            && let Some(answer) = self.replay(key, digest)?
        {
            return Ok(Asked::Answer(answer));
        }
        let wait = incoming.header("prefer").map_or(Ok(None), wait)?;
        let message = match admitted {
            Some(message) => message,
            None => messages::read(incoming, None)?,
        };
        let content = String::from_utf8_lossy(incoming.body.as_deref().unwrap_or_default());
        let (submission, due) = self.submit(&message, &content, key, pass)?;
        // The count of a token, or a key, is to be forgotten some day.
        let later = if pass.is_some() { self.now } else { due.min(Timestamp(self.now.0 + KEPT)) };
        self.later.set(Some(later).filter(|later| *later > self.now));
        // What is not due by then has no outcome to wait for.
        let wait = wait.filter(|wait| due.0 <= self.now.0 + i64::from(*wait) * 1000);
        if let (Some(key), Some(digest)) = (key, &digest) {
            let until = Timestamp(self.now.0 + i64::from(wait.unwrap_or(0)) * 1000);
            let kept = "INSERT INTO idempotency (key, digest, submission, until, at) VALUES (?, ?, ?, ?, ?)";
            run(self.storage, kept, values![key, digest, submission, until, self.now])?;
        }
        Ok(match (wait, key) {
            (Some(seconds), _) => Asked::Wait { submission, seconds },
            (None, Some(_)) => Asked::Answer(self.first_answer(submission, 202)?),
            // Nobody can ask for it again.
            (None, None) => Asked::Answer(self.submitted(submission, 202)?),
        })
    }

    /// Stores a message, whose JSON is `content`, to be sent. Tells the submission, and when the first of it is due.
    pub(super) fn submit(
        &self,
        message: &Message,
        content: &str,
        key: Option<&str>,
        pass: Option<&Pass>,
    ) -> Result<(i64, Timestamp), Halt> {
        self.check(message)?;
        let planned = self.plan(message)?;
        self.has_room()?;
        // Last of all, so that what is refused costs nothing.
        pass.map_or(Ok(()), |pass| self.spend(pass, message.to.recipients().len()))?;
        let submission = self.store(message, content, &planned, key)?;
        let first = planned.iter().filter_map(|planned| planned.route.first());
        let due = first.map(|connection| self.due(message, connection)).min();
        Ok((submission, due.unwrap_or(self.now)))
    }

    /// Whether there is room for more.
    pub(super) fn has_room(&self) -> Result<(), Problem> {
        if self.storage.size() <= FULL {
            return Ok(());
        }
        let detail = "the outbox is full: wait until messages have gone, or keep them for fewer days (retention_days)";
        Err(Problem::new(503, ErrorKind::Unavailable, detail).later(60))
    }

    /// What is to be said to who waits `seconds` for this submission: once the first outcome of all its messages is known, or
    /// when the time is over.
    pub fn answer(&self, submission: i64, seconds: u32, is_over: bool) -> Result<Option<Outgoing>, Fault> {
        let unknown = "SELECT 1 FROM submission, message WHERE submission.id = ? AND seq BETWEEN first AND last \
            AND open = 1 AND (phase = 'sending' OR tries = 0 OR next_at <= ?) LIMIT 1";
        let is_known = sql(self.storage, unknown, values![submission, self.now])?.integer().is_none();
        let status = match (is_known, is_over) {
            (true, _) => 200,
            (false, true) => 202,
            (false, false) => return Ok(None),
        };
        let answer = self.first_answer(submission, status)?;
        let is_applied = answer.status == 200;
        Ok(Some(if is_applied { answer.with("preference-applied", format!("wait={seconds}")) } else { answer }))
    }

    /// The answer to a submission, kept for who asks with the same key again; the one that is kept, where there is one.
    fn first_answer(&self, submission: i64, status: u16) -> Result<Outgoing, Fault> {
        let kept = "SELECT idempotency.key, answered FROM submission JOIN idempotency \
            ON idempotency.key = submission.key AND submission = id WHERE id = ?";
        let rows = sql(self.storage, kept, values![submission])?;
        let rows = rows.all();
        if let Some(status) = rows.first().and_then(|row| row.integer(1)) {
            return self.given(submission, status);
        }
        let answer = self.submitted(submission, status)?;
        if let Some(key) = rows.first().and_then(|row| row.text(0)) {
            let answered = "UPDATE idempotency SET answered = ? WHERE key = ?";
            run(self.storage, answered, values![i64::from(status), &key])?;
            keep_text(self.storage, submission, "answer", &answer.body)?;
        }
        Ok(answer)
    }

    /// The answer that was given to a submission with a key.
    fn given(&self, submission: i64, status: i64) -> Result<Outgoing, Fault> {
        let body = text(self.storage, submission, "answer")?;
        let status = u16::try_from(status).unwrap_or(202);
        let (batch, id) = self.ids(submission)?;
        Ok(Outgoing::text(status, body).with("location", location(batch.as_deref(), id.as_deref())))
    }

    /// The answer that this key has got already.
    fn replay(&self, key: &str, digest: &str) -> Result<Option<Outgoing>, Halt> {
        let known = "SELECT digest, submission, answered, until FROM idempotency WHERE key = ? AND at > ?";
        let rows = sql(self.storage, known, values![key, Timestamp(self.now.0 - KEPT)])?;
        let rows = rows.all();
        let Some(row) = rows.first() else {
            self.prune_keys()?;
            return Ok(None);
        };
        let submission = row.integer(1).unwrap_or_default();
        if row.text(0).as_deref() != Some(digest) {
            let detail = "this Idempotency-Key came with another body before: a new message needs a new key";
            return Err(Problem::new(422, ErrorKind::Invalid, detail).into());
        }
        if row.integer(2).is_none() && row.time(3).is_some_and(|until| until > self.now) {
            let detail = "the first request with this Idempotency-Key still waits for its outcome";
            return Err(Problem::conflict(detail).later(1).into());
        }
        // Where there is none yet, whoever waited has gone without an answer: this is the first one.
        Ok(Some(self.first_answer(submission, 202)?.with("idempotent-replayed", "true")))
    }

    /// The rules of the outbox itself.
    fn check(&self, message: &Message) -> Result<(), Error> {
        let mut errors = Vec::new();
        match message.send_at {
            Some(at) if at.0 <= self.now.0 - LATE => errors.push(Violation::new("/send_at", "a time to come")),
            Some(at) if at.0 > self.now.0 + FARTHEST * DAY => {
                errors.push(Violation::new("/send_at", format!("at most {FARTHEST} days ahead")));
            }
            _ => {}
        }
        if message.metadata.as_ref().is_some_and(|metadata| metadata.get().len() > METADATA) {
            errors.push(Violation::new("/metadata", format!("at most {METADATA} bytes")));
        }
        let mut chats = Vec::new();
        for (at, recipient) in message.to.recipients().iter().enumerate() {
            let chat = self.config.chat(recipient);
            if let Some(before) = chats.iter().position(|other| *other == chat) {
                let detail = format!("the same as /to/{before}: nobody gets a message twice");
                errors.push(Violation::new(message.to.pointer(at), detail));
            }
            chats.push(chat);
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
    }

    /// One message for each recipient, or one for all where the provider is to take them in one call.
    fn plan(&self, message: &Message) -> Result<Vec<Planned<'_>>, Halt> {
        let candidates = plan::candidates(self.config, message)?;
        let Some(many) = message.each() else {
            let route = plan::route(self.config, &candidates, message).map_err(Problem::from)?;
            let to = message.to.clone();
            let chat = to.single().map_or_else(|| self.new_id("chat"), |recipient| self.config.chat(recipient));
            return Ok(vec![Planned { place: None, to, chat, route }]);
        };
        let mut wrong: Option<Error> = None;
        let mut planned = Vec::new();
        let light = lightened(message);
        for (place, recipient) in many.iter().enumerate() {
            // One of them in full; what the others say is the same.
            let alike = if place == 0 { message } else { &light };
            let to = To::One(recipient.clone());
            match plan::route(self.config, &candidates, &Message { to: to.clone(), ..alike.clone() }) {
                Ok(route) => planned.push(Planned { place: Some(place), to, chat: self.config.chat(recipient), route }),
                Err(plan::NoWay::Misconfigured(error)) => return Err(Problem::misconfigured(error).into()),
                Err(plan::NoWay::Wrong(error)) => {
                    let error = error.at_place(place);
                    let own = |error: &Violation| error.pointer.starts_with("/to/");
                    match &mut wrong {
                        Some(wrong) => wrong.errors.extend(error.into_details().errors.into_iter().filter(own)),
                        None => wrong = Some(error),
                    }
                }
            }
        }
        match wrong {
            Some(error) => Err(error.into()),
            None => Ok(planned),
        }
    }

    fn store(
        &self,
        message: &Message,
        content: &str,
        planned: &[Planned<'_>],
        key: Option<&str>,
    ) -> Result<i64, Fault> {
        let batch = message.each().map(|_| self.new_id("batch"));
        let rows = sql(
            self.storage,
            "INSERT INTO submission (batch, key, via, metadata, send_at, created_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING id",
            values![
                batch.as_ref(),
                key,
                message.via.as_ref().map(to_json).as_ref(),
                message.metadata.as_ref().map(crate::Raw::get),
                message.send_at,
                self.now
            ],
        )?;
        let submission = rows.integer().unwrap_or_default();
        keep_text(self.storage, submission, "content", content)?;

        let at = message.send_at.map_or(self.now, |at| at.max(self.now));
        let expires_at = message.expires_in.map(|seconds| Timestamp(at.0 + i64::from(seconds) * 1000));
        let mut last = 0;
        for Planned { place, to, chat, route } in planned {
            let legs = route.iter().map(|connection| ((*connection).to_owned(), self.due(message, connection)));
            let delivery = Delivery::new(legs, self.now, expires_at, message.on_ambiguous);
            let (id, recipient) = (self.new_id("msg"), to_json(to));
            let turn = delivery.leg().map_or(self.now, |leg| leg.at);
            let fresh =
                Fresh { id: &id, submission, place: *place, recipient: &recipient, chat, turn, delivery: &delivery };
            last = fresh.insert(self.storage, self.now)?;
        }
        let first = last - i64::try_from(planned.len()).unwrap_or(1) + 1;
        run(self.storage, "UPDATE submission SET first = ?, last = ? WHERE id = ?", values![first, last, submission])?;
        self.changed.borrow_mut().push(submission);
        Ok(submission)
    }

    /// When this connection gets the message: now, where its provider is the one to wait.
    fn due(&self, message: &Message, connection: &str) -> Timestamp {
        let account = self.config.connections.get(connection).and_then(|account| account.as_ref().ok());
        let waits = account.is_some_and(|account| message.is_scheduled_by(account.provider));
        message.send_at.filter(|_| !waits).map_or(self.now, |at| at.max(self.now))
    }

    fn new_id(&self, kind: &str) -> String {
        [kind, "_", &hex(&self.storage.random().to_be_bytes())].concat()
    }
}

/// The message without the weight of what it says, to be checked against each recipient.
fn lightened(message: &Message) -> Message {
    let text = message.text.as_ref().map(|_| "…".to_owned());
    let mut light = Message { to: To::One(Recipient::Group(String::new())), text, ..message.clone() };
    if let Some(base64) = light.media.as_mut().and_then(|media| media.base64.as_mut()) {
        "AAAA".clone_into(base64);
    }
    light
}

fn check_key(key: &str) -> Result<&str, Error> {
    let is_right = (1..=LONGEST_KEY).contains(&key.len()) && key.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let wrong =
        || Error::invalid(vec![Violation::new("", "the header Idempotency-Key is 1 to 255 printable characters")]);
    if is_right { Ok(key) } else { Err(wrong()) }
}

fn digest(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// The seconds of `Prefer: wait=N` (RFC 7240); other preferences are none of ours.
pub(super) fn wait(prefer: &str) -> Result<Option<u32>, Error> {
    let preferences = prefer.split(',').filter_map(|preference| preference.split(';').next()?.split_once('='));
    let mut waits = preferences.filter(|(name, _)| name.trim().eq_ignore_ascii_case("wait"));
    let Some((_, seconds)) = waits.next() else { return Ok(None) };
    let seconds = seconds
        .trim()
        .trim_matches('"')
        .parse::<i64>()
        .ok()
        .and_then(|seconds| seconds.try_into().ok())
        .filter(|seconds| (1..=LONGEST_WAIT).contains(seconds));
    let wrong = || Error::invalid(vec![Violation::new("", "the header Prefer takes wait=1 to wait=30, in seconds")]);
    seconds.map(Some).ok_or_else(wrong)
}
