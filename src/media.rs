//! What a message carries beside its text.

use crate::{base64::decode, error::Violation, http::host_and_path, input::Input, provider::Feature};
use serde::Serialize;

/// The kinds of media that WhatsApp shows differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MediaKind {
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A sound.
    Audio,
    /// Any other file.
    Document,
}

/// An image, a video, a sound or a document: by `url`, or in `base64`.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields, extend("oneOf" = crate::schema::either(&["url", "base64"]))))]
pub struct Media {
    /// What it is.
    pub kind: MediaKind,
    /// Where the provider fetches it from; public.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The bytes themselves, in standard base64.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// The name that the recipient sees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The media type, like `application/pdf`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
}

impl MediaKind {
    /// Its name.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    /// All kinds, by their names.
    pub(crate) const WORDS: &'static [(&'static str, Self)] =
        &[("image", Self::Image), ("video", Self::Video), ("audio", Self::Audio), ("document", Self::Document)];

    /// The kind that a provider's word begins with: `imageMessage`, `ptt` (a voice note).
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let others = [("sticker", Self::Image), ("ptt", Self::Audio)];
        Self::WORDS.iter().chain(&others).find(|(known, _)| word.starts_with(known)).map(|(_, kind)| *kind)
    }

    /// What a text with it asks of the provider.
    pub(crate) fn caption(self) -> Feature {
        if self == Self::Document { Feature::DocumentCaption } else { Feature::Caption }
    }
}

impl Media {
    /// Media of which no more than the kind is known.
    pub(crate) fn of(kind: MediaKind) -> Self {
        Self { kind, url: None, base64: None, filename: None, mime: None }
    }

    pub(crate) fn read(input: Input<'_, '_>) -> Option<Self> {
        let mut members = input.members()?;
        let kind = members.required("kind").and_then(|input| input.one_of(MediaKind::WORDS));
        let url = members.optional("url").and_then(Input::string);
        let base64 = members.optional("base64").and_then(Input::string);
        let filename = members.optional("filename").and_then(Input::string);
        let mime = members.optional("mime").and_then(Input::string);
        members.end();
        Some(Self { kind: kind?, url, base64, filename, mime })
    }

    /// The bytes of `base64`, where it is given and valid.
    #[must_use]
    pub fn bytes(&self) -> Option<Vec<u8>> {
        self.base64.as_deref().and_then(decode)
    }

    /// How many bytes `base64` stands for.
    pub(crate) fn size(&self) -> Option<u64> {
        let text = self.base64.as_ref()?;
        Some(text.trim_end_matches('=').len() as u64 * 3 / 4)
    }

    /// The name of the file: as given, else the last part of the URL's path, else the kind's plain name.
    #[must_use]
    pub fn name(&self) -> &str {
        let fallback = match self.kind {
            MediaKind::Image => "image.jpg",
            MediaKind::Video => "video.mp4",
            MediaKind::Audio => "audio.ogg",
            MediaKind::Document => "document",
        };
        let of_url = || {
            let (_, path) = host_and_path(self.url.as_deref()?.split(['?', '#']).next()?)?;
            path.rsplit('/').next().filter(|name| !name.is_empty())
        };
        self.filename.as_deref().or_else(of_url).unwrap_or(fallback)
    }

    /// The media type: as given, else by the ending of the name, else the kind's most usual one.
    #[must_use]
    pub fn mime(&self) -> &str {
        if let Some(mime) = &self.mime {
            return mime;
        }
        let ending = self.name().rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
        ENDINGS.iter().find(|(known, _)| *known == ending).map_or(
            match self.kind {
                MediaKind::Image => "image/jpeg",
                MediaKind::Video => "video/mp4",
                MediaKind::Audio => "audio/ogg",
                MediaKind::Document => "application/octet-stream",
            },
            |(_, mime)| mime,
        )
    }

    pub(crate) fn check(&self, errors: &mut Vec<Violation>) {
        match (&self.url, &self.base64) {
            (None, None) => errors.push(Violation::new("/media", "media needs a url, or its bytes in base64")),
            (Some(_), Some(_)) => errors.push(Violation::new("/media", "media has a url or base64, not both")),
            (Some(url), None) if !is_url(url) => {
                errors.push(Violation::new("/media/url", "a media url is absolute: https://host/path"));
            }
            (None, Some(_)) if self.bytes().is_none_or(|bytes| bytes.is_empty()) => {
                errors.push(Violation::new("/media/base64", "not standard base64 with padding, or empty"));
            }
            _ => {}
        }
        if self
            .filename
            .as_ref()
            .is_some_and(|name| name.is_empty() || name.contains(['/', '\\']) || name.chars().any(char::is_control))
        {
            errors.push(Violation::new(
                "/media/filename",
                "a file name is not empty and has no slashes or control characters",
            ));
        }
        if self.mime.as_ref().is_some_and(|mime| !is_mime(mime)) {
            errors.push(Violation::new("/media/mime", "a media type looks like application/pdf"));
        }
    }
}

fn is_url(url: &str) -> bool {
    let host = host_and_path(url).map(|(host, _)| host);
    host.is_some_and(|host| !host.is_empty() && !host.starts_with(['?', '#']))
        && !url.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn is_mime(mime: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
    };
    mime.split_once('/').is_some_and(|(kind, subtype)| token(kind) && token(subtype))
}

/// The files that WhatsApp takes, by their endings.
const ENDINGS: &[(&str, &str)] = &[
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("mp4", "video/mp4"),
    ("3gp", "video/3gpp"),
    ("mov", "video/quicktime"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("aac", "audio/aac"),
    ("wav", "audio/wav"),
    ("pdf", "application/pdf"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("zip", "application/zip"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str) -> Media {
        Media { kind: MediaKind::Document, url: Some(url.into()), base64: None, filename: None, mime: None }
    }

    #[test]
    fn the_name_is_the_last_part_of_the_path() {
        assert_eq!(at("https://example.com/documents/report.pdf?key=1#top").name(), "report.pdf");
        assert_eq!(at("https://example.com").name(), "document");
        assert_eq!(at("https://example.com/").name(), "document");
    }

    #[test]
    fn the_type_follows_the_ending() {
        assert_eq!(at("https://example.com/report.PDF").mime(), "application/pdf");
        assert_eq!(at("https://example.com/report").mime(), "application/octet-stream");
    }
}
