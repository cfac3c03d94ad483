//! The wait that a gateway asks for: `Retry-After` in the first line, `Date` in the second.

#![no_main]

use chaski_fuzz::{hold, laws::waits::is_a_wait};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (after, date) = text.split_once('\n').unwrap_or((text, ""));
    hold(is_a_wait(after, date));
});
