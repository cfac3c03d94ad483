//! Writing JSON: as serde_json does, for the shapes that there are here.
//!
//! By hand, since serde_json writes each field of each type twice, once for the case that it is a raw value: a tenth
//! of the whole wasm.

use crate::{
    bytes::{hex, plain},
    json::RAW,
};
use serde::{
    Serialize, Serializer,
    ser::{self, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple},
};
use std::fmt;

/// The value as JSON text. Empty where it has floats, bytes or variants with members: nothing here does.
pub(crate) fn to_json(value: &(impl Serialize + ?Sized)) -> String {
    let mut writer = Writer::default();
    match value.serialize(&mut writer) {
        Ok(()) => writer.text,
        Err(Unwritable) => String::new(),
    }
}

/// The beginning of a text that would take more bytes than this in JSON.
#[cfg(feature = "worker")]
pub(crate) fn cut(mut text: String, most: usize) -> String {
    let mut room = most;
    let end = text.char_indices().find(|(_, letter)| {
        let width = match letter {
            '\0'..' ' => 6,
            '"' | '\\' => 2,
            letter => letter.len_utf8(),
        };
        let is_over = width > room;
        room = room.saturating_sub(width);
        is_over
    });
    if let Some((at, _)) = end {
        text.truncate(at);
        text.push('…');
    }
    text
}

/// JSON text in the making.
pub(crate) struct Writer {
    pub(crate) text: String,
    /// Whether the next string is JSON itself.
    is_raw: bool,
}

/// With room for most of what is written, in bytes: a text that grows is copied several times.
const USUAL: usize = 512;

impl Default for Writer {
    fn default() -> Self {
        Self { text: String::with_capacity(USUAL), is_raw: false }
    }
}

impl Writer {
    pub(crate) fn string(&mut self, text: &str) {
        self.text.push('"');
        let mut rest = text;
        loop {
            let (plain, from) = rest.split_at_checked(plain(rest.as_bytes())).unwrap_or_default();
            self.raw(plain);
            let Some(byte) = from.bytes().next() else { break };
            match byte {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                b'\r' => self.raw("\\r"),
                b'\t' => self.raw("\\t"),
                8 => self.raw("\\b"),
                12 => self.raw("\\f"),
                _ => {
                    self.raw("\\u00");
                    self.raw(&hex(&[byte]));
                }
            }
            rest = from.get(1..).unwrap_or_default();
        }
        self.text.push('"');
    }

    pub(crate) fn raw(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// A comma, but behind an opening bracket.
    pub(crate) fn separate(&mut self) {
        if !matches!(self.text.as_bytes().last(), Some(b'{' | b'[')) {
            self.text.push(',');
        }
    }

    /// The name of a member, one of ours: there is nothing to escape in it.
    pub(crate) fn name(&mut self, name: &'static str) {
        self.separate();
        self.text.push('"');
        self.raw(name);
        self.raw("\":");
    }

    fn open(&mut self, open: char, close: char) -> List<'_> {
        self.text.push(open);
        List { writer: self, close: Some(close) }
    }
}

/// Nothing that can be said in JSON here.
#[derive(Debug)]
pub(crate) struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be written")
    }
}

impl std::error::Error for Unwritable {}

impl ser::Error for Unwritable {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

type Written = Result<(), Unwritable>;

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = Unwritable;
    type SerializeSeq = List<'w>;
    type SerializeTuple = List<'w>;
    type SerializeTupleStruct = Impossible<(), Unwritable>;
    type SerializeTupleVariant = Impossible<(), Unwritable>;
    type SerializeMap = List<'w>;
    type SerializeStruct = List<'w>;
    type SerializeStructVariant = Impossible<(), Unwritable>;

    fn serialize_bool(self, value: bool) -> Written {
        self.raw(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Written {
        self.raw(&value.to_string());
        Ok(())
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Written {
        self.raw(&value.to_string());
        Ok(())
    }

    fn serialize_f32(self, _: f32) -> Written {
        Err(Unwritable)
    }

    fn serialize_f64(self, _: f64) -> Written {
        Err(Unwritable)
    }

    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Written {
        if self.is_raw {
            self.raw(value);
        } else {
            self.string(value);
        }
        Ok(())
    }

    fn serialize_bytes(self, _: &[u8]) -> Written {
        Err(Unwritable)
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: ?Sized + Serialize>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.raw("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: ?Sized + Serialize>(self, _: &'static str, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: ?Sized + Serialize>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let mut object = self.open('{', '}');
        object.serialize_field(variant, value)?;
        SerializeStruct::end(object)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<List<'w>, Unwritable> {
        Ok(self.open('[', ']'))
    }

    fn serialize_tuple(self, _: usize) -> Result<List<'w>, Unwritable> {
        Ok(self.open('[', ']'))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTupleStruct, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Unwritable> {
        Err(Unwritable)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<List<'w>, Unwritable> {
        Ok(self.open('{', '}'))
    }

    fn serialize_struct(self, name: &'static str, _: usize) -> Result<List<'w>, Unwritable> {
        if name == RAW {
            self.is_raw = true;
            return Ok(List { writer: self, close: None });
        }
        Ok(self.open('{', '}'))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Unwritable> {
        Err(Unwritable)
    }
}

/// An array or object in the making; a raw value has nothing to close it.
pub(crate) struct List<'w> {
    writer: &'w mut Writer,
    close: Option<char>,
}

impl List<'_> {
    fn close(self) -> Written {
        self.writer.is_raw = false;
        self.writer.text.extend(self.close);
        Ok(())
    }

    fn item<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.writer.separate();
        value.serialize(&mut *self.writer)
    }
}

impl SerializeSeq for List<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.item(value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl SerializeTuple for List<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.item(value)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl SerializeMap for List<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Written {
        self.item(key)
    }

    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.writer.text.push(':');
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Written {
        self.close()
    }
}

impl SerializeStruct for List<'_> {
    type Ok = ();
    type Error = Unwritable;

    fn serialize_field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Written {
        if self.close.is_some() {
            self.writer.name(name);
        }
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Written {
        self.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Raw;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    struct All {
        text: &'static str,
        numbers: (i8, u16, i64, u64),
        absent: Option<u32>,
        given: Option<bool>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        skipped: Vec<()>,
        list: Vec<Word>,
        empty: Vec<()>,
        map: BTreeMap<&'static str, Word>,
        nothing: (),
        raw: Raw,
        letter: char,
    }

    #[derive(Clone, Serialize)]
    #[serde(rename_all = "snake_case")]
    enum Word {
        One,
        Held(Box<Word>),
    }

    #[test]
    fn it_is_written_as_serde_json_does() {
        let all = All {
            text: "\"{[\\\n\u{1}é😀",
            numbers: (-1, 2, i64::MIN, u64::MAX),
            absent: None,
            given: Some(true),
            skipped: Vec::new(),
            list: vec![Word::One, Word::Held(Word::One.into())],
            empty: Vec::new(),
            map: BTreeMap::from([("[", Word::One), ("{", Word::Held(Word::One.into()))]),
            nothing: (),
            raw: Raw::parse(br#"{ "a": 1e999, "b": [ ] }"#).unwrap(),
            letter: 'x',
        };
        assert_eq!(to_json(&[&all, &all]), serde_json::to_string(&[&all, &all]).unwrap());
    }
}
