//! Examples, out of what the vendors print on their pages. No value is anybody's.

use super::parts::with;
use serde_json::{Value, json};

pub(super) const MESSAGE_ID: &str = "msg_0123456789abcdef0123456789abcdef";
const EVENT_ID: &str = "evt_0123456789abcdef0123456789abcdef";
const MOMENT: &str = "2026-11-05T08:30:00.000Z";

/// An example with its name.
pub(super) fn example(name: &'static str, value: Value) -> (&'static str, Value) {
    (name, value)
}

/// Messages as callers send them.
pub(super) fn messages() -> [(&'static str, Value); 4] {
    [
        example("A text", json!({ "to": { "group": "ops-team" }, "text": "Hello from the edge" })),
        example(
            "A mention",
            json!({ "to": { "group": "ops-team" }, "text": "Hello @62856123456", "mentions": ["+62856123456"], "via": "whatspie" }),
        ),
        example(
            "An image",
            json!({
                "to": { "group": "ops-team" },
                "text": "The plan",
                "media": { "kind": "image", "url": "https://example.com/plan.png" },
            }),
        ),
        example(
            "To several, later",
            json!({
                "to": [{ "group": "ops-team" }, { "phone": "+6285612345678" }],
                "text": "The office is closed today",
                "expires_in": 86400,
                "metadata": { "order": "42" },
            }),
        ),
    ]
}

/// What a token is to allow.
pub(super) fn grant() -> Value {
    json!({
        "actions": ["send", "read"],
        "recipients": [{ "group": "ops-team" }],
        "uses": 10,
        "expires_in": 600,
        "origin": "http://localhost:3000",
    })
}

/// A token.
pub(super) fn token() -> Value {
    json!({ "token": "chaski_eyJpZCI6IuKApiJ9.c2lnbmF0dXJl", "expires_at": MOMENT })
}

/// A message that waits to be sent.
pub(super) fn accepted() -> Value {
    json!({
        "id": MESSAGE_ID, "batch": null, "status": "queued", "to": { "group": "ops-team" }, "via": null,
        "connection": null, "provider": null, "provider_id": null, "job": null, "attempts": [], "error": null,
        "created_at": MOMENT, "updated_at": MOMENT, "send_at": null, "expires_at": null, "metadata": null, "degraded": [],
    })
}

/// A message that was sent.
pub(super) fn sent() -> Value {
    let attempt = json!({
        "connection": "whatspie", "at": MOMENT, "outcome": "accepted", "http_status": 200,
        "receipt": {
            "outcome": "accepted", "id": "7637842", "job": null, "status": "queued", "provider_status": "PENDING",
            "raw": { "status": 200, "message": "OK", "data": { "id": "7637842", "status": "PENDING" } },
        },
        "error": null,
    });
    with(
        accepted(),
        json!({ "connection": "whatspie", "provider": "whatspie", "provider_id": "7637842", "attempts": [attempt] }),
    )
}

/// The requests that would be made.
pub(super) fn preview() -> Value {
    json!({
        "items": [{
            "connection": "whatspie",
            "provider": "whatspie",
            "request": {
                "method": "POST",
                "url": "https://api.whatspie.com/groups/495/send",
                "headers": { "authorization": "***", "accept": "application/json; charset=utf-8", "content-type": "application/json" },
                "body": { "message": "Hello from the edge", "type": "chat", "params": { "text": "Hello from the edge" } },
            },
            "error": null,
        }],
        "next": null,
    })
}

pub(super) fn connections() -> Value {
    json!({
        "items": [{ "name": "whatspie", "provider": "whatspie", "number": "…26", "routes": ["default"], "errors": [] }],
        "next": null,
    })
}

pub(super) fn health() -> Value {
    json!({
        "connection": "whatspie", "provider": "whatspie", "status": "up",
        "account": { "connected": true, "name": null, "number": "6281776521626", "raw": { "data": [{ "paired_status": "PAIRED" }] } },
        "quota": { "limit": null, "used": 522, "remaining": null, "raw": { "data": [{ "subscription": { "quote_used": "522" } }] } },
        "error": null,
    })
}

pub(super) fn groups() -> Value {
    json!({ "items": [{ "id": "15378", "name": "Ops team", "jid": "120363022368688477@g.us" }], "next": null })
}

/// What a gateway reports.
pub(super) fn report() -> Value {
    json!({
        "type": "message_incoming",
        "data": {
            "message": "Hello, I need help with my order", "from": "62856123456", "timestamp": 1581651709, "message_id": "3219EDE2131",
            "from_user": { "name": "John Doe", "jid": "62856123456@s.whatsapp.net" },
        },
    })
}

/// The event that becomes of it.
pub(super) fn event() -> Value {
    json!({
        "id": EVENT_ID, "type": "message.received", "connection": "whatspie", "provider": "whatspie", "at": "2020-02-14T03:41:49Z",
        "message": {
            "id": "3219EDE2131", "chat": { "phone": "+62856123456" }, "from": { "phone": "+62856123456", "name": "John Doe" },
            "text": "Hello, I need help with my order", "media": null, "mentions": [], "reply_to": null, "from_me": false,
        },
        "raw": report(),
    })
}

pub(super) fn subscribers() -> Value {
    json!({
        "items": [{
            "name": "crm", "origin": "https://crm.example", "events": ["message.*"], "connections": null,
            "state": "up", "paused_at": null, "pending": 0, "failed": 0,
        }],
        "next": null,
    })
}

pub(super) fn deliveries() -> Value {
    json!({
        "items": [{
            "event": EVENT_ID, "type": "message.received", "status": "delivered",
            "attempts": [{ "at": MOMENT, "http_status": 204, "error": null, "body": null }],
            "next_at": null, "queued_at": MOMENT, "updated_at": MOMENT,
        }],
        "next": null,
    })
}

/// What can go out once more.
pub(super) fn replays() -> [(&'static str, Value); 2] {
    [
        example("One event", json!({ "event": EVENT_ID })),
        example("What failed since a time", json!({ "since": "2026-11-05T08:30:00Z", "status": "failed" })),
    ]
}

pub(super) fn misconfigured() -> Value {
    json!({
        "status": "misconfigured", "version": env!("CARGO_PKG_VERSION"),
        "errors": [{ "pointer": "/connections/ops/token", "detail": "the secret WHATSPIE_TOKEN is not set" }],
    })
}
