//! Whatever stands in `CHASKI_CONFIG`, it is one, or it is told where it is wrong, and nothing of it is shown.

#[path = "../../laws/document.rs"]
mod document;

use super::super::*;
use document::Document;
use proptest::{
    prelude::*,
    sample::{Index, select},
    test_runner::TestCaseResult,
};

fn health(app: &Rc<App>) -> Answer {
    handle(app, &no_fetch(), &Incoming { headers: Headers::default(), ..incoming("GET", "/healthz") })
}

/// Whether a subscriber may be there.
pub fn may_subscribe(url: &str) -> bool {
    let app = changed(|config| config["subscribers"] = json!({ "crm": { "url": url, "secret": "$CRM" } }));
    health(&app).status == 200
}

/// Any text is a configuration, or what is wrong with it is told with its place; `/healthz`, which is open, shows no key.
pub fn is_told(text: &str) -> TestCaseResult {
    let app: Rc<App> = App::new(Some(KEY), Some(text), secret).into();
    let health = health(&app);
    prop_assert_eq!(health.status == 200, health.pointers().is_empty(), "{}", health.text);
    let is_json = serde_json::from_str::<Value>(text).is_ok();
    for pointer in health.pointers() {
        prop_assert!(!is_json || Document(text).has(pointer), "{} leads nowhere in {}", pointer, text);
    }
    for (_, secret) in SECRETS.iter().filter(|(_, secret)| !secret.trim().is_empty() && !text.contains(secret)) {
        prop_assert!(!health.text.contains(secret), "a key is shown: {}", health.text);
    }
    let shown = format!("{:?}", app.config());
    prop_assert!(text.contains("s3cr3t-") || !shown.contains("s3cr3t-"), "a key is shown: {}", shown);
    // Where it is wrong, nothing falls over.
    let answer = preview(&app, &hello(json!({})));
    prop_assert!([200, 422, 503].contains(&answer.status), "{}", answer.text);
    Ok(())
}

/// All that can be configured.
fn whole() -> Value {
    let mut config = config();
    config["origins"] = json!(["https://app.example"]);
    config["retention_days"] = json!(30);
    config["connections"]["ops"]["pace"] = json!({ "per_minute": 60, "burst": 3, "min_gap_ms": 400, "jitter_ms": 300 });
    config["subscribers"] = json!({ "crm": { "url": "https://crm.example/in?key=1", "secret": "$CRM", "previous_secret": "$CRM_OLD",
        "events": ["message.*"], "connections": ["ops"], "retries": [5, 300] } });
    config["hooks"] = json!({ "deploys": { "key": "$HOOK", "to": { "group": "ops-team" }, "text": "{{repo}}", "signature": "standard", "secret": "$CRM" } });
    config
}

/// The place of any value in a document.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| pointers(value, &format!("{at}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, item)| pointers(item, &format!("{at}/{place}"), found))
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(super::laws())]

    #[test]
    fn a_subscriber_is_asked_with_tls_and_without_a_user(start in "(https?:/{1,3})?", rest in "[ -~]{0,12}") {
        let url = format!("{start}{rest}");
        let authority = url.strip_prefix("https://").map(|rest| rest.split(['/', '?']).next().unwrap());
        let is_loopback = url.starts_with("http://localhost") || url.starts_with("http://127.0.0.1") || url.starts_with("http://[::1]");
        let may_be = is_loopback || authority.is_some_and(|authority| !authority.is_empty() && !authority.contains('@'));
        prop_assert!(may_be || !may_subscribe(&url), "{}", url);
    }

    #[test]
    fn any_value_in_a_configuration_is_right_or_told_with_its_place(
        at in any::<Index>(),
        value in select(vec![
            json!(null), json!(true), json!(-1), json!(1e300), json!(""), json!("$UNSET"), json!("$HOOK"), json!("$"), json!("wp-s3cr3t"),
            json!("http://crm.example"), json!("{{#a}}"), json!([]), json!([null]), json!({}), json!({ "a/b~c": {} }), json!({ "": "s3cr3t-x" }),
        ]),
        name in select(vec!["", "a/b", "ops", "s p", "é"]),
        is_inside in any::<bool>(),
    ) {
        let mut config = whole();
        let mut places = Vec::new();
        pointers(&config, "", &mut places);
        let place = config.pointer_mut(&places[at.index(places.len())]).unwrap();
        match place {
            Value::Object(members) if is_inside => drop(members.insert(name.to_owned(), value)),
            other => *other = value,
        }
        is_told(&config.to_string())?;
    }
}
