//! Chinese in traditional characters, in the terms of Taiwan.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const ZH_HANT: Texts = Texts {
    tag: "zh-Hant",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || text("您已登出", "您在此應用程式中的工作階段已結束。您可以關閉此頁面。"),
    not_saved: "您需要先登入，因此您送出的內容沒有儲存。請檢查後重新送出。",
    needs: "此頁面需要：",
    reference: "參考編號",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "登入",
        Label::SignInAgain => "重新登入",
        Label::SignOut => "登出",
        Label::StaySignedIn => "保持登入",
        Label::StartPage => "前往首頁",
        Label::TryAgain => "重試",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => text("需要登入", "請登入，或在 Authorization 標頭中傳送存取權杖。"),
        R::SessionEnded => text("工作階段已結束", "請重新登入。"),
        R::MalformedCredentials => {
            text("憑證格式不正確", "請只傳送一個 Authorization 標頭：`Bearer`、一個空格、權杖。")
        }
        R::UnsupportedScheme => text("不支援此驗證配置", "請使用 `Bearer` 配置傳送存取權杖。"),
        R::CredentialNotAccepted => {
            text("此處不接受這種憑證", "此位址只接受另一種憑證：瀏覽器工作階段或存取權杖。")
        }
        R::InsufficientScope => text("缺少權限", "請向管理員申請具有這些權限的角色，然後重新登入。"),
        R::MissingRole => text("缺少角色", "請向管理員申請該角色，然後重新登入。"),
        R::RolesUnknown => text("存取權杖不包含角色", "請使用瀏覽器工作階段，因為存取權杖不包含角色。"),
        R::StaleSignIn => text("需要重新登入", "請重新登入，以確認是您本人。"),
        R::CheckFailed => text("應用程式拒絕了這項要求", "請向此應用程式的營運者詢問原因。"),
        R::CheckNotFound => text("找不到", "請檢查網址。"),
        R::CheckUnavailable => text("應用程式目前無法作出決定", "請稍後再試。您仍處於登入狀態。"),
        R::SessionDataTooLarge => {
            text("工作階段無法容納更多內容", "請移除先前加入的某些內容，然後再試一次。")
        }
        R::SubjectNotAccepted => text("此處不接受這類呼叫端", "此位址供另一類呼叫端使用：使用者或程式。"),
        R::ClientNotAccepted => text("此處不接受該應用程式的權杖", "請使用此 API 所接受的應用程式的權杖。"),
        R::NotAMember => text("您不是該組織的成員", "請向該組織的管理員申請邀請。"),
        R::WrongOrganization => text("該權杖不適用於此組織", "請使用要求中所指定組織的權杖。"),
        R::NoOrganization => text("未選擇組織", "請指定一個組織。"),
        R::AccessDenied => text("存取遭拒", "Logto 的存取控制拒絕了此操作。請聯絡管理員。"),
        R::NotGranted => text("登入時未授予該存取權限", "請登出後重新登入，以便授予存取權限。"),
        R::CrossSiteRequest => text("這項要求來自其他網站", "請從本網站的頁面送出要求。"),
        R::Unavailable => text("無法連線至登入服務", "請稍後再試。您仍處於登入狀態。"),
        R::StoreUnavailable => text("目前無法讀取工作階段", "請稍後再試。您仍處於登入狀態。"),
        R::InvalidClaims => {
            text("應用程式無法讀取權杖中的資訊", "請告知此應用程式的營運者。詳情請見應用程式的記錄。")
        }
        R::Misconfigured => {
            text("應用程式尚未為此完成設定", "請告知此應用程式的營運者。詳情請見應用程式的記錄。")
        }
        R::InvalidToken(reason) => text("存取權杖無效", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => "請更新權杖。如果權杖是新的，請同步兩台伺服器的時鐘。",
        InvalidToken::NotYetValid | InvalidToken::TooOld => "請同步兩台伺服器的時鐘。",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "向 Logto 要求權杖時，請將 `resource` 設為與此處設定完全一致的 API 識別碼。"
        }
        InvalidToken::Inactive => "請向 Logto 要求新的權杖。",
        InvalidToken::Issuer => "請使用此應用程式所設定租用戶的權杖。",
        InvalidToken::Type => "請傳送存取權杖，而不是 ID 權杖或登出權杖。",
        _ => "請按 Logto 簽發的原樣使用權杖。",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "您的瀏覽器沒有保留工作階段",
            "您已登入，但這項要求沒有附帶有效的工作階段 Cookie。請允許本網站使用 Cookie，並以平常的網址開啟本網站。如果仍然無效，請聯絡本網站的營運者。",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "工作階段已結束",
            "您已登入，但工作階段隨即遭結束：可能由登入服務、本網站的營運者或其他裝置結束。如果再次發生，請聯絡本網站的營運者。",
        ),
        RedirectLoop::StepUpFailed => text(
            "需要重新登入",
            "您剛剛登入過，但這次登入未被視為新的登入。如果再次發生，請聯絡本網站的營運者：其時鐘可能有誤。",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "無法完成這次登入";
    const LOGOUT_REFUSED: &str = "登出要求遭拒";
    match refusal {
        E::Head => text("此位址不回應 HEAD 要求", "請使用 GET。"),
        E::BadQuery => text("無法讀取該位址", "某個參數重複或無法解碼。"),
        E::NavigateToSignIn => text("登入是一個頁面", "請在瀏覽器視窗中開啟此位址，而不要以指令碼擷取。"),
        E::LogtoUnavailable => text("無法連線至登入服務", "沒有遺失任何內容。請稍後再試。"),
        E::StoreUnavailable => text("目前無法儲存工作階段", "沒有遺失任何內容。請稍後再試。"),
        E::SealFailed => text("無法開始登入", "請再試一次。"),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "這次登入是在其他瀏覽器中開始的、已使用過或已過期。也可能是本網站的 Cookie 已停用。",
        ),
        E::CallbackWithoutState => text(NOT_COMPLETED, "登入服務的回應沒有說明它屬於哪一次登入。"),
        E::CallbackRepeated => text(NOT_COMPLETED, "登入服務的回應中有重複的參數。"),
        E::CallbackUnreadable => text(NOT_COMPLETED, "無法讀取登入服務的回應。"),
        E::CallbackIssuer => text(NOT_COMPLETED, "該回應並非來自此應用程式的登入服務。"),
        E::CallbackResponseType => text(NOT_COMPLETED, "登入服務的回應類型不正確。"),
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "登入服務的回應自相矛盾。"),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "登入服務的回應是空的。"),
        E::SignInDenied => text("存取遭拒", "登入服務不允許您使用此應用程式。請向其營運者申請存取權限。"),
        E::NotAdmitted => text("存取遭到拒絕", "此應用程式不允許您進入。請向應用程式的管理方詢問原因。"),
        E::AdmissionUndecided => text("登入暫時無法完成", "沒有遺失任何內容。請稍後再試。"),
        E::SignInCancelled => text("您尚未登入", "登入已取消。"),
        E::InteractionRequired => text(NOT_COMPLETED, "登入服務需要先向您詢問一些資訊。"),
        E::SignInInvalidTarget => text(NOT_COMPLETED, "此應用程式的某個 API 資源未在 Logto 中註冊。"),
        E::SignInInvalidScope => text(NOT_COMPLETED, "此應用程式的某個權限未在 Logto 中啟用。"),
        E::SignInRefused => text(NOT_COMPLETED, "Logto 拒絕了這次登入。"),
        E::ClientRefused => text(NOT_COMPLETED, "Logto 拒絕了此應用程式。詳情請見應用程式的記錄。"),
        E::CodeSpent => text(NOT_COMPLETED, "這次登入已使用過，或耗時過長。"),
        E::SignInOvertaken => text(NOT_COMPLETED, "您的工作階段在登入過程中遭結束。"),
        E::StepUpUnsatisfied => text(NOT_COMPLETED, "需要重新登入，但 Logto 沒有再次要求您驗證身分。"),
        E::IdToken => text(NOT_COMPLETED, "登入服務傳回的身分資訊無效。"),
        E::SessionTooLarge => {
            text(NOT_COMPLETED, "您的工作階段過大，無法存入 Cookie。詳情請見應用程式的記錄。")
        }
        E::SignInFailed => text(NOT_COMPLETED, "發生問題。詳情請見應用程式的記錄。"),
        E::SignOutFetched => {
            text("您要登出嗎？", "某個頁面送出了這項要求，可能未經您點選。指令碼應使用 POST 登出。")
        }
        E::CrossSiteSignOut => text("您要登出嗎？", "這項要求可能是其他網站送出的。"),
        E::PostOnly => text("此位址供 Logto 使用", "請使用 POST。"),
        E::NotAForm => text(LOGOUT_REFUSED, "請以 application/x-www-form-urlencoded 格式傳送登出要求。"),
        E::Incomplete => text(LOGOUT_REFUSED, "要求內容未完整送達。"),
        E::TooLarge => text(LOGOUT_REFUSED, "要求內容超出登出權杖的大小。"),
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "請傳送表單參數 logout_token。"),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "請只傳送一個 logout_token。"),
        E::FormUnreadable => text(LOGOUT_REFUSED, "無法解碼該表單。"),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "該登出權杖已使用過。"),
        E::LogoutToken(_) => text("登出權杖無效", "下方的代碼說明了原因。"),
    }
}
