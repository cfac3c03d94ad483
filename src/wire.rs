//! What crosses to JavaScript.

use crate::http::{Header, Request};
use serde::{Serialize, Serializer};

/// A request for the host's fetch, without its body; the headers are pairs.
#[derive(Serialize)]
pub(crate) struct Wire {
    method: &'static str,
    url: String,
    headers: Pairs,
}

struct Pairs(Vec<Header>);

impl Serialize for Pairs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(|header| (header.name, &header.value)))
    }
}

impl Wire {
    /// What stands before the body, and the body. With the keys.
    pub(crate) fn of(request: Request) -> (Self, Vec<u8>) {
        let Request { method, url, mut headers, body } = request;
        let (content_type, body) = body.encode().unzip();
        if let Some(value) = content_type {
            headers.push(Header { name: "content-type", value, secret: false });
        }
        (Self { method: method.as_str(), url, headers: Pairs(headers) }, body.unwrap_or_default())
    }
}

/// A head as JSON, a line feed, and bytes. A head has no raw JSON in it, and so no line feed of its own.
#[cfg(feature = "npm")]
pub(crate) fn packed(head: &impl Serialize, bytes: &[u8]) -> Vec<u8> {
    [crate::write::to_json(head).as_bytes(), b"\n", bytes].concat()
}
