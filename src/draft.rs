//! JSON that is written, member by member. What is absent is left out.

use crate::json::Json;

/// An object in the making: the body of a request.
pub(crate) struct Draft(Vec<u8>);

impl Draft {
    pub(crate) fn new() -> Self {
        Self(vec![b'{'])
    }

    /// The JSON text.
    pub(crate) fn done(mut self) -> Vec<u8> {
        self.0.push(b'}');
        self.0
    }

    pub(crate) fn text<'t>(&mut self, name: &str, text: impl Into<Option<&'t str>>) {
        if let Some(text) = text.into() {
            self.name(name);
            self.string(text);
        }
    }

    pub(crate) fn flag(&mut self, name: &str, flag: Option<bool>) {
        self.word(name, flag.map(|flag| if flag { "true" } else { "false" }));
    }

    pub(crate) fn count(&mut self, name: &str, count: Option<u32>) {
        self.word(name, count.map(|count| count.to_string()).as_deref());
    }

    /// JSON of the caller's, as it stands.
    pub(crate) fn json(&mut self, name: &str, json: Json<'_>) {
        self.word(name, Some(json.text()));
    }

    /// An array of strings; an empty one is absent.
    pub(crate) fn texts(&mut self, name: &str, texts: &[impl AsRef<str>]) {
        for (at, text) in texts.iter().enumerate() {
            if at == 0 {
                self.name(name);
            }
            self.0.push(if at == 0 { b'[' } else { b',' });
            self.string(text.as_ref());
        }
        if !texts.is_empty() {
            self.0.push(b']');
        }
    }

    pub(crate) fn object(&mut self, name: &str, object: Self) {
        self.name(name);
        self.0.extend(object.done());
    }

    fn word(&mut self, name: &str, word: Option<&str>) {
        if let Some(word) = word {
            self.name(name);
            self.0.extend_from_slice(word.as_bytes());
        }
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(b',');
        }
        self.string(name);
        self.0.push(b':');
    }

    fn string(&mut self, text: &str) {
        // Writing a string as JSON cannot fail.
        self.0.extend(serde_json::to_vec(text).unwrap_or_default());
    }
}
