//! What a provider reports, one shape for all providers.

#[cfg(feature = "worker")]
use crate::write::to_json;
use crate::{
    json::{Json, Object, Raw},
    media::Media,
    message::Recipient,
    phone::Phone,
    status::Status,
    timestamp::Timestamp,
};
use serde::Serialize;

/// Something that happened, as a provider reports it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Event {
    /// What.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// The slug of the provider.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Slug"))]
    pub provider: &'static str,
    /// When: as the provider says, else when the webhook came.
    pub at: Timestamp,
    /// The message that it is about, where it is about one.
    pub message: Option<EventMessage>,
    /// What the provider sent, as it came. What is no JSON is a string, what is no text `{ "base64": "…" }`.
    pub raw: Raw,
}

/// What happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "EventType"))]
pub enum EventKind {
    /// `message.received`: someone wrote.
    #[serde(rename = "message.received")]
    MessageReceived,
    /// `message.sent`: WhatsApp has a message of ours, from here or from the phone.
    #[serde(rename = "message.sent")]
    MessageSent,
    /// `message.delivered`: it is on the recipient's device.
    #[serde(rename = "message.delivered")]
    MessageDelivered,
    /// `message.read`: the recipient has seen it.
    #[serde(rename = "message.read")]
    MessageRead,
    /// `message.failed`: it will not be sent.
    #[serde(rename = "message.failed")]
    MessageFailed,
    /// `connection.up`: the device is connected to WhatsApp.
    #[serde(rename = "connection.up")]
    ConnectionUp,
    /// `connection.down`: it no longer is.
    #[serde(rename = "connection.down")]
    ConnectionDown,
    /// `other`: nothing of the above; [`Event::raw`] has it.
    #[default]
    #[serde(rename = "other")]
    Other,
}

impl EventKind {
    /// What the report of a status is.
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Sent => Self::MessageSent,
            Status::Delivered => Self::MessageDelivered,
            Status::Read => Self::MessageRead,
            Status::Failed => Self::MessageFailed,
            _ => Self::Other,
        }
    }

    /// All kinds, by their words.
    #[cfg(feature = "worker")]
    pub(crate) const WORDS: &'static [(&'static str, Self)] = &[
        ("message.received", Self::MessageReceived),
        ("message.sent", Self::MessageSent),
        ("message.delivered", Self::MessageDelivered),
        ("message.read", Self::MessageRead),
        ("message.failed", Self::MessageFailed),
        ("connection.up", Self::ConnectionUp),
        ("connection.down", Self::ConnectionDown),
        ("other", Self::Other),
    ];

    /// Its word.
    #[cfg(feature = "worker")]
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("other", |(word, _)| word)
    }

    /// How far a message is by this; `None` where it says nothing of that.
    #[cfg(feature = "worker")]
    pub(crate) fn status(self) -> Option<Status> {
        match self {
            Self::MessageSent => Some(Status::Sent),
            Self::MessageDelivered => Some(Status::Delivered),
            Self::MessageRead => Some(Status::Read),
            Self::MessageFailed => Some(Status::Failed),
            _ => None,
        }
    }

    /// A message that came in, or the echo of one of ours: whoever answers what is received must not see it there.
    pub(crate) fn of_message(from_me: bool) -> Self {
        if from_me { Self::MessageSent } else { Self::MessageReceived }
    }
}

/// A message, as far as a provider tells about it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EventMessage {
    /// The provider's id of it: for one of ours, the id in its receipt.
    pub id: Option<String>,
    /// Where it was written.
    pub chat: Option<Recipient>,
    /// Who wrote it.
    pub from: Option<Sender>,
    /// What it says; the caption when there is media.
    pub text: Option<String>,
    /// What it carries; by its kind alone where the provider keeps the rest.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::received_media"))]
    pub media: Option<Media>,
    /// Who is mentioned.
    pub mentions: Vec<Phone>,
    /// The provider's id of the message that it answers.
    pub reply_to: Option<String>,
    /// Whether it is one of ours.
    pub from_me: bool,
}

/// Who wrote a message.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Sender {
    /// The number; absent where WhatsApp hides it.
    pub phone: Option<Phone>,
    /// The name that they gave themselves.
    pub name: Option<String>,
}

/// An [`Event`] in the provider's own words, where its reader found them. What they mean is settled here, for all.
#[derive(Default)]
pub(crate) struct Report {
    pub(crate) kind: EventKind,
    pub(crate) at: Option<String>,
    pub(crate) id: Option<String>,
    /// A WhatsApp id, or the id of a group.
    pub(crate) chat: Option<String>,
    /// Whether the chat is a group whatever its id looks like.
    pub(crate) is_group: bool,
    /// A WhatsApp id.
    pub(crate) writer: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) text: Option<String>,
    pub(crate) media: Option<Media>,
    pub(crate) from_me: bool,
    /// Why a message failed.
    #[cfg(feature = "worker")]
    pub(crate) reason: Option<String>,
}

