//! Configuration.

use super::*;

#[test]
fn a_secret_is_read_by_its_name() {
    let host = Script::of([taken()]);
    send(&app(), &host, &hello(json!({})));
    assert_eq!(host.header(0, "authorization").as_deref(), Some("Bearer wp-s3cr3t/token+20261105"));
    assert_eq!(
        get(&app(), &no_fetch(), "/healthz").json,
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })
    );
}

#[test]
fn the_environment_holds_key_configuration_and_secrets() {
    let connection = json!({ "connections": { "ops": { "provider": "whatspie", "token": "$WHATSPIE_TOKEN" } } });
    let message = json!({ "to": { "group": "495" }, "text": "Hello" });
    for config in [connection.clone(), connection.to_string().into()] {
        let env = json!({ "CHASKI_API_KEY": KEY, "CHASKI_CONFIG": config, "WHATSPIE_TOKEN": "from-env", "OTHER": { "binding": 1 } });
        let host = Script::of([taken()]);
        assert_eq!(send(&App::of_env(&env.to_string()).into(), &host, &message).status, 200);
        assert_eq!(host.header(0, "authorization").as_deref(), Some("Bearer from-env"));
    }
    for env in ["", "{", "[]", "{}", r#"{ "CHASKI_API_KEY": "", "CHASKI_CONFIG": 7 }"#] {
        let app = App::of_env(env).into();
        assert_eq!(get(&app, &no_fetch(), "/healthz").pointers(), ["", ""], "no configuration and no key: {env}");
        assert_eq!(send(&app, &no_fetch(), &message).status, 503);
    }
}

#[test]
fn one_broken_connection_leaves_the_others_working() {
    let mut config = config();
    config["connections"]["ops"] = json!({ "provider": "whatspie", "token": "$NOT_SET" });
    let app = app_of(&config);

    let health = get(&app, &no_fetch(), "/healthz");
    assert_eq!((health.status, &health.json["status"]), (503, &json!("misconfigured")));
    assert_eq!(health.pointers(), ["/connections/ops/token"]);
    assert!(health.text.contains("NOT_SET"), "{}", health.text);

    let answer = send(&app, &Script::of([also_taken()]), &hello(json!({})));
    assert_eq!(answer.json["connection"], "backup");
    assert_eq!(preview(&app, &hello(json!({}))).json["items"][0]["connection"], "backup");

    let alone = [
        send(&app, &no_fetch(), &hello(json!({ "via": "ops" }))),
        preview(&app, &hello(json!({ "via": "ops" }))),
        get(&app, &no_fetch(), "/v1/connections/ops/health"),
        get(&app, &no_fetch(), "/v1/connections/ops/groups"),
    ];
    for answer in alone {
        assert_eq!(answer.problem(), (503, "invalid", vec!["/connections/ops/token"]));
        assert!(answer.text.contains("NOT_SET"));
    }

    let list = get(&app, &no_fetch(), "/v1/connections");
    let ops = list.json["items"].as_array().unwrap().iter().find(|item| item["name"] == "ops").unwrap();
    assert_eq!(ops["errors"][0]["pointer"], "/connections/ops/token");
}

#[test]
fn all_that_is_wrong_with_a_connection_is_told_in_its_place() {
    let config = json!({ "connections": {
        "a": { "provider": "nobody" },
        "b": { "provider": "whatspie", "tokken": "s3cr3t", "pace": { "per_minute": -1 } },
        "c": { "provider": "whatspie", "token": "$BLANK" },
        "d": { "provider": "gowhatsapp", "token": "t", "base_url": "http://s3cr3t.example.com" },
        "e": "s3cr3t",
        "f": { "provider": "whatspie", "token": "t", "inbound_key": "s3cr3t-that/is-in-a-path" },
        "g": { "provider": "whatspie", "token": "t", "inbound_key": "s3cr3t-short" },
    } });
    let answer = get(&app_of(&config), &no_fetch(), "/healthz");
    let pointers: BTreeSet<_> = answer.pointers().into_iter().collect();
    let want = [
        "/connections/a/provider",
        "/connections/b/token",
        "/connections/b/tokken",
        "/connections/b/pace/per_minute",
        "/connections/c/token",
        "/connections/d/base_url",
        "/connections/e",
        "/connections/f/inbound_key",
        "/connections/g/inbound_key",
    ];
    assert_eq!((answer.status, pointers), (503, want.into()));
    assert!(!answer.text.contains("s3cr3t"), "healthz is open to everyone: {}", answer.text);
}

