//! `CHASKI_CONFIG`: read, or told where it is wrong, without a key in what is said.

#![no_main]

use chaski_fuzz::{hold, worker_laws::configurations::is_told};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| hold(is_told(text)));
