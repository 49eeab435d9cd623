//! The tenant itself: its documents, its clock, its Account API.

use super::report::{Check, DoctorReport};
use crate::config::PushedRequests;
use crate::error::{Unavailable, UnavailableCause};
use crate::logto::Logto;
use crate::oidc::{AccountApi, Probe};

/// Clocks that differ by no more seconds cause no trouble.
const CLOCKS_AGREE: u64 = 5;

/// The discovery document could not be used, so nothing else of the tenant can be checked.
pub(super) fn unreachable(logto: &Logto, unavailable: &Unavailable, report: &mut DoctorReport) {
    let config = &logto.0.config;
    let base = config.internal_endpoint.as_ref().unwrap_or(&config.endpoint);
    let setting = if config.internal_endpoint.is_some() { "internal_endpoint" } else { "endpoint" };
    let found = format!(
        "the discovery document of {} cannot be used: {}",
        base.as_str().trim_end_matches('/'),
        unavailable.cause.what()
    );
    let fix = match &unavailable.cause {
        UnavailableCause::WrongIssuer { found, .. } => match found.strip_suffix("/oidc") {
            Some(endpoint) => {
                format!("set endpoint = \"{endpoint}\", or change ENDPOINT of a Logto that you host")
            }
            None => "set `endpoint` to the address of a Logto tenant".to_owned(),
        },
        UnavailableCause::Status(status) if (400..500).contains(status) => {
            format!("set `{setting}` to the address of the tenant, such as https://my-tenant.logto.app")
        }
        cause => format!("{}; check `{setting}`", cause.help()),
    };
    report.add(Check::failed("discovery", found, fix));
    report.add(Check::not_checked(
        "tenant",
        "the other checks of the tenant need the discovery document",
        "make the tenant reachable, then check again",
    ));
}

pub(super) async fn check(logto: &Logto, probe: &Probe, report: &mut DoctorReport) {
    report.add(Check::ok("discovery", format!("the tenant's issuer is {}", probe.issuer())));
    report.add(match probe.keys().await {
        Ok(1) => Check::ok("keys", "the key set has one usable key"),
        Ok(keys) => Check::ok("keys", format!("the key set has {keys} usable keys")),
        Err(unavailable) => Check::failed(
            "keys",
            format!("the key set cannot be used: {}", unavailable.cause.what()),
            unavailable.cause.help(),
        ),
    });
    let pushed = logto.web_app().map_or(PushedRequests::Off, |web_app| web_app.0.config.pushed_requests);
    match pushed {
        PushedRequests::Off => {}
        _ if probe.takes_pushed_requests() => {
            report.add(Check::ok("par", "the tenant accepts pushed authorization requests"));
        }
        PushedRequests::Auto => report.add(Check::warning(
            "par",
            "the tenant does not accept pushed authorization requests, so browsers carry the parameters",
            "remove the setting `par`",
        )),
        PushedRequests::Required => report.add(Check::failed(
            "par",
            "the tenant does not accept pushed authorization requests, so nobody can sign in",
            "set par = \"auto\", or remove the setting",
        )),
    }
}

/// Compares the clocks, as far as the responses so far have told.
pub(super) fn clock(logto: &Logto, probe: &Probe) -> Check {
    const NAME: &str = "clock";
    const FIX: &str = "synchronize the clocks of both servers (NTP)";
    let Some(ahead) = probe.clock_ahead() else {
        return Check::not_checked(
            NAME,
            "no response of Logto has a Date header",
            "check the clocks of both servers by hand",
        );
    };
    let seconds = ahead.unsigned_abs();
    let leeway = logto.0.config.leeway.as_secs();
    if seconds <= CLOCKS_AGREE {
        Check::ok(NAME, format!("the clocks differ by {seconds} s"))
    } else if ahead < 0 {
        // Tokens are accepted until they expire by this server's clock.
        let found = format!(
            "Logto's clock is {seconds} s behind this server's, so tokens expire that much earlier, and logout tokens, webhooks and fresh sign-ins may count as too old"
        );
        Check::warning(NAME, found, FIX)
    } else if seconds > leeway {
        let found = format!(
            "Logto's clock is {seconds} s ahead of this server's, and `clock_leeway` is {leeway} s, so new tokens are refused as not yet valid"
        );
        Check::failed(NAME, found, FIX)
    } else {
        Check::warning(NAME, format!("Logto's clock is {seconds} s ahead of this server's"), FIX)
    }
}

pub(super) async fn check_account_api(probe: &Probe, is_wanted: bool, report: &mut DoctorReport) {
    const NAME: &str = "account_api";
    const FIX: &str = "switch it on in Logto's console, on the page of the account center, and choose what users may change";
    report.add(match probe.account_api().await {
        Ok(Some(AccountApi::On)) => Check::ok(NAME, "the Account API is on"),
        Ok(Some(AccountApi::WithoutFields)) => Check::warning(
            NAME,
            "the Account API is on, but none of its fields can be read or edited",
            "set fields to ReadOnly or Edit in Logto's console, on the page of the account center",
        ),
        Ok(Some(AccountApi::Off)) if is_wanted => {
            Check::failed(NAME, "the Account API is off, so every call of `User::account` is refused", FIX)
        }
        Ok(Some(AccountApi::Off)) => Check::ok(NAME, "the Account API is off; only `User::account` needs it"),
        Ok(None) => Check::not_checked(
            NAME,
            "this Logto does not say whether the Account API is on",
            "call `User::account` once after a sign-in",
        ),
        Err(cause) => Check::not_checked(
            NAME,
            format!("the settings of the account center: {}", cause.what()),
            cause.help(),
        ),
    });
}
