//! Reading JSON: first as it stands, then member by member.
//!
//! One reader serves all shapes. Derived readers, one for each shape, would be half of the wasm; and they stop at
//! the first mistake, where this one tells them all.

use crate::{
    error::{Error, ErrorKind, Violation},
    phone::Phone,
    timestamp::Timestamp,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::value::RawValue;
use std::{borrow::Cow, cell::RefCell, fmt};

/// A JSON value: known to be JSON, not read any further.
#[derive(Clone, Copy)]
pub(crate) struct Json<'a>(&'a RawValue);

impl<'a> Json<'a> {
    pub(crate) const NULL: Json<'static> = Json(RawValue::NULL);

    pub(crate) fn parse(text: &'a [u8]) -> Result<Self, Error> {
        let malformed = |error| Error::new(ErrorKind::Malformed, format!("not JSON: {error}"));
        serde_json::from_slice(text).map(Self).map_err(malformed)
    }

    /// The text, as it stands.
    pub(crate) fn text(self) -> &'a str {
        self.0.get()
    }

    pub(crate) fn raw(self) -> Box<RawValue> {
        self.0.to_owned()
    }

    pub(crate) fn is_null(self) -> bool {
        self.text() == "null"
    }

    pub(crate) fn is_object(self) -> bool {
        self.text().starts_with('{')
    }

    /// The members; none where this is no object, or where a name has a lone surrogate.
    pub(crate) fn object(self) -> Object<'a> {
        self.try_object().unwrap_or_default()
    }

    pub(crate) fn try_object(self) -> Option<Object<'a>> {
        serde_json::from_str(self.text()).ok()
    }

    /// The items; `None` where this is no array.
    pub(crate) fn array(self) -> Option<Vec<Json<'a>>> {
        let items: Vec<&RawValue> = serde_json::from_str(self.text()).ok()?;
        Some(items.into_iter().map(Json).collect())
    }

    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        // A plain string stands between its quotes; only one with escapes needs work.
        match self.text().strip_prefix('"')?.strip_suffix('"')? {
            plain if !plain.contains('\\') => Some(Cow::Borrowed(plain)),
            _ => serde_json::from_str(self.text()).ok().map(Cow::Owned),
        }
    }

    /// An id or a word, whether it comes as a string or as a number: exact, as text.
    pub(crate) fn scalar(self) -> Option<String> {
        match self.text().as_bytes().first() {
            Some(b'-' | b'0'..=b'9') => Some(self.text().to_owned()),
            _ => self.string().map(Cow::into_owned),
        }
    }

    pub(crate) fn bool(self) -> Option<bool> {
        match self.text() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn integer(self) -> Option<i64> {
        self.text().parse().ok()
    }
}

impl<'a> From<&'a RawValue> for Json<'a> {
    fn from(raw: &'a RawValue) -> Self {
        Self(raw)
    }
}

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
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

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Object<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((name, value.into()));
                }
                Ok(Object(members))
            }
        }
        deserializer.deserialize_map(Visitor)
    }
}

/// The name of a member, borrowed where it has no escapes.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Name(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

/// A place in the input.
#[derive(Clone, Copy)]
pub(crate) enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

/// As a JSON pointer (RFC 6901).
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => write!(f, "{parent}/{}", escape(name)),
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
        }
    }
}

/// One name, as a segment of a JSON pointer (RFC 6901 §3).
pub(crate) fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}

/// What is wrong with the input, gathered while it is read.
#[derive(Default)]
pub(crate) struct Violations(RefCell<Vec<Violation>>);

impl Violations {
    pub(crate) fn note(&self, pointer: impl fmt::Display, detail: impl Into<String>) {
        self.0.borrow_mut().push(Violation::new(pointer.to_string(), detail));
    }

    /// The value that was read, if nothing was wrong.
    pub(crate) fn settle<T>(self, value: Option<T>) -> Result<T, Error> {
        match (self.0.into_inner(), value) {
            (violations, Some(value)) if violations.is_empty() => Ok(value),
            (violations, _) => Err(Error::invalid(violations)),
        }
    }
}

/// A value of the caller's, and where it stands. What is wrong with it is noted, and read as absent.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a, 'p> {
    pub(crate) json: Json<'a>,
    pub(crate) path: &'p Path<'p>,
    pub(crate) violations: &'p Violations,
}

impl<'a, 'p> Input<'a, 'p> {
    pub(crate) fn wrong<T>(self, detail: impl Into<String>) -> Option<T> {
        self.violations.note(self.path, detail);
        None
    }

    pub(crate) fn string(self) -> Option<String> {
        match self.json.string() {
            Some(text) => Some(text.into_owned()),
            None if self.json.text().starts_with('"') => {
                self.wrong("a string of whole characters: this has a lone surrogate")
            }
            None => self.wrong("a string"),
        }
    }

    pub(crate) fn bool(self) -> Option<bool> {
        self.json.bool().or_else(|| self.wrong("true or false"))
    }

    pub(crate) fn count(self) -> Option<u32> {
        self.json.text().parse().ok().or_else(|| self.wrong("a whole number from 0 to 4294967295"))
    }

