//! Hooks: what any template makes of whatever is posted. The line of the input is a ready-made template's name, or else a template
//! of one's own, in which `\n` is written so.

#![no_main]

use chaski_fuzz::{Wire, hold, worker_laws::templates::makes_a_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(Wire { line, headers, body }) = Wire::read(data) else { return };
    let own = line.replace("\\n", "\n");
    let is_ready = ["github", "alerts", "stripe", "plain"].contains(&line);
    hold(makes_a_text(if is_ready { Ok(line) } else { Err(&own) }, &headers, body));
});
