//! Any request has an answer of the API's, and who may not ask learns nothing.

use super::super::inbound::written;
use super::super::*;
use chaski::worker::{Asked, Outbox};
use proptest::{collection::vec, option, prelude::*, sample::select, test_runner::TestCaseResult};

const HOOK: &str = "hook-s3cr3t-0123456789";

/// A Worker with all that can be asked for: messages, an event, a subscriber, a hook, pages of elsewhere.
fn furnished() -> (Rig, Rc<App>) {
    let app = changed(|config| {
        config["origins"] = json!(["https://app.example"]);
        config["subscribers"] = json!({ "crm": { "url": "https://crm.example/in", "secret": "$CRM" } });
        config["hooks"] = json!({ "deploys": { "key": "$HOOK", "to": { "group": "ops-team" }, "text": "{{repo}}" } });
    });
    let mut rig = Rig::of(&app);
    rig.accept(&hello(json!({})));
    rig.accept_batch(&json!({ "to": [{ "group": "ops-team" }, { "phone": "+12025550100" }], "text": "Hello", "send_at": "2026-11-06T08:30:00Z" }));
    rig.report(&written("A", "Hello"));
    (rig, app)
}

thread_local! {
    static FURNISHED: (Rig, Rc<App>) = furnished();
}

/// What the Worker answers, where it answers at once, and what a query then finds. Nothing is kept: the next one asks the same
/// Worker.
pub(super) fn answered(rig: &Rig, app: &App, incoming: &Incoming, query: &str) -> (Option<Outgoing>, Vec<Vec<Value>>) {
    let onward = match block_on(app.handle(&no_fetch(), incoming)) {
        Handled::Answer(outgoing) => return (Some(outgoing), Vec::new()),
        Handled::Onward(onward) => onward,
    };
    let incoming = &Incoming { pass: onward.pass, ..incoming.clone() };
    let mut come = (None, Vec::new());
    let undone = rig.db.transaction(|| {
        let outbox = Outbox::new(app.config().unwrap(), &rig.db, rig.now);
        if let Asked::Answer(outgoing) = outbox.ask(incoming, false)?.0 {
            come = (Some(outgoing), rig.db.query(query));
        }
        Err::<(), _>(Fault("nothing is kept".to_owned()))
    });
    assert!(undone.is_err());
    come
}

