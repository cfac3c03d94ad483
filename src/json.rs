//! JSON text: known to be JSON, and otherwise as it stands. Numbers stay exact, and nothing is read that nobody asks for.
//!
//! Read by hand, since serde_json's reader brings the printing of floats and of its many errors along, a seventh of
//! the whole wasm.

mod scanner;

use crate::{
    bytes::plain,
    error::{Error, ErrorKind},
};
use scanner::Scanner;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{borrow::Cow, cell::RefCell, mem, ptr, str::Chars};

/// A JSON value.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a str);

impl Default for Json<'_> {
    fn default() -> Self {
        Self::NULL
    }
}

/// A JSON value, and what is known of its objects by the same pass.
#[derive(Default)]
pub(crate) struct Document<'a> {
    pub(crate) json: Json<'a>,
    pub(crate) known: Known<'a>,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let text = utf8(text)?;
        let mut scanner = Scanner::new(text, b'}', 2);
        let json = scanner.whole().ok_or_else(|| mistake(text, scanner.at))?;
        Ok(Self { json, known: Known(RefCell::new(scanner.objects)) })
    }

    /// As [`Json::try_object`].
    pub(crate) fn object(&self) -> Option<Object<'a>> {
        self.known.object(self.json)
    }
}

/// Objects that have been gone through, each with the text that it begins: the outermost, and the first within.
#[derive(Default)]
pub(crate) struct Known<'a>(RefCell<Vec<(&'a str, Object<'a>)>>);

impl<'a> Known<'a> {
    /// As [`Json::try_object`]; what is known is for the first who asks.
    pub(crate) fn object(&self, json: Json<'a>) -> Option<Object<'a>> {
        let mut objects = self.0.borrow_mut();
        match objects.iter_mut().find(|(text, _)| ptr::eq(text.as_ptr(), json.0.as_ptr())) {
            Some(known) => Some(mem::take(known).1),
            None => json.try_object(),
        }
    }
}

/// What is text at all.
fn utf8(text: &[u8]) -> Result<&str, Error> {
    str::from_utf8(text)
        .map_err(|error| Error::new(ErrorKind::Malformed, format!("not UTF-8 at byte {}", error.valid_up_to())))
}

/// That the text is no JSON, and where.
fn mistake(text: &str, at: usize) -> Error {
    let before = text.get(..at).unwrap_or_default();
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let why = if at >= text.len() { ": the text ends too early" } else { "" };
    Error::new(ErrorKind::Malformed, format!("not JSON at line {line}, column {column}{why}"))
}

impl<'a> Json<'a> {
    pub(crate) const NULL: Json<'static> = Json("null");

    /// For who does not ask for its members, or has no place to keep a [`Document`].
    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let text = utf8(text)?;
        let mut scanner = Scanner::new(text, 0, 0);
        scanner.whole().ok_or_else(|| mistake(text, scanner.at))
    }

    /// The items of this text; `None` where it is no JSON, or no array.
    #[cfg(feature = "worker")]
    pub(crate) fn items(text: &'a str) -> Option<Vec<Json<'a>>> {
        Json(text).array()
    }

    /// The text, as it stands.
    pub(crate) fn text(self) -> &'a str {
        self.0
    }

    pub(crate) fn raw(self) -> Raw {
        Raw(self.0.into())
    }

    pub(crate) fn is_null(self) -> bool {
        self.0 == "null"
    }

    pub(crate) fn is_object(self) -> bool {
        self.begins_with(b'{')
    }

    pub(crate) fn is_array(self) -> bool {
        self.begins_with(b'[')
    }

    pub(crate) fn is_string(self) -> bool {
        self.begins_with(b'"')
    }

    fn begins_with(self, byte: u8) -> bool {
        self.0.as_bytes().first() == Some(&byte)
    }

    /// The members; none where this is no object, or where a name has a lone surrogate.
    pub(crate) fn object(self) -> Object<'a> {
        self.try_object().unwrap_or_default()
    }

    pub(crate) fn try_object(self) -> Option<Object<'a>> {
        if !self.is_object() {
            return None;
        }
        let mut scanner = Scanner::new(self.0, b'}', 1);
        scanner.whole()?;
        scanner.objects.pop().map(|(_, object)| object)
    }

    /// The items; `None` where this is no array.
    pub(crate) fn array(self) -> Option<Vec<Json<'a>>> {
        if !self.is_array() {
            return None;
        }
        let mut scanner = Scanner::new(self.0, b']', 1);
        scanner.whole()?;
        Some(scanner.items)
    }

    /// The text of a string; `None` where this is none, or where it has a lone surrogate.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let text = self.0.get(1..self.0.len() - 1).filter(|_| self.is_string())?;
        // A plain string stands between its quotes; only one with escapes needs work.
        if plain(text.as_bytes()) == text.len() { Some(Cow::Borrowed(text)) } else { unescape(text).map(Cow::Owned) }
    }

    /// An id or a word, whether it comes as a string or as a number: exact, as text.
    pub(crate) fn scalar(self) -> Option<String> {
        match self.0.as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Some(self.0.to_owned()),
            _ => self.string().map(Cow::into_owned),
        }
    }

    pub(crate) fn bool(self) -> Option<bool> {
        match self.0 {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn integer(self) -> Option<i64> {
        self.0.parse().ok()
    }
}

/// What serde_json calls text that is to be written as it stands.
pub(crate) const RAW: &str = "$serde_json::private::RawValue";

/// As serde_json writes its own `RawValue`: by this name it knows text that is to be written as it stands.
impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut raw = serializer.serialize_struct(RAW, 1)?;
        raw.serialize_field(RAW, self.0)?;
        raw.end()
    }
}

