//! Texts as whole sentences.

/// The text as a sentence. Texts that may also follow a colon start in lower case and have no full stop.
pub(crate) fn sentence(text: &str) -> String {
    let mut sentence = String::new();
    push_sentence(&mut sentence, text);
    sentence
}

/// Appends the text to `to` as a sentence.
pub(crate) fn push_sentence(to: &mut String, text: &str) {
    let mut letters = text.trim_end_matches('.').chars();
    to.reserve(text.len() + 1);
    to.extend(letters.next().into_iter().flat_map(char::to_uppercase));
    to.push_str(letters.as_str());
    to.push('.');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_sentences() {
        assert_eq!(sentence("it has expired"), "It has expired.");
        assert_eq!(sentence("Sign in again."), "Sign in again.");
    }
}
