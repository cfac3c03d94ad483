//! What is wrong with an input is told, and where.

use super::*;

/// A pointer that leads to a value, or to where one is missing.
pub(crate) fn leads_somewhere(document: &Value, pointer: &str) -> bool {
    let parent = pointer.rsplit_once('/').map_or("", |(parent, _)| parent);
    document.pointer(pointer).is_some()
        || pointer.starts_with('/') && document.pointer(parent).is_some_and(Value::is_object)
}

fn refused_well(input: &[u8], error: &Error, inside: impl Fn(&Value) -> Value) -> TestCaseResult {
    prop_assert!(!error.message.is_empty());
    prop_assert!(!error.message.contains(PLANTED), "shown: {}", error.message);
    prop_assert_eq!((error.status, &error.body), (None, &None));
    match serde_json::from_slice::<Value>(input) {
        Err(_) if error.kind == ErrorKind::Malformed => {}
        // What serde_json cannot hold (a number like 1e999), the core may be able to read.
        Err(_) => prop_assert_eq!(error.kind, ErrorKind::Invalid),
        Ok(document) => {
            prop_assert_eq!(error.kind, ErrorKind::Invalid, "{}", error.message);
            prop_assert!(!error.errors.is_empty());
            for violation in &error.errors {
                prop_assert!(leads_somewhere(&inside(&document), &violation.pointer), "{:?} leads nowhere", violation);
                prop_assert!(!violation.detail.is_empty() && !violation.detail.contains(PLANTED), "{:?}", violation);
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(laws())]

    #[test]
    fn any_bytes_are_a_message_or_an_error_that_says_where(input in bytes(message())) {
        match Message::parse(&input) {
            Ok(_) => prop_assert_eq!(input.trim_ascii().first(), Some(&b'{')),
            Err(error) => refused_well(&input, &error, Value::clone)?,
        }
    }

    #[test]
    fn any_bytes_are_an_account_or_an_error_that_says_where(
        input in bytes(account_fields().prop_flat_map(|(_, _, fields)| select(fields)).boxed()),
    ) {
        match Account::parse(&input) {
            Ok(_) => prop_assert_eq!(input.trim_ascii().first(), Some(&b'{')),
            Err(error) => {
                refused_well(&input, &error, Value::clone)?;
                prop_assert!(!format!("{error:?}").contains("s3cr3t"), "a key is shown: {error:?}");
            }
        }
    }

    #[test]
    fn any_bytes_are_a_call_or_an_error_that_says_where(input in bytes(
        prop_oneof![
            message().prop_map(|message| json!({ "send_message": message })),
            (name(), json_value()).prop_map(|(name, value)| json!({ name: value })),
            json_value().prop_map(|id| json!({ "message_status": { "id": id } })),
        ]
        .boxed(),
    )) {
        // The pointers are into what the call holds.
        let inside = |document: &Value| match document.as_object().map(|members| members.iter().collect::<Vec<_>>()) {
            Some(members) if members.len() == 1 => members[0].1.clone(),
            _ => document.clone(),
        };
        if let Err(error) = AnyCall::parse(&input) {
            refused_well(&input, &error, inside)?;
        }
    }

    #[test]
    fn a_right_message_is_read_and_written_back_the_same(message in message()) {
        let once = serde_json::to_value(Message::parse(message.to_string().as_bytes()).unwrap()).unwrap();
        let twice = serde_json::to_value(Message::parse(once.to_string().as_bytes()).unwrap()).unwrap();
        prop_assert_eq!(&once, &twice);
        for name in ["text", "media", "reply_to", "typing", "presence", "expires_in", "via", "options", "metadata"] {
            prop_assert_eq!(&once[name], &message[name]);
        }
    }

    #[test]
    fn a_member_that_nobody_knows_is_refused_wherever_it_stands(message in message()) {
        let with = |place: &str| {
            let mut wrong = message.clone();
            wrong.pointer_mut(place)?.as_object_mut()?.insert("nobody".to_owned(), 1.into());
            Some(wrong)
        };
        let options = message["options"].as_object().into_iter().flatten().map(|(slug, _)| format!("/options/{slug}"));
        for place in ["", "/to", "/to/0", "/media", "/options"].map(str::to_owned).into_iter().chain(options) {
            let Some(wrong) = with(&place) else { continue };
            let error = Message::parse(wrong.to_string().as_bytes()).unwrap_err();
            let pointers: Vec<_> = error.errors.iter().map(|error| error.pointer.as_str()).collect();
            prop_assert_eq!(pointers, [format!("{place}/nobody")]);
        }
    }
}
