//! What the user wants said, in no provider's dialect.

use crate::{
    error::{Error, Violation},
    input::{Input, read},
    json::Raw,
    media::{Media, MediaKind},
    options::Options,
    phone::Phone,
    provider::{Feature, PROVIDERS},
    timestamp::Timestamp,
};
#[cfg(feature = "worker")]
use crate::{field::Field, provider::Provider};
use serde::Serialize;
use std::slice;

/// A message to a WhatsApp group or person.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub struct Message {
    /// Who gets it.
    pub to: To,
    /// What it says; the caption when there is media.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// Who is mentioned; the text carries `@` and the digits as well.
    #[cfg_attr(feature = "schema", schemars(default))]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Phone>,
    /// The provider's id of the message that this one answers.
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Whether to show "typing…" first; absent is the provider's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub typing: Option<bool>,
    /// Whether to show the sender as online; absent is the provider's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presence: Option<bool>,
    /// When to send it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// Seconds after which it is not worth sending any more.
    #[cfg_attr(feature = "schema", schemars(range(min = 1)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// The connection to send it by, or several to fall over to in turn. Read by the Worker only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// What to do where the provider lacks a feature. Read by the Worker only.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub on_unsupported: OnUnsupported,
    /// What to do when nobody knows whether it was sent. Read by the Worker only.
    #[cfg_attr(feature = "schema", schemars(default))]
    pub on_ambiguous: OnAmbiguous,
    /// Parameters that only one provider knows.
    #[cfg_attr(feature = "schema", schemars(default))]
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub options: Options,
    /// The caller's own data: returned as it came, never sent to a provider.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<std::collections::BTreeMap<String, serde_json::Value>>"))]
    pub metadata: Option<Raw>,
}

/// A group or a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A group, by the provider's own id (in the Worker: or by its alias).
    Group(#[cfg_attr(feature = "schema", schemars(length(min = 1)))] String),
    /// A person, by phone number.
    Phone(Phone),
}

/// One recipient, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum To {
    /// One.
    One(Recipient),
    /// Several: 1 to 1000.
    Many(#[cfg_attr(feature = "schema", schemars(length(min = 1, max = To::MOST)))] Vec<Recipient>),
}

impl Recipient {
    /// The chat of a WhatsApp id, or of the id of a group; `None` where it hides a person's number.
    pub(crate) fn of_id(id: String, is_group: bool) -> Option<Self> {
        if is_group || id.ends_with("@g.us") { Some(Self::Group(id)) } else { Phone::of_jid(&id).map(Self::Phone) }
    }

    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let (has_group, has_phone) = (members.has("group"), members.has("phone"));
        let group = members.optional("group").and_then(Input::string).map(Self::Group);
        let phone = members.optional("phone").and_then(Input::phone).map(Self::Phone);
        members.end();
        match (has_group, has_phone) {
            (false, false) => input.wrong("a recipient has a group or a phone"),
            (true, true) => input.wrong("a recipient has a group or a phone, not both"),
            _ => group.or(phone),
        }
    }
}

impl To {
    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        match input.json.is_object() {
            true => Recipient::read(input).map(Self::One),
            false if input.json.is_array() => input.items(|input| Recipient::read(input)).map(Self::Many),
            false => input.wrong(r#"{ "group": "…" }, { "phone": "+…" } or an array of these"#),
        }
    }

    /// How many recipients one message may have.
    pub const MOST: usize = 1000;

    /// All recipients.
    #[must_use]
    pub fn recipients(&self) -> &[Recipient] {
        match self {
            Self::One(one) => slice::from_ref(one),
            Self::Many(many) => many,
        }
    }

    /// The only recipient, where there is just one.
    #[must_use]
    pub fn single(&self) -> Option<&Recipient> {
        match self.recipients() {
            [one] => Some(one),
            _ => None,
        }
    }

    /// Where a recipient stands: a JSON pointer into the message.
    pub(crate) fn pointer(&self, at: usize) -> String {
        let member = match self.recipients().get(at) {
            Some(Recipient::Phone(_)) => "phone",
            _ => "group",
        };
        match self {
            Self::One(_) => format!("/to/{member}"),
            Self::Many(_) => format!("/to/{at}/{member}"),
        }
    }
}

/// The connections to send by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Via {
    /// A connection or a route, by name.
    One(String),
    /// Connections to try in turn, by name.
    Many(Vec<String>),
}

impl Via {
    /// The names, and where each stands in a message.
    #[cfg(feature = "worker")]
    pub(crate) fn named(&self) -> Vec<(String, &String)> {
        match self {
            Self::One(name) => vec![("/via".to_owned(), name)],
            Self::Many(names) => names.iter().enumerate().map(|(at, name)| (format!("/via/{at}"), name)).collect(),
        }
    }

