//! What a hook is called with: the variables of its template.

use crate::{
    draft::Draft,
    error::{Error, ErrorKind},
    form,
    json::Json,
    webhook::Webhook,
    write::to_json,
};

/// The variables of one call, as JSON.
pub(super) struct Payload {
    variables: String,
    /// What is known beside them; they go first.
    beside: String,
}

impl Payload {
    /// Reads a call: the members of an object, the fields of a form, or anything else as `body`.
    pub(super) fn read(webhook: &Webhook) -> Result<Self, Error> {
        let invalid = |detail: String| Error::new(ErrorKind::Invalid, detail);
        let content_type = webhook.header("content-type").unwrap_or_default();
        let is = |essence: &str| content_type.get(..essence.len()).is_some_and(|it| it.eq_ignore_ascii_case(essence));
        if is("multipart/") {
            let detail =
                "a multipart body is not read: send JSON, text, or a form as application/x-www-form-urlencoded";
            return Err(invalid(detail.to_owned()));
        }
        let body = str::from_utf8(&webhook.body)
            .map_err(|error| invalid(format!("the body is no text: not UTF-8 at byte {}", error.valid_up_to())))?;

        let json = Json::parse(body.as_bytes());
        let variables = match json {
            _ if body.trim().is_empty() => "{}".to_owned(),
            // Whatever it says it is: no form looks like this, and `curl -d` says that everything is a form.
            Ok(json) if json.is_object() => json.text().to_owned(),
            _ if is("application/x-www-form-urlencoded") => of_form(body),
            Ok(json) => of_one("body", Some(json)),
            Err(error) if is("application/json") => return Err(error),
            Err(_) => of_one("body", Some(parsed(&to_json(body)))),
        };
        let event = webhook.header("x-github-event").map(to_json);
        let beside = of_one("event", event.as_deref().map(parsed));
        Ok(Self { variables, beside })
    }

    pub(super) fn variables(&self) -> Json<'_> {
        parsed(&self.variables)
    }

    pub(super) fn beside(&self) -> Json<'_> {
        parsed(&self.beside)
    }
}

/// The fields of a form; of GitHub's, which has all in one field, the object there.
fn of_form(form: &str) -> String {
    let mut draft = Draft::new();
    for (name, value) in form::fields(form) {
        if name == "payload" && parsed(&value).is_object() {
            return value;
        }
        draft.json(&name, parsed(&to_json(&value)));
    }
    draft.done()
}

/// One variable, where it is there.
fn of_one(name: &str, value: Option<Json<'_>>) -> String {
    let mut draft = Draft::new();
    if let Some(value) = value {
        draft.json(name, value);
    }
    draft.done()
}

fn parsed(text: &str) -> Json<'_> {
    Json::parse(text.as_bytes()).unwrap_or(Json::NULL)
}
