//! Pages of elsewhere: those of the configured `origins`, and no others.

use super::*;

const PAGE: &str = "https://app.example";
const SENT: &str = "authorization, content-type, idempotency-key, prefer, last-event-id";
const SHOWN: &str = "location, retry-after, idempotent-replayed, preference-applied";

fn open() -> Rc<App> {
    changed(|config| config["origins"] = json!([PAGE, "http://localhost:3000"]))
}

/// The status of an answer, and all its headers; what goes on to the outbox has those that its answer gets, and no status.
fn headers(app: &Rc<App>, incoming: &Incoming) -> (Option<u16>, Vec<(&'static str, String)>) {
    match block_on(app.handle(&no_fetch(), incoming)) {
        Handled::Answer(outgoing) => (Some(outgoing.status), outgoing.headers),
        Handled::Onward(onward) => (None, onward.headers),
    }
}

/// Those headers that are for browsers.
fn cors(app: &Rc<App>, incoming: &Incoming) -> Vec<(&'static str, String)> {
    let (_, headers) = headers(app, incoming);
    headers.into_iter().filter(|(name, _)| name.starts_with("access-control-") || *name == "vary").collect()
}

fn shown(origin: &str) -> Vec<(&'static str, String)> {
    [("access-control-allow-origin", origin), ("access-control-expose-headers", SHOWN), ("vary", "Origin")]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
}

fn preflight(path: &str, origin: &str) -> Incoming {
    Incoming { headers: Headers::default(), ..incoming("OPTIONS", path) }
        .with("origin", origin)
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "authorization,content-type")
}

const ROUTES: [(&str, &str); 14] = [
    ("/v1/messages", "GET, POST"),
    ("/v1/messages/preview", "POST"),
    ("/v1/messages/msg_1", "GET, DELETE"),
    ("/v1/messages/msg_1/resolve", "POST"),
    ("/v1/providers", "GET"),
    ("/v1/connections", "GET"),
    ("/v1/connections/ops/health", "GET"),
    ("/v1/connections/ops/groups", "GET"),
    ("/v1/events", "GET"),
    ("/v1/subscribers", "GET"),
    ("/v1/subscribers/crm/deliveries", "GET"),
    ("/v1/subscribers/crm/replay", "POST"),
    ("/v1/tokens", "POST"),
    ("/healthz", "GET"),
];

#[test]
fn a_browser_is_told_before_it_asks_that_a_page_may() {
    for (path, methods) in ROUTES {
        for origin in [PAGE, "http://localhost:3000"] {
            let Handled::Answer(answer) = block_on(open().handle(&no_fetch(), &preflight(path, origin))) else {
                panic!("{path} goes on to the outbox");
            };
            assert_eq!((answer.status, answer.body), (204, String::new()), "{path}");
            let told = [
                ("access-control-allow-methods", methods),
                ("access-control-allow-headers", SENT),
                ("access-control-max-age", "7200"),
            ];
            let told = told.map(|(name, value)| (name, value.to_owned()));
            assert_eq!(answer.headers, [&told[..], &shown(origin)].concat(), "{path}");
        }
    }
}

#[test]
fn a_page_that_may_not_ask_is_told_so_and_nothing_more() {
    for origin in [
        "https://evil.example",
        "https://app.example.evil.example",
        "https://app.example:8443",
        "http://app.example",
        "https://app.example/",
        "HTTPS://APP.EXAMPLE",
        "null",
        "*",
        "",
        "https://app.example, http://localhost:3000",
    ] {
        for (path, _) in ROUTES {
            let answer = handle(&open(), &no_fetch(), &preflight(path, origin));
            assert_eq!(answer.problem(), (403, "rejected", vec![]), "{origin} {path}");
            assert!(answer.json["detail"].as_str().unwrap().contains("`origins`"));
            assert_eq!(cors(&open(), &preflight(path, origin)), [], "{origin} {path}");
        }
        for request in [incoming("GET", "/v1/providers"), incoming("GET", "/healthz"), incoming("GET", "/v1/messages")]
        {
            assert_eq!(cors(&open(), &request.with("origin", origin)), [], "{origin}");
        }
    }
    assert_eq!(cors(&app(), &preflight("/v1/messages", PAGE)), [], "closed unless configured");
    assert_eq!(cors(&app(), &incoming("GET", "/v1/messages").with("origin", PAGE)), []);
    assert_eq!(cors(&open(), &incoming("GET", "/v1/messages")), [], "no page asks");
}

