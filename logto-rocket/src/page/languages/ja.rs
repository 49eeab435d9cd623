//! Japanese, in the polite style.

use super::table::{Label, Text, Texts, text};
use crate::error::InvalidToken;
use crate::guard::{RedirectLoop, Refusal};
use crate::refusals::endpoint::EndpointRefusal;

pub(super) const JA: Texts = Texts {
    tag: "ja",
    guard,
    redirect_loop,
    endpoint,
    label,
    signed_out: || {
        text(
            "サインアウトしました",
            "このアプリケーションのセッションは終了しました。このページを閉じてもかまいません。",
        )
    },
    not_saved: "先にサインインが必要だったため、送信内容は保存されていません。内容を確認して、もう一度送信してください。",
    needs: "このページに必要な権限：",
    reference: "参照番号",
};

fn label(label: Label) -> &'static str {
    match label {
        Label::SignIn => "サインイン",
        Label::SignInAgain => "もう一度サインイン",
        Label::SignOut => "サインアウト",
        Label::StaySignedIn => "サインインしたままにする",
        Label::StartPage => "トップページへ",
        Label::TryAgain => "再試行",
    }
}

fn guard(refusal: Refusal) -> Text {
    use Refusal as R;
    match refusal {
        R::NotSignedIn => text(
            "サインインが必要です",
            "サインインするか、Authorization ヘッダーでアクセストークンを送信してください。",
        ),
        R::SessionEnded => text("セッションが終了しました", "もう一度サインインしてください。"),
        R::MalformedCredentials => text(
            "認証情報の形式が正しくありません",
            "Authorization ヘッダーを 1 つだけ送信してください。形式は `Bearer`、空白 1 つ、トークンの順です。",
        ),
        R::UnsupportedScheme => {
            text("この認証方式には対応していません", "`Bearer` 方式でアクセストークンを送信してください。")
        }
        R::CredentialNotAccepted => text(
            "この種類の認証情報はここでは使用できません",
            "このアドレスで使用できるのは、もう一方の種類（ブラウザーのセッションまたはアクセストークン）だけです。",
        ),
        R::InsufficientScope => text(
            "権限がありません",
            "これらの権限を持つロールを管理者に依頼し、その後もう一度サインインしてください。",
        ),
        R::MissingRole => {
            text("ロールがありません", "管理者にロールを依頼し、その後もう一度サインインしてください。")
        }
        R::RolesUnknown => text(
            "アクセストークンにはロールが含まれていません",
            "アクセストークンにはロールが含まれないため、ブラウザーのセッションを使用してください。",
        ),
        R::StaleSignIn => text(
            "もう一度サインインが必要です",
            "ご本人であることを確認するため、もう一度サインインしてください。",
        ),
        R::CheckFailed => text(
            "アプリケーションがリクエストを拒否しました",
            "理由はこのアプリケーションの運営者にお問い合わせください。",
        ),
        R::CheckNotFound => text("見つかりません", "アドレスを確認してください。"),
        R::CheckUnavailable => text(
            "アプリケーションは現在判断できません",
            "しばらくしてからもう一度お試しください。サインインした状態は続いています。",
        ),
        R::SessionDataTooLarge => text(
            "セッションにこれ以上保存できません",
            "以前に追加したものを削除してから、もう一度お試しください。",
        ),
        R::SubjectNotAccepted => text(
            "この種類の呼び出し元はここでは受け付けていません",
            "このアドレスは、もう一方の種類の呼び出し元（ユーザーまたはプログラム）のためのものです。",
        ),
        R::ClientNotAccepted => text(
            "このアプリケーションのトークンはここでは使用できません",
            "この API が受け付けるアプリケーションのトークンを使用してください。",
        ),
        R::NotAMember => text("この組織のメンバーではありません", "組織の管理者に招待を依頼してください。"),
        R::WrongOrganization => text(
            "このトークンはこの組織のものではありません",
            "リクエストで指定した組織のトークンを使用してください。",
        ),
        R::NoOrganization => text("組織が選択されていません", "組織を指定してください。"),
        R::AccessDenied => text(
            "アクセスが拒否されました",
            "Logto のアクセス制御によって拒否されました。管理者にお問い合わせください。",
        ),
        R::NotGranted => text(
            "サインイン時にアクセスが許可されていません",
            "アクセスが許可されるように、サインアウトしてからもう一度サインインしてください。",
        ),
        R::CrossSiteRequest => text(
            "リクエストは別のサイトから送信されました",
            "このサイトのページからリクエストを送信してください。",
        ),
        R::Unavailable => text(
            "サインインサービスに接続できません",
            "しばらくしてからもう一度お試しください。サインインした状態は続いています。",
        ),
        R::StoreUnavailable => text(
            "現在セッションを読み込めません",
            "しばらくしてからもう一度お試しください。サインインした状態は続いています。",
        ),
        R::InvalidClaims => text(
            "アプリケーションがトークンの内容を読み取れません",
            "このアプリケーションの運営者にお知らせください。詳細はアプリケーションのログにあります。",
        ),
        R::Misconfigured => text(
            "アプリケーションがこの処理のために設定されていません",
            "このアプリケーションの運営者にお知らせください。詳細はアプリケーションのログにあります。",
        ),
        R::InvalidToken(reason) => text("アクセストークンが無効です", token_help(reason)),
    }
}

