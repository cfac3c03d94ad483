//! JSON text: known to be JSON, and otherwise as it stands. Numbers stay exact, and nothing is read that nobody asks for.
//!
//! Read by hand, since serde_json's reader brings the printing of floats and of its many errors along, a seventh of
//! the whole wasm.

use crate::{
    bytes::plain,
    error::{Error, ErrorKind},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{borrow::Cow, str::Chars};

/// A JSON value.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    pub(crate) const NULL: Json<'static> = Json("null");

    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let text = str::from_utf8(text)
            .map_err(|error| Error::new(ErrorKind::Malformed, format!("not UTF-8 at byte {}", error.valid_up_to())))?;
        let mut scanner = Scanner { text, at: 0 };
        scanner.whole().map(Self).ok_or_else(|| {
            let before = text.get(..scanner.at).unwrap_or_default();
            let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
            let why = if scanner.at >= text.len() { ": the text ends too early" } else { "" };
            Error::new(ErrorKind::Malformed, format!("not JSON at line {line}, column {column}{why}"))
        })
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
        let mut parts = self.parts(b'{')?;
        let mut members = Vec::with_capacity(Object::USUAL);
        while let (Some(name), Some(value)) = (parts.next(), parts.next()) {
            members.push((name.string()?, value));
        }
        Some(Object(members))
    }

    /// The items; `None` where this is no array.
    pub(crate) fn array(self) -> Option<Vec<Json<'a>>> {
        self.parts(b'[').map(Iterator::collect)
    }

    /// What stands behind this opening bracket; `None` where it does not begin with it.
    fn parts(self, bracket: u8) -> Option<Parts<'a>> {
        self.begins_with(bracket).then_some(Parts(Scanner { text: self.0, at: 1 }))
    }

    /// The text of a string; `None` where this is none, or where it has a lone surrogate.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let [b'"', text @ .., b'"'] = self.0.as_bytes() else { return None };
        // A plain string stands between its quotes; only one with escapes needs work.
        let is_plain = plain(text) == text.len();
        let text = self.0.get(1..=text.len())?;
        if is_plain { Some(Cow::Borrowed(text)) } else { unescape(text).map(Cow::Owned) }
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
    /// Most have no more members.
    const USUAL: usize = 8;

    /// A member; `null` where there is none.
    pub(crate) fn get(&self, name: &str) -> Json<'a> {
        self.0.iter().find(|(other, _)| other == name).map_or(Json::NULL, |(_, value)| *value)
    }
}

/// The names and values, or the items, of one object or array.
struct Parts<'a>(Scanner<'a>);

impl<'a> Iterator for Parts<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        while matches!(self.0.peek(), b' ' | b'\t' | b'\n' | b'\r' | b',' | b':') {
            self.0.at += 1;
        }
        let start = self.0.at;
        self.0.skip();
        self.0.text.get(start..self.0.at).filter(|text| !text.is_empty()).map(Json)
    }
}

/// Goes through JSON text (RFC 8259).
struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    /// Deeper is nothing that any provider or caller says, and the stack is not endless.
    const DEEPEST: usize = 128;

    /// The one value that is the whole text. `None` is a mistake, at `at`; as with all that checks.
    fn whole(&mut self) -> Option<&'a str> {
        self.space();
        let start = self.at;
        self.value(0)?;
        let value = self.text.get(start..self.at);
        self.space();
        if self.at == self.text.len() { value } else { None }
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek() {
            b'{' | b'[' if depth == Self::DEEPEST => None,
            b'{' => self.list(b'}', depth),
            b'[' => self.list(b']', depth),
            b'"' => self.string(),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// From the opening bracket to this closing one, commas between.
    fn list(&mut self, close: u8, depth: usize) -> Option<()> {
        self.at += 1;
        self.space();
        if self.eats(close) {
            return Some(());
        }
        loop {
            if close == b'}' {
                self.string()?;
                self.space();
                self.eat(b':')?;
                self.space();
            }
            self.value(depth + 1)?;
            self.space();
            if self.eats(close) {
                return Some(());
            }
            self.eat(b',')?;
            self.space();
        }
    }

    fn string(&mut self) -> Option<()> {
        self.eat(b'"')?;
        loop {
            self.plain();
            match self.peek() {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    match self.peek() {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.at += 1;
                                self.hex()?;
                            }
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }

    /// Goes past what stands in a string as it is.
    fn plain(&mut self) {
        self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
    }

    fn word(&mut self, word: &str) -> Option<()> {
        self.text.get(self.at..)?.starts_with(word).then(|| self.at += word.len())
    }

    fn number(&mut self) -> Option<()> {
        self.eats(b'-');
        if !self.eats(b'0') {
            self.digits()?;
        }
        if self.eats(b'.') {
            self.digits()?;
        }
        if self.eats(b'e') || self.eats(b'E') {
            let _ = self.eats(b'+') || self.eats(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }

    fn hex(&self) -> Option<()> {
        self.peek().is_ascii_hexdigit().then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
    }

    /// The byte that comes next; behind the end a NUL, which no JSON has.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }

    fn eat(&mut self, byte: u8) -> Option<()> {
        self.eats(byte).then_some(())
    }

    /// Goes past this byte, where it comes next.
    fn eats(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes past a value of text that is known to be JSON; nowhere at a closing bracket or the end.
    fn skip(&mut self) {
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                0 => return,
                b'"' => self.skip_string(),
                b'{' | b'[' => depth += 1,
                b'}' | b']' if depth == 0 => return,
                b'}' | b']' => depth -= 1,
                _ if depth == 0 => {
                    while !matches!(self.peek(), 0 | b' ' | b'\t' | b'\n' | b'\r' | b',' | b'}' | b']') {
                        self.at += 1;
                    }
                    return;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return;
            }
        }
    }

    /// From the opening quote to the closing one.
    fn skip_string(&mut self) {
        self.at += 1;
        loop {
            self.plain();
            if self.peek() != b'\\' {
                return;
            }
            self.at += 2;
        }
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
