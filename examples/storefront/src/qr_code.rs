//! QR codes as SVG.

use fast_qr::{ECL, QRBuilder};
use maud::{Markup, html};

/// The width of the light border that readers of QR codes need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// The QR code of `text`, which `label` describes to who cannot see it. `None` if the text is too long for one.
///
/// It is dark on light in a dark page too: many readers know no other.
pub(crate) fn qr_code(text: &str, label: &str) -> Option<Markup> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    let mut dark = String::new();
    for y in 0..code.size {
        let mut x = 0;
        for run in code[y].chunk_by(|a, b| a.value() == b.value()) {
            let width = run.len();
            if run.iter().any(|module| module.value()) {
                dark += &format!("M{} {}h{width}v1h-{width}z", x + QUIET_ZONE, y + QUIET_ZONE);
            }
            x += width;
        }
    }
    let side = code.size + 2 * QUIET_ZONE;
    Some(html! {
        svg class="qr-code" viewBox={ "0 0 " (side) " " (side) } role="img" aria-label=(label) shape-rendering="crispEdges" {
            rect width=(side) height=(side) fill="#fff" {}
            path d=(dark) fill="#000" {}
        }
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, reason = "where a helper panics, a test fails")]
mod tests {
    use super::*;

    /// What a reader sees: ten pixels for each module, dark where the path is.
    fn read(svg: &str) -> String {
        let attribute = |name: &str| svg.split_once(name).unwrap().1.split('"').next().unwrap();
        let side: usize = attribute("viewBox=\"0 0 ").split(' ').next().unwrap().parse().unwrap();
        let mut dark = vec![false; side * side];
        for run in attribute("<path d=\"").split_terminator('z') {
            let number = |text: &str| text.parse::<usize>().unwrap();
            let (x, rest) = run.strip_prefix('M').unwrap().split_once(' ').unwrap();
            let (y, rest) = rest.split_once('h').unwrap();
            let width = number(rest.split('v').next().unwrap());
            let begin = number(y) * side + number(x);
            dark[begin..begin + width].fill(true);
        }
        let pixel = |x: usize, y: usize| if dark[y / 10 * side + x / 10] { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side * 10, side * 10, pixel);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is found");
        grids[0].decode().expect("it is readable").1
    }

    #[test]
    fn a_reader_finds_the_text() {
        let secret = "FAND6BACDJ7E6X37KRHAEMKWDB7VKLLM";
        let address =
            format!("otpauth://totp/Teahouse:alice%40example%2Ecom?secret={secret}&issuer=Teahouse");
        for text in [address.as_str(), "", "Tee für zwei"] {
            assert_eq!(read(&qr_code(text, "a label").unwrap().into_string()), text);
        }
    }

    #[test]
    fn a_text_that_is_too_long_has_no_code_and_a_label_is_escaped() {
        assert!(qr_code(&"x".repeat(3000), "long").is_none());
        let svg = qr_code("x", "\"<b>").unwrap().into_string();
        assert!(svg.contains(r#"role="img" aria-label="&quot;&lt;b&gt;""#), "{svg}");
    }
}
