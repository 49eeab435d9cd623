//! What a page says, before it is HTML.

use std::borrow::Cow;

use rocket::http::Status;
use serde::{Serialize, Serializer};

use super::accept_language::AcceptLanguage;
use super::languages::{EN, Label, Text, Texts, texts_for};
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

/// What a page of this crate says. [`Pages`](crate::Pages) and [`Page::of`] give it to an application that shows its
/// own.
///
/// The texts are in the reader's language if this crate has them in it, else in English: English, German, French,
/// Spanish, Portuguese (of Brazil), Chinese (simplified and traditional), Japanese, Korean. It implements `Serialize`, with
/// a field for each method below, so that templates can have it.
///
/// All texts are plain text: escape them for HTML. They contain nothing from the request, except that an action's target
/// may contain the path of the page that the user wanted to see.
#[derive(Debug, Clone, Serialize)]
pub struct Page {
    kind: PageKind,
    #[serde(serialize_with = "as_number")]
    status: Status,
    code: &'static str,
    title: Cow<'static, str>,
    help: Cow<'static, str>,
    detail: Option<String>,
    note: Option<&'static str>,
    required_scopes: Vec<&'static str>,
    actions: Vec<PageAction>,
    reference: String,
    language: &'static str,
    #[serde(skip)]
    pub(super) texts: TextsOfPage,
    #[serde(skip)]
    accept_language: AcceptLanguage,
    #[serde(skip)]
    subject: PageSubject,
    /// Whether the help is the application's own.
    #[serde(skip)]
    has_own_words: bool,
    /// The address that a script should open instead.
    #[serde(skip)]
    location: Option<String>,
}

/// The table that a page takes its texts from.
#[derive(Clone, Copy)]
pub(super) struct TextsOfPage(pub(super) &'static Texts);

impl std::fmt::Debug for TextsOfPage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.tag)
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn as_number<S: Serializer>(status: &Status, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.code)
}

/// Which page it is. Each kind is a method of [`Pages`](crate::Pages).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PageKind {
    /// A guard refused the request.
    Refused,
    /// Logto or the session store cannot be reached at the moment (status 503).
    TryAgain,
    /// A sign-in succeeded and did not help, so the browser is not sent to sign-in once more.
    RedirectLoop,
    /// A sign-in could not be completed.
    SignInFailed,
    /// The user cancelled the sign-in.
    SignInCancelled,
    /// The user is asked whether they want to sign out. The page's first action does it.
    ConfirmSignOut,
    /// The user has signed out. The landing route of sign-outs shows it where the setting `signed_out_page` says so.
    SignedOut,
    /// A request to one of the mounted routes that these cannot respond to, such as a malformed query.
    Other,
}

/// A link or a button of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageAction {
    label: &'static str,
    target: String,
    is_post: bool,
}

impl PageAction {
    /// What it is called, in the language of the page.
    #[must_use]
    pub fn label(&self) -> &str {
        self.label
    }

    /// Where it leads: a path of this application, or the empty reference, which means the page's own address.
    #[must_use]
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Whether it is a form that is sent with `POST`, and not a link.
    #[must_use]
    pub fn is_post(&self) -> bool {
        self.is_post
    }
}

/// What a page is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageSubject {
    Guard(Refusal),
    RedirectLoop(RedirectLoop),
    Endpoint(EndpointRefusal),
    /// Nothing was refused: the user has signed out.
    SignedOut,
}

impl PageSubject {
    fn text(self, texts: &Texts) -> Text {
        match self {
            PageSubject::Guard(refusal) => (texts.guard)(refusal),
            PageSubject::RedirectLoop(end) => (texts.redirect_loop)(end),
            PageSubject::Endpoint(refusal) => (texts.endpoint)(refusal),
            PageSubject::SignedOut => (texts.signed_out)(),
        }
    }

    fn code(self) -> &'static str {
        match self {
            PageSubject::Guard(refusal) => refusal.code(),
            PageSubject::RedirectLoop(end) => end.code(),
            PageSubject::Endpoint(refusal) => refusal.code(),
            PageSubject::SignedOut => "signed_out",
        }
    }

    fn status(self) -> Status {
        match self {
            PageSubject::Guard(refusal) => refusal.status(),
            PageSubject::RedirectLoop(end) => end.status(),
            PageSubject::Endpoint(refusal) => refusal.status(),
            PageSubject::SignedOut => Status::Ok,
        }
    }

    fn kind(self) -> PageKind {
        use EndpointRefusal as E;
        match self {
            _ if self.status() == Status::ServiceUnavailable => PageKind::TryAgain,
            PageSubject::Guard(_) => PageKind::Refused,
            PageSubject::RedirectLoop(_) => PageKind::RedirectLoop,
            PageSubject::SignedOut => PageKind::SignedOut,
            PageSubject::Endpoint(E::SignInCancelled) => PageKind::SignInCancelled,
            PageSubject::Endpoint(E::SignOutFetched | E::CrossSiteSignOut) => PageKind::ConfirmSignOut,
            PageSubject::Endpoint(
                E::Head
                | E::BadQuery
                | E::NavigateToSignIn
                | E::PostOnly
                | E::NotAForm
                | E::Incomplete
                | E::TooLarge
                | E::LogoutTokenMissing
                | E::LogoutTokenRepeated
                | E::FormUnreadable
                | E::LogoutTokenReplayed
                | E::LogoutToken(_),
            ) => PageKind::Other,
            PageSubject::Endpoint(_) => PageKind::SignInFailed,
        }
    }
}

