//! The application's own typed data in the session, also for visitors who are not signed in.

mod names;

use std::any::{TypeId, type_name};
use std::fmt;
use std::sync::{Arc, Mutex};

use rocket::request::{FromRequest, Outcome};
use rocket::{Ignite, Request, Rocket, Sentinel};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use names::SessionDataNames;

use super::access::SESSION_DATA;
use super::browser::{is_cross_site, is_unsafe};
use super::failure::{AuthFailure, Refusal};
use super::launch::needs_session_at_launch;
use super::lock::lock;
use super::missing_setup::asked_without_fairing;
use super::request_session::RequestSession;
use super::request_state::RequestState;
use super::request_visitor::RequestVisitor;
use super::rule::Rule;
use crate::error::Error;
use crate::logto::{Logto, WebApp};
use crate::session::{DataChange, DataEntries};

/// A type whose values an application keeps in the session, as [`SessionData`].
///
/// ```
/// use logto_rocket::SessionValue;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Default, Serialize, Deserialize)]
/// #[serde(default)]
/// struct Cart {
///     items: Vec<u64>,
/// }
///
/// impl SessionValue for Cart {
///     const NAME: &'static str = "cart";
/// }
/// ```
///
/// Values are written as JSON. A field that is added later needs `#[serde(default)]`, on the field or on the type:
/// without it, the values in sessions from before no longer fit, and each counts as the default.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no name in the session",
    note = "give it one: `impl SessionValue for {Self} {{ const NAME: &'static str = \"..\"; }}`"
)]
pub trait SessionValue: Serialize + DeserializeOwned + Default + Send + Sync + 'static {
    /// The name of the value in the session: 1 to 64 ASCII letters, digits, `-`, `_` and `.`. The type may be renamed
    /// and moved; with another name here, sessions have no value any more. The application does not launch if two
    /// types have the same name.
    const NAME: &'static str;
}

/// The application's own data in the session: a shopping cart, the steps of a form, a preference.
///
/// It is a request guard that lets everybody in. For a user who is signed in, the data is part of the session: it
/// ends with it. For a visitor it is in a cookie or in the store, under an id of its own. When the visitor signs in, it
/// moves to the session. The page [`sessions`](crate::sessions) has the details.
///
/// ```
/// #[macro_use] extern crate rocket;
/// use logto_rocket::{Error, SessionData, SessionValue, public};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Default, Serialize, Deserialize)]
/// #[serde(default)]
/// struct Cart {
///     items: Vec<u64>,
/// }
///
/// impl SessionValue for Cart {
///     const NAME: &'static str = "cart";
/// }
///
/// #[public]
/// #[get("/cart")]
/// fn show(cart: SessionData<Cart>) -> String {
///     format!("{} items", cart.get().items.len())
/// }
///
/// #[public]
/// #[post("/cart/<item>")]
/// async fn add(item: u64, cart: SessionData<Cart>) -> Result<String, Error> {
///     let count = cart
///         .update(|cart| {
///             cart.items.push(item);
///             cart.items.len()
///         })
///         .await?;
///     Ok(format!("{count} items"))
/// }
/// # fn main() {}
/// ```
///
/// # Errors
///
/// As a guard it fails with 403 for an unsafe request from another site, as every guard does, and with 503 while the
/// session store does not respond.
pub struct SessionData<T> {
    owner: DataOwner,
    logto: WebApp,
    snapshot: Mutex<Option<Snapshot<T>>>,
}

/// The JSON that was read last, if there was any, and its value.
struct Snapshot<T> {
    json: Option<Arc<str>>,
    value: Arc<T>,
}

/// The session that the data belongs to.
enum DataOwner {
    Session(Arc<RequestSession>),
    Visitor(Arc<RequestVisitor>),
}

