//! An account at a provider: the fields that the provider asks for, checked once, never shown.

use crate::{
    error::{Error, Violation, escape, read},
    http::is_segment,
    phone::Phone,
    provider::Provider,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// One thing that a provider asks for: a field of the account, or an option of a message.
#[derive(Debug, Serialize)]
pub struct Field {
    /// Its name in configuration and JSON.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// What may stand in it.
    #[serde(flatten)]
    pub kind: FieldKind,
    /// Whether an account needs it.
    pub required: bool,
    /// Whether nobody may see it.
    pub secret: bool,
}

/// What may stand in a [`Field`].
#[derive(Debug, Serialize)]
#[serde(tag = "type", content = "values", rename_all = "snake_case")]
pub enum FieldKind {
    /// Text that fits into a header: no control characters.
    Text,
    /// Text that stands in a path as one segment.
    Segment,
    /// A phone number.
    Phone,
    /// Scheme, host and perhaps a path; `https`, or `http` on loopback.
    BaseUrl,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// `true` or `false`.
    Flag,
    /// A whole number, 0 or more.
    Count,
    /// A JSON object.
    Object,
}

impl Field {
    pub(crate) const fn new(name: &'static str, kind: FieldKind, about: &'static str) -> Self {
        Self { name, about, kind, required: false, secret: false }
    }

    pub(crate) const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(name, FieldKind::Text, about)
    }

    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// What would be right, where the value is wrong. The value itself is not repeated: it may be a key.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        let text = value.as_str().filter(|text| !text.is_empty());
        let fits = |text: &str| !text.trim().is_empty() && !text.chars().any(|c| c.is_control() || !c.is_ascii());
        let expected = match self.kind {
            FieldKind::Text if text.is_some_and(fits) => return Ok(()),
            FieldKind::Text => "a string of ASCII characters, not blank".to_owned(),
            FieldKind::Segment if text.is_some_and(|text| fits(text) && is_segment(text)) => return Ok(()),
            FieldKind::Segment => "an id".to_owned(),
            FieldKind::Phone => match text.map(Phone::parse) {
                Some(Ok(_)) => return Ok(()),
                Some(Err(detail)) => detail.to_owned(),
                None => "a string with a phone number".to_owned(),
            },
            FieldKind::BaseUrl => match text.map(check_base_url) {
                Some(Ok(())) => return Ok(()),
                Some(Err(detail)) => detail.to_owned(),
                None => "a string with a URL".to_owned(),
            },
            FieldKind::OneOf(words) if text.is_some_and(|text| words.contains(&text)) => return Ok(()),
            FieldKind::OneOf(words) => format!("one of {}", words.join(", ")),
            FieldKind::Flag if value.is_boolean() => return Ok(()),
            FieldKind::Flag => "true or false".to_owned(),
            FieldKind::Count if value.is_u64() => return Ok(()),
            FieldKind::Count => "a whole number, 0 or more".to_owned(),
            FieldKind::Object if value.is_object() => return Ok(()),
            FieldKind::Object => "an object".to_owned(),
        };
        Err(format!("{} is {expected}", self.name))
    }
}

/// Scheme and host of every request: `https`, on loopback `http` too; no user, query or fragment.
fn check_base_url(url: &str) -> Result<(), &'static str> {
    let (https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err("a base_url starts with https://"),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some((_, _)) if !authority.ends_with(']') => return Err("the port of a base_url is a number up to 65535"),
        _ => authority,
    };
    let name = |host: &str| host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if host.is_empty() || !(name(host) || loopback) {
        return Err("the host of a base_url is a plain name, without a user");
    }
    if !https && !loopback {
        return Err("a base_url is https; http is for loopback only");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@:".contains(&byte);
    if !path.bytes().all(plain) || path.split('/').any(|part| part == "." || part == "..") {
        return Err("a base_url has no query, no fragment and no dot segments");
    }
    Ok(())
}

/// How fast a number may send.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Pace {
    /// Messages a minute.
    pub per_minute: Option<u32>,
    /// Messages at once, before `per_minute` holds.
    pub burst: Option<u32>,
    /// Milliseconds between two messages at least.
    pub min_gap_ms: Option<u32>,
    /// Milliseconds of chance added to each gap at most.
    pub jitter_ms: Option<u32>,
}

/// Overrides the scheme and host of every request; its path is kept as a prefix.
pub(crate) const BASE_URL: Field =
    Field::new("base_url", FieldKind::BaseUrl, "Where the API is, if not at the vendor's own host");
const NUMBER: Field = Field::new("number", FieldKind::Phone, "The WhatsApp number that it sends from");
const INBOUND_KEY: Field =
    Field::text("inbound_key", "Key in the path of its webhooks, for a provider that signs nothing").secret();

/// The fields that an account at any provider may have.
const COMMON: &[&Field] = &[&BASE_URL, &NUMBER, &INBOUND_KEY];

/// An account at one provider.
#[derive(Clone)]
pub struct Account {
    /// The provider.
    pub provider: &'static Provider,
    /// How fast its number may send, where the user says so.
    pub pace: Option<Pace>,
    values: BTreeMap<&'static str, String>,
}

