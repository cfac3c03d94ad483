//! Moments: what the time crate reads, but for what is no RFC 3339 of ours.

#![no_main]

use chaski_fuzz::{hold, laws::values::is_a_moment};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| hold(is_a_moment(text)));
