//! Prints what the npm module is told on the host, so that its wasm need not know it: the types that go in and out as
//! one JSON Schema, and the providers with what they can do. On one line.

use chaski::{PROVIDERS, schema};
use serde_json::json;

fn main() {
    let providers: Vec<_> = PROVIDERS.iter().map(|provider| provider.describe()).collect();
    println!("{}", json!({ "schema": schema::document(), "providers": providers }));
}
