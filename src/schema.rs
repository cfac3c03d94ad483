//! The types that go in and out, as JSON Schema: what the TypeScript types of the npm module are made of.
//!
//! What a caller writes refuses unknown members; what a caller reads may gain some.

use crate::{
    account::Account,
    call::{AnyCall, CALLS},
    event::Event,
    field::{Field, FieldKind},
    json::Raw,
    media::MediaKind,
    options::Options,
    pace::Pace,
    phone::Phone,
    provider::{Description, PROVIDERS, Provider},
    reply::{AccountCheck, Groups, QuotaReport, Receipt, StatusReport},
    timestamp::Timestamp,
    worker,
};
use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value, json};
use std::borrow::Cow;

/// All types by name, in `$defs`.
#[must_use]
pub fn document() -> Value {
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": all() })
}

/// All types by name.
pub(crate) fn all() -> Map<String, Value> {
    let mut definitions = taken();
    for (name, schema) in given() {
        definitions.entry(name).or_insert(schema);
    }
    definitions
}

/// What callers write.
fn taken() -> Map<String, Value> {
    definitions(SchemaSettings::draft2020_12().for_deserialize(), |generator| {
        generator.subschema_for::<Account>();
        generator.subschema_for::<AnyCall>();
        worker::define_taken(generator);
    })
}

/// What callers read.
fn given() -> Map<String, Value> {
    definitions(SchemaSettings::draft2020_12().for_serialize(), |generator| {
        generator.subschema_for::<Receipt>();
        generator.subschema_for::<StatusReport>();
        generator.subschema_for::<AccountCheck>();
        generator.subschema_for::<QuotaReport>();
        generator.subschema_for::<Groups>();
        generator.subschema_for::<Event>();
        generator.subschema_for::<Description>();
        worker::define(generator);
    })
}

fn definitions(settings: SchemaSettings, add: impl FnOnce(&mut SchemaGenerator)) -> Map<String, Value> {
    let mut generator = settings.into_generator();
    add(&mut generator);
    let mut definitions = generator.take_definitions(true);
    definitions.values_mut().for_each(tidy);
    definitions
}

/// What is optional is left out rather than `null`; what is linked in Rust is only named.
fn tidy(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(members) => {
            members.values_mut().for_each(tidy);
            if let Some(Value::String(description)) = members.get_mut("description") {
                *description = unlink(description);
            }
            let required = members.get("required").cloned().unwrap_or_default();
            let required = required.as_array().map_or(&[][..], Vec::as_slice);
            if let Some(Value::Object(properties)) = members.get_mut("properties") {
                let optional = properties.iter_mut().filter(|(name, _)| !required.contains(&json!(name)));
                optional.for_each(|(_, schema)| drop_null(schema));
            }
        }
        _ => {}
    }
}

fn drop_null(schema: &mut Value) {
    let Value::Object(members) = schema else { return };
    members.retain(|name, value| !(name == "default" && value.is_null()));
    if let Some(Value::Array(types)) = members.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            members.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(alternatives)) = members.get_mut("anyOf") {
        alternatives.retain(|alternative| alternative.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = alternatives.as_slice() {
            let only = only.clone();
            members.remove("anyOf");
            members.extend(only);
        }
    }
}

/// ``[`Error::status`]`` as `` `status` ``, ``[`Outcome::Accepted`]`` as `` `accepted` ``.
fn unlink(text: &str) -> String {
    let mut parts = text.split("[`");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (path, rest) = part.split_once("`]").unwrap_or((part, ""));
        let name = path.rsplit_once("::").map_or(Cow::Borrowed(path), |(_, name)| name.to_lowercase().into());
        plain.push_str(&format!("`{name}`{rest}"));
    }
    plain
}

/// An object that has one of these members and no other of them.
pub(crate) fn either(names: &[&str]) -> Value {
    names.iter().map(|name| json!({ "required": [name] })).collect()
}

pub(crate) fn accepted(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "const": "accepted" })
}

/// The media of an event: it may be known by its kind alone.
pub(crate) fn received_media(generator: &mut SchemaGenerator) -> Schema {
    let text = |description: &str| json!({ "type": "string", "description": description });
    json_schema!({ "anyOf": [
        {
            "type": "object",
            "properties": {
                "kind": generator.subschema_for::<MediaKind>(),
                "url": text("Where it is."),
                "base64": text("The bytes themselves."),
                "filename": text("The name that the recipient sees."),
                "mime": text("The media type, like `application/pdf`."),
            },
            "required": ["kind"],
        },
        { "type": "null" },
    ] })
}

