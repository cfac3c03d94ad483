//! Prints the HTTP API as an OpenAPI document: what is committed as `www/openapi.json`.

use chaski::worker;

fn main() {
    println!("{:#}", worker::openapi());
}
