//! JSON that is written, member by member. What is absent is left out.

use crate::{json::Json, write::Writer};

/// An object in the making: the body of a request.
pub(crate) struct Draft(Writer);

impl Draft {
    pub(crate) fn new() -> Self {
        let mut writer = Writer::default();
        writer.raw("{");
        Self(writer)
    }

    /// The JSON text.
    pub(crate) fn done(mut self) -> String {
        self.0.raw("}");
        self.0.text
    }

    pub(crate) fn text<'t>(&mut self, name: &'static str, text: impl Into<Option<&'t str>>) {
        if let Some(text) = text.into() {
            self.0.name(name);
            self.0.string(text);
        }
    }

    pub(crate) fn flag(&mut self, name: &'static str, flag: Option<bool>) {
        self.word(name, flag.map(|flag| if flag { "true" } else { "false" }));
    }

    pub(crate) fn count(&mut self, name: &'static str, count: Option<u32>) {
        self.word(name, count.map(|count| count.to_string()).as_deref());
    }

    /// JSON of the caller's, as it stands, under a name of the caller's.
    pub(crate) fn json(&mut self, name: &str, json: Json<'_>) {
        self.0.separate();
        self.0.string(name);
        self.0.raw(":");
        self.0.raw(json.text());
    }

    /// An array of strings; an empty one is absent.
    pub(crate) fn texts(&mut self, name: &'static str, texts: &[impl AsRef<str>]) {
        if texts.is_empty() {
            return;
        }
        self.0.name(name);
        self.0.raw("[");
        for text in texts {
            self.0.separate();
            self.0.string(text.as_ref());
        }
        self.0.raw("]");
    }

    pub(crate) fn object(&mut self, name: &'static str, object: Self) {
        self.word(name, Some(&object.done()));
    }

    fn word(&mut self, name: &'static str, word: Option<&str>) {
        if let Some(word) = word {
            self.0.name(name);
            self.0.raw(word);
        }
    }
}
