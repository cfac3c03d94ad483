//! Prints the types that go in and out as one JSON Schema, on one line.

fn main() {
    println!("{}", chaski::schema::document());
}