/// The types of events in the log.
pub(crate) fn event_types(_: &mut SchemaGenerator) -> Schema {
    let words: Vec<_> = worker::event_types().collect();
    json_schema!({ "type": "string", "enum": words })
}

/// Bytes by kind, as [`Description`] has them.
pub(crate) fn limits(_: &mut SchemaGenerator) -> Schema {
    let kinds = MediaKind::WORDS.iter().map(|(name, _)| {
        let about = format!("Bytes of media of kind `{name}`.");
        ((*name).to_owned(), json!({ "type": "integer", "description": about }))
    });
    json_schema!({ "type": "object", "properties": kinds.collect::<Map<_, _>>() })
}

/// The slug of a provider.
pub(crate) struct Slug;

impl JsonSchema for Slug {
    fn schema_name() -> Cow<'static, str> {
        "ProviderSlug".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let slugs: Vec<_> = PROVIDERS.iter().map(|provider| provider.slug).collect();
        json_schema!({ "description": "The word for a provider.", "type": "string", "enum": slugs })
    }
}

/// The name of a call.
pub(crate) struct CallName;

impl JsonSchema for CallName {
    fn schema_name() -> Cow<'static, str> {
        "CallName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "What can be asked of a provider.", "type": "string", "enum": CALLS })
    }
}

impl JsonSchema for Raw {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Raw".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}

impl JsonSchema for Phone {
    fn schema_name() -> Cow<'static, str> {
        "Phone".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A phone number in E.164, with or without `+`; spaces, dashes, dots and parentheses are dropped.",
            "type": "string",
            "examples": ["+12025550100"],
        })
    }
}

impl JsonSchema for Timestamp {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

impl JsonSchema for Account {
    fn schema_name() -> Cow<'static, str> {
        "Account".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let pace = generator.subschema_for::<Pace>();
        let of = |provider: &&'static Provider| {
            let Provider { slug, name, docs, .. } = provider;
            let first = [("provider", json!({ "const": slug, "description": format!("{name}.") }))];
            let last =
                [("pace", described(pace.clone().into(), "How fast the number may send. Read by the Worker only."))];
            let fields = provider.fields().map(|field| (field.name, value(field)));
            let required = provider.fields().filter(|field| field.required).map(|field| field.name);
            let schema = object(
                &format!("An account at {name}: <{docs}>"),
                first.into_iter().chain(fields).chain(last),
                ["provider"].into_iter().chain(required).collect(),
            );
            define(generator, format!("{}Account", capitalised(slug)), schema)
        };
        let accounts: Vec<_> = PROVIDERS.iter().map(of).collect();
        json_schema!({ "description": "An account at one provider.", "oneOf": accounts })
    }
}

impl JsonSchema for Options {
    fn schema_name() -> Cow<'static, str> {
        "MessageOptions".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let of = |provider: &&'static Provider| {
            let options = provider.options.iter().map(|option| (option.name, value(option)));
            let schema = object(&format!("What only {} knows.", provider.name), options, Vec::new());
            let reference = define(generator, format!("{}Options", capitalised(provider.slug)), schema);
            (provider.slug, described(reference, &format!("For {}.", provider.name)))
        };
        let providers: Vec<_> = PROVIDERS.iter().map(of).collect();
        let schema = object("Parameters that only one provider knows, by provider.", providers, Vec::new());
        Schema::try_from(schema).unwrap_or_default()
    }
}

