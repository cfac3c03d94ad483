//! Reading what providers answer: leniently, since they drift, and losing nothing.

use crate::{
    error::{Error, ErrorKind, MOST, Violation, joined},
    http::{Response, host_and_path},
    input::escape,
    json::{Document, Json, Object, Raw},
    phone::mask,
};

/// The longest name of a field that is told, in bytes.
const NAME: usize = 256;

/// The body of a success: JSON, or `null` where it was empty.
pub(crate) struct Answer<'a> {
    json: Json<'a>,
    members: Object<'a>,
    /// The member `data`, in which four of the five wrap what they say; empty where it is no object.
    pub(crate) data: Object<'a>,
}

impl<'a> Answer<'a> {
    /// Tells a success from an error: HTTP 2xx, a body that can be read, and no flag in it that says otherwise.
    pub(crate) fn read(response: &'a Response) -> Result<Self, Error> {
        if !(200..300).contains(&response.status) {
            return Err(explain(response));
        }
        let unreadable =
            || Error::answered(response, Some("the answer is not JSON".to_owned())).of_kind(ErrorKind::Malformed);
        let document = match response.body.trim_ascii() {
            [] => Document::default(),
            body => Document::parse(body).map_err(|_| unreadable())?,
        };
        let json = document.json;
        let members = match json.is_object() {
            true => document.object().ok_or_else(unreadable)?,
            false => Object::default(),
        };
        if says_no(&members) {
            return Err(explain(response).of_kind(ErrorKind::Rejected));
        }
        let data = document.known.object(members.get("data")).unwrap_or_default();
        Ok(Self { json, members, data })
    }

    /// A member; `null` where there is none.
    pub(crate) fn get(&self, name: &str) -> Json<'a> {
        self.members.get(name)
    }

    /// The whole.
    pub(crate) fn json(&self) -> Json<'a> {
        self.json
    }

    /// The body as it came.
    pub(crate) fn raw(&self) -> Raw {
        self.json.raw()
    }
}

/// The ways in which the five say "no" inside a 2xx: `"error": true`, `"success": false`, and a `status` of
/// `false`, `0` (WhatsSpot's previous generation) or `"error"`.
fn says_no(body: &Object<'_>) -> bool {
    let status = body.get("status");
    body.get("error").bool() == Some(true)
        || body.get("success").bool() == Some(false)
        || status.bool() == Some(false)
        || status.integer() == Some(0)
        || status.string().is_some_and(|status| status.eq_ignore_ascii_case("error"))
}

/// An error with all that its answer says.
fn explain(response: &Response) -> Error {
    let body = Json::parse(&response.body).unwrap_or(Json::NULL).object();
    let violations = violations(&body);
    let mut error = Error::answered(response, text(&body, &violations));
    error.code = ["code", "error_code", "statusCode"].iter().find_map(|name| body.get(name).scalar());
    error.errors = violations;
    if (300..400).contains(&response.status) {
        // The path of a location may hold a number.
        let host = response.header("location").and_then(host_and_path);
        let host = host.map_or(String::new(), |(host, _)| format!(" to {}", mask(host)));
        error.message = format!("the provider redirects{host}: is base_url right?");
    }
    error
}

/// The first text that says what is wrong, from the most specific place.
fn text(body: &Object<'_>, violations: &[Violation]) -> Option<String> {
    let nested = body.get("error").object().get("message");
    let said = |json: Json<'_>| json.string().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let list = || (!violations.is_empty()).then(|| joined(violations.iter().map(sentence), "; "));
    let first = ["error", "message", "detail"].iter().find_map(|name| said(body.get(name)));
    first.or_else(list).or_else(|| said(nested)).filter(|text| !text.trim().is_empty())
}

fn sentence(violation: &Violation) -> String {
    match violation.pointer.trim_start_matches('/').replace('/', ".") {
        place if place.is_empty() => violation.detail.clone(),
        place => format!("{place}: {}", violation.detail),
    }
}

/// Field errors: FastAPI's `detail[]`, a list of strings, or Laravel's map of fields.
fn violations(body: &Object<'_>) -> Vec<Violation> {
    let (detail, errors) = (body.get("detail"), body.get("errors"));
    if let Some(detail) = detail.array() {
        return detail.into_iter().take(MOST).map(of_detail).collect();
    }
    if let Some(errors) = errors.array() {
        return errors.into_iter().take(MOST).map(|error| Violation::new("", plain(error))).collect();
    }
    let mut violations = Vec::new();
    for (field, errors) in errors.object().0.into_iter().take(MOST) {
        // The name is told with each of its mistakes.
        let pointer = format!("/{}", escape(field.get(..field.floor_char_boundary(NAME)).unwrap_or_default()));
        let details = errors.array().unwrap_or_else(|| vec![errors]);
        let details = details.into_iter().take(MOST - violations.len());
        violations.extend(details.map(|detail| Violation::new(pointer.as_str(), plain(detail))));
    }
    violations
}

fn of_detail(entry: Json<'_>) -> Violation {
    let object = entry.object();
    let place = object.get("loc").array().unwrap_or_default().into_iter();
    let pointer = place.map(|part| format!("/{}", escape(&plain(part)))).collect::<String>();
    let message = object.get("msg");
    Violation::new(pointer, plain(if message.is_null() { entry } else { message }))
}

fn plain(json: Json<'_>) -> String {
    mask(&json.string().unwrap_or(json.text().into()))
}