    fn read(input: Input<'_, '_>) -> Option<Self> {
        match input.json.string() {
            Some(name) => Some(Self::One(name.into_owned())),
            None if input.json.is_array() => input.items(|input| input.string()).map(Self::Many),
            None => input.wrong("the name of a connection or route, or an array of connections"),
        }
    }
}

/// What to do where a provider lacks a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnUnsupported {
    /// Say so, and send nothing.
    #[default]
    Fail,
    /// Send what can be sent, and say what was lost.
    Degrade,
    /// Go on to the next connection that can.
    Route,
}

/// What to do when nobody knows whether a message was sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnAmbiguous {
    /// Leave it: better unknown than twice.
    #[default]
    Hold,
    /// Send it again: better twice than not at all.
    Resend,
}

impl OnUnsupported {
    const WORDS: &'static [(&'static str, Self)] =
        &[("fail", Self::Fail), ("degrade", Self::Degrade), ("route", Self::Route)];
}

impl OnAmbiguous {
    const WORDS: &'static [(&'static str, Self)] = &[("hold", Self::Hold), ("resend", Self::Resend)];
}

impl Message {
    /// Reads a message from JSON; an error says where it is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let message = read(json, |input| Self::read(input))?;
        message.check()?;
        Ok(message)
    }

    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let to = members.required("to").and_then(To::read);
        let message = Self {
            to: to.unwrap_or(To::Many(Vec::new())),
            text: members.optional("text").and_then(Input::string),
            media: members.optional("media").and_then(Media::read),
            mentions: members
                .optional("mentions")
                .and_then(|input| input.items(|input| input.phone()))
                .unwrap_or_default(),
            reply_to: members.optional("reply_to").and_then(Input::string),
            typing: members.optional("typing").and_then(Input::bool),
            presence: members.optional("presence").and_then(Input::bool),
            send_at: members.optional("send_at").and_then(Input::timestamp),
            expires_in: members.optional("expires_in").and_then(Input::count),
            via: members.optional("via").and_then(Via::read),
            on_unsupported: members
                .optional("on_unsupported")
                .and_then(|input| input.one_of(OnUnsupported::WORDS))
                .unwrap_or_default(),
            on_ambiguous: members
                .optional("on_ambiguous")
                .and_then(|input| input.one_of(OnAmbiguous::WORDS))
                .unwrap_or_default(),
            options: members.optional("options").and_then(Options::read).unwrap_or_default(),
            metadata: members.optional("metadata").and_then(Input::raw_object),
        };
        members.end();
        Some(message)
    }

    /// A text to one recipient.
    pub fn text(to: Recipient, text: impl Into<String>) -> Self {
        Self {
            to: To::One(to),
            text: Some(text.into()),
            media: None,
            mentions: Vec::new(),
            reply_to: None,
            typing: None,
            presence: None,
            send_at: None,
            expires_in: None,
            via: None,
            on_unsupported: OnUnsupported::default(),
            on_ambiguous: OnAmbiguous::default(),
            options: Options::default(),
            metadata: None,
        }
    }

    /// The rules that hold at every provider.
    pub fn check(&self) -> Result<(), Error> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: &str, detail: &str| errors.push(Violation::new(pointer, detail));

        if let To::Many(many) = &self.to
            && !(1..=To::MOST).contains(&many.len())
        {
            wrong("/to", "1 to 1000 recipients");
        }
        for (at, recipient) in self.to.recipients().iter().enumerate() {
            if matches!(recipient, Recipient::Group(id) if id.is_empty()) {
                wrong(&self.to.pointer(at), "a group has an id or an alias");
            }
        }
        match &self.text {
            None if self.media.is_none() && !PROVIDERS.iter().any(|provider| self.options.bring_content(provider)) => {
                wrong("/text", NO_CONTENT);
            }
            Some(text) if text.trim().is_empty() => {
                wrong("/text", "a text is not blank: leave it out to send media alone")
            }
            _ => {}
        }
        if self.reply_to.as_ref().is_some_and(String::is_empty) {
            wrong("/reply_to", "the id of a message is not empty");
        }
        if self.expires_in == Some(0) {
            wrong("/expires_in", "seconds, at least 1");
        }
        if let Some(media) = &self.media {
            media.check(&mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
    }

    /// The only recipient, for a provider that takes one.
    pub(crate) fn recipient(&self) -> Result<&Recipient, Error> {
        self.to.single().ok_or_else(|| Error::unsupported(vec![Violation::new("/to", "one recipient")]))
    }

    /// What this message asks for that is not among these features, each with its JSON pointer.
    pub(crate) fn lacks(&self, features: &[Feature]) -> Vec<(Feature, String)> {
        let mut lacking = Vec::new();
        let mut need = |feature: Feature, pointer: &dyn Fn() -> String| {
            if !features.contains(&feature) {
                lacking.push((feature, pointer()));
            }
        };
        if self.to.single().is_none() {
            need(Feature::ManyRecipients, &|| "/to".to_owned());
        }
        for (at, recipient) in self.to.recipients().iter().enumerate() {
            let feature = match recipient {
                Recipient::Group(_) => Feature::Group,
                Recipient::Phone(_) => Feature::Phone,
            };
            need(feature, &|| self.to.pointer(at));
        }
        let media = self.media.as_ref();
        let carries = |kind| media.is_some_and(|media| media.kind == kind);
        let caption = media.map_or(Feature::Caption, |media| media.kind.caption());
        let asked = [
            (carries(MediaKind::Image), Feature::Image, "/media/kind"),
            (carries(MediaKind::Video), Feature::Video, "/media/kind"),
            (carries(MediaKind::Audio), Feature::Audio, "/media/kind"),
            (carries(MediaKind::Document), Feature::Document, "/media/kind"),
            (media.is_some_and(|media| media.url.is_some()), Feature::MediaUrl, "/media/url"),
            (media.is_some_and(|media| media.base64.is_some()), Feature::MediaBase64, "/media/base64"),
            (media.is_some() && self.text.is_some(), caption, "/text"),
            (!self.mentions.is_empty(), Feature::Mentions, "/mentions"),
            (self.reply_to.is_some(), Feature::ReplyTo, "/reply_to"),
            // Not to simulate anything is what a provider without simulation does anyway.
            (self.typing == Some(true), Feature::Typing, "/typing"),
            (self.presence == Some(true), Feature::Presence, "/presence"),
            (self.send_at.is_some(), Feature::SendAt, "/send_at"),
        ];
        for (_, feature, pointer) in asked.into_iter().filter(|(asked, ..)| *asked) {
            need(feature, &|| pointer.to_owned());
        }
        lacking
    }
}

