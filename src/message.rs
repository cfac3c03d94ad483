//! What the user wants said, in no provider's dialect.

use crate::{
    account::FieldKind,
    error::{Error, Violation, escape, read},
    media::{Media, MediaKind},
    phone::Phone,
    provider::{Feature, PROVIDERS, Provider},
    timestamp::Timestamp,
};
use serde::{Deserialize, Serialize, de};
use serde_json::{Map, Value, value::RawValue};
use std::{collections::BTreeMap, fmt};

/// A message to a WhatsApp group or person.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Who gets it.
    pub to: To,
    /// What it says; the caption when there is media.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// Who is mentioned; the text carries `@` and the digits as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<Phone>,
    /// The provider's id of the message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<String>,
    /// Whether to show "typing…" first; absent is the provider's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub typing: Option<bool>,
    /// Whether to show the sender as online; absent is the provider's default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presence: Option<bool>,
    /// When to send it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub send_at: Option<Timestamp>,
    /// Seconds after which it is not worth sending any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u32>,
    /// The connection to send it by, or several to fall over to in turn. Read by the Worker, not by the core.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// What to do where the provider lacks a feature. Read by the Worker, not by the core.
    #[serde(default)]
    pub on_unsupported: OnUnsupported,
    /// What to do when nobody knows whether it was sent. Read by the Worker, not by the core.
    #[serde(default)]
    pub on_ambiguous: OnAmbiguous,
    /// Parameters that only one provider knows, by provider.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, Map<String, Value>>,
    /// The caller's own data: returned as it came, never sent to a provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Box<RawValue>>,
}

/// A group or a person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// A group, by the provider's own id (in the Worker: or by its alias).
    Group(String),
    /// A person, by phone number.
    Phone(Phone),
}

/// One recipient, or several.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum To {
    /// One.
    One(Recipient),
    /// Several: 1 to [`To::MOST`].
    Many(Vec<Recipient>),
}

impl To {
    /// How many recipients one message may have.
    pub const MOST: usize = 1000;

    /// All recipients, each with its JSON pointer into the message.
    pub fn iter(&self) -> impl Iterator<Item = (String, &Recipient)> {
        let (one, many) = match self {
            Self::One(one) => (Some(one), [].as_slice()),
            Self::Many(many) => (None, many.as_slice()),
        };
        let one = one.into_iter().map(|recipient| ("/to".to_owned(), recipient));
        one.chain(many.iter().enumerate().map(|(at, recipient)| (format!("/to/{at}"), recipient)))
    }

    /// The only recipient, where there is just one.
    #[must_use]
    pub fn single(&self) -> Option<&Recipient> {
        match self {
            Self::One(one) => Some(one),
            Self::Many(many) => match many.as_slice() {
                [one] => Some(one),
                _ => None,
            },
        }
    }
}

// By hand: an untagged enum could only say that "no variant matched".
impl<'de> Deserialize<'de> for To {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = To;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(r#"{ "group": "…" }, { "phone": "+…" } or an array of these"#)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<To, A::Error> {
                Recipient::deserialize(de::value::MapAccessDeserializer::new(map)).map(To::One)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<To, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(To::Many)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// The connections to send by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Via {
    /// A connection or a route, by name.
    One(String),
    /// Connections to try in turn, by name.
    Many(Vec<String>),
}

impl<'de> Deserialize<'de> for Via {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Via;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a connection or route, or an array of connections")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Via, E> {
                Ok(Via::One(name.to_owned()))
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, seq: A) -> Result<Via, A::Error> {
                Vec::deserialize(de::value::SeqAccessDeserializer::new(seq)).map(Via::Many)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// What to do where a provider lacks a feature.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnAmbiguous {
    /// Leave it: better unknown than twice.
    #[default]
    Hold,
    /// Send it again: better twice than not at all.
    Resend,
}

impl Message {
    /// Reads a message from JSON; an error says where it is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let message: Self = read(json)?;
        message.check()?;
        Ok(message)
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
            options: BTreeMap::new(),
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
        for (pointer, recipient) in self.to.iter() {
            if matches!(recipient, Recipient::Group(id) if id.is_empty()) {
                wrong(&format!("{pointer}/group"), "a group has an id or an alias");
            }
        }
        match &self.text {
            None if self.media.is_none() && !PROVIDERS.iter().any(|provider| self.has_raw_content(provider)) => {
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
        if self.metadata.as_ref().is_some_and(|metadata| !metadata.get().starts_with('{')) {
            wrong("/metadata", "an object");
        }
        if let Some(media) = &self.media {
            media.check(&mut errors);
        }
        for (slug, options) in &self.options {
            check_options(slug, options, &mut errors);
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
    }

    /// Whether an option brings the content itself, in the provider's own form: a location, for example.
    pub(crate) fn has_raw_content(&self, provider: &Provider) -> bool {
        let objects = provider.options.iter().filter(|option| matches!(option.kind, FieldKind::Object));
        objects.into_iter().any(|option| self.option(provider, option.name).is_some())
    }

    /// The features that this message asks of a provider, each with its JSON pointer.
    pub(crate) fn needs(&self) -> Vec<(Feature, String)> {
        let mut needs = Vec::new();
        if self.to.single().is_none() {
            needs.push((Feature::ManyRecipients, "/to".to_owned()));
        }
        for (pointer, recipient) in self.to.iter() {
            needs.push(match recipient {
                Recipient::Group(_) => (Feature::Group, format!("{pointer}/group")),
                Recipient::Phone(_) => (Feature::Phone, format!("{pointer}/phone")),
            });
        }
        if let Some(media) = &self.media {
            let kind = match media.kind {
                MediaKind::Image => Feature::Image,
                MediaKind::Video => Feature::Video,
                MediaKind::Audio => Feature::Audio,
                MediaKind::Document => Feature::Document,
            };
            needs.push((kind, "/media/kind".to_owned()));
            needs.push(match media.url {
                Some(_) => (Feature::MediaUrl, "/media/url".to_owned()),
                None => (Feature::MediaBase64, "/media/base64".to_owned()),
            });
            if self.text.is_some() {
                needs.push((
                    if media.kind == MediaKind::Document { Feature::DocumentCaption } else { Feature::Caption },
                    "/text".to_owned(),
                ));
            }
        }
        let asked = [
            (!self.mentions.is_empty(), Feature::Mentions, "/mentions"),
            (self.reply_to.is_some(), Feature::ReplyTo, "/reply_to"),
            // Not to simulate anything is what a provider without simulation does anyway.
            (self.typing == Some(true), Feature::Typing, "/typing"),
            (self.presence == Some(true), Feature::Presence, "/presence"),
            (self.send_at.is_some(), Feature::SendAt, "/send_at"),
        ];
        needs.extend(
            asked.into_iter().filter(|(asked, ..)| *asked).map(|(_, feature, pointer)| (feature, pointer.to_owned())),
        );
        needs
    }
}

pub(crate) const NO_CONTENT: &str = "a message needs a text, or media";

fn check_options(slug: &str, options: &Map<String, Value>, errors: &mut Vec<Violation>) {
    let Some(provider) = Provider::find(slug) else {
        let detail = format!("no such provider; there are {}", Provider::slugs());
        errors.push(Violation::new(format!("/options/{}", escape(slug)), detail));
        return;
    };
    for (name, value) in options {
        let pointer = format!("/options/{slug}/{}", escape(name));
        match provider.options.iter().find(|option| option.name == name) {
            None => errors.push(Violation::new(pointer, provider.no_such_option())),
            Some(option) => errors.extend(option.check(value).err().map(|detail| Violation::new(pointer, detail))),
        }
    }
}
