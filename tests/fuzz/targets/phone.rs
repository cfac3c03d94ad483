//! Phone numbers: the same however they are written, and never shown whole.

#![no_main]

use chaski_fuzz::{hold, laws::values::is_a_phone};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|spelling: &str| hold(is_a_phone(spelling)));