impl Account {
    /// Reads an account from JSON: `{ "provider": "whatspie", "token": "…" }`. An error says where it is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        Self::new(&read(json)?)
    }

    /// An account of these fields. An error says where they are wrong, without repeating them.
    pub fn new(fields: &Map<String, Value>) -> Result<Self, Error> {
        let slug = fields.get("provider").and_then(Value::as_str);
        let Some(provider) = slug.and_then(Provider::find) else {
            let detail = format!("provider is one of {}", Provider::slugs());
            return Err(Error::invalid(vec![Violation::new("/provider", detail)]));
        };
        let mut errors = Vec::new();
        let mut values = BTreeMap::new();
        let mut pace = None;
        for (name, value) in fields {
            let pointer = || format!("/{}", escape(name));
            match (provider.field(name), name.as_str()) {
                (_, "provider") => {}
                (_, "pace") => match serde_json::from_value(value.clone()) {
                    Ok(value) => pace = Some(value),
                    Err(error) => errors.push(Violation::new(pointer(), error.to_string())),
                },
                (Some(field), _) => match field.check(value) {
                    Ok(()) => drop(values.insert(field.name, value.as_str().unwrap_or_default().to_owned())),
                    Err(detail) => errors.push(Violation::new(pointer(), detail)),
                },
                (None, _) => {
                    let known: Vec<_> = provider.fields().map(|field| field.name).chain(["pace"]).collect();
                    let detail = format!("{} has no such field; it has {}", provider.name, known.join(", "));
                    errors.push(Violation::new(pointer(), detail));
                }
            }
        }
        for field in provider.fields().filter(|field| field.required && !fields.contains_key(field.name)) {
            let detail = format!("{} needs {}: {}", provider.name, field.name, field.about);
            errors.push(Violation::new(format!("/{}", field.name), detail));
        }
        if errors.is_empty() { Ok(Self { provider, pace, values }) } else { Err(Error::invalid(errors)) }
    }

    /// The value of a field, where it is set.
    pub(crate) fn get(&self, field: &Field) -> Option<&str> {
        self.values.get(field.name).map(String::as_str)
    }

    /// The value of a required field.
    pub(crate) fn need(&self, field: &Field) -> Result<&str, Error> {
        let missing = || {
            Error::invalid(vec![Violation::new(
                format!("/{}", field.name),
                format!("the account needs {}", field.name),
            )])
        };
        self.get(field).ok_or_else(missing)
    }

    /// The number that it sends from, where the user says so.
    #[must_use]
    pub fn number(&self) -> Option<Phone> {
        self.get(&NUMBER).and_then(|number| Phone::parse(number).ok())
    }

    /// The URL of a path at this account's host.
    pub(crate) fn url(&self, path: impl fmt::Display) -> String {
        let base = self.get(&BASE_URL).or(self.provider.base_url).unwrap_or_default();
        format!("{}{path}", base.trim_end_matches('/'))
    }

    /// The text with each of the account's keys masked: providers echo them.
    #[must_use]
    pub fn without_secrets(&self, text: &str) -> String {
        let secrets = self.provider.fields().filter(|field| field.secret).filter_map(|field| self.get(field));
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "***"))
    }
}

impl Provider {
    /// All the fields that an account here may have.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        let common = COMMON.iter().filter(|common| !self.account.iter().any(|field| field.name == common.name));
        self.account.iter().chain(common).copied()
    }

    fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }
}

// Names only: a value may be a key or a number.
impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("provider", &self.provider.slug).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_https_or_loopback() {
        for url in [
            "https://api.example.com",
            "https://api.example.com/prefix/",
            "http://127.0.0.1:9797/whatspie",
            "http://localhost:7001",
            "http://[::1]:80",
            "https://[::1]",
        ] {
            assert_eq!(check_base_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "api.example.com",
            "http://api.example.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com",
            "https://",
            "https:///path",
            "https://user@example.com",
            "https://user:key@example.com",
            "http://localhost:80@example.com",
            "https://example.com:99999",
            "https://example.com/?key=1",
            "https://example.com/#top",
            "https://example.com/a/../b",
            "https://exa mple.com",
            "https://example.com/\r\nx: y",
            "https://example.com\\@evil.example",
            "ftp://example.com",
            "https://[::2]",
        ] {
            assert!(check_base_url(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_key_is_never_shown() {
        let account = Account::parse(br#"{ "provider": "whatspie", "token": "s3cret-token" }"#).unwrap();
        assert!(!format!("{account:?}").contains("s3cret"));
        assert_eq!(account.without_secrets("your token s3cret-token is wrong"), "your token *** is wrong");
        let error =
            Account::parse(br#"{ "provider": "whatspie", "token": "s3cret\ntoken", "tokken": "s3cret" }"#).unwrap_err();
        assert!(!format!("{error:?}").contains("s3cret"));
        assert_eq!(error.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), ["/token", "/tokken"]);
    }
}
