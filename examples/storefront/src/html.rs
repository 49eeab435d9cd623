//! The markup of the pages.

use logto_rocket::User;
use maud::{DOCTYPE, Markup, html};

use crate::customers::Customer;
use crate::pages::Organization;

/// Makes pages.
pub(crate) struct Html;

/// A button or link that tries a route.
struct Try {
    label: &'static str,
    method: &'static str,
    path: String,
    needs: &'static str,
}

impl Html {
    pub(crate) fn welcome(base: &str, notice: Option<&str>) -> String {
        let lead = html! {
            (notice_of(notice))
            section class="hero" {
                h1 { "A small shop behind a big lock" }
                p {
                    "Sign in to see who you are to it, and what it lets you do. Every button here is a route that an \
                     attribute protects; press one without signing in and see what happens."
                }
                p {
                    a class="button" href={ (base) "/logto/sign-in" } { "Sign in" } " "
                    a class="button quiet" href={ (base) "/logto/sign-up" } { "Create an account" } " "
                    a class="button quiet" href={ (base) "/sign-in/github" } { "Sign in with GitHub" }
                }
            }
        };
        page(base, "en", "Teahouse", None, &lead, &tries(base, "The shop's API", &shop_routes()))
    }

    pub(crate) fn home(
        base: &str,
        user: &User,
        organizations: &[Organization],
        notice: Option<&str>,
    ) -> String {
        let more = html! {
            (tries(base, "The shop's API", &shop_routes()))
            @for organization in organizations {
                (tries(base, &format!("Organization {}", organization.name), &organization_routes(&organization.id)))
            }
            @if organizations.is_empty() {
                section {
                    h2 { "Organizations" }
                    p class="soft" { "You are not a member of any." }
                }
            } @else {
                section {
                    h2 { "One organization at a time" }
                    p { a class="button quiet" href={ (base) "/workplace" } { "Choose where you work" } }
                }
            }
        };
        let lead = html! {
            (notice_of(notice))
            section class="hero" {
                h1 { "Hello " (user.claims().display_name()) }
                p { "You are signed in. The buttons try what you may do; what is refused says why." }
            }
        };
        page(base, "en", "Teahouse", Some(user), &lead, &more)
    }

    pub(crate) fn profile(base: &str, user: &User) -> String {
        let claims = serde_json::to_value(user.claims()).unwrap_or_default();
        let lead = html! {
            section class="hero" {
                h1 { "Your profile" }
                p { "What the ID token says of you." }
                p {
                    a class="button quiet" href={ (base) "/account" } { "Change your account" } " "
                    a class="button quiet" href={ (base) "/somebody-else" } { "Sign in as somebody else" }
                }
            }
        };
        let more = html! {
            section {
                table {
                    @for (name, value) in claims.as_object().into_iter().flatten() {
                        tr {
                            th scope="row" { (name) }
                            td { (value.as_str().map_or_else(|| value.to_string(), str::to_owned)) }
                        }
                    }
                }
            }
        };
        page(base, "en", "Your profile", Some(user), &lead, &more)
    }

    pub(crate) fn customer(base: &str, user: &User, customer: &Customer) -> String {
        let lead = html! {
            section class="hero" {
                h1 { "Customer number " (customer.number) }
                p { "What the shop itself has on record of you." }
            }
        };
        let rows = [
            ("Sign-ins", customer.sign_ins),
            ("Sign-outs", customer.sign_outs),
            ("Sessions that ended otherwise", customer.ended),
        ];
        let more = html! {
            section {
                table {
                    @for (what, count) in rows {
                        tr { th scope="row" { (what) } td { (count) } }
                    }
                }
                // Filled in by the script. Without one the page says nothing about it.
                p id="session" class="soft" role="status" data-base=(base) {}
                script src={ (base) "/customer.js" } defer {}
                form method="post" action={ (base) "/logto/sign-out?local=true&return_to=" (base) "/goodbye" } {
                    button class="quiet" { "Leave the shop, and stay signed in elsewhere" }
                }
            }
        };
        page(base, "en", "Customer", Some(user), &lead, &more)
    }

    pub(crate) fn goodbye(base: &str) -> String {
        let lead = html! {
            section class="hero" {
                h1 { "Goodbye" }
                p { "You have left the shop." }
                p { a class="button" href={ (base) "/" } { "Come back" } }
            }
        };
        page(base, "en", "Goodbye", None, &lead, &html! {})
    }

