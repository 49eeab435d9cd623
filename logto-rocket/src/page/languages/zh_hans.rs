//! Chinese in simplified characters.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const ZH_HANS: Texts = Texts {
    tag: "zh-Hans",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || text("您已退出登录", "您在此应用中的会话已结束。您可以关闭此页面。"),
    not_saved: "您需要先登录，因此您提交的内容没有保存。请检查后重新提交。",
    needs: "此页面需要：",
    reference: "参考编号",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "登录",
        Label::SignInAgain => "重新登录",
        Label::SignOut => "退出登录",
        Label::StaySignedIn => "保持登录",
        Label::StartPage => "前往首页",
        Label::TryAgain => "重试",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => text("需要登录", "请登录，或在 Authorization 请求头中发送访问令牌。"),
        R::SessionEnded => text("会话已结束", "请重新登录。"),
        R::MalformedCredentials => {
            text("凭据格式不正确", "请只发送一个 Authorization 请求头：`Bearer`、一个空格、令牌。")
        }
        R::UnsupportedScheme => text("不支持此身份验证方案", "请使用 `Bearer` 方案发送访问令牌。"),
        R::CredentialNotAccepted => {
            text("此处不接受这种凭据", "此地址只接受另一种凭据：浏览器会话或访问令牌。")
        }
        R::InsufficientScope => text("缺少权限", "请向管理员申请具有这些权限的角色，然后重新登录。"),
        R::MissingRole => text("缺少角色", "请向管理员申请该角色，然后重新登录。"),
        R::RolesUnknown => text("访问令牌不包含角色", "请使用浏览器会话，因为访问令牌不包含角色。"),
        R::StaleSignIn => text("需要重新登录", "请重新登录，以确认是您本人。"),
        R::CheckFailed => text("应用拒绝了该请求", "请向此应用的运营者询问原因。"),
        R::CheckNotFound => text("未找到", "请检查地址。"),
        R::CheckUnavailable => text("应用目前无法作出决定", "请稍后重试。您仍处于登录状态。"),
        R::SessionDataTooLarge => text("会话无法容纳更多内容", "请移除之前添加的某些内容，然后重试。"),
        R::SubjectNotAccepted => text("此处不接受这类调用方", "此地址面向另一类调用方：用户或程序。"),
        R::ClientNotAccepted => text("此处不接受该应用的令牌", "请使用此 API 所接受的应用的令牌。"),
        R::NotAMember => text("您不是该组织的成员", "请向该组织的管理员申请邀请。"),
        R::WrongOrganization => text("该令牌不适用于此组织", "请使用请求中所指定组织的令牌。"),
        R::NoOrganization => text("未选择组织", "请指定一个组织。"),
        R::AccessDenied => text("访问被拒绝", "Logto 的访问控制拒绝了此操作。请联系管理员。"),
        R::NotGranted => text("登录时未授予该访问权限", "请退出后重新登录，以便授予访问权限。"),
        R::CrossSiteRequest => text("该请求来自其他网站", "请从本网站的页面发送请求。"),
        R::Unavailable => text("无法连接登录服务", "请稍后重试。您仍处于登录状态。"),
        R::StoreUnavailable => text("目前无法读取会话", "请稍后重试。您仍处于登录状态。"),
        R::InvalidClaims => text("应用无法读取令牌中的信息", "请告知此应用的运营者。详情见应用日志。"),
        R::Misconfigured => text("应用尚未为此完成配置", "请告知此应用的运营者。详情见应用日志。"),
        R::InvalidToken(reason) => text("访问令牌无效", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => "请刷新令牌。如果令牌是新的，请同步两台服务器的时钟。",
        InvalidToken::NotYetValid | InvalidToken::TooOld => "请同步两台服务器的时钟。",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "向 Logto 请求令牌时，请将 `resource` 设为与此处配置完全一致的 API 标识符。"
        }
        InvalidToken::Inactive => "请向 Logto 请求新的令牌。",
        InvalidToken::Issuer => "请使用此应用所配置租户的令牌。",
        InvalidToken::Type => "请发送访问令牌，而不是 ID 令牌或注销令牌。",
        _ => "请按 Logto 签发的原样使用令牌。",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "您的浏览器没有保留会话",
            "您已登录，但此请求没有携带有效的会话 Cookie。请允许本网站使用 Cookie，并通过平常的地址打开本网站。如果仍然无效，请联系本网站的运营者。",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "会话已结束",
            "您已登录，但会话随即被结束：可能由登录服务、本网站的运营者或其他设备结束。如果再次发生，请联系本网站的运营者。",
        ),
        RedirectLoop::StepUpFailed => text(
            "需要重新登录",
            "您刚刚登录过，但这次登录未被视为新的登录。如果再次发生，请联系本网站的运营者：其时钟可能有误。",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "无法完成此次登录";
    const LOGOUT_REFUSED: &str = "注销请求被拒绝";
    match refusal {
        E::Head => text("此地址不响应 HEAD 请求", "请使用 GET。"),
        E::BadQuery => text("无法读取该地址", "某个参数重复或无法解码。"),
        E::NavigateToSignIn => text("登录是一个页面", "请在浏览器窗口中打开此地址，而不要用脚本获取。"),
        E::LogtoUnavailable => text("无法连接登录服务", "没有丢失任何内容。请稍后重试。"),
        E::StoreUnavailable => text("目前无法保存会话", "没有丢失任何内容。请稍后重试。"),
        E::SealFailed => text("无法开始登录", "请重试。"),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "此次登录是在其他浏览器中开始的、已被使用过或已过期。也可能是本网站的 Cookie 已被禁用。",
        ),
        E::CallbackWithoutState => text(NOT_COMPLETED, "登录服务的响应没有说明它属于哪一次登录。"),
        E::CallbackRepeated => text(NOT_COMPLETED, "登录服务的响应中有重复的参数。"),
        E::CallbackUnreadable => text(NOT_COMPLETED, "无法读取登录服务的响应。"),
        E::CallbackIssuer => text(NOT_COMPLETED, "该响应并非来自此应用的登录服务。"),
        E::CallbackResponseType => text(NOT_COMPLETED, "登录服务的响应类型不正确。"),
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "登录服务的响应自相矛盾。"),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "登录服务的响应为空。"),
        E::SignInDenied => text("访问被拒绝", "登录服务不允许您使用此应用。请向其运营者申请访问权限。"),
        E::NotAdmitted => text("访问被拒绝", "此应用不允许您进入。请向应用的管理方询问原因。"),
        E::AdmissionUndecided => text("登录暂时无法完成", "没有丢失任何内容。请稍后重试。"),
        E::SignInCancelled => text("您尚未登录", "登录已取消。"),
        E::InteractionRequired => text(NOT_COMPLETED, "登录服务需要先向您询问一些信息。"),
        E::SignInInvalidTarget => text(NOT_COMPLETED, "此应用的某个 API 资源未在 Logto 中注册。"),
        E::SignInInvalidScope => text(NOT_COMPLETED, "此应用的某个权限未在 Logto 中启用。"),
        E::SignInRefused => text(NOT_COMPLETED, "Logto 拒绝了此次登录。"),
        E::ClientRefused => text(NOT_COMPLETED, "Logto 拒绝了此应用。详情见应用日志。"),
        E::CodeSpent => text(NOT_COMPLETED, "此次登录已被使用过，或耗时过长。"),
        E::SignInOvertaken => text(NOT_COMPLETED, "您的会话在登录过程中被结束。"),
        E::StepUpUnsatisfied => text(NOT_COMPLETED, "需要重新登录，但 Logto 没有再次要求您验证身份。"),
        E::IdToken => text(NOT_COMPLETED, "登录服务返回的身份信息无效。"),
        E::SessionTooLarge => text(NOT_COMPLETED, "您的会话过大，无法存入 Cookie。详情见应用日志。"),
        E::SignInFailed => text(NOT_COMPLETED, "出现了问题。详情见应用日志。"),
        E::SignOutFetched => {
            text("您要退出登录吗？", "某个页面发送了此请求，可能未经您点击。脚本应使用 POST 退出登录。")
        }
        E::CrossSiteSignOut => text("您要退出登录吗？", "此请求可能是其他网站发送的。"),
        E::PostOnly => text("此地址供 Logto 使用", "请使用 POST。"),
        E::NotAForm => text(LOGOUT_REFUSED, "请以 application/x-www-form-urlencoded 格式发送注销请求。"),
        E::Incomplete => text(LOGOUT_REFUSED, "请求内容未完整送达。"),
        E::TooLarge => text(LOGOUT_REFUSED, "请求内容超出注销令牌的大小。"),
        E::LogoutTokenMissing => text(LOGOUT_REFUSED, "请发送表单参数 logout_token。"),
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "请只发送一个 logout_token。"),
        E::FormUnreadable => text(LOGOUT_REFUSED, "无法解码该表单。"),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "该注销令牌已被使用过。"),
        E::LogoutToken(_) => text("注销令牌无效", "下方的代码说明了原因。"),
    }
}
