//! What the outbox sees of its storage: SQL in, rows out.

use crate::{
    json::{Json, Raw},
    timestamp::Timestamp,
    write::to_json,
};
use serde::Serialize;

/// A database, with what belongs to one step of work on it.
///
/// All that one step writes is kept, or nothing of it: a [`Fault`] undoes the step.
pub trait Storage {
    /// Runs one statement. Parameters are a JSON array; the rows come as one, too: of how many values each consists, and then
    /// the values of all, row by row.
    fn sql(&self, statement: &'static str, parameters: &str) -> Result<String, Fault>;

    /// Runs one statement whose rows, if it has any, nobody wants.
    fn run(&self, statement: &'static str, parameters: &str) -> Result<(), Fault>;

    /// How large the database is, in bytes.
    fn size(&self) -> u64;

    /// Chance: 128 bits nobody can guess.
    fn random(&self) -> u128;
}

/// 32 random bits.
pub(crate) fn chance(storage: &dyn Storage) -> u32 {
    (storage.random() >> 96) as u32
}

/// Later than anything: the largest number that JavaScript counts exactly.
pub(crate) const END_OF_TIME: i64 = (1 << 53) - 1;

/// The longest id, in bytes.
const ID: usize = 500;

/// Whether this is the id of anything, and not a page.
pub(crate) fn is_id(id: &str) -> bool {
    id.len() <= ID
}

/// The storage failed. What it says has no values in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault(pub String);

/// A value in a row.
#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Integer(i64),
    Null,
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(integer: i64) -> Self {
        Self::Integer(integer)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Self::Integer(flag.into())
    }
}

impl From<Timestamp> for Value<'_> {
    fn from(at: Timestamp) -> Self {
        Self::Integer(at.0)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The parameters of a statement, in the order of its question marks.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::worker::storage::Value::from($value)),*] };
}
pub(crate) use values;

/// Runs one statement.
pub(crate) fn sql(storage: &dyn Storage, statement: &'static str, values: &[Value<'_>]) -> Result<Rows, Fault> {
    storage.sql(statement, &to_json(values)).map(Rows)
}

/// Runs one statement that finds nothing.
pub(crate) fn run(storage: &dyn Storage, statement: &'static str, values: &[Value<'_>]) -> Result<(), Fault> {
    storage.run(statement, &to_json(values))
}

/// What a statement found.
pub(crate) struct Rows(String);

impl Rows {
    pub(crate) fn all(&self) -> Vec<Row<'_>> {
        let parts = Json::items(&self.0).unwrap_or_default();
        let Some((width, values)) = parts.split_first() else { return Vec::new() };
        let width = width.integer().and_then(|width| usize::try_from(width).ok()).unwrap_or_default().max(1);
        values.chunks(width).map(|row| Row(row.to_vec())).collect()
    }

    /// The first value of the first row, where it is a number.
    pub(crate) fn integer(&self) -> Option<i64> {
        self.all().first().and_then(|row| row.integer(0))
    }

    /// The first value of all rows, put together.
    pub(crate) fn text(&self) -> String {
        self.all().iter().filter_map(|row| row.text(0)).collect()
    }
}

/// One row; each value by its place.
pub(crate) struct Row<'a>(Vec<Json<'a>>);

impl Row<'_> {
    fn get(&self, at: usize) -> Json<'_> {
        self.0.get(at).copied().unwrap_or(Json::NULL)
    }

    pub(crate) fn text(&self, at: usize) -> Option<String> {
        self.get(at).string().map(std::borrow::Cow::into_owned)
    }

    pub(crate) fn integer(&self, at: usize) -> Option<i64> {
        self.get(at).integer()
    }

    pub(crate) fn flag(&self, at: usize) -> bool {
        self.integer(at) == Some(1)
    }

    pub(crate) fn time(&self, at: usize) -> Option<Timestamp> {
        self.integer(at).map(Timestamp)
    }

    /// JSON that was added item by item, with a comma before each, as an array.
    pub(crate) fn list(&self, at: usize) -> Option<Raw> {
        let items = self.text(at).unwrap_or_default();
        Raw::parse(format!("[{}]", items.trim_start_matches(',')).as_bytes()).ok()
    }

    /// JSON that was kept as text; `null` where there is none.
    pub(crate) fn json(&self, at: usize) -> Raw {
        let text = self.text(at).unwrap_or_default();
        Raw::parse(text.as_bytes()).unwrap_or_else(|_| Json::NULL.raw())
    }
}

/// A row holds 2 MB at most.
const PART: usize = 1 << 20;

/// A long text in parts that fit into a row each, with their numbers.
pub(crate) fn parts(text: &str) -> impl Iterator<Item = (i64, &str)> {
    let mut rest = text;
    let part = move || {
        let (head, tail) = rest.split_at_checked(rest.floor_char_boundary(PART)).unwrap_or((rest, ""));
        rest = tail;
        (!head.is_empty()).then_some(head)
    };
    (0..).zip(std::iter::from_fn(part))
}
