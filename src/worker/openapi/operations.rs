//! All operations: one entry for each method of each path.

use super::{
    super::{
        app::Healthz,
        connections::{Connection, Health},
        messages::Preview,
        outbox::{Batch, Hooked, Resource},
        relay::{LoggedEvent, Replayed, STATUSES, SubscriberResource, WebhookDelivery},
        subscriber::types,
        token::{Grant, Token},
    },
    examples::{self, example},
    operation::Operation,
    parts::{self, json_of, page_of, parameter, path, query},
};
use crate::{delivery::Verdict, http::Masked, message::Message, provider::Description, reply::Group};
use serde_json::{Value, json};

pub(super) const MESSAGES: &str = "Messages";
pub(super) const CONNECTIONS: &str = "Connections";
pub(super) const EVENTS: &str = "Events";
pub(super) const WEBHOOKS: &str = "Incoming webhooks";
pub(super) const WORKER: &str = "Worker";

/// The groups in which they are shown.
pub(super) const TAGS: [(&str, &str); 5] = [
    (MESSAGES, "What is to be said, and what came of it."),
    (CONNECTIONS, "The accounts at the gateways, and what each can do."),
    (EVENTS, "What the gateways reported, and who gets to know."),
    (WEBHOOKS, "What gateways and others post to this Worker. The key is in the path."),
    (WORKER, "The Worker itself."),
];

/// All of them, as they are shown.
pub(super) fn all() -> Vec<Operation> {
    [messages(), connections(), events(), webhooks(), worker()].into_iter().flatten().collect()
}

fn messages() -> Vec<Operation> {
    const PATH: &str = "/v1/messages";
    const ONE: &str = "/v1/messages/{id}";
    const RESOLVE: &str = "/v1/messages/{id}/resolve";
    const PREVIEW: &str = "/v1/messages/preview";
    let id = || [path("id", "The id of the message.", examples::MESSAGE_ID)];
    let submitted = || json!({ "anyOf": [json_of::<Resource>(), json_of::<Batch>()] });
    let none = "There is no message of this id; it may have been pruned.";
    vec![
        Operation::new("POST", PATH, (MESSAGES, "sendMessage"), "Send a message")
            .about(
                "The message is on disk when the answer comes, and is sent then, whether or not anybody asks again. Several \
                 recipients in `to` become a batch: one message for each. What the first connection cannot do is refused with 422 \
                 before anything is sent.",
            )
            .takes([parameter("IdempotencyKey"), parameter("Prefer")])
            .reads(json_of::<Message>(), &examples::messages())
            .answers(
                200,
                "The first outcome is known (`Prefer: wait=N`). A repeated `Idempotency-Key` gets the first answer once more.",
                submitted(),
                examples::sent(),
            )
            .with(200, &[("Location", "Location"), ("Preference-Applied", "PreferenceApplied"), REPLAYED])
            .leads(200, links())
            .answers(202, "Accepted: it will be sent.", submitted(), examples::accepted())
            .with(202, &[("Location", "Location"), REPLAYED])
            .leads(202, links())
            .fails(409, "The first request with this `Idempotency-Key` still waits for its outcome.")
            .with(409, &[("Retry-After", "RetryAfter")]),
        Operation::new("GET", PATH, (MESSAGES, "listMessages"), "List messages")
            .about("The newest first.")
            .takes([
                query("status", "Only those that are so far.", parts::statuses()),
                query("connection", "Only those that this connection tried last.", text()),
                query("batch", "Only those of this batch: `batch_…`.", text()),
                parameter("Cursor"),
                parameter("Limit"),
            ])
            .refuses(&[422])
            .answers(200, "A page of messages.", page_of::<Resource>(), Value::Null),
        Operation::new("POST", PREVIEW, (MESSAGES, "previewMessage"), "Preview a message")
            .about("The exact requests that would be made, one for each recipient and connection of the route, with keys masked. Nothing is sent.")
            .reads(json_of::<Message>(), &examples::messages())
            .answers(200, "The requests.", page_of::<Preview<'_, Masked<'_>>>(), examples::preview()),
        Operation::new("GET", ONE, (MESSAGES, "getMessage"), "Get a message")
            .about("With all its tries, and what the gateway said to each.")
            .takes(id())
            .answers(200, "The message.", json_of::<Resource>(), examples::sent())
            .fails(404, none),
        Operation::new("DELETE", ONE, (MESSAGES, "cancelMessage"), "Call a message back")
            .about("As long as it has not been sent.")
            .takes(id())
            .answers(200, "The message, now `cancelled`.", json_of::<Resource>(), Value::Null)
            .fails(404, none)
            .fails(409, "It is too late for that."),
        Operation::new("POST", RESOLVE, (MESSAGES, "resolveMessage"), "Say what became of a message")
            .about("Where nobody knows whether a message was sent it is `unknown`, and nothing is sent again until somebody says so here.")
            .takes(id())
            .reads(
                object(json!({ "as": json_of::<Verdict>() }), &["as"]),
                &[example("It was sent", json!({ "as": "sent" })), example("Send it again", json!({ "as": "resend" }))],
            )
            .answers(200, "The message as it is now.", json_of::<Resource>(), Value::Null)
            .fails(404, none)
            .fails(409, "The message is not `unknown`."),
    ]
}