fn object<'a>(description: &str, members: impl IntoIterator<Item = (&'a str, Value)>, required: Vec<&str>) -> Value {
    let properties: Map<_, _> = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    json!({
        "description": description,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// What may stand in a field, as [`Field::check`] has it.
fn value(field: &Field) -> Value {
    let schema = match field.kind {
        FieldKind::Text | FieldKind::Token | FieldKind::Segment | FieldKind::Phone => json!({ "type": "string" }),
        FieldKind::BaseUrl => json!({ "type": "string", "format": "uri" }),
        FieldKind::OneOf(words) => json!({ "type": "string", "enum": words }),
        FieldKind::Flag => json!({ "type": "boolean" }),
        FieldKind::Count => json!({ "type": "integer", "minimum": 0 }),
        FieldKind::Object => json!({ "type": "object", "additionalProperties": true }),
    };
    let secret = if field.secret { " Secret: nobody may see it." } else { "" };
    described(schema, &format!("{}.{secret}", field.about))
}

fn described(mut schema: Value, description: &str) -> Value {
    if let Value::Object(members) = &mut schema {
        members.insert("description".to_owned(), description.into());
    }
    schema
}

/// Puts a type among the definitions.
fn define(generator: &mut SchemaGenerator, name: String, schema: Value) -> Value {
    let reference = json!({ "$ref": format!("#/$defs/{name}") });
    generator.definitions_mut().insert(name, schema);
    reference
}

/// A slug as the beginning of a type's name.
fn capitalised(slug: &str) -> String {
    let (first, rest) = slug.split_at_checked(1).unwrap_or((slug, ""));
    format!("{}{rest}", first.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Error, Feature, Message, input};
    use std::collections::BTreeSet;

    /// The members of a definition, or those of its alternatives.
    fn members(name: &str) -> BTreeSet<String> {
        let schema = &document()["$defs"][name];
        let alternatives = schema["oneOf"].as_array().into_iter().flatten();
        let properties = alternatives.chain([schema]).filter_map(|schema| schema["properties"].as_object());
        properties.flat_map(Map::keys).cloned().collect()
    }

    /// The words of a definition.
    fn words(name: &str) -> BTreeSet<String> {
        let definitions = &document()["$defs"];
        let words = definitions[name]["oneOf"].as_array().unwrap().iter();
        words.map(|word| word["const"].as_str().unwrap().to_owned()).collect()
    }

    /// What the reader says that there is, in answer to what there is not.
    fn told<T>(result: Result<T, Error>, pointer: &str) -> BTreeSet<String> {
        let error = result.err().unwrap();
        let told = error.errors.iter().find(|error| error.pointer == pointer).unwrap();
        let (_, list) = told.detail.split_once("there are ").or(told.detail.split_once("one of ")).unwrap();
        list.split(", ").map(str::to_owned).collect()
    }

    #[test]
    fn the_readers_know_the_same_members() {
        let message = || Message::parse(br#"{ "?": 0, "to": { "?": 0 }, "media": { "?": 0 } }"#);
        assert_eq!(members("Message"), told(message(), "/?"));
        assert_eq!(members("Recipient"), told(message(), "/to/?"));
        assert_eq!(members("Media"), told(message(), "/media/?"));
        for provider in PROVIDERS {
            let json = json!({ "provider": provider.slug, "?": 0, "pace": { "?": 0 } }).to_string();
            let account = || Account::parse(json.as_bytes());
            assert_eq!(members(&format!("{}Account", capitalised(provider.slug))), told(account(), "/?"));
            assert_eq!(members("Pace"), told(account(), "/pace/?"));
        }
        assert_eq!(members("TokenRequest"), told(input::read(br#"{ "?": 0 }"#, worker::TokenRequest::read), "/?"));
    }

    #[test]
    fn the_readers_know_the_same_words() {
        let message = || Message::parse(br#"{ "media": { "kind": 0 }, "on_unsupported": 0, "on_ambiguous": 0 }"#);
        assert_eq!(words("MediaKind"), told(message(), "/media/kind"));
        assert_eq!(words("OnUnsupported"), told(message(), "/on_unsupported"));
        assert_eq!(words("OnAmbiguous"), told(message(), "/on_ambiguous"));
        let token = input::read(br#"{ "actions": [0] }"#, worker::TokenRequest::read);
        assert_eq!(words("TokenAction"), told(token, "/actions/0"));
    }

    #[test]
    fn all_features_and_calls_are_there() {
        let features: BTreeSet<_> =
            Feature::ALL.iter().map(|feature| json!(feature).as_str().unwrap().to_owned()).collect();
        assert_eq!(words("Feature"), features);
        let names = &document()["$defs"]["CallName"]["enum"];
        let names = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned());
        assert_eq!(members("Call"), names.collect());
    }

    #[test]
    fn what_goes_in_and_out_has_one_shape() {
        let given = given();
        for (name, schema) in taken() {
            assert!(given.get(&name).is_none_or(|other| *other == schema), "{name}");
        }
    }

    #[test]
    fn what_is_linked_is_named() {
        assert_eq!(unlink("if [`Error::status`] is set"), "if `status` is set");
        assert_eq!(unlink("[`Outcome::Accepted`] in a [`Receipt`]"), "`accepted` in a `Receipt`");
    }
}
