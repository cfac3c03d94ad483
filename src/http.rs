//! Requests and responses as plain values: the host sends the one and brings the other.

use crate::{
    bytes::{find, hex},
    draft::Draft,
    json::Json,
    timestamp::Timestamp,
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use std::borrow::Cow;

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "UPPERCASE"))]
pub enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
}

impl Method {
    /// As on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// One header of a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// In lower case.
    pub name: &'static str,
    /// As on the wire.
    pub value: Cow<'static, str>,
    /// Whether the value is a key that nobody may see.
    pub secret: bool,
}

/// The body of a request.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// None at all.
    Empty,
    /// JSON text.
    Json(Vec<u8>),
    /// `multipart/form-data`.
    Multipart(Vec<Part>),
}

impl Body {
    /// The content type and the bytes.
    pub(crate) fn encode(self) -> Option<(Cow<'static, str>, Vec<u8>)> {
        match self {
            Self::Empty => None,
            Self::Json(json) => Some(("application/json".into(), json)),
            Self::Multipart(parts) => {
                let (content_type, bytes) = encode_multipart(&parts);
                Some((content_type.into(), bytes))
            }
        }
    }
}

/// One part of a multipart body.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The name of the form field.
    pub name: &'static str,
    /// For a file: its name and media type.
    pub file: Option<(String, String)>,
    /// The bytes.
    pub content: Vec<u8>,
}

impl Part {
    pub(crate) fn field(name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        Self { name, file: None, content: value.into() }
    }
}

/// A request to a provider, ready for the host.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute URL, encoded.
    pub url: String,
    /// The headers, without the content type.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Body,
}

impl Request {
    pub(crate) fn get(url: String) -> Self {
        let accept = Header { name: "accept", value: "application/json".into(), secret: false };
        // Room for the keys of an account.
        let mut headers = Vec::with_capacity(4);
        headers.push(accept);
        Self { method: Method::Get, url, headers, body: Body::Empty }
    }

    pub(crate) fn json(url: String, body: Draft) -> Self {
        Self { method: Method::Post, body: Body::Json(body.done().into_bytes()), ..Self::get(url) }
    }

    /// JSON that was written before, to anybody.
    #[cfg(feature = "worker")]
    pub(crate) fn post(url: String, json: Vec<u8>) -> Self {
        Self { method: Method::Post, body: Body::Json(json), ..Self::get(url) }
    }

    pub(crate) fn multipart(url: String, parts: Vec<Part>) -> Self {
        Self { method: Method::Post, body: Body::Multipart(parts), ..Self::get(url) }
    }

    /// Accepting these types in place of JSON.
    pub(crate) fn accept(mut self, types: &'static str) -> Self {
        if let Some(accept) = self.headers.first_mut() {
            accept.value = types.into();
        }
        self
    }

    /// With this header.
    #[cfg(feature = "worker")]
    pub(crate) fn header(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push(Header { name, value: value.into(), secret: false });
        self
    }

    /// With this header, whose value nobody may see.
    pub(crate) fn secret(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push(Header { name, value: Cow::Owned(value.into()), secret: true });
        self
    }

    /// With this token as the key.
    pub(crate) fn bearer(self, token: &str) -> Self {
        self.secret("authorization", ["Bearer ", token].concat())
    }

    /// The content type and the bytes of the body.
    #[must_use]
    pub fn encode(self) -> Option<(Cow<'static, str>, Vec<u8>)> {
        self.body.encode()
    }

    /// For people: the request with its keys masked, and files as their size.
    #[must_use]
    pub fn masked(&self) -> impl Serialize {
        Masked {
            method: self.method.as_str(),
            url: &self.url,
            headers: MaskedHeaders(self),
            body: MaskedBody(&self.body),
        }
    }
}

