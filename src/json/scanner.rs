//! Goes through JSON text (RFC 8259): checks it, and gathers what the outermost object or array consists of.

use super::Json;
use crate::bytes::plain;

/// Reads JSON text from its beginning.
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// How far it has come: where there is a mistake, to that.
    pub(super) at: usize,
    /// The bracket that closes what is gathered, where the outermost value is that; 0 gathers nothing.
    kept: u8,
    /// The items of the outermost array, or names and values of the outermost object by turns.
    pub(super) parts: Vec<Json<'a>>,
}

impl<'a> Scanner<'a> {
    /// Deeper is nothing that any provider or caller says, and the stack is not endless.
    const DEEPEST: usize = 128;

    pub(super) fn new(text: &'a str, kept: u8) -> Self {
        // Most that is read has no more.
        let parts = Vec::with_capacity(if kept == 0 { 0 } else { 16 });
        Self { text, at: 0, kept, parts }
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
        let is_kept = depth == 0 && close == self.kept;
        if self.token() != close {
            loop {
                if close == b'}' {
                    if self.peek() != b'"' {
                        return None;
                    }
                    let start = self.at;
                    self.string()?;
                    self.keep(start, is_kept)?;
                    if self.token() != b':' {
                        return None;
                    }
                    self.at += 1;
                    self.token();
                }
                let start = self.at;
                self.value(depth + 1)?;
                self.keep(start, is_kept)?;
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

    /// Keeps a name, a value or an item, where these are kept.
    fn keep(&mut self, start: usize, is_kept: bool) -> Option<()> {
        if is_kept {
            self.parts.push(self.since(start)?);
        }
        Some(())
    }

    /// From the opening quote to the closing one.
    fn string(&mut self) -> Option<()> {
        loop {
            self.at += 1;
            self.at += plain(self.text.as_bytes().get(self.at..)?);
            match self.peek() {
                b'"' => break,
                b'\\' => self.escape()?,
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
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
