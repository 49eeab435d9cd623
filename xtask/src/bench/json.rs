//! JSON, as much of it as is handed on: this task has no dependencies.

/// A string with its quotation marks.
pub(super) fn string(text: &str) -> String {
    let mut written = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => written.extend(['\\', character]),
            character if character.is_control() => {
                written.push_str(&format!("\\u{:04x}", u32::from(character)))
            }
            character => written.push(character),
        }
    }
    written.push('"');
    written
}

/// An object of values that are JSON already.
pub(super) fn object<'a>(members: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let members: Vec<String> =
        members.into_iter().map(|(name, value)| format!("{}: {value}", string(name))).collect();
    format!("{{{}}}", members.join(", "))
}

#[cfg(test)]
mod tests {
    use super::{object, string};

    #[test]
    fn what_json_does_not_take_as_it_is_gets_escaped() {
        assert_eq!(string("a \"b\"\n\\"), r#""a \"b\"\u000a\\""#);
        assert_eq!(object([("a", "1".to_owned()), ("b", object([]))]), r#"{"a": 1, "b": {}}"#);
    }
}
