//! Signatures of webhooks, hooks and tokens: nothing is let in but what was signed, whatever is done to it.

#![no_main]

use chaski_fuzz::{draws, hold, worker_laws::signatures::keep_out};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| hold(keep_out(draws(data))));
