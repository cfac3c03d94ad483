//! Parameters of a message that only one provider knows.

use crate::{
    field::{Field, FieldKind},
    input::{Input, read},
    json::{Json, Raw},
    provider::{PROVIDERS, Provider},
};
use serde::{Serialize, Serializer};

/// Parameters by provider and name, each as the provider's table has it.
#[derive(Clone, Debug, Default)]
pub struct Options(Vec<(&'static str, &'static str, Raw)>);

impl Options {
    /// Reads options from JSON: `{ "a1base": { "dialect": "universal" } }`. An error says where it is wrong.
    pub fn parse(json: &[u8]) -> Result<Self, crate::Error> {
        read(json, |input| Self::read(input))
    }

    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut options = Vec::new();
        input.each(|slug, input| match Provider::find(slug) {
            Some(provider) => input.each(|name, input| {
                options.extend(option(provider, name, input));
                Some(())
            }),
            None => input.wrong(format!("no such provider; there are {}", Provider::slugs())),
        })?;
        Some(Self(options))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of an option for this provider; `null` where it is not given.
    pub(crate) fn get(&self, provider: &Provider, option: &Field) -> Json<'_> {
        self.named(provider, option.name)
    }

    pub(crate) fn named(&self, provider: &Provider, name: &str) -> Json<'_> {
        let found = self.0.iter().find(|(slug, other, _)| *slug == provider.slug && *other == name);
        found.map_or(Json::NULL, |(.., value)| value.json())
    }

    /// The options that may say more than what a message looks like, by provider: whom it is for, or which number it is from.
    #[cfg(feature = "worker")]
    pub(crate) fn beyond_content(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let is_content = |slug: &str, name: &str| {
            let mut options = Provider::find(slug).into_iter().flat_map(|provider| provider.options);
            let kind = options.find(|option| option.name == name).map(|option| &option.kind);
            matches!(kind, Some(FieldKind::Text | FieldKind::OneOf(_) | FieldKind::Flag | FieldKind::Count))
        };
        self.0.iter().map(|(slug, name, _)| (*slug, *name)).filter(move |(slug, name)| !is_content(slug, name))
    }

    /// Whether an option brings the content itself, in the provider's own form: a location, for example.
    pub(crate) fn bring_content(&self, provider: &Provider) -> bool {
        let mut contents = provider.options.iter().filter(|option| matches!(option.kind, FieldKind::Object));
        contents.any(|option| !self.get(provider, option).is_null())
    }
}

fn option(provider: &'static Provider, name: &str, input: Input<'_, '_>) -> Option<(&'static str, &'static str, Raw)> {
    let Some(option) = provider.options.iter().find(|option| option.name == name) else {
        return input.wrong(provider.no_such_option());
    };
    input.right(option.check(input.json)).map(|()| (provider.slug, option.name, input.json.raw()))
}

impl Serialize for Options {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let of_provider = |provider: &&'static Provider| {
            let options = self.0.iter().filter(|(slug, ..)| *slug == provider.slug);
            let options = Members(options.map(|(_, name, value)| (*name, value)).collect());
            (!options.0.is_empty()).then_some((provider.slug, options))
        };
        serializer.collect_map(PROVIDERS.iter().filter_map(of_provider))
    }
}

struct Members<'a>(Vec<(&'static str, &'a Raw)>);

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}
