//! Requests to the Worker, of anybody: routes, queries, headers, bodies. The line of the input is the method and the URL.

#![no_main]

use chaski::worker::Incoming;
use chaski_fuzz::{Wire, hold, worker_laws::requests::has_an_answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some(Wire { line, headers, body }) = Wire::read(data) else { return };
    let (method, url) = line.split_once(' ').unwrap_or((line, "/"));
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    hold(has_an_answer(&Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: headers.into_iter().collect(),
        body: Some(body.to_vec()),
        ..Incoming::default()
    }));
});
