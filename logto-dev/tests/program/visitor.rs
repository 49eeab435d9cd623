//! A browser without script at the pages of the program.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use serde_json::Value;
use url::Url;

use crate::running::Program;

pub(crate) struct Visitor<'p> {
    program: &'p Program,
    pub(crate) http: reqwest::Client,
}

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

impl<'p> Visitor<'p> {
    pub(crate) fn new(program: &'p Program) -> Self {
        Self { program, http: http() }
    }

    pub(crate) async fn page(&self, path: &str) -> String {
        let response = self.http.get(self.program.url(path)).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["cache-control"], "no-store");
        response.text().await.unwrap()
    }

    /// The token that the forms of a page have.
    pub(crate) async fn form_token(&self, path: &str) -> String {
        let page = self.page(path).await;
        between(&page, "name=\"form_token\" value=\"", "\"").to_owned()
    }

    /// Sends a form of a page as a browser does. Returns the status and the page that is shown then.
    pub(crate) async fn send(&self, path: &str, form: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let page = self.page(path).await;
        let found =
            page.split("<form method=\"post\"").skip(1).map(|rest| rest.split("</form>").next().unwrap());
        let name = format!("name=\"form\" value=\"{form}\"");
        let found = found.filter(|found| found.contains(&name)).collect::<Vec<_>>();
        let shown = found.first().unwrap_or_else(|| panic!("no form {form} in {page}"));
        let action = between(shown, "action=\"", "\"").replace("&amp;", "&");
        let token = between(shown, "name=\"form_token\" value=\"", "\"");
        let mut sent = vec![("form_token", token), ("form", form)];
        for (field, value) in fields {
            assert!(shown.contains(&format!("name=\"{field}\"")), "no field {field} in {shown}");
            sent.push((field, value));
        }
        let request = self.http.post(self.program.url(&action)).header("origin", &self.program.endpoint);
        let response = request.header("sec-fetch-site", "same-origin").form(&sent).send().await.unwrap();
        let status = response.status().as_u16();
        if status != 303 {
            return (status, response.text().await.unwrap());
        }
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        assert!(location.ends_with("#result"), "{location}");
        (status, self.page(location.trim_end_matches("#result")).await)
    }

    /// The same with a form that is right.
    pub(crate) async fn done(&self, path: &str, form: &str, fields: &[(&str, &str)]) -> String {
        let (status, page) = self.send(path, form, fields).await;
        assert_eq!(status, 303, "{page}");
        page
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.http.get(self.program.url(path)).send().await.unwrap();
        serde_json::from_str(&response.text().await.unwrap()).unwrap()
    }

    /// Signs somebody in at the tenant's pages. Returns the address that leads back to the application.
    pub(crate) async fn sign_in(&self, authorization: &str, user: &str) -> Url {
        // By name and path, because each interaction has a cookie of its own.
        let mut cookies: BTreeMap<(String, String), String> = BTreeMap::new();
        let mut next = Url::parse(authorization).unwrap();
        let mut form: Vec<(&str, String)> = Vec::new();
        for _ in 0..8 {
            let sent = cookies.iter().filter(|((_, path), _)| next.path().starts_with(path.as_str()));
            let sent: Vec<String> = sent.map(|((name, _), value)| format!("{name}={value}")).collect();
            let request = match form.is_empty() {
                true => self.http.get(next.clone()),
                false => self.http.post(next.clone()).form(&std::mem::take(&mut form)),
            };
            let response = request.header("cookie", sent.join("; ")).send().await.unwrap();
            for cookie in response.headers().get_all("set-cookie") {
                let mut parts = cookie.to_str().unwrap().split("; ");
                let (name, value) = parts.next().unwrap().split_once('=').unwrap();
                let path = parts.find_map(|part| part.strip_prefix("path=")).unwrap();
                let key = (name.to_owned(), path.to_owned());
                match value {
                    "" => cookies.remove(&key),
                    value => cookies.insert(key, value.to_owned()),
                };
            }
            if let Some(location) = response.headers().get("location") {
                next = next.join(location.to_str().unwrap()).unwrap();
                if !next.as_str().starts_with(&self.program.endpoint) {
                    return next;
                }
                continue;
            }
            let page = response.text().await.unwrap();
            let interaction = between(&page, "name=\"interaction\" value=\"", "\"").to_owned();
            form = vec![("interaction", interaction), ("user", user.to_owned())];
            next.set_query(None);
        }
        panic!("the sign-in leads nowhere");
    }
}

pub(crate) fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let (_, rest) = text.split_once(before).unwrap_or_else(|| panic!("{before:?} is not in:\n{text}"));
    rest.split_once(after).unwrap_or_else(|| panic!("{after:?} is not in:\n{rest}")).0
}
