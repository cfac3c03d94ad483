//! Where a message is on its way.

#[cfg(feature = "worker")]
use crate::error::joined;
use serde::Serialize;

/// The state of a message, in one vocabulary for all providers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Waits for its time.
    Scheduled,
    /// Waits for its turn, here or at the provider.
    Queued,
    /// On its way to the provider.
    Sending,
    /// The provider took it and says no more.
    Accepted,
    /// WhatsApp has it.
    Sent,
    /// It is on the recipient's device.
    Delivered,
    /// The recipient has seen it.
    Read,
    /// It will not be sent.
    Failed,
    /// Its time ran out before it was sent.
    Expired,
    /// It was called back before it was sent.
    Cancelled,
    /// Nobody knows whether it was sent.
    Unknown,
}

impl Status {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("scheduled", Self::Scheduled),
        ("queued", Self::Queued),
        ("sending", Self::Sending),
        ("accepted", Self::Accepted),
        ("sent", Self::Sent),
        ("delivered", Self::Delivered),
        ("read", Self::Read),
        ("failed", Self::Failed),
        ("expired", Self::Expired),
        ("cancelled", Self::Cancelled),
        ("unknown", Self::Unknown),
    ];

    /// The word for it in JSON.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, status)| *status == self).map_or("unknown", |(word, _)| word)
    }

    /// The status of this word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, status)| *status)
    }

    /// All words, for people.
    #[cfg(feature = "worker")]
    pub(crate) fn words() -> String {
        joined(Self::WORDS.iter().map(|(word, _)| *word), ", ")
    }

    /// Folds a provider's word; letters are WAChat's.
    #[must_use]
    pub fn fold(word: &str) -> Self {
        const FOLDED: &[(&[&str], Status)] = &[
            (&["pending", "u", "q", "queued", "processing"], Status::Queued),
            (&["s", "sent"], Status::Sent),
            (&["d", "delivered"], Status::Delivered),
            (&["r", "read"], Status::Read),
            (&["a", "error", "failed"], Status::Failed),
        ];
        let is_meant = |(words, _): &&(&[&str], Self)| words.iter().any(|known| known.eq_ignore_ascii_case(word));
        FOLDED.iter().find(is_meant).map_or(Self::Unknown, |(_, status)| *status)
    }
}
