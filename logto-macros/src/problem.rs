//! Error messages: where, what, and what to write instead.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use strsim::osa_distance;
use syn::Error;

/// One mistake.
#[derive(Debug)]
pub(crate) struct Problem {
    at: TokenStream,
    text: String,
}

impl Problem {
    /// A problem with exactly these tokens.
    pub(crate) fn at(tokens: impl ToTokens, text: impl Into<String>) -> Problem {
        Problem { at: tokens.into_token_stream(), text: text.into() }
    }

    /// A problem at this span, for places without a token.
    pub(crate) fn at_span(span: Span, text: impl Into<String>) -> Problem {
        Problem::at(syn::Ident::new("_here", span), text)
    }

    /// Adds a line that says what to write instead.
    pub(crate) fn help(mut self, line: impl AsRef<str>) -> Problem {
        self.text.push_str("\nhelp: ");
        self.text.push_str(line.as_ref());
        self
    }

    /// Adds a suggestion if `written` is similar to one of `known`.
    pub(crate) fn did_you_mean<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) -> Problem {
        match closest(written, known) {
            Some(name) => self.help(format!("did you mean `{name}`?")),
            None => self,
        }
    }

    fn into_error(self) -> Error {
        Error::new_spanned(self.at, self.text)
    }
}

/// All problems of an attribute, which are reported together and not one per build.
#[derive(Debug, Default)]
pub(crate) struct Problems(Vec<Problem>);

impl Problems {
    pub(crate) fn add(&mut self, problem: Problem) {
        self.0.push(problem);
    }

    /// Returns the value, or records the problem.
    pub(crate) fn take<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.add(problem)).ok()
    }

    /// One `compile_error!` for each problem.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.0.into_iter().map(|problem| problem.into_error().into_compile_error()).collect()
    }
}

/// Names in backticks, separated by commas.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The name of `known` that `written` probably stands for.
fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase();
    // Two differences may be a typo, but in a word of three letters they make another word.
    let tolerated = (written.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .filter_map(|name| {
            let slips = osa_distance(&written, &name.to_lowercase());
            let is_part = written.len() > 2 && name.contains(&written);
            (slips <= tolerated || is_part).then_some((slips, name))
        })
        .min_by_key(|(slips, _)| *slips)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_counted() {
        for (one, other, slips) in
            [("scopes", "scopes", 0), ("scope", "scopes", 1), ("socpes", "scopes", 1), ("", "via", 3)]
        {
            assert_eq!(osa_distance(one, other), slips, "{one} {other}");
        }
    }

    #[test]
    fn only_similar_names_are_suggested() {
        let keys = ["scopes", "any_scope", "resource", "via"];
        assert_eq!(closest("scope", keys), Some("scopes"));
        assert_eq!(closest("Resource", keys), Some("resource"));
        assert_eq!(closest("resouce", keys), Some("resource"));
        assert_eq!(closest("any", keys), Some("any_scope"));
        assert_eq!(closest("audience", keys), None);
        assert_eq!(closest("x", keys), None);
    }
}