/// What the Worker reads of the options.
#[cfg(feature = "worker")]
impl Message {
    /// Whether it goes to all recipients in one call, as one message.
    fn is_bulk(&self) -> bool {
        PROVIDERS.iter().any(|provider| self.sets(provider, provider.bulk))
    }

    /// The recipients, where each of them gets a message of their own.
    pub(crate) fn each(&self) -> Option<&[Recipient]> {
        match &self.to {
            To::Many(many) if !self.is_bulk() => Some(many),
            _ => None,
        }
    }

    /// Whether this provider gets it at once, and itself waits for `send_at`.
    pub(crate) fn is_scheduled_by(&self, provider: &Provider) -> bool {
        self.sets(provider, provider.schedule)
    }

    fn sets(&self, provider: &Provider, flag: Option<&Field>) -> bool {
        flag.is_some_and(|flag| self.options.get(provider, flag).bool() == Some(true))
    }
}

pub(crate) const NO_CONTENT: &str = "a message needs a text, or media";

#[cfg(all(test, feature = "worker"))]
mod tests {
    use super::*;
    use crate::field::FieldKind;

    #[test]
    fn the_worker_asks_the_table_which_option_it_reads() {
        let plain = Message::text(Recipient::Group("495".to_owned()), "Hello");
        let message = |provider: &Provider, flag: &Field, value: &str| {
            let options = format!(r#"{{ "{}": {{ "{}": {value} }} }}"#, provider.slug, flag.name);
            Message { options: Options::parse(options.as_bytes()).unwrap(), ..plain.clone() }
        };
        for provider in PROVIDERS {
            assert!(!plain.is_bulk() && !plain.is_scheduled_by(provider), "{}", provider.slug);
            for flag in [provider.bulk, provider.schedule].into_iter().flatten() {
                assert!(provider.options.iter().any(|option| option.name == flag.name), "{}", flag.name);
                assert!(matches!(flag.kind, FieldKind::Flag), "{}", flag.name);
            }
            for (value, is_set) in [("true", true), ("false", false)] {
                if let Some(bulk) = provider.bulk {
                    let message = message(provider, bulk, value);
                    assert!(message.is_bulk() == is_set && !message.is_scheduled_by(provider));
                }
                if let Some(schedule) = provider.schedule {
                    let message = message(provider, schedule, value);
                    assert!(message.is_scheduled_by(provider) == is_set && !message.is_bulk());
                    let others = PROVIDERS.iter().filter(|other| other.slug != provider.slug);
                    assert_eq!(others.filter(|other| message.is_scheduled_by(other)).count(), 0);
                }
            }
        }
    }
}
