//! Whatever a template makes of whatever is posted, the text is one that can be sent.

use super::{super::*, requests::answered};
use proptest::{collection::vec, prelude::*, sample::select, test_runner::TestCaseResult};

/// The longest text that the strictest gateway takes, in characters.
const LONGEST: usize = 4096;

thread_local! {
    static RIG: Rig = Rig::new();
}

/// A hook of one's own, `Err`, or a ready-made one, `Ok`.
pub type Template<'t> = Result<&'t str, &'t str>;

/// A template is refused with its place, or makes of whatever is posted no message or one that can be sent.
pub fn makes_a_text(template: Template<'_>, headers: &[(String, String)], body: &[u8]) -> TestCaseResult {
    let (member, text) = template.map_or_else(|own| ("text", own), |ready| ("template", ready));
    let app = changed(|config| {
        config["hooks"] =
            json!({ "deploys": { "key": "$HOOK", "to": { "phone": "+12025550100" }, "via": "ops", member: text } });
    });
    let health = handle(&app, &no_fetch(), &incoming("GET", "/healthz"));
    if health.status != 200 {
        prop_assert_eq!(health.pointers(), vec![format!("/hooks/deploys/{member}")]);
        return Ok(());
    }
    let call = Incoming {
        headers: headers.iter().cloned().collect(),
        body: Some(body.to_vec()),
        ..incoming("POST", "/v1/hooks/deploys/hook-s3cr3t-0123456789")
    };
    let (answer, kept) = RIG.with(|rig| answered(rig, &app, &call, "SELECT text FROM text WHERE kind = 'content'"));
    let answer = Answer::of(answer.unwrap());
    match answer.status {
        202 => {
            let [row] = &kept[..] else { return Err(TestCaseError::fail(format!("{} texts are kept", kept.len()))) };
            let message: Value = serde_json::from_str(row[0].as_str().unwrap()).unwrap();
            let text = message["text"].as_str().unwrap();
            prop_assert!((1..=LONGEST).contains(&text.chars().count()), "{} characters", text.chars().count());
            prop_assert!(text.trim() == text && !text.contains('\r') && !text.contains("\n\n\n"), "{:?}", text);
        }
        200 => prop_assert_eq!((&answer.json["outcome"], kept.len()), (&json!("skipped"), 0)),
        400 | 422 => prop_assert_eq!(kept.len(), 0),
        status => prop_assert!(false, "{}: {}", status, answer.text),
    }
    Ok(())
}

fn template() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "{{a}}",
        "{{a.b}}",
        "{{.}}",
        "{{{b}}}",
        "{{&b}}",
        "{{#a}}",
        "{{/a}}",
        "{{#a.b}}",
        "{{/a.b}}",
        "{{^a}}",
        "{{#.}}",
        "{{/.}}",
        "{{a.first.b}}",
        "{{a.count}}",
        "{{! no }}",
        "{{",
        "}}",
        " ",
        "\n",
        "text",
        "\r\n\r\n\n",
        "é",
    ]);
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

fn payload() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        any::<String>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from)
    ];
    let value = leaf.prop_recursive(4, 24, 4, |inner| {
        let members = vec((select(vec!["a", "b", "first", "count"]), inner.clone()), 0..4);
        prop_oneof![
            vec(inner, 0..4).prop_map(Value::from),
            members.prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    });
    prop_oneof![9 => value.prop_map(|value| value.to_string()), 1 => any::<String>()]
}

proptest! {
    #![proptest_config(super::laws())]

    #[test]
    fn whatever_a_template_makes_can_be_sent(
        template in template(),
        ready in proptest::option::weighted(0.2, select(vec!["github", "alerts", "stripe", "plain"])),
        event in select(vec!["push", "release", "x"]),
        payload in payload(),
    ) {
        let headers = [("x-github-event".to_owned(), event.to_owned())];
        makes_a_text(ready.ok_or(template.as_str()), &headers, payload.as_bytes())?;
    }
}