fn token_help(reason: InvalidToken) -> &'static str {
    match reason {
        InvalidToken::Expired => {
            "トークンを更新してください。新しいトークンの場合は、両方のサーバーの時計を合わせてください。"
        }
        InvalidToken::NotYetValid | InvalidToken::TooOld => "両方のサーバーの時計を合わせてください。",
        InvalidToken::Opaque | InvalidToken::Audience => {
            "ここで設定されている API の識別子をそのまま `resource` に指定して、Logto にトークンを要求してください。"
        }
        InvalidToken::Inactive => "Logto に新しいトークンを要求してください。",
        InvalidToken::Issuer => "このアプリケーションに設定されているテナントのトークンを使用してください。",
        InvalidToken::Type => "ID トークンやログアウトトークンではなく、アクセストークンを送信してください。",
        _ => "Logto が発行したトークンをそのまま使用してください。",
    }
}

fn redirect_loop(end: RedirectLoop) -> Text {
    match end {
        RedirectLoop::SessionCookieLost => text(
            "ブラウザーにセッションが保存されていません",
            "サインインしましたが、このリクエストには有効なセッション Cookie がありませんでした。このサイトの Cookie を許可し、いつものアドレスで開いてください。それでも解決しない場合は、このサイトの運営者にお問い合わせください。",
        ),
        RedirectLoop::SessionEndedAtOnce => text(
            "セッションが終了しました",
            "サインインしましたが、直後にセッションが終了されました。サインインサービス、このサイトの運営者、または別の端末による可能性があります。再び起こる場合は、このサイトの運営者にお問い合わせください。",
        ),
        RedirectLoop::StepUpFailed => text(
            "もう一度サインインが必要です",
            "サインインしたばかりですが、新しいサインインとして扱われませんでした。再び起こる場合は、このサイトの運営者にお問い合わせください。サーバーの時計がずれている可能性があります。",
        ),
    }
}

