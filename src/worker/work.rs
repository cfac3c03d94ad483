//! What comes of a step of the outbox.

use super::{host::Outgoing, problem::Problem, storage::Fault};
use crate::{http::Request, json::Json, timestamp::Timestamp, write::to_json};

/// What is to be done after a step.
#[derive(Debug, Default)]
pub struct Work {
    /// What is to be fetched now.
    pub fetches: Vec<Fetch>,
    /// When there is something to do again.
    pub alarm: Option<Timestamp>,
    /// What has happened.
    pub news: News,
}

/// What somebody may wait for, and has happened.
#[derive(Debug, Default)]
pub struct News {
    /// The submissions of which something has changed.
    pub submissions: Vec<i64>,
    /// Whether the log has new events.
    pub events: bool,
    /// When the first of it is due that was accepted, where nothing is before that.
    pub later: Option<Timestamp>,
}

/// A request that is to be made.
#[derive(Debug)]
pub struct Fetch {
    /// What for: goes back with what came of it.
    pub errand: Errand,
    /// The request.
    pub request: Request,
}

/// What a fetch is for. `seq` says for which, and `attempt` which try it is: what comes of an older one is too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Errand {
    /// To send a message.
    Send {
        /// The message.
        seq: i64,
        /// Which try.
        attempt: i64,
    },
    /// To ask how far a message is.
    Ask {
        /// The message.
        seq: i64,
    },
    /// To bring an event to a subscriber.
    Bring {
        /// The delivery.
        seq: i64,
        /// Which try.
        attempt: i64,
    },
}

impl Errand {
    /// As JSON, for who carries it.
    #[must_use]
    pub fn to_json(self) -> String {
        match self {
            Self::Send { seq, attempt } => to_json(&("send", seq, attempt)),
            Self::Ask { seq } => to_json(&("ask", seq, 0)),
            Self::Bring { seq, attempt } => to_json(&("bring", seq, attempt)),
        }
    }

    /// What [`Errand::to_json`] wrote.
    #[must_use]
    pub fn parse(json: &str) -> Option<Self> {
        let items = Json::parse(json.as_bytes()).ok()?.array()?;
        let [word, seq, attempt] = items.as_slice() else { return None };
        let (seq, attempt) = (seq.integer()?, attempt.integer()?);
        match word.string()?.as_ref() {
            "send" => Some(Self::Send { seq, attempt }),
            "ask" => Some(Self::Ask { seq }),
            "bring" => Some(Self::Bring { seq, attempt }),
            _ => None,
        }
    }

    /// The message that it sends, where it sends one.
    #[must_use]
    pub fn sends(self) -> Option<i64> {
        if let Self::Send { seq, .. } = self { Some(seq) } else { None }
    }
}

/// The answer to a caller.
#[derive(Debug)]
pub enum Asked {
    /// At once.
    Answer(Outgoing),
    /// When the first outcome of this submission is known, or these seconds are over: then [`Outbox::answer`](super::Outbox::answer)
    /// has it.
    Wait {
        /// The submission.
        submission: i64,
        /// Seconds.
        seconds: u32,
    },
    /// When the log has new events, or these seconds are over: then it is to be asked again.
    Listen {
        /// Seconds.
        seconds: u32,
    },
}

/// Why a step came to nothing: the caller's mistake, or the storage's.
pub(crate) enum Halt {
    Problem(Box<Problem>),
    Fault(Fault),
}

impl<P: Into<Problem>> From<P> for Halt {
    fn from(problem: P) -> Self {
        Self::Problem(Box::new(problem.into()))
    }
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}