/// A request, for people: its keys masked, and files as their size.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "MaskedRequest"))]
pub(crate) struct Masked<'a> {
    /// The method.
    #[cfg_attr(feature = "schema", schemars(with = "Method"))]
    method: &'static str,
    /// The absolute URL, encoded.
    url: &'a str,
    /// The headers by name; `***` stands for a key.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
    headers: MaskedHeaders<'a>,
    /// The body as JSON; `{ "multipart": [ … ] }` where it is a form, `null` where there is none.
    #[cfg_attr(feature = "schema", schemars(with = "serde_json::Value"))]
    body: MaskedBody<'a>,
}

struct MaskedHeaders<'a>(&'a Request);

impl Serialize for MaskedHeaders<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for header in &self.0.headers {
            map.serialize_entry(header.name, if header.secret { "***" } else { &header.value })?;
        }
        match self.0.body {
            Body::Empty => {}
            Body::Json(_) => map.serialize_entry("content-type", "application/json")?,
            Body::Multipart(_) => map.serialize_entry("content-type", "multipart/form-data")?,
        }
        map.end()
    }
}

struct MaskedBody<'a>(&'a Body);

impl Serialize for MaskedBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Body::Empty => serializer.serialize_unit(),
            Body::Json(json) => Json::parse(json).unwrap_or(Json::NULL).serialize(serializer),
            Body::Multipart(parts) => {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry("multipart", &parts.iter().map(MaskedPart::of).collect::<Vec<_>>())?;
                map.end()
            }
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum MaskedPart<'a> {
    File { name: &'a str, filename: &'a str, mime: &'a str, bytes: usize },
    Field { name: &'a str, value: String },
}

impl<'a> MaskedPart<'a> {
    fn of(part: &'a Part) -> Self {
        match &part.file {
            Some((filename, mime)) => Self::File { name: part.name, filename, mime, bytes: part.content.len() },
            None => Self::Field { name: part.name, value: String::from_utf8_lossy(&part.content).into_owned() },
        }
    }
}

// Without keys and without what people write: safe in any log.
impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Request").field("method", &self.method).finish_non_exhaustive()
    }
}

/// RFC 7578, with names escaped as browsers do.
fn encode_multipart(parts: &[Part]) -> (String, Vec<u8>) {
    let escape = |name: &str| name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
    let boundary = boundary(parts);
    let mut body = Vec::with_capacity(parts.iter().map(|part| part.content.len() + 200).sum());
    for part in parts {
        let line = ["--", &boundary, "\r\nContent-Disposition: form-data; name=\"", part.name, "\""];
        body.extend_from_slice(line.concat().as_bytes());
        if let Some((filename, mime)) = &part.file {
            let file = ["; filename=\"", &escape(filename), "\"\r\nContent-Type: ", mime];
            body.extend_from_slice(file.concat().as_bytes());
        }
        body.extend_from_slice(b"\r\n\r\n");
        body.extend_from_slice(&part.content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(["--", &boundary, "--\r\n"].concat().as_bytes());
    (["multipart/form-data; boundary=", &boundary].concat(), body)
}

/// A boundary that stands in no part. It follows from the parts alone: the core draws no random numbers.
fn boundary(parts: &[Part]) -> String {
    // FNV-1a, as spread over the content it needs no more.
    let hash = parts
        .iter()
        .flat_map(|part| &part.content)
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let mut boundary = ["chaski-", &hex(&hash.to_be_bytes())].concat();
    while parts.iter().any(|part| find(&part.content, boundary.as_bytes()).is_some()) {
        boundary.push('-');
    }
    boundary
}

/// A provider's answer, as the host brings it.
#[derive(Clone, Default)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers, names in any case; [`Response::HEADERS`] are read.
    pub headers: Vec<(String, String)>,
    /// The body, whole.
    pub body: Vec<u8>,
}

impl Response {
    /// The headers that are read: the host need not bring any other.
    pub const HEADERS: &'static [&'static str] = &["date", "location", "retry-after"];

    /// An answer of JSON text.
    #[must_use]
    pub fn json(status: u16, body: &[u8]) -> Self {
        Self { status, headers: Vec::new(), body: body.to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// Seconds to wait (RFC 9110 §10.2.3), within a day. A date is taken against the answer's own `Date`, so
    /// that no clock is needed.
    pub(crate) fn retry_after(&self) -> Option<u32> {
        const DAY: i64 = 86_400;
        let value = self.header("retry-after")?;
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = is_number.then(|| value.parse::<i64>().unwrap_or(DAY));
        let until = || {
            Some((Timestamp::parse_http_date(value)?.0 - Timestamp::parse_http_date(self.header("date")?)?.0) / 1000)
        };
        u32::try_from(seconds.or_else(until)?.clamp(1, DAY)).ok()
    }
}

// Without what people write: safe in any log.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response").field("status", &self.status).finish_non_exhaustive()
    }
}

