//! Bringing events to the subscribers, and taking in what they answer.

use super::{
    Line, Relay,
    attempt::{Attempt, Fate, Reception},
};
use crate::{
    http::{Request, Response},
    timestamp::Timestamp,
    worker::{
        host::Failure,
        storage::{Fault, Row, chance, run, sql, values},
        subscriber::{MOST, Subscriber},
        work::{Errand, Fetch},
    },
    write::to_json,
};

/// How many deliveries are looked through for one whose chat has none on its way.
const DEPTH: i64 = 50;

/// How many events at once go to subscribers that fail: less than to all, so that those who hang keep nobody else
/// waiting.
const FAILING: i64 = 2;

/// The most that the story of a delivery may come to, in bytes, before it begins anew: a row holds 2 MB.
const ATTEMPTS: i64 = 200_000;

/// An event for a subscriber, whose turn it is.
struct Due {
    seq: i64,
    event: i64,
    id: String,
    tries: i64,
    attempt: i64,
}

impl Due {
    fn of(row: &Row<'_>) -> Option<Self> {
        Some(Self {
            seq: row.integer(0)?,
            event: row.integer(1)?,
            id: row.text(2)?,
            tries: row.integer(3)?,
            attempt: row.integer(4)?,
        })
    }
}

impl Relay<'_> {
    /// Brings what is due, with so many fetches at most; `lines` is who waits.
    pub(crate) fn deliver(&self, lines: &mut [Line<'_>], slots: usize) -> Result<Vec<Fetch>, Fault> {
        let mut fetches = Vec::new();
        // Who was tried last comes last: where there are more subscribers than slots each has its turn. Those that fail
        // come behind the others, who would have to wait for each of their timeouts.
        lines.sort_by_key(|line| (line.is_failing, line.last_at));
        let mut failing: i64 = lines.iter().filter(|line| line.is_failing).map(|line| line.busy).sum();
        for line in lines {
            if line.ready_at().is_none_or(|at| at > self.now) {
                continue;
            }
            // A subscriber takes no more than half of what is free, and one at a time while it fails.
            let mut busy = line.busy;
            let may_go = |busy: i64, failing: i64, fetches: &[Fetch]| {
                let left = slots.saturating_sub(fetches.len());
                let has_enough = line.is_failing && (busy > 0 || failing >= FAILING);
                usize::try_from(busy).is_ok_and(|busy| busy < left) && !has_enough
            };
            while may_go(busy, failing, &fetches) {
                let Some(due) = self.due(line.name)? else { break };
                fetches.push(self.bring(line, &due)?);
                busy += 1;
                failing += i64::from(line.is_failing);
            }
        }
        Ok(fetches)
    }

    /// The next one for a subscriber: the oldest, but in a chat none overtakes one that is on its way.
    fn due(&self, subscriber: &str) -> Result<Option<Due>, Fault> {
        let due = "SELECT due.seq, event, id, tries, attempt FROM \
            (SELECT * FROM delivery WHERE subscriber = ?1 AND next_at <= ?2 ORDER BY next_at, event LIMIT 0 + ?3) AS due \
            JOIN event ON event.seq = event WHERE due.thread IS NULL OR NOT EXISTS \
            (SELECT 1 FROM delivery WHERE subscriber = ?1 AND thread = due.thread AND since IS NOT NULL) \
            ORDER BY next_at, event LIMIT 1";
        let rows = sql(self.storage, due, values![subscriber, self.now, DEPTH])?;
        Ok(rows.all().first().and_then(Due::of))
    }

    /// Begins a try. The number of the try is the delivery's for good, whatever a replay does to its count.
    fn bring(&self, line: &Line<'_>, due: &Due) -> Result<Fetch, Fault> {
        let attempt = due.attempt + 1;
        let begun =
            "UPDATE delivery SET next_at = NULL, since = ?, tries = ?, attempt = ?, updated_at = ? WHERE seq = ?";
        run(self.storage, begun, values![self.now, due.tries + 1, attempt, self.now, due.seq])?;
        self.tried(line.name)?;
        let request = request(line.subscriber, &due.id, self.text(due.event)?, self.now);
        Ok(Fetch { errand: Errand::Bring { seq: due.seq, attempt }, request })
    }

    /// Takes in what a subscriber made of an event.
    pub(crate) fn came(&self, seq: i64, attempt: i64, outcome: &Result<Response, Failure>) -> Result<(), Fault> {
        let under_way = "SELECT subscriber, tries, since, queued_at FROM delivery WHERE seq = ? AND attempt = ? AND since IS NOT NULL";
        let rows = sql(self.storage, under_way, values![seq, attempt])?;
        let rows = rows.all();
        let Some(row) = rows.first() else { return Ok(()) };
        let (name, tries) = (row.text(0).unwrap_or_default(), row.integer(1).unwrap_or_default());
        let (since, queued_at) = (row.time(2).unwrap_or(self.now), row.time(3).unwrap_or(self.now));
        // It may be gone from the configuration by now, and come back.
        let Some(Ok(subscriber)) = self.config.subscribers.get(&name) else {
            return self.settle(seq, Fate::Again(self.now), &Attempt::of(since, outcome, None));
        };
        let reception = Reception::of(outcome);
        let fate = reception.fate(subscriber, tries, self.now, chance(self.storage));
        self.settle(seq, fate, &Attempt::of(since, outcome, Some(subscriber)))?;
        self.learn(&name, reception, (fate == Fate::Failed).then_some(queued_at))
    }

    /// What is on its way since then has lost whoever was bringing it: it is brought once more, from its old place.
    pub(crate) fn stop(&self, since: Timestamp) -> Result<(), Fault> {
        let lost = "SELECT seq, since, tries, queued_at FROM delivery WHERE since IS NOT NULL AND since <= ?";
        for row in sql(self.storage, lost, values![since])?.all() {
            let (seq, since) = (row.integer(0).unwrap_or_default(), row.time(1).unwrap_or(self.now));
            // What ends the Worker each time is not to do so for ever.
            let is_last = row.integer(2).is_some_and(|tries| tries >= MOST);
            let place = row.time(3).unwrap_or(self.now).min(self.now);
            let fate = if is_last { Fate::Failed } else { Fate::Again(place) };
            self.settle(seq, fate, &Attempt::stopped(since))?;
        }
        Ok(())
    }

    /// Writes down what has become of a delivery.
    fn settle(&self, seq: i64, fate: Fate, attempt: &Attempt) -> Result<(), Fault> {
        let (status, next_at) = match fate {
            Fate::Delivered => ("delivered", None),
            Fate::Again(at) => ("pending", Some(at)),
            Fate::Failed => ("failed", None),
        };
        let settled = "UPDATE delivery SET status = ?, next_at = ?, since = NULL, updated_at = ?, \
            attempts = CASE WHEN LENGTH(attempts) > ? THEN '' ELSE attempts END || ? WHERE seq = ?";
        let line = format!(",{}", to_json(attempt));
        run(self.storage, settled, values![status, next_at, self.now, ATTEMPTS, &line, seq])
    }
}

/// An event on its way (Standard Webhooks 1.0). Its id stays the same, the time and the signatures are those of the try.
fn request(subscriber: &Subscriber, id: &str, text: String, now: Timestamp) -> Request {
    let seconds = now.0.div_euclid(1000);
    let body = text.into_bytes();
    let signatures: Vec<_> = subscriber.secrets.iter().map(|secret| secret.sign(id, seconds, &body)).collect();
    Request::post(subscriber.url.clone(), body)
        .header("user-agent", concat!("Chaski/", env!("CARGO_PKG_VERSION")))
        .header("webhook-id", id.to_owned())
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signatures.join(" "))
}