fn endpoint(refusal: EndpointRefusal) -> Text {
    use EndpointRefusal as E;
    const NOT_COMPLETED: &str = "このサインインを完了できません";
    const LOGOUT_REFUSED: &str = "ログアウトが拒否されました";
    match refusal {
        E::Head => text("このアドレスは HEAD に応答しません", "GET を使用してください。"),
        E::BadQuery => text("アドレスを読み取れません", "パラメーターが重複しているか、デコードできません。"),
        E::NavigateToSignIn => text(
            "サインインはページです",
            "スクリプトで取得せず、このアドレスをブラウザーのウィンドウで開いてください。",
        ),
        E::LogtoUnavailable => text(
            "サインインサービスに接続できません",
            "失われたものはありません。しばらくしてからもう一度お試しください。",
        ),
        E::StoreUnavailable => text(
            "現在セッションを保存できません",
            "失われたものはありません。しばらくしてからもう一度お試しください。",
        ),
        E::SealFailed => text("サインインを開始できません", "もう一度お試しください。"),
        E::CallbackUnknownState => text(
            NOT_COMPLETED,
            "別のブラウザーで開始されたか、すでに使用されたか、有効期限が切れています。または、このサイトの Cookie が無効になっています。",
        ),
        E::CallbackWithoutState => {
            text(NOT_COMPLETED, "サインインサービスの応答からは、どのサインインのものか判別できません。")
        }
        E::CallbackRepeated => {
            text(NOT_COMPLETED, "サインインサービスの応答でパラメーターが重複しています。")
        }
        E::CallbackUnreadable => text(NOT_COMPLETED, "サインインサービスの応答を読み取れません。"),
        E::CallbackIssuer => {
            text(NOT_COMPLETED, "応答は、このアプリケーションのサインインサービスからのものではありません。")
        }
        E::CallbackResponseType => text(NOT_COMPLETED, "サインインサービスの応答の種類が正しくありません。"),
        E::CallbackErrorAndCode => text(NOT_COMPLETED, "サインインサービスの応答が矛盾しています。"),
        E::CallbackWithoutCode => text(NOT_COMPLETED, "サインインサービスの応答が空です。"),
        E::SignInDenied => text(
            "アクセスが拒否されました",
            "サインインサービスにより、このアプリケーションの使用が許可されていません。運営者にアクセスを依頼してください。",
        ),
        E::NotAdmitted => text(
            "アクセスが拒否されました",
            "このアプリケーションはお客様の利用を許可していません。理由については運営者にお問い合わせください。",
        ),
        E::AdmissionUndecided => text(
            "サインインをまだ完了できません",
            "失われたものはありません。しばらくしてからもう一度お試しください。",
        ),
        E::SignInCancelled => text("サインインしていません", "サインインはキャンセルされました。"),
        E::InteractionRequired => text(NOT_COMPLETED, "サインインサービスが、先に確認を必要としています。"),
        E::SignInInvalidTarget => {
            text(NOT_COMPLETED, "このアプリケーションの API リソースが Logto に登録されていません。")
        }
        E::SignInInvalidScope => {
            text(NOT_COMPLETED, "このアプリケーションの権限が Logto で有効になっていません。")
        }
        E::SignInRefused => text(NOT_COMPLETED, "Logto がサインインを拒否しました。"),
        E::ClientRefused => text(
            NOT_COMPLETED,
            "Logto がこのアプリケーションを拒否しました。アプリケーションのログを確認してください。",
        ),
        E::CodeSpent => text(NOT_COMPLETED, "すでに使用されたか、時間がかかりすぎました。"),
        E::SignInOvertaken => text(NOT_COMPLETED, "サインイン中にセッションが終了されました。"),
        E::StepUpUnsatisfied => {
            text(NOT_COMPLETED, "新しいサインインが必要でしたが、Logto で再認証が行われませんでした。")
        }
        E::IdToken => text(NOT_COMPLETED, "サインインサービスから返された ID 情報が無効です。"),
        E::SessionTooLarge => text(
            NOT_COMPLETED,
            "セッションが大きすぎて Cookie に保存できません。アプリケーションのログを確認してください。",
        ),
        E::SignInFailed => {
            text(NOT_COMPLETED, "問題が発生しました。アプリケーションのログを確認してください。")
        }
        E::SignOutFetched => text(
            "サインアウトしますか？",
            "クリックしていないのに、ページがこのリクエストを送信した可能性があります。スクリプトでは POST でサインアウトしてください。",
        ),
        E::CrossSiteSignOut => {
            text("サインアウトしますか？", "別のサイトがこのリクエストを送信した可能性があります。")
        }
        E::PostOnly => text("このアドレスは Logto 用です", "POST を使用してください。"),
        E::NotAForm => text(LOGOUT_REFUSED, "application/x-www-form-urlencoded 形式で送信してください。"),
        E::Incomplete => text(LOGOUT_REFUSED, "本文が最後まで届きませんでした。"),
        E::TooLarge => text(LOGOUT_REFUSED, "本文がログアウトトークンとしては大きすぎます。"),
        E::LogoutTokenMissing => {
            text(LOGOUT_REFUSED, "フォームパラメーター logout_token を送信してください。")
        }
        E::LogoutTokenRepeated => text(LOGOUT_REFUSED, "logout_token を 1 つだけ送信してください。"),
        E::FormUnreadable => text(LOGOUT_REFUSED, "フォームをデコードできません。"),
        E::LogoutTokenReplayed => text(LOGOUT_REFUSED, "このログアウトトークンはすでに使用されています。"),
        E::LogoutToken(_) => text("ログアウトトークンが無効です", "下のコードが理由を示しています。"),
    }
}
