//! The markup of the pages about second factors.

use std::time::SystemTime;

use logto_rocket::{
    AccountError, BackupCode, BackupCodes, MfaFactor, MfaFactorKind, TotpSecret, User, UserClaims,
};
use maud::{Markup, html};

use crate::account;
use crate::factors::{APP_PATH, PATH};
use crate::html::{notice_of, page};
use crate::qr_code::qr_code;

const TITLE: &str = "Second factors";
/// What authenticator apps call the shop.
const ISSUER: &str = "Teahouse";

/// What the page knows.
pub(crate) struct Factors<'a> {
    pub(crate) listed: &'a [MfaFactor],
    /// The backup codes that are set up.
    pub(crate) codes: Option<&'a [BackupCode]>,
    /// Whether the user has just entered the password.
    pub(crate) is_unlocked: bool,
    /// Whether there are backup codes that the user has not confirmed.
    pub(crate) has_new_codes: bool,
}

impl Factors<'_> {
    fn have(&self, is_one: impl Fn(&MfaFactorKind) -> bool) -> bool {
        self.listed.iter().any(|factor| is_one(&factor.kind))
    }
}

pub(crate) fn list(base: &str, user: &User, notice: Option<&str>, factors: &Factors<'_>) -> String {
    let lead = html! {
        (notice_of(notice))
        section class="hero" {
            h1 { (TITLE) }
            p { "Logto can ask for one of them after your password, so that a stolen password opens nothing." }
        }
    };
    let more = html! {
        section {
            h2 { "What you have set up" }
            @if factors.listed.is_empty() {
                p class="soft" { "Nothing yet." }
            } @else {
                ul class="tries" {
                    @for factor in factors.listed { (entry(base, factor, factors)) }
                }
            }
        }
        @if factors.is_unlocked { (additions(base, factors)) } @else { (password(base)) }
        (back(base, "/account", "Back to your account"))
    };
    page(base, "en", TITLE, Some(user), &lead, &more)
}

fn entry(base: &str, factor: &MfaFactor, factors: &Factors<'_>) -> Markup {
    let what = match (&factor.kind, &factor.name) {
        (MfaFactorKind::Totp, _) => "authenticator app".to_owned(),
        (MfaFactorKind::BackupCode, _) => "backup codes".to_owned(),
        (MfaFactorKind::WebAuthn, Some(name)) => format!("passkey {name}"),
        (MfaFactorKind::WebAuthn, None) => "passkey".to_owned(),
        // A kind that the library does not know.
        (other, _) => format!("factor {other:?}"),
    };
    html! {
        li {
            @if factors.is_unlocked {
                form method="post" action={ (base) (PATH) "/" (factor.id) "/remove" } {
                    button class="quiet" { "Remove the " (what) }
                }
            } @else {
                strong { "Your " (what) }
            }
            span {
                "Set up " (factor.created_at.map_or_else(|| "some time ago".to_owned(), ago))
                @if let Some(left) = factor.remaining_codes {
                    br;
                    (left) " left"
                    @if let Some(codes) = factors.codes { (used(codes)) }
                }
            }
        }
    }
}

fn used(codes: &[BackupCode]) -> String {
    let used: Vec<SystemTime> = codes.iter().filter_map(BackupCode::used_at).collect();
    match used.iter().max() {
        Some(last) => format!(", {} used, the last one {}", used.len(), ago(*last)),
        None => ", none used".to_owned(),
    }
}

