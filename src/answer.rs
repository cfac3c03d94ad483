//! Reading what providers answer: leniently, since they drift, and losing nothing.

use crate::{
    error::{Error, ErrorKind, Violation, escape},
    http::Response,
};
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned},
};
use serde_json::{Value, value::RawValue};
use std::fmt;

/// The body of a success, known to be JSON or empty.
pub(crate) struct Answer<'a>(&'a str);

impl<'a> Answer<'a> {
    /// Tells a success from an error: HTTP 2xx, a body that can be read, and no flag in it that says otherwise.
    pub(crate) fn read(response: &'a Response) -> Result<Self, Error> {
        if !(200..300).contains(&response.status) {
            return Err(explain(response));
        }
        let unreadable =
            || Error::answered(response, Some("the answer is not JSON".to_owned())).of_kind(ErrorKind::Malformed);
        let body = std::str::from_utf8(&response.body).map_err(|_| unreadable())?.trim();
        if body.is_empty() {
            return Ok(Self("null"));
        }
        let failed = match serde_json::from_str::<Flags>(body) {
            Ok(flags) => flags.failed(),
            Err(error) if error.is_data() => false,
            Err(_) => return Err(unreadable()),
        };
        if failed { Err(explain(response).of_kind(ErrorKind::Rejected)) } else { Ok(Self(body)) }
    }

    /// The answer as an object; what does not fit is as if it were absent.
    pub(crate) fn object<T: Deserialize<'a> + Default>(&self) -> T {
        read_object(self.0).unwrap_or_default()
    }

    /// The answer as an array; anything else is as if it were empty.
    pub(crate) fn array<T: Deserialize<'a>>(&self) -> Vec<T> {
        serde_json::from_str(self.0).unwrap_or_default()
    }

    /// The object under `data`, where three of the five put it.
    pub(crate) fn data<T: DeserializeOwned + Default>(&self) -> T {
        self.object::<Data<'_>>().data.and_then(|data| read_object(data.get())).unwrap_or_default()
    }

    /// The array under `data`.
    pub(crate) fn data_array<T: DeserializeOwned>(&self) -> Vec<T> {
        self.object::<Data<'_>>().data.and_then(|data| serde_json::from_str(data.get()).ok()).unwrap_or_default()
    }

    /// The body as it came.
    pub(crate) fn raw(&self) -> Box<RawValue> {
        RawValue::from_string(self.0.to_owned()).unwrap_or_default()
    }
}

#[derive(Deserialize, Default)]
struct Data<'a> {
    #[serde(default, borrow)]
    data: Option<&'a RawValue>,
}

/// The ways in which the five say "no" inside a 2xx: `"error": true`, `"success": false`, and a `status` of
/// `false`, `0` (WhatsSpot's previous generation) or `"error"`.
#[derive(Deserialize)]
struct Flags {
    #[serde(default)]
    error: Flag,
    #[serde(default)]
    success: Flag,
    #[serde(default)]
    status: Flag,
}

impl Flags {
    fn failed(&self) -> bool {
        self.error == Flag::Yes || self.success == Flag::No || matches!(self.status, Flag::No | Flag::Error)
    }
}

