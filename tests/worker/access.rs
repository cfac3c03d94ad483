//! Who may ask, and for what.

use super::*;

#[test]
fn only_the_key_opens() {
    for (authorization, status) in [
        (None, 401),
        (Some(""), 401),
        (Some("Bearer"), 401),
        (Some("Bearer "), 401),
        (Some("Bearer wrong"), 401),
        (Some("Bearer chaski-key-012345678"), 401),
        (Some("Bearer chaski-key-01234567890"), 401),
        (Some("Bearer CHASKI-KEY-0123456789"), 401),
        (Some("Basic chaski-key-0123456789"), 401),
        (Some("chaski-key-0123456789"), 401),
        (Some("Bearer chaski-key-0123456789"), 200),
        (Some("bearer chaski-key-0123456789"), 200),
        (Some("BEARER   chaski-key-0123456789 "), 200),
    ] {
        for path in ["/v1/providers", "/v1/connections"] {
            let nobody = Incoming { headers: Headers::default(), ..incoming("GET", path) };
            let somebody = authorization.map_or(nobody.clone(), |value| nobody.with("authorization", value));
            let answer = handle(&app(), &no_fetch(), &somebody);
            assert_eq!(answer.status, status, "{authorization:?}");
            assert_eq!(answer.header("www-authenticate"), (status == 401).then_some("Bearer"));
            assert!(!answer.text.contains(KEY));
        }
    }
}

#[test]
fn every_door_but_healthz_is_closed_without_the_key() {
    let doors = [
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages/preview"),
        ("GET", "/v1/messages"),
        ("GET", "/v1/messages/msg_1"),
        ("DELETE", "/v1/messages/msg_1"),
        ("POST", "/v1/messages/msg_1/resolve"),
        ("GET", "/v1/providers"),
        ("GET", "/v1/connections"),
        ("GET", "/v1/connections/ops/health"),
        ("GET", "/v1/connections/ops/groups"),
        ("GET", "/v1/nothing"),
        ("GET", "/v1"),
        ("DELETE", "/v1/messages"),
    ];
    for key in [None, Some("")] {
        let keyless = App::new(key, Some(&config().to_string()), secret).into();
        for (method, path) in doors {
            let anyone = incoming(method, path).with("authorization", "Bearer ");
            for incoming in [incoming(method, path), anyone] {
                let answer = handle(&keyless, &no_fetch(), &incoming);
                assert_eq!((answer.status, &answer.json["code"]), (503, &json!("unavailable")), "{method} {path}");
                assert!(answer.json["detail"].as_str().unwrap().contains("CHASKI_API_KEY"));
            }
        }
        let answer = get(&keyless, &no_fetch(), "/healthz");
        assert_eq!((answer.status, answer.pointers()), (503, vec![""]));
    }
    for (method, path) in doors {
        let nobody = Incoming { headers: Headers::default(), ..incoming(method, path) };
        assert_eq!(handle(&app(), &no_fetch(), &nobody).status, 401, "{method} {path}");
    }
}

#[test]
fn there_is_nothing_anywhere_else() {
    for path in [
        "",
        "/",
        "/v1",
        "/v1/",
        "/v1/messages/",
        "/v1/messages/1",
        "/v1/messages/1/resolve/",
        "/v1/messages/1/attempts",
        "/v2/messages",
        "/healthz/",
        "/HEALTHZ",
        "//healthz",
        "/v1/connections/ops",
        "/v1/connections/ops/secrets",
        "/v1/connections/a/b/health",
    ] {
        assert_eq!(get(&app(), &no_fetch(), path).problem(), (404, "not_found", vec![]), "{path}");
    }
    let unknown = get(&app(), &no_fetch(), "/v1/connections/nobody/health");
    assert_eq!(unknown.problem(), (404, "not_found", vec![]));
    assert_eq!(get(&app(), &no_fetch(), "/v1/connections/nobody/groups").status, 404);
}

#[test]
fn another_method_is_told_the_right_one() {
    for (method, path, allow) in [
        ("PUT", "/v1/messages", "POST"),
        ("DELETE", "/v1/messages", "HEAD"),
        ("POST", "/v1/messages/msg_1", "DELETE"),
        ("GET", "/v1/messages/msg_1/resolve", "POST"),
        ("PUT", "/v1/messages/preview", "POST"),
        ("POST", "/v1/providers", "GET"),
        ("DELETE", "/v1/connections", "GET"),
        ("POST", "/v1/connections/ops/health", "GET"),
        ("OPTIONS", "/v1/connections/ops/groups", "GET"),
        ("POST", "/healthz", "GET"),
    ] {
        let answer = handle(&app(), &no_fetch(), &incoming(method, path));
        assert_eq!(answer.problem(), (405, "invalid", vec![]), "{method} {path}");
        assert!(answer.header("allow").unwrap().split(", ").any(|allowed| allowed == allow), "{method} {path}");
    }
}

#[test]
fn healthz_needs_no_key_to_say_which_method_it_takes() {
    let keyless = App::new(None, Some(&config().to_string()), secret).into();
    for app in [app(), keyless] {
        for method in ["POST", "TRACE", "OPTIONS"] {
            let nobody = Incoming { headers: Headers::default(), ..incoming(method, "/healthz") };
            assert_eq!(handle(&app, &no_fetch(), &nobody).problem(), (405, "invalid", vec![]), "{method}");
        }
    }
}

#[test]
fn head_is_answered_like_get() {
    for path in ["/healthz", "/v1/providers", "/v1/connections", "/v1/messages", "/v1/messages/msg_1", "/v1/nothing"] {
        let (head, get) = (handle(&app(), &no_fetch(), &incoming("HEAD", path)), get(&app(), &no_fetch(), path));
        assert_eq!((head.status, head.headers), (get.status, get.headers), "{path}");
    }
}
