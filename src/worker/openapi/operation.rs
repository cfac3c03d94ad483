//! One operation: a method of a path, with all that may be said to it and all that it may answer.

use super::parts::{self, json_body, problem};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// One method of one path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    pub(super) id: &'static str,
    pub(super) tag: &'static str,
    summary: &'static str,
    description: &'static str,
    has_key: bool,
    parameters: Vec<Value>,
    body: Option<Value>,
    /// By status: each is told in the order of the numbers.
    responses: BTreeMap<u16, Value>,
}

impl Operation {
    /// An operation of this name; any may meet a Worker that cannot answer.
    pub(super) fn new(
        method: &'static str,
        path: &'static str,
        (tag, id): (&'static str, &'static str),
        summary: &'static str,
    ) -> Self {
        let operation = Self {
            method,
            path,
            id,
            tag,
            summary,
            description: "",
            has_key: true,
            parameters: Vec::new(),
            body: None,
            responses: BTreeMap::new(),
        };
        operation.refuses(&[401, 403, 500, 503])
    }

    /// Needs no key of the API: who may ask is found out otherwise.
    pub(super) fn open(mut self) -> Self {
        self.has_key = false;
        self.responses.retain(|status, _| ![401, 403].contains(status));
        self
    }

    /// More about it, in CommonMark.
    pub(super) fn about(mut self, description: &'static str) -> Self {
        self.description = description;
        self
    }

    /// What stands in the path, the query or a header.
    pub(super) fn takes(mut self, parameters: impl IntoIterator<Item = Value>) -> Self {
        self.parameters.extend(parameters);
        self
    }

    /// A body of JSON, with examples by name; whatever is wrong with it is refused.
    pub(super) fn reads(mut self, schema: Value, examples: &[(&str, Value)]) -> Self {
        let examples: Map<_, _> =
            examples.iter().map(|(name, value)| ((*name).to_owned(), json!({ "value": value }))).collect();
        self.body = Some(json!({
            "required": true,
            "content": { "application/json": { "schema": schema, "examples": examples } },
        }));
        self.refuses(&[400, 413, 415, 422])
    }

    /// A body of any kind.
    pub(super) fn reads_anything(mut self, description: &str, example: Value) -> Self {
        self.body = Some(json!({
            "description": description,
            "content": {
                "application/json": { "schema": true, "example": example },
                "application/x-www-form-urlencoded": { "schema": { "type": "object", "additionalProperties": { "type": "string" } } },
                "text/plain": { "schema": { "type": "string" } },
            },
        }));
        self.refuses(&[413])
    }

    /// An answer of JSON.
    pub(super) fn answers(self, status: u16, description: &str, schema: Value, example: Value) -> Self {
        self.responds(status, json!({ "description": description, "content": json_body(schema, example) }))
    }

    /// An answer.
    pub(super) fn responds(mut self, status: u16, response: Value) -> Self {
        self.responses.insert(status, response);
        self
    }

    /// With these headers in its answer of this status: each by its name, and that of its component.
    pub(super) fn with(self, status: u16, headers: &[(&str, &str)]) -> Self {
        let refer = |(name, component): &(&str, &str)| ((*name).to_owned(), parts::component("headers", component));
        let headers: Map<_, _> = headers.iter().map(refer).collect();
        self.extend(status, json!({ "headers": headers }))
    }

    /// What can be done next with what this answer names.
    pub(super) fn leads(self, status: u16, links: Value) -> Self {
        self.extend(status, json!({ "links": links }))
    }

    fn extend(mut self, status: u16, further: Value) -> Self {
        if let Some(response) = self.responses.get_mut(&status) {
            *response = parts::with(response.take(), further);
        }
        self
    }

    /// A problem that this operation alone has.
    pub(super) fn fails(self, status: u16, description: &str) -> Self {
        self.responds(status, problem(description))
    }

    /// Problems that many operations have.
    pub(super) fn refuses(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self.responses.insert(*status, parts::component("responses", parts::refusal(*status)));
        }
        self
    }

    pub(super) fn to_json(&self) -> Value {
        let responses: Map<_, _> =
            self.responses.iter().map(|(status, response)| (status.to_string(), response.clone())).collect();
        let members = [
            ("operationId", Some(self.id.into())),
            ("tags", Some(json!([self.tag]))),
            ("summary", Some(self.summary.into())),
            ("description", (!self.description.is_empty()).then(|| self.description.into())),
            ("security", (!self.has_key).then(|| json!([]))),
            ("parameters", (!self.parameters.is_empty()).then(|| self.parameters.clone().into())),
            ("requestBody", self.body.clone()),
            ("responses", Some(responses.into())),
        ];
        let told = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(told.collect())
    }
}
