//! French, with the polite form of address.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const FR: Texts = Texts {
    tag: "fr",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || {
        text(
            "Vous êtes déconnecté",
            "Votre session dans cette application est terminée. Vous pouvez fermer cette page.",
        )
    },
    not_saved: "Vous avez d’abord dû vous connecter, et votre envoi n’a donc pas été enregistré. Veuillez le vérifier et l’envoyer à nouveau.",
    needs: "Cette page nécessite :",
    reference: "Référence",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Se connecter",
        Label::SignInAgain => "Se reconnecter",
        Label::SignOut => "Se déconnecter",
        Label::StaySignedIn => "Rester connecté",
        Label::StartPage => "Aller à la page d’accueil",
        Label::TryAgain => "Réessayer",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => text(
            "Vous devez vous connecter",
            "Connectez-vous, ou envoyez un jeton d’accès dans l’en-tête Authorization.",
        ),
        R::SessionEnded => text("La session est terminée", "Reconnectez-vous."),
        R::MalformedCredentials => text(
            "Les informations d’authentification sont mal formées",
            "Envoyez un seul en-tête Authorization : `Bearer`, une espace, puis le jeton.",
        ),
        R::UnsupportedScheme => text(
            "Ce schéma d’authentification n’est pas pris en charge",
            "Envoyez le jeton d’accès avec le schéma `Bearer`.",
        ),
        R::CredentialNotAccepted => text(
            "Ce mode d’authentification n’est pas accepté ici",
            "Cette adresse n’accepte que l’autre mode : une session de navigateur ou un jeton d’accès.",
        ),
        R::InsufficientScope => text(
            "Il vous manque une autorisation",
            "Demandez à un administrateur un rôle comportant ces autorisations, puis reconnectez-vous.",
        ),
        R::MissingRole => {
            text("Il vous manque un rôle", "Demandez ce rôle à un administrateur, puis reconnectez-vous.")
        }
        R::RolesUnknown => text(
            "Un jeton d’accès ne contient pas de rôles",
            "Utilisez une session de navigateur, car les jetons d’accès ne contiennent pas de rôles.",
        ),
        R::StaleSignIn => {
            text("Une nouvelle connexion est nécessaire", "Reconnectez-vous pour confirmer votre identité.")
        }
        R::CheckFailed => text(
            "L’application a refusé la requête",
            "Demandez-en la raison au responsable de cette application.",
        ),
        R::CheckNotFound => text("Introuvable", "Vérifiez l’adresse."),
        R::CheckUnavailable => text(
            "L’application ne peut pas décider pour le moment",
            "Réessayez dans un instant. Vous êtes toujours connecté.",
        ),
        R::SessionDataTooLarge => text(
            "La session ne peut rien contenir de plus",
            "Retirez un élément ajouté auparavant, puis réessayez.",
        ),
        R::SubjectNotAccepted => text(
            "Ce type d’appelant n’est pas accepté ici",
            "Cette adresse est destinée à l’autre type d’appelant : un utilisateur ou un programme.",
        ),
        R::ClientNotAccepted => text(
            "Les jetons de cette application ne sont pas acceptés ici",
            "Utilisez le jeton d’une application que cette API accepte.",
        ),
        R::NotAMember => text(
            "Vous n’êtes pas membre de cette organisation",
            "Demandez une invitation à un administrateur de l’organisation.",
        ),
        R::WrongOrganization => text(
            "Le jeton n’est pas destiné à cette organisation",
            "Utilisez un jeton pour l’organisation que la requête désigne.",
        ),
        R::NoOrganization => text("Aucune organisation n’est sélectionnée", "Indiquez une organisation."),
        R::AccessDenied => text(
            "L’accès est refusé",
            "Le contrôle d’accès de Logto l’a refusé. Adressez-vous à un administrateur.",
        ),
        R::NotGranted => text(
            "L’accès n’a pas été accordé lors de la connexion",
            "Déconnectez-vous puis reconnectez-vous, afin que l’accès soit accordé.",
        ),
        R::CrossSiteRequest => {
            text("La requête provient d’un autre site", "Envoyez la requête depuis une page de ce site.")
        }
        R::Unavailable => text(
            "Le service de connexion est injoignable",
            "Réessayez dans un instant. Vous êtes toujours connecté.",
        ),
        R::StoreUnavailable => text(
            "Les sessions ne peuvent pas être lues pour le moment",
            "Réessayez dans un instant. Vous êtes toujours connecté.",
        ),
        R::InvalidClaims => text(
            "L’application ne peut pas lire les données du jeton",
            "Prévenez le responsable de cette application. Son journal contient les détails.",
        ),
        R::Misconfigured => text(
            "L’application n’est pas configurée pour cela",
            "Prévenez le responsable de cette application. Son journal contient les détails.",
        ),
        R::InvalidToken(reason) => text("Le jeton d’accès n’est pas valide", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => {
            "Renouvelez le jeton. S’il est récent, synchronisez les horloges des deux serveurs."
        }
        InvalidToken::NotYetValid | InvalidToken::TooOld => "Synchronisez les horloges des deux serveurs.",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "Demandez le jeton à Logto avec `resource`, exactement comme l’API est configurée ici."
        }
        InvalidToken::Inactive => "Demandez un nouveau jeton à Logto.",
        InvalidToken::Issuer => {
            "Utilisez un jeton du locataire pour lequel cette application est configurée."
        }
        InvalidToken::Type => "Envoyez un jeton d’accès, et non un jeton d’identité ou de déconnexion.",
        _ => "Utilisez le jeton tel que Logto l’a émis.",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "Votre navigateur n’a pas conservé la session",
            "Vous vous êtes connecté, mais cette requête est arrivée sans cookie de session valide. Autorisez les cookies pour ce site et ouvrez-le à son adresse habituelle. Si cela ne suffit pas, adressez-vous au responsable de ce site.",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "La session est terminée",
            "Vous vous êtes connecté, mais la session a pris fin aussitôt : par le service de connexion, par le responsable de ce site ou depuis un autre appareil. Si cela se reproduit, adressez-vous au responsable de ce site.",
        ),
        RedirectLoop::StepUpFailed => text(
            "Une nouvelle connexion est nécessaire",
            "Vous venez de vous connecter, mais cette connexion n’est pas considérée comme récente. Si cela se reproduit, adressez-vous au responsable de ce site : son horloge est peut-être déréglée.",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "Cette connexion ne peut pas aboutir";
    const LOGOUT_REFUSED: &str = "La déconnexion a été refusée";
    match refusal {
        E::Head => text("Cette adresse ne répond pas à HEAD", "Utilisez GET."),
        E::BadQuery => text("L’adresse est illisible", "Un paramètre est répété ou ne peut pas être décodé."),
        E::NavigateToSignIn => text(
            "La connexion se fait sur une page",
            "Ouvrez cette adresse dans la fenêtre du navigateur au lieu de l’appeler depuis un script.",
        ),
        E::LogtoUnavailable => {
            text("Le service de connexion est injoignable", "Rien n’est perdu. Réessayez dans un instant.")
        }
        E::StoreUnavailable => text(
            "Les sessions ne peuvent pas être enregistrées pour le moment",
            "Rien n’est perdu. Réessayez dans un instant.",
        ),
        E::SealFailed => text("La connexion ne peut pas commencer", "Réessayez."),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "Elle a été commencée dans un autre navigateur, a déjà été utilisée ou a expiré. Ou bien les cookies sont désactivés pour ce site.",
        ),
        E::CallbackWithoutState => text(
            NOT_COMPLETED,
            "La réponse du service de connexion n’indique pas de quelle connexion il s’agit.",
        ),
        E::CallbackRepeated => {
            text(NOT_COMPLETED, "Un paramètre est répété dans la réponse du service de connexion.")
        }
        E::CallbackUnreadable => text(NOT_COMPLETED, "La réponse du service de connexion est illisible."),
        E::CallbackIssuer => {
            text(NOT_COMPLETED, "La réponse ne provient pas du service de connexion de cette application.")
        }
        E::CallbackResponseType => {
            text(NOT_COMPLETED, "La réponse du service de connexion n’est pas du bon type.")
        }
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "La réponse du service de connexion se contredit."),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "La réponse du service de connexion est vide."),
        E::SignInDenied => text(
            "L’accès est refusé",
            "Le service de connexion ne vous autorise pas à utiliser cette application. Demandez l’accès à son responsable.",
        ),
        E::NotAdmitted => text(
            "L’accès est refusé",
            "Cette application ne vous autorise pas à entrer. Demandez-en la raison à ses responsables.",
        ),
        E::AdmissionUndecided => {
            text("La connexion ne peut pas encore aboutir", "Rien n’est perdu. Réessayez dans un instant.")
        }
        E::SignInCancelled => text("Vous n’êtes pas connecté", "La connexion a été annulée."),
        E::InteractionRequired => {
            text(NOT_COMPLETED, "Le service de connexion doit d’abord vous poser une question.")
        }
        E::SignInInvalidTarget => {
            text(NOT_COMPLETED, "Une ressource d’API de cette application n’est pas enregistrée dans Logto.")
        }
        E::SignInInvalidScope => {
            text(NOT_COMPLETED, "Une autorisation de cette application n’est pas activée dans Logto.")
        }
        E::SignInRefused => text(NOT_COMPLETED, "Logto a refusé la connexion."),
        E::ClientRefused => {
            text(NOT_COMPLETED, "Logto a refusé cette application. Consultez le journal de l’application.")
        }
        E::CodeSpent => text(NOT_COMPLETED, "Elle a déjà été utilisée ou a pris trop de temps."),
        E::SignInOvertaken => text(NOT_COMPLETED, "Vos sessions ont été terminées pendant la connexion."),
        E::StepUpUnsatisfied => text(
            NOT_COMPLETED,
            "Une nouvelle connexion était nécessaire, mais Logto ne vous a pas demandé de vous authentifier à nouveau.",
        ),
        E::IdToken => {
            text(NOT_COMPLETED, "L’identité transmise par le service de connexion n’est pas valide.")
        }
        E::SessionTooLarge => text(
            NOT_COMPLETED,
            "Votre session est trop volumineuse pour des cookies. Consultez le journal de l’application.",
        ),
        E::SignInFailed => {
            text(NOT_COMPLETED, "Une erreur s’est produite. Consultez le journal de l’application.")
        }
        E::SignOutFetched => text(
            "Voulez-vous vous déconnecter ?",
            "Une page a envoyé cette requête, peut-être sans que vous ayez cliqué. Les scripts déconnectent avec POST.",
        ),
        E::CrossSiteSignOut => {
            text("Voulez-vous vous déconnecter ?", "Il se peut qu’un autre site ait envoyé cette requête.")
        }
        E::PostOnly => text("Cette adresse est réservée à Logto", "Utilisez POST."),
        E::NotAForm => {
            text(LOGOUT_REFUSED, "Envoyez la déconnexion au format application/x-www-form-urlencoded.")
        }
        E::Incomplete => text(LOGOUT_REFUSED, "Le contenu n’est pas arrivé en entier."),
        E::TooLarge => text(LOGOUT_REFUSED, "Le contenu est trop volumineux pour un jeton de déconnexion."),
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "Envoyez le paramètre de formulaire logout_token."),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "Envoyez un seul logout_token."),
        E::FormUnreadable => text(LOGOUT_REFUSED, "Le formulaire ne peut pas être décodé."),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "Ce jeton de déconnexion a déjà été utilisé."),
        E::LogoutToken(_) => {
            text("Le jeton de déconnexion n’est pas valide", "Le code ci-dessous en indique la raison.")
        }
    }
}