/// Any request has an answer that is one of the API's, shows no key, and is of use to nobody who has none.
pub fn has_an_answer(incoming: &Incoming) -> TestCaseResult {
    // These ask a gateway.
    if incoming.path.ends_with("/health") || incoming.path.ends_with("/groups") {
        return Ok(());
    }
    let (answer, _) = FURNISHED.with(|(rig, app)| answered(rig, app, incoming, "SELECT 1"));
    let Some(Outgoing { status, headers, body }) = answer else {
        return Ok(());
    };
    let text = body;
    let asked = format!("{} {}", incoming.method, incoming.path);
    let has_type = |wanted: &str| headers.iter().any(|(name, value)| *name == "content-type" && value == wanted);
    let known = [200, 202, 204, 400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429, 503];
    prop_assert!(known.contains(&status), "{} has {}: {}", asked, status, text);
    let given = incoming.body.as_ref().map_or(0, Vec::len) + incoming.path.len() + incoming.query.len();
    prop_assert!(text.len() <= (64 << 10) + 512 * given, "{} bytes for {}", text.len(), given);
    prop_assert_eq!(status >= 400, has_type("application/problem+json"), "{} has {}", asked, status);
    let is_stream = has_type("text/event-stream");
    prop_assert!(status == 204 || is_stream || serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
    for (_, value) in &headers {
        prop_assert!(value.bytes().all(|byte| matches!(byte, b' '..=b'~')), "{:?} in a header", value);
    }

    let given = incoming.headers.get("authorization");
    let has_key = given
        .and_then(|given| given.split_once(' '))
        .is_some_and(|(scheme, key)| scheme.eq_ignore_ascii_case("bearer") && key.trim() == KEY);
    let is_webhook = ["/v1/hooks/", "/v1/inbound/"].iter().any(|start| incoming.path.starts_with(start));
    let is_open = incoming.path == "/healthz" || status == 204 || is_webhook;
    prop_assert!(has_key || is_open || status >= 400, "{} without a key: {}", asked, text);
    let said = format!(
        "{:?}",
        (&incoming.path, &incoming.query, &incoming.headers, incoming.body.as_deref().map(String::from_utf8_lossy))
    );
    for (_, secret) in SECRETS.iter().filter(|(_, secret)| !secret.trim().is_empty() && !said.contains(secret)) {
        prop_assert!(!text.contains(secret), "{} shows a key", asked);
    }
    if is_webhook && status < 400 {
        let [hook, inbound] = [format!("/v1/hooks/deploys/{HOOK}"), "/v1/inbound/ops/wh-s3cr3t-webhook".to_owned()];
        prop_assert!(incoming.path == hook || incoming.path == inbound, "{} is let in", asked);
    }
    Ok(())
}

/// Method, segments of the path, query, headers, body.
type Parts = (&'static str, Vec<String>, String, Vec<(&'static str, &'static str)>, Option<&'static str>);

fn any_request() -> impl Strategy<Value = Parts> {
    let method = select(vec!["GET", "HEAD", "POST", "DELETE", "OPTIONS", "PUT", "get", ""]);
    let segment = prop_oneof![
        8 => select(vec![
            "v1", "messages", "preview", "resolve", "events", "subscribers", "crm", "deliveries", "replay", "tokens", "healthz",
            "connections", "ops", "own", "providers", "inbound", "hooks", "deploys", HOOK, "wh-s3cr3t-webhook", "msg_1", "",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let query =
        vec("(type|connection|since|cursor|limit|status|x)=[a-z0-9.*%+-]{0,8}", 0..4).prop_map(|pairs| pairs.join("&"));
    let header = select(vec![
        ("authorization", "Bearer chaski-key-0123456789"),
        ("authorization", "Bearer chaski_e30.e30"),
        ("authorization", "Basic Og=="),
        ("prefer", "wait=1"),
        ("prefer", "wait=999"),
        ("idempotency-key", "k"),
        ("accept", "text/event-stream"),
        ("last-event-id", "evt_1"),
        ("content-type", "application/json"),
        ("content-type", "text/plain"),
        ("origin", "https://app.example"),
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
    ]);
    let body =
        option::of(select(vec!["", "{}", "[", r#"{"to":{"group":"ops-team"},"text":"Hello"}"#, r#"{"as":"sent"}"#]));
    (method, vec(segment, 1..6), query, vec(header, 0..4), body)
}

proptest! {
    #![proptest_config(super::laws())]

    #[test]
    fn any_request_has_an_answer_and_who_may_not_ask_learns_nothing((method, segments, query, headers, body) in any_request()) {
        let headers = headers.into_iter().collect();
        let (method, path) = (method.to_owned(), format!("/{}", segments.join("/")));
        has_an_answer(&Incoming { method, path, query, headers, body: body.map(Into::into), ..Incoming::default() })?;
    }

    /// What goes on to the outbox is what came in, without the key.
    #[test]
    fn a_head_is_read_as_it_was_written(
        method in "[A-Z]{1,7}", host in "https?://[a-z.]{1,9}(:[0-9]{1,5})?", path in "(/[!-~&&[^#?]]{0,8}){1,3}", query in "[!-~&&[^#]]{0,20}",
        headers in vec(("[a-z-]{1,12}", "[ -~é]{0,20}"), 0..8),
    ) {
        let mark = if query.is_empty() { "" } else { "?" };
        let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let incoming = Incoming::read(&format!("{method} {host}{path}{mark}{query}\n{lines}"), None);
        prop_assert_eq!((&incoming.method, &incoming.origin, &incoming.path, &incoming.query), (&method, &host, &path, &query));
        for (name, _) in &headers {
            let first = headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str());
            prop_assert_eq!(incoming.headers.get(name), first);
        }
        let onward = Incoming::read(&incoming.head(None), None);
        prop_assert_eq!((&onward.method, &onward.origin, &onward.path, &onward.query), (&method, &host, &path, &query));
        let kept: Headers = headers.into_iter().filter(|(name, _)| name != "authorization").collect();
        prop_assert!(onward.headers == kept && onward.pass.is_none());
    }
}