/// The names of the members in which a provider tells these; the first that says anything counts.
pub(crate) struct Names {
    pub(crate) at: &'static [&'static str],
    pub(crate) id: &'static [&'static str],
    pub(crate) chat: &'static [&'static str],
    pub(crate) writer: &'static [&'static str],
    pub(crate) name: &'static [&'static str],
    pub(crate) text: &'static [&'static str],
}

impl Report {
    pub(crate) fn new(kind: EventKind, data: &Object<'_>, names: &Names) -> Self {
        let first = |names: &[&str]| names.iter().find_map(|name| said(data.get(name)));
        Self {
            kind,
            at: first(names.at),
            id: first(names.id),
            chat: first(names.chat),
            writer: first(names.writer),
            name: first(names.name),
            text: first(names.text),
            #[cfg(feature = "worker")]
            reason: first(&["reason"]),
            ..Self::default()
        }
    }

    /// What is the same when the same is reported again, whatever else is told then: the provider's id of the message, and
    /// what has become of it. `None` where only the text of the report says what it is.
    #[cfg(feature = "worker")]
    pub(crate) fn identity(&self, raw: Json<'_>) -> Option<String> {
        let id = self.id.as_deref()?;
        let body = raw.object();
        // A message has one delivery and one reading for each who gets it; Go WhatsApp calls them `sender`.
        let sender = || said(body.get("data").object().get("sender"));
        let reader = match self.kind {
            EventKind::Other | EventKind::ConnectionUp | EventKind::ConnectionDown => return None,
            EventKind::MessageDelivered | EventKind::MessageRead => self.writer.clone().or_else(sender),
            _ => None,
        };
        // The echo of a message and the report that it was sent are two events, as are its reading and its playing.
        let word = ["event_type", "event"].iter().find_map(|name| said(body.get(name))).unwrap_or_default();
        Some(to_json(&(self.kind.word(), word, id, reader)))
    }

    /// As an event of this provider's; `now` stands in for a moment that is not told.
    pub(crate) fn event(self, provider: &'static str, now: Timestamp, raw: Json<'_>) -> Event {
        let about = match self.kind {
            EventKind::ConnectionUp | EventKind::ConnectionDown => false,
            EventKind::Other => self.id.is_some(),
            _ => true,
        };
        let phone = self.writer.and_then(|writer| Phone::of_jid(&writer));
        let known = phone.is_some() || self.name.is_some();
        let message = EventMessage {
            id: self.id,
            chat: self.chat.and_then(|chat| Recipient::of_id(chat, self.is_group)),
            from: known.then_some(Sender { phone, name: self.name }),
            text: self.text,
            media: self.media,
            mentions: Vec::new(),
            reply_to: None,
            from_me: self.from_me,
        };
        let at = self.at.and_then(|at| moment(&at)).unwrap_or(now);
        Event { kind: self.kind, provider, at, message: about.then_some(message), raw: raw.raw() }
    }
}

/// A text, an id or a word, where it says anything.
pub(crate) fn said(json: Json<'_>) -> Option<String> {
    json.scalar().filter(|text| !text.is_empty())
}

/// A moment: RFC 3339, or a number since 1970. Seconds have up to 11 digits, milliseconds more.
fn moment(text: &str) -> Option<Timestamp> {
    let Ok(number) = text.parse::<i64>() else { return Timestamp::parse(text).ok() };
    let milliseconds = if number < 100_000_000_000 { number.checked_mul(1000)? } else { number };
    // Up to the year 9999; 0 is a field that nobody filled.
    (1..253_402_300_800_000).contains(&milliseconds).then_some(Timestamp(milliseconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "worker")]
    #[test]
    fn each_kind_has_its_word() {
        for (word, kind) in EventKind::WORDS {
            assert_eq!((to_json(kind), kind.word()), (format!("\"{word}\""), *word));
        }
    }

    #[test]
    fn a_moment_is_seconds_milliseconds_or_rfc_3339() {
        let written = |text: &str| moment(text).map(|moment| moment.to_string());
        assert_eq!(written("1678900000").as_deref(), Some("2023-03-15T17:06:40Z"));
        assert_eq!(written("1678900000250").as_deref(), Some("2023-03-15T17:06:40.250Z"));
        assert_eq!(written("2024-12-20T00:48:15+00:00").as_deref(), Some("2024-12-20T00:48:15Z"));
        for text in ["", "0", "-1", "-9223372036854775808", "9223372036854775807", "2022-01-28T23:31:50", "today"] {
            assert_eq!(written(text), None, "{text}");
        }
    }
}
