//! One route, spelt in many ways.

/// Spellings of `<prefix>/<last>`, all of which Rocket routes alike: as it is, with octets that are percent-encoded,
/// with empty segments.
pub fn spellings(prefix: &str, last: &str) -> Vec<String> {
    let percent = |text: &str, upper: bool| -> String {
        text.bytes().map(|b| if upper { format!("%{b:02X}") } else { format!("%{b:02x}") }).collect()
    };
    let segments: Vec<&str> = prefix.split('/').filter(|segment| !segment.is_empty()).collect();
    let (first, rest) = segments.split_first().unwrap();
    let rest: String = rest.iter().map(|segment| format!("/{segment}")).collect();
    vec![
        format!("{prefix}/{last}"),
        format!("/%{:02X}{}{rest}/{last}", first.as_bytes()[0], &first[1..]),
        format!("{prefix}/%{:02x}{}", last.as_bytes()[0], &last[1..]),
        format!("{prefix}/{}", percent(last, true)),
        format!("/{}{rest}/{}", percent(first, false), percent(last, false)),
        format!("/{prefix}/{last}"),
        format!("{prefix}//{last}"),
        format!("{prefix}/{last}/"),
        format!("//{}/{rest}//{last}//", &first),
    ]
}