impl<T: SessionValue> SessionData<T> {
    /// The value as this request knows it; the default if there is none. Reads no store and is decoded once.
    ///
    /// A value that does not fit the type counts as the default: the type has changed since it was written. The log
    /// says so once.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        let json = self.owner.json(T::NAME);
        let mut snapshot = lock(&self.snapshot);
        if let Some(known) = &*snapshot
            && is_same(known.json.as_ref(), json.as_ref())
        {
            return Arc::clone(&known.value);
        }
        let value = Arc::new(self.decode(json.as_deref()));
        *snapshot = Some(Snapshot { json, value: Arc::clone(&value) });
        value
    }

    /// Changes the value, and returns what `change` returns. A value that is equal to the one before is not written.
    ///
    /// Nothing that other requests change at the same time is lost: `change` runs on the newest value, and again if
    /// another request was faster. So it changes the value and does nothing else. Sessions in cookies keep this promise
    /// within one process; see [`sessions`](crate::sessions).
    ///
    /// # Errors
    ///
    /// If there is one, the value is as before.
    ///
    /// - [`Error::SessionDataTooLarge`]: the data of the session would be larger than `session_data_limit`.
    /// - [`Error::SessionTooLarge`]: the session would be too large for cookies.
    /// - [`Error::SessionEnded`]: the session has ended during this request.
    /// - [`Error::Store`]: the session store does not respond.
    /// - [`Error::SessionDataNotJson`]: the value cannot be written.
    /// - [`Error::ResponseStarted`]: the change needs a cookie, and the headers were sent already.
    pub async fn update<R: Send>(&self, mut change: impl FnMut(&mut T) -> R + Send) -> Result<R, Error> {
        let limit = self.logto.0.session_data_limit;
        let mut result = None;
        self.change(&mut |entries: &mut DataEntries| {
            let before = entries.get(T::NAME).cloned();
            let mut value = self.decode(before.as_deref());
            result = Some(change(&mut value));
            let json = encode(&value)?;
            let is_as_before = match &before {
                Some(before) => **before == *json,
                // No session begins for a default.
                None => json == encode(&T::default())?,
            };
            if is_as_before {
                return Ok(false);
            }
            entries.set(T::NAME, Some(json.into()), limit)?;
            Ok(true)
        })
        .await?;
        // A change that succeeded has run.
        result.ok_or(Error::SessionEnded)
    }

    /// Sets the value, whatever it was before.
    ///
    /// ```
    /// # use logto_rocket::{Error, SessionData, SessionValue};
    /// # #[derive(Default, serde::Serialize, serde::Deserialize)]
    /// # struct Theme { dark: bool }
    /// # impl SessionValue for Theme { const NAME: &'static str = "theme"; }
    /// async fn dark(theme: &SessionData<Theme>) -> Result<(), Error> {
    ///     theme.set(&Theme { dark: true }).await
    /// }
    /// # let _ = dark;
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`update`](Self::update).
    pub async fn set(&self, value: &T) -> Result<(), Error> {
        let limit = self.logto.0.session_data_limit;
        let json: Arc<str> = encode(value)?.into();
        self.change(&mut |entries: &mut DataEntries| {
            if entries.get(T::NAME) == Some(&json) {
                return Ok(false);
            }
            entries.set(T::NAME, Some(Arc::clone(&json)), limit)?;
            Ok(true)
        })
        .await
    }

    /// Removes the value: the default counts again.
    ///
    /// # Errors
    ///
    /// Those of [`update`](Self::update), apart from those about the size.
    pub async fn clear(&self) -> Result<(), Error> {
        let limit = self.logto.0.session_data_limit;
        self.change(&mut |entries: &mut DataEntries| {
            let is_there = entries.get(T::NAME).is_some();
            entries.set(T::NAME, None, limit)?;
            Ok(is_there)
        })
        .await
    }

    async fn change(&self, change: &mut DataChange<'_>) -> Result<(), Error> {
        // Before the closure of the application sees that there is nothing.
        let mut change = |entries: &mut DataEntries| {
            entries.refuse_if_moved()?;
            change(entries)
        };
        match &self.owner {
            DataOwner::Session(session) => session.change_data(&self.logto, &mut change).await,
            DataOwner::Visitor(visitor) => visitor.change(&self.logto, &mut change).await,
        }
    }

    fn decode(&self, json: Option<&str>) -> T {
        let Some(json) = json else { return T::default() };
        serde_json::from_str(json).unwrap_or_else(|_| {
            self.logto.0.session_data_names.warn_of_misfit(T::NAME, type_name::<T>());
            T::default()
        })
    }
}

