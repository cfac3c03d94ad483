//! One message on its way: all that can become of it, as a pure function.
//!
//! [`Delivery::step`] takes a state, an input and the time, and gives the next state and what is to be done. It is the only
//! place that decides whether a message is sent, sent again or left alone. These are its transitions, and there are no
//! others; a test holds this diagram against what [`Delivery::step`] does.
//!
//! ```mermaid
//! stateDiagram-v2
//!   [*] --> Scheduled: for later
//!   [*] --> Queued: for now
//!   Scheduled --> Sending: go
//!   Scheduled --> Expired: tick
//!   Scheduled --> Cancelled: cancel
//!   Queued --> Sending: go
//!   Queued --> Expired: tick
//!   Queued --> Cancelled: cancel
//!   Queued --> Unknown: tick, where an earlier try may be out
//!   Queued --> Unknown: cancel, where an earlier try may be out
//!   Queued --> Taken: reported, where an earlier try was out
//!   Sending --> Taken: accepted
//!   Sending --> Failed: accepted, and failed at once
//!   Sending --> Queued: rejected, and there is a connection left
//!   Sending --> Failed: rejected, and there is none
//!   Sending --> Unknown: rejected, and there is none, where an earlier try may be out
//!   Sending --> Unknown: ambiguous
//!   Sending --> Queued: ambiguous, where the message asks for it again
//!   Sending --> Unknown: stopped
//!   Sending --> Queued: stopped, where the message asks for it again
//!   Unknown --> Taken: reported
//!   Unknown --> Failed: reported
//!   Unknown --> Unknown: tick, and the provider is asked
//!   Unknown --> Taken: resolved as sent
//!   Unknown --> Failed: resolved as failed
//!   Unknown --> Queued: resolved as resend
//!   Taken --> Taken: reported, forwards
//!   Taken --> Failed: reported, before it was delivered
//!   Taken --> Taken: tick, and the provider is asked
//! ```
//!
//! From `Unknown` no way leads back to `Sending` but the caller's own word.

use crate::{
    message::OnAmbiguous,
    status::Status,
    timestamp::{DAY, Timestamp},
};

/// The state of one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Where it stands.
    pub phase: Phase,
    /// The connections of its route, in order.
    pub legs: Vec<Leg>,
    /// Whether an earlier try may have been sent.
    pub may_be_out: bool,
    /// What the caller wants when nobody knows.
    pub on_ambiguous: OnAmbiguous,
    /// When it is not worth sending any more.
    pub expires_at: Option<Timestamp>,
    /// When the provider is asked next how far the message is.
    pub follow: Option<Follow>,
}

/// Where a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Waits for the time that the caller set.
    Scheduled,
    /// Waits for its turn at this leg.
    Queued {
        /// The place of the leg.
        leg: usize,
    },
    /// On its way by this leg: the request may be out.
    Sending {
        /// The place of the leg.
        leg: usize,
        /// When it began.
        since: Timestamp,
    },
    /// A provider has it, and it is this far: `accepted`, `queued`, `sent`, `delivered` or `read`.
    Taken(Status),
    /// Nobody knows whether it was sent.
    Unknown,
    /// It was not sent, and will not be.
    Failed,
    /// Its time ran out.
    Expired,
    /// It was called back.
    Cancelled,
}

/// One connection of the route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The connection.
    pub connection: String,
    /// How often it was tried.
    pub tries: u32,
    /// Not to be tried before.
    pub at: Timestamp,
    /// Whether it may be tried at all: a refusal that time does not heal closes it.
    pub is_open: bool,
}

/// How a provider is asked again and again how far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Follow {
    /// How often it was asked.
    pub asked: u32,
    /// When it is asked next.
    pub at: Timestamp,
}

/// What happens to a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// Its turn has come: its number and its chat let it go.
    Go,
    /// The provider took it.
    Accepted {
        /// How far it is.
        status: Status,
        /// Whether the provider can be asked how far it is.
        can_ask: bool,
    },
    /// It was certainly not sent.
    Rejected {
        /// Whether, and how, it may be tried there again.
        again: Option<Again>,
    },
    /// It may have been sent.
    Ambiguous {
        /// Whether the provider can be asked.
        can_ask: bool,
        /// How it may be tried there again, should the caller want that.
        again: Again,
    },
    /// Whoever was sending it died.
    Stopped {
        /// How it may be tried there again, should the caller want that.
        again: Again,
    },
    /// Time has passed.
    Tick,
    /// The caller wants it back.
    Cancel,
    /// The caller says what became of it.
    Resolve(Verdict),
    /// The provider says how far it is.
    Reported(Status),
}

/// What a next try must heed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Again {
    /// Seconds that the provider asks to be left alone.
    pub retry_after: Option<u32>,
    /// 32 random bits, for the jitter.
    pub chance: u32,
}

