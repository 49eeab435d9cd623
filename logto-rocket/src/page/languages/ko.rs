//! Korean, in the polite style.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const KO: Texts = Texts {
    tag: "ko",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || {
        text("로그아웃되었습니다", "이 애플리케이션의 세션이 종료되었습니다. 이 페이지를 닫아도 됩니다.")
    },
    not_saved: "먼저 로그인해야 했기 때문에 보내신 내용이 저장되지 않았습니다. 내용을 확인하고 다시 보내 주세요.",
    needs: "이 페이지에 필요한 권한:",
    reference: "참조 번호",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "로그인",
        Label::SignInAgain => "다시 로그인",
        Label::SignOut => "로그아웃",
        Label::StaySignedIn => "로그인 상태 유지",
        Label::StartPage => "시작 페이지로 이동",
        Label::TryAgain => "다시 시도",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => {
            text("로그인이 필요합니다", "로그인하거나 Authorization 헤더로 액세스 토큰을 보내세요.")
        }
        R::SessionEnded => text("세션이 종료되었습니다", "다시 로그인하세요."),
        R::MalformedCredentials => text(
            "자격 증명의 형식이 올바르지 않습니다",
            "Authorization 헤더를 하나만 보내세요. 형식은 `Bearer`, 공백 하나, 토큰 순서입니다.",
        ),
        R::UnsupportedScheme => {
            text("지원하지 않는 인증 방식입니다", "`Bearer` 방식으로 액세스 토큰을 보내세요.")
        }
        R::CredentialNotAccepted => text(
            "이 종류의 자격 증명은 여기에서 사용할 수 없습니다",
            "이 주소에서는 브라우저 세션과 액세스 토큰 중 다른 종류만 사용할 수 있습니다.",
        ),
        R::InsufficientScope => {
            text("권한이 없습니다", "관리자에게 해당 권한이 있는 역할을 요청한 다음 다시 로그인하세요.")
        }
        R::MissingRole => text("역할이 없습니다", "관리자에게 역할을 요청한 다음 다시 로그인하세요."),
        R::RolesUnknown => text(
            "액세스 토큰에는 역할이 포함되지 않습니다",
            "액세스 토큰에는 역할이 포함되지 않으므로 브라우저 세션을 사용하세요.",
        ),
        R::StaleSignIn => text("다시 로그인해야 합니다", "본인 확인을 위해 다시 로그인하세요."),
        R::CheckFailed => {
            text("애플리케이션이 요청을 거부했습니다", "이 애플리케이션의 운영자에게 이유를 문의하세요.")
        }
        R::CheckNotFound => text("찾을 수 없습니다", "주소를 확인하세요."),
        R::CheckUnavailable => text(
            "애플리케이션이 현재 결정할 수 없습니다",
            "잠시 후 다시 시도하세요. 로그인 상태는 유지됩니다.",
        ),
        R::SessionDataTooLarge => {
            text("세션에 더 이상 저장할 수 없습니다", "이전에 추가한 항목을 제거한 다음 다시 시도하세요.")
        }
        R::SubjectNotAccepted => text(
            "이 종류의 호출자는 여기에서 허용되지 않습니다",
            "이 주소는 사용자와 프로그램 중 다른 종류의 호출자를 위한 것입니다.",
        ),
        R::ClientNotAccepted => text(
            "이 애플리케이션의 토큰은 여기에서 사용할 수 없습니다",
            "이 API가 허용하는 애플리케이션의 토큰을 사용하세요.",
        ),
        R::NotAMember => text("이 조직의 구성원이 아닙니다", "조직의 관리자에게 초대를 요청하세요."),
        R::WrongOrganization => {
            text("이 조직에 사용할 수 없는 토큰입니다", "요청에 지정된 조직의 토큰을 사용하세요.")
        }
        R::NoOrganization => text("선택된 조직이 없습니다", "조직을 지정하세요."),
        R::AccessDenied => {
            text("액세스가 거부되었습니다", "Logto의 액세스 제어가 거부했습니다. 관리자에게 문의하세요.")
        }
        R::NotGranted => text(
            "로그인할 때 액세스 권한이 부여되지 않았습니다",
            "액세스 권한이 부여되도록 로그아웃한 다음 다시 로그인하세요.",
        ),
        R::CrossSiteRequest => {
            text("다른 사이트에서 보낸 요청입니다", "이 사이트의 페이지에서 요청을 보내세요.")
        }
        R::Unavailable => {
            text("로그인 서비스에 연결할 수 없습니다", "잠시 후 다시 시도하세요. 로그인 상태는 유지됩니다.")
        }
        R::StoreUnavailable => {
            text("현재 세션을 읽을 수 없습니다", "잠시 후 다시 시도하세요. 로그인 상태는 유지됩니다.")
        }
        R::InvalidClaims => text(
            "애플리케이션이 토큰의 내용을 읽을 수 없습니다",
            "이 애플리케이션의 운영자에게 알려 주세요. 자세한 내용은 애플리케이션 로그에 있습니다.",
        ),
        R::Misconfigured => text(
            "애플리케이션이 이 작업을 위해 설정되지 않았습니다",
            "이 애플리케이션의 운영자에게 알려 주세요. 자세한 내용은 애플리케이션 로그에 있습니다.",
        ),
        R::InvalidToken(reason) => text("액세스 토큰이 유효하지 않습니다", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => "토큰을 갱신하세요. 새 토큰이라면 두 서버의 시계를 맞추세요.",
        InvalidToken::NotYetValid | InvalidToken::TooOld => "두 서버의 시계를 맞추세요.",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "여기에 설정된 API 식별자를 그대로 `resource`로 지정하여 Logto에 토큰을 요청하세요."
        }
        InvalidToken::Inactive => "Logto에 새 토큰을 요청하세요.",
        InvalidToken::Issuer => "이 애플리케이션에 설정된 테넌트의 토큰을 사용하세요.",
        InvalidToken::Type => "ID 토큰이나 로그아웃 토큰이 아닌 액세스 토큰을 보내세요.",
        _ => "Logto가 발급한 토큰을 그대로 사용하세요.",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "브라우저에 세션이 유지되지 않았습니다",
            "로그인했지만 이 요청에 유효한 세션 쿠키가 없습니다. 이 사이트의 쿠키를 허용하고 평소에 쓰는 주소로 사이트를 여세요. 그래도 해결되지 않으면 이 사이트의 운영자에게 문의하세요.",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "세션이 종료되었습니다",
            "로그인했지만 바로 뒤에 세션이 종료되었습니다. 로그인 서비스, 이 사이트의 운영자 또는 다른 기기에서 종료했을 수 있습니다. 다시 발생하면 이 사이트의 운영자에게 문의하세요.",
        ),
        RedirectLoop::StepUpFailed => text(
            "다시 로그인해야 합니다",
            "방금 로그인했지만 새 로그인으로 인정되지 않았습니다. 다시 발생하면 이 사이트의 운영자에게 문의하세요. 서버의 시계가 맞지 않을 수 있습니다.",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "로그인을 완료할 수 없습니다";
    const LOGOUT_REFUSED: &str = "로그아웃 요청이 거부되었습니다";
    match refusal {
        E::Head => text("이 주소는 HEAD에 응답하지 않습니다", "GET을 사용하세요."),
        E::BadQuery => text("주소를 읽을 수 없습니다", "매개변수가 반복되었거나 디코딩할 수 없습니다."),
        E::NavigateToSignIn => {
            text("로그인은 페이지입니다", "스크립트로 가져오지 말고 브라우저 창에서 이 주소를 여세요.")
        }
        E::LogtoUnavailable => {
            text("로그인 서비스에 연결할 수 없습니다", "손실된 내용은 없습니다. 잠시 후 다시 시도하세요.")
        }
        E::StoreUnavailable => {
            text("현재 세션을 저장할 수 없습니다", "손실된 내용은 없습니다. 잠시 후 다시 시도하세요.")
        }
        E::SealFailed => text("로그인을 시작할 수 없습니다", "다시 시도하세요."),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "다른 브라우저에서 시작되었거나, 이미 사용되었거나, 만료되었습니다. 또는 이 사이트의 쿠키가 비활성화되어 있습니다.",
        ),
        E::CallbackWithoutState => {
            text(NOT_COMPLETED, "로그인 서비스의 응답만으로는 어느 로그인에 대한 것인지 알 수 없습니다.")
        }
        E::CallbackRepeated => text(NOT_COMPLETED, "로그인 서비스의 응답에 매개변수가 반복되어 있습니다."),
        E::CallbackUnreadable => text(NOT_COMPLETED, "로그인 서비스의 응답을 읽을 수 없습니다."),
        E::CallbackIssuer => text(NOT_COMPLETED, "이 애플리케이션의 로그인 서비스에서 온 응답이 아닙니다."),
        E::CallbackResponseType => text(NOT_COMPLETED, "로그인 서비스의 응답 유형이 올바르지 않습니다."),
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "로그인 서비스의 응답이 서로 모순됩니다."),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "로그인 서비스의 응답이 비어 있습니다."),
        E::SignInDenied => text(
            "액세스가 거부되었습니다",
            "로그인 서비스에서 이 애플리케이션의 사용을 허용하지 않습니다. 운영자에게 액세스를 요청하세요.",
        ),
        E::NotAdmitted => text(
            "액세스가 거부되었습니다",
            "이 애플리케이션이 이용을 허용하지 않습니다. 이유는 운영자에게 문의하세요.",
        ),
        E::AdmissionUndecided => {
            text("아직 로그인을 완료할 수 없습니다", "손실된 내용은 없습니다. 잠시 후 다시 시도하세요.")
        }
        E::SignInCancelled => text("로그인되어 있지 않습니다", "로그인이 취소되었습니다."),
        E::InteractionRequired => text(NOT_COMPLETED, "로그인 서비스에서 먼저 확인이 필요합니다."),
        E::SignInInvalidTarget => {
            text(NOT_COMPLETED, "이 애플리케이션의 API 리소스가 Logto에 등록되어 있지 않습니다.")
        }
        E::SignInInvalidScope => {
            text(NOT_COMPLETED, "이 애플리케이션의 권한이 Logto에서 활성화되어 있지 않습니다.")
        }
        E::SignInRefused => text(NOT_COMPLETED, "Logto가 로그인을 거부했습니다."),
        E::ClientRefused => {
            text(NOT_COMPLETED, "Logto가 이 애플리케이션을 거부했습니다. 애플리케이션 로그를 확인하세요.")
        }
        E::CodeSpent => text(NOT_COMPLETED, "이미 사용되었거나 시간이 너무 오래 걸렸습니다."),
        E::SignInOvertaken => text(NOT_COMPLETED, "로그인하는 동안 세션이 종료되었습니다."),
        E::StepUpUnsatisfied => {
            text(NOT_COMPLETED, "새로 로그인해야 했지만 Logto가 다시 인증을 요청하지 않았습니다.")
        }
        E::IdToken => text(NOT_COMPLETED, "로그인 서비스가 반환한 신원 정보가 유효하지 않습니다."),
        E::SessionTooLarge => {
            text(NOT_COMPLETED, "세션이 너무 커서 쿠키에 저장할 수 없습니다. 애플리케이션 로그를 확인하세요.")
        }
        E::SignInFailed => text(NOT_COMPLETED, "문제가 발생했습니다. 애플리케이션 로그를 확인하세요."),
        E::SignOutFetched => text(
            "로그아웃하시겠습니까?",
            "클릭하지 않았는데 페이지가 이 요청을 보냈을 수 있습니다. 스크립트에서는 POST로 로그아웃하세요.",
        ),
        E::CrossSiteSignOut => text("로그아웃하시겠습니까?", "다른 사이트가 이 요청을 보냈을 수 있습니다."),
        E::PostOnly => text("Logto 전용 주소입니다", "POST를 사용하세요."),
        E::NotAForm => text(LOGOUT_REFUSED, "application/x-www-form-urlencoded 형식으로 보내세요."),
        E::Incomplete => text(LOGOUT_REFUSED, "본문이 끝까지 도착하지 않았습니다."),
        E::TooLarge => text(LOGOUT_REFUSED, "본문이 로그아웃 토큰으로는 너무 큽니다."),
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "폼 매개변수 logout_token을 보내세요."),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "logout_token을 하나만 보내세요."),
        E::FormUnreadable => text(LOGOUT_REFUSED, "폼을 디코딩할 수 없습니다."),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "이미 사용된 로그아웃 토큰입니다."),
        E::LogoutToken(_) => text("로그아웃 토큰이 유효하지 않습니다", "아래 코드가 이유를 나타냅니다."),
    }
}