fn encode<T: SessionValue>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|_| Error::SessionDataNotJson { name: T::NAME })
}

/// Whether the JSON is the very one that was read before.
fn is_same(known: Option<&Arc<str>>, json: Option<&Arc<str>>) -> bool {
    match (known, json) {
        (None, None) => true,
        (Some(known), Some(json)) => Arc::ptr_eq(known, json) || known == json,
        _ => false,
    }
}

impl DataOwner {
    /// The session of the request's sender: a user's or a visitor's.
    async fn of(request: &Request<'_>, logto: &WebApp) -> Result<Self, AuthFailure> {
        if is_unsafe(request, request.method()) && is_cross_site(request, &logto.0.config) {
            return Err(AuthFailure::new(Refusal::CrossSiteRequest, &RULE));
        }
        let state = RequestState::of(request);
        let request_session = state.session(request, logto).await;
        let session = request_session.session().map_err(|error| AuthFailure::from_error(error, &RULE))?;
        if session.is_some() {
            return Ok(DataOwner::Session(request_session));
        }
        if request_session.presented_replaced() {
            return Ok(DataOwner::Visitor(Arc::new(RequestVisitor::ended())));
        }
        let visitor = state.visitor(request, logto).await;
        visitor.map(DataOwner::Visitor).map_err(|error| AuthFailure::from_error(error.into(), &RULE))
    }

    fn json(&self, name: &str) -> Option<Arc<str>> {
        match self {
            DataOwner::Session(session) => session.session().ok()??.data.get(name).cloned(),
            DataOwner::Visitor(visitor) => visitor.data().get(name).cloned(),
        }
    }
}

static RULE: Rule = Rule::new(SESSION_DATA, "a parameter of type `SessionData`", file!(), line!());

#[rocket::async_trait]
impl<'r, T: SessionValue> FromRequest<'r> for SessionData<T> {
    type Error = AuthFailure;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, AuthFailure> {
        match open(request).await {
            Ok((owner, logto)) => Outcome::Success(SessionData { owner, logto, snapshot: Mutex::new(None) }),
            Err(failure) => {
                RequestState::of(request).record(request, &failure);
                Outcome::Error((failure.status(), failure))
            }
        }
    }
}

async fn open(request: &Request<'_>) -> Result<(DataOwner, WebApp), AuthFailure> {
    let Some(logto) = request.rocket().state::<Logto>() else {
        asked_without_fairing(request, &RULE);
        return Err(AuthFailure::new(Refusal::Misconfigured, &RULE));
    };
    let Some(web_app) = logto.web_app() else {
        return Err(AuthFailure::new(Refusal::Misconfigured, &RULE));
    };
    Ok((DataOwner::of(request, web_app).await?, web_app.clone()))
}

impl<T: SessionValue> Sentinel for SessionData<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        if needs_session_at_launch::<SessionData<T>>(rocket, &RULE) {
            return true;
        }
        let names =
            rocket.state::<Logto>().and_then(Logto::web_app).map(|web_app| &web_app.0.session_data_names);
        names.is_some_and(|names| names.refuses(T::NAME, TypeId::of::<T>(), type_name::<T>()))
    }
}

/// Says where the data is. The data itself is the users' own.
impl<T: SessionValue> fmt::Debug for SessionData<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = match self.owner {
            DataOwner::Session(_) => "session",
            DataOwner::Visitor(_) => "visitor",
        };
        f.debug_struct("SessionData").field("name", &T::NAME).field("of", &place).finish_non_exhaustive()
    }
}
