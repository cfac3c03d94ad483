//! Sending what is due, and taking in what comes back.

use super::{
    super::{
        host::Failure,
        plan,
        storage::{Fault, chance, is_id, run, values},
        work::{Errand, Fetch, Work},
    },
    Attempt, Outbox,
    agenda::{Agenda, Line, is_due},
    attempt::{kept, shortened},
    record::{Record, find, first_of, messages, text},
};
use crate::{
    account::Account,
    call::MessageStatus,
    delivery::{Action, Again, Input, Phase},
    error::{Error, ErrorKind, Outcome, Violation},
    http::{Request, Response},
    message::{Message, To},
    pace::Budget,
    phone,
    provider::Feature,
    reply::Receipt,
    timestamp::Timestamp,
    write::to_json,
};

/// How often one step goes on to more of the same: the rest comes with the next one.
const AT_ONCE: i64 = 50;

/// How often one step looks at all that is due.
const PASSES: i64 = 10;

/// After so long, in milliseconds, no answer can come any more: whoever waited for it is gone.
const LONGEST: i64 = 120_000;

/// How soon the alarm looks after what is in flight, in milliseconds, should this life of the object end.
const WATCH: i64 = 2_000;

/// How many events are on their way at once.
const BRINGING: usize = 3;

/// How soon what is over is forgotten, in milliseconds, once it can be.
const FORGET: i64 = 1_000;

/// What came of a try.
struct Came {
    http_status: Option<u16>,
    result: Result<Receipt, Error>,
    /// The provider's id of a message that may have been sent, where its answer tells one.
    id: Option<String>,
}

impl Came {
    /// It was not even tried.
    fn refused(error: Error) -> Self {
        Self { http_status: None, result: Err(error), id: None }
    }
}