fn connections() -> Vec<Operation> {
    let name = || [path("name", "The name of the connection in `CHASKI_CONFIG`.", "whatspie")];
    let none = "There is no connection of this name.";
    vec![
        Operation::new("GET", "/v1/providers", (CONNECTIONS, "listProviders"), "List what each gateway can do")
            .about("From the code: fields of an account, features, options, limits.")
            .answers(200, "All providers.", page_of::<Description>(), Value::Null),
        Operation::new("GET", "/v1/connections", (CONNECTIONS, "listConnections"), "List the connections")
            .about("As they are configured, without their keys.")
            .answers(200, "All connections.", page_of::<Connection<'_>>(), examples::connections()),
        Operation::new("GET", "/v1/connections/{name}/health", (CONNECTIONS, "checkConnection"), "Check a connection")
            .about("Asks the gateway whether the credentials are good, and what is left of the quota. What it says is in the answer, not in its status.")
            .takes(name())
            .answers(200, "How it is.", json_of::<Health<'_>>(), examples::health())
            .fails(404, none),
        Operation::new("GET", "/v1/connections/{name}/groups", (CONNECTIONS, "listGroups"), "List the groups of a connection")
            .about("Those that it can post to, as the gateway lists them, with the ids for `to.group`. Where the gateway fails the answer is 503, with what it said.")
            .takes(name())
            .answers(200, "All groups.", page_of::<Group>(), examples::groups())
            .fails(404, none)
            .fails(422, "The gateway has no such list."),
    ]
}

fn events() -> Vec<Operation> {
    let name = || path("name", "The name of the subscriber in `CHASKI_CONFIG`.", "crm");
    let none = "There is no subscriber of this name.";
    vec![
        Operation::new("GET", "/v1/events", (EVENTS, "listEvents"), "List events")
            .about(
                "What the gateways reported, the oldest first. With `Prefer: wait=30` the answer waits until there is something; with \
                 `Accept: text/event-stream` it is a stream of server-sent events, and begins with what is new where no place is given. \
                 An `EventSource` cannot send the key; `fetch` can.",
            )
            .takes([
                json!({
                    "name": "type", "in": "query",
                    "description": "Only events of these types; `message.*` is all whose type begins so.",
                    "schema": { "type": "array", "items": { "type": "string", "enum": patterns() } },
                }),
                query("connection", "Only those of this connection.", text()),
                query("since", "Only those that came at this time or later.", json!({ "type": "string", "format": "date-time" })),
                query("cursor", "The `next` of the page before, or the id of an event: those behind it.", json!({ "type": "string" })),
                parameter("Limit"),
                parameter("Prefer"),
                parts::header("Last-Event-ID", "What a stream ended with: goes before `cursor`.", text(), false),
            ])
            .refuses(&[422])
            .responds(
                200,
                json!({
                    "description": "A page of events, or a stream of them.",
                    "content": {
                        "application/json": {
                            "schema": page_of::<LoggedEvent<'_>>(),
                            "example": { "items": [examples::event()], "next": null },
                        },
                        "text/event-stream": { "schema": { "type": "string" } },
                    },
                }),
            )
            .with(200, &[("Last-Event-ID", "LastEventId")]),
        Operation::new("GET", "/v1/subscribers", (EVENTS, "listSubscribers"), "List the subscribers")
            .about("Who gets the events, and how each fares.")
            .answers(200, "All subscribers.", page_of::<SubscriberResource<'_>>(), examples::subscribers()),
        Operation::new("GET", "/v1/subscribers/{name}/deliveries", (EVENTS, "listDeliveries"), "List what a subscriber got")
            .about("Those of the newest events first, with the answer to each try.")
            .takes([
                name(),
                query("status", "Only those that are so far.", json!({ "type": "string", "enum": STATUSES })),
                parameter("Cursor"),
                parameter("Limit"),
            ])
            .refuses(&[422])
            .answers(200, "A page of deliveries.", page_of::<WebhookDelivery>(), examples::deliveries())
            .fails(404, none),
        Operation::new("POST", "/v1/subscribers/{name}/replay", (EVENTS, "replayEvents"), "Send events once more")
            .about("One event, or all that came since a time. A subscriber that was paused is no longer.")
            .takes([name()])
            .reads(replay(), &examples::replays())
            .answers(202, "They are on their way.", json_of::<Replayed>(), json!({ "deliveries": 1 }))
            .fails(404, "There is no subscriber of this name, or no event of this id."),
    ]
}

fn webhooks() -> Vec<Operation> {
    let key = |name, about, example| path(name, about, example);
    let connection = || path("connection", "The name of the connection in `CHASKI_CONFIG`.", "whatspie");
    let inbound = |operation: Operation| {
        operation
            .open()
            .reads_anything("Whatever the gateway sends.", examples::report())
            .answers(200, "It is on disk.", json!({ "type": "array", "maxItems": 0 }), json!([]))
            .fails(401, "The signature does not hold.")
            .fails(404, "There is no such connection, or the key is wrong: who guesses learns nothing.")
    };
    vec![
        inbound(
            Operation::new("POST", "/v1/inbound/{connection}/{inbound_key}", (WEBHOOKS, "reportEvent"), "Take in a gateway's webhook")
                .about("Paste this URL at the gateway. What it reports becomes events, each of them once, however often it is reported.")
                .takes([connection(), key("inbound_key", "The connection's `inbound_key`.", "sandbox-inbound-key")]),
        ),
        inbound(
            Operation::new("POST", "/v1/inbound/{connection}", (WEBHOOKS, "reportSignedEvent"), "Take in a gateway's signed webhook")
                .about("The same without the key, where the gateway signs and the connection has the secret for that.")
                .takes([connection()]),
        ),
        Operation::new("POST", "/v1/hooks/{name}/{key}", (WEBHOOKS, "callHook"), "Make a message of anybody's webhook")
            .about(
                "What is posted here is said in the group of the hook, by its template. The same delivery is posted once: by \
                 `X-GitHub-Delivery`, `webhook-id`, `Idempotency-Key`, or the id of Stripe's event.",
            )
            .open()
            .takes([
                key("name", "The name of the hook in `CHASKI_CONFIG`.", "deploys"),
                key("key", "The hook's `key`.", "sandbox-hook-key"),
            ])
            .reads_anything("Whatever there is to say: JSON, a form or a text.", json!({ "repo": "chaski", "user": "ana" }))
            .refuses(&[422])
            .answers(
                200,
                "Nothing new is said: `repeated` or `skipped`.",
                json_of::<Hooked>(),
                json!({ "outcome": "skipped", "id": null, "batch": null }),
            )
            .answers(
                202,
                "The message is accepted.",
                json_of::<Hooked>(),
                json!({ "outcome": "posted", "id": examples::MESSAGE_ID, "batch": null }),
            )
            .fails(401, "The signature does not hold.")
            .fails(404, "There is no such hook, or the key is wrong: who guesses learns nothing."),
    ]
}

fn worker() -> Vec<Operation> {
    vec![
        Operation::new("POST", "/v1/tokens", (WORKER, "mintToken"), "Make a token for a browser")
            .about(
                "A page gets no key but a token, which a server asks for here. It takes the place of the key, does what it names for its \
                 recipients until it ends, and nothing else; what is left out is denied. Another `CHASKI_API_KEY` ends all tokens.",
            )
            .reads(json_of::<Grant>(), &[example("Ten messages to one group", examples::grant())])
            .answers(200, "The token.", json_of::<Token>(), examples::token()),
        Operation::new("GET", "/healthz", (WORKER, "health"), "Check the Worker")
            .about("Whether its configuration is whole; names what is missing, and nothing that is there.")
            .open()
            .answers(
                200,
                "It is.",
                json_of::<Healthz>(),
                json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }),
            )
            .answers(503, "It is not: `errors` says where.", json_of::<Healthz>(), examples::misconfigured()),
    ]
}

const REPLAYED: (&str, &str) = ("Idempotent-Replayed", "IdempotentReplayed");

/// What can be done with a message that was accepted. A batch has no `id`, and so no such links.
fn links() -> Value {
    let id = json!({ "id": "$response.body#/id" });
    json!({
        "get": { "operationId": "getMessage", "parameters": id, "description": "How it fares." },
        "cancel": { "operationId": "cancelMessage", "parameters": id, "description": "To call it back." },
    })
}

fn text() -> Value {
    json!({ "type": "string" })
}

/// All types of events, and the patterns that people need.
fn patterns() -> Vec<String> {
    let mut patterns = vec!["*".to_owned()];
    for word in types() {
        let group = word.split_once('.').map(|(group, _)| format!("{group}.*"));
        patterns.extend(group.filter(|group| !patterns.contains(group)));
    }
    patterns.extend(types().map(str::to_owned));
    patterns
}

/// What is to go out once more: one event, or those since a time.
fn replay() -> Value {
    let one = object(json!({ "event": { "type": "string", "description": "The id of the event." } }), &["event"]);
    let many = object(
        json!({
            "since": { "type": "string", "format": "date-time", "description": "Events that came at this time or later." },
            "status": { "type": "string", "enum": STATUSES, "description": "Only those whose delivery is so far." },
        }),
        &["since"],
    );
    let titled = |schema, title| parts::with(schema, json!({ "title": title }));
    json!({ "oneOf": [titled(one, "One event"), titled(many, "All since a time")] })
}

/// An object of a caller's, which has no other members.
fn object(properties: Value, required: &[&str]) -> Value {
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}
