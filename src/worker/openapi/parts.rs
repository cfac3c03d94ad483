//! What many operations have in common: parameters, headers, refusals, and the key.

use super::super::{
    messages::too_large,
    outbox::{LONGEST_KEY, LONGEST_WAIT},
    problem::{Problem, Told},
    query::LIMITS,
};
use crate::{
    error::{Error, ErrorKind, Violation},
    status::Status,
};
use schemars::JsonSchema;
use serde_json::{Value, json};

/// The name of the one way to say who asks.
pub(super) const KEY: &str = "key";

/// The schema of a type, by its name.
pub(super) fn json_of<T: JsonSchema>() -> Value {
    json!({ "$ref": format!("#/components/schemas/{}", T::schema_name()) })
}

/// A page of a list.
pub(super) fn page_of<T: JsonSchema>() -> Value {
    json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": json_of::<T>() },
            "next": { "type": ["string", "null"], "description": "The `cursor` of the page behind; `null` at the end." },
        },
        "required": ["items", "next"],
    })
}

/// A body of JSON.
pub(super) fn json_body(schema: Value, example: Value) -> Value {
    let body = json!({ "schema": schema });
    json!({ "application/json": if example.is_null() { body } else { with(body, json!({ "example": example })) } })
}

/// An object with further members.
pub(super) fn with(object: Value, further: Value) -> Value {
    match (object, further) {
        (Value::Object(mut members), Value::Object(further)) => {
            members.extend(further);
            members.into()
        }
        (object, _) => object,
    }
}

/// A problem.
pub(super) fn problem(description: &str) -> Value {
    told(description, json!({}))
}

/// A problem, as it is told.
fn example(description: &str, problem: &Problem) -> Value {
    let told_problem: Value = serde_json::from_str(&problem.respond().body).unwrap_or_default();
    told(description, json!({ "example": told_problem }))
}

fn told(description: &str, example: Value) -> Value {
    let body = with(json!({ "schema": json_of::<Told<'_>>() }), example);
    json!({ "description": description, "content": { "application/problem+json": body } })
}

/// A reference to what is told once for all.
pub(super) fn component(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

pub(super) fn security() -> Value {
    json!({ KEY: { "type": "http", "scheme": "bearer", "description": "The Worker's `CHASKI_API_KEY`, or a token." } })
}

/// A name or an id in the path.
pub(super) fn path(name: &str, description: &str, example: &str) -> Value {
    json!({
        "name": name, "in": "path", "required": true, "description": description,
        "schema": { "type": "string" }, "example": example,
    })
}

/// A parameter in the query.
pub(super) fn query(name: &str, description: &str, schema: Value) -> Value {
    json!({ "name": name, "in": "query", "description": description, "schema": schema })
}

/// A header of the request.
pub(super) fn header(name: &str, description: &str, schema: Value, required: bool) -> Value {
    json!({ "name": name, "in": "header", "required": required, "description": description, "schema": schema })
}

pub(super) fn parameter(name: &str) -> Value {
    component("parameters", name)
}

/// Parameters that several operations take.
pub(super) fn parameters() -> Value {
    let (standard, most) = LIMITS;
    json!({
        "Cursor": query("cursor", "The `next` of the page before.", place()),
        "Limit": query("limit", "How many at most.", json!({ "type": "integer", "minimum": 1, "maximum": most, "default": standard })),
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header",
            "description": "Makes it safe to ask again: the same key with the same body gets the first answer for 24 hours, and nothing is sent. The number of an order does well.",
            "schema": { "type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]([ -~]*[!-~])?$" },
        },
        "Prefer": {
            "name": "Prefer", "in": "header",
            "description": format!("`wait=N`: answer when there is something to say, and after N seconds at the latest; 1 to {LONGEST_WAIT}. Other preferences are left alone (RFC 7240)."),
            "schema": { "type": "string" },
            "example": "wait=10",
        },
    })
}

/// The place of something in a list. Empty is as good as none.
fn place() -> Value {
    json!({ "type": "string", "pattern": "^[0-9]{0,18}$" })
}

/// How far a message is, as a parameter.
pub(super) fn statuses() -> Value {
    json_of::<Status>()
}

/// Headers of answers.
pub(super) fn headers() -> Value {
    let seconds = json!({ "type": "integer", "minimum": 0 });
    let text = json!({ "type": "string" });
    json!({
        "Location": { "description": "Where to see how it fares: `/v1/messages/{id}`, or `/v1/messages?batch={batch}`.", "required": true, "schema": { "type": "string", "format": "uri-reference" } },
        "IdempotentReplayed": { "description": "`true` where this answer was given before to the same `Idempotency-Key`.", "schema": { "type": "string", "const": "true" } },
        "PreferenceApplied": { "description": "The `wait=N` of `Prefer`, where the outcome was waited for.", "schema": text },
        "LastEventId": { "description": "Of a stream: where it begins.", "schema": text },
        "RetryAfter": { "description": "Seconds to wait before another try.", "schema": seconds },
        "Challenge": { "description": "`Bearer`.", "required": true, "schema": text },
    })
}

/// The name of the refusal that has this status.
pub(super) fn refusal(status: u16) -> &'static str {
    match status {
        400 => "Unreadable",
        401 => "Unauthorized",
        403 => "Forbidden",
        413 => "TooLarge",
        415 => "NotJson",
        422 => "Wrong",
        500 => "Fault",
        _ => "Unavailable",
    }
}

/// Refusals that many operations have.
pub(super) fn refusals() -> Value {
    let header = |name: &str, header: &str| json!({ "headers": { name: component("headers", header) } });
    let wrong = Error::invalid(vec![Violation::new("/text", "a message needs a text, or media")]);
    json!({
        refusal(400): example("The body is no JSON.", &Problem::new(400, ErrorKind::Malformed, "not JSON")),
        refusal(401): with(
            example(
                "The key is missing or wrong, or the token has ended.",
                &Problem::new(401, ErrorKind::Auth, "this is not the Worker's CHASKI_API_KEY"),
            ),
            header("WWW-Authenticate", "Challenge"),
        ),
        refusal(403): example(
            "The token is good, and not for this: it is for other actions, recipients or origins, or has no uses left.",
            &Problem::new(403, ErrorKind::Auth, "this token is not for that"),
        ),
        refusal(413): example("The body is larger than 1 MiB; media in base64 may be 8 MiB more.", &too_large()),
        refusal(415): example(
            "The body says that it is something else than JSON.",
            &Problem::new(415, ErrorKind::Invalid, "send JSON, with `Content-Type: application/json`"),
        ),
        refusal(422): example("It can be read, and is wrong: `errors` says where.", &wrong.into()),
        refusal(500): problem("A fault in the Worker."),
        refusal(503): with(
            example(
                "Not now: `CHASKI_API_KEY` is not set, `CHASKI_CONFIG` is wrong where it is needed, or the outbox has no room or \
                 no answer.",
                &Problem::new(503, ErrorKind::Unavailable, "the outbox cannot be written to: nothing was accepted").later(10),
            ),
            header("Retry-After", "RetryAfter"),
        ),
    })
}