/// A value as one segment of a path: it cannot add or end a segment. All but RFC 3986's unreserved characters are
/// escaped, since even a sub-delimiter may mean something to a server.
pub(crate) fn segment(value: &str) -> Cow<'_, str> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let digit = |value: u8| char::from(*DIGITS.get(usize::from(value)).unwrap_or(&b'0'));
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if value.bytes().all(is_unreserved) {
        return Cow::Borrowed(value);
    }
    let mut segment = String::with_capacity(value.len());
    for byte in value.bytes() {
        if is_unreserved(byte) {
            segment.push(char::from(byte));
        } else {
            segment.extend(['%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
    Cow::Owned(segment)
}

/// The host of an absolute URL, and what stands behind it.
pub(crate) fn host_and_path(url: &str) -> Option<(&str, &str)> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    Some(rest.split_once('/').unwrap_or((rest, "")))
}

/// Whether a value can be one segment of a path. Dots alone cannot: the host's URL parser would climb by them,
/// encoded or not.
pub(crate) fn is_segment(value: &str) -> bool {
    value.bytes().any(|byte| byte != b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry_after(headers: &[(&str, &str)]) -> Option<u32> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status: 429, headers, body: Vec::new() }.retry_after()
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_within_a_day() {
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(retry_after(&[("Retry-After", "7")]), Some(7));
        assert_eq!(retry_after(&[("retry-after", "0")]), Some(1));
        assert_eq!(retry_after(&[("retry-after", "99999999999999999999")]), Some(86_400));
        assert_eq!(retry_after(&[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"), date]), Some(60));
        assert_eq!(retry_after(&[("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT")]), None);
        assert_eq!(retry_after(&[("retry-after", "-5")]), None);
        assert_eq!(retry_after(&[("retry-after", "soon")]), None);
        assert_eq!(retry_after(&[("retry-after", "")]), None);
    }

    #[test]
    fn a_segment_stays_one_segment() {
        assert_eq!(segment("acc/../x?y#z"), "acc%2F..%2Fx%3Fy%23z");
        assert!(is_segment("a.b") && !is_segment("..") && !is_segment(""));
    }

    #[test]
    fn a_boundary_stands_in_no_part() {
        let part = |content: &[u8]| Part::field("file", content);
        let first = boundary(&[part(b"")]);
        let parts = [part(first.as_bytes()), part(b"")];
        let (content_type, body) = encode_multipart(&parts);
        let boundary = content_type.rsplit_once('=').unwrap().1;
        let found = body.windows(boundary.len()).filter(|window| *window == boundary.as_bytes()).count();
        assert_eq!(found, 3);
    }

    #[test]
    fn a_file_name_cannot_end_its_header() {
        let file = Part { name: "file", file: Some(("a\"\r\nX: y".into(), "image/png".into())), content: vec![1] };
        let text = String::from_utf8(encode_multipart(&[file]).1).unwrap();
        assert!(text.contains("filename=\"a%22%0D%0AX: y\"\r\nContent-Type: image/png\r\n\r\n"));
    }
}
