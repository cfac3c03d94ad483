//! What the host tells of a fetch.

use chaski::worker::{Failure, outcome};

#[test]
fn an_answer_has_its_status_its_headers_and_its_body() {
    let response = outcome("429\nretry-after:7\n", Some(b"slow down".to_vec())).unwrap();
    assert_eq!((response.status, response.body.as_slice()), (429, &b"slow down"[..]));
    assert_eq!(response.headers, [("retry-after".to_owned(), "7".to_owned())]);
}

#[test]
fn what_is_no_answer_says_whether_anything_was_sent() {
    assert_eq!(outcome("unreachable", None).unwrap_err(), Failure::Unreachable);
    assert_eq!(outcome("timeout", None).unwrap_err(), Failure::Timeout);
    assert_eq!(outcome("lost", None).unwrap_err(), Failure::Lost);
    assert_eq!(outcome("502\n", None).unwrap_err(), Failure::TooLarge(502));
    for nonsense in ["", "\n", "OK", "70000", "-1\ndate:x"] {
        assert_eq!(outcome(nonsense, Some(Vec::new())).unwrap_err(), Failure::Lost, "{nonsense}");
    }
}
