//! The checks of request bodies and queries, with the texts of Logto's schema library.

use serde_json::{Map, Value, json};

use super::error::Refusal;
use crate::http::{Request, Response};

/// The JSON object in a body. An empty body is an empty object.
pub(super) fn body(request: &Request) -> Result<Map<String, Value>, Response> {
    if request.body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(wrong_type(&[], "object", None).response()),
        // The response of the framework, which comes before Logto's own error codes.
        Err(error) => Err(Response::json(400, &json!({ "message": error.to_string() }))),
    }
}

/// A member that has to be a text.
pub(super) fn text(body: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    text_at(body.get(name), &[name])
}

pub(super) fn text_at(value: Option<&Value>, path: &[&str]) -> Result<String, Refusal> {
    match value {
        Some(Value::String(text)) => Ok(text.clone()),
        other => Err(wrong_type(path, "string", other)),
    }
}

/// A member that has to be a list of texts.
pub(super) fn texts(body: &Map<String, Value>, name: &str) -> Result<Vec<String>, Refusal> {
    match body.get(name) {
        Some(Value::Array(values)) => values.iter().map(|value| text_at(Some(value), &[name])).collect(),
        other => Err(wrong_type(&[name], "array", other)),
    }
}

/// The same for one that must not be empty.
pub(super) fn filled_text(body: &Map<String, Value>, name: &str) -> Result<String, Refusal> {
    let text = text(body, name)?;
    if text.is_empty() {
        let message = "String must contain at least 1 character(s)";
        let issue = json!({
            "code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
            "message": message, "path": [name],
        });
        return Err(Refusal::invalid("body", &issue, details(&[name], "too_small", message)));
    }
    Ok(text)
}

/// A member that may be missing, and may be null.
pub(super) fn nullable_text(
    body: &Map<String, Value>,
    name: &str,
) -> Result<Option<Option<String>>, Refusal> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(None)),
        Some(Value::String(text)) => Ok(Some(Some(text.clone()))),
        other => Err(wrong_type(&[name], "string", other)),
    }
}

/// A member that may be missing and has to be an object otherwise.
pub(super) fn object<'b>(
    body: &'b Map<String, Value>,
    name: &str,
) -> Result<Option<&'b Map<String, Value>>, Refusal> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::Object(members)) => Ok(Some(members)),
        other => Err(wrong_type(&[name], "object", other)),
    }
}

pub(super) fn not_a_url(name: &str) -> Refusal {
    invalid_string(name, "url", "Invalid url")
}

pub(super) fn does_not_match(name: &str) -> Refusal {
    invalid_string(name, "regex", "Invalid")
}

fn invalid_string(name: &str, validation: &str, message: &str) -> Refusal {
    let issue =
        json!({ "validation": validation, "code": "invalid_string", "message": message, "path": [name] });
    Refusal::invalid("body", &issue, details(&[name], "invalid_string", message))
}

/// A query parameter whose value is none of `options`.
pub(super) fn one_of(request: &Request, name: &str, options: &[&str]) -> Result<Option<String>, Refusal> {
    let Some(value) = request.query.get(name) else { return Ok(None) };
    if options.contains(&value) {
        return Ok(Some(value.to_owned()));
    }
    let expected: Vec<String> = options.iter().map(|option| format!("'{option}'")).collect();
    let message = format!("Invalid enum value. Expected {}, received '{value}'", expected.join(" | "));
    let issue = json!({
        "received": value, "code": "invalid_enum_value", "options": options, "path": [name], "message": message,
    });
    Err(Refusal::invalid("query", &issue, details(&[name], "invalid_enum_value", &message)))
}

fn wrong_type(path: &[&str], expected: &str, value: Option<&Value>) -> Refusal {
    let received = match value {
        None => "undefined",
        Some(Value::Null) => "null",
        Some(Value::Bool(_)) => "boolean",
        Some(Value::Number(_)) => "number",
        Some(Value::String(_)) => "string",
        Some(Value::Array(_)) => "array",
        Some(Value::Object(_)) => "object",
    };
    let message = match value {
        None => "Required".to_owned(),
        Some(_) => format!("Expected {expected}, received {received}"),
    };
    let issue = json!({
        "code": "invalid_type", "expected": expected, "received": received, "path": path, "message": message,
    });
    let said = format!("Expected {expected} but received {received}.");
    Refusal::invalid("body", &issue, details(path, "invalid_type", &said))
}

fn details(path: &[&str], code: &str, said: &str) -> String {
    format!("Error in key path \"{}\": ({code}) {said}", path.join("."))
}