impl Outbox<'_> {
    /// Does what is due, and says when there is something to do again; `slots` is how many fetches may be begun.
    pub fn deliver(&self, slots: usize) -> Result<Work, Fault> {
        let mut fetches = Vec::new();
        let mut agenda = self.agenda()?;
        for _ in 0..PASSES {
            let is_as_seen = self.work_off(&mut agenda, &mut fetches, slots)?;
            // What one connection could not even try may be another's turn now, and who is gone lets the next one go.
            let has_moved_on = self.has_moved_on.take();
            if has_moved_on || !is_as_seen {
                agenda = self.agenda()?;
            }
            if !has_moved_on {
                break;
            }
        }
        let alarm = self.next_alarm(&agenda, slots > fetches.len());
        Ok(Work { fetches, alarm, news: self.news() })
    }

    /// Returns whether the agenda still says what there is to do: what is sent is kept in it.
    fn work_off(&self, agenda: &mut Agenda<'_>, fetches: &mut Vec<Fetch>, slots: usize) -> Result<bool, Fault> {
        if agenda.sending.is_some_and(|since| since.0 <= self.now.0 - LONGEST) {
            self.stop(Timestamp(self.now.0 - LONGEST))?;
        }
        if is_due(agenda.end, self.now) {
            self.expire()?;
        }
        let has_brought = self.bring_due(agenda, fetches, slots)?;
        let brought = fetches.len();
        // Who sent last comes last: where there are more numbers than slots each has its turn.
        agenda.numbers.sort_unstable_by_key(|line| line.budget.last_at);
        for line in &mut agenda.numbers {
            if is_due(line.next, self.now) {
                self.send_due(line, fetches, slots)?;
            }
        }
        if fetches.len() > brought {
            agenda.sending.get_or_insert(self.now);
        }
        let has_asked = is_due(agenda.follow, self.now);
        if has_asked {
            self.ask_due(fetches, slots)?;
        }
        let has_forgotten = self.prune(agenda)?;
        Ok(!(has_brought || has_asked || has_forgotten))
    }

    /// Brings events to who subscribed to them. They have half of all fetches at most, so that messages go on, and come first,
    /// so that they go on, too. Returns whether there was something to do.
    fn bring_due(&self, agenda: &mut Agenda<'_>, fetches: &mut Vec<Fetch>, slots: usize) -> Result<bool, Fault> {
        let lines = &mut agenda.subscribers;
        let has_stopped = lines.iter().any(|line| line.since.is_some_and(|since| since.0 <= self.now.0 - LONGEST));
        if has_stopped {
            self.relay.stop(Timestamp(self.now.0 - LONGEST))?;
        }
        let busy: i64 = lines.iter().map(|line| line.busy).sum();
        let left = BRINGING.saturating_sub(usize::try_from(busy).unwrap_or(BRINGING));
        let brought = self.relay.deliver(lines, left.min(slots.saturating_sub(fetches.len())))?;
        let has_brought = !brought.is_empty();
        fetches.extend(brought);
        Ok(has_stopped || has_brought)
    }

    /// When there is something to do again; `has_slots` says whether more could have been done just now.
    fn next_alarm(&self, agenda: &Agenda<'_>, has_slots: bool) -> Option<Timestamp> {
        let later = |wait: i64| Timestamp(self.now.0 + wait);
        let mut alarms = Vec::new();
        for Line { number, next, budget, .. } in &agenda.numbers {
            let Some(next) = next else { continue };
            let ready = budget.ready_at(&number.pace).max(*next);
            // What is due and was not sent waits for a slot, and that is told when one is free.
            alarms.push(if ready <= self.now { later(WATCH) } else { ready });
        }
        for line in &agenda.subscribers {
            // As above.
            alarms.extend(line.ready_at().map(|at| if at <= self.now { later(WATCH) } else { at }));
            alarms.extend(line.since.map(|_| later(WATCH)));
        }
        alarms.extend(agenda.sending.map(|_| later(WATCH)));
        alarms.extend(agenda.follow.map(|at| if has_slots { at } else { at.max(later(WATCH)) }));
        alarms.extend(agenda.end);
        alarms.extend(agenda.forget().into_iter().flatten().map(|at| at.max(later(FORGET))));
        alarms.into_iter().min()
    }

    /// Takes in what came of a fetch.
    pub fn came(&self, errand: Errand, outcome: Result<Response, Failure>) -> Result<(), Fault> {
        let message = |seq: i64| Ok(find(self.storage, messages!("seq = ?"), values![seq])?.pop());
        match errand {
            Errand::Ask { seq } => message(seq)?.map_or(Ok(()), |record| self.reported(record, outcome)),
            Errand::Bring { seq, attempt } => self.relay.came(seq, attempt, &outcome),
            Errand::Send { seq, attempt } => match message(seq)? {
                // What was given up already, or is tried again by now, is not decided by this any more.
                Some(record) if attempt == record.tries && record.delivery.leg().is_some() => {
                    let came = self.read(&record, outcome);
                    self.settle(record, came)
                }
                _ => Ok(()),
            },
        }
    }

    /// What was being sent at this time has lost whoever was sending it.
    pub(super) fn stop(&self, since: Timestamp) -> Result<(), Fault> {
        for record in find(self.storage, messages!("since <= ? AND since IS NOT NULL"), values![since])? {
            let error =
                Error::new(ErrorKind::Lost, "the Worker stopped while this was being sent: it may have been sent");
            self.finish(record, Input::Stopped { again: self.again(None) }, Came::refused(error), Outcome::Ambiguous)?;
            self.has_moved_on.set(true);
        }
        Ok(())
    }

    fn expire(&self) -> Result<(), Fault> {
        let late = messages!("next IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT ?");
        for record in find(self.storage, late, values![self.now, AT_ONCE])? {
            if let Some(delivery) = self.step(&record, Input::Tick) {
                self.save(&Record { delivery, ..record }, None)?;
                self.has_moved_on.set(true);
            }
        }
        Ok(())
    }

    /// Sends what is due by one number, and says when the next of it is.
    fn send_due(&self, line: &mut Line<'_>, fetches: &mut Vec<Fetch>, slots: usize) -> Result<(), Fault> {
        let Line { number, next, busy, budget } = line;
        // A number takes no more than half of what is free, so that a slow one keeps no other waiting: with each that goes one is
        // free less, and one more is on its way.
        let may_go = |busy: i64, budget: Budget, fetches: &[Fetch]| {
            let left = slots.saturating_sub(fetches.len()).saturating_sub(usize::try_from(busy).unwrap_or(slots));
            if budget.ready_at(&number.pace) <= self.now { left.div_ceil(2) } else { 0 }
        };
        for _ in 0..AT_ONCE {
            let most = may_go(*busy, *budget, fetches);
            if most == 0 {
                return Ok(());
            }
            // One more says when to come back.
            let found = first_of(self.storage, &number.connections, most + 1)?;
            let is_all = found.len() <= most;
            for record in found {
                *next = record.delivery.leg().map(|leg| leg.at);
                if !is_due(*next, self.now) || may_go(*busy, *budget, fetches) == 0 {
                    return Ok(());
                }
                if !record.is_first_of_chat(self.storage)? {
                    record.hold(self.storage)?;
                } else if let Some(fetch) = self.go(record)? {
                    fetches.push(fetch);
                    *busy += 1;
                    *budget = budget.spend(&number.pace, self.now, chance(self.storage));
                    self.keep_budget(&number.name, *budget)?;
                }
            }
            if is_all {
                *next = None;
                return Ok(());
            }
        }
        self.has_moved_on.set(true);
        Ok(())
    }

    /// Sends a message whose turn has come. `None` where its connection cannot: then that is settled, too.
    fn go(&self, record: Record) -> Result<Option<Fetch>, Fault> {
        let Some(delivery) = self.step(&record, Input::Go) else { return Ok(None) };
        let connection = delivery.leg().map(|leg| leg.connection.clone()).unwrap_or_default();
        let account = self.account(&connection);
        let provider = account.as_ref().ok().map(|account| account.provider.slug.to_owned());
        let tries = record.tries + 1;
        let (connection, provider_id, job) = (Some(connection), None, None);
        let record = Record { delivery, connection, provider, provider_id, job, tries, ..record };
        let content = text(self.storage, record.submission, "content")?;
        let prepared = account.and_then(|account| self.prepare(&record, account, &content));
        match prepared {
            Ok((request, degraded)) => {
                let record = Record { degraded: to_json(&degraded), ..record };
                self.save(&record, None)?;
                Ok(Some(Fetch { errand: Errand::Send { seq: record.seq, attempt: tries }, request }))
            }
            Err(error) => {
                self.has_moved_on.set(true);
                self.settle(record, Came::refused(error)).map(|()| None)
            }
        }
    }

    fn prepare(&self, record: &Record, account: &Account, content: &str) -> Result<(Request, Vec<Feature>), Error> {
        let mut message = Message::parse(content.as_bytes())?;
        if let Some(recipient) = record.place.and_then(|place| message.to.recipients().get(place)) {
            message.to = To::One(recipient.clone());
        }
        if let Some(end) = record.delivery.expires_at {
            let left = (end.0 - self.now.0 + 999) / 1000;
            message.expires_in = u32::try_from(left).ok().filter(|left| *left > 0);
        }
        plan::prepare(self.config, record.connection.as_deref().unwrap_or_default(), account, &message)
    }

    /// What came of a try, in the provider's words.
    fn read(&self, record: &Record, outcome: Result<Response, Failure>) -> Came {
        let account = match self.account_of(record) {
            Ok(account) => account,
            Err(error) => return Came::refused(Error::new(ErrorKind::Lost, error.into_details().message)),
        };
        match outcome {
            Err(failure) => {
                let error = Error::from(failure);
                Came { http_status: error.status, result: Err(error), id: None }
            }
            Ok(response) => {
                let result = account.reply::<Message>(&response);
                let id = match &result {
                    Ok(receipt) => receipt.id.clone(),
                    Err(error) if error.outcome() == Outcome::Ambiguous => account.id_in(&response),
                    Err(_) => None,
                };
                Came { http_status: Some(response.status), result, id: id.filter(|id| is_id(id)) }
            }
        }
    }

    /// Decides what follows from a try.
    fn settle(&self, record: Record, came: Came) -> Result<(), Fault> {
        let can_ask = came.id.as_deref().is_some_and(|id| self.can_ask(&record, id));
        let (outcome, input) = match &came.result {
            Ok(receipt) => (Outcome::Accepted, Input::Accepted { status: receipt.status, can_ask }),
            Err(error) => match error.outcome() {
                Outcome::Ambiguous => {
                    (Outcome::Ambiguous, Input::Ambiguous { can_ask, again: self.again(error.retry_after) })
                }
                outcome => {
                    // What time may heal; anything else would be refused again.
                    let heals = matches!(error.kind, ErrorKind::RateLimited | ErrorKind::Offline);
                    (outcome, Input::Rejected { again: heals.then(|| self.again(error.retry_after)) })
                }
            },
        };
        self.finish(record, input, came, outcome)
    }

    /// Adds a try to the story of a message, and lets it go on from there.
    fn finish(&self, record: Record, input: Input, came: Came, outcome: Outcome) -> Result<(), Fault> {
        let Phase::Sending { since: at, .. } = record.delivery.phase else { return Ok(()) };
        let Some(delivery) = self.step(&record, input) else { return Ok(()) };
        let http_status = came.http_status;
        let (receipt, error) = match came.result {
            Ok(receipt) => (Some(kept(receipt)), None),
            Err(error) => (None, Some(shortened(error))),
        };
        let connection = record.connection.as_deref().unwrap_or_default();
        let attempt = Attempt { connection, at, outcome, http_status, receipt, error };
        let line = format!(",{}", to_json(&attempt));
        let job = attempt.receipt.as_ref().and_then(|receipt| receipt.job.clone()).or(record.job.clone());
        // It may be taken, and fail in the same breath.
        let has_failed = delivery.phase == Phase::Failed && attempt.error.is_none();
        let error = attempt.error.as_ref().map(to_json).or(has_failed.then(|| failed(None)));
        let provider_id = came.id.or(record.provider_id.clone());
        // Who waits for `send_at`, where another provider would have waited itself, has its place by that time.
        let fresh = delivery.leg().filter(|leg| delivery.is_waiting() && leg.tries == 0);
        let turn = fresh.map_or(record.turn, |leg| leg.at.max(record.turn));
        let record = Record { delivery, error, provider_id, job, turn, ..record };
        self.save(&record, Some(&line))?;
        self.catch_up(record)
    }

    /// Asks the providers how far messages are, where it is time to.
    fn ask_due(&self, fetches: &mut Vec<Fetch>, slots: usize) -> Result<(), Fault> {
        let left = slots.saturating_sub(fetches.len());
        let due = messages!("follow_at <= ? ORDER BY follow_at LIMIT ?");
        for record in find(self.storage, due, values![self.now, i64::try_from(left).unwrap_or_default()])? {
            let Ok((delivery, action)) = record.delivery.clone().step(Input::Tick, self.now) else { continue };
            let follow = delivery.follow;
            // Nothing that a caller sees has changed.
            let asked = "UPDATE message SET asked = ?, follow_at = ? WHERE seq = ?";
            let (count, at) = (follow.map(|follow| i64::from(follow.asked)), follow.map(|follow| follow.at));
            run(self.storage, asked, values![count, at, record.seq])?;
            let request = self.account_of(&record).and_then(|account| {
                account.request(&MessageStatus { id: record.provider_id.clone().unwrap_or_default() })
            });
            if let (Some(Action::Ask), Ok(request)) = (action, request) {
                fetches.push(Fetch { errand: Errand::Ask { seq: record.seq }, request });
            }
        }
        Ok(())
    }

    /// What the provider says when it is asked. Where it says nothing, it is asked again in its time.
    fn reported(&self, record: Record, outcome: Result<Response, Failure>) -> Result<(), Fault> {
        let account = self.account_of(&record);
        let (Ok(account), Ok(response)) = (account, outcome) else { return Ok(()) };
        let Ok(report) = account.reply::<MessageStatus>(&response) else { return Ok(()) };
        self.progress(record, report.status, report.reason)
    }

    fn can_ask(&self, record: &Record, id: &str) -> bool {
        let account = self.account_of(record);
        account.is_ok_and(|account| account.request(&MessageStatus { id: id.to_owned() }).is_ok())
    }

    /// The account of the connection that tried a message last.
    fn account_of(&self, record: &Record) -> Result<&Account, Error> {
        self.account(record.connection.as_deref().unwrap_or_default())
    }

    fn account(&self, connection: &str) -> Result<&Account, Error> {
        match self.config.connections.get(connection) {
            Some(Ok(account)) => Ok(account),
            Some(Err(error)) => Err(error.clone()),
            None => {
                let detail = format!("no connection {connection} in CHASKI_CONFIG any more");
                Err(Error::invalid(vec![Violation::new("/via", detail)]))
            }
        }
    }

    fn keep_budget(&self, number: &str, budget: Budget) -> Result<(), Fault> {
        let kept = "INSERT OR REPLACE INTO pace (number, last_at, whole_at) VALUES (?, ?, ?)";
        run(self.storage, kept, values![number, budget.last_at, budget.whole_at])
    }

    fn again(&self, retry_after: Option<u32>) -> Again {
        Again { retry_after, chance: chance(self.storage) }
    }
}

/// The error of a message that a provider took and could not send, as JSON.
pub(super) fn failed(reason: Option<String>) -> String {
    let reason = reason.unwrap_or_else(|| "the provider says that it failed".to_owned());
    to_json(&shortened(Error::new(ErrorKind::Rejected, phone::mask(&reason))))
}
