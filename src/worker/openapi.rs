//! The HTTP API as an OpenAPI document, made on the host: `npm run openapi` writes it to `www/openapi.json`.
//!
//! ```text
//! operations (one entry for each method of each path) ─┐
//! parts (headers, parameters, refusals) ───────────────┼──▶ document
//! schema (the types that go in and out) ───────────────┘
//! ```
//!
//! It cannot drift: the paths and methods are those of [`Route`](super::route::Route), the schemas those of the types, the
//! limits the constants that the code goes by, and the tests hold what is committed against what is made.

mod examples;
mod operation;
mod operations;
mod parts;

use self::parts::json_of;
use super::relay::LoggedEvent;
use crate::schema;
use serde_json::{Map, Value, json};

/// The whole document.
#[must_use]
pub fn document() -> Value {
    let mut paths = Map::new();
    for operation in operations::all() {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(operation.method.to_lowercase(), operation.to_json());
        }
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Chaski",
            "summary": "Post to WhatsApp groups from the edge: one API for five gateways.",
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT", "identifier": "MIT" },
        },
        "servers": [{ "url": "/", "description": "This Worker." }],
        "tags": operations::TAGS.map(|(name, description)| json!({ "name": name, "description": description })),
        "security": [{ parts::KEY: [] }],
        "paths": paths,
        "webhooks": { "event": { "post": webhook() } },
        "components": {
            "securitySchemes": parts::security(),
            "parameters": parts::parameters(),
            "headers": parts::headers(),
            "responses": parts::refusals(),
            "schemas": moved(schema::all().into()),
        },
    })
}

const ABOUT: &str = "\
Send `Authorization: Bearer <CHASKI_API_KEY>`; webhooks that come in have a key in their path instead. A Worker without a key is \
closed, not open.

A message is **accepted** first (202: it is on disk) and sent then. What a gateway answers is in the message, not in the HTTP \
status.

Errors are problem details (RFC 9457, `application/problem+json`): `code` says why, and `errors` where, as JSON pointers. A method \
that a path does not know is answered with 405 and `Allow`; `HEAD` is answered like `GET`. No answer may be cached.

In a body `null` is as good as left out, and so is a parameter without a value.

Lists are `{ \"items\": […], \"next\": \"…\" }`: what is in `next` is the `cursor` of the page behind, and `null` ends them.";

/// What subscribers get.
fn webhook() -> Value {
    json!({
        "operationId": "receiveEvent",
        "tags": [operations::EVENTS],
        "summary": "An event, brought to a subscriber",
        "description": "A [Standard Webhook](https://www.standardwebhooks.com): goes to each of `subscribers` in `CHASKI_CONFIG` \
            that wants it, at least once. The `webhook-id` is the event's id and stays the same, however often it comes. \
            `webhook-signature` is made with the secret over `webhook-id`, `webhook-timestamp` and the body, with dots between \
            them; while a secret is replaced there are two.",
        "security": [],
        "parameters": [
            parts::header("webhook-id", "The id of the event: `evt_…`.", json!({ "type": "string" }), true),
            parts::header("webhook-timestamp", "When it was sent, in seconds since 1970.", json!({ "type": "integer" }), true),
            parts::header("webhook-signature", "One or two signatures: `v1,` and base64, with a space between them.", json!({ "type": "string" }), true),
        ],
        "requestBody": {
            "required": true,
            "content": { "application/json": { "schema": json_of::<LoggedEvent<'_>>(), "example": examples::event() } },
        },
        "responses": {
            "2XX": { "description": "The subscriber has it." },
            "410": { "description": "The subscriber wants no more: it is paused until a replay." },
            "default": { "description": "It comes again, no earlier than `Retry-After` says: ten tries in three days." },
        },
    })
}

/// The schemas, with their references to each other where an OpenAPI document has them.
fn moved(mut schema: Value) -> Value {
    match &mut schema {
        Value::Array(items) => items.iter_mut().for_each(|item| *item = moved(item.take())),
        Value::Object(members) => members.values_mut().for_each(|member| *member = moved(member.take())),
        Value::String(text) => {
            if let Some(name) = text.strip_prefix("#/$defs/") {
                *text = format!("#/components/schemas/{name}");
            }
        }
        _ => {}
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::{super::route::Route, operation::Operation, *};
    use std::collections::BTreeSet;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/openapi.json");

    #[test]
    fn the_document_that_is_served_is_this_one() {
        let served = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        let made = format!("{:#}\n", document());
        assert!(served == made, "www/openapi.json is not what the code says: npm run openapi writes it anew");
    }

    #[test]
    fn each_operation_is_routed_and_each_method_of_its_path_is_there() {
        for (path, methods) in document()["paths"].as_object().unwrap() {
            let route = Route::of(path).unwrap_or_else(|| panic!("{path} leads nowhere"));
            let documented: BTreeSet<_> = methods.as_object().unwrap().keys().map(|name| name.to_uppercase()).collect();
            let known: BTreeSet<_> = route.methods().iter().map(|method| (*method).to_owned()).collect();
            assert_eq!(documented, known, "{path}");
        }
    }

    #[test]
    fn each_path_that_is_routed_is_there() {
        // A match cannot be listed, but its source can: `["v1", "messages", id] => Self::Message(id),`.
        let patterns = include_str!("route.rs")
            .lines()
            .filter_map(|line| line.trim().strip_prefix('[')?.split_once("] => Self::"));
        let routed: BTreeSet<_> =
            patterns.map(|(pattern, _)| shape(pattern.split(", ").map(|part| part.strip_prefix('"')))).collect();
        assert!(routed.len() > 10 && routed.contains("/healthz"), "{routed:?}");
        let document = document();
        let paths = document["paths"].as_object().unwrap().keys();
        let is_name = |part: &str| part.starts_with('{');
        let documented: BTreeSet<_> = paths
            .map(|path| shape(path.trim_start_matches('/').split('/').map(|part| (!is_name(part)).then_some(part))))
            .collect();
        assert_eq!(documented, routed);
    }

    /// A path with its names left out: `/v1/messages/{}`.
    fn shape<'a>(parts: impl Iterator<Item = Option<&'a str>>) -> String {
        parts.map(|part| format!("/{}", part.map_or("{}", |part| part.trim_end_matches('"')))).collect()
    }

    #[test]
    fn each_reference_leads_somewhere_and_each_component_is_referred_to() {
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        for reference in &found {
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
        // The schemas are also those of the npm module, which has some of its own.
        for kind in ["parameters", "headers", "responses"] {
            for name in document["components"][kind].as_object().unwrap().keys() {
                assert!(found.contains(&format!("#/components/{kind}/{name}")), "{kind}/{name}");
            }
        }
    }

    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| references(member, found));
            }
            _ => {}
        }
    }

    #[test]
    fn each_operation_has_a_name_of_its_own_and_a_known_tag() {
        let operations = operations::all();
        let names: BTreeSet<_> = operations.iter().map(|operation| operation.id).collect();
        assert_eq!(names.len(), operations.len());
        for Operation { id, tag, .. } in operations {
            assert!(operations::TAGS.iter().any(|(name, _)| *name == tag), "{id}");
        }
    }
}
