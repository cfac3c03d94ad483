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

/// Whether arrays and objects stand in one another no deeper than anything is read, in text that is JSON.
pub fn is_as_deep_as_may_be(text: &[u8]) -> bool {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest <= 128
}

/// JSON is what serde_json takes for it, but for what stands too deep.
pub fn is_as_serde_json_has_it(text: &[u8]) -> TestCaseResult {
    let expected: Result<&RawValue, _> = serde_json::from_slice(text);
    let expected = expected.map_err(|error| error.to_string()).and_then(|raw| match is_as_deep_as_may_be(text) {
        true => Ok(raw.get()),
        false => Err("too deep".to_owned()),
    });
    let ours = Raw::parse(text);
    prop_assert_eq!(ours.as_ref().map(Raw::get).ok(), expected.as_ref().ok().copied());
    if let (Err(ours), Err(expected)) = (&ours, &expected) {
        let place = if str::from_utf8(text).is_ok() { "not JSON at line " } else { "not UTF-8 at byte " };
        prop_assert!(ours.message.starts_with(place), "{} / {expected}", ours.message);
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn json_is_what_serde_json_takes_for_it(text in prop_oneof![nearly_json(), broken_json(), any::<String>()]) {
        is_as_serde_json_has_it(text.as_bytes())?;
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
