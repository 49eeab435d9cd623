//! German, with the polite form of address.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const DE: Texts = Texts {
    tag: "de",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || {
        text(
            "Sie sind abgemeldet",
            "Ihre Sitzung in dieser Anwendung ist beendet. Sie können diese Seite schließen.",
        )
    },
    not_saved: "Sie mussten sich zuerst anmelden, deshalb wurden Ihre Eingaben nicht gespeichert. Bitte prüfen Sie sie und senden Sie sie noch einmal ab.",
    needs: "Diese Seite erfordert:",
    reference: "Referenz",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Anmelden",
        Label::SignInAgain => "Erneut anmelden",
        Label::SignOut => "Abmelden",
        Label::StaySignedIn => "Angemeldet bleiben",
        Label::StartPage => "Zur Startseite",
        Label::TryAgain => "Erneut versuchen",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => text(
            "Anmeldung erforderlich",
            "Melden Sie sich an, oder senden Sie ein Zugriffstoken im Header Authorization.",
        ),
        R::SessionEnded => text("Die Sitzung ist beendet", "Melden Sie sich erneut an."),
        R::MalformedCredentials => text(
            "Die Anmeldedaten sind fehlerhaft",
            "Senden Sie genau einen Header Authorization: `Bearer`, ein Leerzeichen, das Token.",
        ),
        R::UnsupportedScheme => text(
            "Dieses Authentifizierungsverfahren wird nicht unterstützt",
            "Senden Sie das Zugriffstoken mit dem Verfahren `Bearer`.",
        ),
        R::CredentialNotAccepted => text(
            "Diese Art der Anmeldung wird hier nicht akzeptiert",
            "Hier wird nur die jeweils andere Art akzeptiert: eine Sitzung im Browser oder ein Zugriffstoken.",
        ),
        R::InsufficientScope => text(
            "Eine Berechtigung fehlt",
            "Bitten Sie die Administration um eine Rolle mit diesen Berechtigungen, und melden Sie sich danach erneut an.",
        ),
        R::MissingRole => text(
            "Eine Rolle fehlt",
            "Bitten Sie die Administration um diese Rolle, und melden Sie sich danach erneut an.",
        ),
        R::RolesUnknown => text(
            "Ein Zugriffstoken enthält keine Rollen",
            "Verwenden Sie eine Sitzung im Browser, denn Zugriffstokens enthalten keine Rollen.",
        ),
        R::StaleSignIn => text(
            "Eine neue Anmeldung ist erforderlich",
            "Melden Sie sich erneut an, um zu bestätigen, dass Sie es sind.",
        ),
        R::CheckFailed => text(
            "Die Anwendung hat die Anfrage abgelehnt",
            "Fragen Sie die Betreiber dieser Anwendung nach dem Grund.",
        ),
        R::CheckNotFound => text("Nicht gefunden", "Prüfen Sie die Adresse."),
        R::CheckUnavailable => text(
            "Die Anwendung kann gerade nicht entscheiden",
            "Versuchen Sie es gleich noch einmal. Sie sind weiterhin angemeldet.",
        ),
        R::SessionDataTooLarge => text(
            "Die Sitzung kann nicht mehr aufnehmen",
            "Entfernen Sie etwas, das vorher hinzugefügt wurde, und versuchen Sie es noch einmal.",
        ),
        R::SubjectNotAccepted => text(
            "Dieser Aufrufer wird hier nicht akzeptiert",
            "Diese Adresse ist für die jeweils andere Art von Aufrufern bestimmt: für Personen oder für Programme.",
        ),
        R::ClientNotAccepted => text(
            "Tokens dieser Anwendung werden hier nicht akzeptiert",
            "Verwenden Sie ein Token einer Anwendung, die diese API akzeptiert.",
        ),
        R::NotAMember => text(
            "Sie gehören nicht zu dieser Organisation",
            "Bitten Sie die Administration der Organisation um eine Einladung.",
        ),
        R::WrongOrganization => text(
            "Das Token gilt nicht für diese Organisation",
            "Verwenden Sie ein Token für die Organisation, die in der Anfrage steht.",
        ),
        R::NoOrganization => text("Es ist keine Organisation ausgewählt", "Geben Sie eine Organisation an."),
        R::AccessDenied => text(
            "Der Zugriff wurde verweigert",
            "Die Zugriffskontrolle von Logto hat dies verweigert. Wenden Sie sich an die Administration.",
        ),
        R::NotGranted => text(
            "Der Zugriff wurde bei der Anmeldung nicht gewährt",
            "Melden Sie sich ab und wieder an, damit der Zugriff gewährt wird.",
        ),
        R::CrossSiteRequest => text(
            "Die Anfrage kam von einer anderen Website",
            "Senden Sie die Anfrage von einer Seite dieser Website aus.",
        ),
        R::Unavailable => text(
            "Der Anmeldedienst ist nicht erreichbar",
            "Versuchen Sie es gleich noch einmal. Sie sind weiterhin angemeldet.",
        ),
        R::StoreUnavailable => text(
            "Sitzungen können gerade nicht gelesen werden",
            "Versuchen Sie es gleich noch einmal. Sie sind weiterhin angemeldet.",
        ),
        R::InvalidClaims => text(
            "Die Anwendung kann die Angaben im Token nicht lesen",
            "Informieren Sie die Betreiber dieser Anwendung. Einzelheiten stehen in ihrem Protokoll.",
        ),
        R::Misconfigured => text(
            "Die Anwendung ist dafür nicht eingerichtet",
            "Informieren Sie die Betreiber dieser Anwendung. Einzelheiten stehen in ihrem Protokoll.",
        ),
        R::InvalidToken(reason) => text("Das Zugriffstoken ist ungültig", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => {
            "Erneuern Sie das Token. Ist es neu, gleichen Sie die Uhren beider Server ab."
        }
        InvalidToken::NotYetValid | InvalidToken::TooOld => "Gleichen Sie die Uhren beider Server ab.",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "Fordern Sie das Token bei Logto mit `resource` an, genau so, wie die API hier konfiguriert ist."
        }
        InvalidToken::Inactive => "Fordern Sie ein neues Token bei Logto an.",
        InvalidToken::Issuer => {
            "Verwenden Sie ein Token des Mandanten, für den diese Anwendung konfiguriert ist."
        }
        InvalidToken::Type => "Senden Sie ein Zugriffstoken, kein ID-Token und kein Logout-Token.",
        _ => "Verwenden Sie das Token unverändert, so wie Logto es ausgestellt hat.",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "Ihr Browser hat die Sitzung nicht behalten",
            "Sie haben sich angemeldet, aber diese Anfrage kam ohne gültiges Sitzungscookie. Erlauben Sie Cookies für diese Website, und öffnen Sie sie unter ihrer üblichen Adresse. Hilft das nicht, fragen Sie die Betreiber dieser Website.",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "Die Sitzung ist beendet",
            "Sie haben sich angemeldet, aber die Sitzung wurde gleich danach beendet: vom Anmeldedienst, von den Betreibern dieser Website oder von einem anderen Gerät aus. Geschieht das wieder, fragen Sie die Betreiber dieser Website.",
        ),
        RedirectLoop::StepUpFailed => text(
            "Eine neue Anmeldung ist erforderlich",
            "Sie haben sich gerade angemeldet, aber die Anmeldung gilt nicht als neu. Geschieht das wieder, fragen Sie die Betreiber dieser Website: Vielleicht geht deren Uhr falsch.",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "Diese Anmeldung kann nicht abgeschlossen werden";
    const LOGOUT_REFUSED: &str = "Die Abmeldung wurde abgelehnt";
    match refusal {
        E::Head => text("Diese Adresse beantwortet kein HEAD", "Verwenden Sie GET."),
        E::BadQuery => text(
            "Die Adresse ist nicht lesbar",
            "Ein Parameter kommt mehrfach vor oder kann nicht dekodiert werden.",
        ),
        E::NavigateToSignIn => text(
            "Die Anmeldung ist eine Seite",
            "Öffnen Sie diese Adresse im Browserfenster, statt sie per Skript abzurufen.",
        ),
        E::LogtoUnavailable => text(
            "Der Anmeldedienst ist nicht erreichbar",
            "Nichts ist verloren. Versuchen Sie es gleich noch einmal.",
        ),
        E::StoreUnavailable => text(
            "Sitzungen können gerade nicht gespeichert werden",
            "Nichts ist verloren. Versuchen Sie es gleich noch einmal.",
        ),
        E::SealFailed => text("Die Anmeldung kann nicht beginnen", "Versuchen Sie es noch einmal."),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "Sie wurde in einem anderen Browser begonnen, wurde schon verwendet oder ist abgelaufen. Oder Cookies sind für diese Website deaktiviert.",
        ),
        E::CallbackWithoutState => text(
            NOT_COMPLETED,
            "Aus der Antwort des Anmeldedienstes geht nicht hervor, zu welcher Anmeldung sie gehört.",
        ),
        E::CallbackRepeated => {
            text(NOT_COMPLETED, "In der Antwort des Anmeldedienstes kommt ein Parameter mehrfach vor.")
        }
        E::CallbackUnreadable => text(NOT_COMPLETED, "Die Antwort des Anmeldedienstes ist nicht lesbar."),
        E::CallbackIssuer => {
            text(NOT_COMPLETED, "Die Antwort stammt nicht vom Anmeldedienst dieser Anwendung.")
        }
        E::CallbackResponseType => {
            text(NOT_COMPLETED, "Die Antwort des Anmeldedienstes ist von der falschen Art.")
        }
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "Die Antwort des Anmeldedienstes widerspricht sich."),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "Die Antwort des Anmeldedienstes ist leer."),
        E::SignInDenied => text(
            "Der Zugriff wurde verweigert",
            "Der Anmeldedienst lässt Sie diese Anwendung nicht verwenden. Bitten Sie deren Betreiber um Zugang.",
        ),
        E::NotAdmitted => text(
            "Der Zugriff wurde verweigert",
            "Diese Anwendung lässt Sie nicht zu. Fragen Sie ihre Betreiber nach dem Grund.",
        ),
        E::AdmissionUndecided => text(
            "Die Anmeldung kann noch nicht abgeschlossen werden",
            "Nichts ist verloren. Versuchen Sie es gleich noch einmal.",
        ),
        E::SignInCancelled => text("Sie sind nicht angemeldet", "Die Anmeldung wurde abgebrochen."),
        E::InteractionRequired => text(NOT_COMPLETED, "Der Anmeldedienst muss Sie zuerst etwas fragen."),
        E::SignInInvalidTarget => {
            text(NOT_COMPLETED, "Eine API-Ressource dieser Anwendung ist in Logto nicht registriert.")
        }
        E::SignInInvalidScope => {
            text(NOT_COMPLETED, "Eine Berechtigung dieser Anwendung ist in Logto nicht aktiviert.")
        }
        E::SignInRefused => text(NOT_COMPLETED, "Logto hat die Anmeldung abgelehnt."),
        E::ClientRefused => text(
            NOT_COMPLETED,
            "Logto hat diese Anwendung abgelehnt. Einzelheiten stehen im Protokoll der Anwendung.",
        ),
        E::CodeSpent => text(NOT_COMPLETED, "Sie wurde schon verwendet oder hat zu lange gedauert."),
        E::SignInOvertaken => text(NOT_COMPLETED, "Ihre Sitzungen wurden während der Anmeldung beendet."),
        E::StepUpUnsatisfied => text(
            NOT_COMPLETED,
            "Eine neue Anmeldung war erforderlich, aber Logto hat Sie nicht erneut gefragt.",
        ),
        E::IdToken => {
            text(NOT_COMPLETED, "Die Identität, die der Anmeldedienst übermittelt hat, ist ungültig.")
        }
        E::SessionTooLarge => text(
            NOT_COMPLETED,
            "Ihre Sitzung ist zu groß für Cookies. Einzelheiten stehen im Protokoll der Anwendung.",
        ),
        E::SignInFailed => {
            text(NOT_COMPLETED, "Etwas ist schiefgegangen. Einzelheiten stehen im Protokoll der Anwendung.")
        }
        E::SignOutFetched => text(
            "Möchten Sie sich abmelden?",
            "Eine Seite hat diese Anfrage gesendet, möglicherweise ohne Ihren Klick. Skripte melden mit POST ab.",
        ),
        E::CrossSiteSignOut => text(
            "Möchten Sie sich abmelden?",
            "Möglicherweise hat eine andere Website diese Anfrage gesendet.",
        ),
        E::PostOnly => text("Diese Adresse ist für Logto bestimmt", "Verwenden Sie POST."),
        E::NotAForm => {
            text(LOGOUT_REFUSED, "Senden Sie die Abmeldung als application/x-www-form-urlencoded.")
        }
        E::Incomplete => text(LOGOUT_REFUSED, "Der Inhalt ist nicht vollständig angekommen."),
        E::TooLarge => text(LOGOUT_REFUSED, "Der Inhalt ist zu groß für ein Logout-Token."),
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "Senden Sie den Formularparameter logout_token."),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "Senden Sie genau ein logout_token."),
        E::FormUnreadable => text(LOGOUT_REFUSED, "Das Formular kann nicht dekodiert werden."),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "Dieses Logout-Token wurde schon verwendet."),
        E::LogoutToken(_) => text("Das Logout-Token ist ungültig", "Der Code unten nennt den Grund."),
    }
}
