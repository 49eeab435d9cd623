//! The texts of the pages, one table per language. A table lacks no text: each text is a field without a default, or an
//! arm of a match over every refusal.

mod de;
mod en;
mod es;
mod fr;
mod ja;
mod ko;
mod pt_br;
mod table;
mod zh_hans;
mod zh_hant;

pub(crate) use en::EN;
pub(crate) use table::{Label, Text, Texts};

use super::accept_language::AcceptLanguage;

const ALL: [&Texts; 9] =
    [&EN, &de::DE, &fr::FR, &es::ES, &pt_br::PT_BR, &zh_hans::ZH_HANS, &zh_hant::ZH_HANT, &ja::JA, &ko::KO];

/// Tags that name one of the languages above, although no subtag of them can be cut off to get there. Each script of
/// Chinese is written in some regions, and Simplified Chinese is the script that is implied (RFC 5646 §4.1).
const ALSO: [(&str, &Texts); 7] = [
    ("zh", &zh_hans::ZH_HANS),
    ("zh-TW", &zh_hant::ZH_HANT),
    ("zh-HK", &zh_hant::ZH_HANT),
    ("zh-MO", &zh_hant::ZH_HANT),
    ("yue", &zh_hant::ZH_HANT),
    ("cmn", &zh_hans::ZH_HANS),
    ("pt", &pt_br::PT_BR),
];

/// The texts in the first of the reader's languages that there are texts in, else in English.
pub(crate) fn texts_for(reader: &AcceptLanguage) -> &'static Texts {
    let tags = || ALL.iter().map(|texts| (texts.tag, *texts)).chain(ALSO);
    let found = reader.lookup(tags().map(|(tag, _)| tag));
    let texts = found.and_then(|found| tags().find(|(tag, _)| *tag == found));
    texts.map_or(&EN, |(_, texts)| texts)
}

#[cfg(test)]
mod tests;
