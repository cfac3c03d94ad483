//! Reading what a caller gave, member by member.
//!
//! One reader serves all shapes. Derived readers, one for each shape, would be half of the wasm; and they stop at
//! the first mistake, where this one tells them all.

use crate::{
    error::{Error, MOST, Violation, joined},
    json::{Document, Json, Known, Object, Raw},
    phone::Phone,
    timestamp::Timestamp,
};
use std::{borrow::Cow, cell::RefCell, fmt};

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
        let mut violations = self.0.borrow_mut();
        if violations.len() < MOST {
            violations.push(Violation::new(pointer.to_string(), detail));
        }
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
    /// What is known of the [`Document`] that it is a part of.
    pub(crate) known: &'p Known<'a>,
    pub(crate) path: Path<'p>,
    pub(crate) violations: &'p Violations,
}

impl<'a, 'p> Input<'a, 'p> {
    pub(crate) fn wrong<T>(self, detail: impl Into<String>) -> Option<T> {
        self.violations.note(self.path, detail);
        None
    }

    /// What was made of it; what is wrong is noted.
    pub(crate) fn right<T>(self, made: Result<T, impl Into<String>>) -> Option<T> {
        made.map_or_else(|detail| self.wrong(detail), Some)
    }

    pub(crate) fn string(self) -> Option<String> {
        match self.json.string() {
            Some(text) => Some(text.into_owned()),
            None if self.json.is_string() => self.wrong("a string of whole characters: this has a lone surrogate"),
            None => self.wrong("a string"),
        }
    }

    pub(crate) fn bool(self) -> Option<bool> {
        self.json.bool().or_else(|| self.wrong("true or false"))
    }

    pub(crate) fn count(self) -> Option<u32> {
        self.count_from(0)
    }

    pub(crate) fn count_from(self, least: u32) -> Option<u32> {
        let count = self.json.integer().and_then(|count| count.try_into().ok());
        count
            .filter(|count| *count >= least)
            .or_else(|| self.wrong(format!("a whole number from {least} to {}", u32::MAX)))
    }

    pub(crate) fn phone(self) -> Option<Phone> {
        self.right(Phone::parse(&self.string()?))
    }

    pub(crate) fn timestamp(self) -> Option<Timestamp> {
        self.right(Timestamp::parse(&self.string()?))
    }

    /// One of these words, as what it stands for.
    pub(crate) fn one_of<T: Copy>(self, words: &[(&str, T)]) -> Option<T> {
        let word = self.json.string();
        let found = words.iter().find(|(known, _)| word.as_deref() == Some(*known)).map(|(_, value)| *value);
        found.or_else(|| self.wrong(format!("one of {}", joined(words.iter().map(|(word, _)| *word), ", "))))
    }

    pub(crate) fn raw_object(self) -> Option<Raw> {
        if self.json.is_object() { Some(self.json.raw()) } else { self.wrong("an object") }
    }

    /// Each item, read by `read`.
    pub(crate) fn items<T>(self, read: impl Fn(Input<'a, '_>) -> Option<T>) -> Option<Vec<T>> {
        let Some(items) = self.json.array() else { return self.wrong("an array") };
        let read = |(at, json)| {
            read(Input { json, known: self.known, path: Path::Item(&self.path, at), violations: self.violations })
        };
        Some(items.into_iter().enumerate().filter_map(read).collect())
    }

    /// Each member, read by `read`.
    pub(crate) fn each<T>(self, mut read: impl FnMut(&str, Input<'a, '_>) -> Option<T>) -> Option<Vec<(String, T)>> {
        let mut members = Vec::new();
        for (name, json) in self.entries()? {
            let path = Path::Member(&self.path, &name);
            if let Some(value) = read(&name, Input { json, known: self.known, path, violations: self.violations }) {
                members.push((name.into_owned(), value));
            }
        }
        Some(members)
    }

    /// The members, each name once.
    fn entries(self) -> Option<Vec<(Cow<'a, str>, Json<'a>)>> {
        let mut entries = self.object()?.0;
        // By their order, since there may be as many as a body has room for.
        let mut names: Vec<_> = entries.iter().map(|(name, _)| name.as_ref()).zip(0..).collect();
        names.sort_unstable();
        let mut again = Vec::new();
        for pair in names.windows(2) {
            if let [(name, _), (next, at)] = pair
                && name == next
            {
                self.violations.note(Path::Member(&self.path, name), TWICE);
                again.push(*at);
            }
        }
        again.sort_unstable();
        let mut places = 0_usize..;
        entries.retain(|_| places.next().is_some_and(|at| again.binary_search(&at).is_err()));
        Some(entries)
    }

    pub(crate) fn members(self) -> Option<Members<'a, 'p>> {
        Some(Members {
            left: self.object()?.0,
            known: Vec::with_capacity(USUAL),
            document: self.known,
            path: self.path,
            violations: self.violations,
        })
    }

    fn object(self) -> Option<Object<'a>> {
        if !self.json.is_object() {
            return self.wrong("an object");
        }
        self.known.object(self.json).or_else(|| self.wrong("an object whose names have no lone surrogates"))
    }
}

/// Most shapes have no more members.
const USUAL: usize = 16;

const TWICE: &str = "given twice";

/// Reads a whole input; an error tells all that is wrong.
pub(crate) fn read<'a, T>(text: &'a [u8], read: impl FnOnce(Input<'a, '_>) -> Option<T>) -> Result<T, Error> {
    let violations = Violations::default();
    let Document { json, known } = Document::parse(text)?;
    let value = read(Input { json, known: &known, path: Path::Root, violations: &violations });
    violations.settle(value)
}

/// The members of an object of the caller's, each taken by its name. What is left over is wrong.
pub(crate) struct Members<'a, 'p> {
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    known: Vec<&'static str>,
    document: &'p Known<'a>,
    path: Path<'p>,
    violations: &'p Violations,
}

impl<'a, 'p> Members<'a, 'p> {
    /// A member that may be absent, or `null`.
    pub(crate) fn optional(&mut self, name: &'static str) -> Option<Input<'a, '_>> {
        self.known.push(name);
        let at = self.left.iter().position(|(other, _)| other == name)?;
        let (_, json) = self.left.swap_remove(at);
        let path = Path::Member(&self.path, name);
        (!json.is_null()).then_some(Input { json, known: self.document, path, violations: self.violations })
    }

    /// A member that must be there.
    pub(crate) fn required(&mut self, name: &'static str) -> Option<Input<'a, '_>> {
        if !self.has(name) {
            self.violations.note(Path::Member(&self.path, name), "missing");
        }
        self.optional(name)
    }

    /// Whether a member is there, and not `null`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.left.iter().any(|(other, json)| other == name && !json.is_null())
    }

    /// The members that nobody asked for, where another reader is to judge them.
    #[cfg(feature = "worker")]
    pub(crate) fn rest(self) -> Vec<(Cow<'a, str>, Json<'a>)> {
        self.left
    }

    /// Notes the members that nobody asked for.
    pub(crate) fn end(self) {
        for (name, _) in &self.left {
            let detail = match self.known.iter().any(|known| known == name) {
                true => TWICE.to_owned(),
                false => format!("no such member; there are {}", joined(self.known.iter(), ", ")),
            };
            self.violations.note(Path::Member(&self.path, name), detail);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn members(text: &str) -> Result<(Option<u32>, String), Error> {
        read(text.as_bytes(), |input| {
            let mut members = input.members()?;
            let (count, name) =
                (members.optional("count").and_then(Input::count), members.required("name").and_then(Input::string));
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
}
