//! Base64: what the base64 crate reads.

#![no_main]

use chaski_fuzz::{hold, laws::values::is_base64};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| hold(is_base64(text)));