/// What a caller says of a message that nobody knows about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "snake_case"))]
pub enum Verdict {
    /// It was sent.
    Sent,
    /// It was not sent, and shall not be.
    Failed,
    /// It shall be sent again.
    Resend,
}

#[cfg(feature = "worker")]
impl Verdict {
    pub(crate) const WORDS: &'static [(&'static str, Self)] =
        &[("sent", Self::Sent), ("failed", Self::Failed), ("resend", Self::Resend)];
}

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send it by the leg of [`Phase::Sending`].
    Send,
    /// Ask the provider how far it is.
    Ask,
}

/// That this cannot happen to a message that is this far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused(pub Status);

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// How long a leg rests after each refusal that time may heal, in milliseconds; after the last one it is closed.
const RESTS: [i64; 6] = [2 * SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR];

/// How long until the provider is asked, in milliseconds, each time after the last.
const ASKS: [i64; 9] = [5 * SECOND, 15 * SECOND, MINUTE, 5 * MINUTE, 20 * MINUTE, HOUR, 3 * HOUR, 8 * HOUR, DAY];

impl Delivery {
    /// A message for these connections, in order, each with the time from which it may be sent there.
    pub fn new(
        route: impl IntoIterator<Item = (String, Timestamp)>,
        now: Timestamp,
        expires_at: Option<Timestamp>,
        on_ambiguous: OnAmbiguous,
    ) -> Self {
        let leg = |(connection, at)| Leg { connection, tries: 0, at, is_open: true };
        let legs: Vec<_> = route.into_iter().map(leg).collect();
        let is_later = legs.first().is_some_and(|leg| leg.at > now);
        let phase = if is_later { Phase::Scheduled } else { Phase::Queued { leg: 0 } };
        Self { phase, legs, may_be_out: false, on_ambiguous, expires_at, follow: None }
    }

    /// How far it is, for the caller.
    #[must_use]
    pub fn status(&self) -> Status {
        match self.phase {
            Phase::Scheduled => Status::Scheduled,
            Phase::Queued { .. } => Status::Queued,
            Phase::Sending { .. } => Status::Sending,
            Phase::Taken(status) => status,
            Phase::Unknown => Status::Unknown,
            Phase::Failed => Status::Failed,
            Phase::Expired => Status::Expired,
            Phase::Cancelled => Status::Cancelled,
        }
    }

    /// The leg that it waits for or is on.
    #[must_use]
    pub fn leg(&self) -> Option<&Leg> {
        match self.phase {
            Phase::Scheduled => self.legs.first(),
            Phase::Queued { leg } | Phase::Sending { leg, .. } => self.legs.get(leg),
            _ => None,
        }
    }