fn ago(time: SystemTime) -> String {
    let minutes = SystemTime::now().duration_since(time).unwrap_or_default().as_secs() / 60;
    match minutes {
        0 => "just now".to_owned(),
        1 => "1 minute ago".to_owned(),
        2..120 => format!("{minutes} minutes ago"),
        120..2880 => format!("{} hours ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    }
}

fn password(base: &str) -> Markup {
    html! {
        section {
            h2 { "Change them" }
            p { "Enter your password to set up or remove a factor." }
            form method="post" action={ (base) (PATH) "/confirm" } {
                label { "Password " input name="password" type="password" autocomplete="current-password" required; } " "
                button class="quiet" { "Confirm the password" }
            }
        }
    }
}

fn additions(base: &str, factors: &Factors<'_>) -> Markup {
    let has_app = factors.have(|kind| *kind == MfaFactorKind::Totp);
    let has_codes = factors.have(|kind| *kind == MfaFactorKind::BackupCode);
    let has_another = factors.have(|kind| *kind != MfaFactorKind::BackupCode);
    html! {
        section {
            h2 { "Authenticator app" }
            @if has_app {
                p class="soft" { "You can have one. Remove it to set up another." }
            } @else {
                p { "It shows a new code every half minute." }
                form method="post" action={ (base) (APP_PATH) } { button class="quiet" { "Set up an authenticator app" } }
            }
        }
        section {
            h2 { "Backup codes" }
            @if has_codes {
                p class="soft" { "Remove the present ones to make others." }
            } @else if !has_another {
                p class="soft" { "They are for the day on which you lose the app. Set up the app first." }
            } @else {
                @if factors.has_new_codes {
                    p { "The codes that were shown to you do not work yet." }
                    p { (keep_codes(base)) }
                }
                p { "Each opens your account once, where the app is lost." }
                form method="post" action={ (base) (PATH) "/backup-codes" } { button class="quiet" { "Make backup codes" } }
            }
        }
    }
}

/// The page with the secret.
pub(crate) fn app(base: &str, user: &User, notice: Option<&str>, secret: &TotpSecret) -> String {
    let address = secret.address(ISSUER, account_name(user));
    let lead = html! {
        (notice_of(notice))
        section class="hero" { h1 { "Set up an authenticator app" } p { "Nobody else must see this page." } }
    };
    let more = html! {
        section {
            h2 { "Give the app the secret" }
            @if let Some(code) = qr_code(&address, "The QR code of the secret, which is also below as text") {
                p { "Scan this with the app." }
                (code)
            }
            p { "Or enter the secret by hand:" }
            p { code id="secret" { (secret.secret()) } }
            p { a class="button quiet" href=(address) { "Open in the app on this device" } }
        }
        section {
            h2 { "Enter the code that the app shows" }
            form method="post" action={ (base) (APP_PATH) "/confirm" } {
                label {
                    "Code "
                    input name="code" inputmode="numeric" autocomplete="one-time-code" maxlength="9" required;
                } " "
                button { "Confirm the code" }
            }
        }
        (back(base, PATH, "Back to the second factors"))
    };
    page(base, "en", "Set up an authenticator app", Some(user), &lead, &more)
}

/// What the app shows beside the issuer.
fn account_name(user: &User) -> &str {
    let claims: &UserClaims = user.claims();
    claims.email.as_deref().or(claims.username.as_deref()).unwrap_or_else(|| claims.display_name())
}

/// The page with new codes.
pub(crate) fn codes(base: &str, user: &User, codes: &BackupCodes) -> String {
    let lead = html! {
        section class="hero" { h1 { "Your backup codes" } p { "Write them down now: they are not shown again." } }
    };
    let more = html! {
        section {
            ul class="codes" {
                @for one in codes.iter() { li { code { (one) } } }
            }
            p { "They work once you have confirmed that you have them." }
            p { (keep_codes(base)) }
        }
        (back(base, PATH, "Back to the second factors"))
    };
    page(base, "en", "Your backup codes", Some(user), &lead, &more)
}

fn keep_codes(base: &str) -> Markup {
    html! {
        form method="post" action={ (base) (PATH) "/backup-codes/confirm" } { button { "I have written them down" } }
    }
}

/// The page for a tenant that does not let its users set up factors.
pub(crate) fn refused(base: &str, user: &User, error: &AccountError) -> String {
    let lead = html! { section class="hero" { h1 { (TITLE) } } };
    let more =
        html! { section { (account::refused(error)) } (back(base, "/account", "Back to your account")) };
    page(base, "en", TITLE, Some(user), &lead, &more)
}

fn back(base: &str, path: &str, label: &str) -> Markup {
    html! { p class="back" { a href={ (base) (path) } { (label) } } }
}