    pub(crate) fn phone(self) -> Option<Phone> {
        Phone::parse(&self.string()?).or_else(|detail| self.wrong(detail).ok_or(())).ok()
    }

    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        Timestamp::parse(&self.string()?).or_else(|detail| self.wrong(detail).ok_or(())).ok()
    }

    /// One of these words, as what it stands for.
    pub(crate) fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let word = self.json.string();
        let found = words.iter().find(|(known, _)| word.as_deref() == Some(*known)).map(|(_, value)| *value);
        found.or_else(|| {
            self.wrong(format!("one of {}", words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ")))
        })
    }

    pub(crate) fn raw_object(self) -> Option<Box<RawValue>> {
        if self.json.is_object() { Some(self.json.raw()) } else { self.wrong("an object") }
    }

    /// Each item, read by `read`.
    pub(crate) fn items<T>(self, read: impl Fn(Input<'a, '_>) -> Option<T>) -> Option<Vec<T>> {
        let Some(items) = self.json.array() else { return self.wrong("an array") };
        let read = |(at, json)| read(Input { json, path: &Path::Item(self.path, at), violations: self.violations });
        Some(items.into_iter().enumerate().filter_map(read).collect())
    }

    /// Each member, read by `read`.
    pub(crate) fn each<T>(self, read: impl Fn(&str, Input<'a, '_>) -> Option<T>) -> Option<Vec<(String, T)>> {
        let mut members: Vec<(String, T)> = Vec::new();
        for (name, json) in self.object()?.0 {
            let member = Input { json, path: &Path::Member(self.path, &name), violations: self.violations };
            if members.iter().any(|(other, _)| *other == name) {
                member.wrong::<T>(TWICE);
            } else if let Some(value) = read(&name, member) {
                members.push((name.into_owned(), value));
            }
        }
        Some(members)
    }

    pub(crate) fn members(self) -> Option<Members<'a, 'p>> {
        Some(Members { left: self.object()?.0, known: Vec::new(), path: self.path, violations: self.violations })
    }

    fn object(self) -> Option<Object<'a>> {
        if !self.json.is_object() {
            return self.wrong("an object");
        }
        self.json.try_object().or_else(|| self.wrong("an object whose names have no lone surrogates"))
    }
}

const TWICE: &str = "given twice";

/// Reads a whole input; an error tells all that is wrong.
pub(crate) fn read<'a, T>(text: &'a [u8], read: impl FnOnce(Input<'a, '_>) -> Option<T>) -> Result<T, Error> {
    let violations = Violations::default();
    let value = read(Input { json: Json::parse(text)?, path: &Path::Root, violations: &violations });
    violations.settle(value)
}

/// The members of an object of the caller's, each taken by its name. What is left over is wrong.
pub(crate) struct Members<'a, 'p> {
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    known: Vec<&'static str>,
    path: &'p Path<'p>,
    violations: &'p Violations,
}

impl<'a, 'p> Members<'a, 'p> {
    /// A member that may be absent, or `null`.
    pub(crate) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Input<'a, '_>) -> Option<T>,
    ) -> Option<T> {
        self.known.push(name);
        let at = self.left.iter().position(|(other, _)| other == name)?;
        let (_, json) = self.left.swap_remove(at);
        if json.is_null() {
            return None;
        }
        read(Input { json, path: &Path::Member(self.path, name), violations: self.violations })
    }

    /// Whether a member is there, and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(other, json)| other == name && !json.is_null())
    }

    /// A member that must be there.
    pub(crate) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Input<'a, '_>) -> Option<T>,
    ) -> Option<T> {
        if !self.has(name) {
            self.violations.note(Path::Member(self.path, name), "missing");
        }
        self.optional(name, read)
    }

    /// Notes the members that nobody asked for.
    pub(crate) fn end(self) {
        for (name, _) in &self.left {
            let detail = match self.known.iter().any(|known| known == name) {
                true => TWICE.to_owned(),
                false => format!("no such member; there are {}", self.known.join(", ")),
            };
            self.violations.note(Path::Member(self.path, name), detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> Result<(Option<u32>, String), Error> {
        read(text.as_bytes(), |input| {
            let mut members = input.members()?;
            let (count, name) =
                (members.optional("count", |input| input.count()), members.required("name", |input| input.string()));
            members.end();
            Some((count, name?))
        })
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let error = members(r#"{ "count": "7", "a/b": 1, "count": 8 }"#).unwrap_err();
        let mut pointers: Vec<_> = error.errors.iter().map(|error| error.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/a~1b", "/count", "/count", "/name"]);
    }

    #[test]
    fn escapes_are_read_and_lone_surrogates_are_not() {
        assert_eq!(
            members(r#"{ "n\u0061me": "a\n\ud83d\ude00", "count": null }"#).unwrap(),
            (None, "a\n😀".to_owned())
        );
        assert!(members(r#"{ "name": "\ud83d" }"#).unwrap_err().message.contains("surrogate"));
        assert_eq!(members(r#"{ "name": "#).unwrap_err().kind, ErrorKind::Malformed);
        assert_eq!(members("[]").unwrap_err().kind, ErrorKind::Invalid);
    }

    #[test]
    fn numbers_stay_exact() {
        let object = Json::parse(br#"{ "id": 120363025246125016999, "no": 008 }"#);
        assert!(object.is_err(), "a number has no leading zeros");
        let object = Json::parse(br#"{ "id": 120363025246125016999 }"#).unwrap().object();
        assert_eq!(object.get("id").scalar().as_deref(), Some("120363025246125016999"));
    }
}
