//! Our reading of JSON is serde_json's.

use super::*;
use serde_json::value::RawValue;

/// Text that is JSON, or nearly.
fn nearly_json() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"a\"",
        "\"",
        "\\",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\ud83d\"",
        "\"\\x\"",
        "\"\\u12\"",
        "0",
        "-",
        "-0",
        "01",
        "1.5",
        "1.",
        ".5",
        "2e9",
        "2E+",
        "-1e-7",
        "true",
        "fals",
        "null",
        "é",
        "\u{1}",
        "\t",
        "{\"a\":1}",
        "[1,2]",
        "{\"a\":",
        "\u{feff}",
    ]);
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// JSON, with one character of it changed or taken away.
fn broken_json() -> impl Strategy<Value = String> {
    (json_value(), any::<Index>(), option::of(any::<char>())).prop_map(|(value, at, put)| {
        let mut chars: Vec<_> = value.to_string().chars().collect();
        let at = at.index(chars.len());
        chars.splice(at..=at, put);
        chars.into_iter().collect()
    })
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn json_is_what_serde_json_takes_for_it(text in prop_oneof![nearly_json(), broken_json(), any::<String>()]) {
        let expected: Result<&RawValue, _> = serde_json::from_str(&text);
        let ours = Raw::parse(text.as_bytes());
        prop_assert_eq!(ours.as_ref().map(Raw::get).ok(), expected.as_ref().map(|raw| raw.get()).ok());
        if let (Err(ours), Err(expected)) = (&ours, &expected) {
            prop_assert!(ours.message.starts_with("not JSON at line "), "{} / {expected}", ours.message);
        }
    }

    #[test]
    fn a_string_is_what_serde_json_reads(text in any::<String>()) {
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        for json in [serde_json::to_string(&text).unwrap(), format!("\"{escaped}\"")] {
            let call = format!(r#"{{ "message_status": {{ "id": {json} }} }}"#);
            match AnyCall::parse(call.as_bytes()) {
                Ok(AnyCall::MessageStatus(call)) => prop_assert_eq!(&call.id, &text),
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }

    #[test]
    fn raw_text_stays_as_it_is(value in json_value()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let raw = Raw::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(serde_json::to_string(&raw).unwrap(), text);
    }
}