/// A JSON value as it came, kept to the letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw(Box<str>);

impl Raw {
    /// Keeps JSON text.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        Json::parse(text).map(Json::raw)
    }

    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }

    pub(crate) fn json(&self) -> Json<'_> {
        Json(&self.0)
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json().serialize(serializer)
    }
}

/// The members of an object, in order.
#[derive(Default)]
pub(crate) struct Object<'a>(pub(crate) Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// A member; `null` where there is none.
    pub(crate) fn get(&self, name: &str) -> Json<'a> {
        self.0.iter().find(|(other, _)| other == name).map_or(Json::NULL, |(_, value)| *value)
    }
}

/// What stands in a string, without its escapes; `None` for a lone surrogate.
fn unescape(mut rest: &str) -> Option<String> {
    let mut text = String::with_capacity(rest.len());
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut chars = escape.chars();
        text.push(match chars.next()? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => match code_unit(&mut chars)? {
                high @ 0xd800..0xdc00 => {
                    chars = chars.as_str().strip_prefix("\\u")?.chars();
                    let low = code_unit(&mut chars)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
                    char::from_u32(0x1_0000 + ((high - 0xd800) << 10) + low)?
                }
                unit => char::from_u32(unit)?,
            },
            itself => itself,
        });
        rest = chars.as_str();
    }
    text.push_str(rest);
    Some(text)
}

/// The four hexadecimal digits of an escape.
fn code_unit(chars: &mut Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | chars.next()?.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_exact() {
        let object = Json::parse(br#"{ "id": 120363025246125016999 }"#).unwrap().object();
        assert_eq!(object.get("id").scalar().as_deref(), Some("120363025246125016999"));
    }

    #[test]
    fn what_is_known_is_what_would_be_read() {
        let read = |object: Option<Object<'_>>| {
            object.map(|Object(members)| {
                members.into_iter().map(|(name, json)| format!("{name}={}", json.text())).collect::<Vec<_>>()
            })
        };
        for text in [
            "null",
            "{}",
            r#"[{ "a": 1 }]"#,
            r#"{ "n": 1, "a": {}, "b": { "c": 2 } }"#,
            r#"{ "a": { "b": { "c": 1 }, "d": [{}] }, "a": { "e": 2 }, "f": [1, { "g": 3 }] }"#,
            r#"{ "\u0061": { "\n": 1, "\ud83d\ude00": 2 } }"#,
            r#"{ "a": { "\ud83d": 1, "b": 2 }, "c": { "d": 3 }, "e": 4 }"#,
            r#"{ "\ud83d": 1, "a": { "b": 2 }, "c": 3 }"#,
        ] {
            let document = Document::parse(text.as_bytes()).unwrap();
            let values = document.json.object().0.into_iter().map(|(_, value)| value);
            // The second who asks is told the same.
            for json in [document.json].into_iter().chain(values).flat_map(|json| [json, json]) {
                assert_eq!(read(document.known.object(json)), read(json.try_object()), "{} in {text}", json.text());
            }
        }
    }

    #[test]
    fn what_is_no_json_is_told_with_its_place() {
        let error = Json::parse(b"{ \"text\": \"a\",\n  \"to\" }").err().unwrap();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Malformed, "not JSON at line 2, column 8"));
        let message = |text: &[u8]| Json::parse(text).err().unwrap().into_details().message;
        assert_eq!(message(br#"{ "text":"#), "not JSON at line 1, column 10: the text ends too early");
        assert_eq!(message(b"\"a"), "not JSON at line 1, column 3: the text ends too early");
        assert_eq!(Json::parse(b"\"\xff\"").err().unwrap().message, "not UTF-8 at byte 1");
    }

    #[test]
    fn raw_text_is_written_as_it_came() {
        let text = r#"{"n":1.10,"big":120363025246125016999,"a":[ "\ud83d" , 1e999]}"#;
        assert_eq!(serde_json::to_string(&[Raw::parse(text.as_bytes()).unwrap()]).unwrap(), format!("[{text}]"));
    }
}
