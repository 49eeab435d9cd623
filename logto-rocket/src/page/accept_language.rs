//! The languages that a reader prefers: `Accept-Language` (RFC 9110 §12.5.4), and the lookup of RFC 4647 §3.4.

use rocket::Request;
use rocket::http::HeaderMap;

/// Ranges beyond this number are ignored. Browsers send fewer than ten.
const MAX_RANGES: usize = 32;

/// The languages of a request's `Accept-Language`, in order of preference.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::AcceptLanguage;
/// use rocket::Request;
///
/// #[catch(404)]
/// fn not_found(request: &Request<'_>) -> &'static str {
///     match AcceptLanguage::of(request).lookup(["en", "de"]) {
///         Some("de") => "Diese Seite gibt es nicht.",
///         _ => "There is no such page.",
///     }
/// }
/// # fn main() {}
/// ```
///
/// Parts of the header that are no language ranges are ignored. A response that depends on the header should say so with
/// `Vary: Accept-Language`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptLanguage {
    accepted: Vec<String>,
    refused: Vec<String>,
}

impl AcceptLanguage {
    /// Of this request.
    #[must_use]
    pub fn of(request: &Request<'_>) -> Self {
        AcceptLanguage::of_headers(request.headers())
    }

    pub(crate) fn of_headers(headers: &HeaderMap<'_>) -> Self {
        AcceptLanguage::parse(headers.get("Accept-Language"))
    }

    /// Several lines of the header count as one list (RFC 9110 §5.3).
    pub(super) fn parse<'h>(values: impl Iterator<Item = &'h str>) -> Self {
        let members = values.flat_map(|value| value.split(',')).take(MAX_RANGES);
        let mut ranges: Vec<(u16, String)> = members.filter_map(weighted_range).collect();
        // The sort is stable: of ranges with the same weight, the first one is preferred.
        ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        let (accepted, refused): (Vec<_>, Vec<_>) = ranges.into_iter().partition(|(weight, _)| *weight > 0);
        let tags = |ranges: Vec<(u16, String)>| ranges.into_iter().map(|(_, tag)| tag).collect();
        AcceptLanguage { accepted: tags(accepted), refused: tags(refused) }
    }

    /// The language ranges in order of preference, as the header spells them. Those with the weight 0 are left out.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.accepted.iter().map(String::as_str)
    }

    /// The first of the reader's languages that is `available`, by the lookup of RFC 4647 §3.4: a reader who prefers
    /// `de-CH` is served with `de`. Tags are compared without regard to case. `None` means that no language fits, and the
    /// default should be used. `*` selects nothing, since it stands for any language.
    pub fn lookup<'a>(&self, available: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let available: Vec<&str> = available.into_iter().collect();
        let named = |range: &str| {
            available.iter().copied().find(|tag| {
                tag.eq_ignore_ascii_case(range)
                    && !self.refused.iter().any(|refused| refused.eq_ignore_ascii_case(tag))
            })
        };
        self.iter().find_map(|range| truncations(range).find_map(named))
    }
}

/// A range and what it becomes as its last subtags are cut off. A single letter or digit introduces what follows it, so
/// it goes with that.
fn truncations(range: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(range), |range| {
        let (shorter, _) = range.rsplit_once('-')?;
        match shorter.rsplit_once('-') {
            Some((shortest, single)) if single.len() == 1 => Some(shortest),
            _ => Some(shorter),
        }
    })
}

/// One member of the list, with its weight in thousandths. `None` if it is not what RFC 9110 §12.5.4 describes.
fn weighted_range(member: &str) -> Option<(u16, String)> {
    let mut parts = member.split(';').map(|part| part.trim_matches([' ', '\t']));
    let range = parts.next().filter(|range| is_range(range))?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            if !name.eq_ignore_ascii_case("q") {
                return None;
            }
            thousandths(value)?
        }
    };
    if parts.next().is_some() { None } else { Some((weight, range.to_owned())) }
}

/// RFC 4647 §2.1: `*`, or subtags of one to eight letters and digits, of which the first has no digit.
fn is_range(text: &str) -> bool {
    let is_subtag =
        |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let first = text.split('-').next().unwrap_or_default();
    text == "*" || (first.bytes().all(|byte| byte.is_ascii_alphabetic()) && text.split('-').all(is_subtag))
}

/// A weight of RFC 9110 §12.4.2: `0` or `1` with at most three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if !matches!(whole, "0" | "1") || decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = format!("{whole}{decimals:0<3}").parse().ok()?;
    if value > 1000 { None } else { Some(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> AcceptLanguage {
        AcceptLanguage::parse([value].into_iter())
    }

    fn order(value: &str) -> Vec<String> {
        parse(value).accepted
    }

    #[test]
    fn the_weights_order_the_languages() {
        assert_eq!(order("en;q=0.5, de, fr;q=0.75"), ["de", "fr", "en"]);
        assert_eq!(order("en, de"), ["en", "de"], "the first one of the same weight");
        assert_eq!(order("en ; q=0.1 ,\tde;Q=0.2"), ["de", "en"]);
        assert_eq!(order("de;q=0.001,en;q=0.002"), ["en", "de"]);
    }

    #[test]
    fn what_is_no_range_is_ignored() {
        for nonsense in [
            "",
            ",",
            "de;q=2",
            "de;q=1.001",
            "de;q=0.1234",
            "de;q=-1",
            "de;q=",
            "de;q",
            "de;level=1",
            "de;q=0.5;q=0.6",
            "d e",
            "de_DE",
            "dé",
            "1de",
            "de-",
            "-de",
            "abcdefghi",
            "de-abcdefghi",
            "<script>",
        ] {
            assert_eq!(order(nonsense), [""; 0], "{nonsense}");
        }
        assert_eq!(order("<b>, fr, de;q=9"), ["fr"]);
    }

    #[test]
    fn a_long_list_is_cut() {
        let many = "xx,".repeat(10_000) + "de";
        assert_eq!(order(&many).len(), MAX_RANGES);
    }

    #[test]
    fn a_range_is_shortened_until_it_fits() {
        let available = ["en", "de", "zh-Hans", "zh-Hant"];
        let lookup = |value: &str| parse(value).lookup(available);
        assert_eq!(lookup("de-CH-1996"), Some("de"));
        assert_eq!(lookup("DE-de"), Some("de"));
        assert_eq!(lookup("zh-hant-TW"), Some("zh-Hant"));
        assert_eq!(lookup("de-x-private"), Some("de"));
        assert_eq!(lookup("tlh, de;q=0.1"), Some("de"));
        assert_eq!(lookup("tlh"), None);
        assert_eq!(lookup("*"), None);
        assert_eq!(lookup("de-DE, de;q=0"), None, "refused");
    }
}
