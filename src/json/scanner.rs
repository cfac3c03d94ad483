//! Goes through JSON text (RFC 8259): checks it, and gathers what the outermost object or array consists of, and the first
//! object within.

use super::{Json, Object, unescape};
use crate::bytes::plain;
use std::borrow::Cow;

/// Reads JSON text from its beginning.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// How far it has come: where there is a mistake, to that.
    pub(super) at: usize,
    /// The bracket that closes what is gathered; 0 gathers nothing.
    kept: u8,
    /// How many levels are gathered: the outermost alone, or the first object among its members too.
    levels: usize,
    /// The items of the outermost array.
    pub(super) items: Vec<Json<'a>>,
    /// The text from where an object begins, and its members. None are left where a name has a lone surrogate.
    pub(super) objects: Vec<(&'a str, Object<'a>)>,
}

impl<'a> Scanner<'a> {
    /// Deeper is nothing that any provider or caller says, and the stack is not endless.
    const DEEPEST: usize = 128;

    pub(super) fn new(text: &'a str, kept: u8, levels: usize) -> Self {
        Self { text, at: 0, kept, levels, items: Vec::new(), objects: Vec::new() }
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
        let is_kept = close == self.kept && depth < self.levels && depth == self.objects.len();
        if is_kept && close == b'}' {
            // Most objects have no more members.
            self.objects.push((self.text.get(self.at..)?, Object(Vec::with_capacity(16))));
        }
        self.at += 1;
        if self.token() != close {
            loop {
                let name = if close == b'}' { self.name()? } else { ("", true) };
                let start = self.at;
                self.value(depth + 1)?;
                if is_kept {
                    self.keep(depth, name, start)?;
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
        Some(())
    }

    /// From the opening quote of a name to the value behind it: the name, and whether it stands as it is.
    fn name(&mut self) -> Option<(&'a str, bool)> {
        if self.peek() != b'"' {
            return None;
        }
        let start = self.at + 1;
        let is_plain = self.string()?;
        let name = self.text.get(start..self.at - 1)?;
        if self.token() != b':' {
            return None;
        }
        self.at += 1;
        self.token();
        Some((name, is_plain))
    }

    /// Keeps an item, or a member of this name at this depth.
    fn keep(&mut self, depth: usize, (name, is_plain): (&'a str, bool), start: usize) -> Option<()> {
        let value = self.since(start)?;
        let name = if is_plain { Some(Cow::Borrowed(name)) } else { unescape(name).map(Cow::Owned) };
        match (name, self.objects.get_mut(depth)) {
            (Some(name), Some((_, object))) => object.0.push((name, value)),
            (Some(_), None) => self.items.push(value),
            (None, _) => {
                self.objects.clear();
                self.levels = 0;
            }
        }
        Some(())
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
