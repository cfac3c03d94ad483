//! JSON as a pointer goes through it: what is said twice stands in two places, where serde_json's `Value` keeps the last.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// The text of a value that is JSON.
#[derive(Clone, Copy)]
pub(crate) struct Document<'a>(pub(crate) &'a str);

impl<'a> Document<'a> {
    /// The members of an object, in order.
    pub(crate) fn members(self) -> Option<Vec<(String, Document<'a>)>> {
        serde_json::from_str(self.0).ok().map(|Members(members)| members)
    }

    /// Whether a pointer leads to a value, or to where one is missing.
    pub(crate) fn has(self, pointer: &str) -> bool {
        let Some(rest) = pointer.strip_prefix('/') else { return pointer.is_empty() };
        let (segment, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if let Some(members) = self.members() {
            let name = segment.replace("~1", "/").replace("~0", "~");
            return rest.is_empty() || members.iter().any(|(other, value)| *other == name && value.has(rest));
        }
        let items: Vec<&RawValue> = serde_json::from_str(self.0).unwrap_or_default();
        segment.parse().ok().and_then(|at: usize| items.get(at)).is_some_and(|item| Document(item.get()).has(rest))
    }
}

struct Members<'a>(Vec<(String, Document<'a>)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
            members.push((name, Document(value.get())));
        }
        Ok(Members(members))
    }
}
