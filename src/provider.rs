//! A provider is data: what it asks for, what it can do, and how it does it.

use crate::{
    call::{CheckAccount, Endpoint, ListGroups, MessageStatus, Quota},
    error::{Error, Violation, joined},
    field::Field,
    media::MediaKind,
    message::{Message, NO_CONTENT, Recipient},
    webhook::Inbound,
};
use serde::{Serialize, Serializer};

/// Declares the providers: each is the file of its name, and its `PROVIDER`.
macro_rules! providers {
    ($($slug:ident),+ $(,)?) => {
        $(mod $slug;)+

        /// All providers, in the order of the documentation.
        pub static PROVIDERS: &[&Provider] = &[$(&$slug::PROVIDER),+];

        impl Provider {
            /// How its webhooks are received. Beside the table, so that who receives none does not carry it along.
            pub(crate) fn inbound(&self) -> Option<&'static Inbound> {
                match self.slug {
                    $(stringify!($slug) => Some(&$slug::INBOUND),)+
                    _ => None,
                }
            }
        }
    };
}

providers! { whatspie, gowhatsapp, wachat, a1base, whatsspot }

/// Something that a message may ask for, and that not every provider can do. In JSON: snake_case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Feature {
    /// To a group.
    Group,
    /// To a person.
    Phone,
    /// To many at once, in one call.
    ManyRecipients,
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file.
    Document,
    /// Media that the provider fetches.
    MediaUrl,
    /// Media in the request itself.
    MediaBase64,
    /// A text with an image, a video or a sound.
    Caption,
    /// A text with a document.
    DocumentCaption,
    /// Mentions.
    Mentions,
    /// An answer to another message.
    ReplyTo,
    /// "typing…" first.
    Typing,
    /// Shown as online first.
    Presence,
    /// A time at which the provider itself sends.
    SendAt,
}

impl Feature {
    /// All features, in the order of the documentation.
    pub const ALL: &'static [Self] = &[
        Self::Group,
        Self::Phone,
        Self::ManyRecipients,
        Self::Image,
        Self::Video,
        Self::Audio,
        Self::Document,
        Self::MediaUrl,
        Self::MediaBase64,
        Self::Caption,
        Self::DocumentCaption,
        Self::Mentions,
        Self::ReplyTo,
        Self::Typing,
        Self::Presence,
        Self::SendAt,
    ];

    /// For people, in a sentence.
    fn words(self) -> &'static str {
        match self {
            Self::Group => "messages to groups",
            Self::Phone => "messages to phone numbers",
            Self::ManyRecipients => "several recipients in one call",
            Self::Image => "images",
            Self::Video => "videos",
            Self::Audio => "audio",
            Self::Document => "documents",
            Self::MediaUrl => "media by url; give it in base64",
            Self::MediaBase64 => "media in base64; give it by url",
            Self::Caption => "captions",
            Self::DocumentCaption => "a text with a document",
            Self::Mentions => "mentions",
            Self::ReplyTo => "replies",
            Self::Typing => "typing simulation",
            Self::Presence => "presence simulation",
            Self::SendAt => "scheduled messages",
        }
    }
}

/// One provider: a gateway's HTTP dialect.
pub struct Provider {
    /// The word for it everywhere: file, configuration, API, npm, fixtures.
    pub slug: &'static str,
    /// For people.
    pub name: &'static str,
    /// The vendor's pages.
    pub docs: &'static str,
    /// Scheme and host of the API; `None` where everyone runs their own.
    pub base_url: Option<&'static str>,
    /// What an account consists of.
    pub account: &'static [&'static Field],
    /// The field of an account that holds the number it sends from, beside `number`, which every account may have.
    pub number: Option<&'static Field>,
    /// The parameters of a message that only this provider knows.
    pub options: &'static [&'static Field],
    /// The option that gives it all recipients in one call, where the Worker would send to each on its own.
    pub bulk: Option<&'static Field>,
    /// The option that gives it a message ahead of its time, where the Worker would wait.
    pub schedule: Option<&'static Field>,
    /// What a message may ask for.
    pub features: &'static [Feature],
    /// The longest text, in characters.
    pub text_limit: Option<usize>,
    /// The largest media, in bytes, by kind.
    pub media_limits: &'static [(MediaKind, u64)],
    /// What a group's id looks like, for people.
    pub group_id: &'static str,
    /// Whether this is a group's id. Nothing else gets into a path.
    pub(crate) is_group_id: fn(&str) -> bool,
    /// An error in the light of the provider's own words.
    pub(crate) refine: fn(Error) -> Error,
    /// Sends.
    pub send_message: Endpoint<Message>,
    /// Asks how far a message is.
    pub message_status: Option<Endpoint<MessageStatus>>,
    /// Asks whether the credentials are good.
    pub check_account: Option<Endpoint<CheckAccount>>,
    /// Asks how many messages the plan still allows.
    pub quota: Option<Endpoint<Quota>>,
    /// Asks for the groups.
    pub list_groups: Option<Endpoint<ListGroups>>,
}

