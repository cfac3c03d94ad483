//! How fast a number may send, and what it has spent of that.

use crate::{input::Input, timestamp::Timestamp};
use serde::Serialize;

/// How fast a number may send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Pace {
    /// Messages a minute, at least 1.
    pub per_minute: Option<u32>,
    /// Messages at once, before `per_minute` holds; at least 1, and 1 if left out.
    pub burst: Option<u32>,
    /// Milliseconds between two messages at least.
    pub min_gap_ms: Option<u32>,
    /// Milliseconds of chance added to each gap at most.
    pub jitter_ms: Option<u32>,
}

impl Pace {
    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let pace = Self {
            per_minute: members.optional("per_minute").and_then(|input| input.count_from(1)),
            burst: members.optional("burst").and_then(|input| input.count_from(1)),
            min_gap_ms: members.optional("min_gap_ms").and_then(Input::count),
            jitter_ms: members.optional("jitter_ms").and_then(Input::count),
        };
        members.end();
        Some(pace)
    }

    /// The pace that keeps both, for a number that several connections share: the stricter of each value.
    #[must_use]
    pub fn stricter(&self, other: &Self) -> Self {
        // A burst is one of a rate: beside none it means nothing.
        let rates = [self, other].into_iter().filter_map(|pace| Some((pace.per_minute?, pace.burst.unwrap_or(1))));
        Self {
            per_minute: rates.clone().map(|(per_minute, _)| per_minute).min(),
            burst: rates.map(|(_, burst)| burst).min(),
            min_gap_ms: self.min_gap_ms.max(other.min_gap_ms),
            jitter_ms: self.jitter_ms.max(other.jitter_ms),
        }
    }

    /// Milliseconds that one send takes; none where there is no rate. Rounded up: many sends must not become too many.
    fn interval(&self) -> i64 {
        self.per_minute.map_or(0, |per_minute| i64::from(60_000_u32.div_ceil(per_minute.max(1))))
    }

    /// What the sends of a burst but its first take together: so much may be taken in advance.
    fn advance(&self) -> i64 {
        i64::from(self.burst.map_or(0, |burst| burst.saturating_sub(1))) * self.interval()
    }

    /// The jitter that these 32 random bits come to: each from 0 to `jitter_ms` is as likely.
    fn jitter(&self, chance: u32) -> i64 {
        let choices = u64::from(self.jitter_ms.unwrap_or_default()) + 1;
        ((u64::from(chance) * choices) >> 32) as i64
    }
}

/// What a number has spent of its [`Pace`]: two moments, in milliseconds since 1970, to be kept from send to send.
/// The default is nothing spent.
///
/// Each send takes an interval, `60_000 / per_minute` ms rounded up, behind those taken before it, and may do so up to
/// `burst - 1` intervals in advance (the generic cell rate algorithm). Of sends that each wait for
/// [`Budget::ready_at`],
///
/// - any n have at least n - `burst` intervals between the first and the last: in a window of w ms, both its ends
///   included, there are at most `burst + w * per_minute / 60_000`;
/// - any two have at least `min_gap_ms` between them;
/// - none waits for longer than these two demand, but for its jitter: the send before it counts as if it had begun so
///   much later. Jitters do not add up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// When the last send began, put off by its jitter: the gap counts from here.
    pub last_at: i64,
    /// When all that was taken is given back: from here on the whole burst is there again.
    pub whole_at: i64,
}

impl Budget {
    /// The earliest moment at which the next send may begin.
    ///
    /// Another pace than before holds at once: the wait is at most the last send's jitter, and then an interval or
    /// `min_gap_ms` of this pace, whichever is longer.
    #[must_use]
    pub fn ready_at(&self, pace: &Pace) -> Timestamp {
        let gap = i64::from(pace.min_gap_ms.unwrap_or_default());
        let rate = self.whole_at(pace).saturating_sub(pace.advance());
        Timestamp(self.last_at.saturating_add(gap).max(rate))
    }

    /// The budget after a send that began at `now`; `chance` is 32 random bits, for the jitter of the gap behind it.
    #[must_use]
    pub fn spend(self, pace: &Pace, now: Timestamp, chance: u32) -> Self {
        // A clock that went back gives nothing back.
        let last_at = now.0.saturating_add(pace.jitter(chance)).max(self.last_at);
        Self { last_at, whole_at: self.whole_at(pace).max(last_at).saturating_add(pace.interval()) }
    }

    /// `whole_at`, with no more taken than this pace lets a number take: it may have been another's.
    fn whole_at(&self, pace: &Pace) -> i64 {
        let most = pace.advance().saturating_add(pace.interval());
        self.whole_at.min(self.last_at.saturating_add(most))
    }
}