    /// Whether it waits for its time or turn.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Scheduled | Phase::Queued { .. })
    }

    /// Whether it can still be sent: then what it says is needed, and those behind it in its chat wait.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.is_waiting() || matches!(self.phase, Phase::Sending { .. })
    }

    /// The next state, and what is to be done; [`Refused`] where this cannot happen now.
    pub fn step(self, input: Input, now: Timestamp) -> Result<(Self, Option<Action>), Refused> {
        let is_late = self.is_waiting() && self.expires_at.is_some_and(|end| end <= now);
        let next = match (self.phase, input) {
            (Phase::Scheduled | Phase::Queued { .. }, Input::Tick) if is_late => self.unless_out(Phase::Expired),
            (Phase::Scheduled | Phase::Queued { .. }, Input::Tick) => self,
            (Phase::Scheduled, Input::Go) if !is_late => return self.send(0, now),
            (Phase::Queued { leg }, Input::Go) if !is_late => return self.send(leg, now),
            (Phase::Scheduled | Phase::Queued { .. }, Input::Cancel) => self.unless_out(Phase::Cancelled),
            // A try that was not known of was out after all: nothing is sent again.
            (Phase::Queued { .. }, Input::Reported(status)) if self.may_be_out && rank(status) > 0 => {
                self.at(Phase::Taken(status))
            }

            (Phase::Sending { .. }, Input::Accepted { status, can_ask }) => {
                // A word that nobody knows still says that the provider took it.
                let status = if status == Status::Unknown { Status::Accepted } else { status };
                self.at(Phase::Taken(Status::Accepted)).followed(can_ask, now).reported(status)
            }
            (Phase::Sending { leg, .. }, Input::Rejected { again }) => self.rest(leg, again, now).onward(now),
            (Phase::Sending { leg, .. }, Input::Ambiguous { again, .. } | Input::Stopped { again })
                if self.on_ambiguous == OnAmbiguous::Resend =>
            {
                Self { may_be_out: true, ..self }.rest(leg, Some(again), now).onward(now)
            }
            (Phase::Sending { .. }, Input::Ambiguous { can_ask, .. }) => {
                Self { may_be_out: true, ..self }.at(Phase::Unknown).followed(can_ask, now)
            }
            (Phase::Sending { .. }, Input::Stopped { .. }) => Self { may_be_out: true, ..self }.at(Phase::Unknown),

            (Phase::Unknown, Input::Resolve(Verdict::Sent)) => self.at(Phase::Taken(Status::Sent)),
            (Phase::Unknown, Input::Resolve(Verdict::Failed)) => self.at(Phase::Failed),
            (Phase::Unknown, Input::Resolve(Verdict::Resend)) => self.afresh(now),

            (Phase::Unknown | Phase::Taken(_), Input::Reported(status)) => self.reported(status),
            (Phase::Unknown | Phase::Taken(_), Input::Tick) => return Ok(self.ask(now)),

            _ => return Err(Refused(self.status())),
        };
        Ok((next, None))
    }

    /// At rest in this phase: nobody asks the provider any more.
    fn at(self, phase: Phase) -> Self {
        Self { phase, follow: None, ..self }
    }

    /// At its end, which is [`Phase::Unknown`] where an earlier try may have been sent.
    fn unless_out(self, end: Phase) -> Self {
        let end = if self.may_be_out { Phase::Unknown } else { end };
        self.at(end)
    }

    fn send(self, leg: usize, now: Timestamp) -> Result<(Self, Option<Action>), Refused> {
        if self.legs.get(leg).is_none_or(|leg| leg.at > now) {
            return Err(Refused(self.status()));
        }
        Ok((self.at(Phase::Sending { leg, since: now }), Some(Action::Send)))
    }

    /// Lets a leg rest, or closes it.
    fn rest(mut self, leg: usize, again: Option<Again>, now: Timestamp) -> Self {
        if let Some(leg) = self.legs.get_mut(leg) {
            let rest = RESTS.get(leg.tries as usize);
            leg.tries += 1;
            match again.zip(rest) {
                None => leg.is_open = false,
                Some((Again { retry_after, chance }, rest)) => {
                    // A fifth at most, so that those who failed together do not come back together.
                    let jitter = rest * i64::from(chance) / (5 * i64::from(u32::MAX));
                    let told = i64::from(retry_after.unwrap_or(0)) * SECOND;
                    leg.at = Timestamp(now.0 + told.min(DAY).max(rest + jitter));
                }
            }
        }
        self
    }

    /// On to the first leg that is ready, or else to the one that is ready first.
    fn onward(self, now: Timestamp) -> Self {
        let open = || self.legs.iter().enumerate().filter(|(_, leg)| leg.is_open);
        let ready = open().find(|(_, leg)| leg.at <= now);
        match ready.or_else(|| open().min_by_key(|(_, leg)| leg.at)) {
            Some((leg, _)) => self.at(Phase::Queued { leg }),
            None => self.unless_out(Phase::Failed),
        }
    }

    /// All legs again: the caller has said that what was tried before does not count.
    fn afresh(self, now: Timestamp) -> Self {
        let leg = |leg: Leg| Leg { tries: 0, at: now, is_open: true, ..leg };
        let legs = self.legs.into_iter().map(leg).collect();
        let phase = Phase::Queued { leg: 0 };
        Self { phase, legs, may_be_out: false, expires_at: None, follow: None, ..self }
    }

    fn followed(self, can_ask: bool, now: Timestamp) -> Self {
        Self { follow: if can_ask { later(0, now) } else { None }, ..self }
    }

    /// Asks the provider, if it is time to, and more seldom each time.
    fn ask(self, now: Timestamp) -> (Self, Option<Action>) {
        match self.follow {
            Some(Follow { asked, at }) if at <= now => {
                (Self { follow: later(asked + 1, now), ..self }, Some(Action::Ask))
            }
            _ => (self, None),
        }
    }

    /// Forwards only: what was delivered is not undone by a report that comes late.
    fn reported(self, status: Status) -> Self {
        let so_far = if let Phase::Taken(so_far) = self.phase { rank(so_far) } else { 0 };
        match status {
            Status::Failed if so_far < rank(Status::Delivered) => self.at(Phase::Failed),
            Status::Delivered | Status::Read if so_far < rank(status) => self.at(Phase::Taken(status)),
            _ if so_far < rank(status) => Self { phase: Phase::Taken(status), ..self },
            _ => self,
        }
    }
}

fn later(asked: u32, now: Timestamp) -> Option<Follow> {
    ASKS.get(asked as usize).map(|wait| Follow { asked, at: Timestamp(now.0 + wait) })
}

/// How far a provider has brought a message; 0 is no news.
fn rank(status: Status) -> u8 {
    match status {
        Status::Accepted => 1,
        Status::Queued => 2,
        Status::Sent => 3,
        Status::Delivered => 4,
        Status::Read => 5,
        _ => 0,
    }
}