impl Provider {
    /// The provider of this slug.
    #[must_use]
    pub fn find(slug: &str) -> Option<&'static Self> {
        PROVIDERS.iter().copied().find(|provider| provider.slug == slug)
    }

    /// All slugs, for people.
    pub(crate) fn slugs() -> String {
        joined(PROVIDERS.iter().map(|provider| provider.slug), ", ")
    }

    /// The calls that it can do, by name.
    pub fn calls(&self) -> impl Iterator<Item = &'static str> {
        let optional = [
            (self.message_status.is_some(), "message_status"),
            (self.check_account.is_some(), "check_account"),
            (self.quota.is_some(), "quota"),
            (self.list_groups.is_some(), "list_groups"),
        ];
        ["send_message"].into_iter().chain(optional.into_iter().filter(|(can, _)| *can).map(|(_, name)| name))
    }

    /// What it is and what it can do, for JSON.
    #[must_use]
    pub fn describe(&self) -> impl Serialize + use<> {
        Description {
            slug: self.slug,
            name: self.name,
            docs: self.docs,
            base_url: self.base_url,
            account: self.fields().collect(),
            options: self.options,
            features: self.features,
            calls: self.calls().collect(),
            group_id: self.group_id,
            text_limit: self.text_limit,
            media_limits: Limits(self.media_limits),
        }
    }

    pub(crate) fn no_such_option(&self) -> String {
        match self.options {
            [] => format!("{} has no options", self.name),
            options => {
                let known = joined(options.iter().map(|option| option.name), ", ");
                format!("{} has no such option; it has {known}", self.name)
            }
        }
    }

    /// The rules for a message that only this provider sets.
    pub(crate) fn check_message(&self, message: &Message) -> Result<(), Error> {
        let lacking = message.lacks(self.features).into_iter();
        let lacking: Vec<_> = lacking
            .map(|(feature, pointer)| Violation::new(pointer, format!("{} cannot do {}", self.name, feature.words())))
            .collect();
        if !lacking.is_empty() {
            return Err(Error::unsupported(lacking));
        }
        let mut errors = Vec::new();
        if message.text.is_none() && message.media.is_none() && !message.options.bring_content(self) {
            errors.push(Violation::new("/text", NO_CONTENT));
        }
        for (at, recipient) in message.to.recipients().iter().enumerate() {
            if matches!(recipient, Recipient::Group(id) if !(self.is_group_id)(id)) {
                let detail = format!("no group of {}: {}", self.name, self.group_id);
                errors.push(Violation::new(message.to.pointer(at), detail));
            }
        }
        if let (Some(limit), Some(text)) = (self.text_limit, &message.text)
            && text.chars().count() > limit
        {
            errors.push(Violation::new("/text", format!("{} takes up to {limit} characters", self.name)));
        }
        if let Some(media) = &message.media {
            let size = media.size().map(|size| ("/media/base64".to_owned(), size));
            let told = message.options.named(self, "media_size").integer();
            let size = size.or(told
                .and_then(|told| told.try_into().ok())
                .map(|told: u64| (format!("/options/{}/media_size", self.slug), told)));
            let limit = self.media_limits.iter().find(|(kind, _)| *kind == media.kind);
            if let (Some((pointer, size)), Some((_, limit))) = (size, limit)
                && size > *limit
            {
                errors.push(Violation::new(pointer, format!("{} takes up to {limit} bytes of this kind", self.name)));
            }
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::invalid(errors)) }
    }
}

/// What a provider asks for and what it can do.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ProviderDescription"))]
pub(crate) struct Description {
    /// The word for it everywhere: file, configuration, API, npm, fixtures.
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Slug"))]
    slug: &'static str,
    /// For people.
    name: &'static str,
    /// The vendor's pages.
    docs: &'static str,
    /// Scheme and host of the API; `null` where everyone runs their own.
    base_url: Option<&'static str>,
    /// What an account consists of.
    account: Vec<&'static Field>,
    /// The parameters of a message that only this provider knows.
    options: &'static [&'static Field],
    /// What a message may ask for.
    features: &'static [Feature],
    /// The calls that it can do.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<crate::schema::CallName>"))]
    calls: Vec<&'static str>,
    /// What a group's id looks like, for people.
    group_id: &'static str,
    /// The longest text, in characters.
    text_limit: Option<usize>,
    /// The largest media, in bytes, by kind.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::limits"))]
    media_limits: Limits,
}

/// Bytes by kind.
struct Limits(&'static [(MediaKind, u64)]);

impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// Whether the text is not empty and consists of letters, digits and these characters, with a letter or digit
/// among them: nothing that could change a path.
fn is_id(text: &str, more: &str) -> bool {
    text.len() <= 128
        && text.bytes().any(|byte| byte.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.as_bytes().contains(&byte))
}

/// Whether this is WhatsApp's own id of a group: `120363025246125016@g.us`, before 2021 `creator-time@g.us`.
fn is_group_jid(text: &str) -> bool {
    text.strip_suffix("@g.us")
        .is_some_and(|id| is_id(id, "-") && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit()))
}
