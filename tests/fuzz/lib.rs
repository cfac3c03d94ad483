//! The laws of `tests/laws` and `tests/worker`, for libFuzzer: what proptest tries by chance is tried here by what the code does
//! with it. One target for each thing that is read, in `targets/`.

#![allow(dead_code, unused_imports, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../laws/main.rs"]
pub mod laws;
#[path = "../worker/main.rs"]
mod worker;

pub use worker::{laws as worker_laws, relay_laws};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestCaseResult, TestRng, TestRunner};

/// Ends the run where a law is broken.
pub fn hold(law: TestCaseResult) {
    match law {
        Ok(()) | Err(TestCaseError::Reject(_)) => {}
        Err(TestCaseError::Fail(why)) => panic!("{why}"),
    }
}

/// Chance for one thing after the other that the strategies of the laws draw, each by four bytes of its own: the fuzzer takes them
/// out, repeats and reorders them.
pub fn draws(bytes: &[u8]) -> impl Iterator<Item = TestRunner> {
    bytes.chunks(4).map(|few| {
        let mut seed = [0; 32];
        seed[..few.len()].copy_from_slice(few);
        TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &seed))
    })
}

/// What goes over the wire: a line, headers, an empty line, a body. Written so, an input can be read, and written by hand.
pub struct Wire<'a> {
    /// The line.
    pub line: &'a str,
    /// The headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Wire<'a> {
    /// Reads it; `None` where there is no line.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let end = bytes.windows(2).position(|two| two == b"\n\n");
        let (head, body) = end.map_or((bytes, [].as_slice()), |end| (&bytes[..end], &bytes[end + 2..]));
        let mut lines = std::str::from_utf8(head).ok()?.split('\n');
        let line = lines.next()?;
        let headers = lines.filter_map(|line| line.split_once(": "));
        let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
        Some(Self { line, headers, body })
    }
}
