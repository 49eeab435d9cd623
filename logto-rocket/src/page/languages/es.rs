//! Spanish, with the polite form of address.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const ES: Texts = Texts {
    tag: "es",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || {
        text("Ha cerrado la sesión", "Su sesión en esta aplicación ha terminado. Puede cerrar esta página.")
    },
    not_saved: "Primero tuvo que iniciar sesión, por lo que su envío no se guardó. Revíselo y envíelo de nuevo.",
    needs: "Esta página requiere:",
    reference: "Referencia",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "Iniciar sesión",
        Label::SignInAgain => "Iniciar sesión de nuevo",
        Label::SignOut => "Cerrar sesión",
        Label::StaySignedIn => "Mantener la sesión",
        Label::StartPage => "Ir a la página de inicio",
        Label::TryAgain => "Intentarlo de nuevo",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => text(
            "Debe iniciar sesión",
            "Inicie sesión, o envíe un token de acceso en la cabecera Authorization.",
        ),
        R::SessionEnded => text("La sesión ha terminado", "Inicie sesión de nuevo."),
        R::MalformedCredentials => text(
            "Las credenciales no tienen el formato correcto",
            "Envíe una sola cabecera Authorization: `Bearer`, un espacio y el token.",
        ),
        R::UnsupportedScheme => text(
            "Este esquema de autenticación no es compatible",
            "Envíe el token de acceso con el esquema `Bearer`.",
        ),
        R::CredentialNotAccepted => text(
            "Este tipo de credencial no se acepta aquí",
            "Esta dirección solo acepta el otro tipo: una sesión del navegador o un token de acceso.",
        ),
        R::InsufficientScope => text(
            "Le falta un permiso",
            "Pida a un administrador un rol con estos permisos y vuelva a iniciar sesión.",
        ),
        R::MissingRole => {
            text("Le falta un rol", "Pida el rol a un administrador y vuelva a iniciar sesión.")
        }
        R::RolesUnknown => text(
            "Un token de acceso no contiene roles",
            "Use una sesión del navegador, porque los tokens de acceso no contienen roles.",
        ),
        R::StaleSignIn => text(
            "Es necesario iniciar sesión de nuevo",
            "Inicie sesión de nuevo para confirmar que es usted.",
        ),
        R::CheckFailed => text(
            "La aplicación rechazó la solicitud",
            "Pregunte el motivo al responsable de esta aplicación.",
        ),
        R::CheckNotFound => text("No encontrado", "Compruebe la dirección."),
        R::CheckUnavailable => text(
            "La aplicación no puede decidir en este momento",
            "Inténtelo de nuevo en un momento. Su sesión sigue iniciada.",
        ),
        R::SessionDataTooLarge => text(
            "La sesión no admite más contenido",
            "Quite algo que haya añadido antes e inténtelo de nuevo.",
        ),
        R::SubjectNotAccepted => text(
            "Este tipo de solicitante no se acepta aquí",
            "Esta dirección es para el otro tipo de solicitante: un usuario o un programa.",
        ),
        R::ClientNotAccepted => text(
            "Los tokens de esta aplicación no se aceptan aquí",
            "Use un token de una aplicación que esta API acepte.",
        ),
        R::NotAMember => text(
            "Usted no es miembro de esta organización",
            "Pida una invitación a un administrador de la organización.",
        ),
        R::WrongOrganization => text(
            "El token no es para esta organización",
            "Use un token para la organización que indica la solicitud.",
        ),
        R::NoOrganization => text("No hay ninguna organización seleccionada", "Indique una organización."),
        R::AccessDenied => {
            text("Acceso denegado", "El control de acceso de Logto lo denegó. Consulte a un administrador.")
        }
        R::NotGranted => text(
            "El acceso no se concedió al iniciar sesión",
            "Cierre la sesión e iníciela de nuevo para que se conceda el acceso.",
        ),
        R::CrossSiteRequest => text(
            "La solicitud procede de otro sitio web",
            "Envíe la solicitud desde una página de este sitio.",
        ),
        R::Unavailable => text(
            "No se puede contactar con el servicio de inicio de sesión",
            "Inténtelo de nuevo en un momento. Su sesión sigue iniciada.",
        ),
        R::StoreUnavailable => text(
            "Las sesiones no se pueden leer en este momento",
            "Inténtelo de nuevo en un momento. Su sesión sigue iniciada.",
        ),
        R::InvalidClaims => text(
            "La aplicación no puede leer los datos del token",
            "Avise al responsable de esta aplicación. Los detalles están en su registro.",
        ),
        R::Misconfigured => text(
            "La aplicación no está configurada para esto",
            "Avise al responsable de esta aplicación. Los detalles están en su registro.",
        ),
        R::InvalidToken(reason) => text("El token de acceso no es válido", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => "Renueve el token. Si es nuevo, sincronice los relojes de ambos servidores.",
        InvalidToken::NotYetValid | InvalidToken::TooOld => "Sincronice los relojes de ambos servidores.",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "Solicite el token a Logto con `resource`, exactamente como está configurada aquí la API."
        }
        InvalidToken::Inactive => "Solicite un token nuevo a Logto.",
        InvalidToken::Issuer => "Use un token del inquilino para el que está configurada esta aplicación.",
        InvalidToken::Type => "Envíe un token de acceso, no un token de identidad ni de cierre de sesión.",
        _ => "Use el token tal como Logto lo emitió.",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "Su navegador no conservó la sesión",
            "Ha iniciado sesión, pero esta solicitud llegó sin una cookie de sesión válida. Permita las cookies de este sitio y ábralo en su dirección habitual. Si eso no ayuda, consulte al responsable de este sitio.",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "La sesión ha terminado",
            "Ha iniciado sesión, pero la sesión se cerró inmediatamente después: por el servicio de inicio de sesión, por el responsable de este sitio o desde otro dispositivo. Si vuelve a ocurrir, consulte al responsable de este sitio.",
        ),
        RedirectLoop::StepUpFailed => text(
            "Es necesario iniciar sesión de nuevo",
            "Acaba de iniciar sesión, pero el inicio de sesión no se considera reciente. Si vuelve a ocurrir, consulte al responsable de este sitio: es posible que su reloj esté mal.",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "No se puede completar este inicio de sesión";
    const LOGOUT_REFUSED: &str = "Se rechazó el cierre de sesión";
    match refusal {
        E::Head => text("Esta dirección no responde a HEAD", "Use GET."),
        E::BadQuery => {
            text("La dirección no se puede leer", "Un parámetro está repetido o no se puede descodificar.")
        }
        E::NavigateToSignIn => text(
            "El inicio de sesión es una página",
            "Abra esta dirección en la ventana del navegador en lugar de obtenerla con un script.",
        ),
        E::LogtoUnavailable => text(
            "No se puede contactar con el servicio de inicio de sesión",
            "No se ha perdido nada. Inténtelo de nuevo en un momento.",
        ),
        E::StoreUnavailable => text(
            "Las sesiones no se pueden guardar en este momento",
            "No se ha perdido nada. Inténtelo de nuevo en un momento.",
        ),
        E::SealFailed => text("No se puede comenzar el inicio de sesión", "Inténtelo de nuevo."),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "Se comenzó en otro navegador, ya se utilizó o ha caducado. O las cookies están desactivadas para este sitio.",
        ),
        E::CallbackWithoutState => text(
            NOT_COMPLETED,
            "La respuesta del servicio de inicio de sesión no indica a qué inicio de sesión pertenece.",
        ),
        E::CallbackRepeated => {
            text(NOT_COMPLETED, "La respuesta del servicio de inicio de sesión repite un parámetro.")
        }
        E::CallbackUnreadable => {
            text(NOT_COMPLETED, "La respuesta del servicio de inicio de sesión no se puede leer.")
        }
        E::CallbackIssuer => text(
            NOT_COMPLETED,
            "La respuesta no procede del servicio de inicio de sesión de esta aplicación.",
        ),
        E::CallbackResponseType => {
            text(NOT_COMPLETED, "La respuesta del servicio de inicio de sesión no es del tipo correcto.")
        }
        E::CallbackErrorAndCode => {
            text(NOT_COMPLETED, "La respuesta del servicio de inicio de sesión se contradice.")
        }
        E::CallbackWithoutCode => {
            text(NOT_COMPLETED, "La respuesta del servicio de inicio de sesión está vacía.")
        }
        E::SignInDenied => text(
            "Acceso denegado",
            "El servicio de inicio de sesión no le permite usar esta aplicación. Pida acceso a su responsable.",
        ),
        E::NotAdmitted => text(
            "Acceso denegado",
            "Esta aplicación no le permite entrar. Pregunte el motivo a sus responsables.",
        ),
        E::AdmissionUndecided => text(
            "El inicio de sesión no se puede completar todavía",
            "No se ha perdido nada. Inténtelo de nuevo en un momento.",
        ),
        E::SignInCancelled => text("No ha iniciado sesión", "Se canceló el inicio de sesión."),
        E::InteractionRequired => {
            text(NOT_COMPLETED, "El servicio de inicio de sesión tiene que preguntarle algo primero.")
        }
        E::SignInInvalidTarget => {
            text(NOT_COMPLETED, "Un recurso de API de esta aplicación no está registrado en Logto.")
        }
        E::SignInInvalidScope => {
            text(NOT_COMPLETED, "Un permiso de esta aplicación no está habilitado en Logto.")
        }
        E::SignInRefused => text(NOT_COMPLETED, "Logto rechazó el inicio de sesión."),
        E::ClientRefused => {
            text(NOT_COMPLETED, "Logto rechazó esta aplicación. Consulte el registro de la aplicación.")
        }
        E::CodeSpent => text(NOT_COMPLETED, "Ya se utilizó o tardó demasiado."),
        E::SignInOvertaken => text(NOT_COMPLETED, "Sus sesiones se cerraron durante el inicio de sesión."),
        E::StepUpUnsatisfied => {
            text(NOT_COMPLETED, "Era necesario iniciar sesión de nuevo, pero Logto no se lo volvió a pedir.")
        }
        E::IdToken => {
            text(NOT_COMPLETED, "La identidad que devolvió el servicio de inicio de sesión no es válida.")
        }
        E::SessionTooLarge => text(
            NOT_COMPLETED,
            "Su sesión es demasiado grande para las cookies. Consulte el registro de la aplicación.",
        ),
        E::SignInFailed => text(NOT_COMPLETED, "Algo salió mal. Consulte el registro de la aplicación."),
        E::SignOutFetched => text(
            "¿Desea cerrar sesión?",
            "Una página envió esta solicitud, posiblemente sin que usted hiciera clic. Los scripts cierran sesión con POST.",
        ),
        E::CrossSiteSignOut => {
            text("¿Desea cerrar sesión?", "Es posible que otro sitio web haya enviado esta solicitud.")
        }
        E::PostOnly => text("Esta dirección es para Logto", "Use POST."),
        E::NotAForm => {
            text(LOGOUT_REFUSED, "Envíe el cierre de sesión como application/x-www-form-urlencoded.")
        }
        E::Incomplete => text(LOGOUT_REFUSED, "El contenido no llegó completo."),
        E::TooLarge => {
            text(LOGOUT_REFUSED, "El contenido es demasiado grande para un token de cierre de sesión.")
        }
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "Envíe el parámetro de formulario logout_token."),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "Envíe un solo logout_token."),
        E::FormUnreadable => text(LOGOUT_REFUSED, "El formulario no se puede descodificar."),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "Este token de cierre de sesión ya se utilizó."),
        E::LogoutToken(_) => {
            text("El token de cierre de sesión no es válido", "El código que aparece abajo indica el motivo.")
        }
    }
}