#[test]
fn what_is_wrong_with_the_configuration_is_told_with_its_place() {
    let with = |change: fn(&mut Value)| {
        let mut config = config();
        change(&mut config);
        config
    };
    for (config, pointers) in [
        (json!([]), vec![""]),
        (json!({}), vec!["/connections"]),
        (json!({ "connections": {} }), vec!["/connections"]),
        (json!({ "connections": [] }), vec!["/connections"]),
        (with(|config| config["conections"] = json!({})), vec!["/conections"]),
        (with(|config| config["subscribers"] = json!([])), vec!["/subscribers"]),
        (with(|config| config["subscribers"]["a b"] = subscriber(json!({}))), vec!["/subscribers/a b"]),
        (with(|config| config["hooks"] = json!([])), vec!["/hooks"]),
        (with(|config| config["hooks"]["a b"] = hook(json!({}))), vec!["/hooks/a b"]),
        (
            with(|config| config["hooks"]["deploys"] = hook(json!({ "via": ["ops", "nobody"] }))),
            vec!["/hooks/deploys/via/1"],
        ),
        (
            with(|config| {
                config["hooks"]["deploys"] = hook(json!({}));
                config["routes"] = json!({});
            }),
            vec!["/hooks/deploys/via"],
        ),
        (
            with(|config| config["subscribers"]["crm"] = subscriber(json!({ "connections": ["ops", "nobody"] }))),
            vec!["/subscribers/crm/connections/1"],
        ),
        (
            with(|config| config["connections"]["a/b c"] = config["connections"]["ops"].clone()),
            vec!["/connections/a~1b c"],
        ),
        (with(|config| config["connections"][""] = config["connections"]["ops"].clone()), vec!["/connections/"]),
        (
            with(|config| config["connections"]["a".repeat(65)] = config["connections"]["ops"].clone()),
            vec!["/connections/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],
        ),
        (with(|config| config["routes"]["a b"] = json!(["ops"])), vec!["/routes/a b"]),
        (with(|config| config["routes"]["ops"] = json!(["backup"])), vec!["/routes/ops"]),
        (with(|config| config["routes"]["none"] = json!([])), vec!["/routes/none"]),
        (
            with(|config| config["routes"]["more"] = json!(["ops", "nobody", "default"])),
            vec!["/routes/more/1", "/routes/more/2"],
        ),
        (with(|config| config["routes"]["more"] = json!(["ops", "backup", "ops"])), vec!["/routes/more/2"]),
        (with(|config| config["routes"]["more"] = json!("ops")), vec!["/routes/more"]),
        (with(|config| config["routes"]["more"] = json!(["ops", 1])), vec!["/routes/more/1"]),
        (with(|config| config["groups"]["team"] = json!({ "nobody": "495" })), vec!["/groups/team/nobody"]),
        (with(|config| config["groups"]["team"] = json!({ "ops": "thread-9" })), vec!["/groups/team/ops"]),
        (with(|config| config["groups"]["team"] = json!({ "own": "495/../1" })), vec!["/groups/team/own"]),
        (with(|config| config["groups"]["team"] = json!({ "ops": 495 })), vec!["/groups/team/ops"]),
        (with(|config| config["groups"]["team"] = json!("495")), vec!["/groups/team"]),
    ] {
        let error = Config::parse(&config.to_string(), secret).unwrap_err();
        assert_eq!(error.errors.iter().map(|error| error.pointer.as_str()).collect::<Vec<_>>(), pointers);

        let app = app_of(&config);
        assert_eq!(get(&app, &no_fetch(), "/healthz").status, 503);
        assert_eq!(send(&app, &no_fetch(), &hello(json!({}))).problem(), (503, "invalid", pointers));
    }
    assert!(Config::parse(&config().to_string(), secret).is_ok());

    let ops = &config()["connections"]["ops"];
    let twice = format!(r#"{{ "connections": {{ "ops": {ops}, "ops": {ops} }} }}"#);
    assert_eq!(Config::parse(&twice, secret).unwrap_err().errors[0].pointer, "/connections/ops");
}

#[test]
fn a_configuration_that_is_missing_or_no_json_is_no_health() {
    for config in [None, Some(""), Some("{"), Some("s3cr3t"), Some("'{}'")] {
        let app = App::new(Some(KEY), config, secret).into();
        let health = get(&app, &no_fetch(), "/healthz");
        assert_eq!((health.status, &health.json["status"]), (503, &json!("misconfigured")), "{config:?}");
        assert!(!health.pointers().is_empty(), "{config:?}: {}", health.text);
        assert_eq!(send(&app, &no_fetch(), &hello(json!({}))).status, 503);
        assert_eq!(get(&app, &no_fetch(), "/v1/connections").status, 503);
        assert_eq!(get(&app, &no_fetch(), "/v1/providers").status, 200, "what providers can do is no configuration");
        assert!(!health.text.contains("s3cr3t"));
    }
}

#[test]
fn a_503_names_what_is_missing_and_shows_nothing_that_is_there() {
    let mut config = config();
    config["connections"]["ops"]["token"] = "$NOT_SET".into();
    config["connections"]["wa"]["api_key"] = "s3cr3t\nkey".into();
    config["connections"]["spot"]["api_key"] = json!({ "s3cr3t": "s3cr3t" });
    let app = app_of(&config);
    let answers = [
        get(&app, &no_fetch(), "/healthz"),
        send(&app, &no_fetch(), &hello(json!({ "via": "ops" }))),
        send(&app, &no_fetch(), &hello(json!({ "via": "wa" }))),
        get(&app, &no_fetch(), "/v1/connections/spot/health"),
    ];
    for answer in answers {
        assert_eq!(answer.status, 503);
        assert!(!answer.text.contains("s3cr3t"), "{}", answer.text);
        assert!(!answer.text.contains("6281776521626") && !answer.text.contains("14155552671"), "{}", answer.text);
    }
}

fn subscriber(more: Value) -> Value {
    with(json!({ "url": "https://crm.example/in", "secret": "$CRM" }), more)
}

#[test]
fn what_is_wrong_with_a_subscriber_is_told_in_its_place_and_keeps_nothing_else_from_working() {
    let long = format!("whsec_{}", "AAAA".repeat(22));
    for (more, pointers) in [
        (json!({ "url": null }), vec!["url"]),
        (json!({ "url": "http://crm.example" }), vec!["url"]),
        (json!({ "url": "https://user@crm.example" }), vec!["url"]),
        (json!({ "url": "https://crm.example/#top" }), vec!["url"]),
        (json!({ "url": "$UNSET" }), vec!["url"]),
        (json!({ "secret": null }), vec!["secret"]),
        (json!({ "secret": "$UNSET" }), vec!["secret"]),
        (json!({ "secret": "s3cr3t" }), vec!["secret"]),
        (json!({ "secret": "whsec_c2hvcnQ=" }), vec!["secret"]),
        (json!({ "secret": long }), vec!["secret"]),
        (json!({ "previous_secret": "s3cr3t" }), vec!["previous_secret"]),
        (json!({ "events": "message.*" }), vec!["events"]),
        (json!({ "events": ["message.*", "mesage.*"] }), vec!["events/1"]),
        (json!({ "connections": "ops" }), vec!["connections"]),
        (json!({ "retries": [5, 0] }), vec!["retries/1"]),
        (json!({ "retries": [86_401] }), vec!["retries/0"]),
        (json!({ "retries": vec![5; 30] }), vec!["retries"]),
        (json!({ "url": "s3cr3t", "urls": 1 }), vec!["url", "urls"]),
    ] {
        let app = changed(|config| config["subscribers"] = json!({ "crm": subscriber(more.clone()) }));
        let answer = get(&app, &no_fetch(), "/healthz");
        let pointers: Vec<_> = pointers.iter().map(|pointer| format!("/subscribers/crm/{pointer}")).collect();
        assert_eq!((answer.status, answer.pointers()), (503, pointers.iter().map(String::as_str).collect()), "{more}");
        assert!(!answer.text.contains("s3cr3t") && !answer.text.contains("AAAA"), "{}", answer.text);
        assert_eq!(send(&app, &Script::of([taken()]), &hello(json!({}))).status, 200);
        assert_eq!(get(&app, &no_fetch(), "/v1/subscribers/crm/deliveries").status, 503);
    }
}

fn hook(more: Value) -> Value {
    with(json!({ "key": "$HOOK", "to": { "group": "ops-team" }, "text": "{{repo}}" }), more)
}

#[test]
fn what_is_wrong_with_a_hook_is_told_in_its_place_and_keeps_nothing_else_from_working() {
    for (more, pointers) in [
        (json!({ "key": "$UNSET" }), vec!["key"]),
        (json!({ "text": "{{", "send_at": "now" }), vec!["text", "send_at"]),
        (json!({ "to": { "phone": "1" }, "fax": 1 }), vec!["to/phone", "fax"]),
        (json!({ "signature": "github" }), vec!["secret"]),
    ] {
        let app = changed(|config| config["hooks"] = json!({ "bad": hook(more.clone()), "good": hook(json!({})) }));
        let answer = get(&app, &no_fetch(), "/healthz");
        let pointers: BTreeSet<_> = pointers.iter().map(|pointer| format!("/hooks/bad/{pointer}")).collect();
        let told: BTreeSet<_> = answer.pointers().into_iter().map(str::to_owned).collect();
        assert_eq!((answer.status, told), (503, pointers), "{more}");
        assert_eq!(post(&app, &no_fetch(), "/v1/hooks/bad/hook-s3cr3t-0123456789", "{}").status, 503);
        let good = post(&app, &no_fetch(), "/v1/hooks/good/hook-s3cr3t-0123456789", "{\"repo\":\"chaski\"}");
        assert_eq!((good.status, &good.json["outcome"]), (202, &json!("posted")));
        assert_eq!(send(&app, &Script::of([taken()]), &hello(json!({}))).status, 200);
    }
}
