use std::collections::BTreeSet;

use super::*;
use crate::bearer::InvalidLogoutToken;
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

/// Every text of a table, each with its name.
fn texts_of(texts: &Texts) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |name: String, Text { title, help }: Text| {
        all.push((format!("the title of {name}"), title.to_owned()));
        all.push((format!("the help of {name}"), help.into_owned()));
    };
    let tokens = InvalidToken::ALL.iter().copied();
    for refusal in
        Refusal::ROWS.iter().map(|(refusal, _)| *refusal).chain(tokens.clone().map(Refusal::InvalidToken))
    {
        add(format!("{refusal:?}"), (texts.guard)(refusal));
    }
    for (end, _) in RedirectLoop::ROWS {
        add(format!("{end:?}"), (texts.redirect_loop)(*end));
    }
    let logout_tokens = tokens.map(|reason| EndpointRefusal::LogoutToken(InvalidLogoutToken(reason)));
    for refusal in EndpointRefusal::ROWS.iter().map(|(refusal, _)| *refusal).chain(logout_tokens) {
        add(format!("{refusal:?}"), (texts.endpoint)(refusal));
    }
    add("the page of a sign-out".to_owned(), (texts.signed_out)());
    for label in Label::ALL {
        all.push((format!("the label {label:?}"), (texts.label)(*label).to_owned()));
    }
    for (name, text) in
        [("not_saved", texts.not_saved), ("needs", texts.needs), ("reference", texts.reference)]
    {
        all.push((name.to_owned(), text.to_owned()));
    }
    all
}

#[test]
fn every_text_is_written_in_every_language() {
    let english = texts_of(&EN);
    for texts in ALL {
        for ((name, text), (_, in_english)) in texts_of(texts).iter().zip(&english) {
            let tag = texts.tag;
            assert!(!text.is_empty() && text.trim_ascii() == text, "{tag}: {name}: {text:?}");
            assert!(!text.chars().any(char::is_control), "{tag}: {name}: {text:?}");
            // "Use GET." is the same in Spanish and Portuguese, but for the case of its letters.
            assert!(
                tag == "en" || text != in_english || text.starts_with("Use "),
                "{tag}: {name} is English"
            );
            let is_sentence = text.ends_with(['.', '。']);
            assert!(is_sentence || !name.starts_with("the help"), "{tag}: {name}: {text:?}");
        }
    }
}

/// Two refusals with the same help in English are the same in other languages too, and no others are.
#[test]
fn texts_are_not_mixed_up() {
    for texts in ALL {
        let helps: BTreeSet<_> =
            EndpointRefusal::ROWS.iter().map(|(refusal, _)| (texts.endpoint)(*refusal).help).collect();
        let in_english: BTreeSet<_> =
            EndpointRefusal::ROWS.iter().map(|(refusal, _)| refusal.help()).collect();
        assert_eq!(helps.len(), in_english.len(), "{}", texts.tag);
        let titles: BTreeSet<_> =
            Refusal::ROWS.iter().map(|(refusal, _)| (texts.guard)(*refusal).title).collect();
        assert_eq!(titles.len(), Refusal::ROWS.len(), "{}", texts.tag);
    }
}

fn tag_for(accept_language: &'static str) -> &'static str {
    texts_for(&AcceptLanguage::parse([accept_language].into_iter())).tag
}

#[test]
fn a_reader_gets_the_language_that_is_nearest() {
    for (accept_language, tag) in [
        ("", "en"),
        ("tlh", "en"),
        ("*", "en"),
        ("de-AT", "de"),
        ("fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        ("en-GB,de;q=0.9", "en"),
        ("es-419", "es"),
        ("pt", "pt-BR"),
        ("pt-PT", "pt-BR"),
        ("pt-BR,pt;q=0.9", "pt-BR"),
        ("zh", "zh-Hans"),
        ("zh-CN,zh;q=0.9", "zh-Hans"),
        ("zh-SG", "zh-Hans"),
        ("zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant"),
        ("zh-HK", "zh-Hant"),
        ("zh-Hant-MO", "zh-Hant"),
        ("zh-Hans-HK", "zh-Hans"),
        ("ja-JP", "ja"),
        ("ko-KR", "ko"),
        ("sv, ja;q=0.1", "ja"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=0", "en"),
        ("en;q=0", "en"),
        ("\u{fffd}, de", "de"),
    ] {
        assert_eq!(tag_for(accept_language), tag, "{accept_language}");
    }
}