#[test]
fn what_is_no_question_of_a_browsers_is_answered_as_ever() {
    let asked = preflight("/v1/messages", PAGE);
    for name in ["origin", "access-control-request-method"] {
        let mut other = asked.clone();
        other.headers = other.headers.iter().filter(|(header, _)| *header != name).collect();
        assert_eq!(handle(&open(), &no_fetch(), &other).problem(), (401, "auth", vec![]), "{name}");
        let keyed = other.with("authorization", &format!("Bearer {KEY}"));
        assert_eq!(handle(&open(), &no_fetch(), &keyed).problem(), (405, "invalid", vec![]), "{name}");
    }
    for path in ["/v1", "/v1/nothing", "/v1/messages/msg_1/attempts"] {
        assert_eq!(handle(&open(), &no_fetch(), &preflight(path, PAGE)).status, 401, "{path}");
    }
    let keyless: Rc<App> = App::new(None, Some(&config().to_string()), secret).into();
    assert_eq!(handle(&keyless, &no_fetch(), &preflight("/v1/messages", PAGE)).status, 503);
}

#[test]
fn a_page_sees_every_answer_and_every_refusal() {
    let app = open();
    let page = |method: &str, path: &str| incoming(method, path).with("origin", PAGE);
    for (request, status) in [
        (page("GET", "/healthz"), Some(200)),
        (page("GET", "/v1/providers"), Some(200)),
        (page("GET", "/v1/nothing"), Some(404)),
        (page("PUT", "/v1/messages"), Some(405)),
        (page("GET", "/v1/messages").with("authorization", "Bearer wrong"), Some(401)),
        (page("POST", "/v1/messages/preview"), Some(400)),
        (page("POST", "/v1/messages"), None),
        (page("GET", "/v1/messages"), None),
        (page("GET", "/v1/events").with("accept", "text/event-stream"), None),
    ] {
        assert_eq!(headers(&app, &request).0, status, "{} {}", request.method, request.path);
        assert_eq!(cors(&app, &request), shown(PAGE), "{} {}", request.method, request.path);
    }
}

#[test]
fn webhooks_are_for_no_page() {
    let app = changed(|config| {
        config["origins"] = json!([PAGE]);
        config["hooks"] = json!({ "orders": { "key": "$HOOK", "to": { "group": "ops-team" }, "text": "{{a}}" } });
    });
    for path in ["/v1/inbound/ops/wh-s3cr3t-webhook", "/v1/inbound/own", "/v1/hooks/orders/hook-s3cr3t-0123456789"] {
        for method in ["POST", "GET", "OPTIONS"] {
            let request = Incoming { method: method.to_owned(), ..preflight(path, PAGE) };
            assert_eq!(cors(&app, &request), [], "{method} {path}");
            assert_ne!(headers(&app, &request).0, Some(204), "{method} {path}");
        }
    }
}

#[test]
fn an_origin_that_is_none_is_told_with_its_place() {
    for (origins, pointers) in [
        (json!(["*"]), vec!["/origins/0"]),
        (json!([PAGE, "https://app.example/", "https://App.example"]), vec!["/origins/1", "/origins/2"]),
        (json!(["http://app.example"]), vec!["/origins/0"]),
        (json!(["null", 7]), vec!["/origins/0", "/origins/1"]),
        (json!(PAGE), vec!["/origins"]),
    ] {
        let app = changed(|config| config["origins"] = origins.clone());
        assert_eq!(get(&app, &no_fetch(), "/healthz").pointers(), pointers, "{origins}");
    }
    for origins in [json!([]), Value::Null, json!([PAGE, PAGE])] {
        let app = changed(|config| config["origins"] = origins.clone());
        assert_eq!(get(&app, &no_fetch(), "/healthz").status, 200, "{origins}");
    }
}
