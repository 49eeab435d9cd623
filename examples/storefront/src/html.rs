//! The markup of the pages. A larger application would use a template engine.

use std::fmt::Write as _;

use logto_rocket::User;

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
    pub(crate) fn welcome(notice: Option<&str>) -> String {
        let lead = notice_of(notice)
            + "<section class=\"hero\"><h1>A small shop behind a big lock</h1>\
             <p>Sign in to see who you are to it, and what it lets you do. Every button here is a route that an \
             attribute protects; press one without signing in and see what happens.</p>\
             <p><a class=\"button\" href=\"/logto/sign-in\">Sign in</a> \
             <a class=\"button quiet\" href=\"/logto/sign-up\">Create an account</a></p></section>";
        page("Teahouse", None, &lead, &tries("The shop's API", &shop_routes()))
    }

    pub(crate) fn home(user: &User, organizations: &[Organization], notice: Option<&str>) -> String {
        let name = escape(user.claims().display_name());
        let mut more = tries("The shop's API", &shop_routes());
        for organization in organizations {
            more += &tries(
                &format!("Organization {}", organization.name),
                &organization_routes(&organization.id),
            );
        }
        if organizations.is_empty() {
            more +=
                "<section><h2>Organizations</h2><p class=\"soft\">You are not a member of any.</p></section>";
        }
        let lead = notice_of(notice)
            + &format!(
                "<section class=\"hero\"><h1>Hello {name}</h1><p>You are signed in. The buttons try what you may do; \
                 what is refused says why.</p></section>"
            );
        page("Teahouse", Some(user), &lead, &more)
    }

    pub(crate) fn profile(user: &User) -> String {
        let mut rows = String::new();
        let claims = serde_json::to_value(user.claims()).unwrap_or_default();
        for (name, value) in claims.as_object().into_iter().flatten() {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let _ =
                write!(rows, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape(name), escape(&value));
        }
        let lead =
            "<section class=\"hero\"><h1>Your profile</h1><p>What the ID token says of you.</p></section>";
        page("Your profile", Some(user), lead, &format!("<section><table>{rows}</table></section>"))
    }

    pub(crate) fn customer(user: &User, customer: &Customer) -> String {
        let lead = format!(
            "<section class=\"hero\"><h1>Customer number {}</h1><p>What the shop itself has on record of you.</p></section>",
            customer.number
        );
        let row =
            |what: &str, count: usize| format!("<tr><th scope=\"row\">{what}</th><td>{count}</td></tr>");
        let rows = row("Sign-ins", customer.sign_ins)
            + &row("Sign-outs", customer.sign_outs)
            + &row("Sessions that ended otherwise", customer.ended);
        let leave = "<form method=\"post\" action=\"/logto/sign-out?local=true&amp;return_to=/goodbye\">\
                     <button class=\"quiet\">Leave the shop, and stay signed in elsewhere</button></form>";
        page("Customer", Some(user), &lead, &format!("<section><table>{rows}</table>{leave}</section>"))
    }

    pub(crate) fn goodbye() -> String {
        let lead = "<section class=\"hero\"><h1>Goodbye</h1><p>You have left the shop.</p>\
                    <p><a class=\"button\" href=\"/\">Come back</a></p></section>";
        page("Goodbye", None, lead, "")
    }

    /// A response of the API, for a user who pressed a button.
    pub(crate) fn answer(route: &str, status: &str, body: &str) -> String {
        let lead = format!(
            "<section class=\"hero\"><p class=\"soft\"><code>{}</code></p><h1>{}</h1></section>",
            escape(route),
            escape(status)
        );
        let more = format!(
            "<section><pre>{}</pre><p><a class=\"button quiet\" href=\"/\">Back to the shop</a></p></section>",
            escape(body)
        );
        page(status, None, &lead, &more)
    }
}

fn notice_of(notice: Option<&str>) -> String {
    notice.map_or_else(String::new, |notice| {
        format!("<p class=\"notice\" role=\"status\">{}</p>", escape(notice))
    })
}

fn shop_routes() -> Vec<Try> {
    let route = |label, method, path: &str, needs| Try { label, method, path: path.to_owned(), needs };
    vec![
        route("Who am I?", "GET", "/api/whoami", "any signed-in caller"),
        route("List the orders", "GET", "/api/orders", "read:orders"),
        route("Place an order", "POST", "/api/orders", "write:orders"),
        route("Delete order 1", "DELETE", "/api/orders/1", "delete:orders"),
        route("Call another service", "GET", "/api/upstream", "an access token"),
        route("Ask Logto about me", "GET", "/api/userinfo", "a session"),
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

fn tries(title: &str, routes: &[Try]) -> String {
    let mut html = format!("<section><h2>{}</h2><ul class=\"tries\">", escape(title));
    for Try { label, method, path, needs } in routes {
        let path = escape(path);
        let act = match *method {
            "GET" => format!("<a class=\"button quiet\" href=\"{path}\">{label}</a>"),
            "POST" => format!(
                "<form method=\"post\" action=\"{path}\"><button class=\"quiet\">{label}</button></form>"
            ),
            // Rocket reads the method from the first field of a form.
            other => format!(
                "<form method=\"post\" action=\"{path}?page\"><input type=\"hidden\" name=\"_method\" value=\"{other}\">\
                 <button class=\"quiet\">{label}</button></form>"
            ),
        };
        let _ = write!(html, "<li>{act}<span><code>{method} {path}</code><br>needs {needs}</span></li>");
    }
    html + "</ul></section>"
}

fn page(title: &str, user: Option<&User>, lead: &str, more: &str) -> String {
    let account = user.map_or_else(String::new, |user| {
        format!(
            "<nav><a href=\"/profile\">{}</a><form method=\"post\" action=\"/logto/sign-out\">\
             <button class=\"quiet\">Sign out</button></form></nav>",
            escape(user.claims().display_name())
        )
    });
    format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><link rel=\"stylesheet\" href=\"/style.css\">\
         <link rel=\"icon\" href=\"data:,\"></head><body><header><a class=\"brand\" href=\"/\">Teahouse</a>{account}</header>\
         <main>{lead}{more}</main></body></html>",
        title = escape(title)
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
