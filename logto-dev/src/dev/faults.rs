//! The fault plan.

use std::time::Duration;

use maud::{Markup, html};

use super::layout::{button, hidden, option, problem};
use super::outcome::Outcome;
use super::{Page, Visit};
use crate::{Endpoint, Fault, PlannedFault};

const FORM: &str = "plan";
/// The kinds of faults, with their labels.
const KINDS: [(&str, &str); 9] = [
    ("status", "The status below"),
    ("retry_after", "The status below, with Retry-After"),
    ("delay", "The normal response after a delay"),
    ("garbage", "A body that does not match its content type"),
    ("truncate", "A body that is cut off"),
    ("drip", "One byte at a time"),
    ("hang", "No response"),
    ("reset", "A reset connection, before the request is processed"),
    ("lose", "A reset connection, after the request was processed"),
];
/// A minute: whoever waits longer has noticed.
const LONGEST_MS: u64 = 60_000;

pub(super) fn show(visit: &Visit<'_>) -> Markup {
    let planned = visit.shared.faults.planned();
    let path = Page::Faults.path();
    let (endpoint, kind) = (visit.typed(FORM, "endpoint", "token"), visit.typed(FORM, "kind", "status"));
    html! {
        section aria-labelledby="planned" {
            h2 #planned { "Switched on" }
            @if planned.is_empty() { p { "No faults: every request gets its normal response." } }
            ul.plain {
                @for fault in &planned {
                    li {
                        form method="post" action=(path) {
                            p { (described(fault)) }
                            (hidden(visit, "remove"))
                            input type="hidden" name="id" value=(fault.id);
                            button aria-label={ "Switch off: " (described(fault)) } { "Switch off" }
                        }
                    }
                }
            }
            @if planned.len() > 1 { (button(visit, path, "clear", "Switch off all faults")) }
        }
        section aria-labelledby="plan" {
            h2 #plan { "Switch on a fault" }
            form method="post" action=(path) {
                (hidden(visit, FORM))
                (problem(visit, FORM))
                label for="endpoint" { "Endpoint" }
                select #endpoint name="endpoint" {
                    @for known in Endpoint::ALL { (option(known.name(), known.name(), endpoint)) }
                }
                label for="kind" { "Response" }
                select #kind name="kind" { @for (name, label) in KINDS { (option(name, label, kind)) } }
                label for="status" { "Status" }
                input #status name="status" type="number" min="400" max="599" value=(visit.typed(FORM, "status", "503"));
                label for="milliseconds" { "Delay, or time between two bytes, or Retry-After, in milliseconds" }
                input #milliseconds name="milliseconds" type="number" min="0" max=(LONGEST_MS)
                    value=(visit.typed(FORM, "milliseconds", "1000"));
                label for="first" { "First request that fails" }
                input #first name="first" type="number" min="1" value=(visit.typed(FORM, "first", "1"));
                label for="times" { "How many requests fail; empty for all" }
                input #times name="times" type="number" min="1" value=(visit.typed(FORM, "times", ""));
                button { "Switch on" }
            }
        }
    }
}

fn described(fault: &PlannedFault) -> String {
    let which = match (fault.first, fault.times) {
        (1, None) => "every request".to_owned(),
        (first, None) => format!("all requests from number {first} onwards"),
        (first, Some(1)) => format!("request {first}"),
        (first, Some(times)) => format!("{times} requests from number {first} onwards"),
    };
    let over = if fault.is_over() { ", over" } else { "" };
    format!("{}: {}, {which} ({} so far{over})", fault.endpoint.name(), fault.fault, fault.seen)
}

pub(super) fn act(visit: &Visit<'_>) -> Result<Outcome, String> {
    let faults = &visit.shared.faults;
    let done = match visit.form.get("form") {
        Some(FORM) => plan(visit)?,
        Some("remove") => {
            let id = visit.form.get("id").and_then(|id| id.parse().ok());
            if !id.is_some_and(|id| faults.remove(id)) {
                return Err("This fault was switched off before.".to_owned());
            }
            "The fault is switched off.".to_owned()
        }
        Some("clear") => {
            faults.clear();
            "All faults are switched off.".to_owned()
        }
        _ => return Err("This form is not known.".to_owned()),
    };
    Ok(Outcome::Done(done))
}

fn plan(visit: &Visit<'_>) -> Result<String, String> {
    let form = &visit.form;
    let endpoint = form.get("endpoint").and_then(Endpoint::named).ok_or("Choose an endpoint.")?;
    let number = |field: &str, label: &str, from: u64, to: u64| -> Result<u64, String> {
        let typed = form.get(field).and_then(|typed| typed.trim().parse().ok());
        let in_range = typed.filter(|number| (from..=to).contains(number));
        in_range.ok_or_else(|| format!("{label} must be a number from {from} to {to}."))
    };
    let status = || {
        let status = number("status", "The status", 400, 599)?;
        u16::try_from(status).map_err(|_| "The status must be a number from 400 to 599.".to_owned())
    };
    let time = || Ok::<_, String>(Duration::from_millis(number("milliseconds", "The time", 0, LONGEST_MS)?));
    let fault = match form.get("kind").unwrap_or_default() {
        "status" => Fault::Status(status()?),
        "retry_after" => Fault::RetryAfter(status()?, time()?),
        "delay" => Fault::Delay(time()?),
        "garbage" => Fault::Garbage,
        "truncate" => Fault::Truncate,
        "drip" => Fault::Drip(time()?),
        "hang" => Fault::Hang,
        "reset" => Fault::Reset,
        "lose" => Fault::Lose,
        _ => return Err("Choose a response.".to_owned()),
    };
    let count = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let first = count(number("first", "The first request", 1, 1_000_000)?);
    let mut planned = visit.shared.faults.on(endpoint).from(first);
    if form.present("times").is_some() {
        planned = planned.times(count(number("times", "How many requests fail", 1, 1_000_000)?));
    }
    let done = format!("The fault at {} is switched on: {fault}.", endpoint.name());
    planned.fault(fault);
    Ok(done)
}