impl Page {
    /// The page of a user who has signed out. Nothing is in the audit log under a reference that it could have.
    pub(crate) fn signed_out(reader: AcceptLanguage) -> Self {
        Page::new(PageSubject::SignedOut, reader, String::new())
    }

    /// A page for this reader, under this reference.
    pub(crate) fn new(subject: PageSubject, reader: AcceptLanguage, reference: String) -> Self {
        let texts = texts_for(&reader);
        let Text { title, help } = subject.text(texts);
        Page {
            kind: subject.kind(),
            status: subject.status(),
            code: subject.code(),
            title: title.into(),
            help,
            detail: None,
            note: None,
            required_scopes: Vec::new(),
            actions: Vec::new(),
            reference,
            language: texts.tag,
            texts: TextsOfPage(texts),
            accept_language: reader,
            subject,
            has_own_words: false,
            location: None,
        }
    }

    pub(crate) fn link(mut self, label: Label, target: impl Into<String>) -> Self {
        let label = (self.texts.0.label)(label);
        self.actions.push(PageAction { label, target: target.into(), is_post: false });
        self
    }

    /// A button that sends a POST request, for actions with side effects.
    pub(crate) fn button(mut self, label: Label, target: impl Into<String>) -> Self {
        let label = (self.texts.0.label)(label);
        self.actions.push(PageAction { label, target: target.into(), is_post: true });
        self
    }

    /// With another status than the subject's.
    pub(crate) fn with_status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// With the application's own words, in whatever language, in place of the help.
    pub(crate) fn with_words(mut self, words: Option<String>) -> Self {
        if let Some(words) = words {
            self.help = words.into();
            self.has_own_words = true;
        }
        self
    }

    pub(crate) fn with_detail(mut self, detail: Option<String>) -> Self {
        self.detail = detail;
        self
    }

    pub(crate) fn with_required_scopes(mut self, scopes: impl Iterator<Item = &'static str>) -> Self {
        self.required_scopes = scopes.collect();
        self
    }

    /// Adds that a form of the user's was not saved.
    pub(crate) fn not_saved(mut self) -> Self {
        self.note = Some(self.texts.0.not_saved);
        self
    }

    pub(crate) fn with_location(mut self, location: Option<String>) -> Self {
        self.location = location;
        self
    }

    pub(crate) fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// The title and the help in English, as problem documents have them. Words of the application stay as they are.
    pub(crate) fn in_english(&self) -> (&'static str, Cow<'static, str>) {
        let Text { title, help } = self.subject.text(&EN);
        (title, if self.has_own_words { self.help.clone() } else { help })
    }

    /// Which page it is.
    #[must_use]
    pub fn kind(&self) -> PageKind {
        self.kind
    }

    /// The status of the response. It is set whatever an application shows.
    #[must_use]
    pub fn status(&self) -> Status {
        self.status
    }

    /// A stable identifier for programs. The page [`refusals`](crate::refusals) lists them. A page that refuses nothing has
    /// the name of its [kind](PageKind): `signed_out`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// One line that says what happened.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &str {
        &self.help
    }

    /// More about the cause, always in English. Only invalid access tokens have it.
    #[must_use]
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// A further sentence: that a form was not saved because the session had ended.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note
    }

    /// The scopes of the route, if one of them is missing.
    #[must_use]
    pub fn required_scopes(&self) -> &[&'static str] {
        &self.required_scopes
    }

    /// The links and buttons, the most important one first.
    #[must_use]
    pub fn actions(&self) -> &[PageAction] {
        &self.actions
    }

    /// The reference under which the refusal is found in the audit log. Empty for a page that refuses nothing:
    /// [`PageKind::SignedOut`].
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// The language of the texts, as a tag of BCP 47, such as `de` or `zh-Hant`.
    #[must_use]
    pub fn language(&self) -> &'static str {
        self.language
    }

    /// The languages that the reader prefers, for texts of the application's own.
    #[must_use]
    pub fn accept_language(&self) -> &AcceptLanguage {
        &self.accept_language
    }
}