#[derive(Default, PartialEq)]
enum Flag {
    Yes,
    No,
    Error,
    #[default]
    Other,
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Flag;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }

            fn visit_bool<E>(self, value: bool) -> Result<Flag, E> {
                Ok(if value { Flag::Yes } else { Flag::No })
            }

            fn visit_u64<E>(self, value: u64) -> Result<Flag, E> {
                Ok(if value == 0 { Flag::No } else { Flag::Other })
            }

            fn visit_i64<E>(self, _: i64) -> Result<Flag, E> {
                Ok(Flag::Other)
            }

            fn visit_f64<E>(self, _: f64) -> Result<Flag, E> {
                Ok(Flag::Other)
            }

            fn visit_str<E>(self, value: &str) -> Result<Flag, E> {
                Ok(if value.eq_ignore_ascii_case("error") { Flag::Error } else { Flag::Other })
            }

            fn visit_unit<E>(self) -> Result<Flag, E> {
                Ok(Flag::Other)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Flag, A::Error> {
                while map.next_entry::<de::IgnoredAny, de::IgnoredAny>()?.is_some() {}
                Ok(Flag::Other)
            }

            fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Flag, A::Error> {
                while seq.next_element::<de::IgnoredAny>()?.is_some() {}
                Ok(Flag::Other)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// An id or a number, whether it comes as a string or as a number: exact, as text.
pub(crate) fn scalar<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?.get();
    Ok(match raw.as_bytes().first() {
        Some(b'"') => serde_json::from_str(raw).ok(),
        Some(b'-' | b'0'..=b'9') => Some(raw.to_owned()),
        _ => None,
    })
}

/// An object of this shape; anything else is as if it were absent.
pub(crate) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(read_object(<&RawValue>::deserialize(deserializer)?.get()))
}

/// Derived readers also take an array, member by member; an answer never means that.
fn read_object<'de, T: Deserialize<'de>>(json: &'de str) -> Option<T> {
    json.starts_with('{').then(|| serde_json::from_str(json).ok()).flatten()
}

/// A value of this shape; of any other shape, it is as if it were absent.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str(raw.get()).ok())
}

/// An error with all that its answer says.
fn explain(response: &Response) -> Error {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or(Value::Null);
    let violations = violations(&body);
    let mut error = Error::answered(response, text(&body, &violations));
    error.code = ["code", "error_code", "statusCode"].iter().find_map(|name| match body.get(name)? {
        Value::String(code) => Some(code.clone()),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    });
    error.errors = violations;
    if error.kind == ErrorKind::Malformed
        && let Some(location) = response.header("location")
    {
        let host = location.split('/').take(3).collect::<Vec<_>>().join("/");
        error.message = format!("the provider redirects to {host}: is base_url right?");
    }
    error
}

/// The first text that says what is wrong, from the most specific place.
fn text(body: &Value, violations: &[Violation]) -> Option<String> {
    let detail = || {
        let joined = violations.iter().map(|violation| {
            let place = violation.pointer.trim_start_matches('/').replace('/', ".");
            if place.is_empty() { violation.detail.clone() } else { format!("{place}: {}", violation.detail) }
        });
        (!violations.is_empty()).then(|| joined.collect::<Vec<_>>().join("; "))
    };
    let string = |pointer: &str| {
        body.pointer(pointer)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    string("/error")
        .or_else(|| string("/message"))
        .or_else(|| string("/detail"))
        .or_else(detail)
        .or_else(|| string("/error/message"))
}

/// Field errors: FastAPI's `detail[]`, a list of strings, or Laravel's map of fields.
fn violations(body: &Value) -> Vec<Violation> {
    let of_detail = |entry: &Value| {
        let place = entry.get("loc").and_then(Value::as_array).into_iter().flatten();
        let pointer = place.map(|part| format!("/{}", escape(&plain(part)))).collect::<String>();
        Violation::new(pointer, entry.get("msg").map_or_else(|| plain(entry), plain))
    };
    if let Some(detail) = body.get("detail").and_then(Value::as_array) {
        return detail.iter().map(of_detail).collect();
    }
    match body.get("errors") {
        Some(Value::Array(errors)) => errors.iter().map(|error| Violation::new("", plain(error))).collect(),
        Some(Value::Object(fields)) => fields
            .iter()
            .flat_map(|(field, errors)| {
                let errors =
                    errors.as_array().map_or_else(|| vec![plain(errors)], |errors| errors.iter().map(plain).collect());
                errors.into_iter().map(move |detail| Violation::new(format!("/{}", escape(field)), detail))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn plain(value: &Value) -> String {
    crate::phone::mask(&value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}
