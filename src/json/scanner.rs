//! Goes through JSON text (RFC 8259): checks it, and gathers what the outermost object or array consists of.

use super::{Json, Object, unescape};
use crate::bytes::plain;
use std::borrow::Cow;

/// What is gathered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    Nothing,
    /// The items of the outermost array.
    Items,
    /// The members of the outermost object.
    Members,
    /// The members of the outermost object, and of the first object among these.
    Objects,
}

/// Reads JSON text from its beginning.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// How far it has come: where there is a mistake, to that.
    pub(super) at: usize,
    /// What is gathered.
    kept: Kept,
    /// The items of the outermost array.
    pub(super) items: Vec<Json<'a>>,
    /// Objects and their members; none where a name has a lone surrogate.
    pub(super) objects: Vec<(Json<'a>, Object<'a>)>,
}

impl<'a> Scanner<'a> {
    /// Deeper is nothing that any provider or caller says, and the stack is not endless.
    const DEEPEST: usize = 128;

    pub(super) fn new(text: &'a str, kept: Kept) -> Self {
        Self { text, at: 0, kept, items: Vec::new(), objects: Vec::new() }
    }

    /// The one value that is the whole text. `None` is a mistake; as with all that reads.
    pub(super) fn whole(&mut self) -> Option<Json<'a>> {
        self.token();
        let start = self.at;
        self.value(0)?;
        let value = self.since(start);
        self.token();
        if self.at == self.text.len() { value } else { None }
    }

    fn since(&self, start: usize) -> Option<Json<'a>> {
        self.text.get(start..self.at).map(Json)
    }

    /// The value that begins here.
    fn value(&mut self, depth: usize) -> Option<()> {
        match self.peek() {
            b'{' | b'[' if depth == Self::DEEPEST => None,
            b'{' => self.list(b'}', depth),
            b'[' => self.list(b']', depth),
            b'"' => self.string().map(|_| ()),
            b't' => self.word("true"),
            b'f' => self.word("false"),
            b'n' => self.word("null"),
            _ => self.number(),
        }
    }

    /// From the opening bracket to this closing one, commas between.
    fn list(&mut self, close: u8, depth: usize) -> Option<()> {
        let open = self.at;
        let is_kept = match depth {
            0 => matches!(self.kept, Kept::Members | Kept::Objects),
            1 => self.kept == Kept::Objects && self.objects.is_empty(),
            _ => false,
        };
        // Most objects have no more members.
        let mut object = (is_kept && close == b'}').then(|| Object(Vec::with_capacity(16)));
        self.at += 1;
        if self.token() != close {
            loop {
                let name = if close == b'}' { self.name()? } else { None };
                let start = self.at;
                self.value(depth + 1)?;
                match (&mut object, name) {
                    (Some(object), Some(name)) => object.0.push((name, self.since(start)?)),
                    _ if close == b'}' => object = None,
                    _ if depth == 0 && self.kept == Kept::Items => self.items.push(self.since(start)?),
                    _ => {}
                }
                match self.token() {
                    b',' => self.at += 1,
                    byte if byte == close => break,
                    _ => return None,
                }
                self.token();
            }
        }
        self.at += 1;
        if let Some(object) = object {
            self.objects.push((self.since(open)?, object));
        }
        Some(())
    }

    /// From the opening quote of a name to the value behind it. No name is one with a lone surrogate.
    fn name(&mut self) -> Option<Option<Cow<'a, str>>> {
        if self.peek() != b'"' {
            return None;
        }
        let start = self.at + 1;
        let is_plain = self.string()?;
        let text = self.text.get(start..self.at - 1)?;
        if self.token() != b':' {
            return None;
        }
        self.at += 1;
        self.token();
        Some(if is_plain { Some(Cow::Borrowed(text)) } else { unescape(text).map(Cow::Owned) })
    }

    /// From the opening quote to the closing one; whether all between stands as it is.
    fn string(&mut self) -> Option<bool> {
        let mut is_plain = true;
        loop {
            self.at += 1;
            self.at += plain(self.text.as_bytes().get(self.at..)?);
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
            is_plain = false;
        }
        self.at += 1;
        Some(is_plain)
    }

    /// From a backslash to the last byte of what it escapes.
    fn escape(&mut self) -> Option<()> {
        self.at += 1;
        match self.peek() {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => (0..4).try_for_each(|_| {
                self.at += 1;
                self.peek().is_ascii_hexdigit().then_some(())
            }),
            _ => None,
        }
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

    /// Goes past this byte, where it comes next.
    fn eats(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// Goes past blanks; the byte that comes next then.
    fn token(&mut self) -> u8 {
        loop {
            match self.peek() {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return byte,
            }
        }
    }

    /// The byte that comes next; behind the end a NUL, which no JSON has.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or_default()
    }
}
