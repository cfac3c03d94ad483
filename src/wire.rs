//! What crosses to JavaScript.

use crate::http::Request;
use serde::Serialize;
use std::borrow::Cow;

/// A request for the host's fetch, without its body; the headers are pairs.
#[derive(Serialize)]
pub(crate) struct Wire<'a> {
    method: &'static str,
    url: &'a str,
    headers: Vec<(&'static str, Cow<'a, str>)>,
}

impl<'a> Wire<'a> {
    /// What stands before the body, and the body. With the keys.
    pub(crate) fn of(request: &'a Request) -> (Self, Vec<u8>) {
        let (content_type, body) = request.encode().unzip();
        let headers = request.headers.iter().map(|header| (header.name, Cow::from(&header.value)));
        let headers = headers.chain(content_type.map(|value| ("content-type", value.into()))).collect();
        (Self { method: request.method.as_str(), url: &request.url, headers }, body.unwrap_or_default())
    }
}

/// A head as JSON, a line feed, and bytes. A head has no raw JSON in it, and so no line feed of its own.
#[cfg(feature = "npm")]
pub(crate) fn packed(head: &impl Serialize, bytes: &[u8]) -> Vec<u8> {
    [crate::write::to_json(head).as_bytes(), b"\n", bytes].concat()
}
