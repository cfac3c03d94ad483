//! One thing that a provider asks for, and what may stand in it.

use crate::{error::joined, http::is_segment, json::Json, phone::Phone};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// One thing that a provider asks for: a field of the account, or an option of a message.
#[derive(Debug)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Field {
    /// Its name in configuration and JSON.
    pub name: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// What may stand in it.
    #[cfg_attr(feature = "schema", schemars(flatten))]
    pub kind: FieldKind,
    /// Whether an account needs it.
    pub required: bool,
    /// Whether nobody may see it.
    pub secret: bool,
}

/// What may stand in a [`Field`].
#[derive(Debug)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(tag = "type", content = "values", rename_all = "snake_case")
)]
pub enum FieldKind {
    /// Any text that is not blank.
    Text,
    /// Printable ASCII: it fits into a header.
    Token,
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

impl FieldKind {
    /// Its name in JSON.
    fn word(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Token => "token",
            Self::Segment => "segment",
            Self::Phone => "phone",
            Self::BaseUrl => "base_url",
            Self::OneOf(_) => "one_of",
            Self::Flag => "flag",
            Self::Count => "count",
            Self::Object => "object",
        }
    }
}

/// A text of the tables that nothing but their description tells. The npm module has that in JavaScript, made of the same
/// tables, and carries it in its wasm no second time.
pub(crate) const fn for_people(text: &'static str) -> &'static str {
    if cfg!(all(feature = "npm", not(feature = "worker"))) { "" } else { text }
}

impl Serialize for Field {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut field = serializer.serialize_struct("Field", 6)?;
        field.serialize_field("name", self.name)?;
        field.serialize_field("about", self.about)?;
        field.serialize_field("type", self.kind.word())?;
        match self.kind {
            FieldKind::OneOf(words) => field.serialize_field("values", words)?,
            _ => field.skip_field("values")?,
        }
        field.serialize_field("required", &self.required)?;
        field.serialize_field("secret", &self.secret)?;
        field.end()
    }
}

impl Field {
    pub(crate) const fn new(name: &'static str, kind: FieldKind, about: &'static str) -> Self {
        Self { name, about: for_people(about), kind, required: false, secret: false }
    }

    pub(crate) const fn text(name: &'static str, about: &'static str) -> Self {
        Self::new(name, FieldKind::Text, about)
    }

    pub(crate) const fn token(name: &'static str, about: &'static str) -> Self {
        Self::new(name, FieldKind::Token, about)
    }

    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(crate) const fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// What would be right, where the value is wrong. The value itself is not repeated: it may be a key.
    pub(crate) fn check(&self, value: Json<'_>) -> Result<(), String> {
        let (right, expected) = match self.kind {
            FieldKind::Flag => (value.bool().is_some(), "true or false"),
            FieldKind::Count => (value.integer().is_some_and(|count| count >= 0), "a whole number, 0 or more"),
            FieldKind::Object => (value.is_object(), "an object"),
            // What is no string is as wrong as an empty one.
            _ => return self.check_text(&value.string().unwrap_or_default()),
        };
        if right { Ok(()) } else { Err(expected.to_owned()) }
    }

    /// A value that is right, as it is kept: a number in E.164, anything else as it stands.
    pub(crate) fn kept(&self, text: String) -> String {
        match (&self.kind, Phone::parse(&text)) {
            (FieldKind::Phone, Ok(number)) => number.e164(),
            _ => text,
        }
    }

    /// [`Field::check`] for a string.
    pub(crate) fn check_text(&self, text: &str) -> Result<(), String> {
        let blank = text.trim().is_empty();
        let plain = !blank && text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let (right, expected) = match self.kind {
            FieldKind::Text => (!blank, "a string that is not blank"),
            FieldKind::Token => (plain, "a string of printable ASCII characters"),
            FieldKind::Segment => (plain && is_segment(text), "an id, of printable ASCII characters"),
            FieldKind::Phone => return Phone::parse(text).map(drop).map_err(str::to_owned),
            FieldKind::BaseUrl => return check_url(text).map_err(str::to_owned),
            FieldKind::OneOf(words) if words.contains(&text) => return Ok(()),
            FieldKind::OneOf(words) => return Err(format!("one of {}", joined(words.iter(), ", "))),
            FieldKind::Flag | FieldKind::Count | FieldKind::Object => (false, "not a string"),
        };
        if right { Ok(()) } else { Err(expected.to_owned()) }
    }
}

/// Where requests may go: `https`, on loopback `http` too; no user, query or fragment.
pub(crate) fn check_url(url: &str) -> Result<(), &'static str> {
    let (https, rest) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (true, rest),
        (_, Some(rest)) => (false, rest),
        _ => return Err("a URL that starts with https://"),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = match authority.rsplit_once(':') {
        Some((host, port))
            if port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse().is_ok_and(|port: i64| port <= 65_535) =>
        {
            host
        }
        Some((_, _)) if !authority.ends_with(']') => return Err("the port of a URL is a number up to 65535"),
        _ => authority,
    };
    let label = |label: &str| {
        let plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        plain && label.bytes().any(|byte| byte.is_ascii_alphanumeric())
    };
    // What ends in a number is an address, which clients write in many ways: 127.1, 2130706433, 0x7f.1.
    let is_number = |label: &str| label.bytes().next().is_some_and(|byte| byte.is_ascii_digit());
    let name = |host: &str| host.split('.').all(label) && !host.rsplit('.').next().is_some_and(is_number);
    let loopback = matches!(host, "localhost" | "127.0.0.1" | "[::1]");
    if host.is_empty() || !(name(host) || loopback) {
        return Err("the host of a URL is a plain name, without a user");
    }
    if !https && !loopback {
        return Err("a URL with https; http is for loopback only");
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@:".contains(&byte);
    if !path.bytes().all(plain) || path.split('/').any(|part| part == "." || part == "..") {
        return Err("a URL without a query, a fragment and dot segments");
    }
    Ok(())
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
            assert_eq!(check_url(url), Ok(()), "{url}");
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
            "https://example.com:+80",
            "https://..",
            "https://example.com/?key=1",
            "https://example.com/#top",
            "https://example.com/a/../b",
            "https://exa mple.com",
            "https://example.com/\r\nx: y",
            "https://example.com\\@evil.example",
            "ftp://example.com",
            "https://[::2]",
            "https://10.0.0.1",
            "https://127.1",
            "https://2130706433",
            "https://0x7f.1",
            "https://example.0x7f000001",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
    }
}