    /// A response of the API, for a user who pressed a button.
    pub(crate) fn answer(base: &str, route: &str, status: &str, body: &str) -> String {
        let lead = html! {
            section class="hero" {
                p class="soft" { code { (route) } }
                h1 { (status) }
            }
        };
        let more = html! {
            section {
                pre { (body) }
                p { a class="button quiet" href={ (base) "/" } { "Back to the shop" } }
            }
        };
        page(base, "en", status, None, &lead, &more)
    }
}

pub(crate) fn notice_of(notice: Option<&str>) -> Markup {
    html! {
        @if let Some(notice) = notice {
            p class="notice" role="status" { (notice) }
        }
    }
}

fn shop_routes() -> Vec<Try> {
    let route = |label, method, path: &str, needs| Try { label, method, path: path.to_owned(), needs };
    vec![
        route("Who am I?", "GET", "/api/whoami", "any signed-in caller"),
        route("List the orders", "GET", "/api/orders", "read:orders"),
        route("Place an order", "POST", "/api/orders", "write:orders"),
        route("Delete order 1", "DELETE", "/api/orders/1", "delete:orders"),
        route("Call another service", "GET", "/api/upstream", "an access token"),
        route("Ask a partner", "GET", "/partners/orders", "an access token that the handler chooses"),
        route("Ask Logto about me", "GET", "/api/userinfo", "a session"),
        route("See your plan", "GET", "/plan", "read:orders"),
        route("Go to the tasting", "GET", "/tasting", "the gold plan"),
        route("Reserve a seat", "GET", "/tasting/seat", "the gold plan; others are led to their plan"),
        route("See your cart", "GET", "/cart", "nothing: visitors have one too"),
        route("Buy a gift box", "POST", "/receipts", "a session"),
        route("See your customer number", "GET", "/customer", "a session"),
        route("Enter the back office", "GET", "/back-office", "delete:orders"),
        route("Buy for your company", "GET", "/organizations", "nothing"),
        route("Be recognized", "GET", "/welcome", "nothing: it asks Logto silently"),
    ]
}

fn organization_routes(id: &str) -> Vec<Try> {
    let route =
        |label, method, rest: &str, needs| Try { label, method, path: format!("/orgs/{id}/{rest}"), needs };
    vec![
        route("See the members", "GET", "members", "membership"),
        route("Invite somebody", "POST", "invites", "invite:member"),
        route("List its orders", "GET", "orders", "read:orders in it"),
    ]
}

fn tries(base: &str, title: &str, routes: &[Try]) -> Markup {
    html! {
        section {
            h2 { (title) }
            ul class="tries" {
                @for Try { label, method, path, needs } in routes {
                    li {
                        (control(label, method, &format!("{base}{path}")))
                        span { code { (method) " " (path) } br; "needs " (needs) }
                    }
                }
            }
        }
    }
}

fn control(label: &str, method: &str, path: &str) -> Markup {
    match method {
        "GET" => html! { a class="button quiet" href=(path) { (label) } },
        "POST" => html! {
            form method="post" action=(path) { button class="quiet" { (label) } }
        },
        // Rocket reads the method from the first field of a form.
        other => html! {
            form method="post" action={ (path) "?page" } {
                input type="hidden" name="_method" value=(other);
                button class="quiet" { (label) }
            }
        },
    }
}

/// A page in the shop's look, in the language with this tag. Its links begin with `base`, the public path of the shop.
pub(crate) fn page(
    base: &str,
    language: &str,
    title: &str,
    user: Option<&User>,
    lead: &Markup,
    more: &Markup,
) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang=(language) {
            head {
                meta charset="utf-8";
                title { (title) }
                meta name="viewport" content="width=device-width,initial-scale=1";
                link rel="stylesheet" href={ (base) "/style.css" };
                link rel="icon" href="data:,";
            }
            body {
                header {
                    a class="brand" href={ (base) "/" } {
                        img src={ (base) "/assets/teapot.svg" } alt="" width="24" height="24"; " Teahouse"
                    }
                    @if let Some(user) = user {
                        nav {
                            a href={ (base) "/profile" } { (user.claims().display_name()) }
                            form method="post" action={ (base) "/logto/sign-out" } {
                                button class="quiet" { "Sign out" }
                            }
                        }
                    }
                }
                main { (lead) (more) }
            }
        }
    };
    markup.into_string()
}
